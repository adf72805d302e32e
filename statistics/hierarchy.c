/* hierarchy.c - io,phs: packets and bytes by the layers of the packets, as tshark's -z io,phs. */
#include "statistics/statistic.h"

#include <inttypes.h>

#include "core/protocol.h"
#include "statistics/rows.h"

enum { DEPTH_MOST = 64, ROOT = UINT32_MAX, VARIANT_SHIFT = 8, NAME = 64 };

struct hierarchy {
    struct tl_statistic base;
    struct tl_rows table;      /* by struct key */
    uint32_t roots, last_root; /* first and last row without a parent; ROOT: none */
    uint64_t left_out;
};

struct key {
    uint32_t parent; /* index of a row; ROOT: none */
    uint32_t layer;
};

struct row {
    uint32_t layer; /* index of the protocol; its variant is in the bits above */
    uint32_t index;
    uint32_t child, last_child, next; /* indices of rows; ROOT: none */
    uint64_t frames, bytes;
};

static enum tl_failure parse(struct tl_statistic *s, const char *rest, struct tl_statistic_setup *setup,
                             struct tl_error *error)
{
    struct hierarchy *h = (struct hierarchy *)s;
    tl_rows_init(&h->table, sizeof(struct row), s->memory);
    h->roots = h->last_root = ROOT;
    return tl_statistic_set_filter(s, setup, rest, error);
}

static void note(const struct tl_statistic *s, struct tl_buffer *out, const struct tl_sight *sight)
{
    const struct tl_tree *tree = sight->scene->tree;
    if (!tl_statistic_passes(sight->passes, s->filter_index))
        return;
    for (uint32_t i = 0, depth = 0; i < tree->count && depth < DEPTH_MOST; i++) {
        const struct tl_node *node = &tree->nodes[i];
        if (node->field != TL_LAYER)
            continue;
        if ((node->flags & TL_NODE_QUOTED) != 0) /* what follows is quoted, too */
            break;
        uint32_t layer = (uint32_t)(node->flags & TL_NODE_VARIANT) << VARIANT_SHIFT | node->protocol;
        tl_put(out, &layer, sizeof layer);
        depth++;
    }
}

static struct row *row_of(struct hierarchy *h, uint32_t parent, uint32_t layer)
{
    const struct key key = { parent, layer };
    bool is_new;
    struct row *row = tl_rows_row(&h->table, &key, sizeof key, &is_new);
    if (row == NULL || !is_new)
        return row;
    *row = (struct row){ .layer = layer, .index = h->table.count - 1, .child = ROOT, .last_child = ROOT, .next = ROOT };
    struct row *above = parent != ROOT ? tl_rows_at(&h->table, parent) : NULL;
    uint32_t *first = above != NULL ? &above->child : &h->roots;
    uint32_t *last = above != NULL ? &above->last_child : &h->last_root;
    if (*last == ROOT)
        *first = row->index;
    else
        ((struct row *)tl_rows_at(&h->table, *last))->next = row->index;
    *last = row->index;
    return row;
}

static void take(struct tl_statistic *s, const struct tl_noted *noted, struct tl_bytes bytes)
{
    struct hierarchy *h = (struct hierarchy *)s;
    uint32_t parent = ROOT;
    for (uint32_t at = 0, layer; at + sizeof layer <= bytes.len; at += (uint32_t)sizeof layer) {
        memcpy(&layer, bytes.data + at, sizeof layer);
        struct row *row = row_of(h, parent, layer);
        if (row == NULL) {
            h->left_out++;
            return;
        }
        row->frames++;
        row->bytes += noted->len;
        parent = row->index;
    }
}

/* Calls `shown` for each row, parents first, and `closed` after its children. No recursion: the way back is kept. */
static void walk(struct hierarchy *h, struct tl_report *report,
                 void (*shown)(struct hierarchy *h, struct tl_report *report, const struct row *row, unsigned depth),
                 void (*closed)(struct tl_report *report))
{
    uint32_t path[DEPTH_MOST + 1];
    unsigned depth = 0;
    uint32_t at = h->roots;
    while (at != ROOT || depth > 0) {
        if (at == ROOT) {
            closed(report);
            at = ((const struct row *)tl_rows_at(&h->table, path[--depth]))->next;
            continue;
        }
        const struct row *row = tl_rows_at(&h->table, at);
        shown(h, report, row, depth);
        tl_report_row(report);
        path[depth++] = at;
        at = row->child;
    }
}

/* The name of a layer; of a variant in lower case, as Wireshark names mdns and llmnr. */
static void name_of(const struct hierarchy *h, uint32_t layer, char name[NAME])
{
    const struct tl_protocol *protocol = h->base.protocols->items[layer & UINT16_MAX];
    uint32_t variant = layer >> 16;
    const char *from = variant > 0 && variant <= TL_VARIANTS_MAX && protocol->variants[variant - 1] != NULL
                           ? protocol->variants[variant - 1]
                           : protocol->name;
    snprintf(name, NAME, "%s", from);
    for (char *p = name; variant > 0 && *p != '\0'; p++)
        *p = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
}

static void show_text(struct hierarchy *h, struct tl_report *report, const struct row *row, unsigned depth)
{
    char name[NAME];
    name_of(h, row->layer, name);
    int width = 40 - 2 * (int)depth;
    tl_put_format(&report->text, "%*s%-*s frames:%" PRIu64 " bytes:%" PRIu64 "\n", (int)depth * 2, "",
                  width > 0 ? width : 0, name, row->frames, row->bytes);
}

static void close_text(struct tl_report *report)
{
    (void)report;
}

static void text(struct tl_statistic *s, struct tl_report *report)
{
    struct hierarchy *h = (struct hierarchy *)s;
    tl_put_char(&report->text, '\n');
    tl_report_rule(report, '=', 67);
    tl_put_format(&report->text, "Protocol Hierarchy Statistics\nFilter: %s\n\n", s->filter);
    walk(h, report, show_text, close_text);
    tl_report_left_out(report, false, h->left_out, "protocols");
    tl_report_rule(report, '=', 67);
}

static void show_json(struct hierarchy *h, struct tl_report *report, const struct row *row, unsigned depth)
{
    char name[NAME];
    name_of(h, row->layer, name);
    (void)depth;
    tl_report_object(report);
    tl_report_text(report, "protocol", name, strlen(name));
    tl_report_number(report, "frames", row->frames);
    tl_report_number(report, "bytes", row->bytes);
    tl_report_list(report, "inside");
}

static void close_json(struct tl_report *report)
{
    tl_report_list_end(report);
    tl_report_object_end(report);
}

static void json(struct tl_statistic *s, struct tl_report *report)
{
    struct hierarchy *h = (struct hierarchy *)s;
    tl_report_list(report, "protocols");
    walk(h, report, show_json, close_json);
    tl_report_list_end(report);
    tl_report_left_out(report, true, h->left_out, "");
}

static void fini(struct tl_statistic *s)
{
    tl_rows_fini(&((struct hierarchy *)s)->table);
}

const struct tl_statistic_kind tl_statistic_hierarchy = {
    .name = "io,phs",
    .arguments = "[,FILTER]",
    .help = "packets and bytes by the hierarchy of protocols",
    .size = sizeof(struct hierarchy),
    .parse = parse,
    .note = note,
    .take = take,
    .text = text,
    .json = json,
    .fini = fini,
};
