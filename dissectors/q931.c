/*
 * q931.c - the signalling of H.323 calls (H.225.0 clause 7): messages of Q.931 in transport packets (TPKT, RFC 1006) on
 * TCP port 1720. It decodes the elements with the numbers of both sides and the cause of a call's end. The message of
 * H.225 is in the last element; only its name is shown.
 */
#include "core/part.h"
#include "dissectors/framed.h"
#include "dissectors/header.h"

enum { DISCRIMINATOR, REFERENCE_LENGTH, REFERENCE_FLAG, REFERENCE, MESSAGE, ELEMENT, LENGTH, NUMBER_TYPE,
       PLAN,
       CALLING, CALLED,
       DISPLAY, CAUSE_LOCATION, CAUSE, FIELDS };

static const struct tl_name messages[] = {
    { 0x01, "ALERTING" }, { 0x02, "CALL PROCEEDING" }, { 0x03, "PROGRESS" }, { 0x05, "SETUP" }, { 0x07, "CONNECT" },
    { 0x0d, "SETUP ACKNOWLEDGE" }, { 0x0f, "CONNECT ACKNOWLEDGE" }, { 0x20, "USER INFORMATION" },
    { 0x45, "DISCONNECT" },
    { 0x4d, "RELEASE" }, { 0x5a, "RELEASE COMPLETE" }, { 0x62, "FACILITY" }, { 0x6e, "NOTIFY" },
    { 0x75, "STATUS ENQUIRY" },
    { 0x7b, "INFORMATION" }, { 0x7d, "STATUS" }, { 0, NULL },
};
enum { BEARER = 0x04, IE_CAUSE = 0x08, IE_DISPLAY = 0x28, IE_CALLING = 0x6c, IE_CALLED = 0x70, IE_USER = 0x7e };
static const struct tl_name elements[] = {
    { BEARER, "Bearer capability" }, { IE_CAUSE, "Cause" }, { 0x10, "Call identity" }, { 0x14, "Call state" },
    { 0x18, "Channel identification" }, { 0x1c, "Facility" }, { 0x1e, "Progress indicator" },
    { 0x27, "Notification indicator" },
    { IE_DISPLAY, "Display information" }, { 0x29, "Date/Time" }, { 0x2c, "Keypad facility" }, { 0x34, "Signal" },
    { 0x4c, "Connected number" }, { IE_CALLING, "Calling party number" }, { IE_CALLED, "Called party number" },
    { 0x74, "Redirecting number" }, { IE_USER, "User-user (H.225)" }, { 0, NULL },
};
static const struct tl_name causes[] = {
    { 1, "Unallocated number" }, { 3, "No route to destination" }, { 16, "Normal call clearing" }, { 17, "User busy" },
    { 18, "No user responding" }, { 19, "No answer" }, { 21, "Call rejected" }, { 22, "Number changed" },
    { 27, "Destination out of order" }, { 28, "Invalid number format" }, { 31, "Normal, unspecified" },
    { 34, "No circuit available" }, { 38, "Network out of order" }, { 41, "Temporary failure" }, { 42, "Congestion" },
    { 47, "Resource unavailable" }, { 65, "Bearer capability not implemented" }, { 88, "Incompatible destination" },
    { 102, "Recovery on timer expiry" }, { 111, "Protocol error" }, { 127, "Interworking" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [DISCRIMINATOR] = { "q931.disc", "Protocol", .type = TL_U8, .base = TL_HEX },
    [REFERENCE_LENGTH] = { "q931.call_ref_len", "Length of the reference", .type = TL_U8, .unit = "bytes" },
    [REFERENCE_FLAG] = { "q931.call_ref_flag", "Sent to the side that made the reference", .type = TL_BOOL },
    [REFERENCE] = { "q931.call_ref", "Call reference", .type = TL_BYTES },
    [MESSAGE] = { "q931.message_type", "Message", .type = TL_U8, .base = TL_HEX, .names = messages },
    [ELEMENT] = { "q931.information_element", "Element", .type = TL_U8, .flags = TL_REPEATS, .names = elements },
    [LENGTH] = { "q931.information_element_len", "Length", .type = TL_U16, .flags = TL_REPEATS, .unit = "bytes" },
    [NUMBER_TYPE] = { "q931.number_type", "Type of the number", .type = TL_U8, .base = TL_HEX, .mask = 0x70, .flags =
                      TL_REPEATS },
    [PLAN] = { "q931.numbering_plan", "Numbering plan", .type = TL_U8, .base = TL_HEX, .mask = 0x0f, .flags =
               TL_REPEATS },
    [CALLING] = { "q931.calling_party_number.digits", "Caller", .type = TL_TEXT },
    [CALLED] = { "q931.called_party_number.digits", "Called", .type = TL_TEXT },
    [DISPLAY] = { "q931.display_information", "Name", .type = TL_TEXT },
    [CAUSE_LOCATION] = { "q931.cause_location", "Location", .type = TL_U8, .mask = 0x0f },
    [CAUSE] = { "q931.cause_value", "Cause", .type = TL_U8, .mask = 0x7f, .names = causes },
};

enum { PORT = 1720, HEADER = 4, LEAST = 4 + 3, Q931 = 0x08, REFERENCE_MOST = 3, ELEMENTS_MOST = 128, COLLECTED = 1 <<
       16,
       SINGLE = 0x80, EXTENDED = 0x80 };

struct flow {
    struct tl_framed_side side[2];
    bool confirmed;
};

/* Type and plan, perhaps how the number is shown, and its digits (Q.931 4.5.8, 4.5.10). */
static void party(struct tl_dissection *d, unsigned digits)
{
    uint32_t first = tl_bits(d, 1, NUMBER_TYPE, PLAN);
    if (tl_ok(d) && (first & EXTENDED) == 0)
        tl_skip(d, 1);
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_run(d, digits, tl_cursor_wire_left(&d->c));
}

/* Q.931 4.5.12: where it comes from, perhaps a recommendation, and the cause. */
static void cause(struct tl_dissection *d)
{
    uint32_t first = tl_bits(d, 1, CAUSE_LOCATION, CAUSE_LOCATION);
    if (tl_ok(d) && (first & EXTENDED) == 0)
        tl_skip(d, 1);
    (void)tl_bits(d, 1, CAUSE, CAUSE);
}

static void element(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    uint8_t id = tl_u8(d, ELEMENT);
    if (p == NULL || (id & SINGLE) != 0) /* an element of one byte */
        return;
    uint32_t length = id == IE_USER ? tl_u16(d, LENGTH) : tl_u8(d, LENGTH);
    struct tl_part part = tl_part_begin(d, length);
    if (tl_ok(d) && length > 0) {
        if (id == IE_CALLING || id == IE_CALLED)
            party(d, id == IE_CALLED ? CALLED : CALLING);
        else if (id == IE_CAUSE)
            cause(d);
        else if (id == IE_DISPLAY)
            tl_run(d, DISPLAY, length);
    }
    tl_part_end(d, part);
}

/* The first bit tells which side made the reference (Q.931 4.3): it is none of the value. */
static void reference(struct tl_dissection *d, const uint8_t *p, uint32_t n)
{
    uint8_t value[REFERENCE_MOST];
    memcpy(value, p, n);
    value[0] &= 0x7f;
    tl_add(d, REFERENCE_FLAG, d->c.off - n, 1, p[0] >> 7);
    if (tl_wants(d, REFERENCE))
        tl_add_text(d, REFERENCE, d->c.off - n, n, value, n);
}

static struct tl_want message(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    (void)s;
    tl_message(d);
    tl_skip(d, HEADER); /* of the transport packet */
    (void)tl_u8(d, DISCRIMINATOR);
    uint8_t n = tl_u8(d, REFERENCE_LENGTH) & 0x0f;
    if (n > REFERENCE_MOST)
        tl_bad(d);
    const uint8_t *p = n > 0 && tl_ok(d) ? tl_cursor_take(&d->c, n) : NULL;
    if (p != NULL)
        reference(d, p, n);
    (void)tl_u8(d, MESSAGE);
    if (!f->confirmed && tl_ok(d))
        tl_confirm(d);
    f->confirmed = true;
    for (unsigned i = 0; i < ELEMENTS_MOST && tl_ok(d) && tl_cursor_left(&d->c) > 0; i++)
        element(d);
    return tl_framed_next;
}

static uint64_t length(struct tl_dissection *d, const struct tl_stream *s, const uint8_t *p, uint32_t n)
{
    (void)d;
    (void)s;
    (void)n;
    return p[0] == 3 && tl_load_be16(p + 2) >= LEAST ? tl_load_be16(p + 2) : 0;
}

static bool begins(const struct tl_dissection *d, const struct tl_stream *s, struct tl_bytes bytes)
{
    (void)d;
    (void)s;
    return bytes.len >= LEAST && bytes.data[0] == 3 && bytes.data[1] == 0 && bytes.data[HEADER] == Q931 &&
           tl_load_be16(bytes.data + 2) >= LEAST;
}

static const struct tl_framed framed = { HEADER, COLLECTED, length, message, begins };

static struct tl_want q931_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    return tl_framed_stream(d, s, &framed, &f->side[s->side]);
}

/* A transport packet with a message of Q.931, whose reference has at most two bytes there. */
static enum tl_probe q931_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.home || !d->flow.stream || n == 0 || p[0] != 3 || (n > 1 && p[1] != 0))
        return TL_PROBE_NO;
    if (n < HEADER + 2)
        return TL_PROBE_MAYBE;
    return tl_load_be16(p + 2) >= LEAST && p[HEADER] == Q931 && p[HEADER + 1] <= 2 ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_q931 = {
    .name = "q931",
    .title = "Q.931",
    .service = "h323",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_LOGIN,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .only_at_home = true,
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "{message_type}[ from {calling_party_number.digits}][ to {called_party_number.digits}]"
            "[ \"{display_information}\"][: {cause_value}]",
    .probe = q931_probe,
    .stream = q931_stream,
};
