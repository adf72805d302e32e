/* http2.h - declarations shared by the files of the HTTP/2 dissector (RFC 9113). */
#ifndef TL_DISSECTORS_HTTP2_H
#define TL_DISSECTORS_HTTP2_H

#include "core/channel.h"
#include "core/dissect.h"
#include "core/inflate.h"
#include "dissectors/http/http.h"
#include "dissectors/mime_type.h"

enum tl_http2_type {
    HTTP2_DATA, HTTP2_HEADERS, HTTP2_PRIORITY, HTTP2_RST_STREAM, HTTP2_SETTINGS, HTTP2_PUSH_PROMISE, HTTP2_PING,
    HTTP2_GOAWAY, HTTP2_WINDOW_UPDATE, HTTP2_CONTINUATION, HTTP2_ALTSVC, HTTP2_ORIGIN = 12, HTTP2_PRIORITY_UPDATE = 16,
};

/* Flags; what they mean depends on the type. */
enum tl_http2_flag {
    HTTP2_END_STREAM = 1, HTTP2_ACK = 1, HTTP2_END_HEADERS = 4, HTTP2_PADDED = 8, HTTP2_PRIORITIZED = 0x20,
};

enum {
    HTTP2_HEADER = 9,             /* bytes of a frame's header */
    HTTP2_PREFACE = 24,
    HTTP2_FRAME_MOST = 64 << 10,  /* bytes of a frame that is read whole; of longer ones only DATA is read */
    HTTP2_FRAME_DEFAULT = 1 << 14,
    HTTP2_LIST_MOST = 64 << 10,   /* bytes of the header list of a message, as RFC 9113 section 6.5.2 counts them */
    HTTP2_FIELD_EXTRA = 32,       /* bytes that count for each field beside its texts */
    HTTP2_BLOCK_MOST = 1 << 17,   /* bytes of a header block that goes on in CONTINUATION */
    HTTP2_CONTINUATIONS = 256,    /* frames of such a block */
    HTTP2_STREAMS = 256,          /* open streams of a connection */
    HTTP2_BUCKETS = 32,
};

enum tl_http2_weird {
    /* Those of HTTP/3, too, in the same order. */
    HTTP2_WEIRD_STREAM, HTTP2_WEIRD_HPACK, HTTP2_WEIRD_LIST, HTTP2_WEIRD_FIELD, HTTP2_WEIRD_PSEUDO,
    HTTP2_WEIRD_HALF_CLOSED, HTTP2_WEIRD_LENGTH, HTTP2_WEIRD_STREAMS, HTTP2_WEIRDS_SHARED,
    HTTP2_WEIRD_PREFACE = HTTP2_WEIRDS_SHARED, HTTP2_WEIRD_SIZE, HTTP2_WEIRD_TOO_LONG, HTTP2_WEIRD_PADDING,
    HTTP2_WEIRD_CONTINUATION, HTTP2_WEIRD_FLOOD, HTTP2_WEIRD_TABLE, HTTP2_WEIRD_SETTING, HTTP2_WEIRD_WINDOW,
    HTTP2_WEIRD_IDLE, HTTP2_WEIRDS
};

/* Fields; those from HTTP2_FIELD_FIRST on are named after header fields: http2.headers.NAME. */
enum tl_http2_field {
    HTTP2_LINE, HTTP2_STREAM, HTTP2_MAGIC, HTTP2_LENGTH, HTTP2_TYPE, HTTP2_FLAGS, HTTP2_FLAG_END_STREAM,
    HTTP2_FLAG_END_HEADERS, HTTP2_FLAG_PADDED, HTTP2_FLAG_PRIORITY, HTTP2_FLAG_ACK_PING, HTTP2_FLAG_ACK_SETTINGS,
    HTTP2_RESERVED, HTTP2_STREAM_ID, HTTP2_PAD_LENGTH, HTTP2_EXCLUSIVE, HTTP2_DEPENDENCY, HTTP2_WEIGHT,
    HTTP2_HEADER_LENGTH, HTTP2_HEADER_COUNT, HTTP2_FIELD_GROUP, HTTP2_NAME_LENGTH, HTTP2_NAME,
    HTTP2_VALUE_LENGTH, HTTP2_VALUE, HTTP2_REPR, HTTP2_INDEX, HTTP2_TABLE_SIZE, HTTP2_SETTINGS_GROUP,
    HTTP2_SETTING_ID, HTTP2_SETTING_TABLE, HTTP2_SETTING_PUSH, HTTP2_SETTING_STREAMS, HTTP2_SETTING_WINDOW,
    HTTP2_SETTING_FRAME, HTTP2_SETTING_LIST, HTTP2_SETTING_CONNECT, HTTP2_SETTING_UNKNOWN, HTTP2_PROMISED_ID,
    HTTP2_RST_ERROR, HTTP2_PING_DATA, HTTP2_PONG_DATA, HTTP2_LAST_ID, HTTP2_GOAWAY_ERROR, HTTP2_GOAWAY_TEXT,
    HTTP2_INCREMENT, HTTP2_ALTSVC_LENGTH, HTTP2_ALTSVC_ORIGIN, HTTP2_ALTSVC_VALUE, HTTP2_ORIGIN_LENGTH,
    HTTP2_ORIGIN_TEXT, HTTP2_UPDATED_ID, HTTP2_UPDATED_VALUE, HTTP2_UNKNOWN, HTTP2_LOST,
    HTTP2_PART,
    HTTP2_FIELD_FIRST
};

/* --- header lists (http2_list.c) --- */

/*
 * The decoded fields of a header block. Each is two lengths of four bytes, and the texts. They are in scratch memory,
 * or in flow memory if the block goes on in another frame.
 */
struct tl_http2_list {
    uint8_t *data;
    uint32_t len, room;
    uint64_t counted;     /* bytes as RFC 9113 section 6.5.2 counts them */
    uint32_t count;
    bool owned;           /* data is from the slab */
    bool cut;             /* there were more fields */
    bool unknown;         /* there were fields that cannot be known */
};

struct tl_http2_walk {
    const uint8_t *p, *end;
};
struct tl_http2_walk tl_http2_walk(const struct tl_http2_list *list);
bool tl_http2_walk_next(struct tl_http2_walk *walk, struct tl_header_field *field);
/* Returns the value of the first field of this name; no data: there is none. */
struct tl_bytes tl_http2_value(const struct tl_http2_list *list, const char *name);
void tl_http2_list_begin(struct tl_dissection *d, struct tl_http2_list *list, bool goes_on);
void tl_http2_list_add(struct tl_dissection *d, struct tl_http2_list *list, const struct tl_header_field *field);
/* Frees a list in flow memory. */
void tl_http2_list_fini(struct tl_dissection *d, struct tl_http2_list *list);

/* --- header blocks (http2_block.c) --- */

/* A header block that is not complete. */
struct tl_http2_block {
    bool on;              /* CONTINUATION must follow */
    bool skipped;         /* it is too long, and is not read */
    bool end_stream;
    uint32_t stream, promised; /* promised: 0 if it is not of PUSH_PROMISE */
    uint32_t frames, bytes;
    int64_t first;        /* ns: when it began */
    uint8_t *carry;       /* owned: the beginning of a representation that goes on in the next frame */
    uint32_t carry_len, carry_room;
    struct tl_http2_list list;
};

/* One side of a connection. */
struct tl_http2_half {
    bool begun;           /* its first bytes were seen */
    bool settled;         /* its first SETTINGS were seen */
    bool lost;            /* the next frame has to be found */
    bool unknown;         /* header fields were missed: see struct tl_inflate */
    bool goaway;
    uint8_t tail_len;
    uint8_t tail[HTTP2_HEADER - 1]; /* while lost: the last bytes that were searched */
    bool held;            /* the header of the next frame was read when it was found again */
    uint64_t passed;      /* bytes that are missing or were passed over before it */
    /* The frame that is being read. */
    uint8_t type, flags, pad_length;
    bool reserved;        /* the reserved bit */
    uint32_t length, stream;
    uint32_t awaits;      /* bytes of it that are waited for; 0: none, or they are passed on */
    uint32_t data_left, pad_left; /* of a DATA frame that is passed on */
    bool passing;
    uint32_t frame_most;  /* bytes of the longest frame that the other side allows */
    uint32_t table_most;  /* bytes of the largest table that the other side allows */
    uint32_t goaway_error;
    uint8_t *frame;       /* owned: the payload of a frame that is followed, as far as it came */
    uint32_t frame_have, frame_room;
    struct tl_headers *headers; /* owned; NULL: no block was read yet */
    struct tl_http2_block block;
};

/* --- streams (http2_stream.c) --- */

struct tl_http2_stream {
    struct tl_http2_stream *next;   /* in its bucket */
    struct tl_http2_stream *older, *newer;
    uint32_t id;
    bool asked;           /* the request was seen */
    bool answered;        /* the final response was seen */
    bool ended[2];        /* by side */
    bool head;            /* the method is HEAD */
    bool connect;         /* the method is CONNECT: the record is written with the response */
    bool tunnel;          /* bytes belong to the child */
    bool third;           /* of HTTP/3 */
    bool has_length[2];
    bool looked[2];       /* the type of the body is determined */
    uint64_t length[2];   /* Content-Length */
    uint64_t early;       /* bytes for a tunnel before it was granted */
    uint32_t look[2];     /* kept: the first bytes of a body; 0: none */
    uint8_t look_len[2];
    struct tl_channel *child;
    struct tl_http_h2 h2;
    struct tl_http_flow http; /* its halves are by side: 0 is the half that tl_http2_half_of() calls 0 */
};

struct tl_http2_flow {
    bool opened, confirmed;
    bool third;           /* HTTP/3: streams can begin in any order, and have numbers of their own in records */
    bool upgraded;        /* it follows HTTP/1: stream 1 is not begun yet */
    bool has_client;      /* it is known which side is the client */
    uint8_t client;       /* index of its half */
    uint16_t port;        /* of half[0]: the sides of a flow can be swapped */
    struct tl_http2_half half[2];
    struct tl_http2_stream *buckets[HTTP2_BUCKETS];
    struct tl_http2_stream *oldest, *newest;
    uint32_t streams;
    uint32_t last[2];     /* greatest number of a stream, by the half that began it */
    uint32_t depth;       /* requests so far */
    uint32_t credentials[2]; /* as in struct tl_http_flow */
};

/* Returns the index of the half of a side of the flow. */
static inline unsigned tl_http2_half_of(const struct tl_dissection *d, const struct tl_http2_flow *f, unsigned side)
{
    uint16_t port = side == 0 ? d->flow.orig_port : d->flow.resp_port;
    return d->flow.orig_port == d->flow.resp_port ? side : port != f->port;
}

/* Where in the source a piece of a header block is. off 0, len 0: nowhere. */
struct tl_http2_place {
    uint32_t off, len;
};

/* http2.c */
extern const struct tl_field tl_http2_fields[];
unsigned tl_http2_field_of(struct tl_bytes name); /* a field from HTTP2_FIELD_FIRST on, or 0 */
const char *tl_http2_error_name(uint32_t error);
/* Adds to the packet's line: "WORD[stream]", and ": text" if there is one. */
void tl_http2_line(struct tl_dissection *d, const char *word, uint32_t stream, struct tl_bytes text);

/* http2_side.c */
struct tl_want tl_http2_parse(struct tl_dissection *d, struct tl_stream *s);

/* http2_frame.c */
const char *tl_http2_type_name(uint8_t type);
/* Adds the header of the half's frame to the tree. here: it is at the cursor, and is taken. */
void tl_http2_note_header(struct tl_dissection *d, struct tl_http2_half *h, bool here);
/* Reads a whole frame that is not DATA. since: when its first byte came (ns). */
void tl_http2_read_frame(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half, int64_t since, bool here);
/* Begins the group of a frame in the packet's layer. */
uint32_t tl_http2_group(struct tl_dissection *d);

/* http2_follow.c: for a listener that follows a stream; without one it does nothing */
/* A whole frame of the half; its payload. */
void tl_http2_follow_frame(struct tl_dissection *d, const struct tl_http2_half *h, struct tl_bytes payload);
/* A header block is complete. */
void tl_http2_follow_headers(struct tl_dissection *d, const struct tl_http2_block *b);
/* The payload of the half's frame comes in pieces; the first of them, and the others. */
void tl_http2_follow_begin(struct tl_dissection *d, struct tl_http2_half *h, struct tl_bytes payload);
void tl_http2_follow_add(struct tl_dissection *d, struct tl_http2_half *h, struct tl_bytes payload);
void tl_http2_follow_drop(struct tl_dissection *d, struct tl_http2_half *h);

/* http2_block.c */
/*
 * Reads a fragment of a header block, at the cursor, of len bytes, in a frame of this half; `last`: END_HEADERS. When
 * the block is complete it is passed to tl_http2_message().
 */
void tl_http2_fragment(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half, uint32_t len, bool last);
/* Fields were missed: what earlier ones put in the table is unknown. Drops the block in progress. */
void tl_http2_forget_headers(struct tl_dissection *d, struct tl_http2_half *h);
void tl_http2_block_fini(struct tl_dissection *d, struct tl_http2_half *h);

/* http2_hpack.c */
enum tl_http2_piece_kind { HTTP2_INDEXED, HTTP2_INCREMENTAL, HTTP2_RESIZE, HTTP2_NEVER, HTTP2_LITERAL };
/* A representation (RFC 7541 section 6). Offsets are from its first byte. */
struct tl_http2_piece {
    enum tl_http2_piece_kind kind;
    uint32_t len;
    uint32_t index;       /* or the new size */
    uint32_t name_off, name_len;   /* with the length in front; 0: the name is indexed */
    uint32_t value_off, value_len;
};
/* TL_OK, TL_MORE if it is not whole, TL_BAD if it is invalid. */
enum tl_status tl_http2_piece(const uint8_t *p, uint32_t len, struct tl_http2_piece *piece);

/* http2_message.c */
/* A header block is complete: a request, a response, or trailers. half: of the sender. */
void tl_http2_message(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half,
                      const struct tl_http2_block *block);

/* http2_stream.c */
struct tl_http2_stream *tl_http2_find(const struct tl_http2_flow *f, uint32_t id);
/* Returns NULL without memory. */
struct tl_http2_stream *tl_http2_begin_stream(struct tl_dissection *d, struct tl_http2_flow *f, uint32_t id);
/* A context for the functions of HTTP on this stream. */
struct tl_dissection tl_http2_inside(const struct tl_dissection *d, struct tl_http2_stream *x);
/* The message of this half has a body. */
void tl_http2_begin_body(struct tl_dissection *d, struct tl_http2_stream *x, unsigned half,
                         struct tl_http_message *m);
/* Bytes of DATA from this side of the flow. */
void tl_http2_data(struct tl_dissection *d, struct tl_http2_flow *f, struct tl_http2_stream *x, unsigned half,
                   unsigned side, struct tl_bytes bytes);
void tl_http2_data_gap(struct tl_dissection *d, struct tl_http2_flow *f, struct tl_http2_stream *x, unsigned half,
                       unsigned side, uint64_t n);
/* END_STREAM. The stream may be gone afterwards. */
void tl_http2_end_side(struct tl_dissection *d, struct tl_http2_flow *f, struct tl_http2_stream *x, unsigned half,
                       unsigned side);
/* Writes what is pending, and frees the stream. */
void tl_http2_close(struct tl_dissection *d, struct tl_http2_flow *f, struct tl_http2_stream *x);
/* Bytes of this half were lost that may have ended bodies. */
void tl_http2_unsure(struct tl_dissection *d, struct tl_http2_flow *f, unsigned half, unsigned side);
/* The stream after 101 (Switching Protocols): its request was one of HTTP/1. */
void tl_http2_upgraded(struct tl_dissection *d, struct tl_http2_flow *f, const struct tl_http_handed *handed);
void tl_http2_finish(struct tl_dissection *d);
/* Passes a stream to the protocol inside: gRPC, or that of CONNECT. protocol NULL: by content. */
void tl_http2_open_child(struct tl_dissection *d, struct tl_http2_stream *x, const struct tl_protocol *protocol,
                         const struct tl_http_message *m);

#endif
