/* SPDX-License-Identifier: MIT */
/* Another package, pyJoules, has the folder pyJoules too: installed later it replaces our file there, and uninstalled
 * it takes ours away. python/joules/_alias.py says the same at `import joules`. */
#include "doctor/python.h"

#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "doctor/state.h"

/* The folder above the one that this program lies in: what pip installs into. */
static bool find_prefix(char *prefix, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", prefix, size - 1);
	if (length <= 0)
		return false;
	prefix[length] = '\0';
	for (int i = 0; i < 2; i++) {
		char *end = strrchr(prefix, '/');
		if (!end)
			return false;
		*end = '\0';
	}
	return true;
}

enum names { NAMES_OURS, NAMES_THEIRS, NAMES_GONE };

static enum names whose_names(const char *site)
{
	char path[PATH_MAX], text[2048];
	(void)snprintf(path, sizeof path, "%s/pyJoules/__init__.py", site);
	FILE *file = fopen(path, "re");
	if (!file)
		return NAMES_GONE;
	size_t length = fread(text, 1, sizeof text - 1, file);
	(void)fclose(file);
	text[length] = '\0';
	return strstr(text, "joules._alias") ? NAMES_OURS : NAMES_THEIRS;
}

static void tell(struct doctor *doctor, const char *site, enum names names)
{
	struct finding *finding = findings_add(&doctor->findings, FINDING_PROBLEM, "python");
	text_addf(&finding->what,
	    names == NAMES_THEIRS
	        ? "another pyJoules was installed over this one in %s/pyJoules: `import pyJoules` gives that one"
	        : "%s/pyJoules is gone, as after uninstalling another pyJoules: `import pyJoules` fails",
	    site);
	text_add(&finding->command,
	    "python -m pip uninstall -y pyJoules; python -m pip install --force-reinstall --no-deps joules");
}

void doctor_python(struct doctor *doctor)
{
	char prefix[PATH_MAX], pattern[PATH_MAX + 64];
	if (!find_prefix(prefix, sizeof prefix))
		return;
	static const char installed[] = "/joules/_alias.py";
	(void)snprintf(pattern, sizeof pattern, "%s/lib/python3*/*-packages%s", prefix, installed);
	glob_t found;
	if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *site = found.gl_pathv[i];
		site[strlen(site) - strlen(installed)] = '\0';
		enum names names = whose_names(site);
		if (names != NAMES_OURS)
			tell(doctor, site, names);
	}
	globfree(&found);
}
