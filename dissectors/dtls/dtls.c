/*
 * dtls.c - DTLS 1.0 to 1.3 (RFC 6347, RFC 9147): records in datagrams, detection, the descriptor. Encrypted records of
 * 1.3 are in dtls_unified.c. Messages, sessions, keys and the record are those of TLS: see dissectors/tls.
 */
#include "dissectors/dtls/dtls.h"

#include "core/channel.h"
#include "dissectors/tls/tls_keys.h"

enum {
    CID_RECORD = 25,                     /* a record with a connection id (RFC 9146) */
    ACK_RECORD = 26,                     /* RFC 9147 section 7 */
    CIPHERTEXT_MOST = (1 << 14) + 2048,
    UNIFIED = 0x20, UNIFIED_MASK = 0xe0, /* the first byte of an encrypted record of DTLS 1.3 */
};

static bool is_version(uint16_t version)
{
    return version == 0xfeff || version == 0xfefd || version == 0xfefc || version == 0x0100;
}

static bool is_header(const uint8_t *p)
{
    return p[0] >= TLS_CHANGE_CIPHER_SPEC && p[0] <= ACK_RECORD && is_version(tl_load_be16(p + 1)) &&
           (p[0] == CID_RECORD || tl_load_be16(p + 11) <= CIPHERTEXT_MOST); /* an id is before its length */
}

/* --- records --- */

uint32_t tl_dtls_begin_record(struct tl_dissection *d)
{
    if (d->wanted != NULL && d->layer == TL_NO_NODE)
        tl_layer_begin(d);
    return tl_group(d, TLS_RECORD);
}

static unsigned line_of(uint8_t type)
{
    switch (type) {
    case TLS_APPLICATION_DATA: return TLS_LINE_APPLICATION;
    case TLS_ALERT: return TLS_LINE_ENCRYPTED_ALERT;
    case TLS_HANDSHAKE_RECORD: return TLS_LINE_ENCRYPTED;
    case TLS_HEARTBEAT: return TLS_LINE_HEARTBEAT;
    default: return TLS_LINE_RECORD;
    }
}

static void content(struct tl_dissection *d, struct tl_dtls_flow *f, unsigned side, uint8_t type, bool opened,
                    struct tl_tls_chain *chain)
{
    if (type == TLS_CHANGE_CIPHER_SPEC)
        tl_tls_change_cipher_spec(d, &f->tls, side, d->frame->ts);
    else if (type == TLS_ALERT)
        tl_tls_alert(d, &f->tls, side, opened, d->frame->ts);
    else if (type == TLS_HANDSHAKE_RECORD)
        tl_dtls_handshake(d, f, side, chain);
    else if (type == TLS_HEARTBEAT)
        tl_tls_heartbeat(d, &f->tls, side, d->frame->ts);
    else if (type == ACK_RECORD)
        tl_dtls_ack(d);
}

/* Opens a record of which all bytes are there. header: five bytes as TLS has them. */
static enum tl_tls_opening open_record(struct tl_dissection *d, struct tl_dtls_flow *f, unsigned side,
                                       const uint8_t *header, uint64_t number, uint32_t len, struct tl_tls_record *r)
{
    *r = (struct tl_tls_record){ .header = header, .numbered = true, .number = number,
                                 .sealed = { tl_cursor_peek(&d->c, 0, len), len } };
    if (f->tls.keys == 0 || len == 0 || r->sealed.data == NULL || !tl_tls_keys_may_open(d, &f->tls, side))
        return TL_TLS_SEALED;
    r->work = d->tree != NULL ? tl_arena_alloc_spare(d->scratch, len + TL_TLS_AAD)
                              : tl_arena_alloc(d->scratch, len + TL_TLS_AAD);
    if (r->work == NULL) {
        tl_truncated(d, len);
        return TL_TLS_SEALED;
    }
    return tl_tls_keys_open(d, &f->tls, side, true, r);
}

void tl_dtls_opened(struct tl_dissection *d, struct tl_dtls_flow *f, unsigned side, const struct tl_tls_record *r,
                    uint32_t group, bool traffic, struct tl_tls_chain *chain)
{
    const struct tl_cursor c = d->c;
    bool data = r->type == TLS_APPLICATION_DATA;
    uint8_t source = d->tree != NULL ? d->tree->source : 0, text = 0;
    if (d->tree != NULL)
        text = d->tree->source = tl_tree_add_source(d->tree, r->plain.data, r->plain.len, "decrypted DTLS");
    d->c = tl_cursor_on(r->plain.data, r->plain.len, r->plain.len);
    if (data)
        tl_tls_line(d, TLS_LINE_APPLICATION);
    else
        content(d, f, side, r->type, true, chain);
    d->c = c;
    if (d->tree != NULL)
        d->tree->source = source;
    tl_group_end(d, group);
    tl_tls_show_chain(d, chain);
    tl_tls_encrypted(d, &f->tls, side, traffic);
    if (!data)
        return;
    if (d->tree != NULL) {
        tl_layer_end(d);
        d->tree->source = text;
    }
    tl_tls_keys_data(d, &f->tls, side, r);
    if (d->tree != NULL) {
        d->tree->source = source;
        d->layer = TL_NO_NODE;
    }
}

static void sealed(struct tl_dissection *d, struct tl_dtls_flow *f, unsigned side, const uint8_t *head, uint32_t len,
                   uint32_t group)
{
    struct tl_tls_record r;
    struct tl_tls_chain chain;
    uint8_t header[TL_TLS_HEADER] = { head[0], head[1], head[2], head[11], head[12] };
    const size_t used = d->scratch->used;
    tl_tls_chain_begin(&chain);
    enum tl_tls_opening opening = open_record(d, f, side, header, tl_load_be64(head + 3), len, &r);
    tl_skip(d, len);
    if (opening == TL_TLS_OPENED) {
        tl_dtls_opened(d, f, side, &r, group, r.type == TLS_APPLICATION_DATA, &chain);
    } else {
        tl_tls_line(d, line_of(head[0]));
        tl_group_end(d, group);
        tl_tls_encrypted(d, &f->tls, side, head[0] == TLS_APPLICATION_DATA);
    }
    if (d->tree == NULL)
        d->scratch->used = used;
}

/* The header of a record. Returns its first bytes; NULL: they are not there. */
static const uint8_t *read_header(struct tl_dissection *d)
{
    const uint8_t *head = tl_cursor_peek(&d->c, 0, DTLS_HEADER);
    tl_u8(d, TLS_CONTENT_TYPE);
    tl_u16(d, TLS_RECORD_VERSION);
    tl_u16(d, DTLS_EPOCH);
    uint32_t off = d->c.off;
    const uint8_t *number = tl_cursor_peek(&d->c, 0, 6);
    tl_skip(d, 6);
    if (number != NULL)
        tl_add(d, DTLS_NUMBER, off, 6, (uint64_t)tl_load_be16(number) << 32 | tl_load_be32(number + 2));
    return tl_ok(d) ? head : NULL;
}

/* A record with a connection id (RFC 9146 section 4). How long the id is was said in the hello of the receiver. */
static void cid_record(struct tl_dissection *d, const struct tl_dtls_flow *f, unsigned side, uint32_t group)
{
    uint32_t len = tl_cursor_wire_left(&d->c);
    tl_tls_line(d, TLS_LINE_RECORD);
    if (f->tls.has_cid[side ^ 1]) {
        if (f->tls.cid_len[side ^ 1] > 0)
            (void)tl_run(d, DTLS_CID, f->tls.cid_len[side ^ 1]);
        len = tl_u16(d, TLS_RECORD_LENGTH);
    }
    tl_skip(d, len);
    tl_group_end(d, group);
}

static void read_record(struct tl_dissection *d, struct tl_dtls_flow *f, unsigned side)
{
    struct tl_tls_chain chain;
    uint32_t group = tl_dtls_begin_record(d);
    const uint8_t *head = read_header(d);
    tl_tls_chain_begin(&chain);
    if (head != NULL && head[0] == CID_RECORD) {
        cid_record(d, f, side, group);
        return;
    }
    uint16_t len = tl_u16(d, TLS_RECORD_LENGTH);
    if (head == NULL || !tl_ok(d)) {
        tl_group_end(d, group);
        return;
    }
    if (tl_load_be16(head + 3) > 0) {
        sealed(d, f, side, head, len, group);
        return;
    }
    struct tl_part part = tl_part_begin(d, len);
    if (head[0] == TLS_APPLICATION_DATA || head[0] > ACK_RECORD)
        tl_tls_line(d, line_of(head[0]));
    content(d, f, side, head[0], false, &chain);
    tl_part_end(d, part);
    tl_group_end(d, group);
    tl_tls_show_chain(d, &chain);
}

static bool is_record(const struct tl_dissection *d, const struct tl_dtls_flow *f)
{
    const uint8_t *first = tl_cursor_peek(&d->c, 0, 1), *head = tl_cursor_peek(&d->c, 0, DTLS_HEADER);
    if (first != NULL && (*first & UNIFIED_MASK) == UNIFIED && f->tls.version == 0) /* early data: epoch 1 */
        return f->tls.roles && d->flow.side == f->tls.client && (*first & 3) == 1;
    if (first != NULL && (*first & UNIFIED_MASK) == UNIFIED)
        return f->tls.version == 0xfefc;
    return head == NULL ? tl_cursor_wire_left(&d->c) >= DTLS_HEADER : is_header(head);
}

static enum tl_status dtls_dissect(struct tl_dissection *d)
{
    struct tl_dtls_flow outside, *f = d->flow.slot;
    bool begun = false;
    if (f == NULL) {
        memset(&outside, 0, sizeof outside);
        f = &outside;
    }
    f->tls.over = TL_TLS_OVER_DTLS;
    while (tl_ok(d) && tl_cursor_left(&d->c) > 0) {
        if (!is_record(d, f) || (f->tls.stopped && !begun && d->wanted == NULL)) {
            if (!begun)
                return TL_NOT_MINE;
            tl_bad(d);
            break;
        }
        if ((*tl_cursor_peek(&d->c, 0, 1) & UNIFIED_MASK) == UNIFIED)
            tl_dtls_unified(d, f, d->flow.side);
        else
            read_record(d, f, d->flow.side);
        begun = true;
    }
    if (d->flow.slot == NULL)
        tl_dtls_forget(d, f);
    return tl_next_none(d);
}

static void dtls_finish(struct tl_dissection *d)
{
    struct tl_dtls_flow *f = d->flow.slot;
    if (f == NULL)
        return;
    tl_dtls_forget(d, f);
    tl_dtls_epochs_drop(d, f);
    tl_tls_keys_drop(d, &f->tls);
    if (!f->tls.written)
        tl_tls_write(d, &f->tls);
}

/* --- detection --- */

/* The first message must be a hello that fits its record. p: 13 and 12 bytes. */
static bool begins_with_hello(const uint8_t *p, uint32_t n)
{
    const uint8_t *m = p + DTLS_HEADER;
    if (n < DTLS_HEADER + DTLS_HEAD)
        return false;
    uint32_t length = tl_load_be24(m + 1), offset = tl_load_be24(m + 6), len = tl_load_be24(m + 9);
    return (m[0] == TLS_CLIENT_HELLO || m[0] == TLS_SERVER_HELLO || m[0] == TLS_HELLO_VERIFY_REQUEST) &&
           offset <= length && len <= length - offset && len + DTLS_HEAD <= tl_load_be16(p + 11);
}

static enum tl_probe dtls_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c), wire = tl_cursor_wire_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (d->flow.stream || n < DTLS_HEADER || p[0] < TLS_CHANGE_CIPHER_SPEC || p[0] > ACK_RECORD || !is_header(p))
        return TL_PROBE_NO;
    if (p[0] == TLS_HANDSHAKE_RECORD && tl_load_be16(p + 3) == 0 && begins_with_hello(p, n))
        return TL_PROBE_YES;
    for (uint32_t at = 0; at < wire;) { /* the middle of a session: records up to the end of the datagram */
        if (at > n || n - at < DTLS_HEADER)
            return at > 0 && at < wire && n < wire ? TL_PROBE_YES : TL_PROBE_NO;
        if (!is_header(p + at) || p[at] == CID_RECORD || tl_load_be16(p + at + 11) > wire - at - DTLS_HEADER)
            return TL_PROBE_NO;
        at += (uint32_t)DTLS_HEADER + tl_load_be16(p + at + 11);
    }
    return TL_PROBE_YES;
}

const struct tl_protocol tl_protocol_dtls = {
    .name = "dtls",
    .title = "Datagram Transport Layer Security",
    .service = "dtls",
    .kind = TL_KIND_APPLICATION,
    .fields = tl_dtls_fields,
    .field_count = DTLS_FIELDS,
    .weirds = tl_dtls_weirds,
    .weird_count = TLS_WEIRDS,
    .flow_size = sizeof(struct tl_dtls_flow),
    .info = "[{line,}][ (SNI={handshake.extensions_server_name})][ {alert_message.level}: {alert_message.desc}]",
    TL_BEGINS("\x14\x1a"), .probe = dtls_probe,
    .dissect = dtls_dissect,
    .finish = dtls_finish,
};
