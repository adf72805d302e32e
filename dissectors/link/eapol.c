/*
 * eapol.c - EAP over LANs (IEEE 802.1X clause 11): version 1 | type 1 | length 2 | body. A body of type 0 is EAP, one
 * of type 3 a key
 * descriptor: that of IEEE 802.11 (clause 12.7.2), or the old one of 802.1X-2004 (clause 7.6).
 */
#include "dissectors/header.h"
#include "dissectors/registry.h"

enum {
    VERSION, TYPE, LENGTH, DESCRIPTOR, KEY_INFO, INFO_VERSION, INFO_PAIRWISE, INFO_INDEX, INFO_INSTALL, INFO_ACK,
    INFO_MIC,
    INFO_SECURE, INFO_ERROR, INFO_REQUEST, INFO_ENCRYPTED, INFO_SMK, KEY_LENGTH, REPLAY, NONCE, IV, RSC, KEY_ID, MIC,
    DATA_LENGTH,
    DATA, INDEX, INDEX_UNICAST, INDEX_NUMBER, SIGNATURE, KEY, MESSAGE, BODY
};

enum { EAP_PACKET, START, LOGOFF, KEY_MESSAGE, ALERT, MKA };
static const struct tl_name types[] = {
    { EAP_PACKET, "EAP packet" }, { START, "Start" }, { LOGOFF, "Logoff" }, { KEY_MESSAGE, "Key" }, { ALERT,
    "ASF alert" },
    { MKA, "MKA" }, { 6, "Announcement" }, { 7, "Announcement, specific" }, { 8, "Announcement request" }, { 0, NULL },
};

enum { RC4 = 1, RSN = 2, WPA = 254 };
static const struct tl_name descriptors[] = {
    { RC4, "RC4" }, { RSN, "RSN" }, { WPA, "WPA" }, { 0, NULL },
};

static const struct tl_field fields[] = {
    [VERSION] = { "eapol.version", "Version", .type = TL_U8 },
    [TYPE] = { "eapol.type", "Type", .type = TL_U8, .names = types },
    [LENGTH] = { "eapol.len", "Length", .type = TL_U16, .unit = "bytes" },
    [DESCRIPTOR] = { "eapol.keydes.type", "Key descriptor", .type = TL_U8, .names = descriptors },
    [KEY_INFO] = { "wlan_rsna_eapol.keydes.key_info", "Key information", .type = TL_U16, .base = TL_HEX },
    [INFO_VERSION] = { "wlan_rsna_eapol.keydes.key_info.keydes_version", "Descriptor version", .type = TL_U16,
                       .mask = 0x0007 },
    [INFO_PAIRWISE] = { "wlan_rsna_eapol.keydes.key_info.key_type", "Pairwise key", .type = TL_BOOL, .mask = 0x0008 },
    [INFO_INDEX] = { "wlan_rsna_eapol.keydes.key_info.key_index", "Key index", .type = TL_U16, .mask = 0x0030 },
    [INFO_INSTALL] = { "wlan_rsna_eapol.keydes.key_info.install", "Install", .type = TL_BOOL, .mask = 0x0040 },
    [INFO_ACK] = { "wlan_rsna_eapol.keydes.key_info.key_ack", "Answer wanted", .type = TL_BOOL, .mask = 0x0080 },
    [INFO_MIC] = { "wlan_rsna_eapol.keydes.key_info.key_mic", "Has a MIC", .type = TL_BOOL, .mask = 0x0100 },
    [INFO_SECURE] = { "wlan_rsna_eapol.keydes.key_info.secure", "Secure", .type = TL_BOOL, .mask = 0x0200 },
    [INFO_ERROR] = { "wlan_rsna_eapol.keydes.key_info.error", "Error", .type = TL_BOOL, .mask = 0x0400 },
    [INFO_REQUEST] = { "wlan_rsna_eapol.keydes.key_info.request", "Request", .type = TL_BOOL, .mask = 0x0800 },
    [INFO_ENCRYPTED] = { "wlan_rsna_eapol.keydes.key_info.encrypted_key_data", "Key data encrypted", .type = TL_BOOL,
                         .mask = 0x1000 },
    [INFO_SMK] = { "wlan_rsna_eapol.keydes.key_info.smk_message", "SMK message", .type = TL_BOOL, .mask = 0x2000 },
    [KEY_LENGTH] = { "eapol.keydes.key_len", "Key length", .type = TL_U16, .unit = "bytes" },
    [REPLAY] = { "eapol.keydes.replay_counter", "Replay counter", .type = TL_U64 },
    [NONCE] = { "wlan_rsna_eapol.keydes.nonce", "Nonce", .type = TL_BYTES },
    [IV] = { "eapol.keydes.key_iv", "Key IV", .type = TL_BYTES },
    [RSC] = { "wlan_rsna_eapol.keydes.rsc", "Receive sequence counter", .type = TL_BYTES },
    [KEY_ID] = { "wlan_rsna_eapol.keydes.id", "Key id", .type = TL_BYTES },
    [MIC] = { "wlan_rsna_eapol.keydes.mic", "MIC", .type = TL_BYTES },
    [DATA_LENGTH] = { "wlan_rsna_eapol.keydes.data_len", "Key data length", .type = TL_U16, .unit = "bytes" },
    [DATA] = { "wlan_rsna_eapol.keydes.data", "Key data", .type = TL_BYTES },
    [INDEX] = { "eapol.keydes.key_index", "Key index", .type = TL_U8, .base = TL_HEX },
    [INDEX_UNICAST] = { "eapol.keydes.key_index.type", "Unicast", .type = TL_BOOL, .mask = 0x80 },
    [INDEX_NUMBER] = { "eapol.keydes.key_index.number", "Number", .type = TL_U8, .mask = 0x7f },
    [SIGNATURE] = { "eapol.keydes.key_signature", "Key signature", .type = TL_BYTES },
    [KEY] = { "eapol.keydes.key", "Key", .type = TL_BYTES, .help = "Encrypted" },
    [MESSAGE] = { "wlan_rsna_eapol.keydes.msgnr", "Message", .type = TL_U8, .flags = TL_DERIVED,
                  .help = "Of the four-way handshake (1 to 4) or the group key handshake (1, 2)" },
    [BODY] = { "eapol.body", "Body", .type = TL_BYTES },
};

enum { NONCE_SIZE = 32, IV_SIZE = 16, RSC_SIZE = 8, ID_SIZE = 8, MIC_SIZE = 16, SIGNATURE_SIZE = 16, PAIRWISE = 0x0008,
       ACKED = 0x0080, HAS_MIC = 0x0100, SECURE = 0x0200 };

/* Clause 12.7.6: which message of a handshake has these flags. */
static unsigned message_of(uint16_t info, uint16_t data_len)
{
    if ((info & PAIRWISE) == 0)
        return (info & ACKED) != 0 ? 1 : 2;
    if ((info & ACKED) != 0)
        return (info & HAS_MIC) != 0 ? 3 : 1;
    return (info & SECURE) != 0 || data_len == 0 ? 4 : 2;
}

static void rsn_key(struct tl_dissection *d)
{
    uint16_t info = tl_u16(d, KEY_INFO);
    uint32_t at = d->c.off - 2;
    if (tl_ok(d))
        tl_add_all_bits(d, INFO_VERSION, INFO_SMK, at, 2, info);
    tl_u16(d, KEY_LENGTH);
    tl_u64(d, REPLAY);
    tl_run(d, NONCE, NONCE_SIZE);
    tl_run(d, IV, IV_SIZE);
    tl_run(d, RSC, RSC_SIZE);
    tl_run(d, KEY_ID, ID_SIZE);
    tl_run(d, MIC, MIC_SIZE);
    uint16_t len = tl_u16(d, DATA_LENGTH);
    if (tl_ok(d))
        tl_add(d, MESSAGE, at, 2, message_of(info, len));
    if (tl_ok(d) && len > 0)
        tl_run(d, DATA, len);
}

static void rc4_key(struct tl_dissection *d)
{
    tl_u16(d, KEY_LENGTH);
    tl_u64(d, REPLAY);
    tl_run(d, IV, IV_SIZE);
    uint8_t index = tl_u8(d, INDEX);
    if (tl_ok(d))
        tl_add_all_bits(d, INDEX_UNICAST, INDEX_NUMBER, d->c.off - 1, 1, index);
    tl_run(d, SIGNATURE, SIGNATURE_SIZE);
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_run(d, KEY, tl_cursor_wire_left(&d->c));
}

static enum tl_status eapol_dissect(struct tl_dissection *d)
{
    tl_u8(d, VERSION);
    uint8_t type = tl_u8(d, TYPE);
    uint32_t len = tl_u16(d, LENGTH);
    tl_limit(d, 4 + len, 4);
    if (!tl_ok(d) || len == 0)
        return tl_next_none(d);
    if (type == EAP_PACKET)
        return tl_next_protocol(d, &tl_protocol_eap);
    if (type == KEY_MESSAGE) {
        uint8_t descriptor = tl_u8(d, DESCRIPTOR);
        if (descriptor == RSN || descriptor == WPA)
            rsn_key(d);
        else if (descriptor == RC4)
            rc4_key(d);
    }
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_run(d, BODY, tl_cursor_wire_left(&d->c));
    return tl_next_none(d);
}

const struct tl_protocol tl_protocol_eapol = {
    .name = "eapol",
    .title = "802.1X Authentication",
    .kind = TL_KIND_LAYER,
    .info = "{type}[ ({wlan_rsna_eapol.keydes.msgnr})]",
    .dissect = eapol_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_ETHERTYPE, 0x888e }, { TL_ON_ETHERTYPE, 0x88c7 } },
};
