/* sizes.c - sizes: lengths of packets in ranges, as tshark's -z plen,tree. */
#include "statistics/counts.h"

#define TITLE "Packet Lengths"

static const struct {
    const char *name;
    uint32_t least;
} ranges[] = {
    { "0-19", 0 },      { "20-39", 20 },     { "40-79", 40 },       { "80-159", 80 },      { "160-319", 160 },
    { "320-639", 320 }, { "640-1279", 640 }, { "1280-2559", 1280 }, { "2560-5119", 2560 }, { "5120 and greater", 5120 },
};

/* All ranges are shown. */
static enum tl_failure parse(struct tl_statistic *s, const char *rest, struct tl_statistic_setup *setup,
                             struct tl_error *error)
{
    enum tl_failure failure = tl_counts_parse(s, rest, setup, error);
    uint32_t root = failure == TL_E_NONE ? tl_counts_add((struct tl_counts *)s, TL_COUNTS_NONE, TITLE) : TL_COUNTS_NONE;
    for (size_t i = 0; i < TL_COUNT(ranges) && root != TL_COUNTS_NONE; i++)
        (void)tl_counts_add((struct tl_counts *)s, root, ranges[i].name);
    return failure;
}

static void note(const struct tl_statistic *s, struct tl_buffer *out, const struct tl_sight *sight)
{
    size_t i = TL_COUNT(ranges) - 1;
    uint32_t len = sight->scene->packet->len;
    if (!tl_statistic_passes(sight->passes, s->filter_index))
        return;
    while (len < ranges[i].least)
        i--;
    tl_counts_note_value(out, 0, TITLE, len);
    tl_counts_note_value(out, 1, ranges[i].name, len);
}

#define KIND(name_, help_)                                                                                             \
    {                                                                                                                  \
        .name = (name_), .arguments = "[,FILTER]", .help = (help_), .size = sizeof(struct tl_counts),                  \
        .keeps_order = true, .parse = parse, .note = note, .take = tl_counts_take, .text = tl_counts_text,             \
        .json = tl_counts_json, .fini = tl_counts_fini                                                                 \
    }

/* Both names have the same meaning: ours, and tshark's. */
const struct tl_statistic_kind tl_statistic_sizes = KIND("sizes", "lengths of packets, in ranges");
const struct tl_statistic_kind tl_statistic_plen = KIND("plen,tree", "the same as sizes: lengths of packets");
