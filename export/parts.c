/* parts.c - the sequence of files that one output writes: which part comes when, and which are removed. */
#include "export/parts.h"

#include <stdlib.h>
#include <time.h>

/* Returns the start of the period that `seconds` is in: from the start of the run, or aligned to local time. */
static int64_t period_of(const struct tl_parts *parts, int64_t seconds)
{
    const struct tl_rotation *r = &parts->rotation;
    int64_t from = parts->period;
    if (r->aligned) {
        struct tm when;
        time_t time = (time_t)seconds;
        from = localtime_r(&time, &when) != NULL ? -(int64_t)when.tm_gmtoff : 0;
    }
    int64_t since = (seconds - from) % r->seconds;
    return seconds - since - (since < 0 ? r->seconds : 0);
}

bool tl_parts_init(struct tl_parts *parts, const struct tl_rotation *rotation)
{
    parts->rotation = *rotation;
    parts->part = tl_rotation_first(rotation);
    parts->period = rotation->begin;
    parts->count = 1;
    if (rotation->seconds > 0)
        parts->period = period_of(parts, rotation->begin);
    if (rotation->keep == 0)
        return true;
    parts->kept = calloc(rotation->keep, sizeof *parts->kept);
    if (parts->kept == NULL)
        return false;
    parts->kept[parts->kept_count++] = parts->part;
    return true;
}

void tl_parts_fini(struct tl_parts *parts)
{
    free(parts->kept);
}

bool tl_parts_is_over(const struct tl_parts *parts, int64_t seconds, uint64_t have, uint64_t packets, size_t size,
                      int64_t *time)
{
    const struct tl_rotation *r = &parts->rotation;
    *time = parts->part.time;
    if (r->seconds > 0 && seconds - parts->period >= r->seconds) {
        int64_t period = period_of(parts, seconds);
        if (period > parts->period) { /* not at the end of summer time, when a day has 25 hours */
            *time = period;
            return true;
        }
    }
    if (r->packets > 0 && packets >= r->packets)
        return true;
    return r->bytes > 0 && packets > 0 && (r->after ? have >= r->bytes : have + size > r->bytes);
}

bool tl_parts_is_last(const struct tl_parts *parts)
{
    return parts->rotation.files > 0 && parts->count >= parts->rotation.files;
}

static void remember(struct tl_parts *parts, struct tl_output *output)
{
    struct tl_error error = { .kind = TL_E_NONE };
    uint32_t keep = parts->rotation.keep;
    if (keep == 0)
        return;
    struct tl_file_part *last = &parts->kept[(parts->oldest + parts->kept_count) % keep];
    if (parts->kept_count < keep) {
        parts->kept_count++;
        *last = parts->part;
        return;
    }
    const struct tl_file_part oldest = *last;
    *last = parts->part;
    parts->oldest = (parts->oldest + 1) % keep;
    if (tl_output_remove(output, &oldest, &error) == TL_E_NONE || parts->notice == NULL)
        return;
    char line[sizeof error.text + 64];
    snprintf(line, sizeof line, "%s: %s", tl_output_name(output), error.text);
    parts->notice(parts->notice_context, line);
}

enum tl_failure tl_parts_next(struct tl_parts *parts, struct tl_output *output, int64_t time, struct tl_error *error)
{
    struct tl_file_part part = { .time = time, .number = parts->part.number + parts->rotation.numbered };
    bool is_new = false;
    enum tl_failure failure = tl_output_reopen(output, &part, true, &is_new, error);
    if (failure == TL_E_NONE && !is_new) { /* the date gives the same name as before */
        parts->rotation.numbered = true;
        part.number++;
        failure = tl_output_reopen(output, &part, true, &is_new, error);
    }
    if (failure != TL_E_NONE)
        return failure;
    if (parts->rotation.seconds > 0 && time != parts->part.time)
        parts->period = time;
    parts->part = part;
    parts->count++;
    remember(parts, output);
    return TL_E_NONE;
}
