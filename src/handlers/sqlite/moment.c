/* SPDX-License-Identifier: MIT */
#include "handlers/sqlite/moment.h"

#include <string.h>
#include <time.h>

#include "base/text.h"

static bool parse_ago(const char *string, double now, double *moment)
{
	static const struct {
		char unit;
		double seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };
	size_t length = strlen(string);
	char number[32];
	if (length < 2 || length > sizeof number)
		return false;
	memcpy(number, string, length - 1);
	number[length - 1] = '\0';
	double count;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (units[i].unit != string[length - 1] || !number_parse_double(number, &count))
			continue;
		*moment = now - count * units[i].seconds;
		return true;
	}
	return false;
}

/* So many digits at *at, which goes on behind them. */
static bool take_digits(const char **at, int digits, int *number)
{
	*number = 0;
	for (; digits > 0; digits--, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		*number = *number * 10 + (**at - '0');
	}
	return true;
}

static bool take(const char **at, char wanted)
{
	bool there = **at == wanted;
	*at += there;
	return there;
}

/* "Z", "+01:00", "-0530"; seconds east of Greenwich. */
static bool take_offset(const char **at, int *seconds)
{
	int hours, minutes, sign = **at == '-' ? -1 : 1;
	*seconds = 0;
	if (take(at, 'Z'))
		return true;
	if ((!take(at, '+') && !take(at, '-')) || !take_digits(at, 2, &hours))
		return false;
	(void)take(at, ':');
	if (!take_digits(at, 2, &minutes))
		return false;
	*seconds = sign * (hours * 3600 + minutes * 60);
	return true;
}

/* What is not written of the day is its first or its last moment: *rest is how long that stands for. */
static bool take_time(const char **at, struct tm *time, double *rest)
{
	*rest = 86400;
	if (!take(at, 'T') && !take(at, ' '))
		return true;
	if (!take_digits(at, 2, &time->tm_hour) || !take(at, ':') || !take_digits(at, 2, &time->tm_min))
		return false;
	*rest = 60;
	if (!take(at, ':'))
		return true;
	*rest = 1;
	return take_digits(at, 2, &time->tm_sec);
}

static bool is_calendar(const struct tm *written)
{
	struct tm normal = *written;
	return timegm(&normal) != (time_t)-1 && normal.tm_mday == written->tm_mday && normal.tm_mon == written->tm_mon &&
	    normal.tm_hour == written->tm_hour && normal.tm_min == written->tm_min;
}

static bool parse_iso(const char *at, bool last, double *moment)
{
	struct tm time = { .tm_isdst = -1 };
	int year, month, offset;
	time_t seconds;
	double rest;
	if (!take_digits(&at, 4, &year) || !take(&at, '-') || !take_digits(&at, 2, &month) || !take(&at, '-') ||
	    !take_digits(&at, 2, &time.tm_mday))
		return false;
	time.tm_year = year - 1900;
	time.tm_mon = month - 1;
	if (!take_time(&at, &time, &rest) || !is_calendar(&time))
		return false;
	if (*at) {
		if (!take_offset(&at, &offset) || *at)
			return false;
		seconds = timegm(&time) - offset;
	} else {
		seconds = mktime(&time);
	}
	*moment = (double)seconds + (last ? rest : 0.0);
	return true;
}

bool moment_parse(const char *string, bool last, double now, double *moment)
{
	return parse_ago(string, now, moment) || parse_iso(string, last, moment);
}
