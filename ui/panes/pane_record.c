/*
 * pane_record.c - all of the chosen transaction: its fields, the files that it names, then its packets; or the message that
 * it is. The same for the chosen file, on a page of its own; and what is wrong with a flow, below the flows.
 */
#include "ui/panes/pane_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/tasks/explain_page.h"
#include "ui/tasks/transaction_page.h"

enum { INDENT = 1, MORE = 4 /* cells before what did not fit in a row */ };

/* A row of the screen: a line of the page, or a part of it. */
struct part {
    uint32_t line, at, len;
};

struct record {
    struct tl_page *page;             /* owned; NULL: none was opened */
    void (*free_page)(struct tl_page *page);
    struct tl_list list;              /* of parts */
    struct part *parts;               /* owned */
    uint32_t count, capacity;
    int width;                        /* that they were cut for; 0: they are to be cut */
    uint32_t index;                   /* of the transaction, or of the flow */
    bool open, read;                  /* read: its lines are there */
    bool message;                     /* its other form is shown, if it has one; stays from one to the next */
    uint32_t match;                   /* line that was found last, + 1 */
};

static void forget(struct record *r)
{
    if (r->page != NULL)
        r->free_page(r->page);
    r->page = NULL;
    r->read = false;
    r->count = 0;
    r->width = 0;
    r->match = 0;
    r->list = (struct tl_list){ 0 };
}

/* What a pane of a transaction or file has; a page is the first member of it. */
static struct tl_transaction_page *transaction_of(const struct record *r)
{
    return (struct tl_transaction_page *)r->page;
}

/* The page in the form that is shown. */
static const struct tl_page *shown(const struct record *r)
{
    if (!r->message || !r->read || r->free_page == tl_explain_page_free || transaction_of(r)->message.count == 0)
        return r->page;
    return &transaction_of(r)->message;
}

static void free_transaction(struct tl_page *page)
{
    tl_transaction_page_free((struct tl_transaction_page *)page);
}

void tl_record_show(struct tl_view *view, const struct tl_pane *pane, uint32_t index, bool open)
{
    struct record *r = tl_view_state(view, pane);
    struct tl_transaction t;
    if ((!open && !r->open) || !tl_store_transaction(tl_view_store(view), index, &t))
        return;
    if (r->page == NULL || r->index != index) {
        forget(r);
        r->index = index;
        r->page = (struct tl_page *)tl_transaction_page_new(tl_view_source(view), &t, tl_view_news(view));
        r->free_page = free_transaction;
        if (r->page == NULL)
            tl_view_say(view, true, "out of memory: the transaction cannot be shown");
    }
    r->open = true;
    if (open)
        tl_view_turn_to(view, pane);
}

void tl_explanation_show(struct tl_view *view, uint32_t flow)
{
    struct record *r = tl_view_state(view, &tl_pane_explanation);
    forget(r); /* a live flow may have got more packets */
    r->index = flow;
    r->page = tl_explain_page_new(tl_view_source(view), flow, tl_view_news(view));
    r->free_page = tl_explain_page_free;
    r->open = true;
    if (r->page == NULL)
        tl_view_say(view, true, "this flow cannot be explained: its packets are gone (raise --mem)");
    else
        tl_view_turn_to(view, &tl_pane_explanation);
}

static bool changed(struct tl_view *view, void *state)
{
    struct record *r = state;
    (void)view;
    if (r->page == NULL || r->read || !tl_task_ended(&r->page->task))
        return false;
    r->read = true;
    return true;
}

/* --- drawing --- */

static void add_part(struct record *r, uint32_t line, uint32_t at, uint32_t len)
{
    if (r->count == r->capacity) {
        uint32_t capacity = r->capacity * 2 + 64;
        struct part *grown = realloc(r->parts, capacity * sizeof *grown);
        if (grown == NULL)
            return;
        r->parts = grown;
        r->capacity = capacity;
    }
    r->parts[r->count++] = (struct part){ line, at, len };
}

/* Cuts the lines into rows of this width. The chosen line stays chosen. */
static void arrange(struct tl_view *view, struct record *r, int width)
{
    uint32_t chosen = r->list.chosen < r->count ? r->parts[r->list.chosen].line : 0;
    if (r->width == width)
        return;
    r->width = width;
    r->count = 0;
    const struct tl_page *page = shown(r);
    for (uint32_t i = 0; i < page->count; i++) {
        const struct tl_page_line *line = &page->lines[i];
        const char *text = (const char *)page->text.data + line->text;
        uint32_t at = 0;
        if (i == chosen)
            r->list.chosen = r->count;
        do {
            size_t next;
            int room = width - INDENT - (at > 0 ? MORE : 0);
            int cells = room > 1 ? room : 1;
            size_t n = tl_screen_wrap(tl_view_screen(view), text + at, line->len - at, cells, true, &next);
            add_part(r, i, at, (uint32_t)n);
            at += n > 0 ? (uint32_t)n : line->len - at;
        } while (at < line->len);
    }
}

static void draw_part(struct tl_view *view, const struct record *r, const struct tl_area *area, int row,
                      const struct part *part, enum tl_style cursor)
{
    static const enum tl_style styles[] = { [TL_PAGE_HEADING] = TL_STYLE_HEADING, [TL_PAGE_FIELD] = TL_STYLE_TEXT,
                                            [TL_PAGE_PACKET] = TL_STYLE_LAYER,    [TL_PAGE_DETAIL] = TL_STYLE_TEXT,
                                            [TL_PAGE_WRONG] = TL_STYLE_WRONG };
    const struct tl_page *page = shown(r);
    const struct tl_page_line *line = &page->lines[part->line];
    enum tl_style style = cursor != TL_STYLE_TEXT ? cursor : styles[line->kind];
    if (cursor != TL_STYLE_TEXT)
        tl_screen_fill(tl_view_screen(view), area, row, 0, area->columns, style);
    tl_screen_text(tl_view_screen(view), area, row, INDENT + (part->at > 0 ? MORE : 0), area->columns, style,
                   (const char *)page->text.data + line->text + part->at, part->len);
}

static void draw(struct tl_view *view, void *state, const struct tl_area *area, bool focused)
{
    struct record *r = state;
    if (r->page == NULL || !r->read) {
        const char *text = r->page == NULL ? "Enter, or x for a flow, shows it here" : "reading";
        tl_screen_text(tl_view_screen(view), area, 0, INDENT, area->columns, TL_STYLE_DIM, text, strlen(text));
        if (r->page != NULL)
            tl_view_draws_part(view);
        return;
    }
    arrange(view, r, area->columns);
    if (r->list.chosen >= r->count)
        r->list.chosen = r->count > 0 ? r->count - 1 : 0;
    tl_list_fit(&r->list, 0, r->count, area->rows);
    for (int i = 0; i < area->rows && r->list.top + (uint64_t)i < r->count; i++) {
        uint64_t at = r->list.top + (uint64_t)i;
        enum tl_style cursor = at != r->list.chosen ? TL_STYLE_TEXT : focused ? TL_STYLE_CURSOR : TL_STYLE_CHOSEN;
        draw_part(view, r, area, i, &r->parts[at], cursor);
    }
}

static void note(struct tl_view *view, void *state, char *out, size_t room)
{
    const struct record *r = state;
    (void)view;
    out[0] = '\0';
    if (r->page != NULL && r->read)
        snprintf(out, room, "%sline %llu of %u", shown(r)->full ? "not all of it (raise --mem): " : "",
                 (unsigned long long)r->list.chosen + 1, r->count);
}

/* --- keys --- */

static const struct tl_page_line *chosen_line(const struct record *r)
{
    bool there = r->read && r->list.chosen < r->count;
    return there ? &shown(r)->lines[r->parts[r->list.chosen].line] : NULL;
}

/* The packets of the flow, with the packet of the line chosen; all packets, if that one is of another flow. */
static void to_packet(struct tl_view *view, const struct record *r)
{
    const struct tl_page_line *line = chosen_line(r);
    struct tl_row packet;
    if (line == NULL)
        return;
    uint32_t row = line->row != TL_STORE_NONE ? line->row : r->page->row, flow = r->page->flow;
    if (row == TL_STORE_NONE || flow == TL_STORE_NONE) {
        tl_view_say(view, false, "no packets are known for this one");
    } else if (tl_store_row(tl_view_store(view), row, &packet) && packet.flow != flow) {
        tl_view_turn_to(view, &tl_pane_packets);
        tl_view_go(view, row);
    } else {
        tl_view_show_subset(view, &(struct tl_subset){ .kind = TL_SUBSET_FLOW, .flow = flow }, row);
    }
}

static void move(struct tl_view *view, void *state, enum tl_move how)
{
    struct record *r = state;
    if (how == TL_MOVE_ENTER)
        to_packet(view, r);
    else if (how == TL_MOVE_LEFT || how == TL_MOVE_RIGHT)
        tl_view_does_nothing(view, how == TL_MOVE_LEFT ? "Left" : "Right");
    else
        tl_list_move(&r->list, 0, r->count, how);
}

static void click(struct tl_view *view, void *state, const struct tl_area *area, int row, int column)
{
    struct record *r = state;
    (void)view;
    (void)area;
    (void)column;
    if (r->list.top + (uint64_t)row < r->count)
        r->list.chosen = r->list.top + (uint64_t)row;
}

static void find(struct tl_view *view, void *state, const struct tl_needle *needle, bool backwards)
{
    struct record *r = state;
    const struct tl_page *page = shown(r);
    uint32_t count = r->read ? page->count : 0, from = r->list.chosen < r->count ? r->parts[r->list.chosen].line : 0;
    for (uint32_t n = 1; n <= count; n++) {
        uint32_t i = (backwards ? from + count - n : from + n) % count;
        const struct tl_page_line *line = &page->lines[i];
        if (tl_needle_first(needle, page->text.data + line->text, line->len, 0) >= line->len)
            continue;
        for (r->list.chosen = 0; r->parts[r->list.chosen].line != i && r->list.chosen + 1 < r->count;)
            r->list.chosen++;
        if (backwards ? i >= from : i <= from)
            tl_view_say(view, false, "found, continued from the %s", backwards ? "end" : "beginning");
        return;
    }
    tl_view_say(view, true, "not in this text: %s", needle->text);
}

static void copy(struct tl_view *view, void *state)
{
    const struct record *r = state;
    const struct tl_page_line *line = chosen_line(r);
    if (line != NULL)
        tl_view_copy(view, "the line", (const char *)shown(r)->text.data + line->text, line->len);
}

static void next_form(struct tl_view *view, void *state)
{
    struct record *r = state;
    r->message = !r->message;
    r->width = 0;
    r->match = 0;
    r->list = (struct tl_list){ 0 };
    if (!r->message || r->page == NULL || shown(r) != r->page)
        return;
    if (!r->read)
        tl_view_say(view, false, "it is still being read: if it has another form, that is shown then");
    else if (r->free_page == tl_explain_page_free || transaction_of(r)->found)
        tl_view_say(view, false, "it has no other form: mails, HTTP exchanges and files have one");
    else
        tl_view_say(view, false, "it has no other form: it cannot be read again from the packets that are there");
}

static void save(struct tl_view *view, void *state)
{
    const struct record *r = state;
    if (r->page == NULL || !r->read || transaction_of(r)->fuids.count == 0)
        tl_view_say(view, false, "it names no file");
    else
        tl_view_save_file(view, &transaction_of(r)->transaction);
}

static void close_in(struct tl_view *view, struct record *r, const struct tl_pane *list, const struct tl_pane *pane)
{
    forget(r);
    r->open = false;
    tl_view_turn_to(view, list);
    tl_view_hide(view, pane);
}

static void back(struct tl_view *view, void *state)
{
    close_in(view, state, &tl_pane_transactions, &tl_pane_record);
}

static void back_to_files(struct tl_view *view, void *state)
{
    close_in(view, state, &tl_pane_objects, &tl_pane_content);
}

static void back_to_flows(struct tl_view *view, void *state)
{
    close_in(view, state, &tl_pane_flows, &tl_pane_explanation);
}

static void leave(void *state)
{
    struct record *r = state;
    forget(r);
    free(r->parts);
}

static const struct tl_binding keys[] = {
    { 'y', "y", "copy the line (Enter: go to its packet)", copy },
    { 'v', "v", "show as a record, as the mail or the exchange that it is", next_form },
    { 's', "s", "save the file that it names", save },
    { TL_KEY_ESCAPE, "Esc", "close it: return to the list of transactions", back },
    { 0 },
};

const struct tl_pane tl_pane_record = {
    .name = "record",
    .title = "Record",
    .page = "transactions",
    .share = 2,
    .state_size = sizeof(struct record),
    .keys = keys,
    .changed = changed,
    .draw = draw,
    .note = note,
    .move = move,
    .click = click,
    .find = find,
    .leave = leave,
};

static const struct tl_binding keys_of_file[] = {
    { 'y', "y", "copy the line (Enter: go to its packet)", copy },
    { 'v', "v", "show by its kind, in hex", next_form },
    { 's', "s", "save the file", save },
    { TL_KEY_ESCAPE, "Esc", "close it: return to the list of files", back_to_files },
    { 0 },
};

const struct tl_pane tl_pane_content = {
    .name = "content",
    .title = "Content",
    .page = "objects",
    .share = 2,
    .state_size = sizeof(struct record),
    .keys = keys_of_file,
    .changed = changed,
    .draw = draw,
    .note = note,
    .move = move,
    .click = click,
    .find = find,
    .leave = leave,
};

static const struct tl_binding keys_of_flow[] = {
    { 'y', "y", "copy the line (Enter: go to its packet)", copy },
    { TL_KEY_ESCAPE, "Esc", "close it: return to the list of flows", back_to_flows },
    { 0 },
};

const struct tl_pane tl_pane_explanation = {
    .name = "explanation",
    .title = "What is wrong",
    .page = "flows",
    .share = 2,
    .state_size = sizeof(struct record),
    .keys = keys_of_flow,
    .changed = changed,
    .draw = draw,
    .note = note,
    .move = move,
    .click = click,
    .find = find,
    .leave = leave,
};
