/*
 * late.c - a segment that arrives last fills a gap, and all bytes buffered after it are read at once: the transactions
 * equal those of in-order arrival, however many, with packet detail or without.
 */
#include <unistd.h>

#include "tests/property/talk.h"

enum { REQUESTS = 20000 };

static unsigned count_records(const char *capture, bool detail)
{
    unsigned count = 0;
    char *text = records_of(capture, detail, false);
    for (const char *p = text; *p != 0; p += *p == '\n') {
        count += strncmp(p, "{\"_path\":\"http\"", 15) == 0;
        p += strcspn(p, "\n");
    }
    free(text);
    return count;
}

int main(void)
{
    static struct piece pieces[PIECES_MOST];
    static const char request[] = "POST / HTTP/1.1\nContent-Length:1\n\nx";
    struct talk t = { .port = { 40000, 80 }, .whole = true };
    char capture[] = "/tmp/taplight-late-XXXXXX";
    uint64_t random = 1;
    unsigned wrong = 0;
    int fd = mkstemp(capture);
    if (fd < 0)
        give_up("cannot make a temporary file");
    close(fd);
    for (unsigned i = 0; i < REQUESTS; i++)
        talk_say(&t, 0, request, sizeof request - 1);
    unsigned count = cut_talk(pieces, &t, STRAIGHT, &random);
    for (unsigned late = 0; late < 2; late++) {
        for (unsigned detail = 0; detail < 2; detail++) {
            write_pieces(capture, &t, pieces, count, UINT32_MAX, false, &random);
            unsigned got = count_records(capture, detail);
            printf("%s, %s: %u requests, %u records\n", late ? "the first segment last" : "in order",
                   detail ? "with detail" : "records alone", (unsigned)REQUESTS, got);
            wrong += got != REQUESTS;
        }
        struct piece first = pieces[0];
        memmove(pieces, pieces + 1, (count - 1) * sizeof *pieces);
        pieces[count - 1] = first;
    }
    unlink(capture);
    talk_fini(&t);
    return wrong > 0;
}
