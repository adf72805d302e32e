/*
 * proxy.c - the PROXY protocol, versions 1 and 2 (HAProxy's proxy-protocol.txt): the first bytes that a proxy sends
 * on a connection, with the ends of the connection that it accepted. Any protocol follows.
 *
 * Version 1 is a line: "PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n". Version 2:
 *
 *   signature (12) | version, command (4 bits each) | family, protocol (4 bits each) | length (2) | addresses | TLVs
 *
 * length counts what follows it.
 */
#include "core/channel.h"
#include "core/part.h"

#include <arpa/inet.h>

/* --- fields --- */

enum {
    VERSION, SRC4, DST4, SRC6, DST6, SRCPORT, DSTPORT, V1_MAGIC, V1_PROTO, V1_UNKNOWN, V2_MAGIC, V2_VERSION, V2_CMD,
    V2_FAMILY_PROTOCOL, V2_FAMILY, V2_PROTOCOL, V2_LENGTH, SRC_UNIX, DST_UNIX, V2_UNKNOWN, TLV, TLV_TYPE, TLV_LENGTH,
    TLV_VALUE, TLV_ALPN, TLV_AUTHORITY, TLV_CRC32C, TLV_UNIQUE_ID, TLV_NETNS, SSL_CLIENT, SSL_VERIFY, SSL_VERSION,
    SSL_CN, SSL_CIPHER, SSL_SIG_ALG, SSL_KEY_ALG,
};

static const struct tl_name command_names[] = { { 0, "LOCAL" }, { 1, "PROXY" }, { 0, NULL } };
static const struct tl_name family_names[] = {
    { 0, "UNSPEC" }, { 1, "IPv4" }, { 2, "IPv6" }, { 3, "Unix" }, { 0, NULL },
};
static const struct tl_name protocol_names[] = { { 0, "UNSPEC" }, { 1, "STREAM" }, { 2, "DGRAM" }, { 0, NULL } };
static const struct tl_name type_names[] = {
    { 0x01, "ALPN" },        { 0x02, "AUTHORITY" },   { 0x03, "CRC32C" },      { 0x04, "NOOP" },
    { 0x05, "UNIQUE_ID" },   { 0x20, "SSL" },         { 0x21, "SSL_VERSION" }, { 0x22, "SSL_CN" },
    { 0x23, "SSL_CIPHER" },  { 0x24, "SSL_SIG_ALG" }, { 0x25, "SSL_KEY_ALG" }, { 0x30, "NETNS" },
    { 0xea, "AWS" },         { 0xee, "AZURE" },       { 0, NULL },
};

static const struct tl_field fields[] = {
    [VERSION] = { "proxy.version", "Version", .type = TL_U8, .flags = TL_DERIVED },
    [SRC4] = { "proxy.src.ipv4", "Source address", .type = TL_IPV4 },
    [DST4] = { "proxy.dst.ipv4", "Destination address", .type = TL_IPV4 },
    [SRC6] = { "proxy.src.ipv6", "Source address", .type = TL_IPV6 },
    [DST6] = { "proxy.dst.ipv6", "Destination address", .type = TL_IPV6 },
    [SRCPORT] = { "proxy.srcport", "Source port", .type = TL_U16 },
    [DSTPORT] = { "proxy.dstport", "Destination port", .type = TL_U16 },
    [V1_MAGIC] = { "proxy.v1.magic", "Magic of version 1", .type = TL_BOOL },
    [V1_PROTO] = { "proxy.v1.proto", "Protocol", .type = TL_TEXT },
    [V1_UNKNOWN] = { "proxy.v1.unknown", "Unknown data", .type = TL_TEXT, .help = "After UNKNOWN: to be ignored" },
    [V2_MAGIC] = { "proxy.v2.magic", "Magic of version 2", .type = TL_BYTES },
    [V2_VERSION] = { "proxy.v2.version", "Version", .type = TL_U8, .mask = 0xf0 },
    [V2_CMD] = { "proxy.v2.cmd", "Command", .type = TL_U8, .mask = 0x0f, .names = command_names },
    [V2_FAMILY_PROTOCOL] = { "proxy.v2.addr_family_protocol", "Family and protocol", .type = TL_U8, .base = TL_HEX },
    [V2_FAMILY] = { "proxy.v2.addr_family", "Address family", .type = TL_U8, .mask = 0xf0, .names = family_names },
    [V2_PROTOCOL] = { "proxy.v2.protocol", "Protocol", .type = TL_U8, .mask = 0x0f, .names = protocol_names },
    [V2_LENGTH] = { "proxy.v2.length", "Length", .type = TL_U16, .unit = "bytes", .help = "Of addresses and TLVs" },
    [SRC_UNIX] = { "proxy.v2.src.unix", "Source address", .type = TL_BYTES },
    [DST_UNIX] = { "proxy.v2.dst.unix", "Destination address", .type = TL_BYTES },
    [V2_UNKNOWN] = { "proxy.v2.unknown", "Unknown data", .type = TL_BYTES },
    [TLV] = { "proxy.v2.tlv", "TLV", .type = TL_GROUP, .flags = TL_REPEATS },
    [TLV_TYPE] = { "proxy.v2.tlv.type", "Type", .type = TL_U8, .base = TL_HEX, .names = type_names },
    [TLV_LENGTH] = { "proxy.v2.tlv.length", "Length", .type = TL_U16, .unit = "bytes" },
    [TLV_VALUE] = { "proxy.v2.tlv.value", "Value", .type = TL_BYTES },
    [TLV_ALPN] = { "proxy.v2.tlv.alpn", "Application protocol", .type = TL_TEXT },
    [TLV_AUTHORITY] = { "proxy.v2.tlv.authority", "Host name", .type = TL_TEXT, .help = "As in SNI" },
    [TLV_CRC32C] = { "proxy.v2.tlv.crc32c", "CRC-32C", .type = TL_U32, .base = TL_HEX,
                     .help = "Of the header; not verified" },
    [TLV_UNIQUE_ID] = { "proxy.v2.tlv.unique_id", "Unique id", .type = TL_BYTES },
    [TLV_NETNS] = { "proxy.v2.tlv.netns", "Network namespace", .type = TL_TEXT },
    [SSL_CLIENT] = { "proxy.v2.tlv.ssl.client", "Client", .type = TL_U8, .base = TL_HEX,
                     .help = "1: over TLS, 2: certificate in this connection, 4: certificate in this session" },
    [SSL_VERIFY] = { "proxy.v2.tlv.ssl.verify", "Verify", .type = TL_U32, .help = "0: the certificate was verified" },
    [SSL_VERSION] = { "proxy.v2.tlv.ssl.version", "TLS version", .type = TL_TEXT },
    [SSL_CN] = { "proxy.v2.tlv.ssl.cn", "Common name", .type = TL_TEXT },
    [SSL_CIPHER] = { "proxy.v2.tlv.ssl.cipher", "Cipher", .type = TL_TEXT },
    [SSL_SIG_ALG] = { "proxy.v2.tlv.ssl.sig_alg", "Signature algorithm", .type = TL_TEXT },
    [SSL_KEY_ALG] = { "proxy.v2.tlv.ssl.keu_alg", "Key algorithm", .type = TL_TEXT }, /* Wireshark's spelling */
};

enum {
    LINE = 107,       /* bytes of the longest line of version 1, its end included */
    WORD = 6,         /* "PROXY " */
    SIGNATURE = 12, HEADER = 16,
    WAITING = 65536,  /* bytes of the other side that wait for the end of the header */
    UNIX_PATH = 108,
    PROXIED = 1, IPV4 = 1, IPV6 = 2, UNIX_SOCKET = 3,
    TYPE_ALPN = 1, TYPE_AUTHORITY = 2, TYPE_CRC32C = 3, TYPE_UNIQUE_ID = 5, TYPE_SSL = 0x20, TYPE_SSL_VERSION = 0x21,
    TYPE_SSL_CN, TYPE_SSL_CIPHER, TYPE_SSL_SIG_ALG, TYPE_SSL_KEY_ALG, TYPE_NETNS = 0x30,
};

static const uint8_t word[WORD] = { 'P', 'R', 'O', 'X', 'Y', ' ' };
static const uint8_t signature[SIGNATURE] = { 0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 'Q', 'U', 'I', 'T', 0x0a };

/* --- version 1 --- */

/* The words of a line; addresses and ports only if the protocol is TCP4 or TCP6. */
struct line {
    struct tl_bytes words[6];
    unsigned count;
    struct tl_bytes rest; /* after the protocol */
    struct tl_proxied ends;
};

static bool is_word(struct tl_bytes bytes, const char *text)
{
    return bytes.len == strlen(text) && memcmp(bytes.data, text, bytes.len) == 0;
}

static bool read_port(struct tl_bytes text, uint16_t *port)
{
    uint32_t v = 0;
    if (text.len == 0 || text.len > 5 || (text.data[0] == '0' && text.len > 1))
        return false;
    for (uint32_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        v = v * 10 + (text.data[i] - '0');
    }
    *port = (uint16_t)v;
    return v <= UINT16_MAX;
}

static bool read_address(struct tl_bytes text, bool v6, uint8_t out[16])
{
    char room[INET6_ADDRSTRLEN];
    if (text.len >= sizeof room)
        return false;
    memcpy(room, text.data, text.len);
    room[text.len] = '\0';
    return inet_pton(v6 ? AF_INET6 : AF_INET, room, out) == 1;
}

/* Reads a line without its end. Returns false if it is no line of version 1. */
static bool read_line(struct tl_bytes text, struct line *line)
{
    uint32_t at = WORD;
    *line = (struct line){ .count = 0 };
    if (text.len < WORD || memcmp(text.data, word, WORD) != 0)
        return false;
    while (at <= text.len && line->count < TL_COUNT(line->words)) {
        uint32_t end = at;
        while (end < text.len && text.data[end] != ' ')
            end++;
        if (line->count == 1)
            line->rest = (struct tl_bytes){ text.data + at, text.len - at };
        line->words[line->count++] = (struct tl_bytes){ text.data + at, end - at };
        at = end + 1;
    }
    if (is_word(line->words[0], "UNKNOWN"))
        return true;
    bool v6 = is_word(line->words[0], "TCP6");
    line->ends.version = v6 ? 6 : 4;
    return (v6 || is_word(line->words[0], "TCP4")) && line->count == 5 &&
           read_address(line->words[1], v6, line->ends.orig_addr) &&
           read_address(line->words[2], v6, line->ends.resp_addr) &&
           read_port(line->words[3], &line->ends.orig_port) && read_port(line->words[4], &line->ends.resp_port);
}

/* Returns the length of the line without its end, or UINT32_MAX if its end is not there. */
static uint32_t line_length(const uint8_t *p, uint32_t n)
{
    const uint8_t *end = memchr(p, '\n', n);
    return end != NULL && end > p && end[-1] == '\r' ? (uint32_t)(end - p) - 1 : UINT32_MAX;
}

static void show_line(struct tl_dissection *d, const struct line *line)
{
    const uint8_t *base = d->c.base;
    const struct tl_bytes *w = line->words;
    bool v6 = line->ends.version == 6;
    tl_add(d, VERSION, d->c.off, 0, 1);
    tl_add(d, V1_MAGIC, d->c.off, WORD - 1, 1);
    tl_add(d, V1_PROTO, (uint32_t)(w[0].data - base), w[0].len, 0);
    if (line->ends.version == 0) {
        if (line->rest.len > 0)
            tl_add(d, V1_UNKNOWN, (uint32_t)(line->rest.data - base), line->rest.len, 0);
        return;
    }
    tl_add_text(d, v6 ? SRC6 : SRC4, (uint32_t)(w[1].data - base), w[1].len, line->ends.orig_addr, v6 ? 16 : 4);
    tl_add_text(d, v6 ? DST6 : DST4, (uint32_t)(w[2].data - base), w[2].len, line->ends.resp_addr, v6 ? 16 : 4);
    tl_add(d, SRCPORT, (uint32_t)(w[3].data - base), w[3].len, line->ends.orig_port);
    tl_add(d, DSTPORT, (uint32_t)(w[4].data - base), w[4].len, line->ends.resp_port);
}

/* --- version 2 --- */

static void value(struct tl_dissection *d, uint8_t type, uint32_t len)
{
    uint32_t off = d->c.off;
    const uint8_t *p = tl_run(d, TLV_VALUE, len);
    static const uint8_t texts[] = {
        [TYPE_ALPN] = TLV_ALPN, [TYPE_AUTHORITY] = TLV_AUTHORITY, [TYPE_UNIQUE_ID] = TLV_UNIQUE_ID,
        [TYPE_NETNS] = TLV_NETNS,
        [TYPE_SSL_VERSION] = SSL_VERSION, [TYPE_SSL_CN] = SSL_CN, [TYPE_SSL_CIPHER] = SSL_CIPHER,
        [TYPE_SSL_SIG_ALG] = SSL_SIG_ALG, [TYPE_SSL_KEY_ALG] = SSL_KEY_ALG,
    };
    if (p != NULL && type == TYPE_CRC32C && len == 4)
        tl_add(d, TLV_CRC32C, off, 4, tl_load_be32(p));
    else if (p != NULL && type < sizeof texts && texts[type] != 0)
        tl_add(d, texts[type], off, len, 0);
}

/* Reads the TLVs up to the end of the part; those inside SSL are one level deeper, and have no further level. */
static void tlvs(struct tl_dissection *d, bool inner)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, TLV);
        uint8_t type = tl_u8(d, TLV_TYPE);
        uint16_t len = tl_u16(d, TLV_LENGTH);
        struct tl_part part = tl_part_enter(d, len);
        if (tl_ok(d) && type == TYPE_SSL && !inner) {
            tl_u8(d, SSL_CLIENT);
            tl_u32(d, SSL_VERIFY);
            tlvs(d, true);
        } else if (tl_ok(d)) {
            value(d, type, len);
        }
        tl_part_leave(d, part);
        tl_group_end(d, group);
    }
}

/* Returns the bytes of the addresses of a family. */
static uint32_t addresses_length(unsigned family)
{
    return family == IPV4 ? 12 : family == IPV6 ? 36 : family == UNIX_SOCKET ? 2 * UNIX_PATH : 0;
}

static void addresses(struct tl_dissection *d, unsigned family, struct tl_proxied *ends)
{
    bool v6 = family == IPV6;
    if (family == UNIX_SOCKET) {
        tl_run(d, SRC_UNIX, UNIX_PATH);
        tl_run(d, DST_UNIX, UNIX_PATH);
        return;
    }
    const uint8_t *src = tl_run(d, v6 ? SRC6 : SRC4, v6 ? 16 : 4), *dst = tl_run(d, v6 ? DST6 : DST4, v6 ? 16 : 4);
    ends->orig_port = tl_u16(d, SRCPORT);
    ends->resp_port = tl_u16(d, DSTPORT);
    if (!tl_ok(d))
        return;
    ends->version = v6 ? 6 : 4;
    memcpy(ends->orig_addr, src, v6 ? 16 : 4);
    memcpy(ends->resp_addr, dst, v6 ? 16 : 4);
}

/* Reads a header of version 2; the cursor has all of it. */
static void read_header(struct tl_dissection *d)
{
    struct tl_proxied ends = { 0 };
    tl_add(d, VERSION, d->c.off, 0, 2);
    tl_run(d, V2_MAGIC, SIGNATURE);
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    if (p == NULL)
        return;
    unsigned command = p[0] & 0x0f, family = p[1] >> 4;
    tl_add_all_bits(d, V2_VERSION, V2_CMD, d->c.off - 2, 1, p[0]);
    tl_add(d, V2_FAMILY_PROTOCOL, d->c.off - 1, 1, p[1]);
    tl_add_all_bits(d, V2_FAMILY, V2_PROTOCOL, d->c.off - 1, 1, p[1]);
    uint16_t len = tl_u16(d, V2_LENGTH);
    uint32_t need = addresses_length(family);
    struct tl_part part = tl_part_begin(d, len);
    if (need > 0 && need <= len)
        addresses(d, family, &ends);
    if ((need == 0 || need > len) && len > 0)
        tl_run(d, V2_UNKNOWN, len); /* the receiver must not look at it */
    else
        tlvs(d, false);
    tl_part_end(d, part);
    if (command == PROXIED && ends.version != 0)
        tl_proxied(d, &ends);
}

/* --- the stream --- */

enum stage { LOOK, WANT_LINE, WANT_HEADER, WANT_WHOLE };

struct flow {
    uint8_t client; /* side + 1 that sends the header; 0: not known */
    uint8_t stage;  /* enum stage, of that side */
};

static struct tl_want nothing(void)
{
    return (struct tl_want){ .kind = TL_WANT_NOTHING };
}

static struct tl_want bytes(uint64_t n)
{
    return (struct tl_want){ TL_WANT_BYTES, n, NULL };
}

static struct tl_want hold(void)
{
    return (struct tl_want){ TL_WANT_HOLD, WAITING, NULL };
}

static bool begins(const uint8_t *p, uint32_t n, const uint8_t *with, uint32_t len)
{
    return memcmp(p, with, n < len ? n : len) == 0;
}

/* The first bytes of a side: a header, part of one, or what waits for the header of the other side. */
static struct tl_want look(struct tl_dissection *d, const struct tl_stream *s, struct flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = d->c.base + d->c.off;
    bool v1 = begins(p, n, word, WORD), v2 = begins(p, n, signature, SIGNATURE);
    if ((!v1 && !v2) || (f->client != 0 && f->client != s->side + 1))
        return hold();
    if (n < (v1 ? WORD : SIGNATURE))
        return bytes(v1 ? WORD : SIGNATURE);
    f->client = (uint8_t)(s->side + 1);
    f->stage = v1 ? WANT_LINE : WANT_HEADER;
    return v1 ? (struct tl_want){ TL_WANT_LINE, LINE, NULL } : bytes(HEADER);
}

static struct tl_want wrong(struct tl_dissection *d)
{
    tl_violate(d);
    return nothing();
}

/* A whole unit of the header. */
static struct tl_want unit(struct tl_dissection *d, const struct tl_stream *s, struct flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = d->c.base + d->c.off;
    struct line line;
    switch ((enum stage)(f->client == s->side + 1 ? f->stage : LOOK)) {
    case LOOK:
        return look(d, s, f);
    case WANT_LINE:
        if (line_length(p, n) == UINT32_MAX || !read_line((struct tl_bytes){ p, line_length(p, n) }, &line))
            return wrong(d);
        tl_message(d);
        show_line(d, &line);
        tl_skip(d, n);
        if (line.ends.version != 0)
            tl_proxied(d, &line.ends);
        break;
    case WANT_HEADER:
        if (p[SIGNATURE] >> 4 != 2)
            return wrong(d);
        f->stage = WANT_WHOLE;
        return bytes(HEADER + (uint64_t)tl_load_be16(p + HEADER - 2));
    case WANT_WHOLE:
        tl_message(d);
        read_header(d);
        break;
    }
    return (struct tl_want){ TL_WANT_SWITCH, 0, NULL };
}

static struct tl_want proxy_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return nothing();
    switch (s->event) {
    case TL_EV_OPEN:
        return f->client != 0 && f->client != s->side + 1 ? hold() : (struct tl_want){ TL_WANT_SOME, SIGNATURE, NULL };
    case TL_EV_UNIT:
        return unit(d, s, f);
    case TL_EV_GAP: /* without its end the header is nothing */
        return f->client == s->side + 1 ? wrong(d) : hold();
    case TL_EV_OVERLONG:
        return wrong(d);
    case TL_EV_RUN:
    case TL_EV_END:
        break;
    }
    return nothing();
}

static enum tl_probe proxy_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    (void)d;
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    struct line line;
    if (p == NULL || n == 0)
        return TL_PROBE_NO;
    if (begins(p, n, signature, SIGNATURE))
        return n < SIGNATURE ? TL_PROBE_MAYBE : TL_PROBE_YES; /* nothing else begins so */
    if (!begins(p, n, word, WORD))
        return TL_PROBE_NO;
    uint32_t len = line_length(p, n < LINE ? n : LINE);
    if (len == UINT32_MAX)
        return n < LINE && memchr(p, '\n', n) == NULL ? TL_PROBE_MAYBE : TL_PROBE_NO;
    return read_line((struct tl_bytes){ p, len }, &line) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_proxy = {
    .name = "proxy",
    .title = "PROXY Protocol",
    .kind = TL_KIND_APPLICATION,
    .info = "v{version}[ {v2.cmd}][ {v1.proto}][ {src.ipv4} > {dst.ipv4}][ {src.ipv6} > {dst.ipv6}]"
            "[ {srcport} > {dstport}]",
    .flow_size = sizeof(struct flow),
    .before_any = true, .probe = proxy_probe,
    .stream = proxy_stream,
    TL_TABLE(fields),
};
