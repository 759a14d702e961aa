/* SPDX-License-Identifier: MIT */
#include "virtual.h"

#include "emulated.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEGIN_NS INT64_C(1000000000000)
#define WALL_AHEAD_NS INT64_C(1700000000000000000)

struct virtual_domain {
	char name[64];
	char parent[64];
	char reason[128];
	struct virtual_spec spec;
	struct emulated emulated;
	struct tick said_tick;
	struct fault fault;
};

/* One machine a process: joules_device_register() has no way back either. */
static struct {
	pthread_mutex_t lock;
	uint64_t seed;
	int64_t now_ns;
	int64_t asleep_ns;
	int64_t read_ns;
	int64_t clock_ns;
	int64_t preempt_ns;
	uint32_t preempt_ppm;
	uint64_t reads;
	struct fault fault;
	unsigned count;
	struct virtual_domain domains[VIRTUAL_MOST];
} machine = { .lock = PTHREAD_MUTEX_INITIALIZER, .now_ns = BEGIN_NS };

static void lock(void)
{
	pthread_mutex_lock(&machine.lock);
}

static void unlock(void)
{
	pthread_mutex_unlock(&machine.lock);
}

static _Noreturn void refuse(const char *what, const char *value)
{
	fprintf(stderr, "virtual machine: %s: %s\n", what, value);
	abort();
}

static struct virtual_domain *domain_of(unsigned domain)
{
	if (domain >= machine.count)
		refuse("no such domain", "its number was not given by virtual_add()");
	return &machine.domains[domain];
}

/* Curves and ticks count from the machine's begin. */
static int64_t since_begin(int64_t ns)
{
	return ns - BEGIN_NS;
}

/* ---- the clock ---- */

static int64_t look(int64_t ahead_ns)
{
	lock();
	machine.now_ns += machine.clock_ns;
	int64_t now = machine.now_ns + ahead_ns;
	unlock();
	return now;
}

static int64_t look_monotonic(void)
{
	return look(0);
}

static int64_t look_boottime(void)
{
	lock();
	int64_t asleep = machine.asleep_ns;
	unlock();
	return look(asleep);
}

static int64_t look_wall(void)
{
	return look(WALL_AHEAD_NS);
}

void virtual_advance(int64_t ns)
{
	lock();
	machine.now_ns += ns > 0 ? ns : 0;
	unlock();
}

const struct clock_source virtual_clock = { look_monotonic, look_boottime, look_wall, virtual_advance };

int64_t virtual_now(void)
{
	lock();
	int64_t now = machine.now_ns;
	unlock();
	return now;
}

void virtual_cost(int64_t read_ns, int64_t clock_ns)
{
	lock();
	machine.read_ns = read_ns;
	machine.clock_ns = clock_ns;
	unlock();
}

void virtual_preempt(uint32_t ppm, int64_t ns)
{
	lock();
	machine.preempt_ppm = ppm;
	machine.preempt_ns = ns;
	unlock();
}

/* ---- the machine ---- */

static void forget(void)
{
	for (unsigned i = 0; i < machine.count; i++)
		curve_free(&machine.domains[i].emulated.curve);
	memset(machine.domains, 0, sizeof machine.domains);
	machine.count = 0;
	machine.now_ns = BEGIN_NS;
	machine.asleep_ns = machine.read_ns = machine.clock_ns = machine.preempt_ns = 0;
	machine.preempt_ppm = 0;
	machine.reads = 0;
	machine.fault = (struct fault){ 0 };
}

void virtual_begin(uint64_t seed)
{
	lock();
	forget();
	machine.seed = seed;
	unlock();
	clock_source_set(&virtual_clock);
}

void virtual_end(void)
{
	clock_source_set(NULL);
	lock();
	forget();
	unlock();
}

static void add_shape(struct emulated *emulated, int64_t ns, const char *power)
{
	struct shape shape;
	if (!shape_parse(power, &shape))
		refuse("no power curve", power);
	if (!curve_add(&emulated->curve, ns, &shape))
		refuse("no memory", power);
}

static void copy(char *to, size_t size, const char *from)
{
	if (from != NULL && strlen(from) >= size)
		refuse("too long", from);
	strcpy(to, from ? from : "");
}

unsigned virtual_add(const struct virtual_spec *spec)
{
	lock();
	if (machine.count == VIRTUAL_MOST)
		refuse("too many domains", spec->name);
	struct virtual_domain *domain = &machine.domains[machine.count];
	struct emulated *emulated = &domain->emulated;
	domain->spec = *spec;
	copy(domain->name, sizeof domain->name, spec->name);
	copy(domain->parent, sizeof domain->parent, spec->parent);
	copy(domain->reason, sizeof domain->reason, spec->unavailable);
	uint64_t seed = bed_hash(machine.seed, machine.count);
	if (!tick_preset(spec->tick ? spec->tick : "exact", seed, &emulated->tick))
		refuse("no kind of tick", spec->tick);
	domain->said_tick = emulated->tick;
	if (spec->said_tick && !tick_preset(spec->said_tick, seed, &domain->said_tick))
		refuse("no kind of tick", spec->said_tick);
	emulated->unit_j = spec->unit_j > 0 ? spec->unit_j : 1.0 / 16384;
	bool wraps = spec->kind == JOULES_KIND_COUNTER && spec->modulus != VIRTUAL_NEVER_WRAPS;
	emulated->modulus = !wraps ? 0 : spec->modulus > 0 ? spec->modulus : UINT64_C(1) << 32;
	emulated->base_raw = 1 + seed % (UINT64_C(1) << 30);
	add_shape(emulated, 0, spec->power ? spec->power : "constant 10");
	if (spec->wrap_after_j > 0)
		emulated_wrap_after(emulated, since_begin(machine.now_ns), spec->wrap_after_j);
	unsigned number = machine.count++;
	unlock();
	return number;
}

void virtual_suspend(int64_t ns, uint64_t raw)
{
	lock();
	machine.asleep_ns += ns;
	for (unsigned i = 0; i < machine.count; i++)
		emulated_set(&machine.domains[i].emulated, since_begin(machine.now_ns), raw);
	unlock();
}

void virtual_power(unsigned domain, const char *power)
{
	lock();
	add_shape(&domain_of(domain)->emulated, since_begin(machine.now_ns), power);
	unlock();
}

void virtual_freeze(unsigned domain)
{
	lock();
	emulated_freeze(&domain_of(domain)->emulated, since_begin(machine.now_ns));
	unlock();
}

void virtual_thaw(unsigned domain)
{
	lock();
	emulated_thaw(&domain_of(domain)->emulated, since_begin(machine.now_ns));
	unlock();
}

void virtual_reset(unsigned domain, uint64_t raw)
{
	lock();
	emulated_set(&domain_of(domain)->emulated, since_begin(machine.now_ns), raw);
	unlock();
}

void virtual_step(unsigned domain, double joules)
{
	lock();
	emulated_step(&domain_of(domain)->emulated, since_begin(machine.now_ns), joules);
	unlock();
}

void virtual_fail(unsigned domain, int error, uint64_t from, uint64_t count)
{
	lock();
	struct fault *fault = domain == VIRTUAL_ALL ? &machine.fault : &domain_of(domain)->fault;
	*fault = (struct fault){ error, from, count, 0 };
	unlock();
}

uint64_t virtual_reads(void)
{
	lock();
	uint64_t reads = machine.reads;
	unlock();
	return reads;
}

double virtual_truth(unsigned domain, int64_t begin_ns, int64_t end_ns)
{
	lock();
	const struct curve *curve = &domain_of(domain)->emulated.curve;
	double joules = curve_energy(curve, since_begin(end_ns)) - curve_energy(curve, since_begin(begin_ns));
	unlock();
	return joules;
}

double virtual_watts(unsigned domain, int64_t at_ns)
{
	lock();
	double watts = curve_power(&domain_of(domain)->emulated.curve, since_begin(at_ns));
	unlock();
	return watts;
}

int64_t virtual_next_tick(unsigned domain, int64_t after_ns)
{
	lock();
	int64_t next = BEGIN_NS + tick_next(&domain_of(domain)->emulated.tick, since_begin(after_ns));
	unlock();
	return next;
}

/* ---- the device ---- */

struct state {
	size_t count;
	unsigned domains[];
};

static void describe(const struct virtual_domain *domain, joules_domain *info)
{
	const struct virtual_spec *spec = &domain->spec;
	const struct emulated *emulated = &domain->emulated;
	const joules_domain empty = JOULES_DOMAIN_INIT;
	*info = empty;
	info->name = domain->name;
	info->kind = spec->kind;
	info->part = spec->part;
	info->parent = domain->parent[0] ? domain->parent : NULL;
	info->available = domain->reason[0] == '\0';
	info->reason = info->available ? NULL : domain->reason;
	info->reason_code = spec->reason;
	info->gain = JOULES_GAIN_MEASURED;
	info->unit_j = emulated->unit_j;
	info->unit_error = spec->unit_error;
	info->modulus = emulated->modulus;
	info->tick_s = (double)domain->said_tick.period_ns / 1e9;
	int64_t longest_ns = tick_longest(&domain->said_tick);
	info->longest_tick_s = (double)longest_ns / 1e9;
	info->settle_s = 20 * (info->tick_s > 0 ? info->tick_s : 0.001);
	info->max_power_w = spec->max_power_w > 0 ? spec->max_power_w : 2000;
	info->least_power_w = spec->least_power_w;
	info->package = spec->package;
	info->hosted = spec->hosted;
	info->max_unread_s = spec->max_unread_s;
}

static joules_status discover(void *context, const joules_options *options, joules_discovery *found)
{
	(void)context;
	(void)options;
	for (unsigned i = 0; i < machine.count; i++) {
		joules_domain info;
		describe(&machine.domains[i], &info);
		joules_status status = joules_discovery_add(found, &info);
		if (status != JOULES_OK)
			return status;
	}
	joules_absence absence = JOULES_ABSENCE_INIT;
	absence.reason = "no virtual domain was added";
	return machine.count > 0 ? JOULES_OK : joules_discovery_absent(found, &absence);
}

static joules_status open_domains(
    void *context, const joules_options *options, const joules_domain *const *domains, size_t count, void **state)
{
	(void)context;
	(void)options;
	struct state *opened = malloc(sizeof *opened + count * sizeof opened->domains[0]);
	if (opened == NULL)
		return joules_fail(JOULES_NO_MEMORY, "virtual: no memory for %zu domains", count);
	opened->count = count;
	for (size_t i = 0; i < count; i++) {
		unsigned number = 0;
		while (number < machine.count && strcmp(machine.domains[number].name, domains[i]->name) != 0)
			number++;
		if (number == machine.count) {
			free(opened);
			return joules_fail(JOULES_NO_DOMAIN, "virtual: no domain named %s", domains[i]->name);
		}
		opened->domains[i] = number;
	}
	*state = opened;
	return JOULES_OK;
}

static void read_one(struct virtual_domain *domain, joules_raw *raw)
{
	bool preempted = bed_hash(machine.seed ^ 0x7265616400, machine.reads++) % 1000000 < machine.preempt_ppm;
	bool before = machine.reads % 2 == 0;
	machine.now_ns += machine.read_ns / 2 + (preempted && before ? machine.preempt_ns : 0);
	int error = fault_of_read(&machine.fault);
	int own_error = fault_of_read(&domain->fault);
	*raw = (joules_raw){ .error = error != 0 ? error : own_error };
	raw->ok = raw->error == 0;
	if (raw->ok) {
		raw->count = emulated_raw(&domain->emulated, since_begin(machine.now_ns));
		raw->joules = (double)raw->count * domain->emulated.unit_j;
	}
	machine.now_ns += machine.read_ns - machine.read_ns / 2 + (preempted && !before ? machine.preempt_ns : 0);
}

static void read_domains(void *state, joules_raw *const raw[])
{
	const struct state *opened = state;
	lock();
	for (size_t i = 0; i < opened->count; i++)
		read_one(domain_of(opened->domains[i]), raw[i]);
	unlock();
}

const joules_device_ops virtual_ops = {
	.size = sizeof virtual_ops,
	.name = "virtual",
	.discover = discover,
	.open = open_domains,
	.read = read_domains,
	.close = free,
};
