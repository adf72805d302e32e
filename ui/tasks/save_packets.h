/*
 * save_packets.h - writes all packets, those that are shown or those that are marked: as a pcap or pcapng file, or as
 * the records that the engine makes of these packets alone. By the end of the name: .pcapng, .json or .jsonl, else
 * pcap.
 */
#ifndef TL_UI_SAVE_PACKETS_H
#define TL_UI_SAVE_PACKETS_H

#include "ui/view/view.h"

/* NULL without memory. */
struct tl_save_packets *tl_save_packets_new(void);
/* Once it was stopped. */
void tl_save_packets_free(struct tl_save_packets *save);
/* For the key w: asks which, and where to. */
void tl_save_packets_ask(struct tl_view *view, void *state);

#endif
