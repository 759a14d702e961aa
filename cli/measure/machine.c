/* SPDX-License-Identifier: MIT */
#include "measure/machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cputime.h"
#include "cli.h"
#include "measure/notes.h"

bool machine_open_meter(struct machine *machine, const joules_options *options)
{
	if (joules_meter_open(&machine->meter, options) == JOULES_OK)
		return true;
	cli_error(cli_verb, 0, "%s", joules_error_message());
	return false;
}

static void open_marks(struct machine *machine, struct notes *notes)
{
	if (!marks_open(&machine->marks))
		notes_add(notes, "the command cannot set marks: no pipe could be made in %s: %s",
		    secure_getenv("TMPDIR") ? "$TMPDIR or /tmp" : "/tmp", strerror(errno));
}

bool machine_open(struct machine *machine, const char *sysroot, struct notes *notes)
{
	if (sysroot)
		machine->busy_fd = cputime_open(sysroot);
	children_adopt();
	open_marks(machine, notes);
	if (signals_take_over(&machine->signals))
		return true;
	cli_error(cli_verb, 0, "signals: %s", strerror(errno));
	return false;
}

void machine_close(struct machine *machine)
{
	progress_close(&machine->progress);
	marks_close(&machine->marks);
	signals_close(&machine->signals);
	hidden_close(&machine->hidden);
	joules_meter_close(machine->meter);
	if (machine->busy_fd >= 0)
		close(machine->busy_fd);
	*machine = (struct machine)MACHINE_CLOSED;
}
