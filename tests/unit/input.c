/* input.c - tests of capture/input.c and capture/inflate.c: open errors, compression, pipes, truncated files. */
#include "captures.h"

#include "capture/input.h"

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

/* Makes a capture of `count` packets with lengths up to `longest`, longer than a chunk in total. */
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

/* Reads an open source to its end, holding one block back, and compares the bytes with the capture `plain`. */
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

static void read_path(const char *path, size_t memory, const struct bytes *plain, struct totals *t)
{
    *t = (struct totals){ .packets = 0 };
    struct tl_interfaces *interfaces = tl_interfaces_new();
    const struct tl_file_options options = { .memory = memory };
    struct tl_source *source = tl_file_open(path, interfaces, &options, &t->error);
    if (source != NULL) {
        struct tl_source_stats stats;
        read_all(source, interfaces, plain, t);
        source->ops->stats(source, &stats);
        struct stat st;
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(stats.input_bytes, S_ISREG(st.st_mode) ? st.st_size : 0);
        if (t->failure == TL_E_NONE && S_ISREG(st.st_mode))
            assert_int_equal(stats.input_done, stats.input_bytes);
        source->ops->close(source);
    } else {
        t->failure = t->error.kind;
    }
    tl_interfaces_free(interfaces);
}

static void read_bytes(const struct bytes *file, size_t memory, const struct bytes *plain, struct totals *t)
{
    int fd;
    char path[64];
    put_file(file->data, file->len, &fd, path);
    read_path(path, memory, plain, t);
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
    read_path(path, 1 << 24, plain, t);
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

/* From a file, with little memory, piped: the same packets. */
static void test_plain(void **state)
{
    (void)state;
    struct bytes file = make_capture(3000, 3000);
    struct totals expected = { .packets = 3000 }, t;
    for (uint32_t i = 0; i < 3000; i++)
        expected.bytes += (uint64_t)i * 7919 % 3001;
    read_bytes(&file, 1 << 24, &file, &t);
    check_totals(&t, &expected);
    read_bytes(&file, 0, &file, &t);
    check_totals(&t, &expected);
    read_pipe(&file, 1 << 20, 0, &file, &t);
    check_totals(&t, &expected);
    read_pipe(&file, 33333, 100, &file, &t);
    check_totals(&t, &expected);
    free(file.data);
}

/* Packets longer than a small chunk, and longer than the room before a chunk. */
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
        read_bytes(&file, 0, &file, &expected);
        assert_int_equal(expected.packets, 60);
        assert_int_equal(expected.failure, TL_E_NONE);
        read_bytes(&stored, 0, &file, &t);
        check_totals(&t, &expected);
        read_bytes(&stored, 1 << 24, &file, &t);
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
    read_bytes(&file, 1 << 24, &file, &expected);
    assert_int_equal(expected.packets, 3000);
    for (int codec = 0; codec < CODECS; codec++) {
        struct bytes one = { .len = 0 }, many = { .len = 0 };
        compress_to(&one, codec, file.data, file.len);
        for (size_t done = 0; done < file.len; done += 777777)
            compress_to(&many, codec, file.data + done, file.len - done < 777777 ? file.len - done : 777777);
        read_bytes(&one, 1 << 24, &file, &t);
        check_totals(&t, &expected);
        read_bytes(&many, 1 << 24, &file, &t);
        check_totals(&t, &expected);
        read_bytes(&many, 0, &file, &t);
        check_totals(&t, &expected);
        read_pipe(&one, 9999, 20, &file, &t);
        check_totals(&t, &expected);
        free(one.data);
        free(many.data);
    }
    free(file.data);
}

/* Truncated anywhere: the packets before, and one line with the place. */
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
            read_bytes(&stored, 1 << 24, &file, &t);
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
        read_bytes(&stored, 1 << 24, &file, &t);
        assert_int_equal(t.packets, 200);
        assert_int_equal(t.failure, TL_E_DAMAGED);
        assert_non_null(strstr(t.error.text, "data before byte"));
        free(stored.data);
    }
    struct bytes padded = { .len = 0 };
    struct totals t;
    compress_to(&padded, GZIP, file.data, file.len);
    append(&padded, "\0\0\0\0\0\0\0", 8);
    read_bytes(&padded, 1 << 24, &file, &t);
    assert_int_equal(t.packets, 200);
    assert_int_equal(t.failure, TL_E_NONE);
    padded.data[padded.len - 16] ^= 1; /* the check sum */
    read_bytes(&padded, 1 << 24, &file, &t);
    assert_int_equal(t.failure, TL_E_DAMAGED);
    free(padded.data);
    free(file.data);
}

/* Compresses without telling the size, so that the frame's header has a window: byte 5 (RFC 8878 section 3.1.1.1.2). */
static struct bytes zstd_with_window(const struct bytes *plain, uint8_t window)
{
    struct bytes out = { .len = 0 };
    uint8_t *buffer = malloc(plain->len + 70000);
    ZSTD_CCtx *context = ZSTD_createCCtx();
    assert_non_null(buffer);
    assert_non_null(context);
    ZSTD_inBuffer in = { plain->data, plain->len, 0 };
    ZSTD_outBuffer room = { buffer, plain->len + 70000, 0 };
    assert_int_equal(ZSTD_compressStream2(context, &room, &in, ZSTD_e_flush), 0);
    assert_int_equal(ZSTD_compressStream2(context, &room, &in, ZSTD_e_end), 0);
    ZSTD_freeCCtx(context);
    assert_int_equal(buffer[4] & 0x20, 0); /* no single segment */
    buffer[5] = window; /* a larger one is as good */
    append(&out, buffer, room.pos);
    free(buffer);
    return out;
}

/* A large window is no damage: the message names the --mem that it takes. */
static void test_zstd_windows(void **state)
{
    (void)state;
    enum { MIB = 1 << 20 };
    static const struct {
        uint8_t exponent, mantissa; /* 2^(10 + exponent) * (1 + mantissa / 8) */
        size_t memory;              /* a sixteenth of --mem */
        const char *words;          /* NULL: read */
    } cases[] = {
        { 13, 0, 1 * MIB, NULL },
        { 13, 1, 1 * MIB, "a window of 9 MiB: give --mem 128M" },
        { 14, 0, 8 * MIB, NULL },
        { 17, 0, 64 * MIB, NULL }, /* zstd --long=27, and the default of --mem */
        { 17, 0, 63 * MIB, "a window of 128 MiB: give --mem 1G" },
        { 17, 1, 64 * MIB, "a window of 144 MiB: give --mem 2G" },
        { 18, 0, 64 * MIB, "a window of 256 MiB: give --mem 2G" },
        { 18, 0, 128 * MIB, NULL },
        { 21, 0, 64 * MIB, "a window of 2048 MiB: give --mem 16G" },
        { 22, 0, 64 * MIB, "a window of 4096 MiB: at most 2048 MiB are supported" },
    };
    struct bytes file = make_capture(200, 500);
    for (size_t i = 0; i < TL_COUNT(cases); i++) {
        struct totals t;
        struct bytes stored = zstd_with_window(&file, (uint8_t)(cases[i].exponent << 3 | cases[i].mantissa));
        read_bytes(&stored, cases[i].memory, &file, &t);
        if (t.failure != (cases[i].words == NULL ? TL_E_NONE : TL_E_RUNTIME) ||
            (cases[i].words != NULL && strstr(t.error.text, cases[i].words) == NULL))
            fail_msg("%zu: %d %s", i, (int)t.failure, t.error.text);
        assert_int_equal(t.packets, cases[i].words == NULL ? 200 : 0);
        free(stored.data);
    }
    /* In the second frame, whose header comes in pieces. */
    struct bytes stored = { .len = 0 }, rest = zstd_with_window(&file, 21 << 3);
    struct totals t;
    compress_to(&stored, ZSTD, file.data, file.len);
    append(&stored, rest.data, rest.len);
    read_pipe(&stored, 1, 0, &file, &t);
    assert_int_equal(t.packets, 200);
    assert_int_equal(t.failure, TL_E_RUNTIME);
    assert_non_null(strstr(t.error.text, "a window of 2048 MiB: give --mem 16G"));
    free(rest.data);
    free(stored.data);
    free(file.data);
}

static void append_skippable(struct bytes *out, uint8_t kind, uint32_t len)
{
    struct image head = { .len = 0 };
    uint8_t *data = calloc(1, (size_t)len + 1);
    assert_non_null(data);
    put32(&head, 0x184d2a50 | kind);
    put32(&head, len);
    append(out, head.data, head.len);
    append(out, data, len);
    free(data);
}

/* Skippable frames belong to zstd and to lz4: what follows decides. */
static void test_skippable_frames(void **state)
{
    (void)state;
    static const struct {
        uint32_t lens[3]; /* UINT32_MAX: no frame */
        int codec;        /* CODECS: nothing follows; -1: other data */
        enum tl_failure failure;
        const char *words;
    } cases[] = {
        { { 4, UINT32_MAX, UINT32_MAX }, LZ4, TL_E_NONE, "" },
        { { 4, UINT32_MAX, UINT32_MAX }, ZSTD, TL_E_NONE, "" },
        { { 0, 0, 700 }, LZ4, TL_E_NONE, "" },
        { { 0, 0, 700 }, ZSTD, TL_E_NONE, "" },
        { { 600000, 1, UINT32_MAX }, LZ4, TL_E_NONE, "" },
        { { 5, 300000, 2 }, ZSTD, TL_E_NONE, "" },
        { { 8, UINT32_MAX, UINT32_MAX }, GZIP, TL_E_DAMAGED, "neither zstd nor lz4 data after a skippable frame" },
        { { 8, 9, UINT32_MAX }, -1, TL_E_DAMAGED, "neither zstd nor lz4 data after a skippable frame" },
        { { 8, 9, 10 }, CODECS, TL_E_DAMAGED, "empty" },
    };
    struct bytes file = make_capture(200, 500);
    for (size_t i = 0; i < TL_COUNT(cases); i++) {
        struct bytes stored = { .len = 0 };
        struct totals t[2];
        for (size_t k = 0; k < 3 && cases[i].lens[k] != UINT32_MAX; k++)
            append_skippable(&stored, (uint8_t)(i + k), cases[i].lens[k]);
        if (cases[i].codec < 0)
            append(&stored, "other data", 10);
        else if (cases[i].codec < CODECS)
            compress_to(&stored, cases[i].codec, file.data, file.len);
        read_bytes(&stored, 1 << 24, &file, &t[0]);
        read_pipe(&stored, i % 2 == 0 && stored.len < 200000 ? 3 : 50000, 0, &file, &t[1]);
        for (unsigned k = 0; k < 2; k++) {
            if (t[k].failure != cases[i].failure || strstr(t[k].error.text, cases[i].words) == NULL)
                fail_msg("%zu: %d %s", i, (int)t[k].failure, t[k].error.text);
            assert_int_equal(t[k].packets, cases[i].failure == TL_E_NONE ? 200 : 0);
        }
        free(stored.data);
    }
    struct bytes cut = { .len = 0 };
    struct totals t;
    append_skippable(&cut, 0, 100);
    cut.len -= 1;
    read_bytes(&cut, 1 << 24, &file, &t);
    assert_int_equal(t.failure, TL_E_DAMAGED);
    assert_non_null(strstr(t.error.text, "cut short at byte 107"));
    free(cut.data);
    free(file.data);
}

static void refuse(const char *path, enum tl_failure failure, const char *words)
{
    struct totals t;
    read_path(path, 1 << 24, NULL, &t);
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
        { "\xd4\xc3\xb2", 3, ": not a capture file (pcap, pcapng or snoop, plain or gzip, zstd, lz4)" },
        { "hello, world\n", 13, ": not a capture file (pcap, pcapng or snoop, plain or gzip, zstd, lz4)" },
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
    read_bytes(&text, 1 << 24, NULL, &t);
    assert_int_equal(t.failure, TL_E_DAMAGED);
    assert_non_null(strstr(t.error.text, ": not a capture file"));
    free(text.data);
    read_pipe(&nothing, 1, 0, NULL, &t);
    assert_int_equal(t.failure, TL_E_DAMAGED);
    assert_non_null(strstr(t.error.text, ": empty input"));
}

/* Root can read everything, so the test changes to another user. */
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
    read_path(path, 1 << 24, NULL, &t);
    if (user == 0)
        assert_int_equal(seteuid(0), 0);
    unlink(path);
    assert_int_equal(t.failure, TL_E_PERMISSION);
    assert_non_null(strstr(t.error.text, ": no permission to read the file"));
}

/* Data from a pipe is returned even if the writer pauses; stop() ends the wait. */
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

/* stop() wakes a sleeping next(). */
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

/* Opens a file of these bytes, reads `first` packets, truncates it to `size` bytes and reads the rest. */
static void read_cut(const struct bytes *file, uint32_t first, size_t size, const struct bytes *plain,
                     struct totals *t)
{
    int fd;
    char path[64];
    *t = (struct totals){ .packets = 0 };
    struct tl_block block = { .capacity = first, .extra_capacity = 1 };
    struct tl_extra extra;
    block.extras = &extra;
    block.packets = calloc(first, sizeof(*block.packets));
    assert_non_null(block.packets);
    put_file(file->data, file->len, &fd, path);
    struct tl_interfaces *interfaces = tl_interfaces_new();
    const struct tl_file_options options = { .memory = 1 << 24 };
    struct tl_source *source = tl_file_open(path, interfaces, &options, &t->error);
    assert_non_null(source);
    size_t offset = 24;
    for (bool end = false; !end;) {
        t->failure = source->ops->next(source, &block, first, &end, &t->error);
        for (uint32_t i = 0; i < block.count; i++) {
            const struct tl_packet *packet = &block.packets[i];
            assert_true(offset + 16 + packet->caplen <= plain->len);
            if (packet->caplen != 0)
                assert_memory_equal(packet->bytes, plain->data + offset + 16, packet->caplen);
            offset += 16 + packet->caplen;
        }
        if (t->packets == 0)
            assert_int_equal(ftruncate(fd, (off_t)size), 0);
        t->packets += block.count;
        source->ops->release(source, &block);
        block.count = 0;
        block.backing = NULL;
    }
    t->bytes = offset;
    struct tl_source_stats stats;
    source->ops->stats(source, &stats);
    assert_int_equal(stats.input_bytes, file->len);
    source->ops->close(source);
    tl_interfaces_free(interfaces);
    free(block.packets);
    close(fd);
}

/* Returns the end of packet `count` (from 1) of make_capture(.., longest). */
static size_t end_of_packet(uint32_t count, uint32_t longest)
{
    size_t end = 24;
    for (uint32_t i = 0; i < count; i++)
        end += 16 + (uint32_t)((uint64_t)i * 7919 % (longest + 1));
    return end;
}

static void assert_cut(const struct totals *t, const char *where, uint64_t packet, uint64_t offset, const char *why)
{
    char words[128];
    snprintf(words, sizeof(words), ": cut short %s packet %llu at byte %llu: %s", where, (unsigned long long)packet,
             (unsigned long long)offset, why);
    if (t->failure != TL_E_DAMAGED || strstr(t->error.text, words) == NULL)
        fail_msg("failure %d \"%s\" instead of \"%s\"", (int)t->failure, t->error.text, words);
}

/* A file truncated while it is read: every packet before the cut, and one line with the place. */
static void test_cut(void **state)
{
    (void)state;
    enum { MANY = 20000, AT = 10001 };
    struct bytes file = make_capture(MANY, 100);
    size_t end = end_of_packet(AT, 100);
    struct totals t;
    assert_true(end > (size_t)TL_CHUNK_SIZE * 2); /* not read yet */
    read_cut(&file, 500, end, &file, &t);
    assert_int_equal(t.packets, AT);
    assert_cut(&t, "after", AT, end, "the file had");
    read_cut(&file, 500, end + 5, &file, &t);
    assert_int_equal(t.packets, AT);
    assert_cut(&t, "in", AT + 1, end, "a record header has 16 bytes, 5 are left");
    read_cut(&file, 500, end - 1, &file, &t);
    assert_int_equal(t.packets, AT - 1);
    assert_cut(&t, "in", AT, end_of_packet(AT - 1, 100), "the record has");
    read_cut(&file, 500, 100, &file, &t); /* before the current position */
    assert_true(t.packets >= 500 && t.packets < AT);
    assert_int_equal(t.failure, TL_E_DAMAGED);
    assert_cut(&t, "in", t.packets + 1, t.bytes, "");
    free(file.data);
}

/* The rest of a compressed file is valid; its length reveals the cut. */
static void test_cut_between_members(void **state)
{
    (void)state;
    struct bytes file = make_capture(120000, 100);
    size_t half = end_of_packet(100000, 100);
    for (int codec = 0; codec < CODECS; codec++) {
        struct bytes stored = { .len = 0 };
        struct totals t;
        compress_to(&stored, codec, file.data, half);
        size_t size = stored.len;
        assert_true(size > (size_t)TL_CHUNK_SIZE * 2); /* the end is not read yet */
        compress_to(&stored, codec, file.data + half, file.len - half);
        read_cut(&stored, 10, size, &file, &t);
        assert_int_equal(t.packets, 100000);
        assert_cut(&t, "after", 100000, half, "the file had");
        free(stored.data);
    }
    free(file.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_long_packets),
        cmocka_unit_test(test_compressed),
        cmocka_unit_test(test_compressed_cut),
        cmocka_unit_test(test_compressed_damage),
        cmocka_unit_test(test_zstd_windows),
        cmocka_unit_test(test_skippable_frames),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_permission),
        cmocka_unit_test(test_waiting_pipe),
        cmocka_unit_test(test_stop_wakes),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_cut_between_members),
    };
    signal(SIGPIPE, SIG_IGN); /* readers that fail leave the rest of a pipe */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
