/* store_sink.c - the store's sink: workers write entries down, the writer puts them in order. */
#include "ui/store/store_sink.h"

#include <stdlib.h>
#include <time.h>

#include "core/time.h"
#include "core/values.h"
#include "dissectors/tls/tls.h"
#include "export/json.h"
#include "flows/conn.h"

static void put_entry(struct tl_buffer *out, const struct tl_entry *head, const void *more, size_t more_len)
{
    tl_put(out, head, sizeof *head);
    if (more_len > 0)
        tl_put(out, more, more_len);
}

/* In pcapng its options are after its bytes. */
static uint32_t bytes_kept(const struct tl_packet *packet)
{
    return packet->options_len > 0 ? ((packet->caplen + 3) & ~3u) + packet->options_len : packet->caplen;
}

static void take_service(struct tl_ending *end, struct tl_bytes service)
{
    size_t len = service.len < sizeof end->service ? service.len : sizeof end->service - 1;
    if (len > 0)
        memcpy(end->service, service.data, len);
}

/* What is known of a flow that goes on: the same as its record will have. */
static void put_flow(struct tl_buffer *out, const struct tl_glance *glance)
{
    struct tl_ending so_far = { .rtt = glance->rtt > 0 && tl_time_fits(glance->rtt) ? glance->rtt : -1,
                                .opened = glance->opened };
    take_service(&so_far, glance->services);
    struct tl_entry entry = { .kind = TL_ENTRY_FLOW, .more = sizeof so_far, .flow = glance->flow };
    put_entry(out, &entry, &so_far, sizeof so_far);
}

static void put_glance(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_packet *packet,
                       const struct tl_glance *glance)
{
    (void)sink;
    bool keep = packet->place == 0;
    if (glance->begun != NULL) {
        struct tl_entry begun = { .kind = TL_ENTRY_BEGIN, .more = sizeof *glance->begun, .flow = glance->flow,
                                  .turned = glance->turned };
        put_entry(out, &begun, glance->begun, sizeof *glance->begun);
    }
    struct tl_entry entry = { .kind = TL_ENTRY_PACKET,
                              .more = keep ? bytes_kept(packet) : 0,
                              .flow = glance->flow,
                              .stack = { .count = glance->layer_count },
                              .row = { .ts = packet->ts,
                                       .place = keep ? packet->number : packet->place,
                                       .len = packet->len,
                                       .caplen = packet->caplen,
                                       .interface = packet->interface,
                                       .side = glance->side,
                                       .malformed = glance->malformed,
                                       .commented = packet->commented,
                                       .untimed = packet->untimed,
                                       .kept = keep } };
    memcpy(entry.stack.layers, glance->layers, sizeof entry.stack.layers);
    put_entry(out, &entry, packet->bytes, entry.more);
    if (glance->told)
        put_flow(out, glance);
}

/* --- records --- */

/* The key may have a = at its end. */
static const void *value_of(const struct tl_record_def *def, const struct tl_record *record, const char *key,
                            const struct tl_record_field **field)
{
    size_t len = key != NULL ? strcspn(key, "=") : 0;
    for (uint32_t i = 0; i < def->field_count && key != NULL; i++) {
        if (strncmp(def->fields[i].key, key, len) != 0 || def->fields[i].key[len] != '\0')
            continue;
        *field = &def->fields[i];
        return record->set >> i & 1 ? (const uint8_t *)record + def->fields[i].offset : NULL;
    }
    return NULL;
}

static void put_text(struct tl_buffer *b, struct tl_bytes text, bool escaped)
{
    uint32_t len = text.len < TL_TRANSACTION_TEXT ? text.len : TL_TRANSACTION_TEXT;
    if (escaped)
        tl_put_safe_escaped(b, text.data, len);
    else
        tl_put_safe_text(b, text.data, len);
}

static void put_texts(struct tl_buffer *b, const struct tl_text_list *list, bool escaped)
{
    for (uint32_t i = 0; i < list->count && i < 4; i++) {
        if (i > 0)
            tl_put_char(b, ',');
        put_text(b, list->items[i], escaped);
    }
}

/* The day, in UTC. */
static void put_day(struct tl_buffer *b, int64_t ts)
{
    struct tm day;
    const time_t seconds = (time_t)(ts / INT64_C(1000000000));
    if (gmtime_r(&seconds, &day) != NULL)
        tl_put_format(b, "%04d-%02d-%02d", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday);
}

static void put_value(struct tl_buffer *b, const struct tl_record_field *field, const void *value)
{
    const struct tl_addr *addr = value;
    switch (field->type) {
    case TL_REC_TEXT:
        put_text(b, *(const struct tl_bytes *)value, field->escaped);
        break;
    case TL_REC_TOKEN:
        tl_puts(b, *(const char *const *)value);
        break;
    case TL_REC_COUNT:
        tl_put_u64(b, *(const uint64_t *)value);
        break;
    case TL_REC_INT:
        tl_put_i64(b, *(const int64_t *)value);
        break;
    case TL_REC_DOUBLE:
        tl_put_double(b, *(const double *)value);
        break;
    case TL_REC_TEXTS:
        put_texts(b, value, field->escaped);
        break;
    case TL_REC_ADDR:
        if (addr->version == 4)
            tl_put_ipv4(b, addr->bytes);
        else
            tl_put_ipv6(b, addr->bytes);
        break;
    case TL_REC_TIME:
        put_day(b, *(const int64_t *)value);
        break;
    case TL_REC_BOOL: /* says nothing without its key */
    case TL_REC_INTERVAL:
    case TL_REC_MAC:
    case TL_REC_INTERVALS:
    case TL_REC_COUNTS:
    case TL_REC_OBJECTS:
        break;
    }
}

/* The longest prefix of the text that fits and ends with a whole character. */
static void fit(char *to, size_t room, const struct tl_buffer *from)
{
    size_t len = from->len < room ? from->len : room - 1;
    while (len < from->len && len > 0 && (from->data[len] & 0xc0) == 0x80)
        len--;
    if (len > 0)
        memcpy(to, from->data, len);
    to[len] = '\0';
}

struct tl_transaction tl_transaction_of(const struct tl_record_def *def, const struct tl_record *record)
{
    struct tl_transaction t = { .ts = record->ts, .latency = -1, .path = def->path };
    struct tl_buffer text = { 0 };
    const struct tl_record_field *field = NULL;
    for (size_t i = 0; i < TL_SUMMARY_KEYS && def->summary[i] != NULL; i++) {
        const void *value = value_of(def, record, def->summary[i], &field);
        bool named = value != NULL && strchr(def->summary[i], '=') != NULL;
        if (value == NULL || (named && field->type == TL_REC_COUNT && *(const uint64_t *)value == 0))
            continue;
        if (text.len > 0)
            tl_put_char(&text, ' ');
        if (named)
            tl_puts(&text, def->summary[i]);
        put_value(&text, field, value);
    }
    const int64_t *latency = value_of(def, record, def->latency, &field);
    if (latency != NULL && tl_time_fits(*latency))
        t.latency = *latency;
    fit(t.text, sizeof t.text, &text);
    tl_buffer_fini(&text);
    return t;
}

static void put_transaction(struct tl_buffer *out, const struct tl_record_def *def, const struct tl_record *record,
                            const struct tl_flow_id *id)
{
    struct tl_transaction t = tl_transaction_of(def, record);
    struct tl_entry entry = { .kind = TL_ENTRY_TRANSACTION, .more = sizeof t, .flow = id != NULL ? id->first_pkt : 0 };
    put_entry(out, &entry, &t, sizeof t);
}

/* A text of a record, or nothing. */
static void put_field(char *to, size_t room, const struct tl_record_def *def, const struct tl_record *record,
                      const char *key)
{
    const struct tl_record_field *field = NULL;
    const void *value = value_of(def, record, key, &field);
    struct tl_buffer text = { 0 };
    if (value != NULL)
        put_value(&text, field, value);
    fit(to, room, &text);
    tl_buffer_fini(&text);
}

static void put_hello(struct tl_buffer *out, const struct tl_record_def *def, const struct tl_record *record,
                      const struct tl_flow_id *id)
{
    struct tl_flow_hello hello = { "", "" };
    struct tl_entry entry = { .kind = TL_ENTRY_HELLO, .more = sizeof hello, .flow = id->first_pkt };
    put_field(hello.server_name, sizeof hello.server_name, def, record, "server_name");
    put_field(hello.ja4, sizeof hello.ja4, def, record, "ja4");
    if (hello.server_name[0] != '\0' || hello.ja4[0] != '\0')
        put_entry(out, &entry, &hello, sizeof hello);
}

static void put_end(struct tl_buffer *out, const struct tl_record *record, const struct tl_flow_id *id)
{
    const struct tl_conn_record *conn = (const struct tl_conn_record *)record;
    const struct tl_record_field *field = NULL;
    struct tl_ending end = { .id = *id, .rtt = -1 };
    snprintf(end.state, sizeof end.state, "%s", conn->conn_state);
    take_service(&end, conn->service);
    for (unsigned side = 0; side < 2; side++) {
        const uint64_t *n =
            value_of(&tl_conn_record_def, record, side == 0 ? "orig_retrans" : "resp_retrans", &field);
        end.retransmissions += n != NULL ? *n : 0;
    }
    const int64_t *rtt = value_of(&tl_conn_record_def, record, "tcp_rtt", &field);
    if (rtt != NULL && tl_time_fits(*rtt))
        end.rtt = *rtt;
    struct tl_entry entry = { .kind = TL_ENTRY_END, .more = sizeof end, .flow = id->first_pkt };
    put_entry(out, &entry, &end, sizeof end);
}

static void put_record(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_record_def *def,
                       const struct tl_record *record, const struct tl_flow_id *id, unsigned decimals)
{
    (void)sink;
    (void)decimals;
    if (def == &tl_conn_record_def && id != NULL) {
        put_end(out, record, id);
        return;
    }
    if (def == &tl_tls_ssl_def && id != NULL)
        put_hello(out, def, record, id);
    if (def->summary[0] != NULL)
        put_transaction(out, def, record, id);
}

/* --- in the writer --- */

enum { GROUP = 32 }; /* entries whose memory is fetched at a time */

struct group {
    struct tl_entry entries[GROUP];
    const uint8_t *more[GROUP];
    unsigned count;
};

/* The entries from data[at] on, at most a group; returns the offset after them. */
static size_t gather(const struct tl_store_sink *s, struct group *group, const uint8_t *data, size_t len, size_t at)
{
    for (group->count = 0; group->count < GROUP && at + sizeof(struct tl_entry) <= len; group->count++) {
        struct tl_entry *entry = &group->entries[group->count];
        memcpy(entry, data + at, sizeof *entry);
        group->more[group->count] = data + at + sizeof *entry;
        at += sizeof *entry + entry->more;
        s->taker->expect(s->context, entry);
    }
    return at;
}

static enum tl_failure write_entries(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    struct tl_store_sink *s = (struct tl_store_sink *)sink;
    struct group group;
    for (size_t at = 0; at < len;) {
        at = gather(s, &group, data, len, at);
        for (unsigned i = 0; i < group.count; i++)
            s->taker->await(s->context, &group.entries[i]);
        for (unsigned i = 0; i < group.count; i++) {
            if (!s->taker->take(s->context, &group.entries[i], group.more[i]))
                return tl_error_set(error, TL_E_RUNTIME, "out of memory: ask for less with --mem");
        }
    }
    s->taker->publish(s->context);
    return TL_E_NONE;
}

static enum tl_failure close_sink(struct tl_sink *sink, struct tl_error *error)
{
    (void)sink;
    (void)error;
    return TL_E_NONE;
}

static void free_sink(struct tl_sink *sink)
{
    (void)sink; /* owned by the store */
}

void tl_store_sink_init(struct tl_store_sink *s, void *context, const struct tl_store_taker *taker)
{
    *s = (struct tl_store_sink){ .sink = { .record = put_record,
                                           .glance = put_glance,
                                           .write = write_entries,
                                           .close = close_sink,
                                           .free = free_sink },
                                 .context = context,
                                 .taker = taker };
}
