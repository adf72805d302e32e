/* fields.c - prints every layer and field of a packet as a tree: fields FILE NUMBER. */
#include <stdio.h>
#include <stdlib.h>
#include <taplight/taplight.h>

static void print_tree(struct taplight_packet *packet)
{
    struct taplight_field field;
    char text[80];
    uint32_t cursor = 0;
    while (taplight_packet_next(packet, &cursor, &field)) {
        printf("%*s%s", (int)field.depth * 2, "", field.name);
        if (field.depth > 0 && field.value.type != TAPLIGHT_GROUP && field.value.type != TAPLIGHT_NONE) {
            (void)taplight_value_text(&field.value, text, sizeof text);
            printf(": %s", text);
        }
        if (field.value.name != NULL)
            printf(" (%s)", field.value.name);
        printf("%s\n", field.malformed ? " [malformed]" : "");
    }
}

int main(int argc, char **argv)
{
    struct taplight_options options;
    struct taplight_error error;
    enum taplight_event event;
    if (argc < 3) {
        fputs("usage: fields FILE NUMBER\n", stderr);
        return 2;
    }
    const char *files[] = { argv[1] };
    unsigned long long wanted = strtoull(argv[2], NULL, 10);
    taplight_options_init(&options);
    options.files = files;
    options.file_count = 1;
    struct taplight_reader *reader = taplight_open(&options, &error);
    if (reader == NULL) {
        fprintf(stderr, "fields: %s\n", error.text);
        return (int)error.kind;
    }
    while ((event = taplight_next(reader, -1, &error)) == TAPLIGHT_PACKET) {
        struct taplight_packet *packet = taplight_packet(reader);
        if (taplight_packet_number(packet) != wanted)
            continue;
        print_tree(packet);
        break;
    }
    taplight_close(reader);
    if (event == TAPLIGHT_FAILED)
        fprintf(stderr, "fields: %s\n", error.text);
    return event == TAPLIGHT_PACKET ? 0 : 1;
}
