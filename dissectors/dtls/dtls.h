/* dtls.h - DTLS (RFC 6347, RFC 9147): what its files give each other. */
#ifndef TL_DISSECTORS_DTLS_DTLS_H
#define TL_DISSECTORS_DTLS_DTLS_H

#include "core/range.h"
#include "dissectors/tls/tls.h"

enum {
    DTLS_HEADER = 13,      /* bytes of a record's header */
    DTLS_HEAD = 12,        /* bytes of a message's header */
    DTLS_PARTS = 4,        /* messages of a side that are put together at a time */
    DTLS_MESSAGE_MOST = 64 << 10,
};

/* A message whose fragments are put in order. */
struct tl_dtls_message {
    struct tl_range range;
    uint8_t *bytes;        /* owned, in the flow's memory */
    uint32_t have, capacity, length;
    uint32_t age;
    uint16_t seq;
    uint8_t type;
    bool used;
};

struct tl_dtls_flow {
    struct tl_tls_flow tls;
    struct tl_dtls_message messages[2][DTLS_PARTS];
    uint32_t age;
    uint32_t epochs;       /* kept: struct tl_dtls_epochs, the keys of DTLS 1.3; 0: none */
};

extern const struct tl_field tl_dtls_fields[DTLS_FIELDS];
extern const struct tl_weird_name tl_dtls_weirds[TLS_WEIRDS];

/* --- dtls.c --- */

uint32_t tl_dtls_begin_record(struct tl_dissection *d);
/*
 * Reads the text of a record, which is a source of the tree of its own, and ends the record's group. traffic: its key is
 * one of application data.
 */
void tl_dtls_opened(struct tl_dissection *d, struct tl_dtls_flow *f, unsigned side, const struct tl_tls_record *r,
                    uint32_t group, bool traffic, struct tl_tls_chain *chain);

/* --- dtls_unified.c --- */

/* Reads an encrypted record of DTLS 1.3, and opens it if there are secrets. */
void tl_dtls_unified(struct tl_dissection *d, struct tl_dtls_flow *f, unsigned side);
/* Reads the content of an ACK. */
void tl_dtls_ack(struct tl_dissection *d);
/* Wipes the keys of DTLS 1.3. */
void tl_dtls_epochs_drop(struct tl_dissection *d, struct tl_dtls_flow *f);

/* --- dtls_handshake.c --- */

/* Reads handshake messages and fragments up to the end of the record. */
void tl_dtls_handshake(struct tl_dissection *d, struct tl_dtls_flow *f, unsigned side, struct tl_tls_chain *chain);
void tl_dtls_forget(struct tl_dissection *d, struct tl_dtls_flow *f);

#endif
