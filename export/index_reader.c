/*
 * index_reader.c - reads an index. Nothing in it is trusted: each part has a hash, and each offset and length is
 * checked before it is used.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "export/index_format.h"

enum { ROWS_MOST = 1 << 22, CONTEXTS_MOST = 1 << 22 };

struct tl_index {
    int fd;
    const struct tl_record_def *def;
    uint64_t packets, flows, size; /* size: of the file */
    bool places, damaged;
    uint8_t *directory;            /* owned: rows and contexts as stored */
    uint32_t row_count, row;       /* row: the next block of flows */
    struct tl_places contexts;     /* items owned */
    uint8_t *block;                /* owned: a block of flows */
    size_t block_room, at, end;
    uint32_t left;                 /* flows in the block after `at` */
    uint8_t *chunk;                /* owned: TL_INDEX_CHUNK_MOST bytes */
    struct tl_flow_id id;
    struct tl_bytes texts[TL_INDEX_LIST_MOST];
    _Alignas(16) uint8_t record[TL_RECORD_SIZE];
};

/* Bytes of an entry. `bad` stays once something does not fit. */
struct view {
    const uint8_t *at, *end;
    bool bad;
};

static bool read_at(int fd, void *to, size_t len, uint64_t place)
{
    uint8_t *p = to;
    while (len > 0) {
        ssize_t n = place <= INT64_MAX ? pread(fd, p, len, (off_t)place) : 0;
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        len -= (size_t)n;
        place += (size_t)n;
    }
    return true;
}

static uint64_t get(struct view *v)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && v->at < v->end; shift += 7) {
        uint8_t byte = *v->at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0)
            return value;
    }
    v->bad = true;
    return 0;
}

static struct tl_bytes get_raw(struct view *v, uint64_t len)
{
    if (v->bad || len > (size_t)(v->end - v->at)) {
        v->bad = true;
        return (struct tl_bytes){ NULL, 0 };
    }
    struct tl_bytes bytes = { v->at, (uint32_t)len };
    v->at += len;
    return bytes;
}

static struct tl_bytes get_bytes(struct view *v)
{
    return get_raw(v, get(v));
}

static void get_into(struct view *v, void *to, size_t len)
{
    struct tl_bytes bytes = get_raw(v, len);
    if (!v->bad)
        memcpy(to, bytes.data, len);
}

/* --- opening --- */

static bool header_is_whole(const uint8_t *h)
{
    return memcmp(h + TL_AT_MAGIC, TL_INDEX_MAGIC, 8) == 0 &&
           tl_load_le64(h + TL_AT_HASH) == tl_index_hash(h, TL_AT_HASH);
}

static enum tl_index_state compare(const uint8_t *h, const struct tl_index_origin *origin)
{
    if (tl_load_le32(h + TL_AT_VERSION) != TL_INDEX_VERSION)
        return TL_INDEX_OTHER;
    if (origin == NULL)
        return TL_INDEX_FINE;
    if (tl_load_le64(h + TL_AT_SIZE) != origin->size || tl_load_le64(h + TL_AT_MTIME) != (uint64_t)origin->mtime ||
        tl_load_le64(h + TL_AT_HEAD) != origin->head || tl_load_le64(h + TL_AT_TAIL) != origin->tail)
        return TL_INDEX_STALE;
    return tl_load_le64(h + TL_AT_OPTIONS) == origin->options ? TL_INDEX_FINE : TL_INDEX_OTHER;
}

/* Reads rows and contexts. */
static bool read_directory(struct tl_index *index, const uint8_t *h)
{
    uint32_t contexts = tl_load_le32(h + TL_AT_CONTEXTS);
    uint64_t place = tl_load_le64(h + TL_AT_DIRECTORY);
    index->row_count = tl_load_le32(h + TL_AT_ROWS);
    if (index->row_count > ROWS_MOST || contexts > CONTEXTS_MOST)
        return false;
    size_t rows = (size_t)index->row_count * TL_INDEX_ROW, len = rows + (size_t)contexts * 8;
    if (place > index->size || len != index->size - place)
        return false;
    index->directory = malloc(len + 1);
    index->contexts.items = calloc(contexts + 1u, sizeof *index->contexts.items);
    if (index->directory == NULL || index->contexts.items == NULL ||
        !read_at(index->fd, index->directory, len, place) ||
        tl_index_hash(index->directory, len) != tl_load_le64(h + TL_AT_DIRECTORY_HASH))
        return false;
    for (uint32_t i = 0; i < contexts; i++)
        index->contexts.items[i] = tl_load_le64(index->directory + rows + (size_t)i * 8);
    index->contexts.count = contexts;
    for (uint32_t i = 1; i < contexts; i++) {
        if (index->contexts.items[i] <= index->contexts.items[i - 1])
            return false;
    }
    return true;
}

enum tl_index_state tl_index_take(int fd, const struct tl_record_def *def, const struct tl_index_origin *origin,
                                  struct tl_index **to)
{
    uint8_t h[TL_INDEX_HEADER];
    struct stat st;
    struct tl_index *index = calloc(1, sizeof *index);
    *to = NULL;
    if (index == NULL) {
        close(fd);
        return TL_INDEX_DAMAGED;
    }
    index->fd = fd;
    index->def = def;
    enum tl_index_state state = TL_INDEX_DAMAGED;
    if (fstat(fd, &st) == 0 && read_at(fd, h, sizeof h, 0) && header_is_whole(h))
        state = compare(h, origin);
    if (state == TL_INDEX_FINE) {
        index->size = (uint64_t)st.st_size;
        index->packets = tl_load_le64(h + TL_AT_PACKETS);
        index->flows = tl_load_le64(h + TL_AT_FLOWS);
        index->places = (tl_load_le32(h + TL_AT_FLAGS) & TL_INDEX_PLACES) != 0;
        index->chunk = malloc(TL_INDEX_CHUNK_MOST);
        if (index->chunk == NULL || !read_directory(index, h))
            state = TL_INDEX_DAMAGED;
    }
    if (state != TL_INDEX_FINE) {
        tl_index_free(index);
        return state;
    }
    *to = index;
    return state;
}

enum tl_index_state tl_index_open(const char *path, const struct tl_record_def *def,
                                  const struct tl_index_origin *origin, struct tl_index **index)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    *index = NULL;
    if (fd < 0)
        return errno == ENOENT ? TL_INDEX_NONE : TL_INDEX_DAMAGED;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return TL_INDEX_DAMAGED;
    }
    return tl_index_take(fd, def, origin, index);
}

void tl_index_free(struct tl_index *index)
{
    if (index == NULL)
        return;
    close(index->fd);
    free(index->directory);
    free(index->contexts.items);
    free(index->block);
    free(index->chunk);
    free(index);
}

uint64_t tl_index_packets(const struct tl_index *index)
{
    return index->packets;
}

uint64_t tl_index_flows(const struct tl_index *index)
{
    return index->flows;
}

bool tl_index_has_places(const struct tl_index *index)
{
    return index->places;
}

const struct tl_places *tl_index_contexts(const struct tl_index *index)
{
    return &index->contexts;
}

bool tl_index_is_damaged(const struct tl_index *index)
{
    return index->damaged;
}

/* --- flows --- */

void tl_index_rewind(struct tl_index *index)
{
    index->row = 0;
    index->left = 0;
}

static bool damaged(struct tl_index *index)
{
    index->damaged = true;
    return false;
}

/* Reads the next block of flows. Returns false at the end, or if the index is damaged. */
static bool next_block(struct tl_index *index)
{
    if (index->row == index->row_count)
        return false;
    const uint8_t *row = index->directory + (size_t)index->row++ * TL_INDEX_ROW;
    uint32_t len = tl_load_le32(row + 16);
    if (len == 0 || len > TL_INDEX_FLOWS_MOST)
        return damaged(index);
    if (len > index->block_room) {
        uint8_t *grown = realloc(index->block, len);
        if (grown == NULL)
            return damaged(index);
        index->block = grown;
        index->block_room = len;
    }
    if (!read_at(index->fd, index->block, len, tl_load_le64(row)) ||
        tl_index_hash(index->block, len) != tl_load_le64(row + 8))
        return damaged(index);
    index->at = 0;
    index->end = len;
    index->left = tl_load_le32(row + 20);
    return index->left > 0 || damaged(index);
}

static void get_texts(struct tl_index *index, struct view *v, struct tl_text_list *list)
{
    uint64_t count = get(v);
    if (count > TL_INDEX_LIST_MOST) {
        v->bad = true;
        return;
    }
    for (uint64_t i = 0; i < count; i++)
        index->texts[i] = get_bytes(v);
    *list = (struct tl_text_list){ index->texts, (uint32_t)count };
}

static void get_value(struct tl_index *index, struct view *v, const struct tl_record_field *field)
{
    void *at = index->record + field->offset;
    struct tl_bytes bytes;
    switch (field->type) {
    case TL_REC_COUNT:
        *(uint64_t *)at = get(v);
        return;
    case TL_REC_INTERVAL:
    case TL_REC_TIME:
    case TL_REC_INT:
        *(int64_t *)at = (int64_t)tl_index_unzigzag(0, get(v));
        return;
    case TL_REC_BOOL:
        *(bool *)at = get(v) != 0;
        return;
    case TL_REC_TEXT:
        *(struct tl_bytes *)at = get_bytes(v);
        return;
    case TL_REC_TOKEN: /* with its NUL */
        bytes = get_bytes(v);
        v->bad |= bytes.len == 0 || bytes.data[bytes.len - 1] != '\0';
        *(const char **)at = v->bad ? "" : (const char *)bytes.data;
        return;
    case TL_REC_MAC:
        get_into(v, at, 6);
        return;
    case TL_REC_TEXTS:
        get_texts(index, v, at);
        return;
    case TL_REC_INTERVALS:
    case TL_REC_COUNTS:
    case TL_REC_ADDR:
    case TL_REC_DOUBLE:
    case TL_REC_OBJECTS:
        v->bad = true;
        return;
    }
}

static void get_flow(struct tl_index *index, struct view *v)
{
    struct tl_flow_id *id = &index->id;
    struct tl_record *record = (struct tl_record *)(void *)index->record;
    uint8_t head[4] = { 0 };
    *id = (struct tl_flow_id){ .version = 0 };
    memset(index->record, 0, sizeof index->record);
    get_into(v, head, sizeof head);
    id->version = head[0];
    id->ip_proto = head[1];
    id->decimals = head[2];
    id->depth = head[3];
    size_t n = id->version == 6 ? 16 : 4;
    id->first_pkt = get(v);
    id->orig_port = (uint16_t)get(v);
    id->resp_port = (uint16_t)get(v);
    get_into(v, id->orig_addr, n);
    get_into(v, id->resp_addr, n);
    get_into(v, id->uid, TL_UID_LEN);
    struct tl_bytes community = get_bytes(v);
    v->bad |= (id->version != 4 && id->version != 6) || community.len > TL_COMMUNITY_ID_LEN ||
              (id->decimals != 6 && id->decimals != 9);
    if (!v->bad && community.len > 0)
        memcpy(id->community_id, community.data, community.len);
    record->ts = (int64_t)tl_index_unzigzag(0, get(v));
    record->set = get(v);
    record->cut = get(v);
    v->bad |= index->def->field_count < 64 && record->set >> index->def->field_count != 0;
    for (uint32_t i = 0; i < index->def->field_count && !v->bad; i++) {
        if ((record->set >> i & 1) != 0)
            get_value(index, v, &index->def->fields[i]);
    }
}

bool tl_index_next(struct tl_index *index, struct tl_indexed_flow *flow)
{
    if (index->damaged || (index->left == 0 && !next_block(index)))
        return false;
    struct view v = { index->block + index->at, index->block + index->end, false };
    flow->pair = get(&v);
    flow->packets = get(&v);
    flow->chunk = get(&v);
    flow->rest = get_bytes(&v);
    struct tl_bytes entry = get_bytes(&v);
    struct view inner = { entry.data, entry.data != NULL ? entry.data + entry.len : NULL, v.bad };
    get_flow(index, &inner);
    if (v.bad || inner.bad || flow->packets > index->packets)
        return damaged(index);
    index->at = (size_t)(v.at - index->block);
    index->left--;
    flow->id = &index->id;
    flow->record = (const struct tl_record *)(const void *)index->record;
    return true;
}

/* --- packets --- */

static bool each_of(struct tl_index *index, struct tl_bytes bytes, uint64_t *most,
                    void (*packet)(void *context, struct tl_carrier packet), void *context)
{
    struct view v = { bytes.data, bytes.data != NULL ? bytes.data + bytes.len : NULL, false };
    struct tl_carrier carrier = { 0, 0 };
    while (v.at < v.end) {
        carrier.number = tl_index_unzigzag(carrier.number, get(&v));
        carrier.place = tl_index_unzigzag(carrier.place, get(&v));
        if (v.bad || carrier.number == 0 || carrier.number > index->packets || *most == 0)
            return damaged(index);
        --*most;
        packet(context, carrier);
    }
    return true;
}

bool tl_index_each_packet(struct tl_index *index, const struct tl_indexed_flow *flow,
                          void (*packet)(void *context, struct tl_carrier packet), void *context)
{
    uint64_t most = flow->packets, chunk = flow->chunk;
    if (!each_of(index, flow->rest, &most, packet, context))
        return false;
    while (chunk != 0) {
        uint8_t head[TL_INDEX_CHUNK_HEAD];
        if (!read_at(index->fd, head, sizeof head, chunk))
            return damaged(index);
        uint32_t len = tl_load_le32(head);
        uint64_t before = tl_load_le64(head + 8);
        /* chunks of a flow come one after another: this also ends a circle */
        if (len == 0 || len > TL_INDEX_CHUNK_MOST || before >= chunk ||
            !read_at(index->fd, index->chunk, len, chunk + sizeof head) ||
            tl_index_chunk_hash(index->chunk, len, before) != tl_load_le32(head + 4))
            return damaged(index);
        if (!each_of(index, (struct tl_bytes){ index->chunk, len }, &most, packet, context))
            return false;
        chunk = before;
    }
    return most == 0 || damaged(index);
}
