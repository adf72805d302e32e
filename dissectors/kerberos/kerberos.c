/*
 * kerberos.c - Kerberos version 5 (RFC 4120): the descriptor, messages over UDP, over TCP with a length before each
 * (section 7.2.2), and as tokens.
 */
#include "dissectors/kerberos/kerberos.h"

#include "dissectors/x509/x509.h"

static const struct tl_name messages[] = {
    { 10, "AS-REQ" }, { 11, "AS-REP" }, { 12, "TGS-REQ" }, { 13, "TGS-REP" }, { 14, "AP-REQ" }, { 15, "AP-REP" },
    { 16, "TGT-REQ" }, { 17, "TGT-REP" }, { 20, "SAFE" }, { 21, "PRIV" }, { 22, "CRED" }, { 30, "ERROR" }, { 0, NULL },
};
static const struct tl_name padata[] = {
    { 1, "TGS-REQ" }, { 2, "ENC-TIMESTAMP" }, { 3, "PW-SALT" }, { 11, "ETYPE-INFO" }, { 14, "PK-AS-REQ-19" },
    { 15, "PK-AS-REP-19" }, { 16, "PK-AS-REQ" }, { 17, "PK-AS-REP" }, { 19, "ETYPE-INFO2" }, { 128, "PAC-REQUEST" },
    { 129, "FOR-USER" }, { 130, "FOR-X509-USER" }, { 132, "AS-CHECKSUM" }, { 133, "FX-COOKIE" }, { 134, "AUTH-SET-SELECTED" },
    { 136, "FX-FAST" }, { 137, "FX-ERROR" }, { 138, "ENCRYPTED-CHALLENGE" }, { 141, "OTP-CHALLENGE" },
    { 142, "OTP-REQUEST" }, { 147, "PKINIT-KX" }, { 149, "REQ-ENC-PA-REP" }, { 150, "AS-FRESHNESS" }, { 151, "SPAKE" },
    { 165, "SUPPORTED-ETYPES" }, { 167, "PAC-OPTIONS" }, { 0, NULL },
};
static const struct tl_name name_types[] = {
    { 0, "UNKNOWN" }, { 1, "PRINCIPAL" }, { 2, "SRV-INST" }, { 3, "SRV-HST" }, { 4, "SRV-XHST" }, { 5, "UID" },
    { 6, "X500-PRINCIPAL" }, { 7, "SMTP-NAME" }, { 10, "ENTERPRISE" }, { 11, "WELLKNOWN" }, { 0, NULL },
};
static const struct tl_name address_types[] = { { 2, "IPv4" }, { 20, "NetBIOS" }, { 24, "IPv6" }, { 0, NULL } };

static const struct tl_field fields[KRB_FIELDS] = {
    [KRB_RM_LENGTH] = { "kerberos.rm.length", "Length", .type = TL_U32, .unit = "bytes" },
    [KRB_PVNO] = { "kerberos.pvno", "Version", .type = TL_U32, .flags = TL_REPEATS },
    [KRB_MSG_TYPE] = { "kerberos.msg_type", "Message", .type = TL_I32, .names = messages, .flags = TL_REPEATS },
    [KRB_PADATA] = { "kerberos.padata_item", "Preauthentication", .type = TL_GROUP, .flags = TL_REPEATS,
                     .title = "{padata_type}" },
    [KRB_PADATA_TYPE] = { "kerberos.padata_type", "Type", .type = TL_I32, .names = padata, .flags = TL_REPEATS },
    [KRB_PADATA_VALUE] = { "kerberos.padata_value", "Value", .type = TL_BYTES, .flags = TL_REPEATS },
    [KRB_ETYPE] = { "kerberos.etype", "Encryption", .type = TL_I32, .names = tl_kerberos_etypes, .flags = TL_REPEATS },
    [KRB_KVNO] = { "kerberos.kvno", "Key version", .type = TL_U32, .flags = TL_REPEATS },
    [KRB_CIPHER] = { "kerberos.cipher", "Encrypted part", .type = TL_BYTES, .flags = TL_REPEATS, .secret = TL_SECRET_WHOLE },
    [KRB_SALT] = { "kerberos.info2_salt", "Salt", .type = TL_TEXT, .flags = TL_REPEATS },
    [KRB_KDC_OPTIONS] = { "kerberos.kdc_options", "Options", .type = TL_BYTES },
    [KRB_FORWARDABLE] = { "kerberos.KDCOptions.forwardable", "Forwardable", .type = TL_BOOL, .mask = 0x40000000 },
    [KRB_FORWARDED] = { "kerberos.KDCOptions.forwarded", "Forwarded", .type = TL_BOOL, .mask = 0x20000000 },
    [KRB_PROXIABLE] = { "kerberos.KDCOptions.proxiable", "Proxiable", .type = TL_BOOL, .mask = 0x10000000 },
    [KRB_RENEWABLE] = { "kerberos.KDCOptions.renewable", "Renewable", .type = TL_BOOL, .mask = 0x00800000 },
    [KRB_CANONICALIZE] = { "kerberos.KDCOptions.canonicalize", "Canonicalize", .type = TL_BOOL, .mask = 0x00010000 },
    [KRB_RENEWABLE_OK] = { "kerberos.KDCOptions.renewable.ok", "Renewable if too long", .type = TL_BOOL, .mask = 0x10 },
    [KRB_RENEW] = { "kerberos.KDCOptions.renew", "Renew", .type = TL_BOOL, .mask = 2 },
    [KRB_CNAME] = { "kerberos.cname", "Client", .type = TL_GROUP, .flags = TL_REPEATS, .title = "{CNameString,}" },
    [KRB_SNAME] = { "kerberos.sname", "Service", .type = TL_GROUP, .flags = TL_REPEATS, .title = "{SNameString,}" },
    [KRB_NAME_TYPE] = { "kerberos.name_type", "Type of name", .type = TL_I32, .names = name_types, .flags = TL_REPEATS },
    [KRB_CNAME_STRING] = { "kerberos.CNameString", "Part of the client's name", .type = TL_TEXT, .flags = TL_REPEATS },
    [KRB_SNAME_STRING] = { "kerberos.SNameString", "Part of the service's name", .type = TL_TEXT, .flags = TL_REPEATS },
    [KRB_REALM] = { "kerberos.realm", "Realm", .type = TL_TEXT, .flags = TL_REPEATS },
    [KRB_CREALM] = { "kerberos.crealm", "Realm of the client", .type = TL_TEXT, .flags = TL_REPEATS },
    [KRB_FROM] = { "kerberos.from", "From", .type = TL_TIME },
    [KRB_TILL] = { "kerberos.till", "Till", .type = TL_TIME },
    [KRB_RTIME] = { "kerberos.rtime", "Renew till", .type = TL_TIME },
    [KRB_NONCE] = { "kerberos.nonce", "Nonce", .type = TL_U32 },
    [KRB_ENCTYPE] = { "kerberos.ENCTYPE", "Encryption offered", .type = TL_I32, .names = tl_kerberos_etypes,
                      .flags = TL_REPEATS },
    [KRB_ADDRESS_TYPE] = { "kerberos.addr_type", "Type of address", .type = TL_I32, .names = address_types,
                           .flags = TL_REPEATS },
    [KRB_ADDRESS] = { "kerberos.address", "Address", .type = TL_BYTES, .flags = TL_REPEATS },
    [KRB_TICKET] = { "kerberos.ticket", "Ticket", .type = TL_GROUP, .flags = TL_REPEATS, .title = "{realm}" },
    [KRB_TKT_VNO] = { "kerberos.tkt_vno", "Version of the ticket", .type = TL_U32, .flags = TL_REPEATS },
    [KRB_AP_OPTIONS] = { "kerberos.ap_options", "Options", .type = TL_BYTES, .flags = TL_REPEATS },
    [KRB_CTIME] = { "kerberos.ctime", "Time of the client", .type = TL_TIME },
    [KRB_CUSEC] = { "kerberos.cusec", "Microseconds of the client", .type = TL_U32 },
    [KRB_STIME] = { "kerberos.stime", "Time of the server", .type = TL_TIME },
    [KRB_SUSEC] = { "kerberos.susec", "Microseconds of the server", .type = TL_U32 },
    [KRB_ERROR_CODE] = { "kerberos.error_code", "Error", .type = TL_I32, .names = tl_kerberos_errors },
    [KRB_E_TEXT] = { "kerberos.e_text", "Text", .type = TL_TEXT },
    [KRB_E_DATA] = { "kerberos.e_data", "Data of the error", .type = TL_BYTES },
    [KRB_LINE_ERROR] = { "kerberos.line.error", "Error", .type = TL_I32, .flags = TL_ONLY_LINE, .names = tl_kerberos_errors },
    [KRB_LINE_CLIENT] = { "kerberos.line.client", "Client", .type = TL_TEXT, .flags = TL_ONLY_LINE },
    [KRB_LINE_SERVICE] = { "kerberos.line.service", "Service", .type = TL_TEXT, .flags = TL_ONLY_LINE },
};

enum { MESSAGE_MOST = 131072, PORT = 88 };

/* --- UDP --- */

static void one(struct tl_dissection *d, struct tl_kerberos_flow *f, int64_t since)
{
    struct tl_kerberos_message m;
    tl_kerberos_read(d, &m);
    if (m.type == 0 || f == NULL || d->frame->quoted || (!tl_ok(d) && d->c.status != TL_SHORT))
        return;
    if (!f->confirmed) {
        if (d->flow.side == 0 && m.type != KRB_AS_REQ && m.type != KRB_TGS_REQ && m.type != KRB_AP_REQ)
            tl_turn(d);
        tl_confirm(d);
    }
    f->confirmed = true;
    if (m.signed_data.len > 0)
        tl_x509_emit_signed(d, m.signed_data, since, m.type == KRB_AS_REQ);
    tl_kerberos_remember(d, f, &m, since);
}

static enum tl_status kerberos_dissect(struct tl_dissection *d)
{
    one(d, d->flow.slot, d->frame->ts);
    return tl_next_none(d);
}

/* --- TCP --- */

static struct tl_want bytes(uint32_t n)
{
    return (struct tl_want){ TL_WANT_BYTES, n, NULL };
}

static struct tl_want unit(struct tl_dissection *d, const struct tl_stream *s, struct tl_kerberos_flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = d->c.base + d->c.off;
    uint32_t len = tl_load_be32(p) & 0x7fffffff;
    if (len < 10 || len > MESSAGE_MOST) {
        if (!f->confirmed)
            tl_violate(d);
        tl_skip(d, n);
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    }
    if (n < 4 + len)
        return bytes(4 + len);
    struct tl_cursor c = d->c;
    d->c.end = d->c.wire_end = d->c.off + 4 + len;
    tl_message(d);
    tl_add(d, KRB_RM_LENGTH, d->c.off, 4, len);
    tl_skip(d, 4);
    one(d, f, s->since);
    d->c = c;
    tl_skip(d, 4 + len);
    return bytes(4);
}

static struct tl_want kerberos_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_kerberos_flow *f = d->flow.slot;
    if (f == NULL || s->event == TL_EV_GAP || s->event == TL_EV_END)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    return s->event == TL_EV_OPEN ? bytes(4) : unit(d, s, f);
}

/* --- tokens --- */

void tl_kerberos_token(struct tl_dissection *outer, struct tl_gss *x, struct tl_bytes token)
{
    struct tl_dissection d;
    struct tl_kerberos_message m;
    tl_gss_inner_begin(outer, &d, &tl_protocol_kerberos, token);
    tl_kerberos_read(&d, &m);
    tl_gss_inner_end(outer, &d);
    x->mechanism = TL_GSS_KERBEROS;
    if (m.type == KRB_AP_REP) {
        x->replied = true;
        tl_gss_end(outer, x, TL_GSS_ACCEPTED);
    } else if (m.type == KRB_ERROR) {
        tl_gss_end(outer, x, TL_GSS_REJECTED);
    } else if (m.type == KRB_AP_REQ) {
        tl_gss_end(outer, x, TL_GSS_UNKNOWN);
        x->mechanism = TL_GSS_KERBEROS;
        x->waits = true;
        x->ts = outer->frame->ts;
        x->realm = m.srealm.len > 0 ? tl_keep(outer, m.srealm.data, m.srealm.len < 256 ? m.srealm.len : 256) : 0;
        x->service = m.service.len > 0 ? tl_keep(outer, m.service.text, m.service.len) : 0;
        x->has_etype = m.has_etype;
        x->etype = (int32_t)m.etype;
    }
}

/* --- detection --- */

/* [APPLICATION n], a sequence, and in it the version: [0] or [1], INTEGER 5 (section 5.4). */
static enum tl_probe message_begins(const uint8_t *p, uint32_t n)
{
    static const uint8_t tags[] = { 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x7e };
    if (n == 0 || memchr(tags, p[0], sizeof tags) == NULL)
        return TL_PROBE_NO;
    uint32_t at = 0;
    for (unsigned level = 0; level < 3; level++) { /* application tag, sequence, [0] or [1] */
        if (n < at + 2)
            return TL_PROBE_MAYBE;
        if ((level == 1 && p[at] != 0x30) || (level == 2 && p[at] != 0xa0 && p[at] != 0xa1))
            return TL_PROBE_NO;
        at += 1 + (p[at + 1] < 0x80 ? 1u : 1u + (p[at + 1] & 0x7f));
    }
    if (n < at + 3)
        return TL_PROBE_MAYBE;
    return p[at] == 2 && p[at + 1] == 1 && p[at + 2] == 5 ? TL_PROBE_YES : TL_PROBE_NO;
}

static enum tl_probe kerberos_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (p == NULL || n == 0)
        return TL_PROBE_NO;
    if (!d->flow.stream) {
        enum tl_probe answer = message_begins(p, n);
        return answer == TL_PROBE_MAYBE ? TL_PROBE_NO : answer;
    }
    if (p[0] != 0)
        return TL_PROBE_NO;
    if (n < 5)
        return d->flow.home ? TL_PROBE_MAYBE : TL_PROBE_NO;
    return tl_load_be32(p) > MESSAGE_MOST ? TL_PROBE_NO : message_begins(p + 4, n - 4);
}

const struct tl_protocol tl_protocol_kerberos = {
    .name = "kerberos",
    .title = "Kerberos",
    .service = "krb",
    .service_tcp = "krb_tcp",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields),
    .records = { &tl_kerberos_record_def, &tl_x509_def },
    .flow_size = sizeof(struct tl_kerberos_flow),
    .on = { { TL_ON_UDP_PORT, PORT }, { TL_ON_TCP_PORT, PORT } },
    .info = "[{msg_type}][, {line.error}][: {e_text}][, client {line.client}][, service {line.service}]",
    TL_BEGINS("\0\0jo~~"), .probe = kerberos_probe,
    .dissect = kerberos_dissect,
    .stream = kerberos_stream,
    .finish = tl_kerberos_finish,
};
