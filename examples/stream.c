/* stream.c - writes what the two sides of a TCP stream sent: stream FILE STREAM. */
#include <stdio.h>
#include <taplight/taplight.h>

int main(int argc, char **argv)
{
    struct taplight_options options;
    struct taplight_error error;
    enum taplight_event event;
    if (argc < 3) {
        fputs("usage: stream FILE STREAM\n", stderr);
        return 2;
    }
    const char *files[] = { argv[1] };
    taplight_options_init(&options);
    options.files = files;
    options.file_count = 1;
    options.take = TAPLIGHT_STREAMS;
    options.stream = argv[2];
    struct taplight_reader *reader = taplight_open(&options, &error);
    if (reader == NULL) {
        fprintf(stderr, "stream: %s\n", error.text);
        return (int)error.kind;
    }
    while ((event = taplight_next(reader, -1, &error)) == TAPLIGHT_PIECE) {
        const struct taplight_piece *piece = taplight_piece(reader);
        if (piece->gap > 0)
            printf("\n[%llu bytes are missing]\n", (unsigned long long)piece->gap);
        (void)fwrite(piece->bytes, 1, piece->len, stdout);
    }
    taplight_close(reader);
    if (event == TAPLIGHT_FAILED)
        fprintf(stderr, "stream: %s\n", error.text);
    return event == TAPLIGHT_FAILED ? (int)error.kind : 0;
}
