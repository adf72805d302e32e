/*
 * reader.c - readers: an engine in a thread, whose only sink puts items into a queue that the caller empties.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/raw_bytes.h"
#include "library/queue.h"
#include "library/record.h"
#include "library/setup.h"
#include "pipeline/summary.h"

/* Which stream is taken: of these ends in any order, of this uid, or whose first packet has this number. */
struct choice {
    bool all, by_ends;
    char uid[TL_UID_LEN + 1];
    uint64_t first_packet;
    uint8_t version, addresses[2][16];
    uint16_t ports[2];
};

struct taplight_reader {
    struct tl_sink sink; /* first: functions of the sink get it */
    struct tl_sink *sinks[1];
    struct tl_setup setup;
    struct choice choice;
    struct tl_engine *engine;
    struct tl_queue queue;
    bool queued;             /* the queue is there */
    pthread_t thread;
    bool running;            /* the thread is to be joined */
    enum tl_failure failure; /* of the engine, after the thread */
    struct tl_error reason;
    enum taplight_event event; /* what the reader went on to */
    struct taplight_packet packet;
    struct taplight_record record;
    struct taplight_piece piece;
};

/* --- in the threads of the engine --- */

static void want_all(const struct tl_sink *sink, const struct tl_protocols *protocols, uint64_t *const wanted[])
{
    (void)sink;
    tl_want_all(protocols, wanted);
}

static void put_values(const struct tl_sink *sink, struct tl_buffer *out, struct tl_predicate_run *run,
                       const struct tl_scene *scene)
{
    const struct taplight_reader *reader = (const struct taplight_reader *)sink;
    tl_item_put_packet(out, scene, &reader->setup.hold->names.protocols, run,
                       (uint32_t)reader->setup.options.field_count, reader->setup.options.values_only);
}

static void put_record(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_record_def *def,
                       const struct tl_record *record, const struct tl_flow_id *id, unsigned decimals)
{
    const struct tl_setup *setup = &((const struct taplight_reader *)sink)->setup;
    bool wanted = setup->def_count == 0 && def != &tl_meta_record_def && def != &tl_stats_record_def;
    for (uint32_t i = 0; i < setup->def_count; i++)
        wanted |= setup->defs[i] == def;
    if (wanted)
        tl_item_put_record(out, def, record, id, decimals);
}

static bool has_end(const struct choice *choice, unsigned end, const uint8_t *address, uint16_t port)
{
    return choice->ports[end] == port &&
           memcmp(choice->addresses[end], address, choice->version == 4 ? 4 : 16) == 0;
}

static bool is_chosen(const struct choice *choice, const struct tl_flow_id *id)
{
    if (choice->all)
        return true;
    if (choice->first_packet != 0)
        return id->first_pkt == choice->first_packet && id->depth == 0;
    if (!choice->by_ends)
        return memcmp(choice->uid, id->uid, TL_UID_LEN) == 0;
    if (id->version != choice->version)
        return false;
    bool swapped = has_end(choice, 1, id->orig_addr, id->orig_port);
    return (swapped || has_end(choice, 0, id->orig_addr, id->orig_port)) &&
           has_end(choice, swapped ? 0 : 1, id->resp_addr, id->resp_port);
}

static void put_piece(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_stream_piece *piece)
{
    if (is_chosen(&((const struct taplight_reader *)sink)->choice, piece->id))
        tl_item_put_piece(out, piece);
}

static enum tl_failure write_items(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    struct tl_queue *queue = &((struct taplight_reader *)sink)->queue;
    if (tl_queue_put(queue, data, len) || tl_queue_is_closed(queue))
        return TL_E_NONE;
    return tl_error_set(error, TL_E_RUNTIME, "out of memory");
}

static bool is_gone(const struct tl_sink *sink)
{
    return tl_queue_is_closed((struct tl_queue *)(uintptr_t)&((const struct taplight_reader *)sink)->queue);
}

static enum tl_failure end_items(struct tl_sink *sink, struct tl_error *error)
{
    (void)sink;
    (void)error;
    return TL_E_NONE;
}

static void no_free(struct tl_sink *sink)
{
    (void)sink; /* the reader is freed by the caller */
}

static void *run(void *context)
{
    struct taplight_reader *reader = context;
    reader->failure = tl_engine_run(reader->engine, &reader->reason);
    tl_queue_end(&reader->queue);
    return NULL;
}

/* --- which stream --- */

/* Reads 10.0.0.1:80 or [fd00::1]:80. */
static bool read_end(struct choice *choice, unsigned end, const char *text, size_t len)
{
    char host[64];
    char *rest;
    const char *colon = memrchr(text, ':', len);
    size_t n = colon != NULL ? (size_t)(colon - text) : sizeof host;
    if (n >= sizeof host || colon + 1 == text + len)
        return false;
    bool brackets = n > 2 && text[0] == '[' && text[n - 1] == ']';
    memcpy(host, brackets ? text + 1 : text, brackets ? n - 2 : n);
    host[brackets ? n - 2 : n] = '\0';
    unsigned long port = strtoul(colon + 1, &rest, 10);
    uint8_t version = brackets ? 6 : 4;
    if (rest != text + len || port > UINT16_MAX || (end > 0 && version != choice->version))
        return false;
    choice->version = version;
    choice->ports[end] = (uint16_t)port;
    return inet_pton(brackets ? AF_INET6 : AF_INET, host, choice->addresses[end]) == 1;
}

/* The number of the first packet of a TCP conversation, in a pass of its own; 0: the error is set. */
static uint64_t first_packet_of(const struct tl_setup *setup, unsigned long number, struct taplight_error *error)
{
    static const char *const fields[] = { "frame.number" };
    char filter[48];
    struct taplight_options options = setup->options;
    bool again = options.interface_count == 0;
    for (size_t i = 0; i < options.file_count; i++)
        again &= strcmp(options.files[i], "-") != 0;
    if (!again) {
        tl_set_failure(error, TL_E_USAGE, "the number of a stream needs files that can be read twice: name its ends");
        return 0;
    }
    snprintf(filter, sizeof filter, "tcp.stream == %lu", number);
    options.filter = filter;
    options.take = TAPLIGHT_PACKETS;
    options.stream = NULL;
    options.fields = fields;
    options.field_count = 1;
    struct taplight_reader *reader = taplight_open(&options, error);
    uint64_t first = 0;
    if (reader == NULL)
        return 0;
    if (taplight_next(reader, -1, error) == TAPLIGHT_PACKET)
        first = taplight_packet_number(taplight_packet(reader));
    else
        tl_set_failure(error, TL_E_USAGE, "there is no TCP stream %lu", number);
    taplight_close(reader);
    return first;
}

static bool choose(struct taplight_reader *reader, struct taplight_error *error)
{
    const char *text = reader->setup.options.stream;
    struct choice *choice = &reader->choice;
    char *rest;
    choice->all = text == NULL;
    if (text == NULL)
        return true;
    const char *comma = strchr(text, ',');
    if (comma != NULL && read_end(choice, 0, text, (size_t)(comma - text)) &&
        read_end(choice, 1, comma + 1, strlen(comma + 1))) {
        choice->by_ends = true;
        return true;
    }
    if (text[0] == 'C' && strlen(text) == TL_UID_LEN) {
        memcpy(choice->uid, text, TL_UID_LEN + 1);
        return true;
    }
    unsigned long number = strtoul(text, &rest, 10);
    if (text[0] >= '0' && text[0] <= '9' && *rest == '\0' && number < UINT32_MAX) {
        choice->first_packet = first_packet_of(&reader->setup, number, error);
        return choice->first_packet != 0;
    }
    tl_set_failure(error, TL_E_USAGE, "the stream is '%.80s': give its number, ADDR:PORT,ADDR:PORT, or the uid of a flow",
                   text);
    return false;
}

/* --- the caller's side --- */

static void set_sink(struct taplight_reader *reader)
{
    const struct taplight_options *o = &reader->setup.options;
    struct tl_sink *sink = &reader->sink;
    *sink = (struct tl_sink){ .write = write_items, .gone = is_gone, .close = end_items, .free = no_free };
    if ((o->take & TAPLIGHT_RECORDS) != 0)
        sink->record = put_record;
    if ((o->take & TAPLIGHT_STREAMS) != 0)
        sink->stream = put_piece;
    if ((o->take & TAPLIGHT_PACKETS) != 0) {
        sink->values = put_values;
        sink->names = reader->setup.names;
        sink->only_values = o->values_only;
        bool bytes = !o->secrets && tl_keys_have_bytes(o->fields, (uint32_t)o->field_count);
        sink->want = o->fields == NULL || bytes ? want_all : NULL;
    }
    reader->sinks[0] = sink;
}

/* The threads of the engine take no signals of the caller's process. */
static bool start(struct taplight_reader *reader)
{
    sigset_t all, before;
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return false;
    reader->running = pthread_create(&reader->thread, NULL, run, reader) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return reader->running;
}

static bool begin(struct taplight_reader *reader, const struct taplight_options *options, struct taplight_error *error)
{
    if (!tl_setup_init(&reader->setup, options, false, error) || !choose(reader, error))
        return false;
    reader->queued = tl_queue_init(&reader->queue);
    if (!reader->queued) {
        tl_set_failure(error, TL_E_RUNTIME, "out of memory");
        return false;
    }
    set_sink(reader);
    reader->engine = tl_setup_engine(&reader->setup, reader->sinks, error);
    if (reader->engine == NULL)
        return false;
    if (!start(reader))
        tl_set_failure(error, TL_E_RUNTIME, "cannot start a thread: allow more threads");
    return reader->running;
}

struct taplight_reader *taplight_open(const struct taplight_options *options, struct taplight_error *error)
{
    struct taplight_reader *reader = calloc(1, sizeof *reader);
    if (error != NULL)
        *error = (struct taplight_error){ .kind = TAPLIGHT_FINE };
    if (reader == NULL) {
        tl_set_failure(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    if (begin(reader, options, error))
        return reader;
    taplight_close(reader);
    return NULL;
}

void taplight_stop(struct taplight_reader *reader)
{
    tl_engine_stop(reader->engine);
}

void taplight_close(struct taplight_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->running) {
        tl_queue_close(&reader->queue);
        tl_engine_stop(reader->engine);
        pthread_join(reader->thread, NULL);
    }
    tl_engine_free(reader->engine);
    if (reader->queued)
        tl_queue_fini(&reader->queue);
    tl_setup_fini(&reader->setup);
    free(reader);
}

static enum taplight_event at_end(struct taplight_reader *reader, struct taplight_error *error)
{
    if (reader->running)
        pthread_join(reader->thread, NULL);
    reader->running = false;
    if (reader->failure == TL_E_NONE)
        return TAPLIGHT_END;
    tl_set_failure(error, reader->failure, "%s", reader->reason.text);
    reader->failure = TL_E_NONE; /* it is reported once */
    return TAPLIGHT_FAILED;
}

static enum taplight_event to_piece(struct taplight_reader *reader, const struct tl_piece_item *item)
{
    tl_flow_of_id(&item->id, &reader->piece.flow);
    reader->piece.side = item->side;
    reader->piece.bytes = (const uint8_t *)item + item->bytes_at;
    reader->piece.len = item->len;
    reader->piece.gap = item->gap;
    reader->piece.end = item->end;
    return TAPLIGHT_PIECE;
}

static enum taplight_event to_item(struct taplight_reader *reader, struct tl_item *item)
{
    struct tl_hold *hold = reader->setup.hold;
    if (item->kind == TL_ITEM_PACKET) {
        tl_packet_set(&reader->packet, hold, (const struct tl_packet_item *)item);
        return TAPLIGHT_PACKET;
    }
    if (item->kind == TL_ITEM_PIECE)
        return to_piece(reader, (const struct tl_piece_item *)item);
    struct tl_record_item *record = (struct tl_record_item *)item;
    reader->record = (struct taplight_record){ hold, record, tl_item_record(record) };
    return TAPLIGHT_RECORD;
}

enum taplight_event taplight_next(struct taplight_reader *reader, int milliseconds, struct taplight_error *error)
{
    struct tl_queue *queue = &reader->queue;
    enum tl_queue_answer answer = tl_queue_await(queue, milliseconds);
    if (TL_LIKELY(answer == TL_QUEUE_ITEMS)) {
        struct tl_item *item = (void *)(queue->draining.data + queue->at);
        queue->at += item->size;
        reader->event = to_item(reader, item);
    } else {
        reader->event = answer == TL_QUEUE_LATE ? TAPLIGHT_NOTHING : at_end(reader, error);
    }
    return reader->event;
}

struct taplight_packet *taplight_packet(struct taplight_reader *reader)
{
    return reader->event == TAPLIGHT_PACKET ? &reader->packet : NULL;
}

struct taplight_record *taplight_record(struct taplight_reader *reader)
{
    return reader->event == TAPLIGHT_RECORD ? &reader->record : NULL;
}

const struct taplight_piece *taplight_piece(struct taplight_reader *reader)
{
    return reader->event == TAPLIGHT_PIECE ? &reader->piece : NULL;
}

void taplight_counters(struct taplight_reader *reader, struct taplight_counters *counters)
{
    struct tl_counters c;
    tl_engine_counters(reader->engine, &c);
    struct taplight_counters all = { .size = counters->size, .packets = c.passed, .bytes = c.bytes, .flows = c.flows,
                                     .flows_evicted = c.flows_evicted, .malformed = c.malformed,
                                     .bad_checksums = c.bad_checksums, .snaplen_cut = c.snaplen_cut,
                                     .dropped_kernel = c.dropped_kernel, .dropped_interface = c.dropped_interface,
                                     .dropped_reader = c.dropped_ring };
    memcpy(counters, &all, counters->size < sizeof all ? counters->size : sizeof all);
}
