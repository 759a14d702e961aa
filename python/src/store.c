/* SPDX-License-Identifier: MIT */
/* Files of SQLite that hold runs: what the public joules_store gives, a call for each whole act. */
#include "core.h"

static joules_status make(const char *path)
{
	joules_store *store = NULL;
	joules_status status = joules_store_open(&store, path, JOULES_STORE_CREATE);
	joules_store_close(store);
	return status;
}

static joules_status add(const char *path, joules_trace *trace, const char *series, int64_t number)
{
	joules_store *store = NULL;
	joules_status status = joules_store_open(&store, path, JOULES_STORE_CREATE);
	if (!status)
		status = joules_store_add(store, trace, series, number, NULL);
	joules_store_close(store);
	return status;
}

/* The run brings its own name, series and number along. */
static joules_status copy_run(joules_store *from, const char *to, int64_t id)
{
	joules_trace *trace = NULL;
	joules_status status = joules_store_trace(from, id, &trace);
	if (!status)
		status = add(to, trace, NULL, 0);
	joules_trace_unref(trace);
	return status;
}

static joules_status copy(const char *from, const char *to)
{
	joules_store *store = NULL;
	joules_runs *runs = NULL;
	joules_status status = joules_store_open(&store, from, JOULES_STORE_READ);
	if (!status)
		status = joules_store_runs(store, NULL, &runs);
	for (size_t i = 0; i < joules_runs_count(runs) && !status; i++)
		status = copy_run(store, to, joules_runs_at(runs, i)->id);
	joules_runs_free(runs);
	joules_store_close(store);
	return status;
}

PyObject *store_make(PyObject *self, PyObject *args)
{
	PyObject *path;
	if (!PyArg_ParseTuple(args, "O&:store_make", PyUnicode_FSConverter, &path))
		return NULL;
	joules_status status;
	Py_BEGIN_ALLOW_THREADS status = make(PyBytes_AsString(path));
	Py_END_ALLOW_THREADS Py_DECREF(path);
	if (status)
		return raise_status(PyModule_GetState(self), status);
	Py_RETURN_NONE;
}

PyObject *store_copy(PyObject *self, PyObject *args)
{
	PyObject *from = NULL, *to = NULL;
	if (!PyArg_ParseTuple(args, "O&O&:store_copy", PyUnicode_FSConverter, &from, PyUnicode_FSConverter, &to))
		return NULL;
	joules_status status;
	Py_BEGIN_ALLOW_THREADS status = copy(PyBytes_AsString(from), PyBytes_AsString(to));
	Py_END_ALLOW_THREADS Py_DECREF(from);
	Py_DECREF(to);
	if (status)
		return raise_status(PyModule_GetState(self), status);
	Py_RETURN_NONE;
}

joules_status store_trace(joules_trace *trace, PyObject *path, const char *series, int64_t number)
{
	joules_status status;
	const char *bytes = PyBytes_AsString(path);
	Py_BEGIN_ALLOW_THREADS status = add(bytes, trace, series, number);
	Py_END_ALLOW_THREADS return status;
}
