/*
 * ssh_kex.c - the key exchange: Diffie-Hellman (RFC 4253 section 8), groups of the server (RFC 4419), elliptic curves
 * (RFC 5656, RFC 8731), hybrids with a KEM (draft-ietf-sshm-mlkem-hybrid-kex, draft-josefsson-ntruprime-ssh); host
 * keys.
 */
#include "core/base64.h"
#include "core/crypto.h"
#include "core/part.h"
#include "dissectors/ssh/ssh.h"

enum { TYPE_MOST = 64 /* bytes of the name of a host key's type */ };

struct tl_bytes tl_ssh_string(struct tl_dissection *d, unsigned length, unsigned value)
{
    uint32_t n = tl_u32(d, length);
    if (!tl_ok(d) || n > tl_cursor_wire_left(&d->c)) {
        tl_bad(d);
        return (struct tl_bytes){ NULL, 0 };
    }
    if (n == 0)
        return (struct tl_bytes){ d->c.base + d->c.off, 0 };
    const uint8_t *p = tl_run(d, value, n);
    return (struct tl_bytes){ p, p != NULL ? n : 0 };
}

/* --- host keys --- */

void tl_ssh_fingerprint_text(const uint8_t digest[32], char text[SSH_FINGERPRINT_LEN])
{
    char encoded[45];
    tl_base64_encode(tl_bytes_of(digest, 32), encoded);
    memcpy(text, "SHA256:", 7);
    memcpy(text + 7, encoded, SSH_FINGERPRINT_LEN - 7); /* without the padding */
}

static void show_fingerprint(struct tl_dissection *d, struct tl_ssh_flow *f, const uint8_t digest[32])
{
    char text[SSH_FINGERPRINT_LEN];
    if (!f->has_fingerprint)
        memcpy(f->fingerprint, digest, 32);
    f->has_fingerprint = true;
    if (!tl_wants(d, SSH_FINGERPRINT))
        return;
    tl_ssh_fingerprint_text(digest, text);
    tl_add_text(d, SSH_FINGERPRINT, d->c.off, 0, text, sizeof text);
}

static void key_parts(struct tl_dissection *d, struct tl_bytes type)
{
    if (tl_ssh_is(type, "ssh-rsa")) {
        (void)tl_ssh_string(d, SSH_MPINT_LEN, SSH_RSA_E);
        (void)tl_ssh_string(d, SSH_MPINT_LEN, SSH_RSA_N);
    } else if (tl_ssh_is(type, "ssh-dss")) {
        for (unsigned field = SSH_DSA_P; field <= SSH_DSA_Y; field++)
            (void)tl_ssh_string(d, SSH_MPINT_LEN, field);
    } else if (tl_ssh_begins(type, "ecdsa-sha2-") && memchr(type.data, '@', type.len) == NULL) {
        (void)tl_ssh_string(d, SSH_ECDSA_ID_LEN, SSH_ECDSA_ID);
        (void)tl_ssh_string(d, SSH_ECDSA_Q_LEN, SSH_ECDSA_Q);
    } else if (tl_ssh_is(type, "ssh-ed25519") || tl_ssh_is(type, "ssh-ed448")) {
        (void)tl_ssh_string(d, SSH_EDDSA_LEN, SSH_EDDSA);
    } else if (tl_cursor_left(&d->c) > 0) {
        (void)tl_run(d, SSH_KEY_DATA, tl_cursor_left(&d->c));
    }
}

/* RFC 4253 section 6.6. */
static void host_key(struct tl_dissection *d, struct tl_ssh_flow *f)
{
    uint32_t n = tl_u32(d, SSH_KEY_LEN);
    struct tl_part part = tl_part_enter(d, n);
    if (part.open && tl_ok(d)) {
        uint32_t from = d->c.off;
        bool whole = tl_cursor_left(&d->c) == n;
        if (d->wanted != NULL)
            key_parts(d, tl_ssh_string(d, SSH_KEY_TYPE_LEN, SSH_KEY_TYPE));
        if (whole && d->crypto != NULL && (d->wanted != NULL || !f->has_fingerprint)) {
            uint8_t digest[TL_HASH_MOST];
            d->crypto->hash(TL_HASH_SHA256, tl_bytes_of(d->c.base + from, n), digest);
            show_fingerprint(d, f, digest);
        }
    }
    tl_part_leave(d, part);
}

static void signature(struct tl_dissection *d)
{
    uint32_t n = tl_u32(d, SSH_SIG_LEN);
    struct tl_part part = tl_part_enter(d, n);
    if (part.open && tl_ok(d)) {
        (void)tl_ssh_string(d, SSH_SIG_TYPE_LEN, SSH_SIG_TYPE);
        if (tl_ok(d) && tl_cursor_left(&d->c) > 0)
            (void)tl_run(d, SSH_SIG_DATA, tl_cursor_left(&d->c));
    }
    tl_part_leave(d, part);
}

/*
 * Does a host key follow, with its type in front? A message of the same code has a prime there, or the length of a
 * public value, which begin otherwise.
 */
static bool is_host_key(const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 12);
    if (p == NULL)
        return false;
    uint32_t len = tl_load_be32(p), type = tl_load_be32(p + 4);
    if (len > tl_cursor_wire_left(&d->c) - 4 || type < 4 || type > TYPE_MOST || type > len - 4)
        return false;
    for (unsigned i = 8; i < 12; i++) {
        if ((p[i] < 'a' || p[i] > 'z') && p[i] != '-')
            return false;
    }
    return true;
}

/* --- hybrids --- */

/* Sizes in bytes: a public key of the KEM, a ciphertext. The rest is the public value of the curve. */
static const struct {
    const char *begins;
    uint16_t public_key, ciphertext;
} kems[] = {
    { "sntrup761", 1158, 1039 },
    { "sntrup4591761", 1218, 1047 },
    { "mlkem512", 800, 768 },
    { "mlkem768", 1184, 1088 },
    { "mlkem1024", 1568, 1568 },
};

static void hybrid(struct tl_dissection *d, const struct tl_ssh_flow *f, unsigned role)
{
    struct tl_bytes kex = tl_ssh_chosen(d, f, SSH_LIST_KEX);
    uint32_t n = tl_u32(d, role == 0 ? SSH_HYBRID_C_LEN : SSH_HYBRID_S_LEN), size = 0;
    for (unsigned i = 0; i < TL_COUNT(kems) && size == 0; i++) {
        if (tl_ssh_begins(kex, kems[i].begins))
            size = role == 0 ? kems[i].public_key : kems[i].ciphertext;
    }
    struct tl_part part = tl_part_enter(d, n);
    uint32_t group = tl_group(d, role == 0 ? SSH_HYBRID_C : SSH_HYBRID_S);
    if (part.open && tl_ok(d) && size > 0 && size < n) {
        (void)tl_run(d, role == 0 ? SSH_KEM_PUBLIC : SSH_KEM_CIPHERTEXT, size);
        (void)tl_run(d, role == 0 ? SSH_Q_C : SSH_Q_S, n - size);
    }
    tl_part_leave(d, part);
    tl_group_end(d, group);
}

/* --- messages --- */

static void public_value(struct tl_dissection *d, const struct tl_ssh_flow *f, unsigned role)
{
    if (f->method == SSH_METHOD_HYBRID)
        hybrid(d, f, role);
    else if (f->method == SSH_METHOD_DH || f->method == SSH_METHOD_GROUP)
        (void)tl_ssh_string(d, SSH_MPINT_LEN, role == 0 ? SSH_DH_E : SSH_DH_F);
    else if (f->method == SSH_METHOD_ECDH)
        (void)tl_ssh_string(d, role == 0 ? SSH_Q_C_LEN : SSH_Q_S_LEN, role == 0 ? SSH_Q_C : SSH_Q_S);
}

static void group_exchange(struct tl_dissection *d, const struct tl_ssh_flow *f, unsigned role, uint8_t code)
{
    if (code == 34)
        tl_u32(d, SSH_GEX_MIN);
    if (code == 34 || code == 30)
        tl_u32(d, SSH_GEX_BITS);
    if (code == 34)
        tl_u32(d, SSH_GEX_MAX);
    if (code == 31) {
        (void)tl_ssh_string(d, SSH_MPINT_LEN, SSH_GEX_P);
        (void)tl_ssh_string(d, SSH_MPINT_LEN, SSH_GEX_G);
    }
    if (code == 32)
        public_value(d, f, role);
}

void tl_ssh_exchange(struct tl_dissection *d, struct tl_ssh_flow *f, unsigned role, uint8_t code)
{
    tl_ssh_line(d, f->method + code);
    if (f->method != SSH_METHOD_UNKNOWN)
        tl_add(d, SSH_METHOD, d->c.off, 0, f->method);
    if (role == 1 && (code == 31 || code == 33 || code == 30) && is_host_key(d)) {
        host_key(d, f);
        if (f->method == SSH_METHOD_UNKNOWN || f->method >= SSH_METHOD_RSA)
            return;
        public_value(d, f, role);
        signature(d);
    } else if (f->method == SSH_METHOD_GROUP) {
        group_exchange(d, f, role, code);
    } else if (role == 0 && code == 30) {
        public_value(d, f, role);
    }
}

/* --- version 1 --- */

/* An integer of version 1: its length in bits, then itself. */
static struct tl_bytes integer1(struct tl_dissection *d, unsigned field)
{
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    uint32_t n = p != NULL ? (tl_load_be16(p) + 7u) / 8u : 0;
    const uint8_t *value = field < SSH_FIELDS ? tl_run(d, field, n) : tl_cursor_take(&d->c, n);
    return (struct tl_bytes){ value, value != NULL ? n : 0 };
}

/*
 *   cookie 8 | bits 4, exponent, modulus: of the server's key | bits 4, exponent, modulus: of the host key | ..
 */
void tl_ssh1_public_key(struct tl_dissection *d, struct tl_ssh_flow *f)
{
    (void)tl_run(d, SSH_COOKIE, 8);
    tl_skip(d, 4);
    (void)integer1(d, SSH_FIELDS);
    (void)integer1(d, SSH_FIELDS);
    tl_skip(d, 4);
    struct tl_bytes exponent = integer1(d, SSH_RSA_E), modulus = integer1(d, SSH_RSA_N);
    if (!tl_ok(d) || d->crypto == NULL)
        return;
    uint64_t state[TL_HASH_STATE / sizeof(uint64_t)];
    uint8_t digest[TL_HASH_MOST];
    d->crypto->hash_begin(TL_HASH_SHA256, state);
    d->crypto->hash_add(TL_HASH_SHA256, state, modulus);
    d->crypto->hash_add(TL_HASH_SHA256, state, exponent);
    d->crypto->hash_end(TL_HASH_SHA256, state, digest);
    show_fingerprint(d, f, digest);
}
