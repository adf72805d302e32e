/*
 * expert.c - expert: what is wrong or unusual, by severity. Packets with malformed layers, wrong checksums and TCP
 * segments that were sent again are counted; anomalies are those of the weird records, once for each flow.
 */
#include "statistics/statistic.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/protocol.h"
#include "statistics/rows.h"

enum severity { ERRORS, WARNS, NOTES, SEVERITIES };
enum { PENDING_MOST = 64, TEXT_MOST = 128 };

static const char *const severity_names[SEVERITIES] = { "Errors", "Warns", "Notes" };
static const char *const severity_words[SEVERITIES] = { "error", "warn", "note" };

/* Flags of layers. */
static const struct {
    uint16_t flag;
    uint8_t severity;
    const char *group, *summary;
} signs[] = {
    { TL_NODE_BAD, ERRORS, "Malformed", "Malformed packet" },
    { TL_NODE_CHECKSUM, ERRORS, "Checksum", "Wrong checksum" },
    { TL_NODE_LATE, WARNS, "Sequence", "Out of order" },
    { TL_NODE_LOST_BEFORE, WARNS, "Sequence", "Previous segment not captured" },
    { TL_NODE_ACK_OF_LOST, WARNS, "Sequence", "ACK of a segment not captured" },
    { TL_NODE_ZERO_WINDOW, WARNS, "Sequence", "Zero window" },
    { TL_NODE_AGAIN, NOTES, "Sequence", "Retransmission" },
    { TL_NODE_DUPLICATE_ACK, NOTES, "Sequence", "Duplicate ACK" },
    { TL_NODE_KEEP_ALIVE, NOTES, "Sequence", "Keep-alive" },
};

/* One kind of finding; it is the key of its row, and zeroed where texts are shorter. */
struct finding {
    uint32_t severity;
    char group[16], protocol[32], summary[TEXT_MOST];
};

/* An anomaly in a packet whose filter was not asked yet. */
struct anomaly {
    uint64_t number; /* of the packet */
    struct finding finding;
};

struct expert {
    struct tl_statistic base;
    struct tl_rows table; /* of uint64_t, by struct finding */
    uint64_t last_number;
    struct anomaly pending[PENDING_MOST];
    uint32_t pending_count;
    uint64_t left_out;
};

static enum tl_failure parse(struct tl_statistic *s, const char *rest, struct tl_statistic_setup *setup,
                             struct tl_error *error)
{
    tl_rows_init(&((struct expert *)s)->table, sizeof(uint64_t), s->memory);
    return tl_statistic_set_filter(s, setup, rest, error);
}

static struct finding finding_of(enum severity severity, const char *group, const char *protocol, const char *summary)
{
    struct finding f;
    memset(&f, 0, sizeof f);
    f.severity = severity;
    snprintf(f.group, sizeof f.group, "%s", group);
    snprintf(f.protocol, sizeof f.protocol, "%s", protocol);
    snprintf(f.summary, sizeof f.summary, "%s", summary);
    return f;
}

static void want(const struct tl_statistic *s, uint64_t *const wanted[])
{
    (void)tl_statistic_want(s, "tcp.analysis.flags", wanted); /* then TCP layers have their marks */
}

static void note(const struct tl_statistic *s, struct tl_buffer *out, const struct tl_sight *sight)
{
    const struct tl_tree *tree = sight->scene->tree;
    for (uint32_t i = 0; i < tree->count && tl_statistic_passes(sight->passes, s->filter_index); i++) {
        const struct tl_node *node = &tree->nodes[i];
        if (node->field != TL_LAYER || (node->flags & TL_NODE_QUOTED) != 0)
            continue;
        for (size_t k = 0; k < TL_COUNT(signs); k++) {
            const uint16_t found[2] = { node->protocol, (uint16_t)k };
            if ((node->flags & signs[k].flag) != 0)
                tl_put(out, found, sizeof found);
        }
    }
    tl_put_char(out, 0); /* every packet is taken, for the anomalies that wait for it */
}

static void count(struct expert *e, const struct finding *finding)
{
    bool is_new;
    uint64_t *row = tl_rows_row(&e->table, finding, sizeof *finding, &is_new);
    if (row != NULL)
        ++*row;
    else
        e->left_out++;
}

static void take(struct tl_statistic *s, const struct tl_noted *noted, struct tl_bytes bytes)
{
    struct expert *e = (struct expert *)s;
    uint16_t found[2];
    e->last_number = noted->number;
    for (uint32_t at = 0; bytes.len - at >= sizeof found; at += (uint32_t)sizeof found) {
        memcpy(found, bytes.data + at, sizeof found);
        const struct finding finding = finding_of((enum severity)signs[found[1]].severity, signs[found[1]].group,
                                                  s->protocols->items[found[0]]->name, signs[found[1]].summary);
        count(e, &finding);
    }
    for (uint32_t i = 0; i < e->pending_count; i++) {
        if (e->pending[i].number == noted->number && tl_statistic_passes(noted->passes, s->filter_index))
            count(e, &e->pending[i].finding);
    }
    e->pending_count = 0;
}

/* --- anomalies --- */

static const void *value_of(const struct tl_record_def *def, const struct tl_record *record, const char *key)
{
    for (uint32_t i = 0; i < def->field_count; i++) {
        if ((record->set >> i & 1) != 0 && strcmp(def->fields[i].key, key) == 0)
            return (const uint8_t *)record + def->fields[i].offset;
    }
    return NULL;
}

static void note_record(const struct tl_statistic *s, struct tl_buffer *out, const struct tl_record_def *def,
                        const struct tl_record *record, const struct tl_flow_id *id)
{
    (void)s;
    (void)id;
    if (strcmp(def->path, "weird") != 0)
        return;
    const char *const *name = value_of(def, record, "name"), *const *layer = value_of(def, record, "layer");
    const uint64_t *packet = value_of(def, record, "packet");
    const struct anomaly anomaly = { .number = packet != NULL ? *packet : 0,
                                     .finding = finding_of(WARNS, "Protocol", layer != NULL ? *layer : "",
                                                           name != NULL ? *name : "") };
    tl_put(out, &anomaly, sizeof anomaly);
}

/*
 * With a filter, an anomaly waits for its packet. One that is found later belongs to no packet, and passes no filter.
 */
static void take_record(struct tl_statistic *s, struct tl_bytes bytes)
{
    struct expert *e = (struct expert *)s;
    struct anomaly anomaly;
    memcpy(&anomaly, bytes.data, sizeof anomaly);
    if (s->filter_index == TL_NO_FILTER)
        count(e, &anomaly.finding);
    else if (anomaly.number > e->last_number && e->pending_count < PENDING_MOST)
        e->pending[e->pending_count++] = anomaly;
}

/* --- the table --- */

static bool before(const void *a, const void *b)
{
    return *(const uint64_t *)a > *(const uint64_t *)b;
}

static struct finding key_of(const struct expert *e, uint32_t index)
{
    struct finding finding;
    memcpy(&finding, tl_rows_key(&e->table, index).data, sizeof finding);
    return finding;
}

static void put_severity(struct expert *e, struct tl_report *report, enum severity severity, const uint32_t *order)
{
    uint64_t all = 0;
    for (uint32_t i = 0; i < e->table.count; i++)
        all += key_of(e, i).severity == severity ? *(const uint64_t *)tl_rows_at(&e->table, i) : 0;
    if (all == 0)
        return;
    tl_put_format(&report->text, "\n%s (%" PRIu64 ")\n=============\n%12s %12s %12s  %s\n", severity_names[severity],
                  all, "Frequency", "Group", "Protocol", "Summary");
    for (uint32_t i = 0; i < e->table.count; i++) {
        const struct finding f = key_of(e, order[i]);
        if (f.severity == severity)
            tl_put_format(&report->text, "%12" PRIu64 " %12s %12s  %s\n",
                          *(const uint64_t *)tl_rows_at(&e->table, order[i]), f.group, f.protocol, f.summary);
        tl_report_row(report);
    }
}

static void text(struct tl_statistic *s, struct tl_report *report)
{
    struct expert *e = (struct expert *)s;
    uint32_t *order = tl_rows_sorted(&e->table, before);
    for (unsigned i = 0; order != NULL && i < SEVERITIES; i++)
        put_severity(e, report, (enum severity)i, order);
    if (e->table.count == 0)
        tl_put_lit(&report->text, "\nNo errors, warnings or notes\n");
    tl_report_left_out(report, false, e->left_out, "findings");
    free(order);
}

static void json(struct tl_statistic *s, struct tl_report *report)
{
    struct expert *e = (struct expert *)s;
    uint32_t *order = tl_rows_sorted(&e->table, before);
    tl_report_list(report, "findings");
    for (uint32_t i = 0; order != NULL && i < e->table.count; i++) {
        const struct finding f = key_of(e, order[i]);
        tl_report_object(report);
        tl_report_text(report, "severity", severity_words[f.severity], strlen(severity_words[f.severity]));
        tl_report_text(report, "group", f.group, strlen(f.group));
        tl_report_text(report, "protocol", f.protocol, strlen(f.protocol));
        tl_report_text(report, "summary", f.summary, strlen(f.summary));
        tl_report_number(report, "count", *(const uint64_t *)tl_rows_at(&e->table, order[i]));
        tl_report_object_end(report);
    }
    tl_report_list_end(report);
    tl_report_left_out(report, true, e->left_out, "");
    free(order);
}

static void fini(struct tl_statistic *s)
{
    tl_rows_fini(&((struct expert *)s)->table);
}

const struct tl_statistic_kind tl_statistic_expert = {
    .name = "expert",
    .arguments = "[,FILTER]",
    .help = "errors, warnings and notes: malformed packets, checksums, TCP's sequence, anomalies of each flow",
    .size = sizeof(struct expert),
    .parse = parse,
    .want = want,
    .note = note,
    .take = take,
    .note_record = note_record,
    .take_record = take_record,
    .text = text,
    .json = json,
    .fini = fini,
};
