/* field_filter.h - a display filter that selects packets with the same field and value as a line of a tree. */
#ifndef TL_UI_FIELD_FILTER_H
#define TL_UI_FIELD_FILTER_H

#include "core/buffer.h"
#include "core/sink.h"
#include "core/tree.h"

/*
 * Writes it: "dns.qry.type == 28"; the name alone for layers, groups, secrets and what has no value. The beginning of
 * long texts and bytes is compared.
 */
void tl_put_field_filter(struct tl_buffer *out, const struct tl_protocols *protocols, const struct tl_tree *tree,
                         const struct tl_node *node);
/* How a filter is combined with the one that is shown. */
enum tl_filter_use { TL_FILTER_ONLY, TL_FILTER_NOT, TL_FILTER_AND, TL_FILTER_OR, TL_FILTER_AND_NOT, TL_FILTER_OR_NOT,
                     TL_FILTER_USES };
/* Writes the filter that both make. */
void tl_put_filters(struct tl_buffer *out, const char *shown, const char *more, enum tl_filter_use use);

#endif
