/* SPDX-License-Identifier: MIT */
/* Columns of doubles and texts as an Arrow C stream of one batch. The structs are those of the Arrow C data interface,
 * which are made to be repeated by whoever exports (arrow.apache.org/docs/format/CDataInterface.html,
 * CStreamInterface.html). */
#ifndef JOULES_PYTHON_ARROW_H
#define JOULES_PYTHON_ARROW_H

#include "core.h"

#include <stdint.h>

struct arrow_column {
	char *name;
	bool is_text;
	uint8_t *valid; /* a bit a row: 0 is null */
	int64_t null_count;
	double *numbers;
	int32_t *offsets; /* text: rows + 1 */
	char *bytes;
	size_t bytes_length;
	size_t bytes_capacity;
};

struct arrow_table;

/* All of these fail for want of memory only, and without an exception: they need no GIL. Rows are set in order, each
 * column's once. */
struct arrow_table *arrow_table_new(size_t columns, size_t rows);
void arrow_table_free(struct arrow_table *table); /* NULL is fine */
struct arrow_column *arrow_columns(struct arrow_table *table);
bool arrow_name(struct arrow_column *column, const char *name, const char *suffix);
bool arrow_allocate(struct arrow_table *table);                               /* once the columns' kinds are set */
void arrow_set_number(struct arrow_column *column, size_t row, double value); /* NAN: null */
bool arrow_set_text(
    struct arrow_column *column, size_t row, const char *text); /* NULL: null. False also beyond 2 GiB */
bool arrow_set_flags(struct arrow_column *column, size_t row, unsigned flags);

/* A PyCapsule "arrow_array_stream". Takes the table, also on failure. */
PyObject *arrow_stream(struct arrow_table *table);
/* The same from [(name, is text, values)]; None is null. */
PyObject *arrow_of_columns(PyObject *self, PyObject *columns);

#endif
