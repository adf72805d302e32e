/*
 * ntlmssp.c - NT LAN Manager Security Support Provider (MS-NLMP section 2.2.1). What a client computes from its password
 * is a secret.
 */
#include "dissectors/gss/gss.h"

#include "dissectors/utf16.h"

enum { IDENTIFIER, TYPE, FLAGS, UNICODE, SIGN, SEAL, KEY_EXCHANGE, EXTENDED, CALLER, CALLER_DOMAIN, CHALLENGE, TARGET, ITEM_TYPE,
       ITEM_LEN, NB_COMPUTER, NB_DOMAIN, DNS_COMPUTER, DNS_DOMAIN, DNS_TREE, MAJOR, MINOR, BUILD, REVISION, LM, NT, DOMAIN_NAME,
       USER, HOST, SESSION_KEY, FIELDS };

static const struct tl_name types[] = {
    { 1, "NTLMSSP_NEGOTIATE" }, { 2, "NTLMSSP_CHALLENGE" }, { 3, "NTLMSSP_AUTH" }, { 0, NULL },
};
static const struct tl_name items[] = {
    { 0, "End" }, { 1, "NetBIOS computer name" }, { 2, "NetBIOS domain name" }, { 3, "DNS computer name" },
    { 4, "DNS domain name" }, { 5, "DNS tree name" }, { 6, "Flags" }, { 7, "Timestamp" }, { 8, "Restrictions" },
    { 9, "Target name" }, { 10, "Channel bindings" }, { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [IDENTIFIER] = { "ntlmssp.identifier", "Identifier", .type = TL_TEXT },
    [TYPE] = { "ntlmssp.messagetype", "Message", .type = TL_U32, .base = TL_HEX, .names = types },
    [FLAGS] = { "ntlmssp.negotiateflags", "Flags", .type = TL_U32, .base = TL_HEX },
    [UNICODE] = { "ntlmssp.negotiateunicode", "Unicode", .type = TL_BOOL, .mask = 1 },
    [SIGN] = { "ntlmssp.negotiatesign", "Sign", .type = TL_BOOL, .mask = 0x10 },
    [SEAL] = { "ntlmssp.negotiateseal", "Seal", .type = TL_BOOL, .mask = 0x20 },
    [KEY_EXCHANGE] = { "ntlmssp.negotiatekeyexch", "Exchange of keys", .type = TL_BOOL, .mask = 0x40000000 },
    [EXTENDED] = { "ntlmssp.negotiatentlm2", "Extended session security", .type = TL_BOOL, .mask = 0x80000 },
    [CALLER] = { "ntlmssp.negotiate.callingworkstation", "Workstation", .type = TL_TEXT },
    [CALLER_DOMAIN] = { "ntlmssp.negotiate.domain", "Domain of the workstation", .type = TL_TEXT },
    [CHALLENGE] = { "ntlmssp.ntlmserverchallenge", "Challenge", .type = TL_BYTES },
    [TARGET] = { "ntlmssp.challenge.target_name", "Target", .type = TL_TEXT },
    [ITEM_TYPE] = { "ntlmssp.challenge.target_info.item.type", "Item", .type = TL_U16, .base = TL_HEX, .names = items,
                    .flags = TL_REPEATS },
    [ITEM_LEN] = { "ntlmssp.challenge.target_info.item.length", "Length", .type = TL_U16, .unit = "bytes",
                   .flags = TL_REPEATS },
    [NB_COMPUTER] = { "ntlmssp.challenge.target_info.nb_computer_name", "NetBIOS computer name", .type = TL_UTF16LE },
    [NB_DOMAIN] = { "ntlmssp.challenge.target_info.nb_domain_name", "NetBIOS domain name", .type = TL_UTF16LE },
    [DNS_COMPUTER] = { "ntlmssp.challenge.target_info.dns_computer_name", "DNS computer name", .type = TL_UTF16LE },
    [DNS_DOMAIN] = { "ntlmssp.challenge.target_info.dns_domain_name", "DNS domain name", .type = TL_UTF16LE },
    [DNS_TREE] = { "ntlmssp.challenge.target_info.dns_tree_name", "DNS tree name", .type = TL_UTF16LE },
    [MAJOR] = { "ntlmssp.version.major", "Major version", .type = TL_U8 },
    [MINOR] = { "ntlmssp.version.minor", "Minor version", .type = TL_U8 },
    [BUILD] = { "ntlmssp.version.build_number", "Build", .type = TL_U16 },
    [REVISION] = { "ntlmssp.version.ntlm_current_revision", "Revision of NTLM", .type = TL_U8 },
    [LM] = { "ntlmssp.auth.lmresponse", "LM response", .type = TL_BYTES, .secret = TL_SECRET_WHOLE },
    [NT] = { "ntlmssp.auth.ntresponse", "NT response", .type = TL_BYTES, .secret = TL_SECRET_WHOLE },
    [DOMAIN_NAME] = { "ntlmssp.auth.domain", "Domain", .type = TL_TEXT },
    [USER] = { "ntlmssp.auth.username", "User", .type = TL_TEXT },
    [HOST] = { "ntlmssp.auth.hostname", "Host", .type = TL_TEXT },
    [SESSION_KEY] = { "ntlmssp.auth.sesskey", "Session key", .type = TL_BYTES, .secret = TL_SECRET_WHOLE },
};

enum { NEGOTIATE = 1, CHALLENGE_MESSAGE, AUTHENTICATE, NAME_MOST = 256, F_UNICODE = 1, F_VERSION = 0x02000000 };

/* --- the record --- */

struct ntlm_record {
    struct tl_record r;
    struct tl_bytes username, hostname, domainname, server_nb, server_dns, server_tree;
    bool success;
};

enum { R_USER, R_HOST, R_DOMAIN, R_NB, R_DNS, R_TREE, R_SUCCESS };

static const struct tl_record_field record_fields[] = {
    TL_FIELD(struct ntlm_record, R_USER, username, "username", TL_REC_TEXT, "User"),
    TL_FIELD(struct ntlm_record, R_HOST, hostname, "hostname", TL_REC_TEXT, "Host of the user"),
    TL_FIELD(struct ntlm_record, R_DOMAIN, domainname, "domainname", TL_REC_TEXT, "Domain of the user"),
    TL_FIELD(struct ntlm_record, R_NB, server_nb, "server_nb_computer_name", TL_REC_TEXT, "NetBIOS name of the server"),
    TL_FIELD(struct ntlm_record, R_DNS, server_dns, "server_dns_computer_name", TL_REC_TEXT, "DNS name of the server"),
    TL_FIELD(struct ntlm_record, R_TREE, server_tree, "server_tree_name", TL_REC_TEXT, "DNS name of the server's forest"),
    TL_FIELD(struct ntlm_record, R_SUCCESS, success, "success", TL_REC_BOOL, "Accepted, if that was seen"),
};

const struct tl_record_def tl_ntlm_record_def =
    TL_RECORD_DEF("ntlm", record_fields, "An authentication with NTLM, in SMB, LDAP, DCE/RPC and others",
                  .summary = { "domainname", "username", "hostname", "success" });

void tl_ntlm_emit(struct tl_dissection *d, const struct tl_gss *x, enum tl_gss_result result)
{
    struct ntlm_record r = { .r.ts = x->ts, .success = result == TL_GSS_ACCEPTED };
    const uint32_t kept[] = { x->user, x->host, x->domain, x->computer, x->dns, x->tree };
    struct tl_bytes *const texts[] = { &r.username, &r.hostname, &r.domainname, &r.server_nb, &r.server_dns, &r.server_tree };
    for (unsigned i = 0; i < TL_COUNT(kept); i++) {
        if (kept[i] == 0)
            continue;
        *texts[i] = tl_kept(d, kept[i]);
        tl_record_set(&r.r, i);
    }
    if (result != TL_GSS_UNKNOWN)
        tl_record_set(&r.r, R_SUCCESS);
    tl_emit(d, &tl_ntlm_record_def, &r.r);
}

/* --- messages --- */

uint32_t tl_gss_keep_utf16(struct tl_dissection *d, uint32_t old, struct tl_bytes text, bool unicode)
{
    uint8_t room[NAME_MOST];
    if (old != 0)
        tl_forget(d, old);
    if (text.len == 0)
        return 0;
    uint32_t n = text.len < NAME_MOST ? text.len : NAME_MOST;
    if (unicode)
        n = tl_utf16le(text, room, sizeof room);
    else
        memcpy(room, text.data, n);
    return n > 0 ? tl_keep(d, room, n) : 0;
}

/* Length, maximum length and offset in the message (2.2.2.10): the bytes that it means, if they are there. */
static struct tl_bytes payload(struct tl_dissection *d, struct tl_bytes message)
{
    const uint8_t *p = tl_cursor_take(&d->c, 8);
    if (p == NULL)
        return (struct tl_bytes){ NULL, 0 };
    uint32_t len = tl_load_le16(p), off = tl_load_le32(p + 4);
    if (off > message.len || len > message.len - off)
        return (struct tl_bytes){ NULL, 0 };
    return tl_bytes_of(message.data + off, len);
}

static void show(struct tl_dissection *d, unsigned field, struct tl_bytes bytes)
{
    if (bytes.len > 0)
        tl_add(d, field, (uint32_t)(bytes.data - d->c.base), bytes.len, 0);
}

static void show_text(struct tl_dissection *d, unsigned field, struct tl_bytes text, bool unicode)
{
    uint8_t room[NAME_MOST];
    if (text.len == 0 || !tl_wants(d, field))
        return;
    if (!unicode)
        show(d, field, text);
    else
        tl_add_text(d, field, (uint32_t)(text.data - d->c.base), text.len, room, tl_utf16le(text, room, sizeof room));
}

static uint32_t flags(struct tl_dissection *d)
{
    uint32_t f = tl_le32(d, FLAGS);
    if (tl_ok(d))
        tl_add_all_bits(d, UNICODE, EXTENDED, d->c.off - 4, 4, f);
    return f;
}

static void version(struct tl_dissection *d, uint32_t f)
{
    if ((f & F_VERSION) == 0 || tl_cursor_left(&d->c) < 8)
        return;
    tl_u8(d, MAJOR);
    tl_u8(d, MINOR);
    tl_le16(d, BUILD);
    tl_skip(d, 3);
    tl_u8(d, REVISION);
}

static void negotiate(struct tl_dissection *d, struct tl_bytes message)
{
    uint32_t f = flags(d);
    if (tl_cursor_left(&d->c) < 16)
        return;
    struct tl_bytes domain = payload(d, message), host = payload(d, message);
    show_text(d, CALLER_DOMAIN, domain, false);
    show_text(d, CALLER, host, false);
    version(d, f);
}

/* Section 2.2.2.1. */
static void target_info(struct tl_dissection *d, struct tl_gss *x, struct tl_bytes info)
{
    for (uint32_t at = 0; at + 4 <= info.len;) {
        const uint8_t *p = info.data + at;
        uint16_t type = tl_load_le16(p), len = tl_load_le16(p + 2);
        uint32_t off = (uint32_t)(p - d->c.base);
        if (len > info.len - at - 4)
            break;
        struct tl_bytes text = tl_bytes_of(p + 4, len);
        tl_add(d, ITEM_TYPE, off, 2, type);
        tl_add(d, ITEM_LEN, off + 2, 2, len);
        if (type >= 1 && type <= 5)
            show(d, NB_COMPUTER + type - 1, text);
        if (type == 1)
            x->computer = tl_gss_keep_utf16(d, x->computer, text, true);
        else if (type == 3)
            x->dns = tl_gss_keep_utf16(d, x->dns, text, true);
        else if (type == 5)
            x->tree = tl_gss_keep_utf16(d, x->tree, text, true);
        at += 4u + len;
        if (type == 0)
            break;
    }
}

static void challenge(struct tl_dissection *d, struct tl_gss *x, struct tl_bytes message)
{
    struct tl_bytes target = payload(d, message);
    uint32_t f = flags(d);
    show_text(d, TARGET, target, (f & F_UNICODE) != 0);
    tl_run(d, CHALLENGE, 8);
    if (tl_cursor_left(&d->c) < 16)
        return;
    tl_skip(d, 8);
    struct tl_bytes info = payload(d, message);
    target_info(d, x, info);
    version(d, f);
}

static void authenticate(struct tl_dissection *d, struct tl_gss *x, struct tl_bytes message)
{
    struct tl_bytes lm = payload(d, message), nt = payload(d, message), domain = payload(d, message);
    struct tl_bytes user = payload(d, message), host = payload(d, message);
    tl_hide(d, lm);
    tl_hide(d, nt);
    show(d, LM, lm);
    show(d, NT, nt);
    bool unicode = true;
    if (tl_cursor_left(&d->c) >= 12) {
        struct tl_bytes key = payload(d, message);
        tl_hide(d, key);
        show(d, SESSION_KEY, key);
        uint32_t f = flags(d);
        unicode = (f & F_UNICODE) != 0;
        version(d, f);
    }
    if (!tl_ok(d))
        return;
    show_text(d, DOMAIN_NAME, domain, unicode);
    show_text(d, USER, user, unicode);
    show_text(d, HOST, host, unicode);
    x->user = tl_gss_keep_utf16(d, x->user, user, unicode);
    x->domain = tl_gss_keep_utf16(d, x->domain, domain, unicode);
    x->host = tl_gss_keep_utf16(d, x->host, host, unicode);
    x->waits = true;
    x->ts = d->frame->ts;
}

void tl_ntlmssp_token(struct tl_dissection *outer, struct tl_gss *x, struct tl_bytes token)
{
    struct tl_dissection d;
    tl_gss_inner_begin(outer, &d, &tl_protocol_ntlmssp, token);
    if (x->waits && tl_load_le32(token.data + 8) == NEGOTIATE)
        tl_gss_end(&d, x, TL_GSS_UNKNOWN);
    x->mechanism = TL_GSS_NTLM;
    tl_add(&d, IDENTIFIER, d.c.off, 7, 0);
    tl_skip(&d, 8);
    uint32_t type = tl_le32(&d, TYPE);
    if (type == NEGOTIATE)
        negotiate(&d, token);
    else if (type == CHALLENGE_MESSAGE)
        challenge(&d, x, token);
    else if (type == AUTHENTICATE)
        authenticate(&d, x, token);
    tl_gss_inner_end(outer, &d);
}

const struct tl_protocol tl_protocol_ntlmssp = {
    .name = "ntlmssp",
    .title = "NTLM Security Support Provider",
    .kind = TL_KIND_APPLICATION,
    .has_secrets = true,
    TL_TABLE(fields),
    .records = { &tl_ntlm_record_def },
    .info = "{messagetype}[, user {auth.domain}\\\\{auth.username}][, host {auth.hostname}]",
};
