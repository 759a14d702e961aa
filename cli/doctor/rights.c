/* SPDX-License-Identifier: MIT */
/* Who may read the counters, and the commands of the group `joules` (packaging/README.md). Never proposed: counters
 * that everybody may read (CVE-2020-8694, PLATYPUS), or a capability on a program. */
#include "doctor/rights.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor/state.h"
#include "doctor/watch.h"

#define GROUP "joules"

enum { MOST_GROUPS = 256 };

struct group_facts {
	bool exists;
	gid_t gid;
	bool in_process;  /* this process may use it */
	bool in_database; /* from the user's next login on */
};

/* A name that needs no quotes, as it goes into commands that people copy. */
static bool is_plain(const char *name)
{
	return *name && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@-") == strlen(name);
}

/* Who should be given the right: whoever typed sudo, else who runs this. */
struct user {
	char name[64]; /* "": root itself, or nobody with a name */
	gid_t gid;
};

static struct user find_user(void)
{
	struct user user = { .name = "" };
	const char *sudo = getenv("SUDO_USER");
	const struct passwd *entry = geteuid() != 0 ? getpwuid(getuid())
	    : sudo && strcmp(sudo, "root") != 0     ? getpwnam(sudo)
	                                            : NULL;
	if (!entry || !is_plain(entry->pw_name) || strlen(entry->pw_name) >= sizeof user.name)
		return user;
	memcpy(user.name, entry->pw_name, strlen(entry->pw_name) + 1);
	user.gid = entry->pw_gid;
	return user;
}

/* For commands: the shell knows who it is where we do not. */
static const char *name_in_command(const struct user *user)
{
	return *user->name ? user->name : "\"$USER\"";
}

static bool has_gid(const gid_t *groups, int count, gid_t gid)
{
	for (int i = 0; i < count; i++)
		if (groups[i] == gid)
			return true;
	return false;
}

static struct group_facts group_facts(const struct user *user)
{
	struct group_facts facts = { 0 };
	const struct group *group = getgrnam(GROUP);
	if (!group)
		return facts;
	facts.exists = true;
	facts.gid = group->gr_gid;
	gid_t groups[MOST_GROUPS];
	int count = MOST_GROUPS;
	facts.in_process = getegid() == facts.gid || has_gid(groups, getgroups(MOST_GROUPS, groups), facts.gid);
	facts.in_database =
	    *user->name && getgrouplist(user->name, user->gid, groups, &count) > 0 && has_gid(groups, count, facts.gid);
	return facts;
}

/* The folders that systemd-tmpfiles searches. */
static bool tmpfiles_entry_is_installed(void)
{
	static const char *const paths[] = { "/etc/tmpfiles.d/joules.conf", "/run/tmpfiles.d/joules.conf",
		"/usr/local/lib/tmpfiles.d/joules.conf", "/usr/lib/tmpfiles.d/joules.conf" };
	struct stat info;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		if (stat(paths[i], &info) == 0)
			return true;
	return false;
}

/* user: as it stands in a command; NULL: nobody needs to join. */
static void group_commands(struct text *command, const char *user, const struct group_facts *facts)
{
	if (!facts->exists)
		text_add(command, "sudo groupadd -f -r " GROUP " && ");
	if (user && !facts->in_database)
		text_addf(command, "sudo usermod -aG " GROUP " %s && ", user);
	if (tmpfiles_entry_is_installed())
		text_add(command, "sudo systemd-tmpfiles --create joules.conf");
	else
		text_add(command,
		    "sudo find /sys/devices/virtual/powercap -name energy_uj -exec chgrp " GROUP " {} + -exec chmod 0440 {} +");
}

void doctor_rights_cure(const char *path, struct finding *finding)
{
	struct user user = find_user();
	struct group_facts facts = group_facts(&user);
	struct stat info = { 0 };
	bool is_ours = stat(path, &info) == 0 && facts.exists && info.st_gid == facts.gid && (info.st_mode & S_IRGRP);
	if (geteuid() == 0 || (is_ours && facts.in_process)) {
		text_addf(&finding->what,
		    "%s: reading it is refused although its mode allows it; a container or a security module of the kernel "
		    "forbids "
		    "it",
		    path);
		text_add(&finding->cure, "measure on the host");
	} else if (is_ours && facts.in_database) {
		text_addf(
		    &finding->what, "%s is readable by the group " GROUP ", which %s joined after logging in", path, user.name);
		text_add(&finding->cure, "log in again; for this shell only");
		text_add(&finding->command, "newgrp " GROUP);
	} else if (is_ours) {
		text_addf(&finding->what, "%s is readable by the group " GROUP ", which %s is not in", path,
		    *user.name ? user.name : "this user");
		text_add(&finding->cure, "join it");
		text_addf(&finding->command, "sudo usermod -aG " GROUP " %s", name_in_command(&user));
	} else {
		text_addf(&finding->what, "%s is readable by %s", path,
		    info.st_mode & (S_IRGRP | S_IROTH) ? "other users only" : "root only");
		text_add(&finding->cure, "let the group " GROUP " read it");
		group_commands(&finding->command, name_in_command(&user), &facts);
	}
}

static void find_other_ways(struct doctor *doctor)
{
	struct user user = find_user();
	struct finding *finding = findings_add(&doctor->findings, FINDING_ADVICE, "rights");
	text_add(&finding->what, "membership of a group takes effect at the next login");
	if (!tmpfiles_entry_is_installed())
		text_add(&finding->what,
		    "; the commands above last until the next boot (installing Joules makes them permanent, see "
		    "packaging/README.md)");
	text_add(&finding->cure, "for a single run, root can open the counters, and the command still runs as its user");
	text_addf(&finding->command, "sudo joules run --user %s -- COMMAND", name_in_command(&user));
}

/* The first domain whose file everybody may read; how many there are. */
static size_t count_world_readable(const struct doctor *doctor, const joules_domain **first)
{
	size_t count = 0;
	for (size_t i = 0; i < doctor->watch_count; i++) {
		const joules_domain *domain = doctor->watches[i].domain;
		struct stat info;
		if (!is_processors(domain->part) || stat(domain->path, &info) != 0 || !(info.st_mode & S_IROTH))
			continue;
		if (count++ == 0)
			*first = domain;
	}
	return count;
}

static void find_world_readable(struct doctor *doctor)
{
	const joules_domain *first = NULL;
	size_t count = count_world_readable(doctor, &first);
	if (!count)
		return;
	struct user user = find_user();
	struct group_facts facts = group_facts(&user);
	struct finding *finding = findings_add(&doctor->findings, FINDING_ADVICE, "rights");
	text_addf(&finding->what, "every user of this machine can read %s", first->path);
	if (count > 1)
		text_addf(&finding->what, " and %zu more", count - 1);
	text_add(
	    &finding->what, ", and so could find out what others compute, including their keys (PLATYPUS, CVE-2020-8694)");
	text_add(&finding->cure, "let only a group read them");
	group_commands(&finding->command, *user.name ? user.name : NULL, &facts);
}

static void find_sudo(struct doctor *doctor)
{
	struct user user = find_user();
	if (!*user.name)
		return;
	struct finding *finding = findings_add(&doctor->findings, FINDING_ADVICE, "rights");
	text_add(&finding->what,
	    "you are root through sudo: `joules run` starts its command as root too, unless --user names a user");
	text_addf(&finding->command, "sudo joules run --user %s -- COMMAND", user.name);
}

/* Root ignores the modes of files; whoever else measures does not. */
static void find_locked(struct doctor *doctor)
{
	const joules_domain *first = NULL;
	size_t count = 0;
	for (size_t i = 0; i < doctor->watch_count; i++) {
		const joules_domain *domain = doctor->watches[i].domain;
		struct stat info;
		if (!is_processors(domain->part) || stat(domain->path, &info) != 0 || (info.st_mode & (S_IRGRP | S_IROTH)))
			continue;
		first = first ? first : domain;
		count++;
	}
	if (!count)
		return;
	struct user user = find_user();
	struct group_facts facts = group_facts(&user);
	struct finding *finding = findings_add(&doctor->findings, FINDING_ADVICE, "rights");
	text_addf(&finding->what, "only root can read %s", first->path);
	if (count > 1)
		text_addf(&finding->what, " and %zu more", count - 1);
	text_add(&finding->what, ": other users of this machine cannot measure with them");
	text_add(&finding->cure, "let the group " GROUP " read them");
	group_commands(&finding->command, *user.name ? user.name : NULL, &facts);
}

void doctor_rights(struct doctor *doctor)
{
	if (geteuid() == 0) {
		find_sudo(doctor);
		find_locked(doctor);
	} else if (doctor->forbidden) {
		find_other_ways(doctor);
	}
	find_world_readable(doctor);
}
