/*
 * tls.h - SSL 2.0 to TLS 1.3: fields, the state of a flow, and what the files here give each other.
 *
 * tls.c cuts the stream into records, tls_handshake.c puts handshake messages together and reads most of them,
 * tls_hello.c and tls_extension.c read hellos, tls_certificate.c chains, tls_session.c writes the record. Where there
 * are secrets, tls_decrypt.c opens records with the keys that tls_keys.c derives.
 */
#ifndef TL_DISSECTORS_TLS_TLS_H
#define TL_DISSECTORS_TLS_TLS_H

#include "core/dissect.h"
#include "core/part.h"

enum tl_tls_field {
    TLS_RECORD, TLS_CONTENT_TYPE, TLS_OPAQUE_TYPE, TLS_RECORD_VERSION, TLS_RECORD_LENGTH, TLS_LINE, TLS_CCS,
    TLS_ALERT_LEVEL,
    TLS_ALERT_DESC, TLS_HEARTBEAT_TYPE, TLS_HEARTBEAT_LENGTH, TLS_HANDSHAKE, TLS_TYPE, TLS_LENGTH, TLS_VERSION,
    TLS_RANDOM, TLS_SESSION_ID_LEN, TLS_SESSION_ID, TLS_SUITES_LEN, TLS_SUITE, TLS_COMP_METHODS_LEN,
    TLS_COMP_METHOD, TLS_EXTENSIONS_LEN, TLS_EXTENSION, TLS_EXT_TYPE, TLS_EXT_LEN, TLS_EXT_DATA, TLS_SNI_LIST_LEN,
    TLS_SNI_TYPE, TLS_SNI_LEN, TLS_SNI, TLS_GROUPS_LEN, TLS_GROUP, TLS_FORMATS_LEN, TLS_FORMAT, TLS_SIG_ALGS_LEN,
    TLS_SIG_ALG, TLS_ALPN_LEN, TLS_ALPN_STR_LEN, TLS_ALPN, TLS_ALPS_LEN, TLS_ALPS_STR_LEN, TLS_ALPS,
    TLS_STATUS_TYPE, TLS_MAX_FRAGMENT, TLS_HEARTBEAT_MODE, TLS_RECORD_SIZE_LIMIT, TLS_RENEG_LEN, TLS_RENEG,
    TLS_VERSIONS_LEN, TLS_SUPPORTED_VERSION, TLS_KEY_SHARE_LEN, TLS_KEY_SHARE_GROUP, TLS_KEY_LEN, TLS_KEY,
    TLS_SELECTED_GROUP, TLS_COOKIE_LEN, TLS_COOKIE, TLS_PSK_MODES_LEN, TLS_PSK_MODE, TLS_PSK_IDENTITIES_LEN,
    TLS_PSK_IDENTITY_LEN, TLS_PSK_IDENTITY, TLS_PSK_AGE, TLS_PSK_BINDERS_LEN, TLS_PSK_SELECTED, TLS_EARLY_DATA_MAX,
    TLS_COMPRESS_LEN, TLS_COMPRESS, TLS_CERT_TYPES_LEN, TLS_CERT_TYPE_OF, TLS_ECH_TYPE, TLS_ECH_KDF, TLS_ECH_AEAD,
    TLS_ECH_CONFIG, TLS_ECH_ENC_LEN, TLS_ECH_ENC, TLS_ECH_PAYLOAD_LEN, TLS_ECH_PAYLOAD, TLS_ECH_CONFIRMATION,
    TLS_JA3, TLS_JA3_FULL, TLS_JA3S, TLS_JA3S_FULL, TLS_JA4, TLS_CERTIFICATES_LEN, TLS_CERTIFICATE_LEN,
    TLS_UNCOMPRESSED_LEN, TLS_COMPRESSED_LEN, TLS_COMPRESSED, TLS_OCSP_LEN, TLS_OCSP,
    TLS_CERT_TYPES_COUNT, TLS_CERT_TYPE, TLS_DNAMES_LEN, TLS_DNAME_LEN, TLS_CONTEXT_LEN, TLS_CONTEXT,
    TLS_CURVE_TYPE, TLS_CURVE, TLS_POINT_LEN, TLS_POINT, TLS_P_LEN, TLS_P, TLS_G_LEN, TLS_G, TLS_YS_LEN, TLS_YS,
    TLS_SIG_LEN, TLS_SIG, TLS_CLIENT_POINT_LEN, TLS_CLIENT_POINT, TLS_YC_LEN, TLS_YC, TLS_EPMS_LEN, TLS_EPMS,
    TLS_HINT_LEN, TLS_HINT, TLS_IDENTITY_LEN, TLS_IDENTITY, TLS_VERIFY_LEN, TLS_VERIFY, TLS_VERIFY_DATA,
    TLS_LIFETIME, TLS_AGE_ADD, TLS_NONCE_LEN, TLS_NONCE, TLS_TICKET_LEN, TLS_TICKET, TLS_KEY_UPDATE, TLS_SPEC,
    TLS_SPECS_LEN, TLS_CHALLENGE_LEN, TLS_CHALLENGE, TLS_SCTS_LEN, TLS_SCT_LEN, TLS_SCT_VERSION, TLS_SCT_LOG,
    TLS_SCT_TIME, TLS_SCT_EXT_LEN, TLS_SCT_SIG_LEN, TLS_SCT_SIG, TLS_FIELDS,
    /* DTLS alone has these. */
    DTLS_EPOCH = TLS_FIELDS, DTLS_NUMBER, DTLS_CID, DTLS_MESSAGE_SEQ, DTLS_FRAGMENT_OFFSET, DTLS_FRAGMENT_LENGTH,
    DTLS_COOKIE_LEN, DTLS_COOKIE, DTLS_SRTP_LEN, DTLS_SRTP_PROFILE, DTLS_MKI_LEN, DTLS_MKI, DTLS_UNIFIED,
    DTLS_UNIFIED_FIXED, DTLS_UNIFIED_CID, DTLS_UNIFIED_NUMBER, DTLS_UNIFIED_LENGTH, DTLS_UNIFIED_EPOCH,
    DTLS_CID_LEN, DTLS_OWN_CID, DTLS_CID_COUNT, DTLS_CIDS_LEN, DTLS_CID_USAGE, DTLS_ACK_LEN, DTLS_ACK_RECORD,
    DTLS_ACK_EPOCH, DTLS_ACK_NUMBER, DTLS_FIELDS
};

enum tl_tls_weird {
    TLS_WEIRD_RECORD, TLS_WEIRD_HANDSHAKE, TLS_WEIRD_LONG, TLS_WEIRD_CERTIFICATE, TLS_WEIRD_CHAIN,
    TLS_WEIRD_COMPRESSION, TLS_WEIRD_HEARTBEAT, TLS_WEIRD_MEMORY, TLS_WEIRD_DECRYPTION, TLS_WEIRDS
};

enum tl_tls_content {
    TLS_CHANGE_CIPHER_SPEC = 20, TLS_ALERT, TLS_HANDSHAKE_RECORD, TLS_APPLICATION_DATA, TLS_HEARTBEAT
};

enum tl_tls_type {
    TLS_HELLO_REQUEST = 0, TLS_CLIENT_HELLO = 1, TLS_SERVER_HELLO = 2, TLS_HELLO_VERIFY_REQUEST = 3,
    TLS_NEW_SESSION_TICKET = 4, TLS_END_OF_EARLY_DATA = 5, TLS_HELLO_RETRY_REQUEST = 6, TLS_ENCRYPTED_EXTENSIONS = 8,
    TLS_REQUEST_CONNECTION_ID = 9, TLS_NEW_CONNECTION_ID = 10, /* DTLS 1.3 */
    TLS_CERTIFICATE_MESSAGE = 11, TLS_SERVER_KEY_EXCHANGE = 12, TLS_CERTIFICATE_REQUEST = 13,
    TLS_SERVER_HELLO_DONE = 14,
    TLS_CERTIFICATE_VERIFY = 15, TLS_CLIENT_KEY_EXCHANGE = 16, TLS_FINISHED = 20, TLS_CERTIFICATE_URL = 21,
    TLS_CERTIFICATE_STATUS = 22, TLS_SUPPLEMENTAL_DATA = 23, TLS_KEY_UPDATE_MESSAGE = 24,
    TLS_COMPRESSED_CERTIFICATE = 25, TLS_MESSAGE_HASH = 254,
};

/* The values of TLS_LINE beyond handshake types: what a record is called in the packet's line. */
enum tl_tls_line {
    TLS_LINE_CCS = 0x100, TLS_LINE_ALERT, TLS_LINE_APPLICATION, TLS_LINE_HEARTBEAT, TLS_LINE_ENCRYPTED,
    TLS_LINE_ENCRYPTED_ALERT, TLS_LINE_RECORD, TLS_LINE_FRAGMENT, TLS_LINE_ACK
};

enum tl_tls_extension {
    TLS_EXT_SERVER_NAME = 0, TLS_EXT_MAX_FRAGMENT = 1, TLS_EXT_STATUS_REQUEST = 5, TLS_EXT_GROUPS = 10,
    TLS_EXT_FORMATS = 11, TLS_EXT_SIGNATURES = 13, TLS_EXT_SRTP = 14, TLS_EXT_HEARTBEAT = 15,
    TLS_EXT_ALPN = 16, TLS_EXT_SCT = 18,
    TLS_EXT_CLIENT_CERT_TYPE = 19, TLS_EXT_SERVER_CERT_TYPE = 20, TLS_EXT_ENCRYPT_THEN_MAC = 22, TLS_EXT_MASTER = 23,
    TLS_EXT_COMPRESS = 27, TLS_EXT_SIZE_LIMIT = 28,
    TLS_EXT_DELEGATED = 34, TLS_EXT_TICKET = 35, TLS_EXT_PSK = 41, TLS_EXT_EARLY_DATA = 42, TLS_EXT_VERSIONS = 43,
    TLS_EXT_COOKIE = 44, TLS_EXT_PSK_MODES = 45, TLS_EXT_SIGNATURES_CERT = 50, TLS_EXT_KEY_SHARE = 51,
    TLS_EXT_CONNECTION_ID = 54,
    TLS_EXT_ALPS = 17513, TLS_EXT_ALPS_NEW = 17613, TLS_EXT_ECH = 65037, TLS_EXT_RENEGOTIATION = 65281,
};

enum {
    TLS_HANDSHAKE_MOST = 256 << 10, /* bytes of a handshake message that is read */
    TLS_CHAIN_MOST = 10,            /* certificates of a chain that are read */
    TLS_HISTORY_MOST = 100,         /* letters */
    TLS_NAME_MOST = 255,            /* bytes of a server name in the record */
    TLS_ALPN_MOST = 512,            /* bytes of the lists of protocol names in the record */
    TLS_JA4_LEN = 36,
};

extern const struct tl_name tl_tls_versions[], tl_tls_types[], tl_tls_alerts[], tl_tls_alert_words[],
    tl_tls_extension_names[], tl_tls_groups[], tl_tls_signatures[], tl_tls_certificate_types[], tl_tls_ssl2_suites[],
    tl_tls_suites[];
extern const struct tl_field tl_tls_fields[TLS_FIELDS];
extern const struct tl_weird_name tl_tls_weirds[TLS_WEIRDS];
extern const struct tl_record_def tl_tls_ssl_def;

/* What a record needs of a session, until it is written: kept bytes of the flow. */
struct tl_tls_session {
    int64_t ts;
    uint32_t name;            /* kept texts; 0: none */
    uint32_t offered;         /* the client's list of protocols, as on the wire */
    uint32_t next;            /* the server's protocol */
    uint32_t chain[2];        /* SHA-256 of certificates, by side */
    uint16_t version, suite, group;
    uint8_t alert;
    uint8_t history_len;
    uint8_t id_len[2];        /* of session ids: the client's, the server's */
    uint8_t id[2][32];
    uint8_t ja3[16], ja3s[16];
    char ja4[TLS_JA4_LEN];
    char history[TLS_HISTORY_MOST];
    bool client_hello, server_hello, has_group, has_alert, has_ja3, has_ja3s, has_next, established;
    bool ticket;              /* the client sent one */
    bool psk;                 /* the server accepted one */
    bool key_exchange;        /* the client sent its half */
    bool early_change;        /* a ChangeCipherSpec came before that */
    bool ech;                 /* the client sent an outer hello, or grease of that form */
    bool ech_confirmed;       /* the server's HelloRetryRequest has a confirmation, which may be random */
    bool matched, matches;    /* the server's certificate covers the name */
};

struct tl_tls_side {
    uint8_t *message;         /* owned, in the flow's memory: the beginning of a handshake message */
    uint32_t have, capacity;  /* bytes */
    uint16_t version, length; /* of the record that is being passed over */
    uint8_t type;
    bool begun;               /* a record was read */
    bool changed;             /* ChangeCipherSpec was sent */
    bool sealed;              /* handshake messages are encrypted */
    bool data;                /* a record of encrypted data was sent */
    bool lost;                /* the next record is looked for */
    bool awaits;              /* all of a record, which is `length` bytes long */
    bool torn;                /* the record that is being passed over is not shown: a part is missing */
    bool waits;               /* for the other side: for a hello, or for secrets */
};

struct tl_tls_flow {
    struct tl_tls_side side[2];
    uint32_t session;         /* kept bytes: struct tl_tls_session; 0: none (yet), or written */
    uint16_t version;         /* what the server chose; 0: unknown */
    uint32_t keys;            /* kept bytes: struct tl_tls_keys; 0: nothing is decrypted */
    uint8_t over;             /* enum tl_tls_transport; 0: TCP */
    uint8_t hellos[2];        /* read so far, by side */
    uint8_t client;           /* the side of the client */
    bool roles;               /* a hello told which side that is */
    uint8_t cid_len[2];       /* DTLS: bytes of the connection ids that the side gets, if has_cid */
    bool has_cid[2];
    bool written;             /* the record was written */
    bool stopped;             /* nothing more is read */
};

/* What a hello says, in place. */
struct tl_tls_hello {
    uint16_t version;         /* of the hello itself */
    uint16_t chosen;          /* the server's, by its extension; 0: none */
    uint16_t suite, group;
    bool client, has_group, retry;
    bool ticket, psk, ech;
    bool has_cid;             /* DTLS: connection ids for this side, of cid_len bytes */
    uint8_t cid_len;
    bool early, etm, compressed; /* early data, encrypt-then-MAC, a compression method */
    bool ems;                 /* extended master secret */
    struct tl_bytes random, id, suites, extensions;
    struct tl_bytes session;  /* the client's ticket; empty: none */
    struct tl_bytes name, groups, formats, signatures, alpn, versions; /* the lists without their lengths */
};

static inline bool tl_tls_is_grease(uint16_t value)
{
    return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

static inline bool tl_tls_is_13(uint16_t version)
{
    return version == 0x0304 || version == 0xfefc || version >> 8 == 0x7f || version >> 8 == 0xfb;
}

/* The version of TLS that a version of DTLS is made of; others are as they are. */
static inline uint16_t tl_tls_basis(uint16_t version)
{
    return version == 0xfeff || version == 0x0100 ? 0x0302 : version == 0xfefd ? 0x0303 : version;
}

/* The session that waits for its record; NULL when it was written, or there is no memory. */
static inline struct tl_tls_session *tl_tls_session(const struct tl_dissection *d, const struct tl_tls_flow *f)
{
    return f->session != 0 ? (struct tl_tls_session *)(void *)tl_kept_mine(d, f->session) : NULL;
}

/* An anomaly of the session: not of what comes after its record, which is not always read. */
static inline void tl_tls_weird(struct tl_dissection *d, const struct tl_tls_flow *f, enum tl_tls_weird kind)
{
    if (!f->written)
        tl_weird(d, kind, (struct tl_bytes){ NULL, 0 });
}

static inline void tl_tls_line(struct tl_dissection *d, unsigned line)
{
    tl_add(d, TLS_LINE, d->c.off, 0, line);
}

/* Reads a list of 16-bit numbers up to the end of the part. */
static inline void tl_tls_numbers(struct tl_dissection *d, unsigned field)
{
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_u16(d, field);
}

/* The bytes that are left in the part. */
static inline struct tl_bytes tl_tls_rest(const struct tl_dissection *d)
{
    return (struct tl_bytes){ d->c.base + d->c.off, tl_cursor_left(&d->c) };
}

/* The certificates of a message, in place. */
struct tl_tls_chain {
    int64_t ts;
    uint32_t off[TLS_CHAIN_MOST], len[TLS_CHAIN_MOST]; /* from base */
    uint32_t read, good; /* certificates, and those of them that can be read */
    bool full;           /* there are more */
    uint8_t source;      /* of the tree: base is its first byte */
    const uint8_t *base;
    uint8_t fingerprints[TLS_CHAIN_MOST * 32];
    struct {                 /* names of authorities in a certificate request; len 0: none */
        const uint8_t *base;
        uint32_t off, len;
        uint8_t source;
    } names;
};

static inline void tl_tls_chain_begin(struct tl_tls_chain *chain)
{
    chain->read = 0;
    chain->names.len = 0;
}

/* --- tls.c --- */

/* The contents of records, at the cursor. opened: it was encrypted. */
void tl_tls_change_cipher_spec(struct tl_dissection *d, struct tl_tls_flow *f, unsigned index, int64_t since);
void tl_tls_alert(struct tl_dissection *d, struct tl_tls_flow *f, unsigned index, bool opened, int64_t since);
void tl_tls_heartbeat(struct tl_dissection *d, struct tl_tls_flow *f, unsigned index, int64_t since);

/* --- tls_handshake.c --- */

/* Reads the body of a message, to which the cursor is limited. */
void tl_tls_message_body(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, unsigned type, int64_t since,
                         struct tl_tls_chain *chain);

/*
 * Reads the content of a handshake record. Returns false when the flow is not read further. Certificates and
 * names for the tree are left in chain: see tl_tls_chain_begin().
 */
bool tl_tls_handshake(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, int64_t since,
                      struct tl_tls_chain *chain);
void tl_tls_forget(struct tl_dissection *d, struct tl_tls_side *side);

/* --- tls_hello.c --- */

void tl_tls_client_hello(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, int64_t since);
void tl_tls_server_hello(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, int64_t since);
/* SSL 2.0 (draft-hickman-netscape-ssl-00): the message after its two bytes of length. */
void tl_tls_ssl2_hello(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, int64_t since);
/* Reads extensions with their length, if there are any. The place is the type of the message that has them. */
void tl_tls_extensions(struct tl_dissection *d, struct tl_tls_hello *h, unsigned place);

/* Is a server's hello with this random, of 32 bytes, a HelloRetryRequest? random may be NULL. */
bool tl_tls_is_retry(const uint8_t *random);

/* --- tls_extension.c --- */

/* Reads the value of an extension: the cursor is limited to it. */
void tl_tls_extension(struct tl_dissection *d, struct tl_tls_hello *h, unsigned place, uint16_t type);
void tl_tls_signature_list(struct tl_dissection *d, struct tl_tls_hello *h);

/* --- tls_certificate.c --- */

void tl_tls_certificates(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, struct tl_tls_chain *chain);
void tl_tls_compressed(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, struct tl_tls_chain *chain);
/* Adds the certificates to the tree: layers inside the record's. No group may be open. */
void tl_tls_show_chain(struct tl_dissection *d, const struct tl_tls_chain *chain);

/* --- tls_fingerprint.c --- */

enum tl_tls_transport { TL_TLS_OVER_TCP = 't', TL_TLS_OVER_QUIC = 'q', TL_TLS_OVER_DTLS = 'd' };

static inline enum tl_tls_transport tl_tls_transport_of(const struct tl_tls_flow *f)
{
    return f->over != 0 ? (enum tl_tls_transport)f->over : TL_TLS_OVER_TCP;
}

/* JA3 of a client's hello, JA3S of a server's. Needs d->crypto. The fields are added if they are wanted. */
void tl_tls_ja3(struct tl_dissection *d, const struct tl_tls_hello *h, uint8_t digest[16]);
void tl_tls_ja4(struct tl_dissection *d, const struct tl_tls_hello *h, enum tl_tls_transport over,
                char text[TLS_JA4_LEN]);

/* --- tls_decrypt.c --- */

enum tl_tls_opening { TL_TLS_SEALED, TL_TLS_OPENED, TL_TLS_WAITS };

/* A whole record that is encrypted. */
struct tl_tls_record {
    const uint8_t *header;    /* 5 bytes */
    struct tl_bytes sealed;
    uint64_t pos;             /* of the header in the stream */
    uint8_t *work;            /* room for the text and 13 bytes more */
    struct tl_bytes plain;    /* result: in work */
    uint8_t type;             /* result: in TLS 1.3 the inner type */
    bool numbered;            /* DTLS: number is the record's, with its epoch; there is no order */
    uint64_t number;
    unsigned missing;         /* result: records that are missing before it */
    uint64_t gap;             /* result: bytes of text that are missing before it */
};

/* Remembers what keys are made of, if there are secrets of the session. */
void tl_tls_keys_hello(struct tl_dissection *d, struct tl_tls_flow *f, const struct tl_tls_hello *h);
void tl_tls_keys_alpn(struct tl_dissection *d, struct tl_tls_flow *f, struct tl_bytes list);
/* The side changed its cipher. */
void tl_tls_keys_change(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side);
/* A handshake message of the side was read: other keys may follow. body: all of it, without its head. */
void tl_tls_keys_message(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, unsigned type,
                         struct tl_bytes body);
/* The server refused early data: the client will send it again. */
void tl_tls_keys_refused(struct tl_dissection *d, const struct tl_tls_flow *f);
/* TLS 1.3: has the side ended its handshake? */
bool tl_tls_keys_finished(const struct tl_dissection *d, const struct tl_tls_flow *f, unsigned side);
/* May a record of the side be opened? Then it is needed whole. */
bool tl_tls_keys_may_open(const struct tl_dissection *d, const struct tl_tls_flow *f, unsigned side);
/* Bytes of the side are missing. */
void tl_tls_keys_gap(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side);
/* Only if tl_tls_keys_may_open(). waited: the side does not wait again. */
enum tl_tls_opening tl_tls_keys_open(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, bool waited,
                                     struct tl_tls_record *r);
/* Passes application data on. Closes the layer. */
void tl_tls_keys_data(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, const struct tl_tls_record *r);
void tl_tls_keys_end(struct tl_dissection *d, const struct tl_tls_flow *f, unsigned side);
/*
 * What keys of QUIC and DTLS 1.3 are made of, beside the secrets: both open what is encrypted themselves. Returns false
 * without secrets, or before a hello of the client.
 */
struct tl_tls_negotiated {
    uint8_t random[TL_KEYLOG_RANDOM]; /* the client's */
    const struct tl_protocol *protocol; /* that the server chose; NULL: none, or unknown */
    uint16_t suite;
    bool server_hello;        /* suite is known */
};
bool tl_tls_keys_negotiated(const struct tl_dissection *d, const struct tl_tls_flow *f, struct tl_tls_negotiated *n);
/* DTLS 1.3 opened a record itself: the session counts as decrypted. early: its text is early data. */
void tl_tls_keys_opened(struct tl_dissection *d, const struct tl_tls_flow *f, bool early);
/* Wipes all keys. */
void tl_tls_keys_drop(struct tl_dissection *d, struct tl_tls_flow *f);

/* --- tls_premaster.c --- */

/* The state of hashes over the messages of a handshake up to TLS 1.2; 0: none, as there are no private keys. */
void tl_tls_transcript_begin(struct tl_dissection *d, uint32_t *handle);
void tl_tls_transcript_add(struct tl_dissection *d, uint32_t handle, unsigned type, struct tl_bytes body);
void tl_tls_transcript_drop(struct tl_dissection *d, uint32_t *handle);
/*
 * Opens the premaster secret of a ClientKeyExchange, its body, with a private key, and makes the master secret of 48 bytes.
 * randoms: the server's, then the client's. transcript: of the messages up to this one, if the secret is extended; else
 * 0. Returns false if no key fits.
 */
bool tl_tls_master(struct tl_dissection *d, uint16_t version, uint16_t suite, struct tl_bytes body,
                   const uint8_t randoms[2 * TL_KEYLOG_RANDOM], uint32_t transcript, uint8_t *master) TL_MUST_CHECK;

/* --- tls_session.c --- */

/* Returns the session that is being set up, begun if need be; NULL: none, or no memory. */
struct tl_tls_session *tl_tls_begin(struct tl_dissection *d, struct tl_tls_flow *f, int64_t since);
void tl_tls_history(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, char letter, int64_t since);
/* Remembers what a hello said. */
void tl_tls_note_hello(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, const struct tl_tls_hello *h,
                       int64_t since);
/* The server's list of protocols, in a message that was decrypted. */
void tl_tls_note_next(struct tl_dissection *d, struct tl_tls_flow *f, struct tl_bytes list);
/* A record came encrypted: the session may be established. data: in TLS 1.3 the side ended its handshake before it. */
void tl_tls_encrypted(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side, bool data);
/* QUIC: a Finished message was read. Those of both sides end the handshake. */
void tl_tls_finished(struct tl_dissection *d, struct tl_tls_flow *f, unsigned side);
/* Writes the record, if it was not written, and frees what waited for it. */
void tl_tls_write(struct tl_dissection *d, struct tl_tls_flow *f);

#endif
