/* record.h - self-describing records: a const table of fields over a plain struct. */
#ifndef TL_CORE_RECORD_H
#define TL_CORE_RECORD_H

#include "core/bytes.h"

enum tl_record_type {
    TL_REC_COUNT,     /* uint64_t */
    TL_REC_BOOL,      /* bool */
    TL_REC_INTERVAL,  /* int64_t, ns; written as seconds */
    TL_REC_TEXT,      /* struct tl_bytes: from the wire, escaped by the sink */
    TL_REC_TOKEN,     /* const char *: one of Taplight's own words, never escaped */
    TL_REC_MAC,       /* uint8_t[6] */
    TL_REC_TEXTS,     /* struct tl_text_list: array of strings */
    TL_REC_INTERVALS, /* struct tl_interval_list: array of intervals */
    TL_REC_COUNTS,    /* struct tl_count_list: array of counts */
    TL_REC_ADDR,      /* struct tl_addr */
    TL_REC_TIME,      /* int64_t, ns since 1970; written like ts */
    TL_REC_INT,       /* int64_t */
    TL_REC_DOUBLE,    /* double */
    TL_REC_OBJECTS,   /* struct tl_object_list: array of objects; `objects` of the field defines them */
};

struct tl_addr {
    uint8_t version;   /* 4 or 6 */
    uint8_t bytes[16]; /* version 4 uses 4 of them */
};

/* An array of structs. Each begins with struct tl_record; its ts is not used. */
struct tl_object_list {
    const void *items;
    uint32_t count;
    uint32_t size;     /* bytes from one to the next */
};

struct tl_text_list {
    const struct tl_bytes *items;
    uint32_t count;
};

struct tl_interval_list {
    const int64_t *items; /* ns */
    uint32_t count;
};

struct tl_count_list {
    const uint64_t *items;
    uint32_t count;
};

enum { TL_LEAD = 32 };

struct tl_record_def;

struct tl_record_field {
    const char *key;
    enum tl_record_type type;
    uint16_t offset; /* in the record's struct */
    uint8_t lead_len;
    char lead[TL_LEAD]; /* `,"key":` as written before the value; copying all of it is faster than the exact length */
    bool escaped;    /* texts with escapes: sinks do not double their backslashes */
    const char *help;
    const struct tl_record_def *objects; /* TL_REC_OBJECTS: definition of the objects */
};

enum {
    TL_RECORD_FIELDS = 64,
    TL_SUMMARY_KEYS = 6,
    TL_OBJECT_DEPTH = 4,   /* nested objects; deeper lists are written empty */
    TL_RECORD_SIZE = 2048, /* bytes of the struct of a record that can be pending: see core/transaction.h */
};

struct tl_record_def {
    const char *path;  /* `_path` */
    const char *help;
    const struct tl_record_field *fields; /* at most TL_RECORD_FIELDS, in output order */
    uint32_t field_count;
    uint64_t secret;   /* bit n: field n is written only if secrets are shown, or if the record says it is open */
    bool flow;         /* begins with ts, uid, id.* and community_id */
    bool flow_optional; /* with `flow`: some of these records have none */
    /*
     * Keys of the one-line summary; none: not shown in lists. "key=" shows the key with the value, and leaves a count of
     * 0 out.
     */
    const char *summary[TL_SUMMARY_KEYS];
    const char *latency; /* key of the interval from request to response; NULL: none */
};

/*
 * Every record's struct begins with this. Bit i of set: field i is present. Bit i of cut: field i was cut. open and
 * masked are for fields that are secret in some records only.
 */
struct tl_record {
    int64_t ts; /* ns */
    uint64_t set;
    uint64_t cut;
    uint64_t open;   /* bit i: field i is no secret in this record, though its definition says so */
    uint64_t masked; /* bit i: field i, a text, is written as `<hidden>`, even if it is absent, unless secrets are shown */
    bool nano;       /* without a flow: times have nine decimals; a flow has its own: see tl_record_decimals() */
};

/* TL_FIELD(struct dns_record, QUERY, query, "query", TL_REC_TEXT, "...") in a table indexed by an enum. */
#define TL_FIELD(type_, index_, member_, key_, kind_, help_) \
    [index_] = { .key = (key_), .type = (kind_), .offset = (uint16_t)offsetof(type_, member_),                        \
                 .lead_len = sizeof(",\"" key_ "\":") - 1, .lead = ",\"" key_ "\":", .help = (help_) }
/* As TL_FIELD, for texts with escapes. */
#define TL_FIELD_ESCAPED(type_, index_, member_, key_, kind_, help_) \
    [index_] = { .key = (key_), .type = (kind_), .offset = (uint16_t)offsetof(type_, member_),                        \
                 .lead_len = sizeof(",\"" key_ "\":") - 1, .lead = ",\"" key_ "\":", .escaped = true, .help = (help_) }
/* As TL_FIELD, for a list of objects. */
#define TL_FIELD_OBJECTS(type_, index_, member_, key_, def_, help_) \
    [index_] = { .key = (key_), .type = TL_REC_OBJECTS, .offset = (uint16_t)offsetof(type_, member_),                 \
                 .lead_len = sizeof(",\"" key_ "\":") - 1, .lead = ",\"" key_ "\":", .help = (help_),                  \
                 .objects = (def_) }
#define TL_OBJECT_DEF(fields_, help_) \
    { .help = (help_), .fields = (fields_), .field_count = (uint32_t)TL_COUNT(fields_) }
/* Other members of the definition follow the help text: TL_RECORD_DEF("dns", fields, "...", .latency = "rtt"). */
#define TL_RECORD_DEF(path_, fields_, help_, ...) \
    { .path = (path_), .help = (help_), .fields = (fields_), .field_count = (uint32_t)TL_COUNT(fields_), .flow = true, \
      __VA_ARGS__ }

static inline void tl_record_set(struct tl_record *r, unsigned field)
{
    r->set |= UINT64_C(1) << field;
}

enum { TL_UID_LEN = 18, TL_COMMUNITY_ID_LEN = 30 };

/* The flow of a record. Made by flows/, read by the sinks. */
/* The ends of the connection that a proxy accepted, by its own word. */
struct tl_proxied {
    uint8_t version;        /* 4 or 6; 0: none */
    uint16_t orig_port, resp_port;
    uint8_t orig_addr[16], resp_addr[16]; /* version 4 uses 4 bytes */
};

struct tl_flow_id {
    char uid[20];           /* "C" and 17 base-62 digits */
    char community_id[32];  /* "" if there is none */
    uint8_t version;        /* 4 or 6 */
    uint8_t ip_proto;
    uint8_t decimals;       /* of times: 6 or 9 */
    uint16_t orig_port, resp_port;
    uint64_t first_pkt;     /* number of the flow's first packet */
    uint8_t depth;          /* enclosing tunnels */
    bool decrypted;         /* of this record: it was read from decrypted data */
    uint8_t orig_addr[16], resp_addr[16]; /* version 4 uses 4 bytes, the others are 0 */
    struct tl_proxied proxied;
};

/* Returns the decimals of a record's times. id: NULL without a flow. */
static inline unsigned tl_record_decimals(const struct tl_record *r, const struct tl_flow_id *id)
{
    return id != NULL ? id->decimals : r->nano ? 9 : 6;
}

#endif
