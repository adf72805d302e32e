/* outbox.c - records on disk: order, restarts, what is acknowledged, a full outbox, files that are cut or changed. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sinks/outbox.h"

enum { LINE = 64 };
#define LARGE (UINT64_C(1) << 30)

static char folder[64];

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/outbox.XXXXXX");
    return mkdtemp(folder) == NULL;
}

/* Calls `each` with the path of each segment, and returns their number. */
static unsigned each_segment(void (*each)(const char *path))
{
    DIR *list = opendir(folder);
    unsigned count = 0;
    assert_non_null(list);
    for (const struct dirent *entry; (entry = readdir(list)) != NULL;) {
        char path[400];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        bool segment = strstr(entry->d_name, ".seg") != NULL;
        if (segment && each != NULL)
            each(path);
        count += segment;
    }
    closedir(list);
    return count;
}

static int tear_down(void **state)
{
    static const char *const names[] = { "lock", "acked", "refused.json" };
    char path[400];
    (void)state;
    each_segment((void (*)(const char *))(uintptr_t)remove);
    for (size_t i = 0; i < TL_COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        remove(path);
    }
    return rmdir(folder);
}

static struct tl_outbox *open_box(uint64_t size, bool oldest)
{
    struct tl_error error = { 0 };
    struct tl_outbox *box = tl_outbox_open(folder, size, oldest, &error);
    if (box == NULL)
        fail_msg("%s", error.text);
    return box;
}

/* Appends the records first, .., first + count - 1 of a run: lines that are their numbers. */
static enum tl_stored append(struct tl_outbox *box, const char *run, uint64_t first, uint64_t count)
{
    struct tl_record_frame frame = { .sensor = "probe", .first = first, .count = count };
    struct tl_error error = { 0 };
    snprintf(frame.run, sizeof frame.run, "%s", run);
    for (uint64_t i = 0; i < count; i++)
        tl_put_format(&frame.lines, "{\"n\":%*u}\n", LINE - 7, (unsigned)(first + i));
    enum tl_stored stored = tl_outbox_append(box, &frame, &error);
    tl_buffer_fini(&frame.lines);
    return stored;
}

/* Reads one frame and looks at its numbers. Returns its records. */
static uint64_t next(struct tl_outbox *box, const char *run, uint64_t first, size_t most)
{
    struct tl_record_frame frame = { .count = 0 };
    if (tl_outbox_next(box, &frame, most)) {
        assert_string_equal(frame.sensor, "probe");
        assert_string_equal(frame.run, run);
        assert_int_equal(frame.first, first);
        assert_int_equal(frame.lines.len, frame.count * LINE);
        for (uint64_t i = 0; i < frame.count; i++) {
            char line[LINE + 1];
            snprintf(line, sizeof line, "{\"n\":%*u}\n", LINE - 7, (unsigned)(first + i));
            assert_memory_equal(frame.lines.data + i * LINE, line, LINE);
        }
    }
    tl_buffer_fini(&frame.lines);
    return frame.count;
}

/* Frames come in order, several at once if they are of one run and follow each other. */
static void in_order(void **state)
{
    (void)state;
    struct tl_outbox *box = open_box(LARGE, false);
    assert_int_equal(next(box, "a", 0, LARGE), 0);
    for (uint64_t i = 0; i < 10; i++)
        assert_int_equal(append(box, "a", 10 * i, 10), TL_STORED);
    assert_int_equal(append(box, "a", 101, 1), TL_STORED); /* 100 was lost */
    assert_int_equal(append(box, "b", 0, 5), TL_STORED);
    assert_int_equal(tl_outbox_count(box).records, 106);
    assert_int_equal(next(box, "a", 0, 15 * LINE), 20);
    assert_int_equal(next(box, "a", 0, 1), 10); /* not acknowledged: it comes again */
    tl_outbox_acknowledge(box);
    assert_int_equal(next(box, "a", 10, LARGE), 90);
    tl_outbox_acknowledge(box);
    assert_int_equal(next(box, "a", 101, LARGE), 1);
    tl_outbox_acknowledge(box);
    assert_int_equal(next(box, "b", 0, LARGE), 5);
    tl_outbox_acknowledge(box);
    assert_int_equal(tl_outbox_count(box).records, 0);
    assert_int_equal(tl_outbox_count(box).bytes, 0);
    assert_int_equal(append(box, "b", 5, 2), TL_STORED);
    assert_int_equal(next(box, "b", 5, LARGE), 2);
    tl_outbox_acknowledge(box);
    tl_outbox_sync(box);
    tl_outbox_close(box);
    assert_int_equal(each_segment(NULL), 0);
}

/* A later run has what was not acknowledged, and it comes before its own. */
static void after_a_restart(void **state)
{
    (void)state;
    struct tl_outbox *box = open_box(LARGE, false);
    for (uint64_t i = 0; i < 4; i++)
        append(box, "a", 10 * i, 10);
    assert_int_equal(next(box, "a", 0, 1), 10);
    tl_outbox_acknowledge(box);
    assert_int_equal(next(box, "a", 10, 1), 10); /* sent, but the program was killed */
    tl_outbox_close(box);
    for (unsigned run = 0; run < 3; run++) {
        box = open_box(LARGE, false);
        assert_int_equal(tl_outbox_count(box).records, 30 + 3 * run);
        append(box, "b", 3 * run, 3);
        tl_outbox_close(box);
    }
    box = open_box(LARGE, false);
    assert_int_equal(next(box, "a", 10, LARGE), 30);
    tl_outbox_acknowledge(box);
    assert_int_equal(next(box, "b", 0, LARGE), 9);
    tl_outbox_acknowledge(box);
    tl_outbox_close(box);
    assert_int_equal(each_segment(NULL), 0);
    box = open_box(LARGE, false);
    assert_int_equal(next(box, "c", 0, LARGE), 0);
    tl_outbox_close(box);
}

static void second_process(void **state)
{
    (void)state;
    struct tl_error error = { 0 };
    struct tl_outbox *box = open_box(LARGE, false);
    assert_null(tl_outbox_open(folder, LARGE, false, &error));
    assert_non_null(strstr(error.text, "another process"));
    tl_outbox_close(box);
}

static void cut_tail(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(truncate(path, st.st_size - 1), 0);
}

static void flip_last(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDWR);
    char c;
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(pread(fd, &c, 1, st.st_size - 9), 1);
    c ^= 1;
    assert_int_equal(pwrite(fd, &c, 1, st.st_size - 9), 1);
    close(fd);
}

static void put_zeros(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(truncate(path, st.st_size + 4096), 0);
}

/* A write that was cut: what is before it is there, and nothing else is lost. */
static void torn_tail(void **state)
{
    static void (*const harms[])(const char *) = { cut_tail, flip_last };
    (void)state;
    for (size_t i = 0; i < TL_COUNT(harms); i++) {
        struct tl_outbox *box = open_box(LARGE, false);
        append(box, "a", 0, 10);
        append(box, "a", 10, 10);
        tl_outbox_close(box);
        each_segment(harms[i]);
        box = open_box(LARGE, false);
        assert_int_equal(tl_outbox_count(box).damaged, 0); /* a torn end is usual */
        append(box, "b", 0, 3);
        tl_outbox_close(box);
        each_segment(put_zeros); /* what a file system may leave after the power went */
        box = open_box(LARGE, false);
        assert_int_equal(next(box, "a", 0, LARGE), 10);
        tl_outbox_acknowledge(box);
        assert_int_equal(next(box, "b", 0, LARGE), 3);
        tl_outbox_acknowledge(box);
        assert_int_equal(tl_outbox_count(box).records, 0);
        tl_outbox_close(box);
    }
}

/* Every byte of a segment and of `acked` changed, and every length: no fault, and a frame is as it was or not there. */
static void changed_bytes(void **state)
{
    char segment[100], acked[100];
    uint8_t whole[512];
    (void)state;
    struct tl_outbox *box = open_box(LARGE, false);
    append(box, "a", 0, 2);
    append(box, "a", 2, 2);
    tl_outbox_close(box);
    snprintf(segment, sizeof segment, "%s/0000000000000001.seg", folder);
    snprintf(acked, sizeof acked, "%s/acked", folder);
    int fd = open(segment, O_RDONLY);
    ssize_t len = read(fd, whole, sizeof whole);
    close(fd);
    assert_true(len > 4 * LINE && len < (ssize_t)sizeof whole);
    for (ssize_t at = 0; at < 2 * len; at++) {
        fd = open(segment, O_RDWR | O_CREAT | O_TRUNC, 0600);
        bool cut = at >= len;
        if (!cut)
            whole[at] ^= 0xff;
        assert_int_equal(write(fd, whole, (size_t)(cut ? at - len : len)), cut ? at - len : len);
        if (!cut)
            whole[at] ^= 0xff;
        close(fd);
        remove(acked);
        box = open_box(LARGE, false);
        uint64_t count = next(box, "a", 0, LARGE);
        assert_true(count == 0 || count == 2);
        tl_outbox_close(box);
    }
    uint8_t junk[64];
    for (unsigned i = 0; i < 256; i++) {
        memset(junk, (int)i, sizeof junk);
        fd = open(acked, O_RDWR | O_CREAT | O_TRUNC, 0600);
        assert_int_equal(write(fd, junk, i % 64), i % 64);
        close(fd);
        tl_outbox_close(open_box(LARGE, false));
    }
}

/* A frame that changes after it was counted is left out, and what comes after its segment is not. */
static void changed_while_it_is_open(void **state)
{
    (void)state;
    struct tl_outbox *box = open_box(LARGE, false);
    append(box, "a", 0, 10);
    tl_outbox_close(box);
    box = open_box(LARGE, false);
    each_segment(flip_last);
    append(box, "b", 0, 3);
    assert_int_equal(next(box, "b", 0, LARGE), 3);
    tl_outbox_acknowledge(box);
    assert_int_equal(tl_outbox_count(box).dropped, 10);
    assert_int_equal(tl_outbox_count(box).damaged, 1);
    assert_int_equal(tl_outbox_count(box).records, 0);
    tl_outbox_close(box);
}

/* Without descriptors nothing can be read, and nothing is lost. */
static void unreadable(void **state)
{
    struct rlimit before, none = { .rlim_cur = 0 };
    (void)state;
    struct tl_outbox *box = open_box(LARGE, false);
    append(box, "a", 0, 10);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none.rlim_max = before.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_int_equal(next(box, "a", 0, LARGE), 0);
    assert_int_equal(tl_outbox_count(box).records, 10);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(next(box, "a", 0, LARGE), 10);
    assert_int_equal(tl_outbox_count(box).dropped, 0);
    tl_outbox_close(box);
}

static uint64_t size_on_disk;

static void add_size(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    size_on_disk += (uint64_t)st.st_size;
}

/* A full outbox takes nothing, or loses its oldest records; it never has more bytes than it may. */
static void full(void **state)
{
    enum { SIZE = 16 << 10, FRAMES = 400 };
    (void)state;
    for (unsigned oldest = 0; oldest < 2; oldest++) {
        struct tl_outbox *box = open_box(SIZE, oldest != 0);
        uint64_t stored = 0;
        for (uint64_t i = 0; i < FRAMES; i++) {
            stored += append(box, "a", i, 1) == TL_STORED;
            size_on_disk = 0;
            each_segment(add_size);
            assert_true(size_on_disk <= SIZE);
        }
        const struct tl_outbox_counts counts = tl_outbox_count(box);
        assert_true(oldest != 0 ? stored == FRAMES && counts.dropped > 0 : stored < FRAMES && counts.dropped == 0);
        assert_int_equal(counts.records + counts.dropped, stored);
        assert_int_equal(append(box, "b", 0, 1 + SIZE / LINE), TL_STORED_FAILED); /* it never fits, nothing goes */
        assert_int_equal(tl_outbox_count(box).records, counts.records);
        assert_int_equal(next(box, "a", counts.dropped, LARGE), counts.records);
        tl_outbox_acknowledge(box);
        assert_int_equal(append(box, "b", 0, 1), TL_STORED);
        assert_int_equal(next(box, "b", 0, LARGE), 1);
        tl_outbox_acknowledge(box);
        tl_outbox_close(box);
        assert_int_equal(each_segment(NULL), 0);
    }
}

/* What is being sent goes out of a full outbox: it is lost only if it is not sent in the end. */
static void dropped_while_it_is_sent(void **state)
{
    (void)state;
    for (unsigned sent = 0; sent < 2; sent++) {
        struct tl_outbox *box = open_box(8 << 10, true);
        append(box, "a", 0, 8);
        append(box, "a", 8, 8);
        assert_int_equal(next(box, "a", 0, 1), 8);
        for (uint64_t i = 0; i < 40; i++)
            append(box, "a", 16 + 8 * i, 8);
        const struct tl_outbox_counts before = tl_outbox_count(box);
        assert_true(before.dropped > 8);
        assert_int_equal(before.records + before.dropped, 16 + 8 * 40 - 8);
        if (sent != 0)
            tl_outbox_acknowledge(box);
        else
            tl_outbox_keep(box);
        assert_int_equal(tl_outbox_count(box).records, before.records);
        assert_int_equal(tl_outbox_count(box).dropped, before.dropped + (sent != 0 ? 0 : 8));
        assert_int_equal(next(box, "a", before.dropped + 8, LARGE), before.records);
        tl_outbox_acknowledge(box);
        assert_int_equal(tl_outbox_count(box).records, 0);
        tl_outbox_close(box);
    }
}

/* What is sent is counted without a look at the disk. */
static void acknowledged_without_descriptors(void **state)
{
    struct rlimit before, none = { .rlim_cur = 0 };
    (void)state;
    struct tl_outbox *box = open_box(LARGE, false);
    append(box, "a", 0, 10);
    append(box, "a", 10, 5);
    assert_int_equal(next(box, "a", 0, 1), 10);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none.rlim_max = before.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    tl_outbox_acknowledge(box);
    assert_int_equal(tl_outbox_count(box).records, 5);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(next(box, "a", 10, LARGE), 5);
    tl_outbox_acknowledge(box);
    assert_int_equal(tl_outbox_count(box).records, 0);
    tl_outbox_close(box);
}

static void refused(void **state)
{
    (void)state;
    struct stat st;
    char path[100];
    struct tl_error error = { 0 };
    struct rlimit before, small = { .rlim_cur = 7 }; /* bytes of a file: as a full disk */
    struct tl_outbox *box = open_box(LARGE, false);
    assert_true(tl_outbox_set_aside(box, (const uint8_t *)"{}\n", 3, &error));
    assert_true(tl_outbox_set_aside(box, (const uint8_t *)"{}\n", 3, &error));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_false(tl_outbox_set_aside(box, (const uint8_t *)"{}\n", 3, &error));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(error.kind, TL_E_RUNTIME);
    tl_outbox_close(box);
    snprintf(path, sizeof path, "%s/refused.json", folder);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 6);
    assert_int_equal(st.st_mode & 0777, 0600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(after_a_restart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(second_process, set_up, tear_down),
        cmocka_unit_test_setup_teardown(torn_tail, set_up, tear_down),
        cmocka_unit_test_setup_teardown(changed_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(changed_while_it_is_open, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unreadable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(full, set_up, tear_down),
        cmocka_unit_test_setup_teardown(dropped_while_it_is_sent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(acknowledged_without_descriptors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
