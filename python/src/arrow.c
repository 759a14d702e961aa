/* SPDX-License-Identifier: MIT */
#include "arrow.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
#define ARROW_FLAG_NULLABLE 2

struct ArrowSchema {
	const char *format;
	const char *name;
	const char *metadata;
	int64_t flags;
	int64_t n_children;
	struct ArrowSchema **children;
	struct ArrowSchema *dictionary;
	void (*release)(struct ArrowSchema *);
	void *private_data;
};

struct ArrowArray {
	int64_t length;
	int64_t null_count;
	int64_t offset;
	int64_t n_buffers;
	int64_t n_children;
	const void **buffers;
	struct ArrowArray **children;
	struct ArrowArray *dictionary;
	void (*release)(struct ArrowArray *);
	void *private_data;
};
#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE
struct ArrowArrayStream {
	int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
	int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
	const char *(*get_last_error)(struct ArrowArrayStream *);
	void (*release)(struct ArrowArrayStream *);
	void *private_data;
};
#endif

/* Shared by the stream and the arrays that came from it. */
struct arrow_table {
	atomic_int references;
	bool given; /* the one batch */
	size_t count;
	size_t rows;
	struct arrow_column columns[];
};

/* ---- the table ---- */

struct arrow_table *arrow_table_new(size_t columns, size_t rows)
{
	struct arrow_table *table = calloc(1, sizeof *table + columns * sizeof *table->columns);
	if (!table)
		return NULL;
	atomic_init(&table->references, 1);
	table->count = columns;
	table->rows = rows;
	return table;
}

void arrow_table_free(struct arrow_table *table)
{
	if (!table || atomic_fetch_sub(&table->references, 1) != 1)
		return;
	for (size_t i = 0; i < table->count; i++) {
		free(table->columns[i].name);
		free(table->columns[i].valid);
		free(table->columns[i].numbers);
		free(table->columns[i].offsets);
		free(table->columns[i].bytes);
	}
	free(table);
}

struct arrow_column *arrow_columns(struct arrow_table *table)
{
	return table->columns;
}

bool arrow_name(struct arrow_column *column, const char *name, const char *suffix)
{
	size_t length = strlen(name), more = strlen(suffix);
	column->name = malloc(length + more + 1);
	if (!column->name)
		return false;
	memcpy(column->name, name, length);
	memcpy(column->name + length, suffix, more + 1);
	return true;
}

static bool allocate_column(struct arrow_column *column, size_t rows)
{
	column->valid = calloc(rows / 8 + 1, 1);
	if (column->is_text) {
		column->offsets = calloc(rows + 1, sizeof *column->offsets);
		column->bytes_capacity = 64;
		column->bytes = malloc(column->bytes_capacity);
	} else {
		column->numbers = calloc(rows + 1, sizeof *column->numbers);
	}
	return column->valid && (column->is_text ? column->offsets && column->bytes : column->numbers != NULL);
}

bool arrow_allocate(struct arrow_table *table)
{
	bool done = true;
	for (size_t i = 0; i < table->count && done; i++)
		done = allocate_column(&table->columns[i], table->rows);
	return done;
}

static void set_valid(struct arrow_column *column, size_t row, bool valid)
{
	column->valid[row / 8] |= (uint8_t)((unsigned)valid << (row % 8));
	column->null_count += !valid;
}

void arrow_set_number(struct arrow_column *column, size_t row, double value)
{
	set_valid(column, row, !isnan(value));
	column->numbers[row] = isnan(value) ? 0.0 : value;
}

static bool add_bytes(struct arrow_column *column, const char *bytes, size_t length)
{
	size_t needed = column->bytes_length + length;
	if (needed > INT32_MAX)
		return false;
	if (needed > column->bytes_capacity) {
		size_t capacity = needed * 2;
		char *bigger = realloc(column->bytes, capacity);
		if (!bigger)
			return false;
		column->bytes = bigger;
		column->bytes_capacity = capacity;
	}
	memcpy(column->bytes + column->bytes_length, bytes, length);
	column->bytes_length = needed;
	return true;
}

bool arrow_set_text(struct arrow_column *column, size_t row, const char *text)
{
	set_valid(column, row, text);
	bool done = !text || add_bytes(column, text, strlen(text));
	column->offsets[row + 1] = (int32_t)column->bytes_length;
	return done;
}

bool arrow_set_flags(struct arrow_column *column, size_t row, unsigned flags)
{
	const char *joint = "";
	bool done = true;
	set_valid(column, row, true);
	for (unsigned flag = 1; flag && flag <= flags && done; flag <<= 1) {
		const char *name = flags & flag ? joules_flag_name(flag) : NULL;
		if (!name)
			continue;
		done = add_bytes(column, joint, strlen(joint)) && add_bytes(column, name, strlen(name));
		joint = " ";
	}
	column->offsets[row + 1] = (int32_t)column->bytes_length;
	return done;
}

/* ---- schema: one struct whose children are the columns ---- */

static void release_schema(struct ArrowSchema *schema)
{
	for (int64_t i = 0; i < schema->n_children; i++) {
		if (schema->children[i]->release)
			schema->children[i]->release(schema->children[i]);
		free(schema->children[i]);
	}
	free(schema->children);
	free(schema->private_data); /* the name */
	schema->release = NULL;
}

static bool fill_schema(struct ArrowSchema *schema, const char *format, const char *name, int64_t children)
{
	char *copy = strdup(name);
	*schema = (struct ArrowSchema){
		.format = format, .name = copy, .flags = ARROW_FLAG_NULLABLE, .release = release_schema, .private_data = copy
	};
	schema->children = children ? calloc((size_t)children, sizeof *schema->children) : NULL;
	return copy && (!children || schema->children);
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
	struct arrow_table *table = stream->private_data;
	bool done = fill_schema(out, "+s", "", (int64_t)table->count);
	out->flags = 0;
	for (size_t i = 0; i < table->count && done; i++) {
		struct ArrowSchema *child = malloc(sizeof *child);
		done = child != NULL;
		if (!done)
			break;
		done = fill_schema(child, table->columns[i].is_text ? "u" : "g", table->columns[i].name, 0);
		out->children[out->n_children++] = child;
	}
	if (!done)
		release_schema(out);
	return done ? 0 : ENOMEM;
}

/* ---- arrays ---- */

static void release_array(struct ArrowArray *array)
{
	for (int64_t i = 0; i < array->n_children; i++) {
		if (array->children[i]->release)
			array->children[i]->release(array->children[i]);
		free(array->children[i]);
	}
	free(array->children);
	free(array->buffers);
	arrow_table_free(array->private_data);
	array->release = NULL;
}

static bool fill_array(struct ArrowArray *array, struct arrow_table *table, int64_t buffers, size_t children)
{
	atomic_fetch_add(&table->references, 1);
	*array = (struct ArrowArray){
		.length = (int64_t)table->rows, .n_buffers = buffers, .release = release_array, .private_data = table
	};
	array->buffers = calloc((size_t)buffers, sizeof *array->buffers);
	array->children = calloc(children + 1, sizeof *array->children);
	return array->buffers && array->children;
}

static bool add_child(struct ArrowArray *array, struct arrow_table *table, const struct arrow_column *column)
{
	struct ArrowArray *child = malloc(sizeof *child);
	if (!child)
		return false;
	bool done = fill_array(child, table, column->is_text ? 3 : 2, 0);
	array->children[array->n_children++] = child;
	if (!done)
		return false;
	child->null_count = column->null_count;
	child->buffers[0] = column->null_count ? column->valid : NULL;
	child->buffers[1] = column->is_text ? (const void *)column->offsets : (const void *)column->numbers;
	if (column->is_text)
		child->buffers[2] = column->bytes;
	return true;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
	struct arrow_table *table = stream->private_data;
	if (table->given) {
		*out = (struct ArrowArray){ 0 };
		return 0;
	}
	bool done = fill_array(out, table, 1, table->count);
	for (size_t i = 0; i < table->count && done; i++)
		done = add_child(out, table, &table->columns[i]);
	if (!done) {
		release_array(out);
		return ENOMEM;
	}
	table->given = true;
	return 0;
}

/* ---- the stream and its capsule ---- */

static const char *get_last_error(struct ArrowArrayStream *stream)
{
	(void)stream;
	return "out of memory";
}

static void release_stream(struct ArrowArrayStream *stream)
{
	arrow_table_free(stream->private_data);
	stream->release = NULL;
}

#define CAPSULE_NAME "arrow_array_stream"

static void free_capsule(PyObject *capsule)
{
	struct ArrowArrayStream *stream = PyCapsule_GetPointer(capsule, CAPSULE_NAME);
	if (stream->release) /* else a consumer has moved it */
		stream->release(stream);
	free(stream);
}

PyObject *arrow_stream(struct arrow_table *table)
{
	struct ArrowArrayStream *stream = malloc(sizeof *stream);
	if (!stream) {
		arrow_table_free(table);
		return PyErr_NoMemory();
	}
	*stream = (struct ArrowArrayStream){ get_schema, get_next, get_last_error, release_stream, table };
	PyObject *capsule = PyCapsule_New(stream, CAPSULE_NAME, free_capsule);
	if (!capsule) {
		arrow_table_free(table);
		free(stream);
	}
	return capsule;
}

/* ---- from Python's lists ---- */

static bool set_value(struct arrow_column *column, size_t row, PyObject *value)
{
	if (column->is_text) {
		PyObject *bytes = value == Py_None ? NULL : PyUnicode_AsEncodedString(value, "utf-8", "replace");
		char *text = NULL;
		Py_ssize_t length = 0;
		bool done = value == Py_None || (bytes && PyBytes_AsStringAndSize(bytes, &text, &length) == 0);
		if (done) {
			set_valid(column, row, text);
			done = !text || add_bytes(column, text, (size_t)length);
			column->offsets[row + 1] = (int32_t)column->bytes_length;
		}
		Py_XDECREF(bytes);
		return done;
	}
	double number = value == Py_None ? (double)NAN : PyFloat_AsDouble(value);
	arrow_set_number(column, row, number);
	return !PyErr_Occurred();
}

static bool set_column(struct arrow_column *column, PyObject *values, size_t rows)
{
	bool done = true;
	for (size_t row = 0; row < rows && done; row++) {
		PyObject *value = PyList_GetItem(values, (Py_ssize_t)row);
		if (!value)
			return false;
		Py_INCREF(value);
		done = set_value(column, row, value);
		Py_DECREF(value);
	}
	return done;
}

static bool fill_from_lists(struct arrow_table *table, PyObject *columns)
{
	for (size_t i = 0; i < table->count; i++) {
		const char *name;
		int is_text;
		PyObject *values;
		if (!PyArg_ParseTuple(PyList_GetItem(columns, (Py_ssize_t)i), "spO!", &name, &is_text, &PyList_Type, &values))
			return false;
		if (PyList_Size(values) != (Py_ssize_t)table->rows) {
			PyErr_SetString(PyExc_ValueError, "columns of different lengths");
			return false;
		}
		struct arrow_column *column = &table->columns[i];
		column->is_text = is_text;
		if (!arrow_name(column, name, "") || !allocate_column(column, table->rows) ||
		    !set_column(column, values, table->rows))
			return false;
	}
	return true;
}

PyObject *arrow_of_columns(PyObject *self, PyObject *columns)
{
	(void)self;
	PyObject *values;
	const char *name;
	int is_text;
	if (!PyList_Check(columns) || PyList_Size(columns) == 0) {
		PyErr_SetString(PyExc_TypeError, "arrow: a list of (name, is text, list of values), please");
		return NULL;
	}
	if (!PyArg_ParseTuple(PyList_GetItem(columns, 0), "spO!", &name, &is_text, &PyList_Type, &values))
		return NULL;
	struct arrow_table *table = arrow_table_new((size_t)PyList_Size(columns), (size_t)PyList_Size(values));
	if (table && fill_from_lists(table, columns))
		return arrow_stream(table);
	arrow_table_free(table);
	return PyErr_Occurred() ? NULL : PyErr_NoMemory();
}
