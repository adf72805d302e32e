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
    DNS_SVCB_PRIORITY, DNS_SVCB_TARGET, DNS_SVCB_PARAM, DNS_SVCB_KEY, DNS_SVCB_LENGTH, DNS_SVCB_MANDATORY,
    DNS_SVCB_ALPN_LENGTH, DNS_SVCB_ALPN, DNS_SVCB_PORT, DNS_SVCB_IPV4HINT, DNS_SVCB_IPV6HINT, DNS_SVCB_ECH,
    DNS_SVCB_VALUE,
    DNS_TSIG_ALGORITHM, DNS_TSIG_TIME, DNS_TSIG_FUDGE, DNS_TSIG_MAC_SIZE, DNS_TSIG_MAC, DNS_TSIG_ORIGINAL_ID,
    DNS_TSIG_ERROR, DNS_TSIG_OTHER_LEN, DNS_TSIG_OTHER,
    DNS_TKEY_ALGORITHM, DNS_TKEY_INCEPTION, DNS_TKEY_EXPIRATION, DNS_TKEY_MODE, DNS_TKEY_ERROR, DNS_TKEY_KEY_SIZE,
    DNS_TKEY_KEY, DNS_TKEY_OTHER_SIZE, DNS_TKEY_OTHER,
    DNS_CAA_FLAGS, DNS_CAA_CRITICAL, DNS_CAA_TAG_LENGTH, DNS_CAA_TAG, DNS_CAA_ISSUE, DNS_CAA_ISSUEWILD, DNS_CAA_IODEF,
    DNS_CAA_UNKNOWN, DNS_CAA_VALUE, DNS_EXTRANEOUS,
};

enum tl_dns_flag {
    TL_DNS_QR = 0x8000, TL_DNS_AA = 0x0400, TL_DNS_TC = 0x0200,
    TL_DNS_RD = 0x0100, TL_DNS_RA = 0x0080, TL_DNS_Z = 0x0040,
};

enum tl_dns_type { TL_DNS_TYPE_OPT = 41, TL_DNS_TYPE_NSEC = 47 };

enum {
    TL_DNS_HEADER = 12,  /* bytes */
    TL_DNS_NAME = 255,   /* bytes of a name on the wire, length bytes included (RFC 1035 section 3.1) */
    TL_DNS_QUESTIONS = 64, /* per message: those that get a record */
    TL_DNS_TEXT_SLACK = 1024, /* bytes; more than any piece of an answer's text */
};

struct tl_dns_name {
    uint32_t len;
    uint8_t text[TL_DNS_NAME + 1]; /* labels joined by dots, no dot at the end; empty: the root */
};

/* The parts of a message that its record needs. */
struct tl_dns_message {
    uint32_t start;      /* of the header, offset in the source: compression offsets begin here */
    uint32_t questions;  /* of the first question */
    uint32_t owner;      /* of the name of the current record */
    uint32_t asked;      /* questions read completely */
    uint16_t id, flags;
    uint16_t count[4];   /* from the header, by section */
    uint8_t side;        /* sender: 0 originator, 1 responder */
    bool mdns, llmnr;
    bool text_wanted;    /* convert answers to text for the dns record */
    bool answers_cut;    /* not all answers were converted */
    bool opt, dnssec_ok;
    uint8_t ext_rcode;
    uint16_t udp_size;
    struct tl_bytes *answers; /* in scratch, like ttls */
    int64_t *ttls;       /* ns */
    uint32_t answer_count, answer_room;
};

extern const struct tl_name tl_dns_types[], tl_dns_opcodes[], tl_dns_rcodes[], tl_dns_svc_keys[];

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

/*
 * Reads the data of a record; the cursor is limited to it. `text` (NULL: not wanted) receives its form in the dns
 * record. An empty text is no answer.
 */
void tl_dns_data(struct tl_dissection *d, struct tl_dns_message *m, uint16_t type, struct tl_buffer *text);
/* Reads the options of an OPT record (RFC 6891); the cursor is limited to them. */
void tl_dns_options(struct tl_dissection *d, const struct tl_dns_message *m);
/* Reads SVCB and HTTPS data (RFC 9460); the cursor is limited to it. */
void tl_dns_svcb(struct tl_dissection *d, const struct tl_dns_message *m, struct tl_buffer *text);

/* The flow state: queries that wait for their response. */
enum { TL_DNS_FLOW_SIZE = 16 };
extern const struct tl_record_def tl_dns_record_def;
/* A message, or at least its questions, was read: pairs it and emits complete records. */
void tl_dns_conclude(struct tl_dissection *d, const struct tl_dns_message *m);
/* Returns whether the flow's protocol was confirmed. */
bool tl_dns_confirmed(const struct tl_dissection *d);
/* TCP: the position of the next message on this side is unknown. */
void tl_dns_set_lost(struct tl_dissection *d, unsigned side, bool lost);
bool tl_dns_is_lost(const struct tl_dissection *d, unsigned side);
/* The flow ends: emits the queries without a response. */
void tl_dns_finish(struct tl_dissection *d);

#endif
