/*
 * streams.c - a TCP conversation gives the same transactions for any segmentation, order and repetition, except times
 * and packet numbers. Tested on the conversations of all samples, and on 30 corpus captures if available.
 */
#include <unistd.h>

#include "tests/property/talk.h"

enum { TALKS_MOST = 64, BYTES_MOST = 200000, OUTSIDE = 30, NEXT_WAITS = 4096 /* dissectors/http/http_stream.c */, FTP_SESSION = 256 };

/* Collects the streams of each flow as a conversation. */
struct gatherer {
    struct tl_sink sink;
    struct talk talks[TALKS_MOST];
    char uids[TALKS_MOST][TL_UID_LEN];
    uint8_t first[TALKS_MOST][16]; /* address of side 0: the flow's endpoints may swap roles later */
    unsigned count;
};

struct test {
    const char *capture; /* path of the file to write */
    uint64_t random;
    unsigned rounds, per_file;
    unsigned files, talks, records, ways, wrong;
    unsigned files_most; /* files with transactions */
};

/* Called in the only thread, so it may store data. */
static void gather(const struct tl_sink *sink, struct tl_buffer *out, const struct tl_stream_piece *piece)
{
    union {
        const struct tl_sink *shown;
        struct gatherer *g;
    } is = { .shown = sink };
    struct gatherer *g = is.g;
    unsigned i = 0;
    size_t len = piece->id->version == 6 ? 16 : 4;
    (void)out;
    while (i < g->count && memcmp(g->uids[i], piece->id->uid, TL_UID_LEN) != 0)
        i++;
    if (i == g->count) {
        if (g->count == TALKS_MOST || piece->bytes.len == 0)
            return;
        memcpy(g->uids[i], piece->id->uid, TL_UID_LEN);
        memcpy(g->first[i], piece->id->orig_addr, len);
        g->talks[i] = (struct talk){ .port = { piece->id->orig_port, piece->id->resp_port }, .whole = true };
        g->count++;
    }
    struct talk *t = &g->talks[i];
    bool turned = piece->id->orig_port != t->port[0] || memcmp(piece->id->orig_addr, g->first[i], len) != 0;
    unsigned side = piece->side ^ turned;
    t->whole &= piece->gap == 0 && t->bytes[side].len + piece->bytes.len <= BYTES_MOST;
    if (t->whole && piece->bytes.len > 0)
        talk_say(t, side, piece->bytes.data, piece->bytes.len);
}

static enum tl_failure no_close(struct tl_sink *sink, struct tl_error *error)
{
    (void)sink, (void)error;
    return TL_E_NONE;
}

static void read_talks(struct gatherer *g, const char *path)
{
    struct tl_error error = { 0 };
    *g = (struct gatherer){ .sink = { .stream = gather, .close = no_close } };
    struct tl_sink *sinks[] = { &g->sink };
    tl_keylog_free(sample_secrets);
    sample_secrets = tl_keylog_new(1 << 20);
    if (sample_secrets == NULL)
        give_up("out of memory");
    struct tl_engine_options options = { .inputs = &path, .input_count = 1, .memory = 64 << 20, .decode = true,
                                         .keylog = sample_secrets,
                                         .timeouts = TL_TIMEOUTS_DEFAULT, .sinks = sinks, .sink_count = 1 };
    struct tl_engine *engine = tl_engine_new(&options, &error);
    if (engine == NULL)
        return;
    (void)tl_engine_run(engine, &error);
    tl_engine_free(engine);
}

static bool try_way(struct test *test, const struct talk *t, const struct lines *expected, unsigned way, const char *name)
{
    static struct piece pieces[PIECES_MOST];
    unsigned count = cut_talk(pieces, t, way, &test->random);
    write_pieces(test->capture, t, pieces, count, UINT32_MAX, true, &test->random);
    struct lines got = transactions(test->capture);
    const char *missing = first_missing(expected, &got), *extra = first_missing(&got, expected);
    bool same = missing == NULL && extra == NULL;
    if (!same && test->wrong < 20)
        printf("%s, ports %u and %u, way %u:\n  due %.600s\n  got %.600s\n", name, t->port[0], t->port[1], way,
               missing ? missing : "-", extra ? extra : "-");
    lines_fini(&got);
    test->ways++;
    test->wrong += !same;
    return same;
}

/* A side that sent nothing has no memory. */
static bool contains(const struct tl_buffer *said, const char *text)
{
    return said->len > 0 && memmem(said->data, said->len, text, strlen(text)) != NULL;
}

/* Returns the number of transactions of the conversation. */
static unsigned try_talk(struct test *test, const struct talk *t, const char *name)
{
    static struct piece pieces[PIECES_MOST];
    unsigned count = cut_talk(pieces, t, STRAIGHT, &test->random);
    write_pieces(test->capture, t, pieces, count, UINT32_MAX, false, &test->random);
    struct lines expected = transactions(test->capture);
    unsigned records = expected.count;
    /* Which side is the client. What it sends after CONNECT or Upgrade waits for the answer only up to a limit. */
    const struct tl_buffer *said = &t->bytes[0];
    bool asks = said->len > NEXT_WAITS && (contains(said, "CONNECT ") || contains(said, "Upgrade: "));
    /* An FTP session of many commands: with all of them waiting, some replies fit several. */
    bool transfers = t->port[1] == 21 && said->len > FTP_SESSION;
    /* What follows a header section with Expect is its body or, after a refusal, the next request. */
    bool expects = contains(said, "Expect: 100-continue");
    /* What is sent to a tunnel of HTTP/2 before it is granted is not read. */
    bool tunnels = contains(said, "PRI * HTTP/2.0") && contains(said, "CONNECT");
    /* An upgrade to HTTP/2 whose request is missing: HTTP/1 is known by its answer only. */
    bool upgrades = contains(said, "PRI * HTTP/2.0") && contains(&t->bytes[1], "101 Switching Protocols");
    /* A client of MQTT acknowledges messages of the server, which use their identifiers again. */
    bool acknowledges = contains(said, "MQTT") || contains(said, "MQIsdp");
    /* From the result of a bind with SASL on, messages may be wrapped. */
    bool wraps = contains(said, "GSSAPI") || contains(said, "GSS-SPNEGO");
    /*
     * A server of MySQL speaks first, one of PostgreSQL accepts the login before there are queries, one of SMB gives the
     * numbers of what the next requests name, one of RFB what the client may choose from, one of Telnet asks;
     * DNP3 has few numbers for requests.
     */
    static const uint16_t ordered[] = { 23, 135, 139, 445, 3306, 5432, 5900, 5901, 5902, 20000 };
    bool greets = false;
    for (size_t i = 0; i < TL_COUNT(ordered); i++)
        greets |= t->port[1] == ordered[i];
    bool order_counts = t->port[0] <= t->port[1] || said->len == 0 || asks || transfers || expects || tunnels ||
                        upgrades || acknowledges || wraps || greets;
    /* An answer of DCE/RPC that is read before the end of its request, as pieces of both sides can change places. */
    bool answers = said->len > 3 && memcmp(said->data, "\5\0\13", 3) == 0;
    for (unsigned round = 0; records > 0 && !answers && round < test->rounds; round++)
        try_way(test, t, &expected, ROUGH | (round % 4 == 3 && !order_counts ? CLIENT_FIRST : 0), name);
    lines_fini(&expected);
    return records;
}

static void try_file(void *context, const char *path)
{
    struct test *test = context;
    static struct gatherer g;
    unsigned found = 0;
    if (test->files >= test->files_most)
        return;
    read_talks(&g, path);
    for (unsigned i = 0; i < g.count; i++) {
        unsigned records = 0;
        if (g.talks[i].whole && found < test->per_file)
            records = try_talk(test, &g.talks[i], path);
        found += records > 0;
        test->records += records;
        talk_fini(&g.talks[i]);
    }
    test->talks += found;
    test->files += found > 0;
}

static void report(const struct test *test, const char *what)
{
    printf("%s: %u captures, %u conversations, %u transactions, %u of %u ways of cutting differ\n", what, test->files,
           test->talks, test->records, test->wrong, test->ways);
}

/* Corpus captures: every third, so that all folders are included. */
static void try_outside(void *context, const char *path)
{
    static unsigned number;
    if (number++ % 3 == 0)
        try_file(context, path);
}

int main(int argc, char **argv)
{
    char capture[] = "/tmp/taplight-streams-XXXXXX";
    if (argc < 2)
        give_up("usage: property_streams SAMPLES [CORPUS]");
    int fd = mkstemp(capture);
    if (fd < 0)
        give_up("cannot make a temporary file");
    close(fd);
    struct test samples = { .capture = capture, .random = 1, .rounds = 3, .per_file = TALKS_MOST, .files_most = UINT32_MAX };
    each_sample(argv[1], try_file, &samples);
    report(&samples, "samples");
    unsigned wrong = samples.wrong + (samples.records == 0);
    if (argc > 2 && access(argv[2], R_OK) == 0) {
        struct test outside = { .capture = capture, .random = 2, .rounds = 4, .per_file = 2, .files_most = OUTSIDE };
        each_sample(argv[2], try_outside, &outside);
        report(&outside, "corpus captures");
        wrong += outside.wrong + (outside.files < OUTSIDE);
    } else {
        printf("corpus captures: not available, skipped\n");
    }
    unlink(capture);
    tl_keylog_free(sample_secrets);
    return wrong > 0;
}
