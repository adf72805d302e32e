/*
 * x11.c - the beginning of a connection to an X server (X Window System Protocol, version 11, section 8): what the
 * client
 * says of itself, and the server's answer. What follows is not read.
 */
#include "core/dissect.h"

enum { ORDER, MAJOR, MINOR, NAME_LENGTH, DATA_LENGTH, NAME, COOKIE, SUCCESS, REASON_LENGTH, REPLY_LENGTH, REASON,
       RELEASE, BASE, MASK,
       MOTION, VENDOR_LENGTH, REQUEST_MOST, SCREENS, FORMATS, IMAGE_ORDER, BIT_ORDER, UNIT, PAD, KEY_FIRST, KEY_LAST,
       VENDOR, FIELDS };

static const struct tl_name orders[] = { { 'B', "Big-endian" }, { 'l', "Little-endian" }, { 0, NULL } };
static const struct tl_name answers[] = { { 0, "Failed" }, { 1, "Success" }, { 2, "Authenticate" }, { 0, NULL } };
static const struct tl_name image_orders[] = { { 0, "Least significant first" }, { 1, "Most significant first" }, { 0,
    NULL } };

static const struct tl_field fields[FIELDS] = {
    [ORDER] = { "x11.byte-order", "Byte order", .type = TL_U8, .base = TL_HEX, .names = orders },
    [MAJOR] = { "x11.protocol-major-version", "Version", .type = TL_U16 },
    [MINOR] = { "x11.protocol-minor-version", "Minor version", .type = TL_U16 },
    [NAME_LENGTH] = { "x11.authorization-protocol-name-length", "Length of the name", .type = TL_U16, .unit = "bytes" },
    [DATA_LENGTH] = { "x11.authorization-protocol-data-length", "Length of the data", .type = TL_U16, .unit = "bytes" },
    [NAME] = { "x11.authorization-protocol-name", "Authorization", .type = TL_TEXT },
    [COOKIE] = { "x11.authorization-protocol-data", "Data of the authorization", .type = TL_TEXT, .secret =
                 TL_SECRET_WHOLE },
    [SUCCESS] = { "x11.success", "Answer", .type = TL_U8, .names = answers },
    [REASON_LENGTH] = { "x11.length-of-reason", "Length of the reason", .type = TL_U8, .unit = "bytes" },
    [REPLY_LENGTH] = { "x11.replylength", "Length of the rest", .type = TL_U32, .help = "In units of four bytes" },
    [REASON] = { "x11.reason", "Reason", .type = TL_TEXT },
    [RELEASE] = { "x11.release-number", "Release", .type = TL_U32 },
    [BASE] = { "x11.resource-id-base", "First resource", .type = TL_U32, .base = TL_HEX },
    [MASK] = { "x11.resource-id-mask", "Mask of resources", .type = TL_U32, .base = TL_HEX },
    [MOTION] = { "x11.motion-buffer-size", "Motion buffer", .type = TL_U32 },
    [VENDOR_LENGTH] = { "x11.length-of-vendor", "Length of the vendor", .type = TL_U16, .unit = "bytes" },
    [REQUEST_MOST] = { "x11.maximum-request-length", "Longest request", .type = TL_U16, .help =
                       "In units of four bytes" },
    [SCREENS] = { "x11.number-of-screens-in-roots", "Screens", .type = TL_U8 },
    [FORMATS] = { "x11.number-of-formats-in-pixmap-formats", "Formats of pixmaps", .type = TL_U8 },
    [IMAGE_ORDER] = { "x11.image-byte-order", "Bytes of images", .type = TL_U8, .base = TL_HEX, .names = image_orders },
    [BIT_ORDER] = { "x11.bitmap-format-bit-order", "Bits of bitmaps", .type = TL_U8, .base = TL_HEX, .names =
                    image_orders },
    [UNIT] = { "x11.bitmap-format-scanline-unit", "Unit of a line", .type = TL_U8, .unit = "bits" },
    [PAD] = { "x11.bitmap-format-scanline-pad", "Lines are filled to", .type = TL_U8, .unit = "bits" },
    [KEY_FIRST] = { "x11.min-keycode", "First key code", .type = TL_U8 },
    [KEY_LAST] = { "x11.max-keycode", "Last key code", .type = TL_U8 },
    [VENDOR] = { "x11.vendor", "Vendor", .type = TL_TEXT },
};

enum { HELLO = 12, ANSWER = 8, FIXED = 40, VERSION = 11, WORD_MOST = 256, ANSWER_MOST = 4096 };
enum { FAILED, ACCEPTED, AUTHENTICATE };

struct flow {
    uint8_t client; /* side + 1; 0: not known */
    bool little, answered;
};

static const struct tl_want nothing = { TL_WANT_NOTHING, 0, NULL };

static uint16_t number16(struct tl_dissection *d, bool little, unsigned field)
{
    return little ? tl_le16(d, field) : tl_u16(d, field);
}

static uint32_t number32(struct tl_dissection *d, bool little, unsigned field)
{
    return little ? tl_le32(d, field) : tl_u32(d, field);
}

static uint16_t load16(bool little, const uint8_t *p)
{
    return little ? tl_load_le16(p) : tl_load_be16(p);
}

static uint32_t padded(uint32_t n)
{
    return (n + 3) & ~3u;
}

static void word(struct tl_dissection *d, unsigned field, uint32_t n)
{
    if (n > 0)
        tl_run(d, field, n);
    tl_skip(d, padded(n) - n);
}

/* The order of its bytes, 11.0, an authorization of a size that one has. */
static bool is_hello(const uint8_t *p, uint32_t n)
{
    bool little = p[0] == 'l';
    if (p[0] != 'l' && p[0] != 'B')
        return false;
    return (n < 4 || load16(little, p + 2) == VERSION) && (n < 6 || load16(little, p + 4) == 0) &&
           (n < 8 || load16(little, p + 6) <= WORD_MOST) && (n < 10 || load16(little, p + 8) <= WORD_MOST);
}

static struct tl_want hello(struct tl_dissection *d, struct flow *f, const struct tl_stream *s)
{
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, HELLO);
    if (p == NULL || !is_hello(p, HELLO)) {
        tl_violate(d);
        return nothing;
    }
    bool little = p[0] == 'l';
    uint32_t name = load16(little, p + 6), data = load16(little, p + 8), whole = HELLO + padded(name) + padded(data);
    if (n < whole)
        return (struct tl_want){ TL_WANT_BYTES, whole, NULL };
    f->little = little;
    f->client = (uint8_t)(s->side + 1);
    tl_confirm(d);
    tl_message(d);
    (void)tl_u8(d, ORDER);
    tl_skip(d, 1);
    (void)number16(d, little, MAJOR);
    (void)number16(d, little, MINOR);
    (void)number16(d, little, NAME_LENGTH);
    (void)number16(d, little, DATA_LENGTH);
    tl_skip(d, 2);
    word(d, NAME, name);
    tl_hide(d, tl_bytes_of(d->c.base + d->c.off, data));
    word(d, COOKIE, data);
    return nothing;
}

static void accepted(struct tl_dissection *d, bool little)
{
    (void)number32(d, little, RELEASE);
    (void)number32(d, little, BASE);
    (void)number32(d, little, MASK);
    (void)number32(d, little, MOTION);
    uint16_t vendor = number16(d, little, VENDOR_LENGTH);
    (void)number16(d, little, REQUEST_MOST);
    static const uint8_t bytes[] = { SCREENS, FORMATS, IMAGE_ORDER, BIT_ORDER, UNIT, PAD, KEY_FIRST, KEY_LAST };
    for (unsigned i = 0; i < TL_COUNT(bytes); i++)
        (void)tl_u8(d, bytes[i]);
    tl_skip(d, 4);
    if (tl_ok(d) && vendor > 0)
        tl_run(d, VENDOR, vendor);
}

/* Returns the bytes of the answer that are read: after the vendor come formats and screens. */
static uint32_t due(bool little, const uint8_t *p, uint32_t n)
{
    uint32_t whole = ANSWER + 4u * load16(little, p + 6), vendor;
    if (p[0] != ACCEPTED || whole < FIXED)
        return p[0] == ACCEPTED ? 0 : whole;
    if (n < FIXED)
        return FIXED;
    vendor = load16(little, p + 24);
    return FIXED + vendor <= whole ? FIXED + vendor : 0;
}

static struct tl_want answer(struct tl_dissection *d, struct flow *f)
{
    uint32_t n = tl_cursor_left(&d->c);
    const uint8_t *p = tl_cursor_peek(&d->c, 0, ANSWER);
    if (p == NULL || p[0] > AUTHENTICATE)
        return nothing;
    uint32_t whole = due(f->little, tl_cursor_peek(&d->c, 0, n), n);
    if (whole == 0 || whole > ANSWER_MOST)
        return nothing;
    if (n < whole)
        return (struct tl_want){ TL_WANT_BYTES, whole, NULL };
    f->answered = true;
    tl_message(d);
    uint8_t success = tl_u8(d, SUCCESS);
    uint32_t reason = 0;
    if (success == FAILED)
        reason = tl_u8(d, REASON_LENGTH);
    else
        tl_skip(d, 1);
    if (success == AUTHENTICATE) {
        tl_skip(d, 4);
    } else {
        (void)number16(d, f->little, MAJOR);
        (void)number16(d, f->little, MINOR);
    }
    (void)number16(d, f->little, REPLY_LENGTH);
    if (success == ACCEPTED)
        accepted(d, f->little);
    else if (success == AUTHENTICATE)
        reason = tl_cursor_left(&d->c);
    if (reason > 0 && reason <= tl_cursor_left(&d->c))
        tl_run(d, REASON, reason);
    tl_skip(d, tl_cursor_left(&d->c));
    return nothing;
}

/* The server answers after the client has said in which order its bytes are: it waits for that. */
static struct tl_want x11_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return nothing;
    switch (s->event) {
    case TL_EV_OPEN:
        return (struct tl_want){ TL_WANT_BYTES, f->client == 0 || f->client == s->side + 1 ? HELLO : ANSWER, NULL };
    case TL_EV_UNIT:
        return f->client == 0 ? hello(d, f, s) : f->client != s->side + 1 && !f->answered ? answer(d, f) : nothing;
    default:
        return nothing;
    }
}

static enum tl_probe x11_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.stream || n == 0 || !is_hello(p, n))
        return TL_PROBE_NO;
    return n >= HELLO ? TL_PROBE_YES : TL_PROBE_MAYBE;
}

const struct tl_protocol tl_protocol_x11 = {
    .name = "x11",
    .title = "X11",
    .service = "x11",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_LOGIN,
    .has_secrets = true,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, 6000 }, { TL_ON_TCP_PORT, 6001 }, { TL_ON_TCP_PORT, 6002 }, { TL_ON_TCP_PORT, 6003 },
            { TL_ON_TCP_PORT, 6010 }, { TL_ON_TCP_PORT, 6011 }, { TL_ON_TCP_PORT, 6012 } },
    .info = "[Hello, {byte-order}][, {authorization-protocol-name}][{success}][: {vendor}]"
            "[, {number-of-screens-in-roots} screens][: {reason}]",
    TL_BEGINS("BBll"), .probe = x11_probe,
    .stream = x11_stream,
};
