/* mtp2.c - Message Transfer Part, level 2 (ITU-T Q.703): the header of a signal unit, without flags and check bits. */
#include "dissectors/header.h"

enum { BSN, BIB, FSN, FIB, LENGTH, SPARE };

static const struct tl_field fields[] = {
    [BSN] = { "mtp2.bsn", "Backward sequence number", .type = TL_U8, .mask = 0x7f },
    [BIB] = { "mtp2.bib", "Backward indicator bit", .type = TL_U8, .mask = 0x80 },
    [FSN] = { "mtp2.fsn", "Forward sequence number", .type = TL_U8, .mask = 0x7f },
    [FIB] = { "mtp2.fib", "Forward indicator bit", .type = TL_U8, .mask = 0x80 },
    [LENGTH] = { "mtp2.li", "Length indicator", .type = TL_U8, .mask = 0x3f },
    [SPARE] = { "mtp2.spare", "Spare", .type = TL_U8, .mask = 0xc0 },
};

static enum tl_status mtp2_dissect(struct tl_dissection *d)
{
    static const struct {
        uint8_t first, last;
    } bytes[] = { { BSN, BIB }, { FSN, FIB }, { LENGTH, SPARE } };
    for (unsigned i = 0; i < TL_COUNT(bytes); i++) {
        const uint8_t *p = tl_cursor_take(&d->c, 1);
        if (p != NULL)
            tl_add_all_bits(d, bytes[i].first, bytes[i].last, d->c.off - 1, 1, p[0]);
    }
    return tl_next_data(d);
}

const struct tl_protocol tl_protocol_mtp2 = {
    .name = "mtp2",
    .title = "Message Transfer Part Level 2",
    .kind = TL_KIND_LAYER,
    .info = "MTP2[ BSN {bsn}][ FSN {fsn}][ length {li}]",
    .dissect = mtp2_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_LINKTYPE, 140 } },
};
