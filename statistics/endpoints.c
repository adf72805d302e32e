/* endpoints.c - endpoints: packets and bytes that each end sent and received, as tshark's -z endpoints. */
#include "statistics/addresses.h"
#include "statistics/rows.h"

#include <inttypes.h>
#include <stdlib.h>

struct endpoints {
    struct tl_statistic base;
    enum tl_address_type type;
    struct tl_rows table; /* by struct tl_address */
    uint64_t left_out;    /* packets of ends without a row */
};

struct row {
    struct tl_address address;
    uint64_t frames[2], bytes[2]; /* sent, received */
};

static enum tl_failure parse(struct tl_statistic *s, const char *rest, struct tl_statistic_setup *setup,
                             struct tl_error *error)
{
    struct endpoints *e = (struct endpoints *)s;
    const char *filter;
    enum tl_failure failure = tl_address_type_read(s, rest, &e->type, &filter, error);
    tl_rows_init(&e->table, sizeof(struct row), s->memory);
    return failure == TL_E_NONE ? tl_statistic_set_filter(s, setup, filter, error) : failure;
}

static void note(const struct tl_statistic *s, struct tl_buffer *out, const struct tl_sight *sight)
{
    if (tl_statistic_passes(sight->passes, s->filter_index))
        tl_address_note(s, ((const struct endpoints *)s)->type, out, sight->scene->tree);
}

static void count(struct endpoints *e, const struct tl_noted *noted, const struct tl_address *address, unsigned way)
{
    bool is_new;
    struct row *row = tl_rows_row(&e->table, address, sizeof *address, &is_new);
    if (row == NULL) {
        e->left_out++;
        return;
    }
    row->address = *address;
    row->frames[way]++;
    row->bytes[way] += noted->len;
}

static void take(struct tl_statistic *s, const struct tl_noted *noted, struct tl_bytes bytes)
{
    struct tl_address_pair pair;
    for (uint32_t at = 0; bytes.len - at >= sizeof pair; at += (uint32_t)sizeof pair) {
        memcpy(&pair, bytes.data + at, sizeof pair);
        count((struct endpoints *)s, noted, &pair.src, 0);
        count((struct endpoints *)s, noted, &pair.dst, 1);
    }
}

static bool before(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    return x->frames[0] + x->frames[1] > y->frames[0] + y->frames[1];
}

static void text(struct tl_statistic *s, struct tl_report *report)
{
    struct endpoints *e = (struct endpoints *)s;
    bool ports = tl_address_types[e->type].ports;
    struct tl_buffer *b = &report->text;
    uint32_t *order = tl_rows_sorted(&e->table, before);
    tl_report_rule(report, '=', 80);
    tl_put_format(b, "%s Endpoints\nFilter:%s\n", tl_address_types[e->type].title,
                  s->filter[0] != '\0' ? s->filter : "<No Filter>");
    tl_put_format(b, "%23s%s|  Packets  | |   Bytes   | | Tx Packets | |  Tx Bytes  | | Rx Packets | |  Rx Bytes  |\n",
                  "", ports ? "|  Port  |" : "");
    for (uint32_t i = 0; order != NULL && i < e->table.count; i++) {
        const struct row *row = tl_rows_at(&e->table, order[i]);
        size_t at = b->len;
        tl_address_put(b, &row->address, false);
        for (size_t len = b->len - at; len < 23; len++)
            tl_put_char(b, ' ');
        if (ports)
            tl_put_format(b, "%9u ", row->address.port);
        tl_put_format(b, "%11" PRIu64 " %13" PRIu64 " %14" PRIu64 " %14" PRIu64 " %14" PRIu64 " %14" PRIu64 "\n",
                      row->frames[0] + row->frames[1], row->bytes[0] + row->bytes[1], row->frames[0], row->bytes[0],
                      row->frames[1], row->bytes[1]);
        tl_report_row(report);
    }
    tl_report_left_out(report, false, e->left_out, "endpoints");
    tl_report_rule(report, '=', 80);
    free(order);
}

static void json(struct tl_statistic *s, struct tl_report *report)
{
    struct endpoints *e = (struct endpoints *)s;
    bool ports = tl_address_types[e->type].ports;
    uint32_t *order = tl_rows_sorted(&e->table, before);
    tl_report_list(report, "endpoints");
    for (uint32_t i = 0; order != NULL && i < e->table.count; i++) {
        const struct row *row = tl_rows_at(&e->table, order[i]);
        tl_report_object(report);
        tl_address_json(report, "", &row->address, ports);
        tl_report_number(report, "frames", row->frames[0] + row->frames[1]);
        tl_report_number(report, "bytes", row->bytes[0] + row->bytes[1]);
        tl_report_number(report, "tx_frames", row->frames[0]);
        tl_report_number(report, "tx_bytes", row->bytes[0]);
        tl_report_number(report, "rx_frames", row->frames[1]);
        tl_report_number(report, "rx_bytes", row->bytes[1]);
        tl_report_object_end(report);
    }
    tl_report_list_end(report);
    tl_report_left_out(report, true, e->left_out, "");
    free(order);
}

static void fini(struct tl_statistic *s)
{
    tl_rows_fini(&((struct endpoints *)s)->table);
}

const struct tl_statistic_kind tl_statistic_endpoints = {
    .name = "endpoints",
    .arguments = ",TYPE[,FILTER]",
    .help = "packets and bytes that each end sent and received; TYPE as of conv",
    .size = sizeof(struct endpoints),
    .parse = parse,
    .note = note,
    .take = take,
    .text = text,
    .json = json,
    .fini = fini,
};
