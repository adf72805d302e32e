/*
 * quic.h - QUIC (RFC 9000, 9001, 9369, and its drafts): fields, the state of a flow, and what the files here give each
 * other.
 *
 * quic.c finds packets in datagrams, quic_packet.c reads their headers and opens them, quic_keys.c derives keys,
 * quic_frame.c reads frames, quic_crypto.c puts CRYPTO and STREAM data in order, quic_record.c writes the record.
 */
#ifndef TL_DISSECTORS_QUIC_QUIC_H
#define TL_DISSECTORS_QUIC_QUIC_H

#include "core/channel.h"
#include "core/crypto.h"
#include "core/dissect.h"
#include "core/range.h"

enum tl_quic_field {
    QUIC_LINE, QUIC_PACKET_LENGTH, QUIC_HEADER_FORM, QUIC_FIXED_BIT, QUIC_TYPE, QUIC_TYPE_V2, QUIC_LONG_RESERVED,
    QUIC_SPIN, QUIC_SHORT_RESERVED, QUIC_KEY_PHASE, QUIC_NUMBER_LENGTH, QUIC_VN_UNUSED, QUIC_VERSION, QUIC_DCIL,
    QUIC_DCID, QUIC_SCIL, QUIC_SCID, QUIC_SUPPORTED, QUIC_TOKEN_LENGTH, QUIC_TOKEN, QUIC_LENGTH, QUIC_NUMBER,
    QUIC_RETRY_TOKEN, QUIC_RETRY_TAG, QUIC_REMAINING, QUIC_COALESCED_PADDING, QUIC_UNKNOWN_CONNECTION, QUIC_FRAME,
    QUIC_FRAME_TYPE, QUIC_PADDING_LENGTH, QUIC_ACK_LARGEST, QUIC_ACK_DELAY, QUIC_ACK_COUNT, QUIC_ACK_FIRST,
    QUIC_ACK_GAP, QUIC_ACK_RANGE, QUIC_ACK_ECT0, QUIC_ACK_ECT1, QUIC_ACK_CE, QUIC_RESET_STREAM, QUIC_RESET_ERROR,
    QUIC_RESET_SIZE, QUIC_STOP_STREAM, QUIC_STOP_ERROR, QUIC_CRYPTO_OFFSET, QUIC_CRYPTO_LENGTH, QUIC_NT_LENGTH,
    QUIC_NT_TOKEN, QUIC_STREAM_FIN, QUIC_STREAM_LEN, QUIC_STREAM_OFF, QUIC_STREAM_ID, QUIC_STREAM_INITIATOR,
    QUIC_STREAM_DIRECTION, QUIC_STREAM_OFFSET, QUIC_STREAM_LENGTH, QUIC_MAX_DATA, QUIC_MSD_STREAM, QUIC_MSD_MOST,
    QUIC_MAX_STREAMS, QUIC_DB_LIMIT, QUIC_SDB_STREAM, QUIC_SDB_LIMIT, QUIC_SIB_LIMIT, QUIC_NCI_RETIRE,
    QUIC_NCI_SEQUENCE, QUIC_NCI_LENGTH, QUIC_NCI_ID, QUIC_NCI_RESET_TOKEN, QUIC_RCI_SEQUENCE, QUIC_PATH_CHALLENGE,
    QUIC_PATH_RESPONSE, QUIC_CC_ERROR, QUIC_CC_APP_ERROR, QUIC_CC_ALERT, QUIC_CC_FRAME_TYPE, QUIC_CC_REASON_LENGTH,
    QUIC_CC_REASON, QUIC_DG_LENGTH, QUIC_DG, QUIC_UNKNOWN_FRAME, QUIC_MIGRATED, QUIC_FIELDS
};

enum tl_quic_weird {
    QUIC_WEIRD_HEADER, QUIC_WEIRD_FRAME, QUIC_WEIRD_INITIAL, QUIC_WEIRD_RETRY, QUIC_WEIRD_CRYPTO, QUIC_WEIRD_MEMORY,
    QUIC_WEIRD_STREAMS, QUIC_WEIRD_DECRYPTION, QUIC_WEIRDS
};

/* Types of long headers, as in version 1. */
enum tl_quic_type { QUIC_INITIAL, QUIC_EARLY, QUIC_HANDSHAKE, QUIC_RETRY, QUIC_SHORT, QUIC_NEGOTIATION, QUIC_OTHER };

enum tl_quic_level { QUIC_LEVEL_INITIAL, QUIC_LEVEL_EARLY, QUIC_LEVEL_HANDSHAKE, QUIC_LEVEL_DATA, QUIC_LEVELS };

enum {
    QUIC_ID_MOST = 20,         /* bytes of a connection id in known versions (RFC 9000 section 17.2) */
    QUIC_IDS_MOST = 8,         /* ids of a side that are remembered */
    QUIC_HISTORY_MOST = 100,   /* letters */
    QUIC_STREAMS_MOST = 256,   /* streams that are followed at a time */
    QUIC_HELD_MOST = 64 << 10, /* bytes of a stream that wait for earlier ones */
    QUIC_PIECES_MOST = 256,
    QUIC_NAME_MOST = 255,
    QUIC_TAG = 16,             /* bytes of an authentication tag */
};

struct tl_quic_id {
    uint8_t len;
    uint8_t bytes[QUIC_ID_MOST];
};

/* --- quic_version.c --- */

struct tl_quic_version {
    uint32_t number;
    const char *name;          /* in the record */
    const uint8_t *salt;       /* 20 bytes; NULL: Initial packets are not opened */
    const uint8_t *retry;      /* key and nonce of the integrity tag of Retry, 28 bytes; NULL: unknown */
    const char *prefix;        /* of labels: "quic " or "quicv2 " */
    bool second;               /* types of packets are numbered as in version 2 */
    bool old;                  /* one byte has the lengths of both ids */
};

/* NULL: unknown. */
const struct tl_quic_version *tl_quic_version_of(uint32_t number);
extern const struct tl_name tl_quic_version_names[];
/* Google's versions with a handshake of TLS: T050, T051. */
static inline bool tl_quic_is_google(uint32_t number)
{
    return (number & 0xffffff00) == 0x54303500;
}
/* Versions that are reserved to be unknown (RFC 9000 section 15). */
static inline bool tl_quic_is_reserved(uint32_t number)
{
    return (number & 0x0f0f0f0f) == 0x0a0a0a0a;
}

/* --- quic_keys.c --- */

/* Protection of one direction at one level (RFC 9001 section 5). */
struct tl_quic_key {
    enum tl_aead aead;
    enum tl_hash hash;
    uint8_t secret_len;
    uint8_t secret[TL_HASH_MOST], key[32], iv[TL_NONCE], hp[32];
};

/* Where keys are derived. */
struct tl_quic_crypto {
    const struct tl_crypto *crypto;
    struct tl_crypto_state *state;
};

bool tl_quic_initial_key(const struct tl_quic_crypto *c, const struct tl_quic_version *v, const struct tl_quic_id *dcid,
                         bool client, struct tl_quic_key *key) TL_MUST_CHECK;
/* aead and hash of the key are set. */
bool tl_quic_secret_key(const struct tl_quic_crypto *c, const struct tl_quic_version *v, struct tl_bytes secret,
                        struct tl_quic_key *key) TL_MUST_CHECK;
/* The key of the next phase; header protection stays (RFC 9001 section 6). */
bool tl_quic_next_key(const struct tl_quic_crypto *c, const struct tl_quic_version *v, const struct tl_quic_key *key,
                      struct tl_quic_key *next) TL_MUST_CHECK;
/* The mask of header protection for a sample of 16 bytes. */
bool tl_quic_mask(const struct tl_quic_crypto *c, const struct tl_quic_key *key, const uint8_t *sample,
                  uint8_t mask[5]) TL_MUST_CHECK;
/* The cipher of a suite of TLS 1.3. Returns false if it is not read. */
bool tl_quic_cipher_of(uint16_t suite, struct tl_quic_key *key) TL_MUST_CHECK;

/* --- the flow --- */

struct tl_quic_stream {
    struct tl_quic_stream *next;
    uint64_t id;
    uint64_t size[2];          /* by side; UINT64_MAX: not known */
    bool ended[2];
    struct tl_range range[2];
    struct tl_channel *channel;
};

/* What the record has, until it is written. */
struct tl_quic_notes {
    int64_t ts;
    uint32_t version;
    bool begun, has_version, has_dcid, has_scid[2];
    struct tl_quic_id dcid;    /* the client's first */
    struct tl_quic_id scid[2]; /* by side: the last */
    uint32_t shorts[2];        /* packets with a short header, by side */
    uint8_t history_len;
    char history[QUIC_HISTORY_MOST];
};

struct tl_quic_flow {
    struct tl_quic_notes notes;
    const struct tl_quic_version *version; /* of the connection; NULL: unknown */
    struct tl_quic_id original; /* the id that keys of Initial packets come from */
    struct tl_quic_id first;   /* the client's first one: what the tag of Retry covers */
    struct tl_quic_id ids[2][QUIC_IDS_MOST]; /* by the side that chose them; the first is that of long headers */
    uint8_t id_count[2];
    uint32_t keys[QUIC_LEVELS][2]; /* kept: struct tl_quic_key; by side; 0: none */
    uint64_t largest[3][2];    /* packet numbers by space and side, and 1; 0: none */
    struct tl_range crypto[3][2];
    struct tl_quic_stream *streams;
    uint32_t stream_count;
    uint64_t next_stream[4];   /* by kind: the first number that was not seen yet */
    uint32_t name, protocol;   /* kept texts of the hello; 0: none */
    uint32_t inside;           /* kept: state that the protocol of the streams shares; 0: none */
    const struct tl_protocol *speaks; /* protocol of the streams; NULL: not known */
    uint8_t level[2];          /* of the last CRYPTO data, by side */
    uint8_t hellos[2];         /* counted so far, by side */
    uint8_t phase[2];          /* key phase, by side */
    uint8_t client;            /* side of the client */
    uint8_t failed;            /* Initial packets that were not opened */
    uint8_t unopened[2];       /* packets with a short header that were not opened in a row */
    uint8_t current[2];        /* index in ids, by the side that chose it: of the id that packets are sent to */
    bool retried;              /* a client takes one Retry alone (RFC 9000 section 17.2.5.2) */
    bool opened;               /* an Initial packet was opened */
    bool secrets;              /* something was opened with secrets of a key log */
    bool asked;                /* whether it goes on from another flow */
    bool moved;                /* it does */
    bool announced;            /* that it may go on in another flow */
    int64_t announced_at;      /* engine time, ns */
};

/* A packet in a datagram. */
struct tl_quic_packet {
    enum tl_quic_type type;
    enum tl_quic_level level;
    uint32_t version;
    struct tl_quic_id dcid, scid;
    bool known;                /* the version is known, or read like version 1 */
    bool opened;
    bool phase;
    uint32_t start, number_off, end; /* offsets of the packet, its number, and its end, in the source */
    uint8_t first;             /* the first byte, without protection if it was opened */
    uint8_t number_len;        /* bytes */
    uint64_t number;
    struct tl_bytes plain;     /* in scratch memory */
};

static inline unsigned tl_quic_space(enum tl_quic_level level)
{
    return level == QUIC_LEVEL_INITIAL ? 0 : level == QUIC_LEVEL_HANDSHAKE ? 1 : 2;
}

/* A variable-length integer (RFC 9000 section 16). */
uint64_t tl_quic_varint(struct tl_dissection *d, unsigned field);
static inline struct tl_quic_crypto tl_quic_crypto_of(const struct tl_dissection *d)
{
    return (struct tl_quic_crypto){ d->crypto, d->crypto != NULL ? d->host->crypto_state(d) : NULL };
}

extern const struct tl_field tl_quic_fields[QUIC_FIELDS];
extern const struct tl_name tl_quic_frame_names[];
extern const struct tl_weird_name tl_quic_weirds[QUIC_WEIRDS];
extern const struct tl_record_def tl_quic_def;

/* --- quic_packet.c --- */

/* Reads the packet at the cursor, which is moved after it. */
void tl_quic_read_packet(struct tl_dissection *d, struct tl_quic_flow *f, struct tl_quic_packet *p);
/* Wipes all keys. */
void tl_quic_drop_keys(struct tl_dissection *d, struct tl_quic_flow *f);

/* --- quic_frame.c --- */

/* What a frame says to the state of the connection. */
struct tl_quic_frame {
    uint64_t type, stream, offset, error;
    struct tl_bytes data;
    bool fin;
    struct tl_quic_id id;
};

/* Reads the frame at the cursor. google: of an Initial packet in a version of Google's. */
void tl_quic_read_frame(struct tl_dissection *d, bool google, struct tl_quic_frame *frame);

/* --- quic_crypto.c --- */

void tl_quic_crypto_data(struct tl_dissection *d, struct tl_quic_flow *f, enum tl_quic_level level, uint64_t offset,
                         struct tl_bytes bytes);
void tl_quic_stream_data(struct tl_dissection *d, struct tl_quic_flow *f, const struct tl_quic_frame *frame);
void tl_quic_stream_reset(struct tl_dissection *d, struct tl_quic_flow *f, uint64_t id, unsigned side);
/* Finds the key of a level above Initial, if there are secrets. */
void tl_quic_find_key(struct tl_dissection *d, struct tl_quic_flow *f, enum tl_quic_level level, unsigned side);
/* Another attempt of the same connection: CRYPTO data begins again. all: it is another connection. */
void tl_quic_restart(struct tl_dissection *d, struct tl_quic_flow *f, bool all);

/* What the handshake gave, if there are secrets. */
struct tl_tls_negotiated;
bool tl_quic_negotiated(const struct tl_dissection *d, struct tl_tls_negotiated *n);

/* --- quic_move.c --- */

/* Announces that the client may go on from another port, with the ids that are known now. */
void tl_quic_may_move(struct tl_dissection *d, struct tl_quic_flow *f);
/* The same, if that was not done yet or will soon be forgotten. For each packet of a client with a short header. */
void tl_quic_keep_announced(struct tl_dissection *d, struct tl_quic_flow *f);
/* A flow begins: takes what the flow before left, if any. */
void tl_quic_moved(struct tl_dissection *d, struct tl_quic_flow *f);
/* The probe of the protocol. */
enum tl_probe tl_quic_probe(struct tl_cursor c, const struct tl_dissection *d);

/* --- quic_record.c --- */

void tl_quic_history(struct tl_dissection *d, struct tl_quic_flow *f, unsigned side, char letter);
void tl_quic_write(struct tl_dissection *d, struct tl_quic_flow *f);

#endif
