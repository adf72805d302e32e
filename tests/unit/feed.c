/* feed.c - tests of capture/feed.c: numbers, engine time, filter, limit, shards, the pool of blocks. */
#include "captures.h"

#include <pthread.h>

static struct reading reading;

enum { START = 1500000000, YEAR = 31557600 };

/* An Ethernet frame with IPv4 UDP from port `port`. */
static void put_udp(struct image *image, uint32_t seconds, uint32_t port)
{
    const uint8_t frame[42] = { [12] = 8,
                                [14] = 0x45,
                                [17] = 28,
                                [22] = 64,
                                [23] = 17,
                                [26] = 10,
                                [30] = 10,
                                [34] = (uint8_t)(port >> 8),
                                [35] = (uint8_t)port,
                                [39] = 8 };
    put32(image, seconds);
    put32(image, 0);
    put32(image, sizeof(frame));
    put32(image, sizeof(frame));
    put(image, frame, sizeof(frame));
}

static void put_header(struct image *image)
{
    put_pcap_header(image, 0xa1b2c3d4, 2, 4, 1);
}

/* Opens a file of these bytes as a further source. */
static struct tl_source *open_image(const struct image *image)
{
    int fd;
    char path[64];
    put_file(image->data, image->len, &fd, path);
    const struct tl_file_options options = { .memory = 1 << 24 };
    struct tl_source *source = tl_file_open(path, reading.interfaces, &options, &reading.error);
    close(fd);
    assert_non_null(source);
    return source;
}

static void begin(const struct image *image)
{
    memset(&reading, 0, sizeof(reading));
    reading.interfaces = tl_interfaces_new();
    reading.source = open_image(image);
}

/* All kinds of batch sizes: numbers and engine times do not depend on block boundaries. */
static void test_blocks_do_not_show(void **state)
{
    (void)state;
    static const uint32_t seconds[] = {
        START,
        START + 1,
        START + YEAR,
        START + 2,
        START + 3,
        7,
        START + 4,
        START + 1000,
        START + 2000,
        START + 5000,
        START + 5001,
        START - YEAR,
        START - YEAR + 1,
        START - YEAR + 2,
        START + 9000,
        START + 9000,
        0,
        0xffffffff,
        START + 9001,
        START + 9100,
        5,
        6,
        7,
        START + 9101,
    };
    int64_t expected[TL_COUNT(seconds)];
    for (uint32_t size = TL_COUNT(seconds) + 1; size > 0; size--) {
        struct image image = { .len = 0 };
        put_header(&image);
        for (size_t i = 0; i < TL_COUNT(seconds); i++)
            put_udp(&image, seconds[i], 1);
        begin(&image);
        reading_run(&reading, (struct tl_feed_options){ .workers = 1, .block_packets = size });
        assert_int_equal(reading.failure, TL_E_NONE);
        assert_int_equal(reading.count, TL_COUNT(seconds));
        for (uint32_t i = 0; i < reading.count; i++) {
            assert_int_equal(reading.packets[i].number, i + 1);
            assert_int_equal(reading.packets[i].ts, seconds[i] * INT64_C(1000000000));
            if (size > TL_COUNT(seconds))
                expected[i] = reading.packets[i].etime;
            assert_int_equal(reading.packets[i].etime, expected[i]);
        }
        const struct tl_block *last = reading.blocks[reading.block_count - 1];
        assert_int_equal(last->mark, expected[TL_COUNT(seconds) - 1]);
        assert_int_equal(last->mark_number, TL_COUNT(seconds));
        reading_fini(&reading);
    }
    assert_int_equal(expected[2], (START + 1) * INT64_C(1000000000));
    assert_int_equal(expected[5], (START + 3) * INT64_C(1000000000));
    assert_int_equal(expected[9], (START + 5000) * INT64_C(1000000000));
    assert_int_equal(expected[12], (START + 5002) * INT64_C(1000000000));
}

/* Numbers include packets that the filter dropped; so do marks. */
static void test_filter(void **state)
{
    (void)state;
    for (uint32_t size = 1; size <= 12; size++) {
        struct image image = { .len = 0 };
        put_header(&image);
        for (uint32_t i = 1; i <= 30; i++)
            put_udp(&image, START + i, i % 3 == 0 ? 53 : 80);
        begin(&image);
        reading_run(&reading, (struct tl_feed_options){ .workers = 1, .block_packets = size, .filter = "port 53" });
        assert_int_equal(reading.count, 10);
        for (uint32_t i = 0; i < 10; i++) {
            assert_int_equal(reading.packets[i].number, (i + 1) * 3);
            assert_int_equal(reading.packets[i].etime, reading.packets[i].ts);
        }
        assert_int_equal(reading.blocks[reading.block_count - 1]->mark_number, 30);
        reading_fini(&reading);
    }
}

static void test_filter_does_not_compile(void **state)
{
    (void)state;
    struct tl_error error = { .kind = TL_E_NONE };
    const struct tl_feed_options options = { .workers = 1, .block_packets = 4, .block_count = 2, .filter = "port" };
    assert_null(tl_feed_new(&options, &error));
    assert_int_equal(error.kind, TL_E_USAGE);
}

static void put_block(struct image *image, uint32_t type, const struct image *body)
{
    uint32_t len = 12 + (uint32_t)body->len;
    put32(image, type);
    put32(image, len);
    put(image, body->data, body->len);
    put32(image, len);
}

/* pcapng: name blocks before packets 1, 3, 5, ...; packets at even places are filtered out. */
static void test_extras_move(void **state)
{
    (void)state;
    static struct image image, body;
    image.len = body.len = 0;
    put32(&body, 0x1a2b3c4d);
    put32(&body, 1);
    put32(&body, 0xffffffff);
    put32(&body, 0xffffffff);
    put_block(&image, 0x0a0d0d0a, &body);
    body.len = 0;
    put32(&body, 1);
    put32(&body, 0);
    put_block(&image, 1, &body);
    for (uint32_t i = 1; i <= 9; i++) {
        body.len = 0;
        if (i % 2 == 1)
            put_block(&image, 100 + i, &body);
        for (int k = 0; k < 3; k++)
            put32(&body, 0);
        put32(&body, 42);
        put32(&body, 42);
        size_t at = body.len;
        put_udp(&body, 0, i % 2 == 0 ? 80 : 53);
        memmove(body.data + at, body.data + at + 16, 42);
        body.len = at + 44;
        put_block(&image, 6, &body);
    }
    body.len = 0;
    put_block(&image, 199, &body);
    for (uint32_t size = 1; size <= 10; size++) {
        begin(&image);
        reading_run(&reading, (struct tl_feed_options){ .workers = 1, .block_packets = size, .filter = "port 53" });
        assert_int_equal(reading.failure, TL_E_NONE);
        assert_int_equal(reading.count, 5);
        assert_int_equal(reading.extra_count, 7);
        assert_int_equal(reading.extras[0].before, 0);
        for (uint32_t i = 0; i < 5; i++) {
            assert_int_equal(reading.packets[i].number, i * 2 + 1);
            assert_int_equal(reading.extras[i + 1].type, 101 + i * 2);
            assert_int_equal(reading.extras[i + 1].before, i);
        }
        assert_int_equal(reading.extras[6].before, 5);
        reading_fini(&reading);
        begin(&image);
        reading_run(&reading, (struct tl_feed_options){ .workers = 1, .block_packets = size, .most = 2 });
        assert_int_equal(reading.count, 2);
        assert_int_equal(reading.extra_count, 2);
        reading_fini(&reading);
    }
}

static void test_most(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < 48; k++) {
        uint32_t size = k / 4 + 1;
        const char *filter = k & 1 ? "port 53" : NULL;
        uint64_t most = k & 2 ? 4 : 10;
        struct image image = { .len = 0 };
        put_header(&image);
        for (uint32_t i = 1; i <= 30; i++)
            put_udp(&image, START + i * 100, i % 3 == 0 ? 53 : 80);
        begin(&image);
        reading_run(&reading,
                    (struct tl_feed_options){ .workers = 1, .block_packets = size, .filter = filter, .most = most });
        assert_int_equal(reading.count, most);
        const struct tl_block *last = reading.blocks[reading.block_count - 1];
        assert_int_equal(last->mark_number, filter != NULL ? most * 3 : most);
        assert_int_equal(last->mark, reading.packets[most - 1].etime);
        reading_fini(&reading);
    }
}

static void shard(const void *context, struct tl_packet *packets, uint32_t n, uint32_t workers)
{
    assert_ptr_equal(context, &reading);
    for (struct tl_packet *packet = packets; packet < packets + n; packet++) {
        packet->hash = packet->bytes[35];
        packet->shard = (uint16_t)(packet->bytes[35] % workers);
    }
}

/* Each worker's list has all its packets, in capture order. */
static void test_shards(void **state)
{
    (void)state;
    for (uint32_t workers = 1; workers <= 5; workers++) {
        struct image image = { .len = 0 };
        put_header(&image);
        for (uint32_t i = 0; i < 100; i++)
            put_udp(&image, START, i * i % 11);
        begin(&image);
        reading_run(&reading, (struct tl_feed_options){
                                  .workers = workers, .block_packets = 33,
                                  .sharding = { .shard = shard, .context = &reading } });
        assert_int_equal(reading.count, 100);
        for (uint32_t i = 0; i < 100; i++)
            assert_int_equal(reading.packets[i].hash, i * i % 11);
        for (uint32_t b = 0; b < reading.block_count; b++) {
            const struct tl_block *block = reading.blocks[b];
            assert_int_equal(block->order == NULL, workers == 1);
            assert_int_equal(block->start == NULL, workers == 1);
            if (workers == 1)
                continue;
            assert_int_equal(block->start[0], 0);
            assert_int_equal(block->start[workers], block->count);
            for (uint32_t w = 0; w < workers; w++)
                for (uint32_t k = block->start[w]; k < block->start[w + 1]; k++) {
                    assert_int_equal(block->packets[block->order[k]].shard, w);
                    assert_true(k == block->start[w] || block->order[k] > block->order[k - 1]);
                }
        }
        reading_fini(&reading);
    }
}

/* Sources follow each other; a damaged one returns what it has, and the first error is reported. */
static void test_many_sources(void **state)
{
    (void)state;
    struct image image = { .len = 0 }, empty = { .len = 0 }, damaged = { .len = 0 };
    put_header(&image);
    put_header(&empty);
    put_header(&damaged);
    for (uint32_t i = 0; i < 5; i++) {
        put_udp(&image, START + i, 1);
        put_udp(&damaged, START + i, 1);
    }
    damaged.len -= 3;
    for (uint32_t size = 1; size <= 6; size++) {
        begin(&image);
        struct tl_source *sources[] = { reading.source,     open_image(&empty),   open_image(&damaged),
                                        open_image(&image), open_image(&damaged), open_image(&empty) };
        reading_run(&reading,
                    (struct tl_feed_options){
                        .workers = 1, .block_packets = size, .sources = sources, .source_count = TL_COUNT(sources) });
        assert_int_equal(reading.count, 5 + 4 + 5 + 4);
        for (uint32_t i = 0; i < reading.count; i++)
            assert_int_equal(reading.packets[i].number, i + 1);
        assert_says(&reading, TL_E_DAMAGED, "cut short in packet 5 at byte 256");
        assert_int_equal(reading.packets[17].interface, 4);
        reading_fini(&reading);
        for (size_t i = 1; i < TL_COUNT(sources); i++)
            sources[i]->ops->close(sources[i]);
    }
}

/* An empty input gives one block, the last. */
static void test_nothing(void **state)
{
    (void)state;
    struct image image = { .len = 0 };
    put_header(&image);
    begin(&image);
    reading_run(&reading, (struct tl_feed_options){ .workers = 3, .block_packets = 4 });
    assert_int_equal(reading.count, 0);
    assert_int_equal(reading.block_count, 1);
    assert_int_equal(reading.blocks[0]->mark_number, 0);
    assert_int_equal(reading.blocks[0]->start[3], 0);
    reading_fini(&reading);
}

struct consumer {
    struct tl_feed *feed;
    struct tl_block *blocks[2];
    bool kept; /* the first block was unchanged while it was held */
};

static void *release_later(void *context)
{
    struct consumer *consumer = context;
    usleep(10000);
    tl_feed_release(consumer->feed, consumer->blocks[1]); /* out of order: the other is still held */
    usleep(10000);
    consumer->kept = consumer->blocks[0]->sequence == 0 && consumer->blocks[0]->packets[1].number == 2;
    tl_feed_release(consumer->feed, consumer->blocks[0]);
    tl_feed_release(consumer->feed, consumer->blocks[0]);
    return NULL;
}

/* With all blocks in flight, the next one waits for the last reference to the oldest. */
static void test_pool(void **state)
{
    (void)state;
    struct image image = { .len = 0 };
    put_header(&image);
    for (uint32_t i = 0; i < 10; i++)
        put_udp(&image, START, i);
    begin(&image);
    const struct tl_feed_options options = {
        .sources = &reading.source, .source_count = 1, .workers = 1, .block_packets = 2, .block_count = 2
    };
    struct consumer consumer = { .feed = tl_feed_new(&options, &reading.error) };
    assert_non_null(consumer.feed);
    consumer.blocks[0] = tl_feed_next(consumer.feed);
    consumer.blocks[1] = tl_feed_next(consumer.feed);
    assert_int_equal(consumer.blocks[0]->refs, 1);
    consumer.blocks[0]->refs = 2;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, release_later, &consumer), 0);
    uint64_t number = 4;
    struct tl_block *held = NULL; /* now both blocks of the pool are in use */
    for (bool last = false; !last;) {
        struct tl_block *block = tl_feed_next(consumer.feed);
        last = block->last;
        for (uint32_t i = 0; i < block->count; i++)
            assert_int_equal(block->packets[i].number, ++number);
        if (held != NULL)
            tl_feed_release(consumer.feed, held);
        held = block;
    }
    tl_feed_release(consumer.feed, held);
    assert_int_equal(number, 10);
    pthread_join(thread, NULL);
    assert_true(consumer.kept);
    tl_feed_free(consumer.feed);
    reading_fini(&reading);
}

static void test_stop(void **state)
{
    (void)state;
    struct image image = { .len = 0 };
    put_header(&image);
    for (uint32_t i = 0; i < 100; i++)
        put_udp(&image, START, i);
    begin(&image);
    const struct tl_feed_options options = {
        .sources = &reading.source, .source_count = 1, .workers = 1, .block_packets = 2, .block_count = 2
    };
    struct tl_feed *feed = tl_feed_new(&options, &reading.error);
    assert_non_null(feed);
    struct tl_block *block = tl_feed_next(feed);
    assert_false(block->last);
    tl_feed_release(feed, block);
    tl_feed_stop(feed);
    block = tl_feed_next(feed);
    assert_true(block->last);
    tl_feed_release(feed, block);
    assert_null(tl_feed_next(feed));
    assert_int_equal(tl_feed_failure(feed, &reading.error), TL_E_NONE);
    tl_feed_free(feed);
    reading_fini(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_do_not_show),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_filter_does_not_compile),
        cmocka_unit_test(test_extras_move),
        cmocka_unit_test(test_most),
        cmocka_unit_test(test_shards),
        cmocka_unit_test(test_many_sources),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_pool),
        cmocka_unit_test(test_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
