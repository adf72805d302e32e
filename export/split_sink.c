/* split_sink.c - records in a file for each kind: conn.log, dns.log and so on, as Zeek names its logs. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "export/dated_log.h"
#include "export/output.h"

enum { LOGS_MOST = 128, NAME_MOST = 64 };

/* The records of one kind. */
struct log {
    struct tl_dated_log dated; /* its stem is the kind */
    struct tl_output *output;  /* owned; NULL: not open */
    uint64_t lines;            /* in this file */
};

struct split_sink {
    struct tl_sink sink;
    struct tl_sink *records; /* owned: formats; its own output is not used */
    struct tl_rotation rotation;
    int directory;
    char *path;
    struct log logs[LOGS_MOST];
    uint32_t count;
};

static void put_record(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_record_def *def,
                       const struct tl_record *record, const struct tl_flow_id *id, unsigned decimals)
{
    const struct split_sink *s = (const struct split_sink *)sink;
    s->records->record(s->records, out, def, record, id, decimals);
}

/* The kind is the first member of a line: {"_path":"conn". */
static struct log *log_of(struct split_sink *s, const uint8_t *line, size_t len)
{
    static const char lead[] = "{\"_path\":\"";
    size_t at = sizeof lead - 1;
    const uint8_t *end = len > at ? memchr(line + at, '"', len - at) : NULL;
    if (end == NULL || memcmp(line, lead, at) != 0 || (size_t)(end - line) - at >= NAME_MOST)
        return NULL;
    size_t n = (size_t)(end - line) - at;
    for (uint32_t i = 0; i < s->count; i++) {
        if (strlen(s->logs[i].dated.stem) == n && memcmp(s->logs[i].dated.stem, line + at, n) == 0)
            return &s->logs[i];
    }
    if (s->count == LOGS_MOST)
        return NULL;
    struct log *log = &s->logs[s->count++];
    memcpy(log->dated.stem, line + at, n);
    snprintf(log->dated.extension, sizeof log->dated.extension, ".log");
    return log;
}

static enum tl_failure open_log(struct split_sink *s, struct log *log, int64_t now, struct tl_error *error)
{
    char name[TL_DATED_NAME], shown[512];
    tl_dated_log_name(&log->dated, name, sizeof name);
    snprintf(shown, sizeof shown, "%s/%s", s->path, name);
    int fd = openat(s->directory, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0666);
    log->output = tl_output_take(fd, shown, error);
    if (log->output == NULL)
        return error->kind;
    tl_output_set_lines(log->output);
    tl_dated_log_begin(&log->dated, &s->rotation, now);
    log->lines = 0;
    return TL_E_NONE;
}

/* Closes a log and renames it after the start of its period. */
static enum tl_failure rotate(struct split_sink *s, struct log *log, struct tl_error *error)
{
    enum tl_failure failure = tl_output_close(log->output, error);
    log->output = NULL;
    int why = tl_dated_log_rotate(&log->dated, &s->rotation, s->directory);
    if (failure == TL_E_NONE && why != 0)
        failure = tl_error_set(error, TL_E_RUNTIME, "cannot rename %s/%s.log: %s", s->path, log->dated.stem,
                               strerror(why));
    return failure;
}

static bool is_over(const struct split_sink *s, const struct log *log, int64_t now, size_t size)
{
    return tl_dated_log_is_over(&log->dated, &s->rotation, now, log->lines > 0 ? tl_output_length(log->output) : 0,
                                size);
}

static enum tl_failure write_lines(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    struct split_sink *s = (struct split_sink *)sink;
    int64_t now = time(NULL);
    enum tl_failure failure = TL_E_NONE;
    while (len > 0 && failure == TL_E_NONE) {
        const uint8_t *end = memchr(data, '\n', len);
        size_t n = end != NULL ? (size_t)(end + 1 - data) : len;
        struct log *log = log_of(s, data, n);
        if (log == NULL)
            return tl_error_set(error, TL_E_RUNTIME, "%s: a record of no known kind", s->path);
        if (log->output != NULL && is_over(s, log, now, n))
            failure = rotate(s, log, error);
        if (failure == TL_E_NONE && log->output == NULL)
            failure = open_log(s, log, now, error);
        if (failure == TL_E_NONE)
            failure = tl_output_write(log->output, data, n, error);
        log->lines++;
        data += n;
        len -= n;
    }
    return failure;
}

static enum tl_failure tick(struct tl_sink *sink, struct tl_error *error)
{
    struct split_sink *s = (struct split_sink *)sink;
    enum tl_failure failure = TL_E_NONE;
    for (uint32_t i = 0; i < s->count && failure == TL_E_NONE; i++)
        if (s->logs[i].output != NULL)
            failure = tl_output_flush(s->logs[i].output, error);
    return failure;
}

/* Closes all logs; the next record of a kind opens its file again, a new one if it was moved. */
static enum tl_failure close_logs(struct tl_sink *sink, struct tl_error *error)
{
    struct split_sink *s = (struct split_sink *)sink;
    enum tl_failure failure = TL_E_NONE;
    for (uint32_t i = 0; i < s->count; i++) {
        struct tl_error why = { .kind = TL_E_NONE };
        if (s->logs[i].output != NULL && tl_output_close(s->logs[i].output, &why) != TL_E_NONE && failure == TL_E_NONE)
            failure = tl_error_set(error, why.kind, "%s", why.text);
        s->logs[i].output = NULL;
    }
    return failure;
}

static void free_sink(struct tl_sink *sink)
{
    struct split_sink *s = (struct split_sink *)sink;
    (void)close_logs(sink, NULL);
    for (uint32_t i = 0; i < s->count; i++)
        tl_dated_log_fini(&s->logs[i].dated);
    if (s->records != NULL)
        s->records->free(s->records);
    if (s->directory >= 0)
        close(s->directory);
    free(s->path);
    free(s);
}

struct tl_sink *tl_split_sink(const char *directory, const char *separator, const struct tl_rotation *rotation,
                              struct tl_error *error)
{
    struct split_sink *s = calloc(1, sizeof *s);
    struct tl_output *unused = s != NULL ? tl_output_open("/dev/null", error) : NULL;
    if (s != NULL && unused != NULL && (s->records = tl_records_sink(unused, separator)) == NULL)
        (void)tl_output_close(unused, NULL);
    if (s == NULL || s->records == NULL || (s->path = strdup(directory)) == NULL) {
        if (s != NULL) {
            s->directory = -1;
            free_sink(&s->sink);
        }
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        return NULL;
    }
    s->directory = -1;
    if ((mkdir(directory, 0777) != 0 && errno != EEXIST) ||
        (s->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
        tl_error_set(error, errno == EACCES ? TL_E_PERMISSION : TL_E_RUNTIME, "cannot write to folder %s: %s",
                     directory, strerror(errno));
        free_sink(&s->sink);
        return NULL;
    }
    s->rotation = *rotation;
    s->sink = (struct tl_sink){ .record = put_record, .write = write_lines, .tick = tick, .reopen = close_logs,
                                .close = close_logs, .free = free_sink };
    return &s->sink;
}
