/* x509.c - the record of certificates, and their descriptor. The fields are those of RFC 5280. */
#include "dissectors/x509/x509.h"

#include <stddef.h>

#include "dissectors/x509/x509_fields.h"

struct x509_record {
    struct tl_record r;
    struct tl_bytes fingerprint;
    uint64_t version;
    struct tl_bytes serial, subject, issuer;
    int64_t not_before, not_after;
    struct tl_bytes key_alg, sig_alg, key_type;
    uint64_t key_length;
    struct tl_bytes exponent, curve;
    struct tl_text_list dns, uri, email, ip;
    bool ca;
    uint64_t path_len;
    bool host_cert, client_cert;
};

enum {
    R_FINGERPRINT, R_VERSION, R_SERIAL, R_SUBJECT, R_ISSUER, R_NOT_BEFORE, R_NOT_AFTER, R_KEY_ALG, R_SIG_ALG,
    R_KEY_TYPE, R_KEY_LENGTH, R_EXPONENT, R_CURVE, R_DNS, R_URI, R_EMAIL, R_IP, R_CA, R_PATH_LEN, R_HOST_CERT,
    R_CLIENT_CERT
};

#define F(index, member, key, kind, help) TL_FIELD(struct x509_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(R_FINGERPRINT, fingerprint, "fingerprint", TL_REC_TEXT, "SHA-256 of the certificate"),
    F(R_VERSION, version, "certificate.version", TL_REC_COUNT, "1, 2 or 3"),
    F(R_SERIAL, serial, "certificate.serial", TL_REC_TEXT, "Serial number, hexadecimal"),
    TL_FIELD_ESCAPED(struct x509_record, R_SUBJECT, subject, "certificate.subject", TL_REC_TEXT,
                     "Who it is for, in the form of RFC 2253"),
    TL_FIELD_ESCAPED(struct x509_record, R_ISSUER, issuer, "certificate.issuer", TL_REC_TEXT, "Who issued it"),
    F(R_NOT_BEFORE, not_before, "certificate.not_valid_before", TL_REC_TIME, "Time from which it is valid"),
    F(R_NOT_AFTER, not_after, "certificate.not_valid_after", TL_REC_TIME, "Time until which it is valid"),
    F(R_KEY_ALG, key_alg, "certificate.key_alg", TL_REC_TEXT, "Algorithm of the key"),
    F(R_SIG_ALG, sig_alg, "certificate.sig_alg", TL_REC_TEXT, "Algorithm of the signature"),
    F(R_KEY_TYPE, key_type, "certificate.key_type", TL_REC_TEXT, "rsa, dsa, ecdsa, or the algorithm's name"),
    F(R_KEY_LENGTH, key_length, "certificate.key_length", TL_REC_COUNT, "Bits of the key"),
    F(R_EXPONENT, exponent, "certificate.exponent", TL_REC_TEXT, "RSA: the public exponent, decimal"),
    F(R_CURVE, curve, "certificate.curve", TL_REC_TEXT, "Elliptic curve of the key"),
    F(R_DNS, dns, "san.dns", TL_REC_TEXTS, "Alternative names: hosts"),
    F(R_URI, uri, "san.uri", TL_REC_TEXTS, "Alternative names: URIs"),
    F(R_EMAIL, email, "san.email", TL_REC_TEXTS, "Alternative names: mail addresses"),
    F(R_IP, ip, "san.ip", TL_REC_TEXTS, "Alternative names: addresses"),
    F(R_CA, ca, "basic_constraints.ca", TL_REC_BOOL, "It may issue certificates"),
    F(R_PATH_LEN, path_len, "basic_constraints.path_len", TL_REC_COUNT, "Certificates that may follow it in a chain"),
    F(R_HOST_CERT, host_cert, "host_cert", TL_REC_BOOL, "The first of its chain"),
    F(R_CLIENT_CERT, client_cert, "client_cert", TL_REC_BOOL, "Sent by a client"),
};
#undef F

const struct tl_record_def tl_x509_def =
    TL_RECORD_DEF("x509", record_fields, "A certificate that was sent in clear",
                  .summary = { "certificate.subject", "certificate.not_valid_after", "certificate.issuer",
                               "certificate.key_type", "san.dns" });

static void set_text(struct x509_record *r, unsigned field, struct tl_bytes *to, struct tl_bytes text)
{
    *to = text;
    if (text.len > 0)
        tl_record_set(&r->r, field);
}

static void set_list(struct x509_record *r, unsigned field, struct tl_text_list *to, struct tl_text_list list,
                     bool cut)
{
    *to = list;
    if (list.count > 0)
        tl_record_set(&r->r, field);
    if (list.count > 0 && cut)
        r->r.cut |= UINT64_C(1) << field;
}

void tl_x509_emit(struct tl_dissection *d, const struct tl_certificate *c, int64_t ts, bool host, bool client)
{
    static const char digits[] = "0123456789abcdef";
    char fingerprint[64];
    for (unsigned i = 0; i < sizeof fingerprint; i++)
        fingerprint[i] = digits[c->fingerprint[i / 2] >> (i % 2 == 0 ? 4 : 0) & 0xf];
    struct x509_record r = { .r.ts = ts, .version = c->version, .not_before = c->not_before, .not_after = c->not_after,
                             .key_length = c->key_bits, .ca = c->ca, .path_len = c->path_len, .host_cert = host,
                             .client_cert = client };
    r.r.set = UINT64_C(1) << R_VERSION | (uint64_t)c->has_not_before << R_NOT_BEFORE |
              (uint64_t)c->has_not_after << R_NOT_AFTER | (uint64_t)(c->key_bits > 0) << R_KEY_LENGTH |
              (uint64_t)c->has_ca << R_CA | (uint64_t)c->has_path << R_PATH_LEN | UINT64_C(1) << R_HOST_CERT |
              UINT64_C(1) << R_CLIENT_CERT;
    set_text(&r, R_FINGERPRINT, &r.fingerprint, tl_bytes_of(fingerprint, sizeof fingerprint));
    set_text(&r, R_SERIAL, &r.serial, c->serial);
    set_text(&r, R_SUBJECT, &r.subject, c->subject);
    set_text(&r, R_ISSUER, &r.issuer, c->issuer);
    set_text(&r, R_KEY_ALG, &r.key_alg, c->key_alg);
    set_text(&r, R_SIG_ALG, &r.sig_alg, c->sig_alg);
    set_text(&r, R_KEY_TYPE, &r.key_type, c->key_type);
    set_text(&r, R_EXPONENT, &r.exponent, c->exponent);
    set_text(&r, R_CURVE, &r.curve, c->curve);
    set_list(&r, R_DNS, &r.dns, c->dns, c->names_cut);
    set_list(&r, R_URI, &r.uri, c->uri, c->names_cut);
    set_list(&r, R_EMAIL, &r.email, c->email, c->names_cut);
    set_list(&r, R_IP, &r.ip, c->ip, c->names_cut);
    tl_emit(d, &tl_x509_def, &r.r);
}

const struct tl_certificate *tl_x509_read(const struct tl_dissection *d, struct tl_bytes der)
{
    struct tl_crypto_state *state = d->crypto != NULL ? d->host->crypto_state(d) : NULL;
    return state != NULL ? d->crypto->certificate(state, der) : NULL;
}

/* --- names --- */

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}

static bool same(const uint8_t *a, const uint8_t *b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (lower(a[i]) != lower(b[i]))
            return false;
    }
    return true;
}

static bool covers(struct tl_bytes pattern, struct tl_bytes name)
{
    if (name.len > 0 && name.data[name.len - 1] == '.')
        name.len--;
    if (pattern.len > 2 && pattern.data[0] == '*' && pattern.data[1] == '.') {
        const uint8_t *dot = name.len > 0 ? memchr(name.data, '.', name.len) : NULL;
        if (dot == NULL || dot == name.data)
            return false;
        name.len -= (uint32_t)(dot - name.data);
        name.data = dot;
        pattern.data++;
        pattern.len--;
    }
    return pattern.len == name.len && same(pattern.data, name.data, name.len);
}

bool tl_x509_is_for(const struct tl_certificate *c, struct tl_bytes name)
{
    for (uint32_t i = 0; i < c->dns.count; i++) {
        if (covers(c->dns.items[i], name))
            return true;
    }
    return !c->has_names && c->common_name.len > 0 && covers(c->common_name, name);
}

const struct tl_protocol tl_protocol_x509 = {
    .name = "x509",
    .title = "X.509 Certificate",
    .kind = TL_KIND_APPLICATION,
    .fields = tl_x509_fields,
    .field_count = X509_FIELDS,
    .records = { &tl_x509_def },
    .info = "",
    .dissect = tl_x509_dissect,
};
