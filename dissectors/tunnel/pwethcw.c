/* pwethcw.c - the control word before an Ethernet frame in a pseudowire (RFC 4448, section 4.6). */
#include "dissectors/header.h"
#include "dissectors/registry.h"

enum { SEQUENCE };
static const struct tl_field fields[] = {
    [SEQUENCE] = { "pweth.cw.sequence_number", "Sequence number", .type = TL_U16 },
};

static enum tl_status pwethcw_dissect(struct tl_dissection *d)
{
    tl_skip(d, 2); /* reserved */
    tl_u16(d, SEQUENCE);
    return tl_next_protocol(d, &tl_protocol_eth);
}

const struct tl_protocol tl_protocol_pwethcw = {
    .name = "pwethcw",
    .title = "Ethernet pseudowire with control word",
    .kind = TL_KIND_LAYER,
    .info = "Pseudowire Seq={pweth.cw.sequence_number}",
    .dissect = pwethcw_dissect,
    TL_TABLE(fields),
};
