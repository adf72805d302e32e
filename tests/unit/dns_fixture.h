/* dns_fixture.h - a flow with DNS: feeds messages placed at a guard page, collects records as lines. */
#ifndef TL_TESTS_UNIT_DNS_FIXTURE_H
#define TL_TESTS_UNIT_DNS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/buffer.h"
#include "core/dissect.h"
#include "core/slab.h"
#include "core/stream.h"

extern const struct tl_protocol tl_protocol_dns;

enum { KEEP_MAX = 512, GUARDED = 1 << 17, SCRATCH = 1 << 18 };

/* Replaces the pipeline: records become lines, kept bytes are in a table. */
struct world {
    struct tl_buffer lines;
    uint32_t records;
    struct tl_bytes kept[KEEP_MAX];
    uint32_t keeping, keep_limit;
    uint32_t confirmed, violated, turned;
    struct tl_frame frame;
    struct tl_arena scratch;
    struct tl_slab *slab;
    struct tl_tree tree;
    uint64_t wanted[8];
    uint8_t *guard; /* inaccessible page */
    uint64_t slot[64];
    bool multicast;
    uint8_t ip_proto;
    uint16_t port;
    int64_t now;
    bool detail;
    bool sections;
};

static inline void put_value(struct tl_buffer *b, const struct tl_record_field *f, const void *at);

static inline void put_object(struct tl_buffer *b, const struct tl_record_def *def, const struct tl_record *record)
{
    tl_put_char(b, '{');
    for (uint32_t i = 0; i < def->field_count; i++) {
        if ((record->set >> i & 1) == 0)
            continue;
        tl_put_char(b, i > 0 ? ' ' : '.');
        put_value(b, &def->fields[i], (const char *)record + def->fields[i].offset);
    }
    tl_put_char(b, '}');
}

static inline void put_value(struct tl_buffer *b, const struct tl_record_field *f, const void *at)
{
    switch (f->type) {
    case TL_REC_COUNT:
        tl_put_u64(b, *(const uint64_t *)at);
        break;
    case TL_REC_BOOL:
        tl_put_char(b, *(const bool *)at ? 'T' : 'F');
        break;
    case TL_REC_INTERVAL:
        tl_put_i64(b, *(const int64_t *)at);
        break;
    case TL_REC_TEXT: {
        const struct tl_bytes *text = at;
        tl_put(b, text->data, text->len);
        break;
    }
    case TL_REC_TOKEN:
        tl_puts(b, *(const char *const *)at);
        break;
    case TL_REC_TEXTS: {
        const struct tl_text_list *list = at;
        for (uint32_t i = 0; i < list->count; i++) {
            tl_put_char(b, '{');
            tl_put(b, list->items[i].data, list->items[i].len);
            tl_put_char(b, '}');
        }
        break;
    }
    case TL_REC_INTERVALS: {
        const struct tl_interval_list *list = at;
        for (uint32_t i = 0; i < list->count; i++) {
            tl_put_char(b, i > 0 ? ',' : '[');
            tl_put_i64(b, list->items[i] / 1000000000);
        }
        tl_put_char(b, ']');
        break;
    }
    case TL_REC_MAC:
    case TL_REC_COUNTS:
    case TL_REC_ADDR:
    case TL_REC_TIME:
    case TL_REC_INT:
    case TL_REC_DOUBLE:
        fail(); /* no record of DNS has such */
        break;
    case TL_REC_OBJECTS: {
        const struct tl_object_list *list = at;
        for (uint32_t i = 0; i < list->count; i++)
            put_object(b, f->objects,
                       (const struct tl_record *)(const void *)((const char *)list->items + i * list->size));
        break;
    }
    }
}

static inline void take_record(struct tl_dissection *d, const struct tl_record_def *def, struct tl_record *record)
{
    struct world *w = d->host_data;
    struct tl_buffer *b = &w->lines;
    if (def != tl_protocol_dns.records[0]) /* services, which a message of mDNS can have beside its record */
        return;
    w->records++;
    tl_put_lit(b, "ts=");
    tl_put_i64(b, record->ts);
    for (uint32_t i = 0; i < def->field_count; i++) {
        if ((record->set >> i & 1) == 0)
            continue;
        tl_put_char(b, ' ');
        tl_puts(b, def->fields[i].key);
        tl_put_char(b, '=');
        put_value(b, &def->fields[i], (const char *)record + def->fields[i].offset);
    }
    for (uint32_t i = 0; i < def->field_count; i++) {
        if ((record->cut >> i & 1) == 0)
            continue;
        tl_put_lit(b, " cut:");
        tl_puts(b, def->fields[i].key);
    }
    tl_put_char(b, '\n');
}

static inline uint32_t keep(struct tl_dissection *d, const void *data, uint32_t len)
{
    struct world *w = d->host_data;
    if (w->keeping >= w->keep_limit)
        return 0;
    for (uint32_t i = 1; i < KEEP_MAX; i++) {
        if (w->kept[i].data != NULL)
            continue;
        uint8_t *copy = malloc(len ? len : 1);
        assert_non_null(copy);
        if (data != NULL)
            memcpy(copy, data, len);
        else
            memset(copy, 0, len);
        w->kept[i] = (struct tl_bytes){ copy, len };
        w->keeping++;
        return i;
    }
    return 0;
}

static inline struct tl_bytes kept(const struct tl_dissection *d, uint32_t handle)
{
    const struct world *w = d->host_data;
    assert_in_range(handle, 1, KEEP_MAX - 1);
    assert_non_null(w->kept[handle].data);
    return w->kept[handle];
}

static inline void forget(struct tl_dissection *d, uint32_t handle)
{
    struct world *w = d->host_data;
    free((void *)(uintptr_t)kept(d, handle).data);
    w->kept[handle] = (struct tl_bytes){ NULL, 0 };
    w->keeping--;
}

static inline void confirm(struct tl_dissection *d)
{
    ((struct world *)d->host_data)->confirmed++;
}

static inline void violate(struct tl_dissection *d)
{
    ((struct world *)d->host_data)->violated++;
}

static inline void turn(struct tl_dissection *d)
{
    ((struct world *)d->host_data)->turned++;
    d->flow.side ^= 1;
}

static inline void truncated(struct tl_dissection *d, uint64_t bytes)
{
    (void)d;
    (void)bytes;
    fail();
}

static const struct tl_host host = { .record = take_record, .keep = keep, .kept = kept, .forget = forget,
                                     .confirm = confirm, .violate = violate, .turn = turn, .truncated = truncated };

static inline int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    assert_true(tl_arena_init(&w->scratch, SCRATCH));
    w->slab = tl_slab_new(1 << 24);
    assert_non_null(w->slab);
    tl_tree_init(&w->tree);
    uint8_t *map = mmap(NULL, GUARDED + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(map, MAP_FAILED);
    w->guard = map + GUARDED;
    assert_int_equal(mprotect(w->guard, 4096, PROT_NONE), 0);
    memset(w->wanted, 0xff, sizeof w->wanted);
    w->keep_limit = KEEP_MAX;
    w->ip_proto = 17;
    w->port = 53;
    *state = w;
    return 0;
}

static inline int teardown(void **state)
{
    struct world *w = *state;
    munmap(w->guard - GUARDED, GUARDED + 4096);
    tl_tree_fini(&w->tree);
    tl_slab_free(w->slab);
    tl_arena_fini(&w->scratch);
    tl_buffer_fini(&w->lines);
    free(w);
    return 0;
}

static inline struct tl_dissection dissection(struct world *w, uint8_t side)
{
    struct tl_dissection d = { .protocol = &tl_protocol_dns, .host = &host, .host_data = w, .scratch = &w->scratch,
                               .slab = w->slab, .layer = TL_NO_NODE, .frame = &w->frame, .net = &w->frame.net,
                               .seg = &w->frame.seg };
    w->frame = (struct tl_frame){ .ts = w->now, .net.protocol = w->ip_proto };
    d.sections = w->sections;
    d.seg->src_port = side == 0 ? 40000 : w->port;
    d.seg->dst_port = side == 0 ? w->port : 40000;
    d.flow = (struct tl_flow_view){ .slot = w->slot, .side = side, .multicast = w->multicast,
                                    .orig_port = 40000, .resp_port = w->port,
                                    .ip_proto = w->ip_proto, .stream = w->ip_proto == 6 };
    if (w->detail) {
        d.wanted = w->wanted;
        d.tree = &w->tree;
    }
    tl_arena_reset(&w->scratch);
    return d;
}

/* Sends the first `captured` of `len` bytes, at the guard page, as one datagram. */
static inline enum tl_status send_cut(struct world *w, uint8_t side, const uint8_t *data, uint32_t captured,
                                      uint32_t len)
{
    uint8_t *at = w->guard - captured;
    memcpy(at, data, captured);
    struct tl_dissection d = dissection(w, side);
    d.c = tl_cursor_on(at, captured, len);
    if (w->detail) {
        tl_tree_reset(&w->tree, at, captured);
        tl_layer_begin(&d);
    }
    enum tl_status status = tl_protocol_dns.dissect(&d);
    if (w->detail)
        tl_layer_end(&d);
    assert_true(d.c.off <= captured);
    return status;
}

static inline enum tl_status send(struct world *w, uint8_t side, const struct tl_buffer *m)
{
    return send_cut(w, side, m->data, (uint32_t)m->len, (uint32_t)m->len);
}

static const char *lines(struct world *w)
{
    tl_put_char(&w->lines, 0);
    w->lines.len--;
    return (const char *)w->lines.data;
}

static inline void forget_lines(struct world *w)
{
    w->lines.len = 0;
    w->records = 0;
}

static inline void end_flow(struct world *w)
{
    struct tl_dissection d = dissection(w, 0);
    d.wanted = NULL;
    d.tree = NULL;
    tl_protocol_dns.finish(&d);
    assert_int_equal(w->keeping, 0);
    memset(w->slot, 0, sizeof w->slot);
}

static inline void put16(struct tl_buffer *b, unsigned v)
{
    tl_put_char(b, (char)(v >> 8));
    tl_put_char(b, (char)v);
}

static inline void put32(struct tl_buffer *b, uint32_t v)
{
    put16(b, v >> 16);
    put16(b, v & 0xffff);
}

/* Puts "www.example" as labels; with a trailing '.' the caller puts the end. */
static inline void put_name(struct tl_buffer *b, const char *name)
{
    while (*name != 0) {
        size_t n = strcspn(name, ".");
        tl_put_char(b, (char)n);
        tl_put(b, name, n);
        name += n;
        if (*name == '.' && *++name == 0)
            return;
    }
    tl_put_char(b, 0);
}

static inline void put_header(struct tl_buffer *b, unsigned id, unsigned flags, unsigned qd, unsigned an, unsigned ns,
                       unsigned ar)
{
    b->len = 0;
    put16(b, id);
    put16(b, flags);
    put16(b, qd);
    put16(b, an);
    put16(b, ns);
    put16(b, ar);
}

static inline void put_question(struct tl_buffer *b, const char *name, unsigned type, unsigned class)
{
    put_name(b, name);
    put16(b, type);
    put16(b, class);
}

/* A record whose owner is the first question's name. */
static inline void put_record(struct tl_buffer *b, unsigned type, uint32_t ttl, const void *data, size_t len)
{
    put16(b, 0xc00c);
    put16(b, type);
    put16(b, 1);
    put32(b, ttl);
    put16(b, (unsigned)len);
    tl_put(b, data, len);
}

static inline void query(struct tl_buffer *b, unsigned id, const char *name, unsigned type)
{
    put_header(b, id, 0x0100, 1, 0, 0, 0);
    put_question(b, name, type, 1);
}

static inline void address(struct tl_buffer *b, unsigned id, const char *name)
{
    put_header(b, id, 0x8180, 1, 1, 0, 0);
    put_question(b, name, 1, 1);
    put_record(b, 1, 300, "\300\0\2\1", 4);
}

#define HEAD " query=www.example qclass=1 qclass_name=C_INTERNET qtype=1 qtype_name=A"
#define ADDRESS HEAD " rcode=0 rcode_name=NOERROR opcode=0 opcode_name=query AA=F TC=F RD=T RA=T Z=0" \
    " answers={192.0.2.1} TTLs=[300] rejected=F answer_count=1 authority_count=0 additional_count=0\n"
#define ASKED HEAD " opcode=0 opcode_name=query AA=F TC=F RD=T RA=F Z=0 rejected=F\n"

struct form {
    unsigned type;
    const char *data;
    size_t len;
    const char *text;
};

#define FORM(type, data, text) { type, data, sizeof data - 1, text }
#define LOC(text_, sizes, latitude, longitude, altitude) FORM(29, "\0" sizes latitude longitude altitude, text_)

static const struct form forms[] = {
    FORM(1, "\12\0\0\1", "{10.0.0.1}"),
    FORM(28, "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1", "{2001:db8::1}"),
    FORM(2, "\2NS\xc0\x0c", "{ns.www.example}"),
    FORM(5, "\xc0\x10", "{example}"),
    FORM(5, "\0", "{<Root>}"),
    FORM(12, "\3h.i\0", "{h\\.i}"),
    FORM(15, "\0\12\2mx\0", "{mx}"),
    FORM(33, "\0\1\0\2\0\120\3srv\0", "{srv}"),
    FORM(6, "\1m\0\1r\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5", "{m}"),
    FORM(16, "\2ab\0\3c d", "{TXT 2 ab TXT 0  TXT 3 c d}"),
    FORM(35, "\0\144\0\12\1u\7E2U+sip\4!x!y\0", "{NAPTR 100 10 u E2U+sip !x!y <Root>}"),
    FORM(43, "\1\2\10\2\xaa\xbb", "{DS 8 2}"),
    FORM(46, "\0\1\10\2\0\0\1\54\0\0\0\2\0\0\0\1\0\7\1Z\0sig", "{RRSIG 1 z}"),
    FORM(47, "\1n\0\0\1\100", "{NSEC www.example n}"),
    FORM(48, "\1\1\3\15key", "{DNSKEY 13}"),
    FORM(50, "\1\0\0\1\0\2\xff\0\0\1\100", "{NSEC3}"),
    FORM(52, "\3\1\1\xab\xcd", "{3 1 1 abcd}"),
    FORM(64, "\0\0\3svc\0", "{0 svc}"),
    FORM(65, "\0\1\0\0\0\0\2\0\4\0\1\0\3\2h2\0\2\0\0\0\3\0\2\x20\xfb\0\4\0\4\1\2\3\4\0\5\0\2\0\1"
             "\0\6\0\20\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1\x2\x9a\0\3a b",
         "{1 . mandatory=ipv4hint alpn=h2 no-default-alpn port=8443 ipv4hint=1.2.3.4 ech=AAE= ipv6hint=2001:db8::1 "
         "key666=\"a b\"}"),
    FORM(65, "\0\1\0\0\1\0\10\4f\\oo\2h2", "{1 . alpn=\"f\\\\\\\\oo,h2\"}"),
    FORM(257, "\200\5issueca.\"x\"", "{128 issue \"ca.\\\"x\\\"\"}"),
    FORM(16, "\3a\\b", "{TXT 3 a\\\\b}"),
    FORM(13, "\3cpu\2os", "{\"cpu\" \"os\"}"),
    FORM(13, "\0\4a b\"", "{\"\" \"a b\\\"\"}"),
    FORM(44, "\1\1\xaa\0\xbc", "{1 1 AA00BC}"),
    FORM(99, "\6v=spf1\5a\"b\\c\0\3\1\x80;", "{\"v=spf1\" \"a\\\"b\\\\c\" \"\" \"\\001\\128;\"}"),
    FORM(5, "\4a.b\\\3c d\0", "{a\\.b\\\\.c\\032d}"),
    FORM(39, "\3New\7example\0", "{new.example}"),
    FORM(39, "\0", "{.}"),
    FORM(17, "\4m.1A\1x\0\1t\1x\0", "{m\\.1a.x t.x}"),
    FORM(17, "\0\0", "{. .}"),
    FORM(18, "\0\1\3afs\1x\0", "{1 afs.x}"),
    FORM(36, "\0\12\2kx\1x\0", "{10 kx.x}"),
    FORM(51, "\1\0\0\12\2\xaa\xbb", "{1 0 10 AABB}"),
    FORM(51, "\1\1\0\0\0", "{1 1 0 -}"),
    FORM(256, "\0\12\0\1http://x/\"a\\b\x80 c", "{10 1 \"http://x/\\\"a\\\\b\\128 c\"}"),
    FORM(256, "\0\12\0\1", "{10 1 \"\"}"),
    FORM(37, "\0\1\x30\x39\10abc", "{PKIX 12345 RSASHA256 YWJj}"),
    FORM(37, "\0\3\x30\x39\0abcd", "{PGP 12345 0 YWJjZA==}"),
    FORM(37, "\xff\0\0\1\15x", "{65280 1 ECDSAP256SHA256 eA==}"),
    FORM(11, "\12\0\0\1\6\0\0\0\x40\0\0\0\0\0\0\x80", "{10.0.0.1 6 25 80}"),
    FORM(11, "\12\0\0\1\x11", "{10.0.0.1 17}"),
    FORM(11, "\12\0\0\1\x84\xff", "{10.0.0.1 132 0 1 2 3 4 5 6 7}"),
    FORM(62, "\0\0\0\x42\0\3\0\4\x60\0\0\10", "{66 3 A NS AAAA}"),
    FORM(62, "\0\0\0\x42\0\3", "{66 3}"),
    FORM(63, "\0\0\0\1\1\xf0\1\2\xff", "{1 1 240 0102FF}"),
    FORM(61, "\x99\1\2\3", "{mQECAw==}"),
    FORM(53, "\3\1\1\xab\xcd", "{3 1 1 ABCD}"),
    FORM(108, "\0\0\x5e\0\x53\x2a", "{00-00-5e-00-53-2a}"),
    FORM(109, "\0\0\x5e\xef\x10\0\0\x2a", "{00-00-5e-ef-10-00-00-2a}"),
    FORM(42, "\0\1\x15\3\xc0\xa8\x20\0\1\x1c\x83\xc0\xa8\x26", "{1:192.168.32.0/21 !1:192.168.38.0/28}"),
    FORM(42, "\0\2\10\1\xff", "{2:ff00::/8}"),
    FORM(42, "\0\1\0\0\0\2\0\0", "{1:0.0.0.0/0 2:::/0}"),
    FORM(42, "\0\3\5\1a", "{\\# 5 0003050161}"),
    FORM(42, "\0\1\x21\1a", "{\\# 5 0001210161}"),
    LOC("{42 21 54.000 N 71 6 18.000 W -24.00m 1m 10000m 10m}", "\x12\x16\x13", "\x89\x17\x2d\xd0", "\x70\xbe\x15\xf0",
        "\0\x98\x8d\x20"),
    LOC("{0 0 0.000 N 0 0 0.000 E 0.00m 0.00m 0.01m 0.10m}",
        "\0\x10\x11", "\x80\0\0\0", "\x80\0\0\0", "\0\x98\x96\x80"),
    LOC("{0 0 0.001 N 0 0 0.001 W 0.01m 30m 90000000m 20000000m}", "\x33\x99\x29", "\x80\0\0\1", "\x7f\xff\xff\xff",
        "\0\x98\x96\x81"),
    LOC("{90 0 0.000 N 180 0 0.000 W 42849672.95m 10m 10000m 10m}", "\x13\x16\x13", "\x93\x4f\xd9\0", "\x59\x60\x4e\0",
        "\xff\xff\xff\xff"),
    LOC("{\\# 16 00131613934FD90159604E000098964E}",
        "\x13\x16\x13", "\x93\x4f\xd9\1", "\x59\x60\x4e\0", "\0\x98\x96\x4e"),
    FORM(29, "\1\xa0\x16\x1a" "abc", "{\\# 7 01A0161A616263}"),
    FORM(65280, "xyz", "{<unknown type=65280>}"),
};

static inline void answer(struct tl_buffer *m, const struct form *form)
{
    put_header(m, 1, 0x8180, 1, 1, 0, 0);
    put_question(m, "www.example", form->type, 1);
    put_record(m, form->type, 5, form->data, form->len);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
