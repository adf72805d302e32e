/*
 * cflow.c - NetFlow versions 5 and 9 (RFC 3954) and IPFIX (RFC 7011 section 3) over UDP: flow records. Those of 9
 * and IPFIX need a template that a message of the same flow had. A bounded number of templates is kept.
 */
#include "core/part.h"
#include "dissectors/header.h"

static const struct tl_name sets[] = {
    { 0, "Template (version 9)" }, { 1, "Options template (version 9)" }, { 2, "Template" },
    { 3, "Options template" }, { 0, NULL },
};
static const struct tl_name directions[] = {
    { 0, "Ingress" }, { 1, "Egress" }, { 0, NULL },
};
static const struct tl_name reasons[] = {
    { 1, "Idle timeout" }, { 2, "Active timeout" }, { 3, "End of flow" }, { 4, "Forced end" },
    { 5, "Lack of resources" }, { 0, NULL },
};

enum { VERSION, COUNT, LENGTH, UPTIME, SECONDS, NANOSECONDS, EXPORT_TIME, SEQUENCE, ENGINE_TYPE, ENGINE_ID,
       SAMPLING_MODE, SAMPLING_RATE, SOURCE, DOMAIN, SET, SET_ID, SET_LENGTH, TEMPLATE, TEMPLATE_ID, FIELD_COUNT,
       FIELD_TYPE, FIELD_LENGTH, RECORD, SRCADDR, DSTADDR, SRCADDR6, DSTADDR6, NEXTHOP, INPUT, OUTPUT, PACKETS,
       OCTETS, START, END, ABS_START, ABS_END, SRCPORT, DSTPORT, PROTOCOL, TOS, TCP_FLAGS, SRCAS, DSTAS, SRCMASK,
       DSTMASK, SRCMASK6, DSTMASK6, ICMP, SRCMAC, DSTMAC, VLAN, IP_VERSION, DIRECTION, REASON, FLOW_ID, OTHER,
       SET_DATA };
static const struct tl_field fields[] = {
    [VERSION] = { "cflow.version", "Version", .type = TL_U16 },
    [COUNT] = { "cflow.count", "Count", .type = TL_U16 },
    [LENGTH] = { "cflow.len", "Length", .type = TL_U16, .unit = "bytes" },
    [UPTIME] = { "cflow.sysuptime", "System uptime", .type = TL_INTERVAL },
    [SECONDS] = { "cflow.unix_secs", "Seconds", .type = TL_U32, .unit = "s" },
    [NANOSECONDS] = { "cflow.unix_nsecs", "Nanoseconds", .type = TL_U32, .unit = "ns" },
    [EXPORT_TIME] = { "cflow.exporttime", "Export time", .type = TL_U32, .unit = "s" },
    [SEQUENCE] = { "cflow.sequence", "Sequence number", .type = TL_U32 },
    [ENGINE_TYPE] = { "cflow.engine_type", "Engine type", .type = TL_U8 },
    [ENGINE_ID] = { "cflow.engine_id", "Engine id", .type = TL_U8 },
    [SAMPLING_MODE] = { "cflow.samplingmode", "Sampling mode", .type = TL_U16, .mask = 0xc000 },
    [SAMPLING_RATE] = { "cflow.samplerate", "Sampling rate", .type = TL_U16, .mask = 0x3fff },
    [SOURCE] = { "cflow.source_id", "Source id", .type = TL_U32 },
    [DOMAIN] = { "cflow.od_id", "Observation domain", .type = TL_U32 },
    [SET] = { "cflow.set", "Set", .type = TL_GROUP, .flags = TL_REPEATS },
    [SET_ID] = { "cflow.flowset_id", "Set id", .type = TL_U16, .names = sets },
    [SET_LENGTH] = { "cflow.flowset_length", "Set length", .type = TL_U16, .unit = "bytes" },
    [TEMPLATE] = { "cflow.template", "Template", .type = TL_GROUP, .flags = TL_REPEATS },
    [TEMPLATE_ID] = { "cflow.template_id", "Template id", .type = TL_U16 },
    [FIELD_COUNT] = { "cflow.template_field_count", "Fields", .type = TL_U16 },
    [FIELD_TYPE] = { "cflow.template_field_type", "Field type", .type = TL_U16, .flags = TL_REPEATS },
    [FIELD_LENGTH] = { "cflow.template_field_length", "Field length", .type = TL_U16, .flags = TL_REPEATS },
    [RECORD] = { "cflow.record", "Flow", .type = TL_GROUP, .flags = TL_REPEATS },
    [SRCADDR] = { "cflow.srcaddr", "Source", .type = TL_IPV4 },
    [DSTADDR] = { "cflow.dstaddr", "Destination", .type = TL_IPV4 },
    [SRCADDR6] = { "cflow.srcaddrv6", "Source", .type = TL_IPV6 },
    [DSTADDR6] = { "cflow.dstaddrv6", "Destination", .type = TL_IPV6 },
    [NEXTHOP] = { "cflow.nexthop", "Next hop", .type = TL_IPV4 },
    [INPUT] = { "cflow.inputint", "Input interface", .type = TL_U32 },
    [OUTPUT] = { "cflow.outputint", "Output interface", .type = TL_U32 },
    [PACKETS] = { "cflow.packets", "Packets", .type = TL_U64 },
    [OCTETS] = { "cflow.octets", "Octets", .type = TL_U64 },
    [START] = { "cflow.timestart", "Start", .type = TL_INTERVAL },
    [END] = { "cflow.timeend", "End", .type = TL_INTERVAL },
    [ABS_START] = { "cflow.abstimestart", "Start", .type = TL_TIME },
    [ABS_END] = { "cflow.abstimeend", "End", .type = TL_TIME },
    [SRCPORT] = { "cflow.srcport", "Source port", .type = TL_U16 },
    [DSTPORT] = { "cflow.dstport", "Destination port", .type = TL_U16 },
    [PROTOCOL] = { "cflow.protocol", "Protocol", .type = TL_U8, .names = tl_ip_proto_names },
    [TOS] = { "cflow.tos", "Type of service", .type = TL_U8, .base = TL_HEX },
    [TCP_FLAGS] = { "cflow.tcpflags", "TCP flags", .type = TL_U8, .base = TL_HEX },
    [SRCAS] = { "cflow.srcas", "Source AS", .type = TL_U32 },
    [DSTAS] = { "cflow.dstas", "Destination AS", .type = TL_U32 },
    [SRCMASK] = { "cflow.srcmask", "Source mask", .type = TL_U8, .unit = "bits" },
    [DSTMASK] = { "cflow.dstmask", "Destination mask", .type = TL_U8, .unit = "bits" },
    [SRCMASK6] = { "cflow.srcmaskv6", "Source mask", .type = TL_U8, .unit = "bits" },
    [DSTMASK6] = { "cflow.dstmaskv6", "Destination mask", .type = TL_U8, .unit = "bits" },
    [ICMP] = { "cflow.icmp_type_code_ipv4", "ICMP type and code", .type = TL_U16, .base = TL_HEX },
    [SRCMAC] = { "cflow.srcmac", "Source address", .type = TL_MAC },
    [DSTMAC] = { "cflow.dstmac", "Destination address", .type = TL_MAC },
    [VLAN] = { "cflow.vlanid", "VLAN", .type = TL_U16 },
    [IP_VERSION] = { "cflow.ip_version", "IP version", .type = TL_U8 },
    [DIRECTION] = { "cflow.direction", "Direction", .type = TL_U8, .names = directions },
    [REASON] = { "cflow.flow_end_reason", "End reason", .type = TL_U8, .names = reasons },
    [FLOW_ID] = { "cflow.flow_id", "Flow id", .type = TL_U64 },
    [OTHER] = { "cflow.record.other", "Other value", .type = TL_BYTES, .flags = TL_REPEATS },
    [SET_DATA] = { "cflow.set.data", "Set without template", .type = TL_BYTES },
};

enum { V5 = 5, V9 = 9, IPFIX = 10, V5_RECORD = 48, FIRST_DATA = 256, VARIABLE = 65535, ENTERPRISE = 0x8000 };
enum { TEMPLATES = 12, FIELDS = 40 };

struct cflow_field {
    uint16_t type, length; /* type 0xffff: of an enterprise */
};

struct cflow_template {
    uint32_t source;
    uint16_t id, count; /* count 0: none */
    struct cflow_field fields[FIELDS];
};

struct flow {
    struct cflow_template templates[TEMPLATES];
    uint8_t next; /* is replaced next */
};

static struct cflow_template *find(struct flow *f, uint32_t source, uint16_t id)
{
    for (unsigned i = 0; f != NULL && i < TEMPLATES; i++) {
        if (f->templates[i].count > 0 && f->templates[i].id == id && f->templates[i].source == source)
            return &f->templates[i];
    }
    return NULL;
}

/* --- version 5 --- */

static void version_5(struct tl_dissection *d)
{
    unsigned count = tl_u16(d, COUNT);
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    if (p != NULL)
        tl_add(d, UPTIME, d->c.off - 4, 4, (uint64_t)tl_load_be32(p) * 1000000);
    tl_u32(d, SECONDS);
    tl_u32(d, NANOSECONDS);
    tl_u32(d, SEQUENCE);
    tl_u8(d, ENGINE_TYPE);
    tl_u8(d, ENGINE_ID);
    tl_bits(d, 2, SAMPLING_MODE, SAMPLING_RATE);
    for (; count > 0 && tl_ok(d) && d->wanted != NULL; count--) {
        uint32_t group = tl_group(d, RECORD);
        tl_ipv4(d, SRCADDR);
        tl_ipv4(d, DSTADDR);
        tl_ipv4(d, NEXTHOP);
        tl_u16(d, INPUT);
        tl_u16(d, OUTPUT);
        tl_u32(d, PACKETS);
        tl_u32(d, OCTETS);
        for (unsigned field = START; field <= END; field++) {
            p = tl_cursor_take(&d->c, 4);
            if (p != NULL)
                tl_add(d, field, d->c.off - 4, 4, (uint64_t)tl_load_be32(p) * 1000000);
        }
        tl_u16(d, SRCPORT);
        tl_u16(d, DSTPORT);
        tl_skip(d, 1);
        tl_u8(d, TCP_FLAGS);
        tl_u8(d, PROTOCOL);
        tl_u8(d, TOS);
        tl_u16(d, SRCAS);
        tl_u16(d, DSTAS);
        tl_u8(d, SRCMASK);
        tl_u8(d, DSTMASK);
        tl_skip(d, 2);
        tl_group_end(d, group);
    }
}

/* --- templates --- */

/* ipfix: version 9 has no enterprises; its high field types are those of vendors, such as 33000 of firewalls. */
static void template_of(struct tl_dissection *d, struct flow *f, uint32_t source, bool ipfix)
{
    struct cflow_template t = { .source = source };
    uint32_t group = tl_group(d, TEMPLATE);
    t.id = tl_u16(d, TEMPLATE_ID);
    unsigned count = tl_u16(d, FIELD_COUNT);
    for (unsigned i = 0; i < count && tl_ok(d); i++) {
        uint16_t type = tl_u16(d, FIELD_TYPE), length = tl_u16(d, FIELD_LENGTH);
        bool enterprise = ipfix && (type & ENTERPRISE) != 0;
        if (enterprise)
            tl_skip(d, 4);
        if (i < FIELDS)
            t.fields[i] = (struct cflow_field){ enterprise ? UINT16_MAX : type, length };
    }
    tl_group_end(d, group);
    if (!tl_ok(d) || f == NULL || count == 0 || count > FIELDS || t.id < FIRST_DATA)
        return;
    struct cflow_template *place = find(f, source, t.id);
    if (place == NULL) {
        place = &f->templates[f->next % TEMPLATES];
        f->next = (uint8_t)((f->next + 1) % TEMPLATES);
    }
    t.count = (uint16_t)count;
    *place = t;
}

/* --- data --- */

static unsigned field_of(uint16_t type)
{
    static const struct {
        uint8_t type, field;
    } rows[] = {
        { 1, OCTETS },     { 2, PACKETS },   { 4, PROTOCOL },   { 5, TOS },       { 6, TCP_FLAGS }, { 7, SRCPORT },
        { 8, SRCADDR },    { 9, SRCMASK },   { 10, INPUT },     { 11, DSTPORT },  { 12, DSTADDR },  { 13, DSTMASK },
        { 14, OUTPUT },    { 15, NEXTHOP },  { 16, SRCAS },     { 17, DSTAS },    { 21, END },      { 22, START },
        { 27, SRCADDR6 },  { 28, DSTADDR6 }, { 29, SRCMASK6 },  { 30, DSTMASK6 }, { 32, ICMP },     { 56, SRCMAC },
        { 58, VLAN },      { 60, IP_VERSION }, { 61, DIRECTION }, { 80, DSTMAC }, { 136, REASON },  { 148, FLOW_ID },
        { 152, ABS_START }, { 153, ABS_END },
    };
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        if (rows[i].type == type)
            return rows[i].field;
    }
    return OTHER;
}

static void value(struct tl_dissection *d, uint16_t type, uint32_t len)
{
    unsigned field = field_of(type);
    enum tl_type kind = d->protocol->fields[field].type;
    uint32_t size = kind == TL_IPV4 ? 4 : kind == TL_IPV6 ? 16 : kind == TL_MAC ? 6 : 0;
    bool number = size == 0 && kind != TL_BYTES && len <= 8;
    const uint8_t *p = tl_cursor_take(&d->c, len);
    uint64_t v = 0;
    if (p == NULL)
        return;
    for (uint32_t i = 0; number && i < len; i++)
        v = v << 8 | p[i];
    if (kind == TL_INTERVAL || kind == TL_TIME) /* milliseconds */
        v = v < INT64_MAX / 1000000 ? v * 1000000 : 0;
    tl_add(d, number || size == len ? field : OTHER, d->c.off - len, len, v);
}

static void records_of(struct tl_dissection *d, const struct cflow_template *t)
{
    uint32_t least = 0;
    for (unsigned i = 0; i < t->count; i++)
        least += t->fields[i].length == VARIABLE ? 1 : t->fields[i].length;
    while (tl_ok(d) && least > 0 && tl_cursor_wire_left(&d->c) >= least) {
        uint32_t group = tl_group(d, RECORD);
        for (unsigned i = 0; i < t->count && tl_ok(d); i++) {
            uint32_t len = t->fields[i].length;
            if (len == VARIABLE) { /* RFC 7011 section 7 */
                const uint8_t *p = tl_cursor_take(&d->c, 1);
                len = p != NULL ? p[0] : 0;
                p = len == 255 ? tl_cursor_take(&d->c, 2) : NULL;
                len = p != NULL ? tl_load_be16(p) : len;
            }
            if (tl_ok(d) && len > 0)
                value(d, t->fields[i].type, len);
        }
        tl_group_end(d, group);
    }
}

static void set(struct tl_dissection *d, uint32_t source)
{
    struct flow *f = d->flow.slot;
    uint32_t group = tl_group(d, SET);
    uint16_t id = tl_u16(d, SET_ID);
    uint32_t len = tl_u16(d, SET_LENGTH);
    if (tl_ok(d) && len < 4)
        tl_bad(d);
    struct tl_part part = tl_part_begin(d, len - 4);
    const struct cflow_template *t = id >= FIRST_DATA ? find(f, source, id) : NULL;
    if (id == 0 || id == 2) {
        while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= 4)
            template_of(d, f, source, id == 2);
    } else if (t != NULL && d->wanted != NULL) {
        records_of(d, t);
    } else if (tl_ok(d) && t == NULL) {
        tl_run_left(d, SET_DATA);
    }
    tl_part_end(d, part);
    tl_group_end(d, group);
}

static void sets_of(struct tl_dissection *d, uint16_t version)
{
    if (version == IPFIX) {
        tl_limit(d, tl_u16(d, LENGTH), 16);
        tl_u32(d, EXPORT_TIME);
    } else {
        tl_u16(d, COUNT);
        const uint8_t *p = tl_cursor_take(&d->c, 4);
        if (p != NULL)
            tl_add(d, UPTIME, d->c.off - 4, 4, (uint64_t)tl_load_be32(p) * 1000000);
        tl_u32(d, SECONDS);
    }
    tl_u32(d, SEQUENCE);
    uint32_t source = tl_u32(d, version == IPFIX ? DOMAIN : SOURCE);
    while (tl_ok(d) && tl_cursor_wire_left(&d->c) >= 4)
        set(d, source);
}

static enum tl_status cflow_dissect(struct tl_dissection *d)
{
    uint16_t version = tl_u16(d, VERSION);
    if (!tl_ok(d))
        return d->c.status;
    tl_confirm(d);
    struct tl_part part = tl_part_begin(d, tl_cursor_wire_left(&d->c));
    if (version == V5)
        version_5(d);
    else if (version == V9 || version == IPFIX)
        sets_of(d, version);
    tl_part_close(d, part);
    return tl_next_none(d);
}

static enum tl_probe cflow_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, 16);
    uint32_t size = tl_cursor_wire_left(&c);
    if (d->flow.stream || p == NULL)
        return TL_PROBE_NO;
    unsigned version = tl_load_be16(p), second = tl_load_be16(p + 2);
    bool five = version == V5 && second > 0 && size == 24 + second * V5_RECORD;
    bool nine = version == V9 && second > 0 && size >= 24;
    bool ten = version == IPFIX && second == size;
    return five || nine || ten ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_cflow = {
    .name = "cflow",
    .title = "NetFlow and IPFIX",
    .service = "cflow",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .flow_size = sizeof(struct flow),
    .on = { { TL_ON_UDP_PORT, 2055 }, { TL_ON_UDP_PORT, 4739 }, { TL_ON_UDP_PORT, 9995 }, { TL_ON_UDP_PORT, 9996 } },
    .info = "version {version}[ sequence {sequence}][ template {template_id,}][ {srcaddr} > {dstaddr}]"
            "[ {srcaddrv6} > {dstaddrv6}]",
    .only_at_home = true,
    .probe = cflow_probe,
    .dissect = cflow_dissect,
};
