/* sink.h - outputs. Workers format, the ordered writer writes. */
#ifndef TL_CORE_SINK_H
#define TL_CORE_SINK_H

#include "core/buffer.h"
#include "core/packet.h"
#include "core/record.h"
#include "core/status.h"
#include "core/tree.h"

struct tl_predicate;
struct tl_predicate_run;
struct tl_protocol;
struct tl_scene;

/* The protocols of an engine, as sinks see them. The index is tl_node.protocol. */
struct tl_protocols {
    const struct tl_protocol *const *items;
    uint32_t count;
};

/* Returns the index of a protocol, or count if it is not in the list. */
static inline uint32_t tl_protocols_index(const struct tl_protocols *protocols, const struct tl_protocol *protocol)
{
    uint32_t i = 0;
    while (i < protocols->count && protocols->items[i] != protocol)
        i++;
    return i;
}

/*
 * The next piece of one side of a TCP stream: bytes in order or a gap, or neither, and whether the side ends after it.
 */
struct tl_stream_piece {
    const struct tl_flow_id *id;
    unsigned side; /* sender: 0 the originator, 1 the responder */
    struct tl_bytes bytes;
    uint64_t gap;  /* bytes missing at this point */
    uint64_t within; /* of what a protocol carries: number of the stream in it, or TL_SAID_WHOLE */
    bool end;
};

/* A piece of a file in a flow: bytes, a gap, or the end. */
struct tl_file_bytes {
    const char *name;      /* of the file to write */
    struct tl_bytes bytes;
    uint64_t gap;          /* bytes missing at this point */
    bool end;
    bool drop;             /* with `end`: the file is not wanted */
};

/* A packet that brought a part of what another packet completes: an IP fragment. */
struct tl_carrier {
    uint64_t number, place; /* as in struct tl_packet */
};

/* A packet belongs to a flow. */
struct tl_membership {
    uint64_t flow;     /* number of the first packet of the flow */
    uint8_t depth;     /* enclosing tunnels: flows that begin with the same packet differ in it */
    uint64_t pair;     /* hash of the outermost address pair, either way round; the same in every run */
    const struct tl_carrier *carriers; /* earlier packets that belong to the flow because of this one */
    uint32_t carrier_count;
};

enum { TL_GLANCE_LAYERS = 15 };

/* What an index stores of a packet. It is known without a tree. */
struct tl_glance {
    uint64_t flow;                  /* number of the first packet of its innermost flow; 0: no flow */
    const struct tl_flow_id *begun; /* the flow if it begins here (uid and Community ID are empty); else NULL */
    /* Protocols from the outside in, as tl_node.protocol. If there are more, the last entry is the innermost. */
    uint8_t layers[TL_GLANCE_LAYERS];
    uint8_t layer_count;            /* at least 1 */
    uint8_t side;                   /* sender: 0 the endpoint that sent the flow's first packet; never changes */
    bool turned;                    /* as far as is known, side 1 is the originator */
    bool malformed;
    bool told;                      /* with this packet one of the fields below changed */
    bool opened;                    /* something in the flow was decrypted, so far */
    struct tl_bytes services;       /* of the flow, so far: as in its conn record; valid for the call */
    int64_t rtt;                    /* ns; 0: not known */
};

/*
 * A sink takes either packets as captured (block) or formatted output (record, packet, glance, stream; write). Any
 * worker calls the formatting functions at any time; they only read the sink. One thread calls all other functions, in
 * capture order. In live mode the sinks that take blocks have a thread of their own.
 */
struct tl_sink {
    /*
     * Sets a bit in wanted[protocol][field / 64] for each field that it wants of every packet. NULL: it wants no
     * fields, and no tree is built for it.
     */
    void (*want)(const struct tl_sink *sink, const struct tl_protocols *protocols, uint64_t *const wanted[]);
    /* Appends one record, or nothing. id is NULL for a record without a flow. NULL: takes no records. */
    void (*record)(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_record_def *def,
                   const struct tl_record *record, const struct tl_flow_id *id, unsigned decimals);
    /* Appends one packet, or nothing. NULL: takes no packets. */
    void (*packet)(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_packet *packet,
                   const struct tl_interface *interface, const struct tl_tree *tree);
    /*
     * Appends the values of `names` (filter/predicate.h) in one packet. run: of the worker. NULL: takes none. Only one
     * sink of an engine may have it.
     */
    void (*values)(const struct tl_sink *sink, struct tl_buffer *out, struct tl_predicate_run *run,
                   const struct tl_scene *scene);
    const struct tl_predicate *names; /* borrowed; NULL unless values is set */
    bool only_values; /* values() reads these values alone: no nodes of the tree */
    /*
     * Appends what statistics need of a packet, selected or not. runs: of the worker, one for each of `predicates`. flow:
     * number of the first packet of its innermost flow; 0: no flow. id: of that flow, if the sink `identifies` and the
     * flow goes on; else NULL. NULL: takes none. Only one sink of an engine may have it.
     */
    void (*note)(const struct tl_sink *sink, struct tl_buffer *out, struct tl_predicate_run *const *runs,
                 const struct tl_scene *scene, uint64_t flow, const struct tl_flow_id *id);
    bool identifies;
    /*
     * Appends what the sink needs of a record, selected or not. runs: of the worker, one for each of `predicates`; NULL
     * for records of the engine itself (meta, stats), in the thread that writes. NULL: takes none. Only one sink of an
     * engine may have it.
     */
    void (*judge)(const struct tl_sink *sink, struct tl_buffer *out, struct tl_predicate_run *const *runs,
                  const struct tl_record_def *def, const struct tl_record *record, const struct tl_flow_id *id,
                  unsigned decimals);
    const struct tl_predicate *const *predicates; /* borrowed: for note() or judge(), of which a sink has one */
    uint32_t predicate_count;
    bool every_record; /* record() gets also those that the display filter does not select */
    /* Appends what an index stores of a packet; needs no tree. NULL: stores nothing. */
    void (*glance)(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_packet *packet,
                   const struct tl_glance *glance);
    /*
     * Appends that a packet belongs to a flow. Called for each flow of a packet, from the outside in. NULL: not wanted.
     */
    void (*member)(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_packet *packet,
                   const struct tl_membership *membership);
    /* Appends one piece of a stream, or nothing. write() receives whole pieces. NULL: takes no streams. */
    void (*stream)(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_stream_piece *piece);
    /* The same of what a protocol of the flow carries. NULL: not wanted. */
    void (*said)(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_stream_piece *piece,
                 const struct tl_protocol *protocol);
    /* Appends one piece of a file, or nothing. write() receives whole pieces. NULL: takes no files. */
    void (*file)(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_file_bytes *part);
    /* A block of packets as captured. NULL: takes none. */
    enum tl_failure (*block)(struct tl_sink *sink, const struct tl_block *block, struct tl_error *error);
    /* Writes formatted output, in order. */
    enum tl_failure (*write)(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error);
    /* Packets that it received and lost: full disk, reader gone, no place in the format. NULL: none. */
    uint64_t (*lost)(const struct tl_sink *sink);
    /* The reader is gone (a closed pipe): the run may end without an error. NULL: never. */
    bool (*gone)(const struct tl_sink *sink);
    /* Called at intervals in live mode: flushes buffered output. */
    enum tl_failure (*tick)(struct tl_sink *sink, struct tl_error *error);
    /*
     * The file may have been moved away: flushes buffered output and opens a new file of the same name. On failure it
     * keeps the old file. NULL: the sink has no file.
     */
    enum tl_failure (*reopen)(struct tl_sink *sink, struct tl_error *error);
    /* Flushes and ends the output. Called once, also after a failure. free() frees the sink. */
    enum tl_failure (*close)(struct tl_sink *sink, struct tl_error *error);
    void (*free)(struct tl_sink *sink);
};

/* Returns whether the sink has functions that format in the workers. */
static inline bool tl_sink_formats(const struct tl_sink *sink)
{
    return sink->record != NULL || sink->judge != NULL || sink->packet != NULL || sink->values != NULL ||
           sink->note != NULL || sink->glance != NULL || sink->member != NULL || sink->stream != NULL ||
           sink->file != NULL;
}

#endif
