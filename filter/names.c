/* names.c - the names of packets: fields, protocols, either side of a conversation, the frame. */
#include "filter/names.h"

#include "core/protocol.h"
#include "core/tree.h"

struct special_row {
    const char *name;
    enum tl_special special;
    enum tl_datum_type type;
    uint8_t bits;
    const char *help;
};

static const struct special_row specials[] = {
    { "frame", TL_SPECIAL_FRAME, TL_DATUM_PROTOCOL, 0, "The packet as captured" },
    { "frame.number", TL_SPECIAL_NUMBER, TL_DATUM_UNSIGNED, 32, "Number of the packet, from 1" },
    { "frame.time", TL_SPECIAL_TIME, TL_DATUM_TIME, 0, "Arrival time; constants are local unless Z or UTC follows" },
    { "frame.time_epoch", TL_SPECIAL_TIME_EPOCH, TL_DATUM_INTERVAL, 0, "Arrival time, seconds since 1970" },
    { "frame.time_delta", TL_SPECIAL_TIME_DELTA, TL_DATUM_INTERVAL, 0, "Time since the previous packet" },
    { "frame.time_delta_displayed", TL_SPECIAL_TIME_DELTA_DISPLAYED, TL_DATUM_INTERVAL, 0,
      "Time since the previous packet that matches" },
    { "frame.time_relative", TL_SPECIAL_TIME_RELATIVE, TL_DATUM_INTERVAL, 0, "Time since the first packet" },
    { "frame.len", TL_SPECIAL_LEN, TL_DATUM_UNSIGNED, 32, "Length on the wire, bytes" },
    { "frame.cap_len", TL_SPECIAL_CAP_LEN, TL_DATUM_UNSIGNED, 32, "Length as captured, bytes" },
    { "frame.protocols", TL_SPECIAL_PROTOCOLS, TL_DATUM_TEXT, 0, "The layers, outermost first, with colons" },
    { "frame.comment", TL_SPECIAL_COMMENT, TL_DATUM_TEXT, 0, "A comment of the packet in a pcapng file" },
    { "frame.interface_id", TL_SPECIAL_INTERFACE_ID, TL_DATUM_UNSIGNED, 32, "Index of the interface, from 0" },
    { "frame.interface_name", TL_SPECIAL_INTERFACE_NAME, TL_DATUM_TEXT, 0, "Name of the interface" },
    { "frame.interface_description", TL_SPECIAL_INTERFACE_DESCRIPTION, TL_DATUM_TEXT, 0,
      "Description of the interface in a pcapng file" },
    { "_ws.malformed", TL_SPECIAL_MALFORMED, TL_DATUM_NONE, 0, "A layer is malformed" },
    { "tcp.stream", TL_SPECIAL_TCP_STREAM, TL_DATUM_UNSIGNED, 32, "Number of the TCP connection, from 0" },
    { "udp.stream", TL_SPECIAL_UDP_STREAM, TL_DATUM_UNSIGNED, 32, "Number of the UDP conversation, from 0" },
    { "tcp.payload", TL_SPECIAL_TCP_PAYLOAD, TL_DATUM_BYTES, 0, "Payload of the segment" },
    { "udp.payload", TL_SPECIAL_UDP_PAYLOAD, TL_DATUM_BYTES, 0, "Payload of the datagram" },
};

/* Names that stand for one or two fields. */
struct either_row {
    const char *name;
    const char *keys[2];
    bool as_text;
    const char *help;
};

static const struct either_row eithers[] = {
    { "eth.addr", { "eth.dst", "eth.src" }, false, "Source or destination" },
    { "ip.addr", { "ip.src", "ip.dst" }, false, "Source or destination" },
    { "ip.host", { "ip.src", "ip.dst" }, true, "Source or destination, as text; names are not resolved" },
    { "ip.src_host", { "ip.src", NULL }, true, "Source, as text" },
    { "ip.dst_host", { "ip.dst", NULL }, true, "Destination, as text" },
    { "ipv6.addr", { "ipv6.src", "ipv6.dst" }, false, "Source or destination" },
    { "ipv6.host", { "ipv6.src", "ipv6.dst" }, true, "Source or destination, as text; names are not resolved" },
    { "ipv6.src_host", { "ipv6.src", NULL }, true, "Source, as text" },
    { "ipv6.dst_host", { "ipv6.dst", NULL }, true, "Destination, as text" },
    { "tcp.port", { "tcp.srcport", "tcp.dstport" }, false, "Source or destination" },
    { "udp.port", { "udp.srcport", "udp.dstport" }, false, "Source or destination" },
};

static bool is_called(struct tl_bytes name, const char *text)
{
    return strlen(text) == name.len && memcmp(text, name.data, name.len) == 0;
}

struct tl_kind_of_value tl_kind_of_field(const struct tl_field *field)
{
    static const struct {
        uint8_t type, bits;
    } kinds[] = {
        [TL_NONE] = { TL_DATUM_NONE, 0 },      [TL_BOOL] = { TL_DATUM_BOOL, 8 },     [TL_U8] = { TL_DATUM_UNSIGNED, 8 },
        [TL_U16] = { TL_DATUM_UNSIGNED, 16 },  [TL_U24] = { TL_DATUM_UNSIGNED, 24 },
        [TL_U32] = { TL_DATUM_UNSIGNED, 32 },
        [TL_U64] = { TL_DATUM_UNSIGNED, 64 },  [TL_I8] = { TL_DATUM_SIGNED, 8 },     [TL_I16] = { TL_DATUM_SIGNED, 16 },
        [TL_I32] = { TL_DATUM_SIGNED, 32 },    [TL_I64] = { TL_DATUM_SIGNED, 64 },   [TL_MAC] = { TL_DATUM_MAC, 48 },
        [TL_IPV4] = { TL_DATUM_IPV4, 32 },     [TL_IPV6] = { TL_DATUM_IPV6, 128 },   [TL_GUID] = { TL_DATUM_GUID, 128 },
        [TL_GUID_LE] = { TL_DATUM_GUID, 128 }, [TL_OID] = { TL_DATUM_OID, 0 },       [TL_BYTES] = { TL_DATUM_BYTES, 0 },
        [TL_TEXT] = { TL_DATUM_TEXT, 0 },      [TL_UTF16LE] = { TL_DATUM_TEXT, 0 }, 
        [TL_UTF16BE] = { TL_DATUM_TEXT, 0 },
        [TL_INTERVAL] = { TL_DATUM_INTERVAL, 64 }, [TL_TIME] = { TL_DATUM_TIME, 64 },
        [TL_FLOAT] = { TL_DATUM_DOUBLE, 32 },
        [TL_DOUBLE] = { TL_DATUM_DOUBLE, 64 }, [TL_GROUP] = { TL_DATUM_NONE, 0 },
    };
    return (struct tl_kind_of_value){ kinds[field->type].type, kinds[field->type].bits, field->names };
}

/* Adds all fields with this key. */
static void add_sites(const struct tl_names *names, struct tl_bytes key, struct tl_reference *reference)
{
    for (uint32_t p = 0; p < names->protocols.count; p++) {
        const struct tl_protocol *protocol = names->protocols.items[p];
        for (uint32_t f = 0; f < protocol->field_count; f++) {
            const struct tl_field *field = &protocol->fields[f];
            if (field->key == NULL || !is_called(key, field->key) || reference->site_count == TL_SITES_MOST)
                continue;
            if (reference->field == NULL) {
                reference->field = field;
                reference->kind = tl_kind_of_field(field);
            } else if (reference->kind.type != tl_kind_of_field(field).type) {
                continue;
            }
            reference->sites[reference->site_count++] = (struct tl_field_site){ (uint16_t)p, (uint16_t)f };
        }
    }
}

static bool find_protocol(const struct tl_names *names, struct tl_bytes name, struct tl_reference *reference)
{
    for (uint32_t p = 0; p < names->protocols.count; p++) {
        if (!is_called(name, names->protocols.items[p]->name))
            continue;
        reference->kind.type = TL_DATUM_PROTOCOL;
        reference->sites[0] = (struct tl_field_site){ (uint16_t)p, TL_LAYER };
        reference->site_count = 1;
        return true;
    }
    return false;
}

/* `ssl` and `ssl.` are what Wireshark called TLS before version 3.0, and still understands. */
static bool find_renamed(const struct tl_names *names, struct tl_bytes name, struct tl_reference *reference)
{
    char now[128] = "tls";
    if (name.len < 3 || name.len > sizeof now || memcmp(name.data, "ssl", 3) != 0 ||
        (name.len > 3 && name.data[3] != '.'))
        return false;
    memcpy(now + 3, name.data + 3, name.len - 3);
    struct tl_bytes renamed = tl_bytes_of(now, name.len);
    add_sites(names, renamed, reference);
    return reference->site_count > 0 || find_protocol(names, renamed, reference);
}

bool tl_names_packet(const struct tl_names *names, struct tl_bytes name, struct tl_reference *reference)
{
    *reference = (struct tl_reference){ .name = name };
    for (size_t i = 0; i < TL_COUNT(specials); i++) {
        if (!is_called(name, specials[i].name))
            continue;
        reference->special = specials[i].special;
        reference->kind = (struct tl_kind_of_value){ specials[i].type, specials[i].bits, NULL };
        return true;
    }
    for (size_t i = 0; i < TL_COUNT(eithers); i++) {
        if (!is_called(name, eithers[i].name))
            continue;
        for (unsigned k = 0; k < 2 && eithers[i].keys[k] != NULL; k++)
            add_sites(names, tl_bytes_of(eithers[i].keys[k], strlen(eithers[i].keys[k])), reference);
        reference->as_text = eithers[i].as_text;
        if (reference->as_text)
            reference->kind = (struct tl_kind_of_value){ .type = TL_DATUM_TEXT };
        return reference->site_count > 0;
    }
    add_sites(names, name, reference);
    return reference->site_count > 0 || find_protocol(names, name, reference) || find_renamed(names, name, reference);
}

void tl_reference_want(const struct tl_reference *reference, const struct tl_protocols *protocols,
                       uint64_t *const wanted[])
{
    for (uint32_t k = 0; k < reference->site_count; k++) {
        const struct tl_field_site site = reference->sites[k];
        if (site.field == TL_LAYER || site.protocol >= protocols->count)
            continue;
        const struct tl_protocol *protocol = protocols->items[site.protocol];
        wanted[site.protocol][site.field / 64] |= UINT64_C(1) << (site.field % 64);
        bool of_flow = protocol->fields[site.field].type == TL_GROUP &&
                       (protocol->fields[site.field].flags & TL_OF_FLOW) != 0;
        for (uint32_t f = 0; f < protocol->field_count; f++) { /* members are gathered with their groups only */
            if (protocol->fields[f].type == TL_GROUP || (of_flow && (protocol->fields[f].flags & TL_OF_FLOW) != 0))
                wanted[site.protocol][f / 64] |= UINT64_C(1) << (f % 64);
        }
    }
}

/* --- lists --- */

static void describe(char *out, size_t size, const struct tl_kind_of_value *kind)
{
    struct tl_buffer b = { 0 };
    tl_puts(&b, tl_datum_type_name(kind->type));
    if (tl_datum_is_number(kind->type))
        tl_put_format(&b, ", %u byte%s", kind->bits / 8u, kind->bits == 8 ? "" : "s");
    tl_put_char(&b, '\0');
    const char *text = b.failed ? "" : (const char *)b.data;
    if (strncmp(text, "a ", 2) == 0)
        text += 2;
    else if (strncmp(text, "an ", 3) == 0)
        text += 3;
    size_t len = strlen(text) < size ? strlen(text) : size - 1;
    memcpy(out, text, len);
    out[len] = '\0';
    tl_buffer_fini(&b);
}

static void list_fields(const struct tl_protocol *protocol, tl_name_row_function *row, void *context)
{
    char type[64];
    struct tl_name_row r = { protocol->name, protocol->name, "protocol", protocol->title };
    row(context, &r);
    for (uint32_t f = 0; f < protocol->field_count; f++) {
        const struct tl_field *field = &protocol->fields[f];
        struct tl_kind_of_value kind = tl_kind_of_field(field);
        if (field->key == NULL)
            continue;
        describe(type, sizeof type, &kind);
        r = (struct tl_name_row){ field->key, protocol->name, field->type == TL_GROUP ? "group" : type, field->label };
        row(context, &r);
    }
}

/* The names beginning with the protocol's name and a dot that are no fields of its own. */
static void list_others(const struct tl_names *names, const char *protocol, tl_name_row_function *row, void *context)
{
    char type[64];
    size_t len = strlen(protocol);
    for (size_t i = 0; i < TL_COUNT(specials); i++) {
        const struct special_row *s = &specials[i];
        const struct tl_kind_of_value kind = { s->type, s->bits, NULL };
        if (strncmp(s->name, protocol, len) != 0 || (s->name[len] != '.' && s->name[len] != '\0'))
            continue;
        describe(type, sizeof type, &kind);
        row(context, &(struct tl_name_row){ s->name, protocol, type, s->help });
    }
    for (size_t i = 0; i < TL_COUNT(eithers); i++) {
        struct tl_reference reference;
        const char *name = eithers[i].name;
        if (strncmp(name, protocol, len) != 0 || name[len] != '.' ||
            !tl_names_packet(names, tl_bytes_of(name, strlen(name)), &reference))
            continue;
        describe(type, sizeof type, &reference.kind);
        row(context, &(struct tl_name_row){ name, protocol, type, eithers[i].help });
    }
}

void tl_names_each(const struct tl_names *names, tl_name_row_function *row, void *context)
{
    list_others(names, "frame", row, context);
    list_others(names, "_ws", row, context);
    for (uint32_t p = 0; p < names->protocols.count; p++) {
        list_fields(names->protocols.items[p], row, context);
        list_others(names, names->protocols.items[p]->name, row, context);
    }
    tl_names_each_record(names, row, context);
}
