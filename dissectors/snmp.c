/*
 * snmp.c - Simple Network Management Protocol: version 1 (RFC 1157), 2c (RFC 1901, RFC 3416), 3 (RFC 3412, RFC 3414).
 *
 * The community of versions 1 and 2c is all that protects an agent: it is a secret.
 */
#include "core/ber.h"
#include "core/time.h"
#include "dissectors/login.h"

enum {
    VERSION, COMMUNITY, MSG_VERSION, MSG_ID, MAX_SIZE, FLAGS, FLAG_REPORT, FLAG_CRYPT, FLAG_AUTH, MODEL, ENGINE_ID,
    BOOTS, ENGINE_TIME, USER, AUTHENTICATION, PRIVACY, CONTEXT_ENGINE, CONTEXT_NAME, ENCRYPTED, DATA, REQUEST_ID, ERROR_STATUS,
    ERROR_INDEX, NON_REPEATERS, MAX_REPETITIONS, ENTERPRISE, AGENT, GENERIC, SPECIFIC, TIME_STAMP, BINDING, NAME,
    OBJECT, INT, OCTETS, OID, IPV4, COUNTER, GAUGE, TICKS, OPAQUE, EXCEPTION, LINE_ERROR, LINE_USER, LINE_ENCRYPTED,
    FIELDS
};

enum { GET, GET_NEXT, RESPONSE, SET, TRAP, BULK, INFORM, TRAP2, REPORT, PDUS };

static const struct tl_name versions[] = {
    { 0, "version-1" }, { 1, "v2c" }, { 2, "v2u" }, { 3, "snmpv3" }, { 0, NULL },
};
static const struct tl_name pdus[] = {
    { GET, "get-request" }, { GET_NEXT, "get-next-request" }, { RESPONSE, "get-response" }, { SET, "set-request" },
    { TRAP, "trap" }, { BULK, "getBulkRequest" }, { INFORM, "informRequest" }, { TRAP2, "snmpV2-trap" },
    { REPORT, "report" }, { 0, NULL },
};
static const struct tl_name errors[] = {
    { 0, "noError" }, { 1, "tooBig" }, { 2, "noSuchName" }, { 3, "badValue" }, { 4, "readOnly" }, { 5, "genErr" },
    { 6, "noAccess" }, { 7, "wrongType" }, { 8, "wrongLength" }, { 9, "wrongEncoding" }, { 10, "wrongValue" },
    { 11, "noCreation" }, { 12, "inconsistentValue" }, { 13, "resourceUnavailable" }, { 14, "commitFailed" },
    { 15, "undoFailed" }, { 16, "authorizationError" }, { 17, "notWritable" }, { 18, "inconsistentName" }, { 0, NULL },
};
static const struct tl_name traps[] = {
    { 0, "coldStart" }, { 1, "warmStart" }, { 2, "linkDown" }, { 3, "linkUp" }, { 4, "authenticationFailure" },
    { 5, "egpNeighborLoss" }, { 6, "enterpriseSpecific" }, { 0, NULL },
};
static const struct tl_name exceptions[] = {
    { 0, "noSuchObject" }, { 1, "noSuchInstance" }, { 2, "endOfMibView" }, { 0, NULL },
};

static const struct tl_name encrypted_names[] = { { 1, "encryptedPDU" }, { 0, NULL } };

static const struct tl_field fields[FIELDS] = {
    [VERSION] = { "snmp.version", "Version", .type = TL_I32, .names = versions },
    [COMMUNITY] = { "snmp.community", "Community", .type = TL_TEXT, .secret = TL_SECRET_WHOLE },
    [MSG_VERSION] = { "snmp.msgVersion", "Version", .type = TL_I32, .names = versions },
    [MSG_ID] = { "snmp.msgID", "Message id", .type = TL_U32 },
    [MAX_SIZE] = { "snmp.msgMaxSize", "Most bytes of a message", .type = TL_U32, .unit = "bytes" },
    [FLAGS] = { "snmp.msgFlags", "Flags", .type = TL_BYTES },
    [FLAG_REPORT] = { "snmp.v3.flags.report", "Reportable", .type = TL_BOOL, .mask = 4 },
    [FLAG_CRYPT] = { "snmp.v3.flags.crypt", "Encrypted", .type = TL_BOOL, .mask = 2 },
    [FLAG_AUTH] = { "snmp.v3.flags.auth", "Authenticated", .type = TL_BOOL, .mask = 1 },
    [MODEL] = { "snmp.msgSecurityModel", "Security model", .type = TL_U32 },
    [ENGINE_ID] = { "snmp.msgAuthoritativeEngineID", "Authoritative engine", .type = TL_BYTES },
    [BOOTS] = { "snmp.msgAuthoritativeEngineBoots", "Boots of the engine", .type = TL_U32 },
    [ENGINE_TIME] = { "snmp.msgAuthoritativeEngineTime", "Time of the engine", .type = TL_U32, .unit = "seconds" },
    [USER] = { "snmp.msgUserName", "User", .type = TL_TEXT },
    [AUTHENTICATION] = { "snmp.msgAuthenticationParameters", "Authentication", .type = TL_BYTES },
    [PRIVACY] = { "snmp.msgPrivacyParameters", "Privacy", .type = TL_BYTES },
    [CONTEXT_ENGINE] = { "snmp.contextEngineID", "Engine of the context", .type = TL_BYTES },
    [CONTEXT_NAME] = { "snmp.contextName", "Context", .type = TL_TEXT },
    [ENCRYPTED] = { "snmp.encryptedPDU", "Encrypted PDU", .type = TL_BYTES },
    [DATA] = { "snmp.data", "PDU", .type = TL_U32, .names = pdus },
    [REQUEST_ID] = { "snmp.request_id", "Request id", .type = TL_I32 },
    [ERROR_STATUS] = { "snmp.error_status", "Error", .type = TL_I32, .names = errors },
    [ERROR_INDEX] = { "snmp.error_index", "Binding with the error", .type = TL_I32 },
    [NON_REPEATERS] = { "snmp.non_repeaters", "Bindings not repeated", .type = TL_U32 },
    [MAX_REPETITIONS] = { "snmp.max_repetitions", "Most repetitions", .type = TL_U32 },
    [ENTERPRISE] = { "snmp.enterprise", "Enterprise", .type = TL_OID },
    [AGENT] = { "snmp.agent_addr", "Agent", .type = TL_IPV4 },
    [GENERIC] = { "snmp.generic_trap", "Generic trap", .type = TL_I32, .names = traps },
    [SPECIFIC] = { "snmp.specific_trap", "Specific trap", .type = TL_I32 },
    [TIME_STAMP] = { "snmp.time_stamp", "Time stamp", .type = TL_U32, .unit = "1/100 s" },
    [BINDING] = { "snmp.binding", "Variable binding", .type = TL_GROUP, .flags = TL_REPEATS },
    [NAME] = { "snmp.name", "Object", .type = TL_OID },
    [OBJECT] = { "snmp.object", "Name of the object", .type = TL_TEXT, .flags = TL_DERIVED,
                 .help = "Numbers, unless it is one of those that all agents have" },
    [INT] = { "snmp.value.int", "Integer", .type = TL_I64 },
    [OCTETS] = { "snmp.value.octets", "Octets", .type = TL_BYTES },
    [OID] = { "snmp.value.oid", "Object identifier", .type = TL_OID },
    [IPV4] = { "snmp.value.ipv4", "Address", .type = TL_IPV4 },
    [COUNTER] = { "snmp.value.counter", "Counter", .type = TL_U64 },
    [GAUGE] = { "snmp.value.g32", "Gauge", .type = TL_I64 },
    [TICKS] = { "snmp.value.timeticks", "Time ticks", .type = TL_U64, .unit = "1/100 s" },
    [OPAQUE] = { "snmp.value.opaque", "Opaque", .type = TL_BYTES },
    [LINE_ERROR] = { "snmp.line.error", "Error", .type = TL_I32, .flags = TL_ONLY_LINE, .names = errors },
    [LINE_USER] = { "snmp.line.user", "User", .type = TL_TEXT, .flags = TL_ONLY_LINE },
    [LINE_ENCRYPTED] = { "snmp.line.encrypted", "PDU", .type = TL_U8, .flags = TL_ONLY_LINE, .names = encrypted_names },
    [EXCEPTION] = { "snmp.value.exception", "No value", .type = TL_U8, .names = exceptions },
};

/* --- names of objects --- */

/* Objects of MIB-II (RFC 1213, RFC 2863) behind 1.3.6.1.2.1, and of RFC 3418 behind 1.3.6.1.6.3.1.1. */
static const struct object {
    const char *below; /* their last numbers */
    const char *name;
} mib_2[] = {
    { "\1\1", "sysDescr" }, { "\1\2", "sysObjectID" }, { "\1\3", "sysUpTime" }, { "\1\4", "sysContact" },
    { "\1\5", "sysName" }, { "\1\6", "sysLocation" }, { "\1\7", "sysServices" }, { "\2\1", "ifNumber" },
    { "\2\2\1\1", "ifIndex" }, { "\2\2\1\2", "ifDescr" }, { "\2\2\1\3", "ifType" }, { "\2\2\1\4", "ifMtu" },
    { "\2\2\1\5", "ifSpeed" }, { "\2\2\1\6", "ifPhysAddress" }, { "\2\2\1\7", "ifAdminStatus" },
    { "\2\2\1\10", "ifOperStatus" }, { "\2\2\1\11", "ifLastChange" }, { "\2\2\1\12", "ifInOctets" },
    { "\2\2\1\13", "ifInUcastPkts" }, { "\2\2\1\15", "ifInDiscards" }, { "\2\2\1\16", "ifInErrors" },
    { "\2\2\1\20", "ifOutOctets" }, { "\2\2\1\21", "ifOutUcastPkts" }, { "\2\2\1\23", "ifOutDiscards" },
    { "\2\2\1\24", "ifOutErrors" }, { "\4\1", "ipForwarding" }, { "\4\3", "ipInReceives" },
    { "\37\1\1\1\1", "ifName" }, { "\37\1\1\1\6", "ifHCInOctets" }, { "\37\1\1\1\12", "ifHCOutOctets" },
    { "\37\1\1\1\17", "ifHighSpeed" }, { "\37\1\1\1\22", "ifAlias" },
}, modules[] = {
    { "\4\1", "snmpTrapOID" }, { "\4\3", "snmpTrapEnterprise" }, { "\5\1", "coldStart" }, { "\5\2", "warmStart" },
    { "\5\3", "linkDown" }, { "\5\4", "linkUp" }, { "\5\5", "authenticationFailure" },
};

static const uint8_t below_mib_2[] = { 0x2b, 6, 1, 2, 1 }, below_modules[] = { 0x2b, 6, 1, 6, 3, 1, 1 };
static const uint8_t sys_descr[] = { 0x2b, 6, 1, 2, 1, 1, 1, 0 }, sys_up_time[] = { 0x2b, 6, 1, 2, 1, 1, 3, 0 };

static bool begins(struct tl_bytes oid, const uint8_t *with, size_t n)
{
    return oid.len >= n && memcmp(oid.data, with, n) == 0;
}

static const struct object *find(const struct object *objects, unsigned count, struct tl_bytes rest)
{
    for (unsigned i = 0; i < count; i++) {
        size_t n = strlen(objects[i].below);
        if (begins(rest, (const uint8_t *)objects[i].below, n))
            return &objects[i];
    }
    return NULL;
}

enum { OBJECT_MOST = 160, NUMBER_MOST = 24 /* characters */ };

/* Appends the numbers of an object identifier from byte i on. */
static size_t put_numbers(char text[OBJECT_MOST], size_t at, struct tl_bytes oid, size_t i)
{
    uint64_t number = 0;
    bool first = i == 0;
    for (; i < oid.len && at < OBJECT_MOST - NUMBER_MOST; i++) {
        char digits[20];
        unsigned n = 0;
        number = (number & UINT32_MAX) << 7 | (oid.data[i] & 0x7f);
        if ((oid.data[i] & 0x80) != 0)
            continue;
        if (first) { /* the first two numbers are one (X.690 section 8.19.4) */
            unsigned top = number < 40 ? 0 : number < 80 ? 1 : 2;
            text[at++] = (char)('0' + top);
            number -= 40u * top;
        }
        first = false;
        do
            digits[n++] = (char)('0' + number % 10);
        while ((number /= 10) != 0);
        text[at++] = '.';
        while (n > 0)
            text[at++] = digits[--n];
    }
    return at;
}

/* The name, and the numbers of the instance behind it: sysDescr.0. */
static void show_object(struct tl_dissection *d, struct tl_bytes oid, uint32_t off)
{
    char text[OBJECT_MOST];
    size_t at = 0, skipped = 0;
    const struct object *o = NULL;
    if (begins(oid, below_mib_2, sizeof below_mib_2)) {
        skipped = sizeof below_mib_2;
        o = find(mib_2, TL_COUNT(mib_2), tl_bytes_of(oid.data + skipped, oid.len - skipped));
    } else if (begins(oid, below_modules, sizeof below_modules)) {
        skipped = sizeof below_modules;
        o = find(modules, TL_COUNT(modules), tl_bytes_of(oid.data + skipped, oid.len - skipped));
    }
    if (o != NULL) {
        at = strlen(o->name);
        memcpy(text, o->name, at);
    }
    at = put_numbers(text, at, oid, o != NULL ? skipped + strlen(o->below) : 0);
    tl_add_text(d, OBJECT, off, oid.len, text, (uint32_t)at);
}

/* --- the record --- */

struct snmp_record {
    struct tl_record r;
    int64_t duration;
    const char *version;
    struct tl_bytes community;
    uint64_t get_requests, get_bulk_requests, get_responses, set_requests;
    struct tl_bytes display_string;
    int64_t up_since;
};

enum { R_DURATION, R_VERSION, R_COMMUNITY, R_GETS, R_BULKS, R_RESPONSES, R_SETS, R_DISPLAY, R_UP_SINCE };

#define F(index, member, key, kind, help) TL_FIELD(struct snmp_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(R_DURATION, duration, "duration", TL_REC_INTERVAL, "Time from the first message to the last"),
    F(R_VERSION, version, "version", TL_REC_TOKEN, "1, 2c or 3, of the first message"),
    F(R_COMMUNITY, community, "community", TL_REC_TEXT,
      "The community, a secret unless it is public or private; version 3: the user"),
    F(R_GETS, get_requests, "get_requests", TL_REC_COUNT, "Variable bindings in requests to get, and to get the next"),
    F(R_BULKS, get_bulk_requests, "get_bulk_requests", TL_REC_COUNT, "Variable bindings in bulk requests"),
    F(R_RESPONSES, get_responses, "get_responses", TL_REC_COUNT, "Variable bindings in responses"),
    F(R_SETS, set_requests, "set_requests", TL_REC_COUNT, "Variable bindings in requests to set"),
    F(R_DISPLAY, display_string, "display_string", TL_REC_TEXT, "Description of the agent's system (sysDescr.0)"),
    F(R_UP_SINCE, up_since, "up_since", TL_REC_TIME, "When the agent started (sysUpTime.0)"),
};
#undef F

static const struct tl_record_def snmp_record_def =
    TL_RECORD_DEF("snmp", record_fields, "SNMP in a flow: one at the end of the flow",
                  .secret = UINT64_C(1) << R_COMMUNITY,
                  .summary = { "version", "get_requests=", "get_bulk_requests=", "set_requests=", "get_responses=",
                               "display_string" });

enum { TEXT_MOST = 512, COMMUNITIES = 4 /* of a flow that have a login record */ };

struct flow {
    int64_t first, last, up_since;
    uint32_t community, display; /* kept texts; 0: none */
    uint32_t bindings[PDUS];
    uint8_t version;
    bool seen, has_up_since, open;
    uint8_t communities;
    bool answered[COMMUNITIES];
    uint32_t hash[COMMUNITIES], login[COMMUNITIES];
};

/* What a message says, in place. */
struct message {
    struct tl_bytes community, display;
    uint64_t ticks;
    uint32_t bindings;
    uint8_t version, pdu;
    bool has_ticks, has_pdu;
};

static bool is(struct tl_bytes text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.data, word, text.len) == 0;
}

static bool is_open(struct tl_bytes community)
{
    return is(community, "public") || is(community, "private");
}

/* A community is a login of its own. An agent answers only to one that it knows (RFC 1157 section 4.1). */
static void take_community(struct tl_dissection *d, struct flow *f, const struct message *m)
{
    uint32_t hash = 0x811c9dc5, i = 0;
    for (uint32_t k = 0; k < m->community.len; k++)
        hash = (hash ^ m->community.data[k]) * 0x01000193;
    while (i < f->communities && f->hash[i] != hash)
        i++;
    if (i == COMMUNITIES)
        return;
    if (i == f->communities) {
        f->communities++;
        f->hash[i] = hash;
        f->login[i] = tl_login_begin(d, "snmp", d->frame->ts);
        tl_login_method(d, f->login[i], tl_login_word("community"));
        tl_login_secret(d, f->login[i], m->community, is_open(m->community));
    }
    f->answered[i] |= m->has_pdu && m->pdu == RESPONSE;
}

static void remember(struct tl_dissection *d, const struct message *m)
{
    struct flow *f = d->flow.slot;
    if (f == NULL || d->frame->quoted)
        return;
    if (!f->seen) {
        if (m->has_pdu && m->pdu == RESPONSE && d->flow.side == 0)
            tl_turn(d);
        f->first = d->frame->ts;
        f->version = m->version;
        f->seen = true;
    }
    f->last = d->frame->ts;
    if (f->community == 0 && m->community.len > 0) {
        f->community = tl_keep(d, m->community.data, m->community.len < TEXT_MOST ? m->community.len : TEXT_MOST);
        f->open = m->version == 3 || is_open(m->community);
    }
    if (m->version != 3 && m->community.len > 0)
        take_community(d, f, m);
    if (m->has_pdu)
        f->bindings[m->pdu] += m->bindings;
    if (m->has_pdu && m->pdu == RESPONSE && m->has_ticks) {
        f->up_since = d->frame->ts - (int64_t)(m->ticks * 10000000);
        f->has_up_since = true;
    }
    if (m->has_pdu && m->pdu == RESPONSE && m->display.data != NULL) {
        if (f->display != 0)
            tl_forget(d, f->display);
        f->display = tl_keep(d, m->display.data, m->display.len < TEXT_MOST ? m->display.len : TEXT_MOST);
    }
    if (d->flow.side == 1)
        tl_confirm(d);
}

static void snmp_finish(struct tl_dissection *d)
{
    static const char *const names[] = { "1", "2c", "2u", "3" };
    struct flow *f = d->flow.slot;
    if (f == NULL || !f->seen)
        return;
    for (unsigned i = 0; i < f->communities; i++)
        tl_login_end(d, &f->login[i], tl_login_result_of(f->answered[i], true));
    struct snmp_record r = { .r.ts = f->first, .duration = tl_time_between(f->first, f->last),
                             .version = names[f->version & 3],
                             .get_requests = (uint64_t)f->bindings[GET] + f->bindings[GET_NEXT],
                             .get_bulk_requests = f->bindings[BULK], .get_responses = f->bindings[RESPONSE],
                             .set_requests = f->bindings[SET], .up_since = f->up_since };
    r.r.set = (UINT64_C(1) << R_COMMUNITY) - 1;
    for (unsigned i = R_GETS; i <= R_SETS; i++)
        tl_record_set(&r.r, i);
    if (f->community != 0) {
        r.community = tl_kept(d, f->community);
        tl_record_set(&r.r, R_COMMUNITY);
        if (f->open)
            r.r.open |= UINT64_C(1) << R_COMMUNITY;
    }
    if (f->display != 0) {
        r.display_string = tl_kept(d, f->display);
        tl_record_set(&r.r, R_DISPLAY);
    }
    if (f->has_up_since)
        tl_record_set(&r.r, R_UP_SINCE);
    tl_emit(d, &snmp_record_def, &r.r);
}

/* --- values --- */

static uint64_t number(struct tl_ber *r, const struct tl_ber_value *v, unsigned field)
{
    int64_t value = 0;
    uint32_t off = r->d->c.off, len = v->len;
    if (tl_ber_int64(r, v, &value) && tl_ok(r->d))
        tl_add(r->d, field, off, len, (uint64_t)value);
    return (uint64_t)value;
}

static uint64_t integer(struct tl_ber *r, unsigned field)
{
    struct tl_ber_value v;
    return tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_INTEGER, &v) ? number(r, &v, field) : 0;
}

static struct tl_bytes bytes(struct tl_ber *r, const struct tl_ber_value *v, unsigned field)
{
    uint32_t off = r->d->c.off;
    struct tl_bytes value = tl_ber_bytes(r, v);
    if (value.data != NULL)
        tl_add(r->d, field, off, value.len, 0);
    return value;
}

static struct tl_bytes octets(struct tl_ber *r, unsigned field)
{
    struct tl_ber_value v;
    if (!tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_OCTET_STRING, &v))
        return (struct tl_bytes){ NULL, 0 };
    return bytes(r, &v, field);
}

/* Unsigned numbers of up to nine bytes, of which the first is then zero. */
static uint64_t unsigned_number(struct tl_ber *r, const struct tl_ber_value *v, unsigned field)
{
    uint64_t value = 0;
    uint32_t off = r->d->c.off;
    struct tl_bytes b = tl_ber_bytes(r, v);
    for (uint32_t i = 0; i < b.len; i++)
        value = value << 8 | b.data[i];
    if (b.data != NULL && b.len > 0 && b.len <= 9)
        tl_add(r->d, field, off, b.len, value);
    return value;
}

/* RFC 2578 section 7.1, RFC 3416 section 3. */
static void value(struct tl_ber *r, struct tl_bytes name, struct message *m)
{
    struct tl_ber_value v;
    if (!tl_ber_next(r, &v))
        return;
    bool universal = v.class == TL_BER_UNIVERSAL, application = v.class == TL_BER_APPLICATION;
    if (universal && v.number == TL_BER_INTEGER) {
        (void)number(r, &v, INT);
    } else if (universal && v.number == TL_BER_OCTET_STRING) {
        struct tl_bytes text = bytes(r, &v, OCTETS);
        if (name.len == sizeof sys_descr && begins(name, sys_descr, sizeof sys_descr))
            m->display = text;
    } else if (universal && v.number == TL_BER_OID) {
        (void)bytes(r, &v, OID);
    } else if (application && v.number == 0 && v.len == 4) {
        (void)bytes(r, &v, IPV4);
    } else if (application && (v.number == 1 || v.number == 6)) {
        (void)unsigned_number(r, &v, COUNTER);
    } else if (application && v.number == 2) {
        (void)unsigned_number(r, &v, GAUGE);
    } else if (application && v.number == 3) {
        uint64_t ticks = unsigned_number(r, &v, TICKS);
        if (tl_ok(r->d) && name.len == sizeof sys_up_time && begins(name, sys_up_time, sizeof sys_up_time)) {
            m->ticks = ticks & UINT32_MAX;
            m->has_ticks = true;
        }
    } else if (application && v.number == 4) {
        (void)bytes(r, &v, OPAQUE);
    } else {
        if (v.class == TL_BER_CONTEXT && v.number <= 2)
            tl_add(r->d, EXCEPTION, r->d->c.off, 0, v.number);
        tl_ber_skip(r, &v);
    }
}

static void bindings(struct tl_ber *r, struct message *m)
{
    struct tl_ber_value list, v, oid;
    if (!tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_SEQUENCE, &list))
        return;
    struct tl_part part = tl_ber_enter(r, &list);
    while (tl_ok(r->d) && tl_cursor_wire_left(&r->d->c) > 0 &&
           tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_SEQUENCE, &v)) {
        uint32_t group = tl_group(r->d, BINDING);
        struct tl_part one = tl_ber_enter(r, &v);
        struct tl_bytes name = { NULL, 0 };
        if (tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_OID, &oid)) {
            uint32_t off = r->d->c.off;
            name = bytes(r, &oid, NAME);
            if (name.data != NULL && tl_wants(r->d, OBJECT))
                show_object(r->d, name, off);
        }
        if (tl_ok(r->d))
            value(r, name, m);
        m->bindings += tl_ok(r->d);
        tl_ber_leave(r, &v, one);
        tl_group_end(r->d, group);
    }
    tl_ber_leave(r, &list, part);
}

/* --- messages --- */

/* RFC 1157 section 4.1.6. */
static void trap(struct tl_ber *r)
{
    struct tl_ber_value v;
    if (tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_OID, &v))
        (void)bytes(r, &v, ENTERPRISE);
    if (tl_ber_expect(r, TL_BER_APPLICATION, 0, &v)) {
        if (v.len == 4)
            (void)bytes(r, &v, AGENT);
        else
            tl_ber_skip(r, &v);
    }
    (void)integer(r, GENERIC);
    (void)integer(r, SPECIFIC);
    if (tl_ber_expect(r, TL_BER_APPLICATION, 3, &v))
        (void)unsigned_number(r, &v, TIME_STAMP);
}

static void pdu(struct tl_ber *r, struct message *m)
{
    struct tl_ber_value v;
    uint32_t off = r->d->c.off;
    if (!tl_ber_next(r, &v))
        return;
    if (v.class != TL_BER_CONTEXT || v.number >= PDUS) {
        tl_bad(r->d);
        return;
    }
    tl_add(r->d, DATA, off, r->d->c.off - off, v.number);
    m->pdu = (uint8_t)v.number;
    m->has_pdu = true;
    struct tl_part part = tl_ber_enter(r, &v);
    if (v.number == TRAP) {
        trap(r);
    } else {
        (void)integer(r, REQUEST_ID);
        uint64_t error = integer(r, v.number == BULK ? NON_REPEATERS : ERROR_STATUS);
        if (v.number != BULK && error != 0)
            tl_add(r->d, LINE_ERROR, r->d->c.off, 0, error);
        (void)integer(r, v.number == BULK ? MAX_REPETITIONS : ERROR_INDEX);
    }
    if (tl_ok(r->d))
        bindings(r, m);
    tl_ber_leave(r, &v, part);
}

/* RFC 3414 section 2.4. */
static void user_parameters(struct tl_ber *r, struct message *m)
{
    struct tl_ber_value text, v;
    if (!tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_OCTET_STRING, &text))
        return;
    struct tl_part part = tl_ber_enter(r, &text);
    if (tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_SEQUENCE, &v)) {
        struct tl_part inner = tl_ber_enter(r, &v);
        (void)octets(r, ENGINE_ID);
        (void)integer(r, BOOTS);
        (void)integer(r, ENGINE_TIME);
        m->community = octets(r, USER);
        if (m->community.len > 0)
            tl_add(r->d, LINE_USER, r->d->c.off - m->community.len, m->community.len, 0);
        (void)octets(r, AUTHENTICATION);
        (void)octets(r, PRIVACY);
        tl_ber_leave(r, &v, inner);
    }
    tl_ber_leave(r, &text, part);
}

/* RFC 3412 section 6. */
static void version_3(struct tl_ber *r, struct message *m)
{
    struct tl_ber_value v;
    int64_t model = 0;
    if (tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_SEQUENCE, &v)) {
        struct tl_part part = tl_ber_enter(r, &v);
        (void)integer(r, MSG_ID);
        (void)integer(r, MAX_SIZE);
        struct tl_bytes flags = octets(r, FLAGS);
        if (flags.len == 1)
            tl_add_all_bits(r->d, FLAG_REPORT, FLAG_AUTH, r->d->c.off - 1, 1, flags.data[0]);
        model = (int64_t)integer(r, MODEL);
        tl_ber_leave(r, &v, part);
    }
    if (model == 3)
        user_parameters(r, m);
    else if (tl_ok(r->d) && tl_ber_next(r, &v))
        tl_ber_skip(r, &v);
    if (!tl_ok(r->d) || !tl_ber_next(r, &v))
        return;
    if (tl_ber_is(&v, TL_BER_UNIVERSAL, TL_BER_OCTET_STRING)) {
        tl_add(r->d, LINE_ENCRYPTED, r->d->c.off, 0, 1);
        (void)bytes(r, &v, ENCRYPTED);
        return;
    }
    struct tl_part part = tl_ber_enter(r, &v);
    (void)octets(r, CONTEXT_ENGINE);
    (void)octets(r, CONTEXT_NAME);
    if (tl_ok(r->d))
        pdu(r, m);
    tl_ber_leave(r, &v, part);
}

/* A community that is cut is a secret as far as it goes. */
static void community(struct tl_ber *r, struct message *m)
{
    struct tl_dissection *d = r->d;
    struct tl_ber_value v;
    if (!tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_OCTET_STRING, &v))
        return;
    uint32_t left = tl_cursor_left(&d->c);
    tl_hide(d, (struct tl_bytes){ d->c.base + d->c.off, v.len < left ? v.len : left });
    m->community = bytes(r, &v, COMMUNITY);
}

static enum tl_status snmp_dissect(struct tl_dissection *d)
{
    struct tl_ber r = { .d = d, .padded = true };
    struct tl_ber_value v, number_of;
    struct message m = { .version = 0 };
    if (tl_ber_expect(&r, TL_BER_UNIVERSAL, TL_BER_SEQUENCE, &v)) {
        struct tl_part part = tl_ber_enter(&r, &v);
        const uint8_t *p = tl_cursor_peek(&d->c, 0, 3);
        m.version = p != NULL ? p[2] : 0;
        if (tl_ber_expect(&r, TL_BER_UNIVERSAL, TL_BER_INTEGER, &number_of))
            (void)number(&r, &number_of, m.version == 3 ? MSG_VERSION : VERSION);
        if (tl_ok(d) && m.version == 3) {
            version_3(&r, &m);
        } else if (tl_ok(d)) {
            community(&r, &m);
            if (tl_ok(d))
                pdu(&r, &m);
        }
        tl_ber_leave(&r, &v, part);
    }
    if (tl_ok(d) || (d->c.status == TL_SHORT && m.has_pdu))
        remember(d, &m);
    return tl_next_none(d);
}

/* --- detection --- */

/* Passes over the length of a value. Returns bytes of tag and length, or 0. */
static uint32_t header_of(const uint8_t *p, uint32_t n)
{
    uint32_t size = n < 2 ? 0 : p[1] < 0x80 ? 2 : p[1] > 0x80 && p[1] <= 0x84 ? 2u + (p[1] & 0x7f) : 0;
    return size <= n ? size : 0;
}

/* A sequence with a version, and then a community and a PDU, or the header of version 3. */
static enum tl_probe snmp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, 2);
    uint32_t n = tl_cursor_left(&c);
    if (d->flow.stream || p == NULL || p[0] != 0x30)
        return TL_PROBE_NO;
    uint32_t at = header_of(p, n);
    if (at == 0 || n < at + 5)
        return TL_PROBE_NO;
    p += at;
    n -= at;
    if (p[0] != 2 || p[1] != 1 || (p[2] > 1 && p[2] != 3) || p[3] != (p[2] == 3 ? 0x30 : 4))
        return TL_PROBE_NO;
    if (d->flow.home)
        return TL_PROBE_YES;
    if (p[2] == 3)
        return p[4] >= 10 && p[4] < 32 && n > 5 && p[5] == 2 ? TL_PROBE_YES : TL_PROBE_NO;
    uint32_t behind = 5u + p[4];
    return p[4] < 0x80 && behind < n && p[behind] >= 0xa0 && p[behind] < 0xa0 + PDUS ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_snmp = {
    .name = "snmp",
    .title = "Simple Network Management Protocol",
    .service = "snmp",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields),
    .records = { &snmp_record_def, &tl_login_record_def },
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_UDP_PORT, 161 }, { TL_ON_UDP_PORT, 162 } },
    .info = "[{data}][{line.encrypted}][ {generic_trap}][ {object,}][, {line.error}][, user {line.user}]",
    TL_BEGINS("00"), .probe = snmp_probe,
    .dissect = snmp_dissect,
    .finish = snmp_finish,
};
