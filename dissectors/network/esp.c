/* esp.c - IP Encapsulating Security Payload (RFC 4303). */
#include "core/dissect.h"

enum { SPI, SEQUENCE, ENCRYPTED };
static const struct tl_field fields[] = {
    [SPI] = { "esp.spi", "Security parameters index", .type = TL_U32, .base = TL_HEX },
    [SEQUENCE] = { "esp.sequence", "Sequence number", .type = TL_U32 },
    [ENCRYPTED] = { "esp.encrypted_data", "Encrypted data", .type = TL_BYTES, .help = "The captured part" },
};

static enum tl_status esp_dissect(struct tl_dissection *d)
{
    tl_u32(d, SPI);
    tl_u32(d, SEQUENCE);
    uint32_t left = tl_cursor_left(&d->c);
    if (left > 0)
        tl_run(d, ENCRYPTED, left);
    return tl_next_none(d);
}

const struct tl_protocol tl_protocol_esp = {
    .name = "esp",
    .title = "Encapsulating Security Payload",
    .kind = TL_KIND_LAYER,
    .info = "SPI={spi} Seq={sequence}",
    .dissect = esp_dissect,
    TL_TABLE(fields),
    .on = { { TL_ON_IP_PROTO, 50 } },
};
