/* SPDX-License-Identifier: MIT */
#include "measure/progress.h"

#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/write.h"

static const int64_t frame_ns = 250000000;
enum { BAR_CELLS = 24 };

/* A file or /dev/null: what is written there shows up on no terminal. */
static bool is_elsewhere(int fd)
{
	struct stat info;
	if (fstat(fd, &info) != 0)
		return true; /* closed */
	return S_ISREG(info.st_mode) || S_ISDIR(info.st_mode) || (S_ISCHR(info.st_mode) && info.st_rdev == makedev(1, 3));
}

void progress_open(struct progress *progress, bool enabled, uint64_t runs)
{
	*progress = (struct progress){ .enabled = enabled, .series_fd = -1, .all = runs, .mean_j = (double)NAN };
	if (enabled && runs > 1 && is_elsewhere(STDOUT_FILENO) && is_elsewhere(STDERR_FILENO))
		progress->series_fd = open("/dev/tty", O_WRONLY | O_CLOEXEC | O_NOCTTY);
	progress->begun_ns = clock_monotonic_ns();
}

void progress_close(struct progress *progress)
{
	progress_clear(progress);
	if (progress->series_fd >= 0)
		close(progress->series_fd);
	progress->series_fd = -1;
}

void progress_step(struct progress *progress, uint64_t done, double mean_j)
{
	progress->done = done;
	progress->mean_j = mean_j;
}

static int where(const struct progress *progress)
{
	int fd = progress->phase ? STDERR_FILENO : progress->series_fd;
	if (!progress->enabled || fd < 0 || !isatty(fd) || tcgetpgrp(fd) != getpgrp())
		return -1; /* in the background, writing could stop us */
	return fd;
}

static double seconds_since(int64_t begin)
{
	return (double)(clock_monotonic_ns() - begin) * 1e-9;
}

static void add_bar(struct text *line, double part)
{
	int filled = (int)((part < 1.0 ? part : 1.0) * BAR_CELLS);
	for (int i = 0; i < BAR_CELLS; i++)
		text_add(line, i < filled ? "█" : "░");
}

static void add_series(struct text *line, const struct progress *progress)
{
	double part = (double)progress->done / (double)progress->all;
	text_addf(line, "run %llu of %llu ", (unsigned long long)progress->done + 1, (unsigned long long)progress->all);
	add_bar(line, part);
	if (!isnan(progress->mean_j))
		text_addf(line, " %.3g J a run", progress->mean_j);
	if (progress->done > 0)
		text_addf(line, ", about %.0f s left", seconds_since(progress->begun_ns) * (1.0 / part - 1.0));
}

static void add_phase(struct text *line, const struct progress *progress)
{
	double gone = seconds_since(progress->begun_ns);
	text_addf(line, "%s ", progress->phase);
	add_bar(line, gone / progress->phase_s);
	text_addf(line, " %.0f s left", progress->phase_s > gone ? progress->phase_s - gone : 0.0);
}

void progress_draw(struct progress *progress)
{
	int64_t now = clock_monotonic_ns();
	if (!progress->enabled || now - progress->drawn_ns < frame_ns)
		return;
	progress->drawn_ns = now;
	int fd = where(progress);
	if (fd < 0)
		return;
	struct text line = TEXT_INIT;
	text_add(&line, "\r\033[K");
	if (progress->phase)
		add_phase(&line, progress);
	else
		add_series(&line, progress);
	progress->visible = write_all(fd, text_string(&line), line.length) == line.length;
	text_free(&line);
}

int64_t progress_wait_ns(const struct progress *progress)
{
	return progress->enabled && (progress->phase || progress->series_fd >= 0) ? frame_ns : -1;
}

void progress_clear(struct progress *progress)
{
	int fd = where(progress);
	if (progress->visible && fd >= 0)
		write_all(fd, "\r\033[K", 4);
	progress->visible = false;
	progress->phase = NULL;
	progress->drawn_ns = 0;
	progress->begun_ns = clock_monotonic_ns();
}

void progress_phase(struct progress *progress, const char *what, double seconds)
{
	progress->phase = what;
	progress->phase_s = seconds;
	progress->begun_ns = clock_monotonic_ns();
}

bool progress_sleep(struct progress *progress, struct signals *signals, double seconds)
{
	int64_t until = clock_monotonic_ns() + (int64_t)(seconds * 1e9);
	for (int64_t left; (left = until - clock_monotonic_ns()) > 0;) {
		progress_draw(progress);
		bool in_frames = progress->visible && left > frame_ns;
		if (!signals_sleep(signals, (double)(in_frames ? frame_ns : left) * 1e-9))
			return false;
	}
	return true;
}
