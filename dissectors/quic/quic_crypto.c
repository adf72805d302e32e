/* quic_crypto.c - CRYPTO data goes to TLS, STREAM data to the protocol that was negotiated, both in order. */
#include "core/keylog.h"
#include "dissectors/quic/quic.h"
#include "dissectors/http3/http3.h"
#include "dissectors/registry.h"
#include "dissectors/tls/tls.h"

#define TLS_CHILD UINT64_MAX /* streams have their own numbers, of 62 bits */

struct passing {
    struct tl_dissection *d;
    struct tl_channel *channel;
    unsigned side;
    uint64_t stream; /* TLS_CHILD: none */
};

static void on_data(void *context, struct tl_bytes bytes)
{
    const struct passing *to = context;
    if (to->stream != TLS_CHILD)
        tl_said_in(to->d, to->stream, to->side, bytes, 0);
    tl_channel_push(to->d, to->channel, to->side, bytes);
}

static void on_gap(void *context, uint64_t n, bool cut)
{
    const struct passing *to = context;
    (void)cut;
    if (to->stream != TLS_CHILD)
        tl_said_in(to->d, to->stream, to->side, (struct tl_bytes){ NULL, 0 }, n);
    tl_channel_gap(to->d, to->channel, to->side, n);
}

static void pass(struct passing *to, struct tl_range *range, uint64_t offset, struct tl_bytes bytes)
{
    static const struct tl_range_limits limits = { QUIC_HELD_MOST, QUIC_PIECES_MOST };
    const struct tl_range_reader reader = { on_data, on_gap, to };
    struct tl_range_result result =
        tl_range_add(range, offset, offset + bytes.len, bytes, &limits, &reader, to->d->slab);
    if (result.lost > 0)
        tl_weird(to->d, QUIC_WEIRD_MEMORY, (struct tl_bytes){ NULL, 0 });
}

/* --- TLS --- */

static struct tl_tls_flow *tls_flow(const struct tl_dissection *d)
{
    struct tl_channel *child = tl_channel_find(d, TLS_CHILD);
    return child != NULL ? tl_channel_state(d, child) : NULL;
}

static struct tl_channel *tls_child(struct tl_dissection *d)
{
    struct tl_channel *child = tl_channel_find(d, TLS_CHILD);
    if (child != NULL || d->slab == NULL)
        return child;
    child = tl_channel_open(d, TL_CHANNEL_STREAM, TLS_CHILD, &tl_protocol_tls);
    struct tl_tls_flow *tls = child != NULL ? tl_channel_state(d, child) : NULL;
    if (tls != NULL)
        tls->over = TL_TLS_OVER_QUIC;
    return child;
}

static uint32_t keep_text(struct tl_dissection *d, struct tl_bytes text)
{
    return text.len > 0 ? tl_keep(d, text.data, text.len < QUIC_NAME_MOST ? text.len : QUIC_NAME_MOST) : 0;
}

/* What the record has of the hello. */
static void note_names(struct tl_dissection *d, struct tl_quic_flow *f, const struct tl_tls_flow *tls)
{
    const struct tl_tls_session *x = tl_tls_session(d, tls);
    if (x == NULL || !x->client_hello)
        return;
    if (f->name == 0 && x->name != 0)
        f->name = keep_text(d, tl_kept(d, x->name));
    struct tl_bytes list = tl_kept(d, x->offered);
    if (f->protocol == 0 && list.len > 1 && list.data[0] < list.len)
        f->protocol = keep_text(d, tl_bytes_of(list.data + 1, list.data[0]));
}

static void note_hellos(struct tl_dissection *d, struct tl_quic_flow *f, const struct tl_tls_flow *tls)
{
    for (unsigned side = 0; side < 2; side++) {
        for (; f->hellos[side] != tls->hellos[side]; f->hellos[side]++)
            tl_quic_history(d, f, side, 's');
    }
    note_names(d, f, tls);
}

void tl_quic_crypto_data(struct tl_dissection *d, struct tl_quic_flow *f, enum tl_quic_level level, uint64_t offset,
                         struct tl_bytes bytes)
{
    unsigned side = d->flow.side;
    struct tl_range *range = &f->crypto[tl_quic_space(level)][side];
    struct tl_channel *child = tls_child(d);
    struct tl_tls_flow *tls = child != NULL ? tl_channel_state(d, child) : NULL;
    if (tls == NULL || bytes.len == 0)
        return;
    if (offset > range->next + QUIC_HELD_MOST) {
        tl_weird(d, QUIC_WEIRD_CRYPTO, (struct tl_bytes){ NULL, 0 });
        return;
    }
    if (level != f->level[side]) { /* messages do not go on at another level (RFC 9001 section 4.1.3) */
        f->level[side] = (uint8_t)level;
        tl_tls_forget(d, &tls->side[side]);
    }
    struct passing to = { d, child, side, TLS_CHILD };
    pass(&to, range, offset, bytes);
    note_hellos(d, f, tls);
}

bool tl_quic_negotiated(const struct tl_dissection *d, struct tl_tls_negotiated *n)
{
    const struct tl_tls_flow *tls = tls_flow(d);
    return tls != NULL && tl_tls_keys_negotiated(d, tls, n) && n->server_hello;
}

void tl_quic_find_key(struct tl_dissection *d, struct tl_quic_flow *f, enum tl_quic_level level, unsigned side)
{
    const struct tl_tls_flow *tls = tls_flow(d);
    struct tl_tls_negotiated n;
    struct tl_quic_key key = { .secret_len = 0 };
    uint8_t secret[TL_KEYLOG_SECRET];
    bool client = side == f->client;
    const struct tl_quic_crypto c = tl_quic_crypto_of(d);
    if (tls == NULL || c.state == NULL || !tl_tls_keys_negotiated(d, tls, &n))
        return;
    enum tl_keylog_label label =
        level == QUIC_LEVEL_EARLY       ? TL_KEYLOG_CLIENT_EARLY
        : level == QUIC_LEVEL_HANDSHAKE ? (client ? TL_KEYLOG_CLIENT_HANDSHAKE : TL_KEYLOG_SERVER_HANDSHAKE)
                                        : (client ? TL_KEYLOG_CLIENT_TRAFFIC : TL_KEYLOG_SERVER_TRAFFIC);
    uint32_t len = d->host->secret(d, label, n.random, secret);
    /* Early data has the suite of an earlier session, which the length of its secret tells in most cases. */
    uint16_t suite = n.server_hello ? n.suite : len == 48 ? 0x1302 : 0x1301;
    if (len > 0 && (n.server_hello || level == QUIC_LEVEL_EARLY) && tl_quic_cipher_of(suite, &key) &&
        tl_quic_secret_key(&c, f->version, tl_bytes_of(secret, len), &key))
        f->keys[level][side] = tl_keep(d, &key, sizeof key);
    tl_wipe(secret, sizeof secret);
    tl_wipe(&key, sizeof key);
}

/* --- streams --- */

static struct tl_quic_stream *find_stream(const struct tl_quic_flow *f, uint64_t id)
{
    struct tl_quic_stream *x = f->streams;
    while (x != NULL && x->id != id)
        x = x->next;
    return x;
}

static void drop_stream(struct tl_dissection *d, struct tl_quic_flow *f, struct tl_quic_stream *x)
{
    struct tl_quic_stream **link = &f->streams;
    while (*link != x)
        link = &(*link)->next;
    *link = x->next;
    f->stream_count--;
    tl_channel_close(d, x->channel);
    for (unsigned side = 0; side < 2; side++)
        tl_range_fini(&x->range[side], d->slab);
    tl_slab_put(d->slab, x, sizeof *x);
}

/* The protocol of the streams: what the server chose, or else what the client offers first. */
static const struct tl_protocol *spoken(const struct tl_dissection *d, struct tl_quic_flow *f)
{
    const struct tl_tls_flow *tls = tls_flow(d);
    struct tl_tls_negotiated n;
    if (f->speaks == NULL && tls != NULL && tl_tls_keys_negotiated(d, tls, &n))
        f->speaks = n.protocol;
    if (f->speaks == NULL && f->protocol != 0)
        f->speaks = tl_protocol_called("alpn", tl_kept(d, f->protocol));
    return f->speaks;
}

/* The streams of HTTP/3 depend on each other: they find what they share by a note. */
static struct tl_channel *open_channel(struct tl_dissection *d, struct tl_quic_flow *f, uint64_t id)
{
    const struct tl_protocol *protocol = spoken(d, f);
    if (protocol == &tl_protocol_http3 && f->inside == 0)
        f->inside = tl_http3_begin(d, f->client);
    if (protocol == &tl_protocol_http3 && f->inside == 0)
        return NULL;
    struct tl_channel *channel = tl_channel_open(d, TL_CHANNEL_STREAM, id, protocol);
    tl_channel_decrypted(d, channel, NULL);
    if (channel != NULL && protocol == &tl_protocol_http3) {
        struct tl_http3_note note;
        memset(&note, 0, sizeof note);
        note = (struct tl_http3_note){ .stream = id, .shared = f->inside, .client = f->client };
        if (!tl_channel_tell(d, channel, tl_bytes_of(&note, sizeof note))) {
            tl_channel_close(d, channel);
            return NULL;
        }
    }
    return channel;
}

static struct tl_quic_stream *begin_stream(struct tl_dissection *d, struct tl_quic_flow *f, uint64_t id)
{
    if (f->stream_count == QUIC_STREAMS_MOST) {
        tl_weird(d, QUIC_WEIRD_STREAMS, (struct tl_bytes){ NULL, 0 });
        return NULL;
    }
    struct tl_quic_stream *x = d->slab != NULL ? tl_slab_get(d->slab, sizeof *x) : NULL;
    if (x == NULL)
        return NULL;
    bool one_way = (id & 2) != 0;
    unsigned sender = (id & 1) != 0 ? f->client ^ 1u : f->client;
    *x = (struct tl_quic_stream){ .next = f->streams, .id = id, .size = { UINT64_MAX, UINT64_MAX } };
    x->ended[sender ^ 1u] = one_way;
    x->channel = open_channel(d, f, id);
    f->streams = x;
    f->stream_count++;
    return x;
}

static bool is_over(const struct tl_quic_stream *x)
{
    return x->ended[0] && x->ended[1];
}

void tl_quic_stream_data(struct tl_dissection *d, struct tl_quic_flow *f, const struct tl_quic_frame *frame)
{
    unsigned side = d->flow.side;
    struct tl_quic_stream *x = find_stream(f, frame->stream);
    if (x == NULL && frame->offset == 0)
        x = begin_stream(d, f, frame->stream);
    else if (x == NULL && frame->stream >= f->next_stream[frame->stream & 3])
        x = begin_stream(d, f, frame->stream);
    if (x == NULL || x->ended[side] || frame->offset > (UINT64_C(1) << 62))
        return;
    if (frame->stream >= f->next_stream[frame->stream & 3])
        f->next_stream[frame->stream & 3] = frame->stream + 4;
    struct passing to = { d, x->channel, side, frame->stream };
    if (frame->offset > x->range[side].next)
        tl_hide(d, frame->data); /* it is shown where it is read */
    if (frame->data.len > 0)
        pass(&to, &x->range[side], frame->offset, frame->data);
    if (frame->fin)
        x->size[side] = frame->offset + frame->data.len;
    if (x->range[side].next >= x->size[side]) {
        x->ended[side] = true;
        tl_channel_end(d, x->channel, side);
    }
    if (is_over(x))
        drop_stream(d, f, x);
}

void tl_quic_stream_reset(struct tl_dissection *d, struct tl_quic_flow *f, uint64_t id, unsigned side)
{
    struct tl_quic_stream *x = find_stream(f, id);
    if (x == NULL || x->ended[side])
        return;
    x->ended[side] = true;
    tl_channel_end(d, x->channel, side);
    if (is_over(x))
        drop_stream(d, f, x);
}

/* --- life --- */

static void forget(struct tl_dissection *d, uint32_t *handle)
{
    if (*handle != 0)
        tl_forget(d, *handle);
    *handle = 0;
}

void tl_quic_restart(struct tl_dissection *d, struct tl_quic_flow *f, bool all)
{
    struct tl_channel *child = tl_channel_find(d, TLS_CHILD);
    struct tl_tls_flow *tls = tls_flow(d);
    for (unsigned i = 0; i < 6; i++)
        tl_range_fini(&f->crypto[i / 2][i % 2], d->slab);
    memset(f->crypto, 0, sizeof f->crypto);
    memset(f->largest, 0, sizeof f->largest);
    f->level[0] = f->level[1] = QUIC_LEVEL_INITIAL;
    tl_quic_drop_keys(d, f);
    if (!all) {
        for (unsigned side = 0; tls != NULL && side < 2; side++)
            tl_tls_forget(d, &tls->side[side]);
        return;
    }
    while (f->streams != NULL)
        drop_stream(d, f, f->streams);
    tl_http3_end(d, f->inside);
    f->inside = 0;
    tl_channel_close(d, child);
    forget(d, &f->name);
    forget(d, &f->protocol);
    f->speaks = NULL;
    memset(f->next_stream, 0, sizeof f->next_stream);
    f->id_count[0] = f->id_count[1] = 0;
    f->hellos[0] = f->hellos[1] = f->phase[0] = f->phase[1] = f->unopened[0] = f->unopened[1] = 0;
    f->opened = f->secrets = f->retried = f->moved = f->announced = false;
}
