/* SPDX-License-Identifier: MIT */
/* Failing allocations and failing reads, for the whole program: the linker sends the calls of ours to these first
 * (faults.c, and the list of names in meson.build). Only the thread that asked for failures gets them. */
#ifndef TESTS_UNIT_FAULTS_H
#define TESTS_UNIT_FAULTS_H

#include <stdbool.h>
#include <stddef.h>

enum failing {
	FAIL_ONE,    /* the nth from now, counted from 1 */
	FAIL_ALL_ON, /* the nth and all later ones */
};

void faults_allocations(unsigned long nth, enum failing failing);

enum read_fault {
	READ_EIO,
	READ_ENODEV,
	READ_EINTR, /* as if a signal came: the same read again succeeds */
	READ_EMPTY,
	READ_SHORT, /* without the end of the line and the digit before it */
	READ_FAULTS,
};

/* The nth pread() from now. */
void faults_reads(unsigned long nth, enum read_fault fault);

/* No more failures. True if one has happened since they were asked for. */
bool faults_end(void);

/* Blocks that the program holds. */
size_t faults_blocks(void);

#endif
