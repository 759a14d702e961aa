/* SPDX-License-Identifier: MIT */
/* The private folder of the tag pipe, and what killed runs have left of theirs. */
#ifndef JOULES_CLI_FOLDER_H
#define JOULES_CLI_FOLDER_H

/* The one thing in it. */
#define FOLDER_PIPE "tags"

/* In $TMPDIR if it will have us, else in /tmp, and only there are leftovers looked for: folders of this user whose
 * joules run was killed. malloc'ed; NULL and errno. */
char *folder_make(void);

#endif
