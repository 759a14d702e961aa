/* SPDX-License-Identifier: MIT */
#include "run/user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

static bool set_environment(const struct passwd *account)
{
	return setenv("HOME", account->pw_dir, 1) == 0 && setenv("USER", account->pw_name, 1) == 0 &&
	    setenv("LOGNAME", account->pw_name, 1) == 0;
}

static bool take_rights(const struct passwd *account)
{
	uid_t uid = account->pw_uid;
	gid_t gid = account->pw_gid;
	if (geteuid() != 0 && uid == getuid() && uid == geteuid())
		return true; /* that is who we are */
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
		cli_error("run", 0, "--user %s: %s: give the name of an account", name,
		    errno ? strerror(errno) : "there is no such account");
		return false;
	}
	if (!take_rights(account)) {
		cli_error("run", 0, "--user %s: %s: only root may become another account (sudo joules run --user %s …)", name,
		    strerror(errno), name);
		return false;
	}
	if (!set_environment(account)) {
		cli_error("run", 0, "out of memory");
		return false;
	}
	return true;
}
