/*
 * index_writer.c - writes an index: workers note which packet belongs to which flow, and the conn record of each flow;
 * the thread that writes collects the packets of a flow until there are enough for a chunk, or the flow ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "export/index_format.h"

enum {
    OUT = 1 << 16,
    PACKET_MOST = 20, /* bytes of a packet in a chunk */
    ORIGIN_BYTES = 4096,
    FIRST_ROOM = 24,
};

uint64_t tl_index_hash(const void *data, size_t len)
{
    return XXH3_64bits(data, len);
}

/* --- the capture file --- */

enum tl_failure tl_index_origin_of(const char *capture, struct tl_index_origin *origin, struct tl_error *error)
{
    uint8_t bytes[ORIGIN_BYTES];
    struct stat st;
    int fd = open(capture, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0) {
        if (fd >= 0)
            close(fd);
        return tl_error_set(error, errno == EACCES ? TL_E_PERMISSION : TL_E_RUNTIME, "%s: cannot open the file: %s",
                            capture, strerror(errno));
    }
    if (!S_ISREG(st.st_mode)) {
        close(fd);
        return tl_error_set(error, TL_E_USAGE, "%s: not a file that can be read twice: save it to a file first",
                            capture);
    }
    uint64_t size = (uint64_t)st.st_size;
    origin->size = size;
    origin->mtime = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec;
    ssize_t n = pread(fd, bytes, sizeof bytes, 0);
    origin->head = tl_index_hash(bytes, n > 0 ? (size_t)n : 0);
    n = pread(fd, bytes, sizeof bytes, (off_t)(size > sizeof bytes ? size - sizeof bytes : 0));
    origin->tail = tl_index_hash(bytes, n > 0 ? (size_t)n : 0);
    close(fd);
    return TL_E_NONE;
}

bool tl_index_name(const char *capture, char *name, size_t size)
{
    return (size_t)snprintf(name, size, "%s.tlx", capture) < size;
}

/* --- in the workers --- */

enum kind { ENTRY_MEMBER, ENTRY_FLOW };

/* What workers append. Carriers, or the encoded flow, follow. */
struct entry {
    uint32_t len;
    uint8_t kind, depth;
    uint16_t unused;
    uint64_t flow;
    uint64_t pair;
    struct tl_carrier packet;
};

static void member(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_packet *packet,
                   const struct tl_membership *m)
{
    (void)sink;
    const struct entry entry = { .len = m->carrier_count * (uint32_t)sizeof *m->carriers,
                                 .kind = ENTRY_MEMBER,
                                 .depth = m->depth,
                                 .flow = m->flow,
                                 .pair = m->pair,
                                 .packet = { packet->number, packet->place } };
    tl_put(out, &entry, sizeof entry);
    if (entry.len > 0)
        tl_put(out, m->carriers, entry.len);
}

static void put_number(struct tl_buffer *out, uint64_t value)
{
    uint8_t bytes[10];
    tl_put(out, bytes, tl_index_put(bytes, value));
}

static void put_bytes(struct tl_buffer *out, const void *data, size_t len)
{
    put_number(out, len);
    if (len > 0)
        tl_put(out, data, len);
}

/* conn records have these types only; others would be left out, and the reader would refuse the record. */
static void put_value(struct tl_buffer *out, const struct tl_record_field *field, const void *record)
{
    const void *at = (const uint8_t *)record + field->offset;
    const struct tl_bytes *text = at;
    const struct tl_text_list *texts = at;
    const char *const *token = at;
    switch (field->type) {
    case TL_REC_COUNT:
        put_number(out, *(const uint64_t *)at);
        return;
    case TL_REC_INTERVAL:
    case TL_REC_TIME:
    case TL_REC_INT:
        put_number(out, tl_index_zigzag(0, (uint64_t)*(const int64_t *)at));
        return;
    case TL_REC_BOOL:
        put_number(out, *(const bool *)at);
        return;
    case TL_REC_TEXT:
        put_bytes(out, text->data, text->len);
        return;
    case TL_REC_TOKEN:
        put_bytes(out, *token != NULL ? *token : "", (*token != NULL ? strlen(*token) : 0) + 1);
        return;
    case TL_REC_MAC:
        tl_put(out, at, 6);
        return;
    case TL_REC_TEXTS:
        put_number(out, texts->count);
        for (uint32_t i = 0; i < texts->count; i++)
            put_bytes(out, texts->items[i].data, texts->items[i].len);
        return;
    case TL_REC_INTERVALS:
    case TL_REC_COUNTS:
    case TL_REC_ADDR:
    case TL_REC_DOUBLE:
    case TL_REC_OBJECTS:
        return;
    }
}

static void put_flow(struct tl_buffer *out, const struct tl_record_def *def, const struct tl_record *record,
                     const struct tl_flow_id *id)
{
    size_t n = id->version == 6 ? 16 : 4;
    const uint8_t head[4] = { id->version, id->ip_proto, id->decimals, id->depth };
    tl_put(out, head, sizeof head);
    put_number(out, id->first_pkt);
    put_number(out, id->orig_port);
    put_number(out, id->resp_port);
    tl_put(out, id->orig_addr, n);
    tl_put(out, id->resp_addr, n);
    tl_put(out, id->uid, TL_UID_LEN);
    put_bytes(out, id->community_id, strnlen(id->community_id, TL_COMMUNITY_ID_LEN));
    put_number(out, tl_index_zigzag(0, (uint64_t)record->ts));
    put_number(out, record->set);
    put_number(out, record->cut);
    for (uint32_t i = 0; i < def->field_count; i++) {
        if ((record->set >> i & 1) != 0)
            put_value(out, &def->fields[i], record);
    }
}

static void record(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_record_def *def,
                   const struct tl_record *r, const struct tl_flow_id *id, unsigned decimals)
{
    (void)sink;
    (void)decimals;
    if (id == NULL || strcmp(def->path, "conn") != 0)
        return;
    size_t at = out->len;
    struct entry entry = { .kind = ENTRY_FLOW, .depth = id->depth, .flow = id->first_pkt };
    tl_put(out, &entry, sizeof entry);
    put_flow(out, def, r, id);
    if (out->failed)
        return;
    entry.len = (uint32_t)(out->len - at - sizeof entry);
    memcpy(out->data + at, &entry, sizeof entry);
}

/* --- in the thread that writes --- */

/* A flow that goes on, and its packets that are in no chunk yet. 64 bytes. */
struct state {
    uint64_t flow;
    uint64_t pair;
    uint64_t count;
    uint64_t chunk;         /* place of its last chunk; 0: none */
    uint64_t number, place; /* of its last packet */
    uint8_t *bytes;         /* owned */
    uint16_t used, room;
    uint8_t depth;
};

struct tl_index_writer {
    struct tl_index_writer_options options;
    int fd;
    bool finished, taken;
    char name[PATH_MAX], part[PATH_MAX];
    struct tl_error error;   /* the first failure */
    uint8_t out[OUT];        /* not yet written */
    size_t out_len;
    uint64_t written;        /* bytes before `out` */
    struct tl_buffer flows;  /* the block of flows that is being filled */
    uint32_t flows_in_block;
    struct tl_buffer rows;   /* of the directory */
    uint32_t row_count;
    uint64_t flow_count;
    struct state *states;    /* free ones are a list by `flow` */
    uint32_t *slots;         /* hash table: index of the state + 1; 0: empty */
    uint32_t state_count, state_room, free_state, slot_count, slots_used;
    size_t used;             /* bytes of memory */
    bool lacks_places;
};

static void fail(struct tl_index_writer *w, const char *what)
{
    tl_error_set(&w->error, TL_E_RUNTIME, "%s: %s", w->options.path != NULL ? w->name : "temporary index", what);
}

static void flush(struct tl_index_writer *w)
{
    for (size_t at = 0; at < w->out_len && w->error.kind == TL_E_NONE;) {
        ssize_t n = write(w->fd, w->out + at, w->out_len - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            fail(w, n < 0 ? strerror(errno) : "the disk is full");
        else
            at += (size_t)n;
    }
    w->written += w->out_len;
    w->out_len = 0;
}

static void put(struct tl_index_writer *w, const void *data, size_t len)
{
    const uint8_t *p = data;
    while (len > 0) {
        size_t n = OUT - w->out_len < len ? OUT - w->out_len : len;
        memcpy(w->out + w->out_len, p, n);
        w->out_len += n;
        p += n;
        len -= n;
        if (w->out_len == OUT)
            flush(w);
    }
}

static uint64_t place_of(const struct tl_index_writer *w)
{
    return w->written + w->out_len;
}

/* Writes the packets of a flow that wait. */
static void write_chunk(struct tl_index_writer *w, struct state *s)
{
    uint8_t head[TL_INDEX_CHUNK_HEAD];
    if (s->used == 0)
        return;
    uint64_t place = place_of(w);
    tl_store_le32(head, s->used);
    tl_store_le64(head + 8, s->chunk);
    tl_store_le32(head + 4, tl_index_chunk_hash(s->bytes, s->used, s->chunk));
    put(w, head, sizeof head);
    put(w, s->bytes, s->used);
    s->chunk = place;
    s->used = 0;
    s->number = s->place = 0; /* a chunk can be read without the one before */
}

static void write_all_chunks(struct tl_index_writer *w)
{
    for (uint32_t i = 0; i < w->slot_count; i++) {
        struct state *s = w->slots[i] != 0 ? &w->states[w->slots[i] - 1] : NULL;
        if (s == NULL)
            continue;
        write_chunk(w, s);
        w->used -= s->room;
        free(s->bytes);
        s->bytes = NULL;
        s->room = 0;
    }
}

/* Counts n bytes; if there is no room, first frees what can be freed. */
static bool reserve(struct tl_index_writer *w, size_t n)
{
    if (w->used + n > w->options.memory)
        write_all_chunks(w);
    if (w->used + n > w->options.memory) {
        fail(w, "more flows at the same time than fit in the memory: raise --mem");
        return false;
    }
    w->used += n;
    return true;
}

static uint32_t slot_of(const struct tl_index_writer *w, uint64_t flow, uint8_t depth)
{
    uint64_t hash = (flow * 8 + depth) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(hash >> 32) & (w->slot_count - 1);
}

/* Returns the slot of the flow, or the empty one where it belongs. */
static uint32_t find_slot(const struct tl_index_writer *w, uint64_t flow, uint8_t depth)
{
    uint32_t at = slot_of(w, flow, depth);
    while (w->slots[at] != 0) {
        const struct state *s = &w->states[w->slots[at] - 1];
        if (s->flow == flow && s->depth == depth)
            break;
        at = (at + 1) & (w->slot_count - 1);
    }
    return at;
}

static bool grow_slots(struct tl_index_writer *w)
{
    uint32_t old_count = w->slot_count, count = old_count > 0 ? old_count * 2 : 1024;
    uint32_t *old = w->slots;
    if (!reserve(w, (count - old_count) * sizeof *old))
        return false;
    w->slots = calloc(count, sizeof *w->slots);
    if (w->slots == NULL) {
        w->slots = old;
        fail(w, "out of memory");
        return false;
    }
    w->slot_count = count;
    for (uint32_t i = 0; i < old_count; i++) {
        if (old[i] != 0)
            w->slots[find_slot(w, w->states[old[i] - 1].flow, w->states[old[i] - 1].depth)] = old[i];
    }
    free(old);
    return true;
}

static bool grow_states(struct tl_index_writer *w)
{
    uint32_t room = w->state_room > 0 ? w->state_room * 2 : 512;
    if (!reserve(w, (room - w->state_room) * sizeof *w->states))
        return false;
    struct state *grown = realloc(w->states, room * sizeof *grown);
    if (grown == NULL) {
        fail(w, "out of memory");
        return false;
    }
    w->states = grown;
    w->state_room = room;
    return true;
}

/* Returns the state of a flow, a new one if need be; NULL without memory. */
static struct state *state_of(struct tl_index_writer *w, uint64_t flow, uint8_t depth)
{
    if (w->slots_used * 4 >= w->slot_count * 3 && !grow_slots(w))
        return NULL;
    uint32_t slot = find_slot(w, flow, depth), index = w->slots[slot];
    if (index != 0)
        return &w->states[index - 1];
    if (w->free_state == 0 && w->state_count == w->state_room && !grow_states(w))
        return NULL;
    if (w->free_state != 0) {
        index = w->free_state;
        w->free_state = (uint32_t)w->states[index - 1].flow;
    } else {
        index = ++w->state_count;
    }
    w->states[index - 1] = (struct state){ .flow = flow, .depth = depth };
    w->slots[slot] = index;
    w->slots_used++;
    return &w->states[index - 1];
}

/* Removes a flow; entries after its slot that belong before them move up. */
static void forget(struct tl_index_writer *w, uint32_t slot)
{
    uint32_t index = w->slots[slot], mask = w->slot_count - 1;
    struct state *s = &w->states[index - 1];
    w->used -= s->room;
    free(s->bytes);
    *s = (struct state){ .flow = w->free_state };
    w->free_state = index;
    w->slots_used--;
    w->slots[slot] = 0;
    for (uint32_t at = (slot + 1) & mask; w->slots[at] != 0; at = (at + 1) & mask) {
        uint32_t moved = w->slots[at];
        w->slots[at] = 0;
        w->slots[find_slot(w, w->states[moved - 1].flow, w->states[moved - 1].depth)] = moved;
    }
}

/* Makes room for one more packet of the flow. */
static bool make_room(struct tl_index_writer *w, struct state *s)
{
    if ((size_t)s->used + PACKET_MOST <= s->room)
        return true;
    if (s->room >= TL_INDEX_CHUNK_MOST) {
        write_chunk(w, s);
        return true;
    }
    size_t room = s->room > 0 ? (size_t)s->room * 4 : FIRST_ROOM;
    room = room > TL_INDEX_CHUNK_MOST ? TL_INDEX_CHUNK_MOST : room;
    if (!reserve(w, room)) /* may have freed the flow's own bytes */
        return false;
    uint8_t *grown = realloc(s->bytes, room);
    if (grown == NULL) {
        fail(w, "out of memory");
        return false;
    }
    w->used -= s->room;
    s->bytes = grown;
    s->room = (uint16_t)room;
    return make_room(w, s);
}

static void add_packet(struct tl_index_writer *w, struct state *s, struct tl_carrier packet)
{
    uint8_t *to;
    if (!make_room(w, s))
        return;
    w->lacks_places |= packet.place == 0;
    to = s->bytes + s->used;
    to += tl_index_put(to, tl_index_zigzag(s->number, packet.number));
    to += tl_index_put(to, tl_index_zigzag(s->place, packet.place));
    s->used = (uint16_t)(to - s->bytes);
    s->number = packet.number;
    s->place = packet.place;
    s->count++;
}

static void take_member(struct tl_index_writer *w, const struct entry *entry, const uint8_t *more)
{
    struct state *s = state_of(w, entry->flow, entry->depth);
    if (s == NULL)
        return;
    s->pair = entry->pair;
    for (uint32_t i = 0; i < entry->len / sizeof(struct tl_carrier); i++) {
        struct tl_carrier carrier;
        memcpy(&carrier, more + i * sizeof carrier, sizeof carrier);
        add_packet(w, s, carrier);
    }
    add_packet(w, s, entry->packet);
}

static void write_flows(struct tl_index_writer *w)
{
    uint8_t row[TL_INDEX_ROW];
    if (w->flows.len == 0)
        return;
    if (w->flows.failed) {
        fail(w, "out of memory");
        return;
    }
    tl_store_le64(row, place_of(w));
    tl_store_le64(row + 8, tl_index_hash(w->flows.data, w->flows.len));
    tl_store_le32(row + 16, (uint32_t)w->flows.len);
    tl_store_le32(row + 20, w->flows_in_block);
    tl_put(&w->rows, row, sizeof row);
    w->row_count++;
    put(w, w->flows.data, w->flows.len);
    w->flows.len = 0;
    w->flows_in_block = 0;
}

/* The flow ended: its entry has the packets that are in no chunk. */
static void take_flow(struct tl_index_writer *w, const struct entry *entry, const uint8_t *more)
{
    struct state *s = state_of(w, entry->flow, entry->depth);
    if (s == NULL)
        return;
    put_number(&w->flows, s->pair);
    put_number(&w->flows, s->count);
    put_number(&w->flows, s->chunk);
    put_bytes(&w->flows, s->bytes, s->used);
    put_bytes(&w->flows, more, entry->len);
    w->flows_in_block++;
    w->flow_count++;
    forget(w, find_slot(w, entry->flow, entry->depth));
    if (w->flows.len >= TL_INDEX_FLOWS)
        write_flows(w);
}

struct index_sink {
    struct tl_sink sink;
    struct tl_index_writer *writer;
};

static enum tl_failure write_entries(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    struct tl_index_writer *w = ((struct index_sink *)sink)->writer;
    while (len >= sizeof(struct entry) && w->error.kind == TL_E_NONE) {
        struct entry entry;
        memcpy(&entry, data, sizeof entry);
        if (entry.len > len - sizeof entry) { /* a batch that ran out of memory */
            fail(w, "out of memory");
            break;
        }
        if (entry.kind == ENTRY_MEMBER)
            take_member(w, &entry, data + sizeof entry);
        else
            take_flow(w, &entry, data + sizeof entry);
        data += sizeof entry + entry.len;
        len -= sizeof entry + entry.len;
    }
    if (w->error.kind != TL_E_NONE)
        tl_error_set(error, w->error.kind, "%s", w->error.text);
    return w->error.kind;
}

static enum tl_failure close_sink(struct tl_sink *sink, struct tl_error *error)
{
    (void)sink;
    (void)error;
    return TL_E_NONE;
}

static void free_sink(struct tl_sink *sink)
{
    free(sink);
}

struct tl_sink *tl_index_sink(struct tl_index_writer *writer)
{
    struct index_sink *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->writer = writer;
    s->sink = (struct tl_sink){ .record = record, .every_record = true, .member = member, .write = write_entries,
                                .close = close_sink, .free = free_sink };
    return &s->sink;
}

/* --- life --- */

static int open_temporary(struct tl_index_writer *w)
{
    const char *folder = getenv("TMPDIR");
    if (w->options.path != NULL) {
        if ((size_t)snprintf(w->name, sizeof w->name, "%s", w->options.path) >= sizeof w->name ||
            (size_t)snprintf(w->part, sizeof w->part, "%s.XXXXXX", w->options.path) >= sizeof w->part) {
            errno = ENAMETOOLONG;
            return -1;
        }
        return mkostemp(w->part, O_CLOEXEC);
    }
    if ((size_t)snprintf(w->part, sizeof w->part, "%s/taplight-index.XXXXXX",
                         folder != NULL && folder[0] == '/' ? folder : "/tmp") >= sizeof w->part) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = mkostemp(w->part, O_CLOEXEC);
    if (fd >= 0)
        unlink(w->part);
    return fd;
}

struct tl_index_writer *tl_index_writer_new(const struct tl_index_writer_options *options, struct tl_error *error)
{
    static const uint8_t header[TL_INDEX_HEADER];
    struct tl_index_writer *w = calloc(1, sizeof *w);
    if (w == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    w->options = *options;
    w->fd = open_temporary(w);
    if (w->fd < 0) {
        tl_error_set(error, errno == EACCES || errno == EPERM ? TL_E_PERMISSION : TL_E_RUNTIME,
                     "cannot write the index %s: %s", options->path != NULL ? options->path : w->part, strerror(errno));
        free(w);
        return NULL;
    }
    put(w, header, sizeof header); /* without its magic until the index is whole */
    return w;
}

static void put_header(struct tl_index_writer *w, const struct tl_index_origin *origin, uint64_t packets,
                       uint64_t directory, uint64_t directory_hash, uint32_t contexts)
{
    uint8_t h[TL_INDEX_HEADER] = { 0 };
    bool places = w->options.places && !w->lacks_places;
    memcpy(h + TL_AT_MAGIC, TL_INDEX_MAGIC, 8);
    tl_store_le32(h + TL_AT_VERSION, TL_INDEX_VERSION);
    tl_store_le32(h + TL_AT_FLAGS, places ? TL_INDEX_PLACES : 0);
    tl_store_le64(h + TL_AT_SIZE, origin->size);
    tl_store_le64(h + TL_AT_MTIME, (uint64_t)origin->mtime);
    tl_store_le64(h + TL_AT_HEAD, origin->head);
    tl_store_le64(h + TL_AT_TAIL, origin->tail);
    tl_store_le64(h + TL_AT_OPTIONS, origin->options);
    tl_store_le64(h + TL_AT_PACKETS, packets);
    tl_store_le64(h + TL_AT_FLOWS, w->flow_count);
    tl_store_le64(h + TL_AT_DIRECTORY, directory);
    tl_store_le64(h + TL_AT_DIRECTORY_HASH, directory_hash);
    tl_store_le32(h + TL_AT_ROWS, w->row_count);
    tl_store_le32(h + TL_AT_CONTEXTS, contexts);
    tl_store_le64(h + TL_AT_HASH, tl_index_hash(h, TL_AT_HASH));
    if (w->error.kind == TL_E_NONE && pwrite(w->fd, h, sizeof h, 0) != (ssize_t)sizeof h)
        fail(w, strerror(errno));
}

/* mkostemp() makes files that only their owner may read: the index gets the mode that other outputs have. */
static void set_mode(const struct tl_index_writer *w)
{
    mode_t mask = umask(0);
    umask(mask);
    (void)!fchmod(w->fd, 0666 & ~mask);
}

enum tl_failure tl_index_writer_finish(struct tl_index_writer *w, const struct tl_index_origin *origin,
                                       uint64_t packets, const struct tl_places *contexts, struct tl_error *error)
{
    uint32_t count = contexts != NULL ? (uint32_t)contexts->count : 0;
    w->options.places = w->options.places && (contexts == NULL || !contexts->failed);
    write_flows(w);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t place[8];
        tl_store_le64(place, contexts->items[i]);
        tl_put(&w->rows, place, sizeof place);
    }
    if (w->rows.failed)
        fail(w, "out of memory");
    uint64_t directory = place_of(w);
    if (w->error.kind == TL_E_NONE)
        put(w, w->rows.data, w->rows.len);
    flush(w);
    put_header(w, origin, packets, directory, tl_index_hash(w->rows.data, w->rows.len), count);
    if (w->error.kind == TL_E_NONE && w->options.path != NULL) {
        set_mode(w);
        if (rename(w->part, w->name) != 0)
            fail(w, strerror(errno));
    }
    w->finished = w->error.kind == TL_E_NONE;
    return w->finished ? TL_E_NONE : tl_error_set(error, w->error.kind, "%s", w->error.text);
}

int tl_index_writer_take(struct tl_index_writer *w)
{
    w->taken = true;
    return w->fd;
}

void tl_index_writer_free(struct tl_index_writer *w)
{
    if (w == NULL)
        return;
    if (w->options.path != NULL && !w->finished)
        unlink(w->part);
    if (!w->taken)
        close(w->fd);
    for (uint32_t i = 0; i < w->slot_count; i++) {
        if (w->slots[i] != 0)
            free(w->states[w->slots[i] - 1].bytes);
    }
    free(w->states);
    free(w->slots);
    tl_buffer_fini(&w->flows);
    tl_buffer_fini(&w->rows);
    free(w);
}
