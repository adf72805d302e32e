/* dns.h - shared by the files of the DNS dissector (RFC 1035). */
#ifndef TL_DISSECTORS_DNS_H
#define TL_DISSECTORS_DNS_H

#include "core/buffer.h"
#include "core/dissect.h"
#include "core/transaction.h"

enum tl_dns_field {
    DNS_LENGTH, DNS_ID, DNS_FLAGS, DNS_RESPONSE, DNS_OPCODE, DNS_AUTHORITATIVE, DNS_CONFLICT, DNS_TRUNCATED,
    DNS_RECDESIRED, DNS_TENTATIVE, DNS_RECAVAIL, DNS_Z, DNS_AUTHENTICATED, DNS_CHECKDISABLE, DNS_RCODE,
    DNS_COUNT_QUERIES, DNS_COUNT_ANSWERS, DNS_COUNT_AUTH, DNS_COUNT_ADD,
    DNS_COUNT_ZONES, DNS_COUNT_PREREQUISITES, DNS_COUNT_UPDATES,
    DNS_QUERIES, DNS_QRY_NAME, DNS_QRY_TYPE, DNS_QRY_CLASS, DNS_QRY_QU,
    DNS_ANSWERS, DNS_AUTHORITIES, DNS_ADDITIONALS, /* in the order of the sections */
    DNS_RESP_NAME, DNS_RESP_TYPE, DNS_RESP_CLASS, DNS_RESP_CACHE_FLUSH, DNS_RESP_TTL, DNS_RESP_LEN, DNS_DATA,
    DNS_UDP_PAYLOAD_SIZE, DNS_EXT_RCODE, DNS_EDNS0_VERSION, DNS_RESP_Z, DNS_RESP_Z_DO, DNS_RESP_Z_RESERVED,
    DNS_OPT, DNS_OPT_CODE, DNS_OPT_LEN, DNS_OPT_DATA,
    DNS_ECS_FAMILY, DNS_ECS_NETMASK, DNS_ECS_SCOPE, DNS_ECS_ADDR, DNS_ECS_ADDR4, DNS_ECS_ADDR6,
    DNS_COOKIE_CLIENT, DNS_COOKIE_SERVER, DNS_OPT_DAU, DNS_OPT_DHU, DNS_OPT_N3U, DNS_OPT_KEEPALIVE, DNS_OPT_PADDING,
    DNS_OPT_CHAIN, DNS_OPT_ERROR_CODE, DNS_OPT_ERROR_TEXT,
    DNS_A, DNS_AAAA, DNS_NS, DNS_CNAME, DNS_DNAME, DNS_PTR, DNS_MD, DNS_MF, DNS_MB, DNS_MG, DNS_MR, DNS_NULL,
    DNS_SOA_MNAME, DNS_SOA_RNAME, DNS_SOA_SERIAL, DNS_SOA_REFRESH, DNS_SOA_RETRY, DNS_SOA_EXPIRE, DNS_SOA_MINIMUM,
    DNS_MX_PREFERENCE, DNS_MX_EXCHANGE, DNS_TXT_LENGTH, DNS_TXT, DNS_SPF_LENGTH, DNS_SPF,
    DNS_HINFO_CPU_LENGTH, DNS_HINFO_CPU, DNS_HINFO_OS_LENGTH, DNS_HINFO_OS, DNS_MINFO_R, DNS_MINFO_E,
    DNS_RP_MAILBOX, DNS_RP_TXT, DNS_AFSDB_SUBTYPE, DNS_AFSDB_HOSTNAME, DNS_RT_SUBTYPE, DNS_RT_HOST,
    DNS_KX_PREFERENCE, DNS_KX_EXCHANGE, DNS_EUI48,
    DNS_SRV_PRIORITY, DNS_SRV_WEIGHT, DNS_SRV_PORT, DNS_SRV_TARGET,
    DNS_NAPTR_ORDER, DNS_NAPTR_PREFERENCE, DNS_NAPTR_FLAGS_LENGTH, DNS_NAPTR_FLAGS, DNS_NAPTR_SERVICE_LENGTH,
    DNS_NAPTR_SERVICE, DNS_NAPTR_REGEX_LENGTH, DNS_NAPTR_REGEX, DNS_NAPTR_REPLACEMENT,
    DNS_CERT_TYPE, DNS_CERT_KEY_TAG, DNS_CERT_ALGORITHM, DNS_CERT_CERTIFICATE,
    DNS_LOC_VERSION, DNS_LOC_SIZE, DNS_LOC_HORIZONTAL, DNS_LOC_VERTICAL, DNS_LOC_LATITUDE, DNS_LOC_LONGITUDE,
    DNS_LOC_ALTITUDE,
    DNS_SSHFP_ALGORITHM, DNS_SSHFP_TYPE, DNS_SSHFP_FINGERPRINT,
    DNS_DS_KEY_ID, DNS_DS_ALGORITHM, DNS_DS_DIGEST_TYPE, DNS_DS_DIGEST,
    DNS_RRSIG_TYPE, DNS_RRSIG_ALGORITHM, DNS_RRSIG_LABELS, DNS_RRSIG_TTL, DNS_RRSIG_EXPIRATION, DNS_RRSIG_INCEPTION,
    DNS_RRSIG_KEY_TAG, DNS_RRSIG_SIGNER, DNS_RRSIG_SIGNATURE,
    DNS_DNSKEY_FLAGS, DNS_DNSKEY_ZONE_KEY, DNS_DNSKEY_REVOKED, DNS_DNSKEY_SEP, DNS_DNSKEY_PROTOCOL,
    DNS_DNSKEY_ALGORITHM, DNS_DNSKEY_KEY,
    DNS_NSEC_NEXT, DNS_NSEC_TYPE, DNS_NSEC3_ALGO, DNS_NSEC3_FLAGS, DNS_NSEC3_OPT_OUT, DNS_NSEC3_ITERATIONS,
    DNS_NSEC3_SALT_LENGTH, DNS_NSEC3_SALT, DNS_NSEC3_HASH_LENGTH, DNS_NSEC3_HASH,
    DNS_TLSA_USAGE, DNS_TLSA_SELECTOR, DNS_TLSA_MATCHING, DNS_TLSA_DATA,
    DNS_CSYNC_SOA, DNS_CSYNC_FLAGS, DNS_CSYNC_BITMAP,
    DNS_ZONEMD_SERIAL, DNS_ZONEMD_SCHEME, DNS_ZONEMD_HASH, DNS_ZONEMD_DIGEST,
    DNS_CSYNC_IMMEDIATE, DNS_CSYNC_SOAMINIMUM,
    DNS_WKS_ADDRESS, DNS_WKS_PROTOCOL, DNS_WKS_BITS, DNS_OPENPGPKEY, DNS_EUI64, DNS_LOC_UNKNOWN,
    DNS_APL_FAMILY, DNS_APL_PREFIX, DNS_APL_NEGATION, DNS_APL_LENGTH, DNS_APL_IPV4, DNS_APL_IPV6, DNS_APL_DATA,
    DNS_SVCB_PRIORITY, DNS_SVCB_TARGET, DNS_SVCB_PARAM, DNS_SVCB_KEY, DNS_SVCB_LENGTH, DNS_SVCB_MANDATORY,
    DNS_SVCB_ALPN_LENGTH, DNS_SVCB_ALPN, DNS_SVCB_PORT, DNS_SVCB_IPV4HINT, DNS_SVCB_IPV6HINT, DNS_SVCB_ECH,
    DNS_SVCB_VALUE,
    DNS_TSIG_ALGORITHM, DNS_TSIG_TIME, DNS_TSIG_FUDGE, DNS_TSIG_MAC_SIZE, DNS_TSIG_MAC, DNS_TSIG_ORIGINAL_ID,
    DNS_TSIG_ERROR, DNS_TSIG_OTHER_LEN, DNS_TSIG_OTHER,
    DNS_TKEY_ALGORITHM, DNS_TKEY_INCEPTION, DNS_TKEY_EXPIRATION, DNS_TKEY_MODE, DNS_TKEY_ERROR, DNS_TKEY_KEY_SIZE,
    DNS_TKEY_KEY, DNS_TKEY_OTHER_SIZE, DNS_TKEY_OTHER,
    DNS_CAA_FLAGS, DNS_CAA_CRITICAL, DNS_CAA_TAG_LENGTH, DNS_CAA_TAG, DNS_CAA_ISSUE, DNS_CAA_ISSUEWILD, DNS_CAA_IODEF,
    DNS_CAA_UNKNOWN, DNS_CAA_VALUE, DNS_LINE, DNS_EXTRANEOUS,
    DNS_RESPONSE_TO, DNS_TIME,
};

enum tl_dns_flag {
    TL_DNS_QR = 0x8000, TL_DNS_AA = 0x0400, TL_DNS_TC = 0x0200,
    TL_DNS_RD = 0x0100, TL_DNS_RA = 0x0080, TL_DNS_Z = 0x0040,
};

enum tl_dns_type {
    TL_DNS_TYPE_CNAME = 5, TL_DNS_TYPE_DNAME = 39, TL_DNS_TYPE_OPT = 41, TL_DNS_TYPE_NSEC = 47, TL_DNS_TYPE_ANY = 255,
};

enum { TL_DNS_UPDATE = 5 }; /* opcode (RFC 2136) */

enum { TL_DNS_MDNS, TL_DNS_LLMNR }; /* variants of the protocol */

enum {
    TL_DNS_HEADER = 12,  /* bytes */
    TL_DNS_NAME = 255,   /* bytes of a name on the wire, length bytes included (RFC 1035 section 3.1) */
    TL_DNS_NAME_TEXT = 1020, /* bytes of a name as text: an escaped byte takes four */
    TL_DNS_QUESTIONS = 64, /* per message: those that get a record */
    TL_DNS_TEXT_SLACK = 1024, /* bytes; more than any piece of an answer's text */
};

/* A name as on the wire, uncompressed, without the length byte of the root. */
struct tl_dns_name {
    uint32_t len; /* 0: the root */
    uint8_t labels[TL_DNS_NAME + 1]; /* each after its length byte */
};

struct tl_dns_asked {
    struct tl_dns_name name; /* in lower case */
    uint16_t qtype, qclass;
};

/* The sections of records, in their order. */
enum tl_dns_section { TL_DNS_ANSWER, TL_DNS_AUTHORITY, TL_DNS_ADDITIONAL, TL_DNS_SECTIONS };

/* The records of a section as texts, for the dns record. The arrays are in scratch memory. */
struct tl_dns_list {
    struct tl_bytes *texts;
    int64_t *ttls;       /* ns */
    uint32_t *owners;    /* offsets of the owners' names */
    uint32_t *data;      /* updates: offsets in the texts, where the data begins */
    uint32_t count, room;
    bool cut;            /* not all records are in it */
};

/* The parts of a message that its record needs. */
struct tl_dns_message {
    uint32_t start;      /* of the header, offset in the source: compression offsets begin here */
    uint32_t end;        /* of the bytes that were captured; offset in the source */
    uint32_t questions;  /* of the first question */
    uint32_t owner;      /* of the name of the current record */
    uint32_t records;    /* of the first record */
    uint32_t first_owner; /* of the name of the first answer; 0: it was not read */
    uint32_t asked;      /* questions read completely */
    uint16_t id, flags;
    uint16_t count[4];   /* from the header, by section */
    uint8_t side;        /* sender: 0 originator, 1 responder */
    bool mdns, llmnr;
    bool headed;         /* the header was read */
    bool opt, dnssec_ok;
    uint8_t ext_rcode;
    uint16_t udp_size;
    uint32_t subnet, subnet_len; /* bytes of the client subnet option; 0: none */
    uint32_t options, options_end; /* range of the options of EDNS; 0: none were read */
    uint32_t errors;     /* number of extended errors among them */
    uint8_t wanted;      /* sections that have a list, as bits */
    struct tl_dns_list lists[TL_DNS_SECTIONS]; /* use tl_dns_list(): those of other sections are not initialized */
    struct tl_dns_asked first; /* queries: the first question, if one was read completely */
};

static inline bool tl_dns_has_list(const struct tl_dns_message *m, enum tl_dns_section section)
{
    return m->wanted >> section & 1;
}

/* Returns the texts of a section, none if they are not wanted. */
static inline const struct tl_dns_list *tl_dns_list(const struct tl_dns_message *m, enum tl_dns_section section)
{
    static const struct tl_dns_list none;
    return TL_LIKELY(tl_dns_has_list(m, section)) ? &m->lists[section] : &none;
}

static inline unsigned tl_dns_opcode(const struct tl_dns_message *m)
{
    return m->flags >> 11 & 15;
}

static inline bool tl_dns_is_update(const struct tl_dns_message *m)
{
    return tl_dns_opcode(m) == TL_DNS_UPDATE;
}

/* Returns the response code with the upper bits of EDNS (RFC 6891 section 6.1.3). */
static inline uint16_t tl_dns_rcode(const struct tl_dns_message *m)
{
    return (uint16_t)((m->flags & 15) | (m->opt ? m->ext_rcode << 4 : 0));
}

extern const struct tl_name tl_dns_types[], tl_dns_classes[], tl_dns_opcodes[], tl_dns_rcodes[], tl_dns_svc_keys[];
extern const struct tl_name tl_dns_option_names[], tl_dns_error_names[], tl_dns_algorithms[], tl_dns_cert_types[];

enum { TL_DNS_OPT_SUBNET = 8, TL_DNS_OPT_ERROR = 15 }; /* options of EDNS */

/*
 * Follows the name at `off` in a message that begins at `start` of `base`. Bytes up to `limit` may be read. Compression
 * must point backwards. TL_OK: *after is the offset after the name in its record. TL_MORE: bytes up to *after are
 * needed. Otherwise TL_BAD. `out` may be NULL.
 */
enum tl_status tl_dns_name_walk(const uint8_t *base, uint32_t start, uint32_t off, uint32_t limit, uint32_t *after,
                                struct tl_dns_name *out) TL_MUST_CHECK;
/* Reads the name at the cursor, and fails the cursor like the readers. `out` may be NULL. */
void tl_dns_name(struct tl_dissection *d, const struct tl_dns_message *m, unsigned field, struct tl_dns_name *out);
/* Converts ASCII letters only, as names are compared (RFC 4343). */
void tl_dns_lower(struct tl_dns_name *name);
/* Compares `len` labels in any case, followed by the root, with labels in lower case. len + 1 bytes are read. */
bool tl_dns_same_name(const uint8_t *wire, const uint8_t *lower, uint32_t len);
/*
 * Writes a name, given as the labels of struct tl_dns_name, as text: its labels joined by dots, no dot at the end,
 * nothing for the root. A byte that is no plain part of a label is escaped as in zone files (RFC 1035 section 5.1,
 * RFC 4343 section 2.1), so that different names are different texts. Returns the length in bytes.
 */
uint32_t tl_dns_name_text(const uint8_t *labels, uint32_t len, uint8_t text[TL_DNS_NAME_TEXT]);
/* Appends a name in lower case; `root` is the text of the root. */
void tl_dns_put_name(struct tl_buffer *text, struct tl_dns_name *name, const char *root);

/* Reads a class. In mDNS its top bit is a flag (RFC 6762 sections 5.4 and 10.2). */
uint16_t tl_dns_class(struct tl_dissection *d, const struct tl_dns_message *m, unsigned class_field,
                      unsigned flag_field);
/* Reads the records after the questions. */
void tl_dns_sections(struct tl_dissection *d, struct tl_dns_message *m);
/*
 * Adds the text of the packet's line: what was asked, and the answers of every kind. `whole` is the message.
 */
void tl_dns_line(struct tl_dissection *d, const struct tl_dns_message *m, struct tl_cursor whole);
/* Appends the name of a type, or TYPE and its number (RFC 3597 section 5). */
void tl_dns_put_type(struct tl_buffer *text, uint16_t type);
/* Appends the owner of the current record. */
bool tl_dns_put_owner(const struct tl_dissection *d, const struct tl_dns_message *m, struct tl_buffer *text,
                      const char *root);

/*
 * Reads the data of a record; the cursor is limited to it. `text` (NULL: not wanted) receives its form in the dns
 * record. An empty text is no answer.
 */
void tl_dns_data(struct tl_dissection *d, struct tl_dns_message *m, uint16_t type, struct tl_buffer *text);
/* Types whose answer is more than a sequence of fields, in presentation form: dns_text.c. As tl_dns_data(). */
void tl_dns_apl(struct tl_dissection *d, struct tl_buffer *text);
void tl_dns_cert(struct tl_dissection *d, struct tl_buffer *text);
void tl_dns_csync(struct tl_dissection *d, struct tl_buffer *text);
void tl_dns_loc(struct tl_dissection *d, struct tl_buffer *text);
void tl_dns_smimea(struct tl_dissection *d, struct tl_buffer *text);
void tl_dns_uri(struct tl_dissection *d, struct tl_buffer *text);
void tl_dns_wks(struct tl_dissection *d, struct tl_buffer *text);
/* Pieces of presentation form, as dig writes them, but long values in one piece (dig +nosplit). */
void tl_dns_put_base64(struct tl_buffer *text, const uint8_t *p, uint32_t n);
void tl_dns_put_upper_hex(struct tl_buffer *text, const uint8_t *p, uint32_t n);
void tl_dns_put_quoted(struct tl_buffer *text, const uint8_t *p, uint32_t n);
/* Reads the options of an OPT record (RFC 6891); the cursor is limited to them. */
void tl_dns_options(struct tl_dissection *d, struct tl_dns_message *m);
/* Reads SVCB and HTTPS data (RFC 9460); the cursor is limited to it. */
void tl_dns_svcb(struct tl_dissection *d, const struct tl_dns_message *m, struct tl_buffer *text);

/* --- records: dns_record.c --- */

extern const struct tl_record_def tl_dns_record_def;

/* What a record takes from a question, without its name, and what finds its answer. */
struct tl_dns_question {
    int64_t last;      /* ns: when it was asked last */
    uint64_t packet;   /* number of the packet in which it was asked first */
    uint32_t retransmits;
    uint32_t message;  /* number of its message in the flow */
    uint16_t id, flags, qtype, qclass, udp_size;
    uint8_t name_len;  /* bytes of the labels, which follow a waiting question */
    uint8_t end;       /* enum tl_dns_end of its sender */
    bool asked : 1;    /* the message had one: the name, qtype and qclass are set */
    bool named : 1;    /* only the name is set: of the first answer */
    bool opt : 1, dnssec_ok : 1;
};

/*
 * Emits a record for a question without a pair: `message` is the query, or the response that was not asked for.
 * `answers` are those of the question (NULL: none).
 */
void tl_dns_emit_unpaired(struct tl_dissection *d, const struct tl_dns_question *q, const struct tl_dns_name *name,
                          const struct tl_dns_message *message, const struct tl_dns_list *answers);
/*
 * Emits a waiting question, whose extra bytes are struct tl_dns_question and its labels in lower case. `response` and
 * `answers` may be NULL.
 */
void tl_dns_emit_waiting(struct tl_dissection *d, uint32_t t, const struct tl_dns_message *response,
                         const struct tl_dns_list *answers);
/* Stores what the record shows of a query besides its question. The transaction can move. */
void tl_dns_keep_query(struct tl_dissection *d, struct tl_transactions *list, uint32_t *t,
                       const struct tl_dns_message *m);

/* --- a message's questions and the answers to each: dns_share.c --- */

/*
 * Reads the question at *at of a message whose questions were read before. *at becomes the offset of the next question.
 */
void tl_dns_read_question(const struct tl_dissection *d, const struct tl_dns_message *m, uint32_t *at,
                          struct tl_dns_asked *asked);
/*
 * Returns for each answer in the message's list the questions that it belongs to, as bits: its owner is the name of
 * the question, or an alias led to it. An answer that belongs to none is given to the first. `asked` has at most
 * TL_DNS_QUESTIONS. The array is in scratch memory; NULL: it is full.
 */
uint64_t *tl_dns_share(struct tl_dissection *d, const struct tl_dns_message *m, const struct tl_dns_asked *asked,
                       uint32_t count);
/* Reads the owner of answer `i` of the message's list, in lower case. Returns false if it is not valid. */
bool tl_dns_owner(const struct tl_dissection *d, const struct tl_dns_message *m, uint32_t i, struct tl_dns_name *name);
/* Returns the answers of question `n`, in scratch memory. share NULL: the first question has them all. */
struct tl_dns_list tl_dns_part(struct tl_dissection *d, const struct tl_dns_message *m, const uint64_t *share,
                               uint32_t n);

/* --- pairing: dns_pair.c --- */

/* Ends of a flow: the sides differ in it also after they were turned. */
enum tl_dns_end { TL_DNS_LOWER, TL_DNS_HIGHER, TL_DNS_EITHER };

/* The flow state: queries that wait for their response. */
enum { TL_DNS_FLOW_SIZE = 16 };
/* A message, or at least its questions, was read: pairs it and emits complete records. */
void tl_dns_conclude(struct tl_dissection *d, const struct tl_dns_message *m);

extern const struct tl_record_def tl_dns_service_record_def;
/* Writes the records of the services that a whole response of mDNS lists. */
void tl_dns_services(struct tl_dissection *d, const struct tl_dns_message *m);
/* Returns whether the flow's protocol was confirmed. */
bool tl_dns_confirmed(const struct tl_dissection *d);
/* TCP: the position of the next message on this side is unknown. */
void tl_dns_set_lost(struct tl_dissection *d, unsigned side, bool lost);
bool tl_dns_is_lost(const struct tl_dissection *d, unsigned side);
/* The flow ends: emits the queries without a response. */
void tl_dns_finish(struct tl_dissection *d);

#endif
