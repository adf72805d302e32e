/* sink.h - where results go. Formatting runs in the worker, writing in the ordered writer. */
#ifndef TL_CORE_SINK_H
#define TL_CORE_SINK_H

#include "core/buffer.h"
#include "core/packet.h"
#include "core/record.h"
#include "core/status.h"
#include "core/tree.h"

struct tl_protocol;

/* The protocols of an engine, as sinks see them: index = tl_node.protocol. */
struct tl_protocols {
    const struct tl_protocol *const *items;
    uint32_t count;
};

/* What came next on one side of a TCP stream: bytes in order, a gap, or (then or with neither) the end. */
struct tl_stream_piece {
    const struct tl_flow_id *id;
    unsigned side; /* that sent it: 0 the originator */
    struct tl_bytes bytes;
    uint64_t gap;  /* bytes that are missing here */
    bool end;
};

enum { TL_GLANCE_LAYERS = 15 };

/* What an index keeps of a packet: known without a tree. */
struct tl_glance {
    uint64_t flow;                  /* number of the first packet of its innermost flow; 0: it has none */
    const struct tl_flow_id *begun; /* that flow, where it begins here (uid and Community ID are empty); else NULL */
    uint8_t layers[TL_GLANCE_LAYERS]; /* protocols from the outside in, as tl_node.protocol; of more, the last stands at the end */
    uint8_t layer_count;            /* at least 1 */
    uint8_t side;                   /* of the flow that sent it: 0 the one that sent its first packet, for ever */
    bool turned;                    /* the originator is the other one, as far as is known now */
    bool malformed;
};

/*
 * A sink takes either packets as captured (block) or what is formatted of them (record, packet, glance, stream; write).
 * The pipeline calls the formatting functions from any worker at any time (they only read the sink), and all others
 * from one thread, in capture order. Live, sinks of packets have another thread than the rest.
 */
struct tl_sink {
    /*
     * Which fields it wants of each packet: sets bits in wanted[protocol][field / 64]. NULL: none, so no tree is built
     * for it.
     */
    void (*want)(const struct tl_sink *sink, const struct tl_protocols *protocols, uint64_t *const wanted[]);
    /* Appends one record, or nothing. id is NULL for a record that belongs to no flow. NULL: takes no records. */
    void (*record)(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_record_def *def,
                   const struct tl_record *record, const struct tl_flow_id *id, unsigned decimals);
    /* Appends one packet, or nothing. NULL: takes no packets. */
    void (*packet)(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_packet *packet,
                   const struct tl_interface *interface, const struct tl_tree *tree);
    /* Appends what an index keeps of a packet; costs no tree. NULL: keeps none. */
    void (*glance)(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_packet *packet,
                   const struct tl_glance *glance);
    /* Appends one piece of a stream, or nothing. write() is given whole pieces. NULL: takes no streams. */
    void (*stream)(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_stream_piece *piece);
    /* A block of packets as captured. NULL: takes none. */
    enum tl_failure (*block)(struct tl_sink *sink, const struct tl_block *block, struct tl_error *error);
    /* What was formatted, in order. */
    enum tl_failure (*write)(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error);
    /* Packets that it was given and did not keep: a disk was full, its reader left, its format has no place. NULL: none. */
    uint64_t (*lost)(const struct tl_sink *sink);
    /* Nobody reads what it writes any more (a closed pipe): the run may end, quietly. NULL: never. */
    bool (*gone)(const struct tl_sink *sink);
    /* Time has passed: flush what waits (live). */
    enum tl_failure (*tick)(struct tl_sink *sink, struct tl_error *error);
    /*
     * Its file may have been moved away: writes what waits, and goes on in a file of the same name; or in the one it
     * has, on failure. NULL: it has none.
     */
    enum tl_failure (*reopen)(struct tl_sink *sink, struct tl_error *error);
    /* Writes what is left. Called once, also after a failure. The sink is freed by free(). */
    enum tl_failure (*close)(struct tl_sink *sink, struct tl_error *error);
    void (*free)(struct tl_sink *sink);
};

/* Does it format anything, in the workers? */
static inline bool tl_sink_formats(const struct tl_sink *sink)
{
    return sink->record != NULL || sink->packet != NULL || sink->glance != NULL || sink->stream != NULL;
}

#endif
