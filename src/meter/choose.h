/* SPDX-License-Identifier: MIT */
/* Which domains a meter measures. */
#ifndef JOULES_METER_CHOOSE_H
#define JOULES_METER_CHOOSE_H

#include "devices/registry.h"

/* What options ask for, as pointers into the list. Release with choice_free(). */
struct choice {
	const joules_domain **domains;
	size_t count;
	const joules_domain **missing;
	size_t missing_count;
	const joules_domain **witnesses; /* witness.h; those of a device stand together where its domains do */
	size_t witness_count;
};
joules_status choice_make(struct choice *choice, const joules_list *list, const joules_options *options);
void choice_free(struct choice *choice);

/* What devices are asked for where joules_options.domains has these names; NULL: all that there is. */
const char *choice_asked(const char *names);

#endif
