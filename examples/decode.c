/* decode.c - decodes a packet that is given as bytes, not in a file. */
#include <stdio.h>
#include <taplight/taplight.h>

/* A query of DNS for example.com over IPv4 and UDP. */
static const uint8_t query[] = {
    0x45, 0, 0, 57, 0, 1, 0, 0, 64, 17, 0x66, 0xb1, 10, 0, 0, 1, 10, 0, 0, 2, /* IPv4 */
    0x30, 0x39, 0, 53, 0, 37, 0, 0,                                           /* UDP */
    0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0,                                 /* DNS */
    7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'c', 'o', 'm', 0, 0, 1, 0, 1,
};

int main(void)
{
    struct taplight_error error;
    struct taplight_value value;
    struct taplight_decoder *decoder = taplight_decoder_new(NULL, &error);
    enum { LINKTYPE_RAW = 101 };
    struct taplight_packet *packet = NULL;
    if (decoder != NULL)
        packet = taplight_decode(decoder, query, sizeof query, 0, LINKTYPE_RAW, 1700000000000000000, &error);
    if (packet == NULL) {
        fprintf(stderr, "decode: %s\n", error.text);
        taplight_decoder_free(decoder);
        return 1;
    }
    struct taplight_packet *kept = taplight_packet_copy(packet, NULL); /* the next call would end `packet` */
    taplight_decoder_free(decoder);
    if (kept == NULL)
        return 1;
    printf("%s\n", taplight_packet_line(kept));
    if (taplight_packet_get(kept, "dns.qry.name", &value))
        printf("%.*s\n", (int)value.len, (const char *)value.bytes);
    if (taplight_packet_get(kept, "dns.qry.type", &value))
        printf("%llu %s\n", (unsigned long long)value.number, value.name != NULL ? value.name : "?");
    if (taplight_packet_values(kept, "dns.nothing", &value, 1, &error) < 0)
        printf("%s\n", error.text);
    taplight_packet_free(kept);
    return 0;
}
