/* SPDX-License-Identifier: MIT */
/* Which handlers there are by name: the built-in ones, then what the program registered. */
#ifndef JOULES_HANDLERS_REGISTRY_H
#define JOULES_HANDLERS_REGISTRY_H

#include <joules/joules.h>

struct known_handler {
	const joules_handler_ops *ops;
	void *context;
};

/* False beyond the last. */
bool known_handler_at(size_t index, struct known_handler *known);

#endif
