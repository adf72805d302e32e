/* pane_protocols.c - the hierarchy of protocols, with their shares. */
#include <stdio.h>

#include "ui/panes/pane.h"
#include "ui/panes/ranked_list.h"
#include "ui/screen/grid.h"
#include "ui/screen/list.h"
#include "ui/store/tally.h"

enum { NODES_MOST = 1024, NONE = UINT16_MAX };
enum { PROTOCOL, PACKETS, PACKETS_SHARE, BYTES, BYTES_SHARE, OWN_PACKETS, OWN_BYTES, COLUMNS };

static const struct tl_grid columns = {
    .columns = {
        [PROTOCOL] = { "Protocol", 28, 60, false },
        [PACKETS] = { "Packets", 8, 10, true },
        [PACKETS_SHARE] = { "Share", 6, 8, true },
        [BYTES] = { "Bytes", 8, 10, true },
        [BYTES_SHARE] = { "Share", 6, 8, true },
        [OWN_PACKETS] = { "End here", 8, 10, true },
        [OWN_BYTES] = { "Bytes", 7, 10, true },
    },
    .count = COLUMNS,
    .fixed = 1,
    .descending = true,
};

struct node {
    uint64_t packets, bytes;         /* of it, or of the protocols that it carries */
    uint64_t own_packets, own_bytes; /* whose innermost protocol it is */
    uint16_t parent;
    uint16_t child, sibling;         /* NONE: none; the largest comes first */
    uint8_t protocol, depth;
};

struct protocols {
    struct tl_list list;
    struct node nodes[NODES_MOST];  /* [0]: all packets */
    uint16_t lines[NODES_MOST];     /* nodes in the order of the lines */
    uint16_t node_count, line_count;
    uint64_t counted;
    bool by_bytes;
    bool cut;                       /* there are more than NODES_MOST */
};

static struct node *child_of(struct protocols *p, struct node *parent, uint8_t protocol)
{
    for (uint16_t i = parent->child; i != NONE; i = p->nodes[i].sibling) {
        if (p->nodes[i].protocol == protocol)
            return &p->nodes[i];
    }
    if (p->node_count == NODES_MOST) {
        p->cut = true;
        return parent;
    }
    struct node *node = &p->nodes[p->node_count];
    *node = (struct node){ .parent = (uint16_t)(parent - p->nodes), .child = NONE, .sibling = parent->child,
                           .protocol = protocol, .depth = (uint8_t)(parent->depth + 1) };
    parent->child = p->node_count++;
    return node;
}

static void add_stack(struct protocols *p, const struct tl_stack *stack, uint64_t packets, uint64_t bytes)
{
    struct node *node = &p->nodes[0];
    node->packets += packets;
    node->bytes += bytes;
    for (unsigned i = 0; i < stack->count; i++) {
        struct node *child = child_of(p, node, stack->layers[i]);
        if (child == node) /* no room: counted in its parent */
            break;
        node = child;
        node->packets += packets;
        node->bytes += bytes;
    }
    node->own_packets += packets;
    node->own_bytes += bytes;
}

static uint64_t weight(const struct protocols *p, uint16_t node)
{
    return p->by_bytes ? p->nodes[node].bytes : p->nodes[node].packets;
}

/* Sorts the children, the largest first. */
static void sort_children(struct protocols *p, struct node *parent)
{
    uint16_t sorted = NONE, next;
    for (uint16_t i = parent->child; i != NONE; i = next) {
        uint16_t *at = &sorted;
        next = p->nodes[i].sibling;
        while (*at != NONE && (weight(p, *at) > weight(p, i) ||
                               (weight(p, *at) == weight(p, i) && p->nodes[*at].protocol < p->nodes[i].protocol)))
            at = &p->nodes[*at].sibling;
        p->nodes[i].sibling = *at;
        *at = i;
    }
    parent->child = sorted;
}

/* Lists the nodes depth first, with a stack of the nodes to come, one sibling a level. */
static void list_nodes(struct protocols *p)
{
    uint16_t path[TL_GLANCE_LAYERS + 2];
    unsigned depth = 0;
    p->line_count = 0;
    path[0] = p->nodes[0].child;
    for (;;) {
        uint16_t i = path[depth];
        if (i == NONE && depth == 0)
            return;
        if (i == NONE) {
            depth--;
            continue;
        }
        p->lines[p->line_count++] = i;
        path[depth] = p->nodes[i].sibling;
        path[++depth] = p->nodes[i].child;
    }
}

static void build(struct tl_view *view, struct protocols *p)
{
    p->nodes[0] = (struct node){ .child = NONE, .sibling = NONE };
    p->node_count = 1;
    p->cut = false;
    for (unsigned i = 0; i < TL_STORE_STACKS; i++) {
        uint64_t packets, bytes;
        tl_tally_stack(tl_view_tally(view), i, &packets, &bytes);
        if (packets > 0)
            add_stack(p, tl_store_stack(tl_view_store(view), i), packets, bytes);
    }
    for (uint16_t i = 0; i < p->node_count; i++)
        sort_children(p, &p->nodes[i]);
    list_nodes(p);
}

static void fill(struct tl_view *view, const struct protocols *p, const struct node *node, struct tl_grid_line *line)
{
    const struct node *all = &p->nodes[0];
    tl_grid_text(line->cell[PROTOCOL], "%*s%s", (node->depth - 1) * 2, "",
                  tl_view_protocol_name(view, node->protocol));
    line->style[PROTOCOL] = tl_view_protocol_style(view, node->protocol);
    tl_grid_number(line->cell[PACKETS], node->packets);
    tl_grid_share(line->cell[PACKETS_SHARE], node->packets, all->packets);
    tl_grid_number(line->cell[BYTES], node->bytes);
    tl_grid_share(line->cell[BYTES_SHARE], node->bytes, all->bytes);
    if (node->own_packets == 0)
        return;
    tl_grid_number(line->cell[OWN_PACKETS], node->own_packets);
    tl_grid_number(line->cell[OWN_BYTES], node->own_bytes);
}

static void draw(struct tl_view *view, void *state, const struct tl_area *area, bool focused)
{
    struct protocols *p = state;
    struct tl_grid table = columns;
    table.marked = p->by_bytes ? BYTES : PACKETS;
    build(view, p);
    tl_grid_draw_heading(tl_view_screen(view), &table, area);
    if (p->list.chosen >= p->line_count)
        p->list.chosen = p->line_count > 0 ? p->line_count - 1u : 0;
    tl_list_fit(&p->list, 0, p->line_count, area->rows - 1);
    for (int row = 1; row < area->rows; row++) {
        uint64_t place = p->list.top + (uint64_t)row - 1;
        struct tl_grid_line line;
        if (place >= p->line_count)
            break;
        tl_grid_begin(&line);
        fill(view, p, &p->nodes[p->lines[place]], &line);
        enum tl_style style = place != p->list.chosen ? TL_STYLE_TEXT : focused ? TL_STYLE_CURSOR : TL_STYLE_CHOSEN;
        tl_grid_draw_line(tl_view_screen(view), &table, area, row, &line, style);
    }
    if (p->line_count == 0)
        tl_screen_text(tl_view_screen(view), area, 1, 0, area->columns, TL_STYLE_DIM, "no packets yet", 14);
}

static bool changed(struct tl_view *view, void *state)
{
    struct protocols *p = state;
    uint64_t counted = tl_tally_sums(tl_view_tally(view)).counted;
    bool more = counted != p->counted;
    p->counted = counted;
    return more;
}

static void note(struct tl_view *view, void *state, char *out, size_t room)
{
    const struct protocols *p = state;
    uint64_t missed = tl_tally_sums(tl_view_tally(view)).missed;
    int used = snprintf(out, room, "%u protocols%s%s", p->line_count,
                        p->cut ? ", the rest counted in their parents" : "", tl_tally_lag(tl_view_tally(view)));
    if (missed > 0 && (size_t)used < room)
        snprintf(out + used, room - (size_t)used, ", %llu packets not counted", (unsigned long long)missed);
}

/* Shows the packets of this protocol within the protocols above it. */
static void open_chosen(struct tl_view *view, const struct protocols *p)
{
    struct tl_subset subset = { .kind = TL_SUBSET_PROTOCOL };
    if (p->list.chosen >= p->line_count) {
        tl_view_say(view, false, "there is no protocol to open");
        return;
    }
    const struct node *node = &p->nodes[p->lines[p->list.chosen]];
    subset.within.count = node->depth;
    for (; node->depth > 0; node = &p->nodes[node->parent])
        subset.within.layers[node->depth - 1] = node->protocol;
    tl_view_show_subset(view, &subset, TL_STORE_NONE);
}

static void move(struct tl_view *view, void *state, enum tl_move how)
{
    struct protocols *p = state;
    if (how == TL_MOVE_ENTER)
        open_chosen(view, p);
    else if (how == TL_MOVE_LEFT || how == TL_MOVE_RIGHT)
        tl_view_does_nothing(view, how == TL_MOVE_LEFT ? "Left" : "Right");
    else
        tl_list_move(&p->list, 0, p->line_count, how);
}

static void click(struct tl_view *view, void *state, const struct tl_area *area, int row, int column)
{
    struct protocols *p = state;
    (void)view;
    (void)area;
    (void)column;
    if (row > 0 && p->list.top + (uint64_t)row - 1 < p->line_count)
        p->list.chosen = p->list.top + (uint64_t)row - 1;
}

static void find(struct tl_view *view, void *state, const struct tl_needle *needle, bool backwards)
{
    struct protocols *p = state;
    uint64_t from = p->list.chosen;
    for (uint64_t n = 1; n <= p->line_count; n++) {
        uint64_t place = (backwards ? from + p->line_count - n : from + n) % p->line_count;
        struct tl_grid_line line;
        tl_grid_begin(&line);
        fill(view, p, &p->nodes[p->lines[place]], &line);
        if (!tl_row_has(&columns, &line, needle))
            continue;
        p->list.chosen = place;
        if (backwards ? place >= from : place <= from)
            tl_view_say(view, false, "found, continued from the %s", backwards ? "end" : "beginning");
        return;
    }
    tl_view_say(view, true, "not found: %s", needle->text);
}

static void other_order(struct tl_view *view, void *state)
{
    struct protocols *p = state;
    (void)view;
    p->by_bytes = !p->by_bytes;
}

static const struct tl_binding keys[] = {
    { 's', "s", "sort by bytes, or by packets", other_order },
    { 0 },
};

const struct tl_pane tl_pane_protocols = {
    .name = "protocols",
    .title = "Protocols",
    .page = "protocols",
    .share = 1,
    .state_size = sizeof(struct protocols),
    .keys = keys,
    .changed = changed,
    .draw = draw,
    .note = note,
    .move = move,
    .click = click,
    .find = find,
};
