/*
 * flow_fixture.h - conversations as text, over several carriers, and the conn records that come of them.
 *
 * A packet is a word: > or < (client to server, server to client), flags of SAFRPU (TCP), then any of
 *   #n      n bytes of payload          s+n s-n  sequence number off by n     k+n k-n  acknowledgment number off by n
 *   wn      window                      ~        sent but not captured        !        wrong checksum
 *   0       checksum of zero            h        wrong checksum of the IPv4 header
 *   c       checksum of the pseudo-header alone, as a network card gets it
 *   :n      n ms after the previous packet (default 10)
 *   =text   payload (no spaces; `_` is a space, `|` is CR LF, %HH a byte)
 *   rn      the frame ends after n bytes of payload: the carrier has no room for more
 * "new" begins with other sequence numbers. A record is "orig>resp state history packets/bytes packets/bytes end", then
 * what is not 0 of: gN missed bytes, tN and TN retransmissions, oN and ON out of order; capitals: the originator's.
 */
#ifndef TL_TESTS_FLOW_FIXTURE_H
#define TL_TESTS_FLOW_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buffer.h"
#include "core/checksum.h"
#include "core/packet.h"
#include "crypto/libcrypto.h"
#include "decode/decoder.h"
#include "flows/conn.h"

struct carrier {
    const char *name;
    bool v6, udp, swapped; /* swapped: the client has the higher address */
    unsigned vlans;
    uint16_t client, server; /* ports; 0: 40000 and 9000 */
    unsigned options;      /* bytes of TCP options in every segment */
    uint32_t snaplen;      /* 0: packets are whole */
};

struct traffic {
    struct tl_registry *registry;
    struct tl_interfaces *interfaces;
    struct tl_decoder_options options;
    struct tl_decoder *decoder;
    struct tl_decoder_counters counters; /* of the last conversation */
    struct tl_buffer conns, services, packet, segment;
    void (*on_packet)(struct traffic *w); /* NULL: nothing; after each packet */
    struct tl_proxied proxied; /* of the last record that has it */
    unsigned proxied_records;
    uint64_t number;
    int64_t now;
    uint32_t next[2], start[2];
};

struct flow_word {
    unsigned side, flags, payload, window, delay_ms;
    int seq_off, ack_off;
    uint32_t room; /* bytes of payload that the frame has room for */
    bool lost, bad, zero, header, card;
    const char *text;
};

static inline void flow_put16(struct tl_buffer *b, unsigned v)
{
    tl_put_char(b, (char)(v >> 8));
    tl_put_char(b, (char)v);
}

static inline void flow_put32(struct tl_buffer *b, uint32_t v)
{
    flow_put16(b, v >> 16);
    flow_put16(b, v & 0xffff);
}

static inline void flow_on_record(void *context, const struct tl_record_def *def, const struct tl_record *record,
                                  const struct tl_flow_id *id)
{
    struct traffic *w = context;
    const struct tl_conn_record *r = (const struct tl_conn_record *)(const void *)record;
    if (id != NULL && id->proxied.version != 0) {
        w->proxied = id->proxied;
        w->proxied_records++;
    }
    if (def != &tl_conn_record_def)
        return;
    tl_put_format(&w->conns, "%u>%u %s %s %u/%u %u/%u %s", id->orig_port, id->resp_port, r->conn_state, r->history,
                  (unsigned)r->pkts[0], (unsigned)r->bytes[0], (unsigned)r->pkts[1], (unsigned)r->bytes[1], r->end);
    const struct {
        char mark;
        uint64_t n;
    } counts[] = { { 'g', r->missed_bytes }, { 'T', r->retrans[0] }, { 't', r->retrans[1] }, { 'O', r->ooo[0] },
                   { 'o', r->ooo[1] } };
    for (unsigned i = 0; i < TL_COUNT(counts); i++)
        if (counts[i].n > 0 && r->ip_proto == 6)
            tl_put_format(&w->conns, " %c%u", counts[i].mark, (unsigned)counts[i].n);
    tl_put_char(&w->conns, ';');
    if (r->service.len > 0) {
        tl_put(&w->services, r->service.data, r->service.len);
        tl_put_char(&w->services, ';');
    }
}

static inline void flow_read_word(struct flow_word *w, const char *text)
{
    static const char letters[] = "FSRPAU";
    char *end;
    *w = (struct flow_word){ .side = *text == '<', .window = 8192, .delay_ms = 10, .room = UINT32_MAX };
    assert_true(*text == '<' || *text == '>');
    for (text++; *text != '\0' && strchr(letters, *text) != NULL; text++)
        w->flags |= 1u << (strchr(letters, *text) - letters);
    for (; *text != '\0'; text = end) {
        char kind = *text;
        end = (char *)(uintptr_t)(text + 1);
        w->lost |= kind == '~';
        w->bad |= kind == '!';
        w->zero |= kind == '0';
        w->header |= kind == 'h';
        w->card |= kind == 'c';
        if (strchr("~!0hc", kind) != NULL)
            continue;
        if (kind == '=') {
            w->text = text + 1;
            w->payload = (unsigned)strlen(w->text);
            for (const char *at = w->text; *at != '\0'; at++)
                w->payload += *at == '|' ? 1u : *at == '%' ? -2u : 0u;
            return;
        }
        long value = strtol(text + 1, &end, 10);
        assert_true(end > text + 1);
        switch (kind) {
        case '#': w->payload = (unsigned)value; break;
        case 's': w->seq_off = (int)value; break;
        case 'k': w->ack_off = (int)value; break;
        case 'w': w->window = (unsigned)value; break;
        case ':': w->delay_ms = (unsigned)value; break;
        case 'r': w->room = (uint32_t)value; break;
        default: fail_msg("word %s", text);
        }
    }
}

static inline void flow_put_payload(struct tl_buffer *b, const struct flow_word *word, uint32_t seq)
{
    if (word->text == NULL) {
        for (unsigned i = 0; i < word->payload; i++)
            tl_put_char(b, (char)(1 + (seq + i) % 26));
        return;
    }
    for (const char *at = word->text; *at != '\0'; at++) {
        if (*at == '|') {
            tl_put(b, "\r\n", 2);
        } else if (*at == '%') {
            char digits[3] = { at[1], at[2], '\0' };
            tl_put_char(b, (char)strtoul(digits, NULL, 16));
            at += 2;
        } else
            tl_put_char(b, *at == '_' ? ' ' : *at);
    }
}

/* Fills w->segment: the transport header, without a checksum, and the payload. Returns the place of the checksum. */
static inline unsigned flow_put_segment(struct traffic *w, const struct carrier *c, const struct flow_word *word)
{
    struct tl_buffer *b = &w->segment;
    unsigned side = word->side;
    uint16_t ports[2] = { c->client != 0 ? c->client : 40000, c->server != 0 ? c->server : 9000 };
    uint32_t seq = w->next[side] + (uint32_t)word->seq_off;
    b->len = 0;
    flow_put16(b, ports[side]);
    flow_put16(b, ports[side ^ 1]);
    if (c->udp) {
        flow_put16(b, 8 + word->payload);
        flow_put16(b, 0);
        flow_put_payload(b, word, 0);
        return 6;
    }
    flow_put32(b, seq);
    flow_put32(b, word->flags & TL_ACK ? w->next[side ^ 1] + (uint32_t)word->ack_off : 0);
    flow_put32(b, (5 + c->options / 4) << 28 | word->flags << 16 | word->window);
    flow_put32(b, 0);
    for (unsigned i = 0; i < c->options; i++)
        tl_put_char(b, 1);
    flow_put_payload(b, word, seq - w->start[side]);
    uint32_t end = seq + word->payload + ((word->flags & TL_SYN) != 0) + ((word->flags & TL_FIN) != 0);
    if ((int32_t)(end - w->next[side]) > 0)
        w->next[side] = end;
    return 16;
}

static inline void flow_put_ip(struct tl_buffer *b, const struct carrier *c, unsigned side, size_t len)
{
    unsigned from = (side == 0) == c->swapped ? 9 : 1, to = 10 - from, protocol = c->udp ? 17 : 6;
    if (c->v6) {
        static const char net[16] = "\x20\1\xd\xb8";
        flow_put32(b, 0x60000000);
        flow_put16(b, (unsigned)len);
        flow_put16(b, protocol << 8 | 64);
        tl_put(b, net, 15), tl_put_char(b, (char)from);
        tl_put(b, net, 15), tl_put_char(b, (char)to);
        return;
    }
    size_t at = b->len;
    flow_put32(b, 0x45000000 | (uint32_t)(len + 20));
    flow_put32(b, 0);
    flow_put32(b, 0x40000000 | protocol << 16);
    flow_put32(b, 0x0a000000 | from);
    flow_put32(b, 0x0a000000 | to);
    tl_store_be16((uint8_t *)b->data + at + 10, (uint16_t)~tl_checksum_add(0, (uint8_t *)b->data + at, 20));
}

static inline void flow_set_checksum(struct traffic *w, const struct carrier *c, const struct flow_word *word,
                                     unsigned at)
{
    uint8_t *ip = (uint8_t *)w->packet.data + w->packet.len - (c->v6 ? 32 : 8);
    uint32_t sum = tl_checksum_add((c->udp ? 17 : 6) + (uint32_t)w->segment.len, ip, c->v6 ? 32 : 8);
    uint16_t value = (uint16_t)~tl_checksum_add(sum, (uint8_t *)w->segment.data, w->segment.len);
    if (word->card)
        value = (uint16_t)sum;
    tl_store_be16((uint8_t *)w->segment.data + at, word->zero ? 0 : word->bad ? value ^ 0x5555 : value);
    if (word->header && !c->v6)
        ip[-2] ^= 0x55;
}

static inline void flow_decode(struct traffic *w, uint32_t caplen, uint32_t len)
{
    struct tl_packet packet = { .ts = w->now, .etime = w->now, .number = ++w->number, .bytes = w->packet.data,
                                .caplen = caplen, .len = len, .linktype = 1 };
    tl_decoder_expire(w->decoder, w->now);
    tl_decoder_packet(w->decoder, &packet);
    if (w->on_packet != NULL)
        w->on_packet(w);
}

static inline void flow_send(struct traffic *w, const struct carrier *c, const struct flow_word *word)
{
    struct tl_buffer *b = &w->packet;
    unsigned checksum = flow_put_segment(w, c, word);
    w->now += word->delay_ms * INT64_C(1000000);
    if (word->lost)
        return;
    b->len = 0;
    tl_put(b, "\2\0\0\0\0\2\2\0\0\0\0\1", 12);
    for (unsigned i = 0; i < c->vlans; i++)
        flow_put32(b, 0x81000005 + i);
    flow_put16(b, c->v6 ? 0x86dd : 0x0800);
    flow_put_ip(b, c, word->side, w->segment.len);
    flow_set_checksum(w, c, word, checksum);
    tl_put(b, w->segment.data, w->segment.len);
    uint32_t len = (uint32_t)b->len;
    if (word->room < word->payload)
        len -= word->payload - word->room;
    flow_decode(w, c->snaplen != 0 && c->snaplen < len ? c->snaplen : len, len);
}

static inline void flow_begin(struct traffic *w, uint32_t client, uint32_t server)
{
    w->next[0] = w->start[0] = client;
    w->next[1] = w->start[1] = server;
}

/* Sends the packets of `text`. */
static inline void flow_talk(struct traffic *w, const struct carrier *c, const char *text)
{
    char word[512];
    struct flow_word read;
    for (size_t len; *text != '\0'; text += len + (text[len] == ' ')) {
        len = strcspn(text, " ");
        assert_true(len > 0 && len < sizeof word);
        memcpy(word, text, len);
        word[len] = '\0';
        if (strcmp(word, "new") == 0) {
            flow_begin(w, w->start[0] + 1000000, w->start[1] + 1000000);
            continue;
        }
        flow_read_word(&read, word);
        flow_send(w, c, &read);
    }
}

/* Returns the records of a conversation, all flows ended. */
static inline const char *flow_records(struct traffic *w, const struct carrier *c, const char *text)
{
    w->conns.len = w->services.len = 0;
    w->proxied_records = 0;
    tl_decoder_free(w->decoder);
    w->decoder = tl_decoder_new(&w->options);
    assert_non_null(w->decoder);
    flow_begin(w, 1000, 5000);
    flow_talk(w, c, text);
    tl_decoder_finish(w->decoder);
    w->counters = tl_decoder_counters(w->decoder);
    tl_put_char(&w->conns, 0);
    tl_put_char(&w->services, 0);
    return (const char *)w->conns.data;
}

static inline int flow_setup(void **state)
{
    struct traffic *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->registry = tl_registry_new();
    w->interfaces = tl_interfaces_new();
    w->options = (struct tl_decoder_options){ .registry = w->registry, .interfaces = w->interfaces, .memory = 32 << 20,
                                              .crypto = &tl_crypto_libcrypto, .checksums = TL_CHECKSUMS_AUTO,
                                              .listener = { .record = flow_on_record, .context = w } };
    w->now = INT64_C(1700000000000000000);
    *state = w;
    return 0;
}

static inline int flow_teardown(void **state)
{
    struct traffic *w = *state;
    tl_decoder_free(w->decoder);
    tl_interfaces_free(w->interfaces);
    tl_registry_free(w->registry);
    tl_buffer_fini(&w->conns);
    tl_buffer_fini(&w->services);
    tl_buffer_fini(&w->packet);
    tl_buffer_fini(&w->segment);
    free(w);
    return 0;
}

#endif
