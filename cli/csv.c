/* csv.c - reads the argument of --csv. */
#include "cli/csv.h"

#include <stdio.h>
#include <string.h>

/* Keys that every record of a flow begins with, and that each record begins with. */
static const char *const heads[] = { "ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "community_id",
                                     "decrypted" };

enum { HEADS_ALWAYS = 7 /* those that --csv=KIND has by itself */ };

static uint32_t heads_of(const struct tl_record_def *def)
{
    return def->flow ? (uint32_t)TL_COUNT(heads) : 1;
}

static const char *known_key(const struct tl_record_def *def, const char *key)
{
    for (uint32_t i = 0; i < heads_of(def); i++)
        if (strcmp(heads[i], key) == 0)
            return heads[i];
    for (uint32_t i = 0; i < def->field_count; i++)
        if (strcmp(def->fields[i].key, key) == 0)
            return def->fields[i].key;
    return NULL;
}

static void take_all(struct tl_csv *csv, const struct tl_record_def *def)
{
    for (uint32_t i = 0; i < heads_of(def) && i < HEADS_ALWAYS; i++)
        csv->keys[csv->count++] = heads[i];
    for (uint32_t i = 0; i < def->field_count && csv->count < TL_CSV_KEYS; i++)
        csv->keys[csv->count++] = def->fields[i].key;
}

enum tl_failure tl_csv_read(struct tl_csv *csv, const char *text, const struct tl_record_def *const *defs,
                            uint32_t count, struct tl_error *error)
{
    const struct tl_record_def *def = NULL;
    csv->count = 0;
    if ((size_t)snprintf(csv->text, sizeof csv->text, "%s", text) >= sizeof csv->text)
        return tl_error_set(error, TL_E_USAGE, "--csv: the list of keys is too long");
    char *keys = strchr(csv->text, ':');
    if (keys != NULL)
        *keys++ = '\0';
    for (uint32_t i = 0; i < count && def == NULL; i++)
        if (strcmp(defs[i]->path, csv->text) == 0)
            def = defs[i];
    if (def == NULL)
        return tl_error_set(error, TL_E_USAGE,
                            "--csv: no records of kind '%.40s': give conn, dns, http or another _path", csv->text);
    csv->kind = def->path;
    if (keys == NULL) {
        take_all(csv, def);
        return TL_E_NONE;
    }
    for (char *key = keys; key != NULL;) {
        char *comma = strchr(key, ',');
        if (comma != NULL)
            *comma = '\0';
        const char *known = known_key(def, key);
        if (known == NULL || csv->count == TL_CSV_KEYS)
            return tl_error_set(error, TL_E_USAGE,
                                "--csv: no key '%.40s' in records of kind %s: --fields=%s lists them", key, def->path,
                                def->path);
        csv->keys[csv->count++] = known;
        key = comma != NULL ? comma + 1 : NULL;
    }
    return TL_E_NONE;
}
