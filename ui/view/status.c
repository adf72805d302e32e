/* status.c - the last line: the source, the progress, the errors. */
#include "ui/view/status.h"

#include <inttypes.h>
#include <string.h>

#include "capture/devices.h"
#include "core/pcapng_options.h"
#include "export/json.h"
#include "ui/view/finding.h"
#include "ui/view/saving.h"
#include "ui/view/state.h"

enum { ROWS_MOST = 4, NAME_LEAST = 12, FAILURE_LEAST = 30, GAP = 2, COMMENT_MOST = 40 /* bytes */ };

/* A part of the line. If not all parts fit, those of the highest rank are left out first; some are cut. */
struct part {
    struct tl_buffer text;
    enum tl_style style;
    unsigned rank;
    int least, width; /* cells; least 0: it is never cut */
    bool shown;
};

enum { SOURCE, FILTER, RATE, PACKETS, DROPS, DROPS_APART, PROGRESS, MEMORY, FAILURE, COMMENT, PARTS };

static const char *source_name(const struct tl_view *view, uint32_t i)
{
    const struct tl_view_options *o = view->options;
    if (o->live)
        return tl_interfaces_get(view->interfaces, i)->name;
    const char *slash = strrchr(o->inputs[i], '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : o->inputs[i];
}

static void put_source(struct tl_buffer *b, const struct tl_view *view)
{
    uint32_t count = view->options->live ? tl_interfaces_count(view->interfaces) : view->options->input_count;
    for (uint32_t i = 0; i < count && i < 2; i++) {
        tl_puts(b, i > 0 ? " " : "");
        tl_puts(b, source_name(view, i));
    }
    if (count > 2)
        tl_put_format(b, " and %u more", count - 2);
}

static void put_drops(struct part *parts, const struct tl_counters *c, bool live)
{
    uint64_t sum = c->dropped_kernel + c->dropped_interface + c->dropped_ring + c->dropped_write;
    if (sum == 0 && !live)
        return;
    tl_put_format(&parts[DROPS].text, "%" PRIu64 " drops", sum);
    if (sum == 0)
        return;
    parts[DROPS].style = TL_STYLE_WRONG;
    parts[DROPS_APART].style = TL_STYLE_WRONG;
    tl_put_format(&parts[DROPS_APART].text, "(kernel %" PRIu64 ", interface %" PRIu64 ", ours %" PRIu64,
                  c->dropped_kernel, c->dropped_interface, c->dropped_ring);
    if (c->dropped_write > 0)
        tl_put_format(&parts[DROPS_APART].text, ", -w %" PRIu64, c->dropped_write);
    tl_puts(&parts[DROPS_APART].text, ")");
}

static void put_progress(struct tl_buffer *b, const struct tl_view *view)
{
    uint64_t done = atomic_load(&view->options->progress->done), total = atomic_load(&view->options->progress->total);
    bool ended = atomic_load(&view->options->progress->ended);
    if (view->options->live)
        tl_puts(b, ended ? "ended" : "");
    else if (!ended)
        tl_put_format(b, total > 0 ? "reading %" PRIu64 " %%" : "reading", total > 0 ? done * 100 / total : 0);
}

/* The first comment of the first file; all of them are above the fields of a packet. */
static void put_comment(struct tl_buffer *b, const struct tl_view *view)
{
    enum { OPTIONS = 24, END = 4 }; /* of a Section Header Block: offset, and bytes after them */
    const struct tl_interface *first = tl_interfaces_get(view->interfaces, 0);
    struct tl_bytes text;
    if (first == NULL || first->section_block.len < OPTIONS + END)
        return;
    const uint8_t *p = first->section_block.data + OPTIONS;
    if (!tl_pcapng_comment(&p, first->section_block.data + first->section_block.len - END, first->big_endian, &text))
        return;
    uint32_t len = text.len < COMMENT_MOST ? (uint32_t)text.len : COMMENT_MOST;
    while (len > 0 && len < text.len && (text.data[len] & 0xc0) == 0x80)
        len--; /* whole characters */
    tl_put_lit(b, "# ");
    tl_put_safe_text(b, text.data, len);
}

static void fill_parts(struct part *parts, const struct tl_view *view)
{
    static const unsigned ranks[PARTS] = { [DROPS] = 0, [FAILURE] = 1, [PACKETS] = 2, [SOURCE] = 3, [FILTER] = 4,
                                           [RATE] = 5, [PROGRESS] = 6, [MEMORY] = 7, [DROPS_APART] = 8,
                                           [COMMENT] = 9 };
    uint64_t first = tl_store_first(view->store);
    bool ended = atomic_load(&view->options->progress->ended);
    for (unsigned i = 0; i < PARTS; i++)
        parts[i] = (struct part){ .style = TL_STYLE_STATUS, .rank = ranks[i] };
    parts[SOURCE].least = parts[FILTER].least = parts[COMMENT].least = NAME_LEAST;
    parts[FAILURE].least = FAILURE_LEAST;
    put_source(&parts[SOURCE].text, view);
    if (view->filter[0] != '\0')
        tl_put_format(&parts[FILTER].text, "filter: %s", view->filter);
    if (view->options->live && !ended) {
        tl_put_format(&parts[RATE].text, "%.0f packets/s ", view->rates.packets);
        tl_device_put_bit_rate(&parts[RATE].text, view->rates.bits);
    }
    tl_put_format(&parts[PACKETS].text, "%" PRIu64 " packets", tl_store_count(view->store));
    if (first > 0)
        tl_put_format(&parts[PACKETS].text, " (%" PRIu64 " gone)", first);
    put_drops(parts, &view->rates.counters, view->options->live);
    put_progress(&parts[PROGRESS].text, view);
    put_comment(&parts[COMMENT].text, view);
    tl_put_format(&parts[MEMORY].text, "%zu MiB", view->rates.memory >> 20);
    if (ended && view->failure.kind != TL_E_NONE)
        tl_puts(&parts[FAILURE].text, view->failure.text);
}

/* Chooses the parts that fit, by rank; the rest of the width goes to those that were cut. */
static void choose_parts(struct part *parts, int columns)
{
    int left = columns - 1;
    for (unsigned rank = 0; rank < PARTS; rank++) {
        for (unsigned i = 0; i < PARTS; i++) {
            struct part *p = &parts[i];
            int width = (int)p->text.len;
            if (p->rank != rank || width == 0)
                continue;
            p->width = p->least > 0 && width > p->least ? p->least : width;
            p->shown = p->width + GAP <= left;
            left -= p->shown ? p->width + GAP : 0;
        }
    }
    for (unsigned i = 0; i < PARTS && left > 0; i++) {
        int more = (int)parts[i].text.len - parts[i].width;
        if (!parts[i].shown || more <= 0)
            continue;
        parts[i].width += more < left ? more : left;
        left -= more < left ? more : left;
    }
}

static int draw_part(const struct tl_view *view, const struct tl_area *line, int column, const struct part *p)
{
    const char *text = (const char *)p->text.data;
    bool cut = (size_t)p->width < p->text.len;
    int width = cut ? p->width - 2 : p->width;
    int used = tl_screen_text(view->screen, line, 0, column, width, p->style, text, p->text.len);
    return used + (cut ? tl_screen_text(view->screen, line, 0, column + used, 2, p->style, "..", 2) : 0);
}

static int draw_parts(const struct tl_view *view, const struct tl_area *line)
{
    struct part parts[PARTS];
    int column = 1;
    fill_parts(parts, view);
    choose_parts(parts, line->columns);
    for (unsigned i = 0; i < PARTS; i++) {
        if (parts[i].shown)
            column += GAP + draw_part(view, line, column, &parts[i]);
        tl_buffer_fini(&parts[i].text);
    }
    return column;
}

/*
 * Draws over as many rows as needed, at the bottom of the screen: the end of a message says what to do. Returns the
 * cells used of the last row.
 */
static int draw_message(struct tl_view *view, const struct tl_area *screen, enum tl_style style, const char *text)
{
    int width = screen->columns > 2 ? screen->columns - 2 : 1, rows = 0;
    size_t starts[ROWS_MOST], lens[ROWS_MOST], len = strlen(text), next;
    for (size_t at = 0; at < len && rows < ROWS_MOST && rows < screen->rows; at += next, rows++) {
        starts[rows] = at;
        lens[rows] = tl_screen_wrap(view->screen, text + at, len - at, width, false, &next);
    }
    int used = 0;
    for (int i = 0; i < rows; i++) {
        int row = screen->rows - rows + i;
        tl_screen_fill(view->screen, screen, row, 0, screen->columns, style);
        used = tl_screen_text(view->screen, screen, row, 1, width, style, text + starts[i], lens[i]);
    }
    return used + 1;
}

void tl_status_draw(struct tl_view *view, const struct tl_area *screen)
{
    static const char *const hints[] = { "p other pages  ? help  q quit ", "? help  q quit " };
    enum tl_style style = view->message[0] != '\0' && view->message_is_wrong ? TL_STYLE_WRONG : TL_STYLE_STATUS;
    struct tl_area line = { screen->row + screen->rows - 1, screen->column, 1, screen->columns };
    char doing[96];
    bool busy = tl_finding_progress(view, doing, sizeof doing) || tl_saving_progress(view, doing, sizeof doing);
    const char *text = view->message[0] != '\0' ? view->message : busy ? doing : NULL;
    tl_screen_fill(view->screen, &line, 0, 0, line.columns, style);
    int used = text != NULL ? draw_message(view, screen, style, text) : draw_parts(view, &line);
    for (size_t i = 0; i < TL_COUNT(hints); i++) {
        int len = (int)strlen(hints[i]);
        if (line.columns - used - 1 < len)
            continue;
        tl_screen_text(view->screen, &line, 0, line.columns - len, len, style, hints[i], (size_t)len);
        break;
    }
}
