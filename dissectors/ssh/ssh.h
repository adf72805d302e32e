/* ssh.h - the Secure Shell (RFC 4253): fields, the state of a flow, what the files of this folder do for each other. */
#ifndef TL_DISSECTORS_SSH_H
#define TL_DISSECTORS_SSH_H

#include "core/dissect.h"

enum tl_ssh_field {
    SSH_SENDER, SSH_LINE, SSH_PROTOCOL, SSH_PACKET, SSH_PACKET_LENGTH, SSH_PADDING_LENGTH, SSH_MESSAGE_CODE, SSH_COOKIE,
    /* The ten lists of SSH_MSG_KEXINIT, each after its length. */
    SSH_KEX_LEN, SSH_KEX, SSH_HOST_KEY_LEN, SSH_HOST_KEY, SSH_CIPHER_CS_LEN, SSH_CIPHER_CS, SSH_CIPHER_SC_LEN,
    SSH_CIPHER_SC, SSH_MAC_CS_LEN, SSH_MAC_CS, SSH_MAC_SC_LEN, SSH_MAC_SC, SSH_COMP_CS_LEN, SSH_COMP_CS,
    SSH_COMP_SC_LEN, SSH_COMP_SC, SSH_LANG_CS_LEN, SSH_LANG_CS, SSH_LANG_SC_LEN, SSH_LANG_SC,
    SSH_FIRST_FOLLOWS, SSH_RESERVED, SSH_HASSH_ALGORITHMS, SSH_HASSH, SSH_HASSHSERVER_ALGORITHMS, SSH_HASSHSERVER,
    /* What both sides agree on, in the order of the lists. */
    SSH_CHOSEN, SSH_CHOSEN_KEX, SSH_CHOSEN_HOST_KEY, SSH_CHOSEN_CIPHER_CS, SSH_CHOSEN_CIPHER_SC, SSH_CHOSEN_MAC_CS,
    SSH_CHOSEN_MAC_SC, SSH_CHOSEN_COMP_CS, SSH_CHOSEN_COMP_SC, SSH_STRICT,
    SSH_METHOD, SSH_MPINT_LEN, SSH_DH_E, SSH_DH_F, SSH_GEX_MIN, SSH_GEX_BITS, SSH_GEX_MAX, SSH_GEX_P, SSH_GEX_G,
    SSH_Q_C_LEN, SSH_Q_C, SSH_Q_S_LEN, SSH_Q_S, SSH_HYBRID_C_LEN, SSH_HYBRID_C, SSH_HYBRID_S_LEN, SSH_HYBRID_S,
    SSH_KEM_PUBLIC, SSH_KEM_CIPHERTEXT,
    SSH_KEY_LEN, SSH_KEY_TYPE_LEN, SSH_KEY_TYPE, SSH_KEY_DATA, SSH_RSA_N, SSH_RSA_E, SSH_DSA_P, SSH_DSA_Q, SSH_DSA_G,
    SSH_DSA_Y, SSH_ECDSA_ID_LEN, SSH_ECDSA_ID, SSH_ECDSA_Q_LEN, SSH_ECDSA_Q, SSH_EDDSA_LEN, SSH_EDDSA, SSH_FINGERPRINT,
    SSH_SIG_LEN, SSH_SIG_TYPE_LEN, SSH_SIG_TYPE, SSH_SIG_DATA,
    SSH_REASON, SSH_DESCRIPTION_LEN, SSH_DESCRIPTION, SSH_LANG_LEN, SSH_LANG, SSH_DEBUG_DISPLAY, SSH_DEBUG_LEN,
    SSH_DEBUG, SSH_IGNORE_LEN, SSH_IGNORE, SSH_SERVICE_LEN, SSH_SERVICE, SSH_PAYLOAD, SSH_ENCRYPTED_LENGTH,
    SSH_FIELDS
};

enum tl_ssh_message {
    SSH_DISCONNECT = 1, SSH_MSG_IGNORE = 2, SSH_UNIMPLEMENTED = 3, SSH_MSG_DEBUG = 4, SSH_SERVICE_REQUEST = 5,
    SSH_SERVICE_ACCEPT = 6, SSH_EXT_INFO = 7, SSH_KEXINIT = 20, SSH_NEWKEYS = 21, SSH_KEX_FIRST = 30, SSH_KEX_LAST = 49,
};

/* Messages of version 1. */
enum tl_ssh1_message { SSH1_DISCONNECT = 1, SSH1_PUBLIC_KEY = 2, SSH1_SESSION_KEY = 3 };

/* The kinds of key exchange, and what they add to a message code in SSH_LINE. */
enum tl_ssh_method {
    SSH_METHOD_UNKNOWN = 0, SSH_METHOD_DH = 0x100, SSH_METHOD_GROUP = 0x200, SSH_METHOD_ECDH = 0x300,
    SSH_METHOD_HYBRID = 0x400, SSH_METHOD_RSA = 0x500, SSH_METHOD_GSS = 0x600,
};
enum { SSH_LINE_PROTOCOL = 0x1000, SSH_LINE_ENCRYPTED, SSH_LINE_TEXT, SSH_LINE_VERSION_1 = 0x2000 };

/* The lists of SSH_MSG_KEXINIT (RFC 4253 section 7.1). */
enum tl_ssh_list {
    SSH_LIST_KEX, SSH_LIST_HOST_KEY, SSH_LIST_CIPHER_CS, SSH_LIST_CIPHER_SC, SSH_LIST_MAC_CS, SSH_LIST_MAC_SC,
    SSH_LIST_COMP_CS, SSH_LIST_COMP_SC, SSH_LIST_LANG_CS, SSH_LIST_LANG_SC, SSH_LISTS,
    SSH_NEGOTIATED = SSH_LIST_LANG_CS, /* those that decide something here */
};

enum {
    SSH_PACKET_MOST = 35000, /* bytes (RFC 4253 section 6.1) */
    SSH_LISTS_MOST = 8192,   /* bytes of a side's lists that are kept until the other side's are there */
    SSH_NAME_MOST = 128,     /* bytes of a chosen name in the record; longer ones are cut */
    SSH_BANNER_MOST = 512,   /* bytes of a line */
    SSH_LINES_MOST = 64,     /* lines before the server's banner */
    SSH_FINGERPRINT_LEN = 50, /* SHA256: and 43 digits of base64 */
};

enum tl_ssh_phase { SSH_PHASE_BANNER, SSH_PHASE_CLEAR, SSH_PHASE_ENCRYPTED, SSH_PHASE_LOST };
enum tl_ssh_weird { SSH_WEIRD_PACKET, SSH_WEIRDS };

struct tl_ssh_side {
    uint32_t banner;       /* kept text; 0: none */
    uint32_t lists;        /* kept: the lists as in the message; 0: none, or both sides' were compared */
    uint8_t hassh[16];
    uint8_t phase;
    uint8_t lines;         /* before the banner */
    bool has_hassh, strict, has_lists;
    bool version_1, version_199; /* of the banner */
};

/* What the sizes of the server's encrypted segments tell about the login: see tl_ssh_server_segment(). */
struct tl_ssh_login {
    uint32_t accept, failure; /* sizes; 0: not seen yet */
    uint32_t attempts;
    bool asked;            /* the client sent encrypted data */
    bool banner;           /* a text before the login was passed over */
    bool blind;            /* sizes tell nothing: bytes are missing, or they are compressed */
    bool decided, success;
};

struct tl_ssh_flow {
    struct tl_ssh_side side[2]; /* the client's, the server's */
    struct tl_ssh_login login;
    int64_t ts;
    uint32_t chosen;       /* kept: SSH_NEGOTIATED texts, each after a byte of length; 0: not known */
    uint16_t server_port;
    uint16_t method;       /* enum tl_ssh_method */
    uint8_t fingerprint[32];
    bool begun, roles, has_fingerprint, confirmed, written;
};

/* The lists of one message, in place. */
struct tl_ssh_lists {
    struct tl_bytes list[SSH_LISTS];
};

extern const struct tl_field tl_ssh_fields[SSH_FIELDS];
extern const struct tl_weird_name tl_ssh_weirds[SSH_WEIRDS];
extern const struct tl_record_def tl_ssh_record_def;

static inline void tl_ssh_line(struct tl_dissection *d, unsigned line)
{
    tl_add(d, SSH_LINE, d->c.off, 0, line);
}

static inline bool tl_ssh_begins(struct tl_bytes text, const char *with)
{
    size_t n = strlen(with);
    return text.len >= n && memcmp(text.data, with, n) == 0;
}

static inline bool tl_ssh_is(struct tl_bytes text, const char *word)
{
    return text.len == strlen(word) && tl_ssh_begins(text, word);
}

/* --- ssh_kexinit.c --- */

/* Reads the message behind its code. */
void tl_ssh_kexinit(struct tl_dissection *d, struct tl_ssh_flow *f, unsigned role);
/* Returns text `list` of those that both sides agree on; empty: none. */
struct tl_bytes tl_ssh_chosen(const struct tl_dissection *d, const struct tl_ssh_flow *f, enum tl_ssh_list list);

/* --- ssh_kex.c --- */

/* Reads a message of the key exchange (codes 30 to 49) behind its code. */
void tl_ssh_exchange(struct tl_dissection *d, struct tl_ssh_flow *f, unsigned role, uint8_t code);
/* Reads a string of up to `most` bytes: its length, then itself. Returns it in place, or with NULL data. */
struct tl_bytes tl_ssh_string(struct tl_dissection *d, unsigned length, unsigned value);
/* The public key message of version 1, behind its code. */
void tl_ssh1_public_key(struct tl_dissection *d, struct tl_ssh_flow *f);
void tl_ssh_fingerprint_text(const uint8_t digest[32], char text[SSH_FINGERPRINT_LEN]);

/* --- ssh_record.c --- */

/* An encrypted segment of the server, of n bytes. */
void tl_ssh_server_segment(struct tl_dissection *d, struct tl_ssh_flow *f, uint32_t n);
/* Writes the record, if it was not written, and frees what waited for it. */
void tl_ssh_write(struct tl_dissection *d, struct tl_ssh_flow *f);

#endif
