/* SPDX-License-Identifier: MIT */
/* The tables of a store, and what turns an older file into one of today. docs/formats.md describes them. */
#ifndef JOULES_HANDLERS_SQLITE_SCHEMA_H
#define JOULES_HANDLERS_SQLITE_SCHEMA_H

/* "JOUL", in the header of each of our files: by it no other program's database is taken for one of ours. */
#define SCHEMA_APPLICATION 0x4A4F554C

/* What makes version n + 1 out of version n, NULL for today's; 0 is an empty file. Nothing is taken back: a released
 * step stays as it is, and a change is a new step. */
const char *schema_step(unsigned version);
/* Today's. */
unsigned schema_version(void);

#endif
