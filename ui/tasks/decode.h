/*
 * decode.h - decodes packets by their rows, after the earlier packets of their flows: shared by the lines of the list,
 * the tree and searches. For one thread.
 */
#ifndef TL_UI_DECODE_H
#define TL_UI_DECODE_H

#include "core/channel.h"
#include "export/columns.h"
#include "filter/predicate.h"
#include "pipeline/detail.h"
#include "ui/tasks/fetch.h"
#include "ui/tasks/list_line.h"

enum { TL_DECODE_SCATTERED = 256 };

struct tl_decode {
    const struct tl_store *store;
    struct tl_protocols protocols;
    struct tl_columns *columns; /* owned */
    struct tl_detail *detail;   /* owned */
    struct tl_fetch fetch;
    struct tl_packet packet;    /* the last one that was fetched */
    uint64_t row;               /* its row */
    struct tl_buffer text;      /* for the text of columns */
    struct tl_buffer comments;  /* of the last row: a line each */
    uint64_t first;             /* first row of the round */
    bool scattered;
    bool other_layers;          /* see struct tl_scene */
    struct {
        uint32_t flow, row;
    } given[TL_DECODE_SCATTERED]; /* scattered: the last row of each flow */
    uint32_t given_count;
    uint32_t budget;            /* earlier packets that are still given, in this round */
};

/* false without memory; call tl_decode_fini() all the same. */
bool tl_decode_init(struct tl_decode *decode, const struct tl_packet_source *source);
/* The same; record(context, ..) is called for the records of the packets. */
bool tl_decode_init_records(struct tl_decode *decode, const struct tl_packet_source *source,
                            void (*record)(void *context, const struct tl_record_def *def,
                                           const struct tl_record *record, const struct tl_flow_id *id),
                            void *context);
/* The same with files: file(context, ..) is called for their pieces. */
bool tl_decode_init_files(struct tl_decode *decode, const struct tl_packet_source *source,
                          void (*record)(void *context, const struct tl_record_def *def,
                                         const struct tl_record *record, const struct tl_flow_id *id),
                          void (*file)(void *context, const struct tl_file_piece *piece),
                          void (*file_begins)(void *context, const char *fuid, const struct tl_body_facts *facts),
                          void *context);
void tl_decode_fini(struct tl_decode *decode);
/* Begins a round of ascending rows from `first` on: all of them, or (scattered) at most TL_DECODE_SCATTERED of them. */
void tl_decode_begin(struct tl_decode *decode, uint64_t first, bool scattered);
/* The tree of the next row of the round, valid until the next call; NULL: its bytes are gone. */
const struct tl_tree *tl_decode_row(struct tl_decode *decode, uint64_t index, const struct tl_row *row);
/*
 * The same in two steps. The next row of the round is fetched, false: its bytes are gone. Then it is decoded with a
 * tree, or without one (NULL is returned), for the sake of later packets of its flow.
 */
bool tl_decode_fetch(struct tl_decode *decode, uint64_t index, const struct tl_row *row);
const struct tl_tree *tl_decode_fetched(struct tl_decode *decode, bool with_tree);
/* The row that was fetched last, for a display filter. */
struct tl_scene tl_decode_scene(const struct tl_decode *decode, const struct tl_tree *tree);
/* Many rows are asked for in their order. */
void tl_decode_in_order(struct tl_decode *decode);
/* Only the fields that this filter reads are in the trees from now on. */
void tl_decode_narrow(struct tl_decode *decode, const struct tl_predicate *predicate);
/* Fills in the columns from that tree; line->row is not changed. */
void tl_decode_line(struct tl_decode *decode, const struct tl_tree *tree, struct tl_list_line *line);

#endif
