/*
 * amplify.c - makes a large capture out of small ones: amplify OUT COPIES FILE...
 * Writes the Ethernet packets of all files COPIES times to one pcap file with microseconds. In time, each file follows
 * the previous file, each copy the previous copy. Copy k has its outermost addresses shifted by k. All checksums stay
 * valid: one word of an address grows by the amount by which another shrinks, in one's complement (RFC 1624).
 */
#include <stdio.h>
#include <stdlib.h>

#include "capture/feed.h"

enum { LINKTYPE_ETHERNET = 1, GAP_US = 1000000, PACKET_MOST = 65535 };

struct out {
    FILE *file;
    int64_t clock_us; /* time of the first packet of the next file */
    int64_t base_us, last_us;
    uint64_t packets;
};

static void put32(FILE *f, uint32_t v)
{
    fwrite(&v, sizeof v, 1, f);
}

/* One's-complement sum of two words. */
static uint16_t add(uint16_t a, uint16_t b)
{
    uint32_t sum = (uint32_t)a + b;
    return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

static void shift(uint8_t *address, unsigned words, uint16_t k)
{
    uint8_t *up = address, *down = address + (words - 1) * 2;
    tl_store_be16(up, add(tl_load_be16(up), k));
    tl_store_be16(down, add(tl_load_be16(down), (uint16_t)~k));
}

static void shift_packet(uint8_t *p, uint32_t len, uint16_t k)
{
    uint32_t at = 12;
    while (at + 2 <= len && (tl_load_be16(p + at) == 0x8100 || tl_load_be16(p + at) == 0x88a8))
        at += 4;
    if (k == 0 || at + 2 > len)
        return;
    uint16_t type = tl_load_be16(p + at);
    at += 2;
    if (type == 0x0800 && at + 20 <= len) {
        shift(p + at + 12, 2, k);
        shift(p + at + 16, 2, k);
    } else if (type == 0x86dd && at + 40 <= len) {
        shift(p + at + 8, 8, k);
        shift(p + at + 24, 8, k);
    }
}

static void put_packet(struct out *out, const struct tl_packet *packet, uint16_t k)
{
    uint8_t bytes[PACKET_MOST];
    if (packet->linktype != LINKTYPE_ETHERNET || packet->caplen > sizeof bytes)
        return;
    memcpy(bytes, packet->bytes, packet->caplen);
    shift_packet(bytes, packet->caplen, k);
    int64_t us = packet->ts / 1000 - out->base_us;
    if (us < 0 || us > INT64_C(86400000000)) /* a wrong timestamp in the source */
        us = out->last_us;
    out->last_us = us;
    us += out->clock_us;
    put32(out->file, (uint32_t)(us / 1000000));
    put32(out->file, (uint32_t)(us % 1000000));
    put32(out->file, packet->caplen);
    put32(out->file, packet->len);
    fwrite(bytes, 1, packet->caplen, out->file);
    out->packets++;
}

static void put_file(struct out *out, const char *path, uint16_t k)
{
    struct tl_error error = { 0 };
    struct tl_interfaces *interfaces = tl_interfaces_new();
    struct tl_file_options options = { .memory = 16 << 20 };
    struct tl_source *source = tl_file_open(path, interfaces, &options, &error);
    if (source == NULL) {
        tl_interfaces_free(interfaces);
        return;
    }
    struct tl_feed_options feed_options = { .sources = &source, .source_count = 1, .interfaces = interfaces,
                                            .workers = 1, .block_packets = 1024, .block_count = 2 };
    struct tl_feed *feed = tl_feed_new(&feed_options, &error);
    out->last_us = 0;
    bool first = true;
    for (bool last = false; feed != NULL && !last;) {
        struct tl_block *block = tl_feed_next(feed);
        last = block->last;
        for (uint32_t i = 0; i < block->count; i++) {
            if (first)
                out->base_us = block->packets[i].ts / 1000;
            first = false;
            put_packet(out, &block->packets[i], k);
        }
        tl_feed_release(feed, block);
    }
    out->clock_us += out->last_us + GAP_US;
    if (feed != NULL)
        tl_feed_free(feed);
    source->ops->close(source);
    tl_interfaces_free(interfaces);
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: amplify OUT COPIES FILE...\n");
        return 2;
    }
    struct out out = { .file = fopen(argv[1], "wb"), .clock_us = INT64_C(1700000000000000) };
    if (out.file == NULL) {
        perror(argv[1]);
        return 1;
    }
    const uint32_t header[] = { 0xa1b2c3d4, 4u << 16 | 2, 0, 0, 262144, LINKTYPE_ETHERNET };
    fwrite(header, sizeof header, 1, out.file);
    unsigned long copies = strtoul(argv[2], NULL, 10);
    for (unsigned long k = 0; k < copies; k++) {
        for (int i = 3; i < argc; i++)
            put_file(&out, argv[i], (uint16_t)k);
    }
    bool failed = ferror(out.file) != 0;
    if (fclose(out.file) != 0 || failed) {
        perror(argv[1]);
        return 1;
    }
    printf("%llu packets\n", (unsigned long long)out.packets);
    return 0;
}
