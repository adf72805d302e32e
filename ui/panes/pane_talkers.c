/* pane_talkers.c - hosts, by what they sent and received. */
#include <stdio.h>

#include "ui/panes/pane.h"
#include "ui/panes/ranked_list.h"
#include "ui/store/tally.h"

enum { HOST, BYTES, BYTES_SHARE, PACKETS, PACKETS_SHARE, SENT_BYTES, SENT, RECEIVED_BYTES, RECEIVED, LAST, COLUMNS };

static uint32_t first(const void *context)
{
    return tl_cells_first(&((const struct tl_talkers *)context)->cells);
}

static uint32_t end(const void *context)
{
    return tl_cells_count(&((const struct tl_talkers *)context)->cells);
}

static const uint8_t words[COLUMNS] = { [HOST] = TL_RANKING_ADDRESS_WORDS };

static bool key_of(const void *context, uint32_t index, unsigned column, unsigned word, uint64_t *key)
{
    struct tl_talker host;
    if (!tl_talkers_get(context, index, &host))
        return false;
    uint64_t bytes = host.sent_bytes + host.received_bytes, packets = host.sent_packets + host.received_packets;
    const uint64_t keys[COLUMNS] = {
        [HOST] = tl_ranking_address(host.version, host.address, word),
        [BYTES] = bytes,
        [BYTES_SHARE] = bytes,
        [PACKETS] = packets,
        [PACKETS_SHARE] = packets,
        [SENT_BYTES] = host.sent_bytes,
        [SENT] = host.sent_packets,
        [RECEIVED_BYTES] = host.received_bytes,
        [RECEIVED] = host.received_packets,
        [LAST] = tl_ranking_signed(host.last_ts),
    };
    *key = keys[column];
    return packets > 0;
}

static void fill(struct tl_view *view, uint32_t index, struct tl_grid_line *line)
{
    struct tl_tally_sums sums = tl_tally_sums(tl_view_tally(view));
    struct tl_talker host;
    if (!tl_talkers_get(tl_tally_talkers(tl_view_tally(view)), index, &host)) {
        tl_grid_text(line->cell[HOST], "(gone)");
        return;
    }
    uint64_t bytes = host.sent_bytes + host.received_bytes, packets = host.sent_packets + host.received_packets;
    tl_grid_address(line->cell[HOST], host.version, host.address, -1);
    tl_grid_number(line->cell[BYTES], bytes);
    tl_grid_share(line->cell[BYTES_SHARE], bytes, sums.bytes);
    tl_grid_number(line->cell[PACKETS], packets);
    tl_grid_share(line->cell[PACKETS_SHARE], packets, sums.packets);
    tl_grid_number(line->cell[SENT_BYTES], host.sent_bytes);
    tl_grid_number(line->cell[SENT], host.sent_packets);
    tl_grid_number(line->cell[RECEIVED_BYTES], host.received_bytes);
    tl_grid_number(line->cell[RECEIVED], host.received_packets);
    tl_view_put_time_cell(view, line->cell[LAST], host.last_ts, 6);
}

static uint64_t stamp(const struct tl_view *view, const void *state)
{
    (void)state;
    return tl_tally_sums(tl_view_tally(view)).counted;
}

static void open_host(struct tl_view *view, uint32_t index)
{
    struct tl_subset subset = { .kind = TL_SUBSET_HOST };
    struct tl_talker host;
    if (!tl_talkers_get(tl_tally_talkers(tl_view_tally(view)), index, &host))
        return;
    subset.version = host.version;
    memcpy(subset.address, host.address, sizeof subset.address);
    tl_view_show_subset(view, &subset, TL_STORE_NONE);
}

static const struct tl_ranked_list_kind kind = {
    .things = "hosts",
    .table = {
        .columns = {
            [HOST] = { "Host", 15, 39, false },
            [BYTES] = { "Bytes", 7, 9, true },
            [BYTES_SHARE] = { "Share", 6, 8, true },
            [PACKETS] = { "Packets", 8, 9, true },
            [PACKETS_SHARE] = { "Share", 6, 8, true },
            [SENT_BYTES] = { "Sent", 7, 9, true },
            [SENT] = { "Pkts", 7, 9, true },
            [RECEIVED_BYTES] = { "Rcvd", 7, 9, true },
            [RECEIVED] = { "Pkts", 7, 9, true },
            [LAST] = { "Last seen", 15, 0, false },
        },
        .count = COLUMNS,
        .fixed = BYTES,
        .marked = BYTES,
        .descending = true,
    },
    .time_column = LAST,
    .fill = fill,
    .stamp = stamp,
    .open = open_host,
};

static void enter(struct tl_view *view, void *state)
{
    const struct tl_ranked what = { .context = tl_tally_talkers(tl_view_tally(view)), .first = first, .end = end,
                                    .key = key_of, .words = words };
    tl_ranked_list_start(view, state, &kind, &what);
}

static void note(struct tl_view *view, void *state, char *out, size_t room)
{
    struct tl_tally_sums sums = tl_tally_sums(tl_view_tally(view));
    uint64_t left = atomic_load(&tl_tally_talkers(tl_view_tally(view))->left);
    size_t used = tl_ranked_list_note_columns(state, out, room);
    used += tl_ranked_list_note(state, out + used, room - used);
    used += (size_t)snprintf(out + used, room - used, "%s", tl_tally_lag(tl_view_tally(view)));
    if (left > 0)
        used += (size_t)snprintf(out + used, room - used, ", %llu quiet ones gone", (unsigned long long)left);
    if (sums.hostless + sums.missed > 0 && used < room)
        snprintf(out + used, room - used, ", %llu packets of no host",
                 (unsigned long long)(sums.hostless + sums.missed));
}

static const struct tl_binding keys[] = { TL_RANKED_LIST_KEYS, { 0 } };

const struct tl_pane tl_pane_talkers = {
    .name = "talkers",
    .title = "Talkers",
    .page = "talkers",
    .share = 1,
    .state_size = sizeof(struct tl_ranked_list),
    .keys = keys,
    .enter = enter,
    .note = note,
    TL_RANKED_LIST_PANE,
};
