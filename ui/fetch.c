/* fetch.c - reads with pread(): a file that is cut meanwhile is a short read, not a signal. */
#include "ui/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

bool tl_fetch_init(struct tl_fetch *fetch, const struct tl_reader_options *options)
{
    *fetch = (struct tl_fetch){ .store = options->store, .interfaces = options->interfaces };
    fetch->files = malloc((options->input_count + 1) * sizeof *fetch->files);
    if (fetch->files == NULL)
        return false;
    for (uint32_t i = 0; i < options->input_count; i++) {
        const char *name = options->inputs[i];
        fetch->files[i] = strcmp(name, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                                 : open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    }
    fetch->file_count = options->input_count;
    return true;
}

void tl_fetch_fini(struct tl_fetch *fetch)
{
    for (uint32_t i = 0; i < fetch->file_count; i++) {
        if (fetch->files[i] >= 0)
            close(fetch->files[i]);
    }
    free(fetch->files);
    free(fetch->bytes);
}

static bool make_room(struct tl_fetch *fetch, size_t n)
{
    if (n <= fetch->capacity)
        return true;
    uint8_t *grown = realloc(fetch->bytes, n);
    if (grown == NULL)
        return false;
    fetch->bytes = grown;
    fetch->capacity = n;
    return true;
}

static bool read_file(const struct tl_fetch *fetch, uint32_t input, uint64_t place, uint32_t len)
{
    if (input >= fetch->file_count || fetch->files[input] < 0)
        return false;
    for (uint32_t done = 0; done < len;) {
        ssize_t n = pread(fetch->files[input], fetch->bytes + done, len - done, (off_t)(place + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (uint32_t)n;
    }
    return true;
}

bool tl_fetch_packet(struct tl_fetch *fetch, uint64_t index, const struct tl_row *row, struct tl_packet *packet)
{
    const struct tl_interface *interface = tl_interfaces_get(fetch->interfaces, row->interface);
    if (interface == NULL || !make_room(fetch, (size_t)row->caplen + 8))
        return false;
    if (row->kept ? !tl_store_bytes(fetch->store, row, fetch->bytes)
                  : !read_file(fetch, interface->input, row->place, row->caplen))
        return false;
    *packet = (struct tl_packet){ .ts = row->ts,
                                  .etime = row->ts,
                                  .number = index + 1,
                                  .bytes = fetch->bytes,
                                  .caplen = row->caplen,
                                  .len = row->len < row->caplen ? row->caplen : row->len,
                                  .linktype = interface->linktype,
                                  .interface = row->interface };
    return true;
}
