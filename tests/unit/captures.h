/* captures.h - builds capture files in memory and reads them with a feed; for the tests of capture/. */
#ifndef TL_TESTS_CAPTURES_H
#define TL_TESTS_CAPTURES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/feed.h"

enum { IMAGE_SIZE = 1 << 16, READING_MOST = 512, READING_BLOCKS = 512 };

/* A file's bytes. */
struct image {
    uint8_t data[IMAGE_SIZE];
    size_t len;
    bool big_endian;
};

static inline void put(struct image *image, const void *data, size_t n)
{
    assert_true(n <= sizeof(image->data) - image->len);
    if (n != 0)
        memcpy(image->data + image->len, data, n);
    image->len += n;
}

static inline void put_number(struct image *image, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)(value >> 8 * (image->big_endian ? size - 1 - i : i));
        put(image, &byte, 1);
    }
}

static inline void put16(struct image *image, uint32_t value)
{
    put_number(image, value, 2);
}

static inline void put32(struct image *image, uint64_t value)
{
    put_number(image, value, 4);
}

/* Appends n bytes that identify their position. */
static inline void put_pattern(struct image *image, uint32_t seed, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        put_number(image, seed * 7 + i, 1);
}

static inline bool is_pattern(const uint8_t *p, uint32_t seed, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (p[i] != (uint8_t)(seed * 7 + i))
            return false;
    return true;
}

static inline void put_pcap_header(struct image *image, uint32_t magic, uint32_t major, uint32_t minor,
                                   uint32_t linktype)
{
    put32(image, magic);
    put16(image, major);
    put16(image, minor);
    put32(image, 0);
    put32(image, 0);
    put32(image, 65535);
    put32(image, linktype);
}

static inline void put_record(struct image *image, uint32_t seconds, uint32_t fraction, uint32_t caplen, uint32_t len)
{
    put32(image, seconds);
    put32(image, fraction);
    put32(image, caplen);
    put32(image, len);
    put_pattern(image, seconds, caplen);
}

/* Creates a file with these bytes; the caller closes *fd. */
static inline void put_file(const void *data, size_t len, int *fd, char path[64])
{
    *fd = memfd_create("capture", MFD_CLOEXEC);
    assert_true(*fd >= 0);
    for (size_t done = 0; done < len;) {
        ssize_t n = write(*fd, (const uint8_t *)data + done, len - done);
        assert_true(n > 0);
        done += (size_t)n;
    }
    snprintf(path, 64, "/proc/self/fd/%d", *fd);
}

/* A whole input; its blocks are held until reading_fini(). */
struct reading {
    struct tl_interfaces *interfaces;
    struct tl_source *source;
    struct tl_feed *feed;
    struct tl_block *blocks[READING_BLOCKS];
    uint32_t block_count;
    struct tl_packet packets[READING_MOST];
    uint32_t count;
    struct tl_extra extras[READING_MOST]; /* before: counted over the whole input */
    uint32_t extra_count;
    enum tl_failure failure;
    struct tl_error error;
};

/* Reads open sources; sources and interfaces missing in options are filled in. */
static inline void reading_run(struct reading *r, struct tl_feed_options options)
{
    if (options.sources == NULL) {
        options.sources = &r->source;
        options.source_count = 1;
    }
    options.interfaces = r->interfaces;
    options.block_count = READING_BLOCKS;
    r->feed = tl_feed_new(&options, &r->error);
    assert_non_null(r->feed);
    for (bool last = false; !last;) {
        struct tl_block *block = tl_feed_next(r->feed);
        assert_non_null(block);
        assert_int_equal(block->sequence, r->block_count);
        assert_true(r->block_count < READING_BLOCKS);
        r->blocks[r->block_count++] = block;
        for (uint32_t i = 0; i < block->extra_count; i++) {
            assert_true(r->extra_count < READING_MOST);
            assert_true(block->extras[i].before <= block->count);
            r->extras[r->extra_count] = block->extras[i];
            r->extras[r->extra_count++].before += r->count;
        }
        for (uint32_t i = 0; i < block->count; i++) {
            assert_true(r->count < READING_MOST);
            r->packets[r->count++] = block->packets[i];
        }
        last = block->last;
    }
    assert_null(tl_feed_next(r->feed));
    r->failure = tl_feed_failure(r->feed, &r->error);
}

/* Opens and reads a file with these bytes. A file that fails to open has no packets. */
static inline void reading_init(struct reading *r, const void *data, size_t len)
{
    memset(r, 0, sizeof(*r));
    int fd;
    char path[64];
    put_file(data, len, &fd, path);
    r->interfaces = tl_interfaces_new();
    const struct tl_file_options options = { .memory = 1 << 24 };
    r->source = tl_file_open(path, r->interfaces, &options, &r->error);
    close(fd);
    if (r->source == NULL)
        r->failure = r->error.kind;
    else
        reading_run(r, (struct tl_feed_options){ .workers = 1, .block_packets = 4 });
}

static inline void reading_fini(struct reading *r)
{
    for (uint32_t i = 0; i < r->block_count; i++)
        tl_feed_release(r->feed, r->blocks[i]);
    tl_feed_free(r->feed);
    if (r->source != NULL)
        r->source->ops->close(r->source);
    tl_interfaces_free(r->interfaces);
}

static inline void assert_dropped(const struct reading *r, uint64_t kernel, uint64_t interface)
{
    struct tl_source_stats stats;
    r->source->ops->stats(r->source, &stats);
    assert_int_equal(stats.dropped_kernel, kernel);
    assert_int_equal(stats.dropped_interface, interface);
}

static inline void assert_says(const struct reading *r, enum tl_failure failure, const char *words)
{
    if (r->failure != failure || strstr(r->error.text, words) == NULL)
        fail_msg("failure %d \"%s\" instead of %d \"%s\"", (int)r->failure, r->error.text, (int)failure, words);
}

#endif
