/* pcapng.c - pcapng files (draft-ietf-opsawg-pcapng). */
#include <stdlib.h>

#include "capture/file.h"

#include "core/pcapng_options.h"
#include "core/time.h"

enum {
    BLOCK_IDB = 1,
    BLOCK_PACKET = 2, /* obsolete */
    BLOCK_SPB = 3,
    BLOCK_ISB = 5,
    BLOCK_EPB = 6,
};

#define BLOCK_SHB        0x0a0d0d0aU
#define BYTE_ORDER_MAGIC 0x1a2b3c4dU

enum {
    BLOCK_LEAST = 12, /* type, length, length */
    SHB_LEAST = 28,
    IDB_LEAST = 20,
    ISB_LEAST = 24,
    EPB_LEAST = 32,
    SPB_LEAST = 16,
    EPB_DATA = 28, /* offset of the packet's bytes in EPB and the obsolete packet block */
    SPB_DATA = 12,
    CONTEXTS_MOST = 1 << 22, /* blocks that are no packets, of which the places are noted */
};

enum { OPTION_IF_NAME = 2, OPTION_IF_TSRESOL = 9, OPTION_IF_FCSLEN = 13,
       OPTION_IF_TSOFFSET = 14,
       OPTION_ISB_IFDROP = 5, OPTION_ISB_OSDROP = 7 };

/* A whole block, as stored. */
struct raw_block {
    const uint8_t *data;
    uint32_t type;
    uint32_t len;
    bool big_endian;
};

static inline uint32_t load32(const uint8_t *p, bool big_endian)
{
    return big_endian ? tl_load_be32(p) : tl_load_le32(p);
}

static inline uint64_t load64(const uint8_t *p, bool big_endian)
{
    return big_endian ? tl_load_be64(p) : tl_load_le64(p);
}

static inline uint16_t load16(const uint8_t *p, bool big_endian)
{
    return big_endian ? tl_load_be16(p) : tl_load_le16(p);
}

static bool pcapng_knows(const uint8_t head[4])
{
    return tl_load_le32(head) == BLOCK_SHB;
}

static bool fault(struct tl_file *file, const char *what)
{
    tl_error_set(&file->error, TL_E_DAMAGED, "%s: damaged after packet %llu at byte %llu: %s", file->input.name,
                 (unsigned long long)file->packets, (unsigned long long)tl_input_offset(&file->input), what);
    return false;
}

/* Time. */

static int64_t clamp(__int128 ns)
{
    return ns >= TL_TIME_LATE ? TL_TIME_LATE : ns <= TL_TIME_EARLY ? TL_TIME_EARLY : (int64_t)ns;
}

static int64_t nanoseconds(const struct tl_pcapng_interface *interface, uint64_t ts)
{
    if (TL_LIKELY(interface->ticks == 1000000 && interface->offset == 0 && ts <= INT64_MAX / 1000))
        return (int64_t)ts * 1000;
    uint64_t seconds = ts / interface->ticks, rest = ts % interface->ticks;
    __int128 ns = ((__int128)seconds + interface->offset) * 1000000000;
    return clamp(ns + (__int128)((unsigned __int128)rest * 1000000000 / interface->ticks));
}

/* Converts if_tsresol to units per second; 0: out of range. */
static uint64_t ticks_of(uint8_t resolution)
{
    unsigned power = resolution & 0x7f;
    if ((resolution & 0x80) != 0)
        return power < 64 ? UINT64_C(1) << power : 0;
    uint64_t ticks = 1;
    if (power > 19)
        return 0;
    while (power-- > 0)
        ticks *= 10;
    return ticks;
}

/* Options. */

static bool options_fit(const struct raw_block *block, uint32_t from)
{
    const uint8_t *p = block->data + from, *end = block->data + block->len - 4;
    uint16_t code;
    struct tl_bytes value;
    bool bad = false;
    while (tl_pcapng_option(&p, end, block->big_endian, &code, &value, &bad))
        ;
    return !bad;
}

/* if_fcslen counts bits, a pcap header units of 16 bits (draft-ietf-opsawg-pcap section 4). */
static uint8_t fcs_of(uint8_t bits)
{
    unsigned words = bits / 16U;
    return bits % 16 == 0 ? (uint8_t)((words << 4 | TL_FCS_KNOWN) & UINT8_MAX) : 0;
}

static bool interface_options(struct tl_file *file, const struct raw_block *block, struct tl_interface *interface)
{
    const uint8_t *p = block->data + IDB_LEAST - 4, *end = block->data + block->len - 4;
    uint16_t code;
    struct tl_bytes value;
    bool bad = false;
    while (tl_pcapng_option(&p, end, block->big_endian, &code, &value, &bad)) {
        if (code == OPTION_IF_NAME) {
            size_t n = value.len < sizeof(interface->name) - 1 ? value.len : sizeof(interface->name) - 1;
            memcpy(interface->name, value.data, n);
            interface->name[n] = '\0';
        } else if (code == OPTION_IF_TSRESOL && value.len == 1) {
            interface->ticks = ticks_of(value.data[0]);
            if (interface->ticks == 0)
                return fault(file, "invalid time resolution of an interface");
        } else if (code == OPTION_IF_FCSLEN && value.len == 1) {
            interface->fcs = fcs_of(value.data[0]);
        } else if (code == TL_OPTION_COMMENT) {
            interface->commented = true;
        } else if (code == OPTION_IF_TSOFFSET && value.len == 8) {
            uint64_t offset = load64(value.data, block->big_endian);
            memcpy(&interface->offset, &offset, sizeof(offset));
        }
    }
    return !bad || fault(file, "the options of an interface exceed their block");
}

/* Blocks without packets. */

static void keep_extra(struct tl_file *file, struct tl_block *out, const struct raw_block *block)
{
    out->extras[out->extra_count++] = (struct tl_extra){
        .before = out->count,
        .type = block->type,
        .section = file->pcapng.section,
        .big_endian = block->big_endian,
        .block = { block->data, block->len },
    };
}

static bool section_fits(struct tl_file *file, const struct raw_block *block)
{
    uint16_t major = load16(block->data + 12, block->big_endian), minor = load16(block->data + 14, block->big_endian);
    if (major != 1 || (minor != 0 && minor != 2))
        return fault(file, "unknown pcapng version in a section");
    return options_fit(block, SHB_LEAST - 4) || fault(file, "the options of a section exceed their block");
}

/* Returns true if there is a comment in the options of a block, from `from` on. */
static bool has_comment(const struct raw_block *block, uint32_t from)
{
    const uint8_t *p = block->data + from;
    struct tl_bytes text;
    return tl_pcapng_comment(&p, block->data + block->len - 4, block->big_endian, &text);
}

/*
 * Returns true if there is a comment in the options of a packet block, from `from` on. Options that do not fit are
 * counted; the packet and what is before them are good.
 */
static bool packet_comment(struct tl_file *file, const struct raw_block *block, uint32_t from)
{
    const uint8_t *p = block->data + from, *end = block->data + block->len - 4;
    uint16_t code;
    struct tl_bytes value;
    bool bad = false, commented = false;
    while (tl_pcapng_option(&p, end, block->big_endian, &code, &value, &bad))
        commented |= code == TL_OPTION_COMMENT;
    if (TL_UNLIKELY(bad))
        atomic_fetch_add_explicit(&file->wrong_options, 1, memory_order_relaxed);
    return commented;
}

/* Keeps a header with comments for the interfaces of its section. */
static bool keep_header(struct tl_file *file, const struct raw_block *block)
{
    struct tl_pcapng *ng = &file->pcapng;
    free(ng->header);
    ng->header = NULL;
    ng->header_len = 0;
    if (!has_comment(block, SHB_LEAST - 4))
        return true;
    if (block->len > TL_INTERFACE_KEPT_MOST) {
        atomic_fetch_add_explicit(&file->not_kept, 1, memory_order_relaxed);
        return true;
    }
    ng->header = malloc(block->len);
    if (ng->header == NULL)
        return fault(file, "out of memory for a section");
    memcpy(ng->header, block->data, block->len);
    ng->header_len = block->len;
    return true;
}

static bool section(struct tl_file *file, struct tl_block *out, const struct raw_block *block)
{
    if (!section_fits(file, block) || !keep_header(file, block))
        return false;
    file->pcapng.section = tl_interfaces_new_section(file->interfaces);
    file->pcapng.interface_count = 0;
    keep_extra(file, out, block);
    return true;
}

static bool interface_block(struct tl_file *file, const struct raw_block *block)
{
    struct tl_pcapng *ng = &file->pcapng;
    struct tl_interface interface = {
        .linktype = tl_file_linktype(load16(block->data + 8, block->big_endian)),
        .big_endian = block->big_endian,
        .snaplen = load32(block->data + 12, block->big_endian),
        .ticks = 1000000,
        .section = ng->section,
        .id = ng->interface_count,
        .input = file->number,
        .block = { block->data, block->len },
        .section_block = { ng->header, ng->header_len },
    };
    if (!interface_options(file, block, &interface))
        return false;
    interface.decimals = interface.ticks > 1000000 ? 9 : 6;
    if (ng->interface_count == ng->interface_capacity) {
        uint32_t capacity = ng->interface_capacity == 0 ? 8 : ng->interface_capacity * 2;
        struct tl_pcapng_interface *grown = realloc(ng->interfaces, capacity * sizeof(*grown));
        if (grown == NULL)
            return fault(file, "out of memory for an interface");
        ng->interfaces = grown;
        ng->interface_capacity = capacity;
    }
    uint32_t index = tl_interfaces_add(file->interfaces, &interface);
    if (index == UINT32_MAX)
        return fault(file, "too many interfaces");
    const struct tl_interface *kept = tl_interfaces_get(file->interfaces, index);
    if (kept->block.len < block->len || kept->section_block.len < ng->header_len)
        atomic_fetch_add_explicit(&file->not_kept, 1, memory_order_relaxed);
    ng->interfaces[ng->interface_count++] = (struct tl_pcapng_interface){
        .index = index,
        .snaplen = interface.snaplen,
        .ticks = interface.ticks,
        .offset = interface.offset,
        .linktype = interface.linktype,
    };
    return true;
}

/* Interface statistics: drop counts. Errors in them are ignored, since no packet depends on them. */
static void statistics(struct tl_file *file, const struct raw_block *block)
{
    uint32_t id = block->len >= ISB_LEAST ? load32(block->data + 8, block->big_endian) : UINT32_MAX;
    if (id >= file->pcapng.interface_count)
        return;
    struct tl_pcapng_interface *interface = &file->pcapng.interfaces[id];
    const uint8_t *p = block->data + ISB_LEAST - 4, *end = block->data + block->len - 4;
    uint16_t code;
    struct tl_bytes value;
    bool bad = false;
    while (tl_pcapng_option(&p, end, block->big_endian, &code, &value, &bad)) {
        uint64_t now = value.len == 8 ? load64(value.data, block->big_endian) : 0;
        if (code == OPTION_ISB_IFDROP && value.len == 8) {
            tl_file_dropped(&file->dropped_interface, interface->dropped_interface, now);
            interface->dropped_interface = now;
        } else if (code == OPTION_ISB_OSDROP && value.len == 8) {
            tl_file_dropped(&file->dropped_kernel, interface->dropped_kernel, now);
            interface->dropped_kernel = now;
        }
    }
}

/* Packets. */

static inline const struct tl_pcapng_interface *interface_of(struct tl_file *file, uint32_t id)
{
    if (TL_LIKELY(id < file->pcapng.interface_count))
        return &file->pcapng.interfaces[id];
    char what[64];
    snprintf(what, sizeof(what), "packet of interface %u, the section has %u", id, file->pcapng.interface_count);
    fault(file, what);
    return NULL;
}

/* An enhanced packet block, or the obsolete packet block with its shorter interface id and drop count. */
static inline bool packet_block(struct tl_file *file, struct tl_packet *packet, const struct raw_block *block)
{
    bool be = block->big_endian;
    const uint8_t *p = block->data;
    uint32_t id = block->type == BLOCK_EPB ? load32(p + 8, be) : load16(p + 8, be);
    const struct tl_pcapng_interface *interface = interface_of(file, id);
    if (interface == NULL)
        return false;
    uint32_t caplen = load32(p + 20, be), len = load32(p + 24, be);
    uint32_t room = block->len - EPB_LEAST;
    if (TL_UNLIKELY(caplen > room))
        return fault(file, "a packet exceeds its block");
    uint32_t padded = (caplen + 3) & ~3U;
    *packet = (struct tl_packet){
        .ts = nanoseconds(interface, (uint64_t)load32(p + 12, be) << 32 | load32(p + 16, be)),
        .bytes = p + EPB_DATA,
        .caplen = caplen,
        .len = len < caplen ? caplen : len,
        .options_len = room > padded ? room - padded : 0,
        .linktype = interface->linktype,
        .place = tl_input_place(&file->input, p + EPB_DATA) & TL_PLACE_MOST,
        .interface = (uint16_t)interface->index,
    };
    packet->stored_time = !tl_time_fits(packet->ts);
    packet->commented = packet->options_len > 0 && packet_comment(file, block, EPB_DATA + padded);
    return true;
}

/* A simple packet block has no time and no captured length: the snapshot length of interface 0 is the limit. */
static bool simple_packet(struct tl_file *file, struct tl_packet *packet, const struct raw_block *block)
{
    const struct tl_pcapng_interface *interface = interface_of(file, 0);
    if (interface == NULL)
        return false;
    uint32_t len = load32(block->data + 8, block->big_endian), room = block->len - SPB_LEAST;
    uint32_t caplen = interface->snaplen != 0 && interface->snaplen < len ? interface->snaplen : len;
    if (caplen > room)
        return fault(file, "a packet exceeds its block");
    *packet = (struct tl_packet){
        .bytes = block->data + SPB_DATA,
        .caplen = caplen,
        .len = len,
        .linktype = interface->linktype,
        .place = tl_input_place(&file->input, block->data + SPB_DATA) & TL_PLACE_MOST,
        .untimed = true,
        .interface = (uint16_t)interface->index,
    };
    return true;
}

/* Blocks. */

static uint32_t least_of(uint32_t type)
{
    switch (type) {
    case BLOCK_SHB:
        return SHB_LEAST;
    case BLOCK_IDB:
        return IDB_LEAST;
    case BLOCK_EPB:
    case BLOCK_PACKET:
        return EPB_LEAST;
    case BLOCK_SPB:
        return SPB_LEAST;
    default:
        return BLOCK_LEAST;
    }
}

/* Parses the first 12 bytes at `at`. A section header sets the byte order. */
static bool block_head(struct tl_file *file, struct raw_block *block)
{
    const uint8_t *p = file->input.at;
    if (tl_load_le32(p) == BLOCK_SHB) {
        file->pcapng.big_endian = tl_load_be32(p + 8) == BYTE_ORDER_MAGIC;
        if (!file->pcapng.big_endian && tl_load_le32(p + 8) != BYTE_ORDER_MAGIC)
            return fault(file, "invalid byte-order magic in a section");
    }
    bool be = file->pcapng.big_endian;
    *block = (struct raw_block){ .data = p, .type = load32(p, be), .len = load32(p + 4, be), .big_endian = be };
    if (TL_UNLIKELY(block->len < least_of(block->type) || block->len % 4 != 0 || block->len > TL_RECORD_MOST)) {
        char what[64];
        snprintf(what, sizeof(what), "a block of type %#x has the invalid length %u", block->type, block->len);
        return fault(file, what);
    }
    return true;
}

/* Fetches the next block whole. Returns TL_INPUT_END also on an error. */
static inline enum tl_input_status next_block(struct tl_file *file, struct raw_block *block, enum tl_input_wait wait)
{
    struct tl_input *in = &file->input;
    enum tl_input_status status = tl_input_need(in, BLOCK_LEAST, wait, &file->error);
    if (TL_UNLIKELY(status != TL_INPUT_OK)) {
        if (status == TL_INPUT_END && tl_input_left(in) != 0)
            tl_error_set(&file->error, TL_E_DAMAGED,
                         "%s: cut short after packet %llu at byte %llu: a block header has 12 bytes, %zu are left",
                         in->name, (unsigned long long)file->packets, (unsigned long long)tl_input_offset(in),
                         tl_input_left(in));
        return status;
    }
    if (!block_head(file, block))
        return TL_INPUT_END;
    status = tl_input_need(in, block->len, wait, &file->error);
    if (TL_UNLIKELY(status != TL_INPUT_OK)) {
        if (status == TL_INPUT_END)
            tl_error_set(&file->error, TL_E_DAMAGED,
                         "%s: cut short after packet %llu at byte %llu: the block has %u bytes, %zu are left",
                         in->name, (unsigned long long)file->packets, (unsigned long long)tl_input_offset(in),
                         block->len, tl_input_left(in));
        return status;
    }
    block->data = in->at;
    if (TL_UNLIKELY(load32(block->data + block->len - 4, block->big_endian) != block->len)) {
        fault(file, "the two lengths of a block differ");
        return TL_INPUT_END;
    }
    return TL_INPUT_OK;
}

/* Notes where a block is that is no packet. */
static void note_context(struct tl_file *file, const struct raw_block *block)
{
    struct tl_places *noted = file->noted;
    uint64_t place = tl_input_place(&file->input, block->data);
    if (!file->input.regular || file->input.inflater != NULL)
        return; /* packets have no places either */
    if (noted->count == noted->room && !noted->failed) {
        size_t room = noted->room > 0 ? noted->room * 2 : 64;
        uint64_t *grown = room <= CONTEXTS_MOST ? realloc(noted->items, room * sizeof(*grown)) : NULL;
        noted->failed = grown == NULL;
        if (grown != NULL) {
            noted->items = grown;
            noted->room = room;
        }
    }
    if (!noted->failed)
        noted->items[noted->count++] = place;
}

static inline bool is_packet(uint32_t type)
{
    return type == BLOCK_EPB || type == BLOCK_PACKET || type == BLOCK_SPB;
}

/* Returns false on an error. */
static inline bool take(struct tl_file *file, struct tl_block *out, const struct raw_block *block)
{
    struct tl_packet *packet = &out->packets[out->count];
    bool fine;
    switch (block->type) {
    case BLOCK_EPB:
    case BLOCK_PACKET:
        fine = packet_block(file, packet, block);
        break;
    case BLOCK_SPB:
        fine = simple_packet(file, packet, block);
        break;
    case BLOCK_IDB:
        return interface_block(file, block);
    case BLOCK_SHB:
        return section(file, out, block);
    default:
        if (block->type == BLOCK_ISB)
            statistics(file, block);
        keep_extra(file, out, block);
        return true;
    }
    if (TL_LIKELY(fine)) {
        out->count++;
        file->packets++;
    }
    return fine;
}

/* Returns true if the blocks without packets since `from` are enough for one call. */
static bool is_crowded(const struct tl_file *file, uint64_t from, enum tl_input_wait wait)
{
    /* a peek finds the same packet with any memory */
    return wait == TL_PEEK ? tl_input_offset(&file->input) - from > TL_RECORD_MOST : tl_file_has_share(file, from);
}

static enum tl_parse pcapng_parse(struct tl_file *file, struct tl_block *block, uint32_t most, enum tl_input_wait wait)
{
    uint32_t before = block->count;
    uint64_t from = tl_input_offset(&file->input);
    while (block->count - before < most) {
        if (block->extra_count == block->extra_capacity)
            return TL_PARSE_MORE;
        struct raw_block raw;
        enum tl_input_status status = next_block(file, &raw, tl_file_wait(block, before, wait));
        if (status == TL_INPUT_PAUSED)
            return TL_PARSE_MORE;
        if (status != TL_INPUT_OK || !take(file, block, &raw))
            return TL_PARSE_ENDED;
        file->input.at += raw.len;
        if (TL_LIKELY(is_packet(raw.type)))
            continue;
        if (file->noted != NULL)
            note_context(file, &raw);
        if (is_crowded(file, from, wait))
            return TL_PARSE_MORE;
    }
    return TL_PARSE_MORE;
}

/*
 * Moves to the begin of the block whose packet is at `place`: the bytes come after the fields of an enhanced (or
 * obsolete) packet block, or after those of a simple one.
 */
static enum tl_input_status seek_packet(struct tl_file *file, uint64_t place, enum tl_input_wait wait)
{
    bool be = file->pcapng.big_endian;
    if (place < EPB_DATA || !tl_input_seek(&file->input, place - EPB_DATA))
        return TL_INPUT_END;
    enum tl_input_status status = tl_input_need(&file->input, EPB_LEAST, wait, &file->error);
    if (status != TL_INPUT_OK)
        return status;
    const uint8_t *p = file->input.at;
    uint32_t type = load32(p, be), len = load32(p + 4, be), caplen = load32(p + 20, be);
    bool enhanced = (type == BLOCK_EPB || type == BLOCK_PACKET) && len >= EPB_LEAST && len <= TL_RECORD_MOST &&
                    len % 4 == 0 && caplen <= len - EPB_LEAST;
    if (!enhanced)
        file->input.at += EPB_DATA - SPB_DATA;
    return TL_INPUT_OK;
}

static enum tl_parse pcapng_parse_at(struct tl_file *file, struct tl_block *block, uint64_t place, bool context,
                                     enum tl_input_wait wait)
{
    struct raw_block raw;
    enum tl_input_status status = TL_INPUT_OK;
    if (context && !tl_input_seek(&file->input, place))
        return tl_file_misplaced(file, place);
    if (!context)
        status = seek_packet(file, place, wait);
    if (status == TL_INPUT_OK)
        status = next_block(file, &raw, wait);
    if (status == TL_INPUT_PAUSED)
        return TL_PARSE_MORE;
    if (status != TL_INPUT_OK || is_packet(raw.type) == context || !take(file, block, &raw))
        return tl_file_misplaced(file, place);
    file->input.at += raw.len;
    return TL_PARSE_MORE;
}

static enum tl_failure pcapng_begin(struct tl_file *file, struct tl_error *error)
{
    struct raw_block block;
    if (next_block(file, &block, TL_WAIT) != TL_INPUT_OK || !section_fits(file, &block)) {
        if (file->error.kind == TL_E_NONE)
            tl_error_set(&file->error, TL_E_DAMAGED, "%s: reading stopped", file->input.name);
        return tl_error_set(error, file->error.kind, "%s", file->error.text);
    }
    return TL_E_NONE;
}

const struct tl_file_format tl_file_pcapng = {
    .knows = pcapng_knows,
    .begin = pcapng_begin,
    .parse = pcapng_parse,
    .parse_at = pcapng_parse_at,
};
