/* http.h - what the files of the HTTP dissector share (RFC 9110, RFC 9112). */
#ifndef TL_DISSECTORS_HTTP_H
#define TL_DISSECTORS_HTTP_H

#include "core/dissect.h"

/* The anomalies of this protocol. */
enum tl_http_weird {
    HTTP_WEIRD_BAD_START_LINE, HTTP_WEIRD_UNMATCHED_RESPONSE, HTTP_WEIRD_PIPELINE_TOO_LONG,
    HTTP_WEIRD_VERSION_UNKNOWN, HTTP_WEIRD_HEAD_TOO_LONG, HTTP_WEIRD_BARE_LF, HTTP_WEIRD_FOLDED_HEADER,
    HTTP_WEIRD_SPACE_BEFORE_COLON, HTTP_WEIRD_NUL_IN_HEAD, HTTP_WEIRD_HOST_REPEATED, HTTP_WEIRD_HOST_MISSING,
    HTTP_WEIRD_LENGTH_INVALID, HTTP_WEIRD_LENGTH_REPEATED, HTTP_WEIRD_LENGTHS_DIFFER, HTTP_WEIRD_LENGTH_AND_CODING,
    HTTP_WEIRD_CODING_ODD, HTTP_WEIRD_CHUNK_INVALID,
};

enum {
    TL_HTTP_HEAD = 1 << 16,   /* bytes of a head that are looked at in one piece */
    TL_HTTP_VALUE = 8 << 10,  /* bytes of one value that a record holds */
    TL_HTTP_MESSAGE = 24 << 10, /* bytes of all values of a message, likewise */
    TL_HTTP_WAITING = 64,     /* requests of a flow that wait for their response; the oldest goes first */
    TL_HTTP_SPARE = 512,      /* bytes that waiting requests leave for what a response says */
    TL_HTTP_COOKIES = 32,     /* names that a record holds */
    TL_HTTP_COOKIE_HEADERS = 4,
    TL_HTTP_PROXIED = 8,      /* headers of proxies that a record holds */
    TL_HTTP_FOR_NEXT = 8,     /* headers that are handed to the protocol that comes next */
    TL_HTTP_METHOD = 32,      /* bytes of a method; longer words are none */
};

enum tl_http_kind { HTTP_NO_START, HTTP_REQUEST, HTTP_RESPONSE, HTTP_SIMPLE /* a request of HTTP/0.9 */ };

struct tl_http_start {
    enum tl_http_kind kind;
    struct tl_bytes method, target, version, phrase; /* version: what stands behind "HTTP/" */
    struct tl_bytes code;
    bool odd;             /* a status line that is not well formed */
    uint16_t status;
};

/* What a message says of itself that its record holds, in the order in which it is kept. */
enum tl_http_text {
    HTTP_METHOD, HTTP_URI, HTTP_HOST, HTTP_REFERRER, HTTP_USER_AGENT, HTTP_ORIGIN,
    HTTP_USERNAME, HTTP_PASSWORD, /* of a message that was just read: the first holds the credentials as sent */
    HTTP_CONTENT_TYPE, HTTP_CONTENT_ENCODING, HTTP_UPGRADE, HTTP_PHRASE,
    HTTP_HANDED_HEADERS, /* for the protocol that comes next: entries as in its note */
    HTTP_TEXTS
};

/*
 * What HTTP tells the protocol that comes after it in the channel, after 101 or in a tunnel of CONNECT. The note
 * (tl_channel_note()) is a row of entries: what it is (1 byte: enum tl_http_handed_text), its length (2 bytes, in the
 * machine's order), the text. A text that is missing was not sent or found no room. tl_http_handed() reads it.
 */
enum tl_http_handed_text {
    HTTP_HANDED_METHOD, HTTP_HANDED_HOST, HTTP_HANDED_URI, HTTP_HANDED_USER_AGENT, HTTP_HANDED_ORIGIN,
    /* Headers of the request: the first of each name. */
    HTTP_HANDED_WS_KEY, HTTP_HANDED_WS_VERSION, HTTP_HANDED_WS_PROTOCOL, HTTP_HANDED_WS_EXTENSIONS,
    HTTP_HANDED_WS_ACCEPT, HTTP_HANDED_HTTP2_SETTINGS,
    /* The same of the response; none where it was not seen. */
    HTTP_HANDED_RESPONSE,
    HTTP_HANDED_TEXTS = HTTP_HANDED_RESPONSE + HTTP_HANDED_RESPONSE - HTTP_HANDED_WS_KEY
};

/* The header `header` (from HTTP_HANDED_WS_KEY on) of the response. */
#define HTTP_HANDED_OF_RESPONSE(header) (HTTP_HANDED_RESPONSE + (header) - HTTP_HANDED_WS_KEY)

struct tl_http_handed {
    bool from_http;       /* false: the channel's protocol does not come after HTTP */
    struct tl_bytes text[HTTP_HANDED_TEXTS]; /* valid while the protocol reads the channel */
};

/* How long the body is. */
struct tl_http_framing {
    uint64_t length;      /* Content-Length */
    bool has_length;
    bool coded;           /* there is a Transfer-Encoding */
    bool chunked;
    bool compressed;      /* the transfer coding hides the content */
    bool partial;         /* Content-Range */
};

struct tl_http_proxied {
    const char *name;
    struct tl_bytes value;
};

struct tl_http_for_next {
    uint8_t what;         /* enum tl_http_handed_text */
    struct tl_bytes value;
};

struct tl_http_message {
    struct tl_http_start start;
    struct tl_http_framing framing;
    bool folded;          /* a value has line ends in it */
    bool bare_lf;
    bool more_cookies, more_proxied; /* headers than are kept */
    uint32_t hosts;
    struct tl_bytes text[HTTP_TEXTS];
    struct tl_bytes disposition;
    uint32_t cookie_headers, proxied_headers, headers_for_next;
    struct tl_bytes cookies[TL_HTTP_COOKIE_HEADERS];
    struct tl_http_proxied proxied[TL_HTTP_PROXIED];
    struct tl_http_for_next for_next[TL_HTTP_FOR_NEXT];
};

/* http_message.c */
/* Reads a start line (without its line end). */
struct tl_http_start tl_http_start_line(const uint8_t *p, uint32_t len);
/* HTTP/2 begins with what looks like a request (RFC 9113 section 3.4). */
bool tl_http_is_preface(const struct tl_http_start *start);
bool tl_http_is_version(struct tl_bytes version);
bool tl_http_is_known_method(struct tl_bytes method);
bool tl_http_is_token(uint8_t c);
/*
 * The one walk over header lines, for all that reads them: what the record and the framing need goes into m, and the
 * lines into the tree, if there is one. Says what is odd. m NULL: trailers (RFC 9112 section 7.1.2), for the tree alone.
 */
void tl_http_headers(struct tl_dissection *d, const uint8_t *p, uint32_t len, struct tl_http_message *m);
/*
 * Copies a value and puts one space for each line end in it and the spaces that follow (RFC 9112 section 5.2). `to` has
 * text.len bytes. Returns how many were written.
 */
uint32_t tl_http_unfold(uint8_t *to, struct tl_bytes text);
/* The number at the start of a chunk's first line; false: there is none. */
bool tl_http_chunk_size(const uint8_t *p, uint32_t len, uint64_t *size);
struct tl_bytes tl_http_trim(const uint8_t *p, const uint8_t *end);
/* Line ends, of a value that goes on in the next line, are trimmed too. */
struct tl_bytes tl_http_trim_wide(const uint8_t *p, const uint8_t *end);
bool tl_http_same(struct tl_bytes text, const char *word);

/* A header line, with the lines that continue it. */
struct tl_http_line {
    struct tl_bytes whole; /* without its line end */
    struct tl_bytes name;  /* empty: it has none, for want of a colon or because it begins with a space */
    struct tl_bytes value; /* without spaces around it */
    bool folded;           /* there are line ends in it */
};

/* http.c: nodes of a head: its start line, which lies at p; a header line; what follows from all of it. */
void tl_http_note_start(struct tl_dissection *d, const struct tl_http_message *m, const uint8_t *p);
void tl_http_note_line(struct tl_dissection *d, const struct tl_http_line *line);
void tl_http_note_end(struct tl_dissection *d, const struct tl_http_message *m);

/* http_record.c: a message's texts as they are kept; they follow it. */
struct tl_http_kept {
    int64_t first, last;  /* ns, of its bytes */
    uint64_t body;        /* bytes */
    const char *mime;     /* of the body; NULL: not known */
    uint32_t older;       /* kept: the request before it that waits too */
    uint32_t depth;
    uint32_t cut;         /* bit n: text n was cut; above: the lists */
    uint16_t status;      /* 0: HTTP/0.9's response has none */
    bool head, connect, simple, upgrade; /* what it asks for */
    uint8_t cookies, proxied;
    uint8_t version_len;
    char version[7];
    uint16_t len[HTTP_TEXTS];
};

enum tl_http_state {
    HTTP_AT_START,        /* a start line is to come */
    HTTP_AT_SCAN,         /* likewise, but anything may stand before it: bytes were lost, or were not HTTP */
    HTTP_AT_HEAD,         /* the start line was seen: the whole head */
    HTTP_AT_HEAD_REST,    /* the head was too long: more of its lines */
    HTTP_AT_HEAD_LINE,    /* the rest of a line that was too long */
    HTTP_AT_LOOK,         /* the body's first bytes, left for HTTP_AT_BODY */
    HTTP_AT_BODY,
    HTTP_AT_CHUNK,        /* a chunk's size */
    HTTP_AT_CHUNK_END,    /* the line end behind its data */
    HTTP_AT_TRAILER,
    HTTP_AT_HOLD,         /* a tunnel or another protocol was asked for: what comes depends on the response */
    HTTP_AT_LEAVE,        /* the next protocol begins here */
    HTTP_AT_UPGRADE,      /* it was granted before the client had sent all of its request */
};

/* One side of a flow. */
struct tl_http_half {
    enum tl_http_state state;
    bool live;            /* a message is under way: `message` and what follows is set */
    bool lost;            /* bytes were lost that may have held whole messages */
    bool look;            /* the body's kind is still to be found out */
    bool seen;            /* a message of this side was */
    bool asks;            /* the request asks for a tunnel, or for another protocol */
    bool waits;           /* HTTP_AT_HOLD: what waits is no request */
    struct tl_http_framing framing;
    uint64_t left;        /* bytes of the body, or of the chunk, to come; UINT64_MAX: to the end */
    uint64_t body;        /* bytes of the body that came */
    int64_t first, last;  /* ns */
    const char *mime;
    const struct tl_protocol *to; /* HTTP_AT_LEAVE, HTTP_AT_UPGRADE: what was granted; NULL: detected */
    uint32_t message;     /* kept; 0: none, or no memory */
    uint32_t passing;     /* kept: struct tl_body of the body that passes; 0: none, or nobody wants it */
    uint32_t lost_texts;  /* of a response that found no memory: bit n: it has text n */
    uint16_t status;
};

struct tl_http_flow {
    struct tl_http_half half[2]; /* by side */
    uint32_t newest;      /* kept: the last of the requests that wait */
    uint32_t waiting;     /* how many they are */
    uint32_t answered;    /* kept: the request whose response is under way */
    bool answers_live;    /* the response is that of the request that is still being sent */
    bool response_done;   /* and was all there before its end */
    bool confirmed;
    bool upgraded;        /* the server is at HTTP_AT_UPGRADE */
    uint8_t server;       /* side that responds, plus 1; 0: not known yet */
    uint16_t info_code;   /* of the last 1xx */
    uint32_t info;        /* kept: its reason */
    bool info_cut;
    uint32_t alone;       /* depth of the response under way, where it has no request */
    uint32_t depth;       /* requests so far */
    uint32_t debt;        /* requests whose record was written before their response came */
};

extern const struct tl_record_def tl_http_record_def;

/* What is known of the request that a response answers. */
struct tl_http_asked {
    bool known, head, connect, simple, upgrade;
};

/* A request's head was read. ends: it has no body. */
void tl_http_begin_request(struct tl_dissection *d, const struct tl_http_message *m, struct tl_http_half *h, bool ends);
void tl_http_end_request(struct tl_dissection *d, struct tl_http_half *h);
/* The last request that waits: the one that was sent last, when its side is at HTTP_AT_HOLD. */
struct tl_http_asked tl_http_last(const struct tl_dissection *d);
/* The oldest request that waits. */
struct tl_http_asked tl_http_oldest(const struct tl_dissection *d);
/* A final response's start: finds the request that it answers. */
struct tl_http_asked tl_http_pair(struct tl_dissection *d, struct tl_http_half *h);
/* The request that the response under way answers. */
struct tl_http_asked tl_http_answered(const struct tl_dissection *d, const struct tl_http_half *h);
void tl_http_begin_response(struct tl_dissection *d, const struct tl_http_message *m, struct tl_http_half *h, bool ends);
void tl_http_end_response(struct tl_dissection *d, struct tl_http_half *h);
/* Another message begins on the half: what is still under way there is written. */
void tl_http_abandon(struct tl_dissection *d, struct tl_http_half *h);
/* A response that another one follows (1xx). */
void tl_http_interim(struct tl_dissection *d, const struct tl_http_message *m);
/* Everything that is under way or waits becomes a record. */
void tl_http_finish(struct tl_dissection *d);

/* The texts of a kept message. */
void tl_http_kept_texts(const struct tl_dissection *d, uint32_t handle, struct tl_bytes text[HTTP_TEXTS]);

/* http_handover.c */
/* Adds an entry; what does not fit in [p, end) is left out. Returns where the next one goes. */
uint8_t *tl_http_hand(uint8_t *p, const uint8_t *end, unsigned what, struct tl_bytes text);
/*
 * Another protocol comes after the kept request, which m grants (NULL: no response was seen): leaves it a note. Gives
 * that protocol, or NULL: to be detected.
 */
const struct tl_protocol *tl_http_hand_over(struct tl_dissection *d, uint32_t request, const struct tl_http_message *m);
/* For the protocol that comes after HTTP: what it was told. */
struct tl_http_handed tl_http_handed(const struct tl_dissection *d);

/* http_body.c: bodies for who wants them. chunked: its length is not announced. Only where d->bodies. */
void tl_http_body_begin(struct tl_dissection *d, struct tl_http_half *h, const struct tl_http_message *m, bool chunked);
void tl_http_body_data(struct tl_dissection *d, const struct tl_http_half *h, struct tl_bytes bytes);
void tl_http_body_gap(struct tl_dissection *d, const struct tl_http_half *h, uint64_t n);
/* Ends it if there is one. */
void tl_http_body_end(struct tl_dissection *d, struct tl_http_half *h);

/* http_stream.c */
struct tl_want tl_http_stream(struct tl_dissection *d, struct tl_stream *s);

#endif
