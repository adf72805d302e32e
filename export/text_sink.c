/* text_sink.c - packets as text: one line each, or a tree of all fields. */
#include "core/protocol.h"
#include "export/columns.h"
#include "export/comments.h"
#include "export/json.h"
#include "export/local_time.h"
#include "export/output.h"
#include "export/tree_text.h"

#include <stdlib.h>

enum { COMMENT_INDENT = 4 };

struct text_sink {
    struct tl_output_sink base;
    struct tl_protocols protocols;
    struct tl_text_options options;
    struct tl_local_zone *zone; /* owned; cache shared by formatting threads */
    struct tl_columns *columns; /* owned */
};

static void put_line(const struct text_sink *s, struct tl_buffer *out, const struct tl_packet *packet,
                     const struct tl_interface *interface, const struct tl_tree *tree)
{
    struct tl_line line = tl_columns_look(s->columns, tree);
    tl_put_time_of_day(out, s->zone, packet->ts, interface != NULL ? interface->decimals : 6);
    tl_put_char(out, ' ');
    if (line.source != TL_NO_NODE || line.destination != TL_NO_NODE) {
        tl_columns_put_address(s->columns, out, tree, line.source);
        tl_put_lit(out, " > ");
        tl_columns_put_address(s->columns, out, tree, line.destination);
        tl_put_char(out, ' ');
    }
    tl_columns_put_protocol(s->columns, out, tree, &line);
    tl_put_char(out, ' ');
    tl_put_u64(out, packet->len);
    tl_columns_put_info(s->columns, out, tree, &line);
    tl_put_char(out, '\n');
}

static void put_summary(const struct text_sink *s, struct tl_buffer *out, const struct tl_packet *packet,
                        const struct tl_interface *interface)
{
    tl_put_lit(out, "Packet ");
    tl_put_u64(out, packet->number);
    tl_put_lit(out, ": ");
    tl_put_date_and_time(out, s->zone, packet->ts, interface != NULL ? interface->decimals : 6);
    tl_put_lit(out, ", ");
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
    tl_put_char(out, '\n');
    if (TL_UNLIKELY(tl_has_comments(packet, interface)))
        tl_put_comments(out, packet, interface, COMMENT_INDENT);
}

static void put_packet(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_packet *packet,
                       const struct tl_interface *interface, const struct tl_tree *tree)
{
    const struct text_sink *s = (const struct text_sink *)sink;
    if (s->options.tree) {
        put_summary(s, out, packet, interface);
        tl_put_tree(out, &s->protocols, tree);
    } else {
        put_line(s, out, packet, interface, tree);
    }
    if (s->options.hex)
        tl_put_sources(out, tree);
    if (s->options.tree)
        tl_put_char(out, '\n');
}

static void want(const struct tl_sink *sink, const struct tl_protocols *protocols, uint64_t *const wanted[])
{
    const struct text_sink *s = (const struct text_sink *)sink;
    if (!s->options.tree) {
        tl_columns_want(s->columns, wanted);
        return;
    }
    for (uint32_t p = 0; p < protocols->count; p++) {
        for (uint32_t f = 0; f < protocols->items[p]->field_count; f++)
            wanted[p][f / 64] |= UINT64_C(1) << (f % 64);
    }
}

static void free_sink(struct tl_sink *sink)
{
    struct text_sink *s = (struct text_sink *)sink;
    tl_columns_free(s->columns);
    free(s->zone);
    tl_output_sink_free(sink);
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
    if (s->zone == NULL || s->columns == NULL) {
        free_sink(&s->base.sink);
        return NULL;
    }
    tl_local_zone_init(s->zone);
    return &s->base.sink;
}
