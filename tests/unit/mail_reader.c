/*
 * mail_reader.c - messages as a protocol that retrieves them reads them (POP3, IMAP): fed directly, for a record of their
 * header, or as a child channel of protocol imf or mime.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decoder_fixture.h"
#include "dissectors/mail/mail_message.h"

enum { KEPT = 256, MEMORY = 8 << 20, PORT = 40000, GAP = 1 }; /* GAP: this byte stands for ten lost bytes */

struct world {
    struct tl_bytes kept[KEPT];
    unsigned keeping, most; /* most: calls of keep() that succeed */
    struct tl_buffer said;
    uint32_t bodies;
};

static uint32_t keep(struct tl_dissection *d, const void *data, uint32_t len)
{
    struct world *w = d->host_data;
    for (uint32_t i = 1; i < KEPT && w->keeping < w->most; i++) {
        if (w->kept[i].data != NULL)
            continue;
        uint8_t *copy = calloc(1, len + 1);
        assert_non_null(copy);
        if (data != NULL && len > 0)
            memcpy(copy, data, len);
        w->kept[i] = (struct tl_bytes){ copy, len };
        w->keeping++;
        return i;
    }
    return 0;
}

static struct tl_bytes kept(const struct tl_dissection *d, uint32_t handle)
{
    return ((const struct world *)d->host_data)->kept[handle];
}

static void forget(struct tl_dissection *d, uint32_t handle)
{
    struct world *w = d->host_data;
    if (handle == 0)
        return;
    assert_non_null(w->kept[handle].data);
    free((void *)(uintptr_t)w->kept[handle].data);
    w->kept[handle].data = NULL;
    w->keeping--;
}

static void put_body(struct tl_buffer *out, enum tl_body_event event, const struct tl_body_facts *facts,
                     struct tl_bytes bytes, const char *source)
{
    if (event == TL_BODY_BEGIN) {
        assert_string_equal(facts->source, source);
        tl_put_format(out, "<%.*s ", (int)facts->name.len, (const char *)facts->name.data);
    } else if (event == TL_BODY_DATA) {
        tl_put(out, bytes.data, bytes.len);
    } else {
        tl_put_char(out, event == TL_BODY_GAP ? '?' : '>');
    }
}

static void take_body(struct tl_dissection *d, struct tl_body *body, enum tl_body_event event,
                      const struct tl_body_facts *facts, struct tl_bytes bytes, uint64_t gap)
{
    struct world *w = d->host_data;
    (void)gap;
    if (event == TL_BODY_BEGIN)
        body->id = ++w->bodies;
    put_body(&w->said, event, facts, bytes, "POP3");
}

static const struct tl_channel_host channels = { .body = take_body };
static const struct tl_host host = { .keep = keep, .kept = kept, .forget = forget, .channel = &channels };

static void put_log(struct tl_dissection *d, struct world *w, const struct tl_mail *m)
{
    static const char *const names[TL_MAIL_ITEMS] = { "date", "from", "reply-to", "id", "in-reply-to", "subject",
                                                      "ip", "agent", "to", "cc", "path", "file" };
    struct tl_bytes left = tl_kept_bytes_of(d, &m->log);
    struct tl_mail_entry e;
    tl_put_char(&w->said, '|');
    while (tl_mail_log_next(&left, &e))
        tl_put_format(&w->said, "%s=%.*s;", names[e.item], (int)e.text.len, (const char *)e.text.data);
    for (unsigned item = 0; item < TL_MAIL_ITEMS; item++)
        if ((m->cut >> item & 1) != 0)
            tl_put_format(&w->said, "cut:%s;", names[item]);
    if (m->too_deep)
        tl_put_lit(&w->said, "deep;");
}

/* Feeds text[from..to), whose end is the end of what may be read. */
static void feed(struct tl_dissection *d, struct tl_mail *m, const char *text, size_t from, size_t to)
{
    while (from < to) {
        const char *gap = memchr(text + from, GAP, to - from);
        size_t n = gap != NULL ? (size_t)(gap - text) - from : to - from;
        if (n == 0) {
            tl_mail_gap(d, m, 10);
            from++;
            continue;
        }
        uint8_t *piece = malloc(n);
        assert_non_null(piece);
        memcpy(piece, text + from, n);
        d->c = tl_cursor_on(piece, (uint32_t)n, (uint32_t)n);
        tl_mail_feed(d, m, tl_bytes_of(piece, n));
        free(piece);
        from += n;
    }
}

/* Reads a message in three pieces, as a reply of POP3 or a literal of IMAP comes in segments. */
static const char *read_cut(struct world *w, const char *text, size_t len, size_t one, size_t two)
{
    struct tl_frame frame = { .ts = 1 };
    struct tl_dissection d = { .host = &host, .host_data = w, .frame = &frame, .layer = TL_NO_NODE };
    struct tl_mail *m = calloc(1, sizeof *m);
    assert_non_null(m);
    w->said.len = 0;
    tl_mail_begin(m, "POP3", 1);
    feed(&d, m, text, 0, one);
    feed(&d, m, text, one, two);
    feed(&d, m, text, two, len);
    tl_mail_end(&d, m);
    size_t size = len;
    for (size_t i = 0; i < len; i++)
        size += text[i] == GAP ? 9 : 0;
    assert_int_equal(m->size, size);
    put_log(&d, w, m);
    tl_mail_free(&d, m);
    free(m);
    assert_int_equal(w->keeping, 0);
    tl_put_char(&w->said, '\0');
    assert_false(w->said.failed);
    return (const char *)w->said.data;
}

/* The message gives this however it is cut. */
static void gives(const char *text, const char *want)
{
    struct world w = { .most = KEPT };
    size_t len = strlen(text);
    for (size_t one = 0; one <= len; one++)
        for (size_t two = one; two <= len; two += len > 120 ? 7 : 1)
            assert_string_equal(read_cut(&w, text, len, one, two), want);
    tl_buffer_fini(&w.said);
}

static void test_header(void **state)
{
    (void)state;
    gives("From: A <a@x>\r\nTo: b@x,\r\n\tG: c@x;\r\nSubject: s\r\n t\r\n\r\nhi\r\n", "< hi>|from=A <a@x>;to=b@x;to=c@x;subject=s t;");
    gives("Subject: only a header\r\n", "|subject=only a header;"); /* TOP n 0, BODY[HEADER] without its empty line */
    gives("Subject: a\r\n\r\n", "< >|subject=a;");
    gives("Subject: cut he", "|subject=cut he;");              /* a partial fetch */
    gives("Subject: a\r\n b", "|subject=a b;");
    gives("\r\nno header\r\n", "< no header>|");
    gives("", "|");
    gives("Subject: a\n\nx\n", "< x>|subject=a;");
    gives("Subject: a\r\nSubject: b\r\nDate: d\r\n\r\n", "< >|subject=a;date=d;");
}

#define MIXED "Content-Type: multipart/mixed; boundary=o\r\n\r\n"
static void test_nested(void **state)
{
    (void)state;
    gives(MIXED "--o\r\n\r\none\r\n--o\r\nContent-Type: multipart/related; boundary=oo\r\n\r\n--oo\r\n\r\ntwo\r\n--oo--\r\n--o--\r\n",
          "< one>< two>|");
    gives(MIXED "--o\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nin\r\n--o--", "< in>|");
    gives("Content-Type: multipart/digest; boundary=o\r\n\r\n--o\r\n\r\nFrom: x\r\n\r\nin\r\n--o--\r\n", "< in>|");
    gives(MIXED "--o\r\nContent-Disposition: attachment; filename=f\r\n\r\nhalf of", "<f half of>|file=f;");
    gives(MIXED "--o\r\n\r\nx\1y\r\n--o--\r\n", "< x?y>|");
}

/* Bounds: nesting, header fields, lists, all values. */
static void test_limits(void **state)
{
    struct world w = { .most = KEPT };
    struct tl_buffer text = { 0 };
    (void)state;
    for (unsigned i = 0; i < 2 * TL_MAIL_DEPTH; i++)
        tl_put_format(&text, "Content-Type: multipart/mixed; boundary=b%u-\r\n\r\n--b%u-\r\n", i, i);
    const char *said = read_cut(&w, (const char *)text.data, text.len, 7, 300);
    assert_non_null(strstr(said, "deep;"));
    text.len = 0;
    tl_put_lit(&text, "Subject: ");
    for (unsigned i = 0; i < 3 * TL_MAIL_HEADER; i++)
        tl_put_char(&text, i % 64 == 63 ? '\n' : i % 64 == 0 && i > 0 ? ' ' : 'x');
    tl_put_lit(&text, "To: ");
    for (unsigned i = 0; i < 2 * TL_MAIL_LIST; i++)
        tl_put_format(&text, "n%u@x, ", i);
    tl_put_lit(&text, "\n\ntext\n");
    for (size_t cut = 1; cut < text.len; cut += 997) {
        said = read_cut(&w, (const char *)text.data, text.len, cut / 2, cut);
        assert_non_null(strstr(said, "to=n63@x;cut:subject;cut:to;"));
        assert_null(strstr(said, "n64@x"));
        assert_true(strlen(said) < TL_MAIL_VALUE + 1200);
    }
    tl_buffer_fini(&text);
    tl_buffer_fini(&w.said);
}

/* Whatever finds no memory is named, or nothing is lost. */
static void test_no_memory(void **state)
{
    static const char text[] = "Subject: a\r\n b\r\nTo: c@x\r\nReceived: from [10.0.0.1]\r\n\tby x\r\n\r\nx\r\n";
    (void)state;
    for (unsigned most = 0; most < 6; most++) {
        struct world w = { .most = most };
        for (size_t cut = 0; cut < sizeof text; cut++) {
            const char *said = read_cut(&w, text, sizeof text - 1, cut, cut);
            assert_true(strstr(said, "subject=a b;") != NULL || strstr(said, "cut:subject;") != NULL);
            assert_true(strstr(said, "to=c@x;") != NULL || strstr(said, "cut:to;") != NULL);
        }
        tl_buffer_fini(&w.said);
    }
}

/* --- as child channels --- */

static void on_body(void *context, const struct tl_body_piece *piece)
{
    struct script *w = context;
    bool imf = strcmp(piece->protocol->name, "imf") == 0;
    put_body(&w->events, piece->event, piece->facts, piece->bytes, imf ? "IMF" : "MIME");
}

/* Pushes text[from..to) to child 7; a GAP is a gap of it. `|` stands for a line end. */
static void push(struct script *w, struct script_talk *t, const char *text, size_t from, size_t to)
{
    char line[400];
    while (from < to) {
        size_t n = text[from] == GAP ? 1 : strcspn(text + from, "\1");
        n = from + n > to ? to - from : n;
        if (text[from] == GAP)
            snprintf(line, sizeof line, "=gap 7 1 10\n");
        else
            snprintf(line, sizeof line, "=push 7 1 %.*s\n", (int)n, text + from);
        script_text(w, t, 0, line);
        from += n;
    }
}

static void child_gives(char protocol, const char *ending, const char *text, const char *want)
{
    struct script w = { .options.listener = { .body = on_body } };
    w.options.listener.context = &w;
    assert_true(script_new(&w, MEMORY));
    uint64_t before = tl_decoder_counters(w.decoder).memory_used;
    uint16_t port = PORT;
    for (size_t cut = 0; cut <= strlen(text); cut++) {
        struct script_talk t = script_talk(6, port++);
        char line[32];
        snprintf(line, sizeof line, "A\n=open 7 s %c\n", protocol);
        script_text(&w, &t, 0, line);
        push(&w, &t, text, 0, cut);
        push(&w, &t, text, cut, strlen(text));
        script_text(&w, &t, 0, ending);
        if (ending[0] == '\n') /* the flow ends, and its children with it */
            tl_decoder_finish(w.decoder);
        tl_put_char(&w.events, '\0');
        assert_string_equal((const char *)w.events.data, want);
        w.events.len = w.log.len = 0;
    }
    tl_decoder_finish(w.decoder);
    assert_int_equal(tl_decoder_counters(w.decoder).memory_used, before);
    script_free(&w);
}

static void test_children(void **state)
{
    static const struct {
        char protocol;
        const char *text, *want;
    } rows[] = {
        { 'i', "Subject: s||line|last|", "< line\nlast>" },
        { 'i', "Content-Type: multipart/mixed; boundary=o||--o||one|--o|Content-Type: a/b; name=f||two|--o--|", "< one><f two>" },
        { 'i', "Content-Transfer-Encoding: base64||YWJj|ZGVm|", "< abcdef>" },
        { 'i', "Subject: cut in the hea", "" },
        { 'i', "Subject: s||half", "< half>" },
        { 'i', "Subject: s||lost\1half|", "< lost?half>" },
        { 'm', "Content-Type: a/b; name=f||part|", "<f part>" },
        { 'm', "Content-Type: multipart/mixed; boundary=o||--o||one|--o--|", "< one>" },
        { 'm', "|no header|", "< no header>" },
    };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        child_gives(rows[i].protocol, "=end 7 1\n", rows[i].text, rows[i].want);
        child_gives(rows[i].protocol, "=close 7\n", rows[i].text, rows[i].want);
        child_gives(rows[i].protocol, "\n", rows[i].text, rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header), cmocka_unit_test(test_nested), cmocka_unit_test(test_limits),
        cmocka_unit_test(test_no_memory), cmocka_unit_test(test_children),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
