/* transaction.c - records that wait: set, found, moved, cut, loaded, walked, emitted, without memory too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/transaction.h"

enum { KEPT = 512, SCRATCH = 1 << 16 };

struct record {
    struct tl_record head;
    struct tl_bytes text;
    const char *token;
    uint64_t count;
    int64_t interval, time, sum;
    double ratio;
    bool flag;
    struct tl_addr addr;
    struct tl_text_list texts;
    struct tl_interval_list intervals;
    struct tl_count_list counts;
};

enum { TEXT, TOKEN, COUNT, INTERVAL, TIME, INT, RATIO, FLAG, ADDR, TEXTS, INTERVALS, COUNTS };

#define F(index, member, kind) TL_FIELD(struct record, index, member, #member, kind, "A field")
static const struct tl_record_field fields[] = {
    F(TEXT, text, TL_REC_TEXT),           F(TOKEN, token, TL_REC_TOKEN),       F(COUNT, count, TL_REC_COUNT),
    F(INTERVAL, interval, TL_REC_INTERVAL), F(TIME, time, TL_REC_TIME),        F(INT, sum, TL_REC_INT),
    F(RATIO, ratio, TL_REC_DOUBLE),       F(FLAG, flag, TL_REC_BOOL),          F(ADDR, addr, TL_REC_ADDR),
    F(TEXTS, texts, TL_REC_TEXTS),        F(INTERVALS, intervals, TL_REC_INTERVALS),
    F(COUNTS, counts, TL_REC_COUNTS),
};
#undef F
static const struct tl_record_def def = TL_RECORD_DEF("test", fields, "A record");

struct world {
    struct tl_dissection d;
    struct tl_frame frame;
    struct tl_arena scratch;
    struct tl_bytes kept[KEPT];
    unsigned keeping, limit;
    struct tl_transactions list;
    struct record last; /* emitted */
    unsigned emitted;
    char text[64];
};

static uint32_t keep(struct tl_dissection *d, const void *data, uint32_t len)
{
    struct world *w = d->host_data;
    if (w->keeping >= w->limit)
        return 0;
    for (uint32_t i = 1; i < KEPT; i++) {
        if (w->kept[i].data != NULL)
            continue;
        uint8_t *copy = calloc(1, len + 1);
        assert_non_null(copy);
        if (data != NULL)
            memcpy(copy, data, len);
        w->kept[i] = (struct tl_bytes){ copy, len };
        w->keeping++;
        return i;
    }
    return 0;
}

static struct tl_bytes kept(const struct tl_dissection *d, uint32_t handle)
{
    const struct world *w = d->host_data;
    assert_true(handle > 0 && handle < KEPT && w->kept[handle].data != NULL);
    return w->kept[handle];
}

static void forget(struct tl_dissection *d, uint32_t handle)
{
    struct world *w = d->host_data;
    free((void *)(uintptr_t)kept(d, handle).data);
    w->kept[handle] = (struct tl_bytes){ NULL, 0 };
    w->keeping--;
}

static void take(struct tl_dissection *d, const struct tl_record_def *what, struct tl_record *record)
{
    struct world *w = d->host_data;
    assert_ptr_equal(what, &def);
    memcpy(&w->last, record, sizeof w->last);
    if (record->set >> TEXT & 1) {
        assert_true(w->last.text.len < sizeof w->text);
        memcpy(w->text, w->last.text.data, w->last.text.len);
        w->text[w->last.text.len] = '\0';
    }
    w->emitted++;
}

static const struct tl_host host = { .record = take, .keep = keep, .kept = kept, .forget = forget };

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    assert_true(tl_arena_init(&w->scratch, SCRATCH));
    w->limit = KEPT - 1;
    w->d = (struct tl_dissection){ .host = &host, .host_data = w, .frame = &w->frame, .scratch = &w->scratch };
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    while (w->list.first != 0)
        tl_transaction_drop(&w->d, &w->list, w->list.first);
    assert_int_equal(w->keeping, 0);
    assert_true(w->list.last == 0 && w->list.count == 0);
    tl_arena_fini(&w->scratch);
    free(w);
    return 0;
}

static uint32_t begin(struct world *w, uint64_t key, uint32_t room)
{
    return tl_transaction_begin(&w->d, &w->list, &def, key, 1000 + (int64_t)key, 8, room);
}

static struct tl_bytes bytes(const char *text)
{
    return tl_bytes_of(text, strlen(text));
}

/* Every type comes out as it went in, with room for all of it or none at first. */
static void test_types(void **state)
{
    struct world *w = *state;
    const uint32_t rooms[] = { 0, 1, 7, 64, 1000 };
    const struct tl_addr addr = { 4, { 192, 0, 2, 1 } };
    double ratio = 0.5;
    uint64_t bits;
    memcpy(&bits, &ratio, sizeof bits);
    for (unsigned i = 0; i < TL_COUNT(rooms); i++) {
        uint32_t t = begin(w, i, rooms[i]);
        struct tl_transactions *l = &w->list;
        assert_int_not_equal(t, 0);
        memcpy(tl_transaction_extra(&w->d, t), "extra!!", 8);
        assert_true(tl_transaction_text(&w->d, l, &t, TEXT, bytes("text"), 100));
        assert_true(tl_transaction_token(&w->d, l, &t, TOKEN, "token"));
        assert_true(tl_transaction_number(&w->d, l, &t, COUNT, UINT64_MAX));
        assert_true(tl_transaction_number(&w->d, l, &t, INTERVAL, (uint64_t)-5));
        assert_true(tl_transaction_number(&w->d, l, &t, TIME, 7));
        assert_true(tl_transaction_number(&w->d, l, &t, INT, (uint64_t)INT64_MIN));
        assert_true(tl_transaction_number(&w->d, l, &t, RATIO, bits));
        assert_true(tl_transaction_number(&w->d, l, &t, FLAG, true));
        assert_true(tl_transaction_addr(&w->d, l, &t, ADDR, &addr));
        for (uint64_t k = 0; k < 3; k++) { /* lists whose items come in between one another */
            assert_true(tl_transaction_add_text(&w->d, l, &t, TEXTS, bytes(k == 1 ? "" : "item"), 100));
            assert_true(tl_transaction_add_number(&w->d, l, &t, INTERVALS, k * 10));
            assert_true(tl_transaction_add_number(&w->d, l, &t, COUNTS, k));
        }
        assert_memory_equal(tl_transaction_extra(&w->d, t), "extra!!", 8);
        tl_transaction_emit(&w->d, l, t);
        const struct record *r = &w->last;
        assert_int_equal(r->head.ts, 1000 + i);
        assert_true(r->head.set == (UINT64_C(1) << TL_COUNT(fields)) - 1 && r->head.cut == 0);
        assert_string_equal(w->text, "text");
        assert_string_equal(r->token, "token");
        assert_true(r->count == UINT64_MAX && r->interval == -5 && r->time == 7 && r->sum == INT64_MIN);
        assert_true(r->ratio == 0.5 && r->flag && r->addr.version == 4 && r->addr.bytes[3] == 1);
        assert_true(r->texts.count == 3 && r->texts.items[1].len == 0 && r->texts.items[2].len == 4);
        assert_true(r->intervals.count == 3 && r->intervals.items[2] == 20);
        assert_true(r->counts.count == 3 && r->counts.items[1] == 1);
        assert_int_equal(w->keeping, 0);
    }
}

static void test_find(void **state)
{
    struct world *w = *state;
    for (uint64_t i = 0; i < 30; i++) {
        uint32_t t = begin(w, i % 3, 0); /* moves at its first value, with neighbours on both sides */
        assert_true(tl_transaction_number(&w->d, &w->list, &t, COUNT, i));
    }
    assert_int_equal(w->list.count, 30);
    uint32_t t = tl_transaction_find(&w->d, &w->list, 1);
    for (uint64_t i = 1; i < 30; i += 3) {
        assert_true(tl_transaction_key(&w->d, t) == 1 && tl_transaction_ts(&w->d, t) == 1001);
        struct record r;
        tl_transaction_load(&w->d, t, &r.head);
        assert_int_equal(r.count, i);
        t = tl_transaction_again(&w->d, t);
    }
    assert_int_equal(t, 0);
    assert_int_equal(tl_transaction_find(&w->d, &w->list, 3), 0);
    t = tl_transaction_find(&w->d, &w->list, 1);
    tl_transaction_drop(&w->d, &w->list, t);
    tl_transaction_drop(&w->d, &w->list, w->list.first);
    tl_transaction_drop(&w->d, &w->list, w->list.last);
    tl_transaction_drop(&w->d, &w->list, 0);
    unsigned n = 0;
    for (t = w->list.first; t != 0; t = tl_transaction_next(&w->d, t))
        n++;
    assert_true(n == 27 && w->list.count == 27);
}

static void test_cut(void **state)
{
    struct world *w = *state;
    uint32_t t = begin(w, 0, 0);
    assert_true(tl_transaction_text(&w->d, &w->list, &t, TEXT, bytes("0123456789"), 4));
    assert_true(tl_transaction_has(&w->d, t, TEXT) && !tl_transaction_has(&w->d, t, COUNT));
    w->limit = w->keeping; /* no memory: nothing moves any more */
    while (tl_transaction_add_number(&w->d, &w->list, &t, COUNTS, 1))
        continue;
    assert_false(tl_transaction_token(&w->d, &w->list, &t, TOKEN, "token"));
    assert_int_equal(begin(w, 1, 0), 0);
    tl_transaction_emit(&w->d, &w->list, t);
    assert_string_equal(w->text, "0123");
    assert_true(w->last.head.cut == (UINT64_C(1) << TEXT | UINT64_C(1) << COUNTS | UINT64_C(1) << TOKEN));
    assert_false(w->last.head.set >> TOKEN & 1);
}

/* A list that finds no scratch memory is cut, and the rest of the record stays. */
static void test_no_scratch(void **state)
{
    struct world *w = *state;
    uint32_t t = begin(w, 0, 0);
    assert_true(tl_transaction_add_text(&w->d, &w->list, &t, TEXTS, bytes("item"), 100));
    assert_true(tl_transaction_text(&w->d, &w->list, &t, TEXT, bytes("text"), 100));
    w->scratch.used = w->scratch.capacity;
    tl_transaction_emit(&w->d, &w->list, t);
    assert_string_equal(w->text, "text");
    assert_true(w->last.head.set == UINT64_C(1) << TEXT && w->last.head.cut == UINT64_C(1) << TEXTS);
}

static void test_walk(void **state)
{
    struct world *w = *state;
    uint32_t t = begin(w, 0, 0);
    assert_true(tl_transaction_token(&w->d, &w->list, &t, TOKEN, "token"));
    assert_true(tl_transaction_add_text(&w->d, &w->list, &t, TEXTS, bytes("a"), 100));
    assert_true(tl_transaction_add_text(&w->d, &w->list, &t, TEXTS, bytes("bc"), 100));
    assert_true(tl_transaction_number(&w->d, &w->list, &t, COUNT, 9));
    struct tl_transaction_walk walk = tl_transaction_walk(&w->d, t);
    struct tl_transaction_value v;
    const struct tl_record_def *d = tl_transaction_def(&w->d, t);
    assert_ptr_equal(d, &def);
    assert_true(tl_transaction_walk_next(&walk, d, &v) && v.field == TOKEN && v.bytes.len == 5);
    assert_true(tl_transaction_walk_next(&walk, d, &v) && v.field == TEXTS && v.bytes.len == 1);
    assert_true(tl_transaction_walk_next(&walk, d, &v) && v.field == TEXTS && v.bytes.len == 2);
    assert_true(tl_transaction_walk_next(&walk, d, &v) && v.field == COUNT && v.number == 9);
    assert_false(tl_transaction_walk_next(&walk, d, &v));
}

static struct tl_draft draft_of(struct world *w, unsigned text_field, const char *text, uint64_t count)
{
    struct tl_draft draft = tl_draft_begin(&w->d, &def, 7, 5, 200);
    assert_non_null(draft.values);
    memcpy(tl_draft_extra(&draft), "four", 5);
    uint8_t *item = tl_draft_item(&draft, text_field, (uint32_t)strlen(text));
    assert_non_null(item);
    memcpy(item, text, strlen(text));
    if (count > 0)
        assert_true(tl_draft_number(&draft, COUNT, count));
    return draft;
}

/* A draft is kept in one go, queued, taken from any place of the list, and gives the record that was built. */
static void test_draft(void **state)
{
    struct world *w = *state;
    static const unsigned orders[][3] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 } };
    for (unsigned i = 0; i < TL_COUNT(orders); i++) {
        uint32_t t[3];
        for (unsigned k = 0; k < 3; k++) {
            struct tl_draft draft = draft_of(w, TEXT, k == 0 ? "" : "built", k);
            size_t used = tl_draft_done(&w->d, &draft);
            assert_true(w->scratch.used > used);
            t[k] = tl_draft_keep(&w->d, &draft);
            w->scratch.used = used;
            assert_int_not_equal(t[k], 0);
            assert_string_equal(tl_transaction_extra(&w->d, t[k]), "four");
            tl_transaction_append(&w->d, &w->list, t[k]);
        }
        for (unsigned k = 0; k < 3; k++) {
            uint32_t one = t[orders[i][k]];
            tl_transaction_take(&w->d, &w->list, one);
            assert_int_equal(w->list.count, 2 - k);
            tl_transaction_append(&w->d, &w->list, one);
            tl_transaction_emit(&w->d, &w->list, one);
            assert_string_equal(w->text, orders[i][k] == 0 ? "" : "built");
            assert_true(w->last.head.ts == 7 && w->last.head.cut == 0);
            assert_true((w->last.head.set >> COUNT & 1) == (orders[i][k] > 0));
        }
    }
}

/* A later merge replaces what it has and leaves the rest. */
static void test_merge(void **state)
{
    struct world *w = *state;
    struct record r = { 0 };
    struct tl_draft a = draft_of(w, TEXT, "first", 3);
    tl_draft_cut(&a, TEXT);
    tl_draft_cut(&a, COUNT);
    (void)tl_draft_done(&w->d, &a);
    struct tl_draft b = draft_of(w, TEXT, "second", 0);
    (void)tl_draft_done(&w->d, &b);
    tl_transaction_merge(&w->d, a.values, &r.head);
    tl_transaction_merge(&w->d, b.values, &r.head);
    assert_true(r.text.len == 6 && memcmp(r.text.data, "second", 6) == 0);
    assert_true(r.count == 3 && r.head.cut == UINT64_C(1) << COUNT);
    assert_true(tl_values_fields(a.values) == (UINT64_C(1) << TEXT | UINT64_C(1) << COUNT));
}

/* Without scratch memory there is no draft; with little, what finds no room is marked as cut. */
static void test_draft_room(void **state)
{
    struct world *w = *state;
    unsigned none = 0, cut = 0, whole = 0;
    for (size_t left = 0; left < 160; left += 4) {
        w->scratch.used = w->scratch.capacity - left;
        struct tl_draft draft = tl_draft_begin(&w->d, &def, 7, 5, 200);
        if (draft.values == NULL) {
            assert_int_equal(tl_draft_keep(&w->d, &draft), 0);
            none++;
            continue;
        }
        bool number = tl_draft_number(&draft, COUNT, 1), text = tl_draft_item(&draft, TEXT, 30) != NULL;
        uint64_t wanted = (uint64_t)number << COUNT | (uint64_t)text << TEXT;
        (void)tl_draft_done(&w->d, &draft);
        assert_true(w->scratch.used <= w->scratch.capacity);
        struct record r = { 0 };
        tl_transaction_merge(&w->d, draft.values, &r.head);
        assert_true(r.head.set == wanted);
        assert_true(r.head.cut == (~wanted & (UINT64_C(1) << COUNT | UINT64_C(1) << TEXT)));
        cut += !text;
        whole += text;
    }
    assert_true(none > 0 && cut > 0 && whole > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_types, setup, teardown),
        cmocka_unit_test_setup_teardown(test_find, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_scratch, setup, teardown),
        cmocka_unit_test_setup_teardown(test_walk, setup, teardown),
        cmocka_unit_test_setup_teardown(test_draft, setup, teardown),
        cmocka_unit_test_setup_teardown(test_merge, setup, teardown),
        cmocka_unit_test_setup_teardown(test_draft_room, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
