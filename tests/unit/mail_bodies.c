/* mail_bodies.c - what the parts of a message hold, decoded, however the message is cut into pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "core/buffer.h"
#include "dissectors/mail/mail_message.h"

enum { KEPT = 64 };

struct world {
    struct tl_bytes kept[KEPT];
    struct tl_buffer said;  /* of the bodies: "begin", bytes, "gap", "end" */
    bool deaf;              /* nothing listens to bodies */
    unsigned bodies, keeping;
};

static uint32_t keep(struct tl_dissection *d, const void *data, uint32_t len)
{
    struct world *w = d->host_data;
    for (uint32_t i = 1; i < KEPT; i++) {
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
    free((void *)(uintptr_t)w->kept[handle].data);
    w->kept[handle].data = NULL;
    w->keeping--;
}

static void take_body(struct tl_dissection *d, struct tl_body *body, enum tl_body_event event,
                      const struct tl_body_facts *facts, struct tl_bytes bytes, uint64_t gap)
{
    struct world *w = d->host_data;
    (void)gap;
    switch (event) {
    case TL_BODY_BEGIN:
        w->bodies++;
        body->id = w->deaf ? 0 : w->bodies;
        tl_put_format(&w->said, "<%s %u '%.*s' %.*s>", facts->source, facts->side, (int)facts->name.len,
                      (const char *)facts->name.data, (int)facts->type.len, (const char *)facts->type.data);
        return;
    case TL_BODY_DATA:
        tl_put(&w->said, bytes.data, bytes.len);
        return;
    case TL_BODY_AT: /* mails have their bytes in order */
    case TL_BODY_GAP:
        tl_put_format(&w->said, "[gap]");
        return;
    case TL_BODY_END:
        tl_put_format(&w->said, "</%u missing>", (unsigned)body->missing);
        return;
    }
}

static const struct tl_channel_host channels = { .body = take_body };
static const struct tl_host host = { .keep = keep, .kept = kept, .forget = forget, .channel = &channels };

/*
 * Reads the message in pieces of `size` bytes; "\a" in it stands for a gap of 8 bytes. type: its Content-Type, if the
 * text is only its content.
 */
static void read_content(struct world *w, const char *type, const char *text, size_t size)
{
    struct tl_frame frame = { .ts = 1 };
    struct tl_dissection d = { .host = &host, .host_data = w, .frame = &frame, .layer = TL_NO_NODE };
    struct tl_mail *m = calloc(1, sizeof *m);
    assert_non_null(m);
    w->said.len = 0;
    w->bodies = 0;
    if (type != NULL)
        tl_mail_begin_content(&d, m, "HTTP", 0, tl_bytes_of(type, strlen(type)));
    else
        tl_mail_begin(m, "SMTP", 1);
    while (*text != '\0') {
        size_t n = strcspn(text, "\a");
        n = n < size ? n : size;
        if (n == 0) {
            tl_mail_gap(&d, m, 8);
            text++;
            continue;
        }
        uint8_t *piece = malloc(n); /* its end is the end of what may be read */
        assert_non_null(piece);
        memcpy(piece, text, n);
        d.c = tl_cursor_on(piece, (uint32_t)n, (uint32_t)n);
        tl_mail_feed(&d, m, (struct tl_bytes){ piece, (uint32_t)n });
        free(piece);
        text += n;
    }
    tl_mail_end(&d, m);
    tl_mail_free(&d, m);
    free(m);
    assert_int_equal(w->keeping, 0);
}

static void read_message(struct world *w, const char *text, size_t size)
{
    read_content(w, NULL, text, size);
}

static void check_content(const char *type, const char *text, const char *expected)
{
    struct world w = { .deaf = false };
    for (size_t size = 1; size <= strlen(text); size++) {
        read_content(&w, type, text, size);
        tl_put_char(&w.said, '\0');
        assert_string_equal((const char *)w.said.data, expected);
    }
    tl_buffer_fini(&w.said);
}

static void check(const char *text, const char *expected)
{
    check_content(NULL, text, expected);
}

static void test_plain(void **state)
{
    (void)state;
    check("Subject: s\r\n\r\nline\r\n\r\nlast\r\n", "<SMTP 1 '' >line\r\n\r\nlast</0 missing>");
    check("Subject: s\r\n\r\n", "<SMTP 1 '' ></0 missing>");
    check("Subject: s\r\n", "");
    check("Content-Type: Text/Plain\r\n\r\na\rb\n\rc\r", "<SMTP 1 '' text/plain>a\rb\n\rc</0 missing>");
}

static void test_encodings(void **state)
{
    (void)state;
    check("Content-Type: a/b; name=f.bin\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj\r\nZGU=\r\n",
          "<SMTP 1 'f.bin' a/b>abcde</0 missing>");
    check("Content-Transfer-Encoding: quoted-printable\r\n\r\na=3Db=\r\nc =  \r\nd=zz=e9\r\n",
          "<SMTP 1 '' >a=bc d=zz\xe9</0 missing>");
    check("Content-Transfer-Encoding: 8bit\r\n\r\na=3D\r\n", "<SMTP 1 '' >a=3D</0 missing>");
}

#define MULTIPART "Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--b\r\n"
static void test_parts(void **state)
{
    (void)state;
    check(MULTIPART "\r\none\r\n--no\r\n--b\r\nContent-Disposition: attachment; filename=\"t w\"\r\n"
                    "Content-Transfer-Encoding: base64\r\n\r\ndHdv\r\n--b--\r\nepilogue\r\n",
          "<SMTP 1 '' >one\r\n--no</0 missing><SMTP 1 't w' >two</0 missing>");
    check(MULTIPART "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ntext\r\n--b--\r\n",
          "<SMTP 1 '' >text</0 missing>");
    check(MULTIPART "Content-Transfer-Encoding: quoted-printable\r\n\r\nsoft=\r\n--b--\r\n",
          "<SMTP 1 '' >soft</0 missing>");
    check(MULTIPART "\r\nnever ended\r\n", "<SMTP 1 '' >never ended</0 missing>");
}

/* A protocol with its own header has the reader begin at the content. */
static void test_content(void **state)
{
    static const struct {
        const char *type, *text, *expected;
    } rows[] = {
        { "multipart/form-data; boundary=\"x y\"",
          "--x y\r\nContent-Disposition: form-data; name=a\r\n\r\none\r\n--x y\r\n"
          "Content-Disposition: form-data; name=b; filename=f.bin\r\nContent-Type: a/b\r\n\r\n\r\n--x y--\r\n",
          "<HTTP 0 'f.bin' a/b></0 missing>" }, /* a field without a file name is no file */
        { "multipart/form-data; boundary=b",
          "--b\r\nContent-Disposition: form-data; name=\"pass_word\"; filename=f\r\n\r\none\r\n--b--\r\n", "" },
        { "multipart/form-data; boundary=b", "--b\r\n\r\none\r\n--b--\r\n", "" },
        { "Multipart/Mixed;boundary=b", "preamble\r\n--b\r\n\r\none\r\n--b--\r\nepilogue", "<HTTP 0 '' >one</0 missing>" },
        { "multipart/mixed; boundary=b", "--b\r\n\r\nnever\aended", "<HTTP 0 '' >never[gap]ended</8 missing>" },
        { "text/plain", "one\r\n--b\r\ntwo\r\n", "<HTTP 0 '' text/plain>one\r\n--b\r\ntwo</0 missing>" },
        { "multipart/mixed", "--b\r\n\r\none\r\n--b--", "<HTTP 0 '' multipart/mixed>--b\r\n\r\none\r\n--b--</0 missing>" },
        { "", "x", "<HTTP 0 '' >x</0 missing>" },
    };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(rows); i++)
        check_content(rows[i].type, rows[i].text, rows[i].expected);
}

static void test_gaps(void **state)
{
    (void)state;
    check("Subject: s\r\n\r\none\a two\r\n", "<SMTP 1 '' >one[gap] two</8 missing>");
    check("Subject: s\r\n\r\none\r\n\a two\r\n", "<SMTP 1 '' >one\r\n[gap] two</8 missing>");
    check(MULTIPART "\r\none\r\n--\ab\r\ntwo\r\n--b--\r\n", "<SMTP 1 '' >one\r\n--[gap]b\r\ntwo</8 missing>");
}

/* The line in which bytes are missing is lost, whatever pieces it comes in. */
static void test_gap_in_base64(void **state)
{
    static const char text[] = "Content-Transfer-Encoding: base64\r\n\r\nYWJj\r\nYW\aJjYWJj\r\nZGVm\r\n";
    struct world w = { .deaf = false };
    (void)state;
    read_message(&w, text, sizeof text);
    tl_put_char(&w.said, '\0');
    assert_string_equal((const char *)w.said.data, "<SMTP 1 '' >abca[gap][gap]def</12 missing>");
    tl_buffer_fini(&w.said);
}

/* Without a listener nothing is decoded. */
static void test_deaf(void **state)
{
    struct world w = { .deaf = true };
    (void)state;
    read_message(&w, MULTIPART "\r\none\r\n--b--\r\n", 1000);
    assert_int_equal(w.bodies, 1);
    tl_put_char(&w.said, '\0');
    assert_string_equal((const char *)w.said.data, "<SMTP 1 '' >");
    tl_buffer_fini(&w.said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain), cmocka_unit_test(test_encodings), cmocka_unit_test(test_parts),
        cmocka_unit_test(test_gaps),  cmocka_unit_test(test_gap_in_base64), cmocka_unit_test(test_deaf),
        cmocka_unit_test(test_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
