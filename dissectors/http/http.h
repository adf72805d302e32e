/* http.h - declarations shared by the files of the HTTP dissector (RFC 9110, RFC 9112). */
#ifndef TL_DISSECTORS_HTTP_H
#define TL_DISSECTORS_HTTP_H

#include "core/dissect.h"
#include "core/transaction.h"
#include "dissectors/login.h"

/* Anomalies of HTTP. */
enum tl_http_weird {
    HTTP_WEIRD_BAD_START_LINE, HTTP_WEIRD_UNMATCHED_RESPONSE, HTTP_WEIRD_PIPELINE_TOO_LONG,
    HTTP_WEIRD_VERSION_UNKNOWN, HTTP_WEIRD_HEAD_TOO_LONG, HTTP_WEIRD_BARE_LF, HTTP_WEIRD_FOLDED_HEADER,
    HTTP_WEIRD_SPACE_BEFORE_COLON, HTTP_WEIRD_NUL_IN_HEAD, HTTP_WEIRD_HOST_REPEATED, HTTP_WEIRD_HOST_MISSING,
    HTTP_WEIRD_LENGTH_INVALID, HTTP_WEIRD_LENGTH_REPEATED, HTTP_WEIRD_LENGTHS_DIFFER, HTTP_WEIRD_LENGTH_AND_CODING,
    HTTP_WEIRD_CODING_ODD, HTTP_WEIRD_CHUNK_INVALID,
};

enum {
    TL_HTTP_HEAD = 1 << 16,   /* maximum bytes of a head that are read at once */
    TL_HTTP_VALUE = 8 << 10,  /* maximum bytes of one value in a record */
    TL_HTTP_MESSAGE = 24 << 10, /* maximum bytes of all values of a message in a record */
    TL_HTTP_WAITING = 64,     /* maximum requests of a flow that wait for a response; the oldest is dropped first */
    TL_HTTP_SPARE = 512,      /* bytes that waiting requests leave free for the texts of a response */
    TL_HTTP_KINDS = 15,       /* parts of a multipart whose type is in a record */
    TL_HTTP_COOKIES = 32,     /* maximum names in a record */
    TL_HTTP_COOKIE_HEADERS = 4,
    TL_HTTP_PROXIED = 8,      /* maximum proxy headers in a record */
    TL_HTTP_FOR_NEXT = 8,     /* maximum headers handed to the next protocol */
    TL_HTTP_ENTRY_HEAD = 3,   /* bytes of an entry's type and length in a note for the next protocol */
    TL_HTTP_VERSION = 7,      /* maximum bytes of a version in a record */
    TL_HTTP_LONGEST_WORD = 16, /* bytes that are searched for a known method or a version */
    TL_HTTP_METHOD = 32,      /* maximum bytes of a method; a longer word is not a method */
};

enum tl_http_kind { HTTP_NO_START, HTTP_REQUEST, HTTP_RESPONSE, HTTP_SIMPLE /* a request of HTTP/0.9 */ };

struct tl_http_start {
    enum tl_http_kind kind;
    struct tl_bytes method, target, version, phrase; /* version: the text after "HTTP/" */
    struct tl_bytes code;
    bool odd;             /* the status line is malformed */
    bool icy;             /* the status line of a SHOUTcast server; version: "ICY" */
    uint16_t status;
};

/* Texts of a message that its record holds. */
enum tl_http_text {
    HTTP_HOST, HTTP_REFERRER, HTTP_USER_AGENT, HTTP_ORIGIN,
    HTTP_USERNAME, /* the credentials as sent */
    HTTP_PROXY_CREDENTIALS, /* those for a proxy */
    HTTP_CONTENT_TYPE, HTTP_CONTENT_ENCODING, HTTP_UPGRADE,
    HTTP_TEXTS
};

/*
 * Texts that HTTP passes to the next protocol in the channel, after 101 or in a CONNECT tunnel. The note
 * (tl_channel_note()) is a sequence of entries: type (1 byte: enum tl_http_handed_text), length (2 bytes, in the
 * machine's byte order), text. A missing text was not sent or did not fit. tl_http_handed() reads the note.
 */
enum tl_http_handed_text {
    HTTP_HANDED_METHOD, HTTP_HANDED_HOST, HTTP_HANDED_URI, HTTP_HANDED_USER_AGENT, HTTP_HANDED_ORIGIN,
    /* Headers of the request: the first of each name. */
    HTTP_HANDED_WS_KEY, HTTP_HANDED_WS_VERSION, HTTP_HANDED_WS_PROTOCOL, HTTP_HANDED_WS_EXTENSIONS,
    HTTP_HANDED_WS_ACCEPT, HTTP_HANDED_HTTP2_SETTINGS,
    /* The same headers of the response; none if the response was not seen. */
    HTTP_HANDED_RESPONSE,
    HTTP_HANDED_TEXTS = HTTP_HANDED_RESPONSE + HTTP_HANDED_RESPONSE - HTTP_HANDED_WS_KEY
};

/* The header `header` (HTTP_HANDED_WS_KEY or later) of the response. */
#define HTTP_HANDED_OF_RESPONSE(header) (HTTP_HANDED_RESPONSE + (header) - HTTP_HANDED_WS_KEY)

struct tl_http_handed {
    bool from_http;       /* false: the channel's protocol does not follow HTTP */
    struct tl_bytes text[HTTP_HANDED_TEXTS]; /* valid while the protocol reads the channel */
};

/* The length of the body. */
struct tl_http_framing {
    uint64_t length;      /* Content-Length */
    bool has_length;
    bool coded;           /* a Transfer-Encoding is present */
    bool chunked;
    bool compressed;      /* the transfer coding hides the content */
    bool unknown;         /* nor can it be undone */
    uint8_t codings;      /* transfer codings that can be undone: tl_coded_again() */
    bool partial;         /* Content-Range */
    bool expects;         /* Expect: 100-continue (RFC 9110 section 10.1.1) */
};

struct tl_http_proxied {
    const char *name;     /* as in the record, with the arrow */
    struct tl_bytes value;
};

struct tl_http_for_next {
    uint8_t what;         /* enum tl_http_handed_text */
    struct tl_bytes value;
};

struct tl_http_message {
    struct tl_http_start start;
    struct tl_http_framing framing;
    bool bare_lf;
    bool more_cookies, more_proxied; /* more headers than are kept */
    uint32_t hosts;
    struct tl_bytes text[HTTP_TEXTS];
    struct tl_bytes disposition;
    struct tl_bytes range; /* Content-Range */
    uint32_t cookie_headers, proxied_headers, headers_for_next;
    struct tl_bytes cookies[TL_HTTP_COOKIE_HEADERS];
    struct tl_http_proxied proxied[TL_HTTP_PROXIED];
    struct tl_http_for_next for_next[TL_HTTP_FOR_NEXT];
};

/* http_message.c */
/* Reads a start line (without its line end). */
struct tl_http_start tl_http_start_line(const uint8_t *p, uint32_t len);
/* The preface of HTTP/2 looks like a request (RFC 9113 section 3.4). */
bool tl_http_is_preface(const struct tl_http_start *start);
bool tl_http_is_version(struct tl_bytes version);
bool tl_http_is_known_method(struct tl_bytes method);
bool tl_http_is_token(uint8_t c);
/*
 * Reads header lines. This is the only loop over them, for all callers: it stores in m what the record and the framing
 * need, adds the lines to the tree if there is one, and reports anomalies. m NULL: trailers (RFC 9112 section 7.1.2),
 * for the tree only.
 */
void tl_http_headers(struct tl_dissection *d, const uint8_t *p, uint32_t len, struct tl_http_message *m);
/*
 * Copies a value and replaces each line end, with the spaces around it, by one space (RFC 9112 section 5.2). `to` has
 * text.len bytes. Returns the number of bytes written.
 */
uint32_t tl_http_unfold(uint8_t *to, struct tl_bytes text);
/* Reads the number at the start of a chunk's first line. Returns false if there is none. */
bool tl_http_chunk_size(const uint8_t *p, uint32_t len, uint64_t *size);
struct tl_bytes tl_http_trim(const uint8_t *p, const uint8_t *end);
/* Also trims line ends, for a value that continues on the next line. */
struct tl_bytes tl_http_trim_wide(const uint8_t *p, const uint8_t *end);
/* Whether the bytes begin with a header's name and colon. */
bool tl_http_is_header(const uint8_t *p, const uint8_t *end);
bool tl_http_same(struct tl_bytes text, const char *word);

/* A header line, with the lines that continue it. */
struct tl_http_line {
    struct tl_bytes whole; /* without its line end */
    struct tl_bytes name;  /* empty if the line has no colon or begins with a space */
    struct tl_bytes value; /* without surrounding spaces */
    bool folded;           /* the value contains line ends */
};

/*
 * Takes a header field that was read in another form, as tl_http_headers() does with a line. Its texts are valid as long
 * as m. A Transfer-Encoding is ignored: only HTTP/1 has one.
 */
void tl_http_take(struct tl_dissection *d, struct tl_http_message *m, struct tl_bytes name, struct tl_bytes value);
/* Returns what may be shown of the value of a header field: all of it, a part, or nothing (no bytes). */
struct tl_bytes tl_http_shown_value(const struct tl_dissection *d, struct tl_bytes name, struct tl_bytes value);

/* http.c: tree nodes of a head: its start line at p; a header line; values derived from the whole head. */
void tl_http_note_start(struct tl_dissection *d, const struct tl_http_message *m, const uint8_t *p);
void tl_http_note_line(struct tl_dissection *d, const struct tl_http_line *line);
void tl_http_note_end(struct tl_dissection *d, const struct tl_http_message *m);
/* The response answers this kept request (0: not known), whose last byte came at `last` (ns). */
void tl_http_note_pair(struct tl_dissection *d, uint32_t request, int64_t last);

/* A body after its content coding was undone. */
struct tl_http_decoded {
    uint64_t len;         /* bytes */
    bool known;
    bool cut;             /* there may be more bytes; len 0: unknown */
};

/* The media types of the parts of a body, in order: numbers of tl_mime_number(). */
struct tl_http_kinds {
    uint8_t count;
    uint8_t numbers[TL_HTTP_KINDS];
};

/* http_record.c: what a pending request has besides the fields of its record. Headers for the next protocol follow. */
struct tl_http_kept {
    int64_t last;         /* ns, of its last byte */
    uint64_t packet;      /* number of the packet with the end of its head */
    uint64_t body;        /* bytes */
    struct tl_http_decoded decoded;
    const char *mime;     /* of the body; NULL: unknown */
    struct tl_http_kinds kinds; /* of its parts, if it is a multipart */
    uint32_t logins;      /* kept: its logins (http_login.c); 0: none */
    uint32_t file;        /* its body: tl_body_file() */
    uint32_t names;       /* kept: of its files (http_names.c); 0: none */
    uint16_t for_next;    /* bytes of entries as in the note for the next protocol */
    bool head, connect, simple, upgrade; /* properties of the request */
};

enum tl_http_state {
    HTTP_AT_START,        /* expects a start line */
    HTTP_AT_SCAN,         /* the same, but other bytes may precede it: bytes were lost, or were not HTTP */
    HTTP_AT_HEAD,         /* the start line was seen: expects the whole head */
    HTTP_AT_HEAD_REST,    /* the head was too long: expects more of its lines */
    HTTP_AT_HEAD_LINE,    /* the rest of a line that was too long */
    HTTP_AT_LOOK,         /* looks at the first bytes of the body and leaves them for HTTP_AT_BODY */
    HTTP_AT_BODY,
    HTTP_AT_CHUNK,        /* a chunk's size */
    HTTP_AT_CHUNK_END,    /* the line end after the chunk data */
    HTTP_AT_TRAILER,
    HTTP_AT_EXPECT,       /* before a body that waits for 100 (Continue): the response decides whether it is sent */
    HTTP_AT_REFUSED,      /* the final response came before the body: the client sends it, or its next request */
    HTTP_AT_SIMPLE_HEAD,  /* header lines after a request line of HTTP/0.9 */
    HTTP_AT_HOLD,         /* a tunnel or another protocol was requested: the response decides what follows */
    HTTP_AT_LEAVE,        /* the next protocol begins here */
    HTTP_AT_UPGRADE,      /* the upgrade was granted before the client sent its whole request */
};

/* One side of a flow. */
struct tl_http_half {
    enum tl_http_state state;
    bool live;            /* a message is in progress: `message` and the members after it are set */
    bool lost;            /* bytes were lost that may have held whole messages */
    bool look;            /* the type of the body is not determined yet */
    bool refused;         /* the final response came before the chunked body: a request may come instead */
    bool seen;            /* a message of this side was seen */
    bool asks;            /* the request asks for a tunnel or for another protocol */
    bool waits;           /* HTTP_AT_HOLD: the waiting bytes are not a request */
    bool inside;          /* the body is read by a protocol of its own (http_inside.c) */
    struct tl_http_framing framing;
    uint64_t left;        /* remaining bytes of the body or chunk; UINT64_MAX: up to the end */
    uint64_t body;        /* bytes of the body received so far */
    int64_t first, last;  /* ns */
    const char *mime;
    struct tl_http_kinds kinds; /* of the parts of the last body that ended */
    const struct tl_protocol *to; /* HTTP_AT_LEAVE, HTTP_AT_UPGRADE: the granted protocol; NULL: detect it */
    uint32_t message;     /* kept; 0: none, or out of memory */
    struct tl_http_decoded decoded; /* of the last body that ended */
    uint32_t decoding;    /* kept: the body being decoded (http_content.c); 0: none */
    uint32_t parts;       /* kept: the multipart body that is being read (http_content.c); 0: none */
    uint32_t passing;     /* kept: the current body (http_body.c); 0: none, or no consumer */
    uint32_t resting;     /* kept: a range of a file, whose next range may follow (http_body.c); 0: none */
    uint32_t file;        /* of the last body that ended: tl_body_file() */
    uint32_t names;       /* kept: of the files of the last body (http_names.c); 0: none */
    uint32_t form;        /* kept: the form that is being read (http_login.c); 0: none */
    int64_t credit;       /* decoded bytes that this side may still have, besides the first ones (http_content.c) */
    uint64_t lost_fields; /* of a response that could not be kept: bit set of the record's fields */
    uint16_t status;
};

/* What a record of HTTP/2 and HTTP/3 has besides. Names are those of RFC 9113 section 7; NULL: none. */
struct tl_http_h2 {
    uint32_t stream;
    const char *reset;    /* error of RST_STREAM */
    const char *goaway;   /* error of the GOAWAY that cut the stream */
    bool third;           /* HTTP/3 */
    bool pushed;
    bool headers_lost;    /* header fields are missing, because bytes were lost before them */
    bool lost[2];         /* by side: the body may have been longer */
    bool grpc;
    uint32_t *credentials; /* of the connection: as in struct tl_http_flow */
    bool has_status;
    int64_t status;       /* of gRPC */
    uint32_t message;     /* kept; 0: none */
    uint64_t messages[2], bytes[2]; /* of gRPC; by side */
};

struct tl_http_flow {
    const struct tl_http_h2 *h2; /* NULL: HTTP/1 */
    struct tl_http_half half[2]; /* by side */
    struct tl_transactions requests; /* that wait for their responses */
    uint32_t answered;    /* kept: the request of the response in progress */
    bool answers_live;    /* the response answers the request that is still being sent */
    bool response_done;   /* that response completed before its request did */
    bool confirmed;
    bool upgraded;        /* the server is at HTTP_AT_UPGRADE */
    uint8_t server;       /* the responding side, plus 1; 0: unknown */
    uint16_t info_code;   /* of the last 1xx */
    uint32_t info;        /* kept: the reason of the last 1xx */
    bool info_cut;
    uint32_t alone;       /* depth of the response in progress, if it has no request */
    uint32_t credentials[2]; /* hashes of the last ones, and of those for a proxy: see http_login.c */
    uint32_t depth;       /* number of requests so far */
    uint32_t debt;        /* number of requests whose record was written before their response came */
};

extern const struct tl_record_def tl_http_record_def;

/* The known properties of the request that a response answers. */
struct tl_http_asked {
    bool known, head, connect, simple, upgrade;
};

/* Called after the head of a request is read. ends: the request has no body. */
void tl_http_begin_request(struct tl_dissection *d, const struct tl_http_message *m, struct tl_http_half *h, bool ends);
void tl_http_end_request(struct tl_dissection *d, struct tl_http_half *h);
/*
 * Header lines follow a request line of HTTP/0.9, whose response has not begun: adds them, and what is in progress on
 * the half is that request again. Returns false if there is no such request.
 */
bool tl_http_reopen(struct tl_dissection *d, struct tl_http_half *h);
void tl_http_add_headers(struct tl_dissection *d, const struct tl_http_message *m, struct tl_http_half *h);
/* The newest waiting request: the last one sent, when its side is at HTTP_AT_HOLD. */
struct tl_http_asked tl_http_last(const struct tl_dissection *d);
/* The oldest waiting request. */
struct tl_http_asked tl_http_oldest(const struct tl_dissection *d);
/* Called at the start of a final response: finds the request that it answers. */
struct tl_http_asked tl_http_pair(struct tl_dissection *d, struct tl_http_half *h);
/* The request that the response in progress answers. */
struct tl_http_asked tl_http_answered(const struct tl_dissection *d, const struct tl_http_half *h);
/* Its host and target as a hash; 0: not known. */
uint64_t tl_http_answered_target(const struct tl_dissection *d, const struct tl_http_half *h);
void tl_http_begin_response(struct tl_dissection *d, const struct tl_http_message *m, struct tl_http_half *h, bool ends);
void tl_http_end_response(struct tl_dissection *d, struct tl_http_half *h);
/* Called when another message begins on the half: writes the message in progress there. */
void tl_http_abandon(struct tl_dissection *d, struct tl_http_half *h);
/* A response that another response follows (1xx). */
void tl_http_interim(struct tl_dissection *d, const struct tl_http_message *m);
/* Writes what is pending: the connection, or the stream of HTTP/2, ends. */
/* Writes a record for every message in progress and every waiting request. */
void tl_http_finish(struct tl_dissection *d);

/* What the protocol that follows HTTP may need of a request. */
struct tl_http_texts {
    struct tl_bytes method, host, uri, user_agent, origin, upgrade;
    struct tl_bytes for_next; /* headers: entries as in the note */
};
/* The texts of a pending request (0: none). */
void tl_http_kept_texts(const struct tl_dissection *d, uint32_t t, struct tl_http_texts *texts);

/* http_handover.c */
enum { TL_HTTP_NOTE = 4096 /* bytes of a note for the next protocol */ };
/* Returns the protocol named by an Upgrade header: the first of its list, with or without its version. NULL: none. */
const struct tl_protocol *tl_http_next_protocol(struct tl_bytes upgrade);
/* Writes the note for the protocol that follows a kept request, and its texts. m as below. Returns the note's length. */
uint32_t tl_http_note(const struct tl_dissection *d, uint32_t request, const struct tl_http_message *m,
                      struct tl_http_texts *texts, uint8_t note[TL_HTTP_NOTE]);
/* Adds an entry. Omits what does not fit in [p, end). Returns the position of the next entry. */
uint8_t *tl_http_hand(uint8_t *p, const uint8_t *end, unsigned what, struct tl_bytes text);
/*
 * Another protocol follows the kept request. m grants it (NULL: the response was not seen). Leaves a note for that
 * protocol. Returns the protocol, or NULL to detect it.
 */
const struct tl_protocol *tl_http_hand_over(struct tl_dissection *d, uint32_t request, const struct tl_http_message *m);
/* For the protocol that follows HTTP: the texts in its note. */
struct tl_http_handed tl_http_handed(const struct tl_dissection *d);

/* http_credentials.c */
enum { TL_HTTP_CREDENTIALS = 512 /* bytes of base64 that are read */ };
struct tl_http_credentials {
    struct tl_bytes user, password; /* in plain; no data: none were sent in this form */
    bool user_cut, password_cut;    /* longer than what is read; of a cut user nothing is kept */
    uint8_t plain[TL_HTTP_CREDENTIALS / 4 * 3 + 3];
};
/*
 * Reads "Basic" and user:password in base64 (RFC 7617). Takes nothing from any other form, since all of it may be
 * secret.
 */
void tl_http_credentials(struct tl_http_credentials *c, struct tl_bytes sent);

/*
 * http_login.c: logins of requests: credentials in the head, passwords in forms. The kept request (0: none) gets them;
 * what is not kept has no answer.
 */
void tl_http_login_head(struct tl_dissection *d, const struct tl_http_message *m, uint32_t request);
/* The body of the request in progress on this half begins. Reads it if it is a form. */
void tl_http_form_begin(struct tl_dissection *d, const struct tl_http_message *m, struct tl_http_half *h);
/* Bytes of it: hides passwords. Only while h->form is not 0; nor the next two do anything without it. */
void tl_http_form_data(struct tl_dissection *d, const struct tl_http_half *h, struct tl_bytes bytes);
/* The same for bytes that are only looked at, and left for later: they can be a copy, which is shown. */
void tl_http_form_look(struct tl_dissection *d, const struct tl_http_half *h, struct tl_bytes bytes);
void tl_http_form_gap(const struct tl_dissection *d, const struct tl_http_half *h);
/* The body has ended. */
void tl_http_form_end(struct tl_dissection *d, struct tl_http_half *h);
/* Writes the records of logins and frees them. status: of the response; 0: it was not seen. */
void tl_http_logins_end(struct tl_dissection *d, uint32_t logins, uint64_t status);

/* http_names.c: names of files; list: texts, each after its length. Returns how many there are. */
void tl_http_names_of_head(struct tl_dissection *d, struct tl_http_half *h, const struct tl_http_message *m);
void tl_http_names_keep(struct tl_dissection *d, struct tl_http_half *h, const uint8_t *list, uint32_t len);
void tl_http_names_forget(struct tl_dissection *d, uint32_t *names);
unsigned tl_http_names_list(const struct tl_dissection *d, uint32_t names, struct tl_bytes items[TL_HTTP_KINDS]);

/* http_body.c: passes bodies to their consumers. chunked: the length is not announced. Only if d->bodies is set. */
void tl_http_body_begin(struct tl_dissection *d, struct tl_http_half *h, const struct tl_http_message *m, bool chunked);
void tl_http_body_data(struct tl_dissection *d, const struct tl_http_half *h, struct tl_bytes bytes);
void tl_http_body_gap(struct tl_dissection *d, const struct tl_http_half *h, uint64_t n);
/* Ends the current body, if any. */
void tl_http_body_end(struct tl_dissection *d, struct tl_http_half *h);
/* No range follows any more: the file of the last ones ends. */
void tl_http_body_finish(struct tl_dissection *d, struct tl_http_half *h);
/* The id of the body that passes, if it is a file; 0: none. */
uint32_t tl_http_body_id(const struct tl_dissection *d, const struct tl_http_half *h);
/* The number of the body, or of what there is of it, as a file; 0: none. */
uint32_t tl_http_body_file(const struct tl_dissection *d, const struct tl_http_half *h);

/* http_start.c */
/* Returns host[:port] of an absolute target, or of the target of CONNECT. */
struct tl_bytes tl_http_authority(const struct tl_http_start *start);

/* How much of the target is shown: a URI, or after CONNECT an authority (RFC 9112 section 3.2.3). */
enum tl_secret tl_http_target_secret(const struct tl_http_start *start);
/*
 * Bodies seldom end with a line end. Returns the number of bytes in the line before its first (or last) status line, or
 * 0.
 */
uint32_t tl_http_response_within(struct tl_bytes line, bool last);
/* The same for a request line: a common method, a path without spaces, and a version at its end. */
uint32_t tl_http_request_within(struct tl_bytes line);
/* Returns the length of the known method and the space with which the bytes begin, or 0. */
uint32_t tl_http_begins_request(struct tl_bytes bytes);
/* A request line that is longer than the maximum head. */
bool tl_http_is_long_request(struct tl_bytes line, struct tl_http_start *start);
/* Where any bytes may come, accepts only a start line that is unlikely to be anything else. */
bool tl_http_is_plain(const struct tl_http_start *start);
/* Bytes that would be a strange body: a known method and a target. */
bool tl_http_is_request(struct tl_bytes bytes);
/* Returns the first line, without its line end. */
struct tl_bytes tl_http_first_line(struct tl_bytes text);
/* Returns the beginning of the text, short enough for the detail of a weird. */
struct tl_bytes tl_http_some(struct tl_bytes text);
/* A line that is not part of a message may be anything, even a secret. Returns only a method or version at its start. */
struct tl_bytes tl_http_word(const struct tl_dissection *d, struct tl_bytes line);
/* Weirds of the head: its start line, line ends, zero bytes, length and host. */
void tl_http_say_odd(struct tl_dissection *d, const struct tl_http_message *m, struct tl_bytes head);
/* Common start lines are not parsed at first: their kind is sufficient until the head is complete. */
enum tl_http_kind tl_http_usual_kind(struct tl_bytes line);

/* http_content.c: a list of content codings without any but `identity`. */
bool tl_http_is_identity(struct tl_bytes codings);
/* The coding of that name; TL_CODING_NONE: one that cannot be undone. */
enum tl_coding tl_http_coding_of(struct tl_bytes name);
/* The content and transfer codings of a body, if all of them can be undone: tl_coded_again(). */
uint8_t tl_http_codings(const struct tl_http_message *m);
/* Undoes content codings, and reads the parts of multiparts. A body begins. */
void tl_http_content_begin(struct tl_dissection *d, struct tl_http_half *h, const struct tl_http_message *m);
/* Only while h->decoding or h->parts is not 0. */
void tl_http_content_data(struct tl_dissection *d, struct tl_http_half *h, struct tl_bytes in);
void tl_http_content_gap(struct tl_dissection *d, struct tl_http_half *h, uint64_t n);
/* The body has ended: sets h->decoded and h->mime, and frees the decoder. Does nothing if there is none. */
void tl_http_content_end(struct tl_dissection *d, struct tl_http_half *h);

/* http_inside.c: a body that is a message of another protocol. data and gap: only while h->inside. */
void tl_http_inside_begin(struct tl_dissection *d, struct tl_http_half *h, const struct tl_http_message *m);
void tl_http_inside_data(struct tl_dissection *d, const struct tl_http_half *h, struct tl_bytes bytes);
void tl_http_inside_gap(struct tl_dissection *d, const struct tl_http_half *h, uint64_t n);
void tl_http_inside_end(struct tl_dissection *d, struct tl_http_half *h);

/* http_stream.c */
struct tl_want tl_http_stream(struct tl_dissection *d, struct tl_stream *s);

#endif
