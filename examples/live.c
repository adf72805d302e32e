/* live.c - prints requests of DNS and HTTP as an interface sees them, for some seconds: live INTERFACE SECONDS. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <taplight/taplight.h>

static struct taplight_reader *reader;

static void stop(int signal)
{
    (void)signal;
    taplight_stop(reader);
}

int main(int argc, char **argv)
{
    static const char *const kinds[] = { "dns", "http" };
    struct taplight_options options;
    struct taplight_error error;
    struct taplight_counters counters = { .size = sizeof counters };
    enum taplight_event event;
    size_t len;
    if (argc < 3) {
        fputs("usage: live INTERFACE SECONDS\n", stderr);
        return 2;
    }
    const char *interfaces[] = { argv[1] };
    taplight_options_init(&options);
    options.interfaces = interfaces;
    options.interface_count = 1;
    options.take = TAPLIGHT_RECORDS;
    options.kinds = kinds;
    options.kind_count = 2;
    reader = taplight_open(&options, &error);
    if (reader == NULL) {
        fprintf(stderr, "live: %s\n", error.text);
        return (int)error.kind;
    }
    (void)signal(SIGALRM, stop);
    (void)signal(SIGINT, stop);
    (void)alarm((unsigned)strtoul(argv[2], NULL, 10));
    puts("listening");
    (void)fflush(stdout);
    while ((event = taplight_next(reader, -1, &error)) == TAPLIGHT_RECORD)
        puts(taplight_record_json(taplight_record(reader), &len));
    taplight_counters(reader, &counters);
    printf("%llu packets, %llu dropped\n", (unsigned long long)counters.packets,
           (unsigned long long)(counters.dropped_kernel + counters.dropped_reader));
    taplight_close(reader);
    return event == TAPLIGHT_FAILED ? (int)error.kind : 0;
}
