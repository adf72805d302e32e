/*
 * subset.h - a subset of the packets: those of a flow, a host or a protocol, those that a display filter selects, those
 * whose lines contain a text, or all of these at once. Zeroed: all packets.
 */
#ifndef TL_UI_SUBSET_H
#define TL_UI_SUBSET_H

#include "core/buffer.h"
#include "export/columns.h"
#include "ui/store/source.h"
#include "ui/tasks/display_filter.h"
#include "ui/tasks/list_line.h"
#include "ui/tasks/needle.h"

enum tl_subset_kind { TL_SUBSET_ALL, TL_SUBSET_FLOW, TL_SUBSET_HOST, TL_SUBSET_PROTOCOL };

struct tl_subset {
    enum tl_subset_kind kind;
    uint32_t flow;           /* TL_SUBSET_FLOW */
    uint8_t version;         /* TL_SUBSET_HOST: 4 or 6 */
    uint8_t address[16];
    struct tl_stack within;  /* TL_SUBSET_PROTOCOL: the outermost protocols are these */
    struct tl_needle text;   /* len 0: any text */
    const struct tl_display_filter *filter; /* borrowed; NULL: none */
};

static inline bool tl_subset_is_all(const struct tl_subset *subset)
{
    return subset->kind == TL_SUBSET_ALL && subset->text.len == 0 && subset->filter == NULL;
}
/* Packets are decoded to find those that belong to it. */
static inline bool tl_subset_decodes(const struct tl_subset *subset)
{
    return subset->text.len > 0 || subset->filter != NULL;
}
/* The filter asks for what depends on all packets: numbers of conversations, the packet selected before. */
static inline bool tl_subset_is_ordered(const struct tl_subset *subset)
{
    return subset->filter != NULL && tl_predicate_is_ordered(subset->filter->predicate);
}
/* The first row that may belong to it. */
uint64_t tl_subset_first(const struct tl_subset *subset, const struct tl_store *store);
/* The row belongs to that flow, host or protocol. */
bool tl_subset_has_row(const struct tl_subset *subset, const struct tl_store *store, const struct tl_row *row);
/* Not known any more: the slot of the row's flow now has another flow. */
bool tl_subset_is_lost(const struct tl_subset *subset, const struct tl_store *store, const struct tl_row *row);
/* The line contains the text. */
bool tl_subset_has_line(const struct tl_subset *subset, const struct tl_list_line *line);
/*
 * Some flows have packets that belong to it and others that do not, or the filter is ordered. Then all packets are
 * decoded, for the sake of later ones.
 */
static inline bool tl_subset_cuts_flows(const struct tl_subset *subset)
{
    return subset->kind == TL_SUBSET_PROTOCOL || tl_subset_is_ordered(subset);
}
/* "flow 3 only, filter dns, lines with "GET"". */
void tl_subset_put(struct tl_buffer *out, const struct tl_subset *subset, const struct tl_columns *columns);

#endif
