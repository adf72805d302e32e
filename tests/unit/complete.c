/* complete.c - file name completion: the first of many in order, and whole characters only. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "ui/screen/complete.h"

static void make(const char *name)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static int enter_folder(void **state)
{
    static char folder[] = "/tmp/taplight-complete-XXXXXX";
    *state = mkdtemp(folder);
    return *state == NULL || chdir(folder) != 0;
}

static int leave_folder(void **state)
{
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", (const char *)*state);
    return chdir("/") != 0 || system(command) != 0;
}

static void test_many(void **state)
{
    struct tl_completions found;
    char name[32], text[64] = "many/";
    (void)state;
    assert_int_equal(mkdir("many", 0700), 0);
    for (unsigned i = 0; i < 3 * TL_COMPLETIONS_MOST; i++) { /* unordered */
        snprintf(name, sizeof name, "many/n%03u", i * 37 % (3 * TL_COMPLETIONS_MOST));
        make(name);
    }
    make("many/z.pcap");
    tl_complete_path(text, sizeof text, &found);
    assert_string_equal(text, "many/");
    assert_int_equal(found.count, TL_COMPLETIONS_MOST);
    assert_int_equal(found.more, 2 * TL_COMPLETIONS_MOST + 1);
    assert_string_equal(found.names[0], "z.pcap");
    for (unsigned i = 1; i < found.count; i++) {
        snprintf(name, sizeof name, "n%03u", i - 1);
        assert_string_equal(found.names[i], name);
    }
    tl_completions_fini(&found);
    snprintf(text, sizeof text, "many/z");
    tl_complete_path(text, sizeof text, &found);
    assert_string_equal(text, "many/z.pcap");
    assert_int_equal(found.count, 1);
    tl_completions_fini(&found);
}

static void test_whole_characters(void **state)
{
    struct tl_completions found;
    char text[64] = "w";
    (void)state;
    make("w\u00e4.pcap"); /* they differ in the second byte of a character */
    make("w\u00f6.pcap");
    tl_complete_path(text, sizeof text, &found);
    assert_int_equal(found.count, 2);
    assert_string_equal(text, "w");
    tl_completions_fini(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_many), cmocka_unit_test(test_whole_characters) };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
