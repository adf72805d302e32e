/* notices.c - several threads write notices while another reads them. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ui/store/notices.h"

enum { SPEAKERS = 3, EACH = 20000 };

static void test_kept(void **state)
{
    static struct tl_notices notices;
    struct tl_notice notice;
    char text[32];
    (void)state;
    assert_false(tl_notices_get(&notices, 0, &notice));
    for (unsigned i = 0; i < TL_NOTICES_KEPT + 2; i++) {
        snprintf(text, sizeof text, "said %u", i);
        tl_notices_add(&notices, text);
    }
    assert_int_equal(atomic_load(&notices.count), TL_NOTICES_KEPT + 2);
    assert_false(tl_notices_get(&notices, 1, &notice));
    assert_true(tl_notices_get(&notices, 2, &notice));
    assert_string_equal(notice.text, "said 2");
    assert_true(notice.ts > 0);
    assert_true(tl_notices_get(&notices, TL_NOTICES_KEPT + 1, &notice));
    assert_false(tl_notices_get(&notices, TL_NOTICES_KEPT + 2, &notice));
    char longer[2 * TL_NOTICE_TEXT];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    tl_notices_add(&notices, longer);
    assert_true(tl_notices_get(&notices, TL_NOTICES_KEPT + 2, &notice));
    assert_int_equal(strlen(notice.text), TL_NOTICE_TEXT - 1);
}

/* A notice has room for the longest error: a long file name does not hide the reason. */
static void test_as_long_as_errors(void **state)
{
    static struct tl_notices notices;
    struct tl_notice notice;
    struct tl_error error = { 0 };
    char name[400];
    (void)state;
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    tl_error_set(&error, TL_E_RUNTIME, "cannot write %s: No space left on device", name);
    tl_notices_add(&notices, error.text);
    assert_true(tl_notices_get(&notices, 0, &notice));
    assert_string_equal(notice.text, error.text);
}

static struct tl_notices busy;

/* Writes texts of one repeated letter; a torn one has two letters. */
static void *speak(void *context)
{
    char text[TL_NOTICE_TEXT];
    for (unsigned i = 0; i < EACH; i++) {
        memset(text, 'a' + (int)(i % 26), sizeof text - 1);
        text[sizeof text - 1] = '\0';
        tl_notices_add(&busy, text);
    }
    return context;
}

static void test_together(void **state)
{
    pthread_t speakers[SPEAKERS];
    struct tl_notice notice;
    uint32_t seen = 0, count = 0;
    (void)state;
    for (unsigned i = 0; i < SPEAKERS; i++)
        assert_int_equal(pthread_create(&speakers[i], NULL, speak, NULL), 0);
    while (count < SPEAKERS * EACH) {
        count = atomic_load(&busy.count);
        uint32_t back = seen % 2 == 0 ? 1 : TL_NOTICES_KEPT; /* the newest, and the one overwritten next */
        if (count < back || !tl_notices_get(&busy, count - back, &notice)) {
            seen += count >= back && back > 1;
            continue;
        }
        seen++;
        assert_int_equal(strspn(notice.text, (char[]){ notice.text[0], '\0' }), TL_NOTICE_TEXT - 1);
    }
    for (unsigned i = 0; i < SPEAKERS; i++)
        pthread_join(speakers[i], NULL);
    assert_true(seen > 0);
    assert_int_equal(atomic_load(&busy.count), SPEAKERS * EACH);
    assert_true(tl_notices_get(&busy, count - 1, &notice));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_kept), cmocka_unit_test(test_as_long_as_errors),
                                        cmocka_unit_test(test_together) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
