/* ftp_data.c - the data flow of FTP that its control flow announced: a file or a list, passed on unchanged. */
#include "dissectors/ftp/ftp.h"

enum { COMMAND, LENGTH };

static const struct tl_field fields[] = {
    [COMMAND] = { "ftp-data.command", "Command", .type = TL_TEXT, .flags = TL_DERIVED,
                  .help = "That it was announced for, where the control flow had said so" },
    [LENGTH] = { "ftp-data.length", "Length", .type = TL_U32, .flags = TL_DERIVED, .unit = "bytes" },
};

struct flow {
    struct tl_body body[2]; /* by side */
    bool begun[2];
};

static void begin(struct tl_dissection *d, struct flow *flow, const struct tl_stream *s)
{
    struct tl_bytes note = tl_expectation(d).note, name = { NULL, 0 };
    struct tl_bytes word = tl_ftp_word(note);
    const struct tl_ftp_verb *verb = tl_ftp_verb_of(word);
    if (verb != NULL && (verb->kind == TL_FTP_RETR || verb->kind == TL_FTP_UPLOAD) && note.len > word.len + 1)
        name = (struct tl_bytes){ note.data + word.len + 1, note.len - word.len - 1 };
    struct tl_body_facts facts = { .source = "FTP_DATA", .name = name, .total = UINT64_MAX, .side = s->side };
    flow->begun[s->side] = true;
    tl_confirm(d);
    tl_body_begin(d, &flow->body[s->side], &facts);
}

static void show(struct tl_dissection *d, uint32_t n)
{
    struct tl_bytes note = tl_expectation(d).note;
    tl_ftp_begin_layer(d);
    if (note.len > 0)
        tl_add_text(d, COMMAND, d->c.off, 0, note.data, note.len);
    tl_add(d, LENGTH, d->c.off, 0, n);
}

static struct tl_want ftp_data_stream(struct tl_dissection *d, struct tl_stream *s)
{
    struct flow *flow = d->flow.slot;
    struct tl_want rest = { TL_WANT_BODY, UINT64_MAX, NULL };
    if (flow == NULL)
        return tl_ftp_nothing();
    if (s->event == TL_EV_OPEN)
        return rest;
    if (s->event == TL_EV_END) {
        if (flow->begun[s->side])
            tl_body_end(d, &flow->body[s->side]);
        return tl_ftp_nothing();
    }
    if (!flow->begun[s->side])
        begin(d, flow, s);
    if (s->event == TL_EV_GAP) {
        tl_body_gap(d, &flow->body[s->side], s->gap);
        return rest;
    }
    uint32_t n = tl_cursor_left(&d->c);
    if (d->wanted != NULL)
        show(d, n);
    tl_body_data(d, &flow->body[s->side], (struct tl_bytes){ d->c.base + d->c.off, n });
    tl_skip(d, n);
    return rest;
}

/* An announced flow is ftp-data even without a byte. */
static void ftp_data_finish(struct tl_dissection *d)
{
    const struct flow *flow = d->flow.slot;
    if (flow != NULL && !flow->begun[0] && !flow->begun[1])
        tl_confirm(d);
}

const struct tl_protocol tl_protocol_ftp_data = {
    .name = "ftp-data",
    .title = "FTP Data",
    .service = "ftp-data",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .info = "{length} bytes[ ({command})]",
    .stream = ftp_data_stream,
    .finish = ftp_data_finish,
};
