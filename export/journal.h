/*
 * journal.h - where the packets of a capture file stand in it, while it is still being written, so that the view can
 * show them from there. One thread writes, any others read, without locks. Of a long file the newest part is known.
 */
#ifndef TL_EXPORT_JOURNAL_H
#define TL_EXPORT_JOURNAL_H

#include "core/packet.h"

struct tl_journal;

/* memory: bytes for what is known: 16 for 64 packets. NULL without memory. */
struct tl_journal *tl_journal_new(size_t memory);
void tl_journal_free(struct tl_journal *journal);

/* The file that follows, as pcap in this machine's byte order or as pcapng, little-endian. fd is the caller's. */
void tl_journal_begin(struct tl_journal *journal, int fd, bool pcapng);
/*
 * The writer's: the packet of this number (tl_packet.number) begins, with its header, at this offset. Numbers only
 * grow.
 */
void tl_journal_add(struct tl_journal *journal, uint64_t number, uint64_t offset);

/*
 * The bytes of the packet that has this number, time and lengths, packet->caplen of them. false: they are not there, or
 * not on the disk yet.
 */
bool tl_journal_read(const struct tl_journal *journal, const struct tl_packet *packet,
                     const struct tl_interface *interface, uint8_t *bytes);

#endif
