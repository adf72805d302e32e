/*
 * view.c - the list of the view equals the text output: every packet of every sample is decoded again from its bytes,
 * after the packets of its flow, and gives the same line as one pass over the whole file.
 */
#include "tests/property/samples.h"

#include <poll.h>

#include "core/keylog.h"
#include "ui/tasks/reader.h"

enum { MEMORY = 256 << 20, KEYLOG_MEMORY = 1 << 20, DECODE_MEMORY = 3 << 19, SHOWN = 5 };

struct check {
    struct tl_protocols protocols;
    uint64_t packets, wrong;
};

struct text { /* a sink that keeps the lines of another sink */
    struct tl_sink sink;
    struct tl_sink *lines;
    struct tl_buffer kept;
};

static void text_packet(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_packet *packet,
                        const struct tl_interface *interface, const struct tl_tree *tree)
{
    const struct text *t = (const struct text *)sink;
    t->lines->packet(t->lines, out, packet, interface, tree);
}

static void text_want(const struct tl_sink *sink, const struct tl_protocols *protocols, uint64_t *const wanted[])
{
    const struct text *t = (const struct text *)sink;
    t->lines->want(t->lines, protocols, wanted);
}

static enum tl_failure text_write(struct tl_sink *sink, const uint8_t *data, size_t len, struct tl_error *error)
{
    (void)error;
    tl_put(&((struct text *)sink)->kept, data, len);
    return TL_E_NONE;
}

static enum tl_failure text_close(struct tl_sink *sink, struct tl_error *error)
{
    (void)sink;
    (void)error;
    return TL_E_NONE;
}

static void put_line(struct tl_buffer *b, const struct tl_list_line *line, const struct tl_row *row)
{
    b->len = 0;
    if (line->source[0] != '\0')
        tl_put_format(b, "%s > %s ", line->source, line->destination);
    tl_put_format(b, "%s %u%s%s", line->protocol, row->len, line->info[0] != '\0' ? " " : "", line->info);
}

static void wait_for(struct tl_reader *reader, uint64_t first, uint64_t count, struct tl_list_line *line)
{
    struct pollfd fd = { .fd = tl_reader_fd(reader), .events = POLLIN };
    for (uint64_t i = first; i < first + count;) {
        if (tl_reader_line(reader, i, line)) {
            i++;
            continue;
        }
        if (poll(&fd, 1, 10000) <= 0)
            give_up("the reader does not answer");
        tl_reader_news(reader);
    }
}

/* The list truncates longer lines. */
static bool same(const struct tl_buffer *seen, const char *due, size_t len)
{
    if (seen->len >= TL_LINE_INFO - 8 && seen->len < len)
        len = seen->len;
    return seen->len == len && memcmp(seen->data, due, len) == 0;
}

/* Returns what follows the time of a line: 22:13:20.000000, or [after 2262]. */
static const char *after_time(const char *line)
{
    const char *end = *line == '[' ? strstr(line, "] ") : NULL;
    return end != NULL ? end + 2 : line + strcspn(line, " ") + 1;
}

static void compare(struct check *check, const char *path, const struct tl_store *store, struct tl_reader *reader,
                    const struct tl_buffer *text)
{
    struct tl_list_line line;
    struct tl_row row;
    struct tl_buffer seen = { 0 };
    const char *at = (const char *)text->data;
    uint64_t rows[TL_READER_LINES], count = tl_store_count(store);
    for (uint64_t i = 0; i < count; i++) {
        if (i % TL_READER_LINES == 0) {
            uint64_t n = count - i < TL_READER_LINES ? count - i : TL_READER_LINES;
            for (uint64_t k = 0; k < n; k++)
                rows[k] = i + k;
            tl_reader_want_lines(reader, rows, (uint32_t)n);
            wait_for(reader, i, n, &line);
        }
        const char *end = strchr(at, '\n');
        if (!tl_store_row(store, i, &row) || !tl_reader_line(reader, i, &line) || end == NULL)
            give_up("a packet is not in the store, or not in the text");
        const char *due = after_time(at);
        put_line(&seen, &line, &row);
        if (line.gone || !same(&seen, due, (size_t)(end - due))) {
            if (check->wrong++ < SHOWN)
                printf("%s, packet %llu:\n  %.*s\n  %.*s\n", path, (unsigned long long)i + 1, (int)(end - due), due,
                       (int)seen.len, (const char *)seen.data);
        }
        at = end + 1;
        check->packets++;
    }
    tl_buffer_fini(&seen);
}

static void visit(void *context, const char *path)
{
    struct check *check = context;
    struct tl_error error = { 0 };
    struct tl_text_options plain = { 0 };
    struct text text = { .sink = { .want = text_want, .packet = text_packet, .write = text_write, .close = text_close } };
    struct tl_keylog *keylog = tl_keylog_new(KEYLOG_MEMORY); /* secrets that are in the file */
    struct tl_engine_options options = { .inputs = &path, .input_count = 1, .memory = MEMORY, .decode = true,
                                         .keylog = keylog, .checksums = TL_CHECKSUMS_AUTO,
                                         .timeouts = TL_TIMEOUTS_DEFAULT };
    if (keylog == NULL)
        give_up("out of memory");
    struct tl_engine *engine = tl_engine_new(&options, &error);
    if (engine == NULL) { /* some samples are damaged files */
        tl_keylog_free(keylog);
        return;
    }
    struct tl_store *store = tl_store_new(MEMORY);
    text.lines = tl_text_sink(tl_output_open("/dev/null", &error), &check->protocols, &plain);
    if (store == NULL || text.lines == NULL)
        give_up("out of memory");
    struct tl_sink *sinks[] = { &text.sink, tl_store_sink(store) };
    tl_engine_set_sinks(engine, sinks, 2);
    tl_engine_run(engine, &error);
    tl_put_char(&text.kept, '\0');
    struct tl_inputs inputs;
    if (!tl_inputs_open(&inputs, &path, 1))
        give_up("out of memory");
    struct tl_packet_source with = { .store = store, .interfaces = tl_engine_interfaces(engine), .opened = &inputs,
                                      .keylog = keylog, .decode_memory = DECODE_MEMORY, .checksums = TL_CHECKSUMS_AUTO };
    struct tl_reader *reader = tl_reader_new(&with, NULL, &error);
    if (reader == NULL)
        give_up(error.text);
    compare(check, path, store, reader, &text.kept);
    tl_reader_free(reader);
    tl_inputs_close(&inputs);
    tl_engine_free(engine);
    tl_keylog_free(keylog);
    tl_store_free(store);
    text.lines->close(text.lines, &error);
    text.lines->free(text.lines);
    tl_buffer_fini(&text.kept);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        give_up("usage: view SAMPLES");
    struct check check = { .protocols = tl_protocols_all() };
    unsigned samples = each_sample(argv[1], visit, &check);
    printf("%u samples, %llu packets, %llu lines differ\n", samples, (unsigned long long)check.packets,
           (unsigned long long)check.wrong);
    return check.packets == 0 || check.wrong > 0;
}
