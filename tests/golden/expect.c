/*
 * expect.c - compares the conn records of samples with values worked out by hand (expect.tsv).
 *
 *   golden_expect TAPLIGHT SAMPLES_FOLDER EXPECT.TSV
 */
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

enum { COLUMNS = 8, COMMAND_MOST = 1024 };

/* Columns from the third are keys of the record. The text must be equal; "-": the key is absent. */
static const char *const keys[COLUMNS - 2] = { "conn_state", "history",      "orig_bytes",
                                               "resp_bytes", "missed_bytes", "duration" };

/* Returns the nth conn record of the sample as text, to be freed, or NULL. */
static char *conn_of(const char *taplight, const char *samples, const char *sample, long nth)
{
    char command[COMMAND_MOST];
    char *line = NULL;
    size_t capacity = 0;
    snprintf(command, sizeof command, "'%s' -r '%s/%s.pcap' --json --no-meta --workers 0", taplight, samples, sample);
    FILE *output = popen(command, "r");
    if (output == NULL)
        return NULL;
    while (getline(&line, &capacity, output) > 0) {
        if (strncmp(line, "{\"_path\":\"conn\"", 15) == 0 && --nth == 0)
            break;
        line[0] = 0;
    }
    bool found = nth == 0;
    while (fgetc(output) != EOF)
        continue;
    if (pclose(output) != 0 || !found) {
        free(line);
        return NULL;
    }
    return line;
}

static unsigned hold(char *const column[COLUMNS], struct json_object *record)
{
    unsigned wrong = 0;
    for (unsigned i = 2; i < COLUMNS; i++) {
        struct json_object *value = NULL;
        const char *text = "-";
        if (json_object_object_get_ex(record, keys[i - 2], &value))
            text = json_object_get_string(value); /* numbers keep their digits */
        if (strcmp(text, column[i]) != 0) {
            printf("%s, conn %s: %s is %s, not %s\n", column[0], column[1], keys[i - 2], text, column[i]);
            wrong++;
        }
    }
    return wrong;
}

static bool split(char *row, char *column[COLUMNS])
{
    unsigned count = 0;
    row[strcspn(row, "\n")] = 0;
    for (char *at = row; count < COLUMNS; count++) {
        column[count] = at;
        at += strcspn(at, "\t");
        if (*at == 0)
            return count == COLUMNS - 1;
        *at++ = 0;
    }
    return false;
}

int main(int argc, char **argv)
{
    char *row = NULL;
    size_t capacity = 0;
    unsigned wrong = 0, rows = 0;
    FILE *file = argc == 4 ? fopen(argv[3], "r") : NULL;
    if (file == NULL) {
        fprintf(stderr, "usage: golden_expect TAPLIGHT SAMPLES_FOLDER EXPECT.TSV\n");
        return 2;
    }
    while (getline(&row, &capacity, file) > 0) {
        char *column[COLUMNS];
        if (row[0] == '#')
            continue;
        rows++;
        if (!split(row, column)) {
            printf("row %u does not have %d columns\n", rows, COLUMNS);
            wrong++;
            continue;
        }
        char *line = conn_of(argv[1], argv[2], column[0], strtol(column[1], NULL, 10));
        struct json_object *record = line != NULL ? json_tokener_parse(line) : NULL;
        if (record == NULL) {
            printf("%s: no conn %s\n", column[0], column[1]);
            wrong++;
        } else {
            wrong += hold(column, record);
        }
        json_object_put(record);
        free(line);
    }
    free(row);
    fclose(file);
    printf("%u rows, %u differences\n", rows, wrong);
    return wrong > 0 || rows == 0;
}
