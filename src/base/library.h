/* SPDX-License-Identifier: MIT */
/* A library that this one does not link: opened when it is first needed, and never closed. */
#ifndef JOULES_BASE_LIBRARY_H
#define JOULES_BASE_LIBRARY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* A function, and the member of a struct of pointers that its address goes to. */
struct library_symbol {
	const char *name;
	size_t offset;
	bool is_optional; /* its pointer is NULL where the library has none of that name */
};

struct library {
	const char *variable;      /* an environment variable that may name another file; NULL: none may */
	const char *const *places; /* tried in turn, ends with NULL: a name that the loader looks for, or a path */
	const struct library_symbol *symbols; /* ends with a NULL name */
	size_t size;                          /* of the struct of pointers */
	void *_Atomic functions;              /* that struct, once the library is open */
	atomic_bool was_there;                /* the program had it open already: what it set in it is its own */
	atomic_bool loading;                  /* … for which a thread of ours that was faster does not count */
};

enum library_status {
	LIBRARY_OPEN,
	LIBRARY_MISSING, /* it is at none of its places */
	LIBRARY_REFUSED, /* the file that the variable names cannot be opened */
	LIBRARY_UNLIKE,  /* a function is missing: it is too old, or another library */
	LIBRARY_NO_MEMORY,
};

enum { LIBRARY_REASON = 512 };

/* *functions is the struct of pointers, the same for every caller; of any thread, and after a fork. Where it cannot be
 * had, why not, in words that name the file. Each call tries again. */
enum library_status library_open(struct library *library, const void **functions, char reason[LIBRARY_REASON]);

#endif
