// SPDX-License-Identifier: MIT
// From C++17: the same header. Scopes end with their block, also by an exception; handles fit into std::unique_ptr.
#include <joules/joules.h>

#include <cstdio>
#include <ctime>
#include <memory>
#include <stdexcept>

template <typename T, void (*release)(T *)> struct releaser {
	void operator()(T *handle) const
	{
		release(handle);
	}
};
template <typename T, void (*release)(T *)> using handle = std::unique_ptr<T, releaser<T, release>>;

static void check(joules_status status)
{
	if (status != JOULES_OK)
		throw std::runtime_error(joules_error_message());
}

static void work(double seconds)
{
	volatile double sum = 0.0;
	for (auto end = std::clock() + static_cast<std::clock_t>(seconds * CLOCKS_PER_SEC); std::clock() < end;)
		sum = sum / 2 + 1;
}

static void try_something()
{
	JOULES_SCOPE("try");
	work(0.2);
	throw std::runtime_error("it did not work");
}

static void print(const joules_trace *trace)
{
	joules_sample *made = nullptr;
	check(joules_trace_sample(trace, 0, &made));
	const handle<joules_sample, joules_sample_free> sample(made);
	joules_source source;
	const joules_energy *total = joules_sample_total(sample.get(), &source);
	std::printf(
	    "%-8s %6.3f s  %8.3f J  %s\n", sample->tag, sample->duration_s, total->joules, joules_source_name(source));
}

static void measure_by_hand()
{
	joules_meter *opened = nullptr;
	check(joules_meter_open(&opened, nullptr));
	const handle<joules_meter, joules_meter_close> meter(opened);
	check(joules_meter_start(meter.get(), "by hand"));
	work(0.2);
	check(joules_meter_stop(meter.get()));
	joules_trace *trace = nullptr;
	check(joules_meter_trace(meter.get(), &trace));
	print(handle<joules_trace, joules_trace_unref>(trace).get());
}

int main()
try {
	measure_by_hand();
	try {
		try_something();
	} catch (const std::runtime_error &error) {
		std::printf("caught: %s\n", error.what());
	}
	joules_trace **traces;
	size_t count;
	check(joules_default_traces(&traces, &count));
	for (size_t i = 0; i < count; i++)
		print(traces[i]);
	joules_traces_free(traces, count);
} catch (const std::exception &error) {
	std::fprintf(stderr, "cxx: %s\n", error.what());
	return 1;
}
