/* socks.h - declarations shared by the files of the SOCKS dissector (SOCKS 4, 4a; RFC 1928, RFC 1929). */
#ifndef TL_DISSECTORS_SOCKS_H
#define TL_DISSECTORS_SOCKS_H

#include "core/channel.h"
#include "dissectors/login.h"

enum tl_socks_field {
    SOCKS_VERSION, SOCKS_METHOD_COUNT, SOCKS_METHOD, SOCKS_ACCEPTED, SOCKS_SUBVERSION, SOCKS_USERNAME, SOCKS_PASSWORD,
    SOCKS_AUTH_STATUS, SOCKS_COMMAND, SOCKS_RESULTS, SOCKS_RESERVED, SOCKS_FRAGMENT, SOCKS_ADDRESS_TYPE, SOCKS_DST,
    SOCKS_DST6, SOCKS_REMOTE_NAME, SOCKS_PORT, SOCKS_DSTPORT, SOCKS_DNS_NAME,
};

enum tl_socks_weird { SOCKS_WEIRD_BAD_REPLY, SOCKS_WEIRD_BAD_REQUEST };

enum {
    TL_SOCKS_TEXT = 255,       /* maximum bytes of a name or a user that are read and kept */
    TL_SOCKS_HOLD = 64 << 10,  /* maximum bytes of one side that wait for the other */
};

enum tl_socks_command { TL_SOCKS_CONNECT = 1, TL_SOCKS_BIND, TL_SOCKS_ASSOCIATE };
enum tl_socks_method { TL_SOCKS_NO_LOGIN, TL_SOCKS_GSSAPI, TL_SOCKS_PASSWORD_LOGIN };
enum tl_socks_type { TL_SOCKS_IPV4 = 1, TL_SOCKS_NAME = 3, TL_SOCKS_IPV6 };

struct tl_socks_address {
    uint8_t type;      /* enum tl_socks_type; 0: none */
    uint8_t bytes[16];
    uint32_t name;     /* kept */
    uint16_t port;
};

enum tl_socks_state {
    TL_SOCKS_FIRST, TL_SOCKS_V4_USER, TL_SOCKS_V4_NAME, TL_SOCKS_SECOND, TL_SOCKS_REQUEST, TL_SOCKS_REPLY,
    TL_SOCKS_BOUND, TL_SOCKS_DONE, TL_SOCKS_GIVEN_UP,
};

struct tl_socks_flow {
    int64_t ts;            /* of the login or the request, whichever is first; 0: neither was seen */
    uint8_t state[2];      /* enum tl_socks_state of the client, of the server */
    bool roles_known, confirmed, finished;
    uint8_t client_side;
    uint8_t version;       /* 4 or 5; 0: unknown */
    bool other_methods;    /* the client offers methods that RFC 1928 and 1929 do not define */
    bool method_known, requested, replied;
    uint8_t method;        /* chosen by the server */
    uint8_t command;       /* of the request; 0: not seen */
    bool has_status, status_of_v4;
    uint8_t status;        /* of the last reply */
    bool has_verdict;
    uint8_t verdict;       /* of the login; 0: it is accepted */
    bool user_cut, text_cut;
    uint32_t user, password; /* kept; 0: none */
    struct tl_socks_address request, bound;
    uint8_t text_len;      /* SOCKS 4: bytes of the text read so far */
    uint8_t text[TL_SOCKS_TEXT];
};

extern const struct tl_record_def tl_socks_record_def;
extern const struct tl_protocol tl_protocol_socks;

/* socks.c */
/* Reads type, address and port (shown as field `port`) at the cursor, in the format of SOCKS 5. */
void tl_socks_read_address(struct tl_dissection *d, unsigned port, struct tl_socks_address *address);
void tl_socks_begin_layer(struct tl_dissection *d);

/* socks_client.c, socks_server.c: handle one event of a side. */
struct tl_want tl_socks_client(struct tl_dissection *d, struct tl_stream *s, struct tl_socks_flow *f);
struct tl_want tl_socks_server(struct tl_dissection *d, struct tl_stream *s, struct tl_socks_flow *f);

/* socks_record.c */
void tl_socks_emit(struct tl_dissection *d, struct tl_socks_flow *f);

static inline struct tl_want tl_socks_bytes(uint64_t n)
{
    return (struct tl_want){ TL_WANT_BYTES, n, NULL };
}

static inline struct tl_want tl_socks_hold(void)
{
    return (struct tl_want){ TL_WANT_HOLD, TL_SOCKS_HOLD, NULL };
}

/* Returns the length of a SOCKS 5 address with its port, from its type and the next byte; 0: unknown type. */
static inline uint32_t tl_socks_address_len(uint8_t type, uint8_t first)
{
    return type == TL_SOCKS_IPV4 ? 6 : type == TL_SOCKS_IPV6 ? 18 : type == TL_SOCKS_NAME ? 3u + first : 0;
}

/* Resumes the other side's parser, which may wait for this information. */
static inline struct tl_want tl_socks_give_up(struct tl_dissection *d, struct tl_socks_flow *f)
{
    f->state[0] = f->state[1] = TL_SOCKS_GIVEN_UP;
    tl_release(d);
    return (struct tl_want){ TL_WANT_NOTHING, 0, NULL };
}

#endif
