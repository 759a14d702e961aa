/* SPDX-License-Identifier: MIT */
#include "measure/progress.h"

#include <fcntl.h>
#include <math.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/write.h"
#include "layout.h"
#include "term.h"

static const int64_t frame_ns = 250000000;
enum { BAR_CELLS = 24 };

static unsigned device_of(int fd)
{
	unsigned device = 0;
	return ioctl(fd, TIOCGDEV, &device) == 0 ? device : 0;
}

/* A file, /dev/null or another terminal. A pipe may end at ours (| tee), so it is not elsewhere. */
static bool is_elsewhere(int fd, int terminal)
{
	struct stat info;
	if (fstat(fd, &info) != 0)
		return true; /* closed */
	if (isatty(fd))
		return device_of(fd) != device_of(terminal);
	return S_ISREG(info.st_mode) || S_ISDIR(info.st_mode) || (S_ISCHR(info.st_mode) && info.st_rdev == makedev(1, 3));
}

/* The terminal of a series: where no output of the command goes. Errors may come there, and then the bar leaves them
 * room. */
static void find_terminal(struct progress *progress, bool hides_output)
{
	int terminal = open("/dev/tty", O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (terminal < 0)
		return;
	bool errs_elsewhere = hides_output || is_elsewhere(STDERR_FILENO, terminal);
	progress->shared = !errs_elsewhere && isatty(STDERR_FILENO);
	if ((hides_output || is_elsewhere(STDOUT_FILENO, terminal)) && (errs_elsewhere || progress->shared))
		progress->series_fd = terminal;
	else
		close(terminal);
}

void progress_open(struct progress *progress, bool enabled, bool hides_output, uint64_t rounds, size_t commands)
{
	*progress = (struct progress){ .enabled = enabled, .series_fd = -1, .commands = commands, .mean_j = (double)NAN };
	progress_plan(progress, rounds);
	if (enabled && progress->all != 1)
		find_terminal(progress, hides_output);
	progress->begun_ns = clock_monotonic_ns();
}

void progress_plan(struct progress *progress, uint64_t rounds)
{
	progress->all = rounds * progress->commands;
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

/* A line: words, a bar in the room that is left, more words. */
static void add_line(struct text *line, const char *before, double part, const char *after, size_t width)
{
	size_t words = term_columns(before) + term_columns(after) + 2, cells = BAR_CELLS;
	if (words + cells >= width)
		cells = width > words ? width - words - 1 : 0;
	size_t filled = (size_t)((part < 1.0 ? part : 1.0) * (double)cells);
	text_addf(line, "%s ", before);
	for (size_t i = 0; i < cells; i++)
		text_add(line, i < filled ? "█" : "░");
	text_add(line, after);
	if (line->length > 0)
		layout_cut(line->bytes, width > 1 ? width - 1 : 1);
}

static void add_series(struct text *line, const struct progress *progress, size_t width)
{
	if (progress->all == 0) {
		text_add(line, "warming up, without measuring");
		layout_cut(line->bytes, width > 1 ? width - 1 : 1);
		return;
	}
	double part = (double)progress->done / (double)progress->all;
	struct text before = TEXT_INIT, after = TEXT_INIT;
	text_addf(&before, "%s %llu of %llu", progress->commands > 1 ? "round" : "run",
	    (unsigned long long)(progress->done / progress->commands) + 1,
	    (unsigned long long)(progress->all / progress->commands));
	if (!isnan(progress->mean_j) && progress->commands == 1)
		text_addf(&after, " %.3g J a run", progress->mean_j);
	if (progress->done > 0)
		text_addf(&after, ", about %.0f s left", seconds_since(progress->begun_ns) * (1.0 / part - 1.0));
	add_line(line, text_string(&before), part, text_string(&after), width);
	text_free(&before);
	text_free(&after);
}

static void add_phase(struct text *line, const struct progress *progress, size_t width)
{
	double gone = seconds_since(progress->begun_ns);
	struct text after = TEXT_INIT;
	text_addf(&after, " %.0f s left", progress->phase_s > gone ? progress->phase_s - gone : 0.0);
	add_line(line, progress->phase, gone / progress->phase_s, text_string(&after), width);
	text_free(&after);
}

/* Where the command may write too, at the right end, and the cursor waits at the left one. */
static void place(struct text *out, const struct text *line, bool shared, size_t width)
{
	size_t columns = term_columns(text_string(line));
	text_add(out, "\r\033[K");
	layout_blanks(out, shared && columns + 1 < width ? width - 1 - columns : 0);
	text_add(out, text_string(line));
	text_add(out, shared ? "\r" : "");
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
	struct text line = TEXT_INIT, out = TEXT_INIT;
	size_t width = term_width(fd);
	if (progress->phase)
		add_phase(&line, progress, width);
	else
		add_series(&line, progress, width);
	place(&out, &line, progress->shared && !progress->phase, width);
	progress->visible = write_all(fd, text_string(&out), out.length) == out.length;
	text_free(&line);
	text_free(&out);
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
