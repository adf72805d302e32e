/* pane_stream.c - the bytes that both sides of the chosen packet's flow sent, in order. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ui/panes/pane.h"
#include "ui/panes/stream_lines.h"
#include "ui/screen/list.h"
#include "ui/tasks/packet_tree.h"

enum {
    MARK_WIDTH = 2,     /* the side */
    PLACE_WIDTH = 10,   /* the offset in a hex dump */
    HEX_WIDE = 16,
    HEX_NARROW = 8,
    RAW_STEP = 8,
    LINE_MOST = 1024,   /* bytes */
    BOTH = 3,           /* sides */
};

struct stream {
    struct tl_follow *follow;     /* owned; NULL: no flow is followed */
    struct tl_stream_lines lines; /* owned */
    struct tl_list list;
    uint32_t byte;                /* under the cursor: offset in its line */
    unsigned sides;
    enum tl_stream_form form;
    uint32_t match_at, match_len; /* found last */
    uint32_t want_row;            /* the cursor goes to this packet when its bytes are there; TL_STORE_NONE: none */
    int columns;                  /* as drawn last */
    struct tl_inside inside;      /* what of the flow is followed */
    bool why_not;                 /* the packet belongs to no flow that can be followed */
};

/* --- what is followed --- */

static bool is_tls(const struct tl_inside *inside)
{
    return inside->protocol != NULL && strcmp(inside->protocol, "tls") == 0;
}

static const char *name_of(const struct tl_inside *inside)
{
    return strcmp(inside->protocol, "quic") == 0 ? "QUIC" : "HTTP/2";
}

static bool is_datagram(const struct stream *s)
{
    return tl_follow_id(s->follow)->ip_proto == 17;
}

static uint32_t bytes_of_line(const struct stream *s)
{
    uint32_t room = s->columns > MARK_WIDTH + RAW_STEP ? (uint32_t)s->columns - MARK_WIDTH : RAW_STEP;
    if (s->form == TL_STREAM_HEX)
        return room >= PLACE_WIDTH + HEX_WIDE * 4 + 2 ? HEX_WIDE : HEX_NARROW;
    if (s->form == TL_STREAM_RAW)
        return room >= 2 * RAW_STEP ? room / 2 / RAW_STEP * RAW_STEP : RAW_STEP;
    return room > 8 ? (room < LINE_MOST ? room : LINE_MOST) - 4 : room; /* 4: the rest of a character, and the cursor */
}

static const struct tl_stream_line *cursor_line(const struct stream *s)
{
    return s->list.chosen < s->lines.count ? &s->lines.items[s->list.chosen] : NULL;
}

static uint32_t cursor_at(const struct stream *s)
{
    const struct tl_stream_line *line = cursor_line(s);
    return line != NULL ? line->at + s->byte : 0;
}

static void put_cursor(struct stream *s, uint32_t at)
{
    s->list.chosen = tl_stream_lines_find(&s->lines, at);
    const struct tl_stream_line *line = cursor_line(s);
    s->byte = line != NULL && at >= line->at && at - line->at < line->len ? at - line->at : 0;
}

/* Cuts all lines again if the form or the width changed; then adds what came. */
static void arrange(struct stream *s)
{
    struct tl_stream_lines *lines = &s->lines;
    uint32_t width = bytes_of_line(s), at = cursor_at(s);
    bool other = lines->form != s->form || lines->sides != s->sides || lines->width != width;
    if (other)
        tl_stream_lines_begin(lines, s->form, s->sides, width, is_datagram(s));
    tl_stream_lines_add(lines, s->follow);
    if (other)
        put_cursor(s, at);
    const struct tl_follow_piece *pieces = tl_follow_pieces(s->follow);
    for (uint32_t i = 0, n = tl_follow_count(s->follow); i < n && s->want_row != TL_STORE_NONE; i++) {
        if (pieces[i].row == s->want_row) {
            put_cursor(s, pieces[i].at);
            s->want_row = TL_STORE_NONE;
        }
    }
}

static void forget(struct stream *s)
{
    tl_follow_free(s->follow);
    tl_stream_lines_fini(&s->lines);
    s->follow = NULL;
}

static void enter(struct tl_view *view, void *state)
{
    struct stream *s = state;
    struct tl_row row;
    struct tl_flow_row flow;
    const struct tl_store *store = tl_view_store(view);
    bool known = tl_store_row(store, tl_view_packet(view), &row) && tl_store_flow(store, row.flow, &flow) &&
                 tl_conversation_possible(&flow.id);
    s->why_not = !known;
    if (!known) {
        forget(s);
        return;
    }
    s->want_row = (uint32_t)tl_view_packet(view);
    if (s->follow != NULL && tl_follow_flow(s->follow) == row.flow && tl_follow_is_of(s->follow, &s->inside))
        return;
    forget(s);
    s->list = (struct tl_list){ 0 };
    s->byte = s->match_len = 0;
    s->sides = s->sides != 0 ? s->sides : BOTH;
    s->follow = tl_follow_new(tl_view_source(view), row.flow, &flow.id, &s->inside);
    if (s->follow == NULL || !tl_stream_lines_init(&s->lines, tl_view_source(view)->memory)) {
        forget(s);
        tl_view_say(view, true, "out of memory: the stream cannot be shown");
    }
}

static bool changed(struct tl_view *view, void *state)
{
    struct stream *s = state;
    if (s->follow == NULL)
        return false;
    tl_follow_read(s->follow, tl_view_has_ended(view), tl_view_news(view));
    return tl_follow_count(s->follow) != s->lines.pieces;
}

/* --- drawing --- */

static const struct tl_follow_piece *piece_of(const struct stream *s, const struct tl_stream_line *line)
{
    return &tl_follow_pieces(s->follow)[line->piece];
}

/* The piece of a byte: the line's, or a later one of the same side. */
static const struct tl_follow_piece *piece_at(const struct stream *s, const struct tl_stream_line *line, uint32_t at)
{
    const struct tl_follow_piece *piece = piece_of(s, line);
    const struct tl_follow_piece *end = tl_follow_pieces(s->follow) + tl_follow_count(s->follow);
    while (piece + 1 < end && at >= piece->at + piece->len && line->len > 0)
        piece++;
    return piece;
}

static enum tl_style style_at(const struct stream *s, uint32_t at, bool cursor, enum tl_style plain)
{
    if (cursor && at == cursor_at(s))
        return TL_STYLE_CURSOR;
    return at - s->match_at < s->match_len ? TL_STYLE_LIT : plain;
}

static bool is_tail(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Draws bytes of the same style at a time; a character is never cut. */
static void draw_text(struct tl_view *view, const struct tl_area *area, int at, const struct stream *s,
                      const struct tl_stream_line *line, bool cursor, enum tl_style plain)
{
    const uint8_t *bytes = tl_follow_bytes(s->follow) + line->at;
    int column = MARK_WIDTH;
    char run[LINE_MOST];
    for (uint32_t i = 0; i < line->len;) {
        enum tl_style style = style_at(s, line->at + i, cursor, plain);
        uint32_t n = 0;
        for (; i < line->len && n < sizeof run; i++, n++) {
            if (!is_tail(bytes[i]) && style_at(s, line->at + i, cursor, plain) != style)
                break;
            bool ends = bytes[i] == '\n' || bytes[i] == '\r' || bytes[i] == '\t';
            run[n] = ends ? ' ' : bytes[i] < ' ' || bytes[i] == 0x7f ? '.' : (char)bytes[i];
        }
        column += tl_screen_text(tl_view_screen(view), area, at, column, area->columns, style, run, n);
    }
}

static void draw_hex(struct tl_view *view, const struct tl_area *area, int at, const struct stream *s,
                     const struct tl_stream_line *line, bool cursor, enum tl_style plain)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *bytes = tl_follow_bytes(s->follow) + line->at;
    const struct tl_follow_piece *piece = piece_of(s, line);
    bool dump = s->form == TL_STREAM_HEX;
    char place[24];
    int text = MARK_WIDTH + PLACE_WIDTH + (int)s->lines.width * 3 + 1;
    int n = snprintf(place, sizeof place, "%08llx", (unsigned long long)(piece->place + (line->at - piece->at)));
    if (dump)
        tl_screen_text(tl_view_screen(view), area, at, MARK_WIDTH, PLACE_WIDTH, TL_STYLE_DIM, place, (size_t)n);
    for (uint32_t i = 0; i < line->len; i++) {
        const char two[] = { digits[bytes[i] >> 4], digits[bytes[i] & 15] };
        char c = bytes[i] >= 0x20 && bytes[i] < 0x7f ? (char)bytes[i] : '.';
        enum tl_style style = style_at(s, line->at + i, cursor, plain);
        int column = dump ? MARK_WIDTH + PLACE_WIDTH + (int)i * 3 : MARK_WIDTH + (int)i * 2;
        tl_screen_text(tl_view_screen(view), area, at, column, 2, style, two, 2);
        if (dump)
            tl_screen_text(tl_view_screen(view), area, at, text + (int)i, 1, style, &c, 1);
    }
}

static void draw_line(struct tl_view *view, const struct tl_area *area, int at, const struct stream *s, uint32_t index,
                      bool focused)
{
    const struct tl_stream_line *line = &s->lines.items[index];
    const struct tl_follow_piece *piece = piece_of(s, line);
    enum tl_style style = piece->side == 0 ? TL_STYLE_ORIG : TL_STYLE_RESP;
    bool cursor = focused && index == s->list.chosen;
    tl_screen_text(tl_view_screen(view), area, at, 0, MARK_WIDTH, style, piece->side == 0 ? "> " : "< ", MARK_WIDTH);
    if (line->len == 0) {
        char text[64];
        int n = snprintf(text, sizeof text, "[%llu bytes missing]", (unsigned long long)piece->gap);
        tl_screen_text(tl_view_screen(view), area, at, MARK_WIDTH, area->columns,
                       cursor ? TL_STYLE_CURSOR : TL_STYLE_WRONG, text, (size_t)n);
    } else if (s->form == TL_STREAM_TEXT) {
        draw_text(view, area, at, s, line, cursor, style);
    } else {
        draw_hex(view, area, at, s, line, cursor, style);
    }
}

static void put_end(struct tl_buffer *b, const struct tl_flow_id *id, bool orig)
{
    char text[INET6_ADDRSTRLEN] = "";
    bool v6 = id->version == 6;
    inet_ntop(v6 ? AF_INET6 : AF_INET, orig ? id->orig_addr : id->resp_addr, text, sizeof text);
    tl_put_format(b, v6 ? "[%s]:%u" : "%s:%u", text, orig ? id->orig_port : id->resp_port);
}

static void draw_ends(struct tl_view *view, const struct tl_area *area, const struct stream *s)
{
    int column = 0;
    for (unsigned side = 0; side < 2; side++) {
        struct tl_buffer b = { 0 };
        tl_puts(&b, side == 0 ? "> " : "< ");
        put_end(&b, tl_follow_id(s->follow), side == 0);
        tl_puts(&b, s->sides >> side & 1 ? "   " : " (hidden)   ");
        column += tl_screen_text(tl_view_screen(view), area, 0, column, area->columns,
                                 side == 0 ? TL_STYLE_ORIG : TL_STYLE_RESP, (const char *)b.data, b.len);
        tl_buffer_fini(&b);
    }
}

/* Bytes of both sides up to the last line. */
static uint32_t bytes_shown(const struct stream *s)
{
    const struct tl_stream_line *last = s->lines.count > 0 ? &s->lines.items[s->lines.count - 1] : NULL;
    return last != NULL ? last->at + last->len : 0;
}

/* What is not shown, and why. */
static bool put_notice(const struct stream *s, char *text, size_t room)
{
    uint64_t gone = tl_follow_gone(s->follow);
    unsigned kib = bytes_shown(s) >> 10;
    bool full = tl_follow_full(s->follow) || s->lines.full;
    char left[64] = "";
    if (full && tl_follow_headless(s->follow)) /* the number of packets is only known at the end */
        snprintf(left, sizeof left, "The beginning is gone");
    else if (gone > 0)
        snprintf(left, sizeof left, "The bytes of %" PRIu64 " packet%s are gone", gone, gone == 1 ? "" : "s");
    text[0] = '\0';
    if (full && left[0] != '\0')
        snprintf(text, room, "%s; these are %u KiB of the rest: w saves all of it.", left, kib);
    else if (full)
        snprintf(text, room, "These are the first %u KiB: w saves all of the stream.", kib);
    else if (left[0] != '\0')
        snprintf(text, room, "%s.", left);
    return text[0] != '\0';
}

static void draw_words(struct tl_view *view, const struct tl_area *area, int at, const char *text)
{
    tl_screen_text(tl_view_screen(view), area, at, MARK_WIDTH, area->columns, TL_STYLE_DIM, text, strlen(text));
}

static void draw(struct tl_view *view, void *state, const struct tl_area *area, bool focused)
{
    struct stream *s = state;
    char notice[128];
    s->columns = area->columns;
    if (s->follow == NULL) {
        draw_words(view, area, 1, s->why_not ? "the chosen packet belongs to no TCP or UDP conversation" : "");
        return;
    }
    arrange(s);
    draw_ends(view, area, s);
    bool noticed = put_notice(s, notice, sizeof notice);
    int rows = area->rows - 1 - noticed;
    tl_list_fit(&s->list, 0, s->lines.count, rows);
    for (int i = 0; i < rows && s->list.top + (uint64_t)i < s->lines.count; i++)
        draw_line(view, area, 1 + i, s, (uint32_t)s->list.top + (uint32_t)i, focused);
    if (s->lines.count == 0)
        draw_words(view, area, 1, tl_follow_reads(s->follow) ? "reading" : "no payload was captured");
    if (noticed)
        tl_screen_text(tl_view_screen(view), area, area->rows - 1, 0, area->columns, TL_STYLE_WRONG, notice,
                       strlen(notice));
}

static void note(struct tl_view *view, void *state, char *out, size_t room)
{
    static const char *const forms[] = { "text", "hex", "raw" };
    const struct stream *s = state;
    (void)view;
    out[0] = '\0';
    if (s->follow == NULL)
        return;
    uint32_t count = tl_follow_count(s->follow);
    const struct tl_follow_piece *last = count > 0 ? &tl_follow_pieces(s->follow)[count - 1] : NULL;
    const struct tl_inside *inside = &s->inside;
    char what[48] = "";
    if (is_tls(inside))
        snprintf(what, sizeof what, "decrypted, ");
    else if (inside->protocol != NULL)
        snprintf(what, sizeof what, "stream %" PRIu64 " in %s, ", inside->stream, name_of(inside));
    snprintf(out, room, "%s%s%s%s%s, %u bytes", tl_follow_hides(s->follow) ? "secrets hidden (--show-secrets), " : "",
             tl_follow_reads(s->follow) ? "reading, " : "", what, forms[s->form],
             s->sides == BOTH ? "" : ", one side", last != NULL ? last->at + last->len : 0);
}

/* --- moving --- */

static void step(struct stream *s, int by)
{
    const struct tl_stream_line *line = cursor_line(s);
    const uint8_t *bytes = tl_follow_bytes(s->follow);
    if (line == NULL)
        return;
    int64_t at = s->byte;
    do
        at += by;
    while (at > 0 && at < line->len && s->form == TL_STREAM_TEXT && is_tail(bytes[line->at + at]));
    if (at >= 0 && at < line->len) {
        s->byte = (uint32_t)at;
    } else if (by > 0 && s->list.chosen + 1 < s->lines.count) {
        s->list.chosen++;
        s->byte = 0;
    } else if (by < 0 && s->list.chosen > 0) {
        s->list.chosen--;
        line = cursor_line(s);
        s->byte = line != NULL && line->len > 0 ? line->len - 1 : 0;
    }
}

static void to_packet(struct tl_view *view, struct stream *s)
{
    const struct tl_stream_line *line = cursor_line(s);
    if (line == NULL)
        return;
    tl_view_follow(view, false);
    tl_view_choose(view, piece_at(s, line, cursor_at(s))->row);
    tl_view_turn_to(view, &tl_pane_packets);
}

static void move(struct tl_view *view, void *state, enum tl_move how)
{
    struct stream *s = state;
    if (s->follow == NULL) {
        tl_view_say(view, false, "there is no stream to move in");
        return;
    }
    if (how == TL_MOVE_ENTER) {
        to_packet(view, s);
    } else if (how == TL_MOVE_LEFT || how == TL_MOVE_RIGHT) {
        step(s, how == TL_MOVE_LEFT ? -1 : 1);
    } else {
        tl_list_move(&s->list, 0, s->lines.count, how);
        const struct tl_stream_line *line = cursor_line(s);
        if (line != NULL && s->byte >= line->len)
            s->byte = line->len > 0 ? line->len - 1 : 0;
    }
}

static void click(struct tl_view *view, void *state, const struct tl_area *area, int row, int column)
{
    struct stream *s = state;
    uint64_t index = s->list.top + (uint64_t)(row > 0 ? row - 1 : 0);
    (void)view;
    (void)area;
    if (s->follow == NULL || row == 0 || index >= s->lines.count)
        return;
    int at = column - MARK_WIDTH;
    if (s->form == TL_STREAM_RAW)
        at /= 2;
    else if (s->form == TL_STREAM_HEX)
        at = at - PLACE_WIDTH < (int)s->lines.width * 3 ? (at - PLACE_WIDTH) / 3
                                                        : at - PLACE_WIDTH - (int)s->lines.width * 3 - 1;
    uint32_t len = s->lines.items[index].len;
    s->list.chosen = index;
    s->byte = at < 0 || len == 0 ? 0 : (uint32_t)at < len ? (uint32_t)at : len - 1;
}

/* --- what can be done with it --- */

static void next_form(struct tl_view *view, void *state)
{
    struct stream *s = state;
    (void)view;
    s->form = (s->form + 1) % TL_STREAM_FORMS;
}

static void next_sides(struct tl_view *view, void *state)
{
    struct stream *s = state;
    (void)view;
    s->sides = s->sides == BOTH ? 1 : s->sides == 1 ? 2 : BOTH;
}

/* One side sent all of these bytes. Bytes of the two sides are interleaved. */
static bool is_one_saying(const struct stream *s, uint32_t at, size_t len)
{
    uint32_t line = tl_stream_lines_find(&s->lines, at);
    if (line >= s->lines.count)
        return false;
    const struct tl_follow_piece *piece = piece_at(s, &s->lines.items[line], at);
    const struct tl_follow_piece *end = tl_follow_pieces(s->follow) + tl_follow_count(s->follow);
    unsigned side = piece->side;
    if (!(s->sides >> side & 1))
        return false;
    for (; piece < end && piece->at < at + len; piece++) {
        if (piece->side != side || piece->gap > 0)
            return false;
    }
    return true;
}

static void find(struct tl_view *view, void *state, const struct tl_needle *needle, bool backwards)
{
    struct stream *s = state;
    uint32_t count = s->follow != NULL ? tl_follow_count(s->follow) : 0, from = cursor_at(s);
    size_t len = count > 0 ? tl_follow_pieces(s->follow)[count - 1].at + tl_follow_pieces(s->follow)[count - 1].len : 0;
    const uint8_t *bytes = s->follow != NULL ? tl_follow_bytes(s->follow) : NULL;
    bool wrapped = false;
    size_t at = backwards ? tl_needle_last(needle, bytes, len, from)
                          : tl_needle_first(needle, bytes, len, (size_t)from + 1);
    for (;;) {
        if (at == len && wrapped)
            break;
        if (at < len && is_one_saying(s, (uint32_t)at, tl_needle_length(needle, bytes, len, at))) {
            s->match_at = (uint32_t)at;
            s->match_len = (uint32_t)tl_needle_length(needle, bytes, len, at);
            put_cursor(s, s->match_at);
            if (wrapped)
                tl_view_say(view, false, "found, continued from the %s", backwards ? "end" : "beginning");
            return;
        }
        wrapped |= at == len;
        if (backwards)
            at = tl_needle_last(needle, bytes, len, at);
        else
            at = tl_needle_first(needle, bytes, len, at == len ? 0 : at + 1);
    }
    tl_view_say(view, true, "not in this stream: %s", needle->text);
}

static void switch_plain(struct tl_view *view, void *state)
{
    struct stream *s = state;
    bool plain = is_tls(&s->inside);
    s->inside = (struct tl_inside){ plain ? NULL : "tls", TL_SAID_WHOLE };
    if (s->follow != NULL)
        enter(view, state);
}

/* The number of the stream that the chosen packet has a frame of, as text; "": none. */
static void propose(const struct tl_view *view, char *text, size_t room)
{
    static const char *const fields[] = { "http2.streamid == ", "quic.stream.stream_id == " };
    const struct tl_packet_tree *tree = tl_view_tree(view);
    text[0] = '\0';
    for (uint32_t i = 0; tree != NULL && tree->filters != NULL && i < tree->line_count; i++) {
        const struct tl_tree_line *line = &tree->lines[i];
        for (unsigned k = 0; k < TL_COUNT(fields); k++) {
            size_t len = strlen(fields[k]);
            const char *filter = tree->filters + line->filter;
            if (line->filter_len <= len || memcmp(filter, fields[k], len) != 0)
                continue;
            if (text[0] == '\0' || strcmp(text, "0") == 0) /* 0 in HTTP/2 is the connection */
                snprintf(text, room, "%.*s", (int)(line->filter_len - len), filter + len);
        }
    }
}

/* Where the pane's keys are. */
static void take_number(struct tl_view *view, const char *text)
{
    struct stream *s = tl_view_state(view, &tl_pane_stream);
    char *rest;
    errno = 0;
    unsigned long long number = strtoull(text, &rest, 10);
    if (s->follow == NULL)
        return;
    if (*text != '\0' && (*text < '0' || *text > '9' || *rest != '\0' || errno != 0 || number >= TL_SAID_WHOLE)) {
        tl_view_say(view, true, "%s is no number of a stream", text);
        return;
    }
    s->inside = (struct tl_inside){ NULL, TL_SAID_WHOLE };
    if (*text != '\0')
        s->inside = (struct tl_inside){ is_datagram(s) ? "quic" : "http2", number };
    enter(view, s);
}

static void ask_number(struct tl_view *view, void *state)
{
    const struct stream *s = state;
    char text[32];
    if (s->follow == NULL) {
        tl_view_say(view, false, "there is no stream to look into");
        return;
    }
    propose(view, text, sizeof text);
    tl_view_ask_again(view, is_datagram(s) ? "Stream in QUIC (empty: the bytes as sent): "
                                           : "Stream in HTTP/2 (empty: the bytes as sent): ", text, take_number);
}

static void save(struct tl_view *view, void *state)
{
    struct stream *s = state;
    if (s->follow != NULL)
        tl_view_save_stream(view, tl_follow_flow(s->follow), tl_follow_id(s->follow), s->sides, &s->inside);
}

static void back(struct tl_view *view, void *state)
{
    (void)state;
    tl_view_turn_to(view, &tl_pane_packets);
}

static void leave(void *state)
{
    forget(state);
}

static const struct tl_binding keys[] = {
    { 'v', "v", "show as text, as a hex dump, as hexadecimal digits", next_form },
    { 'd', "d", "show both sides, or only one", next_sides },
    { 'u', "u", "what TLS carries, decrypted; again: the bytes as they were sent", switch_plain },
    { 'i', "i", "a stream in HTTP/2 or in QUIC, which carries HTTP/3, by its number", ask_number },
    { 'w', "w", "save the bytes of the sides shown (Enter: go to the byte's packet)", save },
    { TL_KEY_ESCAPE, "Esc", "return to the packets", back },
    { 0 },
};

const struct tl_pane tl_pane_stream = {
    .name = "stream",
    .title = "Stream",
    .page = "stream",
    .share = 1,
    .state_size = sizeof(struct stream),
    .keys = keys,
    .enter = enter,
    .changed = changed,
    .draw = draw,
    .note = note,
    .move = move,
    .click = click,
    .find = find,
    .leave = leave,
};
