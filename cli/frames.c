/* frames.c - shows and writes frames by the sinks that reading uses. */
#include "cli/frames.h"

#include "core/linktype.h"
#include "dissectors/registry.h"
#include "pipeline/detail.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MEMORY = 16 << 20 };

int64_t tl_frame_log_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static bool is_pcapng(const char *name)
{
    size_t len = strlen(name), end = strlen(".pcapng");
    return len > end && strcmp(name + len - end, ".pcapng") == 0;
}

static bool open_printers(struct tl_frame_log *log, const struct tl_frame_log_options *o, struct tl_error *error)
{
    struct tl_protocols protocols = tl_protocols_all();
    struct tl_text_options text = { .tree = true, .number = false };
    struct tl_output *output = tl_output_open(NULL, error);
    if (output == NULL)
        return false;
    if (o->json)
        log->records = tl_records_sink(output, ".");
    else
        log->text = tl_text_sink(output, &protocols, &text);
    struct tl_sink *printer = o->json ? log->records : log->text;
    if (printer != NULL)
        tl_lines_flush_each(printer);
    if (printer != NULL && o->trees) {
        struct tl_detail_options detail = { .interfaces = log->interfaces, .memory = MEMORY,
                                            .decode_as = o->decode_as };
        log->detail = tl_detail_new(&detail);
    }
    return printer != NULL && (log->detail != NULL || !o->trees);
}

bool tl_frame_log_open(struct tl_frame_log *log, const struct tl_frame_log_options *o, struct tl_error *error)
{
    struct tl_interface ethernet = { .linktype = TL_LINKTYPE_ETHERNET, .decimals = 9, .section = UINT32_MAX };
    *log = (struct tl_frame_log){ .interfaces = NULL };
    if (o->write != NULL && strcmp(o->write, "-") == 0 && (o->json || o->trees || o->text)) {
        tl_error_set(error, TL_E_USAGE, "-w - writes packets to standard output, where %s goes too: give -w a file",
                     o->json ? "--json" : o->trees ? "-v" : "the text");
        return false;
    }
    log->interfaces = tl_interfaces_new();
    bool fine =
        log->interfaces != NULL && tl_interfaces_add(log->interfaces, &ethernet) == 0 && open_printers(log, o, error);
    if (fine && o->write != NULL) {
        struct tl_output *output = tl_output_open(o->write, error);
        log->file =
            output == NULL ? NULL : tl_capture_file_sink(output, log->interfaces, is_pcapng(o->write), o->write);
        fine = log->file != NULL;
    }
    if (!fine) {
        tl_error_set(error, TL_E_RUNTIME, "out of memory");
        struct tl_error none = { 0 };
        (void)tl_frame_log_close(log, &none);
    }
    return fine;
}

static struct tl_packet packet_of(struct tl_frame_log *log, int64_t ts, struct tl_bytes frame)
{
    return (struct tl_packet){ .ts = ts,
                               .etime = ts,
                               .number = ++log->count,
                               .bytes = frame.data,
                               .caplen = frame.len,
                               .len = frame.len,
                               .linktype = TL_LINKTYPE_ETHERNET };
}

static struct tl_sink *printer(struct tl_frame_log *log)
{
    return log->records != NULL ? log->records : log->text;
}

static enum tl_failure flush(struct tl_frame_log *log, struct tl_error *error)
{
    struct tl_buffer *b = &log->line;
    enum tl_failure failure = b->failed ? tl_error_set(error, TL_E_RUNTIME, "out of memory")
                                        : printer(log)->write(printer(log), b->data, b->len, error);
    b->len = 0;
    return failure;
}

enum tl_failure tl_frame_log_show(struct tl_frame_log *log, int64_t ts, struct tl_bytes frame, struct tl_error *error)
{
    if (log->detail == NULL || log->text == NULL)
        return TL_E_NONE;
    const struct tl_packet packet = packet_of(log, ts, frame);
    const struct tl_tree *tree = tl_detail_packet(log->detail, &packet);
    log->text->packet(log->text, &log->line, &packet, tl_interfaces_get(log->interfaces, 0), tree);
    return flush(log, error);
}

enum tl_failure tl_frame_log_say(struct tl_frame_log *log, struct tl_error *error, const char *format, ...)
{
    char text[1024];
    va_list args;
    if (log->text == NULL)
        return TL_E_NONE;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    tl_puts(&log->line, text);
    return flush(log, error);
}

enum tl_failure tl_frame_log_put(struct tl_frame_log *log, const struct tl_buffer *text, struct tl_error *error)
{
    if (log->text == NULL)
        return TL_E_NONE;
    if (text->failed)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    tl_put(&log->line, text->data, text->len);
    return flush(log, error);
}

enum tl_failure tl_frame_log_flow_record(struct tl_frame_log *log, const struct tl_record_def *def,
                                         const struct tl_record *record, const struct tl_flow_id *id,
                                         struct tl_error *error)
{
    if (log->records == NULL)
        return TL_E_NONE;
    log->records->record(log->records, &log->line, def, record, id, 6);
    return flush(log, error);
}

enum tl_failure tl_frame_log_record(struct tl_frame_log *log, const struct tl_record_def *def,
                                    const struct tl_record *record, struct tl_error *error)
{
    return tl_frame_log_flow_record(log, def, record, NULL, error);
}

enum tl_failure tl_frame_log_write(struct tl_frame_log *log, int64_t ts, struct tl_bytes frame, struct tl_error *error)
{
    struct tl_packet packet = packet_of(log, ts, frame);
    log->count--; /* only trees are numbered */
    struct tl_block block = { .packets = &packet, .count = 1 };
    return log->file != NULL ? log->file->block(log->file, &block, error) : TL_E_NONE;
}

static void end(struct tl_sink *sink, struct tl_error *error)
{
    if (sink == NULL)
        return;
    (void)sink->close(sink, error);
    sink->free(sink);
}

enum tl_failure tl_frame_log_close(struct tl_frame_log *log, struct tl_error *error)
{
    end(log->text, error);
    end(log->records, error);
    end(log->file, error);
    tl_detail_free(log->detail);
    tl_interfaces_free(log->interfaces);
    tl_buffer_fini(&log->line);
    *log = (struct tl_frame_log){ 0 };
    return error->kind;
}
