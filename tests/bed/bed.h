/* SPDX-License-Identifier: MIT */
/* What the parts of joules-bed share. */
#ifndef BED_BED_H
#define BED_BED_H

#include "nodes.h"

struct bed {
	struct machine machine;
	struct node *root;
	char problem[256]; /* what the last refused control command had wrong */
};

/* control.c: one command, as in README.md. False and a problem if it makes no sense. */
bool control_command(struct bed *bed, char *line);
char *control_text(const struct bed *bed);

/* truth.c: everything that the true energy of any time follows from, JSON. */
char *truth_text(const struct bed *bed);

/* fs.c: serves the machine at the mount point until it is unmounted or a signal ends it. The exit status. */
int fs_serve(struct bed *bed, const char *program, const char *mountpoint, bool allow_other, bool foreground);

#endif
