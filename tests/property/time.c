/*
 * time.c - records are the same bytes for any number of workers, any block size, from a file, a pipe or a compressed
 * copy, also where timestamps jump. Captures are made from a seed: see traffic.h. Flows that have a single timeout are
 * checked against a model of engine time too: all ways may agree and be wrong.
 *
 * TAPLIGHT_SEEDS=N tries N seeds, TAPLIGHT_FIRST_SEED=S begins with S; TAPLIGHT_KEEP=FILE writes the first capture that
 * fails.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "capture/clock.h"
#include "tests/property/traffic.h"

enum { SEEDS = 60, INPUTS_MOST = 2 };

/* What is read: one file or two, and how. */
struct job {
    uint64_t seed, random;
    struct trace trace;
    unsigned split; /* packets in the first file */
    enum format format;
    struct tl_buffer file[INPUTS_MOST];
    unsigned files;
    const char *filter;
    uint64_t most;
};

struct way {
    const char *name;
    uint32_t workers, block_packets;
    enum { A_FILE, A_PIPE, A_GZIP } from;
};

/* --- inputs --- */

static int memory_file(const void *data, size_t len)
{
    int fd = memfd_create("capture", MFD_CLOEXEC);
    if (fd < 0 || (len > 0 && write(fd, data, len) != (ssize_t)len))
        give_up("cannot write a capture");
    return fd;
}

static int gzip_file(const struct tl_buffer *b)
{
    z_stream z = { 0 };
    if (deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        give_up("out of memory");
    size_t room = deflateBound(&z, b->len);
    uint8_t *out = malloc(room);
    if (out == NULL)
        give_up("out of memory");
    z.next_in = b->data, z.avail_in = (unsigned)b->len, z.next_out = out, z.avail_out = (unsigned)room;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        give_up("cannot compress");
    int fd = memory_file(out, z.total_out);
    deflateEnd(&z);
    free(out);
    return fd;
}

struct pour {
    const struct tl_buffer *from;
    int fd;
    uint64_t random;
};

/* Writes in pieces of any length, so that a reader often finds half a packet. */
static void *pour(void *context)
{
    struct pour *p = context;
    for (size_t at = 0; at < p->from->len;) {
        size_t n = 1 + (size_t)below(&p->random, below(&p->random, 4) == 0 ? 50 : 8000);
        n = n < p->from->len - at ? n : p->from->len - at;
        ssize_t done = write(p->fd, p->from->data + at, n);
        if (done < 0)
            break;
        at += (size_t)done;
    }
    close(p->fd);
    return NULL;
}

/* --- runs --- */

static struct tl_buffer run_engine(const struct job *job, const struct way *way, const char *const *paths)
{
    struct tl_error error = { 0 };
    struct memory_sink records;
    memory_sink_init(&records, tl_records_sink(tl_output_open("/dev/null", &error), "."));
    struct tl_sink *sinks[] = { &records.sink };
    struct tl_engine_options options = { .inputs = paths, .input_count = job->files, .memory = 128 << 20,
                                         .decode = true, .filter = job->filter, .most = job->most, .workers = way->workers,
                                         .block_packets = way->block_packets, .timeouts = TL_TIMEOUTS_DEFAULT,
                                         .sinks = sinks, .sink_count = 1 };
    struct tl_engine *engine = tl_engine_new(&options, &error);
    if (engine == NULL || tl_engine_run(engine, &error) != TL_E_NONE)
        give_up(error.text);
    tl_engine_free(engine);
    struct tl_buffer text = records.text;
    tl_put_char(&text, 0);
    records.text = (struct tl_buffer){ 0 };
    memory_sink_fini(&records);
    if (text.failed)
        give_up("out of memory");
    return text;
}

static struct tl_buffer records_by(const struct job *job, const struct way *way)
{
    char names[INPUTS_MOST][32];
    const char *paths[INPUTS_MOST];
    int fds[INPUTS_MOST];
    pthread_t threads[INPUTS_MOST];
    struct pour pours[INPUTS_MOST];
    for (unsigned i = 0; i < job->files; i++) {
        const struct tl_buffer *file = &job->file[i];
        int ends[2];
        if (way->from == A_PIPE) {
            if (pipe2(ends, O_CLOEXEC) != 0)
                give_up("no pipe");
            fds[i] = ends[0];
            pours[i] = (struct pour){ file, ends[1], job->seed + i };
            if (pthread_create(&threads[i], NULL, pour, &pours[i]) != 0)
                give_up("no thread");
        } else {
            fds[i] = way->from == A_GZIP ? gzip_file(file) : memory_file(file->data, file->len);
        }
        snprintf(names[i], sizeof names[i], "/proc/self/fd/%d", fds[i]);
        paths[i] = names[i];
    }
    struct tl_buffer text = run_engine(job, way, paths);
    for (unsigned i = 0; i < job->files; i++) {
        close(fds[i]);
        if (way->from == A_PIPE)
            pthread_join(threads[i], NULL);
    }
    return text;
}

/* --- the model --- */

/* Engine time without an end to it. */
static void model_times(const struct job *job, __int128 *etime)
{
    __int128 now = 0;
    int64_t at = 0;
    bool started = false;
    for (unsigned i = 0; i < job->trace.count; i++) {
        int64_t ts = job->trace.frames[i].ts;
        bool last = i + 1 == job->trace.count || i + 1 == job->split;
        __int128 ahead = (__int128)ts - at, next = last ? 0 : job->trace.frames[i + 1].ts;
        if (ts != INT64_MIN && ts != INT64_MAX) {
            if (!started || (ahead >= 0 && ahead <= TL_CLOCK_STEP) ||
                (ahead > TL_CLOCK_STEP && (last || next >= (__int128)ts - TL_CLOCK_STEP)) ||
                (ahead < -TL_CLOCK_STEP && (last || next < (__int128)at - TL_CLOCK_STEP))) {
                now += started && ahead > 0 ? ahead : 0;
                at = ts;
                started = true;
            }
        }
        etime[i] = now;
    }
}

static uint64_t number_in(const char *line, const char *key)
{
    const char *at = strstr(line, key);
    return at != NULL ? strtoull(at + strlen(key), NULL, 10) : 0;
}

/* Datagrams that are not DNS live for a minute after the last: returns how many records say otherwise. */
static unsigned against_model(const struct job *job, const char *text)
{
    static __int128 etime[PACKETS_MOST];
    unsigned wrong = 0;
    model_times(job, etime);
    for (const char *line = text; *line != 0; line += strcspn(line, "\n") + 1) {
        char copy[1024];
        snprintf(copy, sizeof copy, "%.*s", (int)strcspn(line, "\n"), line);
        if (strstr(copy, "\"_path\":\"conn\"") == NULL || strstr(copy, "\"proto\":\"tcp\"") != NULL ||
            strstr(copy, "\"service\":\"dns\"") != NULL)
            continue;
        uint64_t last = number_in(copy, "\"last_pkt\":");
        if (last == 0 || last > job->trace.count)
            give_up("no record of this capture");
        bool idle = etime[job->trace.count - 1] - etime[last - 1] > 60 * SECOND;
        if (strstr(copy, idle ? "\"end\":\"idle\"" : "\"end\":\"eof\"") != NULL)
            continue;
        if (wrong++ == 0)
            printf("seed %llu: should end %s: %s\n", (unsigned long long)job->seed, idle ? "idle" : "eof", copy);
    }
    return wrong;
}

/* --- one seed --- */

static void make_job(struct job *job, uint64_t seed)
{
    static struct trace parts[2], whole;
    uint64_t *random = &job->random;
    static const char *const filters[] = { "udp", "tcp or icmp", "host 10.2.0.3", "port 1024" };
    *random = seed * UINT64_C(0x9e3779b97f4a7c15);
    job->seed = seed;
    unsigned count = below(random, 16) == 0 ? 2000 : 10 + (unsigned)below(random, 150);
    unsigned more = (unsigned)below(random, PARTS_MOST);
    parts[0].count = job->trace.count = 0;
    make_part(&job->trace, count, random);
    for (unsigned i = 0; i < more; i++) {
        parts[1].count = 0;
        make_part(&parts[1], 1 + (unsigned)below(random, count), random);
        join(&whole, &job->trace, &parts[1], random);
        job->trace = whole;
    }
    job->format = (enum format)below(random, FORMATS);
    int64_t shift = 0;
    if (job->format == PCAPNG_SHIFTED) /* to the ends of what a timestamp can be, and beyond */
        shift = (int64_t)below(random, 3) * INT64_C(4611686018) - (int64_t)below(random, 2) * INT64_C(9223372036);
    bool two = below(random, 4) == 0;
    job->files = two ? 2 : 1;
    job->split = two ? (unsigned)below(random, job->trace.count + 1) : job->trace.count;
    for (unsigned i = 0; i < job->files; i++) {
        job->file[i].len = 0;
        put_capture(&job->file[i], &job->trace, i == 0 ? 0 : job->split, i == 0 ? job->split : job->trace.count,
                    job->format, shift);
    }
    job->filter = below(random, 4) == 0 ? filters[below(random, TL_COUNT(filters))] : NULL;
    job->most = below(random, 8) == 0 ? 1 + below(random, job->trace.count) : 0;
}

static void keep(const struct job *job)
{
    static bool kept;
    const char *path = getenv("TAPLIGHT_KEEP");
    for (unsigned i = 0; !kept && path != NULL && i < job->files; i++) {
        char name[4096];
        snprintf(name, sizeof name, i == 0 ? "%s" : "%s.2", path);
        FILE *file = fopen(name, "wb");
        size_t len = job->file[i].len;
        if (file == NULL || fwrite(job->file[i].data, 1, len, file) != len || fclose(file) != 0)
            give_up("cannot keep the capture");
    }
    kept = true;
}

static void show_difference(const struct job *job, const struct way *way, const char *due, const char *got)
{
    while (*due != 0 && strcspn(due, "\n") == strcspn(got, "\n") && memcmp(due, got, strcspn(due, "\n")) == 0) {
        due += strcspn(due, "\n") + (due[strcspn(due, "\n")] != 0);
        got += strcspn(got, "\n") + (got[strcspn(got, "\n")] != 0);
    }
    printf("seed %llu: %s, %u workers, blocks of %u, filter %s, at most %llu:\n  due %.*s\n  got %.*s\n",
           (unsigned long long)job->seed, way->name, way->workers, way->block_packets,
           job->filter != NULL ? job->filter : "none", (unsigned long long)job->most, (int)strcspn(due, "\n"), due,
           (int)strcspn(got, "\n"), got);
}

static unsigned try_seed(struct job *job, uint64_t seed)
{
    static const struct way first = { "a file", 0, 0, A_FILE };
    make_job(job, seed);
    struct tl_buffer due = records_by(job, &first);
    uint32_t any = 2 + (uint32_t)below(&job->random, 40);
    const struct way ways[] = {
        { "a file", 0, 1, A_FILE },  { "a file", 0, any, A_FILE },     { "a file", 1, 0, A_FILE },
        { "a file", 2, any, A_FILE }, { "a file", 4, 1, A_FILE },       { "a file", 8, 0, A_FILE },
        { "a pipe", 0, 0, A_PIPE },  { "a pipe", 2, 0, A_PIPE },       { "gzip", 0, any, A_GZIP },
        { "gzip", 4, 0, A_GZIP },
    };
    unsigned wrong = 0;
    for (unsigned i = 0; i < TL_COUNT(ways); i++) {
        struct tl_buffer got = records_by(job, &ways[i]);
        if (got.len != due.len || memcmp(got.data, due.data, due.len) != 0) {
            if (wrong++ == 0)
                show_difference(job, &ways[i], (const char *)due.data, (const char *)got.data);
        }
        tl_buffer_fini(&got);
    }
    if (job->filter == NULL && job->most == 0)
        wrong += against_model(job, (const char *)due.data);
    if (wrong > 0)
        keep(job);
    tl_buffer_fini(&due);
    return wrong > 0;
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

int main(void)
{
    static struct job job;
    signal(SIGPIPE, SIG_IGN); /* readers leave early where there is a limit */
    uint64_t first = number_of("TAPLIGHT_FIRST_SEED", 1), count = number_of("TAPLIGHT_SEEDS", SEEDS), wrong = 0;
    for (uint64_t seed = first; seed < first + count; seed++)
        wrong += try_seed(&job, seed);
    printf("%llu seeds from %llu: %llu wrong\n", (unsigned long long)count, (unsigned long long)first,
           (unsigned long long)wrong);
    for (unsigned i = 0; i < INPUTS_MOST; i++)
        tl_buffer_fini(&job.file[i]);
    return wrong > 0 || count == 0;
}
