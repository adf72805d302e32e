/* rotation.c - names of the files that -w writes in sequence. */
#include "export/sinks.h"

#include <limits.h>
#include <stdio.h>
#include <time.h>

/* Returns the offset of the extension in the last path component, or of its end if there is none. */
static size_t stem_length(const char *name)
{
    const char *slash = strrchr(name, '/'), *base = slash != NULL ? slash + 1 : name, *dot = strrchr(base, '.');
    return dot != NULL && dot != base ? (size_t)(dot - name) : strlen(name);
}

/* The format comes from the user's command line, who may choose any file name. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

bool tl_file_part_name(const char *name, bool dated, const struct tl_file_part *part, char *out, size_t size)
{
    char expanded[PATH_MAX];
    struct tm when;
    time_t time = (time_t)part->time;
    if (!dated)
        snprintf(expanded, sizeof expanded, "%s", name);
    else if (localtime_r(&time, &when) == NULL || strftime(expanded, sizeof expanded, name, &when) == 0)
        return false;
    size_t stem = stem_length(expanded);
    int len = part->number == 0 ? snprintf(out, size, "%s", expanded)
                                : snprintf(out, size, "%.*s-%05u%s", (int)stem, expanded, part->number,
                                            expanded + stem);
    return len > 0 && (size_t)len < size && strlen(name) < sizeof expanded;
}

struct tl_file_part tl_rotation_first(const struct tl_rotation *rotation)
{
    return (struct tl_file_part){ .time = rotation->begin, .number = rotation->numbered };
}
