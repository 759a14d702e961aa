/* SPDX-License-Identifier: MIT */
#include "measure/user.h"

#include <errno.h>
#include <grp.h>
#include <paths.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

/* Of the account that we were, as `su -` leaves them out: a program that follows them meets files that are not its own,
 * or makes some there. */
static const char *const others[] = { "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME",
	"XDG_STATE_HOME", "DBUS_SESSION_BUS_ADDRESS" };

static bool set_mail(const struct passwd *account)
{
	char *box;
	if (asprintf(&box, _PATH_MAILDIR "/%s", account->pw_name) < 0)
		return false;
	bool done = setenv("MAIL", box, 1) == 0;
	free(box);
	return done;
}

static bool set_environment(const struct passwd *account)
{
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		unsetenv(others[i]);
	return setenv("HOME", account->pw_dir, 1) == 0 && setenv("USER", account->pw_name, 1) == 0 &&
	    setenv("LOGNAME", account->pw_name, 1) == 0 &&
	    setenv("SHELL", *account->pw_shell ? account->pw_shell : _PATH_BSHELL, 1) == 0 && set_mail(account);
}

static bool is_our_own(const struct passwd *account)
{
	return geteuid() != 0 && account->pw_uid == getuid() && account->pw_uid == geteuid();
}

static bool take_rights(const struct passwd *account)
{
	uid_t uid = account->pw_uid;
	gid_t gid = account->pw_gid;
	if (initgroups(account->pw_name, gid) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
		return false;
	errno = EPERM;
	return uid == 0 || setuid(0) != 0; /* no way back, or no way on */
}

bool user_become(const char *name)
{
	errno = 0;
	const struct passwd *account = getpwnam(name);
	if (!account) {
		cli_error(cli_verb, 0, "--user %s: %s: give the name of an account", name,
		    errno ? strerror(errno) : "there is no such account");
		return false;
	}
	if (is_our_own(account))
		return true;
	if (!take_rights(account)) {
		cli_error(cli_verb, 0,
		    "--user %s: %s: only root may run a command as another user (sudo joules run --user %s …)", name,
		    strerror(errno), name);
		return false;
	}
	if (!set_environment(account)) {
		cli_error(cli_verb, 0, "out of memory");
		return false;
	}
	return true;
}
