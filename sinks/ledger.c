/* ledger.c - which records of a frame a server has. */
#include "sinks/ledger.h"

#include <stdlib.h>
#include <string.h>

static bool is_same(const struct tl_ledger *l, const struct tl_record_frame *frame)
{
    return l->count > 0 && l->count == frame->count && l->first == frame->first && strcmp(l->run, frame->run) == 0 &&
           strcmp(l->sensor, frame->sensor) == 0;
}

bool tl_ledger_begin(struct tl_ledger *l, const struct tl_record_frame *frame)
{
    if (is_same(l, frame))
        return true;
    l->count = 0;
    l->waits = l->sent = 0;
    struct tl_ledger_entry *entries = realloc(l->entries, (frame->count + 1) * sizeof *entries);
    if (entries == NULL)
        return false;
    l->entries = entries;
    const uint8_t *begin = frame->lines.data, *line = begin, *end = begin + frame->lines.len;
    size_t count = 0;
    for (size_t len; line < end && count < frame->count; line += len) {
        const uint8_t *newline = memchr(line, '\n', (size_t)(end - line));
        len = newline != NULL ? (size_t)(newline - line) + 1 : (size_t)(end - line);
        entries[count++] = (struct tl_ledger_entry){ .at = (size_t)(line - begin), .len = (uint32_t)len };
    }
    memcpy(l->sensor, frame->sensor, sizeof l->sensor);
    memcpy(l->run, frame->run, sizeof l->run);
    l->first = frame->first;
    l->count = frame->count;
    l->waits = count;
    for (; count < frame->count; count++) /* a frame has as many lines as it says */
        entries[count] = (struct tl_ledger_entry){ .state = TL_ENTRY_DONE };
    return true;
}

bool tl_ledger_over(struct tl_ledger *l)
{
    bool over = l->waits == 0 && l->sent == 0;
    l->count = over ? 0 : l->count;
    return over;
}

void tl_ledger_put(struct tl_ledger *l, size_t i, enum tl_ledger_state state)
{
    struct tl_ledger_entry *entry = &l->entries[i];
    l->waits += (size_t)(state == TL_ENTRY_WAITS) - (size_t)(entry->state == TL_ENTRY_WAITS);
    l->sent += (size_t)(state == TL_ENTRY_SENT) - (size_t)(entry->state == TL_ENTRY_SENT);
    entry->state = (uint8_t)state;
}

void tl_ledger_forget_sent(struct tl_ledger *l)
{
    for (size_t i = 0; i < l->count && l->sent > 0; i++)
        if (l->entries[i].state == TL_ENTRY_SENT)
            tl_ledger_put(l, i, TL_ENTRY_WAITS);
}

void tl_ledger_set_aside(struct tl_ledger *l, const struct tl_record_frame *frame, size_t i,
                         const struct tl_target_options *options, const char *why)
{
    const struct tl_ledger_entry *entry = &l->entries[i];
    l->text.len = 0;
    l->text.failed = false;
    tl_frame_put_line(&l->text, frame, frame->lines.data + entry->at, entry->len, frame->first + i);
    tl_put_char(&l->text, '\n');
    if (!l->text.failed)
        options->set_aside(options->context, l->text.data, l->text.len, why);
    else /* without memory: without the keys that name it */
        options->set_aside(options->context, frame->lines.data + entry->at, entry->len, why);
    tl_ledger_put(l, i, TL_ENTRY_DONE);
}

void tl_ledger_fini(struct tl_ledger *l)
{
    free(l->entries);
    tl_buffer_fini(&l->text);
    *l = (struct tl_ledger){ .count = 0 };
}
