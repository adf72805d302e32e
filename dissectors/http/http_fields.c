/* http_fields.c - the fields of the http record, of HTTP/1 and HTTP/2. */
#include "dissectors/http/http_record.h"

#include <stddef.h>

#define F(index, member, key, kind, help) TL_FIELD(struct http_record, index, member, key, kind, help)
static const struct tl_record_field fields[] = {
    F(TRANS_DEPTH, trans_depth, "trans_depth", TL_REC_COUNT, "Which request of its connection, from 1"),
    F(METHOD, method, "method", TL_REC_TEXT, "Method"),
    F(HOST, host, "host", TL_REC_TEXT, "Host header, or the authority of the request's target"),
    F(URI, uri, "uri", TL_REC_TEXT, "Target as it was sent"),
    F(REFERRER, referrer, "referrer", TL_REC_TEXT, "Referer header"),
    F(VERSION, version, "version", TL_REC_TEXT, "Version of the response, or of the request without one"),
    F(USER_AGENT, user_agent, "user_agent", TL_REC_TEXT, "User-Agent header"),
    F(ORIGIN, origin, "origin", TL_REC_TEXT, "Origin header"),
    F(REQUEST_BODY_LEN, request_body_len, "request_body_len", TL_REC_COUNT,
      "Bytes of the request's body, chunking undone"),
    F(REQUEST_DECODED_LEN, request_decoded_len, "request_decoded_len", TL_REC_COUNT,
      "Bytes of the request's body, its content coding undone too"),
    F(RESPONSE_BODY_LEN, response_body_len, "response_body_len", TL_REC_COUNT,
      "Bytes of the response's body, chunking undone"),
    F(RESPONSE_DECODED_LEN, response_decoded_len, "response_decoded_len", TL_REC_COUNT,
      "Bytes of the response's body, its content coding undone too"),
    F(STATUS_CODE, status_code, "status_code", TL_REC_COUNT, "Status"),
    F(STATUS_MSG, status_msg, "status_msg", TL_REC_TEXT, "Its reason"),
    F(INFO_CODE, info_code, "info_code", TL_REC_COUNT, "Status of the last interim response (1xx)"),
    F(INFO_MSG, info_msg, "info_msg", TL_REC_TEXT, "Its reason"),
    F(USERNAME, username, "username", TL_REC_TEXT, "User of basic authentication"),
    F(PASSWORD, password, "password", TL_REC_TEXT, "Its password, with --show-secrets"),
    F(PROXIED, proxied, "proxied", TL_REC_TEXTS, "Headers that proxies add: NAME -> value"),
    F(ORIG_MIME_TYPES, orig_mime_types, "orig_mime_types", TL_REC_TEXTS,
      "Kind of the request's body or of each of its parts, from their bytes"),
    F(RESP_MIME_TYPES, resp_mime_types, "resp_mime_types", TL_REC_TEXTS,
      "Kind of the response's body or of each of its parts, from their bytes"),
    F(REQ_CONTENT_TYPE, req_content_type, "req_content_type", TL_REC_TEXT, "Content-Type of the request"),
    F(RESP_CONTENT_TYPE, resp_content_type, "resp_content_type", TL_REC_TEXT, "Content-Type of the response"),
    F(CONTENT_ENCODING, content_encoding, "content_encoding", TL_REC_TEXT, "Content-Encoding of the response"),
    F(TTFB, ttfb, "ttfb", TL_REC_INTERVAL, "From the request's last byte to the response's first"),
    F(RESP_TIME, resp_time, "resp_time", TL_REC_INTERVAL, "From the request's last byte to the response's last"),
    F(COOKIES, cookies, "cookies", TL_REC_TEXTS, "Names of the cookies that the request brought"),
    F(UPGRADE, upgrade, "upgrade", TL_REC_TEXT, "Protocol that was asked for, or, with 101, is spoken next"),
    F(H2_STREAM, h2_stream, "h2_stream", TL_REC_COUNT, "Number of the stream of HTTP/2"),
    F(H2_RESET, h2_reset, "h2_reset", TL_REC_TOKEN, "Error of the RST_STREAM that ended the stream"),
    F(H2_GOAWAY, h2_goaway, "h2_goaway", TL_REC_TOKEN, "Error of the GOAWAY that cut the stream"),
    F(H2_PUSHED, h2_pushed, "h2_pushed", TL_REC_BOOL, "The server made the request (PUSH_PROMISE)"),
    F(H2_HEADERS_LOST, h2_headers_lost, "h2_headers_lost", TL_REC_BOOL,
      "Header fields are missing, because bytes before them were lost or not seen"),
    F(GRPC_METHOD, grpc_method, "grpc_method", TL_REC_TEXT, "Method of gRPC: /PACKAGE.SERVICE/METHOD"),
    F(GRPC_STATUS, grpc_status, "grpc_status", TL_REC_INT, "Status of gRPC; 0: the call succeeded"),
    F(GRPC_MESSAGE, grpc_message, "grpc_message", TL_REC_TEXT, "Description of that status, percent-encoding undone"),
    F(GRPC_REQUESTS, grpc_messages[0], "grpc_request_messages", TL_REC_COUNT, "Messages of gRPC that the client sent"),
    F(GRPC_REQUEST_BYTES, grpc_bytes[0], "grpc_request_bytes", TL_REC_COUNT, "Their bytes, without their prefixes"),
    F(GRPC_RESPONSES, grpc_messages[1], "grpc_response_messages", TL_REC_COUNT,
      "Messages of gRPC that the server sent"),
    F(GRPC_RESPONSE_BYTES, grpc_bytes[1], "grpc_response_bytes", TL_REC_COUNT, "Their bytes, without their prefixes"),
    F(ORIG_FUIDS, orig_fuids, "orig_fuids", TL_REC_TEXTS, "The request's body in files records, where these are written"),
    F(RESP_FUIDS, resp_fuids, "resp_fuids", TL_REC_TEXTS, "The response's body in files records, where these are written"),
};
#undef F

const struct tl_record_def tl_http_record_def =
    TL_RECORD_DEF("http", fields, "An HTTP request and its response",
                  .summary = { "method", "host", "uri", "status_code", "status_msg" }, .latency = "ttfb",
                  .secret = UINT64_C(1) << PASSWORD);
