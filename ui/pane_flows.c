/* pane_flows.c - the flows, sorted by any column. */
#include "ui/ranked_list.h"
#include "ui/view.h"

#include <stdlib.h>

enum { ORIG, RESP, PROTO, BYTES, PACKETS, RATE, SERVICE, STATE, DURATION, RTT, RETRANSMITTED, START, COLUMNS };

static const struct tl_table_column columns[COLUMNS] = {
    [ORIG] = { "Originator", 20, 47, false },
    [RESP] = { "Responder", 20, 47, false },
    [PROTO] = { "Proto", 5, 0, false },
    [BYTES] = { "Bytes", 7, 0, true },
    [PACKETS] = { "Packets", 8, 0, true },
    [RATE] = { "bit/s", 7, 0, true },
    [SERVICE] = { "Service", 8, 12, false },
    [STATE] = { "State", 6, 0, false },
    [DURATION] = { "Duration", 9, 10, true },
    [RTT] = { "RTT", 8, 0, true },
    [RETRANSMITTED] = { "Retrans", 8, 0, true },
    [START] = { "Start", 15, 0, false },
};

/* ns; times can be anything: it wraps round. */
static int64_t duration_of(const struct tl_flow_row *flow)
{
    return (int64_t)((uint64_t)flow->last_ts - (uint64_t)flow->first_ts);
}

/* Bits a second over the flow's duration; of a single moment: none. */
static uint64_t rate_of(const struct tl_flow_row *flow)
{
    int64_t duration = duration_of(flow);
    if (duration <= 0)
        return 0;
    return (uint64_t)((double)(flow->bytes[0] + flow->bytes[1]) * 8e9 / (double)duration);
}

static uint32_t first_flow(const void *context)
{
    return tl_store_flows_first(context);
}

static uint32_t end_of_flows(const void *context)
{
    return tl_store_flows_count(context);
}

static bool key_of(const void *context, uint32_t index, unsigned column, uint64_t *key)
{
    struct tl_flow_row flow;
    if (!tl_store_flow(context, index, &flow) || flow.first_row == TL_STORE_NONE)
        return false;
    const uint64_t keys[COLUMNS] = {
        [ORIG] = tl_ranking_address(flow.id.version, flow.id.orig_addr),
        [RESP] = tl_ranking_address(flow.id.version, flow.id.resp_addr),
        [PROTO] = flow.id.ip_proto,
        [BYTES] = flow.bytes[0] + flow.bytes[1],
        [PACKETS] = flow.packets[0] + flow.packets[1],
        [RATE] = rate_of(&flow),
        [SERVICE] = tl_ranking_text(flow.service),
        [STATE] = tl_ranking_text(flow.state),
        [DURATION] = tl_ranking_signed(duration_of(&flow)),
        [RTT] = tl_ranking_signed(flow.rtt),
        [RETRANSMITTED] = flow.retransmissions,
        [START] = tl_ranking_signed(flow.first_ts),
    };
    *key = keys[column];
    return true;
}

static void fill(struct tl_view *view, uint32_t index, struct tl_table_line *line)
{
    struct tl_flow_row flow;
    if (!tl_store_flow(view->store, index, &flow)) {
        tl_table_text(line->cell[ORIG], "(gone)");
        return;
    }
    const struct tl_flow_id *id = &flow.id;
    bool ports = id->ip_proto == 6 || id->ip_proto == 17;
    tl_table_address(line->cell[ORIG], id->version, id->orig_addr, ports ? id->orig_port : -1);
    tl_table_address(line->cell[RESP], id->version, id->resp_addr, ports ? id->resp_port : -1);
    tl_table_ip_protocol(line->cell[PROTO], id->ip_proto);
    tl_table_number(line->cell[BYTES], flow.bytes[0] + flow.bytes[1]);
    tl_table_number(line->cell[PACKETS], flow.packets[0] + flow.packets[1]);
    if (duration_of(&flow) > 0)
        tl_table_number(line->cell[RATE], rate_of(&flow));
    if (flow.ended)
        tl_table_text(line->cell[SERVICE], "%s", flow.service);
    else
        tl_table_text(line->cell[SERVICE], "%s", tl_columns_name(view->columns, flow.protocol));
    tl_table_text(line->cell[STATE], "%s", flow.ended ? flow.state : "open");
    tl_table_interval(line->cell[DURATION], duration_of(&flow));
    tl_table_interval(line->cell[RTT], flow.rtt);
    if (flow.ended)
        tl_table_number(line->cell[RETRANSMITTED], flow.retransmissions);
    tl_table_time(line->cell[START], view, flow.first_ts, id->decimals);
}

static void enter(struct tl_view *view, void *state)
{
    struct tl_ranked_list *flows = state;
    const struct tl_ranked what = { view->store, first_flow, end_of_flows, key_of };
    if (flows->ranking == NULL) {
        flows->table = (struct tl_table){ .count = COLUMNS, .fixed = PROTO, .marked = BYTES, .descending = true };
        memcpy(flows->table.columns, columns, sizeof columns);
        flows->fill = fill;
    }
    if (!tl_ranked_list_start(view, flows, &what))
        tl_view_say(view, true, "no memory to sort the flows: give more with --mem");
}

static bool changed(struct tl_view *view, void *state)
{
    uint64_t stamp = tl_store_count(view->store) + tl_store_flows_count(view->store);
    return tl_ranked_list_changed(state, stamp + atomic_load(&view->options->progress->ended));
}

static void draw(struct tl_view *view, void *state, const struct tl_area *area, bool focused)
{
    struct tl_ranked_list *flows = state;
    flows->table.columns[START].width = tl_view_time_width(view);
    tl_ranked_list_draw(view, flows, area, focused);
    if (tl_store_flows_count(view->store) == 0)
        tl_screen_text(view->screen, area, 1, 0, area->columns, TL_STYLE_DIM, "no flows yet", 12);
}

static void note(struct tl_view *view, void *state, char *out, size_t room)
{
    size_t used;
    tl_ranked_list_note(state, out, room);
    used = strlen(out);
    if (tl_store_flows_first(view->store) > 0)
        snprintf(out + used, room - used, ", %u older ones gone", tl_store_flows_first(view->store));
}

static void open_chosen(struct tl_view *view, struct tl_ranked_list *flows)
{
    struct tl_flow_row flow;
    uint32_t index;
    if (!tl_ranked_list_chosen(flows, &index) || !tl_store_flow(view->store, index, &flow))
        return;
    bool there = flow.first_row >= tl_store_first(view->store);
    tl_view_show_flow(view, index, there ? flow.first_row : flow.last_row);
}

static void move(struct tl_view *view, void *state, enum tl_move how)
{
    if (how == TL_MOVE_ENTER)
        open_chosen(view, state);
    else
        tl_ranked_list_move(state, how);
}

static void click(struct tl_view *view, void *state, const struct tl_area *area, int row, int column)
{
    (void)view;
    tl_ranked_list_click(state, area, row, column);
}

static void leave(void *state)
{
    tl_ranked_list_fini(state);
}

static const struct tl_key keys[] = {
    { 'r', "r", "turn the order round; Left and Right choose the column", tl_ranked_list_reverse },
    { 's', "s", "hold the order, or sort as it changes", tl_ranked_list_hold },
    { 0 },
};

const struct tl_pane tl_pane_flows = {
    .name = "flows",
    .title = "Flows",
    .page = "flows",
    .share = 1,
    .state_size = sizeof(struct tl_ranked_list),
    .keys = keys,
    .enter = enter,
    .changed = changed,
    .draw = draw,
    .note = note,
    .move = move,
    .click = click,
    .leave = leave,
};
