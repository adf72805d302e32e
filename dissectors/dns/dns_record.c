/* dns_record.c - the dns record: pairs queries with their responses and emits one record for both. */
#include "dissectors/dns/dns.h"

#include <stddef.h>
#include <stdio.h>

#include "core/time.h"

enum { PENDING_MAX = 64 }; /* questions of a flow that wait for an answer; beyond that the oldest is emitted */

/* A pending question, without its name. */
struct question {
    uint16_t id, flags, qtype, qclass, udp_size;
    bool asked : 1; /* the message had one: qtype and qclass are set */
    bool more : 1;  /* another question of the same message as the one before */
    bool opt : 1, dnssec_ok : 1;
};

struct flow {
    struct tl_transactions waiting; /* extra: struct question; keyed by id */
    bool seen;        /* a message was read */
    bool confirmed;
    uint8_t lost;     /* one bit per side */
};
_Static_assert(sizeof(struct flow) == TL_DNS_FLOW_SIZE, "what the descriptor asks for");

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
    char names[4][24]; /* texts for numbers without a name */
};

enum {
    PROTO, TRANS_ID, RTT, QUERY, QCLASS, QCLASS_NAME, QTYPE, QTYPE_NAME, RCODE, RCODE_NAME, OPCODE, OPCODE_NAME, AA, TC,
    RD, RA, Z, ANSWERS, TTLS, REJECTED, EDNS_UDP_SIZE, DNSSEC_OK, ANSWER_COUNT, AUTHORITY_COUNT, ADDITIONAL_COUNT,
};

#define F(index, member, key, kind, help) TL_FIELD(struct dns_record, index, member, key, kind, help)
static const struct tl_record_field fields[] = {
    F(PROTO, proto, "proto", TL_REC_TOKEN, "Transport: udp or tcp"),
    F(TRANS_ID, trans_id, "trans_id", TL_REC_COUNT, "Transaction id"),
    F(RTT, rtt, "rtt", TL_REC_INTERVAL, "Time from the query to its response"),
    F(QUERY, query, "query", TL_REC_TEXT, "Name in the question, in lower case; empty for the root"),
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
    F(ANSWERS, answers, "answers", TL_REC_TEXTS, "Data of the records in the answer section"),
    F(TTLS, ttls, "TTLs", TL_REC_INTERVALS, "Time to live of each of the answers"),
    F(REJECTED, rejected, "rejected", TL_REC_BOOL, "The response contains no records"),
    F(EDNS_UDP_SIZE, edns_udp_size, "edns_udp_size", TL_REC_COUNT, "EDNS: UDP payload the sender accepts, in bytes"),
    F(DNSSEC_OK, dnssec_ok, "dnssec_ok", TL_REC_BOOL, "EDNS: the sender accepts DNSSEC records"),
    F(ANSWER_COUNT, answer_count, "answer_count", TL_REC_COUNT, "Number of answers in the header of the response"),
    F(AUTHORITY_COUNT, authority_count, "authority_count", TL_REC_COUNT, "Number of authority records in that header"),
    F(ADDITIONAL_COUNT, additional_count, "additional_count", TL_REC_COUNT,
      "Number of additional records in that header"),
};
#undef F

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

/* Name and time are already set. */
static void fill_question(struct dns_record *r, const struct question *q)
{
    r->trans_id = q->id;
    r->opcode = q->flags >> 11 & 15;
    r->opcode_name = named(tl_dns_opcodes, 3, (unsigned)r->opcode, "opcode", r->names[0]);
    r->tc = (q->flags & TL_DNS_TC) != 0;
    r->rd = (q->flags & TL_DNS_RD) != 0;
    r->z = q->flags >> 4 & 7;
    set(r, TRANS_ID), set(r, OPCODE), set(r, OPCODE_NAME), set(r, AA), set(r, TC), set(r, RD), set(r, RA), set(r, Z);
    set(r, REJECTED);
    if (q->asked) {
        r->qtype = q->qtype;
        r->qtype_name = named(tl_dns_types, 53, q->qtype, "query", r->names[1]);
        r->qclass = q->qclass;
        r->qclass_name = class_name(q->qclass, r->names[2]);
        set(r, QTYPE), set(r, QTYPE_NAME), set(r, QCLASS), set(r, QCLASS_NAME), set(r, QUERY);
    }
    if (q->opt) {
        r->edns_udp_size = q->udp_size;
        r->dnssec_ok = q->dnssec_ok;
        set(r, EDNS_UDP_SIZE), set(r, DNSSEC_OK);
    }
}

static void fill_response(struct dns_record *r, const struct tl_dns_message *m, bool answers)
{
    r->rcode = (uint64_t)(m->flags & 15) | (m->opt ? (uint64_t)m->ext_rcode << 4 : 0);
    r->rcode_name = named(tl_dns_rcodes, 24, (unsigned)r->rcode, "rcode", r->names[3]);
    r->aa = (m->flags & TL_DNS_AA) != 0;
    r->ra = (m->flags & TL_DNS_RA) != 0;
    r->rejected = m->count[1] + m->count[2] + m->count[3] == 0 || (r->rcode != 0 && m->count[0] == 0);
    r->answer_count = m->count[1];
    r->authority_count = m->count[2];
    r->additional_count = m->count[3];
    set(r, RCODE), set(r, RCODE_NAME), set(r, ANSWER_COUNT), set(r, AUTHORITY_COUNT), set(r, ADDITIONAL_COUNT);
    if (!answers)
        return;
    if (m->answer_count > 0) {
        r->answers = (struct tl_text_list){ m->answers, m->answer_count };
        r->ttls = (struct tl_interval_list){ m->ttls, m->answer_count };
        set(r, ANSWERS), set(r, TTLS);
    }
    if (m->answers_cut)
        r->r.cut |= UINT64_C(1) << ANSWERS | UINT64_C(1) << TTLS;
}

static void begin_record(const struct tl_dissection *d, struct dns_record *r)
{
    memset(r, 0, offsetof(struct dns_record, names));
    r->proto = d->flow.ip_proto == 6 ? "tcp" : d->flow.ip_proto == 17 ? "udp" : "unknown_transport";
}

/* Emits a record for a question and (or NULL) an unpaired response. */
static void emit_unpaired(struct tl_dissection *d, const struct question *q, struct tl_bytes name,
                          const struct tl_dns_message *response, bool answers)
{
    struct dns_record r;
    begin_record(d, &r);
    r.r.ts = d->frame->ts;
    r.query = name;
    set(&r, PROTO);
    fill_question(&r, q);
    if (response != NULL)
        fill_response(&r, response, answers);
    tl_emit(d, &tl_dns_record_def, &r.r);
}

/* Emits a pending question and (or NULL) its response. */
static void emit_waiting(struct tl_dissection *d, struct flow *f, uint32_t t, const struct tl_dns_message *response,
                         bool answers)
{
    struct dns_record r;
    begin_record(d, &r);
    tl_transaction_load(d, t, &r.r);
    set(&r, PROTO);
    fill_question(&r, tl_transaction_extra(d, t));
    if (response != NULL) {
        fill_response(&r, response, answers);
        r.rtt = tl_time_between(r.r.ts, d->frame->ts);
        set(&r, RTT);
    }
    tl_emit(d, &tl_dns_record_def, &r.r);
    tl_transaction_drop(d, &f->waiting, t);
}

static void wait_for_response(struct tl_dissection *d, struct flow *f, const struct question *q, struct tl_bytes name)
{
    if (TL_UNLIKELY(f->waiting.count == PENDING_MAX))
        emit_waiting(d, f, f->waiting.first, NULL, false);
    uint32_t t = tl_transaction_begin(d, &f->waiting, &tl_dns_record_def, q->id, d->frame->ts, sizeof *q,
                                      TL_TRANSACTION_ITEM + name.len);
    if (t == 0) {
        emit_unpaired(d, q, name, NULL, false);
        return;
    }
    *(struct question *)tl_transaction_extra(d, t) = *q;
    if (q->asked)
        (void)tl_transaction_text(d, &f->waiting, &t, QUERY, name, TL_DNS_NAME);
}

static void question_of(const struct tl_dns_message *m, struct question *q)
{
    *q = (struct question){ .id = m->id, .flags = m->flags, .udp_size = m->udp_size, .opt = m->opt,
                            .dnssec_ok = m->dnssec_ok };
}

/*
 * Reads the question at *at of a message that was read before: its name, and q's type and class. *at becomes the offset
 * of the next question.
 */
static void read_question(const struct tl_dissection *d, const struct tl_dns_message *m, uint32_t *at,
                          struct question *q, struct tl_dns_name *name)
{
    uint32_t after = *at;
    if (tl_dns_name_walk(d->c.base, m->start, *at, UINT32_MAX, &after, name) != TL_OK)
        return;
    tl_dns_lower(name);
    q->asked = true;
    q->qtype = tl_load_be16(d->c.base + after);
    q->qclass = tl_load_be16(d->c.base + after + 2);
    if (m->mdns)
        q->qclass &= 0x7fff;
    *at = after + 4;
}

/* Emits one record per question (one without a name if there is none), without pairing. */
static void emit_alone(struct tl_dissection *d, const struct tl_dns_message *m)
{
    const struct tl_dns_message *response = m->flags & TL_DNS_QR ? m : NULL;
    struct question q;
    struct tl_dns_name name = { .len = 0 };
    uint32_t at = m->questions, i = 0;
    do {
        question_of(m, &q);
        if (i < m->asked)
            read_question(d, m, &at, &q, &name);
        emit_unpaired(d, &q, tl_bytes_of(name.text, name.len), response, i == 0);
    } while (++i < m->asked && i < TL_DNS_QUESTIONS && !d->flow.multicast); /* multicast: one record per message */
}

static void query(struct tl_dissection *d, struct flow *f, const struct tl_dns_message *m)
{
    struct question q;
    struct tl_dns_name name = { .len = 0 };
    uint32_t at = m->questions, i = 0;
    do {
        question_of(m, &q);
        if (i < m->asked)
            read_question(d, m, &at, &q, &name);
        q.more = i > 0;
        wait_for_response(d, f, &q, tl_bytes_of(name.text, name.len));
    } while (++i < m->asked && i < TL_DNS_QUESTIONS);
}

/* Takes the oldest query with the response's id, and the other questions of its message, and emits them. */
static bool response(struct tl_dissection *d, struct flow *f, const struct tl_dns_message *m)
{
    uint32_t t = tl_transaction_find(d, &f->waiting, m->id);
    if (t == 0)
        return false;
    bool first = true, goes_on;
    do {
        uint32_t next = tl_transaction_next(d, t);
        const struct question *q = next != 0 ? tl_transaction_extra(d, next) : NULL;
        goes_on = q != NULL && q->more && q->id == m->id;
        emit_waiting(d, f, t, m, first);
        first = false;
        t = next;
    } while (goes_on);
    return true;
}

/* Returns whether it is certainly DNS: all values of the header are defined, and something after it could be read. */
static bool is_certain(const struct tl_dissection *d, const struct tl_dns_message *m)
{
    unsigned opcode = m->flags >> 11 & 15;
    if (opcode > 6 || opcode == 3 || (m->flags & TL_DNS_Z) != 0)
        return false;
    return m->asked > 0 || (tl_ok(d) && m->count[1] + m->count[2] + m->count[3] > 0);
}

void tl_dns_conclude(struct tl_dissection *d, const struct tl_dns_message *m)
{
    if (d->frame->quoted || d->flow.slot == NULL)
        return;
    bool is_response = (m->flags & TL_DNS_QR) != 0;
    struct flow *f = d->flow.slot;
    if (TL_UNLIKELY(!f->seen && is_response && m->side == 0 && !d->flow.multicast)) {
        tl_turn(d);
        f = d->flow.slot;
        if (f == NULL)
            return;
    }
    f->seen = true;
    if (!f->confirmed && is_certain(d, m)) {
        f->confirmed = true;
        tl_confirm(d);
    }
    bool pairs = !d->flow.multicast;
    if (pairs && !is_response)
        query(d, f, m);
    else if (!pairs || !response(d, f, m))
        emit_alone(d, m);
}

bool tl_dns_confirmed(const struct tl_dissection *d)
{
    const struct flow *f = d->flow.slot;
    return f != NULL && f->confirmed;
}

void tl_dns_set_lost(struct tl_dissection *d, unsigned side, bool lost)
{
    struct flow *f = d->flow.slot;
    if (f != NULL)
        f->lost = (uint8_t)((f->lost & ~(1u << side)) | (unsigned)lost << side);
}

bool tl_dns_is_lost(const struct tl_dissection *d, unsigned side)
{
    const struct flow *f = d->flow.slot;
    return f != NULL && (f->lost >> side & 1) != 0;
}

void tl_dns_finish(struct tl_dissection *d)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return;
    while (f->waiting.first != 0)
        emit_waiting(d, f, f->waiting.first, NULL, false);
}
