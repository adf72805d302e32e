/*
 * http_record.h - the http record: its fields, the drafts of a request and a response, and what becomes of both; only
 * for the files in this folder.
 */
#ifndef TL_DISSECTORS_HTTP_RECORD_H
#define TL_DISSECTORS_HTTP_RECORD_H

#include "dissectors/http/http.h"

struct http_record {
    struct tl_record r;
    uint64_t trans_depth;
    struct tl_bytes method, host, uri, referrer, version, user_agent, origin, status_msg, username, password;
    struct tl_bytes req_content_type, content_encoding, upgrade;
    uint64_t request_body_len, request_decoded_len, response_body_len, response_decoded_len, status_code, info_code;
    struct tl_bytes info_msg, resp_content_type;
    struct tl_text_list proxied, orig_mime_types, resp_mime_types, cookies;
    int64_t ttfb, resp_time;
    struct tl_text_list orig_fuids, resp_fuids, orig_filenames, resp_filenames;
    struct tl_bytes mime[2][TL_HTTP_KINDS]; /* from here on not zeroed */
    uint64_t h2_stream;
    const char *h2_reset, *h2_goaway;
    bool h2_pushed, h2_headers_lost;
    struct tl_bytes grpc_method, grpc_message;
    int64_t grpc_status;
    uint64_t grpc_messages[2], grpc_bytes[2];
};

enum {
    TRANS_DEPTH, METHOD, HOST, URI, REFERRER, VERSION, USER_AGENT, ORIGIN, REQUEST_BODY_LEN, REQUEST_DECODED_LEN,
    RESPONSE_BODY_LEN, RESPONSE_DECODED_LEN, STATUS_CODE, STATUS_MSG, INFO_CODE, INFO_MSG, USERNAME, PASSWORD, PROXIED,
    ORIG_MIME_TYPES, RESP_MIME_TYPES, REQ_CONTENT_TYPE, RESP_CONTENT_TYPE, CONTENT_ENCODING, TTFB, RESP_TIME, COOKIES,
    UPGRADE, H2_STREAM, H2_RESET, H2_GOAWAY, H2_PUSHED, H2_HEADERS_LOST, GRPC_METHOD, GRPC_STATUS, GRPC_MESSAGE,
    GRPC_REQUESTS, GRPC_REQUEST_BYTES, GRPC_RESPONSES, GRPC_RESPONSE_BYTES, ORIG_FUIDS, RESP_FUIDS, ORIG_FILENAMES,
    RESP_FILENAMES,
};

/* A header's text in a message, and the field of the record that it is for. */
struct tl_http_header_field {
    uint8_t text, field;
};

/* A request or a response, kept or still a draft. */
struct tl_http_part {
    bool known;
    const struct tl_values *values; /* NULL: they could not be kept */
    uint64_t lost;                  /* bit set of the fields that could not be kept */
    int64_t first, last;            /* ns, of its first and last bytes */
    uint64_t body;
    struct tl_http_decoded decoded;
    const char *mime;
    struct tl_http_kinds kinds;
    uint32_t logins;                /* kept; 0: none */
    uint32_t file;                  /* its body: tl_body_file() */
    uint32_t names;                 /* kept; 0: none */
    uint32_t kept;                  /* the request that has them; 0: the half has */
};

static inline struct tl_http_flow *tl_http_flow_of(const struct tl_dissection *d)
{
    return d->flow.slot;
}

/* What the flow keeps of a request beside its texts. */
static inline struct tl_http_kept *tl_http_kept_of(const struct tl_dissection *d, uint32_t t)
{
    return tl_transaction_extra(d, t);
}

/* Drafts of what a message says for the record; .values is NULL without memory. depth: see trans_depth. */
struct tl_draft tl_http_draft_request(const struct tl_dissection *d, const struct tl_http_message *m, int64_t ts,
                                      uint32_t depth);
struct tl_draft tl_http_draft_response(const struct tl_dissection *d, const struct tl_http_message *m, int64_t ts);

/* A request that was sent completely. t may be 0. */
struct tl_http_part tl_http_request_part(const struct tl_dissection *d, uint32_t t);
/* A message in progress on the half: a request that is still being sent, or a response. */
struct tl_http_part tl_http_part_in_progress(const struct tl_dissection *d, const struct tl_http_half *h,
                                             const struct tl_values *values);
/*
 * Writes the record of a request and a response (either may be missing). informed: the last 1xx answered this request.
 */
void tl_http_write(struct tl_dissection *d, const struct tl_http_part *request, const struct tl_http_part *response,
                   bool informed);
void tl_http_forget_info(struct tl_dissection *d);

#endif
