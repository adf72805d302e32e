/* part.c - what is known of a row is asked first: a line costs decoding. */
#include "ui/part.h"

#include <string.h>

#include "core/record.h"
#include "export/value.h"

uint64_t tl_part_first(const struct tl_part *part, const struct tl_store *store)
{
    uint64_t first = tl_store_first(store);
    struct tl_flow_row flow;
    if (part->kind == TL_PART_FLOW && tl_store_flow(store, part->flow, &flow) && flow.first_row != TL_STORE_NONE &&
        flow.first_row > first)
        return flow.first_row;
    return first;
}

static bool has_host(const struct tl_part *part, const struct tl_store *store, uint32_t number)
{
    struct tl_flow_row flow;
    size_t len = part->version == 4 ? 4 : 16;
    return number != TL_STORE_NONE && tl_store_flow(store, number, &flow) && flow.id.version == part->version &&
           (memcmp(flow.id.orig_addr, part->address, len) == 0 || memcmp(flow.id.resp_addr, part->address, len) == 0);
}

static bool lies_within(const struct tl_part *part, const struct tl_stack *stack)
{
    return stack->count >= part->within.count && memcmp(stack->layers, part->within.layers, part->within.count) == 0;
}

bool tl_part_has_row(const struct tl_part *part, const struct tl_store *store, const struct tl_row *row)
{
    switch (part->kind) {
    case TL_PART_FLOW:
        return row->flow == part->flow;
    case TL_PART_HOST:
        return has_host(part, store, row->flow);
    case TL_PART_PROTOCOL:
        return lies_within(part, tl_store_stack(store, row->stack));
    case TL_PART_ALL:
        break;
    }
    return true;
}

bool tl_part_is_lost(const struct tl_part *part, const struct tl_store *store, const struct tl_row *row)
{
    struct tl_flow_row flow;
    return part->kind == TL_PART_HOST && row->flow != TL_STORE_NONE && !tl_store_flow(store, row->flow, &flow);
}

bool tl_part_has_line(const struct tl_part *part, const struct tl_list_line *line)
{
    char text[sizeof *line];
    size_t len = tl_list_line_text(line, text, sizeof text);
    return part->text.len == 0 || tl_needle_first(&part->text, text, len, 0) < len;
}

void tl_part_put(struct tl_buffer *out, const struct tl_part *part, const struct tl_columns *columns)
{
    switch (part->kind) {
    case TL_PART_FLOW:
        tl_put_format(out, "flow %u", part->flow + 1);
        break;
    case TL_PART_HOST:
        if (part->version == 4)
            tl_put_ipv4(out, part->address);
        else
            tl_put_ipv6(out, part->address);
        break;
    case TL_PART_PROTOCOL:
        for (unsigned i = 0; i < part->within.count; i++)
            tl_put_format(out, "%s%s", i > 0 ? "/" : "", tl_columns_name(columns, part->within.layers[i]));
        break;
    case TL_PART_ALL:
        break;
    }
    if (part->kind != TL_PART_ALL)
        tl_puts(out, part->text.len > 0 ? " alone, " : " alone");
    if (part->text.len > 0)
        tl_put_format(out, "those with \"%.20s\"", part->text.text);
}
