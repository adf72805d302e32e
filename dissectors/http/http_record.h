/* http_record.h - the fields of the http record; only for the files in this folder. */
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
    RESPONSE_BODY_LEN, RESPONSE_DECODED_LEN, STATUS_CODE, STATUS_MSG, INFO_CODE, INFO_MSG, USERNAME, PASSWORD, PROXIED, ORIG_MIME_TYPES, RESP_MIME_TYPES,
    REQ_CONTENT_TYPE, RESP_CONTENT_TYPE, CONTENT_ENCODING, TTFB, RESP_TIME, COOKIES, UPGRADE,
    H2_STREAM, H2_RESET, H2_GOAWAY, H2_PUSHED, H2_HEADERS_LOST, GRPC_METHOD, GRPC_STATUS, GRPC_MESSAGE,
    GRPC_REQUESTS, GRPC_REQUEST_BYTES, GRPC_RESPONSES, GRPC_RESPONSE_BYTES,
    ORIG_FUIDS, RESP_FUIDS, ORIG_FILENAMES, RESP_FILENAMES,
};

#endif
