/*
 * radius_record.c - the record of a login (RFC 2865) or of an accounting request (RFC 2866). A request waits for the
 * response with
 * its identifier; after a challenge the login goes on with the request that returns its State.
 */
#include "dissectors/radius/radius.h"

#include "core/time.h"
#include "dissectors/login.h"

enum { USER, MAC, FRAMED, TUNNEL_CLIENT, CONNECT_INFO, REPLY, RESULT, TTL, ACCT_STATUS, ACCT_SESSION };

struct radius_record {
    struct tl_record head;
    struct tl_bytes user, mac, tunnel_client, connect_info, reply, acct_session;
    struct tl_addr framed;
    const char *result, *acct_status;
    int64_t ttl;
};

#define F(index, member, key, kind, help) TL_FIELD(struct radius_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(USER, user, "username", TL_REC_TEXT, "User-Name"),
    F(MAC, mac, "mac", TL_REC_TEXT, "Calling-Station-Id, with colons if it is a MAC address"),
    F(FRAMED, framed, "framed_addr", TL_REC_ADDR, "Framed-IP-Address of a challenge or the verdict"),
    F(TUNNEL_CLIENT, tunnel_client, "tunnel_client", TL_REC_TEXT, "Tunnel-Client-Endpoint"),
    F(CONNECT_INFO, connect_info, "connect_info", TL_REC_TEXT, "Connect-Info"),
    F(REPLY, reply, "reply_msg", TL_REC_TEXT, "Reply-Message of a challenge or the verdict"),
    F(RESULT, result, "result", TL_REC_TOKEN, "`success`, `failed`, or `unknown` if no verdict was seen"),
    F(TTL, ttl, "ttl", TL_REC_INTERVAL, "From the first request to the verdict"),
    F(ACCT_STATUS, acct_status, "acct_status", TL_REC_TOKEN, "Acct-Status-Type of an accounting request"),
    F(ACCT_SESSION, acct_session, "acct_session", TL_REC_TEXT, "Acct-Session-Id of an accounting request"),
};
#undef F

const struct tl_record_def tl_radius_record_def =
    TL_RECORD_DEF("radius", record_fields, "A login, or an accounting request, and its verdict",
                  .summary = { "username", "result", "acct_status", "reply_msg" }, .latency = "ttl");

enum { WAITING_MOST = 64, TEXT = 253, MAC_TEXT = 17, MAC_DIGITS = 12 };

struct pending {
    uint64_t state; /* hash of the State of the last challenge */
    uint8_t id;
    bool accounting, challenged;
    uint32_t login; /* 0: none */
};

static uint64_t hash_of(struct tl_bytes bytes)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (uint32_t i = 0; i < bytes.len; i++)
        hash = (hash ^ bytes.data[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static bool is_request(uint8_t code)
{
    return code == TL_RADIUS_ACCESS_REQUEST || code == TL_RADIUS_ACCOUNTING_REQUEST;
}

static int digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Writes a MAC address of any form with colons. Returns false if it is none. */
static bool mac_of(struct tl_bytes text, char out[MAC_TEXT])
{
    unsigned n = 0;
    for (uint32_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (c == '-' || c == ':' || c == '.')
            continue;
        if (digit(c) < 0 || n == MAC_DIGITS)
            return false;
        out[n / 2 * 3 + n % 2] = "0123456789abcdef"[digit(c)];
        n++;
    }
    for (unsigned i = 1; i < MAC_DIGITS / 2; i++)
        out[i * 3 - 1] = ':';
    return n == MAC_DIGITS;
}

static void set_text(struct tl_dissection *d, struct tl_radius_flow *f, uint32_t *t, unsigned field,
                     struct tl_bytes text)
{
    if (text.len > 0 && !tl_transaction_has(d, *t, field))
        tl_transaction_text(d, &f->waiting, t, field, text, TEXT);
}

static void describe_request(struct tl_dissection *d, struct tl_radius_flow *f, uint32_t *t,
                             const struct tl_radius_message *m)
{
    char mac[MAC_TEXT];
    set_text(d, f, t, USER, m->user);
    set_text(d, f, t, MAC, mac_of(m->station, mac) ? tl_bytes_of(mac, MAC_TEXT) : m->station);
    set_text(d, f, t, TUNNEL_CLIENT, m->client);
    set_text(d, f, t, CONNECT_INFO, m->connect_info);
    if (m->code != TL_RADIUS_ACCOUNTING_REQUEST)
        return;
    const char *status = tl_name_of(tl_radius_acct_statuses, m->acct_status);
    if (status != NULL && m->acct_status != 0 && !tl_transaction_has(d, *t, ACCT_STATUS))
        tl_transaction_token(d, &f->waiting, t, ACCT_STATUS, status);
    set_text(d, f, t, ACCT_SESSION, m->session);
}

static void describe_response(struct tl_dissection *d, struct tl_radius_flow *f, uint32_t *t,
                              const struct tl_radius_message *m)
{
    if (m->framed != NULL && !tl_transaction_has(d, *t, FRAMED)) {
        struct tl_addr addr = { .version = 4 };
        memcpy(addr.bytes, m->framed, 4);
        tl_transaction_addr(d, &f->waiting, t, FRAMED, &addr);
    }
    set_text(d, f, t, REPLY, m->reply);
}

static void emit(struct tl_dissection *d, struct tl_radius_flow *f, uint32_t t, const char *result)
{
    uint32_t login = ((const struct pending *)tl_transaction_extra(d, t))->login;
    tl_transaction_token(d, &f->waiting, &t, RESULT, result);
    tl_transaction_emit(d, &f->waiting, t);
    tl_login_end(d, &login, tl_login_result_of(strcmp(result, "unknown") != 0, strcmp(result, "success") == 0));
}

/* The transaction that the request with this identifier began or went on with. */
static uint32_t find(const struct tl_dissection *d, const struct tl_radius_flow *f, uint8_t id, bool accounting)
{
    for (uint32_t t = f->waiting.first; t != 0; t = tl_transaction_next(d, t)) {
        const struct pending *p = tl_transaction_extra(d, t);
        if (p->id == id && !p->challenged && p->accounting == accounting)
            return t;
    }
    return 0;
}

static uint32_t find_challenged(const struct tl_dissection *d, const struct tl_radius_flow *f, uint64_t state)
{
    for (uint32_t t = f->waiting.first; t != 0; t = tl_transaction_next(d, t)) {
        const struct pending *p = tl_transaction_extra(d, t);
        if (p->challenged && p->state == state)
            return t;
    }
    return 0;
}

/* The password itself is hidden with the secret that client and server share: no record has it. */
static uint32_t begin_login(struct tl_dissection *d, const struct tl_radius_message *m)
{
    uint32_t login = m->user.len > 0 ? tl_login_begin(d, "radius", d->frame->ts) : 0;
    tl_login_user(d, login, m->user);
    if (m->method != NULL)
        tl_login_method(d, login, tl_login_word(m->method));
    return login;
}

static void request(struct tl_dissection *d, struct tl_radius_flow *f, const struct tl_radius_message *m)
{
    bool accounting = m->code == TL_RADIUS_ACCOUNTING_REQUEST;
    uint32_t t = m->state.len > 0 ? find_challenged(d, f, hash_of(m->state)) : 0;
    if (t == 0 && find(d, f, m->id, accounting) != 0)
        return; /* sent again */
    bool is_new = t == 0;
    if (t == 0) {
        if (f->waiting.count >= WAITING_MOST)
            emit(d, f, f->waiting.first, "unknown");
        t = tl_transaction_begin(d, &f->waiting, &tl_radius_record_def, 0, d->frame->ts, sizeof(struct pending), 128);
    }
    if (t == 0)
        return;
    uint32_t login = is_new && !accounting ? begin_login(d, m) : 0;
    struct pending *p = tl_transaction_extra(d, t);
    if (is_new)
        *p = (struct pending){ .login = login };
    p->id = m->id;
    p->accounting = accounting;
    p->challenged = false;
    describe_request(d, f, &t, m);
}

static void response(struct tl_dissection *d, struct tl_radius_flow *f, const struct tl_radius_message *m)
{
    uint32_t t = find(d, f, m->id, m->code == TL_RADIUS_ACCOUNTING_RESPONSE);
    if (t == 0)
        return;
    describe_response(d, f, &t, m);
    if (m->code == TL_RADIUS_ACCESS_CHALLENGE) {
        struct pending *p = tl_transaction_extra(d, t);
        p->challenged = true;
        p->state = hash_of(m->state);
        return;
    }
    int64_t ttl = tl_time_between(tl_transaction_ts(d, t), d->frame->ts);
    if (ttl > 0)
        tl_transaction_number(d, &f->waiting, &t, TTL, (uint64_t)ttl);
    emit(d, f, t, m->code == TL_RADIUS_ACCESS_REJECT ? "failed" : "success");
}

void tl_radius_pair(struct tl_dissection *d, struct tl_radius_flow *f, const struct tl_radius_message *m)
{
    if (d->frame->quoted)
        return;
    if (is_request(m->code))
        request(d, f, m);
    else if (m->code == TL_RADIUS_ACCESS_ACCEPT || m->code == TL_RADIUS_ACCESS_REJECT ||
             m->code == TL_RADIUS_ACCESS_CHALLENGE || m->code == TL_RADIUS_ACCOUNTING_RESPONSE)
        response(d, f, m);
}

void tl_radius_finish(struct tl_dissection *d)
{
    struct tl_radius_flow *f = d->flow.slot;
    while (f != NULL && f->waiting.first != 0)
        emit(d, f, f->waiting.first, "unknown");
}
