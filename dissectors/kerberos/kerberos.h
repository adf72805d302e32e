/* kerberos.h - shared by the files of Kerberos: fields, a message as read, the record. */
#ifndef TL_DISSECTORS_KERBEROS_H
#define TL_DISSECTORS_KERBEROS_H

#include "core/transaction.h"
#include "dissectors/gss/gss.h"

enum {
    KRB_RM_LENGTH, KRB_PVNO, KRB_MSG_TYPE, KRB_PADATA, KRB_PADATA_TYPE, KRB_PADATA_VALUE, KRB_ETYPE, KRB_KVNO, KRB_CIPHER,
    KRB_SALT, KRB_KDC_OPTIONS, KRB_FORWARDABLE, KRB_FORWARDED, KRB_PROXIABLE, KRB_RENEWABLE, KRB_CANONICALIZE, KRB_RENEWABLE_OK,
    KRB_RENEW, KRB_CNAME, KRB_SNAME, KRB_NAME_TYPE, KRB_CNAME_STRING, KRB_SNAME_STRING, KRB_REALM, KRB_CREALM, KRB_FROM,
    KRB_TILL, KRB_RTIME, KRB_NONCE, KRB_ENCTYPE, KRB_ADDRESS_TYPE, KRB_ADDRESS, KRB_TICKET, KRB_TKT_VNO, KRB_AP_OPTIONS,
    KRB_CTIME, KRB_CUSEC, KRB_STIME, KRB_SUSEC, KRB_ERROR_CODE, KRB_E_TEXT, KRB_E_DATA, KRB_LINE_ERROR, KRB_LINE_CLIENT,
    KRB_LINE_SERVICE, KRB_FIELDS
};

enum { KRB_AS_REQ = 10, KRB_AS_REP, KRB_TGS_REQ, KRB_TGS_REP, KRB_AP_REQ, KRB_AP_REP, KRB_ERROR = 30 };
enum { KRB_NAME_MOST = 256 };

/* A principal's name, its parts joined by "/". */
struct tl_kerberos_name {
    uint32_t len;
    char text[KRB_NAME_MOST];
};

/* A message as read. Names of an AP-REQ and of replies are those of the ticket. */
struct tl_kerberos_message {
    uint8_t type;            /* KRB_AS_REQ ..; 0: not read */
    struct tl_kerberos_name client, service;
    struct tl_bytes realm;   /* of the request, or the ticket */
    struct tl_bytes crealm, srealm;
    struct tl_bytes error_text;
    struct tl_bytes signed_data; /* of PKINIT (RFC 4556): CMS with certificates */
    int64_t from, till;      /* ns since 1970 */
    bool has_from, has_till, forwardable, renewable, has_options, has_etype, preauth, in_ticket, has_error;
    int64_t etype;           /* of the ticket */
    int64_t error;
    uint32_t nonce;
};

/* Reads the message that fills the cursor. */
void tl_kerberos_read(struct tl_dissection *d, struct tl_kerberos_message *m);
/* A token of Kerberos inside GSS-API: an AP exchange. */
void tl_kerberos_token(struct tl_dissection *d, struct tl_gss *x, struct tl_bytes token);
void tl_kerberos_emit_ap(struct tl_dissection *d, const struct tl_gss *x, enum tl_gss_result result);

struct tl_kerberos_flow {
    struct tl_transactions waiting;
    bool confirmed;
    bool skip[2];
};
void tl_kerberos_remember(struct tl_dissection *d, struct tl_kerberos_flow *f, const struct tl_kerberos_message *m,
                          int64_t since);
void tl_kerberos_finish(struct tl_dissection *d);

extern const struct tl_name tl_kerberos_errors[], tl_kerberos_etypes[];
extern const struct tl_record_def tl_kerberos_record_def;
extern const struct tl_protocol tl_protocol_kerberos;

#endif
