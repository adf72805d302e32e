/*
 * save_packets.h - saves packets as a pcap or pcapng file, or as the records that the engine makes of these packets
 * alone. The end of the name decides: .pcapng, .json or .jsonl, else pcap.
 */
#ifndef TL_UI_SAVE_PACKETS_H
#define TL_UI_SAVE_PACKETS_H

#include "ui/store/source.h"
#include "ui/tasks/save.h"

struct tl_save_packets;

/* NULL without memory. */
struct tl_save_packets *tl_save_packets_new(void);
/* Once it was stopped. */
void tl_save_packets_free(struct tl_save_packets *save);

/* All packets: for tl_save_start(). The source stays the caller's. */
struct tl_save *tl_save_packets_all(struct tl_save_packets *save, const struct tl_packet_source *source);
/* Some packets: room for so many rows, which the caller fills, in order. NULL without memory. */
uint32_t *tl_save_packets_room(struct tl_save_packets *save, const struct tl_packet_source *source, uint64_t count);
/* They are filled in: for tl_save_start(). */
struct tl_save *tl_save_packets_some(struct tl_save_packets *save);

#endif
