/* SPDX-License-Identifier: MIT */
#include "model/moves.h"

void moves_forget(struct moves *moves)
{
	moves->first = moves->count;
}

void moves_add(struct moves *moves, const struct move *move)
{
	moves->kept[moves->count++ % MOVES_KEPT] = *move;
}

const struct move *moves_last(const struct moves *moves)
{
	return moves->count > moves->first ? &moves->kept[(moves->count - 1) % MOVES_KEPT] : NULL;
}

const struct move *moves_from(const struct moves *moves, uint64_t read)
{
	const struct move *found = NULL;
	uint64_t oldest = moves->count - moves->first > MOVES_KEPT ? moves->count - MOVES_KEPT : moves->first;
	for (uint64_t i = moves->count; i > oldest && moves->kept[(i - 1) % MOVES_KEPT].read >= read; i--)
		found = &moves->kept[(i - 1) % MOVES_KEPT];
	return found;
}
