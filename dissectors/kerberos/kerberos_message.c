/* kerberos_message.c - reads a message (RFC 4120 section 5): sequences of context tags, each with one value. */
#include "dissectors/kerberos/kerberos.h"

#include "core/values.h"

/* A member of a sequence: what to do with the value in [number]. */
typedef void member_fn(struct tl_ber *r, uint32_t number, struct tl_kerberos_message *m);

/* --- simple values --- */

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

static struct tl_bytes text(struct tl_ber *r, unsigned field)
{
    struct tl_ber_value v;
    if (!tl_ber_next(r, &v))
        return (struct tl_bytes){ NULL, 0 };
    uint32_t off = r->d->c.off;
    struct tl_bytes value = tl_ber_bytes(r, &v);
    if (value.data != NULL)
        tl_add(r->d, field, off, value.len, 0);
    return value;
}

static unsigned two(const uint8_t *p)
{
    return (p[0] - '0') * 10u + (p[1] - '0');
}

/* Days from 1970-01-01 to a date of the Gregorian calendar. */
static int64_t days(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    unsigned of_era = (unsigned)(year - era * 400), of_year = (153 * (month + (month > 2 ? -3u : 9u)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* KerberosTime: 20371231235959Z (section 5.2.3). */
static bool time_value(struct tl_ber *r, unsigned field, int64_t *ns)
{
    struct tl_ber_value v;
    if (!tl_ber_next(r, &v))
        return false;
    uint32_t off = r->d->c.off;
    struct tl_bytes t = tl_ber_bytes(r, &v);
    if (t.len != 15 || t.data[14] != 'Z')
        return false;
    for (unsigned i = 0; i < 14; i++)
        if (t.data[i] < '0' || t.data[i] > '9')
            return false;
    unsigned month = two(t.data + 4), day = two(t.data + 6);
    if (month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    int64_t seconds = days(two(t.data) * 100 + two(t.data + 2), month, day) * 86400 + two(t.data + 8) * 3600 +
                      two(t.data + 10) * 60 + two(t.data + 12);
    *ns = tl_time_ns(seconds, 0);
    tl_add(r->d, field, off, t.len, (uint64_t)*ns);
    return true;
}

/* --- structures --- */

/* Reads a SEQUENCE of context tags, each of which goes to `fn`. */
static void sequence(struct tl_ber *r, member_fn *fn, struct tl_kerberos_message *m)
{
    struct tl_ber_value list, v;
    if (!tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_SEQUENCE, &list))
        return;
    struct tl_part part = tl_ber_enter(r, &list);
    while (tl_ok(r->d) && tl_ber_next(r, &v)) {
        struct tl_part one = tl_ber_enter(r, &v);
        if (tl_ok(r->d) && v.class == TL_BER_CONTEXT)
            fn(r, v.number, m);
        tl_ber_leave(r, &v, one);
    }
    tl_ber_leave(r, &list, part);
}

/* A SEQUENCE OF: `fn` reads each value whose number is then 0, 1, .. */
static void list_of(struct tl_ber *r, member_fn *fn, struct tl_kerberos_message *m)
{
    struct tl_ber_value list;
    if (!tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_SEQUENCE, &list))
        return;
    struct tl_part part = tl_ber_enter(r, &list);
    for (uint32_t i = 0; tl_ok(r->d) && tl_cursor_wire_left(&r->d->c) > 0; i++)
        fn(r, i, m);
    tl_ber_leave(r, &list, part);
}

static void join(struct tl_kerberos_name *name, struct tl_bytes part, bool first)
{
    if (first)
        name->len = 0;
    if (part.len + 1 > KRB_NAME_MOST - name->len)
        return;
    if (!first)
        name->text[name->len++] = '/';
    if (part.len > 0)
        memcpy(name->text + name->len, part.data, part.len);
    name->len += part.len;
}

static void client_part(struct tl_ber *r, uint32_t i, struct tl_kerberos_message *m)
{
    join(&m->client, text(r, KRB_CNAME_STRING), i == 0);
}

static void service_part(struct tl_ber *r, uint32_t i, struct tl_kerberos_message *m)
{
    join(&m->service, text(r, KRB_SNAME_STRING), i == 0);
}

static void client_member(struct tl_ber *r, uint32_t number, struct tl_kerberos_message *m)
{
    if (number == 0)
        (void)integer(r, KRB_NAME_TYPE);
    else if (number == 1)
        list_of(r, client_part, m);
}

static void service_member(struct tl_ber *r, uint32_t number, struct tl_kerberos_message *m)
{
    if (number == 0)
        (void)integer(r, KRB_NAME_TYPE);
    else if (number == 1)
        list_of(r, service_part, m);
}

static void name(struct tl_ber *r, bool client, struct tl_kerberos_message *m)
{
    uint32_t group = tl_group(r->d, client ? KRB_CNAME : KRB_SNAME);
    sequence(r, client ? client_member : service_member, m);
    tl_group_end(r->d, group);
}

/* EncryptedData (section 5.2.9). */
static void encrypted_member(struct tl_ber *r, uint32_t number, struct tl_kerberos_message *m)
{
    if (number == 0) {
        int64_t etype = integer(r, KRB_ETYPE);
        if (m->in_ticket) {
            m->etype = etype;
            m->has_etype = true;
        }
    } else if (number == 1) {
        (void)integer(r, KRB_KVNO);
    } else if (number == 2) {
        struct tl_bytes left = tl_bytes_of(r->d->c.base + r->d->c.off, tl_cursor_left(&r->d->c));
        tl_hide(r->d, left);
        (void)text(r, KRB_CIPHER);
    }
}

static void ticket_member(struct tl_ber *r, uint32_t number, struct tl_kerberos_message *m)
{
    switch (number) {
    case 0: (void)integer(r, KRB_TKT_VNO); break;
    case 1: m->srealm = text(r, KRB_REALM); break;
    case 2: name(r, false, m); break;
    case 3:
        m->in_ticket = true;
        sequence(r, encrypted_member, m);
        m->in_ticket = false;
        break;
    default: break;
    }
}

/* [APPLICATION 1] (section 5.3) */
static void ticket(struct tl_ber *r, struct tl_kerberos_message *m)
{
    struct tl_ber_value v;
    uint32_t group = tl_group(r->d, KRB_TICKET);
    if (tl_ber_expect(r, TL_BER_APPLICATION, 1, &v)) {
        struct tl_part part = tl_ber_enter(r, &v);
        sequence(r, ticket_member, m);
        tl_ber_leave(r, &v, part);
    }
    tl_group_end(r->d, group);
}

static void message(struct tl_ber *r, struct tl_kerberos_message *m);

/* --- preauthentication --- */

static void info_member(struct tl_ber *r, uint32_t number, struct tl_kerberos_message *m)
{
    (void)m;
    if (number == 0)
        (void)integer(r, KRB_ETYPE);
    else if (number == 1)
        (void)text(r, KRB_SALT);
}

static void info_entry(struct tl_ber *r, uint32_t i, struct tl_kerberos_message *m)
{
    (void)i;
    sequence(r, info_member, m);
}

/* The first member of a sequence of PKINIT: signed data. */
static void signed_data(struct tl_ber *r, struct tl_kerberos_message *m)
{
    struct tl_ber_value list, v;
    if (!tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_SEQUENCE, &list))
        return;
    struct tl_part part = tl_ber_enter(r, &list);
    if (tl_ok(r->d) && tl_ber_next(r, &v) && tl_ber_is(&v, TL_BER_CONTEXT, 0) && !v.constructed)
        m->signed_data = tl_ber_bytes(r, &v);
    tl_ber_leave(r, &list, part);
}

/* RFC 4556, sections 3.2.1 and 3.2.3: those of a request, and of a reply with Diffie-Hellman, where [0] is around them. */
static void public_key(struct tl_ber *r, bool reply, struct tl_kerberos_message *m)
{
    const struct tl_cursor c = r->d->c;
    struct tl_ber_value choice;
    if (!reply) {
        signed_data(r, m);
    } else if (tl_ber_next(r, &choice) && choice.constructed && tl_ber_is(&choice, TL_BER_CONTEXT, 0)) {
        struct tl_part part = tl_ber_enter(r, &choice);
        if (tl_ok(r->d))
            signed_data(r, m);
        tl_ber_leave(r, &choice, part);
    }
    if (!tl_ok(r->d) || m->signed_data.data == NULL)
        m->signed_data = (struct tl_bytes){ NULL, 0 };
    r->d->c = c; /* the value is shown as it is, whatever is in it */
}

/* The value of padata: structures that are known are read, in place. */
static void padata_value(struct tl_ber *r, int64_t type, struct tl_kerberos_message *m)
{
    enum { TGS_REQ = 1, ENC_TIMESTAMP = 2, ETYPE_INFO = 11, PK_AS_REQ = 16, PK_AS_REP = 17, ETYPE_INFO2 = 19, ENCRYPTED_CHALLENGE = 138 };
    struct tl_ber_value v;
    if (!tl_ber_next(r, &v))
        return;
    if (v.constructed || v.len == 0) {
        tl_ber_skip(r, &v);
        return;
    }
    struct tl_part part = tl_ber_enter(r, &v);
    if (type == TGS_REQ) {
        struct tl_kerberos_message inner = { .type = 0 };
        message(r, &inner);
    } else if (type == ENC_TIMESTAMP || type == ENCRYPTED_CHALLENGE) {
        m->preauth = true;
        sequence(r, encrypted_member, m);
    } else if (type == ETYPE_INFO || type == ETYPE_INFO2) {
        list_of(r, info_entry, m);
    } else {
        if ((type == PK_AS_REQ || type == PK_AS_REP) && r->d->recorded)
            public_key(r, type == PK_AS_REP, m);
        tl_run(r->d, KRB_PADATA_VALUE, v.len);
    }
    tl_ber_leave(r, &v, part);
}

static void padata_entry(struct tl_ber *r, uint32_t i, struct tl_kerberos_message *m)
{
    struct tl_ber_value list, v;
    int64_t type = 0;
    (void)i;
    uint32_t group = tl_group(r->d, KRB_PADATA);
    if (tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_SEQUENCE, &list)) {
        struct tl_part part = tl_ber_enter(r, &list);
        while (tl_ok(r->d) && tl_ber_next(r, &v)) {
            struct tl_part one = tl_ber_enter(r, &v);
            if (tl_ok(r->d) && v.number == 1)
                type = integer(r, KRB_PADATA_TYPE);
            else if (tl_ok(r->d) && v.number == 2)
                padata_value(r, type, m);
            tl_ber_leave(r, &v, one);
        }
        tl_ber_leave(r, &list, part);
    }
    tl_group_end(r->d, group);
}

/* --- requests --- */

static void etype_entry(struct tl_ber *r, uint32_t i, struct tl_kerberos_message *m)
{
    (void)i;
    (void)m;
    (void)integer(r, KRB_ENCTYPE);
}

static void address_member(struct tl_ber *r, uint32_t number, struct tl_kerberos_message *m)
{
    (void)m;
    if (number == 0)
        (void)integer(r, KRB_ADDRESS_TYPE);
    else if (number == 1)
        (void)text(r, KRB_ADDRESS);
}

static void address_entry(struct tl_ber *r, uint32_t i, struct tl_kerberos_message *m)
{
    (void)i;
    sequence(r, address_member, m);
}

/* A BIT STRING: a byte with the number of unused bits, then 32 bits or more. */
static uint32_t flags(struct tl_ber *r, unsigned field, uint32_t *off)
{
    struct tl_ber_value v;
    if (!tl_ber_next(r, &v))
        return 0;
    *off = r->d->c.off + 1;
    struct tl_bytes b = tl_ber_bytes(r, &v);
    if (b.len < 5)
        return 0;
    tl_add(r->d, field, *off, b.len - 1, 0);
    return tl_load_be32(b.data + 1);
}

static void options(struct tl_ber *r, struct tl_kerberos_message *m)
{
    uint32_t off = 0, value = flags(r, KRB_KDC_OPTIONS, &off);
    if (off == 0 || !tl_ok(r->d))
        return;
    tl_add_all_bits(r->d, KRB_FORWARDABLE, KRB_RENEW, off, 4, value);
    m->has_options = true;
    m->forwardable = (value & 0x40000000) != 0;
    m->renewable = (value & 0x00800000) != 0;
}

/* A ticket of another user: what is asked for is not named by it. */
static void additional_ticket(struct tl_ber *r, uint32_t i, struct tl_kerberos_message *m)
{
    struct tl_kerberos_message other = { .type = m->type };
    (void)i;
    ticket(r, &other);
}

static void body_member(struct tl_ber *r, uint32_t number, struct tl_kerberos_message *m)
{
    int64_t ns;
    switch (number) {
    case 0: options(r, m); break;
    case 1: name(r, true, m); break;
    case 2: m->realm = text(r, KRB_REALM); break;
    case 3: name(r, false, m); break;
    case 4: m->has_from = time_value(r, KRB_FROM, &m->from); break;
    case 5: m->has_till = time_value(r, KRB_TILL, &m->till); break;
    case 6: (void)time_value(r, KRB_RTIME, &ns); break;
    case 7: m->nonce = (uint32_t)integer(r, KRB_NONCE); break;
    case 8: list_of(r, etype_entry, m); break;
    case 9: list_of(r, address_entry, m); break;
    case 10: sequence(r, encrypted_member, m); break;
    case 11: list_of(r, additional_ticket, m); break;
    default: break;
    }
}

static void request_member(struct tl_ber *r, uint32_t number, struct tl_kerberos_message *m)
{
    switch (number) {
    case 1: (void)integer(r, KRB_PVNO); break;
    case 2: (void)integer(r, KRB_MSG_TYPE); break;
    case 3: list_of(r, padata_entry, m); break;
    case 4: sequence(r, body_member, m); break;
    default: break;
    }
}

static void reply_member(struct tl_ber *r, uint32_t number, struct tl_kerberos_message *m)
{
    switch (number) {
    case 0: (void)integer(r, KRB_PVNO); break;
    case 1: (void)integer(r, KRB_MSG_TYPE); break;
    case 2: list_of(r, padata_entry, m); break;
    case 3: m->crealm = text(r, KRB_CREALM); break;
    case 4: name(r, true, m); break;
    case 5: ticket(r, m); break;
    case 6: sequence(r, encrypted_member, m); break;
    default: break;
    }
}

static void ap_request_member(struct tl_ber *r, uint32_t number, struct tl_kerberos_message *m)
{
    uint32_t off;
    switch (number) {
    case 0: (void)integer(r, KRB_PVNO); break;
    case 1: (void)integer(r, KRB_MSG_TYPE); break;
    case 2: (void)flags(r, KRB_AP_OPTIONS, &off); break;
    case 3: ticket(r, m); break;
    case 4: sequence(r, encrypted_member, m); break;
    default: break;
    }
}

static void ap_reply_member(struct tl_ber *r, uint32_t number, struct tl_kerberos_message *m)
{
    switch (number) {
    case 0: (void)integer(r, KRB_PVNO); break;
    case 1: (void)integer(r, KRB_MSG_TYPE); break;
    case 2: sequence(r, encrypted_member, m); break;
    default: break;
    }
}

/* The data of an error is a list of padata if preauthentication is asked for (section 5.9.1). */
static void error_data(struct tl_ber *r, struct tl_kerberos_message *m)
{
    enum { PREAUTH_FAILED = 24, PREAUTH_REQUIRED = 25, MORE_PREAUTH = 91 };
    struct tl_ber_value v;
    if (!tl_ber_next(r, &v))
        return;
    const uint8_t *p = tl_cursor_peek(&r->d->c, 0, 1);
    bool list = (m->error == PREAUTH_FAILED || m->error == PREAUTH_REQUIRED || m->error == MORE_PREAUTH) && p != NULL &&
                p[0] == 0x30 && !v.constructed;
    if (!list) {
        uint32_t off = r->d->c.off;
        struct tl_bytes data = tl_ber_bytes(r, &v);
        if (data.len > 0)
            tl_add(r->d, KRB_E_DATA, off, data.len, 0);
        return;
    }
    struct tl_part part = tl_ber_enter(r, &v);
    list_of(r, padata_entry, m);
    tl_ber_leave(r, &v, part);
}

static void error_member(struct tl_ber *r, uint32_t number, struct tl_kerberos_message *m)
{
    int64_t ns;
    switch (number) {
    case 0: (void)integer(r, KRB_PVNO); break;
    case 1: (void)integer(r, KRB_MSG_TYPE); break;
    case 2: (void)time_value(r, KRB_CTIME, &ns); break;
    case 3: (void)integer(r, KRB_CUSEC); break;
    case 4: (void)time_value(r, KRB_STIME, &ns); break;
    case 5: (void)integer(r, KRB_SUSEC); break;
    case 6:
        m->error = integer(r, KRB_ERROR_CODE);
        m->has_error = tl_ok(r->d);
        if (m->has_error)
            tl_add(r->d, KRB_LINE_ERROR, r->d->c.off, 0, (uint64_t)m->error);
        break;
    case 7: m->crealm = text(r, KRB_CREALM); break;
    case 8: name(r, true, m); break;
    case 9: m->realm = text(r, KRB_REALM); break;
    case 10: name(r, false, m); break;
    case 11: m->error_text = text(r, KRB_E_TEXT); break;
    case 12: error_data(r, m); break;
    default: break;
    }
}

static void other_member(struct tl_ber *r, uint32_t number, struct tl_kerberos_message *m)
{
    (void)m;
    if (number == 0)
        (void)integer(r, KRB_PVNO);
    else if (number == 1)
        (void)integer(r, KRB_MSG_TYPE);
}

/* TGT-REQ and TGT-REP of user-to-user (draft-swift-win2k-krb-user2user-03), which have no application tag. */
static void user_to_user_member(struct tl_ber *r, uint32_t number, struct tl_kerberos_message *m)
{
    enum { TICKET = 0x61 /* its tag */ };
    const uint8_t *p = tl_cursor_peek(&r->d->c, 0, 1);
    if (number == 0)
        (void)integer(r, KRB_PVNO);
    else if (number == 1)
        (void)integer(r, KRB_MSG_TYPE);
    else if (number == 2 && p != NULL && *p == TICKET)
        ticket(r, m);
    else if (number == 2)
        name(r, false, m);
    else if (number == 3)
        m->realm = text(r, KRB_REALM);
}

static void message(struct tl_ber *r, struct tl_kerberos_message *m)
{
    struct tl_ber_value v;
    const uint8_t *p = tl_cursor_peek(&r->d->c, 0, 1);
    if (p != NULL && *p == 0x30) {
        sequence(r, user_to_user_member, m);
        return;
    }
    if (!tl_ber_next(r, &v))
        return;
    if (v.class != TL_BER_APPLICATION) {
        tl_bad(r->d);
        return;
    }
    m->type = v.number <= KRB_ERROR ? (uint8_t)v.number : 0;
    member_fn *fn = other_member;
    switch (v.number) {
    case KRB_AS_REQ: case KRB_TGS_REQ: fn = request_member; break;
    case KRB_AS_REP: case KRB_TGS_REP: fn = reply_member; break;
    case KRB_AP_REQ: fn = ap_request_member; break;
    case KRB_AP_REP: fn = ap_reply_member; break;
    case KRB_ERROR: fn = error_member; break;
    default: break;
    }
    struct tl_part part = tl_ber_enter(r, &v);
    sequence(r, fn, m);
    tl_ber_leave(r, &v, part);
}

void tl_kerberos_read(struct tl_dissection *d, struct tl_kerberos_message *m)
{
    struct tl_ber r = { .d = d };
    *m = (struct tl_kerberos_message){ .type = 0 };
    message(&r, m);
    if (m->client.len > 0)
        tl_add_text(d, KRB_LINE_CLIENT, d->c.off, 0, m->client.text, m->client.len);
    if (m->service.len > 0)
        tl_add_text(d, KRB_LINE_SERVICE, d->c.off, 0, m->service.text, m->service.len);
}
