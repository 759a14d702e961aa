/* SPDX-License-Identifier: MIT */
/* Totals, by libjoules' rules: each joule once, and the names of what is missing. */
#include "core.h"

#include <math.h>

PyObject *missing_names(const joules_sample *sample)
{
	size_t count = joules_sample_missing(sample, NULL, 0);
	const char **names = PyMem_Calloc(count + 1, sizeof *names);
	if (!names)
		return PyErr_NoMemory();
	(void)joules_sample_missing(sample, names, count);
	PyObject *tuple = PyTuple_New((Py_ssize_t)count);
	for (size_t i = 0; tuple && i < count; i++) {
		PyObject *name = PyUnicode_FromString(names[i]);
		if (!name || PyTuple_SetItem(tuple, (Py_ssize_t)i, name) < 0)
			Py_CLEAR(tuple);
	}
	PyMem_Free(names);
	return tuple;
}

PyObject *total_tuple(const joules_sample *sample, double unit)
{
	joules_source source = JOULES_MEASURED;
	const joules_energy *total = joules_sample_total(sample, &source);
	return Py_BuildValue("(dddsN)", total->joules * unit, total->low * unit, total->high * unit,
	    joules_source_name(source), missing_names(sample));
}

/* The description of each item of two sequences, and pointers to them. */
struct given {
	joules_domain *domains;
	const joules_domain **items;
	size_t count, missing_count;
};

static bool describe(struct given *given, PyObject *rows, PyObject *missing)
{
	for (size_t i = 0; i < given->count + given->missing_count; i++) {
		joules_domain *domain = &given->domains[i];
		*domain = (joules_domain)JOULES_DOMAIN_INIT;
		given->items[i] = domain;
		PyObject *item = i < given->count ? PyList_GetItem(rows, (Py_ssize_t)i)
		                                  : PyTuple_GetItem(missing, (Py_ssize_t)(i - given->count));
		double unused;
		int estimated = false, partial;
		if (i < given->count &&
		    !PyArg_ParseTuple(
		        item, "sdddppz", &domain->name, &unused, &unused, &unused, &estimated, &partial, &domain->parent))
			return false;
		if (i >= given->count && !(domain->name = PyUnicode_AsUTF8AndSize(item, NULL)))
			return false;
		domain->source = estimated ? JOULES_ESTIMATED : JOULES_MEASURED;
	}
	return true;
}

static bool fill(joules_sample *sample, PyObject *rows)
{
	for (size_t i = 0; i < sample->domain_count; i++) {
		const char *name, *parent;
		double value, low, high;
		int estimated, partial;
		if (!PyArg_ParseTuple(PyList_GetItem(rows, (Py_ssize_t)i), "sdddppz", &name, &value, &low, &high, &estimated,
		        &partial, &parent))
			return false;
		(void)joules_sample_set(sample, i, value, low, high, partial ? JOULES_PARTIAL : 0);
	}
	return true;
}

PyObject *total_of_rows(PyObject *self, PyObject *args)
{
	PyObject *rows, *missing, *result = NULL;
	if (!PyArg_ParseTuple(args, "O!O!:total", &PyList_Type, &rows, &PyTuple_Type, &missing))
		return NULL;
	struct given given = { .count = (size_t)PyList_Size(rows), .missing_count = (size_t)PyTuple_Size(missing) };
	given.domains = PyMem_Calloc(given.count + given.missing_count + 1, sizeof *given.domains);
	given.items = PyMem_Calloc(given.count + given.missing_count + 1, sizeof *given.items);
	joules_sample *sample = NULL;
	joules_status status = JOULES_OK;
	if (!given.domains || !given.items)
		PyErr_NoMemory();
	else if (describe(&given, rows, missing))
		status = joules_sample_new(&sample, given.items, given.count, given.items + given.count, given.missing_count);
	if (status)
		raise_status(PyModule_GetState(self), status);
	else if (sample && fill(sample, rows))
		result = total_tuple(sample, 1.0);
	joules_sample_free(sample);
	PyMem_Free(given.domains);
	PyMem_Free((void *)given.items);
	return result;
}
