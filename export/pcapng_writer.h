/* pcapng_writer.h - packets and the blocks around them as a pcapng file (draft-ietf-opsawg-pcapng). */
#ifndef TL_EXPORT_PCAPNG_WRITER_H
#define TL_EXPORT_PCAPNG_WRITER_H

#include "export/sinks.h"

/*
 * Packets that came from pcapng keep their section: its header, interfaces and other blocks are copied as they were
 * read, interfaces before the first packet or block that needs them, so that they keep their ids. All others go into
 * sections of our own.
 */
struct tl_pcapng_writer {
    struct tl_output *output;
    const struct tl_interfaces *interfaces;
    bool open;            /* a section was begun */
    bool big_endian;      /* byte order of the section */
    uint32_t section;     /* as tl_interface.section */
    uint32_t next_id;     /* of the next interface in the section */
    uint32_t scanned;     /* interfaces before this index are behind us */
    uint32_t generation;  /* of the section: tells which entries of ids are its own */
    uint64_t packet_at;   /* offset of the last packet's block in the output */
    struct tl_pcapng_id *ids; /* owned; by interface index */
    uint32_t id_capacity;
};

void tl_pcapng_writer_init(struct tl_pcapng_writer *w, struct tl_output *output,
                           const struct tl_interfaces *interfaces);
void tl_pcapng_writer_fini(struct tl_pcapng_writer *w);
/* What must stand before the packet, and does not yet. */
enum tl_failure tl_pcapng_write_head(struct tl_pcapng_writer *w, const struct tl_packet *packet,
                                     const struct tl_interface *interface, struct tl_error *error);
enum tl_failure tl_pcapng_write_packet(struct tl_pcapng_writer *w, const struct tl_packet *packet,
                                       const struct tl_interface *interface, struct tl_error *error);
enum tl_failure tl_pcapng_write_extra(struct tl_pcapng_writer *w, const struct tl_extra *extra,
                                      struct tl_error *error);
/* Interfaces without packets, and the header of a file without anything. */
enum tl_failure tl_pcapng_write_end(struct tl_pcapng_writer *w, struct tl_error *error);
/* A packet's time as it is written: in the interface's own units. */
uint64_t tl_pcapng_ticks(const struct tl_interface *interface, int64_t ts);

#endif
