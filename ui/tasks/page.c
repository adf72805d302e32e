/* page.c - the lines of a page. */
#include "ui/tasks/page.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_MOST = 1 << 22 /* bytes */ };

void tl_page_add(struct tl_page *p, enum tl_page_kind kind, uint32_t row, const char *text, size_t len)
{
    if (p->full)
        return;
    if (p->count == p->capacity) {
        uint32_t capacity = p->capacity * 2 + 64;
        struct tl_page_line *grown = realloc(p->lines, capacity * sizeof *grown);
        p->full = grown == NULL;
        if (p->full)
            return;
        p->lines = grown;
        p->capacity = capacity;
    }
    size_t need = p->text.len + len + p->capacity * sizeof *p->lines;
    p->full = p->text.len + len > TEXT_MOST || !tl_memory_grow(p->source->memory, &p->charged, need);
    if (p->full)
        return;
    p->lines[p->count++] = (struct tl_page_line){ (uint32_t)p->text.len, (uint32_t)len, row, kind };
    tl_put(&p->text, text, len);
    p->full = p->text.failed;
}

void tl_page_add_text(struct tl_page *p, enum tl_page_kind kind, const char *text)
{
    tl_page_add(p, kind, TL_STORE_NONE, text, strlen(text));
}

void tl_page_add_lines(struct tl_page *p, enum tl_page_kind kind, uint32_t row, const struct tl_buffer *text)
{
    const char *at = (const char *)text->data, *end = at + text->len;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at)), *stop = newline != NULL ? newline : end;
        tl_page_add(p, kind, row, at, (size_t)(stop - at));
        at = stop + 1;
    }
}

void tl_page_fini(struct tl_page *p)
{
    tl_memory_give(p->source->memory, p->charged);
    free(p->lines);
    tl_buffer_fini(&p->text);
}
