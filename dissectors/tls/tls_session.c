/* tls_session.c - the record of a TLS session: what is remembered of its handshake, and when it is written. */
#include <stddef.h>

#include "core/buffer.h"
#include "core/crypto.h"
#include "dissectors/tls/tls.h"

struct ssl_record {
    struct tl_record r;
    struct tl_bytes version, cipher, curve, server_name;
    bool resumed;
    struct tl_bytes last_alert, next_protocol;
    bool established;
    struct tl_bytes history;
    struct tl_text_list cert_chain, client_cert_chain;
    bool sni_matches_cert;
    struct tl_bytes ja3, ja3s, ja4;
    struct tl_text_list alpn_offered;
    const char *ech_status;
};

enum {
    R_VERSION, R_CIPHER, R_CURVE, R_SERVER_NAME, R_RESUMED, R_LAST_ALERT, R_NEXT_PROTOCOL, R_ESTABLISHED, R_HISTORY,
    R_CHAIN, R_CLIENT_CHAIN, R_MATCHES, R_JA3, R_JA3S, R_JA4, R_OFFERED, R_ECH
};

#define F(index, member, key, kind, help) TL_FIELD(struct ssl_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(R_VERSION, version, "version", TL_REC_TEXT, "The version that the server chose: TLSv12, TLSv13, .."),
    F(R_CIPHER, cipher, "cipher", TL_REC_TEXT, "The cipher suite that the server chose"),
    F(R_CURVE, curve, "curve", TL_REC_TEXT, "The group of the key exchange"),
    F(R_SERVER_NAME, server_name, "server_name", TL_REC_TEXT, "The name that the client asks for (SNI)"),
    F(R_RESUMED, resumed, "resumed", TL_REC_BOOL, "The session continues an earlier one"),
    F(R_LAST_ALERT, last_alert, "last_alert", TL_REC_TEXT,
      "The last alert of the handshake; an encrypted one only with --keylog"),
    F(R_NEXT_PROTOCOL, next_protocol, "next_protocol", TL_REC_TEXT,
      "The protocol that the server chose (ALPN); in TLS 1.3 only with --keylog"),
    F(R_ESTABLISHED, established, "established", TL_REC_BOOL, "The handshake was completed"),
    F(R_HISTORY, history, "ssl_history", TL_REC_TEXT,
      "Messages as letters, those of the client in upper case: c and s are hellos, x certificates, l alerts, .."),
    F(R_CHAIN, cert_chain, "cert_chain_fps", TL_REC_TEXTS, "SHA-256 of the server's certificates"),
    F(R_CLIENT_CHAIN, client_cert_chain, "client_cert_chain_fps", TL_REC_TEXTS, "SHA-256 of the client's certificates"),
    F(R_MATCHES, sni_matches_cert, "sni_matches_cert", TL_REC_BOOL, "The server's certificate is for server_name"),
    F(R_JA3, ja3, "ja3", TL_REC_TEXT, "Fingerprint of the client"),
    F(R_JA3S, ja3s, "ja3s", TL_REC_TEXT, "Fingerprint of the server"),
    F(R_JA4, ja4, "ja4", TL_REC_TEXT, "Fingerprint of the client that does not depend on the order of its extensions"),
    F(R_OFFERED, alpn_offered, "alpn_offered", TL_REC_TEXTS, "The protocols that the client offers (ALPN)"),
    F(R_ECH, ech_status, "ech_status", TL_REC_TOKEN,
      "offered: the client sent an encrypted hello, or random bytes of that form; retry: the server's "
      "HelloRetryRequest answers it"),
};
#undef F

const struct tl_record_def tl_tls_ssl_def =
    TL_RECORD_DEF("ssl", record_fields, "A TLS session: one when it is established, or else at the end of the flow",
                  .summary = { "server_name", "version", "cipher", "next_protocol", "last_alert" });

/* --- texts of the record --- */

enum { TEXT_MOST = 24 };

static struct tl_bytes copy_text(const struct tl_dissection *d, const char *text)
{
    size_t len = strlen(text);
    uint8_t *p = tl_arena_alloc(d->scratch, len);
    if (p != NULL)
        memcpy(p, text, len);
    return tl_bytes_of(p, p != NULL ? len : 0);
}

/* unknown-N for a number without a name. */
static struct tl_bytes name_of(const struct tl_dissection *d, const struct tl_name *names, uint32_t value)
{
    char text[TEXT_MOST] = "unknown-", digits[12];
    unsigned n = 0, at = sizeof "unknown-" - 1;
    const char *name = tl_name_of(names, value);
    if (name != NULL)
        return tl_bytes_of(name, strlen(name));
    do
        digits[n++] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    while (n > 0)
        text[at++] = digits[--n];
    return copy_text(d, text);
}

static struct tl_bytes version_of(const struct tl_dissection *d, uint16_t version)
{
    static const struct tl_name versions[] = {
        { 0x0002, "SSLv2" },   { 0x0300, "SSLv3" },   { 0x0301, "TLSv10" },   { 0x0302, "TLSv11" },
        { 0x0303, "TLSv12" },  { 0x0304, "TLSv13" },  { 0xfefc, "DTLSv13" },  { 0xfefd, "DTLSv12" },
        { 0xfeff, "DTLSv10" }, { 0, NULL },
    };
    if (version >> 8 == 0x7f && (version & 0xff) < 100) {
        char text[] = "TLSv13-draft00";
        unsigned draft = version & 0xff;
        text[12] = (char)('0' + draft / 10);
        text[13] = (char)('0' + draft % 10);
        return copy_text(d, text);
    }
    return name_of(d, versions, version);
}

static struct tl_bytes hex_of(const struct tl_dissection *d, const uint8_t *bytes, uint32_t n)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t *p = tl_arena_alloc(d->scratch, (size_t)n * 2);
    for (uint32_t i = 0; p != NULL && i < n * 2; i++)
        p[i] = (uint8_t)digits[bytes[i / 2] >> (i % 2 == 0 ? 4 : 0) & 0xf];
    return (struct tl_bytes){ p, p != NULL ? n * 2 : 0 };
}

/* The names of a list as on the wire: each with its length in front. */
static struct tl_text_list names_of(const struct tl_dissection *d, struct tl_bytes list)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < list.len; i += 1u + list.data[i])
        count++;
    struct tl_bytes *items = tl_arena_alloc(d->scratch, count * sizeof *items);
    if (items == NULL)
        return (struct tl_text_list){ NULL, 0 };
    count = 0;
    for (uint32_t i = 0; i < list.len; i += 1u + list.data[i]) {
        uint32_t len = list.data[i], left = list.len - i - 1;
        items[count++] = tl_bytes_of(list.data + i + 1, len < left ? len : left);
    }
    return (struct tl_text_list){ items, count };
}

static struct tl_text_list chain_of(const struct tl_dissection *d, uint32_t handle)
{
    struct tl_bytes all = tl_kept(d, handle);
    uint32_t count = all.len / 32;
    struct tl_bytes *items = tl_arena_alloc(d->scratch, count * sizeof *items);
    if (items == NULL)
        return (struct tl_text_list){ NULL, 0 };
    for (uint32_t i = 0; i < count; i++)
        items[i] = hex_of(d, all.data + (size_t)i * 32, 32);
    return (struct tl_text_list){ items, count };
}

/* --- the record --- */

/* RFC 5246 section 7.4.1.3, RFC 5077 section 3.4, RFC 8446 section 4.2.11. */
static bool is_resumed(const struct tl_tls_session *x)
{
    static const uint8_t zeros[32];
    if (tl_tls_is_13(x->version))
        return x->psk;
    bool same = x->id_len[0] > 0 && x->id_len[0] == x->id_len[1] && memcmp(x->id[0], x->id[1], x->id_len[0]) == 0 &&
                memcmp(x->id[0], zeros, x->id_len[0]) != 0;
    return same || (x->ticket && x->id_len[0] == 0 && x->early_change);
}

static void load_server(const struct tl_dissection *d, const struct tl_tls_session *x, struct ssl_record *r)
{
    if (!x->server_hello)
        return;
    r->version = version_of(d, x->version);
    tl_record_set(&r->r, R_VERSION);
    if (x->version != 0x0002) {
        r->cipher = name_of(d, tl_tls_suites, x->suite);
        tl_record_set(&r->r, R_CIPHER);
    }
    if (x->has_ja3s) {
        r->ja3s = hex_of(d, x->ja3s, sizeof x->ja3s);
        tl_record_set(&r->r, R_JA3S);
    }
    if (x->has_next) {
        r->next_protocol = tl_kept(d, x->next);
        tl_record_set(&r->r, R_NEXT_PROTOCOL);
    }
}

static void load_client(const struct tl_dissection *d, const struct tl_tls_session *x, struct ssl_record *r)
{
    if (x->name != 0) {
        r->server_name = tl_kept(d, x->name);
        tl_record_set(&r->r, R_SERVER_NAME);
    }
    if (x->has_ja3) {
        r->ja3 = hex_of(d, x->ja3, sizeof x->ja3);
        if (r->ja3.len > 0)
            tl_record_set(&r->r, R_JA3);
    }
    if (x->ja4[0] != '\0') {
        r->ja4 = tl_bytes_of(x->ja4, sizeof x->ja4);
        tl_record_set(&r->r, R_JA4);
    }
    if (x->offered != 0) {
        r->alpn_offered = names_of(d, tl_kept(d, x->offered));
        tl_record_set(&r->r, R_OFFERED);
    }
    if (x->ech) {
        r->ech_status = x->ech_confirmed ? "retry" : "offered";
        tl_record_set(&r->r, R_ECH);
    }
}

static void load(const struct tl_dissection *d, const struct tl_tls_flow *f, const struct tl_tls_session *x,
                 struct ssl_record *r)
{
    *r = (struct ssl_record){ .r.ts = x->ts, .resumed = is_resumed(x), .established = x->established };
    r->r.set = UINT64_C(1) << R_RESUMED | UINT64_C(1) << R_ESTABLISHED;
    load_server(d, x, r);
    load_client(d, x, r);
    if (x->has_group) {
        r->curve = name_of(d, tl_tls_groups, x->group);
        tl_record_set(&r->r, R_CURVE);
    }
    if (x->has_alert) {
        r->last_alert = name_of(d, tl_tls_alert_words, x->alert);
        tl_record_set(&r->r, R_LAST_ALERT);
    }
    if (x->history_len > 0) {
        r->history = tl_bytes_of(x->history, x->history_len);
        tl_record_set(&r->r, R_HISTORY);
    }
    if (x->chain[f->client ^ 1] != 0) {
        r->cert_chain = chain_of(d, x->chain[f->client ^ 1]);
        tl_record_set(&r->r, R_CHAIN);
    }
    if (x->chain[f->client] != 0) {
        r->client_cert_chain = chain_of(d, x->chain[f->client]);
        tl_record_set(&r->r, R_CLIENT_CHAIN);
    }
    if (x->matched) {
        r->sni_matches_cert = x->matches;
        tl_record_set(&r->r, R_MATCHES);
    }
}

static void forget(struct tl_dissection *d, struct tl_tls_flow *f, const struct tl_tls_session *x)
{
    const uint32_t texts[] = { x->name, x->offered, x->next, x->chain[0], x->chain[1] };
    for (unsigned i = 0; i < TL_COUNT(texts); i++) {
        if (texts[i] != 0)
            tl_forget(d, texts[i]);
    }
    tl_forget(d, f->session);
    f->session = 0;
}

void tl_tls_write(struct tl_dissection *d, struct tl_tls_flow *f)
{
    const struct tl_tls_session *x = tl_tls_session(d, f);
    f->written = true;
    if (x == NULL)
        return;
    if (x->client_hello || x->server_hello) {
        struct ssl_record r;
        const size_t used = d->scratch->used;
        load(d, f, x, &r);
        tl_emit(d, &tl_tls_ssl_def, &r.r);
        d->scratch->used = used;
    }
    forget(d, f, x);
}

/* --- what is remembered --- */

struct tl_tls_session *tl_tls_begin(struct tl_dissection *d, struct tl_tls_flow *f, int64_t since)
{
    if (f->written)
        return NULL;
    if (f->session == 0) {
        f->session = tl_keep(d, NULL, sizeof(struct tl_tls_session));
        if (f->session == 0) {
            f->written = true; /* there is no memory for it */
            return NULL;
        }
        tl_tls_session(d, f)->ts = since;
    }
    return tl_tls_session(d, f);
}

void tl_tls_history(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, char letter, int64_t since)
{
    struct tl_tls_session *x = tl_tls_begin(d, f, since);
    bool upper = side == f->client && letter >= 'a' && letter <= 'z';
    if (x != NULL && x->history_len < TLS_HISTORY_MOST)
        x->history[x->history_len++] = upper ? (char)(letter - 'a' + 'A') : letter;
}

static uint32_t keep_text(struct tl_dissection *d, struct tl_bytes text, uint32_t most)
{
    return text.len > 0 ? tl_keep(d, text.data, text.len < most ? text.len : most) : 0;
}

/* The protocol that the server chose. */
static void note_next(struct tl_dissection *d, struct tl_tls_session *x, struct tl_bytes list)
{
    uint32_t len = list.len > 0 ? list.data[0] : 0;
    if (len == 0 || len >= list.len || x->has_next)
        return;
    x->next = keep_text(d, tl_bytes_of(list.data + 1, len), TLS_NAME_MOST);
    x->has_next = x->next != 0;
}

void tl_tls_note_next(struct tl_dissection *d, struct tl_tls_flow *f, struct tl_bytes list)
{
    struct tl_tls_session *x = tl_tls_session(d, f);
    if (x != NULL)
        note_next(d, x, list);
    tl_tls_keys_alpn(d, f, list);
}

static void note_client(struct tl_dissection *d, struct tl_tls_session *x, const struct tl_tls_hello *h,
                        enum tl_tls_transport over)
{
    bool first = !x->client_hello;
    x->client_hello = true;
    x->ticket = h->ticket;
    x->ech = h->ech;
    x->id_len[0] = (uint8_t)(h->id.len <= sizeof x->id[0] && h->id.data != NULL ? h->id.len : 0);
    if (x->id_len[0] > 0)
        memcpy(x->id[0], h->id.data, x->id_len[0]);
    if (!first)
        return; /* the second one follows a HelloRetryRequest: names and fingerprints are those of the first */
    if (d->crypto != NULL && h->random.data != NULL) {
        x->has_ja3 = true;
        tl_tls_ja3(d, h, x->ja3);
        tl_tls_ja4(d, h, over, x->ja4);
    }
    x->name = keep_text(d, h->name, TLS_NAME_MOST);
    x->offered = keep_text(d, h->alpn, TLS_ALPN_MOST);
}

static void note_server(struct tl_dissection *d, const struct tl_tls_flow *f, struct tl_tls_session *x,
                        const struct tl_tls_hello *h)
{
    if (h->retry) {
        x->ech_confirmed = h->ech;
        if (h->has_group)
            x->group = h->group;
        x->has_group = x->has_group || h->has_group;
        return;
    }
    bool first = !x->server_hello;
    x->server_hello = true;
    x->version = f->version;
    x->suite = h->suite;
    x->psk = h->psk;
    if (h->has_group)
        x->group = h->group;
    x->has_group = x->has_group || h->has_group;
    x->id_len[1] = (uint8_t)(h->id.len <= sizeof x->id[1] && h->id.data != NULL ? h->id.len : 0);
    if (x->id_len[1] > 0)
        memcpy(x->id[1], h->id.data, x->id_len[1]);
    if (!first)
        return;
    if (d->crypto != NULL) {
        x->has_ja3s = true;
        tl_tls_ja3(d, h, x->ja3s);
    }
    note_next(d, x, h->alpn);
}

/* A fingerprint that no record needs is for the tree. */
static void show_fingerprints(struct tl_dissection *d, const struct tl_tls_flow *f, const struct tl_tls_hello *h)
{
    uint8_t digest[16];
    char text[TLS_JA4_LEN];
    if (d->wanted == NULL || d->crypto == NULL || h->random.data == NULL)
        return;
    tl_tls_ja3(d, h, digest);
    if (h->client)
        tl_tls_ja4(d, h, tl_tls_transport_of(f), text);
}

void tl_tls_note_hello(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, const struct tl_tls_hello *h,
                       int64_t since)
{
    uint8_t client = (uint8_t)(h->client ? side : side ^ 1);
    bool first = !f->roles;
    f->roles = true;
    f->hellos[side]++;
    struct tl_tls_session *x = tl_tls_begin(d, f, since);
    if (first && client != f->client) {
        f->client = client;
        if (x != NULL)
            tl_tls_history(d, f, side, '^', since);
    }
    if (!h->client && !h->retry)
        f->version = h->chosen != 0 ? h->chosen : h->version;
    else if (!h->client && h->chosen != 0)
        f->version = h->chosen;
    tl_tls_history(d, f, side, h->retry ? 'j' : h->client ? 'c' : 's', since);
    if (!h->retry) {
        f->has_cid[side] = h->has_cid;
        f->cid_len[side] = h->cid_len;
    }
    tl_tls_keys_hello(d, f, h);
    x = tl_tls_session(d, f);
    bool fresh = x != NULL && !(h->client ? x->client_hello : x->server_hello) && !h->retry;
    if (x != NULL && h->client)
        note_client(d, x, h, tl_tls_transport_of(f));
    else if (x != NULL)
        note_server(d, f, x, h);
    if (!fresh)
        show_fingerprints(d, f, h);
    if (h->client && !f->written)
        tl_confirm(d);
}

void tl_tls_finished(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side)
{
    struct tl_tls_session *x = tl_tls_session(d, f);
    f->side[side].data = true;
    if (x == NULL || !x->server_hello || !f->side[side ^ 1].data)
        return;
    x->established = true;
    tl_tls_write(d, f);
}

void tl_tls_encrypted(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, bool sent)
{
    struct tl_tls_session *x = tl_tls_session(d, f);
    f->side[side].data |= sent;
    if (x == NULL || !x->server_hello)
        return;
    bool data = f->side[0].data && f->side[1].data;
    x->established = tl_tls_is_13(f->version) ? data : f->side[0].changed && f->side[1].changed;
    /* Data of both sides ends a handshake, also one that was not seen to its end. */
    if (x->established || data)
        tl_tls_write(d, f);
}
