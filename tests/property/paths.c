/* paths.c - the fast path and the path with packet detail give equal records. */
#include "tests/property/samples.h"

struct tally {
    unsigned records, wrong;
};

static void hold(void *context, const char *path)
{
    struct tally *tally = context;
    char *fast = records_of(path, false, true), *detail = records_of(path, true, true);
    for (const char *p = fast; *p != 0; p++)
        tally->records += *p == '\n';
    if (strcmp(fast, detail) != 0) {
        size_t at = 0, line = 0;
        for (; fast[at] != 0 && fast[at] == detail[at]; at++)
            line = fast[at] == '\n' ? at + 1 : line;
        printf("%s: with packet detail the records differ:\n  %.*s\n  %.*s\n", path, (int)strcspn(fast + line, "\n"),
               fast + line, (int)strcspn(detail + line, "\n"), detail + line);
        tally->wrong++;
    }
    free(fast);
    free(detail);
}

int main(int argc, char **argv)
{
    struct tally tally = { 0 };
    if (argc < 2)
        give_up("usage: property_paths SAMPLES");
    unsigned samples = each_sample(argv[1], hold, &tally);
    printf("%u samples, %u records, %u differences\n", samples, tally.records, tally.wrong);
    return samples == 0 || tally.records == 0 || tally.wrong > 0;
}
