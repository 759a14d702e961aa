/* SPDX-License-Identifier: MIT */
/*
 * libjoules measures how many joules the machine uses while a piece of code runs, and says how far each number can be
 * trusted.
 *
 * Units: joules, watts and seconds. If a value has another unit, its name says so (range_uj, begin_ns).
 *
 * Errors: a function that can fail returns a joules_status. If it fails, it leaves its outputs as they were, but a
 * pointer to a new handle becomes NULL. joules_error_message() then names the file, the cause and the cure. An error
 * loses nothing that was measured. Besides the statuses that a comment names, every such function can fail with
 * INVALID_ARGUMENT (a pointer that must not be NULL) and NO_MEMORY.
 *
 * Ownership: a handle that a function returns is released by the function named beside it. Strings inside a handle live
 * as long as the handle. Strings that the caller passes are copied.
 *
 * Growing: a struct that the caller owns begins with `size`. Start from its _INIT macro, or from zeros and sizeof. A
 * newer library gives the members that the struct lacks their defaults. An older one refuses what is set beyond the
 * members that it knows (INVALID_ARGUMENT). A struct that the library owns is reached by a pointer. It may have more
 * members than this header says; an older library's has fewer, and JOULES_HAS() tells which. A struct without a size
 * (joules_energy, joules_raw) names for each later member the version that brought it: compare with joules_version().
 *
 * Threads: every function may be called from any thread, and two threads may use the same meter, trace or handler at
 * the same time. A reading, a sample and a list belong to one thread at a time.
 *
 * Signals: no function may be called from a signal handler.
 *
 * Cancelling: pthread_cancel() leaves no lock behind. A call is finished first. Only calls that wait (joules_settle()
 * and the like, joules_meter_idle()) end where they wait.
 *
 * Own thread: the library runs one thread for a meter that needs it, with all signals blocked, until
 * joules_meter_close(). If a counter must be read now and then (RAPL counters wrap after minutes), the thread starts
 * with the meter's first reading. If power must be added up (a GPU without an energy counter), it starts with
 * joules_meter_open(). joules_meter_settle_start() starts it too. After fork() the child has no such thread. The
 * child's first reading starts one again, and power that is added up then begins at 0 again.
 *
 * Printing: the library prints only the output of the print handler, and notices on standard error. There is one notice
 * for each domain, the first time that print or csv write a value of it that is an estimate, below_tick, partial or
 * invalid. joules_handler_notices_set() sends them elsewhere.
 *
 * Never: it never exits, aborts or changes a signal handler, and it touches no hardware before a function that needs
 * it is called.
 */
#ifndef JOULES_JOULES_H
#define JOULES_JOULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <joules/version.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JOULES_API __attribute__((visibility("default")))

/* Whether the struct behind this pointer, which begins with size, has this member. */
#define JOULES_HAS(object, member) \
	(offsetof(__typeof__(*(object)), member) + sizeof((object)->member) <= (object)->size)

/* ---- status ------------------------------------------------------------------------------------------------------ */

typedef enum joules_status {
	JOULES_OK = 0,
	JOULES_INVALID_ARGUMENT = 1, /* an argument is wrong; the message says which */
	JOULES_NO_MEMORY = 2,
	JOULES_NOT_STARTED = 3,    /* record and stop need a running meter */
	JOULES_NOT_STOPPED = 4,    /* start, resume and trace need a stopped meter */
	JOULES_NO_DEVICE = 5,      /* nothing on this machine can be measured or estimated as asked */
	JOULES_NO_DOMAIN = 6,      /* no domain or device of that name exists here */
	JOULES_NO_PERMISSION = 7,  /* it exists, but this process may not read it */
	JOULES_IO = 8,             /* a file, pipe or server failed */
	JOULES_UNKNOWN_FORMAT = 9, /* no handler of that format */
	JOULES_INCONSISTENT = 10,  /* traces, files or readings that do not fit each other */
	JOULES_IDLE_EXCEEDS = 11,  /* remove_idle: the idle machine certainly used more than a sample */
	JOULES_NOT_SETTLED = 12,   /* settling: the time is over, and a counter has not moved yet */
	JOULES_DISABLED = 13       /* compiled with -DJOULES_DISABLE */
} joules_status;

/* ---- what can be measured ---------------------------------------------------------------------------------------- */

typedef enum joules_estimate {
	JOULES_ESTIMATE_AUTO = 0, /* estimate only if no CPU counter (package or psys) can be read */
	JOULES_ESTIMATE_NEVER = 1,
	JOULES_ESTIMATE_ALWAYS = 2 /* estimate beside the measured domains; never added to them */
} joules_estimate;

/* How to find and choose domains. Start from JOULES_OPTIONS_INIT and change what you need. Strings are copied. */
typedef struct joules_options {
	size_t size;
	const char *sysroot; /* the folder that holds `sys` and `proc`. NULL: $JOULES_SYSROOT, else "/". If it has no
	                        `proc`, the machine's own is read */
	/* What to measure, as names with commas between them: domains ("package_0,dram_0"), devices ("rapl"), or groups of
	 * domains ("package_0" for all dies of that socket). A device may take further names, such as the beginning of a
	 * GPU's UUID, or a word for the GPUs that the environment makes visible to programs. "package_1?" is measured if it
	 * can be read; else it is missing from the total. "python", alone, is what the Python package measures by default:
	 * psys only if no package can be read, an estimate only if nothing else can, and the dies of a socket only if all
	 * of them can. NULL: everything that can be read. A GPU that sleeps is woken only if it is named here. */
	const char *domains;
	joules_estimate estimate;
	/* What devices cannot find out themselves, as "DEVICE.NAME=VALUE,…": "estimate.watts=40:180" gives the watts that
	 * the whole machine draws when idle and at full load. A value contains no comma. If a name is set twice, the last
	 * one counts. NULL: nothing. */
	const char *settings;
} joules_options;

#define JOULES_OPTIONS_INIT { sizeof(joules_options), NULL, NULL, JOULES_ESTIMATE_AUTO, NULL }

/* How a domain's raw values become joules. */
typedef enum joules_kind {
	JOULES_KIND_COUNTER = 0, /* an unsigned raw value with a unit; it wraps at a modulus, or never */
	JOULES_KIND_JOULES = 1,  /* a cumulative double in joules; a step backward makes the interval invalid */
	JOULES_KIND_MODEL = 2    /* the energy and its band are computed from two readings: an estimate */
} joules_kind;

typedef enum joules_source { JOULES_MEASURED = 0, JOULES_ESTIMATED = 1 } joules_source;

typedef enum joules_method {
	JOULES_METHOD_COUNTER = 0,
	JOULES_METHOD_POWER = 1,         /* the present power, added up; counts as measured */
	JOULES_METHOD_POWER_AVERAGE = 2, /* a power that is itself an average, added up */
	JOULES_METHOD_MODEL = 3
} joules_method;

/* How far the counter itself is calibrated. This is never part of low and high. */
typedef enum joules_gain {
	JOULES_GAIN_UNKNOWN = 0,
	JOULES_GAIN_MEASURED = 1, /* sensors measure the value */
	JOULES_GAIN_MODELLED = 2, /* the hardware computes it from its activity */
	JOULES_GAIN_ESTIMATED = 3
} joules_gain;

/* Which part of the machine. */
typedef enum joules_part {
	JOULES_PART_OTHER = 0,   /* a part that has no word here */
	JOULES_PART_PACKAGE = 1, /* a CPU package, or a die of it */
	JOULES_PART_CORE = 2,
	JOULES_PART_UNCORE = 3, /* the integrated GPU on client processors */
	JOULES_PART_DRAM = 4,
	JOULES_PART_PLATFORM = 5, /* psys */
	JOULES_PART_GPU = 6,
	JOULES_PART_MACHINE = 7, /* the estimate */
	JOULES_PART_BOARD = 8,   /* a board or module as a whole, by its own sensors */
	JOULES_PART_NODE = 9,    /* a machine as a whole, by its own sensors */
	JOULES_PART_UNKNOWN = 10 /* nobody knows what it is: it is listed, but never missing from a total */
} joules_part;

/* What the value covers, for programs. joules_domain.scope says it to people. */
typedef enum joules_coverage {
	JOULES_COVERS_NAMED = 0,    /* what its name says */
	JOULES_COVERS_ONE_CORE = 1, /* one core of those that the name means */
	JOULES_COVERS_GPU = 2,      /* a GPU with its memory */
	JOULES_COVERS_MODULE = 3,   /* the module that a GPU is on, including its processor and memory */
	JOULES_COVERS_WALL = 4      /* a machine with its fans and power supply */
} joules_coverage;

/* Why something cannot be measured, or why a value is not measured, partial or below_tick. This is for programs; the
 * words beside it are only for people. */
typedef enum joules_reason {
	JOULES_REASON_NONE = 0,
	JOULES_REASON_ABSENT = 1,      /* the hardware, its driver or a file of it is missing here, or hidden */
	JOULES_REASON_PERMISSION = 2,  /* this process may not read it */
	JOULES_REASON_ASLEEP = 3,      /* it sleeps, and Joules did not wake it */
	JOULES_REASON_FOREIGN = 4,     /* another driver, container or job uses it */
	JOULES_REASON_UNSUPPORTED = 5, /* it does not report its energy, or Joules does not know it */
	JOULES_REASON_FAILED = 6,      /* it should be readable, but reading failed */
	JOULES_REASON_RESET = 7,       /* the counter was reset */
	JOULES_REASON_SLEPT = 8,       /* the machine slept meanwhile */
	JOULES_REASON_IMPLAUSIBLE = 9, /* it would be more power than the part can draw */
	JOULES_REASON_UNREAD = 10,     /* it was not read for so long that a wrap may be hidden */
	JOULES_REASON_STUCK = 11,      /* the counter stood still for longer than a working one can */
	JOULES_REASON_SHORT = 12       /* shorter than the counter can resolve */
} joules_reason;

/* What is known of a GPU beyond its domain. */
typedef struct joules_gpu {
	size_t size;
	const char *product; /* NULL: unknown */
	const char *uuid;    /* "GPU-…"; NULL likewise */
	const char *pci;     /* "0000:01:00.0"; NULL likewise */
	bool mig;            /* it is divided into instances; the value is that of the whole GPU */
	bool suspended;      /* it sleeps, and was not asked so that it goes on sleeping */
	bool visible;        /* programs that start here may use it; for NVIDIA, CUDA_VISIBLE_DEVICES decides */
	unsigned instances;  /* how many; 0: unknown, or it is not divided */
} joules_gpu;

#define JOULES_GPU_INIT { sizeof(joules_gpu), NULL, NULL, NULL, false, false, true, 0 }

/* One domain. A device fills it, starting from JOULES_DOMAIN_INIT, and passes it to joules_discovery_add(), which
 * copies it. Lists, meters, traces and samples give it out, read only, for as long as they live. */
typedef struct joules_domain {
	size_t size;

	/* The device says what it is … */
	const char *name; /* "package_0"; the number is the hardware's own */
	joules_part part;
	joules_kind kind;
	joules_source source;
	joules_method method;
	joules_gain gain;
	const char *parent; /* the domain that contains this one; NULL: none */
	const char *group;  /* another name that chooses this domain: "package_0" for one of its dies; NULL: none */
	const char *path;   /* the file or device that is read; NULL: none */
	joules_coverage covers;
	const char *scope;     /* the same in words; NULL if the name says it */
	const joules_gpu *gpu; /* NULL: not a GPU */

	/* … whether it can be measured … */
	bool available; /* false: the next members say why not */
	joules_reason reason_code;
	const char *reason;  /* NULL if it is available */
	const char *cure;    /* what would help, in words; NULL: nothing that is known */
	const char *command; /* the cure as a shell command; NULL: it is not one */

	/* … and how its counter behaves. */
	double unit_j;     /* COUNTER: joules of one raw unit; JOULES: how far the value itself may be off, both ways */
	bool unit_known;   /* false: the unit could not be found out, and values are taken as they come */
	double unit_error; /* relative doubt about unit_j; it widens low and high (15.3 µJ DRAM: 0.0027) */
	uint64_t
	    modulus; /* COUNTER: the raw value at which it wraps to 0; 0: unknown or never, and a decrease is invalid */
	uint64_t range_uj;     /* the range as the kernel says it; 0: unknown */
	double tick_s;         /* the usual time between two moves of the value; 0: it moves at every read */
	bool tick_varies;      /* tick_s is only a first guess: the reads of a meter learn how often the value moves */
	double longest_tick_s; /* the longest time that it stands still while energy is used */
	double settle_s;       /* how long settling waits for a move before it gives up */
	double max_power_w; /* the highest plausible power; 0: unknown, and the bounds assume that nothing is used between a
	                       read and its timestamp */
	double least_power_w; /* the least that this part can draw while the machine is on; 0: it may be without power */
	const char *package;  /* the package that it is in or beside, whose counters show whether it is alive; NULL: none */
	bool hosted;          /* a host makes it for its guest: it does not move for a part that does nothing */
	double step_j;        /* the smallest step of the value, which it may hide; 0: unit_j */
	double max_unread_s;  /* how long it may go unread before a wrap could be missed; 0: no limit */
	bool may_block; /* a read may wait for a driver or another machine, and so take longer than reading a kernel's file
	                 */

	/* The library adds: */
	const char *device; /* its name */
	bool in_total;      /* it counts in the total of what is measured together */
} joules_domain;

#define JOULES_DOMAIN_INIT \
	{ sizeof(joules_domain), NULL, JOULES_PART_OTHER, JOULES_KIND_COUNTER, JOULES_MEASURED, JOULES_METHOD_COUNTER, \
		JOULES_GAIN_UNKNOWN, NULL, NULL, NULL, JOULES_COVERS_NAMED, NULL, NULL, true, JOULES_REASON_NONE, NULL, NULL, \
		NULL, 0.0, true, 0.0, 0, 0, 0.0, false, 0.0, 0.0, 0.0, 0.0, NULL, false, 0.0, 0.0, false, NULL, false }

/* One device and all its domains, readable or not. */
typedef struct joules_device {
	size_t size;
	const char *name;
	joules_part part; /* what it mainly measures, even if it has no domain here */
	bool available;   /* at least one domain is; if none is, as for a domain: */
	joules_reason reason_code;
	const char *reason;
	const char *cure;
	const char *command;
	size_t domain_count;
	const joules_domain *const *domains;
} joules_device;

typedef struct joules_list joules_list;

/* ---- energies, samples, totals ----------------------------------------------------------------------------------- */

/* Flags of an energy; docs/numbers.md explains them. */
enum {
	JOULES_BELOW_TICK = 1, /* the region is shorter than two ticks of the counter */
	JOULES_WRAPPED = 2,    /* the counter wrapped to 0 in between; only for information */
	JOULES_PARTIAL = 4,    /* it was read only part of the time: joules is the energy that was seen, high is NAN */
	JOULES_INVALID = 8,    /* there is no number: joules, low and high are NAN */
	/* The counter stood still for longer than a working one can. If that was so during the whole sample, it is also
	 * INVALID; if it began or ended in the sample, it is also PARTIAL. */
	JOULES_STUCK = 16
};

/* An energy, and what is certain about it. NAN means "not measured"; 0 means 0 joules. The library gives out pointers
 * to it, and a later library may have more members at its end. */
typedef struct joules_energy {
	double joules;
	double low;
	double high;
	unsigned flags;
	double likely_low; /* what the value likely is (95 %); both are NAN if no model says so */
	double likely_high;
	joules_reason reason; /* why it is not measured, partial or below_tick; NONE: there is nothing to explain */
	double seen_s; /* the time in which joules was seen, to compute watts: the sample's duration, or less for a partial
	                  value; NAN: unknown */
} joules_energy;

/* Values for energies of the program's own: "not measured", and 0 J to add to. They have all members of this header. An
 * older library's energies may have fewer, so never assign a whole joules_energy through a pointer that the library
 * gave, as in a device's model(): set its members, and only those that joules_version() has. */
#define JOULES_ENERGY_NONE \
	{ __builtin_nan(""), __builtin_nan(""), __builtin_nan(""), JOULES_INVALID, __builtin_nan(""), __builtin_nan(""), \
		JOULES_REASON_NONE, __builtin_nan("") }
#define JOULES_ENERGY_ZERO \
	{ 0.0, 0.0, 0.0, 0, __builtin_nan(""), __builtin_nan(""), JOULES_REASON_NONE, __builtin_nan("") }

/* What happened between two readings. The library allocates and fills it; the caller only reads it. */
typedef struct joules_sample {
	size_t size;
	const char *tag;   /* any bytes but NUL; lives as long as the trace it came from, or as the sample */
	double timestamp;  /* begin, wall clock, seconds since the epoch */
	double duration_s; /* monotonic clock */
	size_t domain_count;
	const joules_domain *const *domains; /* as many as domain_count, as in the meter */
} joules_sample;

/* ---- the meter --------------------------------------------------------------------------------------------------- */

typedef struct joules_meter joules_meter;
typedef struct joules_trace joules_trace;
typedef struct joules_reading joules_reading;

/* ---- recorders: further measurements on the same meter ----------------------------------------------------------- */

/* A separate measurement on the open devices of a meter. It has its own state and its own trace, which grows by the
 * same calls. It is for nested and recursive calls, for tasks and for threads. A recorder belongs to one thread at a
 * time. The recorders of a meter do not disturb each other. */
typedef struct joules_recorder joules_recorder;

/* ---- free readings: for nested and overlapping regions, and threads ---------------------------------------------- */

/* Longer than settling ever waits: joules_settle(m, r, JOULES_UNTIL_SETTLED). */
#define JOULES_UNTIL_SETTLED 1e9

/* ---- traces ------------------------------------------------------------------------------------------------------ */

/* A guard of joules_trace_clean(): true keeps the sample. */
typedef bool (*joules_guard)(const joules_sample *sample, void *context);

/* ---- statistics of repeated runs --------------------------------------------------------------------------------- */

/* Start from JOULES_STATISTICS_INIT. */
typedef struct joules_statistics {
	size_t size;
	size_t count; /* values that are not NAN */
	double mean;
	double stddev; /* of the sample (n − 1); NAN below two values */
	double median;
	double min;
	double max;
	size_t outliers;    /* modified z-score |x − median| / MAD above 14.826, as hyperfine's */
	bool first_outlier; /* the first value is one of them, so there may have been no warm-up */
} joules_statistics;

#define JOULES_STATISTICS_INIT \
	{ sizeof(joules_statistics), 0, __builtin_nan(""), __builtin_nan(""), __builtin_nan(""), __builtin_nan(""), \
		__builtin_nan(""), 0, false }

/* By how much the values b lie above the values a. Start from JOULES_COMPARISON_INIT. */
typedef struct joules_comparison {
	size_t size;
	size_t count;    /* the finite pairs, or the finite values of both lists */
	double estimate; /* the Hodges-Lehmann estimate; NAN: there is nothing to compare */
	double low;      /* its interval at the wanted level; NAN: there are too few values for one */
	double high;
	double p; /* two-sided: the probability of such a difference if there is none */
} joules_comparison;

#define JOULES_COMPARISON_INIT \
	{ sizeof(joules_comparison), 0, __builtin_nan(""), __builtin_nan(""), __builtin_nan(""), __builtin_nan("") }

/* ---- handlers ---------------------------------------------------------------------------------------------------- */

typedef struct joules_handler joules_handler;

/* What a notice is about. */
enum {
	JOULES_NOTICE_ESTIMATE = 1,
	JOULES_NOTICE_BELOW_TICK = 2,
	JOULES_NOTICE_PARTIAL = 4,
	JOULES_NOTICE_INVALID = 8,
	JOULES_NOTICE_ADDRESS = 16 /* what an address asks for is not done as it stands there */
};

/* What print and csv must say about a domain, because some of its values were not simply measured; and what a handler
 * says about its address. */
typedef struct joules_notice {
	size_t size;
	unsigned kind;      /* one or more of the above */
	const char *domain; /* NULL: it is about none */
	const char *line;   /* for people; without a newline */
} joules_notice;

/* The notice lives until the function returns. */
typedef void (*joules_notice_function)(void *context, const joules_notice *notice);

/* What a handler provides; the built-in handlers use nothing else. Calls for one state never overlap. process is
 * required. */
typedef struct joules_handler_ops {
	size_t size;
	const char *name; /* the FORMAT that joules_handler_open() takes */
	/* The extensions of file names (".db", ".sqlite") and the schemes of addresses ("mongodb") that mean this handler.
	 * Both lists end with NULL; a list that is NULL is empty. If two handlers claim the same, the first one gets it. */
	const char *const *extensions;
	const char *const *schemes;
	/* Opens what joules_handler_open() was given after "FORMAT:" ("" for nothing; an address as a whole). *state is
	 * passed to the calls below. Only joules_handler_register() needs it. */
	joules_status (*open)(void *context, const char *target, void **state);
	/* Before anything runs: whether traces of these domains can be stored. Refuse here what would certainly fail. */
	joules_status (*prepare)(void *state, const joules_domain *const *domains, size_t count);
	/* Takes one finished trace; take a reference (joules_trace_ref) to keep it. A failure must lose nothing: a later
	 * save tries again. */
	joules_status (*process)(void *state, joules_trace *trace);
	joules_status (*save)(void *state); /* tries again what failed, and writes everything out */
	void (*close)(void *state);         /* releases the state */
	const char *(*file)(void *state);   /* as joules_handler_file() */
	/* As joules_handler_notices_set(). */
	void (*notices_set)(void *state, joules_notice_function function, void *context);
	/* Optional: like joules_trace_text(); only name may be NULL, and context is that of open. */
	joules_status (*text)(void *context, joules_trace *trace, const char *name, char **header, char **text);
	void (*timeout_set)(void *state, double seconds); /* optional: as joules_handler_timeout_set() */
	const char *(*address)(void *state);              /* optional: as joules_handler_address() */
	joules_trace *(*unsaved)(void *state, size_t index, const char **name); /* optional: as joules_handler_unsaved() */
} joules_handler_ops;

/* ---- devices of one's own ---------------------------------------------------------------------------------------- */

/* What one read gives for one domain. Before a read it still holds what the previous read left there, so a device sets
 * every member that it uses at each read: ok, and gap_s to 0 again. */
typedef struct joules_raw {
	bool ok;           /* false: this domain could not be read, and error says why */
	int error;         /* an errno value */
	uint64_t count;    /* COUNTER */
	double joules;     /* JOULES */
	double gap_s;      /* seconds since the previous read that are not in the value: the interval is partial; 0: none */
	uint64_t model[8]; /* MODEL: whatever its model function needs */
	/* CLOCK_MONOTONIC just before and just after this domain was read. Both 0: the times around the device's whole
	 * read. A device sets end_ns for all its domains, which it reads in their order, or for none. begin_ns 0: the time
	 * when the device's read began. */
	int64_t begin_ns;
	int64_t end_ns;
} joules_raw;

typedef struct joules_discovery joules_discovery;

/* Why a device has no domain here at all. The members mean the same as in joules_domain. */
typedef struct joules_absence {
	size_t size;
	joules_reason reason_code;
	const char *reason;
	const char *cure;
	const char *command;
} joules_absence;

#define JOULES_ABSENCE_INIT { sizeof(joules_absence), JOULES_REASON_ABSENT, NULL, NULL, NULL }

/* One setting of a device. */
typedef struct joules_setting {
	size_t size;
	const char *name; /* "watts" in "estimate.watts=40:180" (joules_options.settings) */
	const char *help; /* a few words: what it is, and what a value looks like */
	/* Optional: fails if this is not a value, with a message that says what would be right. */
	joules_status (*check)(void *context, const char *value);
} joules_setting;

/* The longest value, with its NUL. */
#define JOULES_SETTING_MAX 256

/* What a device provides; the built-in devices use nothing else. Calls for one open state never overlap. */
typedef struct joules_device_ops {
	size_t size;
	const char *name;
	joules_part part; /* what it mainly measures */
	/* Reports every domain that exists, readable or not. options->sysroot is never NULL here. Keeps nothing open. */
	joules_status (*discover)(void *context, const joules_options *options, joules_discovery *found);
	/* Opens these domains, which are all available, and keeps what it needs. The package of a chosen part may be among
	 * them, to show whether the part is alive (joules_domain.package). *state is passed to the calls below. */
	joules_status (*open)(
	    void *context, const joules_options *options, const joules_domain *const *domains, size_t count, void **state);
	/* Fills *raw[0] … *raw[count−1], in the order of open. It must not wait. It may start a process; a child that it
	 * forks must not use a meter. */
	void (*read)(void *state, joules_raw *const raw[]);
	void (*close)(void *state);
	/* MODEL only: the energy and band between two raw values of one domain, `seconds` apart. *energy comes as "not
	 * measured"; set its members one by one (see JOULES_ENERGY_NONE). likely_low and likely_high stay NAN if the model
	 * does not give them. If the model gives nothing, set reason to say why. */
	void (*model)(void *state, size_t domain, const joules_raw *begin, const joules_raw *end, double seconds,
	    joules_energy *energy);
	/* Optional, both or none: for sources that must be added up. The background thread calls poll from open on, never
	 * during a read; poll_s then says after how many seconds to call it again. If poll_s says 0 right after open,
	 * nothing here needs polling, and there is no thread. */
	void (*poll)(void *state);
	double (*poll_s)(void *state);
	/* Optional: called in a forked child, before its first read. */
	void (*forked)(void *state);
	/* Optional: further names in joules_options.domains, beside those of the device, its domains and its groups. Marks
	 * in chosen[] what this name means among the `count` domains that discover reported, readable or not. Those that
	 * can be read are measured, and the others are missing from the total; if none can be read, that is the error.
	 * Marks nothing if it is not a name of this device. Fails, with a message, if it is one but means nothing here. */
	joules_status (*select)(
	    void *context, const char *name, const joules_domain *const *domains, size_t count, bool *chosen);
	/* Optional: the settings that it takes; NULL ends the list. */
	const joules_setting *const *settings;
} joules_device_ops;

/* ---- stores: runs that are kept in a file of SQLite -------------------------------------------------------------- */

/* An open file of runs. A store belongs to one thread at a time, and to the process that opened it: a forked child may
 * only close it. joules_runs is a list of its runs. */
typedef struct joules_store joules_store;
typedef struct joules_runs joules_runs;

typedef enum joules_store_access {
	JOULES_STORE_READ = 0,  /* the file must exist; the right to read it is enough */
	JOULES_STORE_WRITE = 1, /* the file must exist */
	JOULES_STORE_CREATE = 2 /* the file is created if it does not exist */
} joules_store_access;

/* One run as it is listed; docs/formats.md says what each member is. */
typedef struct joules_run {
	size_t size;
	int64_t id; /* its number in the store, which no other run gets, not even later */
	const char *uuid;
	const char *name;
	double begin;      /* seconds since 1970; NAN if the run has no samples */
	double duration_s; /* NAN likewise */
	const char *host;
	const char *version;
	const char *series; /* the same for all runs that were measured together */
	int64_t number;     /* which of them it is, from 0 */
	const joules_energy *total;
	joules_source source; /* of the total */
	bool truncated;       /* not all of its samples are kept; the total covers all of them */
	size_t label_count;
	const char *const *label_keys; /* label_count of them, and as many values */
	const char *const *label_values;
	size_t unsent_count;
	const char *const *unsent; /* servers that it could not be sent to yet */
} joules_run;

/* ---- blocks and functions: the process meter --------------------------------------------------------------------- */

typedef struct joules_scope joules_scope;

/* With -DJOULES_DISABLE the macros of scopes vanish, and each function is a stub; see disabled.h. */
#ifndef JOULES_DISABLE

/* ---- status ------------------------------------------------------------------------------------------------------ */

/* The name of a status, such as "JOULES_NO_DOMAIN": a static string. */
JOULES_API const char *joules_status_name(joules_status status);

/* The message of this thread's last call that failed: one line without a newline, "" if none has failed yet. It lives
 * until the thread's next call that fails. */
JOULES_API const char *joules_error_message(void);

/* The version of the library at run time, such as "0.1.0". */
JOULES_API const char *joules_version(void);

/* ---- what can be measured ---------------------------------------------------------------------------------------- */

/* The words that stand in files and reports, such as "measured", "counter" or "package": static strings. */
JOULES_API const char *joules_source_name(joules_source source);
JOULES_API const char *joules_method_name(joules_method method);
JOULES_API const char *joules_gain_name(joules_gain gain);
JOULES_API const char *joules_part_name(joules_part part);
JOULES_API const char *joules_reason_name(joules_reason reason); /* NULL for NONE */

/* Every device that this build knows or that was registered, and every domain that exists, each once. A device that is
 * absent is in the list, with its reason. options->domains chooses nothing here; it only names sleeping GPUs that may
 * be woken. options may be NULL. NO_MEMORY; INVALID_ARGUMENT: a sysroot that does not exist, an unknown setting or a
 * wrong value. Release with joules_list_free(). */
JOULES_API joules_status joules_list_new(joules_list **list, const joules_options *options);
/* The devices of the list. They live as long as the list; NULL beyond the last. */
JOULES_API size_t joules_list_device_count(const joules_list *list);
JOULES_API const joules_device *joules_list_device(const joules_list *list, size_t index);
/* list may be NULL. */
JOULES_API void joules_list_free(joules_list *list);

/* ---- energies, samples, totals ----------------------------------------------------------------------------------- */

/* The name of one flag, such as "below_tick"; NULL if there is no such flag. */
JOULES_API const char *joules_flag_name(unsigned flag);

/* The energy of one domain of a sample. It belongs to the sample, and lives until the sample is refilled or freed. NULL
 * beyond the last domain. */
JOULES_API const joules_energy *joules_sample_energy(const joules_sample *sample, size_t domain);

/* The total of a sample, which belongs to the sample too. It adds the domains with in_total: the measured ones if there
 * is one, else the estimated ones. No part is added to its whole. If a domain is missing or partial, the total has the
 * flag PARTIAL, and high is NAN. If no domain has a value, it is INVALID, and all is NAN. source may be NULL. */
JOULES_API const joules_energy *joules_sample_total(const joules_sample *sample, joules_source *source);

/* The names of the domains that exist and belong in the total, but could not be read at all, or are invalid or partial
 * in this sample. Writes at most `most` names and returns how many there are. names may be NULL if most is 0. The names
 * live as long as the sample. */
JOULES_API size_t joules_sample_missing(const joules_sample *sample, const char **names, size_t most);
/* sample may be NULL. */
JOULES_API void joules_sample_free(joules_sample *sample);

/* A sample of the caller's own, to compute its total and what is missing from it. It behaves as if `domains` had been
 * measured together, and as if `missing` existed but could not be read. A domain needs only a name; a name like
 * "core_0_die_1" also says its part and its parent. At first no domain has a value. Domains are copied. The tag is "",
 * and timestamp and duration are 0. Release with joules_sample_free(). */
JOULES_API joules_status joules_sample_new(joules_sample **sample, const joules_domain *const *domains, size_t count,
    const joules_domain *const *missing, size_t missing_count);
/* Sets the value of one domain of such a sample, in joules. NAN means "not measured". INVALID_ARGUMENT beyond the last
 * domain. */
JOULES_API joules_status joules_sample_set(
    joules_sample *sample, size_t domain, double joules, double low, double high, unsigned flags);

/* ---- the meter --------------------------------------------------------------------------------------------------- */

/* Opens the chosen domains and keeps their files open; rights are needed only here. options may be NULL. NO_DOMAIN: a
 * name that does not exist. INVALID_ARGUMENT: an unknown setting, or a wrong value. NO_PERMISSION: a named domain that
 * may not be read. NO_DEVICE: there is nothing to measure, and the message has the reason of each device. Release with
 * joules_meter_close(). */
JOULES_API joules_status joules_meter_open(joules_meter **meter, const joules_options *options);
/* Closes the files and ends the background thread. Traces of the meter stay valid; its readings do not. meter may be
 * NULL. */
JOULES_API void joules_meter_close(joules_meter *meter);

/* The domains that the meter measures. They live as long as the meter; NULL beyond the last. */
JOULES_API size_t joules_meter_domain_count(const joules_meter *meter);
JOULES_API const joules_domain *joules_meter_domain(const joules_meter *meter, size_t index);
/* The domains that belong in the total but cannot be read, each with its reason. A domain that options->domains leaves
 * out is not among them. They live as long as the meter; NULL beyond the last. */
JOULES_API size_t joules_meter_missing_count(const joules_meter *meter);
JOULES_API const joules_domain *joules_meter_missing(const joules_meter *meter, size_t index);
/* The errno of the latest read of this domain that failed; 0: none has failed. */
JOULES_API int joules_meter_failure(joules_meter *meter, size_t domain);

/* Begins a new trace and its first sample. Traces that the meter gave before stay valid. A tag is any string without
 * NUL; a NULL tag is "". NOT_STOPPED if the meter is running. */
JOULES_API joules_status joules_meter_start(joules_meter *meter, const char *tag);
/* Ends the current sample and begins the next. Never waits. NOT_STARTED if the meter is not running. */
JOULES_API joules_status joules_meter_record(joules_meter *meter, const char *tag);
/* Ends the current sample and the trace. Never waits. NOT_STARTED if the meter is not running. */
JOULES_API joules_status joules_meter_stop(joules_meter *meter);
/* Continues the stopped trace, or begins one if there is none. The time in between is in no sample. NOT_STOPPED if the
 * meter is running. */
JOULES_API joules_status joules_meter_resume(joules_meter *meter, const char *tag);
/* Makes the bounds of the latest start, record, resume or stop as narrow as the counters allow: reads on until each
 * counter has moved since then, or has been waited for long enough, but for at most `seconds` (0 or less: looks once).
 * NOT_SETTLED if that was too short; then call it again later. INVALID_ARGUMENT if `seconds` is NAN. A trace that was
 * already given out does not change. */
JOULES_API joules_status joules_meter_settle(joules_meter *meter, double seconds);
/* How many seconds to wait before the next joules_meter_settle(meter, 0) is worth its cost. The library itself waits
 * this long between two looks. For programs with a loop of their own. 0 if there is nothing to settle. */
JOULES_API double joules_meter_settle_pause(joules_meter *meter);
/* Settles everything that this meter has read until now, also for its recorders and free readings. It returns at once;
 * a thread reads on while the measured code runs. Use it at the beginning of a sample. At its end, wait with
 * joules_meter_settle(). NO_MEMORY if no thread can be started. */
JOULES_API joules_status joules_meter_settle_start(joules_meter *meter);
/* The finished trace. It is empty if the meter was never started. NOT_STOPPED if the meter is running. Release with
 * joules_trace_unref(). */
JOULES_API joules_status joules_meter_trace(joules_meter *meter, joules_trace **trace);
/* Measures what the idle machine uses: for each sample of trace it waits as long as that sample lasted. The samples of
 * *idle have the same tags and the same order, and are scaled to exactly the same durations. The trace and the state of
 * the meter do not change. INCONSISTENT if the trace has other domains than the meter. Release with
 * joules_trace_unref(). */
JOULES_API joules_status joules_meter_idle(joules_meter *meter, const joules_trace *trace, joules_trace **idle);

/* ---- recorders: further measurements on the same meter ----------------------------------------------------------- */

/* A new recorder. Release it with joules_recorder_free() before the meter is closed. Its traces stay valid. */
JOULES_API joules_status joules_recorder_new(joules_meter *meter, joules_recorder **recorder);
JOULES_API void joules_recorder_free(joules_recorder *recorder);
/* Like the functions of the meter with these names, for this recorder. */
JOULES_API joules_status joules_recorder_start(joules_recorder *recorder, const char *tag);
JOULES_API joules_status joules_recorder_record(joules_recorder *recorder, const char *tag);
JOULES_API joules_status joules_recorder_stop(joules_recorder *recorder);
JOULES_API joules_status joules_recorder_resume(joules_recorder *recorder, const char *tag);
JOULES_API joules_status joules_recorder_settle(joules_recorder *recorder, double seconds);
JOULES_API joules_status joules_recorder_trace(joules_recorder *recorder, joules_trace **trace);
/* The samples that are finished so far, even while it is running. The measurement goes on, and does not change this
 * trace. Release with joules_trace_unref(). */
JOULES_API joules_status joules_recorder_so_far(joules_recorder *recorder, joules_trace **trace);

/* ---- free readings: for nested and overlapping regions, and threads ---------------------------------------------- */

/* An empty reading for this meter. Release with joules_reading_free() before the meter is closed. */
JOULES_API joules_status joules_reading_new(joules_meter *meter, joules_reading **reading);
/* reading may be NULL. */
JOULES_API void joules_reading_free(joules_reading *reading);
/* Reads all domains now, and refills the reading without allocating memory. A domain that cannot be read is marked in
 * the reading; the others are read. */
JOULES_API joules_status joules_read(joules_meter *meter, joules_reading *reading);
/* What the domain's counter shows in this reading, in joules from the counter's own zero. Wraps after the meter's first
 * read are undone; after a reset or a sleep it is again what the counter shows. It is for comparing values of several
 * meters or processes; for everything else, joules_between() says more. NAN if it could not be read, or if the domain
 * has no counter but a model. */
JOULES_API double joules_reading_value(const joules_reading *reading, size_t domain);
/* Like joules_meter_settle(), for this reading. Any later read of the meter also helps to narrow its bounds. */
JOULES_API joules_status joules_settle(joules_meter *meter, joules_reading *reading, double seconds);
/* The difference of two readings; begin must be the earlier one. *sample is allocated if it is NULL, else refilled; it
 * must then come from this function with the same meter. Its tag is "". INVALID_ARGUMENT: a reading is empty, or the
 * order is wrong. Release with joules_sample_free(). */
JOULES_API joules_status joules_between(
    joules_meter *meter, const joules_reading *begin, const joules_reading *end, joules_sample **sample);

/* ---- traces ------------------------------------------------------------------------------------------------------ */

/* A trace lives until its last reference is released. joules_trace_ref() takes one more and returns the trace;
 * joules_trace_unref() releases one. Both accept NULL. */
JOULES_API joules_trace *joules_trace_ref(joules_trace *trace);
JOULES_API void joules_trace_unref(joules_trace *trace);
/* How many samples it has. */
JOULES_API size_t joules_trace_count(const joules_trace *trace);
/* Its domains. They live as long as the trace; NULL beyond the last. */
JOULES_API size_t joules_trace_domain_count(const joules_trace *trace);
JOULES_API const joules_domain *joules_trace_domain(const joules_trace *trace, size_t index);
/* The sample with this index, counted from 0. *sample is allocated if it is NULL, else refilled; it must then come from
 * a trace with at least as many domains. INVALID_ARGUMENT beyond the last sample. Release with joules_sample_free(). */
JOULES_API joules_status joules_trace_sample(const joules_trace *trace, size_t index, joules_sample **sample);
/* The first sample with this tag, from index `from` on; joules_trace_count() if there is none. */
JOULES_API size_t joules_trace_find(const joules_trace *trace, const char *tag, size_t from);
/* Joins the samples with this tag (NULL: all samples) into one. Energies add up. Where samples are neighbours, only the
 * bounds at their outer ends count; elsewhere bounds add up. The timestamp is that of the first sample. *sample is
 * allocated or refilled, as by joules_trace_sample(). INVALID_ARGUMENT if there is no such sample. */
JOULES_API joules_status joules_trace_sum(const joules_trace *trace, const char *tag, joules_sample **sample);
/* A new trace: the samples minus the idle samples with the same index. A value may be negative, and so may its low. A
 * value that is not measured on either side is not measured. IDLE_EXCEEDS, naming sample and domain, if the idle
 * machine certainly used more (its low is above the sample's high); then there is no result at all. INCONSISTENT if the
 * numbers of samples or the domains differ. */
JOULES_API joules_status joules_trace_remove_idle(
    const joules_trace *trace, const joules_trace *idle, joules_trace **result);
/* A new trace without some samples: those with a negative value (above idle), those with an invalid value (unless that
 * domain is invalid in all samples), and those that the guard refuses (NULL: there is no guard). */
JOULES_API joules_status joules_trace_clean(
    const joules_trace *trace, joules_guard guard, void *context, joules_trace **result);
/* A new trace: the samples of a, then those of b. INCONSISTENT if their domains differ. This trace and those of the two
 * functions above are released with joules_trace_unref(). */
JOULES_API joules_status joules_trace_add(const joules_trace *a, const joules_trace *b, joules_trace **result);
/* The UUID of the trace, which the first call makes. It lives as long as the trace. */
JOULES_API const char *joules_trace_id(joules_trace *trace);

/* Sets a label or changes its value. A label is a string with a name: a fact about the run that its trace does not
 * know, such as the command or the commit. Both strings are copied. INVALID_ARGUMENT if the key is not one of
 * [A-Za-z0-9_-]+; the value may be any string. json and sqlite write labels; print and csv do not. Everybody with a
 * reference to the trace sees its labels. joules_trace_clean() and _remove_idle() copy those of their first trace,
 * _add() those that both traces have with the same value. Nothing else changes in a finished trace, so any number of
 * threads may use it. But while a label is set, no other thread may use the trace: set labels before a handler gets it.
 */
JOULES_API joules_status joules_trace_label_set(joules_trace *trace, const char *key, const char *value);
/* The value of the label; NULL if the trace has no such label. It lives until that label is set again, else as long as
 * the trace. */
JOULES_API const char *joules_trace_label(const joules_trace *trace, const char *key);
/* The keys, in the order in which they were first set; NULL beyond the last. */
JOULES_API const char *joules_trace_label_key(const joules_trace *trace, size_t index);
JOULES_API size_t joules_trace_label_count(const joules_trace *trace);
/* The text of the trace in this format, as its handler would write it, for a program that writes it itself. The format
 * is "print", "csv", "csv-full", "json", or a registered one that can give text; UNKNOWN_FORMAT for any other. *header
 * is the first line of an empty file, with its line end, or ""; header may be NULL. *text is the rest. name is what
 * json calls the trace (NULL: "trace_0"). Release both with free(). */
JOULES_API joules_status joules_trace_text(
    joules_trace *trace, const char *format, const char *name, char **header, char **text);

/* ---- statistics of repeated runs --------------------------------------------------------------------------------- */

/* Statistics of n values. Values that are NAN are left out. Without any value the count is 0 and the rest is NAN. A
 * library older than the header fills the members that it knows, and lowers result->size to them; JOULES_HAS() tells
 * which. */
JOULES_API joules_status joules_statistics_of(const double *values, size_t n, joules_statistics *result);

/* Compares values that were taken in pairs, b[i] beside a[i], as rounds in random order give them: the signed-rank test
 * of b[i] − a[i], and the interval that belongs to it. To compare ratios, pass logarithms. Pairs whose difference is
 * not finite (because a value is NAN) are left out. For p, differences of 0 are dropped and ties get midranks. It is
 * exact up to 500 pairs; beyond that it uses the normal distribution, with a correction for ties. level is above 0 and
 * below 1, for example 0.95. With fewer than 6 pairs there is no interval of 95 %. */
JOULES_API joules_status joules_paired(
    const double *a, const double *b, size_t n, double level, joules_comparison *result);

/* Compares two lists of values that were not taken in pairs: the rank-sum test of Mann and Whitney, and the interval of
 * the shift from a to b. For short lists (up to 60 values against 60) it is exact; beyond that it uses the normal
 * distribution. If the lists were taken at different times, the time alone may make them differ. joules_paired() with
 * values taken in turns says more. */
JOULES_API joules_status joules_shift(
    const double *a, size_t n_a, const double *b, size_t n_b, double level, joules_comparison *result);

/* Limits of the median of the distribution that n independent values come from, by order statistics. The median is
 * below *low with a probability of at most 1 − level, and above *high with at most the same. NAN if there are too few
 * values; 95 % needs 5. */
JOULES_API joules_status joules_median_limits(const double *values, size_t n, double level, double *low, double *high);

/* ---- handlers ---------------------------------------------------------------------------------------------------- */

/* A handler of the caller's own, which is already open. state is passed to each call. ops must live as long as the
 * handler. Release with joules_handler_close(). */
JOULES_API joules_status joules_handler_new(joules_handler **handler, const joules_handler_ops *ops, void *state);
/* Adds a format for the rest of the process, beside the built-in ones. ops must live as long. From then on
 * joules_handler_open() and $JOULES_OUTPUT know it. INVALID_ARGUMENT if the name is taken or is not a word (letters,
 * digits, - and _), or if open or process is missing. */
JOULES_API joules_status joules_handler_register(const joules_handler_ops *ops, void *context);
/* Opens a handler by its name, "FORMAT:TARGET". For the built-in formats TARGET is a file, which is appended to, or -
 * for standard output; print also works without a target, and sqlite needs a file, a database. A bare file name chooses
 * the format by its extension (.csv, .json, .jsonl, .db, .sqlite), an address
 * ("mongodb://HOST/DATABASE?collection=NAME") by its scheme; an address is never a file name. A file is opened now. A
 * server is connected only when its handler saves, and the handler keeps the traces until then. UNKNOWN_FORMAT: the
 * message names the formats. */
JOULES_API joules_status joules_handler_open(joules_handler **handler, const char *output);
/* An output in a form that may be shown: an address loses its password and its options
 * ("mongodb://alice:***@db/runs?…"). NULL if there is no memory. Release with free(). */
JOULES_API char *joules_output_shown(const char *output);
/* Whether the address's password contains a character that must be escaped (@ / : ? # and the like). A driver ends the
 * password there, takes the rest for something else, and may print it. */
JOULES_API bool joules_address_is_unescaped(const char *address);
/* The message of a driver, or a note in its place if the message repeats a secret of the address. What it returns lives
 * as long as the message. */
JOULES_API const char *joules_address_scrub(const char *address, const char *message);
/* The name of each format that joules_handler_open() knows; NULL beyond the last. */
JOULES_API const char *joules_handler_format(size_t index);
/* The file that the handler writes, as it was named ("-": standard output); NULL if it names none. It lives as long as
 * the handler. */
JOULES_API const char *joules_handler_file(joules_handler *handler);
/* The server that the handler writes to, as an address that may be kept: without its password and its secret options.
 * NULL: it writes to no server. It lives as long as the handler. */
JOULES_API const char *joules_handler_address(joules_handler *handler);
/* Checks whether traces of the meter can be stored. INCONSISTENT: a CSV file has another header. */
JOULES_API joules_status joules_handler_prepare(joules_handler *handler, const joules_meter *meter);
/* Gives the handler one finished trace. Most handlers write it at once; one for a server keeps it until it saves. IO,
 * INCONSISTENT: it could not be written, and the next save tries again. */
JOULES_API joules_status joules_handler_process(joules_handler *handler, joules_trace *trace);
/* Writes what the handler holds. What could not be written stays in it. */
JOULES_API joules_status joules_handler_save(joules_handler *handler);
/* Saves, and then releases the handler even if saving failed. handler may be NULL. */
JOULES_API joules_status joules_handler_close(joules_handler *handler);
/* Releases the handler without saving, and drops what it still holds. handler may be NULL. */
JOULES_API void joules_handler_discard(joules_handler *handler);
/* A trace that the handler took but could not store yet, the oldest first; NULL beyond the last. *name, which may be
 * NULL, is what the handler calls the trace. Both belong to the handler until its next call: take a reference
 * (joules_trace_ref) to keep the trace. */
JOULES_API joules_trace *joules_handler_unsaved(joules_handler *handler, size_t index, const char **name);
/* How long a handler tries to find and connect its server, in seconds, if the address does not say it. The default is
 * 30 s. A handler without a server ignores this. */
JOULES_API void joules_handler_timeout_set(joules_handler *handler, double seconds);
/* Sends the handler's notices to this function instead of standard error. NULL sends them to standard error again. */
JOULES_API void joules_handler_notices_set(joules_handler *handler, joules_notice_function function, void *context);

/* ---- stores: runs that are kept in a file of SQLite -------------------------------------------------------------- */

/* Opens such a file. INCONSISTENT: it belongs to another program, or a newer Joules has written its tables; it stays as
 * it is. IO: it cannot be opened, or SQLite's library is not installed; the message then names the package. Release
 * with joules_store_close(). */
JOULES_API joules_status joules_store_open(joules_store **store, const char *path, joules_store_access access);
/* Opens the user's history, which `joules run` writes: $JOULES_HISTORY, else $XDG_STATE_HOME/joules/history.db, else
 * ~/.local/state/joules/history.db. If the history is off, or if there is no home folder for it, *store is NULL and the
 * status is JOULES_OK. The same holds without CREATE if there is no history yet. With CREATE, a damaged file at the
 * default place is moved away, and joules_store_notice() says so. Release with joules_store_close(). */
JOULES_API joules_status joules_store_open_history(joules_store **store, joules_store_access access);
/* store may be NULL. */
JOULES_API void joules_store_close(joules_store *store);
/* The file. It lives as long as the store. */
JOULES_API const char *joules_store_path(const joules_store *store);
/* What the user should know about the opening, as one line; NULL: nothing. It lives as long as the store. */
JOULES_API const char *joules_store_notice(const joules_store *store);
/* Adds a run: all of it or nothing. When this returns, the run is in the file, even if the process is killed. A trace
 * that the store has already is not added again. If runs were measured together, series is the same string for all of
 * them, and number says which one it is, from 0; NULL: it was measured alone. *id becomes the run's number; id may be
 * NULL. If a trace has more than 10 000 samples, the history keeps the first 10 000, and the total of all. If the
 * history grows beyond its limit, its oldest runs are removed. */
JOULES_API joules_status joules_store_add(
    joules_store *store, joules_trace *trace, const char *series, int64_t number, int64_t *id);
/* The runs that a filter chooses, oldest first. A filter is "KEY=VALUE,…" with the keys id, name, command, host, since,
 * until and label.KEY; NULL chooses all runs. INVALID_ARGUMENT: the filter is wrong, and the message says what is
 * wrong. Release with joules_runs_free(). */
JOULES_API joules_status joules_store_runs(joules_store *store, const char *filter, joules_runs **runs);
JOULES_API size_t joules_runs_count(const joules_runs *runs);
/* A run of the list. It lives as long as the list; NULL beyond the last. */
JOULES_API const joules_run *joules_runs_at(const joules_runs *runs, size_t index);
/* runs may be NULL. */
JOULES_API void joules_runs_free(joules_runs *runs);
/* The run as a trace. From it a handler writes the same bytes as from the measured trace, and the sum of its samples is
 * the same. INVALID_ARGUMENT: there is no such run. Release with joules_trace_unref(). */
JOULES_API joules_status joules_store_trace(joules_store *store, int64_t id, joules_trace **trace);
/* Removes the runs that the filter chooses. The filter must not be empty. *count becomes their number; count may be
 * NULL. */
JOULES_API joules_status joules_store_remove(joules_store *store, const char *filter, size_t *count);
/* How large the history may grow, in bytes; 0: there is no limit. Runs that are unsent are never removed for it. */
JOULES_API joules_status joules_store_limit(joules_store *store, uint64_t *bytes);
JOULES_API joules_status joules_store_limit_set(joules_store *store, uint64_t bytes);
/* Marks a run as unsent: it could not be sent to this server yet. uri is the server's address without its password.
 * joules_store_unsent_remove() removes the mark; with a NULL uri it removes all marks of the run. */
JOULES_API joules_status joules_store_unsent_add(joules_store *store, int64_t id, const char *uri);
JOULES_API joules_status joules_store_unsent_remove(joules_store *store, int64_t id, const char *uri);
/* The SQL that turns tables of version n into those of version n + 1 (0: an empty file); NULL for the newest version.
 * For programs that write such a file without this library. docs/formats.md describes the tables. */
JOULES_API const char *joules_store_schema(unsigned version);

/* ---- devices of one's own ---------------------------------------------------------------------------------------- */

/* Adds a device for the rest of the process. ops must live as long. INVALID_ARGUMENT if the name is taken, or if a
 * function or the name of a setting is missing. */
JOULES_API joules_status joules_device_register(const joules_device_ops *ops, void *context);
/* For discover: reports one domain, which is copied; or says why there is none at all. */
JOULES_API joules_status joules_discovery_add(joules_discovery *found, const joules_domain *domain);
JOULES_API joules_status joules_discovery_absent(joules_discovery *found, const joules_absence *absence);
/* For discover and open: the value of the setting "DEVICE.NAME"; false if it is not set. */
JOULES_API bool joules_setting_get(const joules_options *options, const char *name, char value[JOULES_SETTING_MAX]);
/* For the functions of a device or a handler: sets joules_error_message(), and returns status. */
JOULES_API joules_status joules_fail(joules_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- marks: breakpoints from inside the child of `joules run` ---------------------------------------------------- */

/* Ends the current sample of `joules run` and begins one with this tag. Outside `joules run` it does nothing and
 * succeeds. INVALID_ARGUMENT: the tag contains a newline, or has more than PIPE_BUF − 1 bytes. IO: $JOULES_RUN_TAGS is
 * not a pipe, nobody reads it, or it is full. */
JOULES_API joules_status joules_mark(const char *tag);

/* ---- blocks and functions: the process meter --------------------------------------------------------------------- */

/*
 *	{
 *		JOULES_SCOPE("load");
 *		load();
 *		JOULES_BREAK("solve");       // ends "load" and begins "solve", in the innermost scope of this thread
 *		if (!solve()) return false;  // every way out is counted
 *	}
 *	void compress(void) { JOULES_FUNCTION(); … }
 *
 * Each scope is a measurement of its own, so nesting, recursion and threads do not disturb each other. The trace of a
 * finished scope goes to the default handler, or else is kept for joules_default_traces(). From outside,
 * $JOULES_OUTPUT=FORMAT:TARGET sets the default handler. If nothing can be measured, the program goes on without
 * traces. A scope must not be left by longjmp(), exit() or pthread_exit(), nor by cancelling its thread.
 */

#define JOULES_PASTE_(a, b) a##b
#define JOULES_NAME_(a, b) JOULES_PASTE_(a, b)
#define JOULES_SCOPE(tag) \
	__attribute__((cleanup(joules_scope_leave), unused)) joules_scope *JOULES_NAME_(joules_scope_, __LINE__) = \
	    joules_scope_enter(tag)
#define JOULES_BREAK(tag) joules_scope_break(tag)
#define JOULES_FUNCTION() JOULES_SCOPE(__func__)

/* What the macros call. */
JOULES_API joules_scope *joules_scope_enter(const char *tag);
JOULES_API void joules_scope_break(const char *tag);
JOULES_API void joules_scope_leave(joules_scope **scope);

/* The meter of the macros. It is opened at first use, with all domains; the status says why there is none. The caller
 * must not close it. */
JOULES_API joules_status joules_default_meter(joules_meter **meter);
/* From now on the macros use the caller's meter (NULL: the process's own again). It must outlive every scope that it
 * serves. Before closing it, set another meter, or NULL. */
JOULES_API void joules_default_meter_set(joules_meter *meter);
/* Sends the finished traces of scopes to this handler (NULL: keeps them again). The handler must outlive the scopes,
 * and has priority over $JOULES_OUTPUT. If it cannot store a trace, it keeps it for its next save. */
JOULES_API void joules_default_handler_set(joules_handler *handler);
/* The handler of the macros; NULL if traces are kept. The status says why $JOULES_OUTPUT gives none. */
JOULES_API joules_status joules_default_handler(joules_handler **handler);
/* Hands over the traces that were kept so far, the oldest first. Release with joules_traces_free(). */
JOULES_API joules_status joules_default_traces(joules_trace ***traces, size_t *count);
/* Releases the list and its references to the traces. traces may be NULL. */
JOULES_API void joules_traces_free(joules_trace **traces, size_t count);

#else
#include <joules/disabled.h>
#endif

#ifdef __cplusplus
}
#endif

#endif
