/* SPDX-License-Identifier: MIT */
#include "base/shortest.h"

#include <charconv>
#include <system_error>

extern "C" size_t shortest_digits(double value, char digits[SHORTEST_DIGITS], int *exponent) noexcept
{
	/* "d.ddde±XXX": at most 17 digits, a point, and 5 for the exponent. */
	char text[32];
	const char *end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
	size_t count = 0;
	const char *at = text;
	for (; *at != 'e'; at++)
		if (*at != '.')
			digits[count++] = *at;
	bool negative = at[1] == '-';
	int power = 0;
	std::from_chars(at + 2, end, power);
	*exponent = negative ? -power : power;
	return count;
}

extern "C" bool shortest_parse(const char *first, const char *last, double *value) noexcept
{
	double parsed = 0;
	std::from_chars_result result = std::from_chars(first, last, parsed);
	if (result.ec != std::errc() || result.ptr != last)
		return false;
	*value = parsed;
	return true;
}
