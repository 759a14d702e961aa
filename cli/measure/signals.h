/* SPDX-License-Identifier: MIT */
/* Signals while a command runs: taken from a descriptor, passed on where the command may not have got them by itself.
 */
#ifndef JOULES_CLI_SIGNALS_H
#define JOULES_CLI_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct signals {
	int fd;
	sigset_t mask_before; /* as Joules was started */
	struct sigaction child_before;
	int stop; /* HUP, INT, QUIT or TERM came: no further run. 0: none */
};

/* From here on no signal in the list interrupts us. False and errno. */
bool signals_take_over(struct signals *signals);
/* In the child, between vfork and exec: mask and dispositions as Joules was started with. Async-signal-safe. */
void signals_restore(const struct signals *signals);
/* Takes what has come; child 0: there is none. TSTP stops us, too, before this returns. True if a child changed its
 * state. */
bool signals_take(struct signals *signals, pid_t child);
/* Waits so long, or until a signal says stop: then false. */
bool signals_sleep(struct signals *signals, double seconds);
/* Ends as the signal that said stop would have ended us. Returns 128 + n should that not end us. */
int signals_die(const struct signals *signals);
void signals_close(struct signals *signals);

#endif
