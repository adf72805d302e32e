/* tls_extension.c - the values of extensions (RFC 6066, 7301, 8446 section 4.2, 8449, 8879, 9849, ..). */
#include "dissectors/tls/tls.h"

/* A list with a length of two bytes: returns its bytes, and reads it as numbers. */
static struct tl_bytes numbers(struct tl_dissection *d, unsigned len_field, unsigned field)
{
    uint16_t len = tl_u16(d, len_field);
    struct tl_part part = tl_part_begin(d, len);
    struct tl_bytes list = tl_tls_rest(d);
    if (d->wanted != NULL)
        tl_tls_numbers(d, field);
    tl_part_end(d, part);
    return list;
}

void tl_tls_signature_list(struct tl_dissection *d, struct tl_tls_hello *h)
{
    struct tl_bytes list = numbers(d, TLS_SIG_ALGS_LEN, TLS_SIG_ALG);
    if (h != NULL && h->signatures.data == NULL)
        h->signatures = list;
}

static void server_name(struct tl_dissection *d, struct tl_tls_hello *h)
{
    if (tl_cursor_wire_left(&d->c) == 0)
        return; /* the server's answer is empty */
    uint16_t len = tl_u16(d, TLS_SNI_LIST_LEN);
    struct tl_part part = tl_part_begin(d, len);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint8_t type = tl_u8(d, TLS_SNI_TYPE);
        uint16_t n = tl_u16(d, TLS_SNI_LEN);
        const uint8_t *name = tl_run(d, TLS_SNI, n);
        if (name != NULL && type == 0 && h->name.data == NULL)
            h->name = tl_bytes_of(name, n);
    }
    tl_part_end(d, part);
}

/* Names with a length of a byte each. */
static void names(struct tl_dissection *d, unsigned len_field, unsigned str_len, unsigned str, struct tl_bytes *list)
{
    uint16_t len = tl_u16(d, len_field);
    struct tl_part part = tl_part_begin(d, len);
    if (list != NULL && list->data == NULL)
        *list = tl_tls_rest(d);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint8_t n = tl_u8(d, str_len);
        (void)tl_run(d, str, n);
    }
    tl_part_end(d, part);
}

static void bytes_list(struct tl_dissection *d, unsigned len_field, unsigned field)
{
    uint8_t len = tl_u8(d, len_field);
    struct tl_part part = tl_part_begin(d, len);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_u8(d, field);
    tl_part_end(d, part);
}

static void versions(struct tl_dissection *d, struct tl_tls_hello *h, unsigned place)
{
    if (place != TLS_CLIENT_HELLO) {
        h->chosen = tl_u16(d, TLS_SUPPORTED_VERSION);
        return;
    }
    uint8_t len = tl_u8(d, TLS_VERSIONS_LEN);
    struct tl_part part = tl_part_begin(d, len);
    h->versions = tl_tls_rest(d);
    if (d->wanted != NULL)
        tl_tls_numbers(d, TLS_SUPPORTED_VERSION);
    tl_part_end(d, part);
}

static uint16_t key_share_entry(struct tl_dissection *d)
{
    uint16_t group = tl_u16(d, TLS_KEY_SHARE_GROUP), len = tl_u16(d, TLS_KEY_LEN);
    (void)tl_run(d, TLS_KEY, len);
    return group;
}

static void key_share(struct tl_dissection *d, struct tl_tls_hello *h, unsigned place)
{
    if (place == TLS_CLIENT_HELLO) {
        uint16_t len = tl_u16(d, TLS_KEY_SHARE_LEN);
        struct tl_part part = tl_part_begin(d, len);
        while (d->wanted != NULL && tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
            (void)key_share_entry(d);
        tl_part_end(d, part);
        return;
    }
    h->group = h->retry ? tl_u16(d, TLS_SELECTED_GROUP) : key_share_entry(d);
    h->has_group = tl_ok(d);
}

static void pre_shared_key(struct tl_dissection *d, struct tl_tls_hello *h, unsigned place)
{
    h->psk = true;
    if (place != TLS_CLIENT_HELLO) {
        tl_u16(d, TLS_PSK_SELECTED);
        return;
    }
    uint16_t len = tl_u16(d, TLS_PSK_IDENTITIES_LEN);
    struct tl_part part = tl_part_begin(d, len);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint16_t n = tl_u16(d, TLS_PSK_IDENTITY_LEN);
        (void)tl_run(d, TLS_PSK_IDENTITY, n);
        tl_u32(d, TLS_PSK_AGE);
    }
    tl_part_end(d, part);
    tl_u16(d, TLS_PSK_BINDERS_LEN);
}

/* Encrypted hello (RFC 9849 section 5). A client without a configuration sends random bytes of the same form. */
static void encrypted_hello(struct tl_dissection *d, struct tl_tls_hello *h, unsigned place)
{
    if (place == TLS_SERVER_HELLO) {
        h->ech = true;
        (void)tl_run(d, TLS_ECH_CONFIRMATION, tl_cursor_left(&d->c));
        return;
    }
    if (place != TLS_CLIENT_HELLO)
        return;
    uint8_t type = tl_u8(d, TLS_ECH_TYPE);
    if (!tl_ok(d) || type != 0)
        return;
    h->ech = true;
    tl_u16(d, TLS_ECH_KDF);
    tl_u16(d, TLS_ECH_AEAD);
    tl_u8(d, TLS_ECH_CONFIG);
    uint16_t len = tl_u16(d, TLS_ECH_ENC_LEN);
    (void)tl_run(d, TLS_ECH_ENC, len);
    len = tl_u16(d, TLS_ECH_PAYLOAD_LEN);
    (void)tl_run(d, TLS_ECH_PAYLOAD, len);
}

/* Signed certificate timestamps (RFC 6962 section 3.3), from the server. */
static void timestamps(struct tl_dissection *d)
{
    if (tl_cursor_wire_left(&d->c) == 0)
        return;
    uint16_t len = tl_u16(d, TLS_SCTS_LEN);
    struct tl_part list = tl_part_begin(d, len);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        struct tl_part part = tl_part_begin(d, tl_u16(d, TLS_SCT_LEN));
        tl_u8(d, TLS_SCT_VERSION);
        (void)tl_run(d, TLS_SCT_LOG, 32);
        uint32_t off = d->c.off;
        const uint8_t *ms = tl_cursor_take(&d->c, 8);
        if (ms != NULL) {
            uint64_t since = tl_load_be64(ms);
            tl_add(d, TLS_SCT_TIME, off, 8,
                   since < INT64_MAX / 1000000 ? since * 1000000 : (uint64_t)INT64_MAX);
        }
        tl_skip(d, tl_u16(d, TLS_SCT_EXT_LEN));
        tl_u16(d, TLS_SIG_ALG);
        uint16_t n = tl_u16(d, TLS_SCT_SIG_LEN);
        (void)tl_run(d, TLS_SCT_SIG, n);
        tl_part_end(d, part);
    }
    tl_part_end(d, list);
}

static void certificate_type(struct tl_dissection *d, unsigned place)
{
    if (place == TLS_CLIENT_HELLO)
        bytes_list(d, TLS_CERT_TYPES_LEN, TLS_CERT_TYPE_OF);
    else
        tl_u8(d, TLS_CERT_TYPE_OF);
}

static void compress(struct tl_dissection *d)
{
    uint8_t len = tl_u8(d, TLS_COMPRESS_LEN);
    struct tl_part part = tl_part_begin(d, len);
    tl_tls_numbers(d, TLS_COMPRESS);
    tl_part_end(d, part);
}

/* RFC 5764 section 4.1.1. */
static void use_srtp(struct tl_dissection *d)
{
    bool named = d->protocol->field_count == DTLS_FIELDS;
    if (!named) {
        if (tl_cursor_left(&d->c) > 0)
            (void)tl_run(d, TLS_EXT_DATA, tl_cursor_left(&d->c));
        return;
    }
    struct tl_part part = tl_part_begin(d, tl_u16(d, DTLS_SRTP_LEN));
    tl_tls_numbers(d, DTLS_SRTP_PROFILE);
    tl_part_end(d, part);
    uint8_t len = tl_u8(d, DTLS_MKI_LEN);
    if (len > 0)
        (void)tl_run(d, DTLS_MKI, len);
}

/* Extensions that no record uses: skipped if there is no tree. */
static void rare(struct tl_dissection *d, unsigned place, uint16_t type)
{
    switch (type) {
    case TLS_EXT_MAX_FRAGMENT:
        tl_u8(d, TLS_MAX_FRAGMENT);
        break;
    case TLS_EXT_STATUS_REQUEST:
        if (tl_cursor_wire_left(&d->c) > 0)
            tl_u8(d, TLS_STATUS_TYPE);
        break;
    case TLS_EXT_HEARTBEAT:
        tl_u8(d, TLS_HEARTBEAT_MODE);
        break;
    case TLS_EXT_SCT:
        timestamps(d);
        break;
    case TLS_EXT_CLIENT_CERT_TYPE:
    case TLS_EXT_SERVER_CERT_TYPE:
        certificate_type(d, place);
        break;
    case TLS_EXT_COMPRESS:
        compress(d);
        break;
    case TLS_EXT_SRTP:
        use_srtp(d);
        break;
    case TLS_EXT_SIZE_LIMIT:
        tl_u16(d, TLS_RECORD_SIZE_LIMIT);
        break;
    case TLS_EXT_EARLY_DATA:
        if (place == TLS_NEW_SESSION_TICKET)
            tl_u32(d, TLS_EARLY_DATA_MAX);
        break;
    case TLS_EXT_COOKIE:
        (void)tl_run(d, TLS_COOKIE, tl_u16(d, TLS_COOKIE_LEN));
        break;
    case TLS_EXT_PSK_MODES:
        bytes_list(d, TLS_PSK_MODES_LEN, TLS_PSK_MODE);
        break;
    case TLS_EXT_DELEGATED:
    case TLS_EXT_SIGNATURES_CERT:
        tl_tls_signature_list(d, NULL);
        break;
    case TLS_EXT_ALPS:
    case TLS_EXT_ALPS_NEW:
        if (place == TLS_CLIENT_HELLO)
            names(d, TLS_ALPS_LEN, TLS_ALPS_STR_LEN, TLS_ALPS, NULL);
        break;
    case TLS_EXT_RENEGOTIATION: {
        uint8_t len = tl_u8(d, TLS_RENEG_LEN);
        if (len > 0)
            (void)tl_run(d, TLS_RENEG, len);
        break;
    }
    default:
        if (tl_cursor_left(&d->c) > 0)
            (void)tl_run(d, TLS_EXT_DATA, tl_cursor_left(&d->c));
        break;
    }
}

/* RFC 9146 section 3: what the side wants to find in the records that it gets. */
static void connection_id(struct tl_dissection *d, struct tl_tls_hello *h)
{
    if (d->protocol->field_count != DTLS_FIELDS) {
        if (tl_cursor_left(&d->c) > 0)
            (void)tl_run(d, TLS_EXT_DATA, tl_cursor_left(&d->c));
        return;
    }
    uint8_t len = tl_u8(d, DTLS_CID_LEN);
    if (len > 0)
        (void)tl_run(d, DTLS_OWN_CID, len);
    h->has_cid = tl_ok(d);
    h->cid_len = len;
}

void tl_tls_extension(struct tl_dissection *d, struct tl_tls_hello *h, unsigned place, uint16_t type)
{
    switch (type) {
    case TLS_EXT_SERVER_NAME:
        server_name(d, h);
        break;
    case TLS_EXT_GROUPS:
        h->groups = numbers(d, TLS_GROUPS_LEN, TLS_GROUP);
        break;
    case TLS_EXT_FORMATS: {
        const uint8_t *len = tl_cursor_peek(&d->c, 0, 1);
        if (len != NULL && tl_cursor_left(&d->c) > *len)
            h->formats = tl_bytes_of(len + 1, *len);
        bytes_list(d, TLS_FORMATS_LEN, TLS_FORMAT);
        break;
    }
    case TLS_EXT_SIGNATURES:
        tl_tls_signature_list(d, h);
        break;
    case TLS_EXT_ALPN:
        names(d, TLS_ALPN_LEN, TLS_ALPN_STR_LEN, TLS_ALPN, &h->alpn);
        break;
    case TLS_EXT_TICKET:
        h->ticket = tl_cursor_wire_left(&d->c) > 0;
        if (h->ticket) {
            const uint32_t len = tl_cursor_left(&d->c);
            h->session = tl_bytes_of(tl_run(d, TLS_EXT_DATA, len), len);
        }
        break;
    case TLS_EXT_PSK:
        pre_shared_key(d, h, place);
        break;
    case TLS_EXT_VERSIONS:
        versions(d, h, place);
        break;
    case TLS_EXT_KEY_SHARE:
        key_share(d, h, place);
        break;
    case TLS_EXT_EARLY_DATA:
        h->early = true;
        if (d->wanted != NULL)
            rare(d, place, type);
        break;
    case TLS_EXT_ENCRYPT_THEN_MAC:
        h->etm = true;
        break;
    case TLS_EXT_MASTER:
        h->ems = true;
        break;
    case TLS_EXT_ECH:
        encrypted_hello(d, h, place);
        break;
    case TLS_EXT_CONNECTION_ID:
        connection_id(d, h);
        break;
    default:
        if (d->wanted != NULL)
            rare(d, place, type);
        break;
    }
}
