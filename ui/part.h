/*
 * part.h - a part of the packets: those of a flow, of a host or of a protocol, those whose lines have a text, or those
 * to which both apply. Zeroed: all of them.
 */
#ifndef TL_UI_PART_H
#define TL_UI_PART_H

#include "core/buffer.h"
#include "export/columns.h"
#include "ui/needle.h"
#include "ui/reader.h"

enum tl_part_kind { TL_PART_ALL, TL_PART_FLOW, TL_PART_HOST, TL_PART_PROTOCOL };

struct tl_part {
    enum tl_part_kind kind;
    uint32_t flow;           /* TL_PART_FLOW */
    uint8_t version;         /* TL_PART_HOST: 4 or 6 */
    uint8_t address[16];
    struct tl_stack within;  /* TL_PART_PROTOCOL: these protocols are the outermost ones */
    struct tl_needle text;   /* len 0: any */
};

static inline bool tl_part_is_all(const struct tl_part *part)
{
    return part->kind == TL_PART_ALL && part->text.len == 0;
}
/* The first row that may be of it. */
uint64_t tl_part_first(const struct tl_part *part, const struct tl_store *store);
/* Is it of that flow, host or protocol? */
bool tl_part_has_row(const struct tl_part *part, const struct tl_store *store, const struct tl_row *row);
/* Cannot that be told any more? Its flow's place has another one now. */
bool tl_part_is_lost(const struct tl_part *part, const struct tl_store *store, const struct tl_row *row);
/* Has its line the text? */
bool tl_part_has_line(const struct tl_part *part, const struct tl_list_line *line);
/*
 * Are there flows of which some packets are of it and others are not? Then all are decoded, for the later ones' sake.
 */
static inline bool tl_part_cuts_flows(const struct tl_part *part)
{
    return part->kind == TL_PART_PROTOCOL;
}
/* "flow 3 alone, those with "GET"". */
void tl_part_put(struct tl_buffer *out, const struct tl_part *part, const struct tl_columns *columns);

#endif
