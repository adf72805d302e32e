/* sink.c - the sink of the statistics: workers note, the thread of the tables takes. */
#include "statistics/private.h"

#include <stdlib.h>

#include "export/output.h"

/* What workers append: a head, and as many bytes as it says. */
enum entry_kind { ENTRY_PACKET, ENTRY_NOTE, ENTRY_RECORD, ENTRY_PIECE };

struct entry {
    uint32_t len;
    uint16_t statistic; /* index */
    uint16_t kind;      /* enum entry_kind */
};

struct piece {
    struct tl_flow_id id;
    uint64_t gap;
    uint32_t side;
};

struct statistics_sink {
    struct tl_output_sink base;
    struct tl_statistics *all;
    struct tl_noted noted; /* the current packet */
    bool packets, records, pieces, said;
};

static const struct statistics_sink *sink_of(const struct tl_sink *sink)
{
    return (const struct statistics_sink *)sink;
}

/* --- in the workers --- */

/* Begins an entry; returns its place. */
static size_t begin(struct tl_buffer *out, uint32_t statistic, enum entry_kind kind)
{
    const struct entry entry = { 0, (uint16_t)statistic, (uint16_t)kind };
    size_t at = out->len;
    tl_put(out, &entry, sizeof entry);
    return at;
}

/* Ends it: sets its length, or removes it where `empty` says so. */
static void end(struct tl_buffer *out, size_t at, bool keep_empty)
{
    if (out->failed || out->len < at + sizeof(struct entry))
        return;
    uint32_t len = (uint32_t)(out->len - at - sizeof(struct entry));
    if (len == 0 && !keep_empty)
        out->len = at;
    else
        memcpy(out->data + at + offsetof(struct entry, len), &len, sizeof len);
}

static void want(const struct tl_sink *sink, const struct tl_protocols *protocols, uint64_t *const wanted[])
{
    const struct tl_statistics *all = sink_of(sink)->all;
    for (uint32_t i = 0; i < all->count; i++) {
        if (all->items[i]->kind->want != NULL)
            all->items[i]->kind->want(all->items[i], wanted);
    }
    for (uint32_t i = 0; i < all->predicate_count; i++)
        tl_predicate_want(all->predicates[i], protocols, wanted);
}

/* Asks the filters. */
static uint64_t passes(const struct tl_statistics *all, struct tl_predicate_run *const *runs,
                       const struct tl_scene *scene)
{
    uint64_t answer = 0;
    for (uint32_t i = 0; i < all->predicate_count; i++) {
        if ((all->filters >> i & 1) != 0 && tl_predicate_packet(runs[i], scene))
            answer |= UINT64_C(1) << i;
    }
    return answer;
}

static void note(const struct tl_sink *sink, struct tl_buffer *out, struct tl_predicate_run *const *runs,
                 const struct tl_scene *scene, uint64_t flow, const struct tl_flow_id *id)
{
    const struct tl_statistics *all = sink_of(sink)->all;
    const struct tl_packet *packet = scene->packet;
    const struct tl_sight sight = { .scene = scene, .runs = runs, .passes = passes(all, runs, scene), .id = id };
    const struct tl_noted noted = { .number = packet->number,
                                    .flow = flow,
                                    .passes = sight.passes,
                                    .ts = packet->ts,
                                    .first_ts = scene->first_ts,
                                    .len = packet->len,
                                    .caplen = packet->caplen };
    size_t at = begin(out, 0, ENTRY_PACKET);
    tl_put(out, &noted, sizeof noted);
    end(out, at, true);
    for (uint32_t i = 0; i < all->count; i++) {
        const struct tl_statistic *s = all->items[i];
        if (s->kind->take == NULL)
            continue;
        at = begin(out, i, ENTRY_NOTE);
        if (s->kind->note != NULL)
            s->kind->note(s, out, &sight);
        end(out, at, s->kind->note == NULL);
    }
}

static void note_record(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_record_def *def,
                        const struct tl_record *record, const struct tl_flow_id *id, unsigned decimals)
{
    const struct tl_statistics *all = sink_of(sink)->all;
    (void)decimals;
    for (uint32_t i = 0; i < all->count; i++) {
        const struct tl_statistic *s = all->items[i];
        if (s->kind->note_record == NULL)
            continue;
        size_t at = begin(out, i, ENTRY_RECORD);
        s->kind->note_record(s, out, def, record, id);
        end(out, at, false);
    }
}

static void note_said(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_stream_piece *from,
                      const struct tl_protocol *protocol)
{
    const struct tl_statistics *all = sink_of(sink)->all;
    const struct piece piece = { .id = *from->id, .gap = from->gap, .side = from->side };
    const uint64_t stream = protocol != NULL ? from->within : TL_SAID_WHOLE;
    if (from->bytes.len == 0 && from->gap == 0)
        return;
    for (uint32_t i = 0; i < all->count; i++) {
        const struct tl_statistic *s = all->items[i];
        if (s->kind->take_piece == NULL || !s->kind->wants_piece(s, from->id, protocol, stream))
            continue;
        size_t at = begin(out, i, ENTRY_PIECE);
        tl_put(out, &piece, sizeof piece);
        if (from->bytes.len > 0)
            tl_put(out, from->bytes.data, from->bytes.len);
        end(out, at, true);
    }
}

static void note_piece(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_stream_piece *from)
{
    note_said(sink, out, from, NULL);
}

/* --- in the thread of the tables --- */

static void take(struct statistics_sink *s, const struct entry *entry, struct tl_bytes bytes)
{
    struct piece piece;
    struct tl_statistic *statistic = s->all->items[entry->statistic];
    switch ((enum entry_kind)entry->kind) {
    case ENTRY_PACKET:
        memcpy(&s->noted, bytes.data, sizeof s->noted);
        return;
    case ENTRY_NOTE:
        statistic->kind->take(statistic, &s->noted, bytes);
        return;
    case ENTRY_RECORD:
        statistic->kind->take_record(statistic, bytes);
        return;
    case ENTRY_PIECE:
        memcpy(&piece, bytes.data, sizeof piece);
        const struct tl_noted_piece noted = { .id = piece.id,
                                              .gap = piece.gap,
                                              .side = piece.side,
                                              .bytes = { bytes.data + sizeof piece,
                                                         bytes.len - (uint32_t)sizeof piece } };
        statistic->kind->take_piece(statistic, &noted);
        return;
    }
}

static enum tl_failure write_entries(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    struct statistics_sink *s = (struct statistics_sink *)sink;
    (void)error;
    while (len >= sizeof(struct entry)) {
        struct entry entry;
        memcpy(&entry, data, sizeof entry);
        if (entry.len > len - sizeof entry) /* a batch that ran out of memory: the run reports it */
            return TL_E_NONE;
        take(s, &entry, (struct tl_bytes){ data + sizeof entry, entry.len });
        data += sizeof entry + entry.len;
        len -= sizeof entry + entry.len;
    }
    return TL_E_NONE;
}

static void report_all(struct statistics_sink *s, struct tl_report *report)
{
    for (uint32_t i = 0; i < s->all->count; i++) {
        struct tl_statistic *statistic = s->all->items[i];
        if (s->all->json || statistic->as_json) {
            tl_put_lit(&report->text, "{");
            tl_report_key(report, "_path");
            tl_put_lit(&report->text, "\"statistic\"");
            tl_report_text(report, "name", statistic->argument, strlen(statistic->argument));
            tl_report_text(report, "filter", statistic->filter, strlen(statistic->filter));
            statistic->kind->json(statistic, report);
            tl_put_lit(&report->text, "}\n");
        } else {
            statistic->kind->text(statistic, report);
        }
        tl_report_row(report);
    }
    tl_report_flush(report);
}

/* The tables are written even if the run failed: they show what was read. */
static enum tl_failure close_sink(struct tl_sink *sink, struct tl_error *error)
{
    struct statistics_sink *s = (struct statistics_sink *)sink;
    struct tl_report report = { .output = s->base.output, .error = error };
    if (!tl_output_gone(s->base.output))
        report_all(s, &report);
    tl_buffer_fini(&report.text);
    enum tl_failure closed = tl_output_finish(s->base.output, error);
    return report.failure != TL_E_NONE ? report.failure : closed;
}

struct tl_sink *tl_statistics_sink(struct tl_statistics *all, struct tl_output *output)
{
    struct statistics_sink *s = tl_output_sink_new(sizeof *s, output);
    if (s == NULL)
        return NULL;
    s->all = all;
    for (uint32_t i = 0; i < all->count; i++) {
        const struct tl_statistic_kind *kind = all->items[i]->kind;
        s->packets |= kind->take != NULL;
        s->records |= kind->note_record != NULL;
        s->pieces |= kind->take_piece != NULL;
        s->said |= all->items[i]->inside;
        s->base.sink.identifies |= kind->identifies;
    }
    s->base.sink.want = want;
    s->base.sink.note = s->packets ? note : NULL;
    s->base.sink.record = s->records ? note_record : NULL;
    s->base.sink.stream = s->pieces ? note_piece : NULL;
    s->base.sink.said = s->said ? note_said : NULL;
    s->base.sink.predicates = (const struct tl_predicate *const *)all->predicates;
    s->base.sink.predicate_count = all->predicate_count;
    s->base.sink.every_record = true;
    s->base.sink.write = write_entries;
    s->base.sink.close = close_sink;
    return &s->base.sink;
}
