/* pane_flows.c - the flows, sorted by any column. */
#include <stdio.h>
#include <string.h>

#include "core/time.h"
#include "ui/panes/pane.h"
#include "ui/panes/pane_record.h"
#include "ui/panes/ranked_list.h"

enum {
    ORIG, RESP, PROTO, LOCK, BYTES, PACKETS, RATE, SERVICE, STATE, DURATION, RTT, RETRANSMITTED, START, NAME, JA4, COLUMNS
};

enum { ESP = 50 }; /* IP protocol */

/* The order of the flows by their lock. */
enum lock { OPEN, SEALED, OPENED };

/* ns; times can have any value: it wraps around. -1: not known. */
static int64_t duration_of(const struct tl_flow_row *flow)
{
    if (!tl_time_fits(flow->first_ts) || !tl_time_fits(flow->last_ts))
        return -1;
    return (int64_t)((uint64_t)flow->last_ts - (uint64_t)flow->first_ts);
}

/* Bits a second over the flow's duration; 0 if that is 0. */
static uint64_t rate_of(const struct tl_flow_row *flow)
{
    int64_t duration = duration_of(flow);
    if (duration <= 0)
        return 0;
    return (uint64_t)((double)(flow->bytes[0] + flow->bytes[1]) * 8e9 / (double)duration);
}

static uint32_t first_place(const void *context)
{
    (void)context;
    return 0;
}

static uint32_t end_of_places(const void *context)
{
    return tl_store_flow_places(context);
}

static uint32_t flow_at(const void *context, uint32_t place)
{
    return tl_store_flow_at(context, place);
}

static const uint8_t words[COLUMNS] = {
    [ORIG] = TL_RANKING_ADDRESS_WORDS,
    [RESP] = TL_RANKING_ADDRESS_WORDS,
    [SERVICE] = TL_RANKING_TEXT_WORDS(sizeof((struct tl_flow_row *)0)->service),
    [NAME] = TL_RANKING_TEXT_WORDS(sizeof((struct tl_flow_hello *)0)->server_name),
    [JA4] = TL_RANKING_TEXT_WORDS(sizeof((struct tl_flow_hello *)0)->ja4),
};

/* Is it one of the services that encrypt? The list is joined by commas. */
static bool is_sealed(const char *services)
{
    static const char *const sealed[] = { "ssl", "quic", "dtls", "ssh", "wireguard", "openvpn", "isakmp" };
    for (size_t len; *services != '\0'; services += len + (services[len] == ',')) {
        len = strcspn(services, ",");
        for (size_t i = 0; i < TL_COUNT(sealed); i++) {
            if (strlen(sealed[i]) == len && memcmp(services, sealed[i], len) == 0)
                return true;
        }
    }
    return false;
}

static enum lock lock_of(const struct tl_flow_row *flow)
{
    return flow->opened ? OPENED : flow->id.ip_proto == ESP || is_sealed(flow->service) ? SEALED : OPEN;
}

static bool key_of(const void *context, uint32_t index, unsigned column, unsigned word, uint64_t *key)
{
    struct tl_flow_row flow;
    struct tl_flow_hello hello = { "", "" };
    if (!tl_store_flow(context, index, &flow) || flow.first_row == TL_STORE_NONE)
        return false;
    if (column == NAME || column == JA4)
        (void)tl_store_hello(context, &flow, &hello);
    const uint64_t keys[COLUMNS] = {
        [ORIG] = tl_ranking_address(flow.id.version, flow.id.orig_addr, word),
        [RESP] = tl_ranking_address(flow.id.version, flow.id.resp_addr, word),
        [PROTO] = flow.id.ip_proto,
        [LOCK] = lock_of(&flow),
        [BYTES] = flow.bytes[0] + flow.bytes[1],
        [PACKETS] = flow.packets[0] + flow.packets[1],
        [RATE] = rate_of(&flow),
        [SERVICE] = tl_ranking_text(flow.service, word),
        [STATE] = tl_ranking_text(flow.state, word),
        [DURATION] = tl_ranking_signed(duration_of(&flow)),
        [RTT] = tl_ranking_signed(flow.rtt),
        [RETRANSMITTED] = flow.retransmissions,
        [START] = tl_ranking_signed(flow.first_ts),
        [NAME] = tl_ranking_text(hello.server_name, word),
        [JA4] = tl_ranking_text(hello.ja4, word),
    };
    *key = keys[column];
    return true;
}

/* SF: it began and ended as it should; S1, S2 and S3 began so. See conn_state in docs. */
static enum tl_style style_of_state(const struct tl_flow_row *flow)
{
    if (!flow->ended)
        return TL_STYLE_GOOD;
    bool fine = strcmp(flow->state, "SF") == 0 || strcmp(flow->state, "OTH") == 0 ||
                (flow->state[0] == 'S' && flow->state[1] >= '1' && flow->state[1] <= '3');
    return fine ? TL_STYLE_TEXT : TL_STYLE_POOR;
}

/* A closed lock, or an open one where secrets decrypted something. */
static void put_lock(const struct tl_view *view, const struct tl_flow_row *flow, struct tl_grid_line *line)
{
    bool signs = tl_screen_has_lines(tl_view_screen(view));
    enum lock lock = lock_of(flow);
    if (lock == OPEN)
        return;
    tl_grid_text(line->cell[LOCK], "%s", lock == OPENED ? signs ? "\U0001f513" : "D" : signs ? "\U0001f512" : "E");
    line->style[LOCK] = lock == OPENED ? TL_STYLE_GOOD : TL_STYLE_TEXT;
}

static void fill(struct tl_view *view, uint32_t index, struct tl_grid_line *line)
{
    struct tl_flow_row flow;
    if (!tl_store_flow(tl_view_store(view), index, &flow)) {
        tl_grid_text(line->cell[ORIG], "(gone)");
        return;
    }
    const struct tl_flow_id *id = &flow.id;
    bool ports = id->ip_proto == 6 || id->ip_proto == 17;
    tl_grid_address(line->cell[ORIG], id->version, id->orig_addr, ports ? id->orig_port : -1);
    tl_grid_address(line->cell[RESP], id->version, id->resp_addr, ports ? id->resp_port : -1);
    tl_grid_ip_protocol(line->cell[PROTO], id->ip_proto);
    tl_grid_number(line->cell[BYTES], flow.bytes[0] + flow.bytes[1]);
    tl_grid_number(line->cell[PACKETS], flow.packets[0] + flow.packets[1]);
    if (duration_of(&flow) > 0)
        tl_grid_number(line->cell[RATE], rate_of(&flow));
    tl_grid_text(line->cell[SERVICE], "%s", flow.service);
    line->style[STATE] = style_of_state(&flow);
    tl_grid_text(line->cell[STATE], "%s", flow.ended ? flow.state : "open");
    tl_grid_interval(line->cell[DURATION], duration_of(&flow));
    tl_grid_interval(line->cell[RTT], flow.rtt);
    if (flow.ended)
        tl_grid_number(line->cell[RETRANSMITTED], flow.retransmissions);
    tl_view_put_time_cell(view, line->cell[START], flow.first_ts, id->decimals);
    put_lock(view, &flow, line);
    struct tl_flow_hello hello;
    if (!tl_store_hello(tl_view_store(view), &flow, &hello))
        return;
    tl_grid_text(line->cell[NAME], "%s", hello.server_name);
    tl_grid_text(line->cell[JA4], "%s", hello.ja4);
}

static uint64_t stamp(const struct tl_view *view, const void *state)
{
    (void)state;
    return tl_store_count(tl_view_store(view)) + tl_store_flows_count(tl_view_store(view)) +
           tl_view_has_ended(view);
}

static void open_flow(struct tl_view *view, uint32_t index)
{
    struct tl_flow_row flow;
    if (!tl_store_flow(tl_view_store(view), index, &flow))
        return;
    bool there = flow.first_row >= tl_store_first(tl_view_store(view));
    tl_view_show_subset(view, &(struct tl_subset){ .kind = TL_SUBSET_FLOW, .flow = index },
                  there ? flow.first_row : flow.last_row);
}

static const struct tl_ranked_list_kind kind = {
    .things = "flows",
    .table = {
        .columns = {
            [ORIG] = { "Originator", 20, 47, false },
            [RESP] = { "Responder", 20, 47, false },
            [PROTO] = { "Proto", 5, 0, false },
            [LOCK] = { "", 2, 0, false },
            [BYTES] = { "Bytes", 7, 0, true },
            [PACKETS] = { "Packets", 8, 0, true },
            [RATE] = { "bit/s", 7, 0, true },
            [SERVICE] = { "Service", 8, 12, false },
            [STATE] = { "State", 6, 0, false },
            [DURATION] = { "Duration", 9, 10, true },
            [RTT] = { "RTT", 8, 0, true },
            [RETRANSMITTED] = { "Retrans", 8, 0, true },
            [START] = { "Start", 15, 0, false },
            [NAME] = { "Server name", 20, 64, false },
            [JA4] = { "JA4", 36, 0, false },
        },
        .count = COLUMNS,
        .fixed = PROTO,
        .marked = BYTES,
        .descending = true,
    },
    .time_column = START,
    .fill = fill,
    .stamp = stamp,
    .open = open_flow,
};

static void enter(struct tl_view *view, void *state)
{
    const struct tl_ranked what = { .context = tl_view_store(view), .first = first_place, .end = end_of_places,
                                    .key = key_of, .words = words, .number = flow_at };
    tl_ranked_list_start(view, state, &kind, &what);
}

static void note(struct tl_view *view, void *state, char *out, size_t room)
{
    size_t used = tl_ranked_list_note_columns(state, out, room);
    used += tl_ranked_list_note(state, out + used, room - used);
    uint64_t gone = tl_store_flows_gone(tl_view_store(view));
    if (gone > 0)
        snprintf(out + used, room - used, ", %llu older ones gone", (unsigned long long)gone);
}

/* What is wrong with the chosen flow. */
static void explain(struct tl_view *view, void *state)
{
    const struct tl_ranked_list *list = state;
    struct tl_flow_row flow;
    if (list->order == NULL || list->order->count == 0 || !tl_store_flow(tl_view_store(view), list->chosen, &flow))
        tl_view_say(view, false, "there is no flow to explain");
    else if (flow.id.ip_proto != 6 && flow.id.ip_proto != 17)
        tl_view_say(view, false, "only flows of TCP and UDP can be explained");
    else
        tl_explanation_show(view, list->chosen);
}

static const struct tl_binding keys[] = {
    TL_RANKED_LIST_KEYS,
    { 'x', "x", "explain what is wrong with the flow", explain },
    { 0 },
};

static const char *const notes[] = {
    "Before Bytes: a closed lock (E in ASCII): encrypted; an open one (D): decrypted with secrets.",
    "Server name and JA4 (a fingerprint of the client) are what the client of TLS or QUIC said.",
    NULL,
};

const struct tl_pane tl_pane_flows = {
    .name = "flows",
    .title = "Flows",
    .page = "flows",
    .share = 1,
    .state_size = sizeof(struct tl_ranked_list),
    .notes = notes,
    .keys = keys,
    .enter = enter,
    .note = note,
    TL_RANKED_LIST_PANE,
};
