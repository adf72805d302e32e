/* mail_session.h - what POP3 and IMAP share: which side is the server, and messages in the server's replies. */
#ifndef TL_DISSECTORS_MAIL_SESSION_H
#define TL_DISSECTORS_MAIL_SESSION_H

#include "core/channel.h"
#include "dissectors/mail/mail_record.h"

enum {
    TL_MAIL_TEXT = 512,       /* maximum bytes kept of a name or a reply */
    TL_MAIL_HOLD = 64 << 10,  /* maximum bytes of TLS that wait until the other side reaches TLS too */
};

/* The sides of a flow can turn, so the server is known by its port. */
struct tl_mail_sides {
    bool known;
    uint8_t server_side; /* where both ports are equal */
    uint16_t server_port;
};

/*
 * The ports tell which side is the server, if one of them belongs to the protocol. Otherwise `server` tells whether the
 * sender of this line is.
 */
void tl_mail_learn_sides(const struct tl_dissection *d, unsigned side, bool server, struct tl_mail_sides *sides);
/* Returns whether exactly one of the ports is the protocol's. */
bool tl_mail_ports_tell(const struct tl_dissection *d);
bool tl_mail_from_server(const struct tl_dissection *d, unsigned side, const struct tl_mail_sides *sides);

/* A message that is being read. Zero: none. */
struct tl_mail_reading {
    bool open;
    bool gap;        /* bytes are missing */
    bool seen;       /* some of its bytes were seen before a gap, so its header was */
    uint32_t mail;   /* kept: struct tl_mail; 0: no memory */
    uint32_t entities; /* MIME entities of the messages before it, and its own when it ended */
    uint64_t size;   /* bytes so far, including lost ones */
    int64_t ts;      /* ns */
};

/* `source` as in struct tl_body_facts. A message that is open is dropped. */
void tl_mail_reading_begin(struct tl_dissection *d, struct tl_mail_reading *r, const char *source, unsigned side);
void tl_mail_reading_feed(struct tl_dissection *d, struct tl_mail_reading *r, const uint8_t *p, uint32_t n);
void tl_mail_reading_gap(struct tl_dissection *d, struct tl_mail_reading *r, uint64_t n);
/* Its bytes have ended. The record may be written until tl_mail_reading_free(). */
void tl_mail_reading_end(struct tl_dissection *d, struct tl_mail_reading *r);
/* Emits its record if its header was seen. Sets protocol-independent facts: ts, size if it is 0, partial. */
void tl_mail_reading_emit(struct tl_dissection *d, const struct tl_mail_reading *r, struct tl_mail_facts facts);
void tl_mail_reading_free(struct tl_dissection *d, struct tl_mail_reading *r);

/* Replaces a kept text. Cuts it to `most` bytes. */
void tl_mail_keep_text(struct tl_dissection *d, uint32_t *handle, struct tl_bytes text, uint32_t most, bool *cut);
static inline struct tl_bytes tl_mail_kept_text(const struct tl_dissection *d, uint32_t handle)
{
    return handle != 0 ? tl_kept(d, handle) : (struct tl_bytes){ (const uint8_t *)"", 0 };
}

/* Skips to the end of a line. Returns false if its end is not there. */
bool tl_mail_skip_line(struct tl_dissection *d);
/* At the first byte where TLS may begin: returns whether it begins a handshake record (RFC 8446 section 5.1). */
static inline bool tl_mail_is_tls(const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
    return p != NULL && *p == 0x16;
}

/* Returns the number at the start of text, and its length; at most 18 digits. */
uint64_t tl_mail_number(struct tl_bytes text, uint32_t *len);

#endif
