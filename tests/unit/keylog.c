/* keylog.c - lines of a key log, which packets may use a secret, and files that grow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "capture/keylog_file.h"

#define R1 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define R2 "10112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff"
#define S32 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define S48 S32 "fedcba9876543210fedcba9876543210"

static const uint8_t r1[32] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
                                0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };

static enum tl_keylog_line add(struct tl_keylog *log, const char *line, uint64_t from)
{
    return tl_keylog_add(log, tl_bytes_of(line, strlen(line)), from);
}

static void test_lines(void **state)
{
    (void)state;
    struct tl_keylog *log = tl_keylog_new(1 << 20);
    static const struct {
        const char *line;
        enum tl_keylog_line due;
    } rows[] = {
        { "CLIENT_RANDOM " R1 " " S48, TL_KEYLOG_ADDED },
        { "CLIENT_RANDOM " R2 " " S48 "\r", TL_KEYLOG_ADDED },
        { "CLIENT_TRAFFIC_SECRET_0 " R1 " " S32, TL_KEYLOG_ADDED },
        { "SERVER_TRAFFIC_SECRET_0 " R1 " " S48, TL_KEYLOG_ADDED },
        { "CLIENT_HANDSHAKE_TRAFFIC_SECRET " R1 " " S48, TL_KEYLOG_ADDED },
        { "SERVER_HANDSHAKE_TRAFFIC_SECRET " R1 " " S48, TL_KEYLOG_ADDED },
        { "CLIENT_EARLY_TRAFFIC_SECRET " R1 " " S32, TL_KEYLOG_ADDED },
        { "EXPORTER_SECRET " R1 " " S32, TL_KEYLOG_IGNORED },
        { "SERVER_TRAFFIC_SECRET_1 " R1 " " S32, TL_KEYLOG_IGNORED },
        { "RSA 0123456789abcdef " S48, TL_KEYLOG_IGNORED },
        { "", TL_KEYLOG_IGNORED },
        { "  ", TL_KEYLOG_IGNORED },
        { "# a comment", TL_KEYLOG_IGNORED },
        { "CLIENT_RANDOM " R1 " " S32, TL_KEYLOG_WRONG },
        { "CLIENT_RANDOM " R1, TL_KEYLOG_WRONG },
        { "CLIENT_RANDOM " R1 "00 " S48, TL_KEYLOG_WRONG },
        { "CLIENT_RANDOM " R1 " " S48 "0", TL_KEYLOG_WRONG },
        { "CLIENT_RANDOM " R1 " " S48 " more", TL_KEYLOG_WRONG },
        { "CLIENT_RANDOM  " R1 " " S48, TL_KEYLOG_WRONG },
        { "client_random " R1 " " S48, TL_KEYLOG_WRONG },
        { "CLIENT_TRAFFIC_SECRET_0 " R1 " 0123", TL_KEYLOG_WRONG },
        { "what is this", TL_KEYLOG_WRONG },
        { "\x01\x02", TL_KEYLOG_WRONG },
    };
    assert_int_equal(tl_keylog_used(log), 0);
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        if (add(log, rows[i].line, 0) != rows[i].due)
            fail_msg("%s", rows[i].line);
    }
    char *longer = calloc(1, 5000);
    memset(longer, 'A', 4999);
    assert_int_equal(add(log, longer, 0), TL_KEYLOG_WRONG);
    free(longer);
    uint8_t secret[TL_KEYLOG_SECRET];
    assert_int_equal(tl_keylog_find(log, TL_KEYLOG_MASTER, r1, 1, secret), 48);
    assert_int_equal(secret[0], 0x01);
    assert_int_equal(secret[47], 0x10);
    assert_int_equal(tl_keylog_find(log, TL_KEYLOG_CLIENT_TRAFFIC, r1, 1, secret), 32);
    const uint8_t other[32] = { 9 };
    assert_false(tl_keylog_has(log, other, 1));
    assert_true(tl_keylog_has(log, r1, 1));
    tl_keylog_free(log);
}

/* A secret counts from its packet on, also when it comes a second time. */
static void test_order(void **state)
{
    (void)state;
    struct tl_keylog *log = tl_keylog_new(1 << 20);
    uint8_t secret[TL_KEYLOG_SECRET];
    assert_int_equal(add(log, "CLIENT_RANDOM " R1 " " S48, 100), TL_KEYLOG_ADDED);
    assert_int_equal(tl_keylog_find(log, TL_KEYLOG_MASTER, r1, 99, secret), 0);
    assert_int_equal(tl_keylog_find(log, TL_KEYLOG_MASTER, r1, 100, secret), 48);
    assert_int_equal(add(log, "CLIENT_RANDOM " R1 " " S48, 200), TL_KEYLOG_ADDED);
    assert_int_equal(tl_keylog_find(log, TL_KEYLOG_MASTER, r1, 99, secret), 0);
    assert_int_equal(add(log, "CLIENT_RANDOM " R1 " " S48, 50), TL_KEYLOG_ADDED); /* the input is read again */
    assert_int_equal(tl_keylog_find(log, TL_KEYLOG_MASTER, r1, 50, secret), 48);
    assert_false(tl_keylog_expects(log, 1));
    tl_keylog_expect(log, 10);
    assert_false(tl_keylog_expects(log, 9));
    assert_true(tl_keylog_expects(log, 10));
    tl_keylog_grows(log);
    assert_true(tl_keylog_expects(log, 1) && tl_keylog_is_growing(log));
    tl_keylog_free(log);
}

/* Many secrets, up to the limit; all are found. */
static void test_many(void **state)
{
    (void)state;
    struct tl_keylog *log = tl_keylog_new(1 << 20);
    char line[300];
    unsigned n = 0;
    enum tl_keylog_line result;
    do {
        snprintf(line, sizeof line, "CLIENT_RANDOM %064x " S48, n);
        result = add(log, line, 0);
    } while (result == TL_KEYLOG_ADDED && ++n < 100000);
    assert_int_equal(result, TL_KEYLOG_FULL);
    assert_in_range(n, 5000, 12000);
    assert_in_range(tl_keylog_used(log), 1, (1 << 20) + (1 << 17));
    for (unsigned i = 0; i < n; i++) {
        uint8_t random[32] = { 0 };
        tl_store_be32(random + 28, i);
        assert_true(tl_keylog_has(log, random, 0));
    }
    struct tl_keylog_faults faults = { 0 };
    const char text[] = "\nCLIENT_RANDOM " R1 " " S48 "\nwrong\nwrong\n";
    tl_keylog_add_text(log, tl_bytes_of(text, sizeof text - 1), 0, &faults);
    assert_int_equal(faults.full, 1);
    assert_int_equal(faults.wrong, 2);
    assert_int_equal(faults.first_line, 3);
    tl_keylog_free(log);
}

static void append(const char *name, const char *text)
{
    FILE *file = fopen(name, "a");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void read_file(struct tl_keylog_file *file, struct tl_keylog *log, bool all)
{
    struct tl_error error = { 0 };
    assert_int_equal(tl_keylog_file_read(file, log, all, &error), TL_E_NONE);
}

/* A line counts when its end is there; a file that begins again is read again. */
static void test_file(void **state)
{
    (void)state;
    char name[] = "/tmp/keylog-XXXXXX";
    struct tl_error error = { 0 };
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    close(fd);
    struct tl_keylog *log = tl_keylog_new(1 << 20);
    struct tl_keylog_file *file = tl_keylog_file_open(name, &error);
    assert_non_null(file);
    append(name, "# first\nCLIENT_RANDOM " R1 " 01234567");
    read_file(file, log, false);
    assert_false(tl_keylog_has(log, r1, 1));
    assert_null(tl_keylog_file_notice(file));
    append(name, &(S48 "\n")[8]);
    read_file(file, log, false);
    assert_true(tl_keylog_has(log, r1, 1));
    append(name, "not this\nCLIENT_RANDOM " R2 " " S48);
    read_file(file, log, true);
    const char *notice = tl_keylog_file_notice(file);
    assert_non_null(notice);
    assert_non_null(strstr(notice, "line 3 "));
    assert_null(tl_keylog_file_notice(file));
    const uint8_t r2[32] = { 0x10, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
                             0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };
    assert_true(tl_keylog_has(log, r2, 1));
    struct tl_keylog *again = tl_keylog_new(1 << 20);
    assert_int_equal(truncate(name, 0), 0);
    append(name, "CLIENT_RANDOM " R1 " " S48 "\n");
    read_file(file, again, false);
    assert_true(tl_keylog_has(again, r1, 1));
    tl_keylog_file_close(file);
    tl_keylog_free(log);
    tl_keylog_free(again);
    unlink(name);
    assert_null(tl_keylog_file_open(name, &error));
    assert_null(tl_keylog_file_open("/tmp", &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
