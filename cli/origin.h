/* origin.h - a packet of a capture as the start of packets to send: `taplight send --from N -r FILE`. */
#ifndef TL_CLI_ORIGIN_H
#define TL_CLI_ORIGIN_H

#include "inject/craft.h"

struct tl_origin {
    uint8_t *captured; /* owned: the frame */
    uint32_t captured_len;
    uint8_t *base; /* owned: the same with the texts and bytes that the description gives */
    uint32_t len;
    uint8_t *changed; /* owned: the frame that is made */
};

/* Reads packet `number` of a capture. It must be an Ethernet frame that was captured whole. */
enum tl_failure tl_origin_read(struct tl_origin *origin, const char *file, uint64_t number,
                               struct tl_error *error) TL_MUST_CHECK;
void tl_origin_fini(struct tl_origin *origin);
/* Refuses a description with a field that the packet lacks, whatever its values are. */
enum tl_failure tl_origin_check(struct tl_origin *origin, struct tl_craft *craft, struct tl_error *error) TL_MUST_CHECK;
/*
 * Makes packet `index` of the series: fields that the description gives are changed in the frame, in the place where
 * the decoder finds them. Checksums are computed, unless the description gives them. A text of another length is put into
 * the frame if its layer allows that; lengths around it follow. craft NULL: nothing is changed.
 */
enum tl_failure tl_origin_build(struct tl_origin *origin, struct tl_craft *craft, uint64_t index,
                                struct tl_bytes *frame, struct tl_error *error) TL_MUST_CHECK;

#endif
