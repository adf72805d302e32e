/*
 * steer.c - runs an engine on interface argv[1] and controls it from another thread by lines of standard input: "filter
 * EXPRESSION" sets the filter and prints "set" or the error, "count" prints the number of packets that matched, "end"
 * stops.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "capture/live.h"
#include "pipeline/engine.h"

static void *steer(void *context)
{
    struct tl_engine *engine = context;
    char line[256];
    while (fgets(line, sizeof line, stdin) != NULL && strcmp(line, "end\n") != 0) {
        struct tl_error error = { .kind = TL_E_NONE };
        struct tl_counters counters;
        line[strcspn(line, "\n")] = '\0';
        tl_engine_counters(engine, &counters);
        if (strncmp(line, "filter ", 7) != 0)
            printf("%llu\n", (unsigned long long)counters.passed);
        else
            puts(tl_engine_set_filter(engine, line + 7, &error) == TL_E_NONE ? "set" : error.text);
        fflush(stdout);
    }
    tl_engine_stop(engine);
    return NULL;
}

int main(int argc, char *argv[])
{
    const char *name = argc > 1 ? argv[1] : "lo";
    const struct tl_live_options live = { .names = &name, .count = 1 };
    const struct tl_engine_options options = {
        .live = &live, .filter = "udp port 53", .memory = 64 << 20, .workers = 2, .timeouts = TL_TIMEOUTS_DEFAULT
    };
    struct tl_error error = { .kind = TL_E_NONE };
    pthread_t thread;
    struct tl_engine *engine = tl_engine_new(&options, &error);
    if (engine == NULL || pthread_create(&thread, NULL, steer, engine) != 0) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    enum tl_failure failure = tl_engine_run(engine, &error);
    pthread_join(thread, NULL);
    tl_engine_free(engine);
    return (int)failure;
}
