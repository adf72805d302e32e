/*
 * nbss.c - NetBIOS Session Service (RFC 1002 section 4.3), and the same framing on port 445 (MS-SMB2 section 2.1), with the
 * messages of SMB in it.
 */
#include "dissectors/smb/smb.h"

enum { TYPE, LENGTH, CALLED, CALLING, ERROR, LINE_ENCRYPTED, FIELDS };

static const struct tl_name types[] = {
    { 0x00, "Session message" }, { 0x81, "Session request" }, { 0x82, "Positive session response" },
    { 0x83, "Negative session response" }, { 0x84, "Retarget session response" }, { 0x85, "Session keep-alive" }, { 0, NULL },
};
static const struct tl_name errors[] = {
    { 0x80, "Not listening on called name" }, { 0x81, "Not listening for calling name" }, { 0x82, "Called name not present" },
    { 0x83, "Called name present, but insufficient resources" }, { 0x8f, "Unspecified error" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [TYPE] = { "nbss.type", "Type", .type = TL_U8, .base = TL_HEX, .names = types },
    [LENGTH] = { "nbss.length", "Length", .type = TL_U24, .unit = "bytes" },
    [CALLED] = { "nbss.called_name", "Called name", .type = TL_TEXT },
    [CALLING] = { "nbss.calling_name", "Calling name", .type = TL_TEXT },
    [ERROR] = { "nbss.error_code", "Error", .type = TL_U8, .base = TL_HEX, .names = errors },
    [LINE_ENCRYPTED] = { "nbss.line", "Message", .type = TL_TEXT, .flags = TL_ONLY_LINE },
};

enum { HEADER = 4, WHOLE_MOST = 128 << 10, HEAD = 512, FIND_MOST = 65536, SESSION_MESSAGE = 0, REQUEST = 0x81,
       NEGATIVE = 0x83, KEEP_ALIVE = 0x85 };

static struct tl_want bytes(uint32_t n)
{
    return (struct tl_want){ TL_WANT_BYTES, n, NULL };
}

static struct tl_want nothing(void)
{
    return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}

static bool is_smb(const uint8_t *p)
{
    return p[0] >= 0xfc && p[1] == 'S' && p[2] == 'M' && p[3] == 'B';
}

/* --- names --- */

/* Half bytes as letters from A (RFC 1001 section 14.1): 32 letters, 16 characters, of which the last is a type. */
static void name(struct tl_dissection *d, unsigned field)
{
    enum { LETTERS = 32 };
    char text[16];
    uint32_t off = d->c.off, n = 0;
    const uint8_t *len = tl_cursor_take(&d->c, 1), *p = tl_cursor_peek(&d->c, 0, LETTERS);
    if (len == NULL || len[0] != LETTERS || p == NULL)
        return;
    for (unsigned i = 0; i < LETTERS - 2; i += 2) {
        if (p[i] < 'A' || p[i] > 'P' || p[i + 1] < 'A' || p[i + 1] > 'P')
            return;
        text[i / 2] = (char)((p[i] - 'A') << 4 | (p[i + 1] - 'A'));
        if (text[i / 2] != ' ')
            n = i / 2 + 1;
    }
    tl_skip(d, LETTERS);
    while (tl_ok(d) && tl_cursor_left(&d->c) > 0) { /* the labels of a scope */
        const uint8_t *label = tl_cursor_take(&d->c, 1);
        if (label == NULL || label[0] == 0)
            break;
        tl_skip(d, label[0] & 0x3f);
    }
    tl_add_text(d, field, off, d->c.off - off, text, n);
}

/* --- messages --- */

static void confirm(struct tl_dissection *d, struct tl_smb_flow *f)
{
    if (f->confirmed)
        return;
    f->confirmed = true;
    tl_confirm(d);
}

/* What a message of SMB1 carried. */
static void after(struct tl_dissection *d, struct tl_smb_flow *f)
{
    if (f->after.token.len > 0)
        tl_gss_token(d, &f->gss, f->after.token);
    if (f->after.setup_done)
        tl_gss_end(d, &f->gss, f->after.accepted ? TL_GSS_ACCEPTED : TL_GSS_REJECTED);
    if (f->after.pipe.len > 0 && f->after.file != 0 && f->files[f->after.file - 1].used)
        tl_smb_pipe(d, f, &f->files[f->after.file - 1], f->after.from_client, f->after.pipe);
}

/* A message of SMB; not all of it may be there. */
static void session_message(struct tl_dissection *d, struct tl_smb_flow *f, uint32_t there, uint32_t len)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 4);
    struct tl_dissection inner;
    if (p == NULL || !is_smb(p)) {
        if (!f->confirmed)
            tl_violate(d);
        return;
    }
    confirm(d, f);
    uint32_t off = d->c.off;
    f->rest[d->flow.side].file = 0;
    if (p[0] == 0xff) {
        tl_gss_inner_begin(d, &inner, &tl_protocol_smb, tl_bytes_of(p, there));
        inner.c.wire_end = off + len;
        f->after = (struct tl_smb_flow_after){ .file = 0 };
        tl_smb1_read(&inner, f);
        tl_gss_inner_end(d, &inner);
        after(d, f);
        return;
    }
    tl_smb2_read(d, f);
}

/* One message: its header and the first `there` of its `len` bytes. */
static void message(struct tl_dissection *d, struct tl_smb_flow *f, uint32_t there, uint32_t len)
{
    struct tl_cursor c = d->c;
    d->c.end = c.off + HEADER + there;
    d->c.wire_end = c.off + HEADER + len;
    tl_message(d);
    uint8_t type = tl_u8(d, TYPE);
    tl_u24(d, LENGTH);
    if (type == SESSION_MESSAGE && len >= 4) {
        session_message(d, f, there, len);
    } else if (type == REQUEST) {
        name(d, CALLED);
        name(d, CALLING);
        confirm(d, f);
    } else if (type == NEGATIVE && len == 1) {
        tl_u8(d, ERROR);
    }
    d->c = c;
    tl_skip(d, HEADER + there);
}

/* Looks for a message after a gap. */
static struct tl_want find(struct tl_dissection *d, const struct tl_stream *s, struct tl_smb_flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = d->c.base + d->c.off;
    for (uint32_t i = 0; i + 8 <= n; i++) {
        if (p[i] == 0 && is_smb(p + i + 4)) {
            tl_skip(d, i);
            f->lost[s->side] = false;
            return bytes(HEADER);
        }
    }
    tl_skip(d, n);
    return (struct tl_want){ TL_WANT_SOME, FIND_MOST, NULL };
}

static struct tl_want unit(struct tl_dissection *d, const struct tl_stream *s, struct tl_smb_flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = d->c.base + d->c.off;
    if (f->lost[s->side])
        return find(d, s, f);
    if (n < HEADER)
        return bytes(HEADER);
    uint32_t len = tl_load_be24(p + 1);
    if (p[0] != SESSION_MESSAGE && (p[0] < REQUEST || p[0] > KEEP_ALIVE)) {
        if (!f->confirmed)
            tl_violate(d);
        f->lost[s->side] = true;
        return find(d, s, f);
    }
    bool whole = len <= WHOLE_MOST;
    uint32_t there = whole ? len : HEAD;
    if (n < HEADER + there)
        return bytes(HEADER + there);
    message(d, f, there, len);
    return whole ? bytes(HEADER) : (struct tl_want){ TL_WANT_BODY, len - there, NULL };
}

/* A piece of a long message: of a file, if it is one. */
static struct tl_want run(struct tl_dissection *d, struct tl_smb_flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    tl_smb_rest(d, f, d->c.base + d->c.off, n);
    tl_skip(d, n);
    return bytes(HEADER);
}

/* A message with a hole: its first bytes, which say how long it is. What follows the hole is read as a long message is. */
static struct tl_want part(struct tl_dissection *d, const struct tl_stream *s, struct tl_smb_flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = d->c.base + d->c.off;
    if (f->lost[s->side] || n < HEADER + 4 || p[0] != SESSION_MESSAGE || !is_smb(p + HEADER))
        return s->want;
    uint32_t len = tl_load_be24(p + 1), there = n - HEADER;
    message(d, f, there, len);
    return (struct tl_want){ TL_WANT_BODY, len - there, NULL };
}

static struct tl_want gap(struct tl_dissection *d, const struct tl_stream *s, struct tl_smb_flow *f)
{
    if (s->want.kind == TL_WANT_BODY) /* bytes of a file are missing in the message that carries them */
        tl_smb_rest(d, f, NULL, s->gap);
    if (s->want.kind == TL_WANT_BODY && s->gap <= s->left) {
        if (s->gap < s->left)
            return (struct tl_want){ TL_WANT_BODY, s->left - s->gap, NULL };
        return bytes(HEADER);
    }
    f->rest[s->side].file = 0;
    f->lost[s->side] = true;
    return (struct tl_want){ TL_WANT_SOME, FIND_MOST, NULL };
}

static struct tl_want nbss_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct tl_smb_flow *f = d->flow.slot;
    if (f == NULL)
        return nothing();
    switch (s->event) {
    case TL_EV_OPEN:
        s->parts = true;
        return bytes(HEADER);
    case TL_EV_UNIT: return unit(d, s, f);
    case TL_EV_OVERLONG: return part(d, s, f);
    case TL_EV_RUN: return run(d, f);
    case TL_EV_GAP: return gap(d, s, f);
    case TL_EV_END: break;
    }
    return nothing();
}

static void nbss_finish(struct tl_dissection *d)
{
    struct tl_smb_flow *f = d->flow.slot;
    if (f != NULL)
        tl_smb_finish(d, f);
}

/* A session request with two names, or a message of SMB. */
static enum tl_probe nbss_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n < 8 ? n : 8);
    if (!d->flow.stream || p == NULL || n == 0 || (p[0] != 0 && p[0] != REQUEST && !(d->flow.home && p[0] >= 0x82 && p[0] <= KEEP_ALIVE)))
        return TL_PROBE_NO;
    if (p[0] == 0x82 || p[0] == KEEP_ALIVE)
        return n < 4 ? TL_PROBE_MAYBE : tl_load_be24(p + 1) == 0 ? TL_PROBE_YES : TL_PROBE_NO;
    if (p[0] == REQUEST)
        return n < 5 ? TL_PROBE_MAYBE : tl_load_be24(p + 1) == 68 && p[4] == 32 ? TL_PROBE_YES : TL_PROBE_NO;
    if (n < 8)
        return d->flow.home ? TL_PROBE_MAYBE : TL_PROBE_NO;
    return is_smb(p + 4) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_nbss = {
    .name = "nbss",
    .title = "NetBIOS Session Service",
    .service = "smb",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields),
    .records = { &tl_smb_files_record_def, &tl_smb_mapping_record_def },
    .flow_size = sizeof(struct tl_smb_flow),
    .on = { { TL_ON_TCP_PORT, 139 }, { TL_ON_TCP_PORT, 445 } },
    .info = "{type}[, called {called_name}][, calling {calling_name}][: {error_code}]",
    TL_BEGINS("\0\0\x81\x81"), .probe = nbss_probe,
    .stream = nbss_stream,
    .finish = nbss_finish,
};
