/* talk.h - for the tests of this folder: a TCP conversation, and captures of it with different segmentations. */
#ifndef TL_TESTS_PROPERTY_TALK_H
#define TL_TESTS_PROPERTY_TALK_H

#include "core/checksum.h"
#include "tests/property/samples.h"

enum { TURNS_MOST = 4096, PIECES_MOST = 1 << 16, SEGMENT = 1400, WINDOW = 12, HEADERS = 54 };

/* Bytes one side sent before the other side sent. */
struct turn {
    unsigned side;
    uint32_t from, len; /* offset in the side's bytes */
};

struct talk {
    uint16_t port[2];
    struct tl_buffer bytes[2];
    struct turn turns[TURNS_MOST];
    unsigned count;
    bool whole; /* no byte is missing */
};

struct piece {
    unsigned side;
    uint32_t from, len;
    uint32_t heard; /* acknowledged bytes of the other side */
};

enum way {
    STRAIGHT = 0,
    ROUGH = 1,        /* segments of any length, some repeated or overlapping, reordered within a window */
    CLIENT_FIRST = 2, /* all client bytes come before all server bytes */
};

static inline void talk_say(struct talk *t, unsigned side, const void *data, uint32_t len)
{
    struct turn *last = t->count > 0 ? &t->turns[t->count - 1] : NULL;
    if (last == NULL || last->side != side) {
        if (t->count == TURNS_MOST) {
            t->whole = false;
            return;
        }
        t->turns[t->count++] = (struct turn){ side, (uint32_t)t->bytes[side].len, 0 };
        last = &t->turns[t->count - 1];
    }
    tl_put(&t->bytes[side], data, len);
    last->len += len;
}

static inline void talk_fini(struct talk *t)
{
    tl_buffer_fini(&t->bytes[0]);
    tl_buffer_fini(&t->bytes[1]);
}

static inline void put32(struct tl_buffer *b, uint32_t v)
{
    uint8_t bytes[4];
    tl_store_be32(bytes, v);
    tl_put(b, bytes, 4);
}

/* Puts a segment of `side` between 10.1.0.1 and 10.1.0.2. TCP checksums are zero: they are not verified here. */
static inline void put_segment(struct tl_buffer *b, const struct talk *t, unsigned side, uint8_t flags,
                               uint32_t sequence,
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
    tl_store_be32(h + 26, 0x0a010001 + side);
    tl_store_be32(h + 30, 0x0a010002 - side);
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

/* Cuts one turn into pieces, reordered within a window if rough. */
static inline unsigned cut_turn(struct piece *pieces, unsigned room, struct turn turn, uint32_t heard, bool rough,
                                uint64_t *random)
{
    unsigned count = 0;
    uint32_t end = turn.from + turn.len, longest = SEGMENT;
    if (rough)
        longest = next_random(random) % 4 == 0 ? 1 + (uint32_t)(next_random(random) % 3)
                                               : 1 + (uint32_t)(next_random(random) % 400);
    if (turn.len / longest > room / 4)
        longest = SEGMENT;
    for (uint32_t at = turn.from; at < end;) {
        uint32_t n = rough ? 1 + (uint32_t)(next_random(random) % longest) : longest;
        n = n > end - at ? end - at : n;
        if (count + 2 > room)
            give_up("too many segments");
        pieces[count++] = (struct piece){ turn.side, at, n, heard };
        at += n;
        if (rough && next_random(random) % 4 == 0) { /* overlap bytes already sent */
            uint32_t back = 1 + (uint32_t)(next_random(random) % 300);
            uint32_t from = at > back ? at - back : 0, more = 1 + (uint32_t)(next_random(random) % 300);
            pieces[count++] = (struct piece){ turn.side, from, more > end - from ? end - from : more, heard };
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

static inline unsigned cut_talk(struct piece *pieces, const struct talk *t, unsigned way, uint64_t *random)
{
    unsigned count = 0;
    bool rough = way & ROUGH;
    if (way & CLIENT_FIRST) {
        for (unsigned side = 0; side < 2; side++) {
            struct turn all = { side, 0, (uint32_t)t->bytes[side].len };
            uint32_t heard = side == 0 ? 0 : (uint32_t)t->bytes[0].len;
            count += cut_turn(pieces + count, PIECES_MOST - count, all, heard, rough, random);
        }
        return count;
    }
    uint32_t said[2] = { 0, 0 };
    for (unsigned i = 0; i < t->count; i++) {
        struct turn turn = t->turns[i];
        count += cut_turn(pieces + count, PIECES_MOST - count, turn, said[turn.side ^ 1], rough, random);
        said[turn.side] = turn.from + turn.len;
    }
    return count;
}

/* Writes a capture of the pieces with handshake and close; piece `lost` (or UINT32_MAX) is left out. */
static inline void write_pieces(const char *path, const struct talk *t, const struct piece *pieces, unsigned count,
                                uint32_t lost, bool wrap, uint64_t *random)
{
    struct tl_buffer b = { 0 };
    uint32_t number = 1, isn[2] = { 1000, 4000000000 };
    uint32_t len[2] = { (uint32_t)t->bytes[0].len, (uint32_t)t->bytes[1].len };
    if (wrap) /* so that sequence numbers wrap */
        isn[0] = 0u - (uint32_t)(next_random(random) % (len[0] + 1));
    put32(&b, 0xa1b2c3d4);
    put32(&b, 0x00020004);
    put32(&b, 0);
    put32(&b, 0);
    put32(&b, 262144);
    put32(&b, 1);
    put_segment(&b, t, 0, TL_SYN, isn[0], 0, NULL, 0, number++);
    put_segment(&b, t, 1, TL_SYN | TL_ACK, isn[1], isn[0] + 1, NULL, 0, number++);
    put_segment(&b, t, 0, TL_ACK, isn[0] + 1, isn[1] + 1, NULL, 0, number++);
    for (unsigned i = 0; i < count; i++) {
        const struct piece *p = &pieces[i];
        if (i != lost)
            put_segment(&b, t, p->side, TL_ACK, isn[p->side] + 1 + p->from, isn[p->side ^ 1] + 1 + p->heard,
                        t->bytes[p->side].data + p->from, p->len, number);
        number++;
    }
    put_segment(&b, t, 0, TL_FIN | TL_ACK, isn[0] + 1 + len[0], isn[1] + 1 + len[1], NULL, 0, number++);
    put_segment(&b, t, 1, TL_FIN | TL_ACK, isn[1] + 1 + len[1], isn[0] + 2 + len[0], NULL, 0, number++);
    FILE *file = fopen(path, "wb");
    if (b.failed || file == NULL || fwrite(b.data, 1, b.len, file) != b.len || fclose(file) != 0)
        give_up("cannot write a capture");
    tl_buffer_fini(&b);
}

/* Removes "key":value from every line, in place. */
static inline void without(char *text, const char *key)
{
    char *to = text;
    size_t n = strlen(key);
    while (*text != 0) {
        if (*text == '"' && strncmp(text + 1, key, n) == 0 && text[1 + n] == '"' && text[2 + n] == ':') {
            text += strcspn(text, ",}\n");
            if (*text == ',')
                text++;
            else
                to -= to[-1] == ','; /* it was the last member */
            continue;
        }
        *to++ = *text++;
    }
    *to = 0;
}

struct lines {
    char *text; /* owned, split into lines */
    const char **line; /* owned, sorted */
    unsigned count;
};

static inline int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/*
 * Returns the records of transactions and anomalies in a capture, sorted, without times, packet numbers, the order in
 * which two sides spoke, and conn records.
 */
static inline struct lines transactions(const char *path)
{
    static const char *const aside[] = { "ts", "rtt", "ttfb", "resp_time", "response_time", "packet", "uid",
                                         "duration", "jitter", "jitter_max",
                                         "ssl_history", "auth_success", "auth_attempts" /* by sizes of segments */ };
    struct lines l = { .text = records_of(path, false, false) };
    for (unsigned i = 0; i < TL_COUNT(aside); i++)
        without(l.text, aside[i]);
    unsigned room = 0;
    for (const char *p = l.text; *p != 0; p++)
        room += *p == '\n';
    l.line = calloc(room + 1, sizeof *l.line);
    if (l.line == NULL)
        give_up("out of memory");
    for (char *p = l.text; *p != 0;) {
        char *end = p + strcspn(p, "\n"), *next = end + (*end != 0);
        *end = 0;
        if (strncmp(p, "{\"_path\":\"conn\"", 15) != 0)
            l.line[l.count++] = p;
        p = next;
    }
    qsort(l.line, l.count, sizeof *l.line, by_text);
    return l;
}

static inline void lines_fini(struct lines *l)
{
    free(l->text);
    free(l->line);
}

/* Returns the first line of a that is not in b, or NULL. */
static inline const char *first_missing(const struct lines *a, const struct lines *b)
{
    for (unsigned i = 0, k = 0; i < a->count; i++, k++) {
        while (k < b->count && strcmp(b->line[k], a->line[i]) < 0)
            k++;
        if (k == b->count || strcmp(b->line[k], a->line[i]) != 0)
            return a->line[i];
    }
    return NULL;
}

#endif
