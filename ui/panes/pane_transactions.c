/* pane_transactions.c - transactions of all protocols that have records, and anomalies. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "decode/listener.h"
#include "ui/panes/pane_record.h"
#include "ui/panes/ranked_list.h"

enum { TIME, KIND, LATENCY, TEXT, ORIG, RESP, COLUMNS };

enum { KINDS = 64, KIND_WIDTH = 5, KIND_WIDEST = 8 };

struct transactions {
    struct tl_ranked_list ranked;
    const struct tl_store *store;
    const char *kinds[KINDS]; /* paths of records; the first is NULL: all kinds */
    unsigned kind_count;
    _Atomic unsigned only; /* in kinds */
};

static uint32_t first(const void *context)
{
    return tl_store_transactions_first(((const struct transactions *)context)->store);
}

static uint32_t end(const void *context)
{
    return tl_store_transactions_count(((const struct transactions *)context)->store);
}

static const uint8_t words[COLUMNS] = {
    [TEXT] = TL_RANKING_TEXT_WORDS(TL_TRANSACTION_TEXT),
    [ORIG] = TL_RANKING_ADDRESS_WORDS,
    [RESP] = TL_RANKING_ADDRESS_WORDS,
};

static bool key_of(const void *context, uint32_t index, unsigned column, unsigned word, uint64_t *key)
{
    const struct transactions *p = context;
    const char *only = p->kinds[atomic_load_explicit(&p->only, memory_order_relaxed)];
    struct tl_transaction t;
    struct tl_flow_row flow;
    if (!tl_store_transaction(p->store, index, &t) || (only != NULL && strcmp(only, t.path) != 0) ||
        strcmp(t.path, tl_files_record_def.path) == 0) /* they have a page of their own */
        return false;
    *key = column == TIME ? tl_ranking_signed(t.ts) : 0;
    if (column == KIND)
        *key = tl_ranking_text(t.path, word);
    else if (column == LATENCY)
        *key = tl_ranking_signed(t.latency);
    else if (column == TEXT)
        *key = tl_ranking_text(t.text, word);
    else if ((column == ORIG || column == RESP) && tl_store_flow(p->store, t.flow, &flow))
        *key = tl_ranking_address(flow.id.version, column == ORIG ? flow.id.orig_addr : flow.id.resp_addr, word);
    return true;
}

/* That of the protocol that makes such records. */
static enum tl_style style_of_kind(const struct tl_view *view, const char *path)
{
    struct tl_protocols all = tl_protocols_all();
    for (uint32_t i = 0; i < all.count; i++) {
        const struct tl_record_def *const *records = all.items[i]->records;
        for (unsigned k = 0; k < TL_RECORDS_MAX && records[k] != NULL; k++) {
            if (strcmp(records[k]->path, path) == 0)
                return tl_view_protocol_style(view, i);
        }
    }
    return strcmp(path, tl_weird_record_def.path) == 0 ? TL_STYLE_POOR : TL_STYLE_TEXT;
}

static void fill(struct tl_view *view, uint32_t index, struct tl_grid_line *line)
{
    struct tl_transaction t;
    struct tl_flow_row flow;
    if (!tl_store_transaction(tl_view_store(view), index, &t)) {
        tl_grid_text(line->cell[TEXT], "(gone)");
        return;
    }
    tl_view_put_time_cell(view, line->cell[TIME], t.ts, 6);
    tl_grid_text(line->cell[KIND], "%s", t.path);
    line->style[KIND] = style_of_kind(view, t.path);
    tl_grid_interval(line->cell[LATENCY], t.latency);
    tl_grid_text(line->cell[TEXT], "%s", t.text);
    if (!tl_store_flow(tl_view_store(view), t.flow, &flow))
        return;
    const struct tl_flow_id *id = &flow.id;
    bool ports = id->ip_proto == 6 || id->ip_proto == 17;
    tl_grid_address(line->cell[ORIG], id->version, id->orig_addr, ports ? id->orig_port : -1);
    tl_grid_address(line->cell[RESP], id->version, id->resp_addr, ports ? id->resp_port : -1);
}

static uint64_t stamp(const struct tl_view *view, const void *state)
{
    const struct transactions *p = state;
    return (uint64_t)tl_store_transactions_count(tl_view_store(view)) << 6 | atomic_load(&p->only);
}

static void open_transaction(struct tl_view *view, uint32_t index)
{
    tl_record_show(view, &tl_pane_record, index, true);
}

/* The record below follows the list, where it is open. */
static void follow(struct tl_view *view, uint32_t index)
{
    tl_record_show(view, &tl_pane_record, index, false);
}

static const char *none(const struct tl_view *view, const void *state)
{
    const struct transactions *p = state;
    bool others = tl_store_transactions_count(tl_view_store(view)) > 0;
    return others && atomic_load(&p->only) > 0 ? "no transactions of this kind: o shows the next one" : NULL;
}

static const struct tl_ranked_list_kind kind = {
    .things = "transactions",
    .table = {
        .columns = {
            [TIME] = { "Time", 15, 0, false },
            [KIND] = { "Kind", KIND_WIDTH, 0, false },
            [LATENCY] = { "Latency", 9, 0, true },
            [TEXT] = { "Transaction", 30, TL_TRANSACTION_TEXT, false },
            [ORIG] = { "Originator", 20, 47, false },
            [RESP] = { "Responder", 20, 47, false },
        },
        .count = COLUMNS,
        .fixed = LATENCY,
        .marked = TIME,
        .descending = true,
    },
    .time_column = TIME,
    .fill = fill,
    .stamp = stamp,
    .none = none,
    .follow = follow,
    .open = open_transaction,
};

/* The records that have a summary, in the order of the registry; anomalies last. */
static bool is_listed(const struct transactions *p, const char *path)
{
    for (unsigned i = 1; i < p->kind_count; i++)
        if (strcmp(p->kinds[i], path) == 0)
            return true;
    return false;
}

static void list_kinds(struct transactions *p)
{
    struct tl_protocols all = tl_protocols_all();
    p->kind_count = 1;
    for (uint32_t i = 0; i < all.count; i++) {
        const struct tl_record_def *const *records = all.items[i]->records;
        for (unsigned k = 0; k < TL_RECORDS_MAX && records[k] != NULL; k++) {
            if (records[k]->summary[0] != NULL && p->kind_count < KINDS - 1 && !is_listed(p, records[k]->path))
                p->kinds[p->kind_count++] = records[k]->path;
        }
    }
    p->kinds[p->kind_count++] = tl_weird_record_def.path;
}

static void enter(struct tl_view *view, void *state)
{
    struct transactions *p = state;
    list_kinds(p);
    p->store = tl_view_store(view);
    const struct tl_ranked what = { .context = p, .first = first, .end = end, .key = key_of, .words = words };
    tl_ranked_list_start(view, &p->ranked, &kind, &what);
}

static void note(struct tl_view *view, void *state, char *out, size_t room)
{
    struct transactions *p = state;
    const char *only = p->kinds[atomic_load(&p->only)];
    size_t used = tl_ranked_list_note_columns(&p->ranked, out, room);
    used += (size_t)snprintf(out + used, room - used, "%s%s", only != NULL ? only : "", only != NULL ? " only: " : "");
    used += tl_ranked_list_note(&p->ranked, out + used, room - used);
    if (tl_store_transactions_first(tl_view_store(view)) > 0)
        snprintf(out + used, room - used, ", %u older ones gone", tl_store_transactions_first(tl_view_store(view)));
}

static bool occurs(const struct transactions *p, const char *path)
{
    struct tl_transaction t;
    for (uint32_t i = tl_store_transactions_first(p->store); i < tl_store_transactions_count(p->store); i++)
        if (tl_store_transaction(p->store, i, &t) && strcmp(t.path, path) == 0)
            return true;
    return false;
}

/* Of the kinds that there are. */
static void next_kind(struct tl_view *view, void *state)
{
    struct transactions *p = state;
    unsigned only = (atomic_load(&p->only) + 1) % p->kind_count;
    while (only > 0 && !occurs(p, p->kinds[only]))
        only = (only + 1) % p->kind_count;
    atomic_store(&p->only, only);
    tl_view_say(view, false, "%s", only > 0 ? p->kinds[only] : "all kinds");
}

static void only_certificates(struct tl_view *view, void *state)
{
    struct transactions *p = state;
    unsigned only = 1;
    while (only < p->kind_count && strcmp(p->kinds[only], "x509") != 0)
        only++;
    if (only == p->kind_count || !occurs(p, "x509")) {
        tl_view_say(view, false, "there is no certificate: TLS 1.3 encrypts them, L chooses a key log");
        return;
    }
    atomic_store(&p->only, only);
    tl_view_say(view, false, "certificates: Enter shows all of one");
}

/* The kinds have as much room as the longest one that was shown so far. */
static void draw(struct tl_view *view, void *state, const struct tl_area *area, bool focused)
{
    struct transactions *p = state;
    const struct tl_rank_order *order = p->ranked.order;
    struct tl_grid_column *column = &p->ranked.table.columns[KIND];
    struct tl_transaction t;
    uint64_t top = tl_ranked_list_fit(state, area);
    for (uint64_t i = top; order != NULL && i < order->count && i < top + (uint64_t)area->rows; i++) {
        int width = tl_store_transaction(p->store, order->items[i], &t) ? (int)strlen(t.path) : 0;
        if (width > column->width)
            column->width = width < KIND_WIDEST ? width : KIND_WIDEST;
    }
    tl_ranked_list_draw(view, state, area, focused);
}

static const struct tl_binding keys[] = {
    { 'o', "o", "only one kind, the next one", next_kind },
    { 'C', "C", "only certificates: subject, end of validity, issuer", only_certificates },
    TL_RANKED_LIST_KEYS,
    { 0 },
};

const struct tl_pane tl_pane_transactions = {
    .name = "transactions",
    .title = "Transactions",
    .page = "transactions",
    .share = 1,
    .state_size = sizeof(struct transactions),
    .keys = keys,
    .enter = enter,
    .note = note,
    .changed = tl_ranked_list_changed,
    .draw = draw,
    .move = tl_ranked_list_move,
    .click = tl_ranked_list_click,
    .find = tl_ranked_list_find,
    .leave = tl_ranked_list_leave,
};
