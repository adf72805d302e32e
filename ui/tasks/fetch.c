/* fetch.c - reads with pread(): a file that is cut meanwhile is a short read, not a signal. */
#include "ui/tasks/fetch.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/time.h"

enum { BLOCK_EPB = 6, EPB_DATA = 28, EPB_AROUND = 32, OPTIONS_MOST = 1 << 20, BYTES_USUAL = 2048,
       HEAD = 24 /* bytes before a packet, in every format */,
       AHEAD = 128 << 10 };

static bool make_room(struct tl_fetch *fetch, size_t n)
{
    if (n <= fetch->capacity)
        return true;
    uint8_t *grown = realloc(fetch->memory, HEAD + n);
    if (grown == NULL)
        return false;
    fetch->memory = grown;
    fetch->bytes = grown + HEAD;
    fetch->capacity = n;
    return true;
}

bool tl_fetch_init(struct tl_fetch *fetch, const struct tl_packet_source *source)
{
    *fetch = (struct tl_fetch){ .store = source->store,
                                .interfaces = source->interfaces,
                                .opened = source->opened,
                                .journal = source->journal };
    return make_room(fetch, BYTES_USUAL);
}

void tl_fetch_fini(struct tl_fetch *fetch)
{
    free(fetch->memory);
    for (size_t i = 0; i < TL_FETCH_AHEAD; i++)
        free(fetch->ahead[i].bytes);
}

void tl_fetch_in_order(struct tl_fetch *fetch)
{
    fetch->in_order = true;
}

static uint32_t load32(const uint8_t *p, bool big_endian)
{
    return big_endian ? tl_load_be32(p) : tl_load_le32(p);
}

static bool are_lengths(const uint8_t *p, bool big_endian, uint32_t caplen, uint32_t len)
{
    uint32_t first = load32(p, big_endian), second = load32(p + 4, big_endian);
    uint32_t wire = first == caplen ? second : first;
    return (first == caplen || second == caplen) && (wire == len || (len == caplen && wire < caplen));
}

/*
 * The HEAD bytes before a packet contain its lengths, in the layout of some format. Otherwise the file was written to,
 * and the bytes are another packet's. pcap and pcapng have the lengths last (in either order for some pcap files),
 * patched pcap has 8 bytes after them, snoop has them first, and a simple packet block has one of them.
 */
static bool is_of(const uint8_t head[HEAD], const struct tl_row *row)
{
    for (unsigned big_endian = 0; big_endian < 2; big_endian++) {
        if (are_lengths(head + HEAD - 8, big_endian, row->caplen, row->len) ||
            are_lengths(head + HEAD - 16, big_endian, row->caplen, row->len) ||
            are_lengths(head, big_endian, row->caplen, row->len) || load32(head + HEAD - 4, big_endian) == row->len)
            return true;
    }
    return false;
}

static bool read_file(const struct tl_fetch *fetch, uint32_t input, uint64_t place, uint8_t *to, uint32_t len)
{
    int fd = tl_inputs_fd(fetch->opened, input);
    if (fd < 0)
        return false;
    for (uint32_t done = 0; done < len;) {
        ssize_t n = pread(fd, to + done, len - done, (off_t)(place + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (uint32_t)n;
    }
    return true;
}

/* Copies n bytes from what was read ahead, or reads ahead from them on. false: they are too many, or not there. */
static bool read_ahead(struct tl_fetch *fetch, uint32_t input, uint64_t place, size_t n)
{
    struct tl_fetch_ahead *a = &fetch->ahead[input % TL_FETCH_AHEAD];
    if (!fetch->in_order || n > AHEAD)
        return false;
    if (a->bytes == NULL)
        a->bytes = malloc(AHEAD);
    if (a->bytes == NULL)
        return false;
    if (a->input != input || place < a->place || place + n > a->place + a->len) {
        ssize_t len = pread(tl_inputs_fd(fetch->opened, input), a->bytes, AHEAD, (off_t)place);
        *a = (struct tl_fetch_ahead){ a->bytes, input, place, len > 0 ? (size_t)len : 0 };
    }
    if (place + n > a->place + a->len)
        return false;
    memcpy(fetch->memory, a->bytes + (place - a->place), n);
    return true;
}

/* In one read, with the HEAD bytes before them: the bytes are those of this packet, or it is gone. */
static bool read_packet(struct tl_fetch *fetch, uint32_t input, const struct tl_row *row, uint32_t len)
{
    int fd = tl_inputs_fd(fetch->opened, input);
    if (fd >= 0 && row->place >= HEAD && read_ahead(fetch, input, row->place - HEAD, HEAD + len))
        return is_of(fetch->memory, row);
    ssize_t n = fd >= 0 && row->place >= HEAD ? pread(fd, fetch->memory, HEAD + len, (off_t)(row->place - HEAD)) : -1;
    return n >= HEAD && is_of(fetch->memory, row) &&
           (n == (ssize_t)(HEAD + len) || read_file(fetch, input, row->place, fetch->bytes, len));
}

static bool read_kept(const struct tl_fetch *fetch, uint64_t index, const struct tl_row *row,
                      const struct tl_interface *interface)
{
    if (tl_store_bytes(fetch->store, row, fetch->bytes))
        return true;
    uint64_t number = fetch->journal != NULL ? tl_store_number(fetch->store, index) : 0;
    struct tl_packet packet = { .number = number, .ts = row->ts, .caplen = row->caplen, .len = row->len,
                                .untimed = row->untimed };
    return number != 0 && tl_journal_read(fetch->journal, &packet, interface, fetch->bytes);
}

/* Fills in the packet, whose bytes are read. */
static void describe(const struct tl_fetch *fetch, uint64_t index, const struct tl_row *row,
                     const struct tl_interface *interface, struct tl_packet *packet)
{
    *packet = (struct tl_packet){ .ts = row->ts,
                                  .etime = row->ts,
                                  .number = index + 1,
                                  .bytes = fetch->bytes,
                                  .caplen = row->caplen,
                                  .len = row->len < row->caplen ? row->caplen : row->len,
                                  .linktype = interface->linktype,
                                  .stored_time = !tl_time_fits(row->ts) && !row->kept,
                                  .untimed = row->untimed,
                                  .interface = row->interface };
}

bool tl_fetch_packet(struct tl_fetch *fetch, uint64_t index, const struct tl_row *row, struct tl_packet *packet)
{
    const struct tl_interface *interface = tl_interfaces_get(fetch->interfaces, row->interface);
    if (interface == NULL || !make_room(fetch, (size_t)row->caplen + 8))
        return false;
    if (row->kept ? !read_kept(fetch, index, row, interface)
                  : !read_packet(fetch, interface->input, row, row->caplen))
        return false;
    describe(fetch, index, row, interface, packet);
    return true;
}

/* Bytes of options after a packet in its file: the rest of its Enhanced Packet Block. 0: not such a block. */
static uint32_t options_in_file(const struct tl_fetch *fetch, const struct tl_interface *interface,
                                const struct tl_row *row)
{
    uint8_t head[EPB_DATA], end[4];
    bool be = interface->big_endian;
    uint32_t padded = (row->caplen + 3) & ~3u;
    if (row->place < EPB_DATA || !read_file(fetch, interface->input, row->place - EPB_DATA, head, sizeof head))
        return 0;
    uint32_t total = load32(head + 4, be);
    if (load32(head, be) != BLOCK_EPB || load32(head + 20, be) != row->caplen || total < EPB_AROUND + padded ||
        total - EPB_AROUND - padded > OPTIONS_MOST ||
        !read_file(fetch, interface->input, row->place - EPB_DATA + total - sizeof end, end, sizeof end))
        return 0;
    return load32(end, be) == total ? total - EPB_AROUND - padded : 0;
}

bool tl_fetch_whole(struct tl_fetch *fetch, uint64_t index, const struct tl_row *row, struct tl_packet *packet)
{
    const struct tl_interface *interface = tl_interfaces_get(fetch->interfaces, row->interface);
    if (interface == NULL || interface->section == UINT32_MAX) /* not pcapng */
        return tl_fetch_packet(fetch, index, row, packet);
    uint32_t padded = (row->caplen + 3) & ~3u;
    uint32_t options = row->kept ? tl_store_options(fetch->store, row) : options_in_file(fetch, interface, row);
    if (options == 0)
        return tl_fetch_packet(fetch, index, row, packet);
    if (!make_room(fetch, (size_t)padded + options + 8))
        return false;
    if (row->kept ? !tl_store_bytes_and_options(fetch->store, row, fetch->bytes, options)
                  : !read_packet(fetch, interface->input, row, padded + options))
        return tl_fetch_packet(fetch, index, row, packet);
    describe(fetch, index, row, interface, packet);
    packet->options_len = options;
    packet->commented = row->commented;
    return true;
}
