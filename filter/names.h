/* names.h - the names in filters: fields, protocols, what is known of a packet as a whole, keys of records. */
#ifndef TL_FILTER_NAMES_H
#define TL_FILTER_NAMES_H

#include "core/record.h"
#include "core/sink.h"
#include "filter/literal.h"

/* All names of a build. */
struct tl_names {
    struct tl_protocols protocols;
    const struct tl_record_def *const *records;
    uint32_t record_count;
};

/* What is no field of a dissector. */
enum tl_special {
    TL_SPECIAL_NONE,
    TL_SPECIAL_FRAME,
    TL_SPECIAL_NUMBER,
    TL_SPECIAL_TIME,
    TL_SPECIAL_TIME_EPOCH,
    TL_SPECIAL_TIME_DELTA,
    TL_SPECIAL_TIME_DELTA_DISPLAYED,
    TL_SPECIAL_TIME_RELATIVE,
    TL_SPECIAL_LEN,
    TL_SPECIAL_CAP_LEN,
    TL_SPECIAL_PROTOCOLS,
    TL_SPECIAL_COMMENT,
    TL_SPECIAL_INTERFACE_ID,
    TL_SPECIAL_INTERFACE_NAME,
    TL_SPECIAL_INTERFACE_DESCRIPTION,
    TL_SPECIAL_MALFORMED,
    TL_SPECIAL_TCP_STREAM,
    TL_SPECIAL_UDP_STREAM,
    TL_SPECIAL_TCP_PAYLOAD,
    TL_SPECIAL_UDP_PAYLOAD,
};

/* Keys that every record of a flow begins with. */
enum tl_record_head { TL_HEAD_NONE, TL_HEAD_PATH, TL_HEAD_TS, TL_HEAD_UID, TL_HEAD_ORIG_H, TL_HEAD_ORIG_P,
                      TL_HEAD_RESP_H, TL_HEAD_RESP_P, TL_HEAD_COMMUNITY_ID, TL_HEAD_DECRYPTED };

struct tl_field_site {
    uint16_t protocol; /* in tl_names.protocols */
    uint16_t field;    /* TL_LAYER: the protocol itself */
};

struct tl_record_site {
    const struct tl_record_def *def;
    uint16_t field;
    uint16_t member; /* of objects in a list: index in the objects' definition; else TL_NO_MEMBER */
};

enum { TL_SITES_MOST = 16, TL_NO_MEMBER = UINT16_MAX };

struct tl_early_field;

/* A name with a meaning. */
struct tl_reference {
    struct tl_bytes name;
    struct tl_kind_of_value kind;
    const struct tl_field *field;  /* of the first site; NULL: none */
    enum tl_special special;
    struct tl_field_site sites[TL_SITES_MOST];
    uint32_t site_count;
    bool as_text;                  /* addresses as text: ip.host */
    bool raw;                      /* @: the bytes of the value */
    uint16_t to;                   /* the register of its values */
    const struct tl_span *layers;  /* # */
    uint32_t layer_count;
    enum tl_record_head head;
    const struct tl_record_def *path; /* a head key of these records only; NULL: of all */
    const struct tl_early_field *early[2]; /* known before a packet is decoded: filter/headers.h */
    uint32_t early_count;
    bool not_in_tcp; /* is in no packet that filter/headers.h knows */
    const struct tl_record_site *records;
    uint32_t record_count;
};

/* What the values of a field are read as. */
struct tl_kind_of_value tl_kind_of_field(const struct tl_field *field);
/* Finds a name of packets or of records. Returns false if there is none. */
bool tl_names_packet(const struct tl_names *names, struct tl_bytes name, struct tl_reference *reference) TL_MUST_CHECK;
bool tl_names_record(const struct tl_names *names, struct tl_bytes name, struct tl_arena *arena,
                     struct tl_reference *reference) TL_MUST_CHECK;

/* Sets the bits of the fields that a name needs: see tl_sink.want. */
void tl_reference_want(const struct tl_reference *reference, const struct tl_protocols *protocols,
                       uint64_t *const wanted[]);

/* A name as lists show it. */
struct tl_name_row {
    const char *name;
    const char *protocol; /* "frame", "tcp"; of records: the path */
    const char *type;     /* "number, 2 bytes" */
    const char *help;
};

typedef void tl_name_row_function(void *context, const struct tl_name_row *row);

/* Calls row() for each name of packets, then of records, in their order. Strings are valid for the call. */
void tl_names_each(const struct tl_names *names, tl_name_row_function *row, void *context);
/* The second half of it. */
void tl_names_each_record(const struct tl_names *names, tl_name_row_function *row, void *context);
/* Returns what follows "there is no field 'x'": names like it, or why there is none. May be in `out`. */
const char *tl_names_hint(const struct tl_names *names, struct tl_bytes name, char *out, size_t size);
/* Writes up to three names like this one: "tcp.port, tcp.srcport"; "" if there are none. */
void tl_names_near(const struct tl_names *names, struct tl_bytes name, char *out, size_t size);

#endif
