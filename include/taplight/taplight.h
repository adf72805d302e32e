/*
 * taplight.h - the library: packets, their layers and fields, records of flows and transactions, streams, capture files.
 *
 * Compile with `pkg-config --cflags --libs taplight`. Names of fields are those of display filters (taplight --fields),
 * kinds and keys of records are those of --json.
 *
 * **Threads.** The library has no state of its own: everything is in objects. Different objects may be used by
 * different threads at the same time. A reader, its packets (copies too) and its records are one object, as are a decoder
 * and its packets: one thread at a time. taplight_stop() may be called at any time by any thread or signal handler.
 *
 * **Errors.** A function that can fail takes a struct taplight_error, which may be NULL, and fills it with the words that
 * the program would print. The library never prints, exits, or changes signal handlers, the locale or the working
 * directory.
 *
 * **Secrets.** Passwords, tokens and keys are left out of fields, records and bytes of layers unless `secrets` is set.
 * taplight_packet_bytes() and pieces of streams are what was captured, secrets included.
 *
 * **Versions.** The library's version is semantic: what links with 0.1 works with every later 0.x. Structs that callers
 * fill have a size, so that later versions can have more members.
 */
#ifndef TAPLIGHT_TAPLIGHT_H
#define TAPLIGHT_TAPLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TAPLIGHT_API __attribute__((visibility("default")))

/* ## Versions and errors */

/* The version of the library that runs, such as "0.1.0". */
TAPLIGHT_API const char *taplight_version(void);

/* Why a call failed. The numbers are the exit codes of the program. */
enum taplight_failure {
    TAPLIGHT_FINE = 0,
    TAPLIGHT_E_RUNTIME = 1,    /* memory, files, interfaces */
    TAPLIGHT_E_USAGE = 2,      /* a filter, a name or an option is wrong */
    TAPLIGHT_E_PERMISSION = 3,
    TAPLIGHT_E_DAMAGED = 4,    /* the capture is damaged: everything before was delivered */
};

struct taplight_error {
    enum taplight_failure kind;
    char text[512]; /* one line: what failed, on what, what to do */
    uint32_t at;    /* of a display filter: the place in its text, in bytes */
    uint32_t len;   /* bytes there that are meant; 0: none */
};

/* ## Values */

enum taplight_type {
    TAPLIGHT_NONE,     /* present, without a value */
    TAPLIGHT_BOOL,     /* number: 0 or 1 */
    TAPLIGHT_UNSIGNED, /* number */
    TAPLIGHT_SIGNED,   /* integer */
    TAPLIGHT_DOUBLE,   /* real */
    TAPLIGHT_TIME,     /* integer: ns since 1970 */
    TAPLIGHT_INTERVAL, /* integer: ns */
    TAPLIGHT_IPV4,     /* number: in host order */
    TAPLIGHT_IPV6,     /* bytes: 16 */
    TAPLIGHT_MAC,      /* bytes: 6 */
    TAPLIGHT_GUID,     /* bytes: 16, in network order */
    TAPLIGHT_OID,      /* bytes: the contents of an OBJECT IDENTIFIER */
    TAPLIGHT_BYTES,    /* bytes */
    TAPLIGHT_TEXT,     /* bytes: text from the wire, usually UTF-8; no NUL at the end */
    TAPLIGHT_LAYER,    /* bytes: a protocol, the bytes of its header */
    TAPLIGHT_GROUP,    /* the following fields that are one deeper are its members */
    TAPLIGHT_LIST,     /* records: count items, see taplight_value_item() */
    TAPLIGHT_OBJECTS,  /* records: count objects, see taplight_value_object() */
};

/* A value. What it points to is borrowed: from its packet or record, until the next look at that packet or reader. */
struct taplight_value {
    enum taplight_type type;
    uint32_t count; /* of items or objects */
    union {
        uint64_t number;
        int64_t integer;
        double real;
    };
    const uint8_t *bytes;
    size_t len;
    const char *name;     /* of a number that has one ("AAAA"); else NULL */
    const void *inner[2]; /* of the library */
};

/*
 * Writes a value as the program shows it in -T fields, cut to the size, with a NUL. Returns the length of the whole text.
 */
TAPLIGHT_API size_t taplight_value_text(const struct taplight_value *value, char *text, size_t size);
/* An item of a TAPLIGHT_LIST. Returns false if there is none with that index. */
TAPLIGHT_API bool taplight_value_item(const struct taplight_value *list, uint32_t index, struct taplight_value *item);

/* ## Readers */

struct taplight_reader;
struct taplight_packet;
struct taplight_record;

enum taplight_take {
    TAPLIGHT_PACKETS = 1,
    TAPLIGHT_RECORDS = 2,
    TAPLIGHT_STREAMS = 4, /* the bytes of TCP streams in order */
};

enum { TAPLIGHT_NO_WORKERS = -1 };

/*
 * What is read, and what of it. Begin with taplight_options_init(); what is zero is as the program does it. Everything
 * is borrowed until taplight_open() returns.
 */
struct taplight_options {
    size_t size;                   /* of the struct; set by taplight_options_init() */
    const char *const *files;      /* capture files, "-" for standard input, one after another */
    size_t file_count;
    const char *const *interfaces; /* captured instead of files: names, or "any" */
    size_t interface_count;
    const char *capture_filter;    /* in the language of pcap-filter(7); its host names are resolved by libpcap */
    const char *filter;            /* display filter, taplight-filter(7), of packets or of records */
    unsigned take;                 /* enum taplight_take, together; 0: packets */
    const char *const *fields;     /* only these are decoded and known: much faster; NULL: all */
    size_t field_count;
    bool values_only;              /* packets have these fields, their number and their time, and nothing else: faster */
    const char *const *kinds;      /* of records, such as "conn", "dns"; NULL: all but meta and stats */
    size_t kind_count;
    const char *stream;            /* only this one: the uid of a flow, "ADDR:PORT,ADDR:PORT", or its tcp.stream number */
    const char *keylog;            /* file with the secrets of TLS sessions, as SSLKEYLOGFILE names it */
    bool secrets;                  /* show passwords, tokens and keys */
    bool follow;                   /* wait at the end of a file until it grows */
    bool no_promiscuous;
    bool immediate;                /* interfaces: deliver each packet at once */
    uint32_t snaplen;              /* interfaces: bytes of a packet */
    int workers;                   /* decoding threads; 0: one per core; TAPLIGHT_NO_WORKERS: none but the reader's */
    size_t memory;                 /* bytes for flows, reassembly and buffers; 0: 1 GiB */
    uint64_t most;                 /* stop after so many packets; 0: no limit */
    /* A message while a capture goes on, one line. Called by threads of the reader. NULL: none. */
    void (*notice)(void *context, const char *text);
    void *notice_context;
};

TAPLIGHT_API void taplight_options_init(struct taplight_options *options);
/* Opens files or interfaces and begins to read. Returns NULL and sets the error on failure. */
TAPLIGHT_API struct taplight_reader *taplight_open(const struct taplight_options *options, struct taplight_error *error);
/* Stops if need be, and frees the reader; may be NULL. Copies of packets stay. */
TAPLIGHT_API void taplight_close(struct taplight_reader *reader);

enum taplight_event {
    TAPLIGHT_END,     /* everything was delivered */
    TAPLIGHT_PACKET,  /* see taplight_packet() */
    TAPLIGHT_RECORD,  /* see taplight_record() */
    TAPLIGHT_PIECE,   /* see taplight_piece() */
    TAPLIGHT_NOTHING, /* the time is over */
    TAPLIGHT_FAILED,  /* the error is set: reading ended too early. Everything before was delivered */
};

/*
 * Goes on to the next packet, record or piece, in the order of the program's output. Waits for it, at most for so many
 * milliseconds unless these are negative.
 */
TAPLIGHT_API enum taplight_event taplight_next(struct taplight_reader *reader, int milliseconds,
                                               struct taplight_error *error);
/* What taplight_next() went on to, valid until its next call; NULL: something else. */
TAPLIGHT_API struct taplight_packet *taplight_packet(struct taplight_reader *reader);
TAPLIGHT_API struct taplight_record *taplight_record(struct taplight_reader *reader);
TAPLIGHT_API const struct taplight_piece *taplight_piece(struct taplight_reader *reader);
/* Ends reading soon: what was captured before is still delivered. Any thread, also signal handlers. */
TAPLIGHT_API void taplight_stop(struct taplight_reader *reader);

struct taplight_counters {
    size_t size; /* of the struct; set by the caller */
    uint64_t packets, bytes;     /* that passed the capture filter; bytes on the wire */
    uint64_t flows, flows_evicted;
    uint64_t malformed, bad_checksums, snaplen_cut;
    uint64_t dropped_kernel, dropped_interface;
    uint64_t dropped_reader; /* interfaces: captured and not delivered, because the caller was too slow */
};

/* What was read so far. */
TAPLIGHT_API void taplight_counters(struct taplight_reader *reader, struct taplight_counters *counters);

/* ## Packets */

TAPLIGHT_API uint64_t taplight_packet_number(const struct taplight_packet *packet); /* in the capture, from 1 */
TAPLIGHT_API int64_t taplight_packet_time(const struct taplight_packet *packet);    /* ns since 1970 */
TAPLIGHT_API uint32_t taplight_packet_length(const struct taplight_packet *packet); /* bytes on the wire */
TAPLIGHT_API uint16_t taplight_packet_linktype(const struct taplight_packet *packet); /* LINKTYPE_ value */
/* The bytes as captured, secrets included. */
TAPLIGHT_API const uint8_t *taplight_packet_bytes(const struct taplight_packet *packet, size_t *len);
/* The name of the interface, or "". */
TAPLIGHT_API const char *taplight_packet_interface(const struct taplight_packet *packet);

/* How many layers were decoded, from the outside in. With `fields` those above the fields may be missing. */
TAPLIGHT_API uint32_t taplight_packet_layers(struct taplight_packet *packet);
/* The name of a layer, such as "eth" or "dns"; NULL: there is none with that index. */
TAPLIGHT_API const char *taplight_packet_layer(struct taplight_packet *packet, uint32_t index);
/*
 * The values of a field by its display name. Returns how many there are and sets the first `most` of them. Returns -1 and
 * sets the error if there is no field of that name. Names like tcp.stream depend on all packets before: they are known
 * only if they are among the `fields` of the options.
 */
TAPLIGHT_API int taplight_packet_values(struct taplight_packet *packet, const char *name, struct taplight_value *values,
                                        uint32_t most, struct taplight_error *error);
/* The first value of a field. Returns false if the packet has none, or if there is no such field. */
TAPLIGHT_API bool taplight_packet_get(struct taplight_packet *packet, const char *name, struct taplight_value *value);

/*
 * The first value of the field with this index in the `fields` of the options; faster than by its name. Returns false if
 * the packet has none.
 */
TAPLIGHT_API bool taplight_packet_at(const struct taplight_packet *packet, uint32_t index, struct taplight_value *value);

/* A field or a layer of a packet. */
struct taplight_field {
    const char *name;     /* "dns.qry.name"; of a layer "dns" */
    const char *label;    /* for people: "Name"; of a layer "Domain Name System" */
    uint32_t depth;       /* 0: a layer; its fields have 1, members of a group one more than the group */
    bool derived;         /* computed, not on the wire */
    bool malformed;       /* a layer that is not as its protocol has it */
    bool cut;             /* a layer of which not everything was captured or kept */
    struct taplight_value value;
};

/* All layers and fields in their order: *cursor is 0 at first. Returns false at the end. */
TAPLIGHT_API bool taplight_packet_next(struct taplight_packet *packet, uint32_t *cursor, struct taplight_field *field);
/* The packet in one line, without its time and number: "10.0.0.1 > 10.0.0.2 DNS 70 query .."; valid until the next look. */
TAPLIGHT_API const char *taplight_packet_line(struct taplight_packet *packet);
/* The packet as a line of --json=packets, without a line end; valid until the next look. */
TAPLIGHT_API const char *taplight_packet_json(struct taplight_packet *packet, size_t *len);
/*
 * A copy that stays until it is freed, also after its reader. With `old` the memory of an earlier copy of the same
 * reader is used again. Returns NULL without memory; `old` is freed then.
 */
TAPLIGHT_API struct taplight_packet *taplight_packet_copy(const struct taplight_packet *packet,
                                                          struct taplight_packet *old);
/* Frees a copy; may be NULL. */
TAPLIGHT_API void taplight_packet_free(struct taplight_packet *copy);

/* ## Records */

/* The flow of a record or a piece. */
struct taplight_flow {
    char uid[20];
    char community_id[32];      /* "" if there is none */
    uint8_t version;            /* of IP: 4 or 6 */
    uint8_t protocol;           /* of IP: 6 TCP, 17 UDP, .. */
    uint16_t orig_port, resp_port;
    uint8_t orig_address[16], resp_address[16]; /* version 4 uses 4 bytes */
    uint64_t first_packet;      /* number of its first packet */
};

/* Its kind, such as "conn" or "http". */
TAPLIGHT_API const char *taplight_record_kind(const struct taplight_record *record);
TAPLIGHT_API int64_t taplight_record_time(const struct taplight_record *record); /* ns since 1970; 0: none */
/* 6 or 9: decimals of its times and intervals, as in the capture. */
TAPLIGHT_API unsigned taplight_record_decimals(const struct taplight_record *record);
/* Returns false if the record belongs to no flow. */
TAPLIGHT_API bool taplight_record_flow(const struct taplight_record *record, struct taplight_flow *flow);
/* The value of a key, as in --json. Returns false if the record has none. */
TAPLIGHT_API bool taplight_record_get(const struct taplight_record *record, const char *key,
                                      struct taplight_value *value);
/* All keys and values in the order of --json, from _path on: *cursor is 0 at first. Returns false at the end. */
TAPLIGHT_API bool taplight_record_next(const struct taplight_record *record, uint32_t *cursor, const char **key,
                                       struct taplight_value *value);
/* The same of an object in a value of TAPLIGHT_OBJECTS. */
TAPLIGHT_API bool taplight_value_object(const struct taplight_value *objects, uint32_t index, uint32_t *cursor,
                                        const char **key, struct taplight_value *value);
/* The record as a line of --json, without a line end; valid until the next look. NULL without memory. */
TAPLIGHT_API const char *taplight_record_json(struct taplight_record *record, size_t *len);

/* ## Streams */

/* The next piece of one side of a TCP stream: bytes, or a gap. */
struct taplight_piece {
    struct taplight_flow flow;
    unsigned side;        /* that sent it: 0 the originator, 1 the responder */
    const uint8_t *bytes;
    size_t len;
    uint64_t gap;         /* bytes that were not captured, at this place */
    bool end;             /* the side ends after it */
};

/* ## Columns */

/* How the values of a field are stored. */
enum taplight_column_form {
    TAPLIGHT_COLUMN_BOOL,    /* uint8_t */
    TAPLIGHT_COLUMN_UINT,    /* uint8_t, uint16_t, uint32_t or uint64_t: see width */
    TAPLIGHT_COLUMN_INT,     /* int64_t */
    TAPLIGHT_COLUMN_DOUBLE,  /* double */
    TAPLIGHT_COLUMN_TIME,    /* int64_t: ns since 1970 */
    TAPLIGHT_COLUMN_INTERVAL, /* int64_t: ns */
    TAPLIGHT_COLUMN_IPV4,    /* uint32_t, in host order */
    TAPLIGHT_COLUMN_FIXED,   /* width bytes: addresses of IPv6 and Ethernet, GUIDs */
    TAPLIGHT_COLUMN_TEXT,    /* bytes from offsets[i] to offsets[i + 1] */
    TAPLIGHT_COLUMN_BYTES,   /* the same */
};

/* A field of all packets. Everything belongs to the columns. */
struct taplight_column {
    const char *name;
    enum taplight_column_form form;
    enum taplight_type type;
    uint32_t width;          /* bytes of an entry; of text and bytes 1 */
    uint64_t count;          /* of packets */
    const void *values;
    const int64_t *offsets;  /* text and bytes: count + 1; else NULL */
    const uint8_t *present;  /* of each packet: 1 it has the field, 0 it has not; NULL: all have it */
};

struct taplight_columns;

/*
 * Reads everything and stores the first value of each of options->fields in every packet that the filter selects.
 * options->take is not used. The memory is that of the columns beside options->memory. Returns NULL and sets the error
 * on failure; a damaged capture gives what could be read, and the error TAPLIGHT_E_DAMAGED.
 */
TAPLIGHT_API struct taplight_columns *taplight_columns(const struct taplight_options *options,
                                                       struct taplight_error *error);
TAPLIGHT_API const struct taplight_column *taplight_columns_get(const struct taplight_columns *columns, size_t index);
TAPLIGHT_API void taplight_columns_free(struct taplight_columns *columns);

/* ## Single packets */

struct taplight_decoder;

/* Decodes packets that the caller has. Of the options `secrets`, `memory` and `keylog` are used; NULL: none. */
TAPLIGHT_API struct taplight_decoder *taplight_decoder_new(const struct taplight_options *options,
                                                           struct taplight_error *error);
TAPLIGHT_API void taplight_decoder_free(struct taplight_decoder *decoder);
/*
 * Decodes a packet of `captured` bytes of `length` on the wire (0: all were captured). Packets of one flow go to the same
 * decoder in their order: what a packet means can depend on earlier ones. Returns a packet that is valid until the next
 * call, or NULL without memory.
 */
TAPLIGHT_API struct taplight_packet *taplight_decode(struct taplight_decoder *decoder, const void *bytes, size_t captured,
                                                     size_t length, uint16_t linktype, int64_t time,
                                                     struct taplight_error *error);

/* The next packet belongs to none of the flows before. Packets that were copied stay. */
TAPLIGHT_API void taplight_decoder_forget(struct taplight_decoder *decoder);

/* ## Capture files */

struct taplight_writer;

/* Creates a pcapng file, or a pcap file if the name ends in .pcap. "-" is standard output. */
TAPLIGHT_API struct taplight_writer *taplight_writer_open(const char *path, struct taplight_error *error);
/* Writes a packet of any reader or decoder, with its comments. Returns false and sets the error on failure. */
TAPLIGHT_API bool taplight_writer_put(struct taplight_writer *writer, const struct taplight_packet *packet,
                                      struct taplight_error *error);
/* Ends the file and frees the writer; may be NULL. Returns false and sets the error if not everything was written. */
TAPLIGHT_API bool taplight_writer_close(struct taplight_writer *writer, struct taplight_error *error);

/* ## Names */

/* A field that display filters and taplight_packet_values() know, or a key of records. */
struct taplight_name {
    const char *name, *protocol, *type, *help; /* help may be NULL */
};

/* Calls each() for the names of packets, or of records, until it returns false. */
TAPLIGHT_API void taplight_names(bool records, bool (*each)(void *context, const struct taplight_name *name),
                                 void *context);

#ifdef __cplusplus
}
#endif

#endif
