/* SPDX-License-Identifier: MIT */
/* The built-in handlers, by the contract of the public header. */
#ifndef JOULES_HANDLERS_FORMATS_H
#define JOULES_HANDLERS_FORMATS_H

#include <joules/joules.h>

extern const joules_handler_ops print_handler, csv_handler, csv_full_handler, json_handler, sqlite_handler,
    mongodb_handler;

#endif
