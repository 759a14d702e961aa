/* SPDX-License-Identifier: MIT */
/* The message of the last failure of each thread. joules_fail() and joules_error_message() are declared in the public
 * header. */
#ifndef JOULES_BASE_STATUS_H
#define JOULES_BASE_STATUS_H

#include <joules/joules.h>

/* With the usual words. Here, so that whoever reads the callers, a compiler or an analyser, knows that it is no
 * JOULES_OK. */
static inline joules_status fail_memory(void)
{
	(void)joules_fail(JOULES_NO_MEMORY, "out of memory");
	return JOULES_NO_MEMORY;
}
/* "<what> <path>: <strerror>", with a cure where errno has an obvious one; NO_PERMISSION for EACCES and EPERM, else IO.
 */
joules_status fail_errno(int error, const char *what, const char *path);

#endif
