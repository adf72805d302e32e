/*
 * mangle.c - taplight-mangle IN OUT MODE SEED rewrites the TCP segments of a capture (pcap, Ethernet, IPv4 or IPv6). The
 * same seed gives the same bytes. Checksums stay correct.
 *
 *   loss       some segments with payload arrive three packets later, or before the other side sends again
 *   reorder    some segments with payload are swapped with the next one, if it has the same direction
 *   duplicate  some segments occur twice
 *   overlap    some segments are repeated with the start of the next one, or from inside the previous one
 *   onebyte    every segment becomes segments of one byte
 *   gap        some segments with payload are removed
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADERS_MOST = 14 + 40 + 60, PACKET_MOST = 65535, LATER = 3 };

enum mode { LOSS, REORDER, DUPLICATE, OVERLAP, ONEBYTE, GAP, MODES };
static const char *const mode_names[MODES] = { "loss", "reorder", "duplicate", "overlap", "onebyte", "gap" };

struct packet {
    uint8_t head[16]; /* record header as in the file */
    uint8_t *bytes;
    uint32_t len;
    uint32_t headers; /* bytes before the TCP payload; 0: not a complete TCP segment */
    uint32_t payload;
    bool v6;
};

struct file {
    uint8_t header[24];
    struct packet *packets;
    size_t count, room;
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "taplight-mangle: %s\n", what);
    exit(1);
}

static uint32_t get16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
    return get16(p) << 16 | get16(p + 2);
}

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v & 0xffff);
}

static uint32_t native32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}

static uint32_t sum(const uint8_t *p, size_t len, uint32_t total)
{
    for (size_t i = 0; i + 1 < len; i += 2)
        total += get16(p + i);
    if (len % 2 != 0)
        total += (uint32_t)p[len - 1] << 8;
    return total;
}

static uint16_t fold(uint32_t total)
{
    while (total > 0xffff)
        total = (total & 0xffff) + (total >> 16);
    return (uint16_t)~total;
}

/* Finds the payload: Ethernet, IPv4 without fragments or IPv6 without extension headers, TCP, fully captured. */
static void look(struct packet *p)
{
    const uint8_t *b = p->bytes;
    uint32_t tcp, end;
    p->headers = p->payload = 0;
    if (p->len < 54)
        return;
    p->v6 = get16(b + 12) == 0x86dd;
    if (p->v6) {
        tcp = 54;
        end = tcp + get16(b + 18);
        if (b[20] != 6)
            return;
    } else {
        tcp = 14 + (b[14] & 15u) * 4;
        end = 14 + get16(b + 16);
        if (get16(b + 12) != 0x0800 || b[23] != 6 || (get16(b + 20) & 0x3fff) != 0)
            return;
    }
    if (end > p->len || tcp + 20 > end || tcp + (b[tcp + 12] >> 4) * 4u > end)
        return;
    p->headers = tcp + (b[tcp + 12] >> 4) * 4u;
    p->payload = end - p->headers;
}

static uint32_t tcp_of(const struct packet *p)
{
    return p->v6 ? 54 : 14 + (p->bytes[14] & 15u) * 4;
}

static void set_checksums(struct packet *p)
{
    uint8_t *b = p->bytes;
    uint32_t tcp = tcp_of(p), len = p->headers - tcp + p->payload;
    if (p->v6) {
        put16(b + 18, len);
    } else {
        put16(b + 16, tcp - 14 + len);
        put16(b + 24, 0);
        put16(b + 24, fold(sum(b + 14, tcp - 14, 0)));
    }
    put16(b + tcp + 16, 0);
    uint32_t pseudo = p->v6 ? sum(b + 22, 32, 6 + len) : sum(b + 26, 8, 6 + len);
    put16(b + tcp + 16, fold(sum(b + tcp, len, pseudo)));
}

static void add(struct file *f, const struct packet *p)
{
    if (f->count == f->room) {
        f->room = f->room ? f->room * 2 : 256;
        f->packets = realloc(f->packets, f->room * sizeof *f->packets);
        if (f->packets == NULL)
            die("no memory");
    }
    f->packets[f->count++] = *p;
}

/* Returns p's headers with other payload, `off` bytes later in the stream. */
static struct packet with_payload(const struct packet *p, const uint8_t *payload, uint32_t len, uint32_t off)
{
    struct packet made = *p;
    made.len = p->headers + len;
    made.payload = len;
    made.bytes = malloc(made.len);
    if (made.bytes == NULL || p->headers > HEADERS_MOST)
        die("no memory");
    memcpy(made.bytes, p->bytes, p->headers);
    memcpy(made.bytes + p->headers, payload, len);
    uint8_t *sequence = made.bytes + tcp_of(p) + 4;
    put32(sequence, get32(sequence) + off);
    if (off + len < p->payload)
        made.bytes[tcp_of(p) + 13] &= (uint8_t)~1; /* the FIN goes with the last byte */
    set_checksums(&made);
    return made;
}

/* Returns the next segment of the same direction that follows p's last byte, or NULL. */
static struct packet *follower(struct file *f, size_t i)
{
    struct packet *p = &f->packets[i];
    uint32_t tcp = tcp_of(p), next = get32(p->bytes + tcp + 4) + p->payload;
    for (size_t k = i + 1; k < f->count; k++) {
        struct packet *q = &f->packets[k];
        if (q->headers == 0 || q->payload == 0 || q->v6 != p->v6 || tcp_of(q) != tcp)
            continue;
        if (memcmp(q->bytes + 26, p->bytes + 26, 8) == 0 && memcmp(q->bytes + tcp, p->bytes + tcp, 4) == 0 &&
            get32(q->bytes + tcp + 4) == next)
            return q;
    }
    return NULL;
}

static uint32_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

static void onebyte(struct file *out, const struct packet *p)
{
    for (uint32_t i = 0; i < p->payload; i++) {
        struct packet one = with_payload(p, p->bytes + p->headers + i, 1, i);
        add(out, &one);
    }
}

/* Writes the segment, then a second one that also has the following bytes (at the end: its second half). */
static void overlap(struct file *in, size_t i, struct file *out)
{
    struct packet *p = &in->packets[i], *q = follower(in, i);
    static uint8_t joined[PACKET_MOST];
    uint32_t half = p->payload / 2, more = q != NULL && q->payload > 1 && q->payload < 1200 ? q->payload / 2 : 0;
    add(out, p);
    memcpy(joined, p->bytes + p->headers + half, p->payload - half);
    if (more > 0)
        memcpy(joined + p->payload - half, q->bytes + q->headers, more);
    struct packet made = with_payload(p, joined, p->payload - half + more, half);
    add(out, &made);
}

/* Returns true if both have the same connection and direction. */
static bool same_way(const struct packet *p, const struct packet *q)
{
    uint32_t tcp = tcp_of(p);
    return q->headers > 0 && q->v6 == p->v6 && tcp_of(q) == tcp && memcmp(q->bytes + 26, p->bytes + 26, 8) == 0 &&
           memcmp(q->bytes + tcp, p->bytes + tcp, 4) == 0;
}

static void mangle(struct file *in, struct file *out, enum mode mode, uint64_t seed)
{
    struct packet later = { .bytes = NULL };
    int due = 0;
    for (size_t i = 0; i < in->count; i++) {
        struct packet *p = &in->packets[i];
        bool chosen = p->payload > 0 && next_random(&seed) % 4 == 0;
        bool other = later.bytes != NULL && !same_way(&later, p);
        if (later.bytes != NULL && (--due <= 0 || other)) {
            add(out, &later);
            later.bytes = NULL;
        }
        if (mode == ONEBYTE && p->payload > 1) {
            onebyte(out, p);
        } else if (!chosen) {
            add(out, p);
        } else if (mode == OVERLAP) {
            overlap(in, i, out);
        } else if (mode == DUPLICATE) {
            add(out, p);
            add(out, p);
        } else if ((mode == LOSS || mode == REORDER) && later.bytes == NULL) {
            later = *p;
            due = mode == LOSS ? LATER : 1;
            due++;
        } else if (mode != GAP) {
            add(out, p);
        }
    }
    if (later.bytes != NULL)
        add(out, &later);
}

static void read_file(struct file *f, const char *path)
{
    FILE *file = fopen(path, "rb");
    struct packet p;
    if (file == NULL || fread(f->header, 1, sizeof f->header, file) != sizeof f->header)
        die("cannot read the capture");
    if (native32(f->header) != 0xa1b2c3d4 && native32(f->header) != 0xa1b23c4d)
        die("not a pcap of this machine's byte order");
    if (native32(f->header + 20) != 1)
        die("not Ethernet");
    while (fread(p.head, 1, sizeof p.head, file) == sizeof p.head) {
        p.len = native32(p.head + 8);
        p.bytes = p.len <= PACKET_MOST ? malloc(p.len + 1) : NULL;
        if (p.bytes == NULL || fread(p.bytes, 1, p.len, file) != p.len)
            die("a packet is cut");
        look(&p);
        add(f, &p);
    }
    fclose(file);
}

/* Each place in the file keeps its timestamp, so that times never go back. */
static void write_file(const struct file *f, const char *path)
{
    FILE *file = fopen(path, "wb");
    uint8_t last[8] = { 0 };
    if (file == NULL || fwrite(f->header, 1, sizeof f->header, file) != sizeof f->header)
        die("cannot write");
    for (size_t i = 0; i < f->count; i++) {
        const struct packet *p = &f->packets[i];
        uint8_t head[16];
        uint32_t seconds = native32(p->head), fraction = native32(p->head + 4);
        bool back = seconds < native32(last) || (seconds == native32(last) && fraction < native32(last + 4));
        memcpy(head, back ? last : p->head, 8);
        memcpy(head + 8, &p->len, 4);
        memcpy(head + 12, p->headers > 0 ? (const void *)&p->len : p->head + 12, 4);
        memcpy(last, head, 8);
        if (fwrite(head, 1, sizeof head, file) != sizeof head || fwrite(p->bytes, 1, p->len, file) != p->len)
            die("cannot write");
    }
    if (fclose(file) != 0)
        die("cannot write");
}

int main(int argc, char **argv)
{
    struct file in = { .count = 0 }, out = { .count = 0 };
    unsigned mode = 0;
    while (argc == 5 && mode < MODES && strcmp(argv[3], mode_names[mode]) != 0)
        mode++;
    if (argc != 5 || mode == MODES) {
        fprintf(stderr, "usage: taplight-mangle IN OUT loss|reorder|duplicate|overlap|onebyte|gap SEED\n");
        return 2;
    }
    read_file(&in, argv[1]);
    memcpy(out.header, in.header, sizeof out.header);
    mangle(&in, &out, (enum mode)mode, strtoull(argv[4], NULL, 10));
    write_file(&out, argv[2]);
    return 0; /* exit frees the memory */
}
