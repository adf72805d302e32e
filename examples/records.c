/* records.c - prints records of some kinds, first by key and type, then as JSON: records FILE [KIND].. */
#include <stdio.h>
#include <taplight/taplight.h>

static void print_value(const struct taplight_value *value)
{
    char text[256];
    struct taplight_value item;
    const char *key;
    if (value->type == TAPLIGHT_LIST) {
        for (uint32_t i = 0; taplight_value_item(value, i, &item); i++) {
            printf("%s", i == 0 ? "" : ",");
            print_value(&item);
        }
        return;
    }
    if (value->type == TAPLIGHT_OBJECTS) {
        for (uint32_t i = 0; i < value->count; i++) {
            printf("{");
            for (uint32_t cursor = 0; taplight_value_object(value, i, &cursor, &key, &item);) {
                printf(" %s=", key);
                print_value(&item);
            }
            printf(" }");
        }
        return;
    }
    (void)taplight_value_text(value, text, sizeof text);
    printf("%s", text);
}

static void print_record(struct taplight_record *record)
{
    struct taplight_value value;
    const char *key;
    size_t len;
    uint32_t cursor = 0;
    while (taplight_record_next(record, &cursor, &key, &value)) {
        printf("%s=", key);
        print_value(&value);
        printf(" ");
    }
    const char *json = taplight_record_json(record, &len);
    printf("\n%s\n", json != NULL ? json : "");
}

int main(int argc, char **argv)
{
    struct taplight_options options;
    struct taplight_error error;
    enum taplight_event event;
    if (argc < 2) {
        fputs("usage: records FILE [KIND]..\n", stderr);
        return 2;
    }
    const char *files[] = { argv[1] };
    taplight_options_init(&options);
    options.files = files;
    options.file_count = 1;
    options.take = TAPLIGHT_RECORDS;
    options.kinds = (const char *const *)(argv + 2);
    options.kind_count = (size_t)(argc - 2);
    struct taplight_reader *reader = taplight_open(&options, &error);
    if (reader == NULL) {
        fprintf(stderr, "records: %s\n", error.text);
        return (int)error.kind;
    }
    while ((event = taplight_next(reader, -1, &error)) == TAPLIGHT_RECORD)
        print_record(taplight_record(reader));
    taplight_close(reader);
    if (event == TAPLIGHT_FAILED)
        fprintf(stderr, "records: %s\n", error.text);
    return event == TAPLIGHT_FAILED ? (int)error.kind : 0;
}
