/* statistics.c - draft-ietf-opsawg-pcapng, section 4.6. */
#include "capture/statistics.h"

enum { OPTION_IFDROP = 5, OPTION_FILTERACCEPT = 6, OPTION_OSDROP = 7 };

static uint8_t *put(uint8_t *p, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        *p++ = (uint8_t)(value >> (8 * i));
    return p;
}

static uint8_t *put_option(uint8_t *p, uint16_t code, uint64_t value)
{
    return put(put(put(p, code, 2), 8, 2), value, 8);
}

void tl_statistics_put(uint8_t block[TL_STATISTICS_SIZE], uint32_t interface, uint64_t time,
                       const struct tl_source_stats *counts)
{
    uint8_t *p = put(put(block, TL_STATISTICS_BLOCK, 4), TL_STATISTICS_SIZE, 4);
    p = put(put(put(p, interface, 4), time >> 32, 4), time & UINT32_MAX, 4);
    p = put_option(p, OPTION_IFDROP, counts->dropped_interface);
    p = put_option(p, OPTION_FILTERACCEPT, counts->received);
    p = put_option(p, OPTION_OSDROP, counts->dropped_kernel);
    put(put(p, 0, 4), TL_STATISTICS_SIZE, 4);
}
