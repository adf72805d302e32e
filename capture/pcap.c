/* pcap.c - pcap files (draft-ietf-opsawg-pcap) and their variants. */
#include "capture/file.h"

enum {
    FILE_HEADER = 24,
    RECORD_HEADER = 16,
    PATCHED_EXTRA = 8, /* Kuznetzov's patch: interface index, protocol, packet type */
    IXIA_EXTRA = 4,    /* after the file header: total bytes of all records */
};

#define LENGTH_MOST   0x0fffffff /* maximum packet length, used when the order of the lengths is uncertain */
#define RESERVED_BITS 0x03ff0000

struct variant {
    uint32_t magic;
    uint32_t unit;
    uint32_t file_extra, record_extra;
};

static const struct variant variants[] = {
    { 0xa1b2c3d4, 1000, 0, 0 },
    { 0xa1b23c4d, 1, 0, 0 }, /* nanoseconds */
    { 0xa1b2cd34, 1000, 0, PATCHED_EXTRA },
    { 0x1c0001ac, 1, IXIA_EXTRA, 0 },    /* IXIA's hardware */
    { 0x1c0001ab, 1000, IXIA_EXTRA, 0 }, /* IXIA's software */
};

static const struct variant *variant_of(const uint8_t head[4], bool *big_endian)
{
    for (size_t i = 0; i < TL_COUNT(variants); i++) {
        *big_endian = tl_load_be32(head) == variants[i].magic;
        if (*big_endian || tl_load_le32(head) == variants[i].magic)
            return &variants[i];
    }
    return NULL;
}

static bool pcap_knows(const uint8_t head[4])
{
    bool big_endian;
    return variant_of(head, &big_endian) != NULL;
}

static inline uint32_t load32(const uint8_t *p, bool big_endian)
{
    return big_endian ? tl_load_be32(p) : tl_load_le32(p);
}

static inline uint16_t load16(const uint8_t *p, bool big_endian)
{
    return big_endian ? tl_load_be16(p) : tl_load_le16(p);
}

/* AIX writes version 2.2 with interface types (RFC 1573) as link types, and nanoseconds. */
static bool aix_linktype(uint32_t *linktype)
{
    switch (*linktype) {
    case 6:
        *linktype = 1;
        return true;
    case 9:
        *linktype = 6;
        return true;
    case 15:
        *linktype = 10;
        return true;
    case 24:
        *linktype = 0;
        return true;
    default:
        return false;
    }
}

/*
 * Up to version 2.2, and in 543.0 of DG/UX, len comes before caplen. Files with version 2.3 exist in both orders.
 * Returns false for an unknown version.
 */
static bool lengths_order(struct tl_pcap *pcap, uint16_t major, uint16_t minor)
{
    pcap->lengths_swapped = (major == 2 && minor < 3) || (major == 543 && minor == 0);
    pcap->lengths_doubtful = pcap->lengths_swapped || (major == 2 && minor == 3);
    return major == 2 || (major == 543 && minor == 0);
}

static enum tl_failure pcap_begin(struct tl_file *file, struct tl_error *error)
{
    struct tl_input *in = &file->input;
    struct tl_pcap *pcap = &file->pcap;
    const struct variant *variant = variant_of(in->at, &pcap->big_endian);
    if (variant == NULL)
        return tl_error_set(error, TL_E_DAMAGED, "%s: not a pcap file", in->name);
    size_t header = FILE_HEADER + variant->file_extra;
    enum tl_input_status status = tl_input_need(in, header, TL_WAIT, error);
    if (status == TL_INPUT_FAILED)
        return TL_E_DAMAGED;
    if (status != TL_INPUT_OK)
        return tl_error_set(error, TL_E_DAMAGED, "%s: cut short in the file header: %zu of %zu bytes",
                            in->name, tl_input_left(in), header);
    bool be = pcap->big_endian;
    uint16_t major = load16(in->at + 4, be), minor = load16(in->at + 6, be);
    uint32_t snaplen = load32(in->at + 16, be), linktype = load32(in->at + 20, be);
    if (!lengths_order(pcap, major, minor))
        return tl_error_set(error, TL_E_DAMAGED, "%s: unknown pcap version %u.%u", in->name, major, minor);
    pcap->unit = variant->unit;
    if (variant->magic == 0xa1b2c3d4 && major == 2 && minor == 2 && aix_linktype(&linktype))
        pcap->unit = 1;
    pcap->reserved = (linktype & RESERVED_BITS) != 0;
    pcap->linktype = tl_file_linktype((uint16_t)linktype);
    pcap->header_len = RECORD_HEADER + variant->record_extra;
    pcap->caplen_most = snaplen < TL_PACKET_USUAL ? TL_PACKET_USUAL : snaplen;
    if (pcap->caplen_most > TL_RECORD_MOST)
        pcap->caplen_most = TL_RECORD_MOST;
    const struct tl_interface interface = {
        .linktype = pcap->linktype,
        .decimals = pcap->unit == 1 ? 9 : 6,
        .big_endian = be,
        .fcs = (uint8_t)(linktype >> 24 & (0xf0 | TL_FCS_KNOWN)),
        .snaplen = snaplen,
        .section = UINT32_MAX,
        .input = file->number,
    };
    pcap->interface = tl_interfaces_add(file->interfaces, &interface);
    if (pcap->interface == UINT32_MAX)
        return tl_error_set(error, TL_E_RUNTIME, "%s: too many interfaces", in->name);
    in->at += header;
    return TL_E_NONE;
}

/* Reads the lengths of record header p. Returns false if they are invalid. */
static inline bool lengths(const struct tl_pcap *pcap, const uint8_t *p, bool big_endian, uint32_t *caplen,
                           uint32_t *len)
{
    *caplen = load32(p + 8, big_endian);
    *len = load32(p + 12, big_endian);
    if (TL_UNLIKELY(pcap->lengths_doubtful) &&
        (pcap->lengths_swapped || (*caplen > *len && *caplen <= LENGTH_MOST))) {
        uint32_t first = *caplen;
        *caplen = *len;
        *len = first;
    }
    return *caplen <= pcap->caplen_most;
}

/* The hot loop: parses whole records while they are available and valid. */
static inline __attribute__((always_inline)) void run(struct tl_file *file, struct tl_block *block, uint32_t most,
                                                      bool big_endian)
{
    const struct tl_pcap pcap = file->pcap;
    struct tl_packet *out = block->packets + block->count;
    const struct tl_packet *stop = out + most;
    const uint8_t *p = file->input.at, *end = file->input.end;
    uint32_t caplen, len;
    const uint64_t far = tl_input_place(&file->input, p);
    const uint64_t before = far - (uintptr_t)p; /* of the first byte of memory, if there is a place */
    while (out < stop && (size_t)(end - p) >= pcap.header_len) {
        if (TL_UNLIKELY(!lengths(&pcap, p, big_endian, &caplen, &len)))
            break;
        const uint8_t *bytes = p + pcap.header_len;
        if ((size_t)(end - bytes) < caplen)
            break;
        *out++ = (struct tl_packet){
            .ts = (int64_t)load32(p, big_endian) * 1000000000 + (int64_t)load32(p + 4, big_endian) * pcap.unit,
            .bytes = bytes,
            .caplen = caplen,
            .len = len < caplen ? caplen : len,
            .linktype = pcap.linktype,
            .place = (far != 0 ? before + (uintptr_t)bytes : 0) & TL_PLACE_MOST,
            .interface = (uint16_t)pcap.interface,
        };
        p = bytes + caplen;
    }
    file->input.at = p;
    uint32_t count = (uint32_t)(out - block->packets);
    file->packets += count - block->count;
    block->count = count;
}

/* Makes the next record available, or reports why it cannot be. */
static enum tl_input_status fetch(struct tl_file *file, enum tl_input_wait wait)
{
    struct tl_input *in = &file->input;
    const struct tl_pcap *pcap = &file->pcap;
    unsigned long long number = file->packets + 1, offset = tl_input_offset(in);
    enum tl_input_status status = tl_input_need(in, pcap->header_len, wait, &file->error);
    if (status == TL_INPUT_END && tl_input_left(in) != 0)
        tl_error_set(&file->error, TL_E_DAMAGED,
                     "%s: cut short in packet %llu at byte %llu: a record header has %u bytes, %zu are left", in->name,
                     number, offset, pcap->header_len, tl_input_left(in));
    if (status != TL_INPUT_OK)
        return status;
    uint32_t caplen, len;
    if (!lengths(pcap, in->at, pcap->big_endian, &caplen, &len)) {
        tl_error_set(&file->error, TL_E_DAMAGED,
                     "%s: damaged at packet %llu, byte %llu: invalid record length %u", in->name, number, offset,
                     caplen);
        return TL_INPUT_END;
    }
    status = tl_input_need(in, (size_t)pcap->header_len + caplen, wait, &file->error);
    if (status == TL_INPUT_END)
        tl_error_set(&file->error, TL_E_DAMAGED,
                     "%s: cut short in packet %llu at byte %llu: the record has %u bytes, %zu are left", in->name,
                     number, offset, caplen, tl_input_left(in) - pcap->header_len);
    return status;
}

static enum tl_parse pcap_parse(struct tl_file *file, struct tl_block *block, uint32_t most, enum tl_input_wait wait)
{
    uint32_t before = block->count, stop = before + most;
    for (;;) {
        if (file->pcap.big_endian)
            run(file, block, stop - block->count, true);
        else
            run(file, block, stop - block->count, false);
        if (block->count == stop)
            return TL_PARSE_MORE;
        enum tl_input_status status = fetch(file, tl_file_wait(block, before, wait));
        if (status == TL_INPUT_PAUSED)
            return TL_PARSE_MORE;
        if (status != TL_INPUT_OK) {
            if (file->pcap.reserved)
                tl_error_set(&file->error, TL_E_DAMAGED, "%s: reserved bits set in the file header",
                             file->input.name);
            return TL_PARSE_ENDED;
        }
    }
}

static enum tl_parse pcap_parse_at(struct tl_file *file, struct tl_block *block, uint64_t place, bool context,
                                   enum tl_input_wait wait)
{
    if (context || place < file->pcap.header_len || !tl_input_seek(&file->input, place - file->pcap.header_len))
        return tl_file_misplaced(file, place);
    enum tl_parse parsed = pcap_parse(file, block, 1, wait);
    return parsed == TL_PARSE_ENDED ? tl_file_misplaced(file, place) : parsed;
}

const struct tl_file_format tl_file_pcap = {
    .knows = pcap_knows,
    .begin = pcap_begin,
    .parse = pcap_parse,
    .parse_at = pcap_parse_at,
};
