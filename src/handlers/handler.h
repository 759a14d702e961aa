/* SPDX-License-Identifier: MIT */
/* The object behind joules_handler: one lock around the functions of a handler. */
#ifndef JOULES_HANDLERS_HANDLER_H
#define JOULES_HANDLERS_HANDLER_H

#include "handlers/registry.h"

/* As joules_handler_open(), of one that is known. */
joules_status handler_open(joules_handler **handler, const struct known_handler *known, const char *target);

/* joules_handler_prepare() without the meter, which handlers do not know. */
joules_status handler_prepare(joules_handler *handler, const joules_domain *const *domains, size_t count);

#endif
