/* SPDX-License-Identifier: MIT */
/* What a trace that comes out of a store brings along: its values as they were seen then, and where it was measured. */
#ifndef JOULES_MODEL_STORED_H
#define JOULES_MODEL_STORED_H

#include <joules/joules.h>

struct stored {
	char *name; /* as handlers call it: "trace_3" */
	char *host;
	char *version;
	char *series; /* the id of the runs that it was one of, by its number */
	int64_t number;
	bool truncated;       /* not all samples are kept */
	joules_energy *whole; /* of all samples, for each domain … */
	double begin;         /* … and when that began */
	double duration_s;
	joules_energy *energies; /* of each sample one for each domain */
	size_t domains;
	size_t capacity; /* samples */
};

/* Empty, for so many domains; NULL without memory. Its strings are the caller's to set, by malloc(). */
struct stored *stored_new(size_t domains);
void stored_free(struct stored *stored);
/* Where the values of sample `index` are to be put; NULL without memory. */
joules_energy *stored_room(struct stored *stored, size_t index);

#endif
