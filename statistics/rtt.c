/*
 * rtt.c - rtt: how long answers take. Of each protocol, the time from request to response in its records (DNS: rtt,
 * HTTP: ttfb); of each TCP connection, the time of its handshake (tcp_rtt of the conn record).
 */
#include "statistics/addresses.h"

#include <inttypes.h>
#include <stdlib.h>

#include "statistics/rows.h"

enum { PATH = 32 };

struct rtt {
    struct tl_statistic base;
    struct tl_rows protocols;   /* of struct times, by path */
    struct tl_rows connections; /* of struct connection, by their number */
    uint64_t left_out;          /* connections */
};

struct times {
    uint64_t count;
    int64_t least, most;
    uint64_t sum; /* ns */
};

struct connection {
    struct tl_address ends[2];
    char uid[TL_UID_LEN + 2];
    int64_t rtt;
};

/* What note_record() appends. */
struct noted_time {
    char path[PATH]; /* "": of a handshake */
    int64_t ns;
    struct connection connection;
};

static enum tl_failure parse(struct tl_statistic *s, const char *rest, struct tl_statistic_setup *setup,
                             struct tl_error *error)
{
    struct rtt *r = (struct rtt *)s;
    (void)setup;
    tl_rows_init(&r->protocols, sizeof(struct times), s->memory / 8);
    tl_rows_init(&r->connections, sizeof(struct connection), s->memory / 8 * 7);
    if (rest[0] != '\0')
        return tl_error_set(error, TL_E_USAGE, "-z rtt: it counts records, and takes no filter: leave out '%s'", rest);
    return TL_E_NONE;
}

/* Returns the interval with this key, or a negative number. */
static int64_t interval_of(const struct tl_record_def *def, const struct tl_record *record, const char *key)
{
    int64_t value = -1;
    for (uint32_t i = 0; key != NULL && i < def->field_count; i++) {
        if ((record->set >> i & 1) != 0 && def->fields[i].type == TL_REC_INTERVAL &&
            strcmp(def->fields[i].key, key) == 0)
            memcpy(&value, (const uint8_t *)record + def->fields[i].offset, sizeof value);
    }
    return value;
}

static struct tl_address address_of(const struct tl_flow_id *id, bool orig)
{
    struct tl_address address = { .port = orig ? id->orig_port : id->resp_port, .version = id->version };
    memcpy(address.bytes, orig ? id->orig_addr : id->resp_addr, id->version == 4 ? 4 : 16);
    return address;
}

static void note_record(const struct tl_statistic *s, struct tl_buffer *out, const struct tl_record_def *def,
                        const struct tl_record *record, const struct tl_flow_id *id)
{
    bool handshake = strcmp(def->path, "conn") == 0;
    struct noted_time noted = { .ns = interval_of(def, record, handshake ? "tcp_rtt" : def->latency) };
    (void)s;
    if (noted.ns < 0 || id == NULL)
        return;
    if (!handshake)
        snprintf(noted.path, sizeof noted.path, "%s", def->path);
    noted.connection = (struct connection){ .ends = { address_of(id, true), address_of(id, false) }, .rtt = noted.ns };
    memcpy(noted.connection.uid, id->uid, TL_UID_LEN); /* not terminated there */
    tl_put(out, &noted, sizeof noted);
}

static void take_record(struct tl_statistic *s, struct tl_bytes bytes)
{
    struct rtt *r = (struct rtt *)s;
    struct noted_time noted;
    bool is_new;
    memcpy(&noted, bytes.data, sizeof noted);
    if (noted.path[0] == '\0') {
        const uint32_t number = r->connections.count;
        struct connection *connection = tl_rows_row(&r->connections, &number, sizeof number, &is_new);
        if (connection != NULL)
            *connection = noted.connection;
        r->left_out += connection == NULL;
        return;
    }
    struct times *times = tl_rows_row(&r->protocols, noted.path, (uint32_t)strlen(noted.path), &is_new);
    if (times == NULL)
        return;
    times->least = is_new || noted.ns < times->least ? noted.ns : times->least;
    times->most = noted.ns > times->most ? noted.ns : times->most;
    times->sum += (uint64_t)noted.ns;
    times->count++;
}

static bool is_slower(const void *a, const void *b)
{
    return ((const struct connection *)a)->rtt > ((const struct connection *)b)->rtt;
}

static bool has_more(const void *a, const void *b)
{
    return ((const struct times *)a)->count > ((const struct times *)b)->count;
}

static void put_times(struct rtt *r, struct tl_report *report)
{
    uint32_t *order = tl_rows_sorted(&r->protocols, has_more);
    tl_put_format(&report->text, "%-16s %10s %14s %14s %14s\n", "Protocol", "Responses", "Min RTT", "Avg RTT",
                  "Max RTT");
    for (uint32_t i = 0; order != NULL && i < r->protocols.count; i++) {
        const struct times *times = tl_rows_at(&r->protocols, order[i]);
        struct tl_bytes path = tl_rows_key(&r->protocols, order[i]);
        tl_report_cell(report, path.data, path.len, 16);
        tl_put_format(&report->text, " %10" PRIu64, times->count);
        tl_report_time(report, times->least, 6, 15);
        tl_report_time(report, (int64_t)(times->sum / times->count), 6, 15);
        tl_report_time(report, times->most, 6, 15);
        tl_put_char(&report->text, '\n');
    }
    free(order);
}

static void text(struct tl_statistic *s, struct tl_report *report)
{
    struct rtt *r = (struct rtt *)s;
    struct tl_buffer *b = &report->text;
    uint32_t *order = tl_rows_sorted(&r->connections, is_slower);
    tl_put_char(b, '\n');
    tl_report_rule(report, '=', 80);
    tl_put_lit(b, "Response times, seconds\n");
    put_times(r, report);
    tl_report_rule(report, '-', 80);
    tl_put_lit(b, "TCP handshakes, from the SYN to the ACK of the SYN-ACK, seconds\n");
    for (uint32_t i = 0; order != NULL && i < r->connections.count; i++) {
        const struct connection *c = tl_rows_at(&r->connections, order[i]);
        for (unsigned k = 0; k < 2; k++) {
            size_t at = b->len;
            tl_address_put(b, &c->ends[k], true);
            for (size_t len = b->len - at; len < 26; len++)
                tl_put_char(b, ' ');
            tl_puts(b, k == 0 ? " -> " : " ");
        }
        tl_puts(b, c->uid);
        tl_report_time(report, c->rtt, 6, 14);
        tl_put_char(b, '\n');
        tl_report_row(report);
    }
    if (r->left_out > 0)
        tl_put_format(b, "%" PRIu64 " further connections are left out: memory is full, raise --mem\n", r->left_out);
    tl_report_rule(report, '=', 80);
    free(order);
}

static void json(struct tl_statistic *s, struct tl_report *report)
{
    struct rtt *r = (struct rtt *)s;
    uint32_t *order = tl_rows_sorted(&r->protocols, has_more);
    tl_report_list(report, "responses");
    for (uint32_t i = 0; order != NULL && i < r->protocols.count; i++) {
        const struct times *times = tl_rows_at(&r->protocols, order[i]);
        struct tl_bytes path = tl_rows_key(&r->protocols, order[i]);
        tl_report_object(report);
        tl_report_text(report, "protocol", path.data, path.len);
        tl_report_number(report, "count", times->count);
        tl_report_seconds(report, "min", times->least);
        tl_report_seconds(report, "average", (int64_t)(times->sum / times->count));
        tl_report_seconds(report, "max", times->most);
        tl_report_object_end(report);
    }
    tl_report_list_end(report);
    free(order);
    order = tl_rows_sorted(&r->connections, is_slower);
    tl_report_list(report, "handshakes");
    for (uint32_t i = 0; order != NULL && i < r->connections.count; i++) {
        const struct connection *c = tl_rows_at(&r->connections, order[i]);
        tl_report_object(report);
        tl_report_text(report, "uid", c->uid, strlen(c->uid));
        tl_address_json(report, "orig", &c->ends[0], true);
        tl_address_json(report, "resp", &c->ends[1], true);
        tl_report_seconds(report, "rtt", c->rtt);
        tl_report_object_end(report);
    }
    tl_report_list_end(report);
    tl_report_number(report, "left_out", r->left_out);
    free(order);
}

static void fini(struct tl_statistic *s)
{
    tl_rows_fini(&((struct rtt *)s)->protocols);
    tl_rows_fini(&((struct rtt *)s)->connections);
}

const struct tl_statistic_kind tl_statistic_rtt = {
    .name = "rtt",
    .arguments = "",
    .help = "response times of each protocol, and of each TCP handshake",
    .size = sizeof(struct rtt),
    .parse = parse,
    .note_record = note_record,
    .take_record = take_record,
    .text = text,
    .json = json,
    .fini = fini,
};
