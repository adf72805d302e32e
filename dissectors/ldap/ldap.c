/*
 * ldap.c - Lightweight Directory Access Protocol (RFC 4511): the descriptors, framing, StartTLS, SASL layers; CLDAP, the same
 * messages over UDP (RFC 1798, MS-ADTS section 3.1.1.3.1.9).
 */
#include "dissectors/ldap/ldap.h"

#include "core/channel.h"

extern const struct tl_protocol tl_protocol_tls;

static const struct tl_name operations[] = {
    { 0, "bindRequest" }, { 1, "bindResponse" }, { 2, "unbindRequest" }, { 3, "searchRequest" }, { 4, "searchResEntry" },
    { 5, "searchResDone" }, { 6, "modifyRequest" }, { 7, "modifyResponse" }, { 8, "addRequest" }, { 9, "addResponse" },
    { 10, "delRequest" }, { 11, "delResponse" }, { 12, "modDNRequest" }, { 13, "modDNResponse" }, { 14, "compareRequest" },
    { 15, "compareResponse" }, { 16, "abandonRequest" }, { 19, "searchResRef" }, { 23, "extendedReq" },
    { 24, "extendedResp" }, { 25, "intermediateResponse" }, { 0, NULL },
};
static const struct tl_name authentications[] = {
    { 0, "simple" }, { 3, "sasl" }, { 9, "sicily_packageDiscovery" }, { 10, "sicily_negotiate" }, { 11, "sicily_response" },
    { 0, NULL },
};
static const struct tl_name scopes[] = {
    { 0, "baseObject" }, { 1, "singleLevel" }, { 2, "wholeSubtree" }, { 3, "subordinateSubtree" }, { 0, NULL },
};
static const struct tl_name derefs[] = {
    { 0, "neverDerefAliases" }, { 1, "derefInSearching" }, { 2, "derefFindingBaseObj" }, { 3, "derefAlways" }, { 0, NULL },
};
static const struct tl_name modifications[] = {
    { 0, "add" }, { 1, "delete" }, { 2, "replace" }, { 3, "increment" }, { 0, NULL },
};
static const struct tl_name filters[] = {
    { 0, "and" }, { 1, "or" }, { 2, "not" }, { 3, "equalityMatch" }, { 4, "substrings" }, { 5, "greaterOrEqual" },
    { 6, "lessOrEqual" }, { 7, "present" }, { 8, "approxMatch" }, { 9, "extensibleMatch" }, { 0, NULL },
};

#define TEXT(key, label) { key, label, .type = TL_TEXT, .flags = TL_REPEATS }
static const struct tl_field fields[LDAP_FIELDS] = {
    [LDAP_SASL_LENGTH] = { "ldap.sasl_buffer_length", "SASL buffer", .type = TL_U32, .unit = "bytes" },
    [LDAP_SEALED] = { "ldap.gssapi_encrypted_payload", "Encrypted", .type = TL_BYTES },
    [LDAP_MESSAGE_ID] = { "ldap.messageID", "Message id", .type = TL_U32 },
    [LDAP_OP] = { "ldap.protocolOp", "Operation", .type = TL_U32, .names = operations },
    [LDAP_VERSION] = { "ldap.version", "Version", .type = TL_U32 },
    [LDAP_NAME] = { "ldap.name", "Name", .type = TL_TEXT },
    [LDAP_AUTHENTICATION] = { "ldap.authentication", "Authentication", .type = TL_U32, .names = authentications },
    [LDAP_SIMPLE] = { "ldap.simple", "Password", .type = TL_TEXT, .secret = TL_SECRET_WHOLE },
    [LDAP_MECHANISM] = { "ldap.mechanism", "Mechanism", .type = TL_TEXT },
    [LDAP_CREDENTIALS] = { "ldap.credentials", "Credentials", .type = TL_BYTES, .secret = TL_SECRET_WHOLE },
    [LDAP_RESULT] = { "ldap.resultCode", "Result", .type = TL_U32, .names = tl_ldap_results },
    [LDAP_MATCHED] = { "ldap.matchedDN", "Matched name", .type = TL_TEXT },
    [LDAP_ERROR_MESSAGE] = { "ldap.errorMessage", "Message", .type = TL_TEXT },
    [LDAP_SASL_REPLY] = { "ldap.serverSaslCreds", "Credentials of the server", .type = TL_BYTES, .secret = TL_SECRET_WHOLE },
    [LDAP_REFERRAL] = TEXT("ldap.LDAPURL", "Referral"),
    [LDAP_BASE] = { "ldap.baseObject", "Base", .type = TL_TEXT },
    [LDAP_SCOPE] = { "ldap.scope", "Scope", .type = TL_U32, .names = scopes },
    [LDAP_DEREF] = { "ldap.derefAliases", "Aliases", .type = TL_U32, .names = derefs },
    [LDAP_SIZE_LIMIT] = { "ldap.sizeLimit", "Most entries", .type = TL_U32 },
    [LDAP_TIME_LIMIT] = { "ldap.timeLimit", "Time limit", .type = TL_U32, .unit = "s" },
    [LDAP_TYPES_ONLY] = { "ldap.typesOnly", "Types only", .type = TL_BOOL },
    [LDAP_FILTER] = { "ldap.filter", "Kind of filter", .type = TL_U32, .names = filters },
    [LDAP_FILTER_TEXT] = { "ldap.filter_text", "Filter", .type = TL_TEXT, .flags = TL_DERIVED | TL_ESCAPED,
                           .help = "In the form of RFC 4515" },
    [LDAP_ATTRIBUTE] = TEXT("ldap.AttributeDescription", "Attribute"),
    [LDAP_OBJECT_NAME] = { "ldap.objectName", "Object", .type = TL_TEXT },
    [LDAP_ENTRY_ATTRIBUTE] = { "ldap.attribute", "Attribute", .type = TL_GROUP, .flags = TL_REPEATS, .title = "{type}" },
    [LDAP_TYPE] = TEXT("ldap.type", "Attribute"),
    [LDAP_VALUE] = { "ldap.AttributeValue", "Value", .type = TL_BYTES, .flags = TL_REPEATS },
    [LDAP_TEXT] = { "ldap.value_text", "Value", .type = TL_TEXT, .flags = TL_REPEATS | TL_DERIVED, .help = "If it is text" },
    [LDAP_OBJECT] = { "ldap.object", "Object", .type = TL_TEXT },
    [LDAP_MODIFICATION] = { "ldap.modification_item", "Modification", .type = TL_GROUP, .flags = TL_REPEATS,
                            .title = "{operation} {type}" },
    [LDAP_OPERATION] = { "ldap.operation", "Change", .type = TL_U32, .names = modifications, .flags = TL_REPEATS },
    [LDAP_ENTRY] = { "ldap.entry", "Entry", .type = TL_TEXT },
    [LDAP_DELETE] = { "ldap.delRequest", "Entry to delete", .type = TL_TEXT },
    [LDAP_NEW_RDN] = { "ldap.newrdn", "New name", .type = TL_TEXT },
    [LDAP_DELETE_OLD] = { "ldap.deleteoldrdn", "Delete the old name", .type = TL_BOOL },
    [LDAP_NEW_SUPERIOR] = { "ldap.newSuperior", "New superior", .type = TL_TEXT },
    [LDAP_ATTRIBUTE_DESC] = TEXT("ldap.attributeDesc", "Attribute"),
    [LDAP_ASSERTION] = TEXT("ldap.assertionValue", "Asserted value"),
    [LDAP_ABANDON] = { "ldap.abandonRequest", "Abandoned message", .type = TL_U32 },
    [LDAP_REQUEST_NAME] = { "ldap.requestName", "Extended operation", .type = TL_TEXT },
    [LDAP_REQUEST_VALUE] = { "ldap.requestValue", "Value", .type = TL_BYTES, .secret = TL_SECRET_WHOLE },
    [LDAP_RESPONSE_NAME] = { "ldap.responseName", "Extended response", .type = TL_TEXT },
    [LDAP_RESPONSE_VALUE] = { "ldap.responseValue", "Value", .type = TL_BYTES, .secret = TL_SECRET_WHOLE },
    [LDAP_CONTROL] = { "ldap.control", "Control", .type = TL_GROUP, .flags = TL_REPEATS, .title = "{controlType}" },
    [LDAP_CONTROL_TYPE] = TEXT("ldap.controlType", "Type"),
    [LDAP_CRITICALITY] = { "ldap.criticality", "Critical", .type = TL_BOOL, .flags = TL_REPEATS },
    [LDAP_CONTROL_VALUE] = { "ldap.controlValue", "Value", .type = TL_BYTES, .flags = TL_REPEATS },
    [LDAP_LINE_RESULT] = { "ldap.line.result", "Result", .type = TL_U32, .flags = TL_ONLY_LINE, .names = tl_ldap_results },
};
#undef TEXT

enum { PORT = 389, PORT_GLOBAL = 3268, MESSAGE_MOST = TL_STREAM_UNIT, HOLD = 65536, HEADER_MOST = 6 };

static bool is_text(struct tl_bytes text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.data, word, text.len) == 0;
}

/* --- a message --- */

static void confirm(struct tl_dissection *d, struct tl_ldap_flow *f, const struct tl_ldap_message *m)
{
    static const uint8_t responses[] = { LDAP_BIND_RESPONSE, LDAP_SEARCH_ENTRY, LDAP_SEARCH_DONE, LDAP_MODIFY_RESPONSE,
                                         LDAP_ADD_RESPONSE, LDAP_DEL_RESPONSE, LDAP_EXTENDED_RESPONSE };
    if (f->confirmed)
        return;
    f->confirmed = true;
    tl_confirm(d);
    if (d->flow.side == 0 && memchr(responses, m->op, sizeof responses) != NULL)
        tl_turn(d);
}

/* The SASL exchange, and what follows from its end. */
static void authentication(struct tl_dissection *d, struct tl_ldap_flow *f, const struct tl_ldap_message *m)
{
    enum { SASL_BIND_IN_PROGRESS = 14 };
    if (m->token.len > 0)
        tl_gss_token(d, &f->gss, m->token);
    if (m->op == LDAP_BIND && m->sasl) {
        f->sasl_bind = is_text(m->mechanism, "GSSAPI") || is_text(m->mechanism, "GSS-SPNEGO") || is_text(m->mechanism, "DIGEST-MD5");
        f->bind_id = m->id;
    } else if (m->op == LDAP_BIND_RESPONSE && m->has_result && m->result != SASL_BIND_IN_PROGRESS) {
        tl_gss_end(d, &f->gss, m->result == 0 ? TL_GSS_ACCEPTED : TL_GSS_REJECTED);
        f->wrapped |= f->sasl_bind && m->result == 0;
        f->sasl_bind = false;
    }
}

static void one(struct tl_dissection *d, struct tl_ldap_flow *f, struct tl_ldap_message *m, int64_t since)
{
    tl_ldap_read(d, m);
    if (f == NULL || d->frame->quoted || !m->known || d->c.status == TL_BAD)
        return;
    confirm(d, f, m);
    authentication(d, f, m);
    tl_ldap_remember(d, f, m, since);
}

/* --- TCP --- */

static struct tl_want bytes(uint32_t n)
{
    return (struct tl_want){ TL_WANT_BYTES, n, NULL };
}

static struct tl_want nothing(void)
{
    return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}

/* The bytes of the message at p, or 0 if more are needed; UINT32_MAX: this is none. */
static uint32_t length_of(const uint8_t *p, uint32_t n)
{
    if (n < 2)
        return 0;
    if (p[0] != 0x30)
        return UINT32_MAX;
    if (p[1] < 0x80)
        return 2u + p[1];
    uint32_t count = p[1] & 0x7fu, len = 0;
    if (count == 0 || count > 4)
        return UINT32_MAX;
    if (n < 2 + count)
        return 0;
    for (uint32_t i = 0; i < count; i++)
        len = len << 8 | p[2 + i];
    return len > MESSAGE_MOST ? UINT32_MAX : 2 + count + len;
}

/* A request to use TLS was answered: see stream(). */
static struct tl_want after(struct tl_dissection *d, const struct tl_stream *s, struct tl_ldap_flow *f,
                            const struct tl_ldap_message *m)
{
    static const char start_tls[] = "1.3.6.1.4.1.1466.20037";
    if (m->op == LDAP_EXTENDED && is_text(m->oid, start_tls)) {
        f->start_tls = true;
        f->start_tls_id = m->id;
        return (struct tl_want){ TL_WANT_HOLD, HOLD, NULL };
    }
    if (m->op == LDAP_EXTENDED_RESPONSE && f->start_tls && m->id == f->start_tls_id) {
        f->start_tls = false;
        if (m->has_result && m->result == 0)
            return (struct tl_want){ TL_WANT_SWITCH, 0, NULL };
        tl_release(d);
    }
    (void)s;
    return bytes(2);
}

static struct tl_want message(struct tl_dissection *d, const struct tl_stream *s, struct tl_ldap_flow *f)
{
    uint32_t n = tl_cursor_left(&d->c), len = length_of(d->c.base + d->c.off, n);
    if (len == UINT32_MAX) {
        if (!f->confirmed)
            tl_violate(d);
        tl_skip(d, n);
        return nothing();
    }
    if (len == 0)
        return bytes(n < HEADER_MOST ? n + 1 : HEADER_MOST);
    if (len > n)
        return bytes(len);
    struct tl_cursor c = d->c;
    struct tl_ldap_message m;
    d->c.end = d->c.wire_end = d->c.off + len;
    tl_message(d);
    one(d, f, &m, s->since);
    d->c = c;
    tl_skip(d, len);
    return after(d, s, f, &m);
}

/* The LDAP message inside a buffer that is signed only (RFC 4121 section 4.2.4, MS-NLMP section 2.2.2.9); 0: sealed. */
static uint32_t signed_at(const uint8_t *p, uint32_t n)
{
    uint32_t at = 0;
    if (n > 20 && p[0] == 5 && p[1] == 4 && (p[2] & 2) == 0)
        at = 16u + tl_load_be16(p + 6);
    else if (n > 20 && tl_load_le32(p) == 1)
        at = 16;
    return at != 0 && at < n && p[at] == 0x30 ? at : 0;
}

/* A buffer of the SASL layer: several messages may be in one. */
static struct tl_want buffer(struct tl_dissection *d, const struct tl_stream *s, struct tl_ldap_flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = d->c.base + d->c.off;
    if (n < 4)
        return bytes(4);
    if (p[0] == 0x30) { /* no layer after all */
        f->wrapped = false;
        return message(d, s, f);
    }
    uint32_t len = tl_load_be32(p);
    if (len > MESSAGE_MOST - 4)
        return nothing();
    if (n < 4 + len)
        return bytes(4 + len);
    struct tl_cursor c = d->c;
    tl_message(d);
    tl_add(d, LDAP_SASL_LENGTH, d->c.off, 4, len);
    uint32_t at = signed_at(p + 4, len), end = c.off + 4 + len;
    if (at == 0)
        tl_add(d, LDAP_SEALED, c.off + 4, len, 0);
    d->c.off += 4 + at;
    for (bool first = true; at != 0 && d->c.off < end; first = false) {
        uint32_t one_len = length_of(d->c.base + d->c.off, end - d->c.off);
        if (one_len == 0 || one_len > end - d->c.off)
            break;
        struct tl_ldap_message m;
        uint32_t off = d->c.off;
        d->c.end = d->c.wire_end = off + one_len;
        if (!first)
            tl_message(d);
        one(d, f, &m, s->since);
        d->c = c;
        d->c.off = off + one_len;
    }
    d->c = c;
    tl_skip(d, 4 + len);
    return bytes(2);
}

/* A sequence, a message id, an operation with a number that exists (RFC 4511 section 4.1.1). */
static enum tl_probe begins(const uint8_t *p, uint32_t n)
{
    uint32_t at, number = 0;
    if (n < 2)
        return n == 0 || p[0] == 0x30 ? TL_PROBE_MAYBE : TL_PROBE_NO;
    if (p[0] != 0x30 || (p[1] & 0x7f) > (p[1] & 0x80 ? 4 : 0x7f))
        return TL_PROBE_NO;
    at = 2 + (p[1] & 0x80 ? p[1] & 0x7fu : 0);
    if (n < at + 2)
        return TL_PROBE_MAYBE;
    if (p[at] != 2 || p[at + 1] == 0 || p[at + 1] > 4)
        return TL_PROBE_NO;
    uint32_t op = at + 2 + p[at + 1];
    if (n <= op)
        return TL_PROBE_MAYBE;
    number = p[op] & 0x1f;
    bool application = p[op] >> 6 == 1, primitive = number == LDAP_UNBIND || number == LDAP_DEL || number == LDAP_ABANDON_REQUEST;
    bool exists = number <= LDAP_ABANDON_REQUEST || number == LDAP_SEARCH_REFERENCE || (number >= 23 && number <= 25);
    return application && exists && primitive == ((p[op] & 0x20) == 0) ? TL_PROBE_YES : TL_PROBE_NO;
}

/* After a gap: the next message begins a segment. */
static struct tl_want find(struct tl_dissection *d, const struct tl_stream *s, struct tl_ldap_flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    if (n > 0 && begins(d->c.base + d->c.off, n) == TL_PROBE_YES) {
        f->lost[s->side] = false;
        return bytes(2);
    }
    tl_skip(d, n);
    return (struct tl_want){ TL_WANT_SOME, HOLD, NULL };
}

static struct tl_want ldap_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_ldap_flow *f = d->flow.slot;
    if (f == NULL || s->event == TL_EV_END)
        return nothing();
    if (s->event == TL_EV_OPEN)
        return bytes(2);
    f->lost[s->side] |= s->event == TL_EV_GAP;
    if (f->lost[s->side])
        return find(d, s, f);
    return f->wrapped ? buffer(d, s, f) : message(d, s, f);
}

/* --- UDP --- */

static enum tl_status cldap_dissect(struct tl_dissection *d)
{
    struct tl_ldap_message m;
    one(d, d->flow.slot, &m, d->frame->ts);
    while (tl_ok(d) && d->c.off < d->c.end && d->c.base[d->c.off] == 0x30) { /* an entry, and the end of the search */
        tl_message(d);
        one(d, d->flow.slot, &m, d->frame->ts);
    }
    return tl_next_none(d);
}

/* --- detection --- */

static enum tl_probe ldap_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.stream || p == NULL || n == 0)
        return TL_PROBE_NO;
    return begins(p, n);
}

static enum tl_probe cldap_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (d->flow.stream || p == NULL || n == 0 || !(d->flow.home || d->flow.nested))
        return TL_PROBE_NO;
    enum tl_probe answer = begins(p, n);
    return answer == TL_PROBE_MAYBE ? TL_PROBE_NO : answer;
}

#define INFO \
    "[{ldap.protocolOp}({ldap.messageID})][ {ldap.name}][ {ldap.mechanism}][ \"{ldap.baseObject}\"][ {ldap.scope}]" \
    "[ {ldap.filter_text}][ {ldap.objectName}][ {ldap.object}][ {ldap.entry}][ {ldap.delRequest}][ {ldap.requestName}]" \
    "[ {ldap.line.result}][: {ldap.errorMessage}]"

const struct tl_protocol tl_protocol_ldap = {
    .name = "ldap",
    .title = "Lightweight Directory Access Protocol",
    .service = "ldap_tcp",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields),
    .records = { &tl_ldap_record_def, &tl_ldap_search_record_def, &tl_login_record_def },
    .flow_size = sizeof(struct tl_ldap_flow),
    .on = { { TL_ON_TCP_PORT, PORT }, { TL_ON_TCP_PORT, PORT_GLOBAL } },
    .info = INFO,
    TL_BEGINS("00"), .probe = ldap_probe,
    .stream = ldap_stream,
    .finish = tl_ldap_finish,
};

/* Its records are those of tl_protocol_ldap, which lists them. */
const struct tl_protocol tl_protocol_cldap = {
    .name = "cldap",
    .title = "Connectionless Lightweight Directory Access Protocol",
    .service = "ldap_udp",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields),
    .flow_size = sizeof(struct tl_ldap_flow),
    .on = { { TL_ON_UDP_PORT, PORT } },
    .info = INFO,
    .only_at_home = true,
    .probe = cldap_probe,
    .dissect = cldap_dissect,
    .finish = tl_ldap_finish,
};
