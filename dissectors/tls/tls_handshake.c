/*
 * tls_handshake.c - handshake messages (RFC 5246 section 7.4, RFC 8446 section 4): put together from records, and those
 * that are no hellos and no certificates.
 */
#include "core/slab.h"
#include "dissectors/tls/tls.h"

enum { HEAD = 4 }; /* bytes of type and length */

/* --- messages --- */

/* Is the digitally-signed part without an algorithm? It is up to TLS 1.1. */
static bool signs_plainly(const struct tl_tls_flow *f)
{
    return f->version != 0 && tl_tls_basis(f->version) < 0x0303;
}

static void signature(struct tl_dissection *d, const struct tl_tls_flow *f, unsigned len_field, unsigned field)
{
    if (tl_cursor_wire_left(&d->c) == 0)
        return; /* an anonymous exchange */
    if (!signs_plainly(f))
        tl_u16(d, TLS_SIG_ALG);
    (void)tl_run(d, field, tl_u16(d, len_field));
}

/* How keys are exchanged, by the name of the suite: TLS_ECDHE_.., TLS_DHE_.., TLS_RSA_.. */
static bool exchanges(const char *suite, const char *how)
{
    return suite != NULL && strncmp(suite, how, strlen(how)) == 0;
}

static const char *suite_of(const struct tl_dissection *d, const struct tl_tls_flow *f)
{
    const struct tl_tls_session *x = tl_tls_session(d, f);
    return x != NULL && x->server_hello ? tl_name_of(tl_tls_suites, x->suite) : NULL;
}

static void server_key_exchange(struct tl_dissection *d, struct tl_tls_flow *f)
{
    const char *suite = suite_of(d, f);
    struct tl_tls_session *x = tl_tls_session(d, f);
    if (exchanges(suite, "TLS_PSK_") || exchanges(suite, "TLS_RSA_PSK_")) {
        (void)tl_run(d, TLS_HINT, tl_u16(d, TLS_HINT_LEN));
    } else if (exchanges(suite, "TLS_ECDH")) {
        if (exchanges(suite, "TLS_ECDHE_PSK_"))
            (void)tl_run(d, TLS_HINT, tl_u16(d, TLS_HINT_LEN));
        if (tl_u8(d, TLS_CURVE_TYPE) != 3)
            return;
        uint16_t curve = tl_u16(d, TLS_CURVE);
        (void)tl_run(d, TLS_POINT, tl_u8(d, TLS_POINT_LEN));
        if (x != NULL && tl_ok(d)) {
            x->group = curve;
            x->has_group = true;
        }
        if (!exchanges(suite, "TLS_ECDHE_PSK_") && !exchanges(suite, "TLS_ECDH_anon_"))
            signature(d, f, TLS_SIG_LEN, TLS_SIG);
    } else if (exchanges(suite, "TLS_DH")) {
        if (exchanges(suite, "TLS_DHE_PSK_"))
            (void)tl_run(d, TLS_HINT, tl_u16(d, TLS_HINT_LEN));
        (void)tl_run(d, TLS_P, tl_u16(d, TLS_P_LEN));
        (void)tl_run(d, TLS_G, tl_u16(d, TLS_G_LEN));
        (void)tl_run(d, TLS_YS, tl_u16(d, TLS_YS_LEN));
        if (!exchanges(suite, "TLS_DHE_PSK_") && !exchanges(suite, "TLS_DH_anon_"))
            signature(d, f, TLS_SIG_LEN, TLS_SIG);
    }
}

static void client_key_exchange(struct tl_dissection *d, const struct tl_tls_flow *f)
{
    const char *suite = suite_of(d, f);
    if (suite == NULL)
        return;
    if (strstr(suite, "_PSK_WITH_") != NULL)
        (void)tl_run(d, TLS_IDENTITY, tl_u16(d, TLS_IDENTITY_LEN));
    if (exchanges(suite, "TLS_PSK_") || tl_cursor_wire_left(&d->c) == 0)
        return;
    if (exchanges(suite, "TLS_ECDH"))
        (void)tl_run(d, TLS_CLIENT_POINT, tl_u8(d, TLS_CLIENT_POINT_LEN));
    else if (exchanges(suite, "TLS_DH"))
        (void)tl_run(d, TLS_YC, tl_u16(d, TLS_YC_LEN));
    else if (exchanges(suite, "TLS_RSA_") && (f->version == 0x0300 || f->version == 0x0100))
        (void)tl_run(d, TLS_EPMS, tl_cursor_left(&d->c)); /* SSL 3.0 and OpenSSL 0.9.8e have no length */
    else if (exchanges(suite, "TLS_RSA_"))
        (void)tl_run(d, TLS_EPMS, tl_u16(d, TLS_EPMS_LEN));
}

/* RFC 5246 section 7.4.4: distinguished names of those whose certificates are accepted. */
static void authorities(struct tl_dissection *d, struct tl_tls_chain *chain)
{
    struct tl_part names = tl_part_enter(d, tl_u16(d, TLS_DNAMES_LEN));
    uint32_t off = d->c.off;
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_skip(d, tl_u16(d, TLS_DNAME_LEN));
    chain->names.base = d->c.base;
    chain->names.source = d->tree != NULL ? d->tree->source : 0;
    chain->names.off = off;
    chain->names.len = tl_ok(d) ? d->c.off - off : 0;
    tl_part_leave(d, names);
}

static void certificate_request(struct tl_dissection *d, const struct tl_tls_flow *f, struct tl_tls_chain *chain)
{
    if (tl_tls_is_13(f->version)) {
        struct tl_tls_hello h = { .client = false };
        uint8_t len = tl_u8(d, TLS_CONTEXT_LEN);
        if (len > 0)
            (void)tl_run(d, TLS_CONTEXT, len);
        tl_tls_extensions(d, &h, TLS_CERTIFICATE_REQUEST);
        return;
    }
    struct tl_part types = tl_part_enter(d, tl_u8(d, TLS_CERT_TYPES_COUNT));
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_u8(d, TLS_CERT_TYPE);
    tl_part_leave(d, types);
    if (!signs_plainly(f))
        tl_tls_signature_list(d, NULL);
    authorities(d, chain);
}

static void session_ticket(struct tl_dissection *d, const struct tl_tls_flow *f)
{
    struct tl_tls_hello h = { .client = false };
    bool new = tl_tls_is_13(f->version);
    tl_u32(d, TLS_LIFETIME);
    if (new) {
        tl_u32(d, TLS_AGE_ADD);
        (void)tl_run(d, TLS_NONCE, tl_u8(d, TLS_NONCE_LEN));
    }
    (void)tl_run(d, TLS_TICKET, tl_u16(d, TLS_TICKET_LEN));
    if (new)
        tl_tls_extensions(d, &h, TLS_NEW_SESSION_TICKET);
}

/* RFC 6066 section 8. */
static void certificate_status(struct tl_dissection *d)
{
    if (tl_u8(d, TLS_STATUS_TYPE) == 1)
        (void)tl_run(d, TLS_OCSP, tl_u24(d, TLS_OCSP_LEN));
}

/* RFC 9147 section 9. */
static void connection_ids(struct tl_dissection *d)
{
    struct tl_part ids = tl_part_enter(d, tl_u16(d, DTLS_CIDS_LEN));
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint8_t len = tl_u8(d, DTLS_CID_LEN);
        if (len > 0)
            (void)tl_run(d, DTLS_OWN_CID, len);
    }
    tl_part_leave(d, ids);
    tl_u8(d, DTLS_CID_USAGE);
}

static char letter_of(unsigned type)
{
    switch (type) {
    case TLS_HELLO_REQUEST: return 'h';
    case TLS_HELLO_VERIFY_REQUEST: return 'v';
    case TLS_NEW_SESSION_TICKET: return 't';
    case TLS_END_OF_EARLY_DATA: return 'e';
    case TLS_HELLO_RETRY_REQUEST: return 'j';
    case TLS_ENCRYPTED_EXTENSIONS: return 'o';
    case TLS_CERTIFICATE_MESSAGE: return 'x';
    case TLS_SERVER_KEY_EXCHANGE: return 'k';
    case TLS_CERTIFICATE_REQUEST: return 'r';
    case TLS_SERVER_HELLO_DONE: return 'n';
    case TLS_CERTIFICATE_VERIFY: return 'y';
    case TLS_CLIENT_KEY_EXCHANGE: return 'g';
    case TLS_FINISHED: return 'f';
    case TLS_CERTIFICATE_URL: return 'w';
    case TLS_CERTIFICATE_STATUS: return 'u';
    case TLS_SUPPLEMENTAL_DATA: return 'a';
    case TLS_KEY_UPDATE_MESSAGE: return 'p';
    case TLS_MESSAGE_HASH: return 'm';
    default: return 'z';
    }
}

static void read_message(struct tl_dissection *d, struct tl_tls_flow *f, unsigned type, struct tl_tls_chain *chain)
{
    struct tl_tls_session *x;
    struct tl_tls_hello h = { .client = false };
    switch (type) {
    case TLS_SERVER_KEY_EXCHANGE:
        server_key_exchange(d, f);
        break;
    case TLS_CLIENT_KEY_EXCHANGE:
        x = tl_tls_session(d, f);
        if (x != NULL)
            x->key_exchange = true;
        client_key_exchange(d, f);
        break;
    case TLS_CERTIFICATE_REQUEST:
        certificate_request(d, f, chain);
        break;
    case TLS_CERTIFICATE_VERIFY:
        signature(d, f, TLS_VERIFY_LEN, TLS_VERIFY);
        break;
    case TLS_NEW_SESSION_TICKET:
        session_ticket(d, f);
        break;
    case TLS_CERTIFICATE_STATUS:
        certificate_status(d);
        break;
    case TLS_ENCRYPTED_EXTENSIONS:
        tl_tls_extensions(d, &h, TLS_ENCRYPTED_EXTENSIONS);
        tl_tls_note_next(d, f, h.alpn);
        if (!h.early)
            tl_tls_keys_refused(d, f);
        break;
    case TLS_HELLO_VERIFY_REQUEST: /* RFC 6347 section 4.2.1 */
        if (f->over != TL_TLS_OVER_DTLS)
            break;
        tl_u16(d, TLS_VERSION);
        (void)tl_run(d, DTLS_COOKIE, tl_u8(d, DTLS_COOKIE_LEN));
        break;
    case TLS_KEY_UPDATE_MESSAGE:
        tl_u8(d, TLS_KEY_UPDATE);
        break;
    case TLS_REQUEST_CONNECTION_ID:
        if (f->over == TL_TLS_OVER_DTLS)
            tl_u8(d, DTLS_CID_COUNT);
        break;
    case TLS_NEW_CONNECTION_ID:
        if (f->over == TL_TLS_OVER_DTLS)
            connection_ids(d);
        break;
    case TLS_FINISHED:
        if (tl_cursor_left(&d->c) > 0)
            (void)tl_run(d, TLS_VERIFY_DATA, tl_cursor_left(&d->c));
        break;
    default:
        break;
    }
}

static void read_chain(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, unsigned type, int64_t since,
                       struct tl_tls_chain *shown)
{
    struct tl_tls_chain second, *chain = shown->read > 0 ? &second : shown; /* a record shows one chain */
    chain->read = 0;
    chain->ts = since;
    chain->good = 0;
    chain->full = false;
    if (type == TLS_CERTIFICATE_MESSAGE)
        tl_tls_certificates(d, f, side, chain);
    else
        tl_tls_compressed(d, f, side, chain);
}

void tl_tls_message_body(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, unsigned type, int64_t since,
                         struct tl_tls_chain *chain)
{
    const struct tl_bytes body = tl_tls_rest(d);
    if (type == TLS_CLIENT_HELLO)
        tl_tls_client_hello(d, f, side, since);
    else if (type == TLS_SERVER_HELLO)
        tl_tls_server_hello(d, f, side, since);
    else if (type == TLS_CERTIFICATE_MESSAGE || type == TLS_COMPRESSED_CERTIFICATE)
        read_chain(d, f, side, type, since, chain);
    else
        read_message(d, f, type, chain);
    if (type != TLS_CLIENT_HELLO && type != TLS_SERVER_HELLO)
        tl_tls_history(d, f, side, letter_of(type), since);
    if (f->keys != 0)
        tl_tls_keys_message(d, f, side, type, body);
    if (type == TLS_FINISHED && f->over == TL_TLS_OVER_QUIC)
        tl_tls_finished(d, f, side);
    if (d->c.status == TL_BAD)
        tl_tls_weird(d, f, TLS_WEIRD_HANDSHAKE);
}

/* Reads a message at the cursor, of which all bytes are there. */
static void read_whole(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, int64_t since,
                       struct tl_tls_chain *chain)
{
    const uint8_t *random = tl_cursor_peek(&d->c, HEAD + 2, 32), *first = tl_cursor_peek(&d->c, 0, 1);
    if (first == NULL)
        return;
    bool retry = *first == TLS_SERVER_HELLO && tl_tls_is_retry(random);
    tl_tls_line(d, retry ? TLS_HELLO_RETRY_REQUEST : *first);
    uint32_t group = tl_group(d, TLS_HANDSHAKE);
    uint8_t type = tl_u8(d, TLS_TYPE);
    uint32_t len = tl_u24(d, TLS_LENGTH);
    struct tl_part part = tl_part_enter(d, len);
    tl_tls_message_body(d, f, side, type, since, chain);
    tl_part_end(d, part);
    tl_group_end(d, group);
}

/* --- messages over records --- */

void tl_tls_forget(struct tl_dissection *d, struct tl_tls_side *side)
{
    tl_slab_put(d->slab, side->message, side->capacity);
    side->message = NULL;
    side->have = side->capacity = 0;
}

static bool grow(struct tl_dissection *d, struct tl_tls_side *side, uint32_t need)
{
    uint32_t capacity = side->capacity > 0 ? side->capacity : 256;
    while (capacity < need)
        capacity *= 2;
    if (capacity == side->capacity)
        return true;
    uint8_t *grown = d->slab != NULL ? tl_slab_get(d->slab, capacity) : NULL;
    if (grown == NULL)
        return false;
    if (side->have > 0)
        memcpy(grown, side->message, side->have);
    tl_slab_put(d->slab, side->message, side->capacity);
    side->message = grown;
    side->capacity = capacity;
    return true;
}

/* Bytes of the message with this head; at least the head's own. */
static uint32_t message_size(const uint8_t *head, uint32_t have)
{
    return have < HEAD ? HEAD : HEAD + tl_load_be24(head + 1);
}

/* Takes bytes of the record for the unfinished message. Returns false without memory. */
static bool collect(struct tl_dissection *d, const struct tl_tls_flow *f, struct tl_tls_side *side)
{
    while (tl_cursor_left(&d->c) > 0) {
        uint32_t size = message_size(side->message, side->have), left = tl_cursor_left(&d->c);
        uint32_t n = size - side->have < left ? size - side->have : left;
        if (n == 0)
            return true;
        if (!grow(d, side, side->have + n)) {
            tl_tls_weird(d, f, TLS_WEIRD_MEMORY);
            return false;
        }
        memcpy(side->message + side->have, tl_cursor_take(&d->c, n), n);
        side->have += n;
        if (message_size(side->message, side->have) > HEAD + TLS_HANDSHAKE_MOST) {
            tl_tls_weird(d, f, TLS_WEIRD_LONG);
            return false;
        }
    }
    return true;
}

static bool is_whole(const struct tl_tls_side *side)
{
    return side->have >= HEAD && side->have == message_size(side->message, side->have);
}

/* Reads the collected message. With a tree it is copied, because nodes outlive this call. */
static void read_collected(struct tl_dissection *d, struct tl_tls_flow *f, unsigned index, int64_t since,
                           struct tl_tls_chain *chain)
{
    struct tl_tls_side *side = &f->side[index];
    const struct tl_cursor c = d->c;
    uint32_t len = side->have;
    const uint8_t *bytes = side->message;
    uint8_t source = 0;
    if (d->tree != NULL) {
        uint8_t *copy = tl_arena_alloc_spare(d->scratch, len);
        source = d->tree->source;
        d->tree->source = TL_TREE_SOURCES;
        if (copy != NULL) {
            memcpy(copy, bytes, len);
            bytes = copy;
            d->tree->source = tl_tree_add_source(d->tree, copy, len, "reassembled TLS handshake");
        }
    }
    d->c = tl_cursor_on(bytes, len, len);
    read_whole(d, f, index, since, chain);
    d->c = c;
    if (d->tree != NULL)
        d->tree->source = source;
    if (bytes == side->message)
        tl_tls_chain_begin(chain); /* there is no copy that the tree could show */
    tl_tls_forget(d, side);
}

/* Types that a message can have in clear. Anything else is no message: the side encrypts. */
static bool is_message(const struct tl_cursor *c)
{
    const uint8_t *p = tl_cursor_peek(c, 0, HEAD);
    if (p == NULL)
        return true;
    return tl_name_of(tl_tls_types, p[0]) != NULL && p[0] != TLS_REQUEST_CONNECTION_ID &&
           p[0] != TLS_NEW_CONNECTION_ID && (p[0] != TLS_HELLO_REQUEST || tl_load_be24(p + 1) == 0);
}

bool tl_tls_handshake(struct tl_dissection *d, struct tl_tls_flow *f, unsigned index, int64_t since,
                      struct tl_tls_chain *chain)
{
    struct tl_tls_side *side = &f->side[index];
    while (tl_ok(d) && tl_cursor_left(&d->c) > 0) {
        uint32_t left = tl_cursor_left(&d->c);
        if (side->have == 0) {
            const uint8_t *p = tl_cursor_peek(&d->c, 0, HEAD);
            if (!is_message(&d->c)) {
                tl_tls_weird(d, f, TLS_WEIRD_HANDSHAKE);
                side->sealed = true;
                tl_tls_line(d, TLS_LINE_ENCRYPTED);
                tl_skip(d, left);
                return true;
            }
            if (p != NULL && message_size(p, HEAD) <= left) {
                struct tl_part part = tl_part_begin(d, message_size(p, HEAD));
                read_whole(d, f, index, since, chain);
                tl_part_end(d, part);
                continue;
            }
        }
        if (!collect(d, f, side)) {
            tl_tls_forget(d, side);
            return false;
        }
        if (!is_whole(side))
            tl_tls_line(d, TLS_LINE_FRAGMENT);
        else
            read_collected(d, f, index, since, chain);
    }
    return true;
}
