/* tftp.c - TFTP: which flows a request announces, and block numbers after 65535. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoder_fixture.h"

enum { MEMORY = 8 << 20, CLIENT = 40000 };

static void on_record(void *context, const struct tl_record_def *def, const struct tl_record *record,
                      const struct tl_flow_id *id)
{
    struct script *w = context;
    if (strcmp(def->path, "conn") != 0)
        return;
    for (uint32_t i = 0; i < def->field_count; i++)
        if (strcmp(def->fields[i].key, "service") == 0 && (record->set >> i & 1) != 0 &&
            (id->orig_port != 69 && id->resp_port != 69))
            tl_put_format(&w->events, "%u;", id->orig_port == CLIENT ? id->resp_port : id->orig_port);
}

/*
 * Steps: "r NAME" and "w NAME" request from port 69; a port: its flow to the client begins, as a transfer would. Wanted:
 * the ports of the flows that were transfers.
 */
static void test_announced(void **state)
{
    static const struct {
        const char *steps[8];
        const char *want;
    } rows[] = {
        { { "r a", "3000", "3001" }, "3000;" },
        { { "r a", "r a", "3000", "3001" }, "3000;" },
        { { "r a", "r a", "r a", "r a", "3000", "3001", "3002" }, "3000;" },
        { { "w a", "w a", "3000", "3001" }, "3000;" },
        { { "r a", "r b", "3000", "3001" }, "3000;" },
        { { "r a", "3000", "r a", "3001", "3002" }, "3000;3001;" }, /* a second transfer */
        { { "r a", "r a", "3000", "r a", "r a", "3001", "3002" }, "3000;3001;" },
        { { "3000", "r a", "3001" }, "3001;" },
    };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        struct script w = { .options.listener = { .record = on_record } };
        w.options.listener.context = &w;
        assert_true(script_new(&w, MEMORY));
        for (unsigned k = 0; rows[i].steps[k] != NULL; k++) {
            const char *step = rows[i].steps[k];
            struct script_talk t = script_talk(17, CLIENT);
            uint8_t request[] = { 0, *step == 'r' ? 1 : 2, (uint8_t)step[2], 0, 'o', 'c', 't', 'e', 't', 0 };
            t.ports[1] = *step == 'r' || *step == 'w' ? 69 : (uint16_t)strtoul(step, NULL, 10);
            if (t.ports[1] == 69)
                script_bytes(&w, &t, 0, request, sizeof request);
            else
                script_bytes(&w, &t, 1, "\0\3\0\1text", 8);
        }
        tl_decoder_finish(w.decoder);
        tl_put_char(&w.events, '\0');
        assert_string_equal((const char *)w.events.data, rows[i].want);
        script_free(&w);
    }
}

struct transfer {
    struct script script;
    uint32_t bytes;
};

static void on_body(void *context, const struct tl_body_piece *piece)
{
    struct transfer *transfer = context;
    if (piece->event == TL_BODY_DATA || piece->event == TL_BODY_AT)
        transfer->bytes += piece->bytes.len;
    if (piece->event == TL_BODY_END)
        tl_put_format(&transfer->script.events, "%u bytes, %u missing", transfer->bytes, (unsigned)piece->missing);
}

/* A file of 65,540 blocks of eight bytes. After block 65,535 servers go on with 0 or with 1. */
static void test_rollover(void **state)
{
    static const struct {
        unsigned after; /* the number after 65,535 */
        bool acknowledged, windows;
        const char *want;
    } rows[] = {
        { 0, true, false, "524320 bytes, 0 missing" },
        { 1, true, false, "524320 bytes, 0 missing" },
        { 0, false, false, "524320 bytes, 0 missing" },
        { 1, false, false, "524320 bytes, 8 missing" }, /* it cannot be told */
        { 0, true, true, "524320 bytes, 0 missing" },
        { 1, true, true, "524320 bytes, 0 missing" },
    };
    enum { BLOCKS = 65540 };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        struct transfer transfer = { .script.options.listener = { .body = on_body } };
        struct script *w = &transfer.script;
        w->options.listener.context = &transfer;
        assert_true(script_new(w, MEMORY));
        struct script_talk t = script_talk(17, CLIENT);
        t.ports[1] = 69;
        const uint32_t windows = rows[i].windows ? sizeof "windowsize\0" "4" : 0;
        script_bytes(w, &t, 0, "\0\1a\0octet\0blksize\0" "8\0windowsize\0" "4", 19 + windows);
        t.ports[1] = 3000;
        script_bytes(w, &t, 1, "\0\6blksize\0" "8\0windowsize\0" "4", 12 + windows);
        for (unsigned n = 1; n <= BLOCKS; n++) {
            unsigned number = n < 65536 ? n : n - 65536 + rows[i].after;
            uint8_t block[] = { 0, 3, (uint8_t)(number >> 8), (uint8_t)number, 'e', 'i', 'g', 'h', 't', ' ', 'b', 'y' };
            const uint8_t ack[] = { 0, 4, block[2], block[3] };
            script_bytes(w, &t, 1, block, sizeof block);
            if (rows[i].acknowledged)
                script_bytes(w, &t, 0, ack, sizeof ack);
        }
        tl_decoder_finish(w->decoder);
        tl_put_char(&w->events, '\0');
        assert_string_equal((const char *)w->events.data, rows[i].want);
        script_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_announced), cmocka_unit_test(test_rollover) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
