/* ssh_record.c - the record of an SSH connection, and what the sizes of its packets tell about the login. */
#include "core/local.h"
#include <stddef.h>

#include "dissectors/ssh/ssh.h"

struct ssh_record {
    struct tl_record r;
    int64_t version;
    bool auth_success;
    uint64_t auth_attempts;
    const char *direction;
    struct tl_bytes client, server, cipher_alg, mac_alg, compression_alg, kex_alg, host_key_alg, fingerprint;
    struct tl_bytes hassh, hassh_server;
};

enum {
    R_VERSION, R_SUCCESS, R_ATTEMPTS, R_DIRECTION, R_CLIENT, R_SERVER, R_CIPHER, R_MAC, R_COMPRESSION, R_KEX,
    R_HOST_KEY, R_FINGERPRINT, R_HASSH, R_HASSH_SERVER
};

#define F(index, member, key, kind, help) TL_FIELD(struct ssh_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(R_VERSION, version, "version", TL_REC_INT, "The major version that both sides can speak"),
    F(R_SUCCESS, auth_success, "auth_success", TL_REC_BOOL,
      "The login succeeded, as the sizes of the server's packets tell; absent if they do not"),
    F(R_ATTEMPTS, auth_attempts, "auth_attempts", TL_REC_COUNT, "Attempts to log in, as those sizes tell"),
    F(R_DIRECTION, direction, "direction", TL_REC_TOKEN,
      "INBOUND or OUTBOUND: only the server or only the client has a private address"),
    F(R_CLIENT, client, "client", TL_REC_TEXT, "Version and software of the client"),
    F(R_SERVER, server, "server", TL_REC_TEXT, "Version and software of the server"),
    F(R_CIPHER, cipher_alg, "cipher_alg", TL_REC_TEXT, "The cipher that was chosen"),
    F(R_MAC, mac_alg, "mac_alg", TL_REC_TEXT, "The MAC that was chosen"),
    F(R_COMPRESSION, compression_alg, "compression_alg", TL_REC_TEXT, "The compression that was chosen"),
    F(R_KEX, kex_alg, "kex_alg", TL_REC_TEXT, "The key exchange that was chosen"),
    F(R_HOST_KEY, host_key_alg, "host_key_alg", TL_REC_TEXT, "The kind of host key that was chosen"),
    F(R_FINGERPRINT, fingerprint, "host_key_fingerprint", TL_REC_TEXT, "SHA-256 of the server's host key"),
    F(R_HASSH, hassh, "hassh", TL_REC_TEXT, "Fingerprint of the client"),
    F(R_HASSH_SERVER, hassh_server, "hasshServer", TL_REC_TEXT, "Fingerprint of the server"),
};
#undef F

const struct tl_record_def tl_ssh_record_def =
    TL_RECORD_DEF("ssh", record_fields,
                  "An SSH connection: one when the login succeeded, or else at the end of the flow",
                  .summary = { "client", "server", "auth_success", "auth_attempts", "kex_alg", "cipher_alg" });

/* --- texts --- */

static void set_text(struct ssh_record *r, unsigned field, struct tl_bytes *at, struct tl_bytes text)
{
    *at = text;
    if (text.data != NULL && text.len > 0)
        tl_record_set(&r->r, field);
}

static struct tl_bytes word(const char *text)
{
    return tl_bytes_of(text, strlen(text));
}

/* What was chosen in both directions, as one text. */
static struct tl_bytes both(const struct tl_dissection *d, const struct tl_ssh_flow *f, enum tl_ssh_list to_server)
{
    static const char first[] = "To server: ", second[] = ", to client: ";
    struct tl_bytes a = tl_ssh_chosen(d, f, to_server), b = tl_ssh_chosen(d, f, (enum tl_ssh_list)(to_server + 1));
    if (a.len == 0 || b.len == 0)
        return word("Algorithm negotiation failed");
    if (a.len == b.len && memcmp(a.data, b.data, a.len) == 0)
        return a;
    uint32_t len = (uint32_t)(sizeof first + sizeof second - 2) + a.len + b.len;
    uint8_t *p = tl_arena_alloc(d->scratch, len);
    if (p == NULL)
        return (struct tl_bytes){ NULL, 0 };
    uint8_t *at = p;
    memcpy(at, first, sizeof first - 1);
    at += sizeof first - 1;
    memcpy(at, a.data, a.len);
    at += a.len;
    memcpy(at, second, sizeof second - 1);
    memcpy(at + sizeof second - 1, b.data, b.len);
    return tl_bytes_of(p, len);
}

static struct tl_bytes one(const struct tl_dissection *d, const struct tl_ssh_flow *f, enum tl_ssh_list list)
{
    struct tl_bytes chosen = tl_ssh_chosen(d, f, list);
    return chosen.len > 0 ? chosen : word("Algorithm negotiation failed");
}

static struct tl_bytes hex_of(const struct tl_dissection *d, const uint8_t digest[16])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t *p = tl_arena_alloc(d->scratch, 32);
    for (unsigned i = 0; p != NULL && i < 32; i++)
        p[i] = (uint8_t)digits[digest[i / 2] >> (i % 2 == 0 ? 4 : 0) & 0xf];
    return (struct tl_bytes){ p, p != NULL ? 32 : 0 };
}

/* --- parts of the record --- */

/* 0: the sides do not agree, or one has not spoken. */
static int64_t version_of(const struct tl_ssh_flow *f)
{
    const struct tl_ssh_side *c = &f->side[0], *s = &f->side[1];
    if (c->banner == 0 || s->banner == 0)
        return 0;
    if ((c->version_1 && (s->version_1 || s->version_199)) || (s->version_1 && c->version_199))
        return 1;
    return c->version_1 || s->version_1 ? 0 : 2;
}

static void load_direction(const struct tl_dissection *d, struct ssh_record *r)
{
    if (d->flow.orig_addr == NULL || d->flow.resp_addr == NULL)
        return;
    bool from = tl_addr_is_local(d->flow.version, d->flow.orig_addr), to = tl_addr_is_local(d->flow.version, d->flow.resp_addr);
    if (from == to)
        return;
    r->direction = from ? "OUTBOUND" : "INBOUND";
    tl_record_set(&r->r, R_DIRECTION);
}

static void load_login(const struct tl_ssh_flow *f, struct ssh_record *r)
{
    const struct tl_ssh_login *login = &f->login;
    bool told = !login->blind && login->attempts > 0;
    r->auth_attempts = told ? login->attempts : 0;
    r->auth_success = login->success;
    tl_record_set(&r->r, R_ATTEMPTS);
    if (told)
        tl_record_set(&r->r, R_SUCCESS);
}

static void load(const struct tl_dissection *d, const struct tl_ssh_flow *f, struct ssh_record *r,
                 char fingerprint[SSH_FINGERPRINT_LEN])
{
    const struct tl_bytes none = { NULL, 0 };
    *r = (struct ssh_record){ .r.ts = f->ts, .version = version_of(f) };
    if (r->version != 0)
        tl_record_set(&r->r, R_VERSION);
    load_login(f, r);
    load_direction(d, r);
    set_text(r, R_CLIENT, &r->client, f->side[0].banner != 0 ? tl_kept(d, f->side[0].banner) : none);
    set_text(r, R_SERVER, &r->server, f->side[1].banner != 0 ? tl_kept(d, f->side[1].banner) : none);
    if (f->chosen != 0) {
        set_text(r, R_CIPHER, &r->cipher_alg, both(d, f, SSH_LIST_CIPHER_CS));
        set_text(r, R_MAC, &r->mac_alg, both(d, f, SSH_LIST_MAC_CS));
        set_text(r, R_COMPRESSION, &r->compression_alg, both(d, f, SSH_LIST_COMP_CS));
        set_text(r, R_KEX, &r->kex_alg, one(d, f, SSH_LIST_KEX));
        set_text(r, R_HOST_KEY, &r->host_key_alg, one(d, f, SSH_LIST_HOST_KEY));
    }
    if (f->has_fingerprint) {
        tl_ssh_fingerprint_text(f->fingerprint, fingerprint);
        set_text(r, R_FINGERPRINT, &r->fingerprint, tl_bytes_of(fingerprint, SSH_FINGERPRINT_LEN));
    }
    if (f->side[0].has_hassh)
        set_text(r, R_HASSH, &r->hassh, hex_of(d, f->side[0].hassh));
    if (f->side[1].has_hassh)
        set_text(r, R_HASSH_SERVER, &r->hassh_server, hex_of(d, f->side[1].hassh));
}

void tl_ssh_write(struct tl_dissection *d, struct tl_ssh_flow *f)
{
    const size_t used = d->scratch->used;
    char fingerprint[SSH_FINGERPRINT_LEN];
    struct ssh_record r;
    if (f->written)
        return;
    f->written = true;
    if (f->side[0].banner != 0 || f->side[1].banner != 0) {
        load(d, f, &r, fingerprint);
        tl_emit(d, &tl_ssh_record_def, &r.r);
    }
    d->scratch->used = used;
    for (unsigned i = 0; i < 2; i++) {
        uint32_t *const kept[] = { &f->side[i].banner, &f->side[i].lists };
        for (unsigned k = 0; k < TL_COUNT(kept); k++) {
            if (*kept[k] != 0)
                tl_forget(d, *kept[k]);
            *kept[k] = 0;
        }
    }
}

/* --- the login --- */

enum {
    SUCCESS_LESS = 16,   /* bytes: a success is that much shorter than the acceptance of the service */
    BANNER_MORE = 256,   /* bytes: what is longer by more is a text before the login */
};

/*
 * The messages are encrypted, but their sizes differ: the service is accepted, then there is a failure for each wrong
 * attempt, and a success. The first failure answers the question which methods there are, and is no attempt.
 */
void tl_ssh_server_segment(struct tl_dissection *d, struct tl_ssh_flow *f, uint32_t n)
{
    struct tl_ssh_login *login = &f->login;
    if (login->decided || login->blind || !login->asked)
        return;
    if (login->accept == 0) {
        login->accept = n;
        return;
    }
    login->success = login->accept > SUCCESS_LESS && n == login->accept - SUCCESS_LESS;
    if (login->success) {
        login->attempts++;
        login->decided = true;
        tl_ssh_write(d, f);
    } else if (login->failure == 0 && !login->banner && n > login->accept + BANNER_MORE) {
        login->banner = true;
    } else if (login->failure == 0) {
        login->failure = n;
    } else if (n == login->failure) {
        login->attempts++;
    }
}
