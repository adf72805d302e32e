/* sip.h - shared by the files of SIP: fields, a message as read, the record and what waits for its response. */
#ifndef TL_DISSECTORS_SIP_H
#define TL_DISSECTORS_SIP_H

#include "core/transaction.h"
#include "dissectors/sdp.h"

enum {
    SIP_REQUEST_LINE, SIP_METHOD, SIP_R_URI, SIP_R_URI_USER, SIP_R_URI_HOST, SIP_R_URI_PORT, SIP_STATUS_LINE, SIP_STATUS_CODE,
    SIP_FROM, SIP_FROM_DISPLAY, SIP_FROM_ADDR, SIP_FROM_USER, SIP_FROM_HOST, SIP_FROM_PORT, SIP_FROM_TAG,
    SIP_TO, SIP_TO_DISPLAY, SIP_TO_ADDR, SIP_TO_USER, SIP_TO_HOST, SIP_TO_PORT, SIP_TO_TAG,
    SIP_CONTACT, SIP_CONTACT_DISPLAY, SIP_CONTACT_URI, SIP_CONTACT_USER, SIP_CONTACT_HOST, SIP_CONTACT_PORT,
    SIP_VIA, SIP_VIA_TRANSPORT, SIP_VIA_ADDRESS, SIP_VIA_PORT, SIP_VIA_BRANCH, SIP_VIA_RECEIVED, SIP_VIA_RPORT,
    SIP_CALL_ID, SIP_CSEQ, SIP_CSEQ_SEQ, SIP_CSEQ_METHOD, SIP_MAX_FORWARDS, SIP_EXPIRES, SIP_USER_AGENT, SIP_SERVER,
    SIP_CONTENT_TYPE, SIP_CONTENT_LENGTH, SIP_ACCEPT, SIP_ALLOW, SIP_ALLOW_EVENTS, SIP_AUTHENTICATION_INFO, SIP_AUTHORIZATION,
    SIP_CALL_INFO, SIP_CONTENT_DISPOSITION, SIP_CONTENT_ENCODING, SIP_DATE, SIP_DIVERSION, SIP_EVENT, SIP_HISTORY_INFO,
    SIP_IDENTITY, SIP_IN_REPLY_TO, SIP_MIME_VERSION, SIP_MIN_EXPIRES, SIP_MIN_SE, SIP_ORGANIZATION, SIP_PAI, SIP_PPI,
    SIP_PATH, SIP_PRIORITY, SIP_PRIVACY, SIP_PROXY_AUTHENTICATE, SIP_PROXY_AUTHORIZATION, SIP_PROXY_REQUIRE, SIP_RACK,
    SIP_REASON, SIP_RECORD_ROUTE, SIP_REFER_TO, SIP_REFERRED_BY, SIP_REPLACES, SIP_REPLY_TO, SIP_REQUIRE, SIP_RETRY_AFTER,
    SIP_ROUTE, SIP_RSEQ, SIP_SERVICE_ROUTE, SIP_SESSION_EXPIRES, SIP_SESSION_ID, SIP_ETAG, SIP_IF_MATCH, SIP_SUBJECT,
    SIP_SUBSCRIPTION_STATE, SIP_SUPPORTED, SIP_TIMESTAMP, SIP_UNSUPPORTED, SIP_WARNING, SIP_WWW_AUTHENTICATE,
    SIP_AUTH_SCHEME, SIP_AUTH_USERNAME, SIP_AUTH_REALM, SIP_AUTH_NONCE, SIP_AUTH_ALGORITHM, SIP_AUTH_QOP, SIP_AUTH_URI,
    SIP_AUTH_CNONCE, SIP_AUTH_NC, SIP_AUTH_RESPONSE, SIP_UNKNOWN_HEADER, SIP_BODY, SIP_LINE, SIP_FIELDS
};

enum { TL_SIP_VIAS = 16, TL_SIP_TEXT = 512, TL_SIP_UNFOLDED = 1024 };

/* A message as read: texts in place, folded ones in `unfolded`. data NULL: absent. Not to be copied. */
struct tl_sip_message {
    bool request;
    uint32_t status;
    struct tl_bytes method, uri, phrase, line;
    struct tl_bytes from, to, call_id, cseq, date, reply_to, subject, user_agent, warning, content_type;
    struct tl_bytes via[TL_SIP_VIAS];
    unsigned via_count;
    uint64_t content_length; /* UINT64_MAX: not told */
    uint32_t body_len, unfolded_len;
    char unfolded[TL_SIP_UNFOLDED];
    struct tl_sdp sdp;
};

struct tl_sip_flow {
    struct tl_transactions waiting;
    uint64_t transactions;
    bool confirmed;
    bool skip[2]; /* over TCP: a message was lost, the next one is looked for */
};

/* Reads the message that fills the cursor: shows it and fills m. Returns false if its first line is none of SIP. */
bool tl_sip_read(struct tl_dissection *d, struct tl_sip_message *m);
/* Pairs the message, writes records, expects the streams that it announces. */
void tl_sip_remember(struct tl_dissection *d, struct tl_sip_flow *f, const struct tl_sip_message *m, int64_t since);
void tl_sip_finish(struct tl_dissection *d);
/* Says whether these bytes begin a message; MAYBE: more bytes are needed. */
enum tl_probe tl_sip_begins(struct tl_bytes bytes);
struct tl_bytes tl_sip_trim(struct tl_bytes text);
/* Compares without case. */
bool tl_sip_same(struct tl_bytes text, const char *word);
/* Whether a URI of SIP in this text has a password (RFC 3261 section 19.1.1). */
bool tl_sip_has_password(struct tl_bytes text);

extern const struct tl_record_def tl_sip_record_def;

#endif
