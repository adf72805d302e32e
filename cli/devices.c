/* devices.c - interfaces on the command line. */
#include "cli/devices.h"

#include "capture/devices.h"
#include "core/edits.h"
#include "cli/values.h"

#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { SAMPLE_NS = 250000000, NEAR_MOST = 5, NAME_MOST = 64 };

static void put_rate(struct tl_buffer *out, const struct tl_device *d)
{
    struct tl_buffer bits = { 0 };
    tl_device_put_bit_rate(&bits, d->counted ? d->bit_rate : 0);
    if (d->counted)
        tl_put_format(out, "%13.*s %8.0f packets/s", (int)bits.len, (const char *)bits.data, d->packet_rate);
    else
        tl_put_format(out, "%32s", "");
    tl_buffer_fini(&bits);
}

static void put_device(struct tl_buffer *out, const struct tl_device *d, uint32_t number, int width)
{
    const char *state = !d->up ? "down" : d->running ? "up" : "no link";
    tl_put_format(out, "%2u  %-*s  %-7s  ", (unsigned)number, width, d->name, state);
    put_rate(out, d);
    if (d->addresses.len > 0) {
        tl_put_lit(out, "  ");
        tl_put(out, d->addresses.data, d->addresses.len);
    } else if (d->description[0] != '\0') {
        tl_put_format(out, "  (%s)", d->description);
    }
    while (out->len > 0 && out->data[out->len - 1] == ' ')
        out->len--;
    tl_put_char(out, '\n');
}

enum tl_failure tl_devices_show(struct tl_buffer *out, struct tl_error *error)
{
    struct tl_devices devices;
    enum tl_failure failure = tl_devices_list(&devices, error);
    if (failure != TL_E_NONE)
        return failure;
    nanosleep(&(struct timespec){ .tv_nsec = SAMPLE_NS }, NULL);
    tl_devices_count(&devices);
    int width = 0;
    for (uint32_t i = 0; i < devices.count; i++)
        if ((int)strlen(devices.items[i].name) > width)
            width = (int)strlen(devices.items[i].name);
    for (uint32_t i = 0; i < devices.count; i++)
        put_device(out, &devices.items[i], i + 1, width);
    tl_devices_fini(&devices);
    return TL_E_NONE;
}

static bool is_listed(const struct tl_devices *devices, const char *name)
{
    for (uint32_t i = 0; i < devices->count; i++)
        if (strcmp(devices->items[i].name, name) == 0)
            return true;
    return false;
}

static enum tl_failure not_there(const struct tl_devices *devices, const char *name, struct tl_error *error)
{
    struct tl_buffer near = { 0 };
    unsigned count = 0;
    for (uint32_t i = 0; i < devices->count && count < NEAR_MOST; i++) {
        const char *other = devices->items[i].name;
        if (tl_edits(other, name, strlen(name)) == UINT_MAX)
            continue;
        tl_puts(&near, count++ > 0 ? ", " : "");
        tl_puts(&near, other);
    }
    if (count > 0)
        tl_error_set(error, TL_E_RUNTIME, "no interface %.60s: did you mean %.*s?", name, (int)near.len,
                     (const char *)near.data);
    else
        tl_error_set(error, TL_E_RUNTIME,
                     "no interface %.60s: list interfaces with taplight -D, or wait for it with --wait", name);
    tl_buffer_fini(&near);
    return TL_E_RUNTIME;
}

enum tl_failure tl_devices_check(const struct tl_options *options, struct tl_error *error)
{
    enum tl_failure failure = TL_E_NONE;
    for (uint32_t i = 0; i < options->interface_count && failure == TL_E_NONE && !options->wait; i++) {
        const char *name = options->interfaces[i];
        struct tl_devices devices;
        if (strcmp(name, "any") == 0 || if_nametoindex(name) != 0)
            continue;
        failure = tl_devices_list(&devices, error);
        if (failure == TL_E_NONE && !is_listed(&devices, name))
            failure = not_there(&devices, name, error);
        tl_devices_fini(&devices);
    }
    return failure;
}

static bool is_number(const char *name, uint64_t *number)
{
    return tl_value_number(name, UINT32_MAX, number) && if_nametoindex(name) == 0;
}

/* Writes the name of device `number` to `name` and lets interface `at` refer to it. */
static enum tl_failure name_device(struct tl_options *o, uint32_t at, uint64_t number, const struct tl_devices *devices,
                                   char *name, struct tl_error *error)
{
    if (number == 0 || number > devices->count)
        return tl_error_set(error, TL_E_USAGE, "no interface %.20s: taplight -D lists 1 to %u", o->interfaces[at],
                            (unsigned)devices->count);
    snprintf(name, NAME_MOST, "%s", devices->items[number - 1].name);
    for (uint32_t i = 0; i < o->interface_count; i++)
        if (strcmp(o->interfaces[i], name) == 0)
            return tl_error_set(error, TL_E_USAGE, "interface given twice '%s': give it once", name);
    o->interfaces[at] = name;
    return TL_E_NONE;
}

enum tl_failure tl_devices_number(struct tl_options *o, struct tl_error *error)
{
    struct tl_devices devices = { 0 };
    enum tl_failure failure = TL_E_NONE;
    for (uint32_t i = 0; i < o->interface_count && failure == TL_E_NONE; i++) {
        uint64_t number;
        if (!is_number(o->interfaces[i], &number))
            continue;
        if (o->numbered == NULL && (o->numbered = calloc(o->interface_count, NAME_MOST)) == NULL)
            failure = tl_error_set(error, TL_E_RUNTIME, "out of memory");
        if (failure == TL_E_NONE && devices.count == 0)
            failure = tl_devices_list(&devices, error);
        if (failure == TL_E_NONE)
            failure = name_device(o, i, number, &devices, o->numbered + (size_t)i * NAME_MOST, error);
    }
    tl_devices_fini(&devices);
    return failure;
}

void tl_devices_explain(struct tl_error *error)
{
    char program[PATH_MAX] = "taplight";
    struct tl_error whole = { .kind = TL_E_NONE };
    ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
    if (len > 0)
        program[len] = '\0';
    tl_error_set(
        &whole, TL_E_PERMISSION,
        "%.100s: run it with sudo, or allow it once with 'sudo setcap cap_net_raw=ep %.160s' (in a container: start it "
        "with --cap-add=NET_RAW); files (-r) need no privilege",
        error->text, program);
    *error = whole;
}
