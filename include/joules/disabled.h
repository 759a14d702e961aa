/* SPDX-License-Identifier: MIT */
/*
 * What joules.h becomes with -DJOULES_DISABLE: the macros vanish, and every function is a stub that nulls its outputs
 * and returns JOULES_DISABLED, so that a program builds and runs without the library. Included by joules.h only.
 */
#ifndef JOULES_DISABLED_H
#define JOULES_DISABLED_H

#ifndef JOULES_JOULES_H
#error "include <joules/joules.h>"
#endif

/* Declarations, as the real ones are, that leave nothing behind: what compiles with them compiles without
 * JOULES_DISABLE too. The tag is not evaluated, and counts as used; &* makes a pointer of an array, also of one whose
 * size is known at run time only. */
#ifdef __cplusplus
#define JOULES_SCOPE(tag) static_assert(sizeof(&*(tag)) != 0, "")
#else
#define JOULES_SCOPE(tag) _Static_assert(sizeof(&*(tag)) != 0, "")
#endif
#define JOULES_FUNCTION() JOULES_SCOPE(__func__)
#define JOULES_BREAK(tag) ((void)sizeof(&*(tag)))

static inline const char *joules_status_name(joules_status status)
{
	return status == JOULES_OK ? "JOULES_OK" : "JOULES_DISABLED";
}

static inline const char *joules_error_message(void)
{
	return "compiled with -DJOULES_DISABLE: nothing is measured";
}

static inline const char *joules_version(void)
{
	return JOULES_VERSION;
}

static inline const char *joules_source_name(joules_source source)
{
	(void)source;
	return "";
}

static inline const char *joules_method_name(joules_method method)
{
	(void)method;
	return "";
}

static inline const char *joules_gain_name(joules_gain gain)
{
	(void)gain;
	return "";
}

static inline const char *joules_part_name(joules_part part)
{
	(void)part;
	return "";
}

static inline const char *joules_reason_name(joules_reason reason)
{
	(void)reason;
	return "";
}

static inline joules_status joules_list_new(joules_list **list, const joules_options *options)
{
	(void)options;
	if (list)
		*list = NULL;
	return JOULES_DISABLED;
}

static inline size_t joules_list_device_count(const joules_list *list)
{
	(void)list;
	return 0;
}

static inline const joules_device *joules_list_device(const joules_list *list, size_t index)
{
	(void)list;
	(void)index;
	return NULL;
}

static inline void joules_list_free(joules_list *list)
{
	(void)list;
}

static inline const char *joules_flag_name(unsigned flag)
{
	(void)flag;
	return NULL;
}

static inline const joules_energy *joules_sample_energy(const joules_sample *sample, size_t domain)
{
	(void)sample;
	(void)domain;
	return NULL;
}

static inline const joules_energy *joules_sample_total(const joules_sample *sample, joules_source *source)
{
	(void)sample;
	if (source)
		*source = JOULES_MEASURED;
	return NULL;
}

static inline size_t joules_sample_missing(const joules_sample *sample, const char **names, size_t most)
{
	(void)sample;
	(void)names;
	(void)most;
	return 0;
}

static inline void joules_sample_free(joules_sample *sample)
{
	(void)sample;
}

static inline joules_status joules_sample_new(joules_sample **sample, const joules_domain *const *domains, size_t count,
    const joules_domain *const *missing, size_t missing_count)
{
	(void)domains;
	(void)count;
	(void)missing;
	(void)missing_count;
	if (sample)
		*sample = NULL;
	return JOULES_DISABLED;
}

static inline joules_status joules_sample_set(
    joules_sample *sample, size_t domain, double joules, double low, double high, unsigned flags)
{
	(void)sample;
	(void)domain;
	(void)joules;
	(void)low;
	(void)high;
	(void)flags;
	return JOULES_DISABLED;
}

static inline joules_status joules_meter_open(joules_meter **meter, const joules_options *options)
{
	(void)options;
	if (meter)
		*meter = NULL;
	return JOULES_DISABLED;
}

static inline void joules_meter_close(joules_meter *meter)
{
	(void)meter;
}

static inline size_t joules_meter_domain_count(const joules_meter *meter)
{
	(void)meter;
	return 0;
}

static inline const joules_domain *joules_meter_domain(const joules_meter *meter, size_t index)
{
	(void)meter;
	(void)index;
	return NULL;
}

static inline int joules_meter_failure(joules_meter *meter, size_t domain)
{
	(void)meter;
	(void)domain;
	return 0;
}

static inline size_t joules_meter_missing_count(const joules_meter *meter)
{
	(void)meter;
	return 0;
}

static inline const joules_domain *joules_meter_missing(const joules_meter *meter, size_t index)
{
	(void)meter;
	(void)index;
	return NULL;
}

static inline joules_status joules_meter_start(joules_meter *meter, const char *tag)
{
	(void)meter;
	(void)tag;
	return JOULES_DISABLED;
}

static inline joules_status joules_meter_record(joules_meter *meter, const char *tag)
{
	(void)meter;
	(void)tag;
	return JOULES_DISABLED;
}

static inline joules_status joules_meter_stop(joules_meter *meter)
{
	(void)meter;
	return JOULES_DISABLED;
}

static inline joules_status joules_meter_resume(joules_meter *meter, const char *tag)
{
	(void)meter;
	(void)tag;
	return JOULES_DISABLED;
}

static inline joules_status joules_meter_settle(joules_meter *meter, double seconds)
{
	(void)meter;
	(void)seconds;
	return JOULES_DISABLED;
}

static inline double joules_meter_settle_pause(joules_meter *meter)
{
	(void)meter;
	return 0.0;
}

static inline joules_status joules_meter_settle_start(joules_meter *meter)
{
	(void)meter;
	return JOULES_DISABLED;
}

static inline joules_status joules_meter_trace(joules_meter *meter, joules_trace **trace)
{
	(void)meter;
	if (trace)
		*trace = NULL;
	return JOULES_DISABLED;
}

static inline joules_status joules_meter_idle(joules_meter *meter, const joules_trace *trace, joules_trace **idle)
{
	(void)meter;
	(void)trace;
	if (idle)
		*idle = NULL;
	return JOULES_DISABLED;
}

static inline joules_status joules_recorder_new(joules_meter *meter, joules_recorder **recorder)
{
	(void)meter;
	if (recorder)
		*recorder = NULL;
	return JOULES_DISABLED;
}

static inline void joules_recorder_free(joules_recorder *recorder)
{
	(void)recorder;
}

static inline joules_status joules_recorder_start(joules_recorder *recorder, const char *tag)
{
	(void)recorder;
	(void)tag;
	return JOULES_DISABLED;
}

static inline joules_status joules_recorder_record(joules_recorder *recorder, const char *tag)
{
	(void)recorder;
	(void)tag;
	return JOULES_DISABLED;
}

static inline joules_status joules_recorder_resume(joules_recorder *recorder, const char *tag)
{
	(void)recorder;
	(void)tag;
	return JOULES_DISABLED;
}

static inline joules_status joules_recorder_stop(joules_recorder *recorder)
{
	(void)recorder;
	return JOULES_DISABLED;
}

static inline joules_status joules_recorder_settle(joules_recorder *recorder, double seconds)
{
	(void)recorder;
	(void)seconds;
	return JOULES_DISABLED;
}

static inline joules_status joules_recorder_trace(joules_recorder *recorder, joules_trace **trace)
{
	(void)recorder;
	if (trace)
		*trace = NULL;
	return JOULES_DISABLED;
}

static inline joules_status joules_recorder_so_far(joules_recorder *recorder, joules_trace **trace)
{
	(void)recorder;
	if (trace)
		*trace = NULL;
	return JOULES_DISABLED;
}

static inline joules_status joules_reading_new(joules_meter *meter, joules_reading **reading)
{
	(void)meter;
	if (reading)
		*reading = NULL;
	return JOULES_DISABLED;
}

static inline void joules_reading_free(joules_reading *reading)
{
	(void)reading;
}

static inline joules_status joules_read(joules_meter *meter, joules_reading *reading)
{
	(void)meter;
	(void)reading;
	return JOULES_DISABLED;
}

static inline double joules_reading_value(const joules_reading *reading, size_t domain)
{
	(void)reading;
	(void)domain;
	return __builtin_nan("");
}

static inline joules_status joules_settle(joules_meter *meter, joules_reading *reading, double seconds)
{
	(void)meter;
	(void)reading;
	(void)seconds;
	return JOULES_DISABLED;
}

static inline joules_status joules_between(
    joules_meter *meter, const joules_reading *begin, const joules_reading *end, joules_sample **sample)
{
	(void)meter;
	(void)begin;
	(void)end;
	if (sample)
		*sample = NULL;
	return JOULES_DISABLED;
}

static inline joules_trace *joules_trace_ref(joules_trace *trace)
{
	(void)trace;
	return NULL;
}

static inline void joules_trace_unref(joules_trace *trace)
{
	(void)trace;
}

static inline size_t joules_trace_count(const joules_trace *trace)
{
	(void)trace;
	return 0;
}

static inline size_t joules_trace_domain_count(const joules_trace *trace)
{
	(void)trace;
	return 0;
}

static inline const joules_domain *joules_trace_domain(const joules_trace *trace, size_t index)
{
	(void)trace;
	(void)index;
	return NULL;
}

static inline joules_status joules_trace_sample(const joules_trace *trace, size_t index, joules_sample **sample)
{
	(void)trace;
	(void)index;
	if (sample)
		*sample = NULL;
	return JOULES_DISABLED;
}

static inline size_t joules_trace_find(const joules_trace *trace, const char *tag, size_t from)
{
	(void)trace;
	(void)tag;
	(void)from;
	return 0;
}

static inline joules_status joules_trace_sum(const joules_trace *trace, const char *tag, joules_sample **sample)
{
	(void)trace;
	(void)tag;
	if (sample)
		*sample = NULL;
	return JOULES_DISABLED;
}

static inline joules_status joules_trace_remove_idle(
    const joules_trace *trace, const joules_trace *idle, joules_trace **result)
{
	(void)trace;
	(void)idle;
	if (result)
		*result = NULL;
	return JOULES_DISABLED;
}

static inline joules_status joules_trace_clean(
    const joules_trace *trace, joules_guard guard, void *context, joules_trace **result)
{
	(void)trace;
	(void)guard;
	(void)context;
	if (result)
		*result = NULL;
	return JOULES_DISABLED;
}

static inline joules_status joules_trace_add(const joules_trace *a, const joules_trace *b, joules_trace **result)
{
	(void)a;
	(void)b;
	if (result)
		*result = NULL;
	return JOULES_DISABLED;
}

static inline const char *joules_trace_id(joules_trace *trace)
{
	(void)trace;
	return "";
}

static inline joules_status joules_trace_label_set(joules_trace *trace, const char *key, const char *value)
{
	(void)trace;
	(void)key;
	(void)value;
	return JOULES_DISABLED;
}

static inline const char *joules_trace_label(const joules_trace *trace, const char *key)
{
	(void)trace;
	(void)key;
	return NULL;
}

static inline const char *joules_trace_label_key(const joules_trace *trace, size_t index)
{
	(void)trace;
	(void)index;
	return NULL;
}

static inline size_t joules_trace_label_count(const joules_trace *trace)
{
	(void)trace;
	return 0;
}

static inline joules_status joules_trace_text(
    joules_trace *trace, const char *format, const char *name, char **header, char **text)
{
	(void)trace;
	(void)format;
	(void)name;
	if (header)
		*header = NULL;
	if (text)
		*text = NULL;
	return JOULES_DISABLED;
}

static inline joules_status joules_statistics_of(const double *values, size_t n, joules_statistics *result)
{
	(void)values;
	(void)n;
	const joules_statistics nothing = JOULES_STATISTICS_INIT;
	if (result)
		*result = nothing;
	return JOULES_DISABLED;
}

static inline joules_status joules_paired(
    const double *a, const double *b, size_t n, double level, joules_comparison *result)
{
	(void)a;
	(void)b;
	(void)n;
	(void)level;
	const joules_comparison nothing = JOULES_COMPARISON_INIT;
	if (result)
		*result = nothing;
	return JOULES_DISABLED;
}

static inline joules_status joules_shift(
    const double *a, size_t n_a, const double *b, size_t n_b, double level, joules_comparison *result)
{
	(void)a;
	(void)n_a;
	(void)b;
	(void)n_b;
	(void)level;
	const joules_comparison nothing = JOULES_COMPARISON_INIT;
	if (result)
		*result = nothing;
	return JOULES_DISABLED;
}

static inline joules_status joules_median_limits(
    const double *values, size_t n, double level, double *low, double *high)
{
	(void)values;
	(void)n;
	(void)level;
	if (low)
		*low = __builtin_nan("");
	if (high)
		*high = __builtin_nan("");
	return JOULES_DISABLED;
}

static inline joules_status joules_handler_new(joules_handler **handler, const joules_handler_ops *ops, void *state)
{
	(void)ops;
	(void)state;
	if (handler)
		*handler = NULL;
	return JOULES_DISABLED;
}

static inline joules_status joules_handler_register(const joules_handler_ops *ops, void *context)
{
	(void)ops;
	(void)context;
	return JOULES_DISABLED;
}

static inline joules_status joules_handler_open(joules_handler **handler, const char *output)
{
	(void)output;
	if (handler)
		*handler = NULL;
	return JOULES_DISABLED;
}

static inline joules_status joules_handler_prepare(joules_handler *handler, const joules_meter *meter)
{
	(void)handler;
	(void)meter;
	return JOULES_DISABLED;
}

static inline joules_status joules_handler_process(joules_handler *handler, joules_trace *trace)
{
	(void)handler;
	(void)trace;
	return JOULES_DISABLED;
}

static inline joules_status joules_handler_save(joules_handler *handler)
{
	(void)handler;
	return JOULES_DISABLED;
}

static inline joules_status joules_handler_close(joules_handler *handler)
{
	(void)handler;
	return JOULES_DISABLED;
}

static inline void joules_handler_discard(joules_handler *handler)
{
	(void)handler;
}

static inline joules_trace *joules_handler_unsaved(joules_handler *handler, size_t index, const char **name)
{
	(void)handler;
	(void)index;
	if (name)
		*name = NULL;
	return NULL;
}

static inline void joules_handler_timeout_set(joules_handler *handler, double seconds)
{
	(void)handler;
	(void)seconds;
}

static inline void joules_handler_notices_set(joules_handler *handler, joules_notice_function function, void *context)
{
	(void)handler;
	(void)function;
	(void)context;
}

static inline char *joules_output_shown(const char *output)
{
	(void)output;
	return NULL;
}

static inline bool joules_address_is_unescaped(const char *address)
{
	(void)address;
	return false;
}

static inline const char *joules_address_scrub(const char *address, const char *message)
{
	(void)address;
	return message;
}

static inline const char *joules_handler_format(size_t index)
{
	(void)index;
	return NULL;
}

static inline const char *joules_handler_file(joules_handler *handler)
{
	(void)handler;
	return NULL;
}

static inline const char *joules_handler_address(joules_handler *handler)
{
	(void)handler;
	return NULL;
}

static inline joules_status joules_store_open(joules_store **store, const char *path, joules_store_access access)
{
	(void)path;
	(void)access;
	if (store)
		*store = NULL;
	return JOULES_DISABLED;
}

static inline joules_status joules_store_open_history(joules_store **store, joules_store_access access)
{
	(void)access;
	if (store)
		*store = NULL;
	return JOULES_DISABLED;
}

static inline void joules_store_close(joules_store *store)
{
	(void)store;
}

static inline const char *joules_store_path(const joules_store *store)
{
	(void)store;
	return NULL;
}

static inline const char *joules_store_notice(const joules_store *store)
{
	(void)store;
	return NULL;
}

static inline joules_status joules_store_add(
    joules_store *store, joules_trace *trace, const char *series, int64_t number, int64_t *id)
{
	(void)store;
	(void)trace;
	(void)series;
	(void)number;
	(void)id;
	return JOULES_DISABLED;
}

static inline joules_status joules_store_runs(joules_store *store, const char *filter, joules_runs **runs)
{
	(void)store;
	(void)filter;
	if (runs)
		*runs = NULL;
	return JOULES_DISABLED;
}

static inline size_t joules_runs_count(const joules_runs *runs)
{
	(void)runs;
	return 0;
}

static inline const joules_run *joules_runs_at(const joules_runs *runs, size_t index)
{
	(void)runs;
	(void)index;
	return NULL;
}

static inline void joules_runs_free(joules_runs *runs)
{
	(void)runs;
}

static inline joules_status joules_store_trace(joules_store *store, int64_t id, joules_trace **trace)
{
	(void)store;
	(void)id;
	if (trace)
		*trace = NULL;
	return JOULES_DISABLED;
}

static inline joules_status joules_store_remove(joules_store *store, const char *filter, size_t *count)
{
	(void)store;
	(void)filter;
	(void)count;
	return JOULES_DISABLED;
}

static inline joules_status joules_store_limit(joules_store *store, uint64_t *bytes)
{
	(void)store;
	(void)bytes;
	return JOULES_DISABLED;
}

static inline joules_status joules_store_limit_set(joules_store *store, uint64_t bytes)
{
	(void)store;
	(void)bytes;
	return JOULES_DISABLED;
}

static inline joules_status joules_store_unsent_add(joules_store *store, int64_t id, const char *uri)
{
	(void)store;
	(void)id;
	(void)uri;
	return JOULES_DISABLED;
}

static inline joules_status joules_store_unsent_remove(joules_store *store, int64_t id, const char *uri)
{
	(void)store;
	(void)id;
	(void)uri;
	return JOULES_DISABLED;
}

static inline const char *joules_store_schema(unsigned version)
{
	(void)version;
	return NULL;
}

static inline joules_status joules_device_register(const joules_device_ops *ops, void *context)
{
	(void)ops;
	(void)context;
	return JOULES_DISABLED;
}

static inline joules_status joules_discovery_add(joules_discovery *found, const joules_domain *domain)
{
	(void)found;
	(void)domain;
	return JOULES_DISABLED;
}

static inline joules_status joules_discovery_absent(joules_discovery *found, const joules_absence *absence)
{
	(void)found;
	(void)absence;
	return JOULES_DISABLED;
}

static inline bool joules_setting_get(const joules_options *options, const char *name, char value[JOULES_SETTING_MAX])
{
	(void)options;
	(void)name;
	(void)value;
	return false;
}

/* Gives the status back, so that the functions of a program's own device or handler keep their sense. */
__attribute__((format(printf, 2, 3))) static inline joules_status joules_fail(
    joules_status status, const char *format, ...)
{
	(void)format;
	return status;
}

static inline joules_status joules_mark(const char *tag)
{
	(void)tag;
	return JOULES_DISABLED;
}

static inline joules_scope *joules_scope_enter(const char *tag)
{
	(void)tag;
	return NULL;
}

static inline void joules_scope_break(const char *tag)
{
	(void)tag;
}

static inline void joules_scope_leave(joules_scope **scope)
{
	(void)scope;
}

static inline joules_status joules_default_meter(joules_meter **meter)
{
	if (meter)
		*meter = NULL;
	return JOULES_DISABLED;
}

static inline void joules_default_meter_set(joules_meter *meter)
{
	(void)meter;
}

static inline void joules_default_handler_set(joules_handler *handler)
{
	(void)handler;
}

static inline joules_status joules_default_handler(joules_handler **handler)
{
	if (handler)
		*handler = NULL;
	return JOULES_DISABLED;
}

static inline joules_status joules_default_traces(joules_trace ***traces, size_t *count)
{
	if (traces)
		*traces = NULL;
	if (count)
		*count = 0;
	return JOULES_DISABLED;
}

static inline void joules_traces_free(joules_trace **traces, size_t count)
{
	(void)traces;
	(void)count;
}

#endif
