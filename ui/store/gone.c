/* gone.c - packets that are in no file were evicted from memory; those of a file are lost because it changed. */
#include "ui/store/gone.h"

#include <inttypes.h>

void tl_gone_count(struct tl_gone *gone, const struct tl_packet_source *source, const struct tl_row *row)
{
    const struct tl_interface *interface = tl_interfaces_get(source->interfaces, row->interface);
    if (row->kept || interface == NULL || interface->input >= source->input_count) {
        gone->evicted++;
        return;
    }
    const char *name = source->inputs[interface->input];
    gone->unreadable++;
    gone->file = strcmp(name, "-") == 0 ? "standard input" : name;
}

static void put_packets(struct tl_buffer *out, uint64_t count, bool more)
{
    tl_put_format(out, "; the bytes of %" PRIu64 "%s packet%s", count, more ? " more" : "", count == 1 ? "" : "s");
}

void tl_gone_put(struct tl_buffer *out, const struct tl_gone *gone, bool more)
{
    if (gone->evicted > 0) {
        put_packets(out, gone->evicted, more);
        tl_puts(out, " were evicted from memory (--mem)");
    }
    if (gone->unreadable > 0) {
        put_packets(out, gone->unreadable, more);
        tl_put_format(out, " cannot be read from %s any more", gone->file);
    }
}
