/*
 * dns_pair.c - pairs queries with their responses: by id, question and ports (RFC 5452 section 9.1), the oldest that
 * fits first.
 */
#include "dissectors/dns/dns.h"

#include "core/time.h"

enum {
    PENDING_MAX = 64, /* questions of a flow that wait for an answer; beyond that the oldest is emitted */
    OWNERS_MAX = 16,  /* answers whose owners are compared with them, in a response without a question */
};

struct flow {
    struct tl_transactions waiting; /* extra: struct tl_dns_question and its labels; keyed by id */
    uint32_t seen : 1;      /* a message was read */
    uint32_t confirmed : 1;
    uint32_t lost : 2;      /* one bit per side */
    uint32_t messages : 28; /* queries; begins again after the last number */
};
_Static_assert(sizeof(struct flow) == TL_DNS_FLOW_SIZE, "what the descriptor asks for");

static const uint8_t *labels_of(const struct tl_dns_question *q)
{
    return (const uint8_t *)(q + 1);
}

/* Returns the end of the flow that a side has. */
static uint8_t end_of(const struct tl_dissection *d, unsigned side)
{
    const struct tl_flow_view *f = &d->flow;
    uint16_t from = side == 0 ? f->orig_port : f->resp_port, to = side == 0 ? f->resp_port : f->orig_port;
    if (TL_LIKELY(from != to))
        return from > to ? TL_DNS_HIGHER : TL_DNS_LOWER;
    if (f->orig_addr == NULL || f->resp_addr == NULL)
        return TL_DNS_EITHER;
    int order = memcmp(f->orig_addr, f->resp_addr, f->version == 4 ? 4 : 16);
    if (order == 0)
        return TL_DNS_EITHER;
    return (order > 0) == (side == 0) ? TL_DNS_HIGHER : TL_DNS_LOWER;
}

static bool is_question(const struct tl_dns_question *q, const struct tl_dns_asked *asked)
{
    return q->asked && q->qtype == asked->qtype && q->qclass == asked->qclass && q->name_len == asked->name.len &&
           memcmp(labels_of(q), asked->name.labels, q->name_len) == 0;
}

static void question_of(const struct tl_dns_message *m, const struct tl_dns_asked *asked, struct tl_dns_question *q)
{
    *q = (struct tl_dns_question){ .id = m->id, .flags = m->flags, .udp_size = m->udp_size, .opt = m->opt,
                                   .dnssec_ok = m->dnssec_ok };
    if (asked == NULL)
        return;
    q->asked = true;
    q->qtype = asked->qtype;
    q->qclass = asked->qclass;
    q->name_len = (uint8_t)asked->name.len;
}

static uint32_t questions_used(const struct tl_dns_message *m)
{
    return m->asked < TL_DNS_QUESTIONS ? m->asked : TL_DNS_QUESTIONS;
}

/* Reads the questions into scratch memory. NULL: it is full. */
static struct tl_dns_asked *read_questions(struct tl_dissection *d, const struct tl_dns_message *m)
{
    uint32_t at = m->questions, count = questions_used(m);
    struct tl_dns_asked *asked = tl_arena_alloc(d->scratch, count * sizeof *asked);
    for (uint32_t i = 0; i < count && asked != NULL; i++)
        tl_dns_read_question(d, m, &at, &asked[i]);
    return asked;
}

/* --- messages without a pair --- */

/* The owner of the first answer names a message of multicast DNS, which has no question. */
static void name_by_answer(const struct tl_dissection *d, const struct tl_dns_message *m, struct tl_dns_question *q,
                           struct tl_dns_name *name)
{
    uint32_t after;
    if (!m->mdns || m->first_owner == 0 ||
        tl_dns_name_walk(d->c.base, m->start, m->first_owner, m->end, &after, name) != TL_OK)
        return;
    tl_dns_lower(name);
    q->named = true;
    q->name_len = (uint8_t)name->len;
}

/* A record for each question and its answers, without pairing; to a multicast address one for the message. */
static void emit_questions(struct tl_dissection *d, const struct tl_dns_message *m)
{
    struct tl_dns_asked *asked = read_questions(d, m);
    uint32_t count = questions_used(m);
    const uint64_t *share = asked != NULL && !d->flow.multicast ? tl_dns_share(d, m, asked, count) : NULL;
    uint32_t at = m->questions;
    for (uint32_t i = 0; i < count && (i == 0 || !d->flow.multicast); i++) {
        struct tl_dns_asked one;
        struct tl_dns_question q;
        tl_dns_read_question(d, m, &at, &one);
        question_of(m, &one, &q);
        struct tl_dns_list answers = tl_dns_part(d, m, share, i);
        tl_dns_emit_unpaired(d, &q, &one.name, m, &answers);
    }
}

static void emit_alone(struct tl_dissection *d, const struct tl_dns_message *m)
{
    struct tl_dns_asked asked;
    struct tl_dns_question q;
    uint32_t at = m->questions;
    asked.name.len = 0;
    if (TL_UNLIKELY(m->asked > 1)) {
        emit_questions(d, m);
        return;
    }
    if (m->asked == 1)
        tl_dns_read_question(d, m, &at, &asked);
    question_of(m, m->asked == 1 ? &asked : NULL, &q);
    if (m->asked == 0)
        name_by_answer(d, m, &q, &asked.name);
    tl_dns_emit_unpaired(d, &q, &asked.name, m, tl_dns_list(m, TL_DNS_ANSWER));
}

/* --- queries --- */

/* The fields of a response that are known from its query; once, for however many questions. */
static TL_COLD void note_pair(struct tl_dissection *d, uint32_t t)
{
    const struct tl_dns_question *q = tl_transaction_extra(d, t);
    const struct tl_node *last = d->tree->count > 0 ? &d->tree->nodes[d->tree->count - 1] : NULL;
    const int64_t time = tl_time_between(tl_transaction_ts(d, t), d->frame->ts);
    if (last != NULL && last->protocol == d->protocol_index &&
        (last->field == DNS_TIME || last->field == DNS_RESPONSE_TO))
        return;
    tl_add(d, DNS_RESPONSE_TO, 0, 0, q->packet);
    if (time != INT64_MAX && time != INT64_MIN)
        tl_add(d, DNS_TIME, 0, 0, (uint64_t)time);
}

static void emit_waiting(struct tl_dissection *d, struct flow *f, uint32_t t, const struct tl_dns_message *response,
                         const struct tl_dns_list *answers)
{
    if (TL_UNLIKELY(d->wanted != NULL) && response != NULL)
        note_pair(d, t);
    tl_dns_emit_waiting(d, t, response, answers);
    tl_transaction_drop(d, &f->waiting, t);
}

/* Returns whether the question is one that already waits and was sent again. Over TCP nothing is sent again. */
static bool asked_again(struct tl_dissection *d, const struct flow *f, const struct tl_dns_question *q,
                        const struct tl_dns_asked *asked)
{
    if (d->flow.stream)
        return false;
    for (uint32_t t = tl_transaction_find(d, &f->waiting, q->id); t != 0; t = tl_transaction_again(d, t)) {
        struct tl_dns_question *before = tl_transaction_extra(d, t);
        bool same = asked != NULL ? is_question(before, asked) : !before->asked;
        if (!same || before->message == q->message || before->end != q->end || (before->flags ^ q->flags) >> 11 != 0)
            continue;
        before->last = d->frame->ts;
        before->retransmits++;
        return true;
    }
    return false;
}

static void wait_for_response(struct tl_dissection *d, struct flow *f, const struct tl_dns_message *m,
                              const struct tl_dns_asked *asked, uint8_t end)
{
    static const struct tl_dns_name no_name;
    struct tl_dns_question q;
    question_of(m, asked, &q);
    q.last = d->frame->ts;
    q.packet = d->frame->number;
    q.message = f->messages;
    q.end = end;
    if (asked_again(d, f, &q, asked))
        return;
    if (TL_UNLIKELY(f->waiting.count == PENDING_MAX))
        emit_waiting(d, f, f->waiting.first, NULL, NULL);
    uint32_t t = tl_transaction_begin(d, &f->waiting, &tl_dns_record_def, q.id, d->frame->ts,
                                      (uint32_t)sizeof q + q.name_len, 0);
    if (t == 0) {
        tl_dns_emit_unpaired(d, &q, asked != NULL ? &asked->name : &no_name, m, NULL);
        return;
    }
    struct tl_dns_question *kept = tl_transaction_extra(d, t);
    *kept = q;
    if (asked != NULL)
        memcpy(kept + 1, asked->name.labels, q.name_len);
    tl_dns_keep_query(d, &f->waiting, &t, m);
}

static void query(struct tl_dissection *d, struct flow *f, const struct tl_dns_message *m, uint8_t end)
{
    struct tl_dns_asked asked;
    uint32_t at = m->questions, count = questions_used(m);
    f->messages++;
    if (TL_LIKELY(count <= 1)) {
        wait_for_response(d, f, m, count == 1 ? &m->first : NULL, end);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        tl_dns_read_question(d, m, &at, &asked);
        wait_for_response(d, f, m, &asked, end);
    }
}

/* --- responses --- */

static bool may_answer(const struct tl_dns_question *q, uint8_t end)
{
    return q->end != end || end == TL_DNS_EITHER;
}

/* Returns the oldest question that the response repeats, or 0. */
static uint32_t find_question(const struct tl_dissection *d, const struct flow *f, const struct tl_dns_message *m,
                              const struct tl_dns_asked *asked, uint8_t end)
{
    uint32_t t = tl_transaction_find(d, &f->waiting, m->id);
    for (; t != 0; t = tl_transaction_again(d, t)) {
        const struct tl_dns_question *q = tl_transaction_extra(d, t);
        if (may_answer(q, end) && is_question(q, asked))
            return t;
    }
    return 0;
}

/* Returns the oldest question that the response's only one, not compressed, repeats, or 0. */
static uint32_t find_repeated(const struct tl_dissection *d, const struct flow *f, const struct tl_dns_message *m,
                              uint8_t end)
{
    uint32_t t = tl_transaction_find(d, &f->waiting, m->id);
    const uint8_t *wire = d->c.base + m->questions, *numbers = d->c.base + m->records - 4;
    uint32_t name_len = m->records - m->questions - 5;
    for (; t != 0; t = tl_transaction_again(d, t)) {
        const struct tl_dns_question *q = tl_transaction_extra(d, t);
        if (q->asked && q->name_len == name_len && may_answer(q, end) && q->qtype == tl_load_be16(numbers) &&
            q->qclass == (tl_load_be16(numbers + 2) & (m->mdns ? 0x7fff : 0xffff)) &&
            tl_dns_same_name(wire, labels_of(q), name_len))
            return t;
    }
    return 0;
}

/* A response to several questions. Those that were not asked get a record of their own. */
static bool answer_several(struct tl_dissection *d, struct flow *f, const struct tl_dns_message *m, uint8_t end)
{
    struct tl_dns_asked *asked = read_questions(d, m);
    uint32_t count = questions_used(m), found = 0;
    for (uint32_t i = 0; i < count && asked != NULL; i++)
        found += find_question(d, f, m, &asked[i], end) != 0;
    if (found == 0 || asked == NULL)
        return false;
    const uint64_t *share = tl_dns_share(d, m, asked, count);
    for (uint32_t i = 0; i < count; i++) {
        struct tl_dns_list answers = tl_dns_part(d, m, share, i);
        uint32_t t = find_question(d, f, m, &asked[i], end);
        struct tl_dns_question q;
        question_of(m, &asked[i], &q);
        if (t != 0)
            emit_waiting(d, f, t, m, &answers);
        else
            tl_dns_emit_unpaired(d, &q, &asked[i].name, m, &answers);
    }
    return true;
}

/* The first question of the message whose question is t. */
static uint32_t first_of(const struct tl_dissection *d, const struct flow *f, uint32_t t)
{
    const struct tl_dns_question *q = tl_transaction_extra(d, t);
    uint32_t first = tl_transaction_find(d, &f->waiting, q->id);
    while (((const struct tl_dns_question *)tl_transaction_extra(d, first))->message != q->message)
        first = tl_transaction_again(d, first);
    return first;
}

/* Is the owner of one of the answers the question's name? */
static bool is_owner(const struct tl_dns_name *owners, uint32_t count, const struct tl_dns_question *q)
{
    for (uint32_t i = 0; i < count; i++) {
        if (owners[i].len == q->name_len && memcmp(owners[i].labels, labels_of(q), q->name_len) == 0)
            return true;
    }
    return false;
}

/* Reads the owners of the first answers, once each however many questions wait. Returns their number. */
static uint32_t read_owners(const struct tl_dissection *d, const struct tl_dns_message *m,
                            struct tl_dns_name owners[OWNERS_MAX])
{
    uint32_t count = 0, answers = tl_dns_list(m, TL_DNS_ANSWER)->count;
    for (uint32_t i = 0; i < answers && i < OWNERS_MAX; i++)
        count += tl_dns_owner(d, m, i, &owners[count]);
    return count;
}

/*
 * A response that repeats no question: an error, or multicast DNS to one host (RFC 6762 section 6). It answers the
 * oldest query with its id, and with answers the oldest that has the name of one of the first.
 */
static uint32_t find_by_answers(const struct tl_dissection *d, const struct flow *f, const struct tl_dns_message *m,
                                uint8_t end)
{
    struct tl_dns_name owners[OWNERS_MAX];
    bool bare = m->count[1] == 0 || tl_dns_is_update(m);
    uint32_t t = tl_transaction_find(d, &f->waiting, m->id), count = bare || t == 0 ? 0 : read_owners(d, m, owners);
    for (; t != 0; t = tl_transaction_again(d, t)) {
        const struct tl_dns_question *q = tl_transaction_extra(d, t);
        if (may_answer(q, end) && (bare || !q->asked || is_owner(owners, count, q)))
            return first_of(d, f, t);
    }
    return 0;
}

/* Answers all questions of one message. */
static bool answer_message(struct tl_dissection *d, struct flow *f, const struct tl_dns_message *m, uint8_t end)
{
    uint32_t first = find_by_answers(d, f, m, end), handles[TL_DNS_QUESTIONS], count = 0;
    if (first == 0)
        return false;
    uint32_t message = ((const struct tl_dns_question *)tl_transaction_extra(d, first))->message;
    for (uint32_t t = first; t != 0 && count < TL_DNS_QUESTIONS; t = tl_transaction_again(d, t)) {
        if (((const struct tl_dns_question *)tl_transaction_extra(d, t))->message == message)
            handles[count++] = t;
    }
    struct tl_dns_asked *asked = count > 1 ? tl_arena_alloc(d->scratch, count * sizeof *asked) : NULL;
    for (uint32_t i = 0; i < count && asked != NULL; i++) {
        const struct tl_dns_question *q = tl_transaction_extra(d, handles[i]);
        asked[i].qtype = q->qtype;
        asked[i].name.len = q->name_len;
        memcpy(asked[i].name.labels, labels_of(q), q->name_len);
    }
    const uint64_t *share = asked != NULL ? tl_dns_share(d, m, asked, count) : NULL;
    for (uint32_t i = 0; i < count; i++) {
        struct tl_dns_list answers = tl_dns_part(d, m, share, i);
        emit_waiting(d, f, handles[i], m, &answers);
    }
    return true;
}

/* Returns false if no query waits that the response can be meant for. */
static bool response(struct tl_dissection *d, struct flow *f, const struct tl_dns_message *m, uint8_t end)
{
    if (f->waiting.first == 0)
        return false;
    if (TL_UNLIKELY(m->asked == 0))
        return answer_message(d, f, m, end);
    if (TL_UNLIKELY(m->asked > 1))
        return answer_several(d, f, m, end);
    uint32_t t = find_repeated(d, f, m, end);
    if (TL_UNLIKELY(t == 0)) {
        struct tl_dns_asked asked;
        uint32_t at = m->questions;
        tl_dns_read_question(d, m, &at, &asked);
        t = find_question(d, f, m, &asked, end);
    }
    if (t == 0)
        return false;
    emit_waiting(d, f, t, m, tl_dns_list(m, TL_DNS_ANSWER));
    return true;
}

/* Returns whether it is certainly DNS: all values of the header are defined, and something after it could be read. */
static bool is_certain(const struct tl_dissection *d, const struct tl_dns_message *m)
{
    unsigned opcode = tl_dns_opcode(m);
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
    uint8_t end = end_of(d, m->side);
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
        query(d, f, m, end);
    else if (!pairs || !response(d, f, m, end))
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
        f->lost = ((f->lost & ~(1u << side)) | (unsigned)lost << side) & 3;
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
        emit_waiting(d, f, f->waiting.first, NULL, NULL);
}
