/* SPDX-License-Identifier: MIT */
/* Open domains, and which of them make which column. */
#include "core.h"

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <structmember.h>

/* Small files of the kernel are read in microseconds, and taking the GIL back beside a busy thread takes 5 ms. */
static bool reads_may_block(const joules_meter *meter)
{
	for (size_t i = 0; i < joules_meter_domain_count(meter); i++)
		if (joules_meter_domain(meter, i)->may_block)
			return true;
	return false;
}

static PyObject *meter_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
	static char *names[] = { "domains", "estimate", "settings", NULL };
	joules_options options = JOULES_OPTIONS_INIT;
	int estimate = JOULES_ESTIMATE_AUTO;
	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|ziz:Meter", names, &options.domains, &estimate, &options.settings))
		return NULL;
	options.estimate = (joules_estimate)estimate;
	struct meter *self = (struct meter *)PyType_GenericAlloc(type, 0);
	if (!self)
		return NULL;
	joules_status status;
	Py_BEGIN_ALLOW_THREADS status = joules_meter_open(&self->meter, &options);
	Py_END_ALLOW_THREADS if (status)
	{
		raise_status(PyType_GetModuleState(type), status);
		Py_DECREF(self);
		return NULL;
	}
	pthread_mutex_init(&self->lock, NULL);
	self->may_block = reads_may_block(self->meter);
	return (PyObject *)self;
}

static void meter_dealloc(PyObject *self)
{
	struct meter *meter = (struct meter *)self;
	if (meter->weak_references)
		PyObject_ClearWeakRefs(self);
	joules_sample_free(meter->between);
	joules_reading_free(meter->begin);
	joules_reading_free(meter->now);
	Py_BEGIN_ALLOW_THREADS joules_meter_close(meter->meter);
	Py_END_ALLOW_THREADS free_object(self);
}

/* ---- what the counters show, for those who take differences themselves ---- */

static bool has_model(const joules_meter *meter)
{
	for (size_t i = 0; i < joules_meter_domain_count(meter); i++)
		if (joules_meter_domain(meter, i)->kind == JOULES_KIND_MODEL)
			return true;
	return false;
}

/* µJ. Kernels give whole ones, which joules as doubles miss by their last bit. */
static double microjoules(double joules)
{
	double value = joules * 1e6, whole = round(value);
	return fabs(value - whole) <= 4.0 * DBL_EPSILON * fabs(whole) ? whole : value;
}

static joules_status read_first(struct meter *self)
{
	joules_status status = joules_reading_new(self->meter, &self->now);
	if (!status && has_model(self->meter))
		status = joules_reading_new(self->meter, &self->begin);
	if (!status && self->begin)
		status = joules_read(self->meter, self->begin);
	if (status) {
		joules_reading_free(self->begin);
		joules_reading_free(self->now);
		self->begin = self->now = NULL;
	}
	return status;
}

static joules_status read_energies(struct meter *self, double *values)
{
	pthread_mutex_lock(&self->lock);
	joules_status status = self->now ? JOULES_OK : read_first(self);
	if (!status)
		status = joules_read(self->meter, self->now);
	if (!status && self->begin)
		status = joules_between(self->meter, self->begin, self->now, &self->between);
	for (size_t i = 0; !status && i < joules_meter_domain_count(self->meter); i++) {
		bool model = joules_meter_domain(self->meter, i)->kind == JOULES_KIND_MODEL;
		values[i] =
		    microjoules(model ? joules_sample_energy(self->between, i)->joules : joules_reading_value(self->now, i));
	}
	pthread_mutex_unlock(&self->lock);
	return status;
}

static PyObject *meter_energies(PyObject *object, PyObject *none)
{
	(void)none;
	struct meter *self = (struct meter *)object;
	size_t count = joules_meter_domain_count(self->meter);
	double *values = PyMem_Calloc(count + 1, sizeof *values);
	if (!values)
		return PyErr_NoMemory();
	joules_status status;
	if (self->may_block) {
		Py_BEGIN_ALLOW_THREADS status = read_energies(self, values);
		Py_END_ALLOW_THREADS
	} else {
		status = read_energies(self, values);
	}
	PyObject *list = status ? raise_status(module_of(object), status) : PyList_New((Py_ssize_t)count);
	for (size_t i = 0; list && i < count; i++) {
		PyObject *value = PyFloat_FromDouble(values[i]);
		if (!value || PyList_SetItem(list, (Py_ssize_t)i, value) < 0)
			Py_CLEAR(list);
	}
	PyMem_Free(values);
	return list;
}

static PyObject *domain_dicts(
    const joules_meter *meter, size_t count, const joules_domain *(*domain_of)(const joules_meter *, size_t))
{
	PyObject *tuple = PyTuple_New((Py_ssize_t)count);
	for (size_t i = 0; tuple && i < count; i++) {
		PyObject *domain = domain_dict(domain_of(meter, i));
		if (!domain || PyTuple_SetItem(tuple, (Py_ssize_t)i, domain) < 0)
			Py_CLEAR(tuple);
	}
	return tuple;
}

static PyObject *meter_domains(PyObject *self, void *none)
{
	(void)none;
	const joules_meter *meter = ((struct meter *)self)->meter;
	return domain_dicts(meter, joules_meter_domain_count(meter), joules_meter_domain);
}

static PyObject *meter_missing(PyObject *self, void *none)
{
	(void)none;
	const joules_meter *meter = ((struct meter *)self)->meter;
	return domain_dicts(meter, joules_meter_missing_count(meter), joules_meter_missing);
}

static PyGetSetDef meter_attributes[] = {
	{ "domains", meter_domains, NULL, "One dict for each domain, in the order of its values.", NULL },
	{ "missing", meter_missing, NULL, "Likewise of those that belong in the total and cannot be read.", NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

static PyMethodDef meter_methods[] = {
	{ "energies", meter_energies, METH_NOARGS,
	    "µJ of each domain since its counter's own zero; of a model since the first call. nan: could not be read." },
	{ NULL, NULL, 0, NULL },
};

static PyMemberDef meter_members[] = {
	{ "__weaklistoffset__", T_PYSSIZET, offsetof(struct meter, weak_references), READONLY, NULL },
	{ NULL, 0, 0, 0, NULL },
};

static PyType_Slot meter_slots[] = {
	{ Py_tp_doc, (void *)"Meter(domains=None, estimate=0, settings=None): open domains." },
	{ Py_tp_new, FUNCTION(void *, meter_new) },
	{ Py_tp_dealloc, FUNCTION(void *, meter_dealloc) },
	{ Py_tp_getset, meter_attributes },
	{ Py_tp_methods, meter_methods },
	{ Py_tp_members, meter_members },
	{ 0, NULL },
};

PyType_Spec meter_spec = {
	.name = "joules._core.Meter",
	.basicsize = sizeof(struct meter),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
	.slots = meter_slots,
};

/* ---- layout ---- */

static bool count_columns(PyObject *columns, size_t *count, size_t *places)
{
	*count = (size_t)PyTuple_Size(columns);
	*places = 0;
	for (size_t i = 0; i < *count; i++) {
		PyObject *column = PyTuple_GetItem(columns, (Py_ssize_t)i);
		if (!PyTuple_Check(column) || PyTuple_Size(column) != 2 || !PyUnicode_Check(PyTuple_GetItem(column, 0)) ||
		    !PyTuple_Check(PyTuple_GetItem(column, 1))) {
			PyErr_SetString(PyExc_TypeError, "a layout is a tuple of (name, tuple of domain indices)");
			return false;
		}
		*places += (size_t)PyTuple_Size(PyTuple_GetItem(column, 1));
	}
	return true;
}

static bool fill_column(struct layout *self, size_t column, PyObject *name, PyObject *indices)
{
	size_t at = self->first[column], count = (size_t)PyTuple_Size(indices);
	for (size_t i = 0; i < count; i++) {
		size_t domain = PyLong_AsSize_t(PyTuple_GetItem(indices, (Py_ssize_t)i));
		if (domain == (size_t)-1 && PyErr_Occurred())
			return false;
		self->domains[at + i] = domain;
		if (domain >= self->domain_count)
			self->domain_count = domain + 1;
	}
	self->first[column + 1] = at + count;
	Py_INCREF(name);
	return PyTuple_SetItem(self->names, (Py_ssize_t)column, name) == 0;
}

static PyObject *layout_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
	static char *names[] = { "columns", NULL };
	PyObject *columns;
	size_t count, places;
	if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!:Layout", names, &PyTuple_Type, &columns) ||
	    !count_columns(columns, &count, &places))
		return NULL;
	struct layout *self = (struct layout *)PyType_GenericAlloc(type, 0);
	if (!self)
		return NULL;
	self->count = count;
	self->names = PyTuple_New((Py_ssize_t)count);
	self->first = PyMem_Calloc(count + 1, sizeof *self->first);
	self->domains = PyMem_Calloc(places + 1, sizeof *self->domains);
	bool done = self->names && self->first && self->domains;
	if (!done && !PyErr_Occurred())
		PyErr_NoMemory();
	for (size_t i = 0; done && i < count; i++) {
		PyObject *column = PyTuple_GetItem(columns, (Py_ssize_t)i);
		done = fill_column(self, i, PyTuple_GetItem(column, 0), PyTuple_GetItem(column, 1));
	}
	if (!done)
		Py_CLEAR(self);
	return (PyObject *)self;
}

static void layout_dealloc(PyObject *object)
{
	struct layout *self = (struct layout *)object;
	Py_XDECREF(self->names);
	PyMem_Free(self->first);
	PyMem_Free(self->domains);
	free_object(object);
}

static PyType_Slot layout_slots[] = {
	{ Py_tp_doc, (void *)"Layout(((name, (domain, …)), …)): which domains of a meter make which column." },
	{ Py_tp_new, FUNCTION(void *, layout_new) },
	{ Py_tp_dealloc, FUNCTION(void *, layout_dealloc) },
	{ 0, NULL },
};

PyType_Spec layout_spec = {
	.name = "joules._core.Layout",
	.basicsize = sizeof(struct layout),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
	.slots = layout_slots,
};
