/* packets.c - prints layers and two fields of the packets that a display filter selects: packets FILE [FILTER]. */
#include <stdio.h>
#include <taplight/taplight.h>

static void print_value(const char *name, const struct taplight_value *value)
{
    char text[256];
    (void)taplight_value_text(value, text, sizeof text);
    printf(" %s=%s", name, text);
}

int main(int argc, char **argv)
{
    struct taplight_options options;
    struct taplight_error error;
    struct taplight_value value;
    enum taplight_event event;
    if (argc < 2) {
        fputs("usage: packets FILE [FILTER]\n", stderr);
        return 2;
    }
    const char *files[] = { argv[1] };
    taplight_options_init(&options);
    options.files = files;
    options.file_count = 1;
    options.filter = argc > 2 ? argv[2] : NULL;
    struct taplight_reader *reader = taplight_open(&options, &error);
    if (reader == NULL) {
        fprintf(stderr, "packets: %s\n", error.text);
        return (int)error.kind;
    }
    while ((event = taplight_next(reader, -1, &error)) == TAPLIGHT_PACKET) {
        struct taplight_packet *packet = taplight_packet(reader);
        printf("%llu", (unsigned long long)taplight_packet_number(packet));
        for (uint32_t i = 0; i < taplight_packet_layers(packet); i++)
            printf("%c%s", i == 0 ? ' ' : ':', taplight_packet_layer(packet, i));
        if (taplight_packet_get(packet, "ip.src", &value))
            print_value("ip.src", &value);
        if (taplight_packet_get(packet, "dns.qry.name", &value))
            print_value("dns.qry.name", &value);
        printf("  %s\n", taplight_packet_line(packet));
    }
    taplight_close(reader);
    if (event == TAPLIGHT_FAILED)
        fprintf(stderr, "packets: %s\n", error.text);
    return event == TAPLIGHT_FAILED ? (int)error.kind : 0;
}
