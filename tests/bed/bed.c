/* SPDX-License-Identifier: MIT */
/* joules-bed: a machine with energy counters under a mount point, for tests and for people who have none. */
#include "bed.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The folder of the presets; the build says where. */
#ifndef BED_MACHINES
#define BED_MACHINES "machines"
#endif

struct arguments {
	const char *machine;
	const char *mountpoint;
	const char *mode;
	const char *seed;
	bool allow_other;
	bool foreground;
	bool list;
};

static const char usage[] = "usage: joules-bed [options] MOUNTPOINT\n"
                            "  --machine FILE|NAME  the machine to emulate (server); --list has the names\n"
                            "  --mode OCTAL         rights of energy_uj, whatever the machine says\n"
                            "  --seed NUMBER        another phase and jitter of the ticks\n"
                            "  --allow-other        other users may enter\n"
                            "  -f, --foreground     do not go to the background once the mount is ready\n"
                            "  --list               the machines that come with it\n"
                            "It ends with `fusermount3 -u MOUNTPOINT`, `umount MOUNTPOINT`, or SIGTERM.\n";

static int complain(const char *what, const char *value, const char *cure)
{
	fprintf(stderr, "joules-bed: %s %s%s%s\n", what, value, *cure ? ": " : "", cure);
	return 1;
}

static bool parse_arguments(struct arguments *arguments, int argc, char **argv)
{
	static const struct option options[] = {
		{ "machine", required_argument, NULL, 'm' },
		{ "mode", required_argument, NULL, 'r' },
		{ "seed", required_argument, NULL, 's' },
		{ "allow-other", no_argument, NULL, 'o' },
		{ "foreground", no_argument, NULL, 'f' },
		{ "list", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	for (int option; (option = getopt_long(argc, argv, "fh", options, NULL)) != -1;) {
		switch (option) {
		case 'm':
			arguments->machine = optarg;
			break;
		case 'r':
			arguments->mode = optarg;
			break;
		case 's':
			arguments->seed = optarg;
			break;
		case 'o':
			arguments->allow_other = true;
			break;
		case 'f':
			arguments->foreground = true;
			break;
		case 'l':
			arguments->list = true;
			break;
		case 'h':
		default:
			return false;
		}
	}
	arguments->mountpoint = optind == argc - 1 ? argv[optind] : NULL;
	return arguments->list || arguments->mountpoint != NULL;
}

static int is_preset(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int list_presets(void)
{
	struct dirent **entries;
	int count = scandir(BED_MACHINES, &entries, is_preset, alphasort);
	if (count < 0)
		return complain("cannot list", BED_MACHINES, strerror(errno));
	for (int i = 0; i < count; i++) {
		char path[PATH_MAX], problem[256];
		struct machine machine = { .mode = 0400 };
		snprintf(path, sizeof path, "%s/%s", BED_MACHINES, entries[i]->d_name);
		if (machine_read(&machine, path, problem, sizeof problem))
			printf("%-10s %s\n", entries[i]->d_name, machine.about ? machine.about : "");
		machine_free(&machine);
		free(entries[i]);
	}
	free(entries);
	return 0;
}

/* A word without a slash is a preset, if there is one of that name. */
static bool find_machine(const char *name, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s", BED_MACHINES, name);
	if (strchr(name, '/') == NULL) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0) {
			close(fd);
			return true;
		}
	}
	snprintf(path, PATH_MAX, "%s", name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Options win over the description. */
static int read_machine(struct machine *machine, const struct arguments *arguments)
{
	char path[PATH_MAX], problem[300];
	if (!find_machine(arguments->machine, path))
		return complain("no such machine:", arguments->machine, "neither a file nor one of joules-bed --list");
	machine->label = strdup(arguments->machine);
	machine->mode = 0400;
	machine->seed = arguments->seed ? strtoull(arguments->seed, NULL, 0) : 0;
	if (!machine_read(machine, path, problem, sizeof problem))
		return complain("cannot use the machine", problem, "");
	for (size_t i = 0; arguments->mode != NULL && i < machine->zone_count; i++)
		machine->zones[i]->mode = (mode_t)strtoul(arguments->mode, NULL, 8) & 0777;
	return 0;
}

/* What libfuse says of a missing device helps nobody. */
static int check_place(const char *mountpoint)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return complain("cannot open /dev/fuse:", strerror(errno),
		    errno == EACCES ? "try as root"
		                    : "load the module fuse (modprobe fuse); a container needs --device /dev/fuse");
	close(fd);
	fd = open(mountpoint, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return complain("cannot mount on", mountpoint, strerror(errno));
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	struct arguments arguments = { .machine = "server" };
	struct bed bed = { .problem = "" };
	char *mountpoint = NULL;
	if (!parse_arguments(&arguments, argc, argv)) {
		fputs(usage, stderr);
		return 2;
	}
	if (arguments.list)
		return list_presets();
	int status = read_machine(&bed.machine, &arguments);
	if (status == 0)
		status = check_place(arguments.mountpoint);
	if (status != 0)
		goto out;
	mountpoint = realpath(arguments.mountpoint, NULL);
	bed.machine.start_ns = machine_now(&bed.machine);
	bed.root = nodes_new(&bed.machine);
	if (mountpoint == NULL || bed.root == NULL) {
		status = complain("cannot build the tree of", arguments.machine, "two files of one name, or no memory");
		goto out;
	}
	status = fs_serve(&bed, argv[0], mountpoint, arguments.allow_other, arguments.foreground);
out:
	nodes_free(bed.root);
	machine_free(&bed.machine);
	free(mountpoint);
	return status;
}
