/*
 * channel.c - fuzzes channels: children, changes of protocol, gaps, ends and expectations in any order, with little
 * memory or much. The protocols are those of tests/unit/decoder_fixture.h, which do what the lines they read say.
 *
 * Input: a byte of options; then steps of two bytes and what their line needs: which line, and its side, conversation,
 * and whether it is sent at once, cut within, or comes after bytes that are lost. Lines for children nest.
 */
#include "harness.h"

#include "tests/unit/decoder_fixture.h"

enum { OPTION_SCARCE = 1, OPTION_TREE = 2, OPTION_STREAM = 4, OPTION_BODY = 8, /* of the whole run */
       STEP_SIDE = 1, STEP_TALK = 2, STEP_SEND = 4, STEP_LOST = 8, STEP_TEXT = 16, STEP_NEW = 32, STEP_LATER = 64,
       STEPS_MOST = 300, LINES = 24, NESTED_MOST = 3, TALKS = 2, WORDS = 16, LINE_MOST = 900 };

struct run {
    struct script script;
    struct script_talk talks[TALKS];
    struct tl_buffer said[TALKS][2]; /* not sent yet */
    uint16_t port;
    uint64_t told;
};

static char letter(struct fuzz_input *in)
{
    return "abc?"[fuzz_u8(in) & 3];
}

/* A line for a protocol that is `nested` channels within the flow's own. */
static void put_line(struct tl_buffer *b, struct fuzz_input *in, unsigned nested)
{
    static const char ends[NESTED_MOST] = { '\n', '|', '^' };
    unsigned which = fuzz_u8(in) % LINES, id = fuzz_u8(in) & 7, side = id & 1;
    switch (which) {
    case 0:
        tl_put_format(b, "=open %u %c %c", id, fuzz_u8(in) & 1 ? 'd' : 's', letter(in));
        break;
    case 1:
    case 2:
    case 3:
    case 4:
        tl_put_format(b, "=push %u %u ", id, side);
        for (unsigned n = fuzz_u8(in) & 3; n > 0 && nested + 1 < NESTED_MOST; n--)
            put_line(b, in, nested + 1);
        break;
    case 5:
        tl_put_format(b, "=gap %u %u %u", id, side, fuzz_u16(in));
        break;
    case 6:
        tl_put_format(b, "=end %u %u", id, side);
        break;
    case 7:
        tl_put_format(b, "=close %u", id);
        break;
    case 8:
    case 9:
        tl_put_format(b, "=upgrade %c %u", letter(in), fuzz_u8(in));
        break;
    case 10:
        tl_put_format(b, "=switch %c", letter(in));
        break;
    case 11:
        tl_put_format(b, "=keep %u", fuzz_u16(in));
        break;
    case 12:
        tl_put_format(b, "=expect %u %u %u %u %c %u", fuzz_u8(in) & 1 ? 17 : 6, 1 + side, 6000 + id,
                      id & 2 ? 0 : 2 - side, letter(in), id);
        break;
    case 13:
        tl_put_format(b, "=many %u", fuzz_u16(in));
        break;
    default: {
        static const char *const plain[] = { "=deep", "=forget", "=told", "=ask", "=refuse", "=turn", "=confirm",
                                             "=violate", "=body x", "=grant b" };
        tl_puts(b, which - 14 < TL_COUNT(plain) ? plain[which - 14] : "text");
    }
    }
    tl_put_char(b, ends[nested]);
}

static void on_stream(void *context, const struct tl_piece_of_flow *piece)
{
    struct run *r = context;
    FUZZ_CHECK(piece->flow != NULL && piece->side < 2);
    r->told += piece->bytes.len;
}

static void on_body(void *context, const struct tl_body_piece *piece)
{
    struct run *r = context;
    FUZZ_CHECK(piece->body->id > 0 && (piece->facts != NULL) == (piece->event == TL_BODY_BEGIN));
    r->told += piece->bytes.len;
}

static void on_record(void *context, const struct tl_record_def *def, const struct tl_record *record,
                      const struct tl_flow_id *id)
{
    struct run *r = context;
    FUZZ_CHECK(def != NULL && record != NULL && id != NULL);
    r->told++;
}

/* What a side has said so far, or its beginning, in one packet. */
static void send(struct run *r, unsigned talk, unsigned side, size_t most)
{
    struct tl_buffer *said = &r->said[talk][side];
    size_t n = said->len < most ? said->len : most;
    if (n == 0 || said->failed)
        return;
    script_bytes(&r->script, &r->talks[talk], side, said->data, (uint32_t)n);
    memmove(said->data, said->data + n, said->len - n);
    said->len -= n;
    r->script.log.len = 0;
}

static void step(struct run *r, struct fuzz_input *in)
{
    unsigned how = fuzz_u8(in), talk = (how & STEP_TALK) != 0, side = how & STEP_SIDE;
    struct script_talk *t = &r->talks[talk];
    if (how & STEP_NEW) {
        r->said[talk][0].len = r->said[talk][1].len = 0;
        *t = script_talk(how & STEP_TEXT ? 17 : 6, (uint16_t)(6000 + (r->port++ & 15)));
        if (how & STEP_LATER) /* a flow that may have been expected */
            t->ports[1] = (uint16_t)(6000 + (how & 7));
    }
    if (how & STEP_LATER)
        r->script.now += INT64_C(30000000000);
    if (how & STEP_LOST)
        t->seq[side] += 3;
    if (how & STEP_TEXT)
        tl_put_format(&r->said[talk][side], "%c", "ABC?x\n"[fuzz_u8(in) % 6]);
    else
        put_line(&r->said[talk][side], in, 0);
    if (how & STEP_SEND || r->said[talk][side].len > LINE_MOST)
        send(r, talk, side, how & STEP_LATER ? fuzz_u8(in) : LINE_MOST);
}

static void run_script(struct run *r, struct fuzz_input *in, unsigned options)
{
    static const uint64_t every[WORDS] = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
                                           UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
                                           UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };
    const uint64_t *wanted[TL_PROTOCOL_COUNT];
    struct tl_decoder *decoder = r->script.decoder;
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++)
        wanted[i] = every;
    uint64_t before = tl_decoder_counters(decoder).memory_used;
    tl_decoder_show(decoder, options & OPTION_TREE ? wanted : NULL);
    for (unsigned i = 0; i < TALKS; i++)
        r->talks[i] = script_talk(i == 0 ? 6 : 17, (uint16_t)(6000 + r->port++));
    for (unsigned i = 0; i < STEPS_MOST && in->at < in->end; i++)
        step(r, in);
    for (unsigned i = 0; i < 2 * TALKS; i++)
        send(r, i / 2, i & 1, LINE_MOST);
    tl_decoder_finish(decoder);
    r->script.log.len = 0;
    FUZZ_CHECK(tl_decoder_counters(decoder).flows_active == 0);
    /* What is still expected is kept: it is forgotten when the next flow begins much later. */
    r->script.now += (TL_EXPECT_SECONDS + 1) * INT64_C(1000000000);
    r->talks[0] = script_talk(6, 6000);
    script_text(&r->script, &r->talks[0], 0, "x");
    tl_decoder_finish(decoder);
    FUZZ_CHECK(tl_decoder_counters(decoder).memory_used == before);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    struct fuzz_input in = { data, data + size };
    unsigned options = fuzz_u8(&in);
    struct run r = { .port = 1 };
    struct tl_listener listener = { .record = on_record, .context = &r };
    if (options & OPTION_STREAM)
        listener.stream = listener.datagram = on_stream;
    if (options & OPTION_BODY)
        listener.body = on_body;
    r.script.options.listener = listener;
    if (script_new(&r.script, options & OPTION_SCARCE ? 1 << 18 : 1 << 22))
        run_script(&r, &in, options);
    for (unsigned i = 0; i < 2 * TALKS; i++)
        tl_buffer_fini(&r.said[i / 2][i & 1]);
    script_free(&r.script);
}
