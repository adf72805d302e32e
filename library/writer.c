/* writer.c - capture files of packets that readers and decoders gave. */
#include <stdlib.h>

#include "library/hold.h"

enum { SEEN_MOST = 256 };

/* An interface of a hold, and the one of the file that stands for it. */
struct seen {
    const struct tl_interface *from;
    uint32_t to;
};

struct taplight_writer {
    struct tl_interfaces *interfaces;
    struct tl_sink *sink;
    struct seen seen[SEEN_MOST];
    uint32_t seen_count;
};

static bool ends_with(const char *path, const char *end)
{
    size_t len = strlen(path), n = strlen(end);
    return len >= n && strcmp(path + len - n, end) == 0;
}

struct taplight_writer *taplight_writer_open(const char *path, struct taplight_error *error)
{
    struct tl_error reason = { .kind = TL_E_NONE };
    struct taplight_writer *writer = calloc(1, sizeof *writer);
    if (writer != NULL)
        writer->interfaces = tl_interfaces_new();
    struct tl_output *output = NULL;
    if (writer != NULL && writer->interfaces != NULL && (output = tl_output_open(path, &reason)) != NULL)
        writer->sink = tl_capture_file_sink(output, writer->interfaces, !ends_with(path, ".pcap"), path);
    if (writer != NULL && writer->sink != NULL)
        return writer;
    tl_error_set(&reason, TL_E_RUNTIME, "out of memory"); /* keeps an earlier error */
    tl_set_failure(error, reason.kind, "%s", reason.text);
    if (writer != NULL)
        tl_interfaces_free(writer->interfaces);
    free(writer);
    return NULL;
}

/* The interface in the file for the packet's; UINT32_MAX: no memory. */
static uint32_t interface_for(struct taplight_writer *writer, const struct taplight_packet *packet)
{
    static const struct tl_interface plain = { .decimals = 9, .section = UINT32_MAX };
    const struct tl_interface *from = tl_interfaces_get(packet->hold->interfaces, packet->item->packet.interface);
    for (uint32_t i = 0; i < writer->seen_count; i++) {
        if (writer->seen[i].from == from)
            return writer->seen[i].to;
    }
    struct tl_interface to = from != NULL ? *from : plain;
    to.linktype = packet->item->packet.linktype;
    uint32_t index = tl_interfaces_add(writer->interfaces, &to);
    if (index != UINT32_MAX && writer->seen_count < SEEN_MOST)
        writer->seen[writer->seen_count++] = (struct seen){ from, index };
    return index;
}

bool taplight_writer_put(struct taplight_writer *writer, const struct taplight_packet *packet,
                         struct taplight_error *error)
{
    struct tl_error reason = { .kind = TL_E_NONE };
    struct tl_packet copy = packet->item->packet;
    if (packet->item->bytes_at == 0) {
        tl_set_failure(error, TL_E_USAGE, "the packet has values only: read it without values_only");
        return false;
    }
    uint32_t interface = interface_for(writer, packet);
    if (interface > UINT16_MAX) {
        tl_set_failure(error, TL_E_RUNTIME, "out of memory, or too many interfaces");
        return false;
    }
    copy.interface = interface & UINT16_MAX;
    copy.bytes = (const uint8_t *)packet->item + packet->item->bytes_at;
    const struct tl_block block = { .packets = &copy, .count = 1, .capacity = 1 };
    if (writer->sink->block(writer->sink, &block, &reason) == TL_E_NONE)
        return true;
    tl_set_failure(error, reason.kind, "%s", reason.text);
    return false;
}

bool taplight_writer_close(struct taplight_writer *writer, struct taplight_error *error)
{
    struct tl_error reason = { .kind = TL_E_NONE };
    if (writer == NULL)
        return true;
    bool fine = writer->sink->close(writer->sink, &reason) == TL_E_NONE;
    if (!fine)
        tl_set_failure(error, reason.kind, "%s", reason.text);
    writer->sink->free(writer->sink);
    tl_interfaces_free(writer->interfaces);
    free(writer);
    return fine;
}
