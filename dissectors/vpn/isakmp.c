/*
 * isakmp.c - Internet Key Exchange, version 1 (RFC 2408, RFC 2409) and version 2 (RFC 7296 section 3): the header and
 * the payloads that are not encrypted.
 */
#include "core/part.h"
#include "dissectors/header.h"

static const struct tl_name payloads[] = {
    { 0, "None" }, { 1, "Security association" }, { 2, "Proposal" }, { 3, "Transform" }, { 4, "Key exchange" },
    { 5, "Identification" }, { 6, "Certificate" }, { 7, "Certificate request" }, { 8, "Hash" }, { 9, "Signature" },
    { 10, "Nonce" }, { 11, "Notification" }, { 12, "Delete" }, { 13, "Vendor id" }, { 14, "Configuration" },
    { 20, "NAT discovery" }, { 21, "NAT original address" }, { 33, "Security association" }, { 34, "Key exchange" },
    { 35, "Identification, initiator" }, { 36, "Identification, responder" }, { 37, "Certificate" },
    { 38, "Certificate request" }, { 39, "Authentication" }, { 40, "Nonce" }, { 41, "Notify" }, { 42, "Delete" },
    { 43, "Vendor id" }, { 44, "Traffic selector, initiator" }, { 45, "Traffic selector, responder" },
    { 46, "Encrypted and authenticated" }, { 47, "Configuration" }, { 48, "EAP" }, { 53, "Encrypted fragment" },
    { 130, "NAT discovery (draft)" }, { 131, "NAT original address (draft)" }, { 0, NULL },
};
static const struct tl_name exchanges[] = {
    { 0, "None" }, { 1, "Base" }, { 2, "Identity protection (main mode)" }, { 3, "Authentication only" },
    { 4, "Aggressive" }, { 5, "Informational" }, { 6, "Transaction" }, { 32, "Quick mode" }, { 33, "New group mode" },
    { 34, "IKE_SA_INIT" }, { 35, "IKE_AUTH" }, { 36, "CREATE_CHILD_SA" }, { 37, "INFORMATIONAL" },
    { 38, "IKE_SESSION_RESUME" }, { 43, "IKE_INTERMEDIATE" }, { 44, "IKE_FOLLOWUP_KE" }, { 0, NULL },
};
static const struct tl_name security[] = {
    { 1, "IKE" }, { 2, "AH" }, { 3, "ESP" }, { 0, NULL },
};
static const struct tl_name transforms[] = {
    { 1, "Encryption" }, { 2, "Pseudorandom function" }, { 3, "Integrity" }, { 4, "Key exchange method" },
    { 5, "Extended sequence numbers" }, { 0, NULL },
};
static const struct tl_name encryptions[] = {
    { 2, "DES" }, { 3, "3DES" }, { 12, "AES-CBC" }, { 13, "AES-CTR" }, { 14, "AES-CCM-8" }, { 15, "AES-CCM-12" },
    { 16, "AES-CCM-16" }, { 18, "AES-GCM-8" }, { 19, "AES-GCM-12" }, { 20, "AES-GCM-16" }, { 23, "Camellia-CBC" },
    { 28, "ChaCha20-Poly1305" }, { 0, NULL },
};
static const struct tl_name functions[] = {
    { 1, "HMAC-MD5" }, { 2, "HMAC-SHA1" }, { 4, "AES128-XCBC" }, { 5, "HMAC-SHA2-256" }, { 6, "HMAC-SHA2-384" },
    { 7, "HMAC-SHA2-512" }, { 8, "AES128-CMAC" }, { 0, NULL },
};
static const struct tl_name integrities[] = {
    { 0, "None" }, { 1, "HMAC-MD5-96" }, { 2, "HMAC-SHA1-96" }, { 5, "AES-XCBC-96" }, { 8, "AES-CMAC-96" },
    { 12, "HMAC-SHA2-256-128" }, { 13, "HMAC-SHA2-384-192" }, { 14, "HMAC-SHA2-512-256" }, { 0, NULL },
};
static const struct tl_name groups[] = {
    { 0, "None" }, { 1, "MODP-768" }, { 2, "MODP-1024" }, { 5, "MODP-1536" }, { 14, "MODP-2048" },
    { 15, "MODP-3072" }, { 16, "MODP-4096" }, { 17, "MODP-6144" }, { 18, "MODP-8192" }, { 19, "P-256" },
    { 20, "P-384" }, { 21, "P-521" }, { 31, "Curve25519" }, { 32, "Curve448" }, { 35, "ML-KEM-512" },
    { 36, "ML-KEM-768" }, { 37, "ML-KEM-1024" }, { 0, NULL },
};
static const struct tl_name notifications[] = {
    { 1, "UNSUPPORTED_CRITICAL_PAYLOAD" }, { 4, "INVALID_IKE_SPI" }, { 5, "INVALID_MAJOR_VERSION" },
    { 7, "INVALID_SYNTAX" }, { 9, "INVALID_MESSAGE_ID" }, { 11, "INVALID_SPI" }, { 14, "NO_PROPOSAL_CHOSEN" },
    { 17, "INVALID_KE_PAYLOAD" }, { 24, "AUTHENTICATION_FAILED" }, { 34, "SINGLE_PAIR_REQUIRED" },
    { 38, "TS_UNACCEPTABLE" }, { 43, "TEMPORARY_FAILURE" }, { 44, "CHILD_SA_NOT_FOUND" },
    { 16384, "INITIAL_CONTACT" }, { 16388, "NAT_DETECTION_SOURCE_IP" }, { 16389, "NAT_DETECTION_DESTINATION_IP" },
    { 16390, "COOKIE" }, { 16391, "USE_TRANSPORT_MODE" }, { 16393, "REKEY_SA" }, { 16404, "MULTIPLE_AUTH_SUPPORTED" },
    { 16406, "REDIRECT_SUPPORTED" }, { 16407, "REDIRECT" }, { 16418, "CHILDLESS_IKEV2_SUPPORTED" },
    { 16430, "IKEV2_FRAGMENTATION_SUPPORTED" }, { 16431, "SIGNATURE_HASH_ALGORITHMS" },
    { 16438, "INTERMEDIATE_EXCHANGE_SUPPORTED" }, { 24576, "CONNECTED" }, { 36136, "R_U_THERE" },
    { 36137, "R_U_THERE_ACK" }, { 0, NULL },
};
static const struct tl_name identities[] = {
    { 1, "IPv4 address" }, { 2, "FQDN" }, { 3, "User FQDN" }, { 4, "IPv4 subnet" }, { 5, "IPv6 address" },
    { 9, "Distinguished name" }, { 11, "Key id" }, { 0, NULL },
};

enum { ISPI, RSPI, NEXT, VERSION, MAJOR, MINOR, EXCHANGE, FLAGS, FLAG_R, FLAG_V, FLAG_I, FLAG_A, FLAG_C, FLAG_E,
       MESSAGE_ID, LENGTH, PAYLOAD, TYPE, CRITICAL, PAYLOAD_LENGTH, DOI, SITUATION, PROPOSAL, PROPOSAL_NUMBER,
       PROPOSAL_PROTOCOL, SPI_SIZE, PROPOSAL_TRANSFORMS, SPI, TRANSFORM, TRANSFORM_NUMBER, TRANSFORM_ID, TF_TYPE,
       TF_ENCR, TF_PRF, TF_INTEG, TF_DH, TF_ESN, TF_ID, ATTRIBUTES, GROUP, KEY, NONCE, HASH, SIGNATURE, VENDOR,
       ID_TYPE, ID_PROTOCOL, ID_PORT, ID_IPV4, ID_FQDN, ID_USER, ID_IPV6, ID_KEY, ID_DATA, NOTIFY_DOI,
       NOTIFY_PROTOCOL, NOTIFY_TYPE, NOTIFY_DATA, NAT_HASH, ENCRYPTED, DATA };
static const struct tl_name versions[] = { { 1, "1" }, { 2, "2" }, { 0, NULL } }; /* not in hexadecimal digits */

static const struct tl_field fields[] = {
    [ISPI] = { "isakmp.ispi", "Initiator SPI", .type = TL_BYTES },
    [RSPI] = { "isakmp.rspi", "Responder SPI", .type = TL_BYTES },
    [NEXT] = { "isakmp.nextpayload", "Next payload", .type = TL_U8, .flags = TL_REPEATS, .names = payloads },
    [VERSION] = { "isakmp.version", "Version", .type = TL_U8, .base = TL_HEX },
    [MAJOR] = { "isakmp.mjver", "Major version", .type = TL_U8, .base = TL_HEX, .mask = 0xf0, .names = versions },
    [MINOR] = { "isakmp.mnver", "Minor version", .type = TL_U8, .base = TL_HEX, .mask = 0xf },
    [EXCHANGE] = { "isakmp.exchangetype", "Exchange", .type = TL_U8, .names = exchanges },
    [FLAGS] = { "isakmp.flags", "Flags", .type = TL_U8, .base = TL_HEX },
    [FLAG_R] = { "isakmp.flag_r", "Response", .type = TL_BOOL, .mask = 0x20 },
    [FLAG_V] = { "isakmp.flag_v", "Higher version", .type = TL_BOOL, .mask = 0x10 },
    [FLAG_I] = { "isakmp.flag_i", "Initiator", .type = TL_BOOL, .mask = 0x8 },
    [FLAG_A] = { "isakmp.flag_a", "Authentication only", .type = TL_BOOL, .mask = 0x4 },
    [FLAG_C] = { "isakmp.flag_c", "Commit", .type = TL_BOOL, .mask = 0x2 },
    [FLAG_E] = { "isakmp.flag_e", "Encrypted", .type = TL_BOOL, .mask = 0x1 },
    [MESSAGE_ID] = { "isakmp.messageid", "Message id", .type = TL_U32, .base = TL_HEX },
    [LENGTH] = { "isakmp.length", "Length", .type = TL_U32, .unit = "bytes" },
    [PAYLOAD] = { "isakmp.payload", "Payload", .type = TL_GROUP, .flags = TL_REPEATS },
    [TYPE] = { "isakmp.typepayload", "Type", .type = TL_U8, .names = payloads,
               .help = "Also of proposals (2) and transforms (3), which are payloads inside a security association" },
    [CRITICAL] = { "isakmp.criticalpayload", "Critical", .type = TL_BOOL, .mask = 0x80 },
    [PAYLOAD_LENGTH] = { "isakmp.payloadlength", "Length", .type = TL_U16, .unit = "bytes" },
    [DOI] = { "isakmp.sa.doi", "Domain of interpretation", .type = TL_U32 },
    [SITUATION] = { "isakmp.sa.situation", "Situation", .type = TL_BYTES },
    [PROPOSAL] = { "isakmp.proposal", "Proposal", .type = TL_GROUP, .flags = TL_REPEATS },
    [PROPOSAL_NUMBER] = { "isakmp.prop.number", "Number", .type = TL_U8 },
    [PROPOSAL_PROTOCOL] = { "isakmp.prop.protoid", "Protocol", .type = TL_U32, .names = security },
    [SPI_SIZE] = { "isakmp.spisize", "SPI size", .type = TL_U8, .unit = "bytes" },
    [PROPOSAL_TRANSFORMS] = { "isakmp.prop.transforms", "Transforms", .type = TL_U8 },
    [SPI] = { "isakmp.spi", "SPI", .type = TL_BYTES },
    [TRANSFORM] = { "isakmp.transform", "Transform", .type = TL_GROUP, .flags = TL_REPEATS },
    [TRANSFORM_NUMBER] = { "isakmp.trans.number", "Number", .type = TL_U8 },
    [TRANSFORM_ID] = { "isakmp.trans.id", "Transform id", .type = TL_U8 },
    [TF_TYPE] = { "isakmp.tf.type", "Type", .type = TL_U8, .names = transforms },
    [TF_ENCR] = { "isakmp.tf.id.encr", "Encryption", .type = TL_U16, .names = encryptions },
    [TF_PRF] = { "isakmp.tf.id.prf", "Pseudorandom function", .type = TL_U16, .names = functions },
    [TF_INTEG] = { "isakmp.tf.id.integ", "Integrity", .type = TL_U16, .names = integrities },
    [TF_DH] = { "isakmp.tf.id.dh", "Key exchange method", .type = TL_U16, .names = groups },
    [TF_ESN] = { "isakmp.tf.id.esn", "Extended sequence numbers", .type = TL_U16 },
    [TF_ID] = { "isakmp.tf.id", "Id", .type = TL_U16 },
    [ATTRIBUTES] = { "isakmp.transform.attributes", "Attributes", .type = TL_BYTES },
    [GROUP] = { "isakmp.key_exchange.dh_group", "Key exchange method", .type = TL_U16, .names = groups },
    [KEY] = { "isakmp.key_exchange.data", "Key exchange data", .type = TL_BYTES },
    [NONCE] = { "isakmp.nonce", "Nonce", .type = TL_BYTES },
    [HASH] = { "isakmp.hash", "Hash", .type = TL_BYTES },
    [SIGNATURE] = { "isakmp.sig", "Signature", .type = TL_BYTES },
    [VENDOR] = { "isakmp.vid_bytes", "Vendor id", .type = TL_BYTES },
    [ID_TYPE] = { "isakmp.id.type", "Type", .type = TL_U8, .names = identities },
    [ID_PROTOCOL] = { "isakmp.id.protoid", "Protocol", .type = TL_U8 },
    [ID_PORT] = { "isakmp.id.port", "Port", .type = TL_U16 },
    [ID_IPV4] = { "isakmp.id.data.ipv4_addr", "Address", .type = TL_IPV4 },
    [ID_FQDN] = { "isakmp.id.data.fqdn", "Name", .type = TL_TEXT },
    [ID_USER] = { "isakmp.id.data.user_fqdn", "User", .type = TL_TEXT },
    [ID_IPV6] = { "isakmp.id.data.ipv6_addr", "Address", .type = TL_IPV6 },
    [ID_KEY] = { "isakmp.id.data.key_id", "Key id", .type = TL_BYTES },
    [ID_DATA] = { "isakmp.id.data.other", "Identity", .type = TL_BYTES },
    [NOTIFY_DOI] = { "isakmp.notify.doi", "Domain of interpretation", .type = TL_U32 },
    [NOTIFY_PROTOCOL] = { "isakmp.notify.protoid", "Protocol", .type = TL_U32, .names = security },
    [NOTIFY_TYPE] = { "isakmp.notify.msgtype", "Message type", .type = TL_U16, .names = notifications },
    [NOTIFY_DATA] = { "isakmp.notify.data", "Data", .type = TL_BYTES },
    [NAT_HASH] = { "isakmp.ike.nat_hash", "Hash of address and port", .type = TL_BYTES },
    [ENCRYPTED] = { "isakmp.encrypted", "Encrypted data", .type = TL_BYTES },
    [DATA] = { "isakmp.datapayload", "Data", .type = TL_BYTES },
};

enum { HEADER = 28, PAYLOAD_HEADER = 4, IS_ENCRYPTED = 1, PAYLOADS_MOST = 64 };
enum { V1_SA = 1, V_PROPOSAL, V_TRANSFORM, V1_KEY, V1_ID, V1_HASH = 8, V1_SIGNATURE, V1_NONCE, V1_NOTIFY,
       V1_VENDOR = 13, V1_NAT = 20, V2_SA = 33, V2_KEY, V2_ID_I, V2_ID_R, V2_NONCE = 40, V2_NOTIFY, V2_VENDOR = 43,
       V2_ENCRYPTED = 46, V2_FRAGMENT = 53, DRAFT_NAT = 130 };
enum { ENCRYPTION = 1, PRF, INTEGRITY, METHOD, ESN };

/* The header of a payload (RFC 7296 section 3.2): type of the next one, length. Returns the length of the rest. */
static uint32_t payload_header(struct tl_dissection *d, uint8_t type, uint8_t *next)
{
    tl_add(d, TYPE, d->c.off, 0, type);
    *next = tl_u8(d, NEXT);
    const uint8_t *p = tl_cursor_take(&d->c, 1);
    if (p != NULL)
        tl_add_bits(d, CRITICAL, d->c.off - 1, 1, p[0]);
    uint32_t len = tl_u16(d, PAYLOAD_LENGTH);
    if (tl_ok(d) && len < PAYLOAD_HEADER)
        tl_bad(d);
    return tl_ok(d) ? len - PAYLOAD_HEADER : 0;
}

static void transform2(struct tl_dissection *d)
{
    uint8_t type = tl_u8(d, TF_TYPE);
    tl_skip(d, 1);
    tl_u16(d, type == ENCRYPTION  ? TF_ENCR
              : type == PRF       ? TF_PRF
              : type == INTEGRITY ? TF_INTEG
              : type == METHOD    ? TF_DH
              : type == ESN       ? TF_ESN
                                  : TF_ID);
    tl_run_left(d, ATTRIBUTES);
}

static void transforms_of(struct tl_dissection *d, bool second)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint8_t next;
        uint32_t group = tl_group(d, TRANSFORM);
        struct tl_part part = tl_part_begin(d, payload_header(d, V_TRANSFORM, &next));
        if (second) {
            transform2(d);
        } else {
            tl_u8(d, TRANSFORM_NUMBER);
            tl_u8(d, TRANSFORM_ID);
            tl_skip(d, 2);
            tl_run_left(d, ATTRIBUTES);
        }
        tl_part_end(d, part);
        tl_group_end(d, group);
    }
}

/* RFC 7296 section 3.3. */
static void association(struct tl_dissection *d, bool second)
{
    if (!second) {
        tl_u32(d, DOI);
        tl_run(d, SITUATION, 4);
    }
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0) {
        uint8_t next;
        uint32_t group = tl_group(d, PROPOSAL);
        struct tl_part part = tl_part_begin(d, payload_header(d, V_PROPOSAL, &next));
        tl_u8(d, PROPOSAL_NUMBER);
        tl_u8(d, PROPOSAL_PROTOCOL);
        uint32_t size = tl_u8(d, SPI_SIZE);
        tl_u8(d, PROPOSAL_TRANSFORMS);
        if (tl_ok(d) && size > 0)
            tl_run(d, SPI, size);
        transforms_of(d, second);
        tl_part_end(d, part);
        tl_group_end(d, group);
    }
}

static void identity(struct tl_dissection *d, bool second)
{
    uint8_t type = tl_u8(d, ID_TYPE);
    if (second) {
        tl_skip(d, 3);
    } else {
        tl_u8(d, ID_PROTOCOL);
        tl_u16(d, ID_PORT);
    }
    uint32_t left = tl_cursor_wire_left(&d->c);
    if (type == 1 && left == 4)
        tl_ipv4(d, ID_IPV4);
    else if (type == 5 && left == 16)
        tl_ipv6(d, ID_IPV6);
    else
        tl_run_left(d, type == 2 ? ID_FQDN : type == 3 ? ID_USER : type == 11 ? ID_KEY : ID_DATA);
}

static void notification(struct tl_dissection *d, bool second)
{
    if (!second)
        tl_u32(d, NOTIFY_DOI);
    tl_u8(d, NOTIFY_PROTOCOL);
    uint32_t size = tl_u8(d, SPI_SIZE);
    tl_u16(d, NOTIFY_TYPE);
    if (tl_ok(d) && size > 0)
        tl_run(d, SPI, size);
    tl_run_left(d, NOTIFY_DATA);
}

static void payload(struct tl_dissection *d, uint8_t type)
{
    switch (type) {
    case V1_SA:
    case V2_SA:
        association(d, type == V2_SA);
        break;
    case V2_KEY:
        tl_u16(d, GROUP);
        tl_skip(d, 2);
        tl_run_left(d, KEY);
        break;
    case V1_KEY:
        tl_run_left(d, KEY);
        break;
    case V1_ID:
    case V2_ID_I:
    case V2_ID_R:
        identity(d, type != V1_ID);
        break;
    case V1_NONCE:
    case V2_NONCE:
        tl_run_left(d, NONCE);
        break;
    case V1_HASH:
        tl_run_left(d, HASH);
        break;
    case V1_SIGNATURE:
        tl_run_left(d, SIGNATURE);
        break;
    case V1_NOTIFY:
    case V2_NOTIFY:
        notification(d, type == V2_NOTIFY);
        break;
    case V1_VENDOR:
    case V2_VENDOR:
        tl_run_left(d, VENDOR);
        break;
    case V1_NAT:
    case DRAFT_NAT:
        tl_run_left(d, NAT_HASH);
        break;
    case V2_ENCRYPTED:
    case V2_FRAGMENT:
        tl_run_left(d, ENCRYPTED);
        break;
    default:
        tl_run_left(d, DATA);
    }
}

static void payloads_of(struct tl_dissection *d, uint8_t type)
{
    for (unsigned n = 0; n < PAYLOADS_MOST && type != 0 && tl_ok(d) && tl_cursor_wire_left(&d->c) > 0; n++) {
        uint8_t next;
        uint32_t group = tl_group(d, PAYLOAD);
        struct tl_part part = tl_part_begin(d, payload_header(d, type, &next));
        if (tl_ok(d))
            payload(d, type);
        tl_part_end(d, part);
        tl_group_end(d, group);
        type = type == V2_ENCRYPTED || type == V2_FRAGMENT ? 0 : next; /* its own next payload is inside */
    }
}

static enum tl_status isakmp_dissect(struct tl_dissection *d)
{
    tl_run(d, ISPI, 8);
    tl_run(d, RSPI, 8);
    uint8_t next = tl_u8(d, NEXT);
    tl_flags8(d, VERSION, MINOR);
    tl_u8(d, EXCHANGE);
    uint8_t flags = tl_flags8(d, FLAGS, FLAG_E);
    tl_u32(d, MESSAGE_ID);
    uint32_t len = tl_u32(d, LENGTH);
    if (!tl_ok(d))
        return d->c.status;
    tl_limit(d, len, HEADER);
    if (!tl_ok(d))
        return d->c.status;
    if (d->channel != NULL)
        tl_confirm(d);
    if (d->wanted == NULL)
        return tl_next_none(d);
    struct tl_part part = tl_part_begin(d, tl_cursor_wire_left(&d->c));
    if ((flags & IS_ENCRYPTED) != 0)
        tl_run_left(d, ENCRYPTED);
    else
        payloads_of(d, next);
    tl_part_close(d, part);
    return tl_next_none(d);
}

/* Version 1.0 or 2.x, a known exchange, and the length of the datagram. */
static enum tl_probe isakmp_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, HEADER);
    if (d->flow.stream || p == NULL || (p[17] != 0x10 && p[17] >> 4 != 2))
        return TL_PROBE_NO;
    uint32_t len = tl_load_be32(p + 24);
    return len >= HEADER && len <= tl_cursor_wire_left(&c) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_isakmp = {
    .name = "isakmp",
    .title = "Internet Key Exchange",
    .service = "isakmp",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .on = { { TL_ON_UDP_PORT, 500 } },
    .info = "IKEv{mjver} {exchangetype}[ id {messageid}][: {typepayload,}][ ({notify.msgtype,})]",
    .only_at_home = true,
    .probe = isakmp_probe,
    .dissect = isakmp_dissect,
};
