/* irc_dcc.h - files that two clients of IRC send each other: DCC SEND, announced in a CTCP message. */
#ifndef TL_DISSECTORS_IRC_IRC_DCC_H
#define TL_DISSECTORS_IRC_IRC_DCC_H

#include "core/channel.h"

enum { TL_DCC_NAME = 200, TL_DCC_TOKEN = 16 };

/* An announced file. */
struct tl_dcc {
    int64_t ts;            /* of the message */
    uint64_t size;
    uint16_t port;         /* of the listening client */
    bool has_size;
    bool connector_sends;  /* the listening client gets the file */
    uint8_t version;       /* of the address: 4 or 6 */
    uint8_t addr[16];
    uint8_t name_len;
    uint8_t name[TL_DCC_NAME];
    uint8_t token_len;     /* of the first bytes of a token; 0: there is none */
    uint8_t token[TL_DCC_TOKEN];
};

extern const struct tl_protocol tl_protocol_irc_dcc_data;

/* Reads the text of a message. Returns false if it is not the announcement of a file. */
bool tl_dcc_read(struct tl_bytes text, struct tl_dcc *dcc);
/* Are the two at the same address and port? */
bool tl_dcc_same_end(const struct tl_dcc *a, const struct tl_dcc *b);
/*
 * Announces the flow of the file. Returns false if it is not announced: it is not between the hosts of this flow, or its
 * port belongs to another protocol. A message must not take flows from that protocol.
 */
bool tl_dcc_expect(struct tl_dissection *d, const struct tl_dcc *dcc);

#endif
