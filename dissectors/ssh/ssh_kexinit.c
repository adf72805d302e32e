/* ssh_kexinit.c - SSH_MSG_KEXINIT (RFC 4253 section 7.1): the lists, what both sides agree on, HASSH. */
#include "core/crypto.h"
#include "dissectors/ssh/ssh.h"

enum { COOKIE = 16 };

/* --- names in lists --- */

/* Takes the next name off a list. Returns false at its end. */
static bool next_name(struct tl_bytes *list, struct tl_bytes *name)
{
    if (list->len == 0)
        return false;
    const uint8_t *comma = memchr(list->data, ',', list->len);
    uint32_t n = comma != NULL ? (uint32_t)(comma - list->data) : list->len, taken = comma != NULL ? n + 1 : n;
    *name = (struct tl_bytes){ list->data, n };
    list->data += taken;
    list->len -= taken;
    return true;
}

static bool has_name(struct tl_bytes list, struct tl_bytes wanted)
{
    struct tl_bytes name;
    while (next_name(&list, &name)) {
        if (name.len == wanted.len && memcmp(name.data, wanted.data, name.len) == 0)
            return true;
    }
    return false;
}

static bool has(struct tl_bytes list, const char *wanted)
{
    return has_name(list, tl_bytes_of(wanted, strlen(wanted)));
}

/* The first of the client's names that the server has, too; empty: none. A list of n names costs n times its length. */
static struct tl_bytes agree(struct tl_bytes client, struct tl_bytes server)
{
    struct tl_bytes name;
    while (next_name(&client, &name)) {
        if (name.len > 0 && has_name(server, name))
            return name;
    }
    return (struct tl_bytes){ (const uint8_t *)"", 0 };
}

/* --- HASSH --- */

static const uint8_t hassh_lists[2][4] = {
    { SSH_LIST_KEX, SSH_LIST_CIPHER_CS, SSH_LIST_MAC_CS, SSH_LIST_COMP_CS },
    { SSH_LIST_KEX, SSH_LIST_CIPHER_SC, SSH_LIST_MAC_SC, SSH_LIST_COMP_SC },
};

static void hash_lists(const struct tl_dissection *d, const struct tl_ssh_lists *lists, unsigned role,
                       uint8_t digest[16])
{
    uint64_t state[TL_HASH_STATE / sizeof(uint64_t)];
    d->crypto->hash_begin(TL_HASH_MD5, state);
    for (unsigned i = 0; i < 4; i++) {
        if (i > 0)
            d->crypto->hash_add(TL_HASH_MD5, state, tl_bytes_of(";", 1));
        d->crypto->hash_add(TL_HASH_MD5, state, lists->list[hassh_lists[role][i]]);
    }
    d->crypto->hash_end(TL_HASH_MD5, state, digest);
}

static void show_hassh(struct tl_dissection *d, const struct tl_ssh_lists *lists, unsigned role,
                       const uint8_t digest[16])
{
    static const char digits[] = "0123456789abcdef";
    const size_t used = d->scratch->used;
    char hex[32];
    uint32_t len = 3, at = 0;
    for (unsigned i = 0; i < 4; i++)
        len += lists->list[hassh_lists[role][i]].len;
    uint8_t *text = tl_arena_alloc_spare(d->scratch, len);
    for (unsigned i = 0; text != NULL && i < 4; i++) {
        struct tl_bytes list = lists->list[hassh_lists[role][i]];
        if (i > 0)
            text[at++] = ';';
        if (list.len > 0)
            memcpy(text + at, list.data, list.len);
        at += list.len;
    }
    if (text != NULL)
        tl_add_text(d, role == 0 ? SSH_HASSH_ALGORITHMS : SSH_HASSHSERVER_ALGORITHMS, d->c.off, 0, text, at);
    d->scratch->used = used;
    for (unsigned i = 0; i < sizeof hex; i++)
        hex[i] = digits[digest[i / 2] >> (i % 2 == 0 ? 4 : 0) & 0xf];
    tl_add_text(d, role == 0 ? SSH_HASSH : SSH_HASSHSERVER, d->c.off, 0, hex, sizeof hex);
}

/* --- what both sides agree on --- */

static bool is_aead(struct tl_bytes cipher)
{
    return tl_ssh_is(cipher, "chacha20-poly1305@openssh.com") || tl_ssh_begins(cipher, "aes128-gcm") ||
           tl_ssh_begins(cipher, "aes256-gcm") || tl_ssh_begins(cipher, "AEAD_AES_");
}

static unsigned method_of(struct tl_bytes kex)
{
    static const struct {
        const char *begins;
        unsigned method;
    } methods[] = {
        { "diffie-hellman-group-exchange-", SSH_METHOD_GROUP }, { "diffie-hellman-group", SSH_METHOD_DH },
        { "ecdh-sha2-", SSH_METHOD_ECDH },                      { "curve25519-sha256", SSH_METHOD_ECDH },
        { "curve448-sha512", SSH_METHOD_ECDH },                 { "sntrup", SSH_METHOD_HYBRID },
        { "mlkem", SSH_METHOD_HYBRID },                         { "rsa", SSH_METHOD_RSA },
        { "gss-", SSH_METHOD_GSS },
    };
    for (unsigned i = 0; i < TL_COUNT(methods); i++) {
        if (tl_ssh_begins(kex, methods[i].begins))
            return methods[i].method;
    }
    return SSH_METHOD_UNKNOWN;
}

struct tl_bytes tl_ssh_chosen(const struct tl_dissection *d, const struct tl_ssh_flow *f, enum tl_ssh_list list)
{
    struct tl_bytes all = f->chosen != 0 ? tl_kept(d, f->chosen) : (struct tl_bytes){ (const uint8_t *)"", 0 };
    uint32_t at = 0;
    for (unsigned i = 0; i < (unsigned)list && at < all.len; i++)
        at += 1u + all.data[at];
    return at < all.len ? tl_bytes_of(all.data + at + 1, all.data[at]) : (struct tl_bytes){ (const uint8_t *)"", 0 };
}

static void keep_chosen(struct tl_dissection *d, struct tl_ssh_flow *f, const struct tl_bytes *chosen)
{
    uint8_t text[SSH_NEGOTIATED * (1 + SSH_NAME_MOST)];
    uint32_t n = 0;
    for (unsigned i = 0; i < SSH_NEGOTIATED; i++) {
        uint32_t len = chosen[i].len < SSH_NAME_MOST ? chosen[i].len : SSH_NAME_MOST;
        text[n++] = (uint8_t)len;
        if (len > 0)
            memcpy(text + n, chosen[i].data, len);
        n += len;
    }
    f->chosen = tl_keep(d, text, n);
}

static void show_chosen(struct tl_dissection *d, const struct tl_bytes *chosen, bool strict)
{
    uint32_t group = tl_group(d, SSH_CHOSEN);
    for (unsigned i = 0; i < SSH_NEGOTIATED; i++) {
        bool cipher_has_mac = (i == SSH_LIST_MAC_CS && is_aead(chosen[SSH_LIST_CIPHER_CS])) ||
                              (i == SSH_LIST_MAC_SC && is_aead(chosen[SSH_LIST_CIPHER_SC]));
        if (chosen[i].len > 0 && !cipher_has_mac)
            tl_add_text(d, SSH_CHOSEN_KEX + i, d->c.off, 0, chosen[i].data, chosen[i].len);
    }
    tl_add(d, SSH_STRICT, d->c.off, 0, strict);
    tl_group_end(d, group);
}

/* Finds the lists in a message's bytes behind its cookie, which were found whole before. */
static void find_lists(struct tl_bytes bytes, struct tl_ssh_lists *lists)
{
    uint32_t at = 0;
    for (unsigned i = 0; i < SSH_LISTS; i++) {
        uint32_t n = tl_load_be32(bytes.data + at);
        lists->list[i] = tl_bytes_of(bytes.data + at + 4, n);
        at += 4 + n;
    }
}

/* Both sides' lists are there: mine in place, the other's kept. */
static void negotiate(struct tl_dissection *d, struct tl_ssh_flow *f, unsigned role, const struct tl_ssh_lists *mine)
{
    struct tl_ssh_lists other;
    struct tl_bytes chosen[SSH_NEGOTIATED];
    find_lists(tl_kept(d, f->side[role ^ 1].lists), &other);
    for (unsigned i = 0; i < SSH_NEGOTIATED; i++)
        chosen[i] = agree((role == 0 ? mine : &other)->list[i], (role == 0 ? &other : mine)->list[i]);
    f->method = (uint16_t)method_of(chosen[SSH_LIST_KEX]);
    for (unsigned i = SSH_LIST_COMP_CS; i <= SSH_LIST_COMP_SC; i++)
        f->login.blind |= chosen[i].len > 0 && !tl_ssh_is(chosen[i], "none");
    keep_chosen(d, f, chosen);
    if (d->wanted != NULL)
        show_chosen(d, chosen, f->side[0].strict && f->side[1].strict);
    tl_forget(d, f->side[role ^ 1].lists);
    f->side[role ^ 1].lists = 0;
}

/* --- the message --- */

void tl_ssh_kexinit(struct tl_dissection *d, struct tl_ssh_flow *f, unsigned role)
{
    struct tl_ssh_side *side = &f->side[role];
    struct tl_ssh_lists lists;
    (void)tl_run(d, SSH_COOKIE, COOKIE);
    uint32_t begin = d->c.off;
    for (unsigned i = 0; i < SSH_LISTS; i++)
        lists.list[i] = tl_ssh_string(d, SSH_KEX_LEN + 2 * i, SSH_KEX + 2 * i);
    if (!tl_ok(d))
        return;
    struct tl_bytes all = { d->c.base + begin, d->c.off - begin };
    tl_u8(d, SSH_FIRST_FOLLOWS);
    (void)tl_run(d, SSH_RESERVED, 4);
    if (d->crypto != NULL && (d->wanted != NULL || !side->has_hassh)) {
        uint8_t digest[16];
        hash_lists(d, &lists, role, digest);
        if (!side->has_hassh)
            memcpy(side->hassh, digest, sizeof digest);
        side->has_hassh = true;
        if (d->wanted != NULL)
            show_hassh(d, &lists, role, digest);
    }
    if (side->has_lists)
        return;
    side->has_lists = true;
    side->strict = has(lists.list[SSH_LIST_KEX],
                       role == 0 ? "kex-strict-c-v00@openssh.com" : "kex-strict-s-v00@openssh.com");
    if (f->side[role ^ 1].lists != 0)
        negotiate(d, f, role, &lists);
    else if (!f->side[role ^ 1].has_lists && all.len <= SSH_LISTS_MOST)
        side->lists = tl_keep(d, all.data, all.len);
}
