/* kerberos_record.c - pairs replies with requests, and the names of errors and of encryption types. */
#include "dissectors/kerberos/kerberos.h"

/* RFC 4120 section 7.5.9, RFC 4556, RFC 6113. */
const struct tl_name tl_kerberos_errors[] = {
    { 0, "KDC_ERR_NONE" }, { 1, "KDC_ERR_NAME_EXP" }, { 2, "KDC_ERR_SERVICE_EXP" }, { 3, "KDC_ERR_BAD_PVNO" },
    { 4, "KDC_ERR_C_OLD_MAST_KVNO" }, { 5, "KDC_ERR_S_OLD_MAST_KVNO" }, { 6, "KDC_ERR_C_PRINCIPAL_UNKNOWN" },
    { 7, "KDC_ERR_S_PRINCIPAL_UNKNOWN" }, { 8, "KDC_ERR_PRINCIPAL_NOT_UNIQUE" }, { 9, "KDC_ERR_NULL_KEY" },
    { 10, "KDC_ERR_CANNOT_POSTDATE" }, { 11, "KDC_ERR_NEVER_VALID" }, { 12, "KDC_ERR_POLICY" }, { 13, "KDC_ERR_BADOPTION" },
    { 14, "KDC_ERR_ETYPE_NOSUPP" }, { 15, "KDC_ERR_SUMTYPE_NOSUPP" }, { 16, "KDC_ERR_PADATA_TYPE_NOSUPP" },
    { 17, "KDC_ERR_TRTYPE_NOSUPP" }, { 18, "KDC_ERR_CLIENT_REVOKED" }, { 19, "KDC_ERR_SERVICE_REVOKED" },
    { 20, "KDC_ERR_TGT_REVOKED" }, { 21, "KDC_ERR_CLIENT_NOTYET" }, { 22, "KDC_ERR_SERVICE_NOTYET" },
    { 23, "KDC_ERR_KEY_EXPIRED" }, { 24, "KDC_ERR_PREAUTH_FAILED" }, { 25, "KDC_ERR_PREAUTH_REQUIRED" },
    { 26, "KDC_ERR_SERVER_NOMATCH" }, { 27, "KDC_ERR_MUST_USE_USER2USER" }, { 28, "KDC_ERR_PATH_NOT_ACCEPTED" },
    { 29, "KDC_ERR_SVC_UNAVAILABLE" }, { 31, "KRB_AP_ERR_BAD_INTEGRITY" }, { 32, "KRB_AP_ERR_TKT_EXPIRED" },
    { 33, "KRB_AP_ERR_TKT_NYV" }, { 34, "KRB_AP_ERR_REPEAT" }, { 35, "KRB_AP_ERR_NOT_US" }, { 36, "KRB_AP_ERR_BADMATCH" },
    { 37, "KRB_AP_ERR_SKEW" }, { 38, "KRB_AP_ERR_BADADDR" }, { 39, "KRB_AP_ERR_BADVERSION" }, { 40, "KRB_AP_ERR_MSG_TYPE" },
    { 41, "KRB_AP_ERR_MODIFIED" }, { 42, "KRB_AP_ERR_BADORDER" }, { 44, "KRB_AP_ERR_BADKEYVER" }, { 45, "KRB_AP_ERR_NOKEY" },
    { 46, "KRB_AP_ERR_MUT_FAIL" }, { 47, "KRB_AP_ERR_BADDIRECTION" }, { 48, "KRB_AP_ERR_METHOD" },
    { 49, "KRB_AP_ERR_BADSEQ" }, { 50, "KRB_AP_ERR_INAPP_CKSUM" }, { 51, "KRB_AP_PATH_NOT_ACCEPTED" },
    { 52, "KRB_ERR_RESPONSE_TOO_BIG" }, { 60, "KRB_ERR_GENERIC" }, { 61, "KRB_ERR_FIELD_TOOLONG" },
    { 62, "KDC_ERR_CLIENT_NOT_TRUSTED" }, { 63, "KDC_ERR_KDC_NOT_TRUSTED" }, { 64, "KDC_ERR_INVALID_SIG" },
    { 65, "KDC_ERR_DH_KEY_PARAMETERS_NOT_ACCEPTED" }, { 66, "KDC_ERR_CERTIFICATE_MISMATCH" }, { 67, "KRB_AP_ERR_NO_TGT" },
    { 68, "KDC_ERR_WRONG_REALM" }, { 69, "KRB_AP_ERR_USER_TO_USER_REQUIRED" }, { 70, "KDC_ERR_CANT_VERIFY_CERTIFICATE" },
    { 71, "KDC_ERR_INVALID_CERTIFICATE" }, { 72, "KDC_ERR_REVOKED_CERTIFICATE" },
    { 73, "KDC_ERR_REVOCATION_STATUS_UNKNOWN" }, { 75, "KDC_ERR_CLIENT_NAME_MISMATCH" },
    { 90, "KDC_ERR_PREAUTH_EXPIRED" }, { 91, "KDC_ERR_MORE_PREAUTH_DATA_REQUIRED" }, { 0, NULL },
};

/* RFC 3961 section 8, RFC 8009, RFC 4757. */
const struct tl_name tl_kerberos_etypes[] = {
    { 1, "des-cbc-crc" }, { 2, "des-cbc-md4" }, { 3, "des-cbc-md5" }, { 5, "des3-cbc-md5" }, { 7, "des3-cbc-sha1" },
    { 16, "des3-cbc-sha1-kd" }, { 17, "aes128-cts-hmac-sha1-96" }, { 18, "aes256-cts-hmac-sha1-96" },
    { 19, "aes128-cts-hmac-sha256-128" }, { 20, "aes256-cts-hmac-sha384-192" }, { 23, "rc4-hmac" },
    { 24, "rc4-hmac-exp" }, { 25, "camellia128-cts-cmac" }, { 26, "camellia256-cts-cmac" }, { 0, NULL },
};

struct kerberos_record {
    struct tl_record r;
    struct tl_bytes client, service, error_msg;
    const char *request_type, *cipher;
    bool success, forwardable, renewable;
    int64_t from, till;
};

enum { R_TYPE, R_CLIENT, R_SERVICE, R_SUCCESS, R_ERROR, R_FROM, R_TILL, R_CIPHER, R_FORWARDABLE, R_RENEWABLE };

#define F(index, member, key, kind, help) TL_FIELD(struct kerberos_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(R_TYPE, request_type, "request_type", TL_REC_TOKEN, "AS, TGS or AP"),
    F(R_CLIENT, client, "client", TL_REC_TEXT, "Client and realm"),
    F(R_SERVICE, service, "service", TL_REC_TEXT, "Service; of a ticket that is asked for"),
    F(R_SUCCESS, success, "success", TL_REC_BOOL, "The reply is no error"),
    F(R_ERROR, error_msg, "error_msg", TL_REC_TEXT, "Text of the error, else its name"),
    F(R_FROM, from, "from", TL_REC_TIME, "When the ticket shall begin"),
    F(R_TILL, till, "till", TL_REC_TIME, "When it shall end"),
    F(R_CIPHER, cipher, "cipher", TL_REC_TOKEN, "Encryption of the ticket"),
    F(R_FORWARDABLE, forwardable, "forwardable", TL_REC_BOOL, "A forwardable ticket is asked for"),
    F(R_RENEWABLE, renewable, "renewable", TL_REC_BOOL, "A renewable ticket is asked for"),
};
#undef F

const struct tl_record_def tl_kerberos_record_def =
    TL_RECORD_DEF("kerberos", record_fields, "A request of Kerberos with its reply",
                  .summary = { "request_type", "client", "service", "success", "error_msg", "cipher" });

enum { WAITING_MOST = 64, TEXT = 2 * KRB_NAME_MOST };

/* name/REALM */
static uint32_t principal(const struct tl_kerberos_name *name, struct tl_bytes realm, uint8_t out[TEXT])
{
    uint32_t n = name->len, more = realm.len < TEXT - n - 1 ? realm.len : TEXT - n - 1;
    memcpy(out, name->text, n);
    out[n++] = '/';
    if (more > 0)
        memcpy(out + n, realm.data, more);
    return n + more;
}

static const char *request_type(uint8_t type)
{
    return type == KRB_AS_REQ || type == KRB_AS_REP ? "AS" : type == KRB_AP_REQ || type == KRB_AP_REP ? "AP" : "TGS";
}

static void begin(struct tl_dissection *d, struct tl_kerberos_flow *f, const struct tl_kerberos_message *m, int64_t since)
{
    struct tl_transactions *list = &f->waiting;
    uint8_t room[TEXT];
    if (list->count >= WAITING_MOST)
        tl_transaction_emit(d, list, list->first);
    uint32_t t = tl_transaction_begin(d, list, &tl_kerberos_record_def, m->type, since, 0, 256);
    if (t == 0)
        return;
    tl_transaction_token(d, list, &t, R_TYPE, request_type(m->type));
    bool ap = m->type == KRB_AP_REQ;
    if (m->client.len > 0 || ap)
        tl_transaction_text(d, list, &t, R_CLIENT, tl_bytes_of(room, principal(&m->client, ap ? m->srealm : m->realm, room)),
                            TEXT);
    if (m->service.len > 0)
        tl_transaction_text(d, list, &t, R_SERVICE, tl_bytes_of(m->service.text, m->service.len), TEXT);
    if (m->has_from)
        tl_transaction_number(d, list, &t, R_FROM, (uint64_t)m->from);
    if (m->has_till)
        tl_transaction_number(d, list, &t, R_TILL, (uint64_t)m->till);
    if (m->has_options) {
        tl_transaction_number(d, list, &t, R_FORWARDABLE, m->forwardable);
        tl_transaction_number(d, list, &t, R_RENEWABLE, m->renewable);
    }
}

/* The oldest request that this reply can answer. */
static uint32_t request_of(const struct tl_dissection *d, const struct tl_kerberos_flow *f, uint8_t reply)
{
    if (reply == KRB_ERROR)
        return f->waiting.first;
    return tl_transaction_find(d, &f->waiting, reply - 1u);
}

static bool asks_for_preauthentication(const struct tl_kerberos_message *m)
{
    static const char *const texts[] = { "NEEDED_PREAUTH", "Need to use PA-ENC-TIMESTAMP/PA-PK-AS-REQ" };
    for (unsigned i = 0; i < TL_COUNT(texts) && m->has_error; i++)
        if (m->error_text.len == strlen(texts[i]) && memcmp(m->error_text.data, texts[i], m->error_text.len) == 0)
            return true;
    return false;
}

static void answer(struct tl_dissection *d, struct tl_kerberos_flow *f, const struct tl_kerberos_message *m, int64_t since)
{
    uint32_t t = request_of(d, f, m->type);
    struct kerberos_record r = { .r.ts = since };
    uint8_t room[TEXT];
    char code[16];
    if (t != 0)
        tl_transaction_load(d, t, &r.r);
    r.success = m->type != KRB_ERROR;
    tl_record_set(&r.r, R_SUCCESS);
    if (r.success && t == 0) {
        r.request_type = request_type(m->type);
        tl_record_set(&r.r, R_TYPE);
    }
    if (m->type == KRB_AS_REP || m->type == KRB_TGS_REP) { /* the reply knows the client of a TGS */
        r.client = tl_bytes_of(room, principal(&m->client, m->crealm, room));
        tl_record_set(&r.r, R_CLIENT);
        if (m->service.len > 0) {
            r.service = tl_bytes_of(m->service.text, m->service.len);
            tl_record_set(&r.r, R_SERVICE);
        }
    }
    if (r.success && m->has_etype && tl_name_of(tl_kerberos_etypes, (uint32_t)m->etype) != NULL) {
        r.cipher = tl_name_of(tl_kerberos_etypes, (uint32_t)m->etype);
        tl_record_set(&r.r, R_CIPHER);
    }
    if (m->has_error) {
        const char *name = tl_name_of(tl_kerberos_errors, (uint32_t)m->error);
        uint32_t n = 8;
        memcpy(code, "unknown-", 8);
        for (uint64_t v = (uint64_t)m->error & 0xffff, by = 10000, any = 0; by > 0; by /= 10) {
            any |= v / by % 10 != 0 || by == 1;
            if (any)
                code[n++] = (char)('0' + v / by % 10);
        }
        r.error_msg = m->error_text.len > 0 ? m->error_text : name != NULL ? tl_bytes_of(name, strlen(name)) :
                      tl_bytes_of(code, n);
        tl_record_set(&r.r, R_ERROR);
    }
    if (!asks_for_preauthentication(m))
        tl_emit(d, &tl_kerberos_record_def, &r.r);
    tl_transaction_drop(d, &f->waiting, t);
}

void tl_kerberos_remember(struct tl_dissection *d, struct tl_kerberos_flow *f, const struct tl_kerberos_message *m,
                          int64_t since)
{
    if (m->type == KRB_AS_REQ || m->type == KRB_TGS_REQ || m->type == KRB_AP_REQ)
        begin(d, f, m, since);
    else if (m->type == KRB_AS_REP || m->type == KRB_TGS_REP || m->type == KRB_AP_REP || m->type == KRB_ERROR)
        answer(d, f, m, since);
}

void tl_kerberos_finish(struct tl_dissection *d)
{
    struct tl_kerberos_flow *f = d->flow.slot;
    while (f != NULL && f->waiting.first != 0)
        tl_transaction_emit(d, &f->waiting, f->waiting.first);
}

void tl_kerberos_emit_ap(struct tl_dissection *d, const struct tl_gss *x, enum tl_gss_result result)
{
    struct kerberos_record r = { .r.ts = x->ts, .request_type = "AP", .success = result == TL_GSS_ACCEPTED && x->replied };
    uint8_t room[TEXT];
    struct tl_kerberos_name none = { .len = 0 };
    tl_record_set(&r.r, R_TYPE);
    if (x->realm != 0) {
        r.client = tl_bytes_of(room, principal(&none, tl_kept(d, x->realm), room));
        tl_record_set(&r.r, R_CLIENT);
    }
    if (x->service != 0) {
        r.service = tl_kept(d, x->service);
        tl_record_set(&r.r, R_SERVICE);
    }
    if (r.success || result == TL_GSS_REJECTED)
        tl_record_set(&r.r, R_SUCCESS);
    const char *cipher = x->has_etype ? tl_name_of(tl_kerberos_etypes, (uint32_t)x->etype) : NULL;
    if (cipher != NULL) {
        r.cipher = cipher;
        tl_record_set(&r.r, R_CIPHER);
    }
    tl_emit(d, &tl_kerberos_record_def, &r.r);
}
