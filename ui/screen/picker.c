/* picker.c - the interfaces with their traffic now, and a line for the name of a file. */
#include "ui/screen/picker.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "capture/devices.h"
#include "ui/screen/complete.h"
#include "ui/screen/list.h"
#include "ui/screen/prompt.h"

enum { REFRESH_MS = 1000, MARGIN = 2, PACKETS_WIDTH = 10, BITS_WIDTH = 13, STATE_WIDTH = 7, NAME_LEAST = 9 };

struct picker {
    const struct tl_picker_options *options;
    struct tl_screen *screen;
    struct tl_devices devices;
    struct tl_list list;
    struct tl_prompt prompt;
    struct tl_completions completions;
    struct tl_error error; /* in place of the hint, until the next key */
    bool quit, opened;
};

/* --- what there is --- */

/* The chosen interface stays chosen, even if its place changes. */
static void refresh(struct picker *p)
{
    char chosen[sizeof p->devices.items->name] = "";
    struct tl_error error = { 0 };
    if (p->list.chosen < p->devices.count)
        snprintf(chosen, sizeof chosen, "%s", p->devices.items[p->list.chosen].name);
    if (tl_devices_refresh(&p->devices, &error) != TL_E_NONE)
        p->error = error;
    for (uint32_t i = 0; i < p->devices.count; i++) {
        if (strcmp(p->devices.items[i].name, chosen) == 0)
            p->list.chosen = i;
    }
    if (p->list.chosen >= p->devices.count)
        p->list.chosen = p->devices.count > 0 ? p->devices.count - 1 : 0;
}

static void try_to_open(struct picker *p, const struct tl_choice *choice)
{
    p->error = (struct tl_error){ 0 };
    p->opened = p->options->open(p->options->context, choice, &p->error) == TL_E_NONE;
}

/* --- keys --- */

static void choose(struct tl_view *view, void *state)
{
    struct picker *p = state;
    struct tl_choice choice = { .interface = true };
    (void)view;
    if (p->list.chosen >= p->devices.count)
        return;
    snprintf(choice.name, sizeof choice.name, "%s", p->devices.items[p->list.chosen].name);
    try_to_open(p, &choice);
}

static const char file_label[] = "File (Tab completes): ";

static void ask_file(struct tl_view *view, void *state)
{
    struct picker *p = state;
    (void)view;
    p->prompt = (struct tl_prompt){ .label = file_label };
}

static void leave(struct tl_view *view, void *state)
{
    (void)view;
    ((struct picker *)state)->quit = true;
}

const struct tl_binding tl_picker_bindings[] = {
    { TL_KEY_ENTER, "Enter", "capture from the interface", choose },
    { 'o', "o", "open a file; Tab completes its name", ask_file },
    { 'q', "q", "quit", leave },
    { 0 },
};

static void move(struct picker *p, int key)
{
    static const struct {
        int key;
        enum tl_move move;
    } moves[] = { { TL_KEY_UP, TL_MOVE_UP },           { 'k', TL_MOVE_UP },     { TL_KEY_DOWN, TL_MOVE_DOWN },
                  { 'j', TL_MOVE_DOWN },               { TL_KEY_HOME, TL_MOVE_HOME }, { 'g', TL_MOVE_HOME },
                  { TL_KEY_END, TL_MOVE_END },         { 'G', TL_MOVE_END },    { TL_KEY_PAGE_UP, TL_MOVE_PAGE_UP },
                  { TL_KEY_PAGE_DOWN, TL_MOVE_PAGE_DOWN } };
    for (size_t i = 0; i < TL_COUNT(moves); i++) {
        if (moves[i].key == key)
            tl_list_move(&p->list, 0, p->devices.count, moves[i].move);
    }
}

static void typed_name(struct picker *p, struct tl_typed typed)
{
    struct tl_choice choice = { .interface = false };
    tl_completions_fini(&p->completions);
    if (typed.key == TL_KEY_TAB) {
        tl_complete_path(p->prompt.text, sizeof p->prompt.text, &p->completions);
        p->prompt.len = strlen(p->prompt.text);
        p->prompt.after = 0;
    } else if (tl_prompt_edit(&p->prompt, typed) && p->prompt.len > 0) {
        snprintf(choice.name, sizeof choice.name, "%s", p->prompt.text);
        try_to_open(p, &choice);
        p->prompt.label = p->opened ? NULL : file_label; /* to be corrected */
    }
}

static void typed_key(struct picker *p, struct tl_typed typed)
{
    if (typed.key == TL_KEY_GONE) {
        p->quit = true;
        return;
    }
    if (typed.key == TL_KEY_RESIZED)
        return;
    p->error = (struct tl_error){ 0 };
    if (p->prompt.label != NULL) {
        typed_name(p, typed);
        return;
    }
    for (const struct tl_binding *key = tl_picker_bindings; key->key != 0; key++) {
        if (key->key == typed.key)
            key->act(NULL, p);
    }
    move(p, typed.key);
}

/* --- drawing --- */

static int put(const struct picker *p, const struct tl_area *area, int row, enum tl_style style, const char *text)
{
    return tl_screen_text(p->screen, area, row, MARGIN, area->columns - MARGIN, style, text, strlen(text));
}

static void put_device(struct tl_buffer *out, const struct tl_device *d, int width)
{
    struct tl_buffer bits = { 0 };
    tl_put_format(out, "%-*s  %-*s  ", width, d->name, STATE_WIDTH, !d->up ? "down" : d->running ? "up" : "no link");
    if (d->counted)
        tl_device_put_bit_rate(&bits, d->bit_rate);
    if (d->counted)
        tl_put_format(out, "%*.0f  %*.*s  ", PACKETS_WIDTH, d->packet_rate, BITS_WIDTH, (int)bits.len,
                      (const char *)bits.data);
    else
        tl_put_format(out, "%*s", PACKETS_WIDTH + BITS_WIDTH + 4, "");
    tl_buffer_fini(&bits);
    if (d->addresses.len > 0)
        tl_put(out, d->addresses.data, d->addresses.len);
    else if (d->description[0] != '\0')
        tl_put_format(out, "(%s)", d->description);
}

static void draw_devices(struct picker *p, const struct tl_area *area, int row)
{
    struct tl_buffer line = { 0 };
    int width = NAME_LEAST;
    for (uint32_t i = 0; i < p->devices.count; i++) {
        int len = (int)strlen(p->devices.items[i].name);
        width = len > width ? len : width;
    }
    tl_put_format(&line, "%-*s  %-*s  %*s  %*s  %s", width, "Interface", STATE_WIDTH, "State", PACKETS_WIDTH,
                  "packets/s", BITS_WIDTH, "bit/s", "Addresses");
    tl_screen_text(p->screen, area, row++, MARGIN, area->columns, TL_STYLE_HEADING, (const char *)line.data, line.len);
    tl_list_fit(&p->list, 0, p->devices.count, area->rows - row);
    for (uint64_t i = p->list.top; i < p->devices.count && row < area->rows; i++, row++) {
        bool chosen = i == p->list.chosen && p->prompt.label == NULL;
        line.len = 0;
        put_device(&line, &p->devices.items[i], width);
        if (chosen)
            tl_screen_fill(p->screen, area, row, 0, area->columns, TL_STYLE_CURSOR);
        tl_screen_text(p->screen, area, row, MARGIN, area->columns, chosen ? TL_STYLE_CURSOR : TL_STYLE_TEXT,
                       (const char *)line.data, line.len);
    }
    tl_buffer_fini(&line);
}

static void draw_completions(const struct picker *p, const struct tl_area *area)
{
    const struct tl_completions *c = &p->completions;
    char more[48];
    int row = 1;
    for (size_t i = 0; i < c->count && row < area->rows - 1; i++)
        put(p, area, row++, TL_STYLE_TEXT, c->names[i]);
    size_t left = c->count + c->more - (size_t)(row - 1);
    snprintf(more, sizeof more, "and %zu more", left);
    if (left > 0)
        put(p, area, row, TL_STYLE_DIM, more);
}

static void draw(struct picker *p)
{
    static const char hint[] = " Enter capture  o open a file  q quit";
    int rows, columns, row = 1;
    tl_screen_size(p->screen, &rows, &columns);
    struct tl_area whole = { 0, 0, rows - 1, columns }, line = { rows - 1, 0, 1, columns };
    tl_screen_erase(p->screen);
    tl_screen_rule(p->screen, &whole, 0, true, p->completions.count > 0 ? "Files" : "Interfaces", "");
    if (p->completions.count > 0) {
        draw_completions(p, &whole);
    } else {
        const char *wrong = p->error.kind != TL_E_NONE ? p->error.text : p->options->refused;
        if (wrong != NULL)
            row += 1 + tl_screen_wrapped(p->screen, &whole, row, MARGIN, columns - 2 * MARGIN, TL_STYLE_WRONG, wrong,
                                         strlen(wrong));
        draw_devices(p, &whole, row);
    }
    if (p->prompt.label != NULL) {
        tl_prompt_show(&p->prompt, p->screen, &line);
    } else {
        tl_screen_fill(p->screen, &line, 0, 0, columns, TL_STYLE_STATUS);
        tl_screen_text(p->screen, &line, 0, 0, columns, TL_STYLE_STATUS, hint, sizeof hint - 1);
    }
    tl_screen_show(p->screen);
}

/* --- the loop --- */

static void take_typed(struct picker *p)
{
    for (;;) {
        struct tl_typed typed = tl_screen_read(p->screen);
        if (typed.key == TL_KEY_NONE || p->quit || p->opened)
            return;
        typed_key(p, typed);
    }
}

bool tl_picker_run(const struct tl_picker_options *options, struct tl_screen *screen)
{
    struct picker p = { .options = options, .screen = screen };
    struct pollfd fds[] = { { .fd = tl_screen_fd(screen), .events = POLLIN },
                            { .fd = options->signals->fd, .events = POLLIN } };
    refresh(&p);
    while (!p.quit && !p.opened) {
        draw(&p);
        int n = poll(fds, TL_COUNT(fds), REFRESH_MS);
        if (n < 0 && errno != EINTR)
            break;
        if (n > 0 && fds[1].revents != 0)
            p.quit = tl_view_signals_take(options->signals, screen) == TL_SIGNALLED_END;
        if (n > 0 && fds[0].revents != 0)
            take_typed(&p);
        if (n == 0)
            refresh(&p);
    }
    tl_completions_fini(&p.completions);
    tl_devices_fini(&p.devices);
    return p.opened;
}
