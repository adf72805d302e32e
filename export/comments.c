/* comments.c - comments come from whoever wrote the file: they are escaped. */
#include "export/comments.h"

#include "core/pcapng_options.h"
#include "export/json.h"

enum { SHB_OPTIONS = 24, IDB_OPTIONS = 16, AFTER_OPTIONS = 4 }; /* offsets in a block; bytes after its options */

/* The options that may hold comments, and what these are of. */
struct place {
    const uint8_t *at, *end;
    const char *label, *key;
};

enum { PLACES = 3 };

static struct place in_block(struct tl_bytes block, uint32_t options, const char *label, const char *key)
{
    if (block.len < options + AFTER_OPTIONS)
        return (struct place){ .label = label, .key = key };
    return (struct place){ block.data + options, block.data + block.len - AFTER_OPTIONS, label, key };
}

static void find(struct place places[PLACES], const struct tl_packet *packet, const struct tl_interface *interface)
{
    const uint8_t *options = packet->commented ? packet->bytes + ((packet->caplen + 3) & ~3U) : NULL;
    places[0] = (struct place){ options, options != NULL ? options + packet->options_len : NULL, "Comment",
                                "comments" };
    places[1] = in_block(interface->commented ? interface->block : (struct tl_bytes){ NULL, 0 }, IDB_OPTIONS,
                         "Interface comment", "interface_comments");
    places[2] = in_block(interface->section_block, SHB_OPTIONS, "Section comment", "section_comments");
}

void tl_put_comments(struct tl_buffer *b, const struct tl_packet *packet, const struct tl_interface *interface,
                     unsigned indent)
{
    struct place places[PLACES];
    struct tl_bytes text;
    if (interface == NULL)
        return;
    find(places, packet, interface);
    for (unsigned i = 0; i < PLACES; i++) {
        while (tl_pcapng_comment(&places[i].at, places[i].end, interface->big_endian, &text)) {
            tl_put_format(b, "%*s%s: ", (int)indent, "", places[i].label);
            tl_put_safe_text(b, text.data, text.len);
            tl_put_char(b, '\n');
        }
    }
}

void tl_put_json_comments(struct tl_buffer *b, const struct tl_packet *packet, const struct tl_interface *interface)
{
    struct place places[PLACES];
    struct tl_bytes text;
    if (interface == NULL)
        return;
    find(places, packet, interface);
    for (unsigned i = 0; i < PLACES; i++) {
        bool any = false;
        while (tl_pcapng_comment(&places[i].at, places[i].end, interface->big_endian, &text)) {
            if (any)
                tl_put_char(b, ',');
            else
                tl_put_format(b, ",\"%s\":[", places[i].key);
            tl_put_json_text(b, text.data, text.len);
            any = true;
        }
        if (any)
            tl_put_char(b, ']');
    }
}
