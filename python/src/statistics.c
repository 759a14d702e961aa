/* SPDX-License-Identifier: MIT */
/* joules.statistics: libjoules' comparisons of repeated runs. */
#include "core.h"

/* Numbers of a sequence, malloc'ed; NULL: an exception. */
static double *numbers_of(PyObject *sequence, size_t *count)
{
	PyObject *list = PySequence_List(sequence);
	double *numbers = list ? PyMem_Calloc((size_t)PyList_Size(list) + 1, sizeof *numbers) : NULL;
	if (list && !numbers)
		PyErr_NoMemory();
	*count = list ? (size_t)PyList_Size(list) : 0;
	for (size_t i = 0; numbers && i < *count; i++) {
		numbers[i] = PyFloat_AsDouble(PyList_GetItem(list, (Py_ssize_t)i));
		if (PyErr_Occurred()) {
			PyMem_Free(numbers);
			numbers = NULL;
		}
	}
	Py_XDECREF(list);
	return numbers;
}

static PyObject *comparison_tuple(PyObject *self, joules_status status, const joules_comparison *comparison)
{
	if (status)
		return raise_status(PyModule_GetState(self), status);
	return Py_BuildValue("(ndddd)", (Py_ssize_t)comparison->count, comparison->estimate, comparison->low,
	    comparison->high, comparison->p);
}

PyObject *paired(PyObject *self, PyObject *args)
{
	PyObject *first, *second, *result = NULL;
	double level;
	if (!PyArg_ParseTuple(args, "OOd:paired", &first, &second, &level))
		return NULL;
	size_t n_a = 0, n_b = 0;
	double *a = numbers_of(first, &n_a), *b = a ? numbers_of(second, &n_b) : NULL;
	if (b && n_a != n_b) {
		PyErr_Format(PyExc_ValueError, "pairs need two lists of the same length, not %zu and %zu values", n_a, n_b);
	} else if (b) {
		joules_comparison comparison = JOULES_COMPARISON_INIT;
		result = comparison_tuple(self, joules_paired(a, b, n_a, level, &comparison), &comparison);
	}
	PyMem_Free(a);
	PyMem_Free(b);
	return result;
}

PyObject *shift(PyObject *self, PyObject *args)
{
	PyObject *first, *second, *result = NULL;
	double level;
	if (!PyArg_ParseTuple(args, "OOd:shift", &first, &second, &level))
		return NULL;
	size_t n_a = 0, n_b = 0;
	double *a = numbers_of(first, &n_a), *b = a ? numbers_of(second, &n_b) : NULL;
	if (b) {
		joules_comparison comparison = JOULES_COMPARISON_INIT;
		result = comparison_tuple(self, joules_shift(a, n_a, b, n_b, level, &comparison), &comparison);
	}
	PyMem_Free(a);
	PyMem_Free(b);
	return result;
}

PyObject *median_limits(PyObject *self, PyObject *args)
{
	PyObject *sequence;
	double level, low, high;
	if (!PyArg_ParseTuple(args, "Od:median_limits", &sequence, &level))
		return NULL;
	size_t count = 0;
	double *values = numbers_of(sequence, &count);
	if (!values)
		return NULL;
	joules_status status = joules_median_limits(values, count, level, &low, &high);
	PyMem_Free(values);
	return status ? raise_status(PyModule_GetState(self), status) : Py_BuildValue("(dd)", low, high);
}
