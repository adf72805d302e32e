/* pane_objects.c - the files that flows carry. */
#include <stdio.h>
#include <string.h>

#include "decode/listener.h"
#include "ui/panes/pane_record.h"
#include "ui/panes/ranked_list.h"

enum { TIME, FILE_TEXT, ORIG, RESP, COLUMNS };

struct objects {
    struct tl_ranked_list ranked;
    const struct tl_store *store;
};

static uint32_t first(const void *context)
{
    return tl_store_transactions_first(((const struct objects *)context)->store);
}

static uint32_t end(const void *context)
{
    return tl_store_transactions_count(((const struct objects *)context)->store);
}

static const uint8_t words[COLUMNS] = {
    [FILE_TEXT] = TL_RANKING_TEXT_WORDS(TL_TRANSACTION_TEXT),
    [ORIG] = TL_RANKING_ADDRESS_WORDS,
    [RESP] = TL_RANKING_ADDRESS_WORDS,
};

static bool is_file(const struct tl_transaction *t)
{
    return strcmp(t->path, tl_files_record_def.path) == 0;
}

static bool key_of(const void *context, uint32_t index, unsigned column, unsigned word, uint64_t *key)
{
    const struct objects *p = context;
    struct tl_transaction t;
    struct tl_flow_row flow;
    if (!tl_store_transaction(p->store, index, &t) || !is_file(&t))
        return false;
    *key = column == TIME ? tl_ranking_signed(t.ts) : 0;
    if (column == FILE_TEXT)
        *key = tl_ranking_text(t.text, word);
    else if ((column == ORIG || column == RESP) && tl_store_flow(p->store, t.flow, &flow))
        *key = tl_ranking_address(flow.id.version, column == ORIG ? flow.id.orig_addr : flow.id.resp_addr, word);
    return true;
}

static void fill(struct tl_view *view, uint32_t index, struct tl_grid_line *line)
{
    struct tl_transaction t;
    struct tl_flow_row flow;
    if (!tl_store_transaction(tl_view_store(view), index, &t)) {
        tl_grid_text(line->cell[FILE_TEXT], "(gone)");
        return;
    }
    tl_view_put_time_cell(view, line->cell[TIME], t.ts, 6);
    tl_grid_text(line->cell[FILE_TEXT], "%s", t.text);
    if (!tl_store_flow(tl_view_store(view), t.flow, &flow))
        return;
    const struct tl_flow_id *id = &flow.id;
    bool ports = id->ip_proto == 6 || id->ip_proto == 17;
    tl_grid_address(line->cell[ORIG], id->version, id->orig_addr, ports ? id->orig_port : -1);
    tl_grid_address(line->cell[RESP], id->version, id->resp_addr, ports ? id->resp_port : -1);
}

static uint64_t stamp(const struct tl_view *view, const void *state)
{
    (void)state;
    return tl_store_transactions_count(tl_view_store(view));
}

static void open_file(struct tl_view *view, uint32_t index)
{
    tl_record_show(view, &tl_pane_content, index, true);
}

/* The content below follows the list, where it is open. */
static void follow(struct tl_view *view, uint32_t index)
{
    tl_record_show(view, &tl_pane_content, index, false);
}

static const struct tl_ranked_list_kind kind = {
    .things = "files",
    .table = {
        .columns = {
            [TIME] = { "Time", 15, 0, false },
            [FILE_TEXT] = { "File", 38, TL_TRANSACTION_TEXT, false },
            [ORIG] = { "Originator", 20, 47, false },
            [RESP] = { "Responder", 20, 47, false },
        },
        .count = COLUMNS,
        .fixed = TIME,
        .marked = TIME,
        .descending = true,
    },
    .time_column = TIME,
    .fill = fill,
    .stamp = stamp,
    .follow = follow,
    .open = open_file,
};

static void enter(struct tl_view *view, void *state)
{
    struct objects *p = state;
    p->store = tl_view_store(view);
    const struct tl_ranked what = { .context = p, .first = first, .end = end, .key = key_of, .words = words };
    tl_ranked_list_start(view, &p->ranked, &kind, &what);
}

static void note(struct tl_view *view, void *state, char *out, size_t room)
{
    const struct objects *p = state;
    size_t used = tl_ranked_list_note_columns(&p->ranked, out, room);
    (void)view;
    (void)tl_ranked_list_note(&p->ranked, out + used, room - used);
}

static bool has_files(const struct objects *p)
{
    return p->ranked.order != NULL && p->ranked.order->count > 0;
}

static void save(struct tl_view *view, void *state)
{
    const struct objects *p = state;
    struct tl_transaction t;
    if (has_files(p) && tl_store_transaction(p->store, p->ranked.chosen, &t))
        tl_view_save_file(view, &t);
    else
        tl_view_say(view, false, "there is no file to save");
}

static const struct tl_binding keys[] = {
    { 's', "s", "save the file (Enter shows it)", save },
    { 'r', "r", "reverse the order; Left and Right choose the column", tl_ranked_list_reverse },
    { 0 },
};

const struct tl_pane tl_pane_objects = {
    .name = "objects",
    .title = "Files",
    .page = "objects",
    .share = 1,
    .state_size = sizeof(struct objects),
    .keys = keys,
    .enter = enter,
    .note = note,
    .changed = tl_ranked_list_changed,
    .draw = tl_ranked_list_draw,
    .move = tl_ranked_list_move,
    .click = tl_ranked_list_click,
    .find = tl_ranked_list_find,
    .leave = tl_ranked_list_leave,
};
