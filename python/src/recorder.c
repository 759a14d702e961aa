/* SPDX-License-Identifier: MIT */
/* One measurement: start, record, resume, stop, and its trace. The GIL is kept while counters are read (see
 * reads_may_block()). */
#include "core.h"

struct recorder {
	PyObject_HEAD struct meter *meter;
	struct layout *layout;
	joules_recorder *recorder;
	double settle;        /* seconds to wait at each end; 0: its bounds close by themselves, or never */
	pthread_mutex_t lock; /* one verb at a time, also without a GIL */
	PyObject *tag;        /* of the sample that begins or began last, or NULL */
	PyObject *tags;       /* {index: tag} of tags that C cannot keep, or NULL */
	bool tags_given;      /* a trace has them: to be copied before a change */
	atomic_bool running;
	Py_ssize_t count; /* finished samples */
};

static PyObject *recorder_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
	static char *names[] = { "meter", "layout", "settle", NULL };
	struct module *module = PyType_GetModuleState(type);
	struct meter *meter;
	struct layout *layout;
	double settle = 0.0;
	if (!PyArg_ParseTupleAndKeywords(
	        args, kwargs, "O!O!|d:Recorder", names, module->meter_type, &meter, module->layout_type, &layout, &settle))
		return NULL;
	if (layout->domain_count > joules_meter_domain_count(meter->meter)) {
		PyErr_SetString(PyExc_ValueError, "the layout has a domain that the meter has not");
		return NULL;
	}
	struct recorder *self = (struct recorder *)PyType_GenericAlloc(type, 0);
	if (!self)
		return NULL;
	pthread_mutex_init(&self->lock, NULL);
	Py_INCREF((PyObject *)meter);
	self->meter = meter;
	Py_INCREF((PyObject *)layout);
	self->layout = layout;
	self->settle = settle;
	joules_status status = joules_recorder_new(meter->meter, &self->recorder);
	if (status) {
		raise_status(module, status);
		Py_CLEAR(self);
	}
	return (PyObject *)self;
}

static int recorder_traverse(PyObject *self, visitproc visit, void *arg)
{
	Py_VISIT(Py_TYPE(self));
	Py_VISIT(((struct recorder *)self)->tag);
	Py_VISIT(((struct recorder *)self)->tags);
	return 0;
}

static int recorder_clear(PyObject *self)
{
	Py_CLEAR(((struct recorder *)self)->tag);
	Py_CLEAR(((struct recorder *)self)->tags);
	return 0;
}

static void recorder_dealloc(PyObject *object)
{
	struct recorder *self = (struct recorder *)object;
	PyObject_GC_UnTrack(object);
	joules_recorder_free(self->recorder);
	if (self->meter)
		pthread_mutex_destroy(&self->lock);
	Py_XDECREF(self->tag);
	Py_XDECREF(self->tags);
	Py_XDECREF((PyObject *)self->layout);
	Py_XDECREF((PyObject *)self->meter);
	free_object(object);
}

/* ---- the verbs ---- */

/* This tag belongs to the sample that has just begun. */
static bool keep_tag(struct recorder *self, PyObject *tag)
{
	if (self->tags_given || !self->tags) {
		PyObject *old = self->tags, *tags = old ? PyDict_Copy(old) : PyDict_New();
		if (!tags)
			return false;
		self->tags = tags;
		self->tags_given = false;
		Py_XDECREF(old);
	}
	PyObject *index = PyLong_FromSsize_t(self->count);
	bool done = index && PyDict_SetItem(self->tags, index, tag) == 0;
	Py_XDECREF(index);
	return done;
}

typedef joules_status (*verb)(joules_recorder *recorder, const char *tag);

static joules_status stop_without_tag(joules_recorder *recorder, const char *tag)
{
	(void)tag;
	return joules_recorder_stop(recorder);
}

static joules_status call_locked(struct recorder *self, verb verb, const char *tag)
{
	pthread_mutex_lock(&self->lock);
	joules_status status = verb(self->recorder, tag);
	pthread_mutex_unlock(&self->lock);
	return status;
}

/* The lock is never held by a thread that wants the GIL. Where it is taken, wait for it without the GIL. */
static joules_status call(struct recorder *self, verb verb, const char *tag)
{
	joules_status status;
	if (!self->meter->may_block && pthread_mutex_trylock(&self->lock) == 0) {
		status = verb(self->recorder, tag);
		pthread_mutex_unlock(&self->lock);
		return status;
	}
	Py_BEGIN_ALLOW_THREADS status = call_locked(self, verb, tag);
	Py_END_ALLOW_THREADS return status;
}

static bool follow(struct recorder *self, verb verb, PyObject *tag, bool plain)
{
	PyObject *old = NULL, *old_tag = self->tag;
	if (verb == joules_recorder_start) {
		old = self->tags;
		self->tags = NULL;
		self->count = 0;
	}
	self->count += verb == joules_recorder_record || verb == stop_without_tag;
	self->running = verb != stop_without_tag;
	Py_XINCREF(tag);
	self->tag = tag;
	bool done = plain || keep_tag(self, tag);
	Py_XDECREF(old_tag);
	Py_XDECREF(old);
	return done;
}

static joules_status wait_settled(struct recorder *self, double seconds)
{
	joules_status status;
	Py_BEGIN_ALLOW_THREADS pthread_mutex_lock(&self->lock);
	status = joules_recorder_settle(self->recorder, seconds);
	pthread_mutex_unlock(&self->lock);
	Py_END_ALLOW_THREADS return status;
}

/* What cannot be settled is no error: its bounds stay wider. */
static void settle_as_asked(struct recorder *self)
{
	if (self->running)
		(void)joules_meter_settle_start(self->meter->meter);
	else
		(void)wait_settled(self, self->settle);
}

static PyObject *act(PyObject *object, verb verb, PyObject *tag)
{
	struct recorder *self = (struct recorder *)object;
	const char *bytes = tag ? plain_tag(tag) : "";
	joules_status status;
	bool done = true;
	BEGIN_EXCLUSIVE(object);
	status = call(self, verb, bytes ? bytes : "");
	if (!status)
		done = follow(self, verb, tag, bytes != NULL);
	END_EXCLUSIVE();
	if (status)
		return raise_status(module_of(object), status);
	if (!done)
		return NULL;
	if (self->settle > 0.0)
		settle_as_asked(self);
	Py_RETURN_NONE;
}

static PyObject *recorder_start(PyObject *self, PyObject *tag)
{
	return act(self, joules_recorder_start, tag);
}

static PyObject *recorder_record(PyObject *self, PyObject *tag)
{
	return act(self, joules_recorder_record, tag);
}

static PyObject *recorder_resume(PyObject *self, PyObject *tag)
{
	return act(self, joules_recorder_resume, tag);
}

static PyObject *recorder_stop(PyObject *self, PyObject *none)
{
	(void)none;
	return act(self, stop_without_tag, NULL);
}

static PyObject *recorder_settle(PyObject *object, PyObject *seconds)
{
	struct recorder *self = (struct recorder *)object;
	double most = PyFloat_AsDouble(seconds);
	if (PyErr_Occurred())
		return NULL;
	joules_status status = wait_settled(self, most);
	if (status && status != JOULES_NOT_SETTLED)
		return raise_status(module_of(object), status);
	return PyBool_FromLong(status == JOULES_OK);
}

typedef joules_status (*give)(joules_recorder *recorder, joules_trace **trace);

static joules_status give_trace(struct recorder *self, give give, joules_trace **trace)
{
	joules_status status;
	if (pthread_mutex_trylock(&self->lock) != 0) {
		Py_BEGIN_ALLOW_THREADS pthread_mutex_lock(&self->lock);
		status = give(self->recorder, trace);
		pthread_mutex_unlock(&self->lock);
		Py_END_ALLOW_THREADS return status;
	}
	status = give(self->recorder, trace);
	pthread_mutex_unlock(&self->lock);
	return status;
}

static PyObject *trace_by(PyObject *object, give give)
{
	struct recorder *self = (struct recorder *)object;
	joules_trace *trace = NULL;
	joules_status status;
	PyObject *tags;
	BEGIN_EXCLUSIVE(object);
	status = give_trace(self, give, &trace);
	tags = self->tags;
	Py_XINCREF(tags);
	self->tags_given = true;
	END_EXCLUSIVE();
	struct module *module = module_of(object);
	PyObject *result = status ? raise_status(module, status) : trace_object(module, trace, self->layout, tags);
	Py_XDECREF(tags);
	return result;
}

static PyObject *recorder_trace(PyObject *object, PyObject *none)
{
	(void)none;
	return trace_by(object, joules_recorder_trace);
}

static PyObject *recorder_so_far(PyObject *object, PyObject *none)
{
	(void)none;
	return trace_by(object, joules_recorder_so_far);
}

/* Both in one call: what a decorated function ends with. */
static PyObject *recorder_finish(PyObject *object, PyObject *none)
{
	PyObject *stopped = recorder_stop(object, none);
	Py_XDECREF(stopped);
	return stopped ? recorder_trace(object, none) : NULL;
}

static PyObject *recorder_running(PyObject *self, void *none)
{
	(void)none;
	return PyBool_FromLong(((struct recorder *)self)->running);
}

static PyMethodDef recorder_methods[] = {
	{ "start", recorder_start, METH_O, "Begins a new trace." },
	{ "record", recorder_record, METH_O, "Ends the running sample and begins the next." },
	{ "resume", recorder_resume, METH_O, "Goes on with the stopped trace." },
	{ "stop", recorder_stop, METH_NOARGS, "Ends the running sample and the trace." },
	{ "settle", recorder_settle, METH_O,
	    "Reads on, at most so many seconds, until the latest reading's bounds close; False if they did not." },
	{ "finish", recorder_finish, METH_NOARGS, "stop() and trace()." },
	{ "trace", recorder_trace, METH_NOARGS, "The stopped trace, frozen." },
	{ "so_far", recorder_so_far, METH_NOARGS, "A copy of the finished samples, also while it is running." },
	{ NULL, NULL, 0, NULL },
};

static PyObject *recorder_layout(PyObject *self, void *none)
{
	(void)none;
	PyObject *layout = (PyObject *)((struct recorder *)self)->layout;
	Py_INCREF((PyObject *)layout);
	return layout;
}

static PyObject *recorder_tag(PyObject *object, void *none)
{
	(void)none;
	PyObject *tag;
	BEGIN_EXCLUSIVE(object);
	tag = ((struct recorder *)object)->tag;
	tag = tag ? tag : Py_None;
	Py_INCREF(tag);
	END_EXCLUSIVE();
	return tag;
}

static PyGetSetDef recorder_attributes[] = {
	{ "tag", recorder_tag, NULL, "The running sample's; None where none runs.", NULL },
	{ "layout", recorder_layout, NULL, "What it was made with.", NULL },
	{ "running", recorder_running, NULL, "Between start or resume, and stop.", NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

static PyType_Slot recorder_slots[] = {
	{ Py_tp_doc,
	    (void *)"Recorder(meter, layout, settle=0.0): one measurement. With settle, a thread closes the bounds of its "
	            "begins, and stop() waits for "
	            "its end, at most so many seconds." },
	{ Py_tp_new, FUNCTION(void *, recorder_new) },
	{ Py_tp_dealloc, FUNCTION(void *, recorder_dealloc) },
	{ Py_tp_traverse, FUNCTION(void *, recorder_traverse) },
	{ Py_tp_clear, FUNCTION(void *, recorder_clear) },
	{ Py_tp_methods, recorder_methods },
	{ Py_tp_getset, recorder_attributes },
	{ 0, NULL },
};

PyType_Spec recorder_spec = {
	.name = "joules._core.Recorder",
	.basicsize = sizeof(struct recorder),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
	.slots = recorder_slots,
};
