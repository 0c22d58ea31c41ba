#define _DEFAULT_SOURCE

#include "bar.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include "text.h"

enum { DEFAULT_COLUMNS = 80, MOST_CELLS = 30, SIZE_TEXT = 16, REST_TEXT = 80 };

static const char *label;
static bool is_shown, is_sum;

/* A size in a few characters, as in "1.5 MiB". */
static void describe_size(char text[SIZE_TEXT], int64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    size_t unit = 0;
    for (; value >= 1000 && unit + 1 < sizeof units / sizeof *units; unit++)
        value /= 1024;
    snprintf(text, SIZE_TEXT, unit == 0 || value >= 100 ? "%.0f %s" : "%.1f %s", value, units[unit]);
}

static void describe_time(char text[SIZE_TEXT], int64_t seconds)
{
    if (seconds < 0 || seconds >= INT64_C(100) * 3600)
        snprintf(text, SIZE_TEXT, "--:--");
    else if (seconds >= 3600)
        snprintf(text, SIZE_TEXT, "%d:%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60));
    else
        snprintf(text, SIZE_TEXT, "%d:%02d", (int)(seconds / 60), (int)(seconds % 60));
}

static size_t columns(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : DEFAULT_COLUMNS;
}

/* Prints as much of the beginning of a name as fits. */
static void print_name(const char *name, size_t width)
{
    size_t len = strlen(name);
    while (len > 0 && text_width(name, len) > width)
        len--;
    text_print_name(stderr, name, len);
}

static void print_cells(double done, size_t width)
{
    size_t full = (size_t)(done * (double)width);
    fputs(" [", stderr);
    for (size_t i = 0; i < width; i++)
        fputc(i < full ? '#' : '.', stderr);
    fputs("]", stderr);
}

/* What the bar is about: the file, or all of them. */
struct standing {
    int64_t position, total, rate, seconds_left;
};

static struct standing standing_of(const ftp_progress *progress)
{
    if (!is_sum)
        return (struct standing){progress->offset + progress->bytes, progress->total, progress->rate, progress->seconds_left};
    int64_t rest = progress->all_total - progress->all_bytes;
    bool is_known = progress->all_total >= 0 && rest >= 0 && progress->all_rate > 0;
    return (struct standing){progress->all_bytes, progress->all_total, progress->all_rate, is_known ? rest / progress->all_rate : -1};
}

static void draw(const ftp_progress *progress)
{
    char size[SIZE_TEXT], rate[SIZE_TEXT], left[SIZE_TEXT], rest[REST_TEXT];
    const char *name = label != NULL ? label : progress->name;
    const struct standing standing = standing_of(progress);
    bool is_measured = standing.total > 0 && standing.position <= standing.total;
    double done = is_measured ? (double)standing.position / (double)standing.total : 0;
    describe_size(size, standing.position);
    describe_size(rate, standing.rate);
    describe_time(left, standing.seconds_left);
    if (is_measured)
        snprintf(rest, sizeof rest, " %3d%%  %s  %s/s  %s left", (int)(100 * done), size, rate, left);
    else
        snprintf(rest, sizeof rest, "  %s  %s/s", size, rate);

    /* The last column stays free: a character there would begin a new line on some terminals. */
    size_t width = columns() - 1, needed = strlen(rest);
    size_t for_name = width > needed ? (width - needed) / 2 : 0, used = text_width(name, strlen(name));
    used = used < for_name ? used : for_name;
    size_t cells = width > needed + used + 3 ? width - needed - used - 3 : 0;
    fputs("\r", stderr);
    print_name(name, for_name);
    if (is_measured && cells > 0)
        print_cells(done, cells < MOST_CELLS ? cells : MOST_CELLS);
    if (needed <= width)
        fputs(rest, stderr);
    fputs("\033[K", stderr);
    fflush(stderr);
    is_shown = true;
}

static int show(const ftp_progress *progress, void *unused)
{
    (void)unused;
    if (!progress->is_listing)
        draw(progress);
    return 0;
}

ftp_status bar_begin(ftp_handle *ftp, const char *name, int sessions)
{
    label = name;
    is_sum = sessions > 1;
    return ftp_set_progress_callback(ftp, isatty(STDERR_FILENO) ? show : NULL, NULL);
}

void bar_clear(void)
{
    if (is_shown)
        fputs("\r\033[K", stderr);
    is_shown = false;
}

void bar_summary(const ftp_report *report, const char *name)
{
    char size[SIZE_TEXT], rate[SIZE_TEXT];
    bar_clear();
    if (!isatty(STDERR_FILENO))
        return;
    describe_size(size, report->bytes);
    text_print_name(stderr, name, strlen(name));
    fprintf(stderr, "  %s in %.1f s", size, (double)report->milliseconds / 1000);
    if (report->milliseconds > 0) {
        describe_size(rate, (int64_t)((double)report->bytes * 1000 / (double)report->milliseconds));
        fprintf(stderr, ", %s/s", rate);
    }
    fprintf(stderr, "%s\n", report->resumed ? ", continued" : "");
}
