/* stream_lines.c - one pass over the bytes; a line has its offset, so that any place is found by a binary search. */
#include "ui/panes/stream_lines.h"

#include <sys/mman.h>

enum { LINES_MOST = TL_FOLLOW_BYTES + TL_FOLLOW_PIECES, TAIL_MOST = 3 }; /* bytes of a character after its first */

#define LINES_SIZE (LINES_MOST * sizeof(struct tl_stream_line))

bool tl_stream_lines_init(struct tl_stream_lines *lines, struct tl_memory *memory)
{
    void *p = mmap(NULL, LINES_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    *lines = (struct tl_stream_lines){ .items = p != MAP_FAILED ? p : NULL, .memory = memory };
    return lines->items != NULL;
}

void tl_stream_lines_fini(struct tl_stream_lines *lines)
{
    if (lines->items == NULL)
        return;
    munmap(lines->items, LINES_SIZE);
    tl_memory_give(lines->memory, lines->charged);
    *lines = (struct tl_stream_lines){ .items = NULL };
}

void tl_stream_lines_begin(struct tl_stream_lines *lines, enum tl_stream_form form, unsigned sides, uint32_t width,
                           bool bounded)
{
    lines->form = form;
    lines->sides = sides;
    lines->width = width > 0 ? width : 1;
    lines->bounded = bounded;
    lines->count = lines->pieces = 0;
    lines->open = lines->full = false;
}

/* NULL: no memory. */
static struct tl_stream_line *new_line(struct tl_stream_lines *lines, uint32_t at, uint32_t piece)
{
    size_t size = ((size_t)lines->count + 1) * sizeof *lines->items;
    lines->full = lines->count == LINES_MOST || !tl_memory_grow(lines->memory, &lines->charged, size);
    if (lines->full)
        return NULL;
    struct tl_stream_line *line = &lines->items[lines->count++];
    *line = (struct tl_stream_line){ .at = at, .piece = piece };
    return line;
}

/* A text breaks at its line ends, and before a character that does not fit. */
static bool breaks_before(const struct tl_stream_lines *lines, const struct tl_stream_line *line, uint8_t byte)
{
    if (line->len < lines->width)
        return false;
    bool tail = lines->form == TL_STREAM_TEXT && (byte & 0xc0) == 0x80;
    return !tail || line->len >= lines->width + TAIL_MOST;
}

static void cut(struct tl_stream_lines *lines, const struct tl_follow_piece *piece, const uint8_t *bytes,
                uint32_t index)
{
    for (uint32_t at = piece->at; at < piece->at + piece->len; at++) {
        struct tl_stream_line *line = lines->open ? &lines->items[lines->count - 1] : NULL;
        if (line == NULL || breaks_before(lines, line, bytes[at]))
            line = new_line(lines, at, index);
        if (line == NULL)
            return;
        line->len++;
        lines->open = lines->form != TL_STREAM_TEXT || bytes[at] != '\n';
    }
}

void tl_stream_lines_add(struct tl_stream_lines *lines, const struct tl_follow *follow)
{
    const struct tl_follow_piece *pieces = tl_follow_pieces(follow);
    uint32_t count = tl_follow_count(follow);
    for (uint32_t i = lines->pieces; i < count && !lines->full; i++) {
        const struct tl_follow_piece *piece = &pieces[i];
        bool goes_on = i > 0 && !lines->bounded && pieces[i - 1].side == piece->side && piece->gap == 0;
        lines->open = lines->open && goes_on;
        if (!(lines->sides >> piece->side & 1))
            continue;
        if (piece->gap > 0)
            (void)new_line(lines, piece->at, i);
        else
            cut(lines, piece, tl_follow_bytes(follow), i);
    }
    lines->pieces = count;
}

uint32_t tl_stream_lines_find(const struct tl_stream_lines *lines, uint32_t at)
{
    uint32_t low = 0, high = lines->count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (lines->items[middle].at <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}
