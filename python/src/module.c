/* SPDX-License-Identifier: MIT */
#include "core.h"

#include <stdlib.h>
#include <string.h>

#include "arrow.h"

struct module *module_of(PyObject *self)
{
	return PyType_GetModuleState(Py_TYPE(self));
}

PyObject *raise_status(struct module *module, joules_status status)
{
	if (status == JOULES_NO_MEMORY)
		return PyErr_NoMemory();
	PyObject *arguments = Py_BuildValue("(is)", (int)status, joules_error_message());
	if (arguments) {
		PyErr_SetObject(module->error, arguments);
		Py_DECREF(arguments);
	}
	return NULL;
}

void free_object(PyObject *self)
{
	PyTypeObject *type = Py_TYPE(self);
	FUNCTION(freefunc, PyType_GetSlot(type, Py_tp_free))(self);
	Py_DECREF(type);
}

const char *plain_tag(PyObject *tag)
{
	if (!PyUnicode_CheckExact(tag))
		return NULL;
	Py_ssize_t length = 0;
	const char *bytes = PyUnicode_AsUTF8AndSize(tag, &length);
	if (!bytes)
		PyErr_Clear();
	return bytes && strlen(bytes) == (size_t)length ? bytes : NULL;
}

static PyObject *string_or_none(const char *string)
{
	if (string)
		return PyUnicode_DecodeUTF8(string, (Py_ssize_t)strlen(string), "replace");
	Py_INCREF(Py_None);
	return Py_None;
}

PyObject *domain_dict(const joules_domain *domain)
{
	return Py_BuildValue("{sssssssssssssOsOsNsNsNsNsNsNsNsNsN}", "name", domain->name, "device", domain->device,
	    "source", joules_source_name(domain->source), "method", joules_method_name(domain->method), "gain",
	    joules_gain_name(domain->gain), "part", joules_part_name(domain->part), "available",
	    domain->available ? Py_True : Py_False, "in_total", domain->in_total ? Py_True : Py_False, "reason",
	    string_or_none(domain->reason), "reason_code", string_or_none(joules_reason_name(domain->reason_code)), "cure",
	    string_or_none(domain->cure), "command", string_or_none(domain->command), "parent",
	    string_or_none(domain->parent), "group", string_or_none(domain->group), "path", string_or_none(domain->path),
	    "scope", string_or_none(domain->scope), "uuid", string_or_none(domain->gpu ? domain->gpu->uuid : NULL));
}

PyObject *flag_names(unsigned flags)
{
	PyObject *list = PyList_New(0), *tuple = NULL;
	for (unsigned flag = 1; list && flag && flag <= flags; flag <<= 1) {
		const char *name = flags & flag ? joules_flag_name(flag) : NULL;
		if (!name)
			continue;
		PyObject *string = PyUnicode_InternFromString(name);
		if (!string || PyList_Append(list, string) < 0)
			Py_CLEAR(list);
		Py_XDECREF(string);
	}
	if (list)
		tuple = PyList_AsTuple(list);
	Py_XDECREF(list);
	return tuple;
}

/* ---- the module's functions ---- */

static PyObject *device_dict(const joules_device *device)
{
	PyObject *domains = PyList_New(0);
	for (size_t i = 0; domains && i < device->domain_count; i++) {
		PyObject *domain = domain_dict(device->domains[i]);
		if (!domain || PyList_Append(domains, domain) < 0)
			Py_CLEAR(domains);
		Py_XDECREF(domain);
	}
	if (!domains)
		return NULL;
	return Py_BuildValue("{sssOsNsNsNsNsN}", "device", device->name, "available",
	    device->available ? Py_True : Py_False, "reason", string_or_none(device->reason), "reason_code",
	    string_or_none(joules_reason_name(device->reason_code)), "cure", string_or_none(device->cure), "command",
	    string_or_none(device->command), "domains", domains);
}

static PyObject *list(PyObject *self, PyObject *args)
{
	joules_options options = JOULES_OPTIONS_INIT;
	if (!PyArg_ParseTuple(args, "|z:list", &options.domains))
		return NULL;
	joules_list *found = NULL;
	joules_status status;
	Py_BEGIN_ALLOW_THREADS status = joules_list_new(&found, &options);
	Py_END_ALLOW_THREADS if (status) return raise_status(PyModule_GetState(self), status);
	PyObject *devices = PyList_New(0);
	for (size_t i = 0; devices && i < joules_list_device_count(found); i++) {
		PyObject *device = device_dict(joules_list_device(found, i));
		if (!device || PyList_Append(devices, device) < 0)
			Py_CLEAR(devices);
		Py_XDECREF(device);
	}
	joules_list_free(found);
	return devices;
}

static PyObject *mark(PyObject *self, PyObject *tag)
{
	Py_ssize_t length = 0;
	const char *bytes = PyUnicode_AsUTF8AndSize(tag, &length);
	if (!bytes)
		return NULL;
	if (strlen(bytes) != (size_t)length) {
		PyErr_SetString(PyExc_ValueError, "the tag of a mark must not hold a NUL");
		return NULL;
	}
	joules_status status = joules_mark(bytes);
	if (status)
		return raise_status(PyModule_GetState(self), status);
	Py_RETURN_NONE;
}

/* ---- addresses of servers: libjoules' own rule of what may be said of them ---- */

static PyObject *uri_shown(PyObject *self, PyObject *uri)
{
	(void)self;
	const char *bytes = PyUnicode_AsUTF8AndSize(uri, NULL);
	char *shown = bytes ? joules_output_shown(bytes) : NULL;
	if (bytes && !shown)
		return PyErr_NoMemory();
	PyObject *result = shown ? string_or_none(shown) : NULL;
	free(shown);
	return result;
}

static PyObject *uri_unescaped(PyObject *self, PyObject *uri)
{
	(void)self;
	const char *bytes = PyUnicode_AsUTF8AndSize(uri, NULL);
	return bytes ? PyBool_FromLong(joules_address_is_unescaped(bytes)) : NULL;
}

static PyObject *uri_scrubbed(PyObject *self, PyObject *args)
{
	(void)self;
	const char *message, *uri;
	if (!PyArg_ParseTuple(args, "ss:uri_scrubbed", &message, &uri))
		return NULL;
	return string_or_none(joules_address_scrub(uri, message));
}

static PyMethodDef functions[] = {
	{ "list", list, METH_VARARGS,
	    "list(domains=None): every device that this build knows, with every domain that exists; what sleeps is woken "
	    "where it is named." },
	{ "total", total_of_rows, METH_VARARGS,
	    "total([(name, value, low, high, estimated, partial, parent)], (missing names)): (value, low, high, source, "
	    "missing names), each once." },
	{ "paired", paired, METH_VARARGS, "paired(a, b, level): (count, estimate, low, high, p), see joules.statistics." },
	{ "shift", shift, METH_VARARGS, "shift(a, b, level): (count, estimate, low, high, p), see joules.statistics." },
	{ "median_limits", median_limits, METH_VARARGS,
	    "median_limits(values, level): (low, high), see joules.statistics." },
	{ "mark", mark, METH_O, "A breakpoint of `joules run` around this program." },
	{ "uri_shown", uri_shown, METH_O, "uri_shown(uri): without its password and options." },
	{ "uri_unescaped", uri_unescaped, METH_O,
	    "uri_unescaped(uri): does the password hold a character that ends it too early?" },
	{ "uri_scrubbed", uri_scrubbed, METH_VARARGS,
	    "uri_scrubbed(message, uri): the message, or a note where it repeats a secret of the uri." },
	{ "store_make", store_make, METH_VARARGS,
	    "store_make(path): a file of SQLite for runs, made where it is missing; what is there is checked." },
	{ "store_copy", store_copy, METH_VARARGS, "store_copy(source, path): each run of one such file into another." },
	{ "arrow", arrow_of_columns, METH_O, "An Arrow stream (a PyCapsule) of [(name, is text, values)]." },
	{ NULL, NULL, 0, NULL },
};

/* ---- the module ---- */

static PyObject *add_type(PyObject *self, PyType_Spec *spec)
{
	PyObject *type = PyType_FromModuleAndSpec(self, spec, NULL);
	if (type && PyModule_AddType(self, (PyTypeObject *)type) < 0)
		Py_CLEAR(type);
	return type;
}

static int execute(PyObject *self)
{
	static const struct {
		const char *name;
		int value;
	} statuses[] = {
		{ "NOT_STARTED", JOULES_NOT_STARTED },
		{ "NOT_STOPPED", JOULES_NOT_STOPPED },
		{ "NO_DEVICE", JOULES_NO_DEVICE },
		{ "NO_DOMAIN", JOULES_NO_DOMAIN },
		{ "NO_PERMISSION", JOULES_NO_PERMISSION },
	};
	struct module *module = PyModule_GetState(self);
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
		if (PyModule_AddIntConstant(self, statuses[i].name, statuses[i].value) < 0)
			return -1;
	if (PyModule_AddStringConstant(self, "__version__", JOULES_VERSION) < 0)
		return -1;
	module->error =
	    PyErr_NewExceptionWithDoc("joules._core.Error", "A status of libjoules: (status, message).", NULL, NULL);
	if (!module->error || PyModule_AddObjectRef(self, "Error", module->error) < 0)
		return -1;
	module->meter_type = add_type(self, &meter_spec);
	module->layout_type = add_type(self, &layout_spec);
	module->recorder_type = add_type(self, &recorder_spec);
	module->trace_type = add_type(self, &trace_spec);
	return module->meter_type && module->layout_type && module->recorder_type && module->trace_type ? 0 : -1;
}

static int traverse(PyObject *self, visitproc visit, void *arg)
{
	struct module *module = PyModule_GetState(self);
	Py_VISIT(module->error);
	Py_VISIT(module->meter_type);
	Py_VISIT(module->layout_type);
	Py_VISIT(module->recorder_type);
	Py_VISIT(module->trace_type);
	return 0;
}

static int clear(PyObject *self)
{
	struct module *module = PyModule_GetState(self);
	Py_CLEAR(module->error);
	Py_CLEAR(module->meter_type);
	Py_CLEAR(module->layout_type);
	Py_CLEAR(module->recorder_type);
	Py_CLEAR(module->trace_type);
	return 0;
}

/* The last two are known from CPython 3.12 and 3.13 on, and refused before: one stable-ABI build serves all, so the
 * running interpreter decides. Their numbers and values are part of the stable ABI (PEP 684: 3, per-interpreter GIL =
 * 2; PEP 703: 4, not used = 1). */
#define SLOT_MULTIPLE_INTERPRETERS 3
#define SLOT_GIL 4
static PyModuleDef_Slot slots_311[] = { { Py_mod_exec, FUNCTION(void *, execute) }, { 0, NULL } };
static PyModuleDef_Slot slots_312[] = { { Py_mod_exec, FUNCTION(void *, execute) },
	{ SLOT_MULTIPLE_INTERPRETERS, (void *)2 }, { 0, NULL } };
static PyModuleDef_Slot slots_313[] = { { Py_mod_exec, FUNCTION(void *, execute) },
	{ SLOT_MULTIPLE_INTERPRETERS, (void *)2 }, { SLOT_GIL, (void *)1 }, { 0, NULL } };

static PyModuleDef definition = {
	PyModuleDef_HEAD_INIT,
	.m_name = "_core",
	.m_doc = "libjoules for Python; use the modules of the package `joules`.",
	.m_size = sizeof(struct module),
	.m_methods = functions,
	.m_traverse = traverse,
	.m_clear = clear,
};

PyMODINIT_FUNC PyInit__core(void);
PyMODINIT_FUNC PyInit__core(void)
{
	PyModuleDef_Slot *slots = Py_Version >= 0x030d0000 ? slots_313 : Py_Version >= 0x030c0000 ? slots_312 : slots_311;
	if (!definition.m_slots)
		definition.m_slots = slots;
	return PyModuleDef_Init(&definition);
}
