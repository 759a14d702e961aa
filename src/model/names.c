/* SPDX-License-Identifier: MIT */
/* The words of formats.md for what the enums say. */
#include <joules/joules.h>

const char *joules_source_name(joules_source source)
{
	return source == JOULES_ESTIMATED ? "estimated" : "measured";
}

const char *joules_method_name(joules_method method)
{
	switch (method) {
	case JOULES_METHOD_POWER:
		return "power";
	case JOULES_METHOD_POWER_AVERAGE:
		return "power_average";
	case JOULES_METHOD_MODEL:
		return "model";
	case JOULES_METHOD_COUNTER:
	default:
		return "counter";
	}
}

const char *joules_gain_name(joules_gain gain)
{
	switch (gain) {
	case JOULES_GAIN_MEASURED:
		return "measured";
	case JOULES_GAIN_MODELLED:
		return "modelled";
	case JOULES_GAIN_ESTIMATED:
		return "estimated";
	case JOULES_GAIN_UNKNOWN:
	default:
		return "unknown";
	}
}

const char *joules_part_name(joules_part part)
{
	static const char *const names[] = { "other", "package", "core", "uncore", "dram", "platform", "gpu", "machine",
		"board", "node", "unknown" };
	return (unsigned)part < sizeof names / sizeof *names ? names[part] : "other";
}

const char *joules_reason_name(joules_reason reason)
{
	static const char *const names[] = { NULL, "absent", "permission", "asleep", "foreign", "unsupported", "failed",
		"reset", "slept", "implausible", "unread", "stuck", "short" };
	return (unsigned)reason < sizeof names / sizeof *names ? names[reason] : NULL;
}

const char *joules_flag_name(unsigned flag)
{
	switch (flag) {
	case JOULES_BELOW_TICK:
		return "below_tick";
	case JOULES_WRAPPED:
		return "wrapped";
	case JOULES_PARTIAL:
		return "partial";
	case JOULES_INVALID:
		return "invalid";
	case JOULES_STUCK:
		return "stuck";
	default:
		return NULL;
	}
}
