/* SPDX-License-Identifier: MIT */
/* A handler of one's own, known by its name. This one adds up, for each tag, what finished scopes took:
 *
 *	example_handler                     the table of sums
 *	example_handler csv:scopes.csv      a handler that Joules brings
 */
#include <joules/joules.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

struct sums {
	size_t count;
	struct {
		char tag[32];
		double joules;
		unsigned times;
	} of[16];
};

static void work(double seconds)
{
	volatile double sum = 0.0;
	for (clock_t end = clock() + (clock_t)(seconds * CLOCKS_PER_SEC); clock() < end;)
		sum = sum / 2 + 1;
}

static joules_status add(struct sums *sums, const char *tag, double joules)
{
	size_t i = 0;
	while (i < sums->count && strcmp(sums->of[i].tag, tag) != 0)
		i++;
	if (i == sizeof sums->of / sizeof *sums->of)
		return joules_fail(JOULES_NO_MEMORY, "more than %zu tags", i);
	if (i == sums->count)
		(void)snprintf(sums->of[sums->count++].tag, sizeof sums->of[i].tag, "%s", tag);
	sums->of[i].joules += joules;
	sums->of[i].times++;
	return JOULES_OK;
}

static joules_status process(void *state, joules_trace *trace)
{
	joules_status status = JOULES_OK;
	joules_sample *sample = NULL;
	for (size_t i = 0; status == JOULES_OK && i < joules_trace_count(trace); i++) {
		status = joules_trace_sample(trace, i, &sample);
		if (status == JOULES_OK)
			status = add(state, sample->tag, joules_sample_total(sample, NULL)->joules);
	}
	joules_sample_free(sample);
	return status;
}

/* Called by joules_handler_close() too. */
static joules_status save(void *state)
{
	const struct sums *sums = state;
	for (size_t i = 0; i < sums->count; i++)
		printf("%-8s %u times  %8.3f J\n", sums->of[i].tag, sums->of[i].times, sums->of[i].joules);
	return JOULES_OK;
}

static joules_status open_sums(void *context, const char *target, void **state)
{
	if (*target)
		return joules_fail(JOULES_INVALID_ARGUMENT, "sums goes to the standard output; leave out :%s", target);
	*state = context;
	return JOULES_OK;
}

static const joules_handler_ops ops = {
	.size = sizeof ops, .name = "sums", .open = open_sums, .process = process, .save = save
};

int main(int argc, char **argv)
{
	struct sums sums = { .count = 0 };
	joules_handler *handler;
	if (joules_handler_register(&ops, &sums) != JOULES_OK ||
	    joules_handler_open(&handler, argc > 1 ? argv[1] : "sums") != JOULES_OK) {
		fprintf(stderr, "%s\n", joules_error_message());
		return 1;
	}
	joules_default_handler_set(handler);
	for (int i = 0; i < 3; i++) {
		JOULES_SCOPE("read");
		work(0.05);
		JOULES_BREAK("write");
		work(0.15);
	}
	joules_default_handler_set(NULL);
	return joules_handler_close(handler) == JOULES_OK ? 0 : 1;
}
