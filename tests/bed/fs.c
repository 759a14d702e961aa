/* SPDX-License-Identifier: MIT */
/* The machine as a file system: every file is made at the moment when it is read, as the kernel does it. */
#define FUSE_USE_VERSION 31
#include "bed.h"

#include <errno.h>
#include <fuse.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MOST_COMMAND 4096

/* An open file outlives its zone: it keeps what it needs, and no node. */
struct handle {
	struct zone *zone;
	unsigned generation;
	mode_t mode;
	enum content content;
	int error;
	char *text; /* what the last read at 0 gave; later offsets go on in it, as fs/seq_file.c does */
};

static struct bed *the_bed(void)
{
	return fuse_get_context()->private_data;
}

static bool is_gone(const struct handle *handle)
{
	return handle->zone != NULL && (handle->zone->gone || handle->zone->generation != handle->generation);
}

/* ---- names and attributes ---- */

/* sysfs shows the size 4096 for files and 0 for links; the two of our own belong to whoever runs this. */
static void fill_stat(struct stat *stat, enum node_kind kind, mode_t mode, enum content content)
{
	bool ours = content == CONTENT_TRUTH || content == CONTENT_CONTROL;
	memset(stat, 0, sizeof *stat);
	stat->st_mode = mode;
	stat->st_nlink = kind == NODE_FOLDER ? 2 : 1;
	stat->st_uid = ours ? getuid() : 0;
	stat->st_gid = ours ? getgid() : 0;
	stat->st_mtime = stat->st_ctime = stat->st_atime = time(NULL);
	if (kind == NODE_FILE && !ours && content != CONTENT_STAT)
		stat->st_size = 4096;
}

static int bed_getattr(const char *path, struct stat *stat, struct fuse_file_info *file)
{
	const struct node *node = nodes_find(the_bed()->root, path);
	if (node != NULL) {
		fill_stat(stat, node->kind, node->mode, node->content);
		return 0;
	}
	if (file == NULL || file->fh == 0)
		return -ENOENT;
	const struct handle *handle = (const struct handle *)(uintptr_t)file->fh;
	fill_stat(stat, NODE_FILE, handle->mode, handle->content);
	return 0;
}

static int bed_readlink(const char *path, char *target, size_t size)
{
	const struct node *node = nodes_find(the_bed()->root, path);
	if (node == NULL)
		return -ENOENT;
	if (node->kind != NODE_LINK)
		return -EINVAL;
	snprintf(target, size, "%s", node->text);
	return 0;
}

static int bed_readdir(const char *path, void *out, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *file,
    enum fuse_readdir_flags flags)
{
	(void)offset;
	(void)file;
	(void)flags;
	const struct node *folder = nodes_find(the_bed()->root, path);
	if (folder == NULL)
		return -ENOENT;
	if (folder->kind != NODE_FOLDER)
		return -ENOTDIR;
	fill(out, ".", NULL, 0, 0);
	fill(out, "..", NULL, 0, 0);
	for (const struct node *node = folder->children; node != NULL; node = node->next)
		fill(out, node->name, NULL, 0, 0);
	return 0;
}

/* ---- files ---- */

static int bed_open(const char *path, struct fuse_file_info *file)
{
	const struct node *node = nodes_find(the_bed()->root, path);
	if (node == NULL)
		return -ENOENT;
	if ((file->flags & O_ACCMODE) != O_RDONLY && node->content != CONTENT_CONTROL)
		return -EACCES;
	struct handle *handle = calloc(1, sizeof *handle);
	if (handle == NULL)
		return -ENOMEM;
	*handle = (struct handle){ node->zone, node->zone ? node->zone->generation : 0, node->mode, node->content,
		node->error, NULL };
	if (node->content == CONTENT_TEXT && (handle->text = strdup(node->text)) == NULL) {
		free(handle);
		return -ENOMEM;
	}
	file->fh = (uint64_t)(uintptr_t)handle;
	file->direct_io = 1; /* each read() comes here */
	return 0;
}

static char *number_line(uint64_t value)
{
	char *text = NULL;
	return asprintf(&text, "%llu\n", (unsigned long long)value) < 0 ? NULL : text;
}

/* The content of this moment. NULL: out of memory. */
static char *show(struct bed *bed, struct zone *zone, enum content content)
{
	int64_t now = machine_now(&bed->machine);
	double uw;
	switch (content) {
	case CONTENT_ENERGY:
		return number_line(zone_energy_uj(zone, now));
	case CONTENT_POWER:
		uw = curve_power(&zone_register(zone)->curve, now) * 1e6;
		return number_line((uint64_t)uw);
	case CONTENT_STAT:
		return proc_stat(&bed->machine, now);
	case CONTENT_TRUTH:
		return truth_text(bed);
	case CONTENT_CONTROL:
		return control_text(bed);
	case CONTENT_TEXT:
	case CONTENT_REFUSED:
	default:
		return NULL;
	}
}

static int refresh(struct bed *bed, struct handle *handle)
{
	if (handle->content == CONTENT_TEXT)
		return 0;
	if (handle->content == CONTENT_REFUSED)
		return handle->error;
	int error = handle->content == CONTENT_ENERGY ? fault_of_read(&handle->zone->fault) : 0;
	if (error != 0)
		return error;
	free(handle->text);
	handle->text = show(bed, handle->zone, handle->content);
	return handle->text ? 0 : ENOMEM;
}

static int bed_read(const char *path, char *out, size_t size, off_t offset, struct fuse_file_info *file)
{
	(void)path;
	struct handle *handle = (struct handle *)(uintptr_t)file->fh;
	if (is_gone(handle))
		return -ENODEV;
	int error = offset == 0 || handle->text == NULL ? refresh(the_bed(), handle) : 0;
	if (error != 0)
		return -error;
	size_t length = strlen(handle->text);
	if ((size_t)offset >= length)
		return 0;
	size_t rest = length - (size_t)offset;
	size = size < rest ? size : rest;
	memcpy(out, handle->text + offset, size);
	return (int)size;
}

static int bed_write(const char *path, const char *bytes, size_t size, off_t offset, struct fuse_file_info *file)
{
	(void)path;
	(void)offset;
	(void)file;
	char lines[MOST_COMMAND];
	if (size >= sizeof lines)
		return -EINVAL;
	memcpy(lines, bytes, size);
	lines[size] = '\0';
	char *rest = lines;
	for (char *line; (line = strsep(&rest, "\n")) != NULL;)
		if (!control_command(the_bed(), line))
			return -EINVAL;
	return (int)size;
}

/* A shell's `echo … > control` truncates first. */
static int bed_truncate(const char *path, off_t size, struct fuse_file_info *file)
{
	(void)size;
	(void)file;
	const struct node *node = nodes_find(the_bed()->root, path);
	return node != NULL && node->content == CONTENT_CONTROL ? 0 : -EACCES;
}

static int bed_release(const char *path, struct fuse_file_info *file)
{
	(void)path;
	struct handle *handle = (struct handle *)(uintptr_t)file->fh;
	free(handle->text);
	free(handle);
	return 0;
}

/* Nothing is remembered by the kernel: a zone that vanishes is gone at once, and a mode that changes holds at once. */
static void *bed_init(struct fuse_conn_info *connection, struct fuse_config *config)
{
	(void)connection;
	config->entry_timeout = 0;
	config->attr_timeout = 0;
	config->negative_timeout = 0;
	return the_bed();
}

static const struct fuse_operations operations = {
	.init = bed_init,
	.getattr = bed_getattr,
	.readlink = bed_readlink,
	.readdir = bed_readdir,
	.open = bed_open,
	.read = bed_read,
	.write = bed_write,
	.truncate = bed_truncate,
	.release = bed_release,
};

/* Requests wait in the kernel from the mount on, so the tree can be used as soon as the foreground process has gone. */
int fs_serve(struct bed *bed, const char *program, const char *mountpoint, bool allow_other, bool foreground)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	int status = 1;
	struct fuse *fuse = NULL;
	if (fuse_opt_add_arg(&args, program) != 0 ||
	    fuse_opt_add_arg(&args, "-odefault_permissions,fsname=joules-bed") != 0 ||
	    (allow_other && fuse_opt_add_arg(&args, "-oallow_other") != 0))
		goto out;
	fuse = fuse_new(&args, &operations, sizeof operations, bed);
	if (fuse == NULL)
		goto out;
	struct fuse_session *session = fuse_get_session(fuse);
	if (fuse_set_signal_handlers(session) != 0)
		goto out;
	if (fuse_mount(fuse, mountpoint) != 0)
		goto out_signals;
	if (fuse_daemonize(foreground) == 0)
		status = fuse_loop(fuse) < 0 ? 1 : 0;
	fuse_unmount(fuse);
out_signals:
	fuse_remove_signal_handlers(session);
out:
	if (fuse != NULL)
		fuse_destroy(fuse);
	fuse_opt_free_args(&args);
	return status;
}
