/* capture_file.c - packets as a capture file: pcap (draft-ietf-opsawg-pcap) here, pcapng by its writer. */
#include "export/journal.h"
#include "export/output.h"
#include "export/pcapng_writer.h"

#include <stdlib.h>

enum {
    MAGIC_MICROSECONDS = 0xa1b2c3d4,
    MAGIC_NANOSECONDS = 0xa1b23c4d,
    SNAPLEN = 262144, /* what readers take a packet to be at most */
    SECOND = 1000000000, /* ns */
    PACKET_ROOM = 64,    /* bytes around a packet: its header, a pcapng block's padding and second length */
    PCAP_RECORD = 16,    /* of them, in pcap, */
    EPB_AROUND = 32,     /* and in pcapng without padding */
};

struct capture_file {
    struct tl_output_sink base;
    const struct tl_interfaces *interfaces;
    char *name; /* owned; for messages */
    bool pcapng;
    struct tl_pcapng_writer writer;
    /* pcap: */
    bool begun;       /* the header is written */
    bool nanoseconds;
    uint16_t linktype;
    bool flush_each;
    struct tl_journal *journal; /* NULL: none */
    struct tl_rotation rotation;
    struct tl_file_part part;   /* that is written */
    struct tl_file_part *kept;  /* the last ones, a ring of rotation.keep; owned */
    uint32_t oldest, kept_count;
    uint64_t left_out; /* packets of other link types: told at the end, for those that follow are to be written */
};

/* The fields of both headers, in this machine's byte order. */
struct pcap_header {
    uint32_t magic;
    uint16_t major, minor;
    uint32_t zone, accuracy, snaplen, linktype;
};

struct pcap_record {
    uint32_t seconds, fraction, caplen, len;
};

static enum tl_failure begin_pcap(struct capture_file *f, const struct tl_interface *interface, struct tl_error *error)
{
    f->begun = true;
    f->linktype = interface->linktype;
    f->nanoseconds = interface->decimals > 6;
    struct pcap_header header = {
        .magic = f->nanoseconds ? MAGIC_NANOSECONDS : MAGIC_MICROSECONDS,
        .major = 2,
        .minor = 4,
        .snaplen = interface->snaplen > SNAPLEN ? interface->snaplen : SNAPLEN,
        .linktype = interface->linktype,
    };
    return tl_output_write(f->base.output, &header, sizeof header, error);
}

/* Seconds are 32 bits there: times after 2106 wrap. */
static enum tl_failure write_pcap(struct capture_file *f, const struct tl_packet *packet,
                                  const struct tl_interface *interface, struct tl_error *error)
{
    enum tl_failure failure = f->begun ? TL_E_NONE : begin_pcap(f, interface, error);
    if (failure != TL_E_NONE)
        return failure;
    if (packet->linktype != f->linktype) {
        f->left_out++;
        return TL_E_NONE;
    }
    int64_t seconds = packet->ts / SECOND - (packet->ts % SECOND < 0);
    uint32_t rest = (uint32_t)(packet->ts - seconds * SECOND);
    struct pcap_record record = {
        .seconds = (uint32_t)seconds,
        .fraction = f->nanoseconds ? rest : rest / 1000,
        .caplen = packet->caplen,
        .len = packet->len,
    };
    failure = tl_output_write(f->base.output, &record, sizeof record, error);
    return failure == TL_E_NONE ? tl_output_write(f->base.output, packet->bytes, packet->caplen, error) : failure;
}

/* Rotation. */

static enum tl_failure remember(struct capture_file *f, struct tl_error *error)
{
    uint32_t keep = f->rotation.keep;
    if (keep == 0)
        return TL_E_NONE;
    struct tl_file_part *last = &f->kept[(f->oldest + f->kept_count) % keep];
    if (f->kept_count < keep) {
        f->kept_count++;
        *last = f->part;
        return TL_E_NONE;
    }
    const struct tl_file_part oldest = *last;
    *last = f->part;
    f->oldest = (f->oldest + 1) % keep;
    return tl_output_remove(f->base.output, &oldest, error);
}

static enum tl_failure write_end(struct capture_file *f, struct tl_error *error);

static void begin_anew(struct capture_file *f)
{
    f->begun = false;
    f->journal = NULL;
    tl_pcapng_writer_fini(&f->writer);
    tl_pcapng_writer_init(&f->writer, f->base.output, f->interfaces);
}

static enum tl_failure rotate(struct capture_file *f, struct tl_error *error)
{
    bool is_new = false;
    enum tl_failure failure = write_end(f, error);
    f->part.number += f->rotation.numbered;
    if (failure == TL_E_NONE)
        failure = tl_output_reopen(f->base.output, &f->part, true, &is_new, error);
    if (failure == TL_E_NONE && !is_new) { /* the date alone does not tell it from the last one */
        f->rotation.numbered = true;
        f->part.number++;
        failure = tl_output_reopen(f->base.output, &f->part, true, &is_new, error);
    }
    if (failure != TL_E_NONE)
        return failure;
    begin_anew(f);
    return remember(f, error);
}

/* Is the packet for the next file? */
static bool is_over(struct capture_file *f, const struct tl_packet *packet, size_t size)
{
    const struct tl_rotation *r = &f->rotation;
    int64_t seconds = packet->ts / SECOND;
    if (r->seconds > 0 && seconds - f->part.time >= r->seconds) {
        f->part.time += (seconds - f->part.time) / r->seconds * r->seconds;
        return true;
    }
    bool has_packets = f->begun || f->writer.open;
    return r->bytes > 0 && has_packets && tl_output_length(f->base.output) + size > r->bytes;
}

/* What is on the disk ends with a whole packet at all times. */
static enum tl_failure make_room(struct capture_file *f, const struct tl_packet *packet, struct tl_error *error)
{
    size_t size = packet->caplen + PACKET_ROOM;
    if (TL_UNLIKELY(f->rotation.bytes > 0 || f->rotation.seconds > 0) && is_over(f, packet, size))
        return rotate(f, error);
    if (TL_LIKELY(size < tl_output_room(f->base.output)))
        return TL_E_NONE;
    enum tl_failure failure = tl_output_flush(f->base.output, error);
    if (failure == TL_E_NONE)
        tl_output_set_whole(f->base.output);
    return failure;
}

/* A file without packets yet has its header, once it is known for which link type. */
static enum tl_failure flush(struct tl_sink *sink, struct tl_error *error)
{
    struct capture_file *f = (struct capture_file *)sink;
    enum tl_failure failure = TL_E_NONE;
    if (TL_UNLIKELY(!f->begun && !f->writer.open) && tl_interfaces_count(f->interfaces) > 0)
        failure = write_end(f, error);
    if (failure == TL_E_NONE)
        failure = tl_output_flush(f->base.output, error);
    if (failure == TL_E_NONE)
        tl_output_set_whole(f->base.output);
    return failure;
}

static enum tl_failure reopen(struct tl_sink *sink, struct tl_error *error)
{
    struct capture_file *f = (struct capture_file *)sink;
    bool is_new = false;
    if (!tl_output_can_open(f->base.output))
        return TL_E_NONE;
    /* Of interfaces and headers, nobody knows which were written before it failed. */
    if (tl_output_revive(f->base.output) && (f->pcapng || tl_output_length(f->base.output) == 0))
        begin_anew(f);
    if (f->rotation.bytes > 0 || f->rotation.seconds > 0)
        return rotate(f, error);
    enum tl_failure failure = write_end(f, error);
    if (failure == TL_E_NONE)
        failure = tl_output_reopen(f->base.output, NULL, true, &is_new, error);
    if (failure == TL_E_NONE && is_new)
        begin_anew(f);
    return failure;
}

void tl_capture_file_flush_each(struct tl_sink *sink)
{
    ((struct capture_file *)sink)->flush_each = true;
}

void tl_capture_file_journal(struct tl_sink *sink, struct tl_journal *journal)
{
    struct capture_file *f = (struct capture_file *)sink;
    f->journal = journal;
    tl_journal_begin(journal, tl_output_fd(f->base.output), f->pcapng);
}

bool tl_capture_file_rotate(struct tl_sink *sink, const struct tl_rotation *rotation)
{
    struct capture_file *f = (struct capture_file *)sink;
    f->rotation = *rotation;
    f->part = tl_rotation_first(rotation);
    if (rotation->keep == 0)
        return true;
    f->kept = calloc(rotation->keep, sizeof *f->kept);
    if (f->kept == NULL)
        return false;
    f->kept[f->kept_count++] = f->part;
    return true;
}

/* It was written last. */
static void note(struct capture_file *f, const struct tl_packet *packet, const struct tl_interface *interface)
{
    uint64_t padded = (packet->caplen + 3) & ~3u, size = f->pcapng ? EPB_AROUND + padded : PCAP_RECORD + packet->caplen;
    if (f->pcapng && interface->section != UINT32_MAX)
        size += packet->options_len & ~3U;
    tl_journal_add(f->journal, packet->number, tl_output_length(f->base.output) - size);
}

static enum tl_failure write_packet(struct capture_file *f, const struct tl_packet *packet, struct tl_error *error)
{
    const struct tl_interface *interface = tl_interfaces_get(f->interfaces, packet->interface);
    if (TL_UNLIKELY(interface == NULL))
        return tl_error_set(error, TL_E_RUNTIME, "cannot write %s: packet %llu is of no interface", f->name,
                            (unsigned long long)packet->number);
    uint64_t left_out = f->left_out;
    enum tl_failure failure = f->pcapng ? tl_pcapng_write_packet(&f->writer, packet, interface, error)
                                        : write_pcap(f, packet, interface, error);
    if (TL_UNLIKELY(f->journal != NULL) && failure == TL_E_NONE && f->left_out == left_out)
        note(f, packet, interface);
    return failure;
}

static enum tl_failure write_block(struct tl_sink *sink, const struct tl_block *block, struct tl_error *error)
{
    struct capture_file *f = (struct capture_file *)sink;
    enum tl_failure failure = TL_E_NONE;
    uint32_t extra = 0, extras = f->pcapng ? block->extra_count : 0;
    if (tl_output_gone(f->base.output))
        return TL_E_NONE;
    for (uint32_t i = 0; failure == TL_E_NONE && i < block->count; i++) {
        for (; failure == TL_E_NONE && extra < extras && block->extras[extra].before <= i; extra++)
            failure = tl_pcapng_write_extra(&f->writer, &block->extras[extra], error);
        if (failure == TL_E_NONE)
            failure = make_room(f, &block->packets[i], error);
        if (failure == TL_E_NONE)
            failure = write_packet(f, &block->packets[i], error);
        if (failure == TL_E_NONE && f->flush_each)
            failure = flush(sink, error);
    }
    for (; failure == TL_E_NONE && extra < extras; extra++)
        failure = tl_pcapng_write_extra(&f->writer, &block->extras[extra], error);
    return failure;
}

/* A file without packets is a capture file all the same. */
static enum tl_failure write_end(struct capture_file *f, struct tl_error *error)
{
    if (f->pcapng)
        return tl_pcapng_write_end(&f->writer, error);
    if (f->begun)
        return TL_E_NONE;
    static const struct tl_interface ethernet = { .linktype = 1, .decimals = 6 };
    const struct tl_interface *first = tl_interfaces_get(f->interfaces, 0);
    return begin_pcap(f, first != NULL ? first : &ethernet, error);
}

static enum tl_failure close_file(struct tl_sink *sink, struct tl_error *error)
{
    struct capture_file *f = (struct capture_file *)sink;
    enum tl_failure failure = write_end(f, error);
    enum tl_failure finished = tl_output_finish(f->base.output, error);
    if (failure == TL_E_NONE)
        failure = finished;
    if (failure == TL_E_NONE && f->left_out > 0)
        failure = tl_error_set(error, TL_E_RUNTIME, "%s lacks %llu packets: several link types: use a .pcapng name",
                               f->name, (unsigned long long)f->left_out);
    return failure;
}

static void free_sink(struct tl_sink *sink)
{
    struct capture_file *f = (struct capture_file *)sink;
    tl_pcapng_writer_fini(&f->writer);
    free(f->name);
    free(f->kept);
    tl_output_sink_free(sink);
}

struct tl_sink *tl_capture_file_sink(struct tl_output *output, const struct tl_interfaces *interfaces, bool pcapng,
                                     const char *path)
{
    struct capture_file *f = tl_output_sink_new(sizeof *f, output);
    if (f == NULL)
        return NULL;
    f->base.sink.block = write_block;
    f->base.sink.tick = flush;
    f->base.sink.reopen = reopen;
    f->base.sink.close = close_file;
    f->base.sink.free = free_sink;
    f->interfaces = interfaces;
    f->pcapng = pcapng;
    tl_pcapng_writer_init(&f->writer, output, interfaces);
    f->name = strdup(path == NULL || strcmp(path, "-") == 0 ? "standard output" : path);
    if (f->name == NULL) {
        free_sink(&f->base.sink);
        return NULL;
    }
    return &f->base.sink;
}
