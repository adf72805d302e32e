/* text_sink.c - packets as text: one line each, or a tree of all fields. */
#include "core/protocol.h"
#include "core/time.h"
#include "export/columns.h"
#include "export/comments.h"
#include "export/host_names.h"
#include "export/json.h"
#include "export/local_time.h"
#include "export/output.h"
#include "export/paint.h"
#include "export/stamp.h"
#include "export/tree_text.h"

#include <stdlib.h>
#include <string.h>

enum { COMMENT_INDENT = 4, NO_TIME = 99 };

struct text_sink {
    struct tl_output_sink base;
    struct tl_protocols protocols;
    struct tl_text_options options;
    struct tl_local_zone *zone; /* owned; cache shared by formatting threads */
    struct tl_columns *columns; /* owned */
    bool *is_link;              /* owned: by protocol index */
    /* For times that depend on earlier packets: */
    enum tl_failure (*write)(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error);
    /* The last of the write functions. */
    enum tl_failure (*write_text)(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error);
    struct tl_buffer line;      /* owned */
    struct tl_buffer named;     /* owned: text with names */
    int64_t first, last;        /* ns */
    bool begun;
};

/*
 * A packet's text on the way to write(), if its time depends on earlier packets: this header, `before` bytes, the place
 * of the time, `after` bytes.
 */
struct piece {
    int64_t ts;
    uint32_t before, after;
    unsigned decimals; /* NO_TIME: no time goes in between */
};

/* Returns the index after the nodes of the link's layers; *at is the offset after their bytes in the packet. */
static uint32_t look_at_links(const struct text_sink *s, const struct tl_tree *tree, uint32_t *at)
{
    uint32_t i = 0;
    *at = 0;
    while (i < tree->count) {
        const struct tl_node *node = &tree->nodes[i];
        bool layer = node->field == TL_LAYER && node->source == 0;
        if (!layer || node->protocol >= s->protocols.count || !s->is_link[node->protocol]) {
            if (layer && node->off > *at)
                *at = node->off;
            break;
        }
        if (node->len > 0)
            *at = node->off + node->len;
        i = tl_tree_after(tree, i);
    }
    return i;
}

/* Appends the headers before the network layer, such as "02:.. > 02:.. IPv4, VLAN 7, ". */
static void put_links(const struct text_sink *s, struct tl_buffer *out, const struct tl_tree *tree)
{
    uint32_t at, end = look_at_links(s, tree, &at);
    for (uint32_t i = 0; i < end; i = tl_tree_after(tree, i)) {
        size_t before = out->len;
        tl_columns_put_layer(s->columns, out, tree, i);
        if (out->len > before)
            tl_put_lit(out, ", ");
    }
}

static void put_dump(const struct text_sink *s, struct tl_buffer *out, const struct tl_tree *tree)
{
    enum tl_dump dump = s->options.dump;
    struct tl_raw raw;
    uint32_t from = 0;
    tl_raw_init(&raw, &s->protocols, tree);
    if (dump == TL_DUMP_ALL) {
        tl_put_sources(out, &raw);
        return;
    }
    if (dump == TL_DUMP_INNER || dump == TL_DUMP_CHARACTERS)
        look_at_links(s, tree, &from);
    if (dump == TL_DUMP_CHARACTERS)
        tl_put_characters(out, &raw, from);
    else
        tl_put_rows(out, &raw, from, dump != TL_DUMP_HEX);
}

/* Appends the time, or for one that depends on earlier packets marks its place in *before. */
static void put_stamp(const struct text_sink *s, struct tl_buffer *out, const struct tl_packet *packet,
                      unsigned decimals, const char *after, size_t *before)
{
    enum tl_stamp form = s->options.stamp;
    *before = out->len;
    if (!tl_stamp_is_difference(form))
        tl_put_stamp(out, form, s->zone, packet->ts, decimals);
    if (form != TL_STAMP_NONE)
        tl_puts(out, after);
}

static void put_address(const struct text_sink *s, struct tl_buffer *out, const struct tl_tree *tree,
                        const struct tl_node *address)
{
    if (TL_UNLIKELY(s->options.hosts != NULL))
        (void)tl_columns_mark_address(s->columns, out, tree, address, 0);
    else
        tl_columns_put_address(s->columns, out, tree, address);
}

/* *stamp: the offset in out of a time that is filled in later. */
static void put_line(const struct text_sink *s, struct tl_buffer *out, const struct tl_packet *packet,
                     const struct tl_interface *interface, const struct tl_tree *tree, size_t *stamp)
{
    struct tl_line line = tl_columns_look(s->columns, tree);
    const char *paint = s->options.colour ? tl_paint_of(&s->protocols, tree, &line) : "";
    tl_puts(out, paint);
    if (s->options.number) {
        tl_put_format(out, "%5llu", (unsigned long long)packet->number);
        tl_put_lit(out, "  ");
    }
    put_stamp(s, out, packet, interface != NULL ? interface->decimals : 6, " ", stamp);
    if (s->options.link)
        put_links(s, out, tree);
    if (tl_line_has(&line.source) || tl_line_has(&line.destination)) {
        put_address(s, out, tree, &line.source);
        tl_put_lit(out, " > ");
        put_address(s, out, tree, &line.destination);
        tl_put_char(out, ' ');
    }
    tl_columns_put_protocol(s->columns, out, tree, &line);
    tl_put_char(out, ' ');
    tl_put_u64(out, packet->len);
    tl_columns_put_info(s->columns, out, tree, &line);
    if (paint[0] != '\0')
        tl_put_lit(out, TL_PAINT_END);
    tl_put_char(out, '\n');
}

static void put_summary(const struct text_sink *s, struct tl_buffer *out, const struct tl_packet *packet,
                        const struct tl_interface *interface, size_t *stamp)
{
    unsigned decimals = interface != NULL ? interface->decimals : 6;
    tl_puts(out, s->options.colour ? TL_PAINT_HEADING : "");
    tl_put_lit(out, "Packet ");
    tl_put_u64(out, packet->number);
    tl_put_lit(out, ": ");
    if (s->options.stamp == TL_STAMP_CLOCK) {
        tl_put_date_and_time(out, s->zone, packet->ts, decimals);
        tl_put_lit(out, ", ");
    } else {
        put_stamp(s, out, packet, decimals, ", ", stamp);
    }
    tl_put_u64(out, packet->len);
    tl_put_lit(out, " bytes");
    if (packet->caplen != packet->len) {
        tl_put_lit(out, ", ");
        tl_put_u64(out, packet->caplen);
        tl_put_lit(out, " captured");
    }
    tl_put_lit(out, ", interface ");
    tl_put_u64(out, packet->interface);
    if (interface != NULL && interface->name[0] != '\0') {
        tl_put_lit(out, " (");
        tl_put_safe_text(out, (const uint8_t *)interface->name, strnlen(interface->name, sizeof interface->name));
        tl_put_char(out, ')');
    }
    tl_puts(out, s->options.colour ? TL_PAINT_END : "");
    tl_put_char(out, '\n');
    if (TL_UNLIKELY(tl_has_comments(packet, interface)))
        tl_put_comments(out, packet, interface, COMMENT_INDENT);
}

static void put_packet(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_packet *packet,
                       const struct tl_interface *interface, const struct tl_tree *tree)
{
    const struct text_sink *s = (const struct text_sink *)sink;
    bool later = TL_UNLIKELY(tl_stamp_is_difference(s->options.stamp));
    struct piece piece = { .ts = packet->ts, .decimals = interface != NULL ? interface->decimals : 6 };
    size_t begin = out->len, stamp = 0;
    if (later)
        tl_put(out, &piece, sizeof piece);
    if (s->options.tree) {
        put_summary(s, out, packet, interface, &stamp);
        tl_put_tree(out, &s->protocols, tree, s->options.only, s->options.hosts != NULL);
    } else {
        put_line(s, out, packet, interface, tree, &stamp);
    }
    if (s->options.dump != TL_DUMP_NONE)
        put_dump(s, out, tree);
    if (s->options.tree)
        tl_put_char(out, '\n');
    if (!later || out->failed)
        return;
    piece.before = (uint32_t)(stamp - begin - sizeof piece);
    piece.after = (uint32_t)(out->len - stamp);
    memcpy(out->data + begin, &piece, sizeof piece);
}

/* Fills in the times that depend on earlier packets. Packets arrive here in order. */
static enum tl_failure write_pieces(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    struct text_sink *s = (struct text_sink *)sink;
    bool from_first = s->options.stamp == TL_STAMP_FIRST || s->options.stamp == TL_STAMP_FIRST_CLOCK;
    s->line.len = 0;
    for (size_t at = 0; at < len;) {
        struct piece piece;
        int64_t difference;
        memcpy(&piece, data + at, sizeof piece);
        at += sizeof piece;
        tl_put(&s->line, data + at, piece.before);
        if (piece.decimals == NO_TIME) {
            at += piece.before;
            continue;
        }
        if (!s->begun)
            s->first = s->last = piece.ts;
        s->begun = true;
        if (!tl_time_fits(piece.ts) || __builtin_sub_overflow(piece.ts, from_first ? s->first : s->last, &difference))
            tl_put_time_of_day(&s->line, s->zone, piece.ts, piece.decimals); /* names a time outside */
        else
            tl_put_difference(&s->line, s->options.stamp, difference, piece.decimals);
        s->last = piece.ts;
        tl_put(&s->line, data + at + piece.before, piece.after);
        at += (size_t)piece.before + piece.after;
    }
    if (s->line.failed)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    return s->write(sink, s->line.data, s->line.len, error);
}

/* Notes names for the packets that follow. */
static void put_record(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_record_def *def,
                       const struct tl_record *record, const struct tl_flow_id *id, unsigned decimals)
{
    const struct text_sink *s = (const struct text_sink *)sink;
    struct piece piece = { .decimals = NO_TIME };
    bool later = tl_stamp_is_difference(s->options.stamp);
    size_t begin = out->len;
    (void)id;
    (void)decimals;
    if (later)
        tl_put(out, &piece, sizeof piece);
    size_t from = out->len;
    tl_host_names_note(s->options.hosts, out, def, record);
    if (!later || out->failed)
        return;
    piece.before = (uint32_t)(out->len - from);
    if (piece.before == 0)
        out->len = begin;
    else
        memcpy(out->data + begin, &piece, sizeof piece);
}

/* Puts names in the place of their marks. */
static enum tl_failure write_named(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    struct text_sink *s = (struct text_sink *)sink;
    s->named.len = 0;
    tl_host_names_fill(s->options.hosts, &s->named, data, len);
    if (s->named.failed)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    return s->named.len > 0 ? s->write_text(sink, s->named.data, s->named.len, error) : TL_E_NONE;
}

static void want(const struct tl_sink *sink, const struct tl_protocols *protocols, uint64_t *const wanted[])
{
    const struct text_sink *s = (const struct text_sink *)sink;
    if (s->options.tree || s->options.dump != TL_DUMP_NONE)
        tl_want_all(protocols, wanted);
    else
        tl_columns_want(s->columns, wanted);
}

static void free_sink(struct tl_sink *sink)
{
    struct text_sink *s = (struct text_sink *)sink;
    tl_columns_free(s->columns);
    tl_buffer_fini(&s->line);
    tl_buffer_fini(&s->named);
    free(s->is_link);
    free(s->zone);
    tl_output_sink_free(sink);
}

/* Layers of the link: those a capture can begin with, and tags and headers that follow them. */
static bool is_link(const struct tl_protocol *protocol)
{
    static const char *const names[] = { "vlan", "llc", "etag", "vntag", "cmd" };
    for (size_t i = 0; i < TL_COUNT(names); i++)
        if (strcmp(protocol->name, names[i]) == 0)
            return true;
    for (unsigned i = 0; i < TL_WHERE_MAX && protocol->kind == TL_KIND_LAYER; i++)
        if (protocol->on[i].table == TL_ON_LINKTYPE)
            return true;
    return false;
}

struct tl_sink *tl_text_sink(struct tl_output *output, const struct tl_protocols *protocols,
                             const struct tl_text_options *options)
{
    struct text_sink *s = tl_output_sink_new(sizeof *s, output);
    if (s == NULL)
        return NULL;
    tl_output_set_lines(output);
    s->base.sink.want = want;
    s->base.sink.packet = put_packet;
    s->base.sink.free = free_sink;
    s->protocols = *protocols;
    s->options = *options;
    s->zone = malloc(sizeof *s->zone);
    s->columns = tl_columns_new(protocols);
    s->is_link = calloc(protocols->count + 1, sizeof *s->is_link);
    if (s->zone == NULL || s->columns == NULL || s->is_link == NULL) {
        free_sink(&s->base.sink);
        return NULL;
    }
    for (uint32_t i = 0; i < protocols->count; i++)
        s->is_link[i] = is_link(protocols->items[i]);
    s->write_text = s->base.sink.write;
    if (options->hosts != NULL) {
        s->base.sink.record = put_record;
        s->base.sink.every_record = true;
        s->base.sink.write = write_named;
    }
    s->write = s->base.sink.write;
    if (tl_stamp_is_difference(options->stamp))
        s->base.sink.write = write_pieces;
    tl_local_zone_init(s->zone);
    return &s->base.sink;
}
