/* SPDX-License-Identifier: MIT */
#include "handlers/sqlite/schema.h"

#include <stddef.h>

#include <joules/joules.h>

/* No STRICT tables: SQLite 3.34 (RHEL 9) cannot open them. No foreign keys, which each connection would have to switch
 * on: a trigger takes the rest of a run along, whoever deletes it. What is read in the order of its key is kept in it
 * (WITHOUT ROWID). Texts are valid UTF-8, as readers expect them; where that is not what was given, the exact bytes
 * stand beside them. */
static const char *const steps[] = {
	"PRAGMA application_id = 0x4A4F554C;"
	"CREATE TABLE schema_version(version INTEGER NOT NULL);"
	"INSERT INTO schema_version VALUES(0);"
	"CREATE TABLE setting(name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
	"CREATE TABLE run("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
	"  begin REAL, duration_s REAL, host TEXT NOT NULL, version TEXT NOT NULL,"
	"  series TEXT NOT NULL, number INTEGER NOT NULL,"
	"  total_joules REAL, total_low REAL, total_high REAL, total_source TEXT, total_flags TEXT NOT NULL,"
	"  truncated INTEGER NOT NULL);"
	"CREATE TABLE label("
	"  run INTEGER NOT NULL, number INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, value_bytes BLOB,"
	"  PRIMARY KEY(run, number)) WITHOUT ROWID;"
	"CREATE TABLE unsent(run INTEGER NOT NULL, uri TEXT NOT NULL, PRIMARY KEY(run, uri)) WITHOUT ROWID;"
	/* The domains of a run, and what each took in all of it. Those that exist and could not be read are `missing`. */
	"CREATE TABLE domain("
	"  run INTEGER NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, device TEXT, part TEXT, parent TEXT,"
	"  source TEXT NOT NULL, method TEXT NOT NULL, gain TEXT, scope TEXT, missing INTEGER NOT NULL,"
	"  joules REAL, low REAL, high REAL, flags INTEGER NOT NULL, reason TEXT, likely_low REAL, likely_high REAL,"
	"  seen_s REAL, PRIMARY KEY(run, number)) WITHOUT ROWID;"
	"CREATE TABLE sample("
	"  run INTEGER NOT NULL, number INTEGER NOT NULL, tag TEXT NOT NULL, tag_bytes BLOB, timestamp REAL,"
	"  duration_s REAL, PRIMARY KEY(run, number)) WITHOUT ROWID;"
	/* Behind sample_energy: its words are the domain's, so a million samples do not repeat them. */
	"CREATE TABLE value("
	"  run INTEGER NOT NULL, sample INTEGER NOT NULL, domain INTEGER NOT NULL, joules REAL, low REAL, high REAL,"
	"  flags INTEGER NOT NULL, reason TEXT, likely_low REAL, likely_high REAL, seen_s REAL,"
	"  PRIMARY KEY(run, sample, domain)) WITHOUT ROWID;"
	"CREATE VIEW sample_energy AS"
	"  SELECT value.run, value.sample, domain.name AS domain, value.joules, value.low, value.high, domain.source,"
	"    domain.method, rtrim(iif(value.flags & 1, 'below_tick ', '') || iif(value.flags & 2, 'wrapped ', '') ||"
	"      iif(value.flags & 4, 'partial ', '') || iif(value.flags & 8, 'invalid ', '') ||"
	"      iif(value.flags & 16, 'stuck ', '')) AS flags"
	"  FROM value JOIN domain ON domain.run = value.run AND domain.number = value.domain;"
	"CREATE TRIGGER run_deleted AFTER DELETE ON run BEGIN"
	"  DELETE FROM label WHERE run = OLD.id;"
	"  DELETE FROM unsent WHERE run = OLD.id;"
	"  DELETE FROM domain WHERE run = OLD.id;"
	"  DELETE FROM sample WHERE run = OLD.id;"
	"  DELETE FROM value WHERE run = OLD.id;"
	"END;",
};

enum { STEPS = sizeof steps / sizeof *steps };

const char *schema_step(unsigned version)
{
	return version < STEPS ? steps[version] : NULL;
}

unsigned schema_version(void)
{
	return STEPS;
}

const char *joules_store_schema(unsigned version)
{
	return schema_step(version);
}
