/* ldap_message.c - reads an LDAP message (RFC 4511 section 4). */
#include "dissectors/ldap/ldap.h"

#include "core/charset.h"

/* --- values --- */

static int64_t integer(struct tl_ber *r, unsigned field)
{
    struct tl_ber_value v;
    int64_t value = 0;
    if (!tl_ber_next(r, &v))
        return 0;
    uint32_t off = r->d->c.off;
    if (tl_ber_int64(r, &v, &value) && tl_ok(r->d))
        tl_add(r->d, field, off, v.len, (uint64_t)value);
    return value;
}

static bool boolean(struct tl_ber *r, unsigned field)
{
    struct tl_ber_value v;
    bool value = false;
    if (!tl_ber_next(r, &v))
        return false;
    uint32_t off = r->d->c.off;
    if (tl_ber_boolean(r, &v, &value))
        tl_add(r->d, field, off, v.len, value);
    return value;
}

static struct tl_bytes bytes_of(struct tl_ber *r, const struct tl_ber_value *v, unsigned field)
{
    uint32_t off = r->d->c.off;
    struct tl_bytes b = tl_ber_bytes(r, v);
    if (b.data != NULL)
        tl_add(r->d, field, off, b.len, 0);
    return b;
}

static struct tl_bytes text(struct tl_ber *r, unsigned field)
{
    struct tl_ber_value v;
    return tl_ber_next(r, &v) ? bytes_of(r, &v, field) : (struct tl_bytes){ NULL, 0 };
}

void tl_ldap_hide(struct tl_ber *r, const struct tl_ber_value *v)
{
    uint32_t left = tl_cursor_left(&r->d->c);
    tl_hide(r->d, tl_bytes_of(r->d->c.base + r->d->c.off, v->len < left ? v->len : left));
}

/* As text(), of bytes that may be secret. */
static struct tl_bytes hidden(struct tl_ber *r, const struct tl_ber_value *v, unsigned field)
{
    tl_ldap_hide(r, v);
    return bytes_of(r, v, field);
}

static bool is(struct tl_bytes b, const char *word)
{
    for (uint32_t i = 0; i < b.len; i++)
        if (word[i] == 0 || (b.data[i] | 0x20) != (word[i] | 0x20))
            return false;
    return word[b.len] == 0;
}

/* --- attributes --- */

bool tl_ldap_is_secret(struct tl_bytes type)
{
    static const char *const names[] = {
        "userPassword", "2.5.4.35", "authPassword", "1.3.6.1.4.1.4203.1.3.4", "pwdHistory", "passwordHistory", "olcRootPW",
        "unicodePwd", "1.2.840.113556.1.4.90", "dBCSPwd", "1.2.840.113556.1.4.55", "lmPwdHistory", "1.2.840.113556.1.4.160",
        "ntPwdHistory", "1.2.840.113556.1.4.94", "supplementalCredentials", "1.2.840.113556.1.4.125",
        "ms-Mcs-AdmPwd", "ms-Mcs-AdmPwdHistory", "msLAPS-Password", "msLAPS-EncryptedPassword",
        "msLAPS-EncryptedPasswordHistory", "msLAPS-EncryptedDSRMPassword", "msLAPS-EncryptedDSRMPasswordHistory",
        "msDS-ManagedPassword", "msFVE-RecoveryPassword", "msFVE-KeyPackage", "trustAuthIncoming", "trustAuthOutgoing",
        "initialAuthIncoming", "initialAuthOutgoing", "sambaNTPassword", "sambaLMPassword", "sambaPasswordHistory",
        "sambaClearTextPassword", "sambaPreviousClearTextPassword", "ipaNTHash", "krbPrincipalKey", "krbPwdHistory", "krbMKey",
    };
    const uint8_t *options = type.len > 0 ? memchr(type.data, ';', type.len) : NULL;
    if (options != NULL)
        type.len = (uint32_t)(options - type.data);
    for (unsigned i = 0; i < TL_COUNT(names); i++)
        if (is(type, names[i]))
            return true;
    return false;
}

/* A DN (RFC 4514) of which a part has such an attribute: userPassword=..,cn=.. */
static bool is_secret_dn(struct tl_bytes dn)
{
    uint32_t from = 0;
    for (uint32_t i = 0; i < dn.len; i++) {
        uint8_t c = dn.data[i];
        if (c == '=' && tl_ldap_is_secret(tl_bytes_of(dn.data + from, i - from)))
            return true;
        if (c == '\\')
            i++;
        else if (c == ',' || c == '+' || c == ';' || c == ' ')
            from = i + 1;
    }
    return false;
}

static struct tl_bytes dn_of(struct tl_ber *r, const struct tl_ber_value *v, unsigned field)
{
    uint32_t left = tl_cursor_left(&r->d->c), off = r->d->c.off;
    struct tl_bytes there = tl_bytes_of(r->d->c.base + off, v->len < left ? v->len : left);
    if (!is_secret_dn(there))
        return bytes_of(r, v, field);
    tl_ldap_hide(r, v);
    struct tl_bytes b = tl_ber_bytes(r, v);
    if (b.data == NULL)
        return b;
    tl_add_secret(r->d, field, off, b.len, TL_SECRET_WHOLE);
    return tl_shown_text(r->d, TL_SECRET_WHOLE, b).len < b.len ? tl_bytes_of("<hidden>", 8) : b;
}

static struct tl_bytes dn(struct tl_ber *r, unsigned field)
{
    struct tl_ber_value v;
    return tl_ber_next(r, &v) ? dn_of(r, &v, field) : (struct tl_bytes){ NULL, 0 };
}

static bool is_printable(struct tl_bytes b)
{
    for (uint32_t i = 0; i < b.len; i++)
        if (b.data[i] < 0x20 || b.data[i] == 0x7f || b.data[i] >= 0xf8 || b.data[i] == 0xff)
            return false;
    return b.len > 0;
}

/* SET OF values. */
static void values(struct tl_ber *r, struct tl_bytes type)
{
    struct tl_ber_value set, v;
    if (!tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_SET, &set))
        return;
    bool secret = tl_ldap_is_secret(type);
    struct tl_part part = tl_ber_enter(r, &set);
    while (tl_ok(r->d) && tl_ber_next(r, &v)) {
        uint32_t off = r->d->c.off;
        if (secret)
            tl_ldap_hide(r, &v);
        struct tl_bytes b = tl_ber_bytes(r, &v);
        if (b.data == NULL)
            continue;
        if (secret) {
            tl_add_secret(r->d, LDAP_VALUE, off, b.len, TL_SECRET_WHOLE);
            continue;
        }
        tl_add(r->d, LDAP_VALUE, off, b.len, 0);
        if (is_printable(b))
            tl_add(r->d, LDAP_TEXT, off, b.len, 0);
    }
    tl_ber_leave(r, &set, part);
}

/* type and values */
static struct tl_bytes attribute(struct tl_ber *r)
{
    struct tl_ber_value v;
    struct tl_bytes type = { NULL, 0 };
    if (!tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_SEQUENCE, &v))
        return type;
    struct tl_part part = tl_ber_enter(r, &v);
    type = text(r, LDAP_TYPE);
    if (tl_ok(r->d))
        values(r, type);
    tl_ber_leave(r, &v, part);
    return type;
}

static void attribute_list(struct tl_ber *r)
{
    struct tl_ber_value list;
    if (!tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_SEQUENCE, &list))
        return;
    struct tl_part part = tl_ber_enter(r, &list);
    while (tl_ok(r->d) && tl_cursor_wire_left(&r->d->c) > 0) {
        uint32_t group = tl_group(r->d, LDAP_ENTRY_ATTRIBUTE);
        (void)attribute(r);
        tl_group_end(r->d, group);
    }
    tl_ber_leave(r, &list, part);
}

/* --- operations --- */

static void bind(struct tl_ber *r, struct tl_ldap_message *m)
{
    struct tl_ber_value v;
    m->version = integer(r, LDAP_VERSION);
    m->has_version = tl_ok(r->d);
    m->object = text(r, LDAP_NAME);
    if (!tl_ok(r->d) || !tl_ber_next(r, &v))
        return;
    tl_add(r->d, LDAP_AUTHENTICATION, v.start, 1, v.number);
    if (v.number == 0) {
        m->simple = true;
        m->has_password = v.len > 0;
        m->password = hidden(r, &v, LDAP_SIMPLE);
    } else if (v.number == 3 && v.constructed) {
        struct tl_part part = tl_ber_enter(r, &v);
        struct tl_ber_value c;
        m->sasl = true;
        m->mechanism = text(r, LDAP_MECHANISM);
        if (tl_ok(r->d) && tl_ber_next(r, &c))
            m->token = hidden(r, &c, LDAP_CREDENTIALS);
        if (!is(m->mechanism, "GSSAPI") && !is(m->mechanism, "GSS-SPNEGO") && !is(m->mechanism, "NTLM"))
            m->token = (struct tl_bytes){ NULL, 0 };
        tl_ber_leave(r, &v, part);
    } else if (v.number == 10 || v.number == 11) { /* NTLM as Microsoft's first servers had it (MS-ADTS 5.1.1.1.3) */
        m->sasl = true;
        m->token = hidden(r, &v, LDAP_CREDENTIALS);
    } else {
        tl_ber_skip(r, &v);
    }
}

static void referrals(struct tl_ber *r)
{
    struct tl_ber_value v;
    while (tl_ok(r->d) && tl_ber_next(r, &v))
        (void)bytes_of(r, &v, LDAP_REFERRAL);
}

/* Components of a result (4.1.9), then what the operation adds. */
static void result(struct tl_ber *r, struct tl_ldap_message *m)
{
    struct tl_ber_value v;
    m->result = integer(r, LDAP_RESULT);
    m->has_result = tl_ok(r->d);
    if (m->has_result)
        tl_add(r->d, LDAP_LINE_RESULT, r->d->c.off, 0, (uint64_t)m->result);
    (void)text(r, LDAP_MATCHED);
    m->diagnostic = text(r, LDAP_ERROR_MESSAGE);
    while (tl_ok(r->d) && tl_ber_next(r, &v)) {
        if (v.class == TL_BER_CONTEXT && v.number == 3 && v.constructed) {
            struct tl_part part = tl_ber_enter(r, &v);
            referrals(r);
            tl_ber_leave(r, &v, part);
        } else if (v.class == TL_BER_CONTEXT && v.number == 7 && m->op == LDAP_BIND_RESPONSE) {
            m->token = hidden(r, &v, LDAP_SASL_REPLY);
        } else if (v.class == TL_BER_CONTEXT && v.number == 10) {
            m->oid = bytes_of(r, &v, LDAP_RESPONSE_NAME);
        } else if (v.class == TL_BER_CONTEXT && v.number == 11) {
            (void)hidden(r, &v, LDAP_RESPONSE_VALUE);
        } else {
            tl_ber_skip(r, &v);
        }
    }
}

static void filter(struct tl_ber *r, struct tl_ldap_message *m)
{
    uint32_t off = r->d->c.off;
    const uint8_t *p = tl_cursor_peek(&r->d->c, 0, 1);
    if (p != NULL)
        tl_add(r->d, LDAP_FILTER, off, 1, p[0] & 0x1f);
    tl_ldap_filter(r, &m->filter);
    if (tl_ok(r->d))
        tl_add_text(r->d, LDAP_FILTER_TEXT, off, r->d->c.off - off, m->filter.text, m->filter.len);
}

static void search(struct tl_ber *r, struct tl_ldap_message *m)
{
    struct tl_ber_value list, v;
    m->object = dn(r, LDAP_BASE);
    m->scope = integer(r, LDAP_SCOPE);
    m->deref = integer(r, LDAP_DEREF);
    (void)integer(r, LDAP_SIZE_LIMIT);
    (void)integer(r, LDAP_TIME_LIMIT);
    (void)boolean(r, LDAP_TYPES_ONLY);
    if (tl_ok(r->d))
        filter(r, m);
    if (!tl_ok(r->d) || !tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_SEQUENCE, &list))
        return;
    struct tl_part part = tl_ber_enter(r, &list);
    while (tl_ok(r->d) && tl_ber_next(r, &v)) {
        struct tl_bytes name = bytes_of(r, &v, LDAP_ATTRIBUTE);
        if (name.data != NULL && m->attribute_count < LDAP_ATTRIBUTES_MOST)
            m->attributes[m->attribute_count++] = name;
    }
    tl_ber_leave(r, &list, part);
}

/* Adds "replace(attr)" to the argument of a record. */
static void describe(struct tl_ldap_message *m, int64_t operation, struct tl_bytes type)
{
    static const char *const names[] = { "add(", "delete(", "replace(", "increment(" };
    if (operation < 0 || operation > 3)
        return;
    if (m->argument.len > 0)
        tl_ldap_put(&m->argument, ",", 1);
    tl_ldap_put(&m->argument, names[operation], (uint32_t)strlen(names[operation]));
    tl_ldap_put(&m->argument, type.data, type.len);
    tl_ldap_put(&m->argument, ")", 1);
}

static void modify(struct tl_ber *r, struct tl_ldap_message *m)
{
    struct tl_ber_value list, v;
    m->object = dn(r, LDAP_OBJECT);
    if (!tl_ok(r->d) || !tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_SEQUENCE, &list))
        return;
    struct tl_part part = tl_ber_enter(r, &list);
    while (tl_ok(r->d) && tl_cursor_wire_left(&r->d->c) > 0 && tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_SEQUENCE, &v)) {
        uint32_t group = tl_group(r->d, LDAP_MODIFICATION);
        struct tl_part one = tl_ber_enter(r, &v);
        int64_t operation = integer(r, LDAP_OPERATION);
        describe(m, operation, attribute(r));
        tl_ber_leave(r, &v, one);
        tl_group_end(r->d, group);
    }
    tl_ber_leave(r, &list, part);
}

static void rename_entry(struct tl_ber *r, struct tl_ldap_message *m)
{
    struct tl_ber_value v;
    m->object = dn(r, LDAP_ENTRY);
    struct tl_bytes name = dn(r, LDAP_NEW_RDN);
    (void)boolean(r, LDAP_DELETE_OLD);
    tl_ldap_put(&m->argument, name.data, name.len);
    if (tl_ok(r->d) && tl_ber_next(r, &v))
        (void)dn_of(r, &v, LDAP_NEW_SUPERIOR);
}

static void compare(struct tl_ber *r, struct tl_ldap_message *m)
{
    struct tl_ber_value v;
    m->object = dn(r, LDAP_ENTRY);
    if (!tl_ok(r->d) || !tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_SEQUENCE, &v))
        return;
    struct tl_part part = tl_ber_enter(r, &v);
    struct tl_bytes type = text(r, LDAP_ATTRIBUTE_DESC);
    tl_ldap_put(&m->argument, type.data, type.len);
    struct tl_ber_value value;
    if (tl_ok(r->d) && tl_ber_next(r, &value)) {
        if (tl_ldap_is_secret(type)) {
            uint32_t off = r->d->c.off;
            tl_ldap_hide(r, &value);
            struct tl_bytes b = tl_ber_bytes(r, &value);
            if (b.data != NULL)
                tl_add_secret(r->d, LDAP_ASSERTION, off, b.len, TL_SECRET_WHOLE);
        } else {
            (void)bytes_of(r, &value, LDAP_ASSERTION);
        }
    }
    tl_ber_leave(r, &v, part);
}

static void extended(struct tl_ber *r, struct tl_ldap_message *m)
{
    struct tl_ber_value v;
    while (tl_ok(r->d) && tl_ber_next(r, &v)) {
        if (v.number == 0)
            m->oid = bytes_of(r, &v, m->op == LDAP_INTERMEDIATE ? LDAP_RESPONSE_NAME : LDAP_REQUEST_NAME);
        else if (v.number == 1)
            (void)hidden(r, &v, m->op == LDAP_INTERMEDIATE ? LDAP_RESPONSE_VALUE : LDAP_REQUEST_VALUE);
        else
            tl_ber_skip(r, &v);
    }
}

static void constructed(struct tl_ber *r, struct tl_ldap_message *m)
{
    switch (m->op) {
    case LDAP_BIND: bind(r, m); break;
    case LDAP_SEARCH: search(r, m); break;
    case LDAP_SEARCH_ENTRY:
        m->object = dn(r, LDAP_OBJECT_NAME);
        if (tl_ok(r->d))
            attribute_list(r);
        break;
    case LDAP_MODIFY: modify(r, m); break;
    case LDAP_ADD:
        m->object = dn(r, LDAP_ENTRY);
        if (tl_ok(r->d))
            attribute_list(r);
        break;
    case LDAP_MODIFY_DN: rename_entry(r, m); break;
    case LDAP_COMPARE: compare(r, m); break;
    case LDAP_SEARCH_REFERENCE: referrals(r); break;
    case LDAP_EXTENDED:
    case LDAP_INTERMEDIATE: extended(r, m); break;
    default: result(r, m); break;
    }
}

static void operation(struct tl_ber *r, struct tl_ldap_message *m)
{
    struct tl_ber_value v;
    int64_t id;
    if (!tl_ber_next(r, &v))
        return;
    if (v.class != TL_BER_APPLICATION || v.number > LDAP_INTERMEDIATE) {
        tl_bad(r->d);
        return;
    }
    m->op = (uint8_t)v.number;
    m->known = true;
    tl_add(r->d, LDAP_OP, v.start, 1, v.number);
    if (v.constructed) {
        struct tl_part part = tl_ber_enter(r, &v);
        if (tl_ok(r->d))
            constructed(r, m);
        tl_ber_leave(r, &v, part);
    } else if (m->op == LDAP_DEL) {
        m->object = dn_of(r, &v, LDAP_DELETE);
    } else if (m->op == LDAP_ABANDON_REQUEST) {
        uint32_t off = r->d->c.off;
        if (tl_ber_int64(r, &v, &id))
            tl_add(r->d, LDAP_ABANDON, off, v.len, (uint64_t)id);
    } else {
        tl_ber_skip(r, &v);
    }
}

/* Controls whose value is a filter, with the values in it: assertion (RFC 4528), matched values (RFC 3876). */
static bool has_filter(struct tl_bytes oid)
{
    return is(oid, "1.3.6.1.1.12") || is(oid, "1.2.826.0.1.3344810.2.3");
}

static void control_value(struct tl_ber *r, const struct tl_ber_value *v, bool secret)
{
    uint32_t off = r->d->c.off;
    if (!secret) {
        (void)bytes_of(r, v, LDAP_CONTROL_VALUE);
        return;
    }
    tl_ldap_hide(r, v);
    struct tl_bytes b = tl_ber_bytes(r, v);
    if (b.data != NULL)
        tl_add_secret(r->d, LDAP_CONTROL_VALUE, off, b.len, TL_SECRET_WHOLE);
}

/* Section 4.1.11. */
static void controls(struct tl_ber *r)
{
    struct tl_ber_value v, c;
    while (tl_ok(r->d) && tl_cursor_wire_left(&r->d->c) > 0 && tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_SEQUENCE, &v)) {
        uint32_t group = tl_group(r->d, LDAP_CONTROL);
        struct tl_part part = tl_ber_enter(r, &v);
        bool secret = has_filter(text(r, LDAP_CONTROL_TYPE));
        while (tl_ok(r->d) && tl_ber_next(r, &c)) {
            uint32_t off = r->d->c.off;
            bool critical;
            if (tl_ber_is(&c, TL_BER_UNIVERSAL, TL_BER_BOOLEAN) && tl_ber_boolean(r, &c, &critical))
                tl_add(r->d, LDAP_CRITICALITY, off, c.len, critical);
            else if (tl_ok(r->d))
                control_value(r, &c, secret);
        }
        tl_ber_leave(r, &v, part);
        tl_group_end(r->d, group);
    }
}

void tl_ldap_read(struct tl_dissection *d, struct tl_ldap_message *m)
{
    struct tl_ber r = { .d = d };
    struct tl_ber_value v, c;
    *m = (struct tl_ldap_message){ .id = 0 };
    if (!tl_ber_expect(&r, TL_BER_UNIVERSAL, TL_BER_SEQUENCE, &v))
        return;
    struct tl_part part = tl_ber_enter(&r, &v);
    m->id = (uint32_t)integer(&r, LDAP_MESSAGE_ID);
    if (tl_ok(d))
        operation(&r, m);
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0 && tl_ber_next(&r, &c)) {
        struct tl_part inside = tl_ber_enter(&r, &c);
        if (tl_ok(d) && tl_ber_is(&c, TL_BER_CONTEXT, 0))
            controls(&r);
        tl_ber_leave(&r, &c, inside);
    }
    tl_ber_leave(&r, &v, part);
}
