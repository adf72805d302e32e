/* pcapng_writer.h - writes packets and other blocks as a pcapng file (draft-ietf-opsawg-pcapng). */
#ifndef TL_EXPORT_PCAPNG_WRITER_H
#define TL_EXPORT_PCAPNG_WRITER_H

#include "export/sinks.h"

/*
 * Packets read from pcapng keep their section: its header, interfaces and other blocks are copied unchanged except for
 * the snaplen (0), interfaces before the first packet or block that needs them, so that interface ids stay the same.
 * A packet without a time stays a Simple Packet Block if one can hold it. All other packets go into generated sections.
 */
struct tl_pcapng_writer {
    struct tl_output *output;
    const struct tl_interfaces *interfaces;
    bool open;            /* a section is open */
    bool big_endian;      /* byte order of the section */
    uint32_t section;     /* tl_interface.section */
    uint32_t next_id;     /* of the next interface in the section */
    uint32_t scanned;     /* index of the first interface not checked yet */
    uint32_t generation;  /* number of this section; marks its entries of ids */
    uint64_t packet_at;   /* output offset of the last packet's block */
    struct tl_bytes secrets; /* borrowed: lines of a key log for the first section; empty: none */
    bool injected;           /* they are written */
    struct tl_pcapng_id *ids; /* owned; indexed by interface */
    uint32_t id_capacity;
};

void tl_pcapng_writer_init(struct tl_pcapng_writer *w, struct tl_output *output,
                           const struct tl_interfaces *interfaces);
void tl_pcapng_writer_fini(struct tl_pcapng_writer *w);
/* Writes the blocks that must precede the packet and are not written yet. */
enum tl_failure tl_pcapng_write_head(struct tl_pcapng_writer *w, const struct tl_packet *packet,
                                     const struct tl_interface *interface, struct tl_error *error);
enum tl_failure tl_pcapng_write_packet(struct tl_pcapng_writer *w, const struct tl_packet *packet,
                                       const struct tl_interface *interface, struct tl_error *error);
enum tl_failure tl_pcapng_write_extra(struct tl_pcapng_writer *w, const struct tl_extra *extra,
                                      struct tl_error *error);
/* Writes interfaces without packets, and the header of an empty file. */
enum tl_failure tl_pcapng_write_end(struct tl_pcapng_writer *w, struct tl_error *error);
/* Returns a packet's time in the interface's units. */
uint64_t tl_pcapng_ticks(const struct tl_interface *interface, int64_t ts);

#endif
