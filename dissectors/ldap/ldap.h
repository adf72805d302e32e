/* ldap.h - shared by the files of LDAP: fields, a message as read, state of a flow, records. */
#ifndef TL_DISSECTORS_LDAP_H
#define TL_DISSECTORS_LDAP_H

#include "core/transaction.h"
#include "dissectors/gss/gss.h"
#include "dissectors/login.h"

enum {
    LDAP_SASL_LENGTH, LDAP_SEALED, LDAP_MESSAGE_ID, LDAP_OP, LDAP_VERSION, LDAP_NAME, LDAP_AUTHENTICATION, LDAP_SIMPLE,
    LDAP_MECHANISM, LDAP_CREDENTIALS, LDAP_RESULT, LDAP_MATCHED, LDAP_ERROR_MESSAGE, LDAP_SASL_REPLY, LDAP_REFERRAL, LDAP_BASE,
    LDAP_SCOPE, LDAP_DEREF, LDAP_SIZE_LIMIT, LDAP_TIME_LIMIT, LDAP_TYPES_ONLY, LDAP_FILTER, LDAP_FILTER_TEXT, LDAP_ATTRIBUTE,
    LDAP_OBJECT_NAME, LDAP_ENTRY_ATTRIBUTE, LDAP_TYPE, LDAP_VALUE, LDAP_TEXT, LDAP_OBJECT, LDAP_MODIFICATION, LDAP_OPERATION,
    LDAP_ENTRY, LDAP_DELETE, LDAP_NEW_RDN, LDAP_DELETE_OLD, LDAP_NEW_SUPERIOR, LDAP_ATTRIBUTE_DESC, LDAP_ASSERTION,
    LDAP_ABANDON, LDAP_REQUEST_NAME, LDAP_REQUEST_VALUE, LDAP_RESPONSE_NAME, LDAP_RESPONSE_VALUE, LDAP_CONTROL,
    LDAP_CONTROL_TYPE, LDAP_CRITICALITY, LDAP_CONTROL_VALUE, LDAP_LINE_RESULT, LDAP_FIELDS
};

/* Tags of operations (RFC 4511 section 4.2 on). */
enum {
    LDAP_BIND, LDAP_BIND_RESPONSE, LDAP_UNBIND, LDAP_SEARCH, LDAP_SEARCH_ENTRY, LDAP_SEARCH_DONE, LDAP_MODIFY,
    LDAP_MODIFY_RESPONSE, LDAP_ADD, LDAP_ADD_RESPONSE, LDAP_DEL, LDAP_DEL_RESPONSE, LDAP_MODIFY_DN, LDAP_MODIFY_DN_RESPONSE,
    LDAP_COMPARE, LDAP_COMPARE_RESPONSE, LDAP_ABANDON_REQUEST, LDAP_SEARCH_REFERENCE = 19, LDAP_EXTENDED = 23,
    LDAP_EXTENDED_RESPONSE, LDAP_INTERMEDIATE
};

enum { LDAP_FILTER_MOST = 512, LDAP_ATTRIBUTES_MOST = 32, LDAP_ARGUMENT_MOST = 256 };

/* A text that is put together. */
struct tl_ldap_text {
    uint32_t len;
    bool cut;
    char text[LDAP_FILTER_MOST];
};

/* A message as read: texts in place. data NULL: absent. */
struct tl_ldap_message {
    uint32_t id;
    uint8_t op;
    bool known;              /* the operation could be read */
    bool simple, sasl, has_password, has_result, has_version;
    int64_t version, result, scope, deref;
    struct tl_bytes object, diagnostic, mechanism, token, oid, password;
    struct tl_bytes attributes[LDAP_ATTRIBUTES_MOST];
    unsigned attribute_count;
    struct tl_ldap_text filter, argument;
};

struct tl_ldap_flow {
    struct tl_transactions waiting;
    struct tl_gss gss;
    uint32_t start_tls_id, bind_id;
    bool confirmed, start_tls, sasl_bind;
    bool lost[2];            /* a message is missing: the next one is looked for */
    bool wrapped;            /* a SASL layer with a length before each buffer (RFC 4422 section 3.7) */
};

/* Reads the message that begins at the cursor; the cursor must end with it. */
void tl_ldap_read(struct tl_dissection *d, struct tl_ldap_message *m);
/* Whether the values of this attribute are secrets: its name, or its object identifier, with options or without. */
bool tl_ldap_is_secret(struct tl_bytes type);
/* Hides the bytes of a value that follows at the cursor, also if the capture cuts them. */
void tl_ldap_hide(struct tl_ber *r, const struct tl_ber_value *v);
/* Reads a filter (RFC 4511 section 4.5.1.7) and writes it as text (RFC 4515); "?" stands for a secret. */
void tl_ldap_filter(struct tl_ber *r, struct tl_ldap_text *out);
void tl_ldap_put(struct tl_ldap_text *out, const void *text, uint32_t len);
/* Pairs the message and writes records. */
void tl_ldap_remember(struct tl_dissection *d, struct tl_ldap_flow *f, const struct tl_ldap_message *m, int64_t since);
void tl_ldap_finish(struct tl_dissection *d);

extern const struct tl_name tl_ldap_results[];
extern const struct tl_record_def tl_ldap_record_def, tl_ldap_search_record_def;

#endif
