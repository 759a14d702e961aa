/* SPDX-License-Identifier: MIT */
/* joules._core: the meter, its recorders and traces as Python objects. Uses the public header only, and CPython's
 * limited API. */
#ifndef JOULES_PYTHON_CORE_H
#define JOULES_PYTHON_CORE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include <joules/joules.h>

/* A function for a table that wants another signature: the only place of such a cast. */
#define FUNCTION(type, function) ((type)(void (*)(void))(function))

/* Without a GIL, one thread at a time in an object; a thread that waits inside lets others in, as with a GIL. */
#ifdef Py_GIL_DISABLED
#define BEGIN_EXCLUSIVE(object) Py_BEGIN_CRITICAL_SECTION(object)
#define END_EXCLUSIVE() Py_END_CRITICAL_SECTION()
#else
#define BEGIN_EXCLUSIVE(object) \
	{ \
		(void)0
#define END_EXCLUSIVE() \
	} \
	(void)0
#endif

/* What one interpreter's module owns. */
struct module {
	PyObject *error; /* Error(status, message) */
	PyObject *meter_type;
	PyObject *layout_type;
	PyObject *recorder_type;
	PyObject *trace_type;
};

struct meter {
	PyObject_HEAD PyObject *weak_references;
	joules_meter *meter;
	bool may_block;              /* reads go to a driver: the GIL is not held around them */
	pthread_mutex_t lock;        /* of what follows */
	joules_reading *begin, *now; /* of energies(); begin: NULL where no domain is a model */
	joules_sample *between;
};

/* Which domains make which column: a column is the sum of its domains, and never measured if it has none. */
struct layout {
	PyObject_HEAD PyObject *names; /* tuple of str */
	size_t count;
	size_t *first; /* count + 1 places in `domains` */
	size_t *domains;
	size_t domain_count; /* one more than the highest domain */
};

/* Made from an object of this module; NULL never happens. */
struct module *module_of(PyObject *self);
/* Raises Error with the library's message; NULL. */
PyObject *raise_status(struct module *module, joules_status status);

PyObject *domain_dict(const joules_domain *domain);
/* A tuple of the names of these flags. */
PyObject *flag_names(unsigned flags);

/* A trace of this recorder; tags: {index: tag} of tags that C cannot keep, or NULL. Takes the reference of trace. */
PyObject *trace_object(struct module *module, joules_trace *trace, struct layout *layout, PyObject *tags);

joules_energy column_energy(const struct layout *layout, const joules_sample *sample, size_t column);

/* A tuple of the names of what is missing from a sample's total. */
PyObject *missing_names(const joules_sample *sample);
/* (value, low, high, source, names of what is missing) of a sample's total, in joules × unit. */
PyObject *total_tuple(const joules_sample *sample, double unit);
/* The module's total(). */
PyObject *total_of_rows(PyObject *self, PyObject *args);

/* The module's paired(), shift() and median_limits(). */
PyObject *paired(PyObject *self, PyObject *args);
PyObject *shift(PyObject *self, PyObject *args);
PyObject *median_limits(PyObject *self, PyObject *args);

/* The module's store_make() and store_copy(). */
PyObject *store_make(PyObject *self, PyObject *args);
PyObject *store_copy(PyObject *self, PyObject *args);
/* Adds the trace to the file of SQLite at path (bytes), which is made where it is missing. */
joules_status store_trace(joules_trace *trace, PyObject *path, const char *series, int64_t number);

/* The str's bytes, if they can be a C string without loss: else NULL, without an exception. */
const char *plain_tag(PyObject *tag);

/* Releases an object of a heap type, last. */
void free_object(PyObject *self);

extern PyType_Spec meter_spec, layout_spec, recorder_spec, trace_spec;

#endif
