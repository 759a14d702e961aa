/* SPDX-License-Identifier: MIT */
/* A file as a whole. */
#ifndef JOULES_CLI_READ_H
#define JOULES_CLI_READ_H

#include <stdbool.h>

#include "base/text.h"

/* Appends what is in it. False and errno: EFBIG where that is more than `most` bytes. */
bool read_whole(const char *path, size_t most, struct text *content);

#endif
