/* snoop.c - snoop files, version 2 (RFC 1761), as written by Solaris. All fields are big-endian. */
#include "capture/file.h"

enum {
    FILE_HEADER = 16,
    RECORD_HEADER = 24,
    VERSION = 2,
    LINKTYPE_NONE = -1, /* no LINKTYPE_ value exists for it */
};

static const uint8_t magic[8] = "snoop\0\0";

static bool snoop_knows(const uint8_t head[4])
{
    return memcmp(head, magic, 4) == 0;
}

/* Data link types: 0 to 9 are from the RFC, the others from Solaris (sys/dlpi.h). */
static int linktype_of(uint32_t datalink)
{
    switch (datalink) {
    case 0: /* IEEE 802.3 */
    case 4: /* Ethernet */
        return 1;
    case 2: /* IEEE 802.5 */
        return 6;
    case 8: /* FDDI */
        return 10;
    case 0x12: /* Classical IP over ATM */
        return 123;
    default:
        return LINKTYPE_NONE;
    }
}

static enum tl_failure snoop_begin(struct tl_file *file, struct tl_error *error)
{
    struct tl_input *in = &file->input;
    enum tl_input_status status = tl_input_need(in, FILE_HEADER, TL_WAIT, error);
    if (status == TL_INPUT_FAILED)
        return TL_E_DAMAGED;
    if (status != TL_INPUT_OK)
        return tl_error_set(error, TL_E_DAMAGED, "%s: cut short in the file header: %zu of %d bytes",
                            in->name, tl_input_left(in), FILE_HEADER);
    if (memcmp(in->at, magic, sizeof magic) != 0)
        return tl_error_set(error, TL_E_DAMAGED, "%s: not a snoop file, although it starts like one", in->name);
    uint32_t version = tl_load_be32(in->at + 8), datalink = tl_load_be32(in->at + 12);
    if (version != VERSION)
        return tl_error_set(error, TL_E_DAMAGED, "%s: unsupported snoop version %u: only version 2 (RFC 1761) is",
                            in->name, version);
    int linktype = linktype_of(datalink);
    if (linktype == LINKTYPE_NONE)
        return tl_error_set(error, TL_E_DAMAGED, "%s: unsupported snoop data link type %u: only Ethernet, 802.3, "
                            "Token Ring, FDDI and ATM are", in->name, datalink);
    const struct tl_interface interface = {
        .linktype = (uint16_t)linktype,
        .decimals = 6,
        .big_endian = true,
        .section = UINT32_MAX,
        .input = file->number,
    };
    file->snoop.linktype = (uint16_t)linktype;
    file->snoop.interface = tl_interfaces_add(file->interfaces, &interface);
    if (file->snoop.interface == UINT32_MAX)
        return tl_error_set(error, TL_E_RUNTIME, "%s: too many interfaces", in->name);
    in->at += FILE_HEADER;
    return TL_E_NONE;
}

struct record {
    uint32_t len, caplen;
    uint32_t size; /* including header and padding */
    uint32_t dropped; /* by the capturing system, since the first record */
};

static struct record load_record(const uint8_t *p)
{
    return (struct record){ .len = tl_load_be32(p),
                            .caplen = tl_load_be32(p + 4),
                            .size = tl_load_be32(p + 8),
                            .dropped = tl_load_be32(p + 12) };
}

static bool is_possible(const struct record *record)
{
    return record->caplen <= TL_PACKET_USUAL && record->size <= TL_RECORD_MOST &&
           record->size >= RECORD_HEADER + record->caplen;
}

static void append(struct tl_file *file, struct tl_block *block, const struct record *record)
{
    const uint8_t *p = file->input.at, *bytes = p + RECORD_HEADER;
    block->packets[block->count++] = (struct tl_packet){
        .ts = (int64_t)tl_load_be32(p + 16) * 1000000000 + (int64_t)tl_load_be32(p + 20) * 1000,
        .bytes = bytes,
        .caplen = record->caplen,
        .len = record->len < record->caplen ? record->caplen : record->len,
        .linktype = file->snoop.linktype,
        .place = tl_input_place(&file->input, bytes) & TL_PLACE_MOST,
        .interface = (uint16_t)file->snoop.interface,
    };
    file->packets++;
    if (TL_UNLIKELY(record->dropped != file->snoop.dropped))
        tl_file_dropped(&file->dropped_kernel, file->snoop.dropped, record->dropped);
    file->snoop.dropped = record->dropped;
}

/*
 * Appends the next packet to the block. Returns TL_INPUT_END if there is none; file->error is set if that is an error.
 */
static enum tl_input_status next(struct tl_file *file, struct tl_block *block, enum tl_input_wait wait)
{
    struct tl_input *in = &file->input;
    unsigned long long number = file->packets + 1, offset = tl_input_offset(in);
    enum tl_input_status status = tl_input_need(in, RECORD_HEADER, wait, &file->error);
    if (status == TL_INPUT_END && tl_input_left(in) != 0)
        tl_error_set(&file->error, TL_E_DAMAGED,
                     "%s: cut short in packet %llu at byte %llu: a record header has %d bytes, %zu are left", in->name,
                     number, offset, RECORD_HEADER, tl_input_left(in));
    if (status != TL_INPUT_OK)
        return status;
    struct record record = load_record(in->at);
    if (!is_possible(&record)) {
        tl_error_set(&file->error, TL_E_DAMAGED,
                     "%s: damaged at packet %llu, byte %llu: invalid record length %u for %u packet bytes",
                     in->name, number, offset, record.size, record.caplen);
        return TL_INPUT_END;
    }
    status = tl_input_need(in, record.size, wait, &file->error);
    if (status == TL_INPUT_END)
        tl_error_set(&file->error, TL_E_DAMAGED,
                     "%s: cut short in packet %llu at byte %llu: the record has %u bytes, %zu are left", in->name,
                     number, offset, record.size, tl_input_left(in));
    bool only_padding_is_cut = status == TL_INPUT_END && tl_input_left(in) >= RECORD_HEADER + record.caplen;
    if (status == TL_INPUT_OK || only_padding_is_cut)
        append(file, block, &record);
    if (status == TL_INPUT_OK)
        in->at += record.size;
    return status;
}

static enum tl_parse snoop_parse(struct tl_file *file, struct tl_block *block, uint32_t most, enum tl_input_wait wait)
{
    uint32_t before = block->count, stop = before + most;
    while (block->count < stop) {
        enum tl_input_status status = next(file, block, tl_file_wait(block, before, wait));
        if (status == TL_INPUT_PAUSED)
            return TL_PARSE_MORE;
        if (status != TL_INPUT_OK)
            return TL_PARSE_ENDED;
    }
    return TL_PARSE_MORE;
}

static enum tl_parse snoop_parse_at(struct tl_file *file, struct tl_block *block, uint64_t place, bool context,
                                    enum tl_input_wait wait)
{
    uint32_t before = block->count;
    if (context || place < RECORD_HEADER || !tl_input_seek(&file->input, place - RECORD_HEADER))
        return tl_file_misplaced(file, place);
    enum tl_parse parsed = snoop_parse(file, block, 1, wait);
    return parsed == TL_PARSE_ENDED && block->count == before ? tl_file_misplaced(file, place) : TL_PARSE_MORE;
}

const struct tl_file_format tl_file_snoop = {
    .knows = snoop_knows,
    .begin = snoop_begin,
    .parse = snoop_parse,
    .parse_at = snoop_parse_at,
};
