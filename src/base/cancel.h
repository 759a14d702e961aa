/* SPDX-License-Identifier: MIT */
/* A thread that is cancelled leaves no lock behind, and nothing half done: it goes on to the end of the function that
 * begins with UNCANCELLED, and is gone at its next cancellation point. */
#ifndef JOULES_BASE_CANCEL_H
#define JOULES_BASE_CANCEL_H

#include <pthread.h>

static inline int cancel_off(void)
{
	int before;
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	return before;
}

static inline void cancel_restore(const int *before)
{
	(void)pthread_setcancelstate(*before, &(int){ 0 });
}

/* The first line of a public function that reads, writes, opens or calls a function of the program's: all of these may
 * be cancellation points, and many are called with a lock held. Not of one that waits. */
#define UNCANCELLED __attribute__((cleanup(cancel_restore), unused)) const int uncancelled = cancel_off()

#endif
