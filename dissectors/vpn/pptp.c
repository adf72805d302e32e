/* pptp.c - Point-to-Point Tunneling Protocol (RFC 2637): the control connection. The tunnel itself is GRE. */
#include "dissectors/framed.h"

enum { LENGTH, TYPE, MAGIC, MESSAGE, VERSION, RESULT_CONTROL, RESULT_STOP, RESULT_ECHO, RESULT_OUT, RESULT_IN,
       RESULT_DISC, ERROR,
       FRAMING, BEARER, CHANNELS, FIRMWARE, HOST, VENDOR, REASON, IDENTIFIER, CALL, SERIAL, MIN_BPS, MAX_BPS,
       BEARER_TYPE,
       FRAMING_TYPE, WINDOW, DELAY, NUMBER_LENGTH, NUMBER, SUBADDRESS, PEER, CAUSE, SPEED, PHYSICAL, DIALED_LENGTH,
       DIALING_LENGTH, DIALED, DIALING, STATISTICS, CRC, FRAMING_ERRORS, HARDWARE, BUFFER, TIMEOUTS, ALIGNMENT,
       SEND_ACCM,
       RECEIVE_ACCM, FIELDS };

static const struct tl_name types[] = { { 1, "Control Message" }, { 2, "Management Message" }, { 0, NULL } };
enum { START_REQUEST = 1, START_REPLY, STOP_REQUEST, STOP_REPLY, ECHO_REQUEST, ECHO_REPLY, OUT_REQUEST, OUT_REPLY,
       IN_REQUEST,
       IN_REPLY, IN_CONNECTED, CLEAR, DISCONNECT, WAN_ERROR, SET_LINK };
static const struct tl_name messages[] = {
    { START_REQUEST, "Start-Control-Connection-Request" }, { START_REPLY, "Start-Control-Connection-Reply" },
    { STOP_REQUEST, "Stop-Control-Connection-Request" }, { STOP_REPLY, "Stop-Control-Connection-Reply" },
    { ECHO_REQUEST, "Echo-Request" }, { ECHO_REPLY, "Echo-Reply" }, { OUT_REQUEST, "Outgoing-Call-Request" },
    { OUT_REPLY, "Outgoing-Call-Reply" }, { IN_REQUEST, "Incoming-Call-Request" }, { IN_REPLY, "Incoming-Call-Reply" },
    { IN_CONNECTED, "Incoming-Call-Connected" }, { CLEAR, "Call-Clear-Request" },
    { DISCONNECT, "Call-Disconnect-Notify" },
    { WAN_ERROR, "WAN-Error-Notify" }, { SET_LINK, "Set-Link-Info" }, { 0, NULL },
};
static const struct tl_name control_results[] = {
    { 1, "Successful channel establishment" }, { 2, "General error" }, { 3, "Command channel already exists" },
    { 4, "Requester not authorized" }, { 5, "Protocol version not supported" }, { 0, NULL },
};
static const struct tl_name results[] = { { 1, "OK" }, { 2, "General error" }, { 0, NULL } };
static const struct tl_name out_results[] = {
    { 1, "Connected" }, { 2, "General Error" }, { 3, "No Carrier" }, { 4, "Busy" }, { 5, "No Dial Tone" },
    { 6, "Time-out" },
    { 7, "Do Not Accept" }, { 0, NULL },
};
static const struct tl_name in_results[] = {
    { 1, "Connect" }, { 2, "General error" }, { 3, "Do Not Accept" }, { 0, NULL },
};
static const struct tl_name disc_results[] = {
    { 1, "Lost Carrier" }, { 2, "General Error" }, { 3, "Admin Shutdown" }, { 4, "Request" }, { 0, NULL },
};
static const struct tl_name errors[] = {
    { 0, "None" }, { 1, "Not-Connected" }, { 2, "Bad-Format" }, { 3, "Bad-Value" }, { 4, "No-Resource" },
    { 5, "Bad-Call ID" },
    { 6, "PAC-Error" }, { 0, NULL },
};
static const struct tl_name reasons[] = {
    { 1, "None" }, { 2, "Stop protocol" }, { 3, "Stop local shutdown" }, { 0, NULL },
};
static const struct tl_name framings[] = { { 1, "Asynchronous" }, { 2, "Synchronous" }, { 3, "Either" }, { 0, NULL } };
static const struct tl_name bearers[] = { { 1, "Analog" }, { 2, "Digital" }, { 3, "Either" }, { 0, NULL } };

static const struct tl_field fields[FIELDS] = {
    [LENGTH] = { "pptp.length", "Length", .type = TL_U16, .unit = "bytes" },
    [TYPE] = { "pptp.type", "Type", .type = TL_U16, .names = types },
    [MAGIC] = { "pptp.magic_cookie", "Magic cookie", .type = TL_U32, .base = TL_HEX },
    [MESSAGE] = { "pptp.control_message_type", "Message", .type = TL_U16, .names = messages },
    [VERSION] = { "pptp.protocol_version", "Version", .type = TL_U16, .help = "Major in the first byte" },
    [RESULT_CONTROL] = { "pptp.control_result", "Result", .type = TL_U8, .names = control_results },
    [RESULT_STOP] = { "pptp.stop_result", "Result", .type = TL_U8, .names = results },
    [RESULT_ECHO] = { "pptp.echo_result", "Result", .type = TL_U8, .names = results },
    [RESULT_OUT] = { "pptp.out_result", "Result", .type = TL_U8, .names = out_results },
    [RESULT_IN] = { "pptp.in_result", "Result", .type = TL_U8, .names = in_results },
    [RESULT_DISC] = { "pptp.disc_result", "Result", .type = TL_U8, .names = disc_results },
    [ERROR] = { "pptp.error", "Error", .type = TL_U8, .names = errors },
    [FRAMING] = { "pptp.framing_capabilities", "Framing supported", .type = TL_U32, .names = framings },
    [BEARER] = { "pptp.bearer_capabilities", "Bearers supported", .type = TL_U32, .names = bearers },
    [CHANNELS] = { "pptp.maximum_channels", "Most sessions", .type = TL_U16 },
    [FIRMWARE] = { "pptp.firmware_revision", "Firmware", .type = TL_U16 },
    [HOST] = { "pptp.host_name", "Host", .type = TL_TEXT },
    [VENDOR] = { "pptp.vendor_name", "Vendor", .type = TL_TEXT },
    [REASON] = { "pptp.reason", "Reason", .type = TL_U8, .names = reasons },
    [IDENTIFIER] = { "pptp.identifier", "Identifier", .type = TL_U32 },
    [CALL] = { "pptp.call_id", "Call", .type = TL_U16 },
    [SERIAL] = { "pptp.call_serial_number", "Serial number of the call", .type = TL_U16 },
    [MIN_BPS] = { "pptp.minimum_bps", "Lowest speed", .type = TL_U32, .unit = "bit/s" },
    [MAX_BPS] = { "pptp.maximum_bps", "Highest speed", .type = TL_U32, .unit = "bit/s" },
    [BEARER_TYPE] = { "pptp.bearer_type", "Bearer", .type = TL_U32, .names = bearers },
    [FRAMING_TYPE] = { "pptp.framing_type", "Framing", .type = TL_U32, .names = framings },
    [WINDOW] = { "pptp.packet_receive_window_size", "Receive window", .type = TL_U16 },
    [DELAY] = { "pptp.packet_processing_delay", "Processing delay", .type = TL_U16 },
    [NUMBER_LENGTH] = { "pptp.phone_number_length", "Length of the number", .type = TL_U16 },
    [NUMBER] = { "pptp.phone_number", "Number", .type = TL_TEXT },
    [SUBADDRESS] = { "pptp.subaddress", "Subaddress", .type = TL_TEXT },
    [PEER] = { "pptp.peer_call_id", "Call of the peer", .type = TL_U16 },
    [CAUSE] = { "pptp.cause", "Cause", .type = TL_U16 },
    [SPEED] = { "pptp.connect_speed", "Speed", .type = TL_U32, .unit = "bit/s" },
    [PHYSICAL] = { "pptp.physical_channel_id", "Physical channel", .type = TL_U32 },
    [DIALED_LENGTH] = { "pptp.dialed_number_length", "Length of the dialed number", .type = TL_U16 },
    [DIALING_LENGTH] = { "pptp.dialing_number_length", "Length of the dialing number", .type = TL_U16 },
    [DIALED] = { "pptp.dialed_number", "Dialed number", .type = TL_TEXT },
    [DIALING] = { "pptp.dialing_number", "Dialing number", .type = TL_TEXT },
    [STATISTICS] = { "pptp.call_Statistics", "Statistics of the call", .type = TL_TEXT },
    [CRC] = { "pptp.crc_errors", "CRC errors", .type = TL_U32 },
    [FRAMING_ERRORS] = { "pptp.framing_errors", "Framing errors", .type = TL_U32 },
    [HARDWARE] = { "pptp.hardware_overruns", "Hardware overruns", .type = TL_U32 },
    [BUFFER] = { "pptp.buffer_overruns", "Buffer overruns", .type = TL_U32 },
    [TIMEOUTS] = { "pptp.timeout_errors", "Timeouts", .type = TL_U32 },
    [ALIGNMENT] = { "pptp.alignment_errors", "Alignment errors", .type = TL_U32 },
    [SEND_ACCM] = { "pptp.send_accm", "Send ACCM", .type = TL_U32, .base = TL_HEX },
    [RECEIVE_ACCM] = { "pptp.receive_accm", "Receive ACCM", .type = TL_U32, .base = TL_HEX },
};

enum { PORT = 1723, HEADER = 12, COOKIE = 0x1a2b3c4d, LENGTH_MOST = 1024, NAME_SIZE = 64, STATISTICS_SIZE = 128 };

struct flow {
    struct tl_framed_side side[2];
    bool confirmed;
};

/* A text in a field of fixed size that zeros fill. */
static void text(struct tl_dissection *d, unsigned field, uint32_t size)
{
    const uint8_t *p = tl_cursor_take(&d->c, size), *nul = p != NULL ? memchr(p, 0, size) : NULL;
    if (p != NULL && p != nul)
        tl_add(d, field, d->c.off - size, nul != NULL ? (uint32_t)(nul - p) : size, 0);
}

/* A start request, or the reply with result and error in place of the reserved bytes (sections 2.1, 2.2). */
static void start(struct tl_dissection *d, bool reply)
{
    (void)tl_u16(d, VERSION);
    if (reply) {
        (void)tl_u8(d, RESULT_CONTROL);
        (void)tl_u8(d, ERROR);
    } else {
        tl_skip(d, 2);
    }
    (void)tl_u32(d, FRAMING);
    (void)tl_u32(d, BEARER);
    (void)tl_u16(d, CHANNELS);
    (void)tl_u16(d, FIRMWARE);
    text(d, HOST, NAME_SIZE);
    text(d, VENDOR, NAME_SIZE);
}

static void out_request(struct tl_dissection *d)
{
    (void)tl_u16(d, CALL);
    (void)tl_u16(d, SERIAL);
    (void)tl_u32(d, MIN_BPS);
    (void)tl_u32(d, MAX_BPS);
    (void)tl_u32(d, BEARER_TYPE);
    (void)tl_u32(d, FRAMING_TYPE);
    (void)tl_u16(d, WINDOW);
    (void)tl_u16(d, DELAY);
    (void)tl_u16(d, NUMBER_LENGTH);
    tl_skip(d, 2);
    text(d, NUMBER, NAME_SIZE);
    text(d, SUBADDRESS, NAME_SIZE);
}

static void out_reply(struct tl_dissection *d)
{
    (void)tl_u16(d, CALL);
    (void)tl_u16(d, PEER);
    (void)tl_u8(d, RESULT_OUT);
    (void)tl_u8(d, ERROR);
    (void)tl_u16(d, CAUSE);
    (void)tl_u32(d, SPEED);
    (void)tl_u16(d, WINDOW);
    (void)tl_u16(d, DELAY);
    (void)tl_u32(d, PHYSICAL);
}

static void in_request(struct tl_dissection *d)
{
    (void)tl_u16(d, CALL);
    (void)tl_u16(d, SERIAL);
    (void)tl_u32(d, BEARER_TYPE);
    (void)tl_u32(d, PHYSICAL);
    (void)tl_u16(d, DIALED_LENGTH);
    (void)tl_u16(d, DIALING_LENGTH);
    text(d, DIALED, NAME_SIZE);
    text(d, DIALING, NAME_SIZE);
    text(d, SUBADDRESS, NAME_SIZE);
}

static void in_reply(struct tl_dissection *d)
{
    (void)tl_u16(d, CALL);
    (void)tl_u16(d, PEER);
    (void)tl_u8(d, RESULT_IN);
    (void)tl_u8(d, ERROR);
    (void)tl_u16(d, WINDOW);
    (void)tl_u16(d, DELAY);
}

static void in_connected(struct tl_dissection *d)
{
    (void)tl_u16(d, PEER);
    tl_skip(d, 2);
    (void)tl_u32(d, SPEED);
    (void)tl_u16(d, WINDOW);
    (void)tl_u16(d, DELAY);
    (void)tl_u32(d, FRAMING_TYPE);
}

static void disconnect(struct tl_dissection *d)
{
    (void)tl_u16(d, CALL);
    (void)tl_u8(d, RESULT_DISC);
    (void)tl_u8(d, ERROR);
    (void)tl_u16(d, CAUSE);
    tl_skip(d, 2);
    text(d, STATISTICS, STATISTICS_SIZE);
}

static void wan_error(struct tl_dissection *d)
{
    (void)tl_u16(d, PEER);
    tl_skip(d, 2);
    for (unsigned field = CRC; field <= ALIGNMENT; field++)
        (void)tl_u32(d, field);
}

/* What follows the header and its reserved bytes, by the message (sections 2.1 to 2.15). */
static void content(struct tl_dissection *d, uint16_t type)
{
    switch (type) {
    case START_REQUEST:
    case START_REPLY:
        start(d, type == START_REPLY);
        break;
    case STOP_REQUEST:
        (void)tl_u8(d, REASON);
        break;
    case STOP_REPLY:
        (void)tl_u8(d, RESULT_STOP);
        (void)tl_u8(d, ERROR);
        break;
    case ECHO_REQUEST:
        (void)tl_u32(d, IDENTIFIER);
        break;
    case ECHO_REPLY:
        (void)tl_u32(d, IDENTIFIER);
        (void)tl_u8(d, RESULT_ECHO);
        (void)tl_u8(d, ERROR);
        break;
    case OUT_REQUEST:
        out_request(d);
        break;
    case OUT_REPLY:
        out_reply(d);
        break;
    case IN_REQUEST:
        in_request(d);
        break;
    case IN_REPLY:
        in_reply(d);
        break;
    case IN_CONNECTED:
        in_connected(d);
        break;
    case CLEAR:
        (void)tl_u16(d, CALL);
        break;
    case DISCONNECT:
        disconnect(d);
        break;
    case WAN_ERROR:
        wan_error(d);
        break;
    case SET_LINK:
        (void)tl_u16(d, PEER);
        tl_skip(d, 2);
        (void)tl_u32(d, SEND_ACCM);
        (void)tl_u32(d, RECEIVE_ACCM);
        break;
    default:
        break;
    }
}

static struct tl_want message(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    (void)s;
    tl_message(d);
    (void)tl_u16(d, LENGTH);
    (void)tl_u16(d, TYPE);
    (void)tl_u32(d, MAGIC);
    uint16_t type = tl_u16(d, MESSAGE);
    tl_skip(d, 2);
    content(d, type);
    if (!f->confirmed)
        tl_confirm(d);
    f->confirmed = true;
    return tl_framed_next;
}

static bool is_header(const uint8_t *p)
{
    return tl_load_be32(p + 4) == COOKIE && tl_load_be16(p) >= HEADER && tl_load_be16(p) <= LENGTH_MOST;
}

static uint64_t length(struct tl_dissection *d, const struct tl_stream *s, const uint8_t *p, uint32_t n)
{
    (void)d;
    (void)s;
    (void)n;
    return is_header(p) ? tl_load_be16(p) : 0;
}

static bool begins(const struct tl_dissection *d, const struct tl_stream *s, struct tl_bytes bytes)
{
    (void)d;
    (void)s;
    return bytes.len >= HEADER && is_header(bytes.data);
}

static const struct tl_framed framed = { HEADER, LENGTH_MOST, length, message, begins };

static struct tl_want pptp_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *f = d->flow.slot;
    if (f == NULL)
        return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
    return tl_framed_stream(d, s, &framed, &f->side[s->side]);
}

/* The magic cookie is in all messages. */
static enum tl_probe pptp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    uint32_t n = tl_cursor_left(&c);
    const uint8_t *p = tl_cursor_peek(&c, 0, n);
    if (!d->flow.stream || n == 0)
        return TL_PROBE_NO;
    if (n < HEADER)
        return p[0] <= LENGTH_MOST >> 8 && d->flow.home ? TL_PROBE_MAYBE : TL_PROBE_NO;
    return is_header(p) && (tl_load_be16(p + 2) == 1 || tl_load_be16(p + 2) == 2) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_pptp = {
    .name = "pptp",
    .title = "Point-to-Point Tunnelling Protocol",
    .service = "pptp",
    .kind = TL_KIND_APPLICATION,
    .lifetime = TL_LIFETIME_LOGIN,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_TCP_PORT, PORT } },
    .info = "{control_message_type}[, {host_name}][, {vendor_name}][, call {call_id}]"
            "[, call of the peer {peer_call_id}]"
            "[, {control_result}][, {out_result}][, {reason}]",
    TL_BEGINS("\0\4"), .probe = pptp_probe,
    .stream = pptp_stream,
};
