/*
 * journal.h - the offsets of packets in a capture file while it is being written, so that the view can read them back.
 * One thread writes, others read, without locks. Of a long file only the newest part is kept.
 */
#ifndef TL_EXPORT_JOURNAL_H
#define TL_EXPORT_JOURNAL_H

#include "core/packet.h"

struct tl_journal;

/* memory: bytes for entries, 16 per 64 packets. NULL: out of memory. */
struct tl_journal *tl_journal_new(size_t memory);
void tl_journal_free(struct tl_journal *journal);

/* Starts the next file: pcap in host byte order, or little-endian pcapng. fd belongs to the caller. */
void tl_journal_begin(struct tl_journal *journal, int fd, bool pcapng);
/* Writer only. Enters the offset of the packet's record header. number is tl_packet.number; numbers increase. */
void tl_journal_add(struct tl_journal *journal, uint64_t number, uint64_t offset);

/*
 * Reads packet->caplen bytes of the packet with this number, time and lengths. Returns false if they are not available,
 * or not on disk yet.
 */
bool tl_journal_read(const struct tl_journal *journal, const struct tl_packet *packet,
                     const struct tl_interface *interface, uint8_t *bytes);

#endif
