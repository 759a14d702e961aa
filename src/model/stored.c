/* SPDX-License-Identifier: MIT */
#include "model/stored.h"

#include <stdlib.h>

struct stored *stored_new(size_t domains)
{
	struct stored *stored = calloc(1, sizeof *stored);
	if (!stored)
		return NULL;
	stored->domains = domains;
	stored->whole = calloc(domains + 1, sizeof *stored->whole);
	if (stored->whole)
		return stored;
	stored_free(stored);
	return NULL;
}

void stored_free(struct stored *stored)
{
	if (!stored)
		return;
	free(stored->name);
	free(stored->host);
	free(stored->version);
	free(stored->series);
	free(stored->whole);
	free(stored->energies);
	free(stored);
}

joules_energy *stored_room(struct stored *stored, size_t index)
{
	if (index >= stored->capacity) {
		size_t capacity = stored->capacity ? 2 * stored->capacity : 16;
		joules_energy *energies = realloc(stored->energies, (capacity * stored->domains + 1) * sizeof *energies);
		if (!energies)
			return NULL;
		stored->energies = energies;
		stored->capacity = capacity;
	}
	return stored->energies + index * stored->domains;
}
