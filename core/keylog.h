/*
 * keylog.h - secrets of TLS sessions, by the client's random: lines of a key log as NSS writes it
 * (draft-ietf-tls-keylogfile), also those in Decryption Secrets Blocks of pcapng files.
 *
 * One store per engine. The capture side adds, workers look up; both may do so at the same time. Each secret has the
 * number of the first packet that may use it, so that the answer does not depend on how far capture is ahead. The
 * memory is not part of core dumps, and is wiped before it is freed.
 */
#ifndef TL_CORE_KEYLOG_H
#define TL_CORE_KEYLOG_H

#include "core/bytes.h"
#include "core/status.h"

enum tl_keylog_label {
    TL_KEYLOG_MASTER,           /* CLIENT_RANDOM: master secret, up to TLS 1.2 */
    TL_KEYLOG_CLIENT_EARLY,     /* TLS 1.3 (RFC 8446 section 7.1) */
    TL_KEYLOG_CLIENT_HANDSHAKE,
    TL_KEYLOG_SERVER_HANDSHAKE,
    TL_KEYLOG_CLIENT_TRAFFIC,
    TL_KEYLOG_SERVER_TRAFFIC,
    TL_KEYLOG_LABELS
};

enum {
    TL_KEYLOG_RANDOM = 32,
    TL_KEYLOG_SECRET = 64,   /* bytes of the longest secret */
    TL_PREMASTER = 48,       /* bytes of a premaster secret of RSA */
    TL_KEYLOG_LINE = 1024,   /* bytes of the longest line that is read */
};

enum tl_keylog_line {
    TL_KEYLOG_ADDED,   /* the line has a secret that is in the store now, or was before */
    TL_KEYLOG_IGNORED, /* blank, a comment, or a secret that is not used here */
    TL_KEYLOG_WRONG,   /* no line of a key log */
    TL_KEYLOG_FULL,    /* the memory limit is reached, or memory ran out */
};

/* What was not taken so far. */
struct tl_keylog_faults {
    uint64_t wrong;      /* lines that are no key log */
    uint64_t first_line; /* number of the first of them, in its text; 0: none */
    uint64_t full;       /* secrets without room */
};

struct tl_keylog;

/* limit: bytes of memory that secrets may take. Returns NULL without memory. */
struct tl_keylog *tl_keylog_new(size_t limit);
/* May be NULL. */
void tl_keylog_free(struct tl_keylog *log);

/* Reads a line, without its end. from: the number of the first packet that may use it; 0: all. Any thread. */
enum tl_keylog_line tl_keylog_add(struct tl_keylog *log, struct tl_bytes line, uint64_t from);
/* Reads whole lines of text, the last of which may have no end, and adds to *faults what was not taken. */
void tl_keylog_add_text(struct tl_keylog *log, struct tl_bytes text, uint64_t from, struct tl_keylog_faults *faults);

/* Adds a secret of `len` bytes that was not in a text. Any thread. */
enum tl_keylog_line tl_keylog_put(struct tl_keylog *log, enum tl_keylog_label label,
                                  const uint8_t random[TL_KEYLOG_RANDOM], const uint8_t *secret, uint32_t len,
                                  uint64_t from);

/*
 * Copies the secret of a session into secret, for the packet with this number. Returns its length; 0: there is none.
 * Any thread.
 */
uint32_t tl_keylog_find(struct tl_keylog *log, enum tl_keylog_label label, const uint8_t random[TL_KEYLOG_RANDOM],
                        uint64_t number, uint8_t secret[TL_KEYLOG_SECRET]);
/* Does the packet with this number have any secret of this session? */
bool tl_keylog_has(struct tl_keylog *log, const uint8_t random[TL_KEYLOG_RANDOM], uint64_t number);

/*
 * From packet `from` on, secrets may come after the packets that need them: the input is a pcapng file, or a key log
 * that grows (from 0).
 */
void tl_keylog_expect(struct tl_keylog *log, uint64_t from);
bool tl_keylog_expects(struct tl_keylog *log, uint64_t number);
/* A key log grows while it is read: secrets come a little later than the packets. */
void tl_keylog_grows(struct tl_keylog *log);
bool tl_keylog_is_growing(const struct tl_keylog *log);

struct tl_rsa_keys;
/* Opens a premaster secret with one of the keys. Returns false if it is of none. Any thread. */
typedef bool tl_premaster_open(const struct tl_rsa_keys *keys, struct tl_bytes sealed, uint8_t secret[TL_PREMASTER]);

/* The engine has private keys of servers: keys are borrowed for the life of the store. Call it before there are workers. */
void tl_keylog_use_rsa(struct tl_keylog *log, const struct tl_rsa_keys *keys, tl_premaster_open *open);
bool tl_keylog_has_rsa(const struct tl_keylog *log);
bool tl_keylog_premaster(const struct tl_keylog *log, struct tl_bytes sealed, uint8_t secret[TL_PREMASTER]);

/* Counts a session of which something was decrypted, and returns their number. Any thread. */
void tl_keylog_count(struct tl_keylog *log);
uint64_t tl_keylog_counted(const struct tl_keylog *log);
/* Bytes of memory in use. */
size_t tl_keylog_used(struct tl_keylog *log);

/* Memory for secrets: not in core dumps, locked where the system allows it. Returns NULL without memory. */
void *tl_secret_memory(size_t n);
/* Wipes and frees it. p may be NULL. */
void tl_secret_memory_free(void *p, size_t n);

/* Overwrites bytes; not removed by the compiler. */
void tl_wipe(void *p, size_t n);

#endif
