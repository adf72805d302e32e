/* columns.c - adds up bytes by address from whole columns: columns FILE. */
#include <stdio.h>
#include <stdlib.h>
#include <taplight/taplight.h>

struct total {
    uint32_t address;
    uint64_t bytes;
};

static int by_bytes(const void *a, const void *b)
{
    const struct total *x = a, *y = b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? 1 : -1;
    return x->address < y->address ? -1 : x->address > y->address;
}

int main(int argc, char **argv)
{
    enum { MOST = 4096 };
    static struct total totals[MOST];
    static const char *const fields[] = { "ip.src", "frame.len" };
    struct taplight_options options;
    struct taplight_error error;
    uint32_t count = 0;
    if (argc < 2) {
        fputs("usage: columns FILE\n", stderr);
        return 2;
    }
    const char *files[] = { argv[1] };
    taplight_options_init(&options);
    options.files = files;
    options.file_count = 1;
    options.fields = fields;
    options.field_count = 2;
    struct taplight_columns *columns = taplight_columns(&options, &error);
    if (columns == NULL) {
        fprintf(stderr, "columns: %s\n", error.text);
        return (int)error.kind;
    }
    const struct taplight_column *source = taplight_columns_get(columns, 0);
    const uint32_t *from = source->values, *bytes = taplight_columns_get(columns, 1)->values;
    for (uint64_t i = 0; i < source->count; i++) {
        uint32_t k = 0;
        if (source->present != NULL && !source->present[i])
            continue;
        while (k < count && totals[k].address != from[i])
            k++;
        if (k == MOST)
            continue;
        count += k == count;
        totals[k].address = from[i];
        totals[k].bytes += bytes[i];
    }
    qsort(totals, count, sizeof *totals, by_bytes);
    for (uint32_t i = 0; i < count && i < 10; i++)
        printf("%u.%u.%u.%u %llu\n", totals[i].address >> 24, totals[i].address >> 16 & 255, totals[i].address >> 8 & 255,
               totals[i].address & 255, (unsigned long long)totals[i].bytes);
    taplight_columns_free(columns);
    return 0;
}
