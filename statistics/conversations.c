/* conversations.c - conv: packets and bytes of each pair of ends, in both directions, as tshark's -z conv. */
#include "statistics/addresses.h"
#include "core/time.h"
#include "statistics/rows.h"

#include <inttypes.h>
#include <stdlib.h>

struct conversations {
    struct tl_statistic base;
    enum tl_address_type type;
    struct tl_streams *streams; /* owned: TCP and UDP; a SYN begins a new conversation of the same ends */
    struct tl_rows table;
    uint64_t left_out; /* packets without a row */
};

struct row {
    struct tl_address a, b;       /* a sent the first packet */
    uint64_t frames[2], bytes[2]; /* by sender: a, b */
    int64_t start, stop;          /* ns since the epoch */
    int64_t first_ts;             /* of the capture */
};

static enum tl_failure parse(struct tl_statistic *s, const char *rest, struct tl_statistic_setup *setup,
                             struct tl_error *error)
{
    struct conversations *c = (struct conversations *)s;
    const char *filter;
    enum tl_failure failure = tl_address_type_read(s, rest, &c->type, &filter, error);
    if (failure == TL_E_NONE)
        failure = tl_statistic_set_filter(s, setup, filter, error);
    if (failure != TL_E_NONE)
        return failure;
    bool streams = c->type == TL_ADDRESS_TCP || c->type == TL_ADDRESS_UDP;
    tl_rows_init(&c->table, sizeof(struct row), streams ? s->memory / 2 : s->memory);
    if (streams && (c->streams = tl_streams_new_within(s->memory / 2)) == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    return TL_E_NONE;
}

static void note(const struct tl_statistic *s, struct tl_buffer *out, const struct tl_sight *sight)
{
    const struct conversations *c = (const struct conversations *)s;
    /* TCP and UDP conversations are counted over all packets, so that their numbers do not depend on the filter */
    if (c->streams != NULL || tl_statistic_passes(sight->passes, s->filter_index))
        tl_address_note(s, c->type, out, sight->scene->tree);
}

/* The key of a conversation: its number, or its ends, the smaller first. Returns its length; 0: the table is full. */
static uint32_t key_of(struct conversations *c, const struct tl_address_pair *pair, struct tl_address key[2])
{
    uint32_t number;
    if (c->streams != NULL) {
        const struct tl_endpoints e = tl_address_endpoints(pair, c->type == TL_ADDRESS_TCP);
        if (!tl_streams_find(c->streams, &e, &number))
            return 0;
        memcpy(key, &number, sizeof number);
        return sizeof number;
    }
    bool swap = memcmp(&pair->src, &pair->dst, sizeof pair->src) > 0;
    key[0] = swap ? pair->dst : pair->src;
    key[1] = swap ? pair->src : pair->dst;
    return 2 * (uint32_t)sizeof key[0];
}

static void count(struct conversations *c, const struct tl_noted *noted, const struct tl_address_pair *pair)
{
    struct tl_address key[2];
    bool is_new = false;
    uint32_t len = key_of(c, pair, key);
    if (!tl_statistic_passes(noted->passes, c->base.filter_index))
        return;
    struct row *row = len > 0 ? tl_rows_row(&c->table, key, len, &is_new) : NULL;
    if (row == NULL) {
        c->left_out++;
        return;
    }
    if (is_new)
        *row = (struct row){
            .a = pair->src, .b = pair->dst, .start = noted->ts, .stop = noted->ts, .first_ts = noted->first_ts
        };
    unsigned side = !tl_address_is_equal(&row->a, &pair->src);
    row->frames[side]++;
    row->bytes[side] += noted->len;
    row->start = noted->ts < row->start ? noted->ts : row->start;
    row->stop = noted->ts > row->stop ? noted->ts : row->stop;
}

static void take(struct tl_statistic *s, const struct tl_noted *noted, struct tl_bytes bytes)
{
    struct tl_address_pair pair;
    for (uint32_t at = 0; bytes.len - at >= sizeof pair; at += (uint32_t)sizeof pair) {
        memcpy(&pair, bytes.data + at, sizeof pair);
        count((struct conversations *)s, noted, &pair);
    }
}

/* --- the table --- */

static bool before(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    return x->frames[0] + x->frames[1] > y->frames[0] + y->frames[1];
}

static void put_end(struct tl_report *report, const struct tl_address *address, bool ports, bool pad)
{
    size_t at = report->text.len;
    tl_address_put(&report->text, address, ports);
    for (size_t len = report->text.len - at; pad && len < (ports ? 26u : 20u); len++)
        tl_put_char(&report->text, ' ');
}

static void text(struct tl_statistic *s, struct tl_report *report)
{
    struct conversations *c = (struct conversations *)s;
    bool ports = tl_address_types[c->type].ports;
    int wide = ports ? 57 : 45;
    struct tl_buffer *b = &report->text;
    uint32_t *order = tl_rows_sorted(&c->table, before);
    tl_report_rule(report, '=', 80);
    tl_put_format(b, "%s Conversations\nFilter:%s\n", tl_address_types[c->type].title,
                  s->filter[0] != '\0' ? s->filter : "<No Filter>");
    tl_put_format(b,
                  "%*s|         <-         | |         ->         | |        Total       |     Relative     |"
                  "   Duration   |\n",
                  wide, "");
    tl_put_format(b,
                  "%*s|  Frames      Bytes | |  Frames      Bytes | |  Frames      Bytes |       Start      |"
                  "              |\n",
                  wide, "");
    for (uint32_t i = 0; order != NULL && i < c->table.count; i++) {
        const struct row *row = tl_rows_at(&c->table, order[i]);
        put_end(report, &row->a, ports, true);
        tl_put_lit(b, " <-> ");
        put_end(report, &row->b, ports, true);
        tl_put_format(b, "  %8" PRIu64 " %10" PRIu64 "   %9" PRIu64 " %10" PRIu64 "   %9" PRIu64 " %10" PRIu64,
                      row->frames[1], row->bytes[1], row->frames[0], row->bytes[0], row->frames[0] + row->frames[1],
                      row->bytes[0] + row->bytes[1]);
        tl_put_char(b, ' ');
        tl_report_time(report, tl_time_between(row->first_ts, row->start), 9, 19);
        tl_put_char(b, ' ');
        tl_report_time(report, tl_time_between(row->start, row->stop), 6, 15);
        tl_put_char(b, '\n');
        tl_report_row(report);
    }
    tl_report_left_out(report, false, c->left_out, "conversations");
    tl_report_rule(report, '=', 80);
    free(order);
}

static void json(struct tl_statistic *s, struct tl_report *report)
{
    struct conversations *c = (struct conversations *)s;
    bool ports = tl_address_types[c->type].ports;
    uint32_t *order = tl_rows_sorted(&c->table, before);
    tl_report_list(report, "conversations");
    for (uint32_t i = 0; order != NULL && i < c->table.count; i++) {
        const struct row *row = tl_rows_at(&c->table, order[i]);
        tl_report_object(report);
        tl_address_json(report, "a", &row->a, ports);
        tl_address_json(report, "b", &row->b, ports);
        tl_report_number(report, "frames_a_b", row->frames[0]);
        tl_report_number(report, "bytes_a_b", row->bytes[0]);
        tl_report_number(report, "frames_b_a", row->frames[1]);
        tl_report_number(report, "bytes_b_a", row->bytes[1]);
        tl_report_number(report, "frames", row->frames[0] + row->frames[1]);
        tl_report_number(report, "bytes", row->bytes[0] + row->bytes[1]);
        tl_report_seconds(report, "ts", row->start);
        tl_report_seconds(report, "start", tl_time_between(row->first_ts, row->start));
        tl_report_seconds(report, "duration", tl_time_between(row->start, row->stop));
        tl_report_object_end(report);
    }
    tl_report_list_end(report);
    tl_report_left_out(report, true, c->left_out, "");
    free(order);
}

static void fini(struct tl_statistic *s)
{
    struct conversations *c = (struct conversations *)s;
    tl_streams_free(c->streams);
    tl_rows_fini(&c->table);
}

const struct tl_statistic_kind tl_statistic_conversations = {
    .name = "conv",
    .arguments = ",TYPE[,FILTER]",
    .help = "packets and bytes of each conversation; TYPE: eth, ip, ipv6, tcp, udp, sctp",
    .size = sizeof(struct conversations),
    .parse = parse,
    .note = note,
    .take = take,
    .text = text,
    .json = json,
    .fini = fini,
};
