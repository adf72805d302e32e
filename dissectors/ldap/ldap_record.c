/* ldap_record.c - pairs results with operations by message id; the names of results (RFC 4511 appendix A). */
#include "dissectors/ldap/ldap.h"

const struct tl_name tl_ldap_results[] = {
    { 0, "success" }, { 1, "operationsError" }, { 2, "protocolError" }, { 3, "timeLimitExceeded" }, { 4, "sizeLimitExceeded" },
    { 5, "compareFalse" }, { 6, "compareTrue" }, { 7, "authMethodNotSupported" }, { 8, "strongAuthRequired" },
    { 10, "referral" }, { 11, "adminLimitExceeded" }, { 12, "unavailableCriticalExtension" },
    { 13, "confidentialityRequired" }, { 14, "saslBindInProgress" }, { 16, "noSuchAttribute" },
    { 17, "undefinedAttributeType" }, { 18, "inappropriateMatching" }, { 19, "constraintViolation" },
    { 20, "attributeOrValueExists" }, { 21, "invalidAttributeSyntax" }, { 32, "noSuchObject" }, { 33, "aliasProblem" },
    { 34, "invalidDNSyntax" }, { 36, "aliasDereferencingProblem" }, { 48, "inappropriateAuthentication" },
    { 49, "invalidCredentials" }, { 50, "insufficientAccessRights" }, { 51, "busy" }, { 52, "unavailable" },
    { 53, "unwillingToPerform" }, { 54, "loopDetect" }, { 64, "namingViolation" }, { 65, "objectClassViolation" },
    { 66, "notAllowedOnNonLeaf" }, { 67, "notAllowedOnRDN" }, { 68, "entryAlreadyExists" },
    { 69, "objectClassModsProhibited" }, { 71, "affectsMultipleDSAs" }, { 80, "other" }, { 118, "canceled" },
    { 119, "noSuchOperation" }, { 120, "tooLate" }, { 121, "cannotCancel" }, { 0, NULL },
};

/* --- ldap --- */

struct ldap_record {
    struct tl_record r;
    uint64_t message_id, version;
    const char *opcode;
    struct tl_bytes result, diagnostic, object, argument;
};

enum { R_ID, R_VERSION, R_OPCODE, R_RESULT, R_DIAGNOSTIC, R_OBJECT, R_ARGUMENT };

#define F(index, member, key, kind, help) TL_FIELD(struct ldap_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(R_ID, message_id, "message_id", TL_REC_COUNT, "Message id"),
    F(R_VERSION, version, "version", TL_REC_COUNT, "Version of the protocol, in a bind"),
    F(R_OPCODE, opcode, "opcode", TL_REC_TOKEN, "Operation"),
    F(R_RESULT, result, "result", TL_REC_TEXT, "Result"),
    F(R_DIAGNOSTIC, diagnostic, "diagnostic_message", TL_REC_TEXT, "Message of the server"),
    F(R_OBJECT, object, "object", TL_REC_TEXT, "Name of the bind, entry, or object identifier of the operation"),
    F(R_ARGUMENT, argument, "argument", TL_REC_TEXT, "Mechanism of a bind, changes of an entry, its new name"),
};
#undef F

const struct tl_record_def tl_ldap_record_def =
    TL_RECORD_DEF("ldap", record_fields, "An operation of LDAP other than a search, with its result",
                  .summary = { "opcode", "object", "argument", "result" });

/* --- ldap_search --- */

struct search_record {
    struct tl_record r;
    uint64_t message_id, result_count;
    const char *scope, *deref;
    struct tl_bytes base, result, diagnostic, filter;
    struct tl_text_list attributes;
};

enum { S_ID, S_SCOPE, S_DEREF, S_BASE, S_COUNT, S_RESULT, S_DIAGNOSTIC, S_FILTER, S_ATTRIBUTES };

#define F(index, member, key, kind, help) TL_FIELD(struct search_record, index, member, key, kind, help)
static const struct tl_record_field search_fields[] = {
    F(S_ID, message_id, "message_id", TL_REC_COUNT, "Message id"),
    F(S_SCOPE, scope, "scope", TL_REC_TOKEN, "base, single or tree"),
    F(S_DEREF, deref, "deref_aliases", TL_REC_TOKEN, "never, searching, finding or always"),
    F(S_BASE, base, "base_object", TL_REC_TEXT, "Where the search begins"),
    F(S_COUNT, result_count, "result_count", TL_REC_COUNT, "Entries found"),
    F(S_RESULT, result, "result", TL_REC_TEXT, "Result"),
    F(S_DIAGNOSTIC, diagnostic, "diagnostic_message", TL_REC_TEXT, "Message of the server"),
    TL_FIELD_ESCAPED(struct search_record, S_FILTER, filter, "filter", TL_REC_TEXT, "Filter, in the form of RFC 4515"),
    F(S_ATTRIBUTES, attributes, "attributes", TL_REC_TEXTS, "Attributes that are asked for"),
};
#undef F

const struct tl_record_def tl_ldap_search_record_def =
    TL_RECORD_DEF("ldap_search", search_fields, "A search of LDAP with its result",
                  .summary = { "base_object", "filter", "result_count", "result" });

enum { WAITING_MOST = 64, TEXT = 512 };

/* Of an operation that waits. */
struct waits {
    uint64_t entries;
    uint32_t login; /* of a simple bind; 0: none */
};

static const char *opcode_of(const struct tl_ldap_message *m)
{
    switch (m->op) {
    case LDAP_BIND: return m->simple ? "bind simple" : "bind SASL";
    case LDAP_UNBIND: return "unbind";
    case LDAP_MODIFY:
    case LDAP_MODIFY_DN: return "modify";
    case LDAP_ADD: return "add";
    case LDAP_DEL: return "delete";
    case LDAP_COMPARE: return "compare";
    case LDAP_ABANDON_REQUEST: return "abandon";
    case LDAP_EXTENDED: return "extended";
    case LDAP_INTERMEDIATE: return "intermediate";
    default: return NULL;
    }
}

static const char *extension_name(struct tl_bytes oid)
{
    static const struct {
        const char *oid, *name;
    } known[] = { { "1.3.6.1.4.1.1466.20037", " (StartTLS)" }, { "1.3.6.1.4.1.4203.1.11.3", " (whoami)" },
                  { "1.3.6.1.4.1.4203.1.11.1", " (passwd)" }, { "1.3.6.1.1.8", " (cancel)" } };
    for (unsigned i = 0; i < TL_COUNT(known); i++)
        if (oid.len == strlen(known[i].oid) && memcmp(oid.data, known[i].oid, oid.len) == 0)
            return known[i].name;
    return " (unknown)";
}

/* "invalid credentials" of "invalidCredentials" */
static struct tl_bytes result_text(int64_t code, char room[64])
{
    const char *name = code >= 0 && code <= UINT16_MAX ? tl_name_of(tl_ldap_results, (uint32_t)code) : NULL;
    uint32_t n = 0;
    if (name == NULL)
        return tl_bytes_of("unknown", 7);
    for (uint32_t i = 0; name[i] != 0 && n < 62; i++) {
        bool upper = name[i] >= 'A' && name[i] <= 'Z';
        bool word = upper && i > 0 && (name[i - 1] >= 'a' || (name[i + 1] >= 'a' && name[i + 1] <= 'z'));
        if (word)
            room[n++] = ' ';
        room[n++] = upper && word && name[i + 1] >= 'a' ? (char)(name[i] | 0x20) : name[i];
    }
    return tl_bytes_of(room, n);
}

static uint32_t begin_search(struct tl_dissection *d, struct tl_ldap_flow *f, const struct tl_ldap_message *m, int64_t since)
{
    static const char *const scopes[] = { "base", "single", "tree", "subordinate" };
    static const char *const derefs[] = { "never", "searching", "finding", "always" };
    struct tl_transactions *list = &f->waiting;
    uint32_t t = tl_transaction_begin(d, list, &tl_ldap_search_record_def, m->id, since, sizeof(struct waits), 256);
    if (t == 0)
        return 0;
    tl_transaction_number(d, list, &t, S_ID, m->id);
    if (m->scope >= 0 && m->scope <= 3)
        tl_transaction_token(d, list, &t, S_SCOPE, scopes[m->scope]);
    if (m->deref >= 0 && m->deref <= 3)
        tl_transaction_token(d, list, &t, S_DEREF, derefs[m->deref]);
    tl_transaction_text(d, list, &t, S_BASE, m->object, TEXT);
    tl_transaction_text(d, list, &t, S_FILTER, tl_bytes_of(m->filter.text, m->filter.len), LDAP_FILTER_MOST);
    if (m->filter.cut)
        tl_transaction_cut(d, t, S_FILTER);
    for (unsigned i = 0; i < m->attribute_count; i++)
        tl_transaction_add_text(d, list, &t, S_ATTRIBUTES, m->attributes[i], TEXT);
    return t;
}

static uint32_t begin_other(struct tl_dissection *d, struct tl_ldap_flow *f, const struct tl_ldap_message *m, int64_t since)
{
    struct tl_transactions *list = &f->waiting;
    uint32_t t = tl_transaction_begin(d, list, &tl_ldap_record_def, m->id, since, sizeof(struct waits), 192);
    if (t == 0)
        return 0;
    tl_transaction_number(d, list, &t, R_ID, m->id);
    if (m->has_version)
        tl_transaction_number(d, list, &t, R_VERSION, (uint64_t)m->version);
    tl_transaction_token(d, list, &t, R_OPCODE, opcode_of(m));
    if (m->op == LDAP_EXTENDED) {
        struct tl_ldap_text text = { .len = 0 };
        const char *name = extension_name(m->oid);
        tl_ldap_put(&text, m->oid.data, m->oid.len);
        tl_ldap_put(&text, name, (uint32_t)strlen(name));
        tl_transaction_text(d, list, &t, R_OBJECT, tl_bytes_of(text.text, text.len), TEXT);
    } else if (m->object.len > 0) {
        tl_transaction_text(d, list, &t, R_OBJECT, m->object, TEXT);
    }
    if (m->simple && m->has_password)
        tl_transaction_text(d, list, &t, R_ARGUMENT, tl_bytes_of("REDACTED", 8), TEXT);
    else if (m->mechanism.len > 0)
        tl_transaction_text(d, list, &t, R_ARGUMENT, m->mechanism, TEXT);
    else if (m->sasl)
        tl_transaction_text(d, list, &t, R_ARGUMENT, tl_bytes_of("NTLMSSP", 7), TEXT);
    else if (m->argument.len > 0)
        tl_transaction_text(d, list, &t, R_ARGUMENT, tl_bytes_of(m->argument.text, m->argument.len), LDAP_ARGUMENT_MOST);
    return t;
}

/* A simple bind with a name (RFC 4513 section 5.1.3); without one it is anonymous. */
static void begin_login(struct tl_dissection *d, uint32_t t, const struct tl_ldap_message *m, int64_t since)
{
    if (t == 0 || !m->simple || m->object.len == 0)
        return;
    uint32_t login = tl_login_begin(d, "ldap", since);
    tl_login_method(d, login, tl_login_word("simple"));
    tl_login_user(d, login, m->object);
    if (m->password.data != NULL)
        tl_login_secret(d, login, m->password, false);
    ((struct waits *)tl_transaction_extra(d, t))->login = login;
}

static void end_login(struct tl_dissection *d, uint32_t t, enum tl_login_result result)
{
    struct waits *w = tl_transaction_extra(d, t);
    uint32_t login = w->login;
    w->login = 0;
    tl_login_end(d, &login, result);
}

static void emit_first(struct tl_dissection *d, struct tl_ldap_flow *f)
{
    end_login(d, f->waiting.first, TL_LOGIN_UNANSWERED);
    tl_transaction_emit(d, &f->waiting, f->waiting.first);
}

static void answer(struct tl_dissection *d, struct tl_ldap_flow *f, const struct tl_ldap_message *m)
{
    char room[64];
    uint32_t t = tl_transaction_find(d, &f->waiting, m->id);
    if (t == 0)
        return;
    bool search = m->op == LDAP_SEARCH_DONE;
    const struct tl_record_def *def = search ? &tl_ldap_search_record_def : &tl_ldap_record_def;
    if (tl_transaction_def(d, t) != def)
        return;
    if (search) {
        const struct waits *w = tl_transaction_extra(d, t);
        tl_transaction_number(d, &f->waiting, &t, S_COUNT, w->entries);
    }
    end_login(d, t, tl_login_result_of(m->has_result, m->result == 0));
    if (m->has_result)
        tl_transaction_text(d, &f->waiting, &t, search ? S_RESULT : R_RESULT, result_text(m->result, room), TEXT);
    if (m->diagnostic.len > 0)
        tl_transaction_text(d, &f->waiting, &t, search ? S_DIAGNOSTIC : R_DIAGNOSTIC, m->diagnostic, TEXT);
    tl_transaction_emit(d, &f->waiting, t);
}

void tl_ldap_remember(struct tl_dissection *d, struct tl_ldap_flow *f, const struct tl_ldap_message *m, int64_t since)
{
    uint32_t t;
    switch (m->op) {
    case LDAP_SEARCH_ENTRY:
        t = tl_transaction_find(d, &f->waiting, m->id);
        if (t != 0)
            ((struct waits *)tl_transaction_extra(d, t))->entries++;
        return;
    case LDAP_SEARCH_REFERENCE:
    case LDAP_INTERMEDIATE:
        return;
    case LDAP_SEARCH:
    case LDAP_BIND: case LDAP_UNBIND: case LDAP_MODIFY: case LDAP_ADD: case LDAP_DEL: case LDAP_MODIFY_DN:
    case LDAP_COMPARE: case LDAP_ABANDON_REQUEST: case LDAP_EXTENDED:
        if (f->waiting.count >= WAITING_MOST)
            emit_first(d, f);
        t = m->op == LDAP_SEARCH ? begin_search(d, f, m, since) : begin_other(d, f, m, since);
        if (m->op == LDAP_BIND)
            begin_login(d, t, m, since);
        if (t != 0 && (m->op == LDAP_UNBIND || m->op == LDAP_ABANDON_REQUEST)) /* they have no response */
            tl_transaction_emit(d, &f->waiting, t);
        return;
    default:
        answer(d, f, m);
    }
}

void tl_ldap_finish(struct tl_dissection *d)
{
    struct tl_ldap_flow *f = d->flow.slot;
    if (f == NULL)
        return;
    tl_gss_end(d, &f->gss, TL_GSS_UNKNOWN);
    while (f->waiting.first != 0)
        emit_first(d, f);
}
