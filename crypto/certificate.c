/*
 * certificate.c - X.509 certificates (RFC 5280), read by libcrypto.
 *
 * Reading one takes the library many times as long as hashing it, so many are remembered by their hash, and when their
 * memory is full, all are forgotten. What a certificate says depends on its bytes alone, so what is remembered does not
 * show in the result.
 */
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "core/values.h"
#include "crypto/libcrypto.h"
#include "crypto/public_key.h"

enum { NAMES_MOST = 1024 }; /* alternative names of one kind */

/* A certificate that was read. Its texts come after it, in the same block of memory. */
struct tl_remembered {
    size_t size; /* bytes, with the texts */
    struct tl_certificate certificate;
};

/* Texts of the certificate that is read, one after another. */
struct texts {
    uint8_t bytes[TL_CERTIFICATE_TEXT];
    uint32_t len;
    bool full;
};

static struct tl_bytes put(struct texts *t, const void *data, size_t len)
{
    if (len > sizeof t->bytes - t->len) {
        t->full = true;
        return (struct tl_bytes){ NULL, 0 };
    }
    if (len > 0)
        memcpy(t->bytes + t->len, data, len);
    struct tl_bytes text = { t->bytes + t->len, (uint32_t)len };
    t->len += (uint32_t)len;
    return text;
}

static struct tl_bytes put_string(struct texts *t, const char *s)
{
    return put(t, s, s != NULL ? strlen(s) : 0);
}

static struct tl_bytes put_name(struct texts *t, BIO *bio, const X509_NAME *name)
{
    char *data = NULL;
    (void)BIO_reset(bio);
    if (name == NULL || X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) < 0)
        return (struct tl_bytes){ NULL, 0 };
    long len = BIO_get_mem_data(bio, &data);
    return put(t, data, len > 0 ? (size_t)len : 0);
}

static struct tl_bytes put_object(struct texts *t, const ASN1_OBJECT *object)
{
    char text[128];
    int len = object != NULL ? OBJ_obj2txt(text, sizeof text, object, 0) : 0;
    return put(t, text, len > 0 && len < (int)sizeof text ? (size_t)len : 0);
}

static struct tl_bytes put_serial(struct texts *t, const ASN1_INTEGER *serial)
{
    static const char digits[] = "0123456789ABCDEF";
    char text[132];
    size_t n = 0;
    int len = ASN1_STRING_length(serial);
    const uint8_t *bytes = ASN1_STRING_get0_data(serial);
    if (ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER)
        text[n++] = '-';
    if (len <= 0)
        text[n++] = '0', text[n++] = '0';
    for (int i = 0; i < len && n + 2 <= sizeof text; i++) {
        text[n++] = digits[bytes[i] >> 4];
        text[n++] = digits[bytes[i] & 0xf];
    }
    return put(t, text, n);
}

/* The proleptic Gregorian calendar, as RFC 5280 has its dates. */
static int64_t days_since_1970(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool read_time(const ASN1_TIME *time, int64_t *ns)
{
    struct tm tm;
    if (time == NULL || ASN1_TIME_to_tm(time, &tm) != 1)
        return false;
    int64_t days = days_since_1970(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
    *ns = tl_time_ns(((days * 24 + tm.tm_hour) * 60 + tm.tm_min) * 60 + tm.tm_sec, 0);
    return true;
}

/* --- the key --- */

static void read_key(struct tl_crypto_state *s, const X509 *x, struct texts *t, struct tl_certificate *c)
{
    struct tl_public_key key;
    c->key_alg = put_object(t, tl_public_key_read(s, X509_get_X509_PUBKEY(x), &key));
    c->key_bits = key.bits;
    c->key_type = put_string(t, key.type);
    c->exponent = put_string(t, key.exponent);
    c->curve = put_string(t, key.curve);
}

/* --- extensions --- */

static struct tl_bytes put_address(struct texts *t, const ASN1_OCTET_STRING *address)
{
    struct tl_buffer text = { 0 };
    int len = ASN1_STRING_length(address);
    if (len == 4)
        tl_put_ipv4(&text, ASN1_STRING_get0_data(address));
    else if (len == 16)
        tl_put_ipv6(&text, ASN1_STRING_get0_data(address));
    struct tl_bytes copy = put(t, text.data, text.len);
    tl_buffer_fini(&text);
    return copy;
}

/* The names of one kind, in order. The list itself comes after the texts. */
static struct tl_text_list put_names(struct texts *t, const GENERAL_NAMES *names, int kind)
{
    struct tl_bytes items[NAMES_MOST];
    uint32_t count = 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type != kind)
            continue;
        if (count == NAMES_MOST) {
            t->full = true;
            break;
        }
        struct tl_bytes text = kind == GEN_IPADD ? put_address(t, name->d.iPAddress)
                                                 : put(t, ASN1_STRING_get0_data(name->d.ia5),
                                                       (size_t)ASN1_STRING_length(name->d.ia5));
        if (text.len > 0)
            items[count++] = text;
    }
    uint32_t pad = (8 - t->len % 8) % 8;
    if (count == 0 || count * sizeof *items > sizeof t->bytes - t->len - (pad < sizeof t->bytes - t->len ? pad : 0)) {
        t->full = t->full || count > 0;
        return (struct tl_text_list){ NULL, 0 };
    }
    t->len += pad;
    struct tl_bytes list = put(t, items, count * sizeof *items);
    return (struct tl_text_list){ (const struct tl_bytes *)(const void *)list.data, count };
}

static void read_extensions(const X509 *x, struct texts *t, struct tl_certificate *c)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    if (names != NULL) {
        c->has_names = sk_GENERAL_NAME_num(names) > 0;
        c->dns = put_names(t, names, GEN_DNS);
        c->uri = put_names(t, names, GEN_URI);
        c->email = put_names(t, names, GEN_EMAIL);
        c->ip = put_names(t, names, GEN_IPADD);
        GENERAL_NAMES_free(names);
    }
    BASIC_CONSTRAINTS *basic = X509_get_ext_d2i(x, NID_basic_constraints, NULL, NULL);
    if (basic == NULL)
        return;
    c->has_ca = true;
    c->ca = basic->ca != 0;
    long path = basic->pathlen != NULL ? ASN1_INTEGER_get(basic->pathlen) : -1;
    c->has_path = path >= 0;
    c->path_len = c->has_path && path <= (long)UINT32_MAX ? (uint32_t)path : 0;
    BASIC_CONSTRAINTS_free(basic);
}

static struct tl_bytes put_common_name(struct texts *t, const X509_NAME *subject)
{
    int last = -1;
    for (int i = -1; (i = X509_NAME_get_index_by_NID(subject, NID_commonName, i)) >= 0;)
        last = i;
    if (last < 0)
        return (struct tl_bytes){ NULL, 0 };
    unsigned char *utf8 = NULL;
    int len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)));
    struct tl_bytes text = put(t, utf8, len > 0 ? (size_t)len : 0);
    OPENSSL_free(utf8);
    return text;
}

/* --- certificates --- */

static void read_all(struct tl_crypto_state *s, const X509 *x, BIO *bio, struct texts *t, struct tl_certificate *c)
{
    const X509_ALGOR *algorithm = X509_get0_tbs_sigalg(x);
    c->version = (uint32_t)X509_get_version(x) + 1;
    c->serial = put_serial(t, X509_get0_serialNumber(x));
    c->subject = put_name(t, bio, X509_get_subject_name(x));
    c->issuer = put_name(t, bio, X509_get_issuer_name(x));
    c->common_name = put_common_name(t, X509_get_subject_name(x));
    c->has_not_before = read_time(X509_get0_notBefore(x), &c->not_before);
    c->has_not_after = read_time(X509_get0_notAfter(x), &c->not_after);
    c->sig_alg = put_object(t, algorithm != NULL ? algorithm->algorithm : NULL);
    read_key(s, x, t, c);
    read_extensions(x, t, c);
    c->names_cut = t->full;
}

static void move(struct tl_bytes *text, const struct texts *from, const uint8_t *to)
{
    if (text->len > 0)
        text->data = to + (text->data - from->bytes);
}

static void move_list(struct tl_text_list *list, const struct texts *from, uint8_t *to)
{
    if (list->count == 0)
        return;
    ptrdiff_t at = (const uint8_t *)(const void *)list->items - from->bytes;
    struct tl_bytes *items = (struct tl_bytes *)(void *)(to + at);
    for (uint32_t i = 0; i < list->count; i++)
        move(&items[i], from, to);
    list->items = items;
}

static void forget(struct tl_crypto_state *s, struct tl_remembered **place)
{
    if (*place != NULL)
        s->certificate_bytes -= (*place)->size;
    free(*place);
    *place = NULL;
}

void tl_certificates_forget(struct tl_crypto_state *s)
{
    for (unsigned i = 0; i < TL_CERTIFICATES; i++)
        forget(s, &s->certificates[i]);
}

static struct tl_remembered *remember(struct tl_crypto_state *s, const struct tl_certificate *c, const struct texts *t)
{
    size_t size = sizeof(struct tl_remembered) + t->len;
    if (size > TL_CERTIFICATES_MEMORY - s->certificate_bytes)
        tl_certificates_forget(s);
    struct tl_remembered *r = malloc(size);
    if (r == NULL)
        return NULL;
    struct tl_certificate *copy = &r->certificate;
    uint8_t *to = (uint8_t *)(r + 1);
    r->size = size;
    s->certificate_bytes += size;
    *copy = *c;
    memcpy(to, t->bytes, t->len);
    struct tl_bytes *texts[] = { &copy->serial, &copy->subject, &copy->issuer, &copy->common_name, &copy->key_alg,
                                 &copy->sig_alg, &copy->key_type, &copy->exponent, &copy->curve };
    for (unsigned i = 0; i < TL_COUNT(texts); i++)
        move(texts[i], t, to);
    struct tl_text_list *lists[] = { &copy->dns, &copy->uri, &copy->email, &copy->ip };
    for (unsigned i = 0; i < TL_COUNT(lists); i++)
        move_list(lists[i], t, to);
    return r;
}

/* version 0: no certificate. That is remembered too. */
static struct tl_remembered *parse(struct tl_crypto_state *s, struct tl_bytes der, const uint8_t fingerprint[32])
{
    struct tl_certificate c = { .version = 0 };
    struct tl_remembered *r = NULL;
    struct texts *t = malloc(sizeof *t);
    BIO *bio = BIO_new(BIO_s_mem());
    X509 *x = X509_new_ex(s->bare, NULL);
    const unsigned char *p = der.data;
    memcpy(c.fingerprint, fingerprint, sizeof c.fingerprint);
    if (t != NULL && bio != NULL && x != NULL) {
        t->len = 0;
        t->full = false;
        if (d2i_X509(&x, &p, (long)der.len) != NULL)
            read_all(s, x, bio, t, &c);
        r = remember(s, &c, t);
    }
    X509_free(x);
    BIO_free(bio);
    free(t);
    ERR_clear_error();
    return r;
}

const struct tl_certificate *tl_certificate_read(struct tl_crypto_state *s, struct tl_bytes der)
{
    uint8_t fingerprint[TL_HASH_MOST];
    tl_crypto_libcrypto.hash(TL_HASH_SHA256, der, fingerprint);
    struct tl_remembered **place = &s->certificates[tl_load_be16(fingerprint) % TL_CERTIFICATES];
    struct tl_remembered *r = *place;
    if (r == NULL || memcmp(r->certificate.fingerprint, fingerprint, sizeof r->certificate.fingerprint) != 0) {
        forget(s, place);
        r = parse(s, der, fingerprint);
        *place = r;
    }
    return r != NULL && r->certificate.version != 0 ? &r->certificate : NULL;
}
