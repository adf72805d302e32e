/* select.c - the display filter of -Y, the fields of -T, and the list of --fields. */
#include "cli/select.h"

#include "cli/report.h"
#include "core/crypto.h"
#include "decode/listener.h"
#include "dissectors/registry.h"
#include "export/shape.h"
#include "pipeline/engine.h"

#include <stdio.h>
#include <string.h>

struct tl_names tl_select_names(struct tl_select *select)
{
    return (struct tl_names){ .protocols = tl_protocols_all(),
                              .records = select->defs,
                              .record_count = tl_engine_record_defs(select->defs, TL_RECORD_DEFS_MOST) };
}

static enum tl_failure refuse(const struct tl_problem *problem, const char *text, struct tl_error *error)
{
    tl_tell_place(text, problem->at, problem->len);
    return tl_error_set(error, TL_E_USAGE, "-Y: %s", problem->text);
}

/* Is a name that is both one of records? Servers and files of records get records, if nothing takes packets. */
static bool prefers_records(const struct tl_options *o)
{
    bool packets = o->write != NULL || o->text || o->count || o->json == TL_JSON_PACKETS;
    return o->json == TL_JSON_FLOWS || (!packets && (o->server_count > 0 || o->split != NULL));
}

enum tl_failure tl_select_check(const struct tl_predicate *predicate, const struct tl_options *o,
                                struct tl_error *error)
{
    bool records = tl_predicate_takes_records(predicate), json = prefers_records(o);
    if (records && !json)
        return tl_error_set(error, TL_E_USAGE, "-Y names keys of records: add --json, or name fields of packets");
    if (!records && json)
        return tl_error_set(error, TL_E_USAGE,
                            "-Y names fields of packets, %s: name keys of records, such as conn.duration%s",
                            o->json == TL_JSON_FLOWS ? "--json prints records" : "the outputs are records",
                            o->json == TL_JSON_FLOWS ? ", or use --json=packets" : "");
    if (records && o->write != NULL)
        return tl_error_set(error, TL_E_USAGE, "-Y selects records, -w writes packets: run it twice");
    return TL_E_NONE;
}

static enum tl_failure compile_filter(struct tl_select *select, const struct tl_options *o, struct tl_error *error)
{
    const struct tl_names names = tl_select_names(select);
    struct tl_problem problem;
    uint32_t at, len;
    select->predicate = tl_predicate_new(tl_bytes_of(o->display, strlen(o->display)), &names,
                                         prefers_records(o), &problem);
    if (select->predicate == NULL)
        return refuse(&problem, o->display, error);
    const char *note = tl_predicate_note(select->predicate, &at, &len);
    if (note != NULL && !o->quiet) {
        tl_tell("-Y: %s", note);
        tl_tell_place(o->display, at, len);
    }
    select->ordered |= tl_predicate_is_ordered(select->predicate);
    return tl_select_check(select->predicate, o, error);
}

enum tl_failure tl_select_records(struct tl_select *select, const char *text, struct tl_predicate **predicate,
                                  struct tl_error *error)
{
    const struct tl_names names = tl_select_names(select);
    struct tl_problem problem;
    *predicate = tl_predicate_new(tl_bytes_of(text, strlen(text)), &names, true, &problem);
    if (*predicate == NULL)
        return tl_error_set(error, TL_E_USAGE, "-Y %.100s: at column %u: %s", text, problem.at + 1, problem.text);
    if (tl_predicate_takes_records(*predicate))
        return TL_E_NONE;
    tl_predicate_free(*predicate);
    *predicate = NULL;
    return tl_error_set(error, TL_E_USAGE,
                        "-Y %.100s: names fields of packets: name keys of records, such as conn.duration", text);
}

/* The sums that --hash computes are known; where a file is written is not. */
static enum tl_failure check_match(uint64_t fields, const struct tl_options *o, struct tl_error *error)
{
    static const struct {
        const char *key;
        enum tl_hash hash;
    } sums[] = { { "md5", TL_HASH_MD5 }, { "sha1", TL_HASH_SHA1 }, { "sha256", TL_HASH_SHA256 } };
    for (uint32_t i = 0; i < tl_files_record_def.field_count; i++) {
        const char *key = tl_files_record_def.fields[i].key;
        if ((fields >> i & 1) == 0)
            continue;
        if (strncmp(key, "extracted", 9) == 0)
            return tl_error_set(error, TL_E_USAGE, "--extract-match: %s is the result: name other keys", key);
        for (uint32_t k = 0; k < TL_COUNT(sums); k++) {
            if (strcmp(key, sums[k].key) == 0 && (tl_options_hashes(o) & 1U << sums[k].hash) == 0)
                return tl_error_set(error, TL_E_USAGE, "--extract-match names %s: add --hash %s", key, key);
        }
    }
    return TL_E_NONE;
}

static enum tl_failure compile_match(struct tl_select *select, const struct tl_options *o, struct tl_error *error)
{
    const struct tl_record_def *files = &tl_files_record_def;
    const struct tl_names names = { .records = &files, .record_count = 1 };
    struct tl_problem problem;
    select->files = tl_predicate_new(tl_bytes_of(o->match, strlen(o->match)), &names, true, &problem);
    if (select->files == NULL) {
        tl_tell_place(o->match, problem.at, problem.len);
        return tl_error_set(error, TL_E_USAGE, "--extract-match: %s", problem.text);
    }
    if (!tl_predicate_takes_records(select->files))
        return tl_error_set(error, TL_E_USAGE, "--extract-match: name keys of files records, such as mime_type");
    return check_match(tl_predicate_record_fields(select->files, files), o, error);
}

static bool shows_columns(const struct tl_options *o)
{
    return o->columns != NULL || o->form == TL_FORM_OF_TABS;
}

static enum tl_failure find_fields(struct tl_select *select, const struct tl_options *o, struct tl_error *error)
{
    const struct tl_names names = tl_select_names(select);
    struct tl_problem problem;
    uint32_t count = o->field_count;
    const char *const *keys = o->fields;
    if (shows_columns(o)) {
        keys = select->columns.keys;
        count = select->columns.key_count;
    } else if (count == 0) {
        keys = tl_shape_names(&count);
    }
    select->fields = tl_predicate_of_names(keys, count, &names, &problem);
    if (select->fields == NULL)
        return tl_error_set(error, TL_E_USAGE, "%s: %s", shows_columns(o) ? "--columns" : "-e", problem.text);
    select->ordered |= tl_predicate_is_ordered(select->fields);
    return TL_E_NONE;
}

enum tl_failure tl_select_init(struct tl_select *select, const struct tl_options *o, struct tl_error *error)
{
    enum tl_failure failure = TL_E_NONE;
    *select = (struct tl_select){ .ordered = false };
    if (o->display != NULL)
        failure = compile_filter(select, o, error);
    if (failure == TL_E_NONE && o->match != NULL)
        failure = compile_match(select, o, error);
    bool documents = o->form > TL_FORM_OF_NOTHING && o->form < TL_FORM_OF_TEXT;
    if (failure == TL_E_NONE && o->csv != NULL) {
        const struct tl_names names = tl_select_names(select);
        failure = tl_csv_read(&select->csv, o->csv, names.records, names.record_count, error);
        if (failure == TL_E_NONE && strcmp(select->csv.kind, "files") == 0 && o->hash == NULL && o->files == NULL)
            failure = tl_error_set(error, TL_E_USAGE, "--csv: there are no files records without --hash or --extract-files");
    }
    if (failure == TL_E_NONE && shows_columns(o))
        failure = tl_column_list_read(&select->columns, o, error);
    if (failure == TL_E_NONE && (documents || shows_columns(o)))
        failure = find_fields(select, o, error);
    return failure;
}

void tl_select_fini(struct tl_select *select)
{
    tl_predicate_free(select->predicate);
    tl_predicate_free(select->fields);
    tl_predicate_free(select->files);
    select->predicate = select->fields = select->files = NULL;
}

/* --- -E --- */

/* A character, or /t and /s for a tab and a space. */
static bool read_character(const char *value, char *out)
{
    if (strcmp(value, "/t") == 0 || strcmp(value, "/s") == 0) {
        *out = value[1] == 't' ? '\t' : ' ';
        return true;
    }
    *out = value[0];
    return value[0] != '\0' && value[1] == '\0';
}

static bool is_one_of(const char *value, const char *letters)
{
    return value[0] != '\0' && value[1] == '\0' && strchr(letters, value[0]) != NULL;
}

enum tl_failure tl_select_format(struct tl_fields_format *format, const char *arg, struct tl_error *error)
{
    const char *value = strchr(arg, '=');
    size_t len = value != NULL ? (size_t)(value - arg) : strlen(arg);
    bool right = false;
    value = value != NULL ? value + 1 : "";
    if (len == 6 && memcmp(arg, "header", len) == 0) {
        right = is_one_of(value, "yn");
        format->header = value[0] == 'y';
    } else if (len == 9 && memcmp(arg, "separator", len) == 0) {
        right = read_character(value, &format->separator);
    } else if (len == 10 && memcmp(arg, "aggregator", len) == 0) {
        right = read_character(value, &format->aggregator);
    } else if (len == 10 && memcmp(arg, "occurrence", len) == 0) {
        right = is_one_of(value, "fla");
        format->occurrence = value[0];
    } else if (len == 5 && memcmp(arg, "quote", len) == 0) {
        right = is_one_of(value, "dsn");
        format->quote = value[0] == 'd' ? '"' : value[0] == 's' ? '\'' : '\0';
    }
    if (right)
        return TL_E_NONE;
    return tl_error_set(error, TL_E_USAGE,
                        "-E: bad format '%s': give header=y|n, separator=C, aggregator=C, occurrence=f|l|a or "
                        "quote=d|s|n",
                        arg);
}

/* --- --fields --- */

struct list {
    struct tl_buffer *out;
    const char *protocol; /* NULL: all */
    uint32_t count;
};

static void put_row(void *context, const struct tl_name_row *row)
{
    struct list *list = context;
    if (list->protocol != NULL && strcmp(list->protocol, row->protocol) != 0)
        return;
    list->count++;
    tl_put_format(list->out, "%s\t%s\t%s\n", row->name, row->type, row->help != NULL ? row->help : "");
}

enum tl_failure tl_select_list(const char *protocol, struct tl_buffer *out, struct tl_error *error)
{
    struct tl_select select = { .ordered = false };
    struct list list = { out, protocol, 0 };
    const struct tl_names names = tl_select_names(&select);
    tl_names_each(&names, put_row, &list);
    if (list.count > 0)
        return TL_E_NONE;
    return tl_error_set(error, TL_E_USAGE, "--fields: there is no protocol '%s': --fields lists all", protocol);
}
