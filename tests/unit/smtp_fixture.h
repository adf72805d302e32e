/*
 * smtp_fixture.h - SMTP sessions as text, for tests: pushed in pieces of any size, either side first; the records as text.
 */
#ifndef TL_TESTS_SMTP_FIXTURE_H
#define TL_TESTS_SMTP_FIXTURE_H

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

static inline void put_value(struct tl_buffer *b, const struct tl_record_field *f, const void *at)
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

static inline void take_record(struct tl_dissection *d, const struct tl_record_def *def, struct tl_record *r)
{
    struct world *w = d->host_data;
    struct tl_buffer *b = &w->lines;
    if (strcmp(def->path, "login") == 0)
        return;
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

static inline uint32_t keep(struct tl_dissection *d, const void *data, uint32_t len)
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
    w->bytes -= kept(d, handle).len;
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

static inline void weird(struct tl_dissection *d, unsigned kind, struct tl_bytes addl)
{
    struct world *w = d->host_data;
    if (w->hidden != NULL && addl.len > 0)
        assert_null(memmem(addl.data, addl.len, w->hidden, strlen(w->hidden)));
    tl_put_format(&w->weirds, "%s ", d->protocol->weirds[kind].name);
}

static inline bool change(struct tl_dissection *d, struct tl_stream *s, const struct tl_protocol *to)
{
    struct world *w = d->host_data;
    assert_null(to);
    s->want.kind = TL_WANT_NOTHING;
    tl_protocol_smtp.finish(d);
    w->changes++;
    d->protocol = NULL;
    return false;
}

static inline void truncated(struct tl_dissection *d, uint64_t bytes)
{
    (void)d;
    (void)bytes;
}

static inline void select_protocol(struct tl_dissection *d, const struct tl_protocol *protocol)
{
    d->protocol = protocol;
    d->protocol_index = (uint16_t)(protocol == &tl_protocol_imf ? TL_PROTOCOL_imf : TL_PROTOCOL_mime);
    d->layer = TL_NO_NODE;
    d->inner_first = 0;
}

static inline bool at_upgrade(struct tl_dissection *d, const struct tl_stream *s)
{
    struct world *w = d->host_data;
    w->at_upgrade[s->side] = true;
    return w->at_upgrade[s->side ^ 1];
}

static inline void no_body(struct tl_dissection *d, struct tl_body *body, enum tl_body_event event,
                    const struct tl_body_facts *facts, struct tl_bytes bytes, uint64_t gap)
{
    (void)d, (void)body, (void)event, (void)facts, (void)bytes, (void)gap;
}

static const struct tl_channel_host channels = { .body = no_body };
static const struct tl_host host = { .channel = &channels, .select = select_protocol, .at_upgrade = at_upgrade, .record = take_record, .keep = keep, .kept = kept, .forget = forget,
                                     .confirm = confirm, .violate = violate, .weird = weird, .change = change,
                                     .truncated = truncated };

static inline int setup(void **state)
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

static inline int teardown(void **state)
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

static inline uint32_t next_random(struct world *w)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return (uint32_t)(w->random >> 20);
}

static inline void begin(struct world *w)
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

static inline void check_hidden(const struct world *w)
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
static inline void push(struct world *w, unsigned side, const char *text, uint32_t n)
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

static inline void end(struct world *w)
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
static inline void talk(struct world *w, const char *client, const char *server, uint32_t most, unsigned order)
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
static inline void gives(struct world *w, const char *client, const char *server, const char *want)
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

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
