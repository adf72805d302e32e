/* decode.c - gives the earlier packets of the flow to the dissectors, then the packet. */
#include "ui/tasks/decode.h"

#include "dissectors/registry.h"
#include "export/comments.h"

enum {
    HISTORY_MOST = 4096,  /* earlier packets of a flow that are considered */
    HISTORY_ROUND = 16384, /* earlier packets of all flows in a round; once they are used up, a flow gets */
    HISTORY_FIRST = 16,   /* so many from its beginning, which identify the protocol, */
    HISTORY_LAST = 240,   /* and so many before the packet, which have the start of its message */
    LONE_BEFORE = 32,     /* packets of no flow (fragments) before the first row */
};

bool tl_decode_init(struct tl_decode *d, const struct tl_packet_source *source)
{
    return tl_decode_init_records(d, source, NULL, NULL);
}

bool tl_decode_init_records(struct tl_decode *d, const struct tl_packet_source *source,
                            void (*record)(void *context, const struct tl_record_def *def,
                                           const struct tl_record *record, const struct tl_flow_id *id),
                            void *context)
{
    return tl_decode_init_files(d, source, record, NULL, NULL, context);
}

bool tl_decode_init_files(struct tl_decode *d, const struct tl_packet_source *source,
                          void (*record)(void *context, const struct tl_record_def *def,
                                         const struct tl_record *record, const struct tl_flow_id *id),
                          void (*file)(void *context, const struct tl_file_piece *piece),
                          void (*file_begins)(void *context, const char *fuid, const struct tl_body_facts *facts),
                          void *context)
{
    struct tl_detail_options detail = { .interfaces = source->interfaces,
                                        .memory = source->decode_memory,
                                        .checksums = source->checksums,
                                        .decode_as = source->decode_as,
                                        .secrets = source->secrets,
                                        .keylog = source->keylog,
                                        .record = record,
                                        .file = file,
                                        .file_begins = file_begins,
                                        .context = context };
    *d = (struct tl_decode){ .store = source->store, .protocols = tl_protocols_all(),
                              .other_layers = tl_decode_as_moves_layers(source->decode_as) };
    bool fetches = tl_fetch_init(&d->fetch, source);
    d->columns = tl_columns_new(&d->protocols);
    d->detail = tl_detail_new(&detail);
    return fetches && d->columns != NULL && d->detail != NULL;
}

void tl_decode_fini(struct tl_decode *d)
{
    tl_fetch_fini(&d->fetch);
    tl_detail_free(d->detail);
    tl_columns_free(d->columns);
    tl_buffer_fini(&d->text);
    tl_buffer_fini(&d->comments);
}

/* A row without an earlier one is the first of its flow, or the earlier ones are no longer in the store. */
static void tell_beginning(struct tl_decode *d, uint64_t index, const struct tl_row *row)
{
    struct tl_flow_row flow;
    if (row->flow != TL_STORE_NONE && row->previous == TL_STORE_NONE &&
        tl_store_flow(d->store, row->flow, &flow) && flow.first_row == index)
        tl_detail_flow_begins(d->detail, &flow.id);
}

static void give_before(struct tl_decode *d, uint64_t index)
{
    struct tl_row row;
    struct tl_packet packet;
    if (tl_store_row(d->store, index, &row) && tl_fetch_packet(&d->fetch, index, &row, &packet)) {
        tell_beginning(d, index, &row);
        tl_detail_before(d->detail, &packet);
    }
}

/*
 * Gives the earlier packets of the flow: all of them while the budget lasts, then the first and the last ones. No
 * packet is given twice.
 */
static void give_history(struct tl_decode *d, const struct tl_row *row, uint32_t given)
{
    uint32_t history[HISTORY_MOST];
    uint32_t count = 0, at = row->previous;
    struct tl_row earlier;
    while (at != TL_STORE_NONE && at != given && count < HISTORY_MOST && tl_store_row(d->store, at, &earlier)) {
        history[count++] = at;
        at = earlier.previous;
    }
    bool all = count <= d->budget;
    d->budget -= all ? count : 0;
    for (uint32_t i = count; i-- > 0;) {
        if (all || count - 1 - i < HISTORY_FIRST || i < HISTORY_LAST)
            give_before(d, history[i]);
    }
}

static void give_lone(struct tl_decode *d, uint64_t first)
{
    struct tl_row row;
    for (uint64_t i = first > LONE_BEFORE ? first - LONE_BEFORE : 0; i < first; i++) {
        if (tl_store_row(d->store, i, &row) && row.flow == TL_STORE_NONE)
            give_before(d, i);
    }
}

void tl_decode_begin(struct tl_decode *d, uint64_t first, bool scattered)
{
    d->first = first;
    d->scattered = scattered;
    d->given_count = 0;
    d->budget = HISTORY_ROUND;
    tl_detail_begin(d->detail);
    give_lone(d, first);
}

/* The last row of this flow that was given in this round; TL_STORE_NONE: none. Records this row in its place. */
static uint32_t take_turn(struct tl_decode *d, uint32_t flow, uint64_t index)
{
    for (uint32_t i = 0; i < d->given_count; i++) {
        if (d->given[i].flow != flow)
            continue;
        uint32_t before = d->given[i].row;
        d->given[i].row = (uint32_t)index;
        return before;
    }
    if (d->given_count < TL_DECODE_SCATTERED) {
        d->given[d->given_count].flow = flow;
        d->given[d->given_count++].row = (uint32_t)index;
    }
    return TL_STORE_NONE;
}

bool tl_decode_fetch(struct tl_decode *d, uint64_t index, const struct tl_row *row)
{
    struct tl_packet *packet = &d->packet;
    if (row->flow != TL_STORE_NONE) {
        uint32_t given = d->scattered ? take_turn(d, row->flow, index) : TL_STORE_NONE;
        if (d->scattered || (row->previous != TL_STORE_NONE && row->previous < d->first))
            give_history(d, row, given);
    } else if (d->scattered && index > d->first) {
        give_lone(d, index);
    }
    d->comments.len = 0;
    d->row = index;
    if (!(row->commented ? tl_fetch_whole : tl_fetch_packet)(&d->fetch, index, row, packet))
        return false;
    const struct tl_interface *interface = tl_interfaces_get(d->fetch.interfaces, packet->interface);
    if (TL_UNLIKELY(tl_has_comments(packet, interface)))
        tl_put_comments(&d->comments, packet, interface, 0);
    tell_beginning(d, index, row);
    return true;
}

const struct tl_tree *tl_decode_fetched(struct tl_decode *d, bool with_tree)
{
    if (with_tree)
        return tl_detail_packet(d->detail, &d->packet);
    tl_detail_before(d->detail, &d->packet);
    return NULL;
}

const struct tl_tree *tl_decode_row(struct tl_decode *d, uint64_t index, const struct tl_row *row)
{
    return tl_decode_fetch(d, index, row) ? tl_decode_fetched(d, true) : NULL;
}

struct tl_scene tl_decode_scene(const struct tl_decode *d, const struct tl_tree *tree)
{
    struct tl_row row;
    struct tl_scene scene = { .packet = &d->packet,
                              .interface = tl_interfaces_get(d->fetch.interfaces, d->packet.interface),
                              .tree = tree,
                              .other_layers = d->other_layers,
                              .first_ts = d->packet.ts,
                              .previous_ts = d->packet.ts };
    if (tl_store_row(d->store, tl_store_first(d->store), &row))
        scene.first_ts = row.ts;
    if (d->row > 0 && tl_store_row(d->store, d->row - 1, &row))
        scene.previous_ts = row.ts;
    return scene;
}

void tl_decode_in_order(struct tl_decode *d)
{
    tl_fetch_in_order(&d->fetch);
}

void tl_decode_narrow(struct tl_decode *d, const struct tl_predicate *predicate)
{
    tl_detail_narrow(d->detail, predicate);
}

static void copy_column(char *to, size_t room, struct tl_buffer *text)
{
    size_t len = text->len < room ? text->len : room - 1;
    while (len < text->len && len > 0 && (text->data[len] & 0xc0) == 0x80)
        len--;
    if (len > 0)
        memcpy(to, text->data, len);
    to[len] = '\0';
    text->len = 0;
}

void tl_decode_line(struct tl_decode *d, const struct tl_tree *tree, struct tl_list_line *line)
{
    struct tl_line found = tl_columns_look(d->columns, tree);
    struct tl_buffer *b = &d->text;
    b->len = 0;
    line->source[0] = line->destination[0] = '\0';
    if (tl_line_has(&found.source) || tl_line_has(&found.destination)) {
        tl_columns_put_address(d->columns, b, tree, &found.source);
        copy_column(line->source, sizeof line->source, b);
        tl_columns_put_address(d->columns, b, tree, &found.destination);
        copy_column(line->destination, sizeof line->destination, b);
    }
    tl_columns_put_protocol(d->columns, b, tree, &found);
    copy_column(line->protocol, sizeof line->protocol, b);
    tl_columns_put_info(d->columns, b, tree, &found);
    if (b->len > 0 && b->data[0] == ' ')
        memmove(b->data, b->data + 1, --b->len);
    copy_column(line->info, sizeof line->info, b);
}
