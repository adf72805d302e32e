/*
 * bulk.c - the bulk API of Elasticsearch and OpenSearch.
 *
 * The identifier of a document is that of its record, and it is created, not indexed: one that comes twice is refused
 * with 409 and counts as taken. Each document has its own status; the whole answer is 200.
 */
#ifdef TAPLIGHT_CURL

#include <json-c/json.h>
#include <stdlib.h>
#include <strings.h>

#include "sinks/http.h"
#include "sinks/ledger.h"
#include "sinks/members.h"

struct bulk {
    struct tl_receiver target;
    struct tl_target_options options; /* without the credentials */
    struct tl_http *http;
    char index[256];
    bool packs;
    struct tl_http_answer answer;
    struct tl_buffer body;
    struct tl_ledger ledger;
    size_t limit;              /* documents in a request: more were too large for the server */
};

static void put_document(struct bulk *b, const struct tl_record_frame *frame, const uint8_t *line, size_t len,
                         uint64_t seq)
{
    struct tl_member ts;
    struct tl_buffer *out = &b->body;
    tl_put_lit(out, "{\"create\":{\"_index\":\"");
    tl_frame_put_name(out, b->index, line, len);
    tl_put_format(out, "\",\"_id\":\"%s-%s-", frame->sensor, frame->run);
    tl_put_u64(out, seq);
    tl_put_lit(out, "\"}}\n");
    size_t begin = out->len;
    if (tl_member_find(line, len, "ts", &ts)) {
        tl_put_lit(out, "{\"@timestamp\":");
        if (!tl_member_put_date(out, &ts, 'T', "Z"))
            out->len = begin;
    }
    bool dated = out->len > begin;
    begin = out->len;
    tl_frame_put_line(out, frame, line, len, seq);
    if (dated && !out->failed)
        out->data[begin] = ',';
    tl_put_char(out, '\n');
}

/* Fills the body with `most` of the documents that wait. Returns their number. */
static size_t fill(struct bulk *b, const struct tl_record_frame *frame, size_t most)
{
    size_t count = 0;
    b->body.len = 0;
    for (size_t i = 0; i < frame->count && count < most; i++) {
        const struct tl_ledger_entry *entry = &b->ledger.entries[i];
        if (entry->state != TL_ENTRY_WAITS)
            continue;
        put_document(b, frame, frame->lines.data + entry->at, entry->len, frame->first + i);
        tl_ledger_put(&b->ledger, i, TL_ENTRY_SENT);
        count++;
    }
    return count;
}

/* Returns the next document of a request from `i` on. There is one. */
static size_t next_asked(const struct bulk *b, size_t i)
{
    while (b->ledger.entries[i].state != TL_ENTRY_SENT)
        i++;
    return i;
}

static const char *text_of(json_object *object, const char *key)
{
    json_object *value;
    const char *text = NULL;
    if (json_object_object_get_ex(object, key, &value)) /* false, if the object is a text or NULL */
        text = json_object_get_string(value);
    return text != NULL ? text : ""; /* NULL: null */
}

/* Errors that are about the document, not about the server or its index (they are status 400 or 404, too). */
static bool is_about_document(long code, const char *type, const char *reason)
{
    static const char *const others[] = { "index_", "cluster_", "validation_exception" };
    static const char *const parts[] = { "field", "mapper", "term", "document" };
    bool about = code == 413 || code == 400;
    for (size_t i = 0; code == 400 && i < TL_COUNT(others); i++)
        about = about && strstr(type, others[i]) == NULL;
    if (code != 400 || !about || strstr(type, "illegal_argument") == NULL)
        return about && strstr(reason, "maximum shards") == NULL;
    for (size_t i = 0; i < TL_COUNT(parts); i++)
        if (strstr(reason, parts[i]) != NULL)
            return true;
    return false;
}

/* Looks at the status of one document. Returns whether it is done. */
static bool judge(struct bulk *b, const struct tl_record_frame *frame, size_t number, json_object *item,
                  char why[TL_REASON])
{
    json_object *result = NULL, *status = NULL, *error = NULL;
    if (!json_object_object_get_ex(item, "create", &result) || !json_object_object_get_ex(result, "status", &status)) {
        snprintf(why, TL_REASON, "its answer has no status for a document");
        return false;
    }
    int code = json_object_get_int(status);
    json_object_object_get_ex(result, "error", &error);
    if ((code >= 200 && code < 300) || code == 409)
        return true;
    snprintf(why, TL_REASON, "status %d: %.60s: %.180s", code, text_of(error, "type"), text_of(error, "reason"));
    for (char *p = why; *p != '\0'; p++)
        *p = (unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f ? '?' : *p;
    if (!is_about_document(code, text_of(error, "type"), text_of(error, "reason")))
        return false;
    tl_ledger_set_aside(&b->ledger, frame, number, &b->options, why);
    return true;
}

static bool read_answer(struct bulk *b, const struct tl_record_frame *frame, size_t asked, char why[TL_REASON])
{
    json_tokener *tokener = json_tokener_new();
    json_object *answer = NULL, *items = NULL;
    if (tokener != NULL && b->answer.body.len <= INT32_MAX)
        answer = json_tokener_parse_ex(tokener, (const char *)b->answer.body.data, (int)b->answer.body.len);
    bool good = answer != NULL && json_object_object_get_ex(answer, "items", &items) &&
                json_object_is_type(items, json_type_array) && json_object_array_length(items) == asked;
    bool all = good;
    if (!good)
        snprintf(why, TL_REASON, "it does not answer as Elasticsearch does");
    char reason[TL_REASON];
    for (size_t i = 0, at = 0; good && i < asked; i++, at++) {
        at = next_asked(b, at);
        bool done = judge(b, frame, at, json_object_array_get_idx(items, i), reason);
        tl_ledger_put(&b->ledger, at, done ? TL_ENTRY_DONE : TL_ENTRY_WAITS);
        if (!done)
            memcpy(why, reason, TL_REASON);
        all = all && done;
    }
    json_object_put(answer);
    if (tokener != NULL)
        json_tokener_free(tokener);
    return all;
}

/* A request was refused as a whole: a smaller one may be taken. A document that is refused alone is set aside. */
static bool refuse(struct bulk *b, const struct tl_record_frame *frame, size_t asked, size_t *most, char why[TL_REASON])
{
    tl_http_reason(&b->answer, why);
    if (b->answer.status != 400 && b->answer.status != 413)
        return false;
    *most = asked > 1 ? asked / 2 : 1;
    if (b->answer.status == 413)
        b->limit = *most;
    if (asked == 1 && !is_about_document(b->answer.status, why, why))
        return false;
    if (asked == 1)
        tl_ledger_set_aside(&b->ledger, frame, next_asked(b, 0), &b->options, why);
    return true;
}

static bool send(struct tl_receiver *target, const struct tl_record_frame *frame, char why[TL_REASON])
{
    struct bulk *b = (struct bulk *)target;
    size_t most = b->limit;
    bool good = tl_ledger_begin(&b->ledger, frame);
    while (good) {
        b->body.failed = b->answer.body.failed = false;
        tl_ledger_forget_sent(&b->ledger);
        size_t asked = fill(b, frame, most);
        if (b->body.failed)
            break;
        if (asked == 0)
            return tl_ledger_over(&b->ledger);
        if (!tl_http_post(b->http, "/_bulk?filter_path=errors,items.*.status,items.*.error", &b->body,
                          b->packs ? TL_PACKING_GZIP : TL_PACKING_NONE, &b->answer, why))
            return false;
        if (b->answer.status == 200 && !read_answer(b, frame, asked, why))
            return false;
        if (b->answer.status != 200 && !refuse(b, frame, asked, &most, why))
            return false;
        b->options.progress(b->options.context);
    }
    snprintf(why, TL_REASON, "out of memory");
    return false;
}

static void free_target(struct tl_receiver *target)
{
    struct bulk *b = (struct bulk *)target;
    tl_buffer_fini(&b->answer.body);
    tl_buffer_fini(&b->body);
    tl_ledger_fini(&b->ledger);
    tl_http_close(b->http);
    free(b);
}

struct tl_receiver *tl_bulk_open(const struct tl_target_options *options, const struct tl_scheme *scheme,
                               struct tl_error *error)
{
    const struct tl_url *url = options->url;
    const char *compress = tl_url_query(url, "compress");
    struct bulk *b = calloc(1, sizeof *b);
    if (b == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    b->target = (struct tl_receiver){ .send = send, .free = free_target };
    b->options = *options;
    explicit_bzero(&b->options.credentials, sizeof b->options.credentials);
    b->limit = SIZE_MAX;
    b->packs = compress == NULL || strcmp(compress, "no") != 0;
    snprintf(b->index, sizeof b->index, "%s", url->path[0] != '\0' ? url->path : "taplight-{kind}");
    b->http = tl_http_open(options, scheme, "application/x-ndjson", error);
    if (strpbrk(b->index, "\"\\/ ") != NULL)
        tl_error_set(error, TL_E_USAGE, "--to: '%.80s' is no name of an index", b->index);
    else if (b->http != NULL && tl_http_log_in(b->http, &options->credentials, "ApiKey"))
        return &b->target;
    tl_error_set(error, TL_E_RUNTIME, "out of memory");
    free_target(&b->target);
    return NULL;
}

#endif
