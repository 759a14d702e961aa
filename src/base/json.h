/* SPDX-License-Identifier: MIT */
/* JSON, appended to a text with the separators of Python's json.dumps. Each value takes the name that it has in an
 * object, NULL in an array and for the whole document; the commas come by themselves. */
#ifndef JOULES_BASE_JSON_H
#define JOULES_BASE_JSON_H

#include "base/text.h"

void json_begin_object(struct text *out, const char *name);
void json_end_object(struct text *out);
void json_begin_array(struct text *out, const char *name);
void json_end_array(struct text *out);

/* In quotes, as json.dumps(ensure_ascii=True) writes it; bytes that are not UTF-8 come out as U+FFFD. NULL is null. */
void json_string(struct text *out, const char *name, const char *value);
/* As Python's repr(float) prints it; null if it is not finite. */
void json_number(struct text *out, const char *name, double value);
void json_integer(struct text *out, const char *name, int64_t value);
void json_unsigned(struct text *out, const char *name, uint64_t value);
void json_bool(struct text *out, const char *name, bool value);
void json_null(struct text *out, const char *name);

#endif
