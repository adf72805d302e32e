/* output.c - buffered output of the sinks: write sizes, closed pipes, full disks, interrupted writes. */
#include "export_fixture.h"

#include <errno.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

enum { BUFFER = 65536, MUCH = 1 << 20 };

static uint8_t pattern(size_t i)
{
    return (uint8_t)(i * 31 + (i >> 8));
}

static off_t size_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_size;
}

static void writes_are_64_kib(void **state)
{
    (void)state;
    struct temporary file = temporary_file();
    struct tl_output *output = tl_output_open(file.path, NULL);
    assert_non_null(output);
    uint8_t *data = calloc(1, 3 * BUFFER);
    assert_int_equal(tl_output_write(output, data, BUFFER - 1, NULL), TL_E_NONE);
    assert_int_equal(size_of(file.path), 0);
    assert_int_equal(tl_output_write(output, data, 10, NULL), TL_E_NONE);
    assert_int_equal(size_of(file.path), BUFFER);
    assert_int_equal(tl_output_write(output, data, 2 * BUFFER + 5, NULL), TL_E_NONE);
    assert_int_equal(size_of(file.path), 3 * BUFFER);
    assert_int_equal(tl_output_flush(output, NULL), TL_E_NONE);
    assert_int_equal(size_of(file.path), 3 * BUFFER + 14);
    assert_int_equal(tl_output_close(output, NULL), TL_E_NONE);
    free(data);
    unlink(file.path);
}

static void everything_arrives_in_order(void **state)
{
    (void)state;
    struct temporary file = temporary_file();
    struct tl_output *output = tl_output_open(file.path, NULL);
    assert_non_null(output);
    static const size_t sizes[] = { 1, 0, 65535, 65536, 65537, 3, 200000, 131072, 7, 65529 };
    uint8_t *data = malloc(200000);
    size_t total = 0;
    for (unsigned round = 0; round < 40; round++) {
        size_t len = sizes[round % TL_COUNT(sizes)] + round % 3;
        len = len < 200000 ? len : 200000;
        for (size_t i = 0; i < len; i++)
            data[i] = pattern(total + i);
        total += len;
        assert_int_equal(tl_output_write(output, data, len, NULL), TL_E_NONE);
    }
    assert_int_equal(tl_output_close(output, NULL), TL_E_NONE);
    free(data);
    struct tl_buffer b = take_file(&file);
    assert_int_equal(b.len, total);
    for (size_t i = 0; i < total; i++)
        assert_int_equal(b.data[i], pattern(i));
    tl_buffer_fini(&b);
}

static void on_alarm(int number)
{
    (void)number;
}

/* In a child: standard output is a pipe with partial writes. */
static int write_in_pieces(int fd, bool nonblocking)
{
    struct sigaction action = { .sa_handler = on_alarm };
    struct itimerval timer = { { 0, 500 }, { 0, 500 } };
    if (dup2(fd, STDOUT_FILENO) < 0)
        return 10;
    if (nonblocking && fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK) != 0)
        return 11;
    if (!nonblocking && (sigaction(SIGALRM, &action, NULL) != 0 || setitimer(ITIMER_REAL, &timer, NULL) != 0))
        return 12;
    struct tl_error error = { 0 };
    struct tl_output *output = tl_output_open("-", &error);
    if (output == NULL)
        return 13;
    uint8_t *data = malloc(MUCH);
    for (size_t i = 0; data != NULL && i < MUCH; i++)
        data[i] = pattern(i);
    if (data == NULL || tl_output_write(output, data, MUCH - 1, &error) != TL_E_NONE ||
        tl_output_write(output, data + MUCH - 1, 1, &error) != TL_E_NONE || tl_output_gone(output))
        return 14;
    free(data);
    return (int)tl_output_close(output, &error);
}

static void pieces_are_put_together(bool nonblocking)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(fds[0]);
        _exit(write_in_pieces(fds[1], nonblocking));
    }
    close(fds[1]);
    size_t total = 0;
    for (;;) {
        uint8_t piece[5000];
        ssize_t n = read(fds[0], piece, sizeof piece);
        assert_true(n >= 0);
        if (n == 0)
            break;
        for (ssize_t i = 0; i < n; i++)
            assert_int_equal(piece[i], pattern(total + (size_t)i));
        total += (size_t)n;
        usleep(100);
    }
    close(fds[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(total, MUCH);
}

static void interrupted_writes_go_on(void **state)
{
    (void)state;
    pieces_are_put_together(false);
}

static void a_pipe_that_is_full_is_waited_for(void **state)
{
    (void)state;
    pieces_are_put_together(true);
}

static void a_closed_pipe_is_quiet(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fds[1]);
    struct tl_output *output = tl_output_open(path, NULL);
    assert_non_null(output);
    close(fds[1]);
    assert_false(tl_output_gone(output));
    close(fds[0]);
    struct tl_error error = { 0 };
    assert_int_equal(tl_output_write(output, "text\n", 5, &error), TL_E_NONE);
    assert_int_equal(tl_output_flush(output, &error), TL_E_NONE);
    assert_true(tl_output_gone(output));
    uint8_t *data = calloc(1, MUCH);
    assert_int_equal(tl_output_write(output, data, MUCH, &error), TL_E_NONE);
    free(data);
    assert_int_equal(tl_output_close(output, &error), TL_E_NONE);
    assert_int_equal(error.kind, TL_E_NONE);
}

static void full_disk_is_reported(void **state)
{
    (void)state;
    struct tl_error error = { 0 };
    struct tl_output *output = tl_output_open("/dev/full", &error);
    assert_non_null(output);
    assert_int_equal(tl_output_write(output, "text\n", 5, &error), TL_E_NONE);
    assert_int_equal(tl_output_close(output, &error), TL_E_RUNTIME);
    assert_string_equal(error.text, "cannot write /dev/full: No space left on device");

    error = (struct tl_error){ 0 };
    output = tl_output_open("/dev/full", &error);
    uint8_t *data = calloc(1, MUCH);
    assert_int_equal(tl_output_write(output, data, MUCH, &error), TL_E_RUNTIME);
    free(data);
    assert_false(tl_output_gone(output));
    assert_int_equal(tl_output_close(output, &error), TL_E_RUNTIME);
}

static void failed_open_is_reported(void **state)
{
    (void)state;
    struct tl_error error = { 0 };
    assert_null(tl_output_open("no-such-directory/file", &error));
    assert_int_equal(error.kind, TL_E_RUNTIME);
    assert_string_equal(error.text, "cannot write no-such-directory/file: No such file or directory");
    error = (struct tl_error){ 0 };
    assert_null(tl_output_open("/", &error));
    assert_int_equal(error.kind, TL_E_RUNTIME);
    if (geteuid() != 0) { /* root can write anywhere */
        error = (struct tl_error){ 0 };
        assert_null(tl_output_open("/taplight-test", &error));
        assert_int_equal(error.kind, TL_E_PERMISSION);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_are_64_kib),
        cmocka_unit_test(everything_arrives_in_order),
        cmocka_unit_test(interrupted_writes_go_on),
        cmocka_unit_test(a_pipe_that_is_full_is_waited_for),
        cmocka_unit_test(a_closed_pipe_is_quiet),
        cmocka_unit_test(full_disk_is_reported),
        cmocka_unit_test(failed_open_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
