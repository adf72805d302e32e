/*
 * sflow.c - sFlow version 5 (sflow.org, "sFlow Version 5", 2004): samples of packets and counters that an agent sends
 * to a collector. XDR: all numbers have 32 or 64 bits.
 */
#include "core/part.h"
#include "dissectors/header.h"

enum { VERSION, AGENT_TYPE, AGENT, AGENT6, SUB_AGENT, SEQUENCE, UPTIME, SAMPLES, SAMPLE, ENTERPRISE, SAMPLE_TYPE,
       SAMPLE_LENGTH,
       FLOW_SEQ, FLOW_CLASS, FLOW_INDEX, FLOW_TYPE, FLOW_IFINDEX, RATE, POOL, DROPS, INPUT, INPUT_FORMAT, INPUT_VALUE,
       OUTPUT,
       OUTPUT_FORM, OUTPUT_BITS, OUTPUT_FORMAT, OUTPUT_VALUE, FLOW_RECORDS, COUNTERS_SEQ, COUNTERS_CLASS,
       COUNTERS_INDEX,
       COUNTERS_RECORDS, FLOW_FORMAT, COUNTERS_FORMAT, RECORD_LENGTH, HEADER_PROTOCOL, FRAME_LENGTH, STRIPPED,
       HEADER_LENGTH, HEADER, IN_VLAN, IN_PRIORITY, OUT_VLAN, OUT_PRIORITY, IFINDEX, IFTYPE, IFSPEED, IFDIRECTION,
       ADMIN, OPER,
       IN_OCTETS, IN_PACKETS, IN_MULTICAST, IN_BROADCAST, IN_DISCARDS, IN_ERRORS, IN_UNKNOWN, OUT_OCTETS, OUT_PACKETS,
       OUT_MULTICAST, OUT_BROADCAST, OUT_DISCARDS, OUT_ERRORS, PROMISCUOUS, FIELDS };

enum { FLOW = 1, COUNTERS, EXPANDED_FLOW, EXPANDED_COUNTERS };
static const struct tl_name sample_types[] = {
    { FLOW, "Flow sample" }, { COUNTERS, "Counters sample" }, { EXPANDED_FLOW, "Expanded flow sample" },
    { EXPANDED_COUNTERS, "Expanded counters sample" }, { 0, NULL },
};
static const struct tl_name flow_formats[] = {
    { 1, "Raw packet header" }, { 2, "Ethernet frame" }, { 3, "IPv4" }, { 4, "IPv6" }, { 1001, "Extended switch" },
    { 1002, "Extended router" }, { 1003, "Extended gateway" }, { 1004, "Extended user" }, { 1005, "Extended URL" },
    { 1006, "Extended MPLS" }, { 1007, "Extended NAT" }, { 1012, "Extended VLAN tunnel" }, { 0, NULL },
};
static const struct tl_name counters_formats[] = {
    { 1, "Generic interface" }, { 2, "Ethernet interface" }, { 3, "Token ring" }, { 4, "100 BaseVG" }, { 5, "VLAN" },
    { 1001, "Processor" }, { 0, NULL },
};
static const struct tl_name header_protocols[] = {
    { 1, "Ethernet" }, { 2, "Token bus" }, { 3, "Token ring" }, { 4, "FDDI" }, { 5, "Frame Relay" }, { 6, "X.25" },
    { 7, "PPP" }, { 8, "SMDS" }, { 9, "AAL5" }, { 10, "AAL5-IP" }, { 11, "IPv4" }, { 12, "IPv6" }, { 13, "MPLS" },
    { 0, NULL },
};
static const struct tl_name directions[] = {
    { 0, "Unknown" }, { 1, "Full-Duplex" }, { 2, "Half-Duplex" }, { 3, "In" }, { 4, "Out" }, { 0, NULL },
};
static const struct tl_name families[] = { { 1, "IPv4" }, { 2, "IPv6" }, { 0, NULL } };

#define MANY(key, label, t) { key, label, .type = t, .flags = TL_REPEATS }
#define BITS(key, label, bits) { key, label, .type = TL_U32, .mask = bits, .flags = TL_REPEATS }
static const struct tl_field fields[FIELDS] = {
    [VERSION] = { "sflow_245.version", "Version", .type = TL_U32 },
    [AGENT_TYPE] = { "sflow_245.agenttype", "Type of the agent's address", .type = TL_U32, .names = families },
    [AGENT] = { "sflow_245.agent", "Agent", .type = TL_IPV4 },
    [AGENT6] = { "sflow_245.agent.v6", "Agent", .type = TL_IPV6 },
    [SUB_AGENT] = { "sflow_245.sub_agent_id", "Part of the agent", .type = TL_U32 },
    [SEQUENCE] = { "sflow_245.sequence_number", "Sequence number", .type = TL_U32 },
    [UPTIME] = { "sflow_245.sysuptime", "Time since the start", .type = TL_U32, .unit = "ms" },
    [SAMPLES] = { "sflow_245.numsamples", "Samples", .type = TL_U32 },
    [SAMPLE] = { "sflow.sample", "Sample", .type = TL_GROUP, .flags = TL_REPEATS },
    [ENTERPRISE] = BITS("sflow.enterprise", "Enterprise", 0xfffff000),
    [SAMPLE_TYPE] = { "sflow_245.sampletype", "Type", .type = TL_U32, .mask = 0xfff, .flags = TL_REPEATS,
                      .names = sample_types },
    [SAMPLE_LENGTH] = MANY("sflow.sample.length", "Length", TL_U32),
    [FLOW_SEQ] = MANY("sflow.flow_sample.sequence_number", "Number of the sample", TL_U32),
    [FLOW_CLASS] = BITS("sflow.flow_sample.source_id_class", "Class of the source", 0xff000000),
    [FLOW_INDEX] = BITS("sflow.flow_sample.index", "Source", 0x00ffffff),
    [FLOW_TYPE] = MANY("sflow.flow_sample.source_id_type", "Type of the source", TL_U32),
    [FLOW_IFINDEX] = MANY("sflow.flow_sample.source_id_index", "Source", TL_U32),
    [RATE] = MANY("sflow.flow_sample.sampling_rate", "One of so many packets", TL_U32),
    [POOL] = MANY("sflow.flow_sample.sample_pool", "Packets that could have been sampled", TL_U32),
    [DROPS] = MANY("sflow.flow_sample.dropped_packets", "Samples dropped", TL_U32),
    [INPUT] = MANY("sflow.flow_sample.input_interface", "Input interface", TL_U32),
    [INPUT_FORMAT] = MANY("sflow.flow_sample.input_interface_format", "Format of the input interface", TL_U32),
    [INPUT_VALUE] = MANY("sflow.flow_sample.input_interface_value", "Input interface", TL_U32),
    [OUTPUT] = MANY("sflow.flow_sample.output_interface", "Output interface", TL_U32),
    [OUTPUT_FORM] = BITS("sflow.flow_sample.output_interface_format", "Format of the output interface", 0xc0000000),
    [OUTPUT_BITS] = BITS("sflow.flow_sample.output_interface_value", "Interfaces, or why discarded", 0x3fffffff),
    [OUTPUT_FORMAT] = MANY("sflow.flow_sample.output_interface.type", "Format of the output interface", TL_U32),
    [OUTPUT_VALUE] = MANY("sflow.flow_sample.output_interface.index", "Output interface", TL_U32),
    [FLOW_RECORDS] = MANY("sflow.flow_sample.flow_record", "Records", TL_U32),
    [COUNTERS_SEQ] = MANY("sflow.counters_sample.sequence_number", "Number of the sample", TL_U32),
    [COUNTERS_CLASS] = BITS("sflow.counters_sample.source_id_type", "Type of the source", 0xff000000),
    [COUNTERS_INDEX] = BITS("sflow.counters_sample.source_id_index", "Source", 0x00ffffff),
    [COUNTERS_RECORDS] = MANY("sflow.counters_sample.counters_records", "Records", TL_U32),
    [FLOW_FORMAT] = { "sflow_245.flow_record_format", "Record", .type = TL_U32, .flags = TL_REPEATS,
                      .names = flow_formats },
    [COUNTERS_FORMAT] = { "sflow_245.counters_record_format", "Record", .type = TL_U32, .mask = 0xfff,
                          .flags = TL_REPEATS,
                          .names = counters_formats },
    [RECORD_LENGTH] = MANY("sflow.record.length", "Length of the record", TL_U32),
    [HEADER_PROTOCOL] = { "sflow_245.header_protocol", "Protocol of the header", .type = TL_U32, .flags = TL_REPEATS,
                          .names = header_protocols },
    [FRAME_LENGTH] = MANY("sflow_245.header.frame_length", "Length of the frame", TL_U32),
    [STRIPPED] = MANY("sflow_245.header.payload_stripped", "Bytes removed", TL_U32),
    [HEADER_LENGTH] = MANY("sflow_245.header.sampled_header_length", "Length of the sampled header", TL_U32),
    [HEADER] = MANY("sflow_245.header", "Sampled header", TL_BYTES),
    [IN_VLAN] = MANY("sflow_245.vlan.in", "Incoming VLAN", TL_U32),
    [IN_PRIORITY] = MANY("sflow_245.pri.in", "Incoming priority", TL_U32),
    [OUT_VLAN] = MANY("sflow_245.vlan.out", "Outgoing VLAN", TL_U32),
    [OUT_PRIORITY] = MANY("sflow_245.pri.out", "Outgoing priority", TL_U32),
    [IFINDEX] = MANY("sflow_245.ifindex", "Interface", TL_U32),
    [IFTYPE] = MANY("sflow_245.iftype", "Type of the interface", TL_U32),
    [IFSPEED] = { "sflow_245.ifspeed", "Speed", .type = TL_U64, .flags = TL_REPEATS, .unit = "bit/s" },
    [IFDIRECTION] = { "sflow_245.ifdirection", "Direction", .type = TL_U32, .flags = TL_REPEATS, .names = directions },
    [ADMIN] = { "sflow_245.ifadmin_status", "Switched on", .type = TL_BOOL, .mask = 0x1, .flags = TL_REPEATS },
    [OPER] = { "sflow_245.ifoper_status", "Up", .type = TL_BOOL, .mask = 0x2, .flags = TL_REPEATS },
    [IN_OCTETS] = MANY("sflow_245.ifinoct", "Bytes in", TL_U64),
    [IN_PACKETS] = MANY("sflow_245.ifinpkt", "Packets in", TL_U32),
    [IN_MULTICAST] = MANY("sflow_245.ifinmcast", "Multicast packets in", TL_U32),
    [IN_BROADCAST] = MANY("sflow_245.ifinbcast", "Broadcast packets in", TL_U32),
    [IN_DISCARDS] = MANY("sflow_245.ifindisc", "Discarded packets in", TL_U32),
    [IN_ERRORS] = MANY("sflow_245.ifinerr", "Errors in", TL_U32),
    [IN_UNKNOWN] = MANY("sflow_245.ifinunk", "Packets in of unknown protocols", TL_U32),
    [OUT_OCTETS] = MANY("sflow_245.ifoutoct", "Bytes out", TL_U64),
    [OUT_PACKETS] = MANY("sflow_245.ifoutpkt", "Packets out", TL_U32),
    [OUT_MULTICAST] = MANY("sflow_245.ifoutmcast", "Multicast packets out", TL_U32),
    [OUT_BROADCAST] = MANY("sflow_245.ifoutbcast", "Broadcast packets out", TL_U32),
    [OUT_DISCARDS] = MANY("sflow_245.ifoutdisc", "Discarded packets out", TL_U32),
    [OUT_ERRORS] = MANY("sflow_245.ifouterr", "Errors out", TL_U32),
    [PROMISCUOUS] = MANY("sflow_245.ifpromisc", "Promiscuous mode", TL_U32),
};
#undef MANY
#undef BITS

enum { PORT = 6343, RAW_HEADER = 1, SWITCH = 1001, INTERFACE = 1, RECORDS_MOST = 512, SAMPLES_MOST = 512 };

static void raw_header(struct tl_dissection *d)
{
    (void)tl_u32(d, HEADER_PROTOCOL);
    (void)tl_u32(d, FRAME_LENGTH);
    (void)tl_u32(d, STRIPPED);
    uint32_t n = tl_u32(d, HEADER_LENGTH);
    if (tl_ok(d) && n > 0)
        tl_run(d, HEADER, n);
}

/* The counters of RFC 2233 (sFlow version 5, section 5: struct if_counters). */
static void interface(struct tl_dissection *d)
{
    for (unsigned field = IFINDEX; field <= PROMISCUOUS && tl_ok(d); field++) {
        if (field == IFSPEED || field == IN_OCTETS || field == OUT_OCTETS)
            (void)tl_u64(d, field);
        else if (field == ADMIN)
            (void)tl_bits(d, 4, ADMIN, OPER);
        else if (field != OPER)
            (void)tl_u32(d, field);
    }
}

/* A record of a sample: its format, its length, its data. Formats of other enterprises are passed over. */
static void record(struct tl_dissection *d, bool counters)
{
    uint32_t off = d->c.off, format = 0;
    const uint8_t *p = tl_cursor_take(&d->c, 4);
    if (p == NULL)
        return;
    format = tl_load_be32(p);
    tl_add_bits(d, ENTERPRISE, off, 4, format);
    if (counters)
        tl_add_bits(d, COUNTERS_FORMAT, off, 4, format);
    else
        tl_add(d, FLOW_FORMAT, off, 4, format & 0xfff);
    struct tl_part part = tl_part_begin(d, tl_u32(d, RECORD_LENGTH));
    if (counters && format == INTERFACE) {
        interface(d);
    } else if (!counters && format == RAW_HEADER) {
        raw_header(d);
    } else if (!counters && format == SWITCH) {
        for (unsigned field = IN_VLAN; field <= OUT_PRIORITY; field++)
            (void)tl_u32(d, field);
    }
    tl_part_end(d, part);
}

static void flow_sample(struct tl_dissection *d, bool expanded)
{
    (void)tl_u32(d, FLOW_SEQ);
    if (expanded) {
        (void)tl_u32(d, FLOW_TYPE);
        (void)tl_u32(d, FLOW_IFINDEX);
    } else {
        (void)tl_bits(d, 4, FLOW_CLASS, FLOW_INDEX);
    }
    (void)tl_u32(d, RATE);
    (void)tl_u32(d, POOL);
    (void)tl_u32(d, DROPS);
    if (expanded) {
        (void)tl_u32(d, INPUT_FORMAT);
        (void)tl_u32(d, INPUT_VALUE);
        (void)tl_u32(d, OUTPUT_FORMAT);
        (void)tl_u32(d, OUTPUT_VALUE);
    } else {
        (void)tl_u32(d, INPUT);
        uint32_t output = tl_u32(d, OUTPUT);
        if (output >> 30 != 0) /* not one interface */
            tl_add_all_bits(d, OUTPUT_FORM, OUTPUT_BITS, d->c.off - 4, 4, output);
    }
    uint32_t n = tl_u32(d, FLOW_RECORDS);
    for (uint32_t i = 0; i < n && i < RECORDS_MOST && tl_ok(d); i++)
        record(d, false);
}

static void counters_sample(struct tl_dissection *d, bool expanded)
{
    (void)tl_u32(d, COUNTERS_SEQ);
    if (expanded) {
        const uint8_t *p = tl_cursor_take(&d->c, 8);
        if (p != NULL) {
            tl_add(d, COUNTERS_CLASS, d->c.off - 8, 4, tl_load_be32(p));
            tl_add(d, COUNTERS_INDEX, d->c.off - 4, 4, tl_load_be32(p + 4));
        }
    } else {
        (void)tl_bits(d, 4, COUNTERS_CLASS, COUNTERS_INDEX);
    }
    uint32_t n = tl_u32(d, COUNTERS_RECORDS);
    for (uint32_t i = 0; i < n && i < RECORDS_MOST && tl_ok(d); i++)
        record(d, true);
}

static void sample(struct tl_dissection *d)
{
    uint32_t group = tl_group(d, SAMPLE);
    uint32_t type = tl_bits(d, 4, ENTERPRISE, SAMPLE_TYPE);
    uint32_t length = tl_u32(d, SAMPLE_LENGTH);
    struct tl_part part = tl_part_begin(d, length);
    if (type == FLOW || type == EXPANDED_FLOW)
        flow_sample(d, type == EXPANDED_FLOW);
    else if (type == COUNTERS || type == EXPANDED_COUNTERS)
        counters_sample(d, type == EXPANDED_COUNTERS);
    tl_part_end(d, part);
    tl_group_end(d, group);
}

static bool is_header(const uint8_t *p)
{
    return tl_load_be32(p) == 5 && (tl_load_be32(p + 4) == 1 || tl_load_be32(p + 4) == 2);
}

static enum tl_status sflow_dissect(struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&d->c, 0, 8);
    if (p != NULL && !is_header(p)) {
        tl_cursor_fail(&d->c, TL_NOT_MINE);
        return tl_next_none(d);
    }
    (void)tl_u32(d, VERSION);
    if (tl_u32(d, AGENT_TYPE) == 2)
        tl_ipv6(d, AGENT6);
    else
        tl_ipv4(d, AGENT);
    (void)tl_u32(d, SUB_AGENT);
    (void)tl_u32(d, SEQUENCE);
    (void)tl_u32(d, UPTIME);
    uint32_t n = tl_u32(d, SAMPLES);
    if (tl_ok(d))
        tl_confirm(d);
    for (uint32_t i = 0; i < n && i < SAMPLES_MOST && tl_ok(d); i++)
        sample(d);
    if (tl_ok(d) && tl_cursor_wire_left(&d->c) > 0)
        tl_skip(d, tl_cursor_wire_left(&d->c));
    return tl_next_none(d);
}

static enum tl_probe sflow_probe(struct tl_cursor c, const struct tl_dissection *d)
{
    const uint8_t *p = tl_cursor_peek(&c, 0, 28);
    return d->flow.home && !d->flow.stream && p != NULL && is_header(p) ? TL_PROBE_YES : TL_PROBE_NO;
}

const struct tl_protocol tl_protocol_sflow = {
    .name = "sflow",
    .title = "InMon sFlow",
    .service = "sflow",
    .kind = TL_KIND_APPLICATION,
    TL_TABLE(fields),
    .only_at_home = true,
    .on = { { TL_ON_UDP_PORT, PORT } },
    .info = "Version {sflow_245.version}[, agent {sflow_245.agent}][, agent {sflow_245.agent.v6}], number "
            "{sflow_245.sequence_number}, {sflow_245.numsamples} samples[: {sflow_245.sampletype,}]",
    .probe = sflow_probe,
    .dissect = sflow_dissect,
};
