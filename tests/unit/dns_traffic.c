/*
 * dns_traffic.c - DNS conversations over several carriers: which response belongs to which question.
 *
 * A message is a line: "> 7 A a.example" or "< 7 A a.example = A a.example 1": direction, id, questions (joined by +;
 * `.` for none), and after = the answers (joined by +), each a type, an owner and the last byte of an address, or a
 * name. Messages are 10 ms apart. A record is a line too: "a.example A 10 = 192.0.2.1;": name, type, ms to the response
 * (-: none), xN for retransmits, and the answers (joined by commas).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buffer.h"
#include "core/packet.h"
#include "core/record.h"
#include "crypto/libcrypto.h"
#include "decode/decoder.h"

struct carrier {
    const char *name;
    bool v6, vlan, tcp;
    uint16_t client, server; /* ports */
    bool swapped;            /* the client has the higher address */
    bool twice;              /* every packet is there two times: captured on two interfaces */
};

static const struct carrier carriers[] = {
    { .name = "UDP", .client = 40000, .server = 53 },
    { .name = "another port", .client = 40000, .server = 5300 },
    { .name = "IPv6", .v6 = true, .client = 40000, .server = 53 },
    { .name = "VLAN", .vlan = true, .client = 40000, .server = 53 },
    { .name = "server to server", .client = 53, .server = 53 },
    { .name = "server to server, other addresses", .client = 53, .server = 53, .swapped = true },
    { .name = "TCP", .tcp = true, .client = 40000, .server = 53 },
    { .name = "TCP, IPv6, VLAN", .tcp = true, .v6 = true, .vlan = true, .client = 40000, .server = 53 },
};

struct traffic {
    struct tl_registry *registry;
    struct tl_interfaces *interfaces;
    struct tl_decoder *decoder;
    struct tl_buffer records, packet;
    uint64_t number;
    int64_t now;
    uint32_t seq[2];
};

static const void *field_of(const struct tl_record_def *def, const struct tl_record *record, const char *key)
{
    for (uint32_t i = 0; i < def->field_count; i++) {
        if (strcmp(def->fields[i].key, key) == 0)
            return record->set >> i & 1 ? (const char *)record + def->fields[i].offset : NULL;
    }
    fail_msg("no field %s", key);
    return NULL;
}

static void on_record(void *context, const struct tl_record_def *def, const struct tl_record *record,
                      const struct tl_flow_id *id)
{
    struct traffic *w = context;
    struct tl_buffer *b = &w->records;
    (void)id;
    if (strcmp(def->path, "dns") != 0)
        return;
    const struct tl_bytes *query = field_of(def, record, "query");
    const char *const *type = field_of(def, record, "qtype_name");
    const int64_t *rtt = field_of(def, record, "rtt");
    const uint64_t *retransmits = field_of(def, record, "retransmits");
    const struct tl_text_list *answers = field_of(def, record, "answers");
    if (query != NULL)
        tl_put(b, query->data, query->len);
    tl_put_format(b, " %s ", type != NULL ? *type : "-");
    if (rtt != NULL)
        tl_put_i64(b, *rtt / 1000000);
    else
        tl_put_char(b, field_of(def, record, "rcode") != NULL ? '?' : '-');
    if (retransmits != NULL)
        tl_put_format(b, " x%u", (unsigned)*retransmits);
    for (uint32_t i = 0; answers != NULL && i < answers->count; i++) {
        tl_put(b, i == 0 ? " = " : ",", i == 0 ? 3 : 1);
        tl_put(b, answers->items[i].data, answers->items[i].len);
    }
    tl_put_char(b, ';');
}

/* --- messages --- */

static void put16(struct tl_buffer *b, unsigned v)
{
    tl_put_char(b, (char)(v >> 8));
    tl_put_char(b, (char)v);
}

static void put32(struct tl_buffer *b, uint32_t v)
{
    put16(b, v >> 16);
    put16(b, v & 0xffff);
}

static void put_name(struct tl_buffer *b, const char *name)
{
    while (*name != 0) {
        size_t n = strcspn(name, ".");
        tl_put_char(b, (char)n);
        tl_put(b, name, n);
        name += n + (name[n] == '.');
    }
    tl_put_char(b, 0);
}

static unsigned type_of(const char *name)
{
    static const struct {
        const char *name;
        unsigned type;
    } types[] = { { "A", 1 }, { "CNAME", 5 }, { "SOA", 6 }, { "PTR", 12 }, { "AAAA", 28 }, { "DNAME", 39 },
                  { "ANY", 255 } };
    for (size_t i = 0; i < TL_COUNT(types); i++) {
        if (strcmp(types[i].name, name) == 0)
            return types[i].type;
    }
    fail_msg("type %s", name);
    return 0;
}

static void put_answer(struct tl_buffer *b, const char *type, const char *owner, const char *data)
{
    struct tl_buffer rdata = { 0 };
    put_name(b, owner);
    put16(b, type_of(type));
    put16(b, 1);
    put32(b, 60);
    if (data[0] >= '0' && data[0] <= '9') {
        if (strcmp(type, "AAAA") == 0)
            tl_put(&rdata, "\x20\1\xd\xb8\0\0\0\0\0\0\0", 11);
        tl_put(&rdata, "\300\0\2", strcmp(type, "AAAA") == 0 ? 0 : 3);
        if (strcmp(type, "AAAA") == 0)
            tl_put(&rdata, "\0\0\0\0", 4);
        tl_put_char(&rdata, (char)strtoul(data, NULL, 10));
    } else {
        put_name(&rdata, data);
    }
    put16(b, (unsigned)rdata.len);
    tl_put(b, rdata.data, rdata.len);
    tl_buffer_fini(&rdata);
}

/* Reads the words of a line. */
static char *word(char **at)
{
    char *begin = *at + strspn(*at, " ");
    *at = begin + strcspn(begin, " ");
    if (**at != '\0')
        *(*at)++ = '\0';
    return begin;
}

/* Returns the direction. */
static unsigned put_message(struct tl_buffer *b, const char *line)
{
    char copy[256], *at = copy;
    assert_true(strlen(line) < sizeof copy);
    strncpy(copy, line, sizeof copy - 1);
    copy[sizeof copy - 1] = '\0';
    unsigned side = *word(&at) == '<', id = (unsigned)strtoul(word(&at), NULL, 10), questions = 0, answers = 0;
    struct tl_buffer body = { 0 };
    char *w = word(&at);
    while (*w != '\0' && *w != '=' && *w != '.') {
        put_name(&body, word(&at));
        put16(&body, type_of(w));
        put16(&body, 1);
        questions++;
        w = word(&at);
        if (*w == '+')
            w = word(&at);
    }
    if (*w == '.')
        w = word(&at);
    while (*w == '=' || *w == '+') {
        const char *type = word(&at), *owner = word(&at), *data = word(&at);
        put_answer(&body, type, owner, data);
        answers++;
        w = word(&at);
    }
    put16(b, id);
    put16(b, side == 1 ? 0x8180 : 0x0100);
    put16(b, questions);
    put16(b, answers);
    put32(b, 0);
    if (body.len > 0)
        tl_put(b, body.data, body.len);
    tl_buffer_fini(&body);
    return side;
}

/* --- packets --- */

static void put_ip(struct tl_buffer *b, const struct carrier *c, unsigned side, unsigned protocol, size_t len)
{
    unsigned from = (side == 0) == c->swapped ? 9 : 1, to = 10 - from;
    if (c->v6) {
        static const char net[16] = "\x20\1\xd\xb8";
        put32(b, 0x60000000);
        put16(b, (unsigned)len);
        put16(b, protocol << 8 | 64);
        tl_put(b, net, 15), tl_put_char(b, (char)from);
        tl_put(b, net, 15), tl_put_char(b, (char)to);
        return;
    }
    put32(b, 0x45000000 | (uint32_t)(len + 20));
    put32(b, 0);
    put32(b, 0x40000000 | protocol << 16);
    put32(b, 0x0a000000 | from);
    put32(b, 0x0a000000 | to);
}

static void decode(struct traffic *w, uint32_t cut)
{
    uint32_t len = (uint32_t)w->packet.len;
    struct tl_packet packet = { .ts = w->now, .etime = w->now, .number = ++w->number, .bytes = w->packet.data,
                                .caplen = len - cut, .len = len, .linktype = 1 };
    tl_decoder_expire(w->decoder, w->now);
    tl_decoder_packet(w->decoder, &packet);
}

/* Sends a payload. `cut` bytes at its end are not captured. */
static void send(struct traffic *w, const struct carrier *c, unsigned side, unsigned flags,
                 const struct tl_buffer *payload, uint32_t cut)
{
    struct tl_buffer *b = &w->packet;
    size_t len = payload->len + (c->tcp ? 20 : 8);
    b->len = 0;
    tl_put(b, "\2\0\0\0\0\2\2\0\0\0\0\1", 12);
    if (c->vlan)
        put32(b, 0x81000005);
    put16(b, c->v6 ? 0x86dd : 0x0800);
    put_ip(b, c, side, c->tcp ? 6 : 17, len);
    put16(b, side == 0 ? c->client : c->server);
    put16(b, side == 0 ? c->server : c->client);
    if (c->tcp) {
        put32(b, w->seq[side]);
        put32(b, w->seq[side ^ 1]);
        put32(b, 0x50000000 | flags << 16 | 8192);
        put32(b, 0);
        w->seq[side] += (uint32_t)payload->len + (flags & 2 ? 1 : 0);
    } else {
        put16(b, (unsigned)len);
        put16(b, 0);
    }
    if (payload->len > 0)
        tl_put(b, payload->data, payload->len);
    decode(w, cut);
    if (c->twice)
        decode(w, cut);
}

static void say(struct traffic *w, const struct carrier *c, const char *line, uint32_t cut)
{
    struct tl_buffer message = { 0 }, payload = { 0 };
    unsigned side = put_message(&message, line);
    if (c->tcp)
        put16(&payload, (unsigned)message.len);
    tl_put(&payload, message.data, message.len);
    send(w, c, side, 0x18, &payload, cut);
    w->now += 10000000;
    tl_buffer_fini(&message);
    tl_buffer_fini(&payload);
}

static int setup(void **state)
{
    struct traffic *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->registry = tl_registry_new();
    w->interfaces = tl_interfaces_new();
    struct tl_decoder_options options = { .registry = w->registry, .interfaces = w->interfaces, .memory = 32 << 20,
                                          .crypto = &tl_crypto_libcrypto,
                                          .listener = { .record = on_record, .context = w } };
    w->decoder = tl_decoder_new(&options);
    assert_non_null(w->decoder);
    w->now = INT64_C(1700000000000000000);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct traffic *w = *state;
    tl_decoder_free(w->decoder);
    tl_interfaces_free(w->interfaces);
    tl_registry_free(w->registry);
    tl_buffer_fini(&w->records);
    tl_buffer_fini(&w->packet);
    free(w);
    return 0;
}

/* Returns the records of a conversation. */
static const char *converse(struct traffic *w, const struct carrier *c, const char *const *lines, uint32_t cut_last)
{
    static const struct tl_buffer nothing;
    w->records.len = 0;
    w->seq[0] = 1000, w->seq[1] = 5000;
    if (c->tcp) {
        send(w, c, 0, 0x02, &nothing, 0);
        send(w, c, 1, 0x12, &nothing, 0);
        send(w, c, 0, 0x10, &nothing, 0);
    }
    for (size_t i = 0; lines[i] != NULL; i++)
        say(w, c, lines[i], lines[i + 1] == NULL ? cut_last : 0);
    tl_decoder_finish(w->decoder);
    w->now += INT64_C(600000000000);
    tl_put_char(&w->records, 0);
    return (const char *)w->records.data;
}

struct talk {
    const char *name;
    const char *records;
    const char *over_tcp; /* NULL: the same */
    const char *lines[10];
};

static const struct talk talks[] = {
    { "an id reused after a lost query", "one.example A 10 = 192.0.2.1;two.example A 10 = 192.0.2.2;lost.example A -;",
      NULL, { "> 7 A lost.example", "> 7 A one.example", "< 7 A one.example = A one.example 1", "> 7 A two.example",
              "< 7 A two.example = A two.example 2" } },
    { "A and AAAA with one id, answered in the other order",
      "a.example AAAA 10 = 2001:db8::6;a.example A 30 = 192.0.2.4;", NULL,
      { "> 9 A a.example", "> 9 AAAA a.example", "< 9 AAAA a.example = AAAA a.example 6",
        "< 9 A a.example = A a.example 4" } },
    { "0x20", "www.example A 10 = 192.0.2.1;", NULL,
      { "> 1 A wWw.eXaMpLe", "< 1 A WwW.ExAmPlE = A www.EXAMPLE 1" } },
    { "a forged answer to another question", "bad.example A ? = 192.0.2.66;good.example A 20 = 192.0.2.1;", NULL,
      { "> 1 A good.example", "< 1 A bad.example = A bad.example 66", "< 1 A good.example = A good.example 1" } },
    { "a forged answer with another id", "good.example A ? = 192.0.2.66;good.example A 20 = 192.0.2.1;", NULL,
      { "> 1 A good.example", "< 2 A good.example = A good.example 66", "< 1 A good.example = A good.example 1" } },
    { "an answer of another type", "a.example AAAA ? = 2001:db8::1;a.example A -;", NULL,
      { "> 1 A a.example", "< 1 AAAA a.example = AAAA a.example 1" } },
    { "a query sent again", "a.example A 10 x2 = 192.0.2.1;",
      "a.example A 30 = 192.0.2.1;a.example A -;a.example A -;",
      { "> 1 A a.example", "> 1 A A.example", "> 1 A a.EXAMPLE", "< 1 A a.example = A a.example 1" } },
    { "a query sent again, other ones between", "b.example A 10 = 192.0.2.2;a.example A 10 x1 = 192.0.2.1;",
      "b.example A 10 = 192.0.2.2;a.example A 40 = 192.0.2.1;a.example A -;",
      { "> 1 A a.example", "> 2 A b.example", "< 2 A b.example = A b.example 2", "> 1 A a.example",
        "< 1 A a.example = A a.example 1" } },
    { "sent again, never answered", "a.example A - x1;", "a.example A -;a.example A -;",
      { "> 1 A a.example", "> 1 A a.example" } },
    { "the same question again after its answer", "a.example A 10 = 192.0.2.1;a.example A 10 = 192.0.2.2;", NULL,
      { "> 1 A a.example", "< 1 A a.example = A a.example 1", "> 1 A a.example", "< 1 A a.example = A a.example 2" } },
    { "a second answer", "a.example A 10 = 192.0.2.1;a.example A ? = 192.0.2.2;", NULL,
      { "> 1 A a.example", "< 1 A a.example = A a.example 1", "< 1 A a.example = A a.example 2" } },
    { "three questions, an answer to the second", "foo.example A 10;bar.example A 10 = 192.0.2.4;baz.example A 10;",
      NULL, { "> 3 A foo.example + A bar.example + A baz.example",
              "< 3 A foo.example + A bar.example + A baz.example = A bar.example 4" } },
    { "three questions, one repeated in the answer", "bar.example A 10 = 192.0.2.4;foo.example A -;baz.example A -;",
      NULL, { "> 3 A foo.example + A bar.example + A baz.example", "< 3 A bar.example = A bar.example 4" } },
    { "two questions, an answer without any", "foo.example A 10;bar.example A 10 = 192.0.2.4;", NULL,
      { "> 3 A foo.example + A bar.example", "< 3 . = A bar.example 4" } },
    { "two questions, an alias", "foo.example A 10 = x.example,192.0.2.4;foo.example AAAA 10 = x.example,2001:db8::5;",
      NULL, { "> 3 A foo.example + AAAA foo.example",
              "< 3 A foo.example + AAAA foo.example = CNAME foo.example x.example + A x.example 4 + "
              "AAAA x.example 5" } },
    { "two questions, one under a DNAME",
      "foo.old.example A 10 = new.example,foo.new.example,192.0.2.4;b.example A 10;",
      NULL, { "> 3 A foo.old.example + A b.example",
              "< 3 A foo.old.example + A b.example = DNAME old.example new.example + CNAME foo.old.example "
              "foo.new.example + A foo.new.example 4" } },
    { "an error without its question", "a.example A 10;", NULL, { "> 1 A a.example", "< 1 ." } },
    { "an answer without its question, of another name", " - ? = 192.0.2.1;", NULL, { "< 1 . = A b.example 1" } },
    { "an answer without its question, to the second query", "b.example A 10 = 192.0.2.2;a.example A -;", NULL,
      { "> 1 A a.example", "> 1 A b.example", "< 1 . = A B.example 2" } },
    { "an answer without its question, the second one's owner", "a.example A 10 = 192.0.2.3,192.0.2.4;", NULL,
      { "> 1 A a.example", "< 1 . = A c.example 3 + A a.example 4" } },
    { "answers without their question, owners of two queries",
      "a.example A 20 = 192.0.2.3,192.0.2.4;b.example A -;", NULL,
      { "> 1 A a.example", "> 1 A b.example", "< 1 . = A b.example 3 + A a.example 4" } },
    { "an answer without its question, another id", " - ? = 192.0.2.3;a.example A -;", NULL,
      { "> 1 A a.example", "< 2 . = A a.example 3" } },
    { "an answer without its question, a longer name", " - ? = 192.0.2.3;a.example A -;", NULL,
      { "> 1 A a.example", "< 1 . = A x.a.example 3" } },
    { "answers in the other order", "b.example A 10 = 192.0.2.2;a.example A 30 = 192.0.2.1;", NULL,
      { "> 1 A a.example", "> 1 A b.example", "< 1 A b.example = A b.example 2", "< 1 A a.example = A a.example 1" } },
    { "an answer before its query", "a.example A ? = 192.0.2.1;b.example A -;a.example A -;", NULL,
      { "> 2 A b.example", "< 1 A a.example = A a.example 1", "> 1 A a.example" } },
};

/* On other ports a query has one question, and comes first. */
static bool found_by_content(const struct talk *t)
{
    return strchr(t->lines[0], '+') == NULL && t->lines[0][0] == '>';
}

static void test_talks(void **state)
{
    struct traffic *w = *state;
    for (size_t i = 0; i < TL_COUNT(talks); i++) {
        for (size_t k = 0; k < TL_COUNT(carriers); k++) {
            const struct talk *t = &talks[i];
            if (!found_by_content(t) && carriers[k].server != 53)
                continue;
            const char *want = carriers[k].tcp && t->over_tcp != NULL ? t->over_tcp : t->records;
            const char *got = converse(w, &carriers[k], t->lines, 0);
            if (strcmp(got, want) != 0)
                fail_msg("%s over %s: %s, not %s", t->name, carriers[k].name, got, want);
        }
    }
}

/* A response cut after its question is paired; one cut in the question is no message. */
static void test_cut(void **state)
{
    struct traffic *w = *state;
    static const char *const lines[] = { "> 1 A a.example", "< 1 A a.example = A a.example 1", NULL };
    for (uint32_t cut = 0; cut <= 43; cut++) {
        const char *got = converse(w, &carriers[cut % 4], lines, cut);
        const char *want = cut == 0 ? "a.example A 10 = 192.0.2.1;" : cut <= 25 ? "a.example A 10;" : "a.example A -;";
        if (strcmp(got, want) != 0)
            fail_msg("cut by %u: %s, not %s", cut, got, want);
    }
}

/* Packets that are captured twice: the query counts as sent again, the second response has no query. */
static void test_twice(void **state)
{
    struct traffic *w = *state;
    static const char *const lines[] = { "> 1 A a.example", "< 1 A a.example = A a.example 1", NULL };
    for (size_t k = 0; k < TL_COUNT(carriers); k++) {
        struct carrier c = carriers[k];
        c.twice = true;
        const char *want = c.tcp ? "a.example A 10 = 192.0.2.1;"
                                 : "a.example A 10 x1 = 192.0.2.1;a.example A ? = 192.0.2.1;";
        assert_string_equal(converse(w, &c, lines, 0), want);
    }
}

/* A query that is sent many times before its response, with or without another conversation between. */
struct repeat {
    const char *name, *query, *response, *other, *answer;
    unsigned times;
    const char *records; /* how they end */
};

static const struct repeat repeats[] = {
    { "256 times", "> 1 A a.example", "< 1 A a.example = A a.example 1", NULL, NULL, 256,
      "a.example A 10 x255 = 192.0.2.1;" },
    { "257 times", "> 1 A a.example", "< 1 A a.example = A a.example 1", NULL, NULL, 257,
      "a.example A 10 x256 = 192.0.2.1;" },
    { "600 times", "> 1 A a.example", "< 1 A a.example = A a.example 1", NULL, NULL, 600,
      "a.example A 10 x599 = 192.0.2.1;" },
    { "600 times, never answered", "> 1 A a.example", NULL, NULL, NULL, 600, "a.example A - x599;" },
    { "two questions", "> 1 A a.example + A b.example", "< 1 . = A b.example 2", NULL, NULL, 300,
      "a.example A 10 x299;b.example A 10 x299 = 192.0.2.2;" },
    { "an error without its question", "> 1 A a.example", "< 1 .", NULL, NULL, 513, "a.example A 10 x512;" },
    { "others between", "> 1 A a.example", "< 1 A a.example = A a.example 1", "> 2 A b.example",
      "< 2 A b.example = A b.example 2", 520, "b.example A 10 = 192.0.2.2;a.example A 30 x519 = 192.0.2.1;" },
};

/* TCP sends nothing again. On other ports a query has one question. */
static bool is_repeated(const struct repeat *r, const struct carrier *c)
{
    return !c->tcp && (c->server == 53 || strchr(r->query, '+') == NULL);
}

static void test_many_times(void **state)
{
    struct traffic *w = *state;
    for (size_t i = 0; i < TL_COUNT(repeats) * TL_COUNT(carriers); i++) {
        const struct repeat *r = &repeats[i / TL_COUNT(carriers)];
        const struct carrier *c = &carriers[i % TL_COUNT(carriers)];
        const char *lines[3 * 600 + 2] = { NULL };
        size_t n = 0;
        if (!is_repeated(r, c))
            continue;
        for (unsigned k = 0; k < r->times; k++) {
            lines[n++] = r->query;
            if (r->other != NULL)
                lines[n++] = r->other, lines[n++] = r->answer;
        }
        lines[n] = r->response;
        const char *got = converse(w, c, lines, 0);
        if (strlen(got) < strlen(r->records) || strcmp(got + strlen(got) - strlen(r->records), r->records) != 0)
            fail_msg("%s over %s: %s, not %s", r->name, c->name, got, r->records);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = { TEST(test_talks), TEST(test_cut), TEST(test_twice), TEST(test_many_times) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
