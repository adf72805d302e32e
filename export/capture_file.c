/* capture_file.c - writes packets to a capture file: pcap (draft-ietf-opsawg-pcap) here, pcapng in pcapng_writer.c. */
#include "core/time.h"
#include "export/journal.h"
#include "export/output.h"
#include "export/parts.h"
#include "export/pcapng_writer.h"

#include <stdlib.h>

enum {
    MAGIC_MICROSECONDS = 0xa1b2c3d4,
    MAGIC_NANOSECONDS = 0xa1b23c4d,
    SNAPLEN = 262144, /* the packet size limit of common readers */
    SECOND = 1000000000, /* ns */
    PACKET_ROOM = 64,    /* bytes added to a packet: its header, a pcapng block's padding and second length */
};

struct capture_file {
    struct tl_output_sink base;
    const struct tl_interfaces *interfaces;
    char *name; /* owned; for messages */
    bool pcapng;
    struct tl_pcapng_writer writer;
    /* pcap only: */
    bool begun;       /* the header is written */
    bool nanoseconds;
    uint16_t linktype;
    uint8_t fcs;      /* as tl_interface.fcs */
    bool told_untimed; /* that packets without a time get one */
    bool flush_each;
    bool early;       /* live: a file without packets gets its header at the first flush */
    void (*notice)(void *context, const char *text); /* NULL: none */
    void *notice_context;
    struct tl_journal *journal; /* NULL: none */
    struct tl_parts parts;
    bool complete;     /* the last part is full: further packets are not written */
    void (*ended)(void *context); /* called once then; NULL: none */
    void *ended_context;
    bool headed;       /* everything before the first packet is on disk, so the file can be cut back to it */
    uint64_t packet_at; /* pcap: offset of the last packet's record */
    uint64_t packets;  /* packets put into this file */
    uint64_t safe;     /* of these, packets that are on disk */
    uint64_t lost;     /* packets lost to a full disk */
    uint64_t left_out; /* packets that the format cannot store; reported at the end, so that writing continues */
    uint32_t reasons;  /* why: a bit for each enum reason */
};

/* Why a packet is left out. */
enum reason { OTHER_LINKTYPE, OTHER_FCS, OTHER_TIME, UNKNOWN_TIME, REASONS };

static const char *const things[REASONS] = { "other link types", "another FCS length", "times that do not fit",
                                              "times that are not kept" };

/* The fields of both headers, in host byte order. */
struct pcap_header {
    uint32_t magic;
    uint16_t major, minor;
    uint32_t zone, accuracy, snaplen, linktype;
};

struct pcap_record {
    uint32_t seconds, fraction, caplen, len;
};

static void say(const struct capture_file *f, const char *text)
{
    char line[512];
    snprintf(line, sizeof line, "%s: %s", f->name, text);
    if (f->notice != NULL)
        f->notice(f->notice_context, line);
}

static enum tl_failure begin_pcap(struct capture_file *f, const struct tl_interface *interface, struct tl_error *error)
{
    f->begun = true;
    f->linktype = interface->linktype;
    f->fcs = interface->fcs;
    f->nanoseconds = interface->decimals > 6;
    struct pcap_header header = {
        .magic = f->nanoseconds ? MAGIC_NANOSECONDS : MAGIC_MICROSECONDS,
        .major = 2,
        .minor = 4,
        .snaplen = interface->snaplen > SNAPLEN ? interface->snaplen : SNAPLEN,
        .linktype = interface->linktype | (uint32_t)interface->fcs << 24,
    };
    return tl_output_write(f->base.output, &header, sizeof header, error);
}

/* Returns TL_E_NONE: writing continues. The first packet of each reason is reported. */
static enum tl_failure leave_out(struct capture_file *f, enum reason reason)
{
    static const char *const texts[REASONS] = {
        "a pcap file stores one link type, packets of others are left out: use a .pcapng name",
        "a pcap file stores one FCS length, packets of others are left out: use a .pcapng name",
        "a pcap file stores times from 1970 to 2106, packets of other times are left out: use a .pcapng name",
        "times before 1677 and after 2262 are not kept in memory, their packets are left out: save from a plain file",
    };
    if ((f->reasons >> reason & 1) == 0)
        say(f, texts[reason]);
    f->reasons |= 1U << reason;
    f->left_out++;
    return TL_E_NONE;
}

static enum tl_failure write_pcap(struct capture_file *f, const struct tl_packet *packet,
                                  const struct tl_interface *interface, struct tl_error *error)
{
    enum tl_failure failure = f->begun ? TL_E_NONE : begin_pcap(f, interface, error);
    if (failure != TL_E_NONE)
        return failure;
    if (packet->linktype != f->linktype)
        return leave_out(f, OTHER_LINKTYPE);
    if (TL_UNLIKELY(interface->fcs != f->fcs))
        return leave_out(f, OTHER_FCS);
    int64_t seconds = packet->ts / SECOND - (packet->ts % SECOND < 0);
    if (TL_UNLIKELY(seconds != (int64_t)(uint32_t)seconds)) /* also for a time outside the range */
        return leave_out(f, OTHER_TIME);
    if (TL_UNLIKELY(packet->untimed) && !f->told_untimed) {
        say(f, "a pcap file stores a time with each packet, packets without one get 1970: use a .pcapng name");
        f->told_untimed = true;
    }
    uint32_t rest = (uint32_t)(packet->ts - seconds * SECOND);
    struct pcap_record record = {
        .seconds = (uint32_t)seconds,
        .fraction = f->nanoseconds ? rest : rest / 1000,
        .caplen = packet->caplen,
        .len = packet->len,
    };
    f->packet_at = tl_output_length(f->base.output);
    failure = tl_output_write(f->base.output, &record, sizeof record, error);
    return failure == TL_E_NONE ? tl_output_write(f->base.output, packet->bytes, packet->caplen, error) : failure;
}

static enum tl_failure write_end(struct capture_file *f, struct tl_error *error);

/* Counts the packets put into the file as written, or as lost if the reader of the pipe is gone. */
static void is_safe(struct capture_file *f)
{
    if (tl_output_gone(f->base.output)) {
        f->lost += f->packets - f->safe;
        f->packets = f->safe;
        return;
    }
    tl_output_set_whole(f->base.output);
    f->safe = f->packets;
    f->headed |= f->begun || f->writer.open;
}

/* Live: writes the header to a file without packets as soon as the link type is known. */
static enum tl_failure flush(struct capture_file *f, struct tl_error *error)
{
    enum tl_failure failure = TL_E_NONE;
    if (TL_UNLIKELY(f->early && !f->begun && !f->writer.open) && tl_interfaces_count(f->interfaces) > 0)
        failure = write_end(f, error);
    if (failure == TL_E_NONE)
        failure = tl_output_flush(f->base.output, error);
    if (failure == TL_E_NONE)
        is_safe(f);
    return failure;
}

static void begin_anew(struct capture_file *f)
{
    f->begun = false;
    f->headed = false;
    f->packets = f->safe = 0;
    f->journal = NULL;
    struct tl_bytes secrets = f->writer.secrets;
    tl_pcapng_writer_fini(&f->writer);
    tl_pcapng_writer_init(&f->writer, f->base.output, f->interfaces);
    f->writer.secrets = secrets;
}

/* Continues in the next part, which starts at this time. */
static enum tl_failure rotate(struct capture_file *f, int64_t time, struct tl_error *error)
{
    enum tl_failure failure = flush(f, error);
    if (failure == TL_E_NONE)
        failure = write_end(f, error);
    if (failure == TL_E_NONE)
        failure = tl_parts_next(&f->parts, f->base.output, time, error);
    if (failure != TL_E_NONE)
        return failure;
    begin_anew(f);
    return TL_E_NONE;
}

/* The data on disk always ends with a whole packet. */
static enum tl_failure make_room(struct capture_file *f, const struct tl_packet *packet, struct tl_error *error)
{
    size_t size = packet->caplen + PACKET_ROOM;
    int64_t time;
    int64_t seconds = TL_LIKELY(tl_time_fits(packet->ts)) ? packet->ts / SECOND : f->parts.period; /* in this part */
    if (TL_UNLIKELY(tl_parts_rotates(&f->parts)) &&
        tl_parts_is_over(&f->parts, seconds, tl_output_length(f->base.output), f->packets, size, &time)) {
        f->complete = tl_parts_is_last(&f->parts);
        return f->complete ? TL_E_NONE : rotate(f, time, error);
    }
    if (TL_LIKELY(size < tl_output_room(f->base.output)))
        return TL_E_NONE;
    enum tl_failure failure = tl_output_flush(f->base.output, error);
    if (failure == TL_E_NONE)
        is_safe(f);
    return failure;
}

/* On failure counts as lost the packets not yet on disk, plus `more`. */
static enum tl_failure counted(struct capture_file *f, enum tl_failure failure, uint64_t more)
{
    if (failure == TL_E_NONE)
        return TL_E_NONE;
    f->lost += f->packets - f->safe + more;
    f->packets = f->safe;
    return failure;
}

static enum tl_failure tick(struct tl_sink *sink, struct tl_error *error)
{
    struct capture_file *f = (struct capture_file *)sink;
    return counted(f, flush(f, error), 0);
}

static uint64_t lost(const struct tl_sink *sink)
{
    const struct capture_file *f = (const struct capture_file *)sink;
    return f->lost + f->left_out;
}

static enum tl_failure reopen(struct tl_sink *sink, struct tl_error *error)
{
    struct capture_file *f = (struct capture_file *)sink;
    bool is_new = false;
    /* After a failure it is unknown which interfaces and headers were written. */
    if (tl_output_revive(f->base.output) && (f->pcapng || tl_output_is_empty(f->base.output)))
        begin_anew(f);
    if (tl_parts_rotates(&f->parts))
        return rotate(f, f->parts.part.time, error);
    enum tl_failure failure = write_end(f, error);
    if (failure == TL_E_NONE)
        failure = tl_output_reopen(f->base.output, NULL, true, &is_new, error);
    if (failure == TL_E_NONE && is_new)
        begin_anew(f);
    return failure;
}

void tl_capture_file_notice(struct tl_sink *sink, void (*notice)(void *context, const char *text), void *context)
{
    struct capture_file *f = (struct capture_file *)sink;
    f->notice = f->parts.notice = notice;
    f->notice_context = f->parts.notice_context = context;
}

void tl_capture_file_secrets(struct tl_sink *sink, struct tl_bytes lines)
{
    ((struct capture_file *)sink)->writer.secrets = lines;
}

void tl_capture_file_early(struct tl_sink *sink)
{
    ((struct capture_file *)sink)->early = true;
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
    return tl_parts_init(&((struct capture_file *)sink)->parts, rotation);
}

void tl_capture_file_on_end(struct tl_sink *sink, void (*ended)(void *context), void *context)
{
    struct capture_file *f = (struct capture_file *)sink;
    f->ended = ended;
    f->ended_context = context;
}

static enum tl_failure begin_file(struct capture_file *f, const struct tl_packet *packet,
                                  const struct tl_interface *interface, struct tl_error *error)
{
    enum tl_failure failure = TL_E_NONE;
    if (f->pcapng)
        failure = tl_pcapng_write_head(&f->writer, packet, interface, error);
    else if (!f->begun)
        failure = begin_pcap(f, interface, error);
    return failure == TL_E_NONE ? flush(f, error) : failure;
}

static enum tl_failure write_packet(struct capture_file *f, const struct tl_packet *packet, struct tl_error *error)
{
    const struct tl_interface *interface = tl_interfaces_get(f->interfaces, packet->interface);
    if (TL_UNLIKELY(interface == NULL))
        return tl_error_set(error, TL_E_RUNTIME, "cannot write %s: packet %llu has no interface", f->name,
                            (unsigned long long)packet->number);
    uint64_t left_out = f->left_out;
    enum tl_failure failure = f->headed ? TL_E_NONE : begin_file(f, packet, interface, error);
    if (failure != TL_E_NONE)
        return failure;
    if (TL_UNLIKELY(f->pcapng && !tl_time_fits(packet->ts) && !packet->stored_time))
        failure = leave_out(f, UNKNOWN_TIME);
    else
        failure = f->pcapng ? tl_pcapng_write_packet(&f->writer, packet, interface, error)
                            : write_pcap(f, packet, interface, error);
    bool written = failure == TL_E_NONE && f->left_out == left_out;
    f->packets += written;
    if (TL_UNLIKELY(f->journal != NULL) && written)
        tl_journal_add(f->journal, packet->number, f->pcapng ? f->writer.packet_at : f->packet_at);
    return failure;
}

/* The last part is full. */
static enum tl_failure end(struct capture_file *f, enum tl_failure failure, struct tl_error *error)
{
    if (failure == TL_E_NONE)
        failure = flush(f, error);
    if (f->ended != NULL)
        f->ended(f->ended_context);
    return counted(f, failure, 0);
}

static enum tl_failure write_block(struct tl_sink *sink, const struct tl_block *block, struct tl_error *error)
{
    struct capture_file *f = (struct capture_file *)sink;
    enum tl_failure failure = TL_E_NONE;
    uint32_t extra = 0, extras = f->pcapng ? block->extra_count : 0, put = 0;
    if (f->complete)
        return TL_E_NONE;
    if (tl_output_gone(f->base.output)) {
        f->lost += block->count;
        return TL_E_NONE;
    }
    for (uint32_t i = 0; failure == TL_E_NONE && i < block->count && !f->complete; i++) {
        for (; failure == TL_E_NONE && extra < extras && block->extras[extra].before <= i; extra++)
            failure = tl_pcapng_write_extra(&f->writer, &block->extras[extra], error);
        if (failure == TL_E_NONE)
            failure = make_room(f, &block->packets[i], error);
        if (TL_UNLIKELY(f->complete))
            return end(f, failure, error);
        if (failure == TL_E_NONE)
            failure = write_packet(f, &block->packets[i], error);
        put += failure == TL_E_NONE;
        if (failure == TL_E_NONE && f->flush_each)
            failure = flush(f, error);
    }
    for (; failure == TL_E_NONE && extra < extras && !f->complete; extra++)
        failure = tl_pcapng_write_extra(&f->writer, &block->extras[extra], error);
    return counted(f, failure, block->count - put);
}

/* A file without packets still needs its header. */
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

/* Reports at the end how many packets were left out, and why. */
static enum tl_failure lacks(const struct capture_file *f, struct tl_error *error)
{
    char text[128] = "";
    size_t len = 0;
    for (unsigned i = 0; i < REASONS; i++)
        if ((f->reasons >> i & 1) != 0)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", len > 0 ? ", " : "", things[i]);
    return tl_error_set(error, TL_E_RUNTIME, "%s lacks %llu packets of %s: %s", f->name,
                        (unsigned long long)f->left_out, text,
                        f->pcapng ? "save from a plain file" : "use a .pcapng name");
}

static enum tl_failure close_file(struct tl_sink *sink, struct tl_error *error)
{
    struct capture_file *f = (struct capture_file *)sink;
    enum tl_failure failure = write_end(f, error);
    enum tl_failure finished = tl_output_finish(f->base.output, error);
    if (failure == TL_E_NONE)
        failure = finished;
    counted(f, failure, 0);
    if (failure == TL_E_NONE && f->left_out > 0)
        failure = lacks(f, error);
    return failure;
}

static void free_sink(struct tl_sink *sink)
{
    struct capture_file *f = (struct capture_file *)sink;
    tl_pcapng_writer_fini(&f->writer);
    free(f->name);
    tl_parts_fini(&f->parts);
    tl_output_sink_free(sink);
}

struct tl_sink *tl_capture_file_sink(struct tl_output *output, const struct tl_interfaces *interfaces, bool pcapng,
                                     const char *path)
{
    struct capture_file *f = tl_output_sink_new(sizeof *f, output);
    if (f == NULL)
        return NULL;
    f->base.sink.block = write_block;
    f->base.sink.lost = lost;
    f->base.sink.tick = tick;
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
