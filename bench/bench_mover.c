/* SPDX-License-Identifier: MIT */
/* Moves counters as RAPL does, once a millisecond, until it is ended or its parent is gone.  usage: bench_mover
 * ENERGY_UJ… */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { MOST_FILES = 16 };

int main(int argc, char **argv)
{
	int files[MOST_FILES];
	prctl(PR_SET_PDEATHSIG, (unsigned long)SIGTERM);
	for (int i = 1; i < argc && i <= MOST_FILES; i++) {
		files[i - 1] = open(argv[i], O_WRONLY | O_CLOEXEC);
		if (files[i - 1] < 0) {
			perror(argv[i]);
			return 1;
		}
	}
	struct timespec tick;
	clock_gettime(CLOCK_MONOTONIC, &tick);
	/* 11 digits for the whole run: a value is never seen half written, as it never changes its length. */
	for (unsigned long energy_uj = 10000000000; getppid() != 1; energy_uj += 15258) {
		char text[16];
		int length = snprintf(text, sizeof text, "%lu\n", energy_uj);
		for (int i = 0; i < argc - 1 && i < MOST_FILES; i++)
			if (pwrite(files[i], text, (size_t)length, 0) != length)
				return 1;
		tick.tv_nsec += 1000000;
		if (tick.tv_nsec >= 1000000000) {
			tick.tv_nsec -= 1000000000;
			tick.tv_sec++;
		}
		(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &tick, NULL);
	}
	return 0;
}
