/* conditions.c - the conditions of -a (stop) and -b (next file), as dumpcap and tshark have them. */
#include "cli/conditions.h"

#include <string.h>

#include "cli/values.h"

enum { KB = 1000 }; /* dumpcap's kB */

/* Returns the value if `arg` is NAME:VALUE, else NULL. */
static const char *value_of(const char *arg, const char *name)
{
    size_t len = strlen(name);
    return strncmp(arg, name, len) == 0 && arg[len] == ':' ? arg + len + 1 : NULL;
}

static enum tl_failure wrong(struct tl_error *error, char option, const char *arg, const char *advice)
{
    return tl_error_set(error, TL_E_USAGE, "-%c: bad condition '%.60s': %s", option, arg, advice);
}

static bool take(const char *value, uint64_t most, uint64_t unit, uint64_t *at)
{
    uint64_t number;
    if (!tl_value_number(value, most / unit, &number) || number == 0)
        return false;
    *at = number * unit;
    return true;
}

enum tl_failure tl_condition_stop(struct tl_options *o, const char *arg, struct tl_error *error)
{
    const char *value;
    uint64_t number = 0;
    if ((value = value_of(arg, "duration")) != NULL) {
        if (!tl_value_seconds(value, &o->stop_ns))
            return wrong(error, 'a', arg, "give seconds, such as duration:60 or duration:0.5");
    } else if ((value = value_of(arg, "filesize")) != NULL) {
        if (!take(value, INT64_MAX, KB, &o->stop_bytes))
            return wrong(error, 'a', arg, "give kB (1000 bytes), such as filesize:1000");
    } else if ((value = value_of(arg, "packets")) != NULL) {
        if (!take(value, UINT64_MAX, 1, &number))
            return wrong(error, 'a', arg, "give a number, such as packets:100");
        o->most = o->most == 0 || number < o->most ? number : o->most;
    } else if ((value = value_of(arg, "files")) != NULL) {
        if (!take(value, UINT16_MAX, 1, &number))
            return wrong(error, 'a', arg, "give 1 to 65535");
        o->stop_files = (uint32_t)number;
    } else {
        return wrong(error, 'a', arg, "give duration:S, filesize:KB, packets:N or files:N");
    }
    return TL_E_NONE;
}

enum tl_failure tl_condition_next(struct tl_options *o, const char *arg, struct tl_error *error)
{
    const char *value;
    uint64_t number = 0;
    bool interval = (value = value_of(arg, "interval")) != NULL;
    if (interval || (value = value_of(arg, "duration")) != NULL) {
        if (!take(value, TL_SECONDS_MOST, 1, &number))
            return wrong(error, 'b', arg, "give whole seconds, such as duration:3600");
        if (o->rotate_ns != 0 && o->rotate_ns != (int64_t)number * 1000000000)
            return wrong(error, 'b', arg, "another period was given with -G or -b: give one");
        o->rotate_ns = (int64_t)number * 1000000000;
        o->rotate_align |= interval;
    } else if ((value = value_of(arg, "filesize")) != NULL) {
        if (!take(value, INT64_MAX, KB, &o->next_bytes))
            return wrong(error, 'b', arg, "give kB (1000 bytes), such as filesize:1000");
    } else if ((value = value_of(arg, "packets")) != NULL) {
        if (!take(value, UINT64_MAX, 1, &o->rotate_packets))
            return wrong(error, 'b', arg, "give a number, such as packets:10000");
    } else if ((value = value_of(arg, "files")) != NULL) {
        if (!take(value, UINT16_MAX, 1, &number))
            return wrong(error, 'b', arg, "give 1 to 65535");
        o->rotate_keep = (uint32_t)number;
    } else {
        return wrong(error, 'b', arg, "give duration:S, interval:S, filesize:KB, packets:N or files:N");
    }
    return TL_E_NONE;
}

static bool switches(const struct tl_options *o)
{
    return o->rotate_bytes > 0 || o->next_bytes > 0 || o->rotate_ns > 0 || o->rotate_packets > 0;
}

enum tl_failure tl_conditions_settle(struct tl_options *o, struct tl_error *error)
{
    bool printed = o->json || o->text || o->tree || o->hex;
    if (o->stop_bytes > 0 && o->next_bytes == 0 && switches(o)) { /* with -b, dumpcap goes on in the next file */
        o->next_bytes = o->stop_bytes;
        o->stop_bytes = 0;
    }
    if (o->next_bytes > 0 && o->rotate_bytes > 0)
        return tl_error_set(error, TL_E_USAGE, "-C and filesize: both limit the size of a file: give one");
    if (o->next_bytes > 0 && o->stop_bytes > 0)
        return tl_error_set(error, TL_E_USAGE, "-a filesize: ends the run before -b filesize: can: leave one out");
    if (o->stop_files > 0 && !switches(o))
        return tl_error_set(error, TL_E_USAGE, "-a files: counts the files of -C, -G and -b: add one of them");
    if ((o->stop_bytes > 0 || o->stop_files > 0 || o->rotate_packets > 0) &&
        (o->write == NULL || strcmp(o->write, "-") == 0))
        return tl_error_set(error, TL_E_USAGE, "filesize:, files: and packets: are about the file of -w: add -w FILE");
    if ((o->stop_bytes > 0 || o->stop_files > 0) && o->interface_count == 0 && printed)
        return tl_error_set(error, TL_E_USAGE,
                            "-a filesize: and files: end the reading of a file at any place: leave out text and JSON");
    if (o->stop_ns > 0 && o->interface_count == 0)
        return tl_error_set(error, TL_E_USAGE, "-a duration: applies to live capture: add -i");
    if (o->rotate_align && o->rotate_ns == 0)
        return tl_error_set(error, TL_E_USAGE, "--align applies to the periods of -G and -b duration: add one of them");
    if (o->stop_bytes > 0 || o->next_bytes > 0) {
        o->rotate_bytes = o->stop_bytes + o->next_bytes;
        o->rotate_after = true;
        if (o->stop_bytes > 0)
            o->stop_files = 1;
    }
    return TL_E_NONE;
}
