/* main.c - taplight-samples OUTDIR writes every generated sample, the same bytes each time; --list prints what they
 * are. */
#include "gen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct sample *const rooms[] = { link_samples, carried_samples, tunnel_samples, ip_samples,    fragment_samples,
                                              tcp_option_samples, icmp_samples,   dns_samples,   dns_stream_samples,
                                              malformed_samples,  file_samples,   pcapng_samples, snoop_samples, ntp_samples,
                                              http_samples, smtp_samples, hostile_samples, tftp_samples,
                                              socks_samples, ftp_samples };

static void make_parent(const char *path)
{
    char dir[4096];
    for (const char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        size_t len = (size_t)(slash - path);
        if (len >= sizeof dir)
            die("path too long");
        memcpy(dir, path, len);
        dir[len] = '\0';
        if (mkdir(dir, 0777) != 0 && errno != EEXIST)
            die(dir);
    }
}

static void write_one(libnet_t *net, const char *outdir, const char *name,
                      void (*write)(struct capture *, const void *), const void *arg)
{
    char path[4096];
    struct capture c = { .net = net, .ns = INT64_C(1700000000000000000), .step = 10000000 };
    if (snprintf(path, sizeof path, "%s/%s", outdir, name) >= (int)sizeof path)
        die("path too long");
    make_parent(path);
    write(&c, arg);
    capture_write(&c, path);
    free(c.data);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: taplight-samples OUTDIR | --list\n");
        return 2;
    }
    bool list = strcmp(argv[1], "--list") == 0;
    char why[LIBNET_ERRBUF_SIZE];
    libnet_t *net = libnet_init(LIBNET_NONE, NULL, why); /* builds only: no interface, no privilege */
    if (net == NULL)
        die(why);
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        for (const struct sample *s = rooms[i]; s->path != NULL; s++) {
            if (list)
                printf("| `%s` | %s |\n", s->path, s->holds);
            else
                write_one(net, argv[1], s->path, s->write, s->arg);
        }
    }
    for (const struct script *s = tcp_scripts; s->path != NULL; s++) {
        if (list)
            printf("| `%s` | %s |\n", s->path, s->holds);
        else
            write_one(net, argv[1], s->path, script_write, s);
    }
    libnet_destroy(net);
    return 0;
}
