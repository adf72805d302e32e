/* spnego.c - the negotiation of a mechanism (RFC 4178 section 4.2), and which mechanism's token is inside. */
#include "dissectors/gss/gss.h"

#include "dissectors/kerberos/kerberos.h"

enum { OID, MECH_TYPE, REQ_FLAGS, MECH_TOKEN, HINT, STATE, SUPPORTED, RESPONSE, MIC, TOK_ID, FIELDS };

static const struct tl_name states[] = {
    { 0, "accept-completed" }, { 1, "accept-incomplete" }, { 2, "reject" }, { 3, "request-mic" }, { 0, NULL },
};
static const struct tl_name tokens[] = {
    { 0x0001, "KRB5_AP_REQ" }, { 0x0002, "KRB5_AP_REP" }, { 0x0003, "KRB5_ERROR" }, { 0x0100, "KRB5_AP_REQ" },
    { 0x0200, "KRB5_AP_REP" }, { 0x0300, "KRB5_ERROR" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [OID] = { "gss-api.OID", "Mechanism of the token", .type = TL_OID, .flags = TL_REPEATS },
    [MECH_TYPE] = { "spnego.MechType", "Mechanism", .type = TL_OID, .flags = TL_REPEATS },
    [REQ_FLAGS] = { "spnego.reqFlags", "Flags", .type = TL_BYTES },
    [MECH_TOKEN] = { "spnego.mechToken", "Token", .type = TL_BYTES, .secret = TL_SECRET_WHOLE },
    [HINT] = { "spnego.hintName", "Hint", .type = TL_TEXT },
    [STATE] = { "spnego.negResult", "Result", .type = TL_U32, .names = states },
    [SUPPORTED] = { "spnego.supportedMech", "Chosen mechanism", .type = TL_OID },
    [RESPONSE] = { "spnego.responseToken", "Token", .type = TL_BYTES, .secret = TL_SECRET_WHOLE },
    [MIC] = { "spnego.mechListMIC", "Check of the list", .type = TL_BYTES },
    [TOK_ID] = { "spnego.krb5.tok_id", "Kerberos token", .type = TL_U16, .base = TL_HEX, .names = tokens },
};

static const uint8_t spnego[] = { 0x2b, 6, 1, 5, 5, 2 };
static const uint8_t krb5[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2 };
static const uint8_t ms_krb5[] = { 0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 1, 2, 2 };

static const uint8_t krb5_u2u[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2, 3 };
static const uint8_t iakerb[] = { 0x2b, 6, 1, 5, 2, 5 };

enum { IAKERB_PROXY = 0x0501 }; /* draft-ietf-kitten-iakerb-03 section 3 */

/* What a token of SPNEGO has. */
struct found {
    struct tl_bytes token;
    bool init, has_state;
    int64_t state;
};

void tl_gss_inner_begin(struct tl_dissection *d, struct tl_dissection *inner, const struct tl_protocol *protocol,
                        struct tl_bytes bytes)
{
    if (d->tree != NULL)
        tl_inner_begin(d, inner, protocol, true);
    else
        *inner = *d;
    inner->c.off = (uint32_t)(bytes.data - d->c.base);
    inner->c.end = inner->c.wire_end = inner->c.off + bytes.len;
    inner->c.status = TL_OK;
    inner->start = inner->c.off;
}

void tl_gss_inner_end(struct tl_dissection *d, struct tl_dissection *inner)
{
    if (d->tree != NULL)
        tl_inner_end(d, inner);
}

static struct tl_bytes bytes(struct tl_ber *r, const struct tl_ber_value *v, unsigned field)
{
    uint32_t off = r->d->c.off;
    struct tl_bytes b = tl_ber_bytes(r, v);
    if (b.data != NULL && b.len > 0)
        tl_add(r->d, field, off, b.len, 0);
    return b;
}

static void mech_types(struct tl_ber *r)
{
    struct tl_ber_value list, v;
    if (!tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_SEQUENCE, &list))
        return;
    struct tl_part part = tl_ber_enter(r, &list);
    while (tl_ok(r->d) && tl_ber_next(r, &v)) {
        if (tl_ber_is(&v, TL_BER_UNIVERSAL, TL_BER_OID))
            (void)bytes(r, &v, MECH_TYPE);
        else
            tl_ber_skip(r, &v);
    }
    tl_ber_leave(r, &list, part);
}

static void member(struct tl_ber *r, uint32_t number, struct found *f)
{
    struct tl_ber_value v;
    if (f->init && number == 0) {
        mech_types(r);
        return;
    }
    if (!tl_ber_next(r, &v))
        return;
    uint32_t off = r->d->c.off;
    if (v.constructed) { /* the hints of Microsoft's servers (MS-SPNG section 2.2.1) */
        tl_ber_skip(r, &v);
    } else if (!f->init && number == 0) {
        f->has_state = tl_ber_int64(r, &v, &f->state);
        if (f->has_state)
            tl_add(r->d, STATE, off, v.len, (uint64_t)f->state);
    } else if (number == 1) {
        (void)bytes(r, &v, f->init ? REQ_FLAGS : SUPPORTED);
    } else if (number == 2) {
        struct tl_bytes token = bytes(r, &v, f->init ? MECH_TOKEN : RESPONSE);
        if (token.data != NULL)
            f->token = token;
    } else {
        (void)bytes(r, &v, MIC);
    }
}

static void negotiation(struct tl_ber *r, struct found *f)
{
    struct tl_ber_value choice, list, v;
    if (!tl_ber_next(r, &choice) || choice.class != TL_BER_CONTEXT || choice.number > 1) {
        tl_bad(r->d);
        return;
    }
    f->init = choice.number == 0;
    struct tl_part part = tl_ber_enter(r, &choice);
    if (tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_SEQUENCE, &list)) {
        struct tl_part inside = tl_ber_enter(r, &list);
        while (tl_ok(r->d) && tl_ber_next(r, &v)) {
            struct tl_part one = tl_ber_enter(r, &v);
            if (tl_ok(r->d) && v.class == TL_BER_CONTEXT)
                member(r, v.number, f);
            tl_ber_leave(r, &v, one);
        }
        tl_ber_leave(r, &list, inside);
    }
    tl_ber_leave(r, &choice, part);
}

static bool is(struct tl_bytes text, const uint8_t *with, size_t n)
{
    return text.len == n && memcmp(text.data, with, n) == 0;
}

/*
 * Reads the token in r->d (RFC 2743 section 3.1). Returns what is inside as another token, or as a message of Kerberos
 * (*kerberos).
 */
static struct tl_bytes token_in(struct tl_dissection *d, struct found *f, bool *kerberos)
{
    struct tl_ber r = { .d = d };
    struct tl_ber_value v, oid;
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    if (p != NULL && (p[0] == 0xa0 || p[0] == 0xa1)) {
        negotiation(&r, f);
        return f->token;
    }
    if (p == NULL || p[0] != 0x60 || !tl_ber_next(&r, &v))
        return (struct tl_bytes){ NULL, 0 };
    struct tl_part part = tl_ber_enter(&r, &v);
    struct tl_bytes name = { NULL, 0 };
    if (tl_ber_expect(&r, TL_BER_UNIVERSAL, TL_BER_OID, &oid))
        name = bytes(&r, &oid, OID);
    if (name.data != NULL && is(name, spnego, sizeof spnego)) {
        negotiation(&r, f);
    } else if (name.data != NULL && (is(name, krb5, sizeof krb5) || is(name, ms_krb5, sizeof ms_krb5) ||
                                    is(name, krb5_u2u, sizeof krb5_u2u))) {
        tl_u16(d, TOK_ID);
        *kerberos = tl_ok(d);
        f->token = tl_bytes_of(d->c.base + d->c.off, tl_ok(d) ? tl_cursor_left(&d->c) : 0);
    } else if (name.data != NULL && is(name, iakerb, sizeof iakerb)) {
        uint16_t id = tl_u16(d, TOK_ID);
        *kerberos = tl_ok(d) && id != IAKERB_PROXY; /* which has a header of its own in front of a message to a KDC */
        f->token = tl_bytes_of(d->c.base + d->c.off, *kerberos ? tl_cursor_left(&d->c) : 0);
    }
    tl_ber_leave(&r, &v, part);
    return f->token;
}

static bool is_ntlm(struct tl_bytes token)
{
    return token.len >= 12 && memcmp(token.data, "NTLMSSP", 8) == 0;
}

void tl_gss_token(struct tl_dissection *d, struct tl_gss *x, struct tl_bytes token)
{
    struct found f = { .has_state = false };
    bool kerberos = false;
    for (unsigned depth = 0; depth < 3 && token.len > 1 && !is_ntlm(token) && !kerberos; depth++) {
        struct tl_dissection inner;
        if (token.data[0] == 0x6e || token.data[0] == 0x6f || token.data[0] == 0x7e) { /* bare: an AP-REQ, AP-REP, error */
            kerberos = true;
            break;
        }
        tl_gss_inner_begin(d, &inner, &tl_protocol_spnego, token);
        f.token = (struct tl_bytes){ NULL, 0 };
        token = token_in(&inner, &f, &kerberos);
        tl_gss_inner_end(d, &inner);
    }
    if (is_ntlm(token))
        tl_ntlmssp_token(d, x, token);
    else if (kerberos && token.len > 0)
        tl_kerberos_token(d, x, token);
    if (f.has_state && (f.state == 0 || f.state == 2))
        tl_gss_end(d, x, f.state == 0 ? TL_GSS_ACCEPTED : TL_GSS_REJECTED);
}

void tl_gss_end(struct tl_dissection *d, struct tl_gss *x, enum tl_gss_result result)
{
    if (!x->waits)
        return;
    if (x->mechanism == TL_GSS_NTLM)
        tl_ntlm_emit(d, x, result);
    else if (x->mechanism == TL_GSS_KERBEROS)
        tl_kerberos_emit_ap(d, x, result);
    const uint32_t kept[] = { x->user, x->domain, x->host, x->computer, x->dns, x->tree, x->realm, x->service };
    for (unsigned i = 0; i < TL_COUNT(kept); i++)
        if (kept[i] != 0)
            tl_forget(d, kept[i]);
    *x = (struct tl_gss){ .mechanism = x->mechanism };
}

const struct tl_protocol tl_protocol_spnego = {
    .name = "spnego",
    .title = "Simple and Protected GSS-API Negotiation",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields),
    .info = "[{negResult}]",
};
