/*
 * mangle.c - taplight-mangle IN OUT MODE SEED rewrites the packets of a capture (pcap, Ethernet, IPv4 or IPv6). The
 * same seed gives the same bytes. Correct checksums stay correct.
 *
 * TCP segments:
 *   loss       some segments with payload arrive three packets later, or before the other side sends again
 *   reorder    some segments with payload are swapped with the next one, if it has the same direction
 *   duplicate  some segments occur twice
 *   overlap    some segments are repeated with the start of the next one, or from inside the previous one
 *   onebyte    every segment becomes segments of one byte
 *   gap        some segments with payload are removed
 *
 * Every packet; these depend on the number in place of the seed only:
 *   vlan       gets an 802.1Q tag with this VLAN
 *   ipv6       TCP and UDP over IPv4 becomes IPv6
 *   ports      the number is added to TCP and UDP ports below 32768
 *   snaplen    is cut to this many bytes
 *   side       0: only packets of the address that sent first stay, 1: only the others
 *   badsum     gets a wrong TCP or UDP checksum. 0: of both sides, 1: of the address that sent first, 2: of the others
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADERS_MOST = 14 + 40 + 60, PACKET_MOST = 65535, LATER = 3 };

enum mode { LOSS, REORDER, DUPLICATE, OVERLAP, ONEBYTE, GAP, VLAN, IPV6, PORTS, SNAPLEN, SIDE, BADSUM, MODES };
static const char *const mode_names[MODES] = { "loss", "reorder", "duplicate", "overlap", "onebyte", "gap",
                                               "vlan", "ipv6",    "ports",     "snaplen", "side",    "badsum" };

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

/* A TCP or UDP header in IPv4 without fragments or in IPv6 without extension headers, not cut. */
struct transport {
    uint32_t at, end; /* of header and payload */
    uint32_t sum_at;
    uint8_t protocol;
    bool v6;
};

static bool find_transport(const struct packet *p, struct transport *t)
{
    const uint8_t *b = p->bytes;
    if (p->len < 54 - 12)
        return false;
    t->v6 = get16(b + 12) == 0x86dd;
    if (t->v6) {
        if (p->len < 54)
            return false;
        t->at = 54;
        t->end = 54 + get16(b + 18);
        t->protocol = b[20];
    } else {
        t->at = 14 + (b[14] & 15u) * 4;
        t->end = 14 + get16(b + 16);
        t->protocol = b[23];
        if (get16(b + 12) != 0x0800 || (get16(b + 20) & 0x3fff) != 0)
            return false;
    }
    uint32_t least = t->protocol == 6 ? 20 : 8;
    t->sum_at = t->at + (t->protocol == 6 ? 16u : 6u);
    return (t->protocol == 6 || t->protocol == 17) && t->end <= p->len && t->at + least <= t->end;
}

static uint16_t transport_sum(const struct packet *p, const struct transport *t)
{
    const uint8_t *b = p->bytes;
    uint32_t len = t->end - t->at;
    uint32_t pseudo = t->v6 ? sum(b + 22, 32, t->protocol + len) : sum(b + 26, 8, t->protocol + len);
    return fold(sum(b + t->at, len, pseudo - get16(b + t->sum_at)));
}

/* Sets the checksum of what has changed; a wrong one stays wrong, none stays none where it may be missing. */
static void renew_sum(struct packet *p, const struct transport *t, bool was_right)
{
    uint8_t *sum_at = p->bytes + t->sum_at;
    if (t->protocol == 17 && !t->v6 && get16(sum_at) == 0)
        return;
    uint16_t right = transport_sum(p, t);
    if (!was_right)
        right ^= 0x0101;
    put16(sum_at, right == 0 && t->protocol == 17 ? 0xffff : right);
}

static bool sum_is_right(const struct packet *p, const struct transport *t)
{
    uint32_t has = get16(p->bytes + t->sum_at), right = transport_sum(p, t);
    return has == right || (t->protocol == 17 && (has == 0 || (has == 0xffff && right == 0)));
}

/* Replaces the IPv4 header and what is before the transport header by 40 bytes of IPv6. */
static void to_ipv6(struct packet *p, struct transport *t)
{
    bool right = sum_is_right(p, t);
    uint32_t len = t->end - t->at;
    uint8_t *made = calloc(1, 54 + len);
    if (made == NULL)
        die("no memory");
    memcpy(made, p->bytes, 12);
    put16(made + 12, 0x86dd);
    made[14] = 0x60;
    put16(made + 18, len);
    made[20] = t->protocol;
    made[21] = p->bytes[22];
    for (uint32_t i = 0; i < 2; i++) {
        made[22 + i * 16] = 0xfd;
        memcpy(made + 34 + i * 16, p->bytes + 26 + i * 4, 4);
    }
    memcpy(made + 54, p->bytes + t->at, len);
    free(p->bytes);
    p->bytes = made;
    p->len = 54 + len;
    *t = (struct transport){ 54, 54 + len, t->sum_at - t->at + 54, t->protocol, true };
    renew_sum(p, t, right);
}

static void tag(struct packet *p, uint32_t vlan)
{
    p->bytes = realloc(p->bytes, p->len + 4);
    if (p->bytes == NULL)
        die("no memory");
    memmove(p->bytes + 16, p->bytes + 12, p->len - 12);
    put16(p->bytes + 12, 0x8100);
    put16(p->bytes + 14, vlan);
    p->len += 4;
}

static void move_ports(struct packet *p, const struct transport *t, uint32_t by)
{
    bool right = sum_is_right(p, t);
    for (uint32_t i = 0; i < 4; i += 2) {
        uint32_t port = get16(p->bytes + t->at + i);
        if (port < 32768)
            put16(p->bytes + t->at + i, port + by);
    }
    renew_sum(p, t, right);
}

/* Of the Internet addresses of both packets, the senders are the same. Packets without one are the other side's. */
static bool same_sender(const struct packet *p, const struct packet *q)
{
    bool v6 = p->len >= 54 && get16(p->bytes + 12) == 0x86dd;
    return p->len >= 34 && q->len >= 34 && get16(p->bytes + 12) == get16(q->bytes + 12) &&
           memcmp(p->bytes + (v6 ? 22 : 26), q->bytes + (v6 ? 22 : 26), v6 ? 16 : 4) == 0;
}

/* The length on the wire changes by as much as the captured one, except where the packet is cut. */
static void change(const struct file *in, struct file *out, enum mode mode, uint32_t number)
{
    static struct packet first;
    for (size_t i = 0; i < in->count; i++) {
        struct packet p = in->packets[i];
        struct transport t;
        bool found = find_transport(&p, &t);
        uint32_t was = p.len, wire = native32(p.head + 12);
        if (i == 0) {
            first = p;
            first.bytes = malloc(p.len + 1);
            if (first.bytes == NULL)
                die("no memory");
            memcpy(first.bytes, p.bytes, p.len);
        }
        bool of_first = same_sender(&first, &p);
        if (mode == SIDE && of_first == (number == 1))
            continue;
        if (mode == VLAN && p.len >= 14)
            tag(&p, number);
        else if (mode == IPV6 && found && !t.v6)
            to_ipv6(&p, &t);
        else if (mode == PORTS && found)
            move_ports(&p, &t, number);
        else if (mode == BADSUM && found && (number == 0 || of_first == (number == 1)))
            renew_sum(&p, &t, false);
        wire += p.len - was;
        if (mode == SNAPLEN && p.len > number)
            p.len = number;
        memcpy(p.head + 12, &wire, 4);
        p.headers = p.payload = 0; /* the length on the wire is p.head's */
        add(out, &p);
    }
    if (mode == SNAPLEN)
        memcpy(out->header + 16, &number, 4);
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
    static struct file in, out;
    unsigned mode = 0;
    while (argc == 5 && mode < MODES && strcmp(argv[3], mode_names[mode]) != 0)
        mode++;
    if (argc != 5 || mode == MODES) {
        fprintf(stderr, "usage: taplight-mangle IN OUT MODE SEED\n");
        return 2;
    }
    read_file(&in, argv[1]);
    memcpy(out.header, in.header, sizeof out.header);
    uint64_t seed = strtoull(argv[4], NULL, 10);
    if (mode >= VLAN)
        change(&in, &out, (enum mode)mode, (uint32_t)seed);
    else
        mangle(&in, &out, (enum mode)mode, seed);
    write_file(&out, argv[2]);
    return 0; /* exit frees the memory, which the files reach */
}
