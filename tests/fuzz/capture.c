/*
 * capture.c - fuzzes capture files: the whole engine reads one and discards every kind of output.
 * Input: a byte of options, then the file. It is read as a plain file or from a pipe.
 */
#include "harness.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dissectors/registry.h"
#include "export/sinks.h"
#include "pipeline/engine.h"

enum { PIPED = 1, THREADS = 2, PCAPNG = 4, UNDECODED = 8, FILTERED = 16, FEW = 32, SCARCE = 64,
       PIPE_ROOM = 1 << 20, SINKS = 5 };

static int input_of(const uint8_t *data, size_t size, bool piped)
{
    int ends[2];
    if (!piped) {
        int fd = memfd_create("capture", MFD_CLOEXEC);
        FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
        return fd;
    }
    FUZZ_CHECK(pipe2(ends, O_CLOEXEC) == 0);
    if (size > 4096)
        FUZZ_CHECK(fcntl(ends[1], F_SETPIPE_SZ, PIPE_ROOM) >= 0);
    FUZZ_CHECK(write(ends[1], data, size) == (ssize_t)size);
    close(ends[1]);
    return ends[0];
}

/* Creates as many sinks as memory allows. */
static uint32_t make_sinks(struct tl_sink *sinks[SINKS], const struct tl_protocols *protocols,
                           const struct tl_interfaces *interfaces, bool pcapng)
{
    static const struct tl_text_options all = { .tree = true, .dump = TL_DUMP_ALL };
    uint32_t count = 0;
    for (unsigned kind = 0; kind < SINKS; kind++) {
        struct tl_output *output = tl_output_open("/dev/null", NULL);
        struct tl_sink *sink = NULL;
        if (output == NULL)
            continue;
        if (kind == 0)
            sink = tl_records_sink(output, ".");
        else if (kind == 1)
            sink = tl_packets_sink(output, protocols);
        else if (kind == 2)
            sink = tl_text_sink(output, protocols, &all);
        else if (kind == 3)
            sink = tl_text_sink(output, protocols, &(struct tl_text_options){ 0 });
        else
            sink = tl_capture_file_sink(output, interfaces, pcapng, "/dev/null");
        if (sink != NULL)
            sinks[count++] = sink;
    }
    return count;
}

void fuzz_one(const uint8_t *data, size_t size)
{
    if (size == 0 || size > PIPE_ROOM)
        return;
    uint8_t options = data[0];
    char path[32];
    int fd = input_of(data + 1, size - 1, (options & PIPED) != 0);
    snprintf(path, sizeof path, "/dev/fd/%d", fd);
    const char *const inputs[] = { path };
    struct tl_engine_options o = {
        .inputs = inputs,
        .input_count = 1,
        .filter = options & FILTERED ? "greater 40" : NULL,
        .most = options & FEW ? 3 : 0,
        .workers = options & THREADS ? 2 : 0,
        .memory = options & SCARCE ? 1 << 20 : 1 << 24,
        .decode = (options & UNDECODED) == 0,
        .checksums = TL_CHECKSUMS_AUTO,
        .meta = true,
        .timeouts = TL_TIMEOUTS_DEFAULT,
    };
    struct tl_error error = { 0 };
    struct tl_engine *engine = tl_engine_new(&o, &error);
    FUZZ_CHECK((engine == NULL) == (error.kind != TL_E_NONE));
    if (engine != NULL) {
        struct tl_protocols protocols = tl_protocols_all();
        struct tl_sink *sinks[SINKS];
        uint32_t count = make_sinks(sinks, &protocols, tl_engine_interfaces(engine), (options & PCAPNG) != 0);
        tl_engine_set_sinks(engine, sinks, count);
        FUZZ_CHECK(tl_engine_run(engine, &error) == error.kind);
        for (uint32_t i = 0; i < count; i++)
            sinks[i]->free(sinks[i]);
        tl_engine_free(engine);
    }
    FUZZ_CHECK(error.kind == TL_E_NONE || error.text[0] != '\0');
    close(fd);
}
