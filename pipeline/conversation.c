/* conversation.c - a decoder that passes on the bytes of one flow; it parses them only where secrets are hidden. */
#include "pipeline/conversation.h"

#include <stdlib.h>
#include <string.h>

#include "codec/zlib.h"
#include "crypto/libcrypto.h"
#include "decode/decoder.h"
#include "export/hidden.h"
#include "flows/identity.h"

enum { WAITING_MOST = 2048 }; /* out-of-order segments per side with a known packet */

/* A segment that arrived early, and the packet that carried it. */
struct carried {
    uint32_t seq, end; /* as on the wire */
    uint64_t number;
};

struct waiting {
    struct carried items[WAITING_MOST]; /* in order of arrival */
    uint32_t count;
};

struct tl_conversation {
    struct tl_conversation_options options;
    struct tl_flow_id id;
    struct tl_registry *registry;
    struct tl_decoder *decoder;
    uint64_t *wanted;      /* owned: bits of all fields, for any protocol; NULL: no secrets are looked for */
    const uint64_t *wanted_of[TL_PROTOCOL_COUNT];
    uint64_t number;       /* of the current or last packet */
    const struct tl_flow *flow; /* of the packet; NULL: none */
    unsigned end;               /* index in its key of the endpoint that sent the packet */
    bool rejected;              /* by a wrong checksum: the packet is not followed */
    struct waiting waiting[2]; /* by the sides of id, because the sides of the reassembler can be swapped */
};

/* --- the flow --- */

static bool is_end(const struct tl_flow_id *id, bool orig, const uint8_t addr[16], uint16_t port)
{
    size_t n = id->version == 4 ? 4 : 16;
    return (orig ? id->orig_port : id->resp_port) == port &&
           memcmp(orig ? id->orig_addr : id->resp_addr, addr, n) == 0;
}

/* Returns whether it is the flow to follow. *turned: its endpoints are swapped there. */
static bool is_wanted(const struct tl_conversation *c, const struct tl_flow *flow, bool *turned)
{
    struct tl_flow_id id = { 0 };
    tl_flow_describe(flow, &id);
    if (id.version != c->id.version || id.ip_proto != c->id.ip_proto)
        return false;
    *turned = false;
    if (is_end(&c->id, true, id.orig_addr, id.orig_port) && is_end(&c->id, false, id.resp_addr, id.resp_port))
        return true;
    *turned = true;
    return is_end(&c->id, true, id.resp_addr, id.resp_port) && is_end(&c->id, false, id.orig_addr, id.orig_port);
}

static void say(const struct tl_conversation *c, unsigned side, struct tl_bytes bytes, uint64_t gap, uint64_t number)
{
    struct tl_saying saying = { .side = side, .bytes = bytes, .gap = gap, .number = number };
    c->options.take(c->options.context, &saying);
}

/* --- TCP --- */

static bool covers(const struct carried *s, uint32_t seq)
{
    return seq - s->seq < s->end - s->seq;
}

/* Returns the first packet that carried the byte, which wins as in the reassembler. */
static uint64_t carrier_of(const struct tl_conversation *c, unsigned side, uint32_t seq)
{
    const struct waiting *waiting = &c->waiting[side];
    for (uint32_t i = 0; i < waiting->count; i++) {
        if (covers(&waiting->items[i], seq))
            return waiting->items[i].number;
    }
    return c->number;
}

static void on_stream(void *context, const struct tl_piece_of_flow *piece)
{
    struct tl_conversation *c = context;
    const struct tl_tcp *tcp = tl_decoder_tcp(c->decoder, piece->flow);
    bool turned;
    if (piece->end || !is_wanted(c, piece->flow, &turned))
        return;
    if (piece->bytes.len == 0) {
        say(c, piece->side ^ turned, piece->bytes, piece->gap, c->number);
        return;
    }
    const struct tl_tcp_half *h = &tcp->half[piece->side];
    uint32_t end = h->start + (uint32_t)h->range.next; /* they are already counted */
    unsigned side = piece->side ^ turned;
    say(c, side, piece->bytes, 0, carrier_of(c, side, end - piece->bytes.len));
}

/* What the flow carries. */
static void on_said(void *context, const struct tl_said *said)
{
    const struct tl_conversation *c = context;
    bool turned;
    if (strcmp(said->protocol->name, c->options.inside.protocol) != 0 || said->stream != c->options.inside.stream ||
        !is_wanted(c, said->flow, &turned))
        return;
    if (said->gap > 0)
        say(c, said->side ^ turned, (struct tl_bytes){ NULL, 0 }, said->gap, c->number);
    if (said->bytes.len > 0)
        say(c, said->side ^ turned, said->bytes, 0, c->number);
}

/* Forgets segments that were handed over. */
static void forget(struct waiting *waiting, uint32_t next)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < waiting->count; i++) {
        if ((int32_t)(waiting->items[i].end - next) > 0)
            waiting->items[kept++] = waiting->items[i];
    }
    waiting->count = kept;
}

/* After a packet: remembers its bytes that are still held. */
static void remember(struct tl_conversation *c)
{
    const struct tl_flow *flow = c->flow;
    const struct tl_transport *seg = &tl_decoder_frame(c->decoder)->seg;
    bool turned;
    if (flow == NULL || flow->ip_proto != 6 || c->rejected || !is_wanted(c, flow, &turned))
        return;
    const struct tl_tcp *tcp = tl_decoder_tcp(c->decoder, flow);
    if (tcp == NULL)
        return;
    for (unsigned i = 0; i < 2; i++)
        forget(&c->waiting[i ^ turned], tcp->half[i].start + (uint32_t)tcp->half[i].range.next);
    unsigned side = tl_flow_end(flow, c->end);
    const struct tl_tcp_half *h = &tcp->half[side];
    struct waiting *waiting = &c->waiting[side ^ turned];
    uint32_t seq = seg->seq + ((seg->flags & TL_SYN) != 0), end = seq + seg->payload_len;
    if (seg->payload_len == 0 || h->range.held_count == 0 || (int32_t)(end - (h->start + (uint32_t)h->range.next)) <= 0)
        return;
    if (waiting->count < WAITING_MOST)
        waiting->items[waiting->count++] = (struct carried){ seq, end, c->number };
}

/* --- UDP --- */

static void on_datagram(void *context, const struct tl_piece_of_flow *piece)
{
    const struct tl_conversation *c = context;
    bool turned;
    if (!is_wanted(c, piece->flow, &turned))
        return;
    if (piece->bytes.len > 0)
        say(c, piece->side ^ turned, piece->bytes, 0, c->number);
    if (piece->gap > 0)
        say(c, piece->side ^ turned, (struct tl_bytes){ NULL, 0 }, piece->gap, c->number);
}

static void on_flow(void *context, const struct tl_sighting *sighting)
{
    struct tl_conversation *c = context;
    c->flow = sighting->flow;
    c->end = tl_flow_end(sighting->flow, sighting->side);
    c->rejected = sighting->rejected;
}

/* --- the conversation --- */

bool tl_conversation_possible(const struct tl_flow_id *flow)
{
    return flow->ip_proto == 6 || flow->ip_proto == 17;
}

static bool want_everything(struct tl_conversation *c)
{
    struct tl_protocols all = tl_protocols_all();
    size_t words = 1;
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++)
        words = all.items[i]->field_count / 64 + 1 > words ? all.items[i]->field_count / 64 + 1 : words;
    c->wanted = malloc(words * sizeof *c->wanted);
    if (c->wanted == NULL)
        return false;
    memset(c->wanted, 0xff, words * sizeof *c->wanted);
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++)
        c->wanted_of[i] = c->wanted;
    tl_decoder_show(c->decoder, c->wanted_of);
    return true;
}

struct tl_conversation *tl_conversation_new(const struct tl_conversation_options *options)
{
    struct tl_conversation *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->options = *options;
    c->id = *options->flow;
    c->registry = tl_registry_new_as(options->decode_as);
    bool sent = options->inside.protocol == NULL;
    struct tl_decoder_options decoder = {
        .registry = c->registry,
        .interfaces = options->interfaces,
        .memory = options->memory,
        .crypto = &tl_crypto_libcrypto,
        .inflate = &tl_inflate_zlib,
        .checksums = options->checksums,
        .keylog = options->keylog,
        .keylog_all = true,
        .no_applications = options->hide == NULL && sent,
        .listener = { .stream = sent ? on_stream : NULL,
                      .datagram = sent ? on_datagram : NULL,
                      .said = sent ? NULL : on_said,
                      .flow = on_flow,
                      .context = c },
    };
    c->decoder = c->registry != NULL ? tl_decoder_new(&decoder) : NULL;
    if (c->decoder == NULL || (options->hide != NULL && !want_everything(c))) {
        tl_conversation_free(c);
        return NULL;
    }
    return c;
}

void tl_conversation_free(struct tl_conversation *c)
{
    if (c == NULL)
        return;
    tl_decoder_free(c->decoder);
    tl_registry_free(c->registry);
    free(c->wanted);
    free(c);
}

static void hide(void *context, struct tl_bytes secret, uint32_t from, uint32_t to)
{
    struct tl_conversation *c = context;
    c->options.hide(c->options.context, secret, from, to, tl_hidden_in_packet(tl_decoder_tree(c->decoder), secret));
}

void tl_conversation_packet(struct tl_conversation *c, const struct tl_packet *packet)
{
    c->number = packet->number;
    c->flow = NULL;
    tl_decoder_packet(c->decoder, packet);
    remember(c);
    if (c->wanted == NULL)
        return;
    const struct tl_tree *tree = tl_decoder_tree(c->decoder);
    const struct tl_protocols protocols = tl_protocols_all();
    tl_hidden_each(tree, &protocols, hide, c);
}

void tl_conversation_end(struct tl_conversation *c)
{
    tl_decoder_finish(c->decoder);
}
