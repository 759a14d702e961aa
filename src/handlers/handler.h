/* SPDX-License-Identifier: MIT */
/* The object behind joules_handler: one lock around the functions of a handler. */
#ifndef JOULES_HANDLERS_HANDLER_H
#define JOULES_HANDLERS_HANDLER_H

#include <joules/joules.h>

struct notices;

/* As joules_handler_new(); `notices` (NULL: none) is where joules_handler_notices_set() acts and lives in context. */
joules_status handler_new(
    joules_handler **handler, const joules_handler_ops *ops, void *context, struct notices *notices);

/* joules_handler_prepare() without the meter, which handlers do not know. */
joules_status handler_prepare(joules_handler *handler, const joules_domain *const *domains, size_t count);

#endif
