/* subset.c - checks the row first: a line costs decoding. */
#include "ui/tasks/subset.h"

#include <string.h>

#include "core/record.h"
#include "export/value.h"

uint64_t tl_subset_first(const struct tl_subset *subset, const struct tl_store *store)
{
    uint64_t first = tl_store_first(store);
    struct tl_flow_row flow;
    if (subset->kind == TL_SUBSET_FLOW && !tl_subset_is_ordered(subset) && tl_store_flow(store, subset->flow, &flow) &&
        flow.first_row != TL_STORE_NONE && flow.first_row > first)
        return flow.first_row;
    return first;
}

static bool has_host(const struct tl_subset *subset, const struct tl_store *store, uint32_t number)
{
    struct tl_flow_row flow;
    size_t len = subset->version == 4 ? 4 : 16;
    return number != TL_STORE_NONE && tl_store_flow(store, number, &flow) && flow.id.version == subset->version &&
           (memcmp(flow.id.orig_addr, subset->address, len) == 0 ||
            memcmp(flow.id.resp_addr, subset->address, len) == 0);
}

static bool lies_within(const struct tl_subset *subset, const struct tl_stack *stack)
{
    const struct tl_stack *outer = &subset->within;
    return stack->count >= outer->count && memcmp(stack->layers, outer->layers, outer->count) == 0;
}

bool tl_subset_has_row(const struct tl_subset *subset, const struct tl_store *store, const struct tl_row *row)
{
    switch (subset->kind) {
    case TL_SUBSET_FLOW:
        return row->flow == subset->flow;
    case TL_SUBSET_HOST:
        return has_host(subset, store, row->flow);
    case TL_SUBSET_PROTOCOL:
        return lies_within(subset, tl_store_stack(store, row->stack));
    case TL_SUBSET_ALL:
        break;
    }
    return true;
}

bool tl_subset_is_lost(const struct tl_subset *subset, const struct tl_store *store, const struct tl_row *row)
{
    struct tl_flow_row flow;
    return subset->kind == TL_SUBSET_HOST && row->flow != TL_STORE_NONE && !tl_store_flow(store, row->flow, &flow);
}

bool tl_subset_has_line(const struct tl_subset *subset, const struct tl_list_line *line)
{
    char text[sizeof *line];
    size_t len = tl_list_line_text(line, text, sizeof text);
    return subset->text.len == 0 || tl_needle_first(&subset->text, text, len, 0) < len;
}

/* Cut to what a title has room for, in whole characters. */
static void put_filter(struct tl_buffer *out, const char *text)
{
    enum { ROOM = 32 };
    size_t len = strlen(text), n = len > ROOM ? ROOM - 2 : len;
    while (n < len && n > 0 && (text[n] & 0xc0) == 0x80)
        n--;
    tl_put_format(out, "filter %.*s%s", (int)n, text, n < len ? ".." : "");
}

void tl_subset_put(struct tl_buffer *out, const struct tl_subset *subset, const struct tl_columns *columns)
{
    switch (subset->kind) {
    case TL_SUBSET_FLOW:
        tl_put_format(out, "flow %u", subset->flow + 1);
        break;
    case TL_SUBSET_HOST:
        if (subset->version == 4)
            tl_put_ipv4(out, subset->address);
        else
            tl_put_ipv6(out, subset->address);
        break;
    case TL_SUBSET_PROTOCOL:
        for (unsigned i = 0; i < subset->within.count; i++)
            tl_put_format(out, "%s%s", i > 0 ? "/" : "", tl_columns_name(columns, subset->within.layers[i]));
        break;
    case TL_SUBSET_ALL:
        break;
    }
    if (subset->kind != TL_SUBSET_ALL)
        tl_puts(out, tl_subset_decodes(subset) ? " only, " : " only");
    if (subset->filter != NULL)
        put_filter(out, subset->filter->text);
    if (subset->filter != NULL && subset->text.len > 0)
        tl_puts(out, ", ");
    if (subset->text.len > 0)
        tl_put_format(out, "lines with \"%.20s\"", subset->text.text);
}
