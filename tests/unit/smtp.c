/* smtp.c - SMTP sessions as text become records, the same for either side first and any segmentation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "core/buffer.h"
#include "core/channel.h"
#include "core/slab.h"
#include "dissectors/registry.h"

extern const struct tl_protocol tl_protocol_smtp;

enum { KEEP_MAX = 2048, GUARDED = 1 << 20, KEPT_MOST = 64 << 10, GAP = 1 }; /* GAP: this byte means ten lost bytes */

struct world {
    struct tl_dissection d;
    struct tl_frame frame;
    struct tl_stream side[2];
    struct tl_slab *slab;
    struct tl_arena scratch;
    struct tl_tree tree;
    bool at_upgrade[2];
    struct tl_charsets *charsets;
    uint64_t wanted[4];
    uint8_t *guard; /* inaccessible page */
    struct tl_buffer lines, weirds;
    struct tl_bytes kept[KEEP_MAX];
    uint32_t keeping, bytes, most_bytes, keep_limit;
    unsigned records, confirmed, violated, changes;
    uint64_t random;
    bool detail;
    uint16_t port; /* of the server */
    const char *hidden; /* no text of the tree may contain it */
    void *slot;
};

static void put_value(struct tl_buffer *b, const struct tl_record_field *f, const void *at)
{
    if (f->type == TL_REC_COUNT) {
        tl_put_u64(b, *(const uint64_t *)at);
    } else if (f->type == TL_REC_BOOL) {
        tl_put_char(b, *(const bool *)at ? 'T' : 'F');
    } else if (f->type == TL_REC_TEXT) {
        const struct tl_bytes *text = at;
        tl_put(b, text->data, text->len);
    } else {
        const struct tl_text_list *list = at;
        assert_int_equal(f->type, TL_REC_TEXTS);
        for (uint32_t i = 0; i < list->count; i++) {
            tl_put_char(b, '{');
            tl_put(b, list->items[i].data, list->items[i].len);
            tl_put_char(b, '}');
        }
    }
}

static void take_record(struct tl_dissection *d, const struct tl_record_def *def, struct tl_record *r)
{
    struct world *w = d->host_data;
    struct tl_buffer *b = &w->lines;
    w->records++;
    assert_ptr_equal(def, tl_protocol_smtp.records[0]);
    for (uint32_t i = 0; i < def->field_count; i++) {
        if ((r->set >> i & 1) == 0 || strcmp(def->fields[i].key, "path") == 0)
            continue;
        tl_put_format(b, "%s=", def->fields[i].key);
        put_value(b, &def->fields[i], (const char *)r + def->fields[i].offset);
        tl_put_char(b, ' ');
    }
    for (uint32_t i = 0; i < def->field_count; i++)
        if ((r->cut >> i & 1) != 0)
            tl_put_format(b, "cut:%s ", def->fields[i].key);
    tl_put_char(b, '\n');
}

static uint32_t keep(struct tl_dissection *d, const void *data, uint32_t len)
{
    struct world *w = d->host_data;
    if (w->keeping >= w->keep_limit || w->bytes + len > KEPT_MOST)
        return 0;
    for (uint32_t i = 1; i < KEEP_MAX; i++) {
        if (w->kept[i].data != NULL)
            continue;
        uint8_t *copy = calloc(1, len ? len : 1);
        assert_non_null(copy);
        if (data != NULL)
            memcpy(copy, data, len);
        w->kept[i] = (struct tl_bytes){ copy, len };
        w->keeping++;
        w->bytes += len;
        w->most_bytes = w->bytes > w->most_bytes ? w->bytes : w->most_bytes;
        return i;
    }
    return 0;
}

static struct tl_bytes kept(const struct tl_dissection *d, uint32_t handle)
{
    const struct world *w = d->host_data;
    assert_in_range(handle, 1, KEEP_MAX - 1);
    assert_non_null(w->kept[handle].data);
    return w->kept[handle];
}

static void forget(struct tl_dissection *d, uint32_t handle)
{
    struct world *w = d->host_data;
    w->bytes -= kept(d, handle).len;
    free((void *)(uintptr_t)kept(d, handle).data);
    w->kept[handle] = (struct tl_bytes){ NULL, 0 };
    w->keeping--;
}

static void confirm(struct tl_dissection *d)
{
    ((struct world *)d->host_data)->confirmed++;
}

static void violate(struct tl_dissection *d)
{
    ((struct world *)d->host_data)->violated++;
}

static void weird(struct tl_dissection *d, unsigned kind, struct tl_bytes addl)
{
    struct world *w = d->host_data;
    if (w->hidden != NULL && addl.len > 0)
        assert_null(memmem(addl.data, addl.len, w->hidden, strlen(w->hidden)));
    tl_put_format(&w->weirds, "%s ", d->protocol->weirds[kind].name);
}

static void change(struct tl_dissection *d, struct tl_stream *s, const struct tl_protocol *to)
{
    struct world *w = d->host_data;
    assert_null(to);
    s->want.kind = TL_WANT_NOTHING;
    tl_protocol_smtp.finish(d);
    w->changes++;
    d->protocol = NULL;
}

static void truncated(struct tl_dissection *d, uint64_t bytes)
{
    (void)d;
    (void)bytes;
}

static void select_protocol(struct tl_dissection *d, const struct tl_protocol *protocol)
{
    d->protocol = protocol;
    d->protocol_index = (uint16_t)(protocol == &tl_protocol_imf ? TL_PROTOCOL_imf : TL_PROTOCOL_mime);
    d->layer = TL_NO_NODE;
    d->inner_first = 0;
}

static bool at_upgrade(struct tl_dissection *d, const struct tl_stream *s)
{
    struct world *w = d->host_data;
    w->at_upgrade[s->side] = true;
    return w->at_upgrade[s->side ^ 1];
}

static void no_body(struct tl_dissection *d, struct tl_body *body, enum tl_body_event event,
                    const struct tl_body_facts *facts, struct tl_bytes bytes)
{
    (void)d, (void)body, (void)event, (void)facts, (void)bytes;
}

static const struct tl_channel_host channels = { .body = no_body };
static const struct tl_host host = { .channel = &channels, .select = select_protocol, .at_upgrade = at_upgrade, .record = take_record, .keep = keep, .kept = kept, .forget = forget,
                                     .confirm = confirm, .violate = violate, .weird = weird, .change = change,
                                     .truncated = truncated };

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    assert_true(tl_arena_init(&w->scratch, 1 << 20));
    w->slab = tl_slab_new(1 << 24);
    w->charsets = tl_charsets_new();
    w->slot = malloc(tl_protocol_smtp.flow_size);
    assert_true(w->slab != NULL && w->charsets != NULL && w->slot != NULL);
    tl_tree_init(&w->tree);
    uint8_t *map = mmap(NULL, GUARDED + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(map, MAP_FAILED);
    w->guard = map + GUARDED;
    assert_int_equal(mprotect(w->guard, 4096, PROT_NONE), 0);
    memset(w->wanted, 0xff, sizeof w->wanted);
    w->keep_limit = KEEP_MAX;
    w->port = 25;
    w->random = 88172645463325252u;
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    munmap(w->guard - GUARDED, GUARDED + 4096);
    tl_tree_fini(&w->tree);
    tl_slab_free(w->slab);
    tl_arena_fini(&w->scratch);
    tl_charsets_free(w->charsets);
    tl_buffer_fini(&w->lines);
    tl_buffer_fini(&w->weirds);
    free(w->slot);
    free(w);
    return 0;
}

static uint32_t next_random(struct world *w)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return (uint32_t)(w->random >> 20);
}

static void begin(struct world *w)
{
    static const uint8_t ends[2][4] = { { 10, 0, 0, 1 }, { 10, 0, 0, 2 } };
    memset(w->side, 0, sizeof w->side);
    w->side[1].side = 1;
    memset(w->slot, 0, tl_protocol_smtp.flow_size);
    w->d = (struct tl_dissection){ .protocol = &tl_protocol_smtp, .host = &host, .host_data = w, .slab = w->slab,
                                   .scratch = &w->scratch, .charsets = w->charsets, .layer = TL_NO_NODE,
                                   .protocol_index = TL_PROTOCOL_smtp, .frame = &w->frame, .net = &w->frame.net, .seg = &w->frame.seg };
    w->d.flow = (struct tl_flow_view){ .slot = w->slot, .ip_proto = 6, .orig_port = 40000, .resp_port = w->port,
                                       .version = 4, .orig_addr = ends[0], .resp_addr = ends[1] };
    w->at_upgrade[0] = w->at_upgrade[1] = false;
    w->lines.len = w->weirds.len = 0;
    w->records = w->confirmed = w->violated = w->changes = 0;
}

static void check_hidden(const struct world *w)
{
    size_t n = w->hidden != NULL ? strlen(w->hidden) : 0;
    struct tl_protocols protocols = tl_protocols_all();
    for (uint32_t i = 0; n > 0 && i < w->tree.count; i++) {
        const struct tl_node *node = &w->tree.nodes[i];
        if (node->field == TL_LAYER || protocols.items[node->protocol]->fields[node->field].type != TL_TEXT)
            continue;
        struct tl_bytes text = tl_node_bytes(&w->tree, node);
        for (uint32_t at = 0; at + n <= text.len; at++)
            assert_memory_not_equal(text.data + at, w->hidden, n);
    }
}

/* Pushes n bytes of one side, directly before the guard page; a byte GAP is a gap. */
static void push(struct world *w, unsigned side, const char *text, uint32_t n)
{
    if (w->d.protocol == NULL)
        return;
    w->d.flow.side = (uint8_t)side;
    if (*text == GAP) {
        w->d.c = (struct tl_cursor){ 0 };
        tl_stream_gap(&w->d, &w->side[side], 10);
        return;
    }
    uint8_t *at = w->guard - n;
    memcpy(at, text, n);
    w->d.c = tl_cursor_on(at, n, n);
    tl_arena_reset(&w->scratch);
    w->d.layer = TL_NO_NODE;
    w->d.inner_first = 0;
    w->d.tree = w->detail ? &w->tree : NULL;
    w->d.wanted = w->detail ? w->wanted : NULL;
    if (w->detail)
        tl_tree_reset(&w->tree, at, n);
    tl_stream_push(&w->d, &w->side[side], tl_bytes_of(at, n));
    if (w->detail)
        check_hidden(w);
    w->d.tree = NULL;
    w->d.wanted = NULL;
}

static void end(struct world *w)
{
    for (unsigned side = 0; side < 2 && w->d.protocol != NULL; side++) {
        w->d.c = (struct tl_cursor){ 0 };
        w->d.flow.side = (uint8_t)side;
        tl_stream_end(&w->d, &w->side[side]);
    }
    if (w->d.protocol != NULL)
        tl_protocol_smtp.finish(&w->d);
    for (unsigned side = 0; side < 2; side++)
        tl_stream_fini(&w->side[side], w->slab);
    assert_int_equal(w->keeping, 0);
    tl_put_char(&w->lines, 0);
    tl_put_char(&w->weirds, 0);
}

/* Pushes both sides in pieces of at most `most` bytes; order 0: the client first, 1: the server first, else random. */
static void talk(struct world *w, const char *client, const char *server, uint32_t most, unsigned order)
{
    const char *text[2] = { client, server };
    size_t at[2] = { 0, 0 }, len[2] = { strlen(client), strlen(server) };
    begin(w);
    while (at[0] < len[0] || at[1] < len[1]) {
        unsigned side = order < 2 ? order : next_random(w) & 1;
        if (at[side] == len[side])
            side ^= 1;
        size_t left = len[side] - at[side];
        uint32_t n = 1 + next_random(w) % most;
        const char *gap = strchr(text[side] + at[side], GAP);
        n = n < left ? n : (uint32_t)left;
        if (gap != NULL && gap < text[side] + at[side] + n)
            n = gap == text[side] + at[side] ? 1 : (uint32_t)(gap - (text[side] + at[side]));
        push(w, side, text[side] + at[side], n);
        at[side] += n;
    }
    end(w);
}

/* The records are the same for any segmentation and order, with and without the tree. want may be NULL. */
static void gives(struct world *w, const char *client, const char *server, const char *want)
{
    char same[2000];
    for (unsigned round = 0; round < 60; round++) {
        uint32_t most = round % 5 == 0 ? 1 : round % 5 == 1 ? 1 << 16 : 1 + next_random(w) % 60;
        w->detail = round % 2;
        talk(w, client, server, most, round % 4);
        if (want == NULL) { /* what the first round gave */
            snprintf(same, sizeof same, "%s", (const char *)w->lines.data);
            want = same;
        }
        assert_string_equal((const char *)w->lines.data, want);
    }
}

#define SERVER_TO_DATA "220 mx ESMTP\r\n250-mx\r\n250 SIZE\r\n250 ok\r\n250 ok\r\n354 go\r\n"
#define SERVER SERVER_TO_DATA "250 2.0.0 queued\r\n221 bye\r\n"
#define TO_DATA "EHLO me\r\nMAIL FROM:<a@x> SIZE=9\r\nRCPT TO:<b@x>\r\nDATA\r\n"
#define ENVELOPE "trans_depth=1 helo=me mailfrom=a@x rcptto={b@x} "

static void test_message(void **state)
{
    gives(*state, TO_DATA "From: A <a@x>\r\nTo: b@x, \"C, D\" <c@x>\r\nSubject: =?utf-8?q?a?=\r\n =?utf-8?q?b?=\r\n\r\n"
                          "text\r\n..dot\r\n.\r\nQUIT\r\n", SERVER,
          ENVELOPE "from=A <a@x> to={b@x}{\"C, D\" <c@x>} subject=ab last_reply=250 2.0.0 queued tls=F size=92 \n");
    struct world *w = *state;
    assert_int_equal(w->confirmed, 1);
    assert_int_equal(w->violated, 0);
    assert_int_equal(w->weirds.len, 1);
}

static void test_session_without_message(void **state)
{
    gives(*state, "EHLO me\r\nMAIL FROM:<a@x> BODY=8BITMIME SIZE=999999\r\nQUIT\r\n",
          "220 mx ESMTP\r\n250 mx\r\n552 5.3.4 too big\r\n221 bye\r\n",
          "trans_depth=1 helo=me mailfrom=a@x last_reply=221 bye tls=F size=999999 \n");
    gives(*state, "EHLO me\r\nQUIT\r\n", "220 mx ESMTP\r\n250 mx\r\n221 bye\r\n", "");
    gives(*state, "EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<@r,@s:\"q>\"@x>\r\n", "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n",
          "trans_depth=1 helo=me mailfrom= rcptto={\"q>\"@x} last_reply=250 ok tls=F \n");
}

static void test_refused_data(void **state)
{
    gives(*state, TO_DATA "RSET\r\nMAIL FROM:<c@x>\r\nRCPT TO:<d@x>\r\nDATA\r\nS: 1\r\n\r\n.\r\nQUIT\r\n",
          "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n550 no\r\n554 none\r\n250 rset\r\n250 ok\r\n250 ok\r\n354 go\r\n"
          "250 queued\r\n221 bye\r\n",
          ENVELOPE "last_reply=554 none tls=F size=9 \n"
          "trans_depth=1 helo=me mailfrom=c@x rcptto={d@x} last_reply=250 queued tls=F size=8 \n");
    gives(*state, TO_DATA "Subject: s\r\n\r\n.\r\nQUIT\r\n",
          "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n550 no\r\n554 none\r\n221 bye\r\n",
          ENVELOPE "subject=s last_reply=554 none tls=F size=14 \n");
    struct world *w = *state;
    assert_string_equal((const char *)w->weirds.data, "smtp_text_refused ");
}

/*
 * The client sends its message although DATA was refused, and the server answers some or all of its lines: these replies
 * belong to no command.
 */
static void test_refused_text(void **state)
{
    static const struct {
        const char *text, *replies;
    } rows[] = {
        { "S: 1\r\n\r\nhi\r\n.\r\n", "500 a\r\n500 b\r\n500 c\r\n500 d\r\n" },
        { "S: 1\r\n\r\nhi\r\n.\r\n", "" },                                /* the server read to the lone dot */
        { "S: 1\r\n\r\nhi\r\n.\r\n", "500-a\r\n500 a\r\n502 c\r\n" }, /* an empty line has no reply */
        { "S: 1\n\nhi\n.\r\n", "501 a\r\n500 b\r\n500 c\r\n500 d\r\n" },
        { "S: 1\r\n\r\n..dot\r\n.\r\n", "500 a\r\n500 b\r\n500 c\r\n500 d\r\n" },
        { "S: 1\r\n\r\nt\1\r\nx\r\n.\r\n", "500 a\r\n500 b\r\n500 c\r\n500 d\r\n500 e\r\n500 f\r\n" },
        { ".\r\n", "500 a\r\n" },
        { "\r\n.\r\n", "500 a\r\n503 b\r\n" },
        { "S: 1\r\n\r\nhi", "500 a\r\n500 b\r\n" }, /* the connection ends there */
    };
    struct world *w = *state;
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        char client[400], server[400];
        bool whole = rows[i].text[strlen(rows[i].text) - 1] == '\n';
        snprintf(client, sizeof client, TO_DATA "%s%s", rows[i].text,
                 whole ? "RSET\r\nMAIL FROM:<c@x>\r\nRCPT TO:<d@x>\r\nDATA\r\nS: 2\r\n\r\n.\r\nQUIT\r\n" : "");
        snprintf(server, sizeof server, "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n550 no\r\n554 none\r\n%s%s", rows[i].replies,
                 whole ? "250 rset\r\n250 ok\r\n551 no\r\n354 go\r\n250 queued\r\n221 bye\r\n" : "");
        gives(w, client, server, NULL);
        const char *first = (const char *)w->lines.data;
        assert_non_null(strstr(first, ENVELOPE "last_reply=554 none tls=F size="));
        assert_int_equal(w->records, whole ? 2 : 1);
        if (whole)
            assert_non_null(strstr(first, "\ntrans_depth=1 helo=me mailfrom=c@x rcptto={d@x} last_reply=250 queued tls=F size=8 \n"));
    }
    /* Thousands of lines, each with its reply. */
    struct tl_buffer client = { 0 }, server = { 0 };
    tl_put_lit(&client, TO_DATA "Subject: s\r\n");
    tl_put_lit(&server, "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n550 no\r\n554 none\r\n");
    begin(w);
    push(w, 0, (const char *)client.data, (uint32_t)client.len);
    push(w, 1, (const char *)server.data, (uint32_t)server.len);
    for (unsigned i = 0; i < 3000; i++) {
        push(w, 0, "text\r\n", 6);
        push(w, 1, "500 no\r\n", 8);
    }
    push(w, 0, ".\r\nMAIL FROM:<c@x>\r\n", 20);
    push(w, 1, "500 no\r\n500 no\r\n250 sender\r\n", 28);
    end(w);
    assert_int_equal(w->records, 2);
    assert_non_null(strstr((const char *)w->lines.data, ENVELOPE "subject=s last_reply=554 none "));
    assert_non_null(strstr((const char *)w->lines.data, "mailfrom=c@x last_reply=250 sender "));
    tl_buffer_fini(&client);
    tl_buffer_fini(&server);
}

/* An envelope that is given up has a record, with the last reply before that. */
static void test_given_up(void **state)
{
    static const struct {
        const char *client, *server, *want;
    } rows[] = {
        { "EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nRSET\r\nQUIT\r\n",
          "250 mx\r\n250 ok\r\n550 nobody\r\n250 rset\r\n221 bye\r\n", ENVELOPE "last_reply=550 nobody tls=F \n" },
        { "HELO me\r\nMAIL FROM:<a@x>\r\nHELO you\r\nQUIT\r\n", "250 mx\r\n250 ok\r\n250 mx\r\n221 bye\r\n",
          "trans_depth=1 helo=me mailfrom=a@x last_reply=250 ok tls=F \n" },
        { "EHLO me\r\nMAIL FROM:<a@x> SIZE=7\r\nEHLO you\r\nMAIL FROM:<c@x>\r\n", "250 mx\r\n250 ok\r\n250 mx\r\n250 c\r\n",
          "trans_depth=1 helo=me mailfrom=a@x last_reply=250 ok tls=F size=7 \n"
          "trans_depth=1 helo=you mailfrom=c@x last_reply=250 c tls=F \n" },
        { "EHLO me\r\nMAIL FROM:<a@x>\r\nEHLO you\r\nRCPT TO:<b@x>\r\n", "250 mx\r\n250 ok\r\n503 no\r\n250 c\r\n",
          "trans_depth=1 helo=you mailfrom=a@x rcptto={b@x} last_reply=250 c tls=F \n" }, /* EHLO was refused */
        { "EHLO me\r\nMAIL FROM:<a@x>\r\nMAIL FROM:<c@x>\r\nQUIT\r\n", "250 mx\r\n451 later\r\n250 ok\r\n221 bye\r\n",
          "trans_depth=1 helo=me mailfrom=a@x last_reply=451 later tls=F \n"
          "trans_depth=1 helo=me mailfrom=c@x last_reply=221 bye tls=F \n" },
        { "EHLO me\r\nMAIL FROM:<a@x>\r\nMAIL FROM:<c@x>\r\nQUIT\r\n", "250 mx\r\n250 ok\r\n503 nested\r\n221 bye\r\n",
          "trans_depth=1 helo=me mailfrom=a@x last_reply=221 bye tls=F \n" },
        { "LHLO me\r\nMAIL FROM:<a@x>\r\nLHLO you\r\n", "250 mx\r\n250 ok\r\n250 mx\r\n",
          "trans_depth=1 helo=me mailfrom=a@x last_reply=250 ok tls=F \n" },
        { "EHLO me\r\nRSET\r\nRSET\r\nMAIL FROM:<a@x>\r\nRSET\r\nRSET\r\n", "250 mx\r\n250 r\r\n250 r\r\n250 ok\r\n250 r\r\n250 r\r\n",
          "trans_depth=1 helo=me mailfrom=a@x last_reply=250 ok tls=F \n" },
        { "EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nBDAT 3\r\nabcRSET\r\nMAIL FROM:<c@x>\r\n",
          "250 mx\r\n250 ok\r\n250 ok\r\n552 full\r\n250 r\r\n250 c\r\n", ENVELOPE "last_reply=552 full tls=F \n"
          "trans_depth=1 helo=me mailfrom=c@x last_reply=250 c tls=F \n" },
        { "EHLO me\r\nMAIL FROM:<a@x>\r\nRSET\r\n", "", "trans_depth=1 helo=me mailfrom=a@x tls=F \n" },
        { "HELO me\r\nRCPT TO:<b@x>\r\nMAIL FROM:<c@x>\r\n", "250 mx\r\n503 MAIL first\r\n250 c\r\n",
          "trans_depth=1 helo=me mailfrom=c@x last_reply=250 c tls=F \n" },
        { "EHLO me\r\nSTARTTLS\r\nRSET\r\n", "250 mx\r\n454 no\r\n250 r\r\n", "trans_depth=1 helo=me last_reply=250 r tls=F \n" },
    };
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        char server[400];
        snprintf(server, sizeof server, "%s%s", rows[i].server[0] != 0 ? "220 mx ESMTP\r\n" : "", rows[i].server);
        gives(*state, rows[i].client, server, rows[i].want);
    }
}

/* BDAT is refused before its chunk, or has a wrong parameter: no chunk follows, and the next line is a command. */
static void test_refused_chunks(void **state)
{
#define TO_BDAT "EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\n"
#define NEXT "MAIL FROM:<c@x>\r\nRCPT TO:<d@x>\r\nDATA\r\nS: 2\r\n\r\n.\r\nQUIT\r\n"
    static const char *const refused[] = {
        "BDAT 500 LAST\r\nRSET\r\n", "BDAT 500\r\nRSET\r\n", "bdat 3 last\r\nrset\r\n", "BDAT 70000 LAST\r\nEHLO me\r\n",
        "BDAT 500 LAST\r\nHELO me\r\n", "BDAT x\r\nRSET\r\n", "BDAT\r\nRSET\r\n", "BDAT -5 LAST\r\nRSET\r\n",
        "BDAT 5x LAST\r\nRSET\r\n", "BDAT 5 LASTLY\r\nRSET\r\n", "BDAT 5 FIRST LAST\r\nRSET\r\n",
        "BDAT 99999999999999999999 LAST\r\nRSET\r\n", "BDAT LAST\r\nRSET\r\n", "BDAT 0x5 LAST\r\nRSET\r\n",
    };
    struct world *w = *state;
    for (unsigned i = 0; i < TL_COUNT(refused); i++) {
        char client[400];
        snprintf(client, sizeof client, TO_BDAT "%s" NEXT, refused[i]);
        gives(w, client, "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n250 ok\r\n503 refused\r\n250 rset\r\n250 ok\r\n250 ok\r\n"
                         "354 go\r\n250 queued\r\n221 bye\r\n",
              ENVELOPE "last_reply=503 refused tls=F \n"
              "trans_depth=1 helo=me mailfrom=c@x rcptto={d@x} last_reply=250 queued tls=F size=8 \n");
    }
    gives(w, TO_BDAT "BDAT 500 LAST\r\nQUIT\r\n", "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n250 ok\r\n503 no\r\n221 bye\r\n",
          ENVELOPE "last_reply=221 bye tls=F \n");
    gives(w, TO_BDAT "BDAT 500 LAST\r\n", "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n250 ok\r\n503 no\r\n",
          ENVELOPE "last_reply=503 no tls=F \n");
    gives(w, TO_BDAT "BDAT 500 LAST\r\n" "RSET", "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n250 ok\r\n503 no\r\n250 r\r\n",
          ENVELOPE "last_reply=503 no tls=F \n");
    gives(w, TO_BDAT "BDAT 9\r\nS: 1\r\n\r\naBDAT 500 LAST\r\nRSET\r\n" NEXT, /* the second chunk is refused */
          "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n250 ok\r\n250 9\r\n552 full\r\n250 rset\r\n250 ok\r\n250 ok\r\n354 go\r\n"
          "250 queued\r\n221 bye\r\n", ENVELOPE "last_reply=552 full tls=F \n"
          "trans_depth=1 helo=me mailfrom=c@x rcptto={d@x} last_reply=250 queued tls=F size=8 \n");
    /* Chunks that begin like commands. */
    gives(w, TO_BDAT "BDAT 10\r\nMail: x\r\n\rBDAT 13\r\n\ndata\r\nQuite BDAT 6 LAST\r\nrsetupQUIT\r\n",
          "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n250 ok\r\n250 10\r\n250 13\r\n250 done\r\n221 bye\r\n",
          ENVELOPE "last_reply=250 done tls=F size=29 bdat=T \n");
    gives(w, TO_BDAT "BDAT 8\r\nD: 1\r\n\r\nBDAT 6\r\ndata\r\nBDAT 1 LAST\r\nqQUIT\r\n",
          "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n250 ok\r\n250 8\r\n250 6\r\n250 done\r\n221 bye\r\n",
          ENVELOPE "last_reply=250 done tls=F size=15 bdat=T \n");
    gives(w, TO_BDAT "BDAT 4 LAST\r\nmail", "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n250 ok\r\n250 done\r\n",
          ENVELOPE "last_reply=250 done tls=F size=4 bdat=T \n");
}

static void test_two_messages(void **state)
{
    gives(*state, TO_DATA ".\r\nMAIL FROM:<c@x>\r\nRCPT TO:<d@x>\r\nRCPT TO:<e@x>\r\nDATA\r\nSubject: two\r\n.\r\nQUIT\r\n",
          SERVER_TO_DATA "250 one\r\n250 ok\r\n250 ok\r\n550 no\r\n354 go\r\n451 later\r\n221 bye\r\n",
          ENVELOPE "last_reply=250 one tls=F size=0 \n"
                   "trans_depth=2 helo=me mailfrom=c@x rcptto={d@x}{e@x} subject=two last_reply=451 later tls=F size=14 \n");
}

static void test_chunks(void **state)
{
    gives(*state, "EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nBDAT 15\r\nSubject: a\r\n.\r\nBDAT 4 LAST\r\n\r\nhiQUIT\r\n",
          "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n250 ok\r\n250 15\r\n250 done\r\n221 bye\r\n",
          ENVELOPE "subject=a last_reply=250 done tls=F size=19 bdat=T \n");
    gives(*state, "EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nBDAT 14\r\nSubject: a\r\n\r\nBDAT 0 LAST\r\nQUIT\r\n",
          "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n250 ok\r\n250 14\r\n250 done\r\n221 bye\r\n",
          ENVELOPE "subject=a last_reply=250 done tls=F size=14 bdat=T \n");
}

/* An unfinished chunked message ends when DATA arrives, and its memory is freed. */
static void test_data_behind_chunks(void **state)
{
    struct world *w = *state;
    struct tl_buffer client = { 0 };
    gives(w, "EHLO me\r\nBDAT 14\r\nSubject: a\r\n\r\nDATA\r\nSubject: b\r\n\r\n.\r\n", "",
          "trans_depth=1 helo=me subject=b tls=F size=14 \n");
    tl_put_lit(&client, "EHLO me\r\n");
    for (unsigned i = 0; i < 200; i++)
        tl_put_lit(&client, "BDAT 3\r\nabcDATA\r\nSubject: q\r\n\r\n.\r\n");
    tl_put_char(&client, 0);
    talk(w, (const char *)client.data, "", 1000, 0);
    assert_int_equal(w->records, 200);
    unsigned subjects = 0;
    for (const char *p = (const char *)w->lines.data; (p = strstr(p, " subject=q ")) != NULL; p++)
        subjects++;
    tl_buffer_fini(&client);
    assert_int_equal(subjects, 200);
    for (w->keep_limit = 0; w->keep_limit < 12; w->keep_limit++) { /* values without memory are named */
        talk(w, "EHLO me\r\nDATA\r\nSubject: b\r\n\r\n.\r\n", "", 1 + w->keep_limit % 2 * 99, 0);
        assert_true(strstr((const char *)w->lines.data, "cut:subject ") != NULL ||
                    strstr((const char *)w->lines.data, "subject=b ") != NULL);
    }
    w->keep_limit = KEEP_MAX;
}

static void test_auth(void **state)
{
    static const char *const clients[][2] = {
        { "AUTH PLAIN AHVzZXIAc2VjcmV0\r\n", "PLAIN user" },
        { "AUTH plain\r\nAHVzZXIAc2VjcmV0\r\n", "PLAIN user" },
        { "AUTH LOGIN\r\ndXNlcg==\r\nc2VjcmV0\r\n", "LOGIN user" },
        { "AUTH LOGIN dXNlcg==\r\nc2VjcmV0\r\n", "LOGIN user" },
        { "AUTH CRAM-MD5\r\ndXNlciAwMTIzNDU=\r\n", "CRAM-MD5 user" },
        { "AUTH XOAUTH2 dXNlcj11c2VyAWF1dGg9QmVhcmVyIHNlY3JldAEB\r\n", "XOAUTH2 user" },
        { "AUTH PLAIN YWxpY2UAczNjcmV0cHc=\r\n", "PLAIN" }, /* alice 0 s3cretpw */
        { "AUTH OAUTHBEARER biwsAWhvc3Q9eAFhdXRoPUJlYXJlciB0b2tlYT1zM2NyZXRwdwEB\r\n", "OAUTHBEARER" },
        { "AUTH OAUTHBEARER bixhPXVzZXIsAWF1dGg9QmVhcmVyIHNlY3JldAEB\r\n", "OAUTHBEARER user" },
        { "AUTH XOAUTH2 YXV0aD1CZWFyZXIgdXNlcj1zZWNyZXQBAQ==\r\n", "XOAUTH2" }, /* auth=Bearer user=secret */
        { "AUTH PLAIN\tAHVzZXIAc2VjcmV0\r\n", "PLAIN user" },
        { "AUTH LOGIN\r\n*\r\n", "LOGIN" },
        { "AUTH GSSAPI\r\nc2VjcmV0\r\n", "GSSAPI" },
    };
    struct world *w = *state;
    for (unsigned i = 0; i < TL_COUNT(clients); i++) {
        struct tl_buffer client = { 0 }, server = { 0 };
        char want[200];
        tl_put_format(&client, "EHLO me\r\n%sMAIL FROM:<a@x>\r\nQUIT\r\n", clients[i][0]);
        tl_put_lit(&server, "220 mx ESMTP\r\n250 mx\r\n");
        for (const char *p = strchr(clients[i][0], '\n'); p[1] != 0; p = strchr(p + 1, '\n'))
            tl_put_lit(&server, "334 \r\n");
        tl_put_lit(&server, "235 ok\r\n250 ok\r\n221 bye\r\n");
        tl_put_char(&client, 0);
        tl_put_char(&server, 0);
        snprintf(want, sizeof want, "trans_depth=1 helo=me mailfrom=a@x last_reply=221 bye tls=F auth=%s \n", clients[i][1]);
        gives(w, (const char *)client.data, (const char *)server.data, want);
        tl_buffer_fini(&client);
        tl_buffer_fini(&server);
    }
}

/* The tree shows no secret, wherever it may be. */
static void test_secrets(void **state)
{
    static const char *const clients[] = {
        "AUTH PLAIN c2VjcmV0\r\n", "AUTH PLAIN\tc2VjcmV0\r\n", "AUTH\tPLAIN c2VjcmV0\r\n", "AUTH PLAIN=c2VjcmV0\r\n",
        "AUTH PLAIN =\r\nc2VjcmV0\r\n", "AUTH PLAIN\r\ndXNlcg==\r\nc2VjcmV0\r\n", "AUTH=PLAIN c2VjcmV0\r\n",
        "AUTH LOGIN dXNlcg==\r\ndXNlcg==\r\nc2VjcmV0\r\n", "AUTH LOGIN =\r\nc2VjcmV0\r\n", "AUTH=LOGIN\r\nc2VjcmV0\r\n",
        " AUTH LOGIN\r\nc2VjcmV0\r\n", "AUTH LOGIN\r\nmail\r\ndXNlcg==\r\nc2VjcmV0\r\n", "AUTH=c2VjcmV0\r\n",
    };
    struct world *w = *state;
    for (unsigned i = 0; i < TL_COUNT(clients) * 2; i++) {
        char client[200];
        snprintf(client, sizeof client, "EHLO me\r\n%sMAIL FROM:<a@x>\r\nQUIT\r\n", clients[i / 2]);
        w->hidden = i % 2 == 0 ? "c2VjcmV0" : "secret";
        w->detail = true;
        for (unsigned order = 0; order < 3; order++) {
            talk(w, client, "220 mx\r\n250 mx\r\n334 \r\n", 1 + 99 * order, order);
            assert_non_null(strstr((const char *)w->lines.data, "mailfrom=a@x"));
            assert_null(strstr((const char *)w->lines.data, w->hidden));
        }
    }
    w->hidden = NULL;
}

/* Of a line that is too long only a command is named. */
static void test_long_secret(void **state)
{
    struct world *w = *state;
    char client[6000];
    w->hidden = "c2VjcmV0";
    snprintf(client, sizeof client, "EHLO me\r\nc2VjcmV0%05000d\r\nMAIL FROM:<a@x>\r\nQUIT\r\n", 0);
    talk(w, client, "220 mx\r\n250 mx\r\n500 no\r\n250 ok\r\n", 1, 0);
    tl_put_char(&w->weirds, 0);
    assert_string_equal((const char *)w->weirds.data, "smtp_line_too_long ");
    w->hidden = NULL;
}

static void test_starttls(void **state)
{
    struct world *w = *state;
    gives(w, "EHLO me\r\nSTARTTLS\r\n\x16\x03\x02\x05hello\n\n", "220 mx ESMTP\r\n250 mx\r\n220 go\r\n\x16\x03\x02hi\n",
          "trans_depth=1 helo=me last_reply=220 go tls=T \n");
    assert_int_equal(w->changes, 1);
    gives(w, "EHLO me\r\nSTARTTLS\r\nMAIL FROM:<a@x>\r\nQUIT\r\n",
          "220 mx ESMTP\r\n250 mx\r\n454 no\r\n250 ok\r\n221 bye\r\n",
          "trans_depth=1 helo=me mailfrom=a@x last_reply=221 bye tls=F \n");
    assert_int_equal(w->changes, 0);
    gives(w, "EHLO me\r\nSTARTTLS\r\n\x16\x03\x02hello", "", "trans_depth=1 helo=me tls=T \n");
}

static void test_one_side(void **state)
{
    gives(*state, TO_DATA "Subject: s\r\n\r\n.\r\nQUIT\r\n", "", ENVELOPE "subject=s tls=F size=14 \n");
    gives(*state, "Subject: middle\r\n\r\nhelp\r\n.\r\nMAIL FROM:<a@x>\r\n", "250 queued\r\n250 ok\r\n",
          "trans_depth=1 last_reply=250 queued tls=F size=0 \ntrans_depth=2 mailfrom=a@x last_reply=250 ok tls=F \n");
    gives(*state, "", SERVER, "trans_depth=1 last_reply=250 2.0.0 queued tls=F \n");
    gives(*state, TO_DATA "Subject: s\r\n\r\nhalf", SERVER_TO_DATA,
          ENVELOPE "subject=s last_reply=354 go tls=F size=18 \n");
}

/* Midstream a side can begin inside a line, on SMTP ports and others. */
static void test_torn_lines(void **state)
{
    static const uint16_t ports[] = { 25, 9999 };
    struct world *w = *state;
    for (unsigned i = 0; i < TL_COUNT(ports); i++) {
        w->port = ports[i];
        gives(w, "MAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\nSubject: s\r\n\r\n.\r\nQUIT\r\n",
              "ize 100\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n221 bye\r\n",
              "trans_depth=1 mailfrom=a@x rcptto={b@x} subject=s last_reply=250 queued tls=F size=14 \n");
        assert_string_equal((const char *)w->weirds.data, "");
        gives(w, "x>\r\nMAIL FROM:<a@x>\r\nQUIT\r\n", "ok\r\n250 ok\r\n221 bye\r\n",
              "trans_depth=1 mailfrom=a@x last_reply=221 bye tls=F \n");
        assert_int_equal(w->violated, 0);
    }
    w->port = 25;
    talk(w, "EHLO two words\r\n", "what no server\r\nwould say\r\n", 100, 1);
    assert_int_equal(w->violated, 1);
}

static void test_gaps(void **state)
{
    gives(*state, TO_DATA "Subject: s\r\nX: \1\r\n\r\nt\1ext\r\n.\r\nQUIT\r\n", SERVER,
          ENVELOPE "subject=s last_reply=250 2.0.0 queued tls=F size=45 \n");
    gives(*state, TO_DATA "Subject: s\r\n\r\ntext\1\r\nMAIL FROM:<c@x>\r\nQUIT\r\n",
          SERVER_TO_DATA "250 queued\r\n250 ok\r\n221 bye\r\n",
          ENVELOPE "subject=s last_reply=250 queued tls=F size=30 \n"
                   "trans_depth=2 helo=me mailfrom=c@x last_reply=221 bye tls=F \n");
    gives(*state, "EHLO me\r\nMAIL FROM:<a\1\r\ntext\r\n.\r\nQUIT\r\n", SERVER,
          "trans_depth=1 helo=me last_reply=250 2.0.0 queued tls=F size=0 \n");
    gives(*state, TO_DATA "S: s\r\n.\r\nQUIT\r\n", "220 mx ESMTP\r\n250-mx\r\n\1\n354 go\r\n250 queued\r\n221 bye\r\n",
          ENVELOPE "last_reply=250 queued tls=F size=6 \n");
    gives(*state, "EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nBDAT 30\r\nSubject: s\r\n\1\r\n345678BDAT 2 LAST\r\nabQUIT\r\n",
          "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n250 ok\r\n250 30\r\n250 done\r\n221 bye\r\n",
          ENVELOPE "subject=s last_reply=250 done tls=F size=32 bdat=T cut:subject \n");
}

/* Unfolding removes only the line end (RFC 5322 section 2.2.3). */
static void test_folded(void **state)
{
    static const char *const rows[][2] = {
        { "Subject: a\r\n\tb\r\n", "subject=a\tb " },
        { "Subject: a \r\n  b\r\n", "subject=a   b " },
        { "Subject:\r\n a\r\n", "subject=a " },
        { "Subject: a\r\n  \r\n b\r\n", "subject=a   b " },
        { "Subject: a\n \tb  \n", "subject=a \tb " },
        { "Subject: =?utf-8?q?a?=\r\n\t=?utf-8?q?b?=\r\n\tc\r\n", "subject=ab\tc " },
        { "To: A\r\n\tB <a@x>,\r\n\tc@x\r\n", "to={A\tB <a@x>}{c@x} " },
        { "To: G: a@x,\r\n b@x;,\r\n c@x\r\n", "to={a@x}{b@x}{c@x} " },
    };
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        char client[300], want[300];
        snprintf(client, sizeof client, TO_DATA "%s\r\n.\r\nQUIT\r\n", rows[i][0]);
        snprintf(want, sizeof want, ENVELOPE "%slast_reply=250 2.0.0 queued tls=F size=%u \n", rows[i][1],
                 (unsigned)strlen(rows[i][0]) + 2);
        gives(*state, client, SERVER, want);
    }
}

static void test_mime(void **state)
{
    gives(*state, TO_DATA
          "Content-Type: multipart/mixed; boundary=\"b 1\"\r\n\r\npreamble\r\n--b 1\r\n\r\ntext\r\n--b 1\r\n"
          "Content-Type: multipart/related;\r\n\tboundary=b2\r\n\r\n--b2\r\nContent-Type: image/png; name=a.png\r\n\r\n"
          "-x\r\n--b2x\r\n--b2--\r\nepilogue\r\n--b2\r\nContent-Type: a/b; name=no\r\n\r\n--b 1\r\nContent-Type: message/rfc822\r\n\r\n"
          "Subject: inner\r\nContent-Disposition: attachment; filename=inner.txt\r\n\r\nx\r\n--b 1  \r\n"
          "Content-Disposition: attachment; filename*0=l; filename*1=ast\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj\r\n"
          "--b 1--\r\n--b 1\r\nContent-Type: a/b; name=no\r\n\r\n.\r\nQUIT\r\n", SERVER,
          ENVELOPE "last_reply=250 2.0.0 queued tls=F size=515 attachments={a.png}{inner.txt}{last} \n");
}

/* Without an empty line, the boundary delimiter ends the header, for any segmentation. */
static void test_mime_without_empty_line(void **state)
{
    gives(*state, TO_DATA "Content-Type: multipart/mixed; boundary=b\r\n--b\r\n"
          "Content-Disposition: attachment; filename=f\r\n\r\nx\r\n--b--\r\n.\r\nQUIT\r\n", SERVER,
          ENVELOPE "last_reply=250 2.0.0 queued tls=F size=105 attachments={f} \n");
}

static void test_odd_ends(void **state)
{
    struct world *w = *state;
    gives(w, TO_DATA "Subject: s\n\nx\n.\r\nQUIT\r\n", SERVER, ENVELOPE "subject=s last_reply=250 2.0.0 queued tls=F size=14 \n");
    assert_string_equal((const char *)w->weirds.data, "smtp_odd_end ");
    gives(w, TO_DATA ".a\r\n.\rb\r\n.\r\r\n...\r\n.\r\nQUIT\r\n", SERVER,
          ENVELOPE "last_reply=250 2.0.0 queued tls=F size=14 \n");
    gives(w, "EHLO me\r\nMAIL FROM:<a@x>\r\n", "220 mx ESMTP\r\nrubbish\r\n250-a\r\n550 b\r\n250 ok\r\n",
          "trans_depth=1 helo=me mailfrom=a@x last_reply=250 ok tls=F \n");
    assert_string_equal((const char *)w->weirds.data, "smtp_not_a_reply smtp_reply_codes_differ ");
}

/* Long lines and many parts: bounded memory, and truncated values are named. */
static void test_bounds(void **state)
{
    struct world *w = *state;
    struct tl_buffer client = { 0 };
    tl_put_lit(&client, TO_DATA "Subject: ");
    for (unsigned i = 0; i < 70000; i++)
        tl_put_char(&client, 'x');
    tl_put_lit(&client, "\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n");
    for (unsigned i = 0; i < 1000; i++)
        tl_put_format(&client, "--b\r\nContent-Disposition: attachment; filename=n%u\r\n\r\nx\r\n", i);
    tl_put_lit(&client, "--b--\r\n.\r\nQUIT\r\n");
    tl_put_char(&client, 0);
    for (unsigned order = 0; order < 3; order++) {
        w->most_bytes = 0;
        talk(w, (const char *)client.data, SERVER, 1000, order);
        assert_int_equal(w->records, 1);
        assert_non_null(strstr((const char *)w->lines.data, "{n0}{n1}"));
        assert_non_null(strstr((const char *)w->lines.data, "{n63} cut:subject cut:attachments \n"));
        assert_true(w->most_bytes < 40000);
    }
    tl_buffer_fini(&client);
    /* Thousands of unanswered commands, and replies without commands. */
    struct tl_buffer many = { 0 }, replies = { 0 };
    for (unsigned i = 0; i < 3000; i++) {
        tl_put_lit(&many, "RCPT TO:<b@x>\r\n");
        tl_put_lit(&replies, "250 ok\r\n");
    }
    tl_put_char(&many, 0);
    tl_put_char(&replies, 0);
    for (unsigned order = 0; order < 3; order++) {
        w->most_bytes = 0;
        talk(w, (const char *)many.data, (const char *)replies.data, 1000, order);
        assert_int_equal(w->records, 1);
        assert_true(w->most_bytes <= KEPT_MOST);
    }
    tl_buffer_fini(&many);
    tl_buffer_fini(&replies);
}

/* A text that is too long is truncated, and its key named. */
static void test_long_texts(void **state)
{
    struct world *w = *state;
    char x[601] = "", client[3000], server[3000], want[6000];
    memset(x, 'x', sizeof x - 1);
    snprintf(client, sizeof client, "EHLO me\r\nMAIL FROM:<%s>\r\nRCPT TO:<b@x>\r\n", x);
    snprintf(server, sizeof server, "220 mx ESMTP\r\n250 mx\r\n250 ok\r\n550 %s\r\n", x);
    snprintf(want, sizeof want, "trans_depth=1 helo=me mailfrom=%.512s rcptto={b@x} last_reply=550 %.508s tls=F "
             "cut:mailfrom cut:last_reply \n", x, x);
    gives(w, client, server, want);
    snprintf(client, sizeof client, "EHLO me\r\nMAIL FROM:<a@x>\r\nRCPT TO:<%s>\r\n", x);
    snprintf(want, sizeof want, "trans_depth=1 helo=me mailfrom=a@x rcptto={%.512s} tls=F cut:rcptto \n", x);
    gives(w, client, "", want);
    snprintf(client, sizeof client, "EHLO me\r\nAUTH %.30s\r\nMAIL FROM:<a@x>\r\n", x);
    gives(w, client, "", "trans_depth=1 helo=me mailfrom=a@x tls=F auth=XXXXXXXXXXXXXXXXXXXX cut:auth \n");
}

/* Whatever allocation fails, there is a record, and all kept memory is freed. */
static void test_no_memory(void **state)
{
    struct world *w = *state;
    for (w->keep_limit = 0; w->keep_limit < 20; w->keep_limit++)
        for (unsigned order = 0; order < 3; order++) {
            talk(w, TO_DATA "Subject: s\r\nTo: b\r\nReceived: from\r\n\tb\r\n\r\n.\r\nQUIT\r\n", SERVER, 7, order);
            assert_in_range(w->records, 1, 2); /* replies without memory get their own */
        }
    w->keep_limit = KEEP_MAX;
}

static void test_probe(void **state)
{
    static const struct {
        const char *text;
        uint16_t port;
        enum tl_probe want;
    } cases[] = {
        { "220 mx.example ESMTP Postfix\r\n", 9999, TL_PROBE_YES }, { "220 (vsFTPd 3.0.3)\r\n", 9999, TL_PROBE_NO },
        { "220 ready\r\n", 9999, TL_PROBE_MAYBE },                  { "220 ready\r\n", 25, TL_PROBE_YES },
        { "220 mail", 9999, TL_PROBE_MAYBE },                       { "220-ftp", 9999, TL_PROBE_MAYBE },
        { "EHLO me\r\n", 9999, TL_PROBE_YES },                      { "mail from:<a@x>\r\n", 9999, TL_PROBE_YES },
        { "EHLO ", 9999, TL_PROBE_MAYBE },                          { "EHLO x HTTP/1.", 9999, TL_PROBE_MAYBE },
        { "EH", 9999, TL_PROBE_MAYBE },                             { "+OK POP3 ready\r\n", 9999, TL_PROBE_NO },
        { "200 news.example ready\r\n", 9999, TL_PROBE_NO },        { "USER anonymous\r\n", 9999, TL_PROBE_NO },
        { "QUIT\r\n", 9999, TL_PROBE_NO },                          { "250 ok\r\n", 587, TL_PROBE_MAYBE },
        { "\x16\x03\x01", 25, TL_PROBE_NO },                        { "GET / HTTP/1.0\r\n", 9999, TL_PROBE_NO },
    };
    (void)state;
    for (unsigned i = 0; i < TL_COUNT(cases); i++) {
        struct tl_frame frame = { .net.protocol = 6, .seg = { .src_port = cases[i].port, .dst_port = 40000 } };
        struct tl_dissection d = { .frame = &frame, .net = &frame.net, .seg = &frame.seg,
                                   .flow = { .ip_proto = 6, .stream = true, .home = cases[i].port != 9999,
                                             .orig_port = 40000, .resp_port = cases[i].port, .side = 1 } };
        uint32_t n = (uint32_t)strlen(cases[i].text);
        struct tl_cursor c = tl_cursor_on((const uint8_t *)cases[i].text, n, n);
        assert_int_equal(tl_protocol_smtp.probe(c, &d), cases[i].want);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_message), TEST(test_session_without_message), TEST(test_refused_data), TEST(test_refused_text), TEST(test_given_up),
        TEST(test_refused_chunks), TEST(test_two_messages),
        TEST(test_chunks), TEST(test_data_behind_chunks), TEST(test_auth), TEST(test_secrets), TEST(test_starttls), TEST(test_one_side), TEST(test_gaps), TEST(test_folded), TEST(test_mime), TEST(test_mime_without_empty_line),
        TEST(test_long_secret), TEST(test_torn_lines), TEST(test_odd_ends), TEST(test_bounds), TEST(test_long_texts), TEST(test_no_memory), TEST(test_probe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
