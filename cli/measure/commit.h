/* SPDX-License-Identifier: MIT */
/* Which commit the folder that we are in stands at: read from its .git, git itself is not run. */
#ifndef JOULES_CLI_COMMIT_H
#define JOULES_CLI_COMMIT_H

/* As many hexadecimal digits as git has given it, malloc'ed; NULL: no repository, or nothing that can be read. */
char *commit_find(const char *folder);

#endif
