/* dtls_fields.c - the fields of DTLS, and its anomalies: those of TLS, and its own. */
#define TL_TLS_PREFIX "dtls"
#include "dissectors/tls/tls_field_rows.h"

#include "dissectors/dtls/dtls.h"

/* RFC 5764 section 4.1.2, RFC 7714 section 14.2. */
static const struct tl_name profiles[] = {
    { 0x0001, "SRTP_AES128_CM_HMAC_SHA1_80" }, { 0x0002, "SRTP_AES128_CM_HMAC_SHA1_32" },
    { 0x0005, "SRTP_NULL_HMAC_SHA1_80" },      { 0x0006, "SRTP_NULL_HMAC_SHA1_32" },
    { 0x0007, "SRTP_AEAD_AES_128_GCM" },       { 0x0008, "SRTP_AEAD_AES_256_GCM" }, { 0, NULL },
};

/* RFC 9147 section 9. */
static const struct tl_name usages[] = { { 0, "Immediate" }, { 1, "Spare" }, { 0, NULL } };

const struct tl_field tl_dtls_fields[DTLS_FIELDS] = {
    TL_TLS_FIELD_ROWS
    [DTLS_EPOCH] = { "dtls.record.epoch", "Epoch", .type = TL_U16 },
    [DTLS_NUMBER] = { "dtls.record.sequence_number", "Sequence number", .type = TL_U64 },
    [DTLS_CID] = { "dtls.record.connection_id", "Connection ID", .type = TL_BYTES },
    [DTLS_MESSAGE_SEQ] = { "dtls.handshake.message_seq", "Message sequence", .type = TL_U16 },
    [DTLS_FRAGMENT_OFFSET] = { "dtls.handshake.fragment_offset", "Fragment offset", .type = TL_U24 },
    [DTLS_FRAGMENT_LENGTH] = { "dtls.handshake.fragment_length", "Fragment length", .type = TL_U24,
                               .unit = "bytes" },
    [DTLS_COOKIE_LEN] = { "dtls.handshake.cookie_length", "Cookie length", .type = TL_U8, .unit = "bytes" },
    [DTLS_COOKIE] = { "dtls.handshake.cookie", "Cookie", .type = TL_BYTES },
    [DTLS_SRTP_LEN] = { "dtls.use_srtp.protection_profiles_length", "Protection profiles length", .type = TL_U16,
                        .unit = "bytes" },
    [DTLS_SRTP_PROFILE] = { "dtls.use_srtp.protection_profile", "Protection profile", .type = TL_U16, .base = TL_HEX,
                            .flags = TL_REPEATS, .names = profiles },
    [DTLS_MKI_LEN] = { "dtls.use_srtp.mki_length", "MKI length", .type = TL_U8, .unit = "bytes" },
    [DTLS_MKI] = { "dtls.use_srtp.mki", "MKI", .type = TL_BYTES },
    [DTLS_UNIFIED] = { "dtls.unified_header.bitmask", "Unified header", .type = TL_U8, .base = TL_HEX,
                       .help = "The first byte of an encrypted record of DTLS 1.3" },
    [DTLS_UNIFIED_FIXED] = { "dtls.unified_header.fixed", "Fixed bits", .type = TL_U8, .base = TL_HEX, .mask = 0xe0 },
    [DTLS_UNIFIED_CID] = { "dtls.unified_header.cid_present", "Connection ID present", .type = TL_BOOL, .mask = 0x10 },
    [DTLS_UNIFIED_NUMBER] = { "dtls.unified_header.seq_size", "Number of 16 bits", .type = TL_BOOL, .mask = 0x08 },
    [DTLS_UNIFIED_LENGTH] = { "dtls.unified_header.length", "Length present", .type = TL_BOOL, .mask = 0x04 },
    [DTLS_UNIFIED_EPOCH] = { "dtls.unified_header.epoch_bits", "Low bits of the epoch", .type = TL_U8, .mask = 0x03 },
    [DTLS_CID_LEN] = { "dtls.connection_id_length", "Connection ID length", .type = TL_U8, .unit = "bytes",
                       .flags = TL_REPEATS },
    [DTLS_OWN_CID] = { "dtls.connection_id", "Connection ID", .type = TL_BYTES, .flags = TL_REPEATS,
                       .help = "That the sender of the message wants to get" },
    [DTLS_CID_COUNT] = { "dtls.handshake.num_cids", "Requested connection IDs", .type = TL_U8 },
    [DTLS_CIDS_LEN] = { "dtls.handshake.cids_length", "Connection IDs length", .type = TL_U16, .unit = "bytes" },
    [DTLS_CID_USAGE] = { "dtls.handshake.cid_usage", "Connection ID usage", .type = TL_U8, .names = usages },
    [DTLS_ACK_LEN] = { "dtls.ack.record_numbers_length", "Record numbers length", .type = TL_U16, .unit = "bytes" },
    [DTLS_ACK_RECORD] = { "dtls.ack.record_numbers", "Record number", .type = TL_GROUP, .flags = TL_REPEATS },
    [DTLS_ACK_EPOCH] = { "dtls.ack.epoch", "Epoch", .type = TL_U64 },
    [DTLS_ACK_NUMBER] = { "dtls.ack.sequence_number", "Sequence number", .type = TL_U64 },
};

const struct tl_weird_name tl_dtls_weirds[TLS_WEIRDS] = { TL_TLS_WEIRD_ROWS };
