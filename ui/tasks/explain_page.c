/*
 * explain_page.c - gives the packets of a flow, and those of others that can tell about it, to explain/, and makes lines of
 * the result.
 */
#include "ui/tasks/explain_page.h"

#include <stdlib.h>
#include <string.h>

#include "capture/clock.h"
#include "core/time.h"
#include "explain/explain.h"
#include "ui/tasks/fetch.h"

#define AROUND INT64_C(10000000000) /* ns before and after the flow in which others tell about it */
#define KEPT INT64_C(7200000000000) /* ns: no flow is kept for longer without a packet, see tl_explain_new() */

enum { DNS_PORT = 53, ICMP = 1, ICMPV6 = 58, TCP = 6 };

struct explain_page {
    struct tl_page page; /* first: it is what callers have */
    struct tl_flow_row flow;
    uint64_t gone;       /* packets that cannot be read again */
};

static size_t address_len(const struct tl_flow_id *id)
{
    return id->version == 6 ? 16 : 4;
}

static bool has_ends(const struct tl_flow_id *a, const struct tl_flow_id *b)
{
    size_t n = address_len(a);
    return a->version == b->version && a->ip_proto == b->ip_proto && a->orig_port == b->orig_port &&
           a->resp_port == b->resp_port && memcmp(a->orig_addr, b->orig_addr, n) == 0 &&
           memcmp(a->resp_addr, b->resp_addr, n) == 0;
}

/* Does another flow between the same ends begin? ICMP errors after that are taken for its. */
static bool is_next(const struct explain_page *p, const struct tl_row *row)
{
    struct tl_flow_row other;
    return row->flow != TL_STORE_NONE && row->flow != p->page.flow &&
           tl_store_flow(p->page.source->store, row->flow, &other) && has_ends(&other.id, &p->flow.id);
}

/*
 * ICMP errors quote packets of the flow, also long after it, as long as it is kept. A look-up may have led to the flow, and an
 * attempt over IPv6 before it.
 */
static bool tells_about(const struct explain_page *p, const struct tl_row *row, bool later)
{
    struct tl_flow_row other;
    if (row->flow == p->page.flow)
        return true;
    if (row->flow == TL_STORE_NONE || !tl_store_flow(p->page.source->store, row->flow, &other))
        return false;
    const struct tl_flow_id *id = &other.id;
    if (id->ip_proto == ICMP || id->ip_proto == ICMPV6)
        return true;
    if (later)
        return false;
    return id->resp_port == DNS_PORT ||
           (id->ip_proto == TCP && id->version == 6 && p->flow.id.version == 4 && id->resp_port == p->flow.id.resp_port &&
            tl_time_between(other.first_ts, p->flow.first_ts) < AROUND);
}

static void read_packets(struct explain_page *p, struct tl_explain *explain)
{
    const struct tl_store *store = p->page.source->store;
    struct tl_task *task = &p->page.task;
    struct tl_fetch fetch;
    struct tl_row row, after;
    struct tl_packet packet;
    struct tl_clock clock = { 0 };
    uint64_t first = tl_store_first(store), end = tl_store_count(store);
    int64_t last_ts = tl_store_row(store, p->flow.last_row, &row) ? row.ts : p->flow.first_ts;
    if (!tl_fetch_init(&fetch, p->page.source))
        return;
    tl_fetch_in_order(&fetch);
    atomic_store(&task->total, end > first ? end - first : 0);
    for (uint64_t i = first; i < end && !tl_task_is_off(task); i++) {
        atomic_store_explicit(&task->at, i - first, memory_order_relaxed);
        if (!tl_store_row(store, i, &row))
            continue;
        bool next = tl_clock_is_step(&clock, row.ts) && tl_store_row(store, i + 1, &after);
        tl_clock_advance(&clock, row.ts, next ? &after.ts : NULL);
        int64_t since = i > p->flow.last_row ? tl_time_between(last_ts, row.ts) : 0;
        if (since > KEPT || (i > p->flow.last_row && is_next(p, &row)))
            break;
        if (!tells_about(p, &row, since > AROUND))
            continue;
        if (tl_fetch_packet(&fetch, i, &row, &packet)) {
            packet.etime = clock.now;
            tl_explain_packet(explain, &packet);
        } else {
            p->gone += row.flow == p->page.flow;
        }
    }
    if (p->flow.first_row < first)
        p->gone++;
    tl_fetch_fini(&fetch);
    tl_explain_end(explain);
}

/* Those that began with the same packet have the same uid; numbers differ where a filter left packets out. */
static const struct tl_explained *find_flow(const struct explain_page *p, const struct tl_explain *explain)
{
    const struct tl_explained *alike = NULL;
    for (uint32_t i = 0; i < tl_explain_count(explain); i++) {
        const struct tl_explained *x = tl_explain_get(explain, i);
        if (strcmp(x->id.uid, p->flow.id.uid) == 0)
            return x;
        if (has_ends(&x->id, &p->flow.id))
            alike = x;
    }
    return alike;
}

/* --- lines --- */

static void add_lines(struct explain_page *p, enum tl_page_kind kind, uint64_t packet, struct tl_buffer *text)
{
    if (text->len > 0 && text->data[text->len - 1] == '\n')
        text->len--;
    tl_page_add_lines(&p->page, kind, packet > 0 ? (uint32_t)(packet - 1) : TL_STORE_NONE, text);
    p->page.full |= text->failed;
    tl_buffer_fini(text);
}

static void add_packet(struct explain_page *p, uint64_t number)
{
    struct tl_buffer text = { 0 };
    struct tl_row row;
    if (number == 0 || !tl_store_row(p->page.source->store, number - 1, &row))
        return;
    tl_put_format(&text, "      packet %llu  %+.6f s", (unsigned long long)number,
                  (double)tl_time_between(p->flow.first_ts, row.ts) / 1e9);
    add_lines(p, TL_PAGE_PACKET, number, &text);
}

static void add_finding(struct explain_page *p, const struct tl_finding *finding)
{
    struct tl_buffer text = { 0 };
    bool wrong = finding->level == TL_FINDING_PROBLEM;
    tl_explain_put_finding(&text, finding);
    add_lines(p, wrong ? TL_PAGE_WRONG : TL_PAGE_FIELD, finding->packet_count > 0 ? finding->packets[0] : 0, &text);
    for (uint32_t i = 0; i < finding->packet_count; i++)
        add_packet(p, finding->packets[i]);
}

static void add_all(struct explain_page *p, const struct tl_explained *x)
{
    const struct tl_diagnosis *d = &x->diagnosis;
    struct tl_buffer summary = { 0 };
    tl_explain_put_summary(&summary, x);
    add_lines(p, TL_PAGE_FIELD, x->facts.first, &summary);
    tl_page_add_text(&p->page, TL_PAGE_HEADING, "Parts of its time");
    for (unsigned i = 0; i < d->phase_count; i++) {
        struct tl_buffer phase = { 0 };
        tl_explain_put_phase(&phase, &d->phases[i]);
        add_lines(p, TL_PAGE_FIELD, d->phases[i].packets[0], &phase);
    }
    tl_page_add_text(&p->page, TL_PAGE_HEADING, d->count > 0 ? "Findings" : "No findings");
    for (unsigned i = 0; i < d->count; i++)
        add_finding(p, &d->items[i]);
}

static void run(struct tl_task *task, void *context)
{
    struct explain_page *p = context;
    const struct tl_flow_id *id = &p->flow.id;
    struct tl_explain_options options = { .interfaces = p->page.source->interfaces,
                                          .memory = p->page.source->decode_memory,
                                          .keylog = p->page.source->keylog,
                                          .by_address = true,
                                          .by_port = true,
                                          .version = id->version,
                                          .port = id->orig_port };
    (void)task;
    memcpy(options.address, id->orig_addr, sizeof options.address);
    struct tl_explain *explain = tl_explain_new(&options);
    if (explain != NULL)
        read_packets(p, explain);
    const struct tl_explained *x = explain != NULL ? find_flow(p, explain) : NULL;
    if (x != NULL)
        add_all(p, x);
    else
        tl_page_add_text(&p->page, TL_PAGE_WRONG, explain == NULL ? "out of memory" : "not enough seen of this flow");
    if (p->gone > 0)
        tl_page_add_text(&p->page, TL_PAGE_WRONG, "packets of the flow are gone: the rest is explained without them");
    tl_explain_free(explain);
}

/* --- in the view --- */

struct tl_page *tl_explain_page_new(const struct tl_packet_source *source, uint32_t flow, int news)
{
    struct explain_page *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->page.source = source;
    p->page.flow = flow;
    if (tl_store_flow(source->store, flow, &p->flow) && p->flow.last_row != TL_STORE_NONE) {
        p->page.row = p->flow.first_row;
        if (tl_task_start(&p->page.task, news, run, p))
            return &p->page;
    }
    free(p);
    return NULL;
}

void tl_explain_page_free(struct tl_page *page)
{
    if (page == NULL)
        return;
    tl_task_stop(&page->task);
    tl_page_fini(page);
    free(page);
}
