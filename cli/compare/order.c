/* SPDX-License-Identifier: MIT */
#include "compare/order.h"

#include <sys/random.h>

#include "base/clock.h"

uint64_t order_seed(void)
{
	uint32_t seed;
	if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
		seed = (uint32_t)clock_monotonic_ns();
	return seed;
}

struct order order_from(uint64_t seed)
{
	return (struct order){ seed };
}

/* SplitMix64 (Steele, Lea and Flood, 2014). */
uint64_t order_number(struct order *order)
{
	uint64_t z = order->state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* 0 … n − 1, each as likely: what is left over beyond the last whole n is drawn again. */
static size_t draw_below(struct order *order, size_t n)
{
	uint64_t whole = UINT64_MAX - UINT64_MAX % n, number;
	do {
		number = order_number(order);
	} while (number >= whole);
	return (size_t)(number % n);
}

void order_draw(struct order *order, size_t *commands, size_t count)
{
	for (size_t i = 0; i < count; i++)
		commands[i] = i;
	for (size_t i = count; i > 1; i--) {
		size_t j = draw_below(order, i), last = commands[i - 1];
		commands[i - 1] = commands[j];
		commands[j] = last;
	}
}
