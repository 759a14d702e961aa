/* SPDX-License-Identifier: MIT */
/* What comes before the rounds, the rounds themselves: every command once in each, and what comes after them. */
#ifndef JOULES_CLI_ROUNDS_H
#define JOULES_CLI_ROUNDS_H

#include "measure/session.h"

/* --setup and the idle machine, where the plan asks for them. False: interrupted or failed, and the session's exit
 * status is set. */
bool rounds_begin(struct session *session);
/* One round, in that order (NULL: as the commands stand). Each trace goes to the outputs as soon as it is there. False:
 * no other follows. */
bool rounds_add(struct session *session, const size_t *order, bool warm_up);
/* After the last one: --cleanup, and the session's exit status. */
void rounds_end(struct session *session);

#endif
