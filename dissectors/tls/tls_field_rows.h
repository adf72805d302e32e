/*
 * tls_field_rows.h - the fields and anomalies that TLS and DTLS have in common, for the tables of both. The file that
 * includes it defines TL_TLS_PREFIX: "tls" or "dtls".
 */
#ifndef TL_DISSECTORS_TLS_TLS_FIELD_ROWS_H
#define TL_DISSECTORS_TLS_TLS_FIELD_ROWS_H

#include "dissectors/tls/tls.h"

static const struct tl_name content_types[] = {
    { 20, "Change Cipher Spec" }, { 21, "Alert" }, { 22, "Handshake" }, { 23, "Application Data" }, { 24, "Heartbeat" },
    { 25, "Connection ID" }, { 26, "ACK" }, { 0, NULL },
};
static const struct tl_name lines[] = {
    { TLS_HELLO_REQUEST, "Hello Request" },
    { TLS_CLIENT_HELLO, "Client Hello" },
    { TLS_SERVER_HELLO, "Server Hello" },
    { TLS_HELLO_VERIFY_REQUEST, "Hello Verify Request" },
    { TLS_NEW_SESSION_TICKET, "New Session Ticket" },
    { TLS_END_OF_EARLY_DATA, "End of Early Data" },
    { TLS_HELLO_RETRY_REQUEST, "Hello Retry Request" },
    { TLS_ENCRYPTED_EXTENSIONS, "Encrypted Extensions" },
    { TLS_REQUEST_CONNECTION_ID, "Request Connection ID" },
    { TLS_NEW_CONNECTION_ID, "New Connection ID" },
    { TLS_CERTIFICATE_MESSAGE, "Certificate" },
    { TLS_SERVER_KEY_EXCHANGE, "Server Key Exchange" },
    { TLS_CERTIFICATE_REQUEST, "Certificate Request" },
    { TLS_SERVER_HELLO_DONE, "Server Hello Done" },
    { TLS_CERTIFICATE_VERIFY, "Certificate Verify" },
    { TLS_CLIENT_KEY_EXCHANGE, "Client Key Exchange" },
    { TLS_FINISHED, "Finished" },
    { TLS_CERTIFICATE_URL, "Client Certificate URL" },
    { TLS_CERTIFICATE_STATUS, "Certificate Status" },
    { TLS_SUPPLEMENTAL_DATA, "Supplemental Data" },
    { TLS_KEY_UPDATE_MESSAGE, "Key Update" },
    { TLS_COMPRESSED_CERTIFICATE, "Compressed Certificate" },
    { TLS_MESSAGE_HASH, "Message Hash" },
    { TLS_LINE_CCS, "Change Cipher Spec" },
    { TLS_LINE_ALERT, "Alert" },
    { TLS_LINE_APPLICATION, "Application Data" },
    { TLS_LINE_HEARTBEAT, "Heartbeat" },
    { TLS_LINE_ENCRYPTED, "Encrypted Handshake Message" },
    { TLS_LINE_ENCRYPTED_ALERT, "Encrypted Alert" },
    { TLS_LINE_RECORD, "Encrypted Record" },
    { TLS_LINE_FRAGMENT, "Handshake Fragment" },
    { TLS_LINE_ACK, "ACK" },
    { 0, NULL },
};
static const struct tl_name alert_levels[] = { { 1, "Warning" }, { 2, "Fatal" }, { 0, NULL } };
static const struct tl_name heartbeat_types[] = { { 1, "Request" }, { 2, "Response" }, { 0, NULL } };
static const struct tl_name heartbeat_modes[] = {
    { 1, "Peer allowed to send requests" }, { 2, "Peer not allowed to send requests" }, { 0, NULL },
};
static const struct tl_name methods[] = { { 0, "null" }, { 1, "DEFLATE" }, { 64, "LZS" }, { 0, NULL } };
static const struct tl_name formats[] = {
    { 0, "uncompressed" }, { 1, "ansiX962_compressed_prime" }, { 2, "ansiX962_compressed_char2" }, { 0, NULL },
};
static const struct tl_name status_types[] = { { 1, "OCSP" }, { 2, "OCSP Multi" }, { 0, NULL } };
static const struct tl_name fragments[] = { { 1, "512" }, { 2, "1024" }, { 3, "2048" }, { 4, "4096" }, { 0, NULL } };
static const struct tl_name psk_modes[] = { { 0, "psk_ke" }, { 1, "psk_dhe_ke" }, { 0, NULL } };
static const struct tl_name compressions[] = { { 1, "zlib" }, { 2, "brotli" }, { 3, "zstd" }, { 0, NULL } };
static const struct tl_name certificate_types[] = {
    { 0, "X.509" }, { 1, "OpenPGP" }, { 2, "Raw Public Key" }, { 3, "1609Dot2" }, { 0, NULL },
};
static const struct tl_name ech_types[] = { { 0, "outer" }, { 1, "inner" }, { 0, NULL } };
static const struct tl_name curve_types[] = {
    { 1, "explicit_prime" }, { 2, "explicit_char2" }, { 3, "named_curve" }, { 0, NULL },
};

#define TL_TLS_FIELD_ROWS \
    [TLS_RECORD] = { TL_TLS_PREFIX ".record", "Record", .type = TL_GROUP, .flags = TL_REPEATS }, \
    [TLS_CONTENT_TYPE] = { TL_TLS_PREFIX ".record.content_type", "Content type", .type = TL_U8, \
                           .names = content_types }, \
    [TLS_OPAQUE_TYPE] = { TL_TLS_PREFIX ".record.opaque_type", "Opaque type", .type = TL_U8, .names = content_types, \
                          .help = "Of an encrypted record of TLS 1.3: its type is inside" }, \
    [TLS_RECORD_VERSION] = { TL_TLS_PREFIX ".record.version", "Version", .type = TL_U16, .base = TL_HEX, \
                             .names = tl_tls_versions }, \
    [TLS_RECORD_LENGTH] = { TL_TLS_PREFIX ".record.length", "Length", .type = TL_U16, .unit = "bytes" }, \
    [TLS_LINE] = { TL_TLS_PREFIX ".line", "Message", .type = TL_U16, .flags = TL_REPEATS | TL_ONLY_LINE, \
                   .names = lines }, \
    [TLS_CCS] = { TL_TLS_PREFIX ".change_cipher_spec", "Change cipher spec", .type = TL_U8 }, \
    [TLS_ALERT_LEVEL] = { TL_TLS_PREFIX ".alert_message.level", "Level", .type = TL_U8, .flags = TL_REPEATS, \
                          .names = alert_levels }, \
    [TLS_ALERT_DESC] = { TL_TLS_PREFIX ".alert_message.desc", "Description", .type = TL_U8, .flags = TL_REPEATS, \
                         .names = tl_tls_alerts }, \
    [TLS_HEARTBEAT_TYPE] = { TL_TLS_PREFIX ".heartbeat_message.type", "Type", .type = TL_U8, \
                             .names = heartbeat_types }, \
    [TLS_HEARTBEAT_LENGTH] = { TL_TLS_PREFIX ".heartbeat_message.payload_length", "Payload length", .type = TL_U16, \
                               .unit = "bytes" }, \
    [TLS_HANDSHAKE] = { TL_TLS_PREFIX ".handshake", "Handshake message", .type = TL_GROUP, .flags = TL_REPEATS }, \
    [TLS_TYPE] = { TL_TLS_PREFIX ".handshake.type", "Type", .type = TL_U8, .names = tl_tls_types }, \
    [TLS_LENGTH] = { TL_TLS_PREFIX ".handshake.length", "Length", .type = TL_U24, .unit = "bytes" }, \
    [TLS_VERSION] = { TL_TLS_PREFIX ".handshake.version", "Version", .type = TL_U16, .base = TL_HEX, \
                      .names = tl_tls_versions, \
                      .help = "Of TLS 1.3 it is in an extension, and this is that of TLS 1.2" }, \
    [TLS_RANDOM] = { TL_TLS_PREFIX ".handshake.random", "Random", .type = TL_BYTES }, \
    [TLS_SESSION_ID_LEN] = { TL_TLS_PREFIX ".handshake.session_id_length", "Session id length", .type = TL_U16, \
                             .unit = "bytes" }, \
    [TLS_SESSION_ID] = { TL_TLS_PREFIX ".handshake.session_id", "Session id", .type = TL_BYTES }, \
    [TLS_SUITES_LEN] = { TL_TLS_PREFIX ".handshake.cipher_suites_length", "Cipher suites length", .type = TL_U16, \
                         .unit = "bytes" }, \
    [TLS_SUITE] = { TL_TLS_PREFIX ".handshake.ciphersuite", "Cipher suite", .type = TL_U16, .base = TL_HEX, \
                    .flags = TL_REPEATS, \
                    .names = tl_tls_suites }, \
    [TLS_COMP_METHODS_LEN] = { TL_TLS_PREFIX ".handshake.comp_methods_length", "Compression methods length", \
                               .type = TL_U8, \
                               .unit = "bytes" }, \
    [TLS_COMP_METHOD] = { TL_TLS_PREFIX ".handshake.comp_method", "Compression method", .type = TL_U8, \
                          .flags = TL_REPEATS, \
                          .names = methods }, \
    [TLS_EXTENSIONS_LEN] = { TL_TLS_PREFIX ".handshake.extensions_length", "Extensions length", .type = TL_U16, \
                             .flags = TL_REPEATS, .unit = "bytes" }, \
    [TLS_EXTENSION] = { TL_TLS_PREFIX ".handshake.extension", "Extension", .type = TL_GROUP, .flags = TL_REPEATS }, \
    [TLS_EXT_TYPE] = { TL_TLS_PREFIX ".handshake.extension.type", "Type", .type = TL_U16, \
                       .names = tl_tls_extension_names }, \
    [TLS_EXT_LEN] = { TL_TLS_PREFIX ".handshake.extension.len", "Length", .type = TL_U16, .unit = "bytes" }, \
    [TLS_EXT_DATA] = { TL_TLS_PREFIX ".handshake.extension.data", "Data", .type = TL_BYTES }, \
    [TLS_SNI_LIST_LEN] = { TL_TLS_PREFIX ".handshake.extensions_server_name_list_len", "Names length", \
                           .type = TL_U16, \
                           .unit = "bytes" }, \
    [TLS_SNI_TYPE] = { TL_TLS_PREFIX ".handshake.extensions_server_name_type", "Type of the name", .type = TL_U8, \
                       .flags = TL_REPEATS, .help = "0: a host" }, \
    [TLS_SNI_LEN] = { TL_TLS_PREFIX ".handshake.extensions_server_name_len", "Name length", .type = TL_U16, \
                      .flags = TL_REPEATS, \
                      .unit = "bytes" }, \
    [TLS_SNI] = { TL_TLS_PREFIX ".handshake.extensions_server_name", "Server name", .type = TL_TEXT, \
                  .flags = TL_REPEATS }, \
    [TLS_GROUPS_LEN] = { TL_TLS_PREFIX ".handshake.extensions_supported_groups_length", "Groups length", \
                         .type = TL_U16, \
                         .unit = "bytes" }, \
    [TLS_GROUP] = { TL_TLS_PREFIX ".handshake.extensions_supported_group", "Group", .type = TL_U16, .base = TL_HEX, \
                    .flags = TL_REPEATS, .names = tl_tls_groups }, \
    [TLS_FORMATS_LEN] = { TL_TLS_PREFIX ".handshake.extensions_ec_point_formats_length", "Point formats length", \
                          .type = TL_U8, \
                          .unit = "bytes" }, \
    [TLS_FORMAT] = { TL_TLS_PREFIX ".handshake.extensions_ec_point_format", "Point format", .type = TL_U8, \
                     .flags = TL_REPEATS, \
                     .names = formats }, \
    [TLS_SIG_ALGS_LEN] = { TL_TLS_PREFIX ".handshake.sig_hash_alg_len", "Signature algorithms length", \
                           .type = TL_U16, \
                           .unit = "bytes" }, \
    [TLS_SIG_ALG] = { TL_TLS_PREFIX ".handshake.sig_hash_alg", "Signature algorithm", .type = TL_U16, \
                      .base = TL_HEX, \
                      .flags = TL_REPEATS, .names = tl_tls_signatures }, \
    [TLS_ALPN_LEN] = { TL_TLS_PREFIX ".handshake.extensions_alpn_len", "Protocols length", .type = TL_U16, \
                       .unit = "bytes" }, \
    [TLS_ALPN_STR_LEN] = { TL_TLS_PREFIX ".handshake.extensions_alpn_str_len", "Protocol length", .type = TL_U8, \
                           .flags = TL_REPEATS, .unit = "bytes" }, \
    [TLS_ALPN] = { TL_TLS_PREFIX ".handshake.extensions_alpn_str", "Protocol", .type = TL_TEXT, \
                   .flags = TL_REPEATS }, \
    [TLS_ALPS_LEN] = { TL_TLS_PREFIX ".handshake.extensions_alps_len", "Protocols length", .type = TL_U16, \
                       .unit = "bytes" }, \
    [TLS_ALPS_STR_LEN] = { TL_TLS_PREFIX ".handshake.extensions_alps_alpn_str_len", "Protocol length", \
                           .type = TL_U8, \
                           .flags = TL_REPEATS, .unit = "bytes" }, \
    [TLS_ALPS] = { TL_TLS_PREFIX ".handshake.extensions_alps_alpn_str", "Protocol with settings", .type = TL_TEXT, \
                   .flags = TL_REPEATS }, \
    [TLS_STATUS_TYPE] = { TL_TLS_PREFIX ".handshake.extensions_status_request_type", "Status type", .type = TL_U8, \
                          .names = status_types }, \
    [TLS_MAX_FRAGMENT] = { TL_TLS_PREFIX ".handshake.max_fragment_length", "Maximum fragment length", .type = TL_U8, \
                           .names = fragments }, \
    [TLS_HEARTBEAT_MODE] = { TL_TLS_PREFIX ".handshake.extension.heartbeat.mode", "Mode", .type = TL_U8, \
                             .names = heartbeat_modes }, \
    [TLS_RECORD_SIZE_LIMIT] = { TL_TLS_PREFIX ".record_size_limit", "Record size limit", .type = TL_U16, \
                                .unit = "bytes" }, \
    [TLS_RENEG_LEN] = { TL_TLS_PREFIX ".handshake.extensions_reneg_info_len", "Renegotiation info length", \
                        .type = TL_U8, \
                        .unit = "bytes" }, \
    [TLS_RENEG] = { TL_TLS_PREFIX ".handshake.extensions_reneg_info", "Renegotiation info", .type = TL_BYTES }, \
    [TLS_VERSIONS_LEN] = { TL_TLS_PREFIX ".handshake.extensions.supported_versions_len", "Versions length", \
                           .type = TL_U8, \
                           .unit = "bytes" }, \
    [TLS_SUPPORTED_VERSION] = { TL_TLS_PREFIX ".handshake.extensions.supported_version", "Version", .type = TL_U16, \
                                .base = TL_HEX, .flags = TL_REPEATS, .names = tl_tls_versions }, \
    [TLS_KEY_SHARE_LEN] = { TL_TLS_PREFIX ".handshake.extensions_key_share_client_length", "Key shares length", \
                            .type = TL_U16, \
                            .unit = "bytes" }, \
    [TLS_KEY_SHARE_GROUP] = { TL_TLS_PREFIX ".handshake.extensions_key_share_group", "Group of a key share", \
                              .type = TL_U16, \
                              .flags = TL_REPEATS, .names = tl_tls_groups }, \
    [TLS_KEY_LEN] = { TL_TLS_PREFIX ".handshake.extensions_key_share_key_exchange_length", "Key share length", \
                      .type = TL_U16, \
                      .flags = TL_REPEATS, .unit = "bytes" }, \
    [TLS_KEY] = { TL_TLS_PREFIX ".handshake.extensions_key_share_key_exchange", "Key share", .type = TL_BYTES, \
                  .flags = TL_REPEATS }, \
    [TLS_SELECTED_GROUP] = { TL_TLS_PREFIX ".handshake.extensions_key_share_selected_group", \
                             "Group that the server asks for", \
                             .type = TL_U16, .names = tl_tls_groups }, \
    [TLS_COOKIE_LEN] = { TL_TLS_PREFIX ".handshake.extensions.cookie_len", "Cookie length", .type = TL_U16, \
                         .unit = "bytes" }, \
    [TLS_COOKIE] = { TL_TLS_PREFIX ".handshake.extensions.cookie", "Cookie", .type = TL_BYTES }, \
    [TLS_PSK_MODES_LEN] = { TL_TLS_PREFIX ".extension.psk_ke_modes_length", "Modes length", .type = TL_U8, \
                            .unit = "bytes" }, \
    [TLS_PSK_MODE] = { TL_TLS_PREFIX ".extension.psk_ke_mode", "Mode", .type = TL_U8, .flags = TL_REPEATS, \
                       .names = psk_modes }, \
    [TLS_PSK_IDENTITIES_LEN] = { TL_TLS_PREFIX ".handshake.extensions.psk.identities.length", "Identities length", \
                                 .type = TL_U16, .unit = "bytes" }, \
    [TLS_PSK_IDENTITY_LEN] = { TL_TLS_PREFIX ".handshake.extensions.psk.identity.identity_length", \
                               "Identity length", \
                               .type = TL_U16, .flags = TL_REPEATS, .unit = "bytes" }, \
    [TLS_PSK_IDENTITY] = { TL_TLS_PREFIX ".handshake.extensions.psk.identity.identity", "Identity", \
                           .type = TL_BYTES, \
                           .flags = TL_REPEATS }, \
    [TLS_PSK_AGE] = { TL_TLS_PREFIX ".handshake.extensions.psk.identity.obfuscated_ticket_age", \
                      "Obfuscated ticket age", \
                      .type = TL_U32, .flags = TL_REPEATS }, \
    [TLS_PSK_BINDERS_LEN] = { TL_TLS_PREFIX ".handshake.extensions.psk.binders_len", "Binders length", \
                              .type = TL_U16, \
                              .unit = "bytes" }, \
    [TLS_PSK_SELECTED] = { TL_TLS_PREFIX ".handshake.extensions.psk.identity.selected", "Selected identity", \
                           .type = TL_U16 }, \
    [TLS_EARLY_DATA_MAX] = { TL_TLS_PREFIX ".early_data.max_early_data_size", "Most early data", .type = TL_U32, \
                             .unit = "bytes" }, \
    [TLS_COMPRESS_LEN] = { TL_TLS_PREFIX ".compress_certificate.algorithms_length", "Algorithms length", \
                           .type = TL_U8, \
                           .unit = "bytes" }, \
    [TLS_COMPRESS] = { TL_TLS_PREFIX ".compress_certificate.algorithm", "Compression of certificates", \
                       .type = TL_U16, \
                       .flags = TL_REPEATS, .names = compressions }, \
    [TLS_CERT_TYPES_LEN] = { TL_TLS_PREFIX ".handshake.cert_type.types_len", "Certificate types length", \
                             .type = TL_U8, \
                             .unit = "bytes" }, \
    [TLS_CERT_TYPE_OF] = { TL_TLS_PREFIX ".handshake.cert_type.type", "Certificate type", .type = TL_U8, \
                           .flags = TL_REPEATS, \
                           .names = certificate_types }, \
    [TLS_ECH_TYPE] = { TL_TLS_PREFIX ".ech.client_hello_type", "Type of encrypted hello", .type = TL_U8, \
                       .names = ech_types }, \
    [TLS_ECH_KDF] = { TL_TLS_PREFIX ".ech.kdf_id", "Key derivation", .type = TL_U16, .base = TL_HEX }, \
    [TLS_ECH_AEAD] = { TL_TLS_PREFIX ".ech.aead_id", "Cipher", .type = TL_U16, .base = TL_HEX }, \
    [TLS_ECH_CONFIG] = { TL_TLS_PREFIX ".ech.config_id", "Configuration", .type = TL_U8 }, \
    [TLS_ECH_ENC_LEN] = { TL_TLS_PREFIX ".ech.enc_length", "Encapsulated key length", .type = TL_U16, \
                          .unit = "bytes" }, \
    [TLS_ECH_ENC] = { TL_TLS_PREFIX ".ech.enc", "Encapsulated key", .type = TL_BYTES }, \
    [TLS_ECH_PAYLOAD_LEN] = { TL_TLS_PREFIX ".ech.payload_length", "Encrypted hello length", .type = TL_U16, \
                              .unit = "bytes" }, \
    [TLS_ECH_PAYLOAD] = { TL_TLS_PREFIX ".ech.payload", "Encrypted hello", .type = TL_BYTES, \
                          .help = "Or random bytes of a client without a configuration (GREASE)" }, \
    [TLS_ECH_CONFIRMATION] = { TL_TLS_PREFIX ".ech.confirmation", "Confirmation of the encrypted hello", \
                               .type = TL_BYTES }, \
    [TLS_JA3] = { TL_TLS_PREFIX ".handshake.ja3", "JA3", .type = TL_TEXT, .flags = TL_DERIVED }, \
    [TLS_JA3_FULL] = { TL_TLS_PREFIX ".handshake.ja3_full", "JA3 in full", .type = TL_TEXT, .flags = TL_DERIVED }, \
    [TLS_JA3S] = { TL_TLS_PREFIX ".handshake.ja3s", "JA3S", .type = TL_TEXT, .flags = TL_DERIVED }, \
    [TLS_JA3S_FULL] = { TL_TLS_PREFIX ".handshake.ja3s_full", "JA3S in full", .type = TL_TEXT, \
                        .flags = TL_DERIVED }, \
    [TLS_JA4] = { TL_TLS_PREFIX ".handshake.ja4", "JA4", .type = TL_TEXT, .flags = TL_DERIVED }, \
    [TLS_CERTIFICATES_LEN] = { TL_TLS_PREFIX ".handshake.certificates_length", "Certificates length", \
                               .type = TL_U24, \
                               .flags = TL_REPEATS, .unit = "bytes" }, \
    [TLS_CERTIFICATE_LEN] = { TL_TLS_PREFIX ".handshake.certificate_length", "Certificate length", .type = TL_U24, \
                              .flags = TL_REPEATS, .unit = "bytes" }, \
    [TLS_UNCOMPRESSED_LEN] = { TL_TLS_PREFIX ".compress_certificate.uncompressed_length", "Uncompressed length", \
                               .type = TL_U24, \
                               .unit = "bytes" }, \
    [TLS_COMPRESSED_LEN] = { TL_TLS_PREFIX ".compress_certificate.compressed_certificate_message.length", \
                             "Compressed length", \
                             .type = TL_U24, .unit = "bytes" }, \
    [TLS_COMPRESSED] = { TL_TLS_PREFIX ".compress_certificate.compressed_certificate_message", \
                         "Compressed certificates", \
                         .type = TL_BYTES }, \
    [TLS_OCSP_LEN] = { TL_TLS_PREFIX ".handshake.ocsp_response_len", "OCSP response length", .type = TL_U24, \
                       .unit = "bytes" }, \
    [TLS_OCSP] = { TL_TLS_PREFIX ".handshake.ocsp_response", "OCSP response", .type = TL_BYTES }, \
    [TLS_CERT_TYPES_COUNT] = { TL_TLS_PREFIX ".handshake.cert_types_count", "Certificate types", .type = TL_U8 }, \
    [TLS_CERT_TYPE] = { TL_TLS_PREFIX ".handshake.cert_type", "Certificate type", .type = TL_U8, \
                        .flags = TL_REPEATS, \
                        .names = tl_tls_certificate_types }, \
    [TLS_DNAMES_LEN] = { TL_TLS_PREFIX ".handshake.dnames_len", "Names of authorities length", .type = TL_U16, \
                         .unit = "bytes" }, \
    [TLS_DNAME_LEN] = { TL_TLS_PREFIX ".handshake.dname_len", "Name length", .type = TL_U16, .flags = TL_REPEATS, \
                        .unit = "bytes" }, \
    [TLS_CONTEXT_LEN] = { TL_TLS_PREFIX ".handshake.certificate_request_context_length", "Context length", \
                          .type = TL_U8, \
                          .unit = "bytes" }, \
    [TLS_CONTEXT] = { TL_TLS_PREFIX ".handshake.certificate_request_context", "Context", .type = TL_BYTES }, \
    [TLS_CURVE_TYPE] = { TL_TLS_PREFIX ".handshake.server_curve_type", "Curve type", .type = TL_U8, \
                         .names = curve_types }, \
    [TLS_CURVE] = { TL_TLS_PREFIX ".handshake.server_named_curve", "Named curve", .type = TL_U16, .base = TL_HEX, \
                    .names = tl_tls_groups }, \
    [TLS_POINT_LEN] = { TL_TLS_PREFIX ".handshake.server_point_len", "Public key length", .type = TL_U8, \
                        .unit = "bytes" }, \
    [TLS_POINT] = { TL_TLS_PREFIX ".handshake.server_point", "Public key", .type = TL_BYTES }, \
    [TLS_P_LEN] = { TL_TLS_PREFIX ".handshake.p_len", "p length", .type = TL_U16, .unit = "bytes" }, \
    [TLS_P] = { TL_TLS_PREFIX ".handshake.p", "p", .type = TL_BYTES }, \
    [TLS_G_LEN] = { TL_TLS_PREFIX ".handshake.g_len", "g length", .type = TL_U16, .unit = "bytes" }, \
    [TLS_G] = { TL_TLS_PREFIX ".handshake.g", "g", .type = TL_BYTES }, \
    [TLS_YS_LEN] = { TL_TLS_PREFIX ".handshake.ys_len", "Public key length", .type = TL_U16, .unit = "bytes" }, \
    [TLS_YS] = { TL_TLS_PREFIX ".handshake.ys", "Public key", .type = TL_BYTES }, \
    [TLS_SIG_LEN] = { TL_TLS_PREFIX ".handshake.sig_len", "Signature length", .type = TL_U16, .unit = "bytes" }, \
    [TLS_SIG] = { TL_TLS_PREFIX ".handshake.sig", "Signature", .type = TL_BYTES }, \
    [TLS_CLIENT_POINT_LEN] = { TL_TLS_PREFIX ".handshake.client_point_len", "Public key length", .type = TL_U8, \
                               .unit = "bytes" }, \
    [TLS_CLIENT_POINT] = { TL_TLS_PREFIX ".handshake.client_point", "Public key", .type = TL_BYTES }, \
    [TLS_YC_LEN] = { TL_TLS_PREFIX ".handshake.yc_len", "Public key length", .type = TL_U16, .unit = "bytes" }, \
    [TLS_YC] = { TL_TLS_PREFIX ".handshake.yc", "Public key", .type = TL_BYTES }, \
    [TLS_EPMS_LEN] = { TL_TLS_PREFIX ".handshake.epms_len", "Encrypted secret length", .type = TL_U16, \
                       .unit = "bytes" }, \
    [TLS_EPMS] = { TL_TLS_PREFIX ".handshake.epms", "Encrypted secret", .type = TL_BYTES }, \
    [TLS_HINT_LEN] = { TL_TLS_PREFIX ".handshake.hint_len", "Hint length", .type = TL_U16, .unit = "bytes" }, \
    [TLS_HINT] = { TL_TLS_PREFIX ".handshake.hint", "Hint", .type = TL_BYTES }, \
    [TLS_IDENTITY_LEN] = { TL_TLS_PREFIX ".handshake.identity_len", "Identity length", .type = TL_U16, \
                           .unit = "bytes" }, \
    [TLS_IDENTITY] = { TL_TLS_PREFIX ".handshake.identity", "Identity", .type = TL_BYTES }, \
    [TLS_VERIFY_LEN] = { TL_TLS_PREFIX ".handshake.client_cert_vrfy.sig_len", "Signature length", .type = TL_U16, \
                         .unit = "bytes" }, \
    [TLS_VERIFY] = { TL_TLS_PREFIX ".handshake.client_cert_vrfy.sig", "Signature", .type = TL_BYTES }, \
    [TLS_VERIFY_DATA] = { TL_TLS_PREFIX ".handshake.verify_data", "Verify data", .type = TL_BYTES }, \
    [TLS_LIFETIME] = { TL_TLS_PREFIX ".handshake.session_ticket_lifetime_hint", "Lifetime", .type = TL_U32, \
                       .unit = "seconds" }, \
    [TLS_AGE_ADD] = { TL_TLS_PREFIX ".handshake.session_ticket_age_add", "Age added", .type = TL_U32 }, \
    [TLS_NONCE_LEN] = { TL_TLS_PREFIX ".handshake.session_ticket_nonce_length", "Nonce length", .type = TL_U8, \
                        .unit = "bytes" }, \
    [TLS_NONCE] = { TL_TLS_PREFIX ".handshake.session_ticket_nonce", "Nonce", .type = TL_BYTES }, \
    [TLS_TICKET_LEN] = { TL_TLS_PREFIX ".handshake.session_ticket_length", "Ticket length", .type = TL_U16, \
                         .unit = "bytes" }, \
    [TLS_TICKET] = { TL_TLS_PREFIX ".handshake.session_ticket", "Ticket", .type = TL_BYTES }, \
    [TLS_KEY_UPDATE] = { TL_TLS_PREFIX ".handshake.key_update.request_update", \
                         "The other side is to update its keys", \
                         .type = TL_U8 }, \
    [TLS_SPEC] = { TL_TLS_PREFIX ".handshake.cipherspec", "Cipher specification", .type = TL_U24, .base = TL_HEX, \
                   .flags = TL_REPEATS, .names = tl_tls_ssl2_suites }, \
    [TLS_SPECS_LEN] = { TL_TLS_PREFIX ".handshake.cipher_spec_len", "Cipher specifications length", .type = TL_U16, \
                        .unit = "bytes" }, \
    [TLS_CHALLENGE_LEN] = { TL_TLS_PREFIX ".handshake.challenge_length", "Challenge length", .type = TL_U16, \
                            .unit = "bytes" }, \
    [TLS_CHALLENGE] = { TL_TLS_PREFIX ".handshake.challenge", "Challenge", .type = TL_BYTES }, \
    [TLS_SCTS_LEN] = { TL_TLS_PREFIX ".sct.scts_length", "Timestamps length", .type = TL_U16, .unit = "bytes" }, \
    [TLS_SCT_LEN] = { TL_TLS_PREFIX ".sct.sct_length", "Timestamp length", .type = TL_U16, .flags = TL_REPEATS, \
                      .unit = "bytes" }, \
    [TLS_SCT_VERSION] = { TL_TLS_PREFIX ".sct.sct_version", "Version", .type = TL_U8, .flags = TL_REPEATS }, \
    [TLS_SCT_LOG] = { TL_TLS_PREFIX ".sct.sct_logid", "Log", .type = TL_BYTES, .flags = TL_REPEATS }, \
    [TLS_SCT_TIME] = { TL_TLS_PREFIX ".sct.sct_timestamp", "Time", .type = TL_TIME, .flags = TL_REPEATS }, \
    [TLS_SCT_EXT_LEN] = { TL_TLS_PREFIX ".sct.sct_extensions_length", "Extensions length", .type = TL_U16, \
                          .flags = TL_REPEATS, \
                          .unit = "bytes" }, \
    [TLS_SCT_SIG_LEN] = { TL_TLS_PREFIX ".sct.sct_signature_length", "Signature length", .type = TL_U16, \
                          .flags = TL_REPEATS, \
                          .unit = "bytes" }, \
    [TLS_SCT_SIG] = { TL_TLS_PREFIX ".sct.sct_signature", "Signature", .type = TL_BYTES, .flags = TL_REPEATS },

/* These names never change; docs/PROTOCOLS.md lists them. */
#define TL_TLS_WEIRD_ROWS \
    [TLS_WEIRD_RECORD] = { TL_TLS_PREFIX "_record_invalid", "Bytes that are no TLS record where one should begin" }, \
    [TLS_WEIRD_HANDSHAKE] = { TL_TLS_PREFIX "_handshake_malformed", "A handshake message contradicts itself" }, \
    [TLS_WEIRD_LONG] = { TL_TLS_PREFIX "_handshake_too_long", "A handshake message of more than 256 KiB" }, \
    [TLS_WEIRD_CERTIFICATE] = { TL_TLS_PREFIX "_certificate_malformed", "A certificate that cannot be read" }, \
    [TLS_WEIRD_CHAIN] = { TL_TLS_PREFIX "_chain_too_long", "A chain of more than ten certificates" }, \
    [TLS_WEIRD_COMPRESSION] = { TL_TLS_PREFIX "_compressed_certificate_malformed", \
                                "Certificates that cannot be decompressed" }, \
    [TLS_WEIRD_HEARTBEAT] = { TL_TLS_PREFIX "_heartbeat_too_long", \
                              "A heartbeat that says it is longer than its record" }, \
    [TLS_WEIRD_DECRYPTION] = { TL_TLS_PREFIX "_decryption_failed", \
                               "A record does not verify with the session's secrets: its side is not decrypted " \
                               "further" }, \
    [TLS_WEIRD_MEMORY] = { TL_TLS_PREFIX "_handshake_no_memory", "A handshake message found no memory" },

#endif
