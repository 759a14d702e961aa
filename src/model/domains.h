/* SPDX-License-Identifier: MIT */
/* Descriptions of domains, and the immutable set of those that are measured together. */
#ifndef JOULES_MODEL_DOMAINS_H
#define JOULES_MODEL_DOMAINS_H

#include <stdatomic.h>

#include <joules/joules.h>

/* A deep copy; false without memory, then nothing is owned. */
bool domain_copy(joules_domain *to, const joules_domain *from);
void domain_clear(joules_domain *domain);
/* Likewise. */
bool absence_copy(joules_absence *to, const joules_absence *from);
void absence_clear(joules_absence *absence);

/* Is it there, and only not for this process? */
bool reason_is_refusal(joules_reason code);

/* Sets in_total of every domain as if exactly these were measured together: a domain counts unless an ancestor is
 * measured too; psys counts, and is everybody's ancestor on its device, only where no package is measured; estimates
 * count only where nothing is measured. */
void domains_set_in_total(joules_domain **domains, size_t count);

struct domains {
	atomic_uint references;
	size_t count;
	const joules_domain **items; /* measured together; in_total is set */
	size_t missing_count;
	const joules_domain **missing; /* exist, belong in the total, could not be read */
	joules_domain *owned;          /* the memory behind both */
};

/* Copies both lists. NULL without memory. */
struct domains *domains_new(
    const joules_domain *const *items, size_t count, const joules_domain *const *missing, size_t missing_count);
/* The set is immutable but for its count of references. */
struct domains *domains_ref(const struct domains *domains);
void domains_unref(struct domains *domains);
/* The same names in the same order. */
bool domains_equal(const struct domains *a, const struct domains *b);

#endif
