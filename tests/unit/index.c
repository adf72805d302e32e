/*
 * index.c - an index is read as it was written: flows with few packets and many, more than fit in the memory at once.
 * Each byte of it that changes is noticed, and so is each cut.
 */
#include "export_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "export/index_format.h"
#include "flows/conn.h"

enum { FLOWS = 40, LONG = 5000, PLACE = 1 << 20 };

static const struct tl_index_origin origin = { .size = 77, .mtime = -5, .head = 1, .tail = 2, .options = 3 };

/* Flow f has so many packets. */
static uint32_t packets_of(uint64_t f)
{
    return f == 7 ? LONG : (uint32_t)(f % 4 + 1);
}

static uint64_t number_of(uint64_t f, uint32_t i)
{
    return f + (uint64_t)i * FLOWS;
}

static void send(struct tl_sink *sink, struct tl_buffer *out)
{
    struct tl_error error = { 0 };
    assert_false(out->failed);
    assert_int_equal(sink->write(sink, out->data, out->len, &error), TL_E_NONE);
    out->len = 0;
}

static void write_packet(struct tl_sink *sink, struct tl_buffer *out, uint64_t f, uint32_t i)
{
    const struct tl_packet packet = { .number = number_of(f, i),
                                      .place = (PLACE + number_of(f, i) * 70) & TL_PLACE_MOST };
    const struct tl_carrier earlier = { 1, PLACE + 70 };
    const struct tl_membership membership = { .flow = f, .depth = f == 3, .pair = f * 11, .carriers = &earlier,
                                              .carrier_count = f == 5 && i == 1 };
    sink->member(sink, out, &packet, &membership);
}

static void write_flow(struct tl_sink *sink, struct tl_buffer *out, uint64_t f)
{
    struct tl_bytes parents[2] = { tl_bytes_of("CparentparentParen", 18), tl_bytes_of("x", 1) };
    struct tl_conn_record conn = { .head = { .ts = -(int64_t)f }, .proto = "tcp", .duration = (int64_t)f * 1000,
                                   .service = tl_bytes_of("http", f % 2 * 4), .tunnel_parents = { parents, 2 } };
    struct tl_flow_id id = { .version = f % 2 ? 4 : 6, .ip_proto = 6, .decimals = 6, .orig_port = (uint16_t)f,
                             .resp_port = 80, .first_pkt = f, .depth = f == 3 };
    memcpy(id.uid, "Cuiduiduiduiduidui", TL_UID_LEN);
    id.uid[17] = (char)('A' + f % 26);
    memset(id.community_id, 'c', TL_COMMUNITY_ID_LEN);
    id.orig_addr[3] = (uint8_t)f;
    for (uint32_t i = 0; i < tl_conn_record_def.field_count; i++) {
        const char *key = tl_conn_record_def.fields[i].key;
        if (strcmp(key, "proto") == 0 || strcmp(key, "duration") == 0 || strcmp(key, "service") == 0 ||
            strcmp(key, "tunnel_parents") == 0 || strcmp(key, "orig_l2_addr") == 0)
            tl_record_set(&conn.head, i);
    }
    sink->record(sink, out, &tl_conn_record_def, &conn.head, &id, 6);
}

/* Writes the index of FLOWS flows whose packets alternate. */
static void write_index(const char *path, size_t memory)
{
    const struct tl_index_writer_options options = { .path = path, .memory = memory, .places = true };
    struct tl_error error = { 0 };
    uint64_t contexts[] = { 24, 1000 };
    const struct tl_places places = { .items = contexts, .count = 2 };
    struct tl_buffer out = { 0 };
    struct tl_index_writer *writer = tl_index_writer_new(&options, &error);
    assert_non_null(writer);
    struct tl_sink *sink = tl_index_sink(writer);
    assert_non_null(sink);
    for (uint32_t i = 0; i < LONG; i++) {
        for (uint64_t f = 1; f <= FLOWS; f++) {
            if (i < packets_of(f))
                write_packet(sink, &out, f, i);
            if (i + 1 == packets_of(f))
                write_flow(sink, &out, f);
        }
        send(sink, &out);
    }
    assert_int_equal(tl_index_writer_finish(writer, &origin, number_of(FLOWS, LONG), &places, &error), TL_E_NONE);
    sink->free(sink);
    tl_index_writer_free(writer);
    tl_buffer_fini(&out);
}

struct sum {
    uint64_t count, numbers, places;
};

static void add(void *context, struct tl_carrier packet)
{
    struct sum *sum = context;
    sum->count++;
    sum->numbers += packet.number;
    sum->places += packet.place;
}

static struct sum sum_of(uint64_t f)
{
    struct sum sum = { 0 };
    for (uint32_t i = 0; i < packets_of(f); i++)
        add(&sum, (struct tl_carrier){ number_of(f, i), PLACE + number_of(f, i) * 70 });
    if (f == 5)
        add(&sum, (struct tl_carrier){ 1, PLACE + 70 });
    return sum;
}

static void check_flow(struct tl_index *index, const struct tl_indexed_flow *flow)
{
    uint64_t f = flow->id->first_pkt;
    const struct tl_conn_record *conn = (const struct tl_conn_record *)(const void *)flow->record;
    struct sum sum = { 0 }, due = sum_of(f);
    assert_true(f >= 1 && f <= FLOWS);
    assert_int_equal(flow->id->orig_port, f);
    assert_int_equal(flow->id->version, f % 2 ? 4 : 6);
    assert_int_equal(flow->id->uid[17], 'A' + f % 26);
    assert_int_equal(strlen(flow->id->community_id), TL_COMMUNITY_ID_LEN);
    assert_int_equal(flow->id->orig_addr[3], f);
    assert_int_equal(flow->pair, f * 11);
    assert_int_equal(conn->head.ts, -(int64_t)f);
    assert_string_equal(conn->proto, "tcp");
    assert_int_equal(conn->duration, f * 1000);
    assert_int_equal(conn->service.len, f % 2 * 4);
    assert_int_equal(conn->tunnel_parents.count, 2);
    assert_int_equal(conn->tunnel_parents.items[1].data[0], 'x');
    assert_true(tl_index_each_packet(index, flow, add, &sum));
    assert_int_equal(sum.count, due.count);
    assert_int_equal(sum.numbers, due.numbers);
    assert_int_equal(sum.places, due.places);
}

static void open_path(char path[64], size_t memory)
{
    snprintf(path, 64, "/tmp/taplight-unit-index-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    write_index(path, memory);
}

static void reads_what_was_written(void **state)
{
    (void)state;
    char path[64];
    for (size_t memory = 96 << 10; memory <= 1 << 20; memory *= 4) {
        struct tl_index *index;
        struct tl_indexed_flow flow;
        open_path(path, memory);
        assert_int_equal(tl_index_open(path, &tl_conn_record_def, &origin, &index), TL_INDEX_FINE);
        assert_int_equal(tl_index_flows(index), FLOWS);
        assert_true(tl_index_has_places(index));
        assert_int_equal(tl_index_contexts(index)->count, 2);
        assert_int_equal(tl_index_contexts(index)->items[1], 1000);
        for (unsigned round = 0; round < 2; round++) {
            uint32_t n = 0;
            tl_index_rewind(index);
            for (; tl_index_next(index, &flow); n++)
                check_flow(index, &flow);
            assert_int_equal(n, FLOWS);
        }
        assert_false(tl_index_is_damaged(index));
        tl_index_free(index);
        unlink(path);
    }
}

static void notices_another_file(void **state)
{
    (void)state;
    char path[64];
    struct tl_index *index;
    open_path(path, 1 << 20);
    struct tl_index_origin other = origin;
    other.size++;
    assert_int_equal(tl_index_open(path, &tl_conn_record_def, &other, &index), TL_INDEX_STALE);
    other = origin;
    other.mtime++;
    assert_int_equal(tl_index_open(path, &tl_conn_record_def, &other, &index), TL_INDEX_STALE);
    other = origin;
    other.tail++;
    assert_int_equal(tl_index_open(path, &tl_conn_record_def, &other, &index), TL_INDEX_STALE);
    other = origin;
    other.options++;
    assert_int_equal(tl_index_open(path, &tl_conn_record_def, &other, &index), TL_INDEX_OTHER);
    assert_null(index);
    unlink(path);
    assert_int_equal(tl_index_open(path, &tl_conn_record_def, &origin, &index), TL_INDEX_NONE);
}

/* Reads all of an index. Returns whether something was found to be damaged. */
static bool is_damaged(const char *path)
{
    struct tl_index *index;
    struct tl_indexed_flow flow;
    struct sum sum = { 0 };
    if (tl_index_open(path, &tl_conn_record_def, NULL, &index) != TL_INDEX_FINE)
        return true;
    bool fine = true;
    while (fine && tl_index_next(index, &flow))
        fine = tl_index_each_packet(index, &flow, add, &sum);
    bool damaged = tl_index_is_damaged(index);
    tl_index_free(index);
    return damaged;
}

static void notices_each_changed_byte(void **state)
{
    (void)state;
    char path[64];
    struct stat st;
    open_path(path, 1 << 20);
    assert_false(is_damaged(path));
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    assert_true(st.st_size > 3 * 4096);
    for (off_t at = 0; at < st.st_size; at += at < 256 || at > st.st_size - 9000 ? 1 : 17) {
        uint8_t byte, changed;
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        changed = byte ^ (uint8_t)(1u << at % 8);
        assert_int_equal(pwrite(fd, &changed, 1, at), 1);
        if (!is_damaged(path))
            fail_msg("byte %lld of %lld", (long long)at, (long long)st.st_size);
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }
    assert_false(is_damaged(path));
    for (off_t len = st.st_size - 1; len > 0; len -= len > 9000 ? 1013 : 97) {
        assert_int_equal(ftruncate(fd, len), 0);
        assert_true(is_damaged(path));
    }
    close(fd);
    unlink(path);
}

/* Sets the hashes of an index so that a change in a block of flows, or in the directory, is not noticed by them. */
static void hide_change(uint8_t *bytes, size_t len)
{
    size_t directory = (size_t)tl_load_le64(bytes + TL_AT_DIRECTORY);
    for (uint32_t i = 0; i < tl_load_le32(bytes + TL_AT_ROWS); i++) {
        uint8_t *row = bytes + directory + (size_t)i * TL_INDEX_ROW;
        uint64_t at = tl_load_le64(row);
        uint32_t n = tl_load_le32(row + 16);
        if (at <= len && n <= len - at)
            tl_store_le64(row + 8, tl_index_hash(bytes + at, n));
    }
    tl_store_le64(bytes + TL_AT_DIRECTORY_HASH, tl_index_hash(bytes + directory, len - directory));
    tl_store_le64(bytes + TL_AT_HASH, tl_index_hash(bytes, TL_AT_HASH));
}

/* Numbers and lengths are checked, too, not only hashes. Chunks keep theirs: their bytes are seldom read. */
static void survives_what_hashes_do_not_show(void **state)
{
    (void)state;
    char path[64];
    struct stat st;
    uint32_t seed = 7, noticed = 0;
    open_path(path, 1 << 20);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    size_t len = (size_t)st.st_size;
    uint8_t *whole = malloc(len), *changed = malloc(len);
    assert_non_null(whole);
    assert_non_null(changed);
    assert_int_equal(pread(fd, whole, len, 0), len);
    size_t directory = (size_t)tl_load_le64(whole + TL_AT_DIRECTORY);
    size_t flows = (size_t)tl_load_le64(whole + directory);
    for (unsigned round = 0; round < 3000; round++) {
        memcpy(changed, whole, len);
        for (unsigned i = 0; i <= round % 3; i++) {
            seed = seed * 1103515245 + 12345;
            size_t at = flows + (seed >> 8) % (len - flows);
            changed[at] = (uint8_t)(round % 2 ? 0xff : seed >> 16);
        }
        hide_change(changed, len);
        assert_int_equal(pwrite(fd, changed, len, 0), len);
        noticed += is_damaged(path);
    }
    assert_true(noticed > 300);
    free(whole);
    free(changed);
    close(fd);
    unlink(path);
}

static void says_that_memory_is_short(void **state)
{
    (void)state;
    const struct tl_index_writer_options options = { .path = NULL, .memory = 4096 };
    struct tl_error error = { 0 };
    struct tl_buffer out = { 0 };
    struct tl_index_writer *writer = tl_index_writer_new(&options, &error);
    assert_non_null(writer);
    struct tl_sink *sink = tl_index_sink(writer);
    for (uint64_t f = 1; f < 10000; f++)
        write_packet(sink, &out, f, 0);
    assert_int_equal(sink->write(sink, out.data, out.len, &error), TL_E_RUNTIME);
    error = (struct tl_error){ 0 };
    assert_int_equal(tl_index_writer_finish(writer, &origin, 10000, NULL, &error), TL_E_RUNTIME);
    assert_non_null(strstr(error.text, "--mem"));
    sink->free(sink);
    tl_index_writer_free(writer);
    tl_buffer_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_was_written),
        cmocka_unit_test(notices_another_file),
        cmocka_unit_test(notices_each_changed_byte),
        cmocka_unit_test(survives_what_hashes_do_not_show),
        cmocka_unit_test(says_that_memory_is_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
