/* SPDX-License-Identifier: MIT */
#include "base/named.h"

#include <string.h>

bool named_add(struct named *_Atomic *list, struct named *added)
{
	struct named *there = NULL;
	for (struct named *_Atomic *end = list; !atomic_compare_exchange_strong(end, &there, added); there = NULL) {
		if (strcmp(there->name, added->name) == 0)
			return false;
		end = &there->next;
	}
	return true;
}
