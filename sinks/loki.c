/*
 * loki.c - pushes records to Loki as lines: a stream for each kind of record.
 *
 * Loki drops a line that it has already, with the same time in the same stream. It refuses lines that are older than
 * its limits, one by one, and takes the others of a request.
 */
#ifdef TAPLIGHT_CURL

#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "sinks/http.h"
#include "sinks/members.h"

/* Bytes of lines in a request: a stock Loki takes messages of 4 MiB, and a burst of 6 MB. */
enum { SPLITS_MOST = 256, PUSH_MOST = 1 << 20, PUSH_LEAST = 64 << 10 };

struct line {
    const uint8_t *data;
    size_t len;
    uint64_t seq;
    const uint8_t *kind;
    size_t kind_len;
};

struct loki {
    struct tl_receiver target;
    struct tl_target_options options; /* without the credentials */
    struct tl_http *http;
    bool packs;
    size_t limit;       /* bytes of lines in a request: more were too much for the server */
    struct tl_http_answer answer;
    struct tl_buffer body, text;
    struct line *lines; /* owned: of the frame, by kind */
    size_t count;
    char sensor[TL_SENSOR_MOST + 1], run[TL_RUN_MOST + 1]; /* of the last frame */
    uint64_t first, frame_count; /* frame_count 0: it is done */
    size_t next;        /* lines before it are done */
};

static int by_kind(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    size_t len = x->kind_len < y->kind_len ? x->kind_len : y->kind_len;
    int order = memcmp(x->kind, y->kind, len);
    if (order == 0 && x->kind_len != y->kind_len)
        order = x->kind_len < y->kind_len ? -1 : 1;
    return order != 0 ? order : (x->seq > y->seq) - (x->seq < y->seq);
}

/* Nanoseconds since 1970; a record without a time has the present one. */
static void put_when(struct tl_buffer *out, const struct line *line)
{
    struct tl_member ts;
    struct timespec now;
    size_t decimals = 0, begin = out->len;
    bool point = false;
    if (tl_member_find(line->data, line->len, "ts", &ts) && ts.value[0] >= '0' && ts.value[0] <= '9') {
        for (size_t i = 0; i < ts.len; i++) {
            if (ts.value[i] == '.') {
                point = true;
                continue;
            }
            decimals += point;
            if (out->len > begin || ts.value[i] != '0')
                tl_put_char(out, (char)ts.value[i]);
        }
        for (; decimals < 9; decimals++)
            if (out->len > begin)
                tl_put_char(out, '0');
        if (out->len == begin)
            tl_put_char(out, '0');
        return;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    tl_put_u64(out, (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
}

static void put_stream(struct loki *l, const struct tl_record_frame *frame, size_t from, size_t to)
{
    struct tl_buffer *out = &l->body;
    for (size_t i = from; i < to; i++) {
        const struct line *line = &l->lines[i];
        bool same = i > from && line->kind_len == line[-1].kind_len &&
                    memcmp(line->kind, line[-1].kind, line->kind_len) == 0;
        if (!same) {
            tl_puts(out, i > from ? "]}," : "");
            tl_put_lit(out, "{\"stream\":{\"job\":\"taplight\",\"sensor\":\"");
            tl_puts(out, frame->sensor);
            tl_put_lit(out, "\",\"kind\":\"");
            tl_put(out, line->kind, line->kind_len);
            tl_put_lit(out, "\"},\"values\":[");
        }
        tl_puts(out, same ? ",[\"" : "[\"");
        put_when(out, line);
        tl_put_lit(out, "\",");
        l->text.len = 0;
        tl_frame_put_line(&l->text, frame, line->data, line->len, line->seq);
        tl_put_nested(out, l->text.data, l->text.len);
        tl_put_char(out, ']');
    }
}

static void set_aside(struct loki *l, const struct tl_record_frame *frame, size_t from, size_t to, const char *why)
{
    for (size_t i = from; i < to; i++) {
        l->text.len = 0;
        l->text.failed = false;
        tl_frame_put_line(&l->text, frame, l->lines[i].data, l->lines[i].len, l->lines[i].seq);
        tl_put_char(&l->text, '\n');
        if (!l->text.failed)
            l->options.set_aside(l->options.context, l->text.data, l->text.len, why);
        else /* without memory: without the keys that name it */
            l->options.set_aside(l->options.context, l->lines[i].data, l->lines[i].len, why);
    }
}

/* Whether the server could not take so much in one request. */
static bool is_too_large(const struct loki *l, const char *why)
{
    return l->answer.status == 413 || (l->answer.status == 500 && strstr(why, "larger than max") != NULL);
}

/*
 * Pushes lines; halves them until those that are refused are found. After SPLITS_MOST of that the rest of a request is
 * set aside: all may be too old.
 */
static bool push(struct loki *l, const struct tl_record_frame *frame, size_t from, size_t to, unsigned *splits,
                 char why[TL_REASON])
{
    enum tl_packing packing = l->packs ? TL_PACKING_GZIP : TL_PACKING_NONE;
    l->body.len = 0;
    tl_put_lit(&l->body, "{\"streams\":[");
    put_stream(l, frame, from, to);
    tl_put_lit(&l->body, "]}]}");
    if (l->body.failed || l->text.failed) {
        snprintf(why, TL_REASON, "out of memory");
        return false;
    }
    if (!tl_http_post(l->http, "/loki/api/v1/push", &l->body, packing, &l->answer, why))
        return false;
    if (l->answer.status == 200 || l->answer.status == 204) {
        l->options.progress(l->options.context);
        l->next = to;
        return true;
    }
    tl_http_reason(&l->answer, why);
    bool too_large = is_too_large(l, why);
    if ((too_large || l->answer.status == 429) && l->limit > PUSH_LEAST)
        l->limit /= 2;
    if (l->answer.status != 400 && !too_large && l->answer.status != 422)
        return false;
    if (to - from == 1 || (!too_large && ++*splits > SPLITS_MOST)) {
        set_aside(l, frame, from, to, why);
        l->next = to;
        return true;
    }
    size_t middle = from + (to - from) / 2;
    return push(l, frame, from, middle, splits, why) && push(l, frame, middle, to, splits, why);
}

static bool sort_lines(struct loki *l, const struct tl_record_frame *frame)
{
    const uint8_t *line = frame->lines.data, *end = line + frame->lines.len;
    struct line *lines = realloc(l->lines, (frame->count + 1) * sizeof *lines);
    if (lines == NULL)
        return false;
    l->lines = lines;
    l->count = 0;
    for (size_t len; line < end && l->count < frame->count; line += len) {
        const uint8_t *newline = memchr(line, '\n', (size_t)(end - line));
        struct line *to = &l->lines[l->count];
        len = newline != NULL ? (size_t)(newline - line) + 1 : (size_t)(end - line);
        *to = (struct line){ .data = line, .len = len, .seq = frame->first + l->count };
        if (!tl_member_kind(line, len, &to->kind, &to->kind_len))
            to->kind = (const uint8_t *)"", to->kind_len = 0;
        l->count++;
    }
    qsort(l->lines, l->count, sizeof *l->lines, by_kind);
    return true;
}

/* Pushes what is not done, in requests that are not too large. */
static bool push_all(struct loki *l, const struct tl_record_frame *frame, char why[TL_REASON])
{
    while (l->next < l->count) {
        unsigned splits = 0;
        size_t to = l->next, bytes = 0;
        do
            bytes += l->lines[to++].len;
        while (to < l->count && bytes + l->lines[to].len <= l->limit);
        if (!push(l, frame, l->next, to, &splits, why))
            return false;
    }
    return true;
}

static bool send(struct tl_receiver *target, const struct tl_record_frame *frame, char why[TL_REASON])
{
    struct loki *l = (struct loki *)target;
    bool again = strcmp(l->run, frame->run) == 0 && strcmp(l->sensor, frame->sensor) == 0 &&
                 l->first == frame->first && l->frame_count == frame->count;
    l->body.failed = l->text.failed = l->answer.body.failed = false;
    if (!sort_lines(l, frame)) {
        snprintf(why, TL_REASON, "out of memory");
        return false;
    }
    l->next = again ? l->next : 0;
    memcpy(l->sensor, frame->sensor, sizeof l->sensor);
    memcpy(l->run, frame->run, sizeof l->run);
    l->first = frame->first;
    l->frame_count = frame->count;
    bool good = push_all(l, frame, why);
    l->frame_count = good ? 0 : l->frame_count;
    return good;
}

static void free_target(struct tl_receiver *target)
{
    struct loki *l = (struct loki *)target;
    tl_buffer_fini(&l->answer.body);
    tl_buffer_fini(&l->body);
    tl_buffer_fini(&l->text);
    free(l->lines);
    tl_http_close(l->http);
    free(l);
}

struct tl_receiver *tl_loki_open(const struct tl_target_options *options, const struct tl_scheme *scheme,
                               struct tl_error *error)
{
    const char *compress = tl_url_query(options->url, "compress"), *tenant = tl_url_query(options->url, "tenant");
    struct loki *l = calloc(1, sizeof *l);
    if (l == NULL) {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    l->target = (struct tl_receiver){ .send = send, .free = free_target };
    l->options = *options;
    explicit_bzero(&l->options.credentials, sizeof l->options.credentials);
    l->limit = PUSH_MOST;
    l->packs = compress == NULL || strcmp(compress, "no") != 0;
    l->http = tl_http_open(options, scheme, "application/json", error);
    if (l->http != NULL && tl_http_log_in(l->http, &options->credentials, "Bearer") &&
        (tenant == NULL || tl_http_header(l->http, "X-Scope-OrgID", tenant)))
        return &l->target;
    tl_error_set(error, TL_E_RUNTIME, "out of memory");
    free_target(&l->target);
    return NULL;
}

#endif
