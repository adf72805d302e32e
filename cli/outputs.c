/* outputs.c - creates the sinks for the options: text or JSON, the file of -w, the files of --streams. */
#include "cli/outputs.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/live.h"
#include "cli/servers.h"
#include "core/edits.h"
#include "core/protocol.h"
#include "dissectors/registry.h"

enum { JOURNAL_SHARE = 256, QUEUE_SHARE = 64 }; /* fractions of the memory limit, with --view */

/* -T json, jsonraw, ek and pdml. */
static struct tl_sink *documents_sink(const struct tl_outputs *outputs, struct tl_output *output)
{
    static const enum tl_document_form forms[] = {
        [TL_FORM_OF_JSON] = TL_DOCUMENT_JSON, [TL_FORM_OF_JSONRAW] = TL_DOCUMENT_JSONRAW,
        [TL_FORM_OF_EK] = TL_DOCUMENT_EK,     [TL_FORM_OF_PDML] = TL_DOCUMENT_PDML,
    };
    const struct tl_options *o = outputs->options;
    const struct tl_document_options options = {
        .form = forms[o->form],
        .secrets = o->secrets,
        .input = o->input_count > 0 ? o->inputs[0] : NULL,
        .keys = o->fields,
        .count = o->field_count,
    };
    return tl_documents_sink(output, &outputs->protocols, outputs->fields, &options);
}

static struct tl_sink *printing_sink(const struct tl_outputs *outputs, struct tl_output *output)
{
    const struct tl_options *o = outputs->options;
    const struct tl_text_options text = {
        .tree = o->tree,
        .dump = o->inner_letters > 1   ? TL_DUMP_PACKET
                : o->inner_letters > 0 ? TL_DUMP_INNER
                : o->hex_letters > 1   ? TL_DUMP_HEX
                : o->hex_letters > 0   ? TL_DUMP_ALL
                : o->characters        ? TL_DUMP_CHARACTERS
                                       : TL_DUMP_NONE,
        .stamp = o->stamp,
        .number = o->number,
        .link = o->link,
        .colour = o->colour,
        .hosts = outputs->hosts,
        .only = outputs->only,
    };
    const struct tl_columns_options columns = {
        .columns = outputs->columns != NULL ? outputs->columns->columns : NULL,
        .count = outputs->columns != NULL ? outputs->columns->count : 0,
        .keys = outputs->columns != NULL ? outputs->columns->keys : NULL,
        .key_count = outputs->columns != NULL ? outputs->columns->key_count : 0,
        .stamp = o->stamp,
        .tabs = o->form == TL_FORM_OF_TABS,
        .secrets = o->secrets,
        .hosts = outputs->hosts,
    };
    if (columns.count > 0)
        return tl_columns_sink(output, &outputs->protocols, outputs->fields, &columns);
    if (o->form == TL_FORM_OF_FIELDS)
        return tl_fields_sink(output, &outputs->protocols, outputs->fields, o->fields, o->field_count, &o->format);
    if (o->form > TL_FORM_OF_FIELDS && o->form < TL_FORM_OF_TEXT)
        return documents_sink(outputs, output);
    if (o->csv != NULL && outputs->csv != NULL)
        return tl_csv_sink(output, outputs->csv->kind, outputs->csv->keys, outputs->csv->count);
    if (o->table)
        return tl_objects_sink(output);
    if (o->json == TL_JSON_FLOWS)
        return tl_records_sink(output, o->separator);
    if (o->json == TL_JSON_PACKETS)
        return tl_packets_sink(output, &outputs->protocols);
    return tl_text_sink(output, &outputs->protocols, &text);
}

bool tl_outputs_is_pcapng(const char *name)
{
    size_t len = strlen(name), end = strlen(".pcapng");
    return len > end && strcmp(name + len - end, ".pcapng") == 0;
}

static bool rotates_files(const struct tl_outputs *outputs)
{
    const struct tl_rotation *r = &outputs->rotation;
    return r->bytes > 0 || r->seconds > 0 || r->packets > 0;
}

/* -C and -G rotate the file of -o too, but not a device or a FIFO, and not for packets:, files: or -a. */
static bool rotates_lines(const struct tl_outputs *outputs)
{
    const struct tl_options *o = outputs->options;
    struct stat st;
    bool periods = outputs->rotation.seconds > 0 || (outputs->rotation.bytes > 0 && o->stop_bytes == 0);
    return periods && o->output != NULL && strcmp(o->output, "-") != 0 && !o->count &&
           strncmp(o->output, "/dev/", 5) != 0 && strncmp(o->output, "/proc/", 6) != 0 &&
           (stat(o->output, &st) != 0 || S_ISREG(st.st_mode));
}

/* Files of a live run can be reopened. Other outputs cannot. */
static struct tl_output *open_output(struct tl_outputs *outputs, bool packets, struct tl_error *error)
{
    const char *path = packets ? outputs->options->write : outputs->options->output;
    bool live = outputs->options->interface_count > 0;
    bool rotates = packets ? rotates_files(outputs) : rotates_lines(outputs);
    if (path == NULL || strcmp(path, "-") == 0 || (!live && !rotates && outputs->options->after_file == NULL))
        return tl_output_open(path, error);
    const struct tl_file_part part = rotates ? tl_rotation_first(&outputs->rotation) : (struct tl_file_part){ 0 };
    outputs->rotates[packets] = rotates;
    const struct tl_opening opening = tl_opener_opening(outputs->opener, outputs->file_index[packets]);
    return tl_output_open_part(&opening, &part, error);
}

static struct tl_sink *writing_sink(const struct tl_outputs *outputs, struct tl_output *output)
{
    const struct tl_options *o = outputs->options;
    struct tl_sink *sink = tl_capture_file_sink(output, outputs->interfaces, tl_outputs_is_pcapng(o->write), o->write);
    bool rotates = rotates_files(outputs);
    if (sink != NULL && rotates && !tl_capture_file_rotate(sink, &outputs->rotation)) {
        sink->free(sink);
        return NULL;
    }
    if (sink != NULL)
        tl_capture_file_notice(sink, outputs->notice, outputs->notice_context);
    if (sink != NULL)
        tl_capture_file_secrets(sink, outputs->secrets);
    if (sink != NULL && o->interface_count > 0)
        tl_capture_file_early(sink);
    if (sink != NULL && outputs->ended != NULL)
        tl_capture_file_on_end(sink, outputs->ended, outputs->ended_context);
    if (sink != NULL && o->flush_each)
        tl_capture_file_flush_each(sink);
    if (sink != NULL && outputs->journal != NULL)
        tl_capture_file_journal(sink, outputs->journal);
    return sink != NULL && o->display != NULL ? tl_selected_sink(sink) : sink;
}

static void advise(struct tl_error *error)
{
    size_t len = strlen(error->text);
    if (error->kind == TL_E_PERMISSION)
        snprintf(error->text + len, sizeof error->text - len, ": choose a place that you may write to");
}

static enum tl_failure add_sink(struct tl_outputs *outputs, bool packets, struct tl_error *error)
{
    struct tl_output *output = open_output(outputs, packets, error);
    if (output == NULL) {
        advise(error);
        return error->kind;
    }
    struct tl_sink *sink = packets ? writing_sink(outputs, output) : printing_sink(outputs, output);
    if (sink != NULL && !packets && outputs->rotates[0] &&
        !tl_lines_rotate(sink, &outputs->rotation, outputs->notice, outputs->notice_context)) {
        sink->free(sink);
        sink = NULL;
    }
    if (sink != NULL && !packets && outputs->options->flush_lines)
        tl_lines_flush_each(sink);
    if (sink != NULL && !packets && outputs->queue > 0)
        sink = tl_queued_sink(sink, outputs->queue, outputs->notice, outputs->notice_context);
    if (sink == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    if (!packets)
        outputs->printed = output;
    outputs->files[outputs->sink_count] = output;
    outputs->sinks[outputs->sink_count++] = sink;
    return TL_E_NONE;
}

/* Statistics follow what is printed, in the same place. */
static enum tl_failure add_statistics(struct tl_outputs *outputs, struct tl_error *error)
{
    struct tl_output *output = outputs->printed;
    if (output != NULL)
        tl_output_share(output);
    else
        output = open_output(outputs, false, error);
    if (output == NULL) {
        advise(error);
        return error->kind;
    }
    struct tl_sink *sink = tl_statistics_sink(outputs->statistics, output);
    if (sink == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    outputs->files[outputs->sink_count] = output;
    outputs->sinks[outputs->sink_count++] = sink;
    return TL_E_NONE;
}

/* Makes a folder that the process can write to after it changed its user. A folder that exists stays as it is. */
static void make_folder(const char *path, const struct tl_identity *owner)
{
    if (!owner->changes || mkdir(path, 0777) != 0)
        return; /* the sink makes it, or reports why it cannot use it */
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder >= 0) {
        (void)!fchown(folder, owner->uid, owner->gid); /* else tl_live_settle() says who cannot write */
        close(folder);
    }
}

static enum tl_failure add_assertions(struct tl_outputs *outputs, struct tl_error *error)
{
    const char *format = outputs->options->assert_format;
    enum tl_assertions_form form = format == NULL                ? TL_ASSERTIONS_SILENT
                                   : strcmp(format, "tap") == 0 ? TL_ASSERTIONS_TAP
                                                                 : TL_ASSERTIONS_JUNIT;
    struct tl_output *output = format != NULL ? open_output(outputs, false, error) : NULL;
    if (format != NULL && output == NULL) {
        advise(error);
        return error->kind;
    }
    struct tl_sink *sink = tl_assertions_sink(outputs->assertions, output, form);
    if (sink == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    outputs->files[outputs->sink_count] = output;
    outputs->sinks[outputs->sink_count++] = sink;
    return TL_E_NONE;
}

static enum tl_failure add_streams(struct tl_outputs *outputs, const struct tl_identity *owner, struct tl_error *error)
{
    const struct tl_options *o = outputs->options;
    make_folder(o->streams, owner);
    struct tl_sink *sink = tl_streams_sink(o->streams, o->gaps != NULL && strcmp(o->gaps, "skip") == 0, error);
    if (sink == NULL)
        return error->kind;
    outputs->sinks[outputs->sink_count++] = sink;
    return TL_E_NONE;
}

static enum tl_failure add_files(struct tl_outputs *outputs, const struct tl_identity *owner, struct tl_error *error)
{
    const struct tl_options *o = outputs->options;
    make_folder(o->files, owner);
    struct tl_sink *sink = tl_files_sink(o->files, tl_live_notice, NULL, error);
    if (sink == NULL)
        return error->kind;
    outputs->sinks[outputs->sink_count++] = sink;
    return TL_E_NONE;
}

static enum tl_failure add_split(struct tl_outputs *outputs, const struct tl_identity *owner, struct tl_error *error)
{
    const struct tl_options *o = outputs->options;
    struct tl_rotation rotation = outputs->rotation;
    rotation.bytes = o->stop_bytes == 0 ? rotation.bytes : 0;
    make_folder(o->split, owner);
    struct tl_sink *sink = tl_split_sink(o->split, o->separator, &rotation, error);
    if (sink == NULL)
        return error->kind;
    outputs->sinks[outputs->sink_count++] = sink;
    return TL_E_NONE;
}

static enum tl_failure add_servers(struct tl_outputs *outputs, const struct tl_identity *owner, struct tl_error *error)
{
    for (uint32_t i = 0; i < outputs->options->server_count; i++) {
        struct tl_sink *sink = tl_servers_sink(outputs->options, i, outputs->engine, owner, error);
        if (sink == NULL)
            return error->kind;
        outputs->servers[outputs->server_count++] = sink;
        outputs->sinks[outputs->sink_count++] = sink;
    }
    return TL_E_NONE;
}

size_t tl_outputs_beside(struct tl_outputs *outputs, size_t memory, void (*notice)(void *context, const char *text),
                         void *context)
{
    const struct tl_options *o = outputs->options;
    bool rotates = rotates_files(outputs);
    if (o->write != NULL && !rotates) /* not for rotated files: they may be removed or belong to another user */
        outputs->journal = tl_journal_new(memory / JOURNAL_SHARE);
    outputs->queue = o->json ? memory / QUEUE_SHARE : 0;
    outputs->notice = notice;
    outputs->notice_context = context;
    return outputs->queue + (outputs->journal != NULL ? memory / JOURNAL_SHARE : 0);
}

enum tl_failure tl_outputs_open(struct tl_outputs *outputs, const struct tl_interfaces *interfaces,
                                const struct tl_identity *owner, struct tl_error *error)
{
    const struct tl_options *o = outputs->options;
    enum tl_failure failure = TL_E_NONE;
    outputs->interfaces = interfaces;
    if (o->json || o->text)
        failure = add_sink(outputs, false, error);
    if (failure == TL_E_NONE && o->write != NULL)
        failure = add_sink(outputs, true, error);
    if (failure == TL_E_NONE && o->streams != NULL)
        failure = add_streams(outputs, owner, error);
    if (failure == TL_E_NONE && o->files != NULL)
        failure = add_files(outputs, owner, error);
    if (failure == TL_E_NONE && o->split != NULL)
        failure = add_split(outputs, owner, error);
    if (failure == TL_E_NONE)
        failure = add_servers(outputs, owner, error);
    if (failure == TL_E_NONE && outputs->statistics != NULL)
        failure = add_statistics(outputs, error);
    if (failure == TL_E_NONE && outputs->assertions != NULL)
        failure = add_assertions(outputs, error);
    return failure;
}

bool tl_outputs_gone(const struct tl_outputs *outputs)
{
    bool gone = outputs->sink_count > 0;
    for (uint32_t i = 0; i < outputs->sink_count; i++)
        gone = gone && outputs->files[i] != NULL && tl_output_gone(outputs->files[i]);
    return gone;
}

void tl_outputs_close(struct tl_outputs *outputs)
{
    for (uint32_t i = 0; i < outputs->sink_count; i++)
        outputs->sinks[i]->free(outputs->sinks[i]);
    memset(outputs->sinks, 0, sizeof outputs->sinks);
    outputs->sink_count = outputs->server_count = 0;
}

/* -O: marks the protocols whose fields are printed. */
static enum tl_failure choose_protocols(struct tl_outputs *outputs, const char *names, struct tl_error *error)
{
    const struct tl_protocols *all = &outputs->protocols;
    outputs->only = calloc(all->count, sizeof *outputs->only);
    if (outputs->only == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    while (*names != '\0') {
        size_t len = strcspn(names, ", ");
        uint32_t i = 0, near = all->count;
        unsigned fewest = UINT_MAX;
        for (; i < all->count; i++) {
            const char *name = all->items[i]->name;
            if (strlen(name) == len && strncasecmp(name, names, len) == 0)
                break;
            unsigned edits = tl_edits(name, names, len);
            near = edits < fewest ? i : near;
            fewest = edits < fewest ? edits : fewest;
        }
        if (i == all->count && len > 0)
            return tl_error_set(error, TL_E_USAGE, "-O: no protocol '%.*s': %s%s%s", (int)(len < 40 ? len : 40), names,
                                near < all->count ? "did you mean '" : "taplight -v shows the names",
                                near < all->count ? all->items[near]->name : "", near < all->count ? "'?" : "");
        if (len > 0)
            outputs->only[i] = true;
        names += len + (names[len] != '\0');
    }
    return TL_E_NONE;
}

/* Sets the names and rotation periods of the files. */
enum tl_failure tl_outputs_init(struct tl_outputs *outputs, const struct tl_options *o, struct tl_error *error)
{
    bool dated = o->rotate_ns > 0 && o->write != NULL && strchr(o->write, '%') != NULL;
    bool lines_dated = o->rotate_ns > 0 && o->output != NULL && strchr(o->output, '%') != NULL;
    *outputs = (struct tl_outputs){ .options = o, .protocols = tl_protocols_all() };
    if (o->only != NULL && choose_protocols(outputs, o->only, error) != TL_E_NONE) {
        free(outputs->only);
        return error->kind;
    }
    outputs->rotation = (struct tl_rotation){
        .bytes = o->rotate_bytes,
        .seconds = o->rotate_ns / 1000000000,
        .begin = time(NULL),
        .keep = o->rotate_keep,
        .packets = o->rotate_packets,
        .after = o->rotate_after,
        .aligned = o->rotate_align,
        .files = o->stop_files,
        .numbered = (o->rotate_bytes > 0 && o->stop_bytes == 0) || o->rotate_packets > 0 ||
                    (o->rotate_ns > 0 && ((o->write != NULL && !dated) || (o->write == NULL && !lines_dated))),
    };
    if (o->interface_count > 0 || rotates_files(outputs)) /* the file needs the end time too */
        outputs->notice = tl_live_notice;
    outputs->opener = tl_opener_new();
    if (outputs->opener == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory");
    const struct tl_opener_file printed = { .name = o->output, .append = true, .dated = lines_dated,
                                            .removable = o->rotate_keep > 0 };
    const struct tl_opener_file written = { .name = o->write, .dated = dated, .removable = o->rotate_keep > 0,
                                            .readable = o->beside }; /* the view reads it */
    outputs->file_index[0] = tl_opener_add(outputs->opener, &printed);
    outputs->file_index[1] = tl_opener_add(outputs->opener, &written);
    return TL_E_NONE;
}

void tl_outputs_fini(struct tl_outputs *outputs)
{
    tl_outputs_close(outputs);
    tl_journal_free(outputs->journal);
    outputs->journal = NULL;
    tl_opener_free(outputs->opener);
    outputs->opener = NULL;
    free(outputs->only);
    outputs->only = NULL;
}
