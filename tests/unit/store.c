/* store.c - the view's store: rows, flows, transactions, kept bytes, and what is evicted when they are full. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <cmocka.h>

#include "flows/conn.h"
#include "ui/store/cells.h"
#include "ui/store/store.h"

enum { MEMORY = 16 << 20 };

static struct tl_flow_id some_flow(uint64_t first_pkt)
{
    struct tl_flow_id id = { .version = 4, .ip_proto = 17, .first_pkt = first_pkt, .orig_port = 1000, .resp_port = 53 };
    memcpy(id.orig_addr, &first_pkt, sizeof first_pkt);
    return id;
}

static void give(struct tl_store *store, struct tl_packet packet, uint64_t flow, bool begins, uint8_t side)
{
    struct tl_sink *sink = tl_store_sink(store);
    struct tl_flow_id id = some_flow(flow);
    struct tl_glance glance = { .flow = flow, .begun = begins ? &id : NULL, .layers = { 1, 10, 26, 7 }, .layer_count = 4, .side = side };
    struct tl_buffer out = { 0 };
    struct tl_error error = { 0 };
    sink->glance(sink, &out, &packet, &glance);
    assert_int_equal(sink->write(sink, out.data, out.len, &error), TL_E_NONE);
    tl_buffer_fini(&out);
}

static void test_rows_and_flows(void **state)
{
    struct tl_store *store = tl_store_new(MEMORY);
    struct tl_row row;
    struct tl_flow_row flow;
    (void)state;
    assert_non_null(store);
    for (uint64_t i = 0; i < 6; i++)
        give(store, (struct tl_packet){ .ts = 100 + (int64_t)i, .number = i + 1, .len = 60, .caplen = 50,
                                        .place = (1000 + i) & TL_PLACE_MOST, .interface = 3 }, i % 2 + 1, i < 2, i >= 4);
    assert_int_equal(tl_store_count(store), 6);
    assert_true(tl_store_row(store, 4, &row));
    assert_int_equal(row.ts, 104);
    assert_int_equal(row.place, 1004);
    assert_int_equal(row.interface, 3);
    assert_int_equal(row.len, 60);
    assert_int_equal(row.caplen, 50);
    assert_int_equal(row.protocol, 7);
    assert_int_equal(tl_store_stack(store, row.stack)->count, 4);
    assert_int_equal(tl_store_stack(store, row.stack)->layers[2], 26);
    assert_int_equal(row.side, 1);
    assert_int_equal(row.flow, 0);
    assert_int_equal(row.previous, 2);
    assert_true(tl_store_row(store, 0, &row));
    assert_int_equal(row.previous, TL_STORE_NONE);
    assert_false(tl_store_row(store, 6, &row));
    assert_int_equal(tl_store_flows_count(store), 2);
    assert_true(tl_store_flow(store, 1, &flow));
    assert_int_equal(flow.packets[0], 2);
    assert_int_equal(flow.packets[1], 1);
    assert_int_equal(flow.bytes[0], 120);
    assert_int_equal(flow.first_ts, 101);
    assert_int_equal(flow.last_ts, 105);
    assert_int_equal(flow.first_row, 1);
    assert_int_equal(flow.last_row, 5);
    assert_false(flow.ended);
    tl_store_free(store);
}

static void end(struct tl_store *store, const struct tl_flow_id *id)
{
    struct tl_sink *sink = tl_store_sink(store);
    struct tl_conn_record conn = { .conn_state = "SF", .retrans = { 2, 3 } };
    struct tl_buffer out = { 0 };
    struct tl_error error = { 0 };
    for (uint32_t i = 0; i < tl_conn_record_def.field_count; i++) {
        if (strcmp(tl_conn_record_def.fields[i].key, "resp_retrans") == 0)
            tl_record_set(&conn.head, i); /* the originator's value is not set and is ignored */
    }
    sink->record(sink, &out, &tl_conn_record_def, &conn.head, id, 6);
    assert_int_equal(sink->write(sink, out.data, out.len, &error), TL_E_NONE);
    tl_buffer_fini(&out);
}

/* A flow whose endpoints are swapped keeps its packets with their senders; bytes after an address mean nothing. */
static void test_turned(void **state)
{
    struct tl_store *store = tl_store_new(MEMORY);
    struct tl_flow_row flow;
    struct tl_flow_id other = some_flow(1);
    (void)state;
    for (uint64_t i = 0; i < 3; i++)
        give(store, (struct tl_packet){ .ts = 1, .number = i + 1, .len = 60, .place = 1 }, 1, i == 0, i > 0);
    other.ip_proto = 6;
    end(store, &other);
    assert_true(tl_store_flow(store, 0, &flow));
    assert_false(flow.ended);
    assert_int_equal(flow.packets[0], 1);
    assert_int_equal(flow.orig_side, 0);
    struct tl_flow_id turned = some_flow(1);
    memcpy(turned.orig_addr, some_flow(1).resp_addr, 4);
    memcpy(turned.resp_addr, some_flow(1).orig_addr, 4);
    turned.orig_port = 53;
    turned.resp_port = 1000;
    memset(turned.orig_addr + 4, 0xee, 12);
    end(store, &turned);
    assert_true(tl_store_flow(store, 0, &flow));
    assert_true(flow.ended);
    assert_string_equal(flow.state, "SF");
    assert_int_equal(flow.retransmissions, 3);
    assert_int_equal(flow.packets[0], 2);
    assert_int_equal(flow.packets[1], 1);
    assert_int_equal(flow.orig_side, 1);
    tl_store_free(store);
}

static void test_full(void **state)
{
    struct tl_store *store = tl_store_new(MEMORY);
    struct tl_row row;
    struct tl_flow_row flow;
    uint8_t bytes[200], back[200];
    (void)state;
    enum { PACKETS = 400000, FLOWS = 100000 };
    for (uint64_t i = 0; i < PACKETS; i++) {
        memset(bytes, (int)i, sizeof bytes);
        give(store, (struct tl_packet){ .ts = (int64_t)i, .number = i + 1, .len = 200, .caplen = 200, .bytes = bytes },
             i / (PACKETS / FLOWS) * (PACKETS / FLOWS) + 1, i % (PACKETS / FLOWS) == 0, 0);
    }
    assert_int_equal(tl_store_count(store), PACKETS);
    uint64_t first = tl_store_first(store);
    assert_true(first > 0 && first < PACKETS);
    assert_false(tl_store_row(store, first - 1, &row));
    assert_true(tl_store_row(store, first, &row));
    assert_int_equal(row.ts, first);
    assert_false(tl_store_bytes(store, &row, back)); /* the row is kept, its bytes are not */
    assert_true(tl_store_row(store, PACKETS - 1, &row));
    assert_true(row.kept);
    assert_int_equal(row.flow, FLOWS - 1);
    assert_int_equal(row.previous, PACKETS - 2);
    assert_true(tl_store_bytes(store, &row, back));
    assert_memory_equal(back, bytes, sizeof bytes);
    assert_true(tl_store_flows_gone(store) > 0);
    assert_false(tl_store_flow(store, 0, &flow));
    assert_true(tl_store_memory(store) <= MEMORY);
    tl_store_free(store);
}

/* Data too long to keep is missing, and is not confused with other data. */
static void test_too_long(void **state)
{
    enum { LONG = 3 << 19 }; /* more than half of the memory for bytes */
    struct tl_store *store = tl_store_new(MEMORY);
    struct tl_row row;
    uint8_t first[4] = { 1, 2, 3, 4 }, *bytes = calloc(1, LONG);
    (void)state;
    assert_non_null(bytes);
    give(store, (struct tl_packet){ .number = 1, .len = 4, .caplen = 4, .bytes = first }, 1, true, 0);
    give(store, (struct tl_packet){ .number = 2, .len = LONG, .caplen = LONG, .bytes = bytes }, 1, false, 0);
    assert_true(tl_store_row(store, 1, &row));
    assert_true(row.kept);
    assert_int_equal(row.caplen, LONG);
    assert_false(tl_store_bytes(store, &row, bytes));
    assert_int_equal(tl_store_options(store, &row), 0);
    assert_true(tl_store_row(store, 0, &row));
    assert_true(tl_store_bytes(store, &row, bytes));
    assert_memory_equal(bytes, first, sizeof first);
    free(bytes);
    tl_store_free(store);
}

/* Active flows stay; ended ones are evicted for new ones, whenever they began. */
static void test_running_flows_stay(void **state)
{
    struct tl_store *store = tl_store_new(MEMORY);
    struct tl_flow_row flow;
    struct tl_row row;
    (void)state;
    enum { FLOWS = 100000, LASTS = 10 }; /* one in ten lasts for a while, the first forever */
    for (uint64_t i = 0; i < FLOWS; i++) {
        struct tl_flow_id id = some_flow(i + 1);
        give(store, (struct tl_packet){ .ts = (int64_t)i, .number = i + 1, .len = 60, .place = 1 }, i + 1, true, 0);
        if (i % LASTS != 0)
            end(store, &id);
        if (i % LASTS == 0 && i >= 1000 * LASTS) {
            id = some_flow(i + 1 - 1000 * LASTS);
            if (id.first_pkt != 1)
                end(store, &id);
        }
    }
    give(store, (struct tl_packet){ .ts = FLOWS, .number = FLOWS + 1, .len = 60, .place = 1 }, 1, false, 1);
    assert_true(tl_store_row(store, FLOWS, &row));
    assert_int_equal(row.flow, 0);
    assert_int_equal(row.previous, 0);
    assert_true(tl_store_flow(store, 0, &flow));
    assert_int_equal(flow.packets[0] + flow.packets[1], 2);
    uint64_t there = 0;
    for (uint32_t place = 0; place < tl_store_flow_places(store); place++)
        there += tl_store_flow(store, tl_store_flow_at(store, place), &flow);
    assert_int_equal(there + tl_store_flows_gone(store), FLOWS);
    tl_store_free(store);
}

/* A tunnel and its inner flow begin with the same packet: when the tunnel is evicted, the inner flow stays. */
static void test_tunnel_makes_place(void **state)
{
    struct tl_store *store = tl_store_new(MEMORY);
    struct tl_row row;
    (void)state;
    enum { FLOWS = 20000 };
    for (unsigned begins = 0; begins < 2; begins++)
        give(store, (struct tl_packet){ .number = 1, .len = 60, .place = 1 }, 1, true, 0);
    for (uint64_t i = 2; i < FLOWS; i++) {
        struct tl_flow_id id = some_flow(i);
        give(store, (struct tl_packet){ .number = i, .len = 60, .place = 1 }, i, true, 0);
        end(store, &id);
    }
    give(store, (struct tl_packet){ .number = FLOWS, .len = 60, .place = 1 }, 1, false, 1);
    assert_true(tl_store_flows_gone(store) > 0);
    assert_true(tl_store_row(store, FLOWS, &row));
    assert_int_equal(row.flow, 1);
    tl_store_free(store);
}

enum { WORDS = 20, ROUNDS = 300000, NUMBERS = 8 };

static void *write_cells(void *context)
{
    struct tl_cells *cells = context;
    uint64_t entry[WORDS];
    for (uint64_t i = 1; i <= ROUNDS; i++) {
        for (unsigned k = 0; k < WORDS; k++)
            entry[k] = i;
        tl_cells_set(cells, (uint32_t)(i % NUMBERS), entry);
    }
    return NULL;
}

/* A reader never sees a torn entry. */
static void test_torn(void **state)
{
    struct tl_cells cells;
    uint64_t entry[WORDS] = { 0 };
    pthread_t writer;
    (void)state;
    assert_true(tl_cells_init(&cells, sizeof entry, 1 << 16));
    for (unsigned i = 0; i < NUMBERS; i++)
        tl_cells_add(&cells, entry);
    assert_int_equal(pthread_create(&writer, NULL, write_cells, &cells), 0);
    for (unsigned i = 0; i < ROUNDS; i++) {
        assert_true(tl_cells_get(&cells, i % NUMBERS, entry));
        for (unsigned k = 1; k < WORDS; k++)
            assert_int_equal(entry[k], entry[0]);
    }
    pthread_join(writer, NULL);
    tl_cells_fini(&cells);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_and_flows),
        cmocka_unit_test(test_turned),
        cmocka_unit_test(test_full), cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_running_flows_stay),
        cmocka_unit_test(test_tunnel_makes_place),
        cmocka_unit_test(test_torn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
