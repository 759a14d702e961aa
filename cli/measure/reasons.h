/* SPDX-License-Identifier: MIT */
/* Why a value is not what it should be, in one sentence. */
#ifndef JOULES_CLI_REASONS_H
#define JOULES_CLI_REASONS_H

#include <joules/joules.h>

#include "base/text.h"

/* Nothing where there is nothing to explain. error: of the read that failed, 0 where none is known. */
void reason_add(struct text *text, const joules_domain *domain, const joules_energy *energy, int error);

#endif
