/* pcapng_writer.c - writes packets and other blocks as a pcapng file (draft-ietf-opsawg-pcapng). */
#include "export/pcapng_writer.h"

#include "core/time.h"
#include "export/output.h"

#include <stdlib.h>

enum {
    BLOCK_IDB = 1,
    BLOCK_SPB = 3,
    BLOCK_ISB = 5,
    BLOCK_EPB = 6,
    BLOCK_DSB = 10,
    DSB_LEAST = 20,
    SECRETS_TLS_KEYLOG = 0x544c534b,
    BLOCK_SHB = 0x0a0d0d0a,
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,
    SHB_LEAST = 28,
    OPTION_SHB_USERAPPL = 4,
    OPTION_IF_NAME = 2,
    OPTION_IF_TSRESOL = 9,
    OPTION_IF_FCSLEN = 13, /* in bits */
    IDB_SNAPLEN = 12,      /* its offset in an Interface Description Block */
    NO_SECTION = UINT32_MAX, /* not read from pcapng */
    SECOND = 1000000000,     /* ns */
};

/* The id of an interface in the section with that generation. */
struct tl_pcapng_id {
    uint32_t generation;
    uint32_t id;
};

/* A generated block, built in place: small, with a known maximum size. */
struct block {
    uint8_t data[256];
    uint32_t len;
    bool big_endian;
};

static inline void store32(uint8_t *p, uint32_t v, bool big_endian)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (big_endian ? 24 - 8 * i : 8 * i));
}

static void add16(struct block *b, uint16_t v)
{
    b->data[b->len] = (uint8_t)(b->big_endian ? v >> 8 : v);
    b->data[b->len + 1] = (uint8_t)(b->big_endian ? v : v >> 8);
    b->len += 2;
}

static void add32(struct block *b, uint32_t v)
{
    store32(b->data + b->len, v, b->big_endian);
    b->len += 4;
}

static void add_option(struct block *b, uint16_t code, const void *value, size_t len)
{
    add16(b, code);
    add16(b, (uint16_t)len);
    memset(b->data + b->len, 0, (len + 3) & ~(size_t)3);
    memcpy(b->data + b->len, value, len);
    b->len += (uint32_t)((len + 3) & ~(size_t)3);
}

static struct block begin(uint32_t type, bool big_endian)
{
    struct block b = { .big_endian = big_endian };
    add32(&b, type);
    add32(&b, 0);
    return b;
}

static enum tl_failure finish(struct tl_pcapng_writer *w, struct block *b, struct tl_error *error)
{
    add32(b, 0); /* opt_endofopt */
    add32(b, b->len + 4);
    store32(b->data + 4, b->len, b->big_endian);
    return tl_output_write(w->output, b->data, b->len, error);
}

void tl_pcapng_writer_init(struct tl_pcapng_writer *w, struct tl_output *output,
                           const struct tl_interfaces *interfaces)
{
    *w = (struct tl_pcapng_writer){ .output = output, .interfaces = interfaces };
}

void tl_pcapng_writer_fini(struct tl_pcapng_writer *w)
{
    free(w->ids);
    w->ids = NULL;
}

/* Interfaces. */

static enum tl_failure remember(struct tl_pcapng_writer *w, uint32_t index, struct tl_error *error)
{
    if (index >= w->id_capacity) {
        uint32_t capacity = w->id_capacity != 0 ? w->id_capacity : 16;
        while (capacity <= index)
            capacity *= 2;
        struct tl_pcapng_id *ids = realloc(w->ids, capacity * sizeof *ids);
        if (ids == NULL)
            return tl_error_set(error, TL_E_RUNTIME, "out of memory");
        memset(ids + w->id_capacity, 0, (capacity - w->id_capacity) * sizeof *ids);
        w->ids = ids;
        w->id_capacity = capacity;
    }
    w->ids[index] = (struct tl_pcapng_id){ w->generation, w->next_id++ };
    return TL_E_NONE;
}

static bool is_written(const struct tl_pcapng_writer *w, uint32_t index)
{
    return index < w->id_capacity && w->ids[index].generation == w->generation;
}

/*
 * Every interface gets snaplen 0, no limit: libpcap refuses a section whose interfaces have different ones, and packets
 * that are longer than their interface's, and later packets are not known yet.
 */
static enum tl_failure copy_interface(struct tl_pcapng_writer *w, struct tl_bytes block, struct tl_error *error)
{
    static const uint8_t no_limit[4];
    enum tl_failure failure = tl_output_write(w->output, block.data, IDB_SNAPLEN, error);
    if (failure == TL_E_NONE)
        failure = tl_output_write(w->output, no_limit, sizeof no_limit, error);
    uint32_t done = IDB_SNAPLEN + sizeof no_limit;
    return failure == TL_E_NONE ? tl_output_write(w->output, block.data + done, block.len - done, error) : failure;
}

static enum tl_failure write_interface(struct tl_pcapng_writer *w, uint32_t index, struct tl_error *error)
{
    const struct tl_interface *interface = tl_interfaces_get(w->interfaces, index);
    enum tl_failure failure = remember(w, index, error);
    if (failure != TL_E_NONE)
        return failure;
    if (interface->block.len > 0)
        return copy_interface(w, interface->block, error);
    struct block b = begin(BLOCK_IDB, w->big_endian);
    add16(&b, interface->linktype);
    add16(&b, 0);
    add32(&b, 0); /* as copy_interface() */
    size_t name_len = strnlen(interface->name, sizeof interface->name);
    if (name_len > 0)
        add_option(&b, OPTION_IF_NAME, interface->name, name_len);
    if (interface->decimals > 6)
        add_option(&b, OPTION_IF_TSRESOL, &(uint8_t){ 9 }, 1);
    if ((interface->fcs & TL_FCS_KNOWN) != 0)
        add_option(&b, OPTION_IF_FCSLEN, &(uint8_t){ (uint8_t)((interface->fcs >> 4) * 16) }, 1);
    return finish(w, &b, error);
}

/* Writes the section's interfaces up to id `last` that are not written yet. Interfaces of a section are contiguous. */
static enum tl_failure write_interfaces(struct tl_pcapng_writer *w, uint32_t last, struct tl_error *error)
{
    uint32_t count = tl_interfaces_count(w->interfaces);
    enum tl_failure failure = TL_E_NONE;
    for (uint32_t i = w->scanned; failure == TL_E_NONE && i < count; i++) {
        const struct tl_interface *interface = tl_interfaces_get(w->interfaces, i);
        if (interface->section != NO_SECTION && interface->section > w->section)
            break;
        if (interface->section != w->section)
            continue;
        if (interface->id > last)
            break;
        if (!is_written(w, i))
            failure = write_interface(w, i, error);
        w->scanned = i + 1;
    }
    return failure;
}

static enum tl_failure need_interface(struct tl_pcapng_writer *w, uint32_t index, const struct tl_interface *interface,
                                      struct tl_error *error)
{
    enum tl_failure failure = TL_E_NONE;
    if (interface->section != NO_SECTION)
        failure = write_interfaces(w, interface->id, error);
    if (failure == TL_E_NONE && !is_written(w, index)) /* from an earlier section, or not from pcapng */
        failure = write_interface(w, index, error);
    return failure;
}

/* Sections. */

static enum tl_failure end_section(struct tl_pcapng_writer *w, struct tl_error *error)
{
    return w->open && w->section != NO_SECTION ? write_interfaces(w, UINT32_MAX, error) : TL_E_NONE;
}

/* A Decryption Secrets Block: it is longer than what struct block holds. */
static enum tl_failure write_secrets(struct tl_pcapng_writer *w, struct tl_error *error)
{
    static const uint8_t zeros[4];
    uint32_t padding = (4 - w->secrets.len % 4) % 4, len = DSB_LEAST + w->secrets.len + padding;
    uint8_t head[DSB_LEAST];
    if (w->secrets.len == 0 || w->injected)
        return TL_E_NONE;
    w->injected = true;
    store32(head, BLOCK_DSB, w->big_endian);
    store32(head + 4, len, w->big_endian);
    store32(head + 8, SECRETS_TLS_KEYLOG, w->big_endian);
    store32(head + 12, w->secrets.len, w->big_endian);
    store32(head + 16, len, w->big_endian); /* written last */
    enum tl_failure failure = tl_output_write(w->output, head, 16, error);
    if (failure == TL_E_NONE)
        failure = tl_output_write(w->output, w->secrets.data, w->secrets.len, error);
    if (failure == TL_E_NONE)
        failure = tl_output_write(w->output, zeros, padding, error);
    return failure == TL_E_NONE ? tl_output_write(w->output, head + 16, 4, error) : failure;
}

/* shb: the header as read; empty: generate one. */
static enum tl_failure begin_section(struct tl_pcapng_writer *w, uint32_t section, bool big_endian, struct tl_bytes shb,
                                     struct tl_error *error)
{
    enum tl_failure failure = end_section(w, error);
    if (failure != TL_E_NONE)
        return failure;
    w->open = true;
    w->section = section;
    w->big_endian = big_endian;
    w->next_id = 0;
    w->generation++;
    static const uint8_t unknown_length[8] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
    if (shb.len >= SHB_LEAST) { /* the section length may have changed, so it is set to unknown */
        failure = tl_output_write(w->output, shb.data, 16, error);
        if (failure == TL_E_NONE)
            failure = tl_output_write(w->output, unknown_length, 8, error);
        if (failure == TL_E_NONE)
            failure = tl_output_write(w->output, shb.data + 24, shb.len - 24, error);
        return failure == TL_E_NONE ? write_secrets(w, error) : failure;
    }
    static const char program[] = "taplight " TAPLIGHT_VERSION;
    struct block b = begin(BLOCK_SHB, big_endian);
    add32(&b, BYTE_ORDER_MAGIC);
    add16(&b, 1);
    add16(&b, 0);
    memcpy(b.data + b.len, unknown_length, 8);
    b.len += 8;
    add_option(&b, OPTION_SHB_USERAPPL, program, sizeof program - 1);
    failure = finish(w, &b, error);
    return failure == TL_E_NONE ? write_secrets(w, error) : failure;
}

/* Begins a section in host byte order, if none is open. */
static enum tl_failure need_section(struct tl_pcapng_writer *w, uint32_t section, bool big_endian,
                                    struct tl_error *error)
{
    if (TL_LIKELY(w->open && w->section == section))
        return TL_E_NONE;
    if (section == NO_SECTION)
        big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    return begin_section(w, section, big_endian, (struct tl_bytes){ NULL, 0 }, error);
}

/* Blocks. */

/* Rounds up, because the reader rounds down to nanoseconds. A time can be before the interface's offset. */
uint64_t tl_pcapng_ticks(const struct tl_interface *interface, int64_t ts)
{
    bool read = interface->block.len > 0 && interface->ticks > 0;
    uint64_t units = read ? interface->ticks : interface->decimals > 6 ? SECOND : 1000000;
    int64_t offset = read ? interface->offset : 0;
    if (TL_LIKELY(units == 1000000 && offset == 0 && ts >= 0))
        return (uint64_t)ts / 1000 + (ts % 1000 != 0);
    int64_t seconds = ts / SECOND - (ts % SECOND < 0);
    uint64_t rest = (uint64_t)(ts - seconds * SECOND);
    __int128 since = (__int128)seconds - offset;
    if (since < 0)
        return 0;
    unsigned __int128 ticks = (unsigned __int128)since * units;
    ticks += ((unsigned __int128)rest * units + SECOND - 1) / SECOND;
    return ticks > UINT64_MAX ? UINT64_MAX : (uint64_t)ticks;
}

static uint32_t load32(const uint8_t *p, bool big_endian)
{
    return big_endian ? tl_load_be32(p) : tl_load_le32(p);
}

/* A time outside our range is copied from the packet's block. */
static uint64_t ticks_of(const struct tl_packet *packet, const struct tl_interface *interface)
{
    if (TL_UNLIKELY(packet->untimed))
        return 0;
    if (TL_LIKELY(!packet->stored_time))
        return tl_pcapng_ticks(interface, packet->ts);
    const uint8_t *stored = packet->bytes - 16;
    return (uint64_t)load32(stored, interface->big_endian) << 32 | load32(stored + 4, interface->big_endian);
}

enum tl_failure tl_pcapng_write_head(struct tl_pcapng_writer *w, const struct tl_packet *packet,
                                     const struct tl_interface *interface, struct tl_error *error)
{
    enum tl_failure failure = need_section(w, interface->section, interface->big_endian, error);
    if (failure == TL_E_NONE && TL_UNLIKELY(!is_written(w, packet->interface)))
        failure = need_interface(w, packet->interface, interface, error);
    return failure;
}

/* A Simple Packet Block has neither an interface id nor a captured length: it is of interface 0, and whole. */
static bool is_simple(const struct tl_pcapng_writer *w, const struct tl_packet *packet)
{
    return packet->untimed && packet->caplen == packet->len && w->ids[packet->interface].id == 0;
}

static enum tl_failure write_simple(struct tl_pcapng_writer *w, const struct tl_packet *packet, struct tl_error *error)
{
    static const uint8_t zero[4];
    uint32_t padding = -packet->caplen & 3, total = 16 + packet->caplen + padding;
    uint8_t head[12];
    w->packet_at = tl_output_length(w->output);
    store32(head, BLOCK_SPB, w->big_endian);
    store32(head + 4, total, w->big_endian);
    store32(head + 8, packet->len, w->big_endian);
    enum tl_failure failure = tl_output_write(w->output, head, sizeof head, error);
    if (failure == TL_E_NONE)
        failure = tl_output_write(w->output, packet->bytes, packet->caplen, error);
    if (failure == TL_E_NONE)
        failure = tl_output_write(w->output, zero, padding, error);
    return failure == TL_E_NONE ? tl_output_write(w->output, head + 4, 4, error) : failure;
}

enum tl_failure tl_pcapng_write_packet(struct tl_pcapng_writer *w, const struct tl_packet *packet,
                                       const struct tl_interface *interface, struct tl_error *error)
{
    enum tl_failure failure = tl_pcapng_write_head(w, packet, interface, error);
    if (failure != TL_E_NONE)
        return failure;
    if (TL_UNLIKELY(packet->untimed) && is_simple(w, packet))
        return write_simple(w, packet, error);
    static const uint8_t zero[4];
    bool be = w->big_endian;
    uint32_t padding = -packet->caplen & 3, options = interface->section != NO_SECTION ? packet->options_len & ~3U : 0;
    uint64_t total = 32 + (uint64_t)packet->caplen + padding + options, ticks = ticks_of(packet, interface);
    if (total > UINT32_MAX)
        return tl_error_set(error, TL_E_RUNTIME, "packet %llu is too long for a pcapng file",
                            (unsigned long long)packet->number);
    w->packet_at = tl_output_length(w->output);
    uint8_t head[28];
    store32(head, BLOCK_EPB, be);
    store32(head + 4, (uint32_t)total, be);
    store32(head + 8, w->ids[packet->interface].id, be);
    store32(head + 12, (uint32_t)(ticks >> 32), be);
    store32(head + 16, (uint32_t)ticks, be);
    store32(head + 20, packet->caplen, be);
    store32(head + 24, packet->len, be);
    failure = tl_output_write(w->output, head, sizeof head, error);
    if (failure == TL_E_NONE)
        failure = tl_output_write(w->output, packet->bytes, packet->caplen, error);
    if (failure == TL_E_NONE)
        failure = tl_output_write(w->output, zero, padding, error);
    if (failure == TL_E_NONE && options > 0)
        failure = tl_output_write(w->output, packet->bytes + packet->caplen + padding, options, error);
    return failure == TL_E_NONE ? tl_output_write(w->output, head + 4, 4, error) : failure;
}

/* Writes the statistics of one of our interfaces with its id in this file. */
static enum tl_failure write_statistics(struct tl_pcapng_writer *w, struct tl_bytes block, struct tl_error *error)
{
    uint8_t id[4];
    uint32_t index = load32(block.data + 8, false);
    const struct tl_interface *interface = tl_interfaces_get(w->interfaces, index);
    if (interface == NULL)
        return TL_E_NONE;
    enum tl_failure failure = need_interface(w, index, interface, error);
    if (failure == TL_E_NONE)
        failure = tl_output_write(w->output, block.data, 8, error);
    store32(id, w->ids[index].id, false);
    if (failure == TL_E_NONE)
        failure = tl_output_write(w->output, id, sizeof id, error);
    return failure == TL_E_NONE ? tl_output_write(w->output, block.data + 12, block.len - 12, error) : failure;
}

enum tl_failure tl_pcapng_write_extra(struct tl_pcapng_writer *w, const struct tl_extra *extra, struct tl_error *error)
{
    if (extra->type == BLOCK_SHB)
        return begin_section(w, extra->section, extra->big_endian, extra->block, error);
    enum tl_failure failure = need_section(w, extra->section, extra->big_endian, error);
    if (failure == TL_E_NONE && extra->type == BLOCK_ISB && extra->section == NO_SECTION)
        return write_statistics(w, extra->block, error);
    if (failure == TL_E_NONE && extra->type == BLOCK_ISB && extra->block.len >= 12)
        failure = write_interfaces(w, load32(extra->block.data + 8, extra->big_endian), error);
    return failure == TL_E_NONE ? tl_output_write(w->output, extra->block.data, extra->block.len, error) : failure;
}

enum tl_failure tl_pcapng_write_end(struct tl_pcapng_writer *w, struct tl_error *error)
{
    if (w->open)
        return end_section(w, error);
    enum tl_failure failure = need_section(w, NO_SECTION, false, error);
    for (uint32_t i = 0; failure == TL_E_NONE && i < tl_interfaces_count(w->interfaces); i++) {
        if (tl_interfaces_get(w->interfaces, i)->section == NO_SECTION)
            failure = write_interface(w, i, error);
    }
    return failure;
}
