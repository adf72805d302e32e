/* live.c - the command's part of a live capture: notices, counters, privileges. */
#include "cli/live.h"

#include "capture/slots.h"
#include "cli/report.h"
#include "pipeline/engine.h"

#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct tl_live_options tl_live_of(const struct tl_options *options)
{
    const char *way = options->direction != NULL ? options->direction : "";
    return (struct tl_live_options){
        .direction = strcmp(way, "in") == 0 ? TL_DIRECTION_IN : strcmp(way, "out") == 0 ? TL_DIRECTION_OUT
                                                                                      : TL_DIRECTION_BOTH,
        .names = options->interfaces,
        .count = options->interface_count,
        .snaplen = options->snaplen,
        .buffer = (size_t)options->buffer,
        .linktype = options->linktype,
        .no_promiscuous = options->no_promiscuous,
        .threads = options->capture_threads,
        .immediate = options->immediate,
        .wait = options->wait,
        .elsewhere = options->netns != NULL || options->container != NULL,
        .duration = options->stop_ns,
    };
}

void tl_live_notice(void *context, const char *text)
{
    (void)context;
    tl_tell("%s", text);
}

void tl_live_listening(const struct tl_options *options, const struct tl_engine *engine)
{
    const struct tl_interfaces *interfaces = tl_engine_interfaces(engine);
    for (uint32_t i = 0; i < tl_interfaces_count(interfaces) && !options->quiet; i++) {
        const struct tl_interface *interface = tl_interfaces_get(interfaces, i);
        const char *name = pcap_datalink_val_to_name(interface->linktype == 101 ? DLT_RAW : interface->linktype);
        tl_tell("capturing on %s, link type %s, snapshot length %" PRIu32 " bytes", interface->name,
                name != NULL ? name : "unknown", interface->snaplen);
    }
    const struct tl_live_options live = tl_live_of(options);
    const struct tl_slots slots = tl_slots_of(&live);
    size_t count = tl_slots_count(&slots);
    if (options->immediate && !options->quiet)
        tl_tell("--immediate: the kernel's buffer of %zu MiB has room for %zu packets of at most %" PRIu32 " bytes%s",
                slots.buffer >> 20, count, slots.snaplen,
                count < TL_SLOTS_LEAST ? ": leave out -B or -s for at least 8192" : "");
}

void tl_live_put_counts(struct tl_buffer *out, const struct tl_counters *c, bool live)
{
    if (!live) {
        tl_put_format(out, "%" PRIu64 " packets read, %" PRIu64 " matched the filter", c->packets, c->passed);
        return;
    }
    tl_put_format(out, "%" PRIu64 " packets captured, %" PRIu64 " received by filter, %" PRIu64 " dropped by kernel, "
                  "%" PRIu64 " dropped by interface, %" PRIu64 " not analysed (ring full)",
                  c->passed, c->received, c->dropped_kernel, c->dropped_interface, c->dropped_ring);
    if (c->dropped_write > 0)
        tl_put_format(out, ", %" PRIu64 " not written by -w (disk full, or disk or reader too slow)", c->dropped_write);
}

void tl_live_counts(const struct tl_counters *c, bool live)
{
    struct tl_buffer line = { 0 };
    tl_live_put_counts(&line, c, live);
    tl_tell("%.*s", (int)line.len, line.failed ? "" : (const char *)line.data);
    tl_buffer_fini(&line);
}

enum tl_failure tl_live_begin(const struct tl_options *options, struct tl_opener *opener, struct tl_identity *identity,
                              struct tl_error *error)
{
    tl_opener_await_readers(opener); /* before signal handlers for the engine: an interrupt ends the process */
    enum tl_failure failure = tl_privileges_choose(identity, options->user, error);
    if (failure == TL_E_NONE && options->after_file != NULL)
        failure = tl_opener_run_after(opener, options->after_file, identity, error);
    return failure == TL_E_NONE && identity->changes ? tl_opener_fork(opener, error) : failure;
}

enum tl_failure tl_live_settle(const struct tl_options *options, const struct tl_identity *identity,
                               struct tl_error *error)
{
    tzset(); /* reads the time zone file now: it may not be readable later */
    enum tl_failure failure = tl_privileges_drop(identity, options->wait, error);
    if (failure != TL_E_NONE)
        return failure;
    if (options->wait && !options->quiet && (identity->changes || geteuid() != 0))
        tl_tell("--wait: CAP_NET_RAW is kept to open new interfaces");
    const char *const folders[] = { options->streams, options->split, options->files };
    for (size_t i = 0; i < TL_COUNT(folders); i++) {
        if (folders[i] != NULL && access(folders[i], W_OK | X_OK) != 0)
            return tl_error_set(error, TL_E_PERMISSION, "user \"%s\" cannot write to %s: give -Z a user who can",
                                identity->changes ? identity->name : "(current)", folders[i]);
    }
    return TL_E_NONE;
}
