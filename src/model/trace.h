/* SPDX-License-Identifier: MIT */
/* The samples of one measurement, in columns, in chunks that never move. Grows at its end until it is frozen. */
#ifndef JOULES_MODEL_TRACE_H
#define JOULES_MODEL_TRACE_H

#include "model/domains.h"
#include "model/energy.h"
#include "model/labels.h"
#include "model/stored.h"

/* An empty trace of these domains (a reference of its own); NULL without memory. */
joules_trace *trace_new(const struct domains *domains);
/* One whose values are differences of energies: they may be negative, and their bounds hold as they are. */
joules_trace *trace_new_differences(const struct domains *domains);
/* Of the same domains, and differences if `trace` holds such. */
joules_trace *trace_new_like(const joules_trace *trace);
bool trace_holds_differences(const joules_trace *trace);
const struct domains *trace_domains(const joules_trace *trace);
/* OK, or why these two cannot be worked on together, in the name of `what`. *result is NULL then. */
joules_status trace_check_pair(const joules_trace *a, const joules_trace *b, joules_trace **result, const char *what);

/* Memory for so many more samples, and for this tag, whose number is *number then; false: there is none. */
bool trace_reserve(joules_trace *trace, size_t samples, const char *tag, uint32_t *number);
/* Adds a sample of a tag's number to a trace that has room for it. `joined`: it begins with the very reading that ends
 * the sample before it. */
void trace_push(joules_trace *trace, uint32_t tag, double timestamp, double duration_s, bool joined,
    const struct increment *increments);
/* Both in one. False without memory, then no sample was added. */
bool trace_append(joules_trace *trace, const char *tag, double timestamp, double duration_s, bool joined,
    const struct increment *increments);

/* Closes a bound: the doubt about the begin or end reading of a sample was found to be at most `doubt`. Never widens.
 */
void trace_tighten_begin(joules_trace *trace, size_t index, size_t domain, double doubt);
void trace_tighten_end(joules_trace *trace, size_t index, size_t domain, double doubt);
/* The same in place of a doubt that may have been too small: the counter was found to be slower than was said. */
void trace_put_begin(joules_trace *trace, size_t index, size_t domain, double doubt);
void trace_put_end(joules_trace *trace, size_t index, size_t domain, double doubt);

/* The sample began or ended while the counter stood still for too long: for stood_s of its time, and unsure_s more it
 * may have. Without a move in it nothing is known of it; else what was seen is the least. */
void trace_stick(joules_trace *trace, size_t index, size_t domain, double stood_s, double unsure_s);

/* One sample's numbers. */
struct row {
	const char *tag;
	double timestamp;
	double duration_s;
	bool joined;
};
struct row trace_row(const joules_trace *trace, size_t index);
struct increment trace_increment(const joules_trace *trace, size_t index, size_t domain);
/* What a value of this trace, or a sum of its values, is to a reader. */
joules_energy trace_energy(const joules_trace *trace, size_t domain, const struct increment *increment);

/* Appends samples [from, to) of another trace of equal domains. Energies may join differences, not the other way. */
bool trace_append_range(joules_trace *trace, const joules_trace *other, size_t from, size_t to);

/* The labels of a trace made of others: those of `from` that `common` (NULL: none to ask) has alike. */
bool trace_copy_labels(joules_trace *trace, const joules_trace *from, const joules_trace *common);

/* A trace's id, with its NUL. */
#define UUID_MAX 37

/* Makes it one that came out of a store, with the id that it has there, and owns `stored`. Its values are those in
 * `stored`; what is computed from them starts from its increments, which are the same but for rounding. */
void trace_keep(joules_trace *trace, struct stored *stored, const char *id);
/* NULL: it was measured here. */
const struct stored *trace_stored(const joules_trace *trace);

/* An empty sample for these domains in *sample (kept if it is large enough). It holds a reference of the domains. */
joules_status sample_prepare(joules_sample **sample, const struct domains *domains);
/* Sets the energy of a domain. The sample's duration is set already. */
void sample_set(joules_sample *sample, size_t domain, joules_energy energy);

#endif
