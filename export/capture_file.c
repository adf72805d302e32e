/* capture_file.c - packets as a capture file: pcap (draft-ietf-opsawg-pcap) here, pcapng by its writer. */
#include "export/output.h"
#include "export/pcapng_writer.h"

#include <stdlib.h>

enum {
    MAGIC_MICROSECONDS = 0xa1b2c3d4,
    MAGIC_NANOSECONDS = 0xa1b23c4d,
    SNAPLEN = 262144, /* what readers take a packet to be at most */
    SECOND = 1000000000, /* ns */
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

static enum tl_failure write_packet(struct capture_file *f, const struct tl_packet *packet, struct tl_error *error)
{
    const struct tl_interface *interface = tl_interfaces_get(f->interfaces, packet->interface);
    if (TL_UNLIKELY(interface == NULL))
        return tl_error_set(error, TL_E_RUNTIME, "cannot write %s: packet %llu is of no interface", f->name,
                            (unsigned long long)packet->number);
    return f->pcapng ? tl_pcapng_write_packet(&f->writer, packet, interface, error)
                     : write_pcap(f, packet, interface, error);
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
            failure = write_packet(f, &block->packets[i], error);
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
    tl_output_sink_free(sink);
}

struct tl_sink *tl_capture_file_sink(struct tl_output *output, const struct tl_interfaces *interfaces, bool pcapng,
                                     const char *path)
{
    struct capture_file *f = tl_output_sink_new(sizeof *f, output);
    if (f == NULL)
        return NULL;
    f->base.sink.block = write_block;
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
