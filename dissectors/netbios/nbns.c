/*
 * nbns.c - the name service of NetBIOS over UDP (RFC 1002 section 4.2): messages in the form of DNS that register,
 * look up and
 * release names, and list those of a host.
 */
#include "core/buffer.h"
#include "core/part.h"
#include "core/time.h"
#include "core/transaction.h"
#include "dissectors/netbios/netbios_name.h"

enum {
    ID, FLAGS, RESPONSE, OPCODE, AUTHORITATIVE, TRUNCATED, RECDESIRED, RECAVAIL, BROADCAST, RCODE, QUERIES, ANSWERS,
    AUTHORITY,
    ADDITIONAL, QUERY, RECORD, NAME, TYPE, CLASS, TTL, DATA_LENGTH, NB_FLAGS, NB_GROUP, NB_ONT, ADDRESS, NAMES,
    STATUS_NAME, NAME_FLAGS,
    F_GROUP, F_ONT, F_DRG, F_CNF, F_ACT, F_PRM, UNIT_ID, STATISTICS, DATA, FIELDS
};

enum { OP_QUERY = 0, OP_REGISTRATION = 5, OP_RELEASE, OP_WACK, OP_REFRESH };
static const struct tl_name opcodes[] = {
    { 0, "Name query" }, { 5, "Registration" }, { 6, "Release" }, { 7, "WACK" }, { 8, "Refresh" }, { 9,
    "Refresh, altcode" },
    { 15, "Multi-homed registration" }, { 0, NULL },
};
static const struct tl_name rcodes[] = {
    { 0, "No error" }, { 1, "Format error" }, { 2, "Server failure" }, { 3, "Name not found" }, { 4,
    "Not implemented" },
    { 5, "Refused" }, { 6, "Name is owned by another node" }, { 7, "Name is in conflict" }, { 0, NULL },
};
static const struct tl_name types[] = { { 1, "A" }, { 2, "NS" }, { 10, "NULL" }, { 32, "NB" }, { 33, "NBSTAT" }, { 0,
NULL } };
static const struct tl_name classes[] = { { 1, "IN" }, { 0, NULL } };
static const struct tl_name nodes[] = { { 0, "B-node" }, { 1, "P-node" }, { 2, "M-node" }, { 3, "H-node" }, { 0,
NULL } };

static const struct tl_field fields[FIELDS] = {
    [ID] = { "nbns.id", "Transaction id", .type = TL_U16, .base = TL_HEX },
    [FLAGS] = { "nbns.flags", "Flags", .type = TL_U16, .base = TL_HEX },
    [RESPONSE] = { "nbns.flags.response", "Response", .type = TL_BOOL, .mask = 0x8000 },
    [OPCODE] = { "nbns.flags.opcode", "Operation", .type = TL_U16, .mask = 0x7800, .names = opcodes },
    [AUTHORITATIVE] = { "nbns.flags.authoritative", "Authoritative", .type = TL_BOOL, .mask = 0x0400 },
    [TRUNCATED] = { "nbns.flags.truncated", "Truncated", .type = TL_BOOL, .mask = 0x0200 },
    [RECDESIRED] = { "nbns.flags.recdesired", "Recursion desired", .type = TL_BOOL, .mask = 0x0100 },
    [RECAVAIL] = { "nbns.flags.recavail", "Recursion available", .type = TL_BOOL, .mask = 0x0080 },
    [BROADCAST] = { "nbns.flags.broadcast", "Broadcast", .type = TL_BOOL, .mask = 0x0010 },
    [RCODE] = { "nbns.flags.rcode", "Result", .type = TL_U16, .mask = 0x000f, .names = rcodes },
    [QUERIES] = { "nbns.count.queries", "Questions", .type = TL_U16 },
    [ANSWERS] = { "nbns.count.answers", "Answers", .type = TL_U16 },
    [AUTHORITY] = { "nbns.count.auth_rr", "Authority records", .type = TL_U16 },
    [ADDITIONAL] = { "nbns.count.add_rr", "Additional records", .type = TL_U16 },
    [QUERY] = { "nbns.query", "Question", .type = TL_GROUP, .flags = TL_REPEATS, .title = "{name}" },
    [RECORD] = { "nbns.record", "Record", .type = TL_GROUP, .flags = TL_REPEATS, .title = "{name}" },
    [NAME] = { "nbns.name", "Name", .type = TL_TEXT, .help = "The last byte of the name in angle brackets" },
    [TYPE] = { "nbns.type", "Type", .type = TL_U16, .names = types },
    [CLASS] = { "nbns.class", "Class", .type = TL_U16, .names = classes },
    [TTL] = { "nbns.ttl", "Time to live", .type = TL_U32, .unit = "seconds" },
    [DATA_LENGTH] = { "nbns.data_length", "Data length", .type = TL_U16, .unit = "bytes" },
    [NB_FLAGS] = { "nbns.nb_flags", "Name flags", .type = TL_U16, .base = TL_HEX, .flags = TL_REPEATS },
    [NB_GROUP] = { "nbns.nb_flags.group", "Group name", .type = TL_BOOL, .mask = 0x8000, .flags = TL_REPEATS },
    [NB_ONT] = { "nbns.nb_flags.ont", "Node type", .type = TL_U16, .mask = 0x6000, .flags = TL_REPEATS,
                 .names = nodes },
    [ADDRESS] = { "nbns.addr", "Address", .type = TL_IPV4, .flags = TL_REPEATS },
    [NAMES] = { "nbns.number_of_names", "Number of names", .type = TL_U8 },
    [STATUS_NAME] = { "nbns.netbios_name", "Name", .type = TL_TEXT, .flags = TL_REPEATS },
    [NAME_FLAGS] = { "nbns.name_flags", "Name flags", .type = TL_U16, .base = TL_HEX, .flags = TL_REPEATS },
    [F_GROUP] = { "nbns.name_flags.group", "Group name", .type = TL_BOOL, .mask = 0x8000, .flags = TL_REPEATS },
    [F_ONT] = { "nbns.name_flags.ont", "Node type", .type = TL_U16, .mask = 0x6000, .flags = TL_REPEATS,
                .names = nodes },
    [F_DRG] = { "nbns.name_flags.drg", "Being deregistered", .type = TL_BOOL, .mask = 0x1000, .flags = TL_REPEATS },
    [F_CNF] = { "nbns.name_flags.cnf", "In conflict", .type = TL_BOOL, .mask = 0x0800, .flags = TL_REPEATS },
    [F_ACT] = { "nbns.name_flags.act", "Active", .type = TL_BOOL, .mask = 0x0400, .flags = TL_REPEATS },
    [F_PRM] = { "nbns.name_flags.prm", "Permanent", .type = TL_BOOL, .mask = 0x0200, .flags = TL_REPEATS },
    [UNIT_ID] = { "nbns.unit_id", "Unit id", .type = TL_MAC },
    [STATISTICS] = { "nbns.statistics", "Statistics", .type = TL_BYTES },
    [DATA] = { "nbns.data", "Data", .type = TL_BYTES },
};

/* --- the record --- */

enum { R_ID, R_OPERATION, R_NAME, R_SERVICE, R_TYPE, R_RESULT, R_ADDRESSES, R_NAMES, R_TTL, R_RTT };

struct nbns_record {
    struct tl_record head;
    uint64_t id;
    const char *operation, *service, *type, *result;
    struct tl_bytes name;
    struct tl_text_list addresses, names;
    int64_t ttl, rtt;
};

#define F(index, member, key, kind, help) TL_FIELD(struct nbns_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(R_ID, id, "trans_id", TL_REC_COUNT, "Transaction id"),
    F(R_OPERATION, operation, "operation", TL_REC_TOKEN, "`query`, `registration`, `release`, `wack`, `refresh`, ..."),
    F(R_NAME, name, "name", TL_REC_TEXT, "The name; its last byte in angle brackets"),
    F(R_SERVICE, service, "service", TL_REC_TOKEN, "What the last byte stands for"),
    F(R_TYPE, type, "qtype", TL_REC_TOKEN, "`NB`, or `NBSTAT`: all names of a host"),
    F(R_RESULT, result, "rcode", TL_REC_TOKEN, "Of the response; absent: none was seen in the flow"),
    F(R_ADDRESSES, addresses, "addresses", TL_REC_TEXTS, "That have the name, or are to have it"),
    F(R_NAMES, names, "names", TL_REC_TEXTS, "Of a host that was asked for its names"),
    F(R_TTL, ttl, "ttl", TL_REC_INTERVAL, "How long the name may be kept"),
    F(R_RTT, rtt, "rtt", TL_REC_INTERVAL, "From the request to the response"),
};
#undef F

static const struct tl_record_def nbns_record_def =
    TL_RECORD_DEF("nbns", record_fields,
    "A request of the NetBIOS name service and its response, or one without the other",
                  .summary = { "operation", "name", "addresses", "rcode" }, .latency = "rtt");

enum { WAITING_MOST = 64, LISTED = 32, ADDRESS_TEXT = 48 };

struct flow {
    struct tl_transactions waiting;
};

/* What a record needs of a message. */
struct message {
    uint16_t id, flags;
    uint16_t count[4];
    uint32_t start;
    bool named, has_ttl;
    struct tl_netbios_name name; /* of the first question or record */
    uint16_t type;
    uint32_t ttl;
    uint32_t addresses, names;
    char address[LISTED][ADDRESS_TEXT];
    const uint8_t *listed[LISTED]; /* 16 bytes each */
};

static bool is_response(const struct message *m)
{
    return (m->flags & 0x8000) != 0;
}

static const char *operation_of(const struct message *m)
{
    static const char *const names[16] = { [0] = "query", [5] = "registration", [6] = "release", [7] = "wack",
    [8] = "refresh",
                                           [9] = "refresh", [15] = "multihomed_registration" };
    const char *name = names[m->flags >> 11 & 15];
    return name != NULL ? name : "other";
}

static const char *result_of(const struct message *m)
{
    static const char *const names[] = { "NOERROR", "FMT_ERR", "SRV_ERR", "NAM_ERR", "IMP_ERR", "RFS_ERR", "ACT_ERR",
    "CFT_ERR" };
    unsigned code = m->flags & 15;
    return code < TL_COUNT(names) ? names[code] : "unknown";
}

/* Sets what this message tells and the record does not have yet. */
static void describe(struct tl_dissection *d, struct flow *f, uint32_t *t, const struct message *m)
{
    struct tl_transactions *list = &f->waiting;
    if (m->named && !tl_transaction_has(d, *t, R_NAME)) {
        const char *service = tl_name_of(tl_netbios_services, m->name.name[TL_NETBIOS_NAME - 1]);
        tl_transaction_text(d, list, t, R_NAME, tl_bytes_of(m->name.text, m->name.len), TL_NETBIOS_TEXT);
        if (service != NULL)
            tl_transaction_token(d, list, t, R_SERVICE, service);
        tl_transaction_token(d, list, t, R_TYPE, m->type == 33 ? "NBSTAT" : "NB");
    }
    if (!tl_transaction_has(d, *t, R_ADDRESSES))
        for (uint32_t i = 0; i < m->addresses; i++)
            tl_transaction_add_text(d, list, t, R_ADDRESSES, tl_bytes_of(m->address[i], strnlen(m->address[i],
            ADDRESS_TEXT)), ADDRESS_TEXT);
    for (uint32_t i = 0; i < m->names; i++) {
        char text[TL_NETBIOS_TEXT];
        tl_transaction_add_text(d, list, t, R_NAMES, tl_bytes_of(text, tl_netbios_text(m->listed[i], text)),
        TL_NETBIOS_TEXT);
    }
    if (m->has_ttl && is_response(m))
        tl_transaction_number(d, list, t, R_TTL, (uint64_t)m->ttl * 1000000000u);
}

static uint32_t begin(struct tl_dissection *d, struct flow *f, const struct message *m)
{
    if (f->waiting.count >= WAITING_MOST)
        tl_transaction_emit(d, &f->waiting, f->waiting.first);
    uint32_t t = tl_transaction_begin(d, &f->waiting, &nbns_record_def, m->id, d->frame->ts, 0, 96);
    if (t != 0) {
        tl_transaction_number(d, &f->waiting, &t, R_ID, m->id);
        tl_transaction_token(d, &f->waiting, &t, R_OPERATION, operation_of(m));
    }
    return t;
}

/* A request waits for the response in its flow. Those to a broadcast address are answered from another. */
static void record(struct tl_dissection *d, struct flow *f, const struct message *m)
{
    uint32_t t = tl_transaction_find(d, &f->waiting, m->id);
    if (!is_response(m)) {
        if (t == 0 && (t = begin(d, f, m)) != 0)
            describe(d, f, &t, m);
        return;
    }
    bool paired = t != 0;
    if (!paired && (t = begin(d, f, m)) == 0)
        return;
    describe(d, f, &t, m);
    tl_transaction_token(d, &f->waiting, &t, R_RESULT, result_of(m));
    if (paired)
        tl_transaction_number(d, &f->waiting, &t, R_RTT, (uint64_t)tl_time_between(tl_transaction_ts(d, t),
        d->frame->ts));
    tl_transaction_emit(d, &f->waiting, t);
}

static void nbns_finish(struct tl_dissection *d)
{
    struct flow *f = d->flow.slot;
    while (f != NULL && f->waiting.first != 0)
        tl_transaction_emit(d, &f->waiting, f->waiting.first);
}

/* --- the message --- */

static void name(struct tl_dissection *d, struct message *m, struct tl_netbios_name *out)
{
    uint32_t after = 0;
    enum tl_status status = tl_ok(d) ? tl_netbios_name(d->c.base, m->start, d->c.off, d->c.end, &after, out) : TL_BAD;
    if (status != TL_OK) {
        tl_cursor_fail(&d->c, status == TL_MORE && after <= d->c.wire_end ? TL_SHORT : TL_BAD);
        return;
    }
    if (tl_wants(d, NAME))
        tl_add_text(d, NAME, d->c.off, after - d->c.off, out->text, out->len);
    tl_skip(d, after - d->c.off);
}

static void question(struct tl_dissection *d, struct message *m)
{
    struct tl_netbios_name other = { .len = 0 };
    uint32_t group = tl_group(d, QUERY);
    bool first = !m->named;
    name(d, m, first ? &m->name : &other);
    uint16_t type = tl_u16(d, TYPE);
    tl_u16(d, CLASS);
    if (tl_ok(d) && first) {
        m->named = true;
        m->type = type;
    }
    tl_group_end(d, group);
}

/* Section 4.2.13: flags and an address for each. */
static void addresses(struct tl_dissection *d, struct message *m)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= 6) {
        uint16_t flags = tl_u16(d, NB_FLAGS);
        if (tl_ok(d))
            tl_add_all_bits(d, NB_GROUP, NB_ONT, d->c.off - 2, 2, flags);
        const uint8_t *p = tl_ipv4(d, ADDRESS);
        if (p == NULL || m->addresses >= LISTED || d->flow.slot == NULL)
            continue;
        struct tl_buffer text = { .data = (uint8_t *)m->address[m->addresses++], .capacity = ADDRESS_TEXT,
        .failed = true };
        tl_put_ipv4(&text, p);
    }
}

/* Section 4.2.18: the names of a host, then statistics that begin with its MAC address. */
static void status(struct tl_dissection *d, struct message *m)
{
    uint8_t count = tl_u8(d, NAMES);
    for (unsigned i = 0; i < count && tl_ok(d); i++) {
        char text[TL_NETBIOS_TEXT];
        const uint8_t *p = tl_cursor_take(&d->c, TL_NETBIOS_NAME);
        if (p == NULL)
            return;
        if (tl_wants(d, STATUS_NAME))
            tl_add_text(d, STATUS_NAME, d->c.off - TL_NETBIOS_NAME, TL_NETBIOS_NAME, text, tl_netbios_text(p, text));
        if (m->names < LISTED)
            m->listed[m->names++] = p;
        uint16_t flags = tl_u16(d, NAME_FLAGS);
        if (tl_ok(d))
            tl_add_all_bits(d, F_GROUP, F_PRM, d->c.off - 2, 2, flags);
    }
    tl_mac(d, UNIT_ID);
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_run(d, STATISTICS, tl_cursor_wire_left(&d->c));
}

static void resource(struct tl_dissection *d, struct message *m)
{
    struct tl_netbios_name other = { .len = 0 };
    uint32_t group = tl_group(d, RECORD);
    bool first = !m->named;
    name(d, m, first ? &m->name : &other);
    uint16_t type = tl_u16(d, TYPE);
    tl_u16(d, CLASS);
    uint32_t ttl = tl_u32(d, TTL);
    if (tl_ok(d) && first) {
        m->named = true;
        m->type = type;
    }
    if (tl_ok(d) && !m->has_ttl) {
        m->has_ttl = true;
        m->ttl = ttl;
    }
    uint32_t len = tl_u16(d, DATA_LENGTH);
    struct tl_part part = tl_part_enter(d, len);
    if (type == 32)
        addresses(d, m);
    else if (type == 33 && len > 0)
        status(d, m);
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_run(d, DATA, tl_cursor_wire_left(&d->c));
    tl_part_leave(d, part);
    tl_group_end(d, group);
}

static void header(struct tl_dissection *d, struct message *m)
{
    m->start = d->c.off;
    m->id = tl_u16(d, ID);
    m->flags = tl_u16(d, FLAGS);
    if (tl_ok(d)) {
        uint32_t at = d->c.off - 2;
        tl_add_all_bits(d, RESPONSE, OPCODE, at, 2, m->flags);
        if (is_response(m))
            tl_add_bits(d, AUTHORITATIVE, at, 2, m->flags);
        tl_add_all_bits(d, TRUNCATED, RECDESIRED, at, 2, m->flags);
        if (is_response(m))
            tl_add_bits(d, RECAVAIL, at, 2, m->flags);
        tl_add_bits(d, BROADCAST, at, 2, m->flags);
        if (is_response(m))
            tl_add_bits(d, RCODE, at, 2, m->flags);
    }
    for (unsigned i = 0; i < 4; i++)
        m->count[i] = tl_u16(d, QUERIES + i);
}

static enum tl_status nbns_dissect(struct tl_dissection *d)
{
    struct message m = { .id = 0 };
    header(d, &m);
    uint32_t records = (uint32_t)m.count[1] + m.count[2] + m.count[3];
    if (tl_ok(d) && m.count[0] * 6u + records * 12 > tl_cursor_wire_left(&d->c))
        tl_bad(d);
    for (unsigned i = 0; i < m.count[0] && tl_ok(d); i++)
        question(d, &m);
    for (unsigned i = 0; i < records && tl_ok(d); i++)
        resource(d, &m);
    if (!tl_ok(d) || d->flow.slot == NULL)
        return tl_next_none(d);
    tl_confirm(d);
    record(d, d->flow.slot, &m);
    return tl_next_none(d);
}

/* A header, then a name that is encoded as names are here. */
static enum tl_probe nbns_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    enum { HEADER = 12 };
    struct tl_netbios_name name;
    uint32_t after;
    const uint8_t *p = tl_cursor_peek(&c, 0, HEADER);
    if (!d->flow.home || d->flow.stream || p == NULL)
        return TL_PROBE_NO;
    unsigned opcode = p[2] >> 3 & 15u, sum = tl_load_be16(p + 4) | tl_load_be16(p + 6);
    if ((opcode != 0 && opcode < 5) || sum == 0)
        return TL_PROBE_NO;
    enum tl_status status = tl_netbios_name(c.base, c.off, c.off + HEADER, c.end, &after, &name);
    if (status == TL_OK)
        return TL_PROBE_YES;
    return status == TL_MORE && c.end < c.wire_end ? TL_PROBE_MAYBE : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_nbns = {
    .name = "nbns",
    .title = "NetBIOS Name Service",
    .service = "nbns",
    .lifetime = TL_LIFETIME_MESSAGES,
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .records = { &nbns_record_def },
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_UDP_PORT, 137 } },
    .info = "{flags.opcode}[ response: {flags.rcode}][ {type}][ {name,}][ {addr,}][ {netbios_name,}]",
    .only_at_home = true,
    .probe = nbns_probe,
    .dissect = nbns_dissect,
    .finish = nbns_finish,
};
