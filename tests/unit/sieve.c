/* sieve.c - ManageSieve: which command a reply answers, where the greeting or replies were not captured; logins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoder_fixture.h"

enum { MEMORY = 8 << 20 };

static void on_record(void *context, const struct tl_record_def *def, const struct tl_record *record,
                      const struct tl_flow_id *id)
{
    struct script *w = context;
    (void)id;
    if (strcmp(def->path, "sieve") != 0 && strcmp(def->path, "login") != 0)
        return;
    for (uint32_t i = 0; i < def->field_count; i++) {
        const void *at = (const uint8_t *)record + def->fields[i].offset;
        if ((record->set >> i & 1) == 0)
            continue;
        if (strcmp(def->fields[i].key, "user") == 0)
            tl_put_format(&w->events, "%.*s ", (int)((const struct tl_bytes *)at)->len,
                          (const char *)((const struct tl_bytes *)at)->data);
        else if (strcmp(def->fields[i].key, "command") == 0 || strcmp(def->fields[i].key, "method") == 0)
            tl_put(&w->events, ((const struct tl_bytes *)at)->data, ((const struct tl_bytes *)at)->len);
        else if (strcmp(def->fields[i].key, "status") == 0)
            tl_put_format(&w->events, "=%s", *(const char *const *)at);
        else if (strcmp(def->fields[i].key, "message") == 0)
            tl_put_format(&w->events, " %.*s", (int)((const struct tl_bytes *)at)->len,
                          (const char *)((const struct tl_bytes *)at)->data);
    }
    tl_put_char(&w->events, ';');
}

/* A step is sent by the client (>) or the server (<); a lost one (! before it) is acknowledged. */
static void say(struct script *w, struct script_talk *t, const char *step, bool single)
{
    bool lost = *step == '!';
    unsigned side = step[lost] == '<';
    const char *text = step + lost + 1;
    if (lost) {
        t->seq[side] += (uint32_t)strlen(text);
        script_packet(w, t, side ^ 1, TL_ACK, NULL, 0);
        return;
    }
    for (size_t n; *text != '\0'; text += n) {
        n = single ? 1 : strlen(text);
        script_bytes(w, t, side, text, (uint32_t)n);
        script_packet(w, t, side ^ 1, TL_ACK, NULL, 0);
    }
}

#define HELLO "<\"IMPLEMENTATION\" \"x\"\r\n\"SIEVE\" \"fileinto\"\r\nOK\r\n"

static void test_pairs(void **state)
{
    static const struct {
        const char *steps[10];
        const char *want;
    } rows[] = {
        { { HELLO, ">LISTSCRIPTS\r\n", "<OK \"a\"\r\n", ">NOOP\r\n", "<NO \"b\"\r\n" }, "LISTSCRIPTS=OK a;NOOP=NO b;" },
        /* The capture begins after the greeting. */
        { { ">LISTSCRIPTS\r\n", "<\"main\"\r\nOK \"a\"\r\n", ">NOOP\r\n", "<NO \"b\"\r\n" }, "LISTSCRIPTS=OK a;NOOP=NO b;" },
        { { ">LISTSCRIPTS\r\n", "<BYE \"a\"\r\n" }, "LISTSCRIPTS=BYE a;" },
        { { ">GETSCRIPT \"m\"\r\n", "<{4}\r\nkeep\r\nOK \"a\"\r\n", ">LOGOUT\r\n", "<OK \"b\"\r\n" }, "GETSCRIPT=OK a;LOGOUT=OK b;" },
        { { "<OK \"old\"\r\n", ">NOOP\r\n", "<OK \"a\"\r\n" }, "NOOP=OK a;" }, /* the reply to a command before */
        { { ">PUTSCRIPT \"m\" {4+}\r\nkeep\r\n", "<NO \"a\"\r\n" }, "PUTSCRIPT=NO a;" },
        { { ">LISTSCRIPTS\r\nLOGOUT\r\n", "<OK \"a\"\r\nOK \"b\"\r\n" }, "LISTSCRIPTS=OK a;LOGOUT=OK b;" },
        { { "<BYE \"full\"\r\n" }, "" },
        { { ">NOOP\r\n", "<BYE \"a\"\r\n" }, "NOOP=BYE a;" },
        { { HELLO, ">AUTHENTICATE \"PLAIN\" \"AHVzZXIAczNjcjN0\"\r\n", "<OK \"a\"\r\n" }, "user PLAIN;AUTHENTICATE=OK a;" },
        { { HELLO, ">AUTHENTICATE \"PLAIN\" {16+}\r\nAHVzZXIAczNjcjN0\r\n", "<NO \"a\"\r\n" }, "user PLAIN;AUTHENTICATE=NO a;" },
        { { HELLO, ">AUTHENTICATE \"LOGIN\"\r\n", "<\"VXNlcm5hbWU6\"\r\n", ">\"am9l\"\r\n", "<\"UGFzc3dvcmQ6\"\r\n",
            ">\"czNjcjN0\"\r\n", "<OK \"a\"\r\n" }, "joe LOGIN;AUTHENTICATE=OK a;" },
        { { HELLO, ">AUTHENTICATE \"LOGIN\"\r\n", "<\"UGFzc3dvcmQ6\"\r\n", ">\"czNjcjN0\"\r\n", "<OK \"a\"\r\n" },
          "LOGIN;AUTHENTICATE=OK a;" }, /* the first answer is the password */
        /* A reply is missing. */
        { { HELLO, ">NOOP\r\n", "!<OK \"a\"\r\n", ">LISTSCRIPTS\r\n", "<\"m\"\r\nOK \"b\"\r\n", ">LOGOUT\r\n", "<OK \"c\"\r\n" },
          "NOOP;LISTSCRIPTS=OK b;LOGOUT=OK c;" },
        { { HELLO, ">NOOP\r\n", "!<OK \"a\"\r\n", ">NOOP\r\n", "!<OK \"b\"\r\n", ">LOGOUT\r\n", "<\r\nOK \"c\"\r\n" },
          "NOOP;NOOP;LOGOUT=OK c;" },
        { { HELLO, ">LISTSCRIPTS\r\n", "!<\"m\"\r\n", "<\"n\"\r\nOK \"a\"\r\n", ">LOGOUT\r\n", "<OK \"b\"\r\n" },
          "LISTSCRIPTS=OK a;LOGOUT=OK b;" }, /* only a part of one */
        { { HELLO, ">NOOP\r\n", "!<OK \"a\"\r\n", ">LOGOUT\r\n" }, "NOOP;LOGOUT;" },
        { { ">LISTSCRIPTS\r\n", "!<OK \"a\"\r\n", ">LOGOUT\r\n", "<\r\nOK \"b\"\r\n" }, "LISTSCRIPTS;LOGOUT=OK b;" },
    };
    static const uint16_t ports[] = { 4190, 4190, 2000 }; /* the last is found by content */
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        for (unsigned k = 0; k < TL_COUNT(ports); k++) {
            struct script w = { .options.listener = { .record = on_record } };
            w.options.listener.context = &w;
            if (ports[k] == 2000 && strcmp(rows[i].steps[0], HELLO) != 0)
                continue;
            assert_true(script_new(&w, MEMORY));
            struct script_talk t = script_talk(6, 40000);
            t.ports[1] = ports[k];
            for (unsigned step = 0; rows[i].steps[step] != NULL; step++)
                say(&w, &t, rows[i].steps[step], k == 1);
            tl_decoder_finish(w.decoder);
            tl_put_char(&w.events, '\0');
            assert_string_equal((const char *)w.events.data, rows[i].want);
            script_free(&w);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_pairs) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
