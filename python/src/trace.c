/* SPDX-License-Identifier: MIT */
/* A finished, frozen trace: rows for whoever looks, columns for Arrow. */
#include "core.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arrow.h"

struct trace {
	PyObject_HEAD joules_trace *trace;
	struct layout *layout;
	PyObject *tags; /* {index: tag} of tags that C cannot keep, or NULL */
	_Atomic(joules_sample *)
	    scratch; /* whoever takes it out gives one back: no lock, and a finalizer may come in between */
};

PyObject *trace_object(struct module *module, joules_trace *trace, struct layout *layout, PyObject *tags)
{
	struct trace *self = (struct trace *)PyType_GenericAlloc((PyTypeObject *)module->trace_type, 0);
	if (!self) {
		joules_trace_unref(trace);
		return NULL;
	}
	self->trace = trace;
	Py_INCREF((PyObject *)layout);
	self->layout = layout;
	Py_XINCREF(tags);
	self->tags = tags;
	return (PyObject *)self;
}

static int trace_traverse(PyObject *self, visitproc visit, void *arg)
{
	Py_VISIT(Py_TYPE(self));
	Py_VISIT(((struct trace *)self)->tags);
	return 0;
}

static int trace_clear(PyObject *self)
{
	Py_CLEAR(((struct trace *)self)->tags);
	return 0;
}

static void trace_dealloc(PyObject *object)
{
	struct trace *self = (struct trace *)object;
	PyObject_GC_UnTrack(object);
	joules_sample_free(atomic_load(&self->scratch));
	joules_trace_unref(self->trace);
	Py_XDECREF((PyObject *)self->layout);
	Py_XDECREF(self->tags);
	free_object(object);
}

static Py_ssize_t trace_length(PyObject *self)
{
	return (Py_ssize_t)joules_trace_count(((struct trace *)self)->trace);
}

/* ---- one sample ---- */

static joules_sample *take_sample(struct trace *self, size_t index)
{
	joules_sample *sample = atomic_exchange(&self->scratch, NULL);
	joules_status status = joules_trace_sample(self->trace, index, &sample);
	if (!status)
		return sample;
	joules_sample_free(sample);
	if (status == JOULES_NO_MEMORY)
		PyErr_NoMemory();
	else
		PyErr_SetString(PyExc_IndexError, joules_error_message());
	return NULL;
}

static void give_sample(struct trace *self, joules_sample *sample)
{
	joules_sample_free(atomic_exchange(&self->scratch, sample));
}

joules_energy column_energy(const struct layout *layout, const joules_sample *sample, size_t column)
{
	size_t from = layout->first[column], to = layout->first[column + 1];
	if (to == from + 1)
		return *joules_sample_energy(sample, layout->domains[from]);
	joules_energy sum = JOULES_ENERGY_ZERO;
	for (size_t i = from; i < to; i++) {
		const joules_energy *energy = joules_sample_energy(sample, layout->domains[i]);
		sum.joules += energy->joules;
		sum.low += energy->low;
		sum.high += energy->high;
		sum.flags |= energy->flags;
		sum.reason = sum.reason == JOULES_REASON_NONE ? energy->reason : sum.reason;
	}
	sum.seen_s = sum.flags & JOULES_PARTIAL ? (double)NAN : sample->duration_s;
	if (from < to && !(sum.flags & JOULES_INVALID))
		return sum;
	joules_energy none = JOULES_ENERGY_NONE;
	none.reason = sum.reason;
	return none;
}

/* The domain that says of a column how it is measured; NULL: there is none. */
static const joules_domain *column_domain(const struct layout *layout, const joules_sample *sample, size_t column)
{
	return layout->first[column] < layout->first[column + 1] ? sample->domains[layout->domains[layout->first[column]]]
	                                                         : NULL;
}

static PyObject *tag_of(struct trace *self, const joules_sample *sample, Py_ssize_t index)
{
	if (self->tags) {
		PyObject *key = PyLong_FromSsize_t(index);
		PyObject *tag = key ? PyDict_GetItemWithError(self->tags, key) : NULL;
		Py_XDECREF(key);
		Py_XINCREF(tag);
		if (tag || PyErr_Occurred())
			return tag;
	}
	return PyUnicode_FromString(sample->tag);
}

static bool put(PyObject *dict, PyObject *key, PyObject *value)
{
	bool done = value && PyDict_SetItem(dict, key, value) == 0;
	Py_XDECREF(value);
	return done;
}

static PyObject *energy_dict(const struct layout *layout, const joules_sample *sample)
{
	PyObject *dict = PyDict_New();
	for (size_t i = 0; dict && i < layout->count; i++) {
		PyObject *name = PyTuple_GetItem(layout->names, (Py_ssize_t)i);
		if (!put(dict, name, PyFloat_FromDouble(column_energy(layout, sample, i).joules * 1e6)))
			Py_CLEAR(dict);
	}
	return dict;
}

static PyObject *details_dict(const struct layout *layout, const joules_sample *sample)
{
	PyObject *dict = PyDict_New();
	for (size_t i = 0; dict && i < layout->count; i++) {
		PyObject *name = PyTuple_GetItem(layout->names, (Py_ssize_t)i);
		joules_energy energy = column_energy(layout, sample, i);
		const joules_domain *domain = column_domain(layout, sample, i);
		PyObject *detail = Py_BuildValue("(dddssNzzd)", energy.joules * 1e6, energy.low * 1e6, energy.high * 1e6,
		    joules_source_name(domain ? domain->source : JOULES_MEASURED),
		    joules_method_name(domain ? domain->method : JOULES_METHOD_COUNTER), flag_names(energy.flags),
		    domain ? domain->parent : NULL, joules_reason_name(energy.reason), energy.seen_s);
		if (!put(dict, name, detail))
			Py_CLEAR(dict);
	}
	return dict;
}

static bool get_index(PyObject *number, size_t *index)
{
	*index = PyLong_AsSize_t(number);
	return !PyErr_Occurred();
}

static PyObject *trace_row(PyObject *object, PyObject *number)
{
	struct trace *self = (struct trace *)object;
	size_t index;
	if (!get_index(number, &index))
		return NULL;
	joules_sample *sample = take_sample(self, index);
	if (!sample)
		return NULL;
	PyObject *row = Py_BuildValue("(dNdN)", sample->timestamp, tag_of(self, sample, (Py_ssize_t)index),
	    sample->duration_s, energy_dict(self->layout, sample));
	give_sample(self, sample);
	return row;
}

static PyObject *trace_details(PyObject *object, PyObject *number)
{
	struct trace *self = (struct trace *)object;
	size_t index;
	if (!get_index(number, &index))
		return NULL;
	joules_sample *sample = take_sample(self, index);
	if (!sample)
		return NULL;
	PyObject *details = details_dict(self->layout, sample);
	give_sample(self, sample);
	return details;
}

static PyObject *trace_doubtful(PyObject *object, PyObject *number)
{
	struct trace *self = (struct trace *)object;
	size_t index;
	if (!get_index(number, &index))
		return NULL;
	joules_sample *sample = take_sample(self, index);
	if (!sample)
		return NULL;
	bool doubtful = false;
	for (size_t i = 0; i < self->layout->count && !doubtful; i++) {
		const joules_domain *domain = column_domain(self->layout, sample, i);
		doubtful = !domain || domain->source != JOULES_MEASURED || column_energy(self->layout, sample, i).flags;
	}
	give_sample(self, sample);
	return PyBool_FromLong(doubtful);
}

/* ---- by tag ---- */

/* Any object may equal any other: where it is not plain text on both sides, ask the objects. */
static PyObject *find_object(struct trace *self, PyObject *tag, size_t from)
{
	for (size_t i = from; i < joules_trace_count(self->trace); i++) {
		joules_sample *sample = take_sample(self, i);
		PyObject *own = sample ? tag_of(self, sample, (Py_ssize_t)i) : NULL;
		if (sample)
			give_sample(self, sample);
		int equal = own ? PyObject_RichCompareBool(own, tag, Py_EQ) : -1;
		Py_XDECREF(own);
		if (equal)
			return equal < 0 ? NULL : PyLong_FromSize_t(i);
	}
	Py_RETURN_NONE;
}

static PyObject *trace_find(PyObject *object, PyObject *args)
{
	struct trace *self = (struct trace *)object;
	PyObject *tag;
	Py_ssize_t from;
	if (!PyArg_ParseTuple(args, "On:find", &tag, &from))
		return NULL;
	const char *bytes = self->tags ? NULL : plain_tag(tag);
	if (!bytes)
		return find_object(self, tag, (size_t)from);
	size_t index = joules_trace_find(self->trace, bytes, (size_t)from);
	if (index < joules_trace_count(self->trace))
		return PyLong_FromSize_t(index);
	Py_RETURN_NONE;
}

/* ---- totals ---- */

/* Does each column have a domain? What has none is missing from the total, and C does not know it. */
static bool is_complete(const struct layout *layout)
{
	for (size_t i = 0; i < layout->count; i++)
		if (layout->first[i] == layout->first[i + 1])
			return false;
	return true;
}

static PyObject *trace_total(PyObject *object, PyObject *number)
{
	struct trace *self = (struct trace *)object;
	size_t index;
	if (!get_index(number, &index))
		return NULL;
	if (!is_complete(self->layout))
		Py_RETURN_NONE;
	joules_sample *sample = take_sample(self, index);
	if (!sample)
		return NULL;
	PyObject *total = total_tuple(sample, 1e6);
	give_sample(self, sample);
	return total;
}

static PyObject *trace_sum(PyObject *object, PyObject *tag)
{
	struct trace *self = (struct trace *)object;
	const char *bytes = tag == Py_None ? NULL : plain_tag(tag);
	if (!is_complete(self->layout) || (tag != Py_None && (self->tags || !bytes)))
		Py_RETURN_NONE;
	joules_sample *sample = NULL;
	joules_status status = joules_trace_sum(self->trace, bytes, &sample);
	if (status == JOULES_INVALID_ARGUMENT)
		Py_RETURN_NONE;
	if (status)
		return raise_status(module_of(object), status);
	PyObject *total = total_tuple(sample, 1e6);
	joules_sample_free(sample);
	return total;
}

/* Is it a domain of the trace itself? */
static bool is_measured(const joules_trace *trace, const char *name)
{
	for (size_t i = 0; i < joules_trace_domain_count(trace); i++)
		if (strcmp(joules_trace_domain(trace, i)->name, name) == 0)
			return true;
	return false;
}

static PyObject *trace_missing(PyObject *object, void *none)
{
	(void)none;
	struct trace *self = (struct trace *)object;
	if (joules_trace_count(self->trace) == 0)
		return PyTuple_New(0);
	joules_sample *sample = take_sample(self, 0);
	if (!sample)
		return NULL;
	PyObject *all = missing_names(sample), *own = all ? PyList_New(0) : NULL;
	give_sample(self, sample);
	for (Py_ssize_t i = 0; own && i < PyTuple_Size(all); i++) {
		PyObject *name = PyTuple_GetItem(all, i);
		const char *bytes = PyUnicode_AsUTF8AndSize(name, NULL);
		if (!bytes || (!is_measured(self->trace, bytes) && PyList_Append(own, name) < 0))
			Py_CLEAR(own);
	}
	PyObject *tuple = own ? PyList_AsTuple(own) : NULL;
	Py_XDECREF(own);
	Py_XDECREF(all);
	return tuple;
}

/* ---- columns ---- */

/* Values of sample `row` into all columns: timestamp, duration, tag, one a domain, then four a domain. */
static bool fill_row(const struct layout *layout, const joules_sample *sample, struct arrow_column *columns, size_t row)
{
	arrow_set_number(&columns[0], row, sample->timestamp);
	arrow_set_number(&columns[1], row, sample->duration_s);
	bool done = arrow_set_text(&columns[2], row, sample->tag);
	for (size_t i = 0; i < layout->count && done; i++) {
		joules_energy energy = column_energy(layout, sample, i);
		const joules_domain *domain = column_domain(layout, sample, i);
		struct arrow_column *more = &columns[3 + layout->count + 4 * i];
		arrow_set_number(&columns[3 + i], row, energy.joules * 1e6);
		arrow_set_number(&more[0], row, energy.low * 1e6);
		arrow_set_number(&more[1], row, energy.high * 1e6);
		done = arrow_set_text(&more[2], row, joules_source_name(domain ? domain->source : JOULES_MEASURED)) &&
		    arrow_set_flags(&more[3], row, energy.flags);
	}
	return done;
}

static bool name_columns(const struct layout *layout, struct arrow_column *columns)
{
	bool done = arrow_name(&columns[0], "timestamp", "") && arrow_name(&columns[1], "duration", "") &&
	    arrow_name(&columns[2], "tag", "");
	columns[2].is_text = true;
	for (size_t i = 0; i < layout->count && done; i++) {
		static const char *const suffixes[] = { "_low", "_high", "_source", "_flags" };
		const char *name = PyUnicode_AsUTF8AndSize(PyTuple_GetItem(layout->names, (Py_ssize_t)i), NULL);
		struct arrow_column *more = &columns[3 + layout->count + 4 * i];
		done = name && arrow_name(&columns[3 + i], name, "");
		for (size_t k = 0; k < 4 && done; k++) {
			done = arrow_name(&more[k], name, suffixes[k]);
			more[k].is_text = k >= 2;
		}
	}
	return done;
}

static PyObject *trace_arrow(PyObject *object, PyObject *none)
{
	(void)none;
	struct trace *self = (struct trace *)object;
	if (self->tags)
		Py_RETURN_NONE;
	size_t rows = joules_trace_count(self->trace), count = 3 + 5 * self->layout->count;
	struct arrow_table *table = arrow_table_new(count, rows);
	bool done = table && name_columns(self->layout, arrow_columns(table)) && arrow_allocate(table);
	joules_sample *sample = NULL;
	Py_BEGIN_ALLOW_THREADS for (size_t row = 0; row < rows && done; row++) done =
	    joules_trace_sample(self->trace, row, &sample) == JOULES_OK &&
	    fill_row(self->layout, sample, arrow_columns(table), row);
	Py_END_ALLOW_THREADS joules_sample_free(sample);
	if (done)
		return arrow_stream(table);
	arrow_table_free(table);
	return PyErr_Occurred() ? NULL : PyErr_NoMemory();
}

/* ---- as text ---- */

/* Are the columns the domains themselves? */
static bool has_own_columns(const struct trace *self)
{
	const struct layout *layout = self->layout;
	if (joules_trace_domain_count(self->trace) != layout->count)
		return false;
	for (size_t i = 0; i < layout->count; i++) {
		const char *name = PyUnicode_AsUTF8AndSize(PyTuple_GetItem(layout->names, (Py_ssize_t)i), NULL);
		bool alone = layout->first[i + 1] == layout->first[i] + 1 && layout->domains[layout->first[i]] == i;
		if (!name || !alone || strcmp(name, joules_trace_domain(self->trace, i)->name) != 0) {
			PyErr_Clear();
			return false;
		}
	}
	return true;
}

/* And the tags C's own? Only then does C know how the trace reads. */
static bool is_plain(const struct trace *self)
{
	return !self->tags && has_own_columns(self);
}

static PyObject *trace_text(PyObject *object, PyObject *args)
{
	struct trace *self = (struct trace *)object;
	const char *format;
	PyObject *name_object = Py_None;
	if (!PyArg_ParseTuple(args, "s|O:text", &format, &name_object))
		return NULL;
	const char *name = name_object == Py_None ? NULL : plain_tag(name_object);
	if (!is_plain(self) || (!name && name_object != Py_None))
		Py_RETURN_NONE;
	char *header, *text;
	joules_status status;
	Py_BEGIN_ALLOW_THREADS status = joules_trace_text(self->trace, format, name, &header, &text);
	Py_END_ALLOW_THREADS if (status) return raise_status(module_of(object), status);
	PyObject *pair = Py_BuildValue("(yy)", header, text);
	free(header);
	free(text);
	return pair;
}

/* ---- into a file of SQLite ---- */

static PyObject *trace_store(PyObject *object, PyObject *args)
{
	struct trace *self = (struct trace *)object;
	PyObject *path;
	const char *series;
	long long number;
	if (!PyArg_ParseTuple(args, "O&sL:store", PyUnicode_FSConverter, &path, &series, &number))
		return NULL;
	bool known = has_own_columns(self);
	joules_status status = known ? store_trace(self->trace, path, series, number) : JOULES_OK;
	Py_DECREF(path);
	return status ? raise_status(module_of(object), status) : PyBool_FromLong(known);
}

static PyObject *trace_tags(PyObject *object, void *none)
{
	(void)none;
	struct trace *self = (struct trace *)object;
	return self->tags ? PyDict_Copy(self->tags) : PyDict_New();
}

/* ---- doubts ---- */

struct doubts {
	size_t below_tick, partial, invalid;
};

static void count_doubts(const struct layout *layout, const joules_sample *sample, struct doubts *doubts)
{
	for (size_t i = 0; i < layout->count; i++) {
		joules_energy energy = column_energy(layout, sample, i);
		doubts[i].below_tick += (energy.flags & JOULES_BELOW_TICK) != 0;
		doubts[i].partial += (energy.flags & JOULES_PARTIAL) != 0;
		doubts[i].invalid += isnan(energy.joules) ? 1 : 0;
	}
}

static PyObject *doubts_dict(const struct layout *layout, const joules_sample *sample, const struct doubts *doubts)
{
	PyObject *dict = PyDict_New();
	for (size_t i = 0; dict && i < layout->count; i++) {
		const joules_domain *domain = column_domain(layout, sample, i);
		bool estimated = domain && domain->source == JOULES_ESTIMATED;
		const struct doubts *own = &doubts[i];
		if (!own->below_tick && !own->partial && !own->invalid && !estimated)
			continue;
		PyObject *counts =
		    Py_BuildValue("(nnnO)", own->below_tick, own->partial, own->invalid, estimated ? Py_True : Py_False);
		if (!put(dict, PyTuple_GetItem(layout->names, (Py_ssize_t)i), counts))
			Py_CLEAR(dict);
	}
	return dict;
}

static PyObject *trace_doubts(PyObject *object, PyObject *none)
{
	(void)none;
	struct trace *self = (struct trace *)object;
	struct doubts *doubts = PyMem_Calloc(self->layout->count + 1, sizeof *doubts);
	if (!doubts)
		return PyErr_NoMemory();
	joules_sample *sample = NULL;
	joules_status status = JOULES_OK;
	Py_BEGIN_ALLOW_THREADS for (size_t i = 0; i < joules_trace_count(self->trace) && !status; i++)
	{
		status = joules_trace_sample(self->trace, i, &sample);
		if (!status)
			count_doubts(self->layout, sample, doubts);
	}
	Py_END_ALLOW_THREADS PyObject *dict = status ? raise_status(module_of(object), status)
	    : sample                                 ? doubts_dict(self->layout, sample, doubts)
	                                             : PyDict_New();
	joules_sample_free(sample);
	PyMem_Free(doubts);
	return dict;
}

static PyObject *trace_id(PyObject *self, void *none)
{
	(void)none;
	const char *id = joules_trace_id(((struct trace *)self)->trace);
	return id ? PyUnicode_FromString(id) : PyErr_NoMemory();
}

static PyObject *trace_names(PyObject *self, void *none)
{
	(void)none;
	PyObject *names = ((struct trace *)self)->layout->names;
	Py_INCREF(names);
	return names;
}

static PyMethodDef trace_methods[] = {
	{ "row", trace_row, METH_O, "(timestamp, tag, duration, {name: µJ}) of one sample." },
	{ "details", trace_details, METH_O,
	    "{name: (µJ, low, high, source, method, flags, parent, reason, seconds seen)} of one sample." },
	{ "doubtful", trace_doubtful, METH_O, "Whether a value of the sample is an estimate or has a flag." },
	{ "find", trace_find, METH_VARARGS, "Index of the first sample with this tag at or after an index, else None." },
	{ "total", trace_total, METH_O, "(µJ, low, high, source, missing names) of one sample; None where C cannot know." },
	{ "sum", trace_sum, METH_O, "The same of all samples with this tag (None: of all) together." },
	{ "text", trace_text, METH_VARARGS,
	    "text(format, name=None): (header, text) as bytes; None where C cannot know how the trace reads." },
	{ "store", trace_store, METH_VARARGS,
	    "store(path, series, number): adds it to a file of SQLite; False, and nothing was done, where its columns are "
	    "not the domains." },
	{ "doubts", trace_doubts, METH_NOARGS,
	    "{name: (samples below_tick, partial, invalid, whether estimated)} where there is something to say." },
	{ "arrow", trace_arrow, METH_NOARGS, "An Arrow stream (a PyCapsule); None where a tag is no text." },
	{ NULL, NULL, 0, NULL },
};

static PyGetSetDef trace_attributes[] = {
	{ "id", trace_id, NULL, "The trace's UUID.", NULL },
	{ "missing", trace_missing, NULL, "Names of what belongs in the totals and could not be opened.", NULL },
	{ "tags", trace_tags, NULL, "{index: tag} of the tags that C cannot keep.", NULL },
	{ "names", trace_names, NULL, "The names of the columns.", NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

static PyType_Slot trace_slots[] = {
	{ Py_tp_doc, (void *)"A finished trace." },
	{ Py_tp_dealloc, FUNCTION(void *, trace_dealloc) },
	{ Py_tp_traverse, FUNCTION(void *, trace_traverse) },
	{ Py_tp_clear, FUNCTION(void *, trace_clear) },
	{ Py_sq_length, FUNCTION(void *, trace_length) },
	{ Py_tp_methods, trace_methods },
	{ Py_tp_getset, trace_attributes },
	{ 0, NULL },
};

PyType_Spec trace_spec = {
	.name = "joules._core.Trace",
	.basicsize = sizeof(struct trace),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
	.slots = trace_slots,
};
