/*
 * git.c - the native transport of Git (gitprotocol-pack(5), gitprotocol-v2(5)): lines with their length in four hex
 * digits.
 */
#include "dissectors/framed.h"
#include "dissectors/words.h"

enum { LENGTH, PACKET_TYPE, COMMAND, PATH, HOST, VERSION, LINE, SIDEBAND, FIELDS };

static const struct tl_name packets[] = {
    { 0, "Flush" }, { 1, "Delimiter" }, { 2, "Response end" }, { 0, NULL },
};
static const struct tl_name bands[] = { { 1, "Pack data" }, { 2, "Progress message" }, { 3, "Error" }, { 0, NULL } };

static const struct tl_field fields[FIELDS] = {
    [LENGTH] = { "git.length", "Length", .type = TL_U16, .base = TL_HEX, .help = "With its own four digits" },
    [PACKET_TYPE] = { "git.packet_type", "Packet", .type = TL_U8, .names = packets },
    [COMMAND] = { "git.command", "Command", .type = TL_TEXT },
    [PATH] = { "git.path", "Repository", .type = TL_TEXT },
    [HOST] = { "git.host", "Host", .type = TL_TEXT },
    [VERSION] = { "git.protocol_version", "Version", .type = TL_U8 },
    [LINE] = { "git.line", "Line", .type = TL_TEXT },
    [SIDEBAND] = { "git.sideband_control_code", "Band", .type = TL_U8, .base = TL_HEX, .names = bands },
};

enum { PORT = 9418, HEADER = 4, LENGTH_MOST = 65520, COLLECTED = 1024, REQUEST = 1024 };
#define TO_THE_END (UINT64_C(1) << 48)
static const char pack[] = "PACK";

struct flow {
    struct tl_framed_side side[2];
    bool confirmed;
};

static int digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Returns the number in four hex digits, or UINT32_MAX. */
static uint32_t length_of(const uint8_t *p)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < HEADER; i++) {
        int v = digit(p[i]);
        if (v < 0)
            return UINT32_MAX;
        value = value << 4 | (uint32_t)v;
    }
    return value;
}

/* git-upload-pack PATH\0host=HOST\0\0version=2\0 */
static void request(struct tl_dissection *d, struct tl_bytes text)
{
    struct tl_bytes command = tl_take_until(&text, ' '), word;
    uint64_t version;
    tl_show_text(d, COMMAND, command);
    tl_show_text(d, PATH, tl_take_until(&text, 0));
    while (text.len > 0) {
        word = tl_take_until(&text, 0);
        if (tl_text_begins(word, "host="))
            tl_show_text(d, HOST, tl_bytes_of(word.data + 5, word.len - 5));
        word = tl_text_begins(word, "version=") ? tl_bytes_of(word.data + 8, word.len - 8) : tl_bytes_of("", 0);
        if (tl_number_of(word, 99, &version))
            tl_add(d, VERSION, (uint32_t)(word.data - d->c.base), word.len, version);
    }
}

static struct tl_want message(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    const uint8_t *p = tl_cursor_take(&d->c, HEADER);
    if (p == NULL || memcmp(p, pack, HEADER) == 0)
        return tl_framed_next;
    d->c.off -= HEADER;
    tl_message(d);
    tl_skip(d, HEADER);
    uint32_t length = length_of(p), n = tl_cursor_left(&d->c);
    tl_add(d, length < HEADER ? PACKET_TYPE : LENGTH, d->c.off - HEADER, HEADER, length);
    struct tl_bytes text = tl_bytes_of(d->c.base + d->c.off, n);
    if (!f->confirmed && s->side == 0 && tl_text_begins(text, "git-"))
        request(d, text);
    else if (n > 0 && text.data[0] >= 1 && text.data[0] <= 3)
        tl_add(d, SIDEBAND, d->c.off, 1, text.data[0]);
    else if (n > 0 && text.data[0] >= ' ' && text.data[0] < 127)
        tl_show_text(d, LINE, tl_take_until(&text, 0));
    if (!f->confirmed && s->side == 0) {
        tl_confirm(d);
        f->confirmed = true;
    }
    return tl_framed_next;
}

static uint64_t length(struct tl_dissection *d, const struct tl_stream *s, const uint8_t *p, uint32_t n)
{
    uint32_t value = length_of(p);
    (void)d;
    (void)n;
    if (s->side == 0 && memcmp(p, pack, HEADER) == 0) /* a push: its pack ends with the side */
        return TO_THE_END;
    return value < 3 ? HEADER : value >= HEADER && value <= LENGTH_MOST ? value : 0;
}

static bool begins(const struct tl_dissection *d, const struct tl_stream *s, struct tl_bytes bytes)
{
    (void)d;
    (void)s;
    if (bytes.len <= HEADER)
        return false;
    uint32_t value = length_of(bytes.data);
    return value > HEADER && value <= LENGTH_MOST && (value <= bytes.len || bytes.data[HEADER] <= 3);
}

static const struct tl_framed framed = { HEADER, COLLECTED, length, message, begins };

static struct tl_want git_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    return tl_framed_stream(d, s, &framed, &f->side[s->side]);
}

/* A request: a length and "git-". The answer, on the port only: a length and a line of text. */
static enum tl_probe git_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c), digits = 0;
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.stream || n == 0)
        return TL_PROBE_NO;
    while (digits < n && digits < HEADER && digit(p[digits]) >= 0)
        digits++;
    if (digits < HEADER)
        return digits == n && d->flow.home ? TL_PROBE_MAYBE : TL_PROBE_NO;
    uint32_t length = length_of(p);
    if (n < 8 && (n == HEADER || memcmp(p + HEADER, "git-", n - HEADER) == 0))
        return TL_PROBE_MAYBE;
    if (n >= 8 && length > 8 && length <= REQUEST && memcmp(p + HEADER, "git-", 4) == 0)
        return TL_PROBE_YES;
    return d->flow.home && (length < 3 || (length > HEADER && length <= LENGTH_MOST)) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_git = {
    .name = "git",
    .title = "Git Smart Protocol",
    .service = "git",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "[{command} {path}][ on {host}][, version {protocol_version}][{packet_type}][{line}]"
            "[{sideband_control_code}]",
    TL_BEGINS("00"), .probe = git_probe,
    .stream = git_stream,
};
