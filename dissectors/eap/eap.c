/*
 * eap.c - Extensible Authentication Protocol (RFC 3748): code 1 | identifier 1 | length 2 | type 1 | data. Methods:
 * MD5, GTC (RFC
 * 3748), TLS (RFC 5216), TTLS (RFC 5281), PEAP, FAST (RFC 4851), LEAP, MSCHAPv2, SIM (RFC 4186), AKA (RFC 4187), PSK
 * (RFC 4764).
 *
 * Responses to a challenge, and what a user typed, are secrets.
 */
#include "dissectors/eap/eap.h"

#include "core/part.h"
#include "dissectors/header.h"

enum {
    CODE, ID, LENGTH, TYPE, EXPANDED_VENDOR, EXPANDED_TYPE, IDENTITY, NOTIFICATION, DESIRED, MD5_SIZE, MD5_VALUE,
    MD5_EXTRA, GTC_PROMPT, GTC_RESPONSE, TLS_FLAGS, TLS_LENGTH_INCLUDED, TLS_MORE, TLS_START, TLS_VERSION, TLS_LENGTH,
    TLS_DATA,
    SIM_SUBTYPE, SIM_RESERVED, SIM_TYPE, SIM_LENGTH, SIM_VALUE, IDENTITY_LENGTH, AKA_SUBTYPE, AKA_RESERVED,
    LEAP_VERSION, LEAP_RESERVED, LEAP_COUNT, LEAP_CHALLENGE,
    LEAP_RESPONSE,
    LEAP_NAME, CHAP_OPCODE, CHAP_ID, CHAP_LENGTH, CHAP_SIZE, CHAP_CHALLENGE, CHAP_NAME, CHAP_PEER_CHALLENGE,
    CHAP_RESERVED,
    CHAP_RESPONSE, CHAP_FLAGS, CHAP_MESSAGE, CHAP_FAILURE, PSK_FLAGS, DATA, FIELDS
};

enum code { REQUEST = 1, RESPONSE, SUCCESS, FAILURE, INITIATE, FINISH };
static const struct tl_name codes[] = {
    { REQUEST, "Request" }, { RESPONSE, "Response" }, { SUCCESS, "Success" }, { FAILURE, "Failure" }, { INITIATE,
    "Initiate" },
    { FINISH, "Finish" }, { 0, NULL },
};

enum method { M_IDENTITY = 1, M_NOTIFICATION = 2, M_NAK = 3, M_MD5 = 4, M_GTC = 6, M_TLS = 13, M_LEAP = 17, M_SIM = 18,
M_TTLS = 21,
              M_AKA = 23, M_PEAP = 25, M_MSCHAPV2 = 26, M_FAST = 43, M_PSK = 47, M_AKA_PRIME = 50, M_TEAP = 55,
              M_EXPANDED = 254 };
/* IANA registry "EAP Method Types". */
static const struct tl_name methods[] = {
    { 1, "Identity" }, { 2, "Notification" }, { 3, "Nak" }, { 4, "MD5-Challenge" }, { 5, "One-Time Password" },
    { 6, "Generic Token Card" }, { 9, "RSA Public Key" }, { 10, "DSS Unilateral" }, { 11, "KEA" }, { 12,
    "KEA-Validate" },
    { 13, "EAP-TLS" }, { 15, "RSA SecurID" }, { 17, "EAP-LEAP" }, { 18, "EAP-SIM" }, { 19, "SRP-SHA1" }, { 21,
    "EAP-TTLS" },
    { 23, "EAP-AKA" }, { 25, "PEAP" }, { 26, "EAP-MSCHAPv2" }, { 29, "EAP-MSCHAPv2" }, { 33, "EAP-TLV" }, { 38,
    "EAP-HTTP Digest" },
    { 43, "EAP-FAST" }, { 46, "EAP-PAX" }, { 47, "EAP-PSK" }, { 48, "EAP-SAKE" }, { 49, "EAP-IKEv2" }, { 50,
    "EAP-AKA'" },
    { 51, "EAP-GPSK" }, { 52, "EAP-pwd" }, { 53, "EAP-EKE" }, { 55, "TEAP" }, { 56, "EAP-NOOB" }, { 254, "Expanded" },
    { 255, "Experimental" }, { 0, NULL },
};
static const struct tl_name chap_opcodes[] = {
    { 1, "Challenge" }, { 2, "Response" }, { 3, "Success" }, { 4, "Failure" }, { 7, "Change password" }, { 0, NULL },
};
static const struct tl_name sim_subtypes[] = {
    { 1, "AKA-Challenge" }, { 2, "AKA-Authentication-Reject" }, { 4, "AKA-Synchronization-Failure" }, { 5,
    "AKA-Identity" },
    { 10, "Start" }, { 11, "Challenge" }, { 12, "Notification" }, { 13, "Re-authentication" }, { 14, "Client error" },
    { 0, NULL },
};

static const struct tl_field fields[FIELDS] = {
    [CODE] = { "eap.code", "Code", .type = TL_U8, .names = codes },
    [ID] = { "eap.id", "Id", .type = TL_U8 },
    [LENGTH] = { "eap.len", "Length", .type = TL_U16, .unit = "bytes" },
    [TYPE] = { "eap.type", "Type", .type = TL_U8, .names = methods },
    [EXPANDED_VENDOR] = { "eap.ext.vendor_id", "Vendor", .type = TL_U24, .base = TL_HEX },
    [EXPANDED_TYPE] = { "eap.ext.vendor_type", "Vendor's type", .type = TL_U32 },
    [IDENTITY] = { "eap.identity", "Identity", .type = TL_TEXT },
    [NOTIFICATION] = { "eap.notification", "Notification", .type = TL_TEXT },
    [DESIRED] = { "eap.desired_type", "Desired type", .type = TL_U8, .flags = TL_REPEATS, .names = methods },
    [MD5_SIZE] = { "eap.md5.value_size", "Value size", .type = TL_U8, .unit = "bytes" },
    [MD5_VALUE] = { "eap.md5.value", "Value", .type = TL_BYTES,
                    .help = "A challenge, or the response to it, which is secret" },
    [MD5_EXTRA] = { "eap.md5.extra_data", "Name", .type = TL_BYTES },
    [GTC_PROMPT] = { "eap.gtc.prompt", "Prompt", .type = TL_TEXT },
    [GTC_RESPONSE] = { "eap.gtc.response", "Response", .type = TL_TEXT, .secret = TL_SECRET_WHOLE },
    [TLS_FLAGS] = { "eap.tls.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [TLS_LENGTH_INCLUDED] = { "eap.tls.flags.len_included", "Length included", .type = TL_BOOL, .mask = 0x80 },
    [TLS_MORE] = { "eap.tls.flags.more_fragments", "More fragments", .type = TL_BOOL, .mask = 0x40 },
    [TLS_START] = { "eap.tls.flags.start", "Start", .type = TL_BOOL, .mask = 0x20 },
    [TLS_VERSION] = { "eap.tls.flags.version", "Version", .type = TL_U8, .mask = 0x07 },
    [TLS_LENGTH] = { "eap.tls.len", "Length of all fragments", .type = TL_U32, .unit = "bytes" },
    [TLS_DATA] = { "eap.tls.data", "TLS data", .type = TL_BYTES },
    [SIM_SUBTYPE] = { "eap.sim.subtype", "Subtype", .type = TL_U8, .names = sim_subtypes },
    [SIM_RESERVED] = { "eap.sim.reserved", "Reserved", .type = TL_U16, .base = TL_HEX },
    [AKA_SUBTYPE] = { "eap.aka.subtype", "Subtype", .type = TL_U8, .names = sim_subtypes },
    [AKA_RESERVED] = { "eap.aka.reserved", "Reserved", .type = TL_U16, .base = TL_HEX },
    [SIM_TYPE] = { "eap.sim.subtype.type", "Attribute", .type = TL_U8, .flags = TL_REPEATS },
    [SIM_LENGTH] = { "eap.sim.subtype.len", "Length", .type = TL_U8, .flags = TL_REPEATS, .unit = "words" },
    [SIM_VALUE] = { "eap.sim.subtype.value", "Value", .type = TL_BYTES, .flags = TL_REPEATS },
    [IDENTITY_LENGTH] = { "eap.identity.actual_len", "Identity length", .type = TL_U16, .unit = "bytes" },
    [LEAP_VERSION] = { "eap.leap.version", "Version", .type = TL_U8 },
    [LEAP_RESERVED] = { "eap.leap.reserved", "Reserved", .type = TL_U8, .base = TL_HEX },
    [LEAP_COUNT] = { "eap.leap.count", "Count", .type = TL_U8, .unit = "bytes" },
    [LEAP_CHALLENGE] = { "eap.leap.peer_challenge", "Challenge", .type = TL_BYTES },
    [LEAP_RESPONSE] = { "eap.leap.peer_response", "Response", .type = TL_BYTES, .secret = TL_SECRET_WHOLE },
    [LEAP_NAME] = { "eap.leap.name", "Name", .type = TL_TEXT },
    [CHAP_OPCODE] = { "eap.ms_chap_v2.opcode", "Operation", .type = TL_U8, .names = chap_opcodes },
    [CHAP_ID] = { "eap.ms_chap_v2.id", "Id", .type = TL_U8 },
    [CHAP_LENGTH] = { "eap.ms_chap_v2.length", "Length", .type = TL_U16, .unit = "bytes" },
    [CHAP_SIZE] = { "eap.ms_chap_v2.value_size", "Value size", .type = TL_U8, .unit = "bytes" },
    [CHAP_CHALLENGE] = { "eap.ms_chap_v2.challenge", "Challenge", .type = TL_BYTES },
    [CHAP_NAME] = { "eap.ms_chap_v2.name", "Name", .type = TL_TEXT },
    [CHAP_PEER_CHALLENGE] = { "eap.ms_chap_v2.peer_challenge", "Peer challenge", .type = TL_BYTES },
    [CHAP_RESERVED] = { "eap.ms_chap_v2.reserved", "Reserved", .type = TL_BYTES },
    [CHAP_RESPONSE] = { "eap.ms_chap_v2.nt_response", "NT response", .type = TL_BYTES, .secret = TL_SECRET_WHOLE },
    [CHAP_FLAGS] = { "eap.ms_chap_v2.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [CHAP_MESSAGE] = { "eap.ms_chap_v2.message", "Message", .type = TL_TEXT, .secret = TL_SECRET_WHOLE },
    [CHAP_FAILURE] = { "eap.ms_chap_v2.failure_request", "Failure", .type = TL_TEXT },
    [PSK_FLAGS] = { "eap.psk.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [DATA] = { "eap.data", "Data", .type = TL_BYTES },
};

enum { CHALLENGE_SIZE = 16, RESERVED_SIZE = 8, RESPONSE_SIZE = 24 };

static void rest(struct tl_dissection *d, unsigned field)
{
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_run(d, field, tl_cursor_wire_left(&d->c));
}

/* What was captured of n secret bytes is hidden, also if it is cut. */
static void hide(struct tl_dissection *d, uint32_t n)
{
    uint32_t left = tl_cursor_left(&d->c);
    tl_hide(d, tl_bytes_of(d->c.base + d->c.off, n < left ? n : left));
}

/* RFC 3748 5.4. */
static void md5(struct tl_dissection *d, bool response)
{
    uint8_t size = tl_u8(d, MD5_SIZE);
    if (!tl_ok(d))
        return;
    if (response) {
        hide(d, size);
        if (size > 0 && tl_cursor_left(&d->c) >= size)
            tl_add_secret(d, MD5_VALUE, d->c.off, size, TL_SECRET_WHOLE);
        tl_skip(d, size);
    } else if (size > 0) {
        tl_run(d, MD5_VALUE, size);
    }
    rest(d, MD5_EXTRA);
}

/* RFC 5216 3.1 and the methods that have its form. */
static void tls(struct tl_dissection *d)
{
    enum { HAS_LENGTH = 0x80 };
    uint8_t flags = tl_u8(d, TLS_FLAGS);
    if (tl_ok(d))
        tl_add_all_bits(d, TLS_LENGTH_INCLUDED, TLS_VERSION, d->c.off - 1, 1, flags);
    if ((flags & HAS_LENGTH) != 0)
        tl_u32(d, TLS_LENGTH);
    rest(d, TLS_DATA);
}

static void leap(struct tl_dissection *d, bool response)
{
    tl_u8(d, LEAP_VERSION);
    tl_u8(d, LEAP_RESERVED);
    uint8_t count = tl_u8(d, LEAP_COUNT);
    if (!tl_ok(d))
        return;
    if (response)
        hide(d, count);
    if (count > 0)
        tl_run(d, response ? LEAP_RESPONSE : LEAP_CHALLENGE, count);
    rest(d, LEAP_NAME);
}

static void mschapv2_response(struct tl_dissection *d)
{
    tl_u8(d, CHAP_SIZE);
    tl_run(d, CHAP_PEER_CHALLENGE, CHALLENGE_SIZE);
    tl_run(d, CHAP_RESERVED, RESERVED_SIZE);
    hide(d, RESPONSE_SIZE);
    tl_run(d, CHAP_RESPONSE, RESPONSE_SIZE);
    tl_u8(d, CHAP_FLAGS);
    rest(d, CHAP_NAME);
}

/* draft-kamath-pppext-eap-mschapv2. Answers to success and failure have the operation alone. */
static void mschapv2(struct tl_dissection *d)
{
    enum { CHALLENGE = 1, ANSWER = 2, GOOD = 3, BAD = 4 };
    uint8_t opcode = tl_u8(d, CHAP_OPCODE);
    if (!tl_ok(d) || tl_cursor_wire_left(&d->c) == 0)
        return;
    tl_u8(d, CHAP_ID);
    tl_u16(d, CHAP_LENGTH);
    if (opcode == CHALLENGE) {
        uint8_t size = tl_u8(d, CHAP_SIZE);
        if (size > 0)
            tl_run(d, CHAP_CHALLENGE, size);
        rest(d, CHAP_NAME);
    } else if (opcode == ANSWER) {
        mschapv2_response(d);
    } else if (opcode == GOOD) { /* proves that the server knows the password */
        hide(d, tl_cursor_left(&d->c));
        rest(d, CHAP_MESSAGE);
    } else if (opcode == BAD) {
        rest(d, CHAP_FAILURE);
    } else {
        rest(d, DATA);
    }
}

/* RFC 4186 8.1: attributes, each a type, a length in words, a value. The one for identities has its own length. */
static void sim_attributes(struct tl_dissection *d)
{
    enum { AT_IDENTITY = 14, WORD = 4 };
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= WORD) {
        uint8_t type = tl_u8(d, SIM_TYPE);
        uint32_t words = tl_u8(d, SIM_LENGTH);
        if (tl_ok(d) && words == 0)
            tl_bad(d);
        if (!tl_ok(d))
            return;
        struct tl_part part = tl_part_enter(d, words * WORD - 2);
        if (type == AT_IDENTITY) {
            uint32_t len = tl_u16(d, IDENTITY_LENGTH);
            if (tl_ok(d) && len > 0)
                tl_run(d, IDENTITY, len);
        } else {
            rest(d, SIM_VALUE);
        }
        tl_part_leave(d, part);
    }
}

static void method(struct tl_dissection *d, uint8_t type, bool response)
{
    switch (type) {
    case M_IDENTITY:
        rest(d, IDENTITY);
        break;
    case M_NOTIFICATION:
        rest(d, NOTIFICATION);
        break;
    case M_NAK:
        while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
            tl_u8(d, DESIRED);
        break;
    case M_MD5:
        md5(d, response);
        break;
    case M_GTC:
    case M_GTC - 1: /* one-time password */
        if (response)
            hide(d, tl_cursor_left(&d->c));
        rest(d, response ? GTC_RESPONSE : GTC_PROMPT);
        break;
    case M_TLS:
    case M_TTLS:
    case M_PEAP:
    case M_FAST:
    case M_TEAP:
        tls(d);
        break;
    case M_LEAP:
        leap(d, response);
        break;
    case M_SIM:
        tl_u8(d, SIM_SUBTYPE);
        tl_u16(d, SIM_RESERVED);
        sim_attributes(d);
        break;
    case M_AKA:
    case M_AKA_PRIME:
        tl_u8(d, AKA_SUBTYPE);
        tl_u16(d, AKA_RESERVED);
        sim_attributes(d);
        break;
    case M_MSCHAPV2:
        mschapv2(d);
        break;
    case M_PSK:
        tl_u8(d, PSK_FLAGS);
        rest(d, DATA);
        break;
    case M_EXPANDED: /* RFC 3748 5.7 */
        tl_u24(d, EXPANDED_VENDOR);
        tl_u32(d, EXPANDED_TYPE);
        rest(d, DATA);
        break;
    default:
        rest(d, DATA);
        break;
    }
}

static enum tl_status eap_dissect(struct tl_dissection *d)
{
    uint8_t code = tl_u8(d, CODE);
    tl_u8(d, ID);
    tl_limit(d, tl_u16(d, LENGTH), 4);
    if (tl_ok(d) && (code == REQUEST || code == RESPONSE) && tl_cursor_wire_left(&d->c) > 0)
        method(d, tl_u8(d, TYPE), code == RESPONSE);
    else
        rest(d, DATA);
    return tl_next_none(d);
}

extern const struct tl_protocol tl_protocol_eap;

void tl_eap_show(struct tl_dissection *d, uint32_t off, uint32_t len)
{
    struct tl_dissection inner;
    if (d->tree == NULL || d->wanted == NULL)
        return;
    tl_inner_begin(d, &inner, &tl_protocol_eap, true);
    inner.start = off;
    inner.c = (struct tl_cursor){ d->c.base, off, off + len, off + len, TL_OK };
    (void)eap_dissect(&inner);
    if (!tl_ok(&inner) && inner.layer != TL_NO_NODE) {
        d->tree->nodes[inner.layer].flags |= TL_NODE_BAD;
        d->tree->nodes[inner.layer].value = inner.c.off;
    }
    tl_inner_end(d, &inner);
}

const struct tl_protocol tl_protocol_eap = {
    .name = "eap",
    .title = "Extensible Authentication Protocol",
    .kind = TL_KIND_LAYER,
    .has_secrets = true,
    .info = "{code}[, {type}][ of {md5.value_size} bytes][ {identity}][, wanted {desired_type,}][ {ms_chap_v2.opcode}]",
    .dissect = eap_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_PPP, 0xc227 } },
};
