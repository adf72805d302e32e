/* select.c - writes the packets that a display filter selects to another capture file: select FILE FILTER OUTPUT. */
#include <stdio.h>
#include <taplight/taplight.h>

static int fail(const struct taplight_error *error)
{
    fprintf(stderr, "select: %s\n", error->text);
    return (int)error->kind;
}

int main(int argc, char **argv)
{
    struct taplight_options options;
    struct taplight_error error;
    enum taplight_event event;
    static const char *const fields[] = { "frame.number" }; /* nothing else is needed: faster */
    if (argc < 4) {
        fputs("usage: select FILE FILTER OUTPUT\n", stderr);
        return 2;
    }
    const char *files[] = { argv[1] };
    taplight_options_init(&options);
    options.files = files;
    options.file_count = 1;
    options.filter = argv[2];
    options.fields = fields;
    options.field_count = 1;
    struct taplight_reader *reader = taplight_open(&options, &error);
    if (reader == NULL)
        return fail(&error);
    struct taplight_writer *writer = taplight_writer_open(argv[3], &error);
    bool fine = writer != NULL;
    unsigned long count = 0;
    while (fine && (event = taplight_next(reader, -1, &error)) != TAPLIGHT_END) {
        fine = event == TAPLIGHT_PACKET && taplight_writer_put(writer, taplight_packet(reader), &error);
        count += fine;
    }
    taplight_close(reader);
    if (!taplight_writer_close(writer, fine ? &error : NULL) || !fine)
        return fail(&error);
    printf("%lu packets\n", count);
    return 0;
}
