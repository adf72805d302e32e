/* dated_log.c - a file that is renamed after the start of its period when the next one begins. */
#include "export/dated_log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "export/parts.h"

enum { DATE_LEN = 19 };

void tl_dated_log_fini(struct tl_dated_log *log)
{
    free(log->old);
    log->old = NULL;
}

void tl_dated_log_name(const struct tl_dated_log *log, char *out, size_t size)
{
    snprintf(out, size, "%s%s", log->stem, log->extension);
}

static int64_t period_of(const struct tl_rotation *rotation, int64_t time)
{
    struct tl_parts parts = { .rotation = *rotation };
    parts.rotation.keep = 0;
    parts.rotation.begin = rotation->seconds > 0 ? time : 0;
    if (!rotation->aligned) /* periods of all logs begin with the run */
        return rotation->seconds > 0 ? time - (time - rotation->begin) % rotation->seconds : time;
    return tl_parts_init(&parts, &parts.rotation) && rotation->seconds > 0 ? parts.period : time;
}

void tl_dated_log_begin(struct tl_dated_log *log, const struct tl_rotation *rotation, int64_t time)
{
    log->period = period_of(rotation, time);
}

bool tl_dated_log_is_over(const struct tl_dated_log *log, const struct tl_rotation *rotation, int64_t now,
                          uint64_t have, size_t size)
{
    const struct tl_rotation *r = rotation;
    if (r->seconds > 0 && now - log->period >= r->seconds && period_of(r, now) > log->period)
        return true;
    return r->bytes > 0 && have > 0 && (r->after ? have >= r->bytes : have + size > r->bytes);
}

/* Removes the oldest file when more than rotation.keep are there, the open one included. */
static void forget_oldest(struct tl_dated_log *log, const struct tl_rotation *rotation, int directory, const char *old)
{
    uint32_t keep = rotation->keep - 1;
    if (rotation->keep == 0)
        return;
    if (keep == 0) {
        unlinkat(directory, old, 0);
        return;
    }
    if (log->old == NULL && (log->old = calloc(keep, sizeof *log->old)) == NULL)
        return;
    char *place = log->old[log->old_count % keep];
    if (log->old_count >= keep)
        unlinkat(directory, place, 0);
    snprintf(place, sizeof *log->old, "%s", old);
    log->old_count++;
}

/* --- names of files that are over --- */

struct dated_name {
    char date[DATE_LEN + 1];
    unsigned number;
};

/* Reads a name that tl_dated_log_rotate() gave: STEM.DATE[-NUMBER]EXTENSION. */
static bool read_name(const struct tl_dated_log *log, const char *name, struct dated_name *out)
{
    size_t stem = strlen(log->stem);
    char again[TL_DATED_NAME];
    if (strncmp(name, log->stem, stem) != 0 || name[stem] != '.' || strlen(name + stem + 1) < DATE_LEN)
        return false;
    memcpy(out->date, name + stem + 1, DATE_LEN);
    out->date[DATE_LEN] = '\0';
    for (size_t i = 0; i < DATE_LEN; i++)
        if (i == 4 || (i > 4 && i % 3 == 1) ? out->date[i] != '-' : out->date[i] < '0' || out->date[i] > '9')
            return false;
    const char *rest = name + stem + 1 + DATE_LEN;
    out->number = rest[0] == '-' ? (unsigned)strtoul(rest + 1, NULL, 10) : 0;
    if (out->number > 0)
        snprintf(again, sizeof again, "%s.%s-%u%s", log->stem, out->date, out->number, log->extension);
    else
        snprintf(again, sizeof again, "%s.%s%s", log->stem, out->date, log->extension);
    return strcmp(again, name) == 0;
}

/* Names of a period go on counting when the first of them were removed, so that they are in order. */
static unsigned next_number(const struct tl_dated_log *log, const struct tl_rotation *rotation, const char *date)
{
    struct dated_name last;
    if (log->old == NULL || log->old_count == 0 ||
        !read_name(log, log->old[(log->old_count - 1) % (rotation->keep - 1)], &last) || strcmp(last.date, date) != 0)
        return 0;
    return last.number + 1;
}

int tl_dated_log_rotate(struct tl_dated_log *log, const struct tl_rotation *rotation, int directory)
{
    char name[TL_DATED_NAME], old[TL_DATED_NAME], date[32] = "";
    struct tm when;
    struct stat st;
    time_t time = (time_t)log->period;
    if (localtime_r(&time, &when) != NULL)
        strftime(date, sizeof date, "%Y-%m-%d-%H-%M-%S", &when);
    tl_dated_log_name(log, name, sizeof name);
    snprintf(old, sizeof old, "%s.%s%s", log->stem, date, log->extension);
    unsigned i = next_number(log, rotation, date);
    if (i > 0)
        snprintf(old, sizeof old, "%s.%s-%u%s", log->stem, date, i, log->extension);
    while (++i < 100000 && fstatat(directory, old, &st, AT_SYMLINK_NOFOLLOW) == 0)
        snprintf(old, sizeof old, "%s.%s-%u%s", log->stem, date, i, log->extension);
    if (renameat(directory, name, directory, old) == 0)
        forget_oldest(log, rotation, directory, old);
    else if (errno != ENOENT)
        return errno;
    return 0;
}

static int by_date(const void *a, const void *b)
{
    const struct dated_name *x = a, *y = b;
    int order = strcmp(x->date, y->date);
    return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

void tl_dated_log_find_old(struct tl_dated_log *log, const struct tl_rotation *rotation, int directory)
{
    struct dated_name *names = NULL, found;
    size_t count = 0, capacity = 0;
    int copy = rotation->keep > 0 ? openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    DIR *list = copy >= 0 ? fdopendir(copy) : NULL;
    for (const struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;) {
        if (!read_name(log, entry->d_name, &found))
            continue;
        if (count == capacity) {
            capacity = capacity == 0 ? 64 : 2 * capacity;
            struct dated_name *grown = realloc(names, capacity * sizeof *names);
            if (grown == NULL)
                break;
            names = grown;
        }
        names[count++] = found;
    }
    if (list != NULL)
        closedir(list);
    else if (copy >= 0)
        close(copy);
    if (count > 0)
        qsort(names, count, sizeof *names, by_date);
    for (size_t i = 0; i < count; i++) {
        char name[TL_DATED_NAME];
        char number[16] = "";
        if (names[i].number > 0)
            snprintf(number, sizeof number, "-%u", names[i].number);
        snprintf(name, sizeof name, "%s.%s%s%s", log->stem, names[i].date, number, log->extension);
        forget_oldest(log, rotation, directory, name);
    }
    free(names);
}
