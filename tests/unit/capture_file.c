/*
 * capture_file.c - writes pcap and pcapng files and compares them with what libpcap and our reader read, and byte for
 * byte.
 */
#include "export_fixture.h"

#include <pcap/pcap.h>

#include "capture/source.h"

enum { SHB = 0x0a0d0d0a, IDB = 1, OLD_PACKET = 2, SPB = 3, NRB = 4, ISB = 5, EPB = 6, DSB = 10, CUSTOM = 0x0bad };

/* A pcapng file under construction, in either byte order. */
struct builder {
    struct tl_buffer b;
    bool big_endian;
    size_t start; /* of the block */
};

static void put16(struct builder *f, unsigned v)
{
    uint8_t p[2] = { (uint8_t)(f->big_endian ? v >> 8 : v), (uint8_t)(f->big_endian ? v : v >> 8) };
    tl_put(&f->b, p, 2);
}

static void put32(struct builder *f, uint32_t v)
{
    put16(f, f->big_endian ? v >> 16 : v & 0xffff);
    put16(f, f->big_endian ? v & 0xffff : v >> 16);
}

static void put_padded(struct builder *f, const void *data, size_t len)
{
    tl_put(&f->b, data, len);
    tl_put(&f->b, "\0\0\0", (4 - len % 4) % 4);
}

static void put_option(struct builder *f, unsigned code, const void *value, size_t len)
{
    put16(f, code);
    put16(f, (unsigned)len);
    put_padded(f, value, len);
}

static void open_block(struct builder *f, uint32_t type)
{
    f->start = f->b.len;
    put32(f, type);
    put32(f, 0);
}

static void close_block(struct builder *f)
{
    uint32_t len = (uint32_t)(f->b.len - f->start) + 4;
    put32(f, len);
    for (unsigned i = 0; i < 4; i++)
        f->b.data[f->start + 4 + i] = f->b.data[f->b.len - 4 + i];
}

static void put_section(struct builder *f, bool big_endian, uint32_t length)
{
    f->big_endian = big_endian;
    open_block(f, SHB);
    put32(f, 0x1a2b3c4d);
    put16(f, 1);
    put16(f, 0);
    put32(f, length);
    put32(f, length);
    put_option(f, 4, "another program", 15);
    put32(f, 0);
    close_block(f);
}

/* resolution as in if_tsresol; offset in seconds, 0: none. */
static void put_interface(struct builder *f, unsigned linktype, uint8_t resolution, uint32_t offset)
{
    open_block(f, IDB);
    put16(f, linktype);
    put16(f, 0);
    put32(f, 0); /* no snaplen: it is not changed */
    put_option(f, 2, "eth7", 4);
    put_option(f, 9, &resolution, 1);
    if (offset != 0) {
        put16(f, 14);
        put16(f, 8);
        put32(f, f->big_endian ? 0 : offset);
        put32(f, f->big_endian ? offset : 0);
    }
    put32(f, 0);
    close_block(f);
}

static void put_packet(struct builder *f, uint32_t interface, uint64_t ticks, uint32_t caplen, const char *comment)
{
    open_block(f, EPB);
    put32(f, interface);
    put32(f, (uint32_t)(ticks >> 32));
    put32(f, (uint32_t)ticks);
    put32(f, caplen);
    put32(f, caplen + 10);
    put_padded(f, packet_bytes, caplen);
    if (comment != NULL) {
        put_option(f, 1, comment, strlen(comment));
        put32(f, 0);
    }
    close_block(f);
}

static void put_other(struct builder *f, uint32_t type, uint32_t first, const char *body)
{
    open_block(f, type);
    put32(f, first);
    put_padded(f, body, strlen(body));
    close_block(f);
}

static struct temporary save(struct builder *f)
{
    struct temporary file = temporary_file();
    FILE *out = fopen(file.path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(f->b.data, 1, f->b.len, out), f->b.len);
    assert_int_equal(fclose(out), 0);
    return file;
}

/* Gives a capture file to a sink, a few packets per block. */
static void copy(const char *path, struct tl_interfaces *interfaces, struct tl_sink *sink)
{
    struct tl_error error = { 0 };
    const struct tl_file_options options = { .memory = 1 << 20 };
    struct tl_source *source = tl_file_open(path, interfaces, &options, &error);
    if (source == NULL)
        fail_msg("%s", error.text);
    bool end = false;
    while (!end) {
        struct tl_packet packets[3];
        struct tl_extra extras[8];
        struct tl_block block = { .packets = packets, .capacity = 3, .extras = extras, .extra_capacity = 8 };
        if (source->ops->next(source, &block, 3, &end, &error) != TL_E_NONE)
            fail_msg("%s", error.text);
        if (sink->block(sink, &block, &error) != TL_E_NONE)
            fail_msg("%s", error.text);
        if (block.backing != NULL)
            source->ops->release(source, &block);
    }
    source->ops->close(source);
}

/* Returns the output after copying the files one after another. */
static struct tl_buffer copy_all(const struct temporary *files, unsigned count, bool pcapng)
{
    struct temporary to = temporary_file();
    struct tl_error error = { 0 };
    struct tl_interfaces *interfaces = tl_interfaces_new();
    struct tl_sink *sink = tl_capture_file_sink(tl_output_open(to.path, &error), interfaces, pcapng, to.path);
    assert_non_null(sink);
    for (unsigned i = 0; i < count; i++)
        copy(files[i].path, interfaces, sink);
    if (sink->close(sink, &error) != TL_E_NONE)
        fail_msg("%s", error.text);
    sink->free(sink);
    tl_interfaces_free(interfaces);
    return take_file(&to);
}

static void assert_same(const struct tl_buffer *a, const struct tl_buffer *b)
{
    assert_int_equal(a->len, b->len);
    assert_memory_equal(a->data, b->data, a->len);
}

/* Sections of both byte orders, all resolutions, comments, names, secrets, statistics. */
static void put_everything(struct builder *f)
{
    put_section(f, false, UINT32_MAX);
    put_other(f, NRB, 0, "names first");
    put_interface(f, 1, 6, 0);
    put_packet(f, 0, UINT64_C(1700000000123456), 44, "a comment");
    put_interface(f, 113, 9, 1000);
    put_packet(f, 1, UINT64_C(1700000000123456789), 43, NULL);
    put_other(f, DSB, 0x544c534b, "secrets");
    put_packet(f, 0, 0, 0, "nothing captured");
    put_interface(f, 1, 3, 0);
    put_other(f, ISB, 2, "statistics of the third");
    put_section(f, true, UINT32_MAX);
    put_interface(f, 1, 0x80 | 20, 0);
    put_packet(f, 0, UINT64_C(1700000000) << 20 | 0xfffff, 41, NULL);
    put_packet(f, 0, UINT64_C(1700000000) << 20 | 1, 44, "big end");
    put_interface(f, 1, 0x80 | 30, 0x7fffffff);
    put_packet(f, 1, 12345678901, 42, NULL);
    put_interface(f, 276, 1, 0);
    put_packet(f, 2, 17000000001, 42, NULL);
    put_packet(f, 1, 3, 42, NULL);
    put_other(f, CUSTOM, 32473, "somebody's own");
    put_section(f, false, UINT32_MAX);
    put_interface(f, 1, 8, 0);
}

static void pcapng_comes_back_byte_for_byte(void **state)
{
    (void)state;
    struct builder f = { 0 };
    put_everything(&f);
    struct temporary file = save(&f);
    struct tl_buffer out = copy_all(&file, 1, true);
    assert_same(&out, &f.b);
    tl_buffer_fini(&out);

    const struct temporary twice[2] = { file, file };
    out = copy_all(twice, 2, true);
    size_t half = f.b.len;
    assert_int_equal(out.len, 2 * half);
    assert_memory_equal(out.data, f.b.data, half);
    assert_memory_equal(out.data + half, f.b.data, half);
    tl_buffer_fini(&out);
    unlink(file.path);
    tl_buffer_fini(&f.b);
}

/* Changed contents make the section length unknown; old packet blocks become enhanced ones. */
static void old_blocks_are_converted(void **state)
{
    (void)state;
    struct builder f = { 0 }, expected = { 0 };
    for (unsigned order = 0; order < 2; order++) {
        put_section(&f, order, 0x100);
        put_interface(&f, 1, 6, 100);
        put_other(&f, SPB, 6, "simple");
        open_block(&f, OLD_PACKET);
        put16(&f, 0);
        put16(&f, 3); /* drops */
        put32(&f, 0);
        put32(&f, 77);
        put32(&f, 5);
        put32(&f, 9);
        put_padded(&f, packet_bytes, 5);
        put_option(&f, 1, "kept", 4);
        put32(&f, 0);
        close_block(&f);

        put_section(&expected, order, UINT32_MAX);
        put_interface(&expected, 1, 6, 100);
        put_other(&expected, SPB, 6, "simple");
        open_block(&expected, EPB);
        put32(&expected, 0);
        put32(&expected, 0);
        put32(&expected, 77);
        put32(&expected, 5);
        put32(&expected, 9);
        put_padded(&expected, packet_bytes, 5);
        put_option(&expected, 1, "kept", 4);
        put32(&expected, 0);
        close_block(&expected);
    }
    struct temporary file = save(&f);
    struct tl_buffer out = copy_all(&file, 1, true);
    assert_same(&out, &expected.b);
    unlink(file.path);
    tl_buffer_fini(&out);
    tl_buffer_fini(&f.b);
    tl_buffer_fini(&expected.b);
}

static void count_notice(void *context, const char *text)
{
    assert_non_null(strstr(text, "packets without one get 1970: use a .pcapng name"));
    ++*(unsigned *)context;
}

/* A Simple Packet Block cannot tell that a packet is cut: it becomes an enhanced one. pcap gives each packet a time. */
static void packets_without_a_time(void **state)
{
    (void)state;
    enum { SNAPLEN = 4 };
    struct builder f = { 0 }, expected = { 0 };
    for (unsigned i = 0; i < 2; i++) {
        struct builder *b = i == 0 ? &f : &expected;
        put_section(b, false, UINT32_MAX);
        open_block(b, IDB);
        put32(b, 1);
        put32(b, i == 0 ? SNAPLEN : 0);
        const uint8_t before_1970[8] = { 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
        put_option(b, 14, before_1970, 8);
        put32(b, 0);
        close_block(b);
        if (i == 0) {
            put_other(b, SPB, 6, "simp");
        } else {
            open_block(b, EPB);
            for (unsigned k = 0; k < 3; k++)
                put32(b, 0);
            put32(b, SNAPLEN);
            put32(b, 6);
            put_padded(b, "simp", SNAPLEN);
            close_block(b);
        }
        put_other(b, SPB, 3, "two");
    }
    struct temporary file = save(&f);
    struct tl_buffer out = copy_all(&file, 1, true);
    assert_same(&out, &expected.b);
    tl_buffer_fini(&out);

    unsigned notices = 0;
    struct tl_error error = { 0 };
    struct temporary to = temporary_file();
    struct tl_interfaces *interfaces = tl_interfaces_new();
    struct tl_sink *sink = tl_capture_file_sink(tl_output_open(to.path, &error), interfaces, false, to.path);
    assert_non_null(sink);
    tl_capture_file_notice(sink, count_notice, &notices);
    copy(file.path, interfaces, sink);
    assert_int_equal(sink->close(sink, &error), TL_E_NONE);
    assert_int_equal(notices, 1);
    sink->free(sink);
    tl_interfaces_free(interfaces);
    out = take_file(&to);
    assert_int_equal(out.len, 24 + 2 * 16 + SNAPLEN + 3);
    tl_buffer_fini(&out);
    unlink(file.path);
    tl_buffer_fini(&f.b);
    tl_buffer_fini(&expected.b);
}

/* Builds a block of packets by hand, as capture does. */
static void give(struct tl_sink *sink, const struct tl_packet *packets, uint32_t count)
{
    struct tl_packet copied[8];
    struct tl_error error = { 0 };
    assert_true(count <= TL_COUNT(copied));
    memcpy(copied, packets, count * sizeof *packets);
    struct tl_block block = { .packets = copied, .count = count };
    assert_int_equal(sink->block(sink, &block, &error), TL_E_NONE);
}

static struct tl_packet packet_at(int64_t ts, uint32_t interface, uint16_t linktype, uint32_t caplen)
{
    struct tl_packet packet = toy_packet();
    packet.ts = ts;
    packet.interface = (uint16_t)interface;
    packet.linktype = linktype;
    packet.caplen = caplen;
    return packet;
}

static struct tl_interfaces *two_interfaces(uint8_t decimals, uint16_t second)
{
    struct tl_interfaces *interfaces = tl_interfaces_new();
    /* Different snapshot lengths: libpcap refuses a file that has them. */
    const struct tl_interface a = { .linktype = 1, .decimals = decimals, .snaplen = 96, .section = UINT32_MAX };
    const struct tl_interface b = { .linktype = second, .decimals = 6, .snaplen = 20, .section = UINT32_MAX,
                                     .name = "lo" };
    assert_int_equal(tl_interfaces_add(interfaces, &a), 0);
    assert_int_equal(tl_interfaces_add(interfaces, &b), 1);
    return interfaces;
}

static void check_pcap(const char *path, const struct tl_packet *packets, unsigned count)
{
    char why[PCAP_ERRBUF_SIZE];
    pcap_t *pcap = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, why);
    if (pcap == NULL)
        fail_msg("%s", why);
    assert_int_equal(pcap_datalink(pcap), DLT_EN10MB);
    struct pcap_pkthdr *header;
    const u_char *bytes;
    for (unsigned i = 0; i < count; i++) {
        if (pcap_next_ex(pcap, &header, &bytes) != 1)
            fail_msg("packet %u: %s", i, pcap_geterr(pcap));
        int64_t ts = (int64_t)header->ts.tv_sec * 1000000000 + header->ts.tv_usec;
        assert_true(ts == packets[i].ts);
        assert_int_equal(header->caplen, packets[i].caplen);
        assert_int_equal(header->len, packets[i].len);
        assert_memory_equal(bytes, packets[i].bytes, packets[i].caplen);
    }
    assert_int_equal(pcap_next_ex(pcap, &header, &bytes), PCAP_ERROR_BREAK);
    pcap_close(pcap);
}

static void libpcap_reads_what_is_written(void **state)
{
    (void)state;
    const struct tl_packet packets[] = {
        packet_at(INT64_C(1700000000123456789), 0, 1, 44), packet_at(0, 0, 1, 0),
        packet_at(INT64_C(1999999999), 1, 1, 17),          packet_at(INT64_C(2147483647999999999), 0, 1, 1),
    };
    static const uint8_t magic[2][4] = { { 0xd4, 0xc3, 0xb2, 0xa1 }, { 0x4d, 0x3c, 0xb2, 0xa1 } };
    for (unsigned nanoseconds = 0; nanoseconds < 2; nanoseconds++) {
        for (unsigned pcapng = 0; pcapng < 2; pcapng++) {
            struct temporary file = temporary_file();
            struct tl_interfaces *interfaces = two_interfaces(nanoseconds ? 9 : 6, 1);
            struct tl_sink *sink = tl_capture_file_sink(tl_output_open(file.path, NULL), interfaces, pcapng, file.path);
            struct tl_packet given[TL_COUNT(packets)];
            memcpy(given, packets, sizeof packets);
            for (unsigned i = 0; i < TL_COUNT(given); i++) /* linktypes of their interfaces */
                given[i].ts = nanoseconds && given[i].interface == 0 ? given[i].ts : given[i].ts / 1000 * 1000;
            give(sink, given, 2);
            give(sink, given + 2, 2);
            assert_int_equal(sink->close(sink, NULL), TL_E_NONE);
            sink->free(sink);
            tl_interfaces_free(interfaces);
            check_pcap(file.path, given, TL_COUNT(given));
            struct tl_buffer b = take_file(&file);
            if (!pcapng && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
                assert_memory_equal(b.data, magic[nanoseconds], 4);
            tl_buffer_fini(&b);
        }
    }
}

static void pcap_holds_one_link_type(void **state)
{
    (void)state;
    const struct tl_packet packets[] = {
        packet_at(1000, 0, 1, 44), packet_at(2000, 1, 113, 44), packet_at(3000, 0, 1, 20), packet_at(4000, 1, 113, 44),
    };
    struct temporary file = temporary_file();
    struct tl_interfaces *interfaces = two_interfaces(6, 113);
    struct tl_sink *sink = tl_capture_file_sink(tl_output_open(file.path, NULL), interfaces, false, file.path);
    give(sink, packets, 1);
    give(sink, packets + 1, 2); /* reported at the end: later packets are written */
    give(sink, packets + 3, 1);
    struct tl_error error = { 0 };
    assert_int_equal(sink->close(sink, &error), TL_E_RUNTIME);
    assert_non_null(strstr(error.text, "lacks 2 packets of other link types: use a .pcapng name"));
    sink->free(sink);
    const struct tl_packet kept[] = { packets[0], packets[2] };
    check_pcap(file.path, kept, 2);
    unlink(file.path);

    sink = tl_capture_file_sink(tl_output_open("/dev/null", NULL), interfaces, true, "x.pcapng");
    give(sink, packets, 4);
    assert_int_equal(sink->close(sink, NULL), TL_E_NONE);
    sink->free(sink);
    tl_interfaces_free(interfaces);
}

static void empty_files_are_capture_files(void **state)
{
    (void)state;
    for (unsigned pcapng = 0; pcapng < 2; pcapng++) {
        struct temporary file = temporary_file();
        struct tl_interfaces *interfaces = two_interfaces(6, 113);
        struct tl_sink *sink = tl_capture_file_sink(tl_output_open(file.path, NULL), interfaces, pcapng, file.path);
        assert_int_equal(sink->close(sink, NULL), TL_E_NONE);
        sink->free(sink);
        tl_interfaces_free(interfaces);
        if (!pcapng) {
            check_pcap(file.path, NULL, 0);
            unlink(file.path);
            continue;
        }
        struct tl_buffer b = take_file(&file);
        assert_true(b.len > 28 + 20 && tl_load_be32(b.data) == SHB);
        tl_buffer_fini(&b);
    }
}

/* Inputs of both formats, one after another: one section per pcapng section, and our own for the rest. */
static void formats_mix(void **state)
{
    (void)state;
    struct temporary files[3] = { temporary_file() };
    struct tl_interfaces *interfaces = two_interfaces(9, 1);
    struct tl_sink *sink = tl_capture_file_sink(tl_output_open(files[0].path, NULL), interfaces, false, "-");
    const struct tl_packet packet = packet_at(INT64_C(1700000000123456789), 0, 1, 44);
    give(sink, &packet, 1);
    assert_int_equal(sink->close(sink, NULL), TL_E_NONE);
    sink->free(sink);
    tl_interfaces_free(interfaces);
    struct builder f = { 0 };
    put_everything(&f);
    files[1] = save(&f);
    files[2] = files[0];
    struct tl_buffer out = copy_all(files, 3, true);
    struct tl_buffer alone = copy_all(files, 1, true);
    assert_int_equal(out.len, 2 * alone.len + f.b.len);
    assert_memory_equal(out.data, alone.data, alone.len);
    assert_memory_equal(out.data + alone.len, f.b.data, f.b.len);
    assert_memory_equal(out.data + alone.len + f.b.len, alone.data, alone.len);

    struct builder joined = { .b = out };
    struct temporary read_back = save(&joined);
    struct tl_buffer again = copy_all(&read_back, 1, true);
    assert_same(&again, &out);
    unlink(read_back.path);
    unlink(files[0].path);
    unlink(files[1].path);
    tl_buffer_fini(&again);
    tl_buffer_fini(&alone);
    tl_buffer_fini(&out);
    tl_buffer_fini(&f.b);
}

/* Writes to a temporary file, which the caller removes. Returns what close() returned. */
static enum tl_failure copy_to(const struct builder *from, bool pcapng, struct temporary *to, struct tl_error *error)
{
    struct builder f = *from;
    struct temporary file = save(&f);
    struct tl_interfaces *interfaces = tl_interfaces_new();
    *to = temporary_file();
    struct tl_sink *sink = tl_capture_file_sink(tl_output_open(to->path, error), interfaces, pcapng, to->path);
    assert_non_null(sink);
    copy(file.path, interfaces, sink);
    enum tl_failure failure = sink->close(sink, error);
    sink->free(sink);
    tl_interfaces_free(interfaces);
    unlink(file.path);
    return failure;
}

/* libpcap reads what was written from interfaces with any snaplens, and packets longer than these. */
static void interfaces_get_one_snaplen(void **state)
{
    (void)state;
    static const uint32_t snaplens[][3] = { { 96, 65535, 262144 }, { 0, 96, 1 },      { 262144, 0, 500000 },
                                            { 1, 1, 1 },           { 65535, 96, 0 },
                                            { UINT32_MAX, 0x80000000, 262145 } };
    for (size_t i = 0; i < TL_COUNT(snaplens) * 2; i++) {
        struct builder f = { 0 };
        struct temporary to;
        struct tl_error error = { 0 };
        put_section(&f, i % 2 != 0, UINT32_MAX);
        for (unsigned k = 0; k < 3; k++) {
            size_t at = f.b.len + 12;
            put_interface(&f, 1, 9, 0);
            for (unsigned byte = 0; byte < 4; byte++)
                f.b.data[at + byte] = (uint8_t)(snaplens[i / 2][k] >> (i % 2 != 0 ? 24 - 8 * byte : 8 * byte));
        }
        struct tl_packet packets[3];
        for (unsigned k = 0; k < 3; k++) {
            packets[k] = packet_at(1000000000 + k, k, 1, 44 - k);
            packets[k].len = packets[k].caplen + 10;
            put_packet(&f, k, 1000000000 + k, 44 - k, NULL);
        }
        assert_int_equal(copy_to(&f, true, &to, &error), TL_E_NONE);
        check_pcap(to.path, packets, 3);
        struct tl_buffer out = take_file(&to);
        assert_int_equal(out.len, f.b.len);
        tl_buffer_fini(&out);
        tl_buffer_fini(&f.b);
    }
}

/* Times outside our range keep their stored form in pcapng. pcap holds 1970 to 2106: others are left out. */
static void times_are_never_wrapped(void **state)
{
    (void)state;
    static const struct {
        uint64_t ticks;
        uint8_t resolution;
        uint32_t offset;
        bool in_pcap;
    } cases[] = {
        { UINT64_C(1700000000), 0, 0, true },
        { UINT64_C(4294967295), 0, 0, true },
        { UINT64_C(4294967296), 0, 0, false }, /* 2106 */
        { UINT64_C(9223372035), 0, 0, false }, /* inside our range */
        { UINT64_C(9223372037), 0, 0, false }, /* after 2262 */
        { UINT64_MAX, 0, 0, false },
        { UINT64_MAX, 6, 0, false },
        { UINT64_MAX, 9, 0, false },
        { UINT64_C(3), 6, 0x7fffffff, true },
        { UINT64_MAX, 0x80 | 1, 0x7fffffff, false },
        { UINT64_MAX, 19, 0, true },
    };
    for (size_t i = 0; i < TL_COUNT(cases) * 2; i++) {
        struct builder f = { 0 };
        struct temporary to;
        struct tl_error error = { 0 };
        put_section(&f, i % 2 != 0, UINT32_MAX);
        put_interface(&f, 1, cases[i / 2].resolution, cases[i / 2].offset);
        put_packet(&f, 0, cases[i / 2].ticks, 44, "kept");
        put_packet(&f, 0, cases[i / 2].ticks, 43, NULL);
        assert_int_equal(copy_to(&f, true, &to, &error), TL_E_NONE);
        struct tl_buffer out = take_file(&to);
        if (cases[i / 2].resolution != 19) /* finer than ns */
            assert_same(&out, &f.b);
        tl_buffer_fini(&out);
        bool fits = cases[i / 2].in_pcap;
        assert_int_equal(copy_to(&f, false, &to, &error), fits ? TL_E_NONE : TL_E_RUNTIME);
        out = take_file(&to);
        assert_int_equal(out.len, fits ? 24 + 2 * 16 + 44 + 43 : 24);
        assert_true(fits || strstr(error.text, "lacks 2 packets of times that do not fit: use a .pcapng name") != NULL);
        tl_buffer_fini(&out);
        tl_buffer_fini(&f.b);
    }
}

/* The FCS length in a pcap header's link type: as it was in pcap, in bits in pcapng, and back. */
static void fcs_length_survives(void **state)
{
    (void)state;
    static const struct {
        uint32_t bits; /* top byte of the link type */
        uint32_t kept;
    } cases[] = { { 0, 0 }, { 0x24, 0x24 }, { 0x14, 0x14 }, { 0x04, 0x04 }, { 0xf4, 0xf4 }, { 0x20, 0x20 },
                  { 0x2c, 0x24 } };
    for (size_t i = 0; i < TL_COUNT(cases) * 2; i++) {
        struct builder f = { .big_endian = i % 2 != 0 };
        put32(&f, 0xa1b2c3d4);
        put16(&f, 2);
        put16(&f, 4);
        put32(&f, 0);
        put32(&f, 0);
        put32(&f, 65535);
        put32(&f, 1 | cases[i / 2].bits << 24);
        for (unsigned k = 0; k < 4; k++)
            put32(&f, k < 2 ? 7 : 40);
        tl_put(&f.b, packet_bytes, 40);
        struct temporary pcap, pcapng;
        struct tl_error error = { 0 };
        assert_int_equal(copy_to(&f, false, &pcap, &error), TL_E_NONE);
        assert_int_equal(copy_to(&f, true, &pcapng, &error), TL_E_NONE);
        struct builder between = { .b = take_file(&pcapng) };
        struct temporary back;
        assert_int_equal(copy_to(&between, false, &back, &error), TL_E_NONE);
        struct tl_buffer first = take_file(&pcap), second = take_file(&back);
        assert_int_equal(tl_load_le32(first.data + 20), 1 | cases[i / 2].kept << 24);
        if ((cases[i / 2].kept & 4) != 0) /* the length is valid: pcapng has it too */
            assert_same(&first, &second);
        tl_buffer_fini(&first);
        tl_buffer_fini(&second);
        tl_buffer_fini(&between.b);
        tl_buffer_fini(&f.b);
    }
}

static void full_disk_is_reported(void **state)
{
    (void)state;
    struct tl_interfaces *interfaces = two_interfaces(6, 1);
    struct tl_sink *sink = tl_capture_file_sink(tl_output_open("/dev/full", NULL), interfaces, true, "/dev/full");
    struct tl_packet packets[] = { packet_at(1000, 0, 1, 44), packet_at(2000, 0, 1, 44) };
    const struct tl_block block = { .packets = packets, .count = 2 };
    for (unsigned i = 0; i < 2; i++) {
        struct tl_error error = { 0 };
        assert_int_equal(i == 0 ? sink->block(sink, &block, &error) : sink->close(sink, &error), TL_E_RUNTIME);
        assert_string_equal(error.text, "cannot write /dev/full: No space left on device");
    }
    assert_int_equal(sink->lost(sink), 2);
    sink->free(sink);
    tl_interfaces_free(interfaces);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pcapng_comes_back_byte_for_byte), cmocka_unit_test(old_blocks_are_converted),
        cmocka_unit_test(libpcap_reads_what_is_written),   cmocka_unit_test(pcap_holds_one_link_type),
        cmocka_unit_test(empty_files_are_capture_files),   cmocka_unit_test(formats_mix),
        cmocka_unit_test(full_disk_is_reported),           cmocka_unit_test(interfaces_get_one_snaplen),
        cmocka_unit_test(times_are_never_wrapped),         cmocka_unit_test(fcs_length_survives),
        cmocka_unit_test(packets_without_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
