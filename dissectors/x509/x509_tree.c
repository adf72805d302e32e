/* x509_tree.c - the fields of a certificate in the tree (RFC 5280 section 4.1), read in place. */
#include "core/ber.h"
#include "core/values.h"
#include "dissectors/x509/x509.h"
#include "dissectors/registry.h"
#include "dissectors/x509/x509_fields.h"

const struct tl_field tl_x509_fields[X509_FIELDS] = {
    [X509_VERSION] = { "x509af.version", "Version", .type = TL_I32,
                       .help = "One less than people say: 2 is version 3" },
    [X509_SERIAL] = { "x509af.serialNumber", "Serial number", .type = TL_BYTES },
    [X509_ALGORITHM] = { "x509af.algorithm.id", "Algorithm", .type = TL_OID, .flags = TL_REPEATS,
                         .help = "Of the signature, of the key, and of the signature again" },
    [X509_RDN_OID] = { "x509if.oid", "Attribute of a name", .type = TL_OID, .flags = TL_REPEATS },
    [X509_UTF8] = { "x509sat.uTF8String", "UTF-8 string", .type = TL_TEXT, .flags = TL_REPEATS },
    [X509_PRINTABLE] = { "x509sat.printableString", "Printable string", .type = TL_TEXT, .flags = TL_REPEATS },
    [X509_COUNTRY] = { "x509sat.CountryName", "Country", .type = TL_TEXT, .flags = TL_REPEATS },
    [X509_OTHER_PRINTABLE] = { "x509sat.PrintableString", "Printable string", .type = TL_TEXT, .flags = TL_REPEATS },
    [X509_IA5] = { "x509sat.IA5String", "IA5 string", .type = TL_TEXT, .flags = TL_REPEATS },
    [X509_TELETEX] = { "x509sat.teletexString", "Teletex string", .type = TL_TEXT, .flags = TL_REPEATS },
    [X509_BMP] = { "x509sat.bmpString", "BMP string", .type = TL_UTF16BE, .flags = TL_REPEATS },
    [X509_UTC_TIME] = { "x509af.utcTime", "UTC time", .type = TL_TEXT, .flags = TL_REPEATS,
                        .help = "Not valid before the first, or after the second" },
    [X509_GENERALIZED_TIME] = { "x509af.generalizedTime", "Generalized time", .type = TL_TIME, .flags = TL_REPEATS,
                                .help = "The same for years before 1950 and after 2049" },
    [X509_EXTENSION] = { "x509af.extension.id", "Extension", .type = TL_OID, .flags = TL_REPEATS },
    [X509_CRITICAL] = { "x509af.critical", "Critical", .type = TL_BOOL, .flags = TL_REPEATS },
    [X509_DNS] = { "x509ce.dNSName", "Alternative name: host", .type = TL_TEXT, .flags = TL_REPEATS },
    [X509_MAIL] = { "x509ce.rfc822Name", "Alternative name: mail address", .type = TL_TEXT, .flags = TL_REPEATS },
    [X509_URI] = { "x509ce.uniformResourceIdentifier", "URI", .type = TL_TEXT, .flags = TL_REPEATS },
    [X509_IPV4] = { "x509ce.IPAddress.ipv4", "Alternative name: address", .type = TL_IPV4, .flags = TL_REPEATS },
    [X509_IPV6] = { "x509ce.IPAddress.ipv6", "Alternative name: address", .type = TL_IPV6, .flags = TL_REPEATS },
    [X509_KEY_IDENTIFIER] = { "x509ce.SubjectKeyIdentifier", "Key of the subject", .type = TL_BYTES },
    [X509_AUTHORITY_KEY] = { "x509ce.keyIdentifier", "Key of the issuer", .type = TL_BYTES },
    [X509_CA] = { "x509ce.cA", "May issue certificates", .type = TL_BOOL },
    [X509_PATH_LEN] = { "x509ce.pathLenConstraint", "Certificates that may follow in a chain", .type = TL_U64 },
    [X509_KEY_USAGE] = { "x509ce.KeyUsage", "Key usage", .type = TL_BYTES },
#define USAGE(index, key, label, bits) [index] = { "x509ce.KeyUsage." key, label, .type = TL_BOOL, .mask = (bits) }
    USAGE(X509_DIGITAL_SIGNATURE, "digitalSignature", "Digital signature", 0x8000),
    USAGE(X509_CONTENT_COMMITMENT, "contentCommitment", "Content commitment", 0x4000),
    USAGE(X509_KEY_ENCIPHERMENT, "keyEncipherment", "Key encipherment", 0x2000),
    USAGE(X509_DATA_ENCIPHERMENT, "dataEncipherment", "Data encipherment", 0x1000),
    USAGE(X509_KEY_AGREEMENT, "keyAgreement", "Key agreement", 0x0800),
    USAGE(X509_KEY_CERT_SIGN, "keyCertSign", "Signs certificates", 0x0400),
    USAGE(X509_CRL_SIGN, "cRLSign", "Signs revocation lists", 0x0200),
    USAGE(X509_ENCIPHER_ONLY, "encipherOnly", "Enciphers only", 0x0100),
    USAGE(X509_DECIPHER_ONLY, "decipherOnly", "Deciphers only", 0x0080),
#undef USAGE
    [X509_PURPOSE] = { "x509ce.KeyPurposeId", "Purpose of the key", .type = TL_OID, .flags = TL_REPEATS },
    [X509_SCT_VERSION] = { "x509af.sct.version", "Certificate transparency: version", .type = TL_U8,
                           .flags = TL_REPEATS },
    [X509_SCT_LOG] = { "x509af.sct.logid", "Certificate transparency: log", .type = TL_BYTES, .flags = TL_REPEATS },
    [X509_SCT_TIME] = { "x509af.sct.timestamp", "Certificate transparency: time", .type = TL_TIME,
                        .flags = TL_REPEATS },
    [X509_SIGNATURE] = { "x509af.encrypted", "Signature", .type = TL_BYTES },
};

/* The contents of v as a field; whatever else v is, it is left out. */
static void add(struct tl_ber *r, const struct tl_ber_value *v, unsigned field)
{
    if (v->constructed)
        tl_ber_skip(r, v);
    else
        (void)tl_run(r->d, field, v->len);
}

static bool sequence(struct tl_ber *r, struct tl_ber_value *v, struct tl_part *part)
{
    if (!tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_SEQUENCE, v))
        return false;
    *part = tl_ber_enter(r, v);
    return true;
}

/* AlgorithmIdentifier; its parameters are skipped. */
static void algorithm(struct tl_ber *r)
{
    struct tl_ber_value all, v;
    struct tl_part part;
    if (!sequence(r, &all, &part))
        return;
    if (tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_OID, &v))
        add(r, &v, X509_ALGORITHM);
    tl_ber_leave(r, &all, part);
}

/* --- names --- */

/* X.520's attributes that are no directory strings are countries and serial numbers; the same of a jurisdiction. */
static unsigned string_field(const struct tl_ber_value *v, struct tl_bytes oid)
{
    static const uint8_t jurisdiction[] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x3c, 0x02, 0x01 };
    bool x520 = oid.len == 3 && oid.data[0] == 0x55 && oid.data[1] == 4;
    bool of_jurisdiction = oid.len == 11 && memcmp(oid.data, jurisdiction, sizeof jurisdiction) == 0;
    bool country = (x520 && oid.data[2] == 6) || (of_jurisdiction && oid.data[10] == 3);
    bool directory = (x520 && oid.data[2] != 5 && oid.data[2] != 27 && oid.data[2] != 46) || of_jurisdiction;
    switch (v->class == TL_BER_UNIVERSAL ? v->number : 0) {
    case TL_BER_UTF8_STRING:
        return X509_UTF8;
    case TL_BER_PRINTABLE_STRING:
        return country ? X509_COUNTRY : directory ? X509_PRINTABLE : X509_OTHER_PRINTABLE;
    case TL_BER_IA5_STRING:
        return X509_IA5;
    case TL_BER_T61_STRING:
        return X509_TELETEX;
    case TL_BER_BMP_STRING:
        return X509_BMP;
    default:
        return X509_FIELDS;
    }
}

static void attribute(struct tl_ber *r)
{
    struct tl_ber_value all, type, v;
    struct tl_part part;
    if (!sequence(r, &all, &part))
        return;
    if (tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_OID, &type)) {
        struct tl_bytes oid = { r->d->c.base + r->d->c.off, type.len };
        add(r, &type, X509_RDN_OID);
        if (tl_ok(r->d) && tl_ber_next(r, &v)) {
            unsigned field = string_field(&v, oid);
            if (field < X509_FIELDS)
                add(r, &v, field);
            else
                tl_ber_skip(r, &v);
        }
    }
    tl_ber_leave(r, &all, part);
}

static void name(struct tl_ber *r)
{
    struct tl_ber_value all, set;
    struct tl_part part;
    if (!sequence(r, &all, &part))
        return;
    while (tl_ber_next(r, &set)) {
        struct tl_part inner = tl_ber_enter(r, &set);
        while (tl_ok(r->d) && tl_cursor_wire_left(&r->d->c) > 0)
            attribute(r);
        tl_ber_leave(r, &set, inner);
    }
    tl_ber_leave(r, &all, part);
}

/* --- times --- */

static bool two_digits(const uint8_t *p, unsigned *value)
{
    if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
        return false;
    *value = (unsigned)((p[0] - '0') * 10 + p[1] - '0');
    return true;
}

/* RFC 5280 section 4.1.2.5 forbids offsets from UTC, which X.690 has: "+0530" behind the seconds. */
static bool has_offset(struct tl_bytes text)
{
    unsigned hours, minutes;
    return text.len == 17 && (text.data[12] == '+' || text.data[12] == '-') && two_digits(text.data + 13, &hours) &&
           two_digits(text.data + 15, &minutes);
}

static void time_of(struct tl_ber *r, const struct tl_ber_value *v)
{
    struct tl_dissection *d = r->d;
    uint32_t off = d->c.off;
    struct tl_bytes text = tl_ber_bytes(r, v);
    bool utc = tl_ber_is(v, TL_BER_UNIVERSAL, TL_BER_UTC_TIME), offset = utc && text.data != NULL && has_offset(text);
    unsigned part[7] = { 0 }, n = utc ? 6 : 7;
    if (text.data == NULL || (!offset && (text.len != 2 * n + 1 || text.data[2 * (size_t)n] != 'Z')) ||
        (!utc && !tl_ber_is(v, TL_BER_UNIVERSAL, TL_BER_GENERALIZED_TIME)))
        return;
    for (unsigned i = 0; i < n; i++) {
        if (!two_digits(text.data + 2 * (size_t)i, &part[utc ? i + 1 : i]))
            return;
    }
    if (utc)
        part[0] = part[1] >= 50 ? 19 : 20;
    unsigned year = part[0] * 100 + part[1], month = part[2];
    if (month < 1 || month > 12)
        return;
    if (utc) {
        struct tl_buffer b = { 0 };
        tl_put_format(&b, "%04u-%02u-%02u %02u:%02u:%02u (UTC%.*s)", year, month, part[3], part[4], part[5], part[6],
                      offset ? 5 : 0, (const char *)text.data + 12);
        tl_add_text(d, X509_UTC_TIME, off, text.len, b.data, (uint32_t)b.len);
        tl_buffer_fini(&b);
        return;
    }
    int64_t y = month <= 2 ? (int64_t)year - 1 : year, era = y / 400, of_era = y - era * 400;
    int64_t of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + part[3] - 1;
    int64_t days = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
    int64_t seconds = ((days * 24 + part[4]) * 60 + part[5]) * 60 + part[6];
    tl_add(d, X509_GENERALIZED_TIME, off, text.len, (uint64_t)tl_time_ns(seconds, 0));
}

static void validity(struct tl_ber *r)
{
    struct tl_ber_value all, v;
    struct tl_part part;
    if (!sequence(r, &all, &part))
        return;
    while (tl_ber_next(r, &v))
        time_of(r, &v);
    tl_ber_leave(r, &all, part);
}

/* --- extensions --- */

static void general_names(struct tl_ber *r)
{
    struct tl_ber_value all, v;
    struct tl_part part;
    if (!sequence(r, &all, &part))
        return;
    while (tl_ber_next(r, &v)) {
        if (v.class == TL_BER_CONTEXT && !v.constructed && v.number == 1)
            add(r, &v, X509_MAIL);
        else if (v.class == TL_BER_CONTEXT && !v.constructed && v.number == 2)
            add(r, &v, X509_DNS);
        else if (v.class == TL_BER_CONTEXT && !v.constructed && v.number == 6)
            add(r, &v, X509_URI);
        else if (v.class == TL_BER_CONTEXT && v.number == 7 && (v.len == 4 || v.len == 16))
            add(r, &v, v.len == 4 ? X509_IPV4 : X509_IPV6);
        else
            tl_ber_skip(r, &v);
    }
    tl_ber_leave(r, &all, part);
}

static void basic_constraints(struct tl_ber *r)
{
    struct tl_ber_value all, v;
    struct tl_part part;
    bool ca;
    int64_t len;
    if (!sequence(r, &all, &part))
        return;
    while (tl_ber_next(r, &v)) {
        uint32_t off = r->d->c.off;
        if (tl_ber_is(&v, TL_BER_UNIVERSAL, TL_BER_BOOLEAN) && tl_ber_boolean(r, &v, &ca))
            tl_add(r->d, X509_CA, off, v.len, ca);
        else if (tl_ber_is(&v, TL_BER_UNIVERSAL, TL_BER_INTEGER) && tl_ber_int64(r, &v, &len))
            tl_add(r->d, X509_PATH_LEN, off, v.len, (uint64_t)len);
        else if (r->d->c.off == off)
            tl_ber_skip(r, &v);
    }
    tl_ber_leave(r, &all, part);
}

static void key_usage(struct tl_ber *r)
{
    struct tl_ber_value v;
    if (!tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_BIT_STRING, &v))
        return;
    struct tl_part part = tl_ber_enter(r, &v);
    tl_skip(r->d, 1); /* unused bits */
    uint32_t n = tl_cursor_left(&r->d->c), off = r->d->c.off;
    const uint8_t *p = tl_cursor_peek(&r->d->c, 0, n);
    if (tl_ok(r->d) && n > 0 && n <= 2 && p != NULL) {
        uint64_t bits = (uint64_t)p[0] << 8 | (n > 1 ? p[1] : 0);
        (void)tl_run(r->d, X509_KEY_USAGE, n);
        tl_add_all_bits(r->d, X509_DIGITAL_SIGNATURE, X509_DECIPHER_ONLY, off, n, bits);
    }
    tl_ber_leave(r, &v, part);
}

static void purposes(struct tl_ber *r)
{
    struct tl_ber_value all, v;
    struct tl_part part;
    if (!sequence(r, &all, &part))
        return;
    while (tl_ber_next(r, &v))
        add(r, &v, X509_PURPOSE);
    tl_ber_leave(r, &all, part);
}

static void authority_key(struct tl_ber *r)
{
    struct tl_ber_value all, v;
    struct tl_part part;
    if (!sequence(r, &all, &part))
        return;
    while (tl_ber_next(r, &v)) {
        if (tl_ber_is(&v, TL_BER_CONTEXT, 0))
            add(r, &v, X509_AUTHORITY_KEY);
        else
            tl_ber_skip(r, &v);
    }
    tl_ber_leave(r, &all, part);
}

static void subject_key(struct tl_ber *r)
{
    struct tl_ber_value v;
    if (tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_OCTET_STRING, &v))
        add(r, &v, X509_KEY_IDENTIFIER);
}

/* RFC 6962 section 3.3: a list in the form of TLS, in an octet string. */
static void timestamps(struct tl_ber *r)
{
    struct tl_dissection *d = r->d;
    struct tl_ber_value v;
    if (!tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_OCTET_STRING, &v))
        return;
    struct tl_part all = tl_ber_enter(r, &v);
    tl_skip(d, 2);
    while (tl_ok(d) && tl_cursor_left(&d->c) >= 2) {
        uint32_t len = tl_load_be16(tl_cursor_take(&d->c, 2));
        struct tl_part part = tl_part_enter(d, len);
        tl_u8(d, X509_SCT_VERSION);
        (void)tl_run(d, X509_SCT_LOG, 32);
        uint32_t off = d->c.off;
        const uint8_t *ms = tl_cursor_take(&d->c, 8);
        uint64_t since = ms != NULL ? tl_load_be64(ms) : 0;
        if (ms != NULL)
            tl_add(d, X509_SCT_TIME, off, 8,
                   since < INT64_MAX / 1000000 ? since * 1000000 : (uint64_t)INT64_MAX);
        tl_part_leave(d, part);
    }
    tl_ber_leave(r, &v, all);
}

static void extension_value(struct tl_ber *r, struct tl_bytes oid)
{
    static const uint8_t sct[] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x02 };
    if (oid.len == sizeof sct && memcmp(oid.data, sct, sizeof sct) == 0) {
        timestamps(r);
        return;
    }
    if (oid.len != 3 || oid.data[0] != 0x55 || oid.data[1] != 0x1d)
        return;
    switch (oid.data[2]) { /* 2.5.29.N */
    case 14:
        subject_key(r);
        break;
    case 15:
        key_usage(r);
        break;
    case 17:
        general_names(r);
        break;
    case 19:
        basic_constraints(r);
        break;
    case 35:
        authority_key(r);
        break;
    case 37:
        purposes(r);
        break;
    default:
        break;
    }
}

static void extension(struct tl_ber *r)
{
    struct tl_ber_value all, id, v;
    struct tl_part part;
    bool critical;
    if (!sequence(r, &all, &part))
        return;
    if (tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_OID, &id)) {
        struct tl_bytes oid = { r->d->c.base + r->d->c.off, id.len };
        add(r, &id, X509_EXTENSION);
        while (tl_ok(r->d) && tl_ber_next(r, &v)) {
            uint32_t off = r->d->c.off;
            if (tl_ber_is(&v, TL_BER_UNIVERSAL, TL_BER_BOOLEAN) && tl_ber_boolean(r, &v, &critical)) {
                tl_add(r->d, X509_CRITICAL, off, v.len, critical);
            } else if (tl_ber_is(&v, TL_BER_UNIVERSAL, TL_BER_OCTET_STRING) && !v.constructed) {
                struct tl_part value = tl_ber_enter(r, &v);
                extension_value(r, oid);
                tl_ber_leave(r, &v, value);
            } else if (r->d->c.off == off) {
                tl_ber_skip(r, &v);
            }
        }
    }
    tl_ber_leave(r, &all, part);
}

/* --- the certificate --- */

static void public_key(struct tl_ber *r)
{
    struct tl_ber_value all;
    struct tl_part part;
    if (!sequence(r, &all, &part))
        return;
    algorithm(r);
    tl_ber_leave(r, &all, part);
}

static void to_be_signed(struct tl_ber *r)
{
    struct tl_ber_value all, v;
    struct tl_part part;
    int64_t version;
    if (!sequence(r, &all, &part))
        return;
    bool more = tl_ber_next(r, &v);
    if (more && tl_ber_is(&v, TL_BER_CONTEXT, 0)) {
        struct tl_part inner = tl_ber_enter(r, &v);
        struct tl_ber_value number;
        uint32_t off = r->d->c.off + 2;
        if (tl_ber_expect(r, TL_BER_UNIVERSAL, TL_BER_INTEGER, &number) && tl_ber_int64(r, &number, &version))
            tl_add(r->d, X509_VERSION, off, number.len, (uint64_t)version);
        tl_ber_leave(r, &v, inner);
        more = tl_ber_next(r, &v);
    }
    if (more)
        add(r, &v, X509_SERIAL);
    algorithm(r);
    name(r);
    validity(r);
    name(r);
    public_key(r);
    while (tl_ok(r->d) && tl_ber_next(r, &v)) {
        if (!tl_ber_is(&v, TL_BER_CONTEXT, 3)) {
            tl_ber_skip(r, &v);
            continue;
        }
        struct tl_ber_value list;
        struct tl_part inner = tl_ber_enter(r, &v), items;
        if (sequence(r, &list, &items)) {
            while (tl_ok(r->d) && tl_cursor_wire_left(&r->d->c) > 0)
                extension(r);
            tl_ber_leave(r, &list, items);
        }
        tl_ber_leave(r, &v, inner);
    }
    tl_ber_leave(r, &all, part);
}

enum tl_status tl_x509_dissect(struct tl_dissection *d)
{
    struct tl_ber r = { .d = d };
    struct tl_ber_value all, v;
    struct tl_part part;
    if (!sequence(&r, &all, &part))
        return tl_next_none(d);
    to_be_signed(&r);
    algorithm(&r);
    if (tl_ok(d) && tl_ber_expect(&r, TL_BER_UNIVERSAL, TL_BER_BIT_STRING, &v)) {
        struct tl_part bits = tl_ber_enter(&r, &v);
        tl_skip(d, 1);
        if (tl_ok(d))
            (void)tl_run(d, X509_SIGNATURE, tl_cursor_left(&d->c));
        tl_ber_leave(&r, &v, bits);
    }
    tl_ber_leave(&r, &all, part);
    return tl_next_none(d);
}

static void begin_inner(struct tl_dissection *d, struct tl_dissection *inner, uint32_t off, uint32_t len)
{
    tl_inner_begin(d, inner, &tl_protocol_x509, true);
    inner->c = (struct tl_cursor){ d->c.base, off, off + len, off + len, TL_OK };
}

static bool end_inner(struct tl_dissection *d, struct tl_dissection *inner)
{
    bool good = tl_ok(inner);
    if (!good && inner->layer != TL_NO_NODE) {
        d->tree->nodes[inner->layer].flags |= TL_NODE_BAD;
        d->tree->nodes[inner->layer].value = inner->c.off;
    }
    tl_inner_end(d, inner);
    return good;
}

bool tl_x509_show(struct tl_dissection *d, uint32_t off, uint32_t len)
{
    struct tl_dissection inner;
    if (d->tree == NULL || d->wanted == NULL)
        return true;
    begin_inner(d, &inner, off, len);
    (void)tl_x509_dissect(&inner);
    return end_inner(d, &inner);
}

bool tl_x509_show_names(struct tl_dissection *d, uint32_t off, uint32_t len)
{
    struct tl_dissection inner;
    struct tl_ber r = { .d = &inner };
    if (d->tree == NULL || d->wanted == NULL)
        return true;
    begin_inner(d, &inner, off, len);
    while (tl_ok(&inner) && tl_cursor_left(&inner.c) > 0) {
        const uint8_t *p = tl_cursor_take(&inner.c, 2);
        struct tl_part part = tl_part_enter(&inner, p != NULL ? tl_load_be16(p) : 0);
        if (tl_ok(&inner) && tl_cursor_left(&inner.c) > 0)
            name(&r);
        tl_part_leave(&inner, part);
    }
    return end_inner(d, &inner);
}
