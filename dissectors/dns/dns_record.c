/* dns_record.c - the dns record: a question and its answer. */
#include "dissectors/dns/dns.h"

#include <stddef.h>
#include <stdio.h>

#include "core/time.h"

struct dns_record {
    struct tl_record r;
    const char *proto;
    uint64_t trans_id;
    int64_t rtt;
    struct tl_bytes query;
    uint64_t qclass;
    const char *qclass_name;
    uint64_t qtype;
    const char *qtype_name;
    uint64_t rcode;
    const char *rcode_name;
    uint64_t opcode;
    const char *opcode_name;
    bool aa, tc, rd, ra;
    uint64_t z;
    struct tl_text_list answers;
    struct tl_interval_list ttls;
    bool rejected;
    uint64_t edns_udp_size;
    bool dnssec_ok;
    uint64_t answer_count, authority_count, additional_count;
    uint64_t retransmits;
    struct tl_text_list prerequisites, updates, authority, additional;
    struct tl_bytes client_subnet;
    struct tl_object_list extended_errors;
    char names[4][24]; /* texts for numbers without a name */
};

enum {
    PROTO, TRANS_ID, RTT, QUERY, QCLASS, QCLASS_NAME, QTYPE, QTYPE_NAME, RCODE, RCODE_NAME, OPCODE, OPCODE_NAME, AA, TC,
    RD, RA, Z, ANSWERS, TTLS, REJECTED, EDNS_UDP_SIZE, DNSSEC_OK, ANSWER_COUNT, AUTHORITY_COUNT, ADDITIONAL_COUNT,
    RETRANSMITS, PREREQUISITES, UPDATES, AUTHORITY, ADDITIONAL, CLIENT_SUBNET, EXTENDED_ERRORS,
};

/* RFC 8914. */
struct extended_error {
    struct tl_record r;
    uint64_t code;
    const char *name;
    struct tl_bytes text;
};

enum { ERROR_CODE, ERROR_NAME, ERROR_TEXT };

static const struct tl_record_field error_fields[] = {
    TL_FIELD(struct extended_error, ERROR_CODE, code, "code", TL_REC_COUNT, "Number of the error"),
    TL_FIELD(struct extended_error, ERROR_NAME, name, "name", TL_REC_TOKEN, "Name of the error, if it has one"),
    TL_FIELD(struct extended_error, ERROR_TEXT, text, "text", TL_REC_TEXT, "Text of the server"),
};

static const struct tl_record_def error_def = TL_OBJECT_DEF(error_fields, "An extended error of EDNS");

#define ESCAPED(index, member, key, kind, help) TL_FIELD_ESCAPED(struct dns_record, index, member, key, kind, help)
#define F(index, member, key, kind, help) TL_FIELD(struct dns_record, index, member, key, kind, help)
static const struct tl_record_field fields[] = {
    F(PROTO, proto, "proto", TL_REC_TOKEN, "Transport: udp or tcp"),
    F(TRANS_ID, trans_id, "trans_id", TL_REC_COUNT, "Transaction id"),
    F(RTT, rtt, "rtt", TL_REC_INTERVAL, "Time from the query, as it was sent last, to its response"),
    ESCAPED(QUERY, query, "query", TL_REC_TEXT,
            "Name in the question, in lower case; empty for the root. Multicast DNS without a question: owner of the "
            "first answer"),
    F(QCLASS, qclass, "qclass", TL_REC_COUNT, "Class in the question"),
    F(QCLASS_NAME, qclass_name, "qclass_name", TL_REC_TOKEN, "Name of the class"),
    F(QTYPE, qtype, "qtype", TL_REC_COUNT, "Type in the question"),
    F(QTYPE_NAME, qtype_name, "qtype_name", TL_REC_TOKEN, "Name of the type"),
    F(RCODE, rcode, "rcode", TL_REC_COUNT, "Response code, with the upper bits of EDNS"),
    F(RCODE_NAME, rcode_name, "rcode_name", TL_REC_TOKEN, "Name of the response code"),
    F(OPCODE, opcode, "opcode", TL_REC_COUNT, "Kind of message"),
    F(OPCODE_NAME, opcode_name, "opcode_name", TL_REC_TOKEN, "Name of the kind of message"),
    F(AA, aa, "AA", TL_REC_BOOL, "The response is authoritative"),
    F(TC, tc, "TC", TL_REC_BOOL, "The message was truncated"),
    F(RD, rd, "RD", TL_REC_BOOL, "Recursion was desired"),
    F(RA, ra, "RA", TL_REC_BOOL, "Recursion is available"),
    F(Z, z, "Z", TL_REC_COUNT, "The three bits between RA and the response code (Z, AD, CD)"),
    ESCAPED(ANSWERS, answers, "answers", TL_REC_TEXTS,
            "Data of the records in the answer section; of a dynamic update: in the update section"),
    F(TTLS, ttls, "TTLs", TL_REC_INTERVALS, "Time to live of each of the answers"),
    F(REJECTED, rejected, "rejected", TL_REC_BOOL, "The response contains no records"),
    F(EDNS_UDP_SIZE, edns_udp_size, "edns_udp_size", TL_REC_COUNT, "EDNS: UDP payload the sender accepts, in bytes"),
    F(DNSSEC_OK, dnssec_ok, "dnssec_ok", TL_REC_BOOL, "EDNS: the sender accepts DNSSEC records"),
    F(ANSWER_COUNT, answer_count, "answer_count", TL_REC_COUNT, "Number of answers in the header of the response"),
    F(AUTHORITY_COUNT, authority_count, "authority_count", TL_REC_COUNT, "Number of authority records in that header"),
    F(ADDITIONAL_COUNT, additional_count, "additional_count", TL_REC_COUNT,
      "Number of additional records in that header"),
    F(RETRANSMITS, retransmits, "retransmits", TL_REC_COUNT, "How often the query was sent again, if it was"),
    ESCAPED(PREREQUISITES, prerequisites, "prerequisites", TL_REC_TEXTS,
      "Dynamic update: records that must exist or not (owner, time to live, class, type, data)"),
    ESCAPED(UPDATES, updates, "updates", TL_REC_TEXTS,
      "Dynamic update: records that are added or deleted (owner, time to live, class, type, data)"),
    ESCAPED(AUTHORITY, authority, "authority", TL_REC_TEXTS,
            "Data of the records in the authority section (--dns-sections)"),
    ESCAPED(ADDITIONAL, additional, "additional", TL_REC_TEXTS,
      "Data of the records in the additional section (--dns-sections)"),
    F(CLIENT_SUBNET, client_subnet, "client_subnet", TL_REC_TEXT,
      "EDNS: network of the client, with its prefix length"),
    TL_FIELD_OBJECTS(struct dns_record, EXTENDED_ERRORS, extended_errors, "extended_errors", &error_def,
                     "EDNS: extended errors of the response"),
};
#undef F
#undef ESCAPED

const struct tl_record_def tl_dns_record_def =
    TL_RECORD_DEF("dns", fields, "A DNS question and its answer, also of multicast DNS and LLMNR",
                  .summary = { "query", "qtype_name", "rcode_name", "answers" }, .latency = "rtt");

static const char *numbered(char text[24], const char *before, unsigned number)
{
    snprintf(text, 24, "%s-%u", before, number);
    return text;
}

static const char *class_name(uint16_t value, char text[24])
{
    switch (value) {
    case 1:
        return "C_INTERNET";
    case 2:
        return "C_CSNET";
    case 3:
        return "C_CHAOS";
    case 4:
        return "C_HESIOD";
    case 254:
        return "C_NONE";
    case 255:
        return "C_ANY";
    default:
        return numbered(text, "qclass", value);
    }
}

/* The values of the first `dense` rows are consecutive. */
static const char *named(const struct tl_name *names, unsigned dense, unsigned value, const char *otherwise,
                         char text[24])
{
    unsigned row = value - names[0].value;
    const char *name = row < dense ? names[row].name : tl_name_of(names, value);
    return name != NULL ? name : numbered(text, otherwise, value);
}

static void set(struct dns_record *r, unsigned field)
{
    tl_record_set(&r->r, field);
}

static bool has(const struct dns_record *r, unsigned field)
{
    return r->r.set >> field & 1;
}

/* Time and the fields of the query are already set. */
static void fill_question(struct dns_record *r, const struct tl_dns_question *q, const uint8_t *labels,
                          uint8_t text[TL_DNS_NAME_TEXT])
{
    r->trans_id = q->id;
    r->opcode = q->flags >> 11 & 15;
    r->opcode_name = named(tl_dns_opcodes, 3, (unsigned)r->opcode, "opcode", r->names[0]);
    r->tc = (q->flags & TL_DNS_TC) != 0;
    r->rd = (q->flags & TL_DNS_RD) != 0;
    r->z = q->flags >> 4 & 7;
    set(r, PROTO), set(r, TRANS_ID), set(r, OPCODE), set(r, OPCODE_NAME), set(r, AA), set(r, TC), set(r, RD);
    set(r, RA), set(r, Z), set(r, REJECTED);
    if (q->asked || q->named) {
        r->query = tl_bytes_of(text, tl_dns_name_text(labels, q->name_len, text));
        set(r, QUERY);
    }
    if (q->asked) {
        r->qtype = q->qtype;
        r->qtype_name = named(tl_dns_types, 53, q->qtype, "query", r->names[1]);
        r->qclass = q->qclass;
        r->qclass_name = class_name(q->qclass, r->names[2]);
        set(r, QTYPE), set(r, QTYPE_NAME), set(r, QCLASS), set(r, QCLASS_NAME);
    }
    if (q->opt) {
        r->edns_udp_size = q->udp_size;
        r->dnssec_ok = q->dnssec_ok;
        set(r, EDNS_UDP_SIZE), set(r, DNSSEC_OK);
    }
    if (TL_UNLIKELY(q->retransmits > 0)) {
        r->retransmits = q->retransmits;
        set(r, RETRANSMITS);
    }
}

static void set_list(struct dns_record *r, unsigned field, struct tl_text_list *to, const struct tl_dns_list *list)
{
    if (list->cut)
        r->r.cut |= UINT64_C(1) << field;
    if (list->count == 0)
        return;
    *to = (struct tl_text_list){ list->texts, list->count };
    set(r, field);
}

/* --- the query's own parts --- */

/* Writes the client subnet (RFC 7871 section 6) as "192.0.2.0/24". Returns its length; 0: it is not valid. */
static size_t subnet_text(const struct tl_dissection *d, const struct tl_dns_message *m, uint8_t text[64])
{
    const uint8_t *p = d->c.base + m->subnet;
    uint32_t n = m->subnet_len - 4, room = tl_load_be16(p) == 1 ? 4 : tl_load_be16(p) == 2 ? 16 : 0;
    uint8_t full[16] = { 0 };
    struct tl_buffer b = { .data = text, .capacity = 64, .failed = true };
    if (n > room || room == 0 || p[2] > room * 8)
        return 0;
    memcpy(full, p + 4, n);
    if (room == 4)
        tl_put_ipv4(&b, full);
    else
        tl_put_ipv6(&b, full);
    tl_put_char(&b, '/');
    tl_put_u64(&b, p[2]);
    return b.len;
}

static struct tl_bytes data_of(const struct tl_dns_list *list, uint32_t i)
{
    struct tl_bytes text = list->texts[i];
    return (struct tl_bytes){ text.data + list->data[i], text.len - list->data[i] };
}

static void keep_update(struct tl_dissection *d, struct tl_transactions *list, uint32_t *t,
                        const struct tl_dns_message *m)
{
    const struct tl_dns_list *first = tl_dns_list(m, TL_DNS_ANSWER), *second = tl_dns_list(m, TL_DNS_AUTHORITY);
    for (uint32_t i = 0; i < first->count; i++)
        (void)tl_transaction_add_text(d, list, t, PREREQUISITES, first->texts[i], UINT16_MAX);
    for (uint32_t i = 0; i < second->count; i++) {
        struct tl_bytes data = data_of(second, i);
        (void)tl_transaction_add_text(d, list, t, UPDATES, second->texts[i], UINT16_MAX);
        if (data.len > 0 && tl_transaction_add_text(d, list, t, ANSWERS, data, UINT16_MAX))
            (void)tl_transaction_add_number(d, list, t, TTLS, (uint64_t)second->ttls[i]);
    }
    if (first->cut)
        tl_transaction_cut(d, *t, PREREQUISITES);
    if (second->cut)
        tl_transaction_cut(d, *t, UPDATES), tl_transaction_cut(d, *t, ANSWERS), tl_transaction_cut(d, *t, TTLS);
}

void tl_dns_keep_query(struct tl_dissection *d, struct tl_transactions *list, uint32_t *t,
                       const struct tl_dns_message *m)
{
    uint8_t text[64];
    if (TL_UNLIKELY(m->subnet != 0)) {
        size_t n = subnet_text(d, m, text);
        if (n > 0)
            (void)tl_transaction_text(d, list, t, CLIENT_SUBNET, tl_bytes_of(text, (uint32_t)n), sizeof text);
    }
    if (TL_UNLIKELY(tl_dns_is_update(m)))
        keep_update(d, list, t, m);
}

/* The data of the updates, without those that delete and have none. */
static void fill_update_data(struct tl_dissection *d, struct dns_record *r, const struct tl_dns_list *updates)
{
    struct tl_bytes *texts = tl_arena_alloc(d->scratch, updates->count * sizeof *texts);
    int64_t *ttls = texts != NULL ? tl_arena_alloc(d->scratch, updates->count * sizeof *ttls) : NULL;
    struct tl_dns_list all = { .texts = texts, .cut = updates->cut || ttls == NULL };
    for (uint32_t i = 0; i < updates->count && ttls != NULL; i++) {
        struct tl_bytes data = data_of(updates, i);
        if (data.len == 0)
            continue;
        ttls[all.count] = updates->ttls[i];
        texts[all.count++] = data;
    }
    set_list(r, ANSWERS, &r->answers, &all);
    if (all.count > 0) {
        r->ttls = (struct tl_interval_list){ ttls, all.count };
        set(r, TTLS);
    }
    r->r.cut |= (r->r.cut >> ANSWERS & 1) << TTLS;
}

static void fill_subnet(const struct tl_dissection *d, struct dns_record *r, const struct tl_dns_message *m,
                        uint8_t subnet[64])
{
    if (m->subnet != 0 && !has(r, CLIENT_SUBNET)) {
        size_t n = subnet_text(d, m, subnet);
        r->client_subnet = tl_bytes_of(subnet, (uint32_t)n);
        if (n > 0)
            set(r, CLIENT_SUBNET);
    }
}

static void fill_update(struct tl_dissection *d, struct dns_record *r, const struct tl_dns_message *m)
{
    set_list(r, PREREQUISITES, &r->prerequisites, tl_dns_list(m, TL_DNS_ANSWER));
    set_list(r, UPDATES, &r->updates, tl_dns_list(m, TL_DNS_AUTHORITY));
    if (tl_dns_has_list(m, TL_DNS_AUTHORITY))
        fill_update_data(d, r, tl_dns_list(m, TL_DNS_AUTHORITY));
}

/* --- the response --- */

/* Reads the extended errors among the options, which were read before. */
static void fill_errors(struct tl_dissection *d, struct dns_record *r, const struct tl_dns_message *m)
{
    struct extended_error *errors = tl_arena_alloc(d->scratch, m->errors * sizeof *errors);
    uint32_t n = 0;
    if (errors == NULL) {
        r->r.cut |= UINT64_C(1) << EXTENDED_ERRORS;
        return;
    }
    for (uint32_t at = m->options; at + 4 <= m->options_end && n < m->errors;) {
        const uint8_t *p = d->c.base + at;
        uint32_t len = tl_load_be16(p + 2);
        at += 4 + len;
        if (tl_load_be16(p) != TL_DNS_OPT_ERROR || len < 2)
            continue;
        struct extended_error *e = &errors[n++];
        *e = (struct extended_error){ .code = tl_load_be16(p + 4), .text = tl_bytes_of(p + 6, len - 2) };
        e->name = tl_name_of(tl_dns_error_names, (uint32_t)e->code);
        tl_record_set(&e->r, ERROR_CODE);
        if (e->name != NULL)
            tl_record_set(&e->r, ERROR_NAME);
        if (e->text.len > 0)
            tl_record_set(&e->r, ERROR_TEXT);
    }
    r->extended_errors = (struct tl_object_list){ errors, n, sizeof *errors };
    set(r, EXTENDED_ERRORS);
}

static void fill_response(struct tl_dissection *d, struct dns_record *r, const struct tl_dns_message *m,
                          const struct tl_dns_list *answers)
{
    r->rcode = tl_dns_rcode(m);
    r->rcode_name = named(tl_dns_rcodes, 24, (unsigned)r->rcode, "rcode", r->names[3]);
    r->aa = (m->flags & TL_DNS_AA) != 0;
    r->ra = (m->flags & TL_DNS_RA) != 0;
    r->rejected = m->count[1] + m->count[2] + m->count[3] == 0 || (r->rcode != 0 && m->count[0] == 0);
    r->answer_count = m->count[1];
    r->authority_count = m->count[2];
    r->additional_count = m->count[3];
    set(r, RCODE), set(r, RCODE_NAME), set(r, ANSWER_COUNT), set(r, AUTHORITY_COUNT), set(r, ADDITIONAL_COUNT);
    if (TL_UNLIKELY(m->errors > 0))
        fill_errors(d, r, m);
    if (TL_UNLIKELY(tl_dns_is_update(m)))
        return; /* what it repeats of the query is in the record already */
    if (TL_UNLIKELY(tl_dns_has_list(m, TL_DNS_AUTHORITY)))
        set_list(r, AUTHORITY, &r->authority, tl_dns_list(m, TL_DNS_AUTHORITY));
    if (TL_UNLIKELY(tl_dns_has_list(m, TL_DNS_ADDITIONAL)))
        set_list(r, ADDITIONAL, &r->additional, tl_dns_list(m, TL_DNS_ADDITIONAL));
    if (answers == NULL)
        return;
    set_list(r, ANSWERS, &r->answers, answers);
    if (answers->count > 0) {
        r->ttls = (struct tl_interval_list){ answers->ttls, answers->count };
        set(r, TTLS);
    }
    if (answers->cut)
        r->r.cut |= UINT64_C(1) << TTLS;
}

static void begin_record(const struct tl_dissection *d, struct dns_record *r)
{
    memset(r, 0, offsetof(struct dns_record, names));
    r->proto = d->flow.ip_proto == 6 ? "tcp" : d->flow.ip_proto == 17 ? "udp" : "unknown_transport";
}

void tl_dns_emit_unpaired(struct tl_dissection *d, const struct tl_dns_question *q, const struct tl_dns_name *name,
                          const struct tl_dns_message *message, const struct tl_dns_list *answers)
{
    struct dns_record r;
    uint8_t text[TL_DNS_NAME_TEXT], subnet[64];
    begin_record(d, &r);
    r.r.ts = d->frame->ts;
    fill_question(&r, q, name->labels, text);
    fill_subnet(d, &r, message, subnet);
    if (tl_dns_is_update(message))
        fill_update(d, &r, message);
    if ((message->flags & TL_DNS_QR) != 0)
        fill_response(d, &r, message, answers);
    tl_emit(d, &tl_dns_record_def, &r.r);
}

void tl_dns_emit_waiting(struct tl_dissection *d, uint32_t t, const struct tl_dns_message *response,
                         const struct tl_dns_list *answers)
{
    struct dns_record r;
    uint8_t text[TL_DNS_NAME_TEXT], subnet[64];
    begin_record(d, &r);
    tl_transaction_load(d, t, &r.r);
    const struct tl_dns_question *q = tl_transaction_extra(d, t);
    fill_question(&r, q, (const uint8_t *)(q + 1), text);
    if (response != NULL) {
        fill_response(d, &r, response, answers);
        fill_subnet(d, &r, response, subnet);
        r.rtt = tl_time_between(q->last <= d->frame->ts ? q->last : r.r.ts, d->frame->ts);
        set(&r, RTT);
    }
    tl_emit(d, &tl_dns_record_def, &r.r);
}
