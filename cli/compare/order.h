/* SPDX-License-Identifier: MIT */
/* The order of the commands in a round, drawn anew for each: that it is drawn is what makes the test exact. */
#ifndef JOULES_CLI_ORDER_H
#define JOULES_CLI_ORDER_H

#include <stddef.h>
#include <stdint.h>

struct order {
	uint64_t state;
};

/* A seed that nobody has chosen, short enough to be typed again. */
uint64_t order_seed(void);
/* The same seed draws the same orders. */
struct order order_from(uint64_t seed);
uint64_t order_number(struct order *order);
void order_draw(struct order *order, size_t *commands, size_t count);

#endif
