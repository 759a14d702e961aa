/* SPDX-License-Identifier: MIT */
/* The public header in C++17, with the library and, with -DJOULES_DISABLE, without it. */
#include <joules/joules.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			return 1; \
		} \
	} while (0)

namespace
{

void work(const std::string &tag, bool fails)
{
	JOULES_FUNCTION();
	JOULES_SCOPE(tag.c_str());
	JOULES_BREAK("second");
	if (fails)
		throw std::runtime_error("out of the block");
}

struct unref {
	void operator()(joules_trace *trace) const
	{
		joules_trace_unref(trace);
	}
};

} // namespace

int main()
{
	joules_options options = JOULES_OPTIONS_INIT;
	joules_domain domain = JOULES_DOMAIN_INIT;
	CHECK(options.size == sizeof options && domain.size == sizeof domain);
	const joules_energy nothing = JOULES_ENERGY_NONE;
	const joules_statistics statistics = JOULES_STATISTICS_INIT;
	const joules_comparison comparison = JOULES_COMPARISON_INIT;
	CHECK(nothing.flags == JOULES_INVALID && std::isnan(nothing.likely_low) && statistics.count == 0);
	CHECK(JOULES_HAS(&options, domains) && JOULES_HAS(&domain, unit_j) && JOULES_HAS(&statistics, first_outlier));
	CHECK(JOULES_HAS(&comparison, p) && std::isnan(comparison.p));
	options.size = offsetof(joules_options, estimate);
	CHECK(JOULES_HAS(&options, domains) && !JOULES_HAS(&options, estimate));
	work("first", false);
	bool thrown = false;
	try {
		work("first", true);
	} catch (const std::runtime_error &) {
		thrown = true;
	}
	CHECK(thrown);
	[] { JOULES_SCOPE("lambda"); }();

	joules_meter *meter;
	joules_status status = joules_default_meter(&meter);
	joules_trace **traces;
	size_t count;
	std::unique_ptr<joules_trace, unref> none;
#ifdef JOULES_DISABLE
	CHECK(status == JOULES_DISABLED && meter == nullptr);
	CHECK(joules_default_traces(&traces, &count) == JOULES_DISABLED && traces == nullptr && count == 0);
#else
	CHECK(joules_default_traces(&traces, &count) == JOULES_OK);
	/* An exception leaves scopes too. */
	CHECK(count == (status == JOULES_OK ? 5u : 0u));
	CHECK(std::strcmp(joules_version(), JOULES_VERSION) == 0);
	joules_traces_free(traces, count);
#endif
	return 0;
}
