/* quic_frame.c - frames (RFC 9000 section 19, RFC 9221). */
#include "core/part.h"
#include "dissectors/quic/quic.h"

enum {
    FRAME_PADDING = 0x00, FRAME_PING = 0x01, FRAME_ACK = 0x02, FRAME_ACK_ECN = 0x03, FRAME_RESET_STREAM = 0x04,
    FRAME_STOP_SENDING = 0x05, FRAME_CRYPTO = 0x06, FRAME_NEW_TOKEN = 0x07, FRAME_STREAM = 0x08, FRAME_MAX_DATA = 0x10,
    FRAME_MAX_STREAM_DATA = 0x11, FRAME_MAX_STREAMS = 0x12, FRAME_DATA_BLOCKED = 0x14, FRAME_STREAM_DATA_BLOCKED = 0x15,
    FRAME_STREAMS_BLOCKED = 0x16, FRAME_NEW_CONNECTION_ID = 0x18, FRAME_RETIRE_CONNECTION_ID = 0x19,
    FRAME_PATH_CHALLENGE = 0x1a, FRAME_PATH_RESPONSE = 0x1b, FRAME_CLOSE = 0x1c, FRAME_CLOSE_APPLICATION = 0x1d,
    FRAME_HANDSHAKE_DONE = 0x1e, FRAME_DATAGRAM = 0x30,
};

/* n bytes, a number from the packet. Returns none where there are fewer. */
static struct tl_bytes run(struct tl_dissection *d, unsigned field, uint64_t n)
{
    if (n > tl_cursor_wire_left(&d->c)) {
        tl_bad(d);
        return (struct tl_bytes){ NULL, 0 };
    }
    const uint8_t *p = n > 0 ? tl_run(d, field, (uint32_t)n) : NULL;
    return tl_bytes_of(p, p != NULL ? (uint32_t)n : 0);
}

/* The bytes without a field of their own. */
static struct tl_bytes take(struct tl_dissection *d, uint64_t n)
{
    if (n > tl_cursor_wire_left(&d->c)) {
        tl_bad(d);
        return (struct tl_bytes){ NULL, 0 };
    }
    const uint8_t *p = tl_cursor_take(&d->c, (uint32_t)n);
    return tl_bytes_of(p, p != NULL ? (uint32_t)n : 0);
}

/* A run of padding is one frame. */
static void padding(struct tl_dissection *d, uint32_t off)
{
    const uint8_t *p;
    while ((p = tl_cursor_peek(&d->c, 0, 1)) != NULL && *p == 0)
        tl_skip(d, 1);
    tl_add(d, QUIC_PADDING_LENGTH, off, d->c.off - off, d->c.off - off);
}

static void ack(struct tl_dissection *d, bool ecn)
{
    tl_quic_varint(d, QUIC_ACK_LARGEST);
    tl_quic_varint(d, QUIC_ACK_DELAY);
    uint64_t count = tl_quic_varint(d, QUIC_ACK_COUNT);
    tl_quic_varint(d, QUIC_ACK_FIRST);
    for (uint64_t i = 0; i < count && tl_ok(d); i++) {
        tl_quic_varint(d, QUIC_ACK_GAP);
        tl_quic_varint(d, QUIC_ACK_RANGE);
    }
    if (!ecn)
        return;
    tl_quic_varint(d, QUIC_ACK_ECT0);
    tl_quic_varint(d, QUIC_ACK_ECT1);
    tl_quic_varint(d, QUIC_ACK_CE);
}

static void stream(struct tl_dissection *d, uint32_t off, struct tl_quic_frame *frame)
{
    uint64_t type = frame->type;
    frame->fin = (type & 1) != 0;
    tl_add_bits(d, QUIC_STREAM_FIN, off, 1, type);
    tl_add_bits(d, QUIC_STREAM_LEN, off, 1, type);
    tl_add_bits(d, QUIC_STREAM_OFF, off, 1, type);
    off = d->c.off;
    frame->stream = tl_quic_varint(d, QUIC_STREAM_ID);
    tl_add_bits(d, QUIC_STREAM_INITIATOR, off, d->c.off - off, frame->stream);
    tl_add_bits(d, QUIC_STREAM_DIRECTION, off, d->c.off - off, frame->stream);
    if ((type & 4) != 0)
        frame->offset = tl_quic_varint(d, QUIC_STREAM_OFFSET);
    uint64_t len = (type & 2) != 0 ? tl_quic_varint(d, QUIC_STREAM_LENGTH) : tl_cursor_wire_left(&d->c);
    frame->data = take(d, len);
}

static void new_connection_id(struct tl_dissection *d, struct tl_quic_frame *frame)
{
    tl_quic_varint(d, QUIC_NCI_SEQUENCE);
    tl_quic_varint(d, QUIC_NCI_RETIRE);
    uint8_t len = tl_u8(d, QUIC_NCI_LENGTH);
    const uint8_t *id = len > 0 ? tl_run(d, QUIC_NCI_ID, len) : NULL;
    if (id != NULL && len <= QUIC_ID_MOST) {
        frame->id.len = len;
        memcpy(frame->id.bytes, id, len);
    }
    (void)tl_run(d, QUIC_NCI_RESET_TOKEN, 16);
}

static void connection_close(struct tl_dissection *d, bool application, struct tl_quic_frame *frame)
{
    uint32_t off = d->c.off;
    frame->error = tl_quic_varint(d, application ? QUIC_CC_APP_ERROR : QUIC_CC_ERROR);
    if (!application) {
        if (frame->error >= 0x100 && frame->error <= 0x1ff)
            tl_add(d, QUIC_CC_ALERT, off, d->c.off - off, frame->error & 0xff);
        tl_quic_varint(d, QUIC_CC_FRAME_TYPE);
    }
    uint64_t len = tl_quic_varint(d, QUIC_CC_REASON_LENGTH);
    frame->data = run(d, QUIC_CC_REASON, len);
}

/* Frames about limits: numbers alone. Returns false for other types. */
static bool limit(struct tl_dissection *d, uint64_t type)
{
    switch (type) {
    case FRAME_MAX_DATA:
        tl_quic_varint(d, QUIC_MAX_DATA);
        return true;
    case FRAME_MAX_STREAM_DATA:
        tl_quic_varint(d, QUIC_MSD_STREAM);
        tl_quic_varint(d, QUIC_MSD_MOST);
        return true;
    case FRAME_MAX_STREAMS:
    case FRAME_MAX_STREAMS + 1:
        tl_quic_varint(d, QUIC_MAX_STREAMS);
        return true;
    case FRAME_DATA_BLOCKED:
        tl_quic_varint(d, QUIC_DB_LIMIT);
        return true;
    case FRAME_STREAM_DATA_BLOCKED:
        tl_quic_varint(d, QUIC_SDB_STREAM);
        tl_quic_varint(d, QUIC_SDB_LIMIT);
        return true;
    case FRAME_STREAMS_BLOCKED:
    case FRAME_STREAMS_BLOCKED + 1:
        tl_quic_varint(d, QUIC_SIB_LIMIT);
        return true;
    case FRAME_RETIRE_CONNECTION_ID:
        tl_quic_varint(d, QUIC_RCI_SEQUENCE);
        return true;
    case FRAME_PATH_CHALLENGE:
        (void)tl_run(d, QUIC_PATH_CHALLENGE, 8);
        return true;
    case FRAME_PATH_RESPONSE:
        (void)tl_run(d, QUIC_PATH_RESPONSE, 8);
        return true;
    default:
        return false;
    }
}

/* Frames that may not be in packets before 1-RTT end the reading of the packet too: it is then not what it seems. */
static void content(struct tl_dissection *d, uint32_t off, struct tl_quic_frame *frame)
{
    switch (frame->type) {
    case FRAME_PADDING:
        padding(d, off);
        break;
    case FRAME_PING:
    case FRAME_HANDSHAKE_DONE:
        break;
    case FRAME_ACK:
    case FRAME_ACK_ECN:
        ack(d, frame->type == FRAME_ACK_ECN);
        break;
    case FRAME_RESET_STREAM:
        frame->stream = tl_quic_varint(d, QUIC_RESET_STREAM);
        tl_quic_varint(d, QUIC_RESET_ERROR);
        tl_quic_varint(d, QUIC_RESET_SIZE);
        break;
    case FRAME_STOP_SENDING:
        frame->stream = tl_quic_varint(d, QUIC_STOP_STREAM);
        tl_quic_varint(d, QUIC_STOP_ERROR);
        break;
    case FRAME_CRYPTO:
        frame->offset = tl_quic_varint(d, QUIC_CRYPTO_OFFSET);
        frame->data = take(d, tl_quic_varint(d, QUIC_CRYPTO_LENGTH));
        break;
    case FRAME_NEW_TOKEN:
        (void)run(d, QUIC_NT_TOKEN, tl_quic_varint(d, QUIC_NT_LENGTH));
        break;
    case FRAME_NEW_CONNECTION_ID:
        new_connection_id(d, frame);
        break;
    case FRAME_CLOSE:
    case FRAME_CLOSE_APPLICATION:
        connection_close(d, frame->type == FRAME_CLOSE_APPLICATION, frame);
        break;
    case FRAME_DATAGRAM:
    case FRAME_DATAGRAM + 1:
        frame->data = run(d, QUIC_DG, frame->type == FRAME_DATAGRAM ? tl_cursor_wire_left(&d->c)
                                                                    : tl_quic_varint(d, QUIC_DG_LENGTH));
        break;
    default:
        if (frame->type >= FRAME_STREAM && frame->type < FRAME_STREAM + 8) {
            stream(d, off, frame);
        } else if (!limit(d, frame->type)) {
            uint32_t left = tl_cursor_left(&d->c);
            tl_add(d, QUIC_UNKNOWN_FRAME, d->c.off, left, 0);
            tl_skip(d, left); /* the length of a frame depends on its type */
        }
        break;
    }
}

void tl_quic_read_frame(struct tl_dissection *d, bool google, struct tl_quic_frame *frame)
{
    *frame = (struct tl_quic_frame){ .type = 0 };
    uint32_t group = tl_group(d, QUIC_FRAME), off = d->c.off;
    frame->type = tl_quic_varint(d, QUIC_FRAME_TYPE);
    if (google && frame->type == FRAME_STREAM) /* its own number for CRYPTO, which the registry gave to STREAM */
        frame->type = FRAME_CRYPTO;
    if (tl_ok(d))
        content(d, off, frame);
    tl_group_end(d, group);
}
