/* SPDX-License-Identifier: MIT */
/* The idle machine, and rounds: every command once in each. */
#ifndef JOULES_CLI_ROUNDS_H
#define JOULES_CLI_ROUNDS_H

#include "measure/session.h"

/* Where the plan asks for it. False: interrupted or failed, and the session's exit status is set. */
bool rounds_idle(struct session *session);
/* One round, in that order (NULL: as the commands stand). Each trace goes to the outputs as soon as it is there. False:
 * no other follows. */
bool rounds_add(struct session *session, const size_t *order, bool warm_up);
/* After the last one: the session's exit status. */
void rounds_end(struct session *session);

#endif
