/*
 * streams.c - the DNS messages of a TCP conversation give the same records, whatever way they are cut into segments and
 * whatever order those come in, with repeats: times, packet counts and history aside.
 */
#include <unistd.h>

#include "core/checksum.h"
#include "tests/property/samples.h"

enum { STREAM_MOST = 1 << 16, PIECES = 4096, ROUNDS = 60, WINDOW = 12, HEADERS = 54 };

struct talk { /* what the sample holds: payload in order, a side each */
    uint8_t addr[2][4];
    uint16_t port[2];
    uint8_t bytes[2][STREAM_MOST];
    uint32_t len[2];
};

struct piece {
    uint32_t from, len;
};

/* Reads a conversation whose segments come in order, over IPv4 and Ethernet; the first packet is the client's. */
static void take_packet(void *context, const struct tl_packet *packet)
{
    struct talk *t = context;
    const uint8_t *ip = packet->bytes + 14;
    if (packet->caplen < HEADERS || tl_load_be16(ip - 2) != 0x0800 || ip[9] != 6)
        return;
    uint32_t ip_len = (ip[0] & 15u) * 4, total = tl_load_be16(ip + 2);
    const uint8_t *tcp = ip + ip_len;
    uint32_t tcp_len = (tcp[12] >> 4) * 4u, len = total - ip_len - tcp_len;
    if (t->port[0] == 0) {
        memcpy(t->addr[0], ip + 12, 4);
        memcpy(t->addr[1], ip + 16, 4);
        t->port[0] = tl_load_be16(tcp);
        t->port[1] = tl_load_be16(tcp + 2);
    }
    unsigned side = tl_load_be16(tcp) != t->port[0];
    if (tl_load_be16(tcp + side * 2) != t->port[0] || t->len[side] + len > STREAM_MOST)
        return; /* another conversation */
    memcpy(t->bytes[side] + t->len[side], tcp + tcp_len, len);
    t->len[side] += len;
}

static void put32(struct tl_buffer *b, uint32_t v)
{
    uint8_t bytes[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };
    tl_put(b, bytes, 4);
}

/* A segment of `side` with these bytes of its stream. TCP checksums are left zero: nobody verifies them here. */
static void put_segment(struct tl_buffer *b, const struct talk *t, unsigned side, uint8_t flags, uint32_t sequence,
                        uint32_t ack, const uint8_t *data, uint32_t len, uint32_t number)
{
    uint8_t h[HEADERS] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45 };
    put32(b, 1700000000 + number / 1000);
    put32(b, number % 1000 * 1000);
    put32(b, HEADERS + len);
    put32(b, HEADERS + len);
    tl_store_be16(h + 16, (uint16_t)(40 + len));
    h[22] = 64;
    h[23] = 6;
    memcpy(h + 26, t->addr[side], 4);
    memcpy(h + 30, t->addr[side ^ 1], 4);
    tl_store_be16(h + 34, t->port[side]);
    tl_store_be16(h + 36, t->port[side ^ 1]);
    tl_store_be32(h + 38, sequence);
    tl_store_be32(h + 42, ack);
    h[46] = 0x50;
    h[47] = flags;
    tl_store_be16(h + 48, 8192);
    tl_store_be16(h + 24, (uint16_t)~tl_checksum_fold(tl_checksum_add(0, h + 14, 20)));
    tl_put(b, h, sizeof h);
    if (len > 0)
        tl_put(b, data, len);
}

/* A side's stream in pieces; rough: any length, some again or longer than they need be, mixed within a window. */
static unsigned cut(struct piece pieces[PIECES], uint32_t len, bool rough, uint64_t *random)
{
    unsigned count = 0;
    uint32_t longest = rough ? 1 + (uint32_t)(next_random(random) % 400) : 1400;
    for (uint32_t at = 0; at < len;) {
        uint32_t n = rough ? 1 + (uint32_t)(next_random(random) % longest) : longest;
        n = n > len - at ? len - at : n;
        if (count > PIECES / 2)
            n = len - at < 1400 ? len - at : 1400;
        pieces[count++] = (struct piece){ at, n };
        at += n;
        if (rough && next_random(random) % 4 == 0 && count < PIECES) { /* back into what was sent already */
            uint32_t back = 1 + (uint32_t)(next_random(random) % 300);
            uint32_t from = at > back ? at - back : 0, more = 1 + (uint32_t)(next_random(random) % 300);
            pieces[count++] = (struct piece){ from, more > len - from ? len - from : more };
        }
    }
    for (unsigned i = 0; rough && i < count; i++) {
        unsigned k = i + (unsigned)(next_random(random) % WINDOW);
        if (k < count) {
            struct piece p = pieces[i];
            pieces[i] = pieces[k];
            pieces[k] = p;
        }
    }
    return count;
}

/* The conversation as a capture file: the client's bytes first, so that no answer comes before its question. */
static void write_capture(const char *path, const struct talk *t, bool rough, uint64_t *random)
{
    static struct piece pieces[PIECES];
    struct tl_buffer b = { 0 };
    uint32_t number = 1, isn[2] = { 1000, 4000000000 };
    if (rough) /* also where sequence numbers wrap */
        isn[0] = 0u - (uint32_t)(next_random(random) % (t->len[0] + 1));
    put32(&b, 0xa1b2c3d4);
    put32(&b, 0x00020004);
    put32(&b, 0);
    put32(&b, 0);
    put32(&b, 262144);
    put32(&b, 1);
    put_segment(&b, t, 0, 2, isn[0], 0, NULL, 0, number++);
    put_segment(&b, t, 1, 18, isn[1], isn[0] + 1, NULL, 0, number++);
    put_segment(&b, t, 0, 16, isn[0] + 1, isn[1] + 1, NULL, 0, number++);
    for (unsigned side = 0; side < 2; side++) {
        unsigned count = cut(pieces, t->len[side], rough, random);
        for (unsigned i = 0; i < count; i++) /* what the peer had: nothing of this side's is acknowledged early */
            put_segment(&b, t, side, 16, isn[side] + 1 + pieces[i].from, isn[side ^ 1] + 1 + (side ? t->len[0] : 0),
                        t->bytes[side] + pieces[i].from, pieces[i].len, number++);
    }
    put_segment(&b, t, 0, 17, isn[0] + 1 + t->len[0], isn[1] + 1 + t->len[1], NULL, 0, number++);
    put_segment(&b, t, 1, 17, isn[1] + 1 + t->len[1], isn[0] + 2 + t->len[0], NULL, 0, number++);
    FILE *file = fopen(path, "wb");
    if (b.failed || file == NULL || fwrite(b.data, 1, b.len, file) != b.len || fclose(file) != 0)
        give_up("cannot write a capture");
    tl_buffer_fini(&b);
}

/* Takes "key":value, out of every line, in place. */
static void without(char *text, const char *key)
{
    char *to = text;
    size_t n = strlen(key);
    while (*text != 0) {
        if (*text == '"' && strncmp(text + 1, key, n) == 0 && text[1 + n] == '"' && text[2 + n] == ':') {
            text += strcspn(text, ",}\n");
            text += *text == ',';
            continue;
        }
        *to++ = *text++;
    }
    *to = 0;
}

static char *records(const char *path)
{
    static const char *const aside[] = { "ts", "rtt", "duration", "tcp_rtt", "history", "orig_pkts", "resp_pkts",
                                         "orig_ip_bytes", "resp_ip_bytes", "orig_retrans", "resp_retrans", "orig_ooo",
                                         "resp_ooo", "last_pkt" };
    char *text = records_of(path, false, false);
    for (unsigned i = 0; i < TL_COUNT(aside); i++)
        without(text, aside[i]);
    return text;
}

static unsigned try_sample(const char *samples, const char *name, const char *capture, uint64_t *random)
{
    static struct talk t;
    char path[4096];
    unsigned wrong = 0, messages = 0;
    t = (struct talk){ 0 };
    snprintf(path, sizeof path, "%s/dns/%s", samples, name);
    each_packet(path, take_packet, &t);
    write_capture(capture, &t, false, random);
    char *expected = records(capture);
    for (const char *p = expected; (p = strstr(p, "\"_path\":\"dns\"")) != NULL; p++)
        messages++;
    for (unsigned round = 0; round < ROUNDS; round++) {
        write_capture(capture, &t, true, random);
        char *got = records(capture);
        if (strcmp(got, expected) != 0) {
            size_t at = 0;
            while (got[at] != 0 && got[at] == expected[at])
                at++;
            at = at > 60 ? at - 60 : 0;
            if (wrong++ == 0)
                printf("%s, round %u:\n  %.160s\nnot\n  %.160s\n", name, round, got + at, expected + at);
        }
        free(got);
    }
    free(expected);
    printf("%s: %u and %u bytes, %u records, %u of %u ways of cutting differ\n", name, t.len[0], t.len[1], messages,
           wrong, ROUNDS);
    return wrong + (messages == 0);
}

int main(int argc, char **argv)
{
    static const char *const names[] = { "tcp-many-in-one.pcap", "tcp-keepopen-real.pcap", "tcp-keepopen.pcap",
                                         "axfr.pcap", "tcp.pcap" };
    char capture[] = "/tmp/taplight-streams-XXXXXX";
    uint64_t random = 1;
    unsigned wrong = 0;
    if (argc != 2)
        give_up("usage: property_streams SAMPLES");
    int fd = mkstemp(capture);
    if (fd < 0)
        give_up("cannot make a temporary file");
    close(fd);
    for (unsigned i = 0; i < TL_COUNT(names); i++)
        wrong += try_sample(argv[1], names[i], capture, &random);
    unlink(capture);
    return wrong > 0;
}
