/*
 * decoder_fixture.h - a decoder over packets that a test makes, with three protocols, `a`, `b` and `c`, that do what
 * the lines they read tell them. They stand in the places of SMTP, HTTP and DNS in the registry.
 *
 * A line that is no command is noted in the log: "a0:text;" for side 0 of the flow's own channel, "7a0:text;" for that
 * of child 7. A gap is "a0!5;", an end "a0$;", the protocol's end "a~;". Text that is pushed to a child has `|` for the
 * line end, and `^` for what is `|` one channel further in. A payload that begins with A, B or C is detected as that
 * protocol; one that begins with `?` may be any.
 */
#ifndef TL_TESTS_DECODER_FIXTURE_H
#define TL_TESTS_DECODER_FIXTURE_H

#include "core/buffer.h"
#include "core/channel.h"
#include "core/slab.h"
#include "codec/zlib.h"
#include "crypto/libcrypto.h"
#include "decode/channel.h"
#include "decode/decoder.h"

enum { SCRIPT_HANDLES = 16, SCRIPT_PACKET = 2048, SCRIPT_PORT = 7777 };

/* What a protocol of the tests keeps in a channel. */
struct script_slot {
    uint64_t magic;
    uint32_t handles[SCRIPT_HANDLES];
    uint32_t count;
    bool waits[2];             /* a side that asked waits for the answer */
    const struct tl_protocol *granted; /* what the answer grants; NULL: nothing */
};

/* Memory that nothing else gets. */
struct script_block {
    struct script_block *next;
    size_t size;
};

struct script {
    struct tl_registry *registry;
    struct tl_interfaces *interfaces;
    struct tl_decoder_options options;
    const struct tl_protocol *protocols[TL_PROTOCOL_COUNT];
    struct tl_decoder *decoder;
    struct tl_buffer log;      /* what parsers were given */
    struct tl_buffer events;   /* what the listener was told */
    struct tl_buffer packet;
    uint64_t number;
    int64_t now;               /* ns: of the next packet */
    struct tl_slab *slab;      /* of the blocks */
    struct script_block *blocks; /* taken by =starve */
    bool records_only;         /* no tree: set before script_new() */
};

static struct script *script; /* the test's: parsers have no other way to it */

/* --- what the protocols do --- */

static uint64_t script_number(const char **at)
{
    uint64_t v = 0;
    while (**at == ' ')
        ++*at;
    while (**at >= '0' && **at <= '9')
        v = v * 10 + (uint64_t)(*(*at)++ - '0');
    return v;
}

static char script_letter(const char **at)
{
    while (**at == ' ')
        ++*at;
    return **at != '\0' ? *(*at)++ : '\0';
}

static const struct tl_protocol *script_protocol(char letter)
{
    switch (letter) {
    case 'a':
        return script->protocols[TL_PROTOCOL_smtp];
    case 'b':
        return script->protocols[TL_PROTOCOL_http];
    case 'c':
        return script->protocols[TL_PROTOCOL_dns];
    case 'i':
        return script->protocols[TL_PROTOCOL_imf];
    case 'm':
        return script->protocols[TL_PROTOCOL_mime];
    default:
        return NULL;
    }
}

static void script_log(struct tl_dissection *d, unsigned side, char mark, struct tl_bytes text)
{
    if (d->channel != NULL && d->channel->parent != NULL)
        tl_put_u64(&script->log, d->channel->id);
    tl_puts(&script->log, d->protocol->name);
    if (mark != '~')
        tl_put_u64(&script->log, side);
    tl_put_char(&script->log, mark);
    if (text.len > 0)
        tl_put(&script->log, text.data, text.len);
    tl_put_char(&script->log, ';');
}

static void script_say(struct tl_dissection *d, unsigned side, char mark, const char *text)
{
    script_log(d, side, mark, tl_bytes_of(text, strlen(text)));
}

struct script_record {
    struct tl_record head;
    struct tl_bytes text;
};

static const struct tl_record_field script_fields[] = {
    TL_FIELD(struct script_record, 0, text, "text", TL_REC_TEXT, "What the line said"),
};
static const struct tl_record_def script_record_def = TL_RECORD_DEF("script", script_fields, "A test's record.");

static void script_emit(struct tl_dissection *d, const char *text)
{
    struct script_record r = { .head.ts = d->frame->ts, .text = tl_bytes_of(text, strlen(text)) };
    tl_record_set(&r.head, 0);
    tl_emit(d, &script_record_def, &r.head);
}

/* Text for a channel one further in. */
static uint32_t script_inner(uint8_t *out, uint32_t room, const char *text)
{
    uint32_t n = 0;
    for (; *text != '\0' && n < room; text++)
        out[n++] = (uint8_t)(*text == '|' ? '\n' : *text == '^' ? '|' : *text == '~' ? '^' : *text);
    return n;
}

static void script_push(struct tl_dissection *d, const char *args)
{
    uint64_t id = script_number(&args);
    unsigned side = script_number(&args) & 1;
    uint8_t text[SCRIPT_PACKET];
    uint32_t n = script_inner(text, sizeof text, *args == ' ' ? args + 1 : args);
    tl_channel_push(d, tl_channel_find(d, id), side, tl_bytes_of(text, n));
}

static void script_open(struct tl_dissection *d, const char *args)
{
    uint64_t id = script_number(&args);
    enum tl_channel_kind kind = script_letter(&args) == 'd' ? TL_CHANNEL_DATAGRAM : TL_CHANNEL_STREAM;
    if (tl_channel_open(d, kind, id, script_protocol(script_letter(&args))) == NULL)
        script_say(d, 0, ':', "no room");
}

/* Opens as many children as the line says. */
static void script_many(struct tl_dissection *d, const char *args)
{
    uint64_t n = script_number(&args), opened = 0;
    char text[32];
    for (uint64_t i = 0; i < n && i < 2 * TL_CHANNEL_CHILDREN; i++)
        opened += tl_channel_open(d, TL_CHANNEL_DATAGRAM, 1000 + i, script_protocol('c')) != NULL;
    snprintf(text, sizeof text, "%u opened", (unsigned)opened);
    script_say(d, 0, ':', text);
}

/* Opens a child that does the same, until there is none. */
static void script_deep(struct tl_dissection *d)
{
    char text[32];
    struct tl_channel *child = tl_channel_open(d, TL_CHANNEL_STREAM, 1, d->protocol);
    snprintf(text, sizeof text, "depth %u", d->channel->depth);
    if (child == NULL)
        script_say(d, 0, ':', text);
    tl_channel_push(d, child, 0, tl_bytes_of("=deep\n", 6));
}

static void script_keep(struct tl_dissection *d, struct script_slot *slot, const char *args)
{
    uint32_t n = (uint32_t)script_number(&args), handle = tl_keep(d, NULL, n);
    if (handle == 0 || slot == NULL || slot->count == SCRIPT_HANDLES) {
        tl_forget(d, handle);
        script_say(d, 0, ':', "not kept");
        return;
    }
    slot->handles[slot->count++] = handle;
}

/* Takes all memory that is left, so that whatever wants some goes without. */
static void script_starve(struct tl_slab *slab)
{
    script->slab = slab;
    for (size_t n = TL_SLAB_MAX; n >= sizeof(struct script_block); n -= n > 4096 ? n / 2 : 16) {
        for (struct script_block *block; (block = tl_slab_get(slab, n)) != NULL; script->blocks = block)
            *block = (struct script_block){ script->blocks, n };
    }
}

static inline void script_feed(void)
{
    while (script->blocks != NULL) {
        struct script_block *block = script->blocks;
        script->blocks = block->next;
        tl_slab_put(script->slab, block, block->size);
    }
}

/* PROTO ADDRESS PORT PEER PROTOCOL NOTE: the addresses are the last byte of 10.0.0.x; PEER 0 is any. */
static void script_expect(struct tl_dissection *d, const char *args)
{
    uint8_t ip_proto = (uint8_t)script_number(&args);
    uint8_t addr[4] = { 10, 0, 0, (uint8_t)script_number(&args) };
    uint16_t port = (uint16_t)script_number(&args);
    uint8_t peer[4] = { 10, 0, 0, (uint8_t)script_number(&args) };
    struct tl_expected_flow flow = { .ip_proto = ip_proto, .addr = addr, .port = port,
                                     .peer = peer[3] != 0 ? peer : NULL,
                                     .protocol = script_protocol(script_letter(&args)) };
    while (*args == ' ')
        args++;
    if (d->flow.version == 4 && !tl_expect(d, &flow, tl_bytes_of(args, strlen(args))))
        script_say(d, 0, ':', "not expected");
}

static void script_told(struct tl_dissection *d)
{
    struct tl_expectation e = tl_expectation(d);
    script_say(d, d->flow.side, '<', e.parent_uid);
    script_log(d, d->flow.side, '>', e.note);
}

static void script_body(struct tl_dissection *d, const char *args)
{
    struct tl_body body = { 0 };
    struct tl_body_facts facts = { .source = "TEST", .total = UINT64_MAX, .side = d->flow.side };
    tl_body_begin(d, &body, &facts);
    tl_body_data(d, &body, tl_bytes_of(args, strlen(args)));
    tl_body_gap(d, &body, 3);
    tl_body_end(d, &body);
}

static struct tl_want script_line(void)
{
    return (struct tl_want){ TL_WANT_LINE, SCRIPT_PACKET, NULL };
}

static bool script_is(const char **line, const char *word)
{
    size_t n = strlen(word);
    if (strncmp(*line, word, n) != 0 || ((*line)[n] != ' ' && (*line)[n] != '\0'))
        return false;
    *line += n;
    return true;
}

/* What leads to another protocol. false: the line does not. */
static bool script_leads(struct tl_dissection *d, struct tl_stream *s, const char *line, struct tl_want *want)
{
    struct script_slot *slot = d->flow.slot;
    if (script_is(&line, "=upgrade")) {
        char letter = script_letter(&line);
        *want = tl_upgrade(d, s, script_protocol(letter), script_number(&line));
    } else if (script_is(&line, "=switch")) {
        *want = (struct tl_want){ TL_WANT_SWITCH, 0, script_protocol(script_letter(&line)) };
    } else if (script_is(&line, "=ask") && slot != NULL) { /* a command that the other side has to agree to */
        slot->waits[s->side] = true;
        *want = (struct tl_want){ TL_WANT_HOLD, 1000, NULL };
    } else if (script_is(&line, "=grant") && slot != NULL) {
        slot->granted = script_protocol(script_letter(&line));
        tl_release(d);
        *want = tl_upgrade(d, s, slot->granted, 1000);
    } else if (script_is(&line, "=refuse")) {
        tl_release(d);
    } else if (script_is(&line, "=rest")) {
        tl_rest(d);
        *want = (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    } else {
        return false;
    }
    return true;
}

static void script_do(struct tl_dissection *d, const char *line)
{
    struct script_slot *slot = d->flow.slot;
    if (script_is(&line, "=open"))
        script_open(d, line);
    else if (script_is(&line, "=push"))
        script_push(d, line);
    else if (script_is(&line, "=gap")) {
        struct tl_channel *channel = tl_channel_find(d, script_number(&line));
        unsigned side = script_number(&line) & 1;
        tl_channel_gap(d, channel, side, script_number(&line));
    } else if (script_is(&line, "=end")) {
        struct tl_channel *channel = tl_channel_find(d, script_number(&line));
        tl_channel_end(d, channel, script_number(&line) & 1);
    } else if (script_is(&line, "=close"))
        tl_channel_close(d, tl_channel_find(d, script_number(&line)));
    else if (script_is(&line, "=find"))
        script_say(d, 0, ':', tl_channel_find(d, script_number(&line)) != NULL ? "found" : "none");
    else if (script_is(&line, "=many"))
        script_many(d, line);
    else if (script_is(&line, "=deep"))
        script_deep(d);
    else if (script_is(&line, "=keep"))
        script_keep(d, slot, line);
    else if (script_is(&line, "=forget") && slot != NULL && slot->count > 0)
        tl_forget(d, slot->handles[--slot->count]);
    else if (script_is(&line, "=starve"))
        script_starve(d->slab);
    else if (script_is(&line, "=expect"))
        script_expect(d, line);
    else if (script_is(&line, "=told"))
        script_told(d);
    else if (script_is(&line, "=body"))
        script_body(d, line);
    else if (script_is(&line, "=record"))
        script_emit(d, line);
    else if (script_is(&line, "=turn"))
        tl_turn(d);
    else if (script_is(&line, "=confirm"))
        tl_confirm(d);
    else if (script_is(&line, "=violate"))
        tl_violate(d);
    else
        script_say(d, d->flow.side, ':', line);
}

static struct tl_want script_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct script_slot *slot = d->flow.slot;
    char line[SCRIPT_PACKET + 1];
    uint32_t n = tl_cursor_left(&d->c);
    struct tl_want want = script_line();
    if (s->event == TL_EV_OPEN) {
        bool asked = slot != NULL && slot->waits[s->side];
        if (asked)
            slot->waits[s->side] = false;
        return asked && slot->granted != NULL ? tl_upgrade(d, s, slot->granted, 1000) : want;
    }
    if (s->event == TL_EV_GAP) {
        snprintf(line, sizeof line, "%llu", (unsigned long long)s->gap);
        script_say(d, s->side, '!', line);
        if (slot != NULL && slot->waits[s->side ^ 1]) /* the answer may be in the gap */
            tl_release(d);
        return want;
    }
    if (s->event == TL_EV_END) {
        script_log(d, s->side, '$', tl_bytes_of(d->c.base + d->c.off, n));
        return want;
    }
    n = n < SCRIPT_PACKET ? n : SCRIPT_PACKET;
    memcpy(line, d->c.base + d->c.off, n);
    while (n > 0 && line[n - 1] == '\n')
        n--;
    line[n] = '\0';
    tl_skip(d, tl_cursor_left(&d->c));
    if (!script_leads(d, s, line, &want))
        script_do(d, line);
    return want;
}

static enum tl_status script_dissect(struct tl_dissection *d)
{
    char line[SCRIPT_PACKET + 1];
    uint32_t n = tl_cursor_left(&d->c), from = 0;
    n = n < SCRIPT_PACKET ? n : SCRIPT_PACKET;
    if (n > 0)
        memcpy(line, d->c.base + d->c.off, n);
    for (uint32_t i = 0; i <= n; i++) { /* lines; the last needs no end */
        if (i < n && line[i] != '\n')
            continue;
        line[i] = '\0';
        if (i > from)
            script_do(d, line + from);
        from = i + 1;
    }
    tl_skip(d, tl_cursor_left(&d->c));
    return tl_next_none(d);
}

static void script_finish(struct tl_dissection *d)
{
    script_say(d, 0, '~', "");
}

static enum tl_probe script_probe(struct tl_cursor c, char mine)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, 1);
    return p == NULL || (*p == '?' && tl_cursor_left(&c) < 8) ? TL_PROBE_MAYBE
           : *p == (uint8_t)mine || *p == '?'                  ? TL_PROBE_YES
                                                               : TL_PROBE_NO;
}

static enum tl_probe script_probe_a(struct tl_cursor c, const struct tl_dissection *d)
{
    (void)d;
    return script_probe(c, 'A');
}

static enum tl_probe script_probe_b(struct tl_cursor c, const struct tl_dissection *d)
{
    (void)d;
    return script_probe(c, 'B');
}

static enum tl_probe script_probe_c(struct tl_cursor c, const struct tl_dissection *d)
{
    (void)d;
    return script_probe(c, 'C');
}

/* c keeps more than the others: there may be memory for them and none for it. */
#define SCRIPT_PROTOCOL(letter, probe_, size)                                                                       \
    { .name = letter, .title = letter, .service = letter, .kind = TL_KIND_APPLICATION,                              \
      .records = { &script_record_def }, .flow_size = (size), .probe = (probe_),                                    \
      .dissect = script_dissect, .stream = script_stream, .finish = script_finish }

static const struct tl_protocol script_a = SCRIPT_PROTOCOL("a", script_probe_a, sizeof(struct script_slot));
static const struct tl_protocol script_b = SCRIPT_PROTOCOL("b", script_probe_b, sizeof(struct script_slot));
static const struct tl_protocol script_c = SCRIPT_PROTOCOL("c", script_probe_c, 8 * sizeof(struct script_slot));

/* --- what the listener is told --- */

static inline void script_on_record(void *context, const struct tl_record_def *def, const struct tl_record *record,
                                    const struct tl_flow_id *id)
{
    struct script *w = context;
    tl_put_format(&w->events, "%s %u", def->path, id != NULL ? (unsigned)id->first_pkt : 0);
    if (id != NULL)
        tl_put_format(&w->events, " %u>%u", id->orig_port, id->resp_port);
    if (def == &script_record_def) {
        const struct tl_bytes *text = &((const struct script_record *)(const void *)record)->text;
        tl_put(&w->events, text->data, text->len);
    }
    tl_put_char(&w->events, '\n');
}

/* w->options.listener, where it has a context, listens in place of the fixture. */
static inline bool script_new(struct script *w, size_t memory)
{
    const struct tl_protocols all = tl_protocols_all();
    struct tl_listener listener = w->options.listener;
    if (listener.context == NULL)
        listener = (struct tl_listener){ .record = script_on_record, .context = w };
    script = w;
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++)
        w->protocols[i] = all.items[i];
    w->protocols[TL_PROTOCOL_smtp] = &script_a;
    w->protocols[TL_PROTOCOL_http] = &script_b;
    w->protocols[TL_PROTOCOL_dns] = &script_c;
    w->registry = tl_registry_new();
    w->interfaces = tl_interfaces_new();
    w->now = INT64_C(1700000000000000000);
    w->options = (struct tl_decoder_options){ .registry = w->registry, .interfaces = w->interfaces,
                                              .protocols = w->protocols, .crypto = &tl_crypto_libcrypto,
                                              .inflate = &tl_inflate_zlib,
                                              .memory = memory, .seed = 1, .records_only = w->records_only,
                                              .listener = listener };
    if (w->registry != NULL && w->interfaces != NULL)
        w->decoder = tl_decoder_new(&w->options);
    return w->decoder != NULL;
}

static inline void script_free(struct script *w)
{
    tl_decoder_free(w->decoder);
    if (w->interfaces != NULL)
        tl_interfaces_free(w->interfaces);
    tl_registry_free(w->registry);
    tl_buffer_fini(&w->log);
    tl_buffer_fini(&w->events);
    tl_buffer_fini(&w->packet);
    script = NULL;
}

/* --- packets --- */

/* A conversation between 10.0.0.client and 10.0.0.server. */
struct script_talk {
    uint8_t ip_proto, client, server;
    uint8_t tunnel;        /* last byte of an outer pair 192.0.2.x, 192.0.3.x; 0: none */
    uint16_t ports[2];
    uint32_t seq[2];
    bool begun;
    uint16_t checksum;     /* UDP: 0: none */
    uint32_t cut;          /* bytes at the end of packets that are not captured */
};

static inline void script_put16(struct tl_buffer *b, unsigned v)
{
    uint8_t bytes[2];
    tl_store_be16(bytes, (uint16_t)v);
    tl_put(b, bytes, 2);
}

static inline void script_put32(struct tl_buffer *b, uint32_t v)
{
    script_put16(b, v >> 16);
    script_put16(b, v & 0xffff);
}

static inline void script_put_ip(struct tl_buffer *b, unsigned protocol, uint32_t src, uint32_t dst, unsigned payload)
{
    script_put16(b, 0x4500);
    script_put16(b, 20 + payload);
    script_put32(b, 0);
    script_put16(b, 64 << 8 | protocol);
    script_put16(b, 0);
    script_put32(b, src);
    script_put32(b, dst);
}

/* One packet, 1 ms after the one before. */
static inline void script_packet(struct script *w, struct script_talk *t, unsigned side, unsigned flags,
                                 const void *data, uint32_t len)
{
    struct tl_buffer *b = &w->packet;
    uint32_t ends[2] = { 0x0a000000u + t->client, 0x0a000000u + t->server };
    unsigned header = t->ip_proto == 6 ? 20 : t->ip_proto == 132 ? 12 : 8;
    b->len = 0;
    if (t->tunnel != 0)
        script_put_ip(b, 4, 0xc0000200u + t->tunnel, 0xc0000300u + t->tunnel, 20 + header + len);
    script_put_ip(b, t->ip_proto, ends[side], ends[side ^ 1], header + len);
    script_put16(b, t->ports[side]);
    script_put16(b, t->ports[side ^ 1]);
    if (t->ip_proto == 6) {
        script_put32(b, t->seq[side]);
        script_put32(b, flags & TL_ACK ? t->seq[side ^ 1] : 0);
        script_put16(b, 0x5000 | flags);
        script_put16(b, 0xffff);
        script_put32(b, 0);
        t->seq[side] += len + ((flags & (TL_SYN | TL_FIN)) != 0);
    } else if (t->ip_proto == 132) { /* data: chunks; flags: the verification tag */
        script_put32(b, flags);
        script_put32(b, 0);
    } else {
        script_put16(b, 8 + len);
        script_put16(b, t->checksum);
    }
    if (len > 0)
        tl_put(b, data, len);
    w->now += 1000000;
    if (b->failed)
        return;
    struct tl_packet packet = { .ts = w->now, .etime = w->now, .number = ++w->number, .bytes = b->data,
                                .caplen = (uint32_t)b->len - t->cut, .len = (uint32_t)b->len, .linktype = 101 };
    tl_decoder_expire(w->decoder, packet.etime);
    tl_decoder_packet(w->decoder, &packet);
}

static inline struct script_talk script_talk(uint8_t ip_proto, uint16_t port)
{
    return (struct script_talk){ .ip_proto = ip_proto, .client = 1, .server = 2, .ports = { port, SCRIPT_PORT },
                                 .seq = { 1000, 70000 } };
}

/* What a side says; a TCP conversation begins with its handshake. */
static inline void script_bytes(struct script *w, struct script_talk *t, unsigned side, const void *data, uint32_t len)
{
    if (t->ip_proto == 6 && !t->begun) {
        script_packet(w, t, 0, TL_SYN, NULL, 0);
        script_packet(w, t, 1, TL_SYN | TL_ACK, NULL, 0);
        script_packet(w, t, 0, TL_ACK, NULL, 0);
    }
    t->begun = true;
    script_packet(w, t, side, TL_ACK | TL_PSH, data, len);
}

static inline void script_text(struct script *w, struct script_talk *t, unsigned side, const char *text)
{
    script_bytes(w, t, side, text, (uint32_t)strlen(text));
}

#endif
