/* input.c - tests of capture/input.c and capture/inflate.c: what cannot be opened, compression, pipes, mappings. */
#include "captures.h"

#include <lz4frame.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

static struct reading reading;

/* A growing file. */
struct bytes {
    uint8_t *data; /* owned */
    size_t len, capacity;
};

static void append(struct bytes *out, const void *data, size_t n)
{
    if (out->len + n >= out->capacity) {
        out->capacity = (out->len + n) * 2 + 1;
        out->data = realloc(out->data, out->capacity);
        assert_non_null(out->data);
    }
    memcpy(out->data + out->len, data, n);
    out->len += n;
}

enum { GZIP, ZSTD, LZ4, CODECS };

/* Appends one member or frame. */
static void compress_to(struct bytes *out, int codec, const void *data, size_t n)
{
    size_t room = n + n / 2 + 70000, made = 0;
    uint8_t *buffer = malloc(room);
    assert_non_null(buffer);
    if (codec == GZIP) {
        z_stream z = { .next_in = (z_const Bytef *)(uintptr_t)data,
                       .avail_in = (uInt)n,
                       .next_out = buffer,
                       .avail_out = (uInt)room };
        assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
        assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
        made = z.total_out;
        deflateEnd(&z);
    } else if (codec == ZSTD) {
        made = ZSTD_compress(buffer, room, data, n, 3);
        assert_false(ZSTD_isError(made));
    } else {
        const LZ4F_preferences_t preferences = { .frameInfo = { .contentChecksumFlag = LZ4F_contentChecksumEnabled } };
        made = LZ4F_compressFrame(buffer, room, data, n, &preferences);
        assert_false(LZ4F_isError(made));
    }
    append(out, buffer, made);
    free(buffer);
}

/* A capture of `count` packets with lengths up to `longest`, longer than a chunk in all. */
static struct bytes make_capture(uint32_t count, uint32_t longest)
{
    struct bytes out = { .len = 0 };
    struct image image = { .len = 0 };
    uint8_t *pattern = malloc((size_t)longest + 251);
    assert_non_null(pattern);
    for (uint32_t k = 0; k < longest + 251; k++)
        pattern[k] = (uint8_t)(k + (k >> 9));
    put_pcap_header(&image, 0xa1b2c3d4, 2, 4, 1);
    append(&out, image.data, image.len);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t len = (uint32_t)((uint64_t)i * 7919 % (longest + 1));
        image.len = 0;
        put32(&image, 1000 + i);
        put32(&image, 0);
        put32(&image, len);
        put32(&image, len);
        append(&out, image.data, image.len);
        append(&out, pattern + i % 251, len);
    }
    free(pattern);
    return out;
}

struct totals {
    uint64_t packets, bytes;
    enum tl_failure failure;
    struct tl_error error;
};

/* Reads an open source to its end, one block held back, and checks that the bytes are those of the capture `plain`. */
static void read_all(struct tl_source *source, struct tl_interfaces *interfaces, const struct bytes *plain,
                     struct totals *t)
{
    size_t offset = 24;
    const struct tl_feed_options options = { .sources = &source,
                                             .source_count = 1,
                                             .interfaces = interfaces,
                                             .workers = 1,
                                             .block_packets = 100,
                                             .block_count = 4 };
    struct tl_feed *feed = tl_feed_new(&options, &t->error);
    assert_non_null(feed);
    struct tl_block *held = NULL;
    for (bool last = false; !last;) {
        struct tl_block *block = tl_feed_next(feed);
        assert_non_null(block);
        last = block->last;
        for (uint32_t i = 0; i < block->count; i++) {
            const struct tl_packet *packet = &block->packets[i];
            assert_int_equal(packet->number, ++t->packets);
            t->bytes += packet->len;
            offset += 16;
            assert_true(offset + packet->caplen <= plain->len);
            if (packet->caplen != 0)
                assert_memory_equal(packet->bytes, plain->data + offset, packet->caplen);
            offset += packet->caplen;
        }
        if (held != NULL)
            tl_feed_release(feed, held);
        held = block;
    }
    tl_feed_release(feed, held);
    t->failure = tl_feed_failure(feed, &t->error);
    tl_feed_free(feed);
}

static void read_path(const char *path, bool mapped, size_t memory, const struct bytes *plain, struct totals *t)
{
    *t = (struct totals){ .packets = 0 };
    struct tl_interfaces *interfaces = tl_interfaces_new();
    const struct tl_file_options options = { .mapped = mapped, .memory = memory };
    struct tl_source *source = tl_file_open(path, interfaces, &options, &t->error);
    if (source != NULL) {
        struct tl_source_stats stats;
        read_all(source, interfaces, plain, t);
        source->ops->stats(source, &stats);
        if (t->failure == TL_E_NONE)
            assert_true(stats.input_bytes == 0 || stats.input_done == stats.input_bytes);
        source->ops->close(source);
    } else {
        t->failure = t->error.kind;
    }
    tl_interfaces_free(interfaces);
}

static void read_bytes(const struct bytes *file, bool mapped, size_t memory, const struct bytes *plain,
                       struct totals *t)
{
    int fd;
    char path[64];
    put_file(file->data, file->len, &fd, path);
    read_path(path, mapped, memory, plain, t);
    close(fd);
}

struct writer {
    const struct bytes *file;
    int fd;
    size_t piece;
    unsigned pause; /* us between pieces */
};

static void *write_pieces(void *context)
{
    const struct writer *w = context;
    for (size_t done = 0; done < w->file->len;) {
        size_t n = w->file->len - done < w->piece ? w->file->len - done : w->piece;
        ssize_t written = write(w->fd, w->file->data + done, n);
        if (written <= 0)
            break;
        done += (size_t)written;
        if (w->pause != 0)
            usleep(w->pause);
    }
    close(w->fd);
    return NULL;
}

static void read_pipe(const struct bytes *file, size_t piece, unsigned pause, const struct bytes *plain,
                      struct totals *t)
{
    int fds[2];
    char path[64];
    assert_int_equal(pipe(fds), 0);
    struct writer writer = { file, fds[1], piece, pause };
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, write_pieces, &writer), 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
    read_path(path, true, 1 << 24, plain, t);
    close(fds[0]);
    pthread_join(thread, NULL);
}

static void check_totals(const struct totals *t, const struct totals *expected)
{
    if (t->failure != expected->failure)
        fail_msg("failure %d: %s", (int)t->failure, t->error.text);
    assert_int_equal(t->packets, expected->packets);
    assert_int_equal(t->bytes, expected->bytes);
}

/* Mapped, read, with little memory, piped: the same packets. */
static void test_plain(void **state)
{
    (void)state;
    struct bytes file = make_capture(3000, 3000);
    struct totals expected = { .packets = 3000 }, t;
    for (uint32_t i = 0; i < 3000; i++)
        expected.bytes += (uint64_t)i * 7919 % 3001;
    read_bytes(&file, true, 1 << 24, &file, &t);
    check_totals(&t, &expected);
    read_bytes(&file, false, 1 << 24, &file, &t);
    check_totals(&t, &expected);
    read_bytes(&file, false, 0, &file, &t);
    check_totals(&t, &expected);
    read_pipe(&file, 1 << 20, 0, &file, &t);
    check_totals(&t, &expected);
    read_pipe(&file, 33333, 100, &file, &t);
    check_totals(&t, &expected);
    free(file.data);
}

/* Packets that are longer than a chunk is, where chunks are small, and longer than the room before a chunk. */
static void test_long_packets(void **state)
{
    (void)state;
    struct bytes file = make_capture(60, 262144);
    for (int codec = -1; codec < CODECS; codec++) {
        struct bytes stored = { .len = 0 };
        if (codec < 0)
            append(&stored, file.data, file.len);
        else
            compress_to(&stored, codec, file.data, file.len);
        struct totals expected, t;
        read_bytes(&file, true, 0, &file, &expected);
        assert_int_equal(expected.packets, 60);
        assert_int_equal(expected.failure, TL_E_NONE);
        read_bytes(&stored, false, 0, &file, &t);
        check_totals(&t, &expected);
        read_bytes(&stored, false, 1 << 24, &file, &t);
        check_totals(&t, &expected);
        read_pipe(&stored, 50000, 50, &file, &t);
        check_totals(&t, &expected);
        free(stored.data);
    }
    free(file.data);
}

static void test_compressed(void **state)
{
    (void)state;
    struct bytes file = make_capture(3000, 3000);
    struct totals expected, t;
    read_bytes(&file, true, 1 << 24, &file, &expected);
    assert_int_equal(expected.packets, 3000);
    for (int codec = 0; codec < CODECS; codec++) {
        struct bytes one = { .len = 0 }, many = { .len = 0 };
        compress_to(&one, codec, file.data, file.len);
        for (size_t done = 0; done < file.len; done += 777777)
            compress_to(&many, codec, file.data + done, file.len - done < 777777 ? file.len - done : 777777);
        read_bytes(&one, true, 1 << 24, &file, &t);
        check_totals(&t, &expected);
        read_bytes(&many, false, 1 << 24, &file, &t);
        check_totals(&t, &expected);
        read_bytes(&many, true, 0, &file, &t);
        check_totals(&t, &expected);
        read_pipe(&one, 9999, 20, &file, &t);
        check_totals(&t, &expected);
        free(one.data);
        free(many.data);
    }
    free(file.data);
}

/* Cut at any place: the packets before it, and one line that says so. */
static void test_compressed_cut(void **state)
{
    (void)state;
    struct bytes file = make_capture(200, 500);
    for (int codec = 0; codec < CODECS; codec++) {
        struct bytes stored = { .len = 0 };
        compress_to(&stored, codec, file.data, file.len);
        size_t whole = stored.len;
        for (size_t len = 4; len < whole; len += whole / 40 + 1) {
            struct totals t;
            stored.len = len;
            read_bytes(&stored, true, 1 << 24, &file, &t);
            assert_int_equal(t.failure, TL_E_DAMAGED);
            assert_true(t.packets <= 200);
            assert_non_null(strstr(t.error.text, "cut short at byte"));
        }
        free(stored.data);
    }
    free(file.data);
}

static void test_compressed_damage(void **state)
{
    (void)state;
    struct bytes file = make_capture(200, 500);
    for (int codec = 0; codec < CODECS; codec++) {
        struct bytes stored = { .len = 0 };
        struct totals t;
        compress_to(&stored, codec, file.data, file.len);
        append(&stored, "garbage", 7);
        read_bytes(&stored, true, 1 << 24, &file, &t);
        assert_int_equal(t.packets, 200);
        assert_int_equal(t.failure, TL_E_DAMAGED);
        assert_non_null(strstr(t.error.text, "data before byte"));
        free(stored.data);
    }
    struct bytes padded = { .len = 0 };
    struct totals t;
    compress_to(&padded, GZIP, file.data, file.len);
    append(&padded, "\0\0\0\0\0\0\0", 8);
    read_bytes(&padded, true, 1 << 24, &file, &t);
    assert_int_equal(t.packets, 200);
    assert_int_equal(t.failure, TL_E_NONE);
    padded.data[padded.len - 16] ^= 1; /* the check sum */
    read_bytes(&padded, true, 1 << 24, &file, &t);
    assert_int_equal(t.failure, TL_E_DAMAGED);
    free(padded.data);
    free(file.data);
}

static void refuse(const char *path, enum tl_failure failure, const char *words)
{
    struct totals t;
    read_path(path, true, 1 << 24, NULL, &t);
    if (t.failure != failure || strstr(t.error.text, words) == NULL)
        fail_msg("%s: %d %s", path, (int)t.failure, t.error.text);
    assert_null(strchr(t.error.text, '\n'));
    assert_memory_equal(t.error.text, path, strlen(path));
}

static void test_refused(void **state)
{
    (void)state;
    refuse("/no/such/file", TL_E_RUNTIME, ": no such file");
    refuse("/proc/self", TL_E_RUNTIME, ": a directory, not a capture file");
    static const struct {
        const char *data;
        size_t len;
        const char *words;
    } cases[] = {
        { "", 0, ": empty file" },
        { "\xd4\xc3\xb2", 3, ": not a capture file (pcap or pcapng, plain or gzip, zstd, lz4)" },
        { "hello, world\n", 13, ": not a capture file (pcap or pcapng, plain or gzip, zstd, lz4)" },
        { "\x1f\x8b\x08\x00", 4, ": the gzip data is cut short" },
        { "\x1f\x8bnonsense", 10, ": damaged gzip data before byte" },
        { "\x28\xb5\x2f\xfdnonsense........", 20, "zstd data" },
        { "\x04\x22\x4d\x18nonsense........", 20, "lz4 data" },
    };
    for (size_t i = 0; i < TL_COUNT(cases); i++) {
        int fd;
        char path[64];
        put_file(cases[i].data, cases[i].len, &fd, path);
        refuse(path, TL_E_DAMAGED, cases[i].words);
        close(fd);
    }
    struct bytes text = { .len = 0 }, nothing = { .len = 0 };
    struct totals t;
    compress_to(&text, GZIP, "hello", 5);
    read_bytes(&text, true, 1 << 24, NULL, &t);
    assert_int_equal(t.failure, TL_E_DAMAGED);
    assert_non_null(strstr(t.error.text, ": not a capture file"));
    free(text.data);
    read_pipe(&nothing, 1, 0, NULL, &t);
    assert_int_equal(t.failure, TL_E_DAMAGED);
    assert_non_null(strstr(t.error.text, ": empty input"));
}

/* Root may read everything: it becomes somebody else for this. */
static void test_no_permission(void **state)
{
    (void)state;
    char path[] = P_tmpdir "/taplight-input-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, 0), 0);
    close(fd);
    uid_t user = geteuid();
    if (user == 0)
        assert_int_equal(seteuid(65534), 0);
    struct totals t;
    read_path(path, true, 1 << 24, NULL, &t);
    if (user == 0)
        assert_int_equal(seteuid(0), 0);
    unlink(path);
    assert_int_equal(t.failure, TL_E_PERMISSION);
    assert_non_null(strstr(t.error.text, ": no permission to read it"));
}

/* What came through a pipe is handed on although the writer says nothing more; stop() ends the waiting. */
static void wait_and_stop(int codec)
{
    int fds[2];
    char path[64];
    assert_int_equal(pipe(fds), 0);
    struct bytes file = make_capture(5, 100), stored = { .len = 0 };
    if (codec < 0)
        append(&stored, file.data, file.len);
    else
        compress_to(&stored, codec, file.data, file.len);
    assert_int_equal(write(fds[1], stored.data, stored.len), stored.len);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
    struct tl_interfaces *interfaces = tl_interfaces_new();
    struct tl_error error = { .kind = TL_E_NONE };
    const struct tl_file_options file_options = { .memory = 1 << 24 };
    struct tl_source *source = tl_file_open(path, interfaces, &file_options, &error);
    assert_non_null(source);
    const struct tl_feed_options options = {
        .sources = &source, .source_count = 1, .workers = 1, .block_packets = 100, .block_count = 2
    };
    struct tl_feed *feed = tl_feed_new(&options, &error);
    struct tl_block *block = tl_feed_next(feed);
    assert_int_equal(block->count, 5);
    assert_false(block->last);
    tl_feed_release(feed, block);
    tl_feed_stop(feed);
    block = tl_feed_next(feed);
    assert_int_equal(block->count, 0);
    assert_true(block->last);
    tl_feed_release(feed, block);
    assert_int_equal(tl_feed_failure(feed, &error), TL_E_NONE);
    tl_feed_free(feed);
    source->ops->close(source);
    tl_interfaces_free(interfaces);
    close(fds[0]);
    close(fds[1]);
    free(file.data);
    free(stored.data);
}

static void test_waiting_pipe(void **state)
{
    (void)state;
    for (int codec = -1; codec < CODECS; codec++)
        wait_and_stop(codec);
}

static void *stop_later(void *source)
{
    usleep(20000);
    ((struct tl_source *)source)->ops->stop(source);
    return NULL;
}

/* stop() wakes a next() that sleeps already. */
static void test_stop_wakes(void **state)
{
    (void)state;
    int fds[2];
    char path[64];
    assert_int_equal(pipe(fds), 0);
    struct bytes file = make_capture(0, 0);
    assert_int_equal(write(fds[1], file.data, file.len), file.len);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
    memset(&reading, 0, sizeof(reading));
    reading.interfaces = tl_interfaces_new();
    const struct tl_file_options file_options = { .memory = 1 << 24 };
    reading.source = tl_file_open(path, reading.interfaces, &file_options, &reading.error);
    assert_non_null(reading.source);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stop_later, reading.source), 0);
    reading_run(&reading, (struct tl_feed_options){ .workers = 1, .block_packets = 4 });
    assert_int_equal(reading.count, 0);
    assert_int_equal(reading.failure, TL_E_NONE);
    pthread_join(thread, NULL);
    reading_fini(&reading);
    close(fds[0]);
    close(fds[1]);
    free(file.data);
}

static struct tl_source *mapped_source;

static void on_bus_error(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (!mapped_source->ops->fault(mapped_source, info->si_addr))
        signal(number, SIG_DFL);
}

/* A mapped file that becomes shorter: what is whole is given, the rest said; no bytes that are not there. */
static void test_cut_mapping(void **state)
{
    (void)state;
    struct bytes file = make_capture(1000, 100);
    int fd;
    char path[64];
    struct tl_error error = { .kind = TL_E_NONE };
    struct tl_block block = { .capacity = 600, .extra_capacity = 8 };
    block.packets = calloc(block.capacity, sizeof(*block.packets));
    block.extras = calloc(block.extra_capacity, sizeof(*block.extras));
    put_file(file.data, file.len, &fd, path);
    struct tl_interfaces *interfaces = tl_interfaces_new();
    const struct tl_file_options options = { .mapped = true, .memory = 1 << 24 };
    struct tl_source *source = tl_file_open(path, interfaces, &options, &error);
    assert_non_null(source);
    struct sigaction before;
    const struct sigaction handler = { .sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO };
    mapped_source = source;
    assert_int_equal(sigaction(SIGBUS, &handler, &before), 0);
    bool end = false;
    assert_int_equal(source->ops->next(source, &block, 500, &end, &error), TL_E_NONE);
    assert_int_equal(block.count, 500);
    assert_false(end);
    uint64_t size = block.file_end - 1000;
    assert_int_equal(ftruncate(fd, (off_t)size), 0);
    assert_int_equal(source->ops->next(source, &block, 50, &end, &error), TL_E_DAMAGED);
    assert_true(end);
    assert_non_null(strstr(error.text, "the file was cut while it was read"));
    assert_int_equal(block.count, 500);
    assert_int_equal(block.packets[499].flags, TL_PACKET_CUT_BY_FILE);
    assert_int_equal(block.packets[499].caplen, 0);
    assert_int_equal(block.packets[100].flags, 0);
    assert_true(block.packets[100].caplen > 0);
    assert_int_equal(sigaction(SIGBUS, &before, NULL), 0);
    struct tl_source_stats stats;
    source->ops->stats(source, &stats);
    assert_true(stats.cut);
    source->ops->release(source, &block);
    source->ops->close(source);
    tl_interfaces_free(interfaces);
    free(block.packets);
    free(block.extras);
    free(file.data);
    close(fd);
}

/* fault() puts a readable page of zeros where the file is gone, and knows which addresses are its own. */
static void test_fault(void **state)
{
    (void)state;
    struct bytes file = make_capture(1000, 100);
    int fd;
    char path[64];
    put_file(file.data, file.len, &fd, path);
    memset(&reading, 0, sizeof(reading));
    reading.interfaces = tl_interfaces_new();
    const struct tl_file_options options = { .mapped = true, .memory = 1 << 24 };
    reading.source = tl_file_open(path, reading.interfaces, &options, &reading.error);
    assert_non_null(reading.source);
    struct tl_feed_options feed_options = { .workers = 1, .block_packets = 400, .most = 400 };
    reading_run(&reading, feed_options);
    assert_int_equal(reading.failure, TL_E_NONE);
    const struct tl_packet *packet = &reading.packets[399];
    assert_true(packet->caplen > 0);
    assert_int_equal(ftruncate(fd, 4096), 0);
    assert_true(reading.source->ops->fault(reading.source, (void *)(uintptr_t)packet->bytes));
    assert_int_equal(packet->bytes[0], 0);
    assert_false(reading.source->ops->fault(reading.source, &reading));
    assert_false(reading.source->ops->fault(reading.source, NULL));
    struct tl_error error = { .kind = TL_E_NONE };
    assert_int_equal(tl_feed_failure(reading.feed, &error), TL_E_DAMAGED);
    assert_non_null(strstr(error.text, "the file was cut while it was read"));
    reading_fini(&reading);
    free(file.data);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_long_packets),
        cmocka_unit_test(test_compressed),
        cmocka_unit_test(test_compressed_cut),
        cmocka_unit_test(test_compressed_damage),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_permission),
        cmocka_unit_test(test_waiting_pipe),
        cmocka_unit_test(test_stop_wakes),
        cmocka_unit_test(test_cut_mapping),
        cmocka_unit_test(test_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
