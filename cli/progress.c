/* progress.c - a progress bar drawn with carriage returns and spaces only, which every terminal supports. */
#include "cli/progress.h"

#include "core/bytes.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define NS 1000000000
enum { BAR = 24, LINE = 160 };

static int64_t now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * NS + ts.tv_nsec;
}

static unsigned columns(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

/* Uses one write(), so that the terminal never shows half a line. */
static void draw(struct tl_progress *progress, const char *text, size_t len)
{
    char line[LINE * 2 + 2];
    size_t most = columns() - 1; /* the last column would wrap */
    if (len > most)
        len = most;
    size_t width = len < progress->width ? progress->width : len;
    line[0] = '\r';
    memcpy(line + 1, text, len);
    memset(line + 1 + len, ' ', width - len);
    if (write(STDERR_FILENO, line, 1 + width) > 0)
        progress->width = (unsigned)len;
}

void tl_progress_init(struct tl_progress *progress, bool wanted)
{
    *progress = (struct tl_progress){ .wanted = wanted && isatty(STDERR_FILENO), .started = now() };
}

void tl_progress_show(struct tl_progress *progress, uint64_t done, uint64_t total, uint64_t packets)
{
    if (!progress->wanted)
        return;
    int64_t spent = now() - progress->started;
    if (spent < NS)
        return;
    char text[LINE], bar[BAR + 1];
    double seconds = (double)spent / NS, rate = (double)done / seconds;
    int len;
    if (total > 0 && done <= total) {
        unsigned filled = (unsigned)((double)done / (double)total * BAR);
        for (unsigned i = 0; i < BAR; i++)
            bar[i] = i < filled ? '#' : '.';
        bar[BAR] = '\0';
        uint64_t left = rate > 0 ? (uint64_t)((double)(total - done) / rate + 0.5) : 0;
        len = snprintf(text, sizeof(text), "%3u%% %s %.1f MB/s, %llu:%02llu left, %llu packets",
                       (unsigned)((double)done / (double)total * 100), bar, rate / 1e6, (unsigned long long)(left / 60),
                       (unsigned long long)(left % 60), (unsigned long long)packets);
    } else {
        len = snprintf(text, sizeof(text), "%.1f MB, %.1f MB/s, %llu packets", (double)done / 1e6, rate / 1e6,
                       (unsigned long long)packets);
    }
    if (len < 0)
        return;
    draw(progress, text, (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1);
    progress->drawn = true;
}

void tl_progress_clear(struct tl_progress *progress)
{
    if (!progress->drawn)
        return;
    draw(progress, "", 0);
    if (write(STDERR_FILENO, "\r", 1) < 0)
        return;
    progress->drawn = false;
}
