/* SPDX-License-Identifier: MIT */
#include "base/status.h"
#include "base/mask.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char last_message[1024];

joules_status joules_fail(joules_status status, const char *format, ...)
{
	/* Built aside: the arguments may point into the previous message. With room to spare, so that none is cut within a
	 * password, which would then not be known for one. */
	char message[4 * sizeof last_message];
	va_list arguments;
	va_start(arguments, format);
	(void)vsnprintf(message, sizeof message, format, arguments);
	va_end(arguments);
	mask_passwords(message);
	message[sizeof last_message - 1] = '\0';
	memcpy(last_message, message, sizeof last_message);
	return status;
}

const char *joules_error_message(void)
{
	return last_message;
}

static const char *cure_of(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
		return "; run as root, or get the right to use it (joules doctor shows how)";
	case EMFILE:
		return "; raise the limit of open files (ulimit -n)";
	case ENOSPC:
		return "; free some space";
	default:
		return "";
	}
}

joules_status fail_errno(int error, const char *what, const char *path)
{
	joules_status status = error == EACCES || error == EPERM ? JOULES_NO_PERMISSION
	    : error == ENOMEM                                    ? JOULES_NO_MEMORY
	                                                         : JOULES_IO;
	return joules_fail(status, "%s %s: %s%s", what, path, strerror(error), cure_of(error));
}

const char *joules_status_name(joules_status status)
{
	static const char *const names[] = {
		[JOULES_OK] = "JOULES_OK",
		[JOULES_INVALID_ARGUMENT] = "JOULES_INVALID_ARGUMENT",
		[JOULES_NO_MEMORY] = "JOULES_NO_MEMORY",
		[JOULES_NOT_STARTED] = "JOULES_NOT_STARTED",
		[JOULES_NOT_STOPPED] = "JOULES_NOT_STOPPED",
		[JOULES_NO_DEVICE] = "JOULES_NO_DEVICE",
		[JOULES_NO_DOMAIN] = "JOULES_NO_DOMAIN",
		[JOULES_NO_PERMISSION] = "JOULES_NO_PERMISSION",
		[JOULES_IO] = "JOULES_IO",
		[JOULES_UNKNOWN_FORMAT] = "JOULES_UNKNOWN_FORMAT",
		[JOULES_INCONSISTENT] = "JOULES_INCONSISTENT",
		[JOULES_IDLE_EXCEEDS] = "JOULES_IDLE_EXCEEDS",
		[JOULES_NOT_SETTLED] = "JOULES_NOT_SETTLED",
		[JOULES_DISABLED] = "JOULES_DISABLED",
	};
	size_t index = (size_t)status;
	return index < sizeof names / sizeof *names && names[index] ? names[index] : "unknown status";
}

const char *joules_version(void)
{
	return JOULES_VERSION;
}
