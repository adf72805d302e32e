/* tcp.c - Transmission Control Protocol (RFC 9293): the header of a segment. Streams belong to the flow. */
#include "core/checksum.h"
#include "core/part.h"
#include "dissectors/header.h"
#include "dissectors/transport/tcp.h"

enum { SRCPORT, DSTPORT, SEQ, ACK, HDR_LEN, FLAGS, F_RES, F_AE, F_CWR, F_ECE, F_URG, F_ACK, F_PUSH, F_RESET, F_SYN,
       F_FIN, WINDOW, CHECKSUM, URGENT, LEN, OPTION, KIND, OPTION_LEN, MSS, WSCALE, SACK_PERM, SACK_LE, SACK_RE, TSVAL,
       TSECR, TFO_REQUEST, TFO_COOKIE, EXID, EXPERIMENT, MPTCP_SUBTYPE, MPTCP_VERSION, MD5, AO_KEY, AO_NEXT, AO_MAC,
       UTO_MINUTES, UTO, PAYLOAD, LINE_SEQ, LINE_ACK, LINE_FACTOR, SCALED, FACTOR,
       NEXT, SINCE_FIRST, SINCE_PREVIOUS, ANALYSIS, ACKS_FRAME, ACK_RTT,
       INITIAL_RTT, IN_FLIGHT, PUSHED, RTO, RTO_FRAME, ANALYSIS_FLAGS, RETRANSMISSION, FAST, SPURIOUS, OUT_OF_ORDER,
       LOST,
       ACK_LOST, DUPLICATE, DUPLICATE_NUM, DUPLICATE_FRAME, WINDOW_UPDATE, WINDOW_FULL, ZERO_WINDOW, PROBE, PROBE_ACK,
       KEEP_ALIVE, KEEP_ALIVE_ACK, REUSED_PORTS };

static const struct tl_name flag_names[] = {
    { 0x000, "None" },
    { 0x001, "FIN" },
    { 0x002, "SYN" },
    { 0x003, "FIN, SYN" },
    { 0x004, "RST" },
    { 0x006, "SYN, RST" },
    { 0x008, "PSH" },
    { 0x009, "FIN, PSH" },
    { 0x00a, "SYN, PSH" },
    { 0x00c, "RST, PSH" },
    { 0x010, "ACK" },
    { 0x011, "FIN, ACK" },
    { 0x012, "SYN, ACK" },
    { 0x013, "FIN, SYN, ACK" },
    { 0x014, "RST, ACK" },
    { 0x015, "FIN, RST, ACK" },
    { 0x018, "PSH, ACK" },
    { 0x019, "FIN, PSH, ACK" },
    { 0x01a, "SYN, PSH, ACK" },
    { 0x01c, "RST, PSH, ACK" },
    { 0x01d, "FIN, RST, PSH, ACK" },
    { 0x020, "URG" },
    { 0x029, "FIN, PSH, URG" },
    { 0x02b, "FIN, SYN, PSH, URG" },
    { 0x030, "ACK, URG" },
    { 0x031, "FIN, ACK, URG" },
    { 0x038, "PSH, ACK, URG" },
    { 0x039, "FIN, PSH, ACK, URG" },
    { 0x03f, "FIN, SYN, RST, PSH, ACK, URG" },
    { 0x042, "SYN, ECE" },
    { 0x050, "ACK, ECE" },
    { 0x051, "FIN, ACK, ECE" },
    { 0x052, "SYN, ACK, ECE" },
    { 0x058, "PSH, ACK, ECE" },
    { 0x059, "FIN, PSH, ACK, ECE" },
    { 0x090, "ACK, CWR" },
    { 0x091, "FIN, ACK, CWR" },
    { 0x092, "SYN, ACK, CWR" },
    { 0x098, "PSH, ACK, CWR" },
    { 0x099, "FIN, PSH, ACK, CWR" },
    { 0x0c2, "SYN, ECE, CWR" },
    { 0x0d0, "ACK, ECE, CWR" },
    { 0x0d2, "SYN, ACK, ECE, CWR" },
    { 0x0d8, "PSH, ACK, ECE, CWR" },
    { 0x110, "ACK, AE" },
    { 0x118, "PSH, ACK, AE" },
    { 0x152, "SYN, ACK, ECE, AE" },
    { 0x190, "ACK, CWR, AE" },
    { 0x192, "SYN, ACK, CWR, AE" },
    { 0x1c2, "SYN, ECE, CWR, AE" },
    { 0, NULL },
};

static const struct tl_name kind_names[] = {
    { 0, "End of options" },    { 1, "No operation" },     { 2, "Maximum segment size" },
    { 3, "Window scale" },      { 4, "SACK permitted" },   { 5, "SACK" },
    { 6, "Echo" },              { 7, "Echo reply" },       { 8, "Timestamps" },
    { 9, "Partial order ok" },  { 10, "Partial order profile" }, { 11, "CC" },
    { 12, "CC.NEW" },           { 13, "CC.ECHO" },         { 14, "Alternate checksum request" },
    { 15, "Alternate checksum" }, { 18, "Trailer checksum" }, { 19, "MD5 signature" },
    { 20, "SCPS capabilities" }, { 21, "SNACK" },          { 22, "Record boundary" },
    { 23, "Corruption experienced" }, { 25, "Fast Open" }, { 27, "Quick-Start" },
    { 28, "User timeout" },     { 29, "TCP-AO" },          { 30, "Multipath TCP" },
    { 34, "Fast Open" },        { 69, "Encryption negotiation" }, { 76, "Riverbed probe" },
    { 78, "Riverbed transparency" }, { 172, "Accurate ECN, order 0" }, { 174, "Accurate ECN, order 1" },
    { 253, "Experiment" },      { 254, "Experiment" },     { 0, NULL },
};

static const struct tl_name mptcp_names[] = {
    { 0, "MP_CAPABLE" },  { 1, "MP_JOIN" },     { 2, "DSS" },       { 3, "ADD_ADDR" }, { 4, "REMOVE_ADDR" },
    { 5, "MP_PRIO" },     { 6, "MP_FAIL" },     { 7, "MP_FASTCLOSE" }, { 8, "MP_TCPRST" }, { 0, NULL },
};

static const struct tl_name experiment_names[] = {
    { 0x0348, "Host id" },       { 0x454e, "Encryption negotiation" }, { 0xacc0, "Accurate ECN" },
    { 0xacce, "Accurate ECN" },  { 0xe2d4, "SMC-R" },                  { 0xf989, "Fast Open" },
    { 0, NULL },
};

static const struct tl_name factor_names[] = {
    { (uint32_t)TL_FACTOR_NONE, "no scaling" }, { (uint32_t)TL_FACTOR_UNKNOWN, "unknown" }, { 0, NULL },
};

#define FLAG(name, text) { "tcp.analysis." name, text, .type = TL_NONE, .flags = TL_DERIVED | TL_OF_FLOW }
#define FACT(name, text, kind) { name, text, .type = kind, .flags = TL_DERIVED | TL_OF_FLOW }

static const struct tl_field fields[] = {
    [SRCPORT] = { "tcp.srcport", "Source port", .type = TL_U16 },
    [DSTPORT] = { "tcp.dstport", "Destination port", .type = TL_U16 },
    [SEQ] = { "tcp.seq_raw", "Sequence number", .type = TL_U32 },
    [ACK] = { "tcp.ack_raw", "Acknowledgment number", .type = TL_U32 },
    [HDR_LEN] = { "tcp.hdr_len", "Header length", .type = TL_U8, .mask = 0xf0, .unit = "bytes" },
    [FLAGS] = { "tcp.flags", "Flags", .type = TL_U16, .base = TL_HEX, .mask = 0x0fff, .names = flag_names },
    [F_RES] = { "tcp.flags.res", "Reserved", .type = TL_U16, .mask = 0x0e00 },
    [F_AE] = { "tcp.flags.ae", "Accurate ECN", .type = TL_BOOL, .mask = 0x0100 },
    [F_CWR] = { "tcp.flags.cwr", "Congestion window reduced", .type = TL_BOOL, .mask = 0x0080 },
    [F_ECE] = { "tcp.flags.ece", "ECN echo", .type = TL_BOOL, .mask = 0x0040 },
    [F_URG] = { "tcp.flags.urg", "Urgent", .type = TL_BOOL, .mask = 0x0020 },
    [F_ACK] = { "tcp.flags.ack", "Acknowledgment", .type = TL_BOOL, .mask = 0x0010 },
    [F_PUSH] = { "tcp.flags.push", "Push", .type = TL_BOOL, .mask = 0x0008 },
    [F_RESET] = { "tcp.flags.reset", "Reset", .type = TL_BOOL, .mask = 0x0004 },
    [F_SYN] = { "tcp.flags.syn", "Syn", .type = TL_BOOL, .mask = 0x0002 },
    [F_FIN] = { "tcp.flags.fin", "Fin", .type = TL_BOOL, .mask = 0x0001 },
    [WINDOW] = { "tcp.window_size_value", "Window", .type = TL_U16, .help = "Not scaled" },
    [CHECKSUM] = { "tcp.checksum", "Checksum", .type = TL_U16, .base = TL_HEX },
    [URGENT] = { "tcp.urgent_pointer", "Urgent pointer", .type = TL_U16 },
    [LEN] = { "tcp.len", "Payload length", .type = TL_U32, .flags = TL_DERIVED, .unit = "bytes" },
    [OPTION] = { "tcp.option", "Option", .type = TL_GROUP, .flags = TL_REPEATS },
    [KIND] = { "tcp.option_kind", "Kind", .type = TL_U8, .names = kind_names },
    [OPTION_LEN] = { "tcp.option_len", "Length", .type = TL_U8, .unit = "bytes" },
    [MSS] = { "tcp.options.mss_val", "Maximum segment size", .type = TL_U16, .unit = "bytes" },
    [WSCALE] = { "tcp.options.wscale.shift", "Window scale", .type = TL_U8, .help = "Bits to shift the window by" },
    [SACK_PERM] = { "tcp.options.sack_perm", "SACK permitted", .type = TL_BOOL },
    [SACK_LE] = { "tcp.options.sack_le", "Left edge", .type = TL_U32, .flags = TL_REPEATS },
    [SACK_RE] = { "tcp.options.sack_re", "Right edge", .type = TL_U32, .flags = TL_REPEATS },
    [TSVAL] = { "tcp.options.timestamp.tsval", "Timestamp value", .type = TL_U32 },
    [TSECR] = { "tcp.options.timestamp.tsecr", "Timestamp echo reply", .type = TL_U32 },
    [TFO_REQUEST] = { "tcp.options.tfo.request", "Fast Open cookie request", .type = TL_BOOL },
    [TFO_COOKIE] = { "tcp.options.tfo.cookie", "Fast Open cookie", .type = TL_BYTES },
    [EXID] = { "tcp.options.experimental.exid", "Experiment", .type = TL_U16, .base = TL_HEX,
               .names = experiment_names },
    [EXPERIMENT] = { "tcp.options.experimental.data", "Data", .type = TL_BYTES },
    [MPTCP_SUBTYPE] = { "tcp.options.mptcp.subtype", "Multipath TCP", .type = TL_U8, .mask = 0xf0,
                        .names = mptcp_names },
    [MPTCP_VERSION] = { "tcp.options.mptcp.version", "Multipath TCP version", .type = TL_U8, .mask = 0x0f },
    [MD5] = { "tcp.options.md5.digest", "MD5 digest", .type = TL_BYTES },
    [AO_KEY] = { "tcp.options.ao.keyid", "Key id", .type = TL_U8 },
    [AO_NEXT] = { "tcp.options.ao.rnextkeyid", "Next key id of the receiver", .type = TL_U8 },
    [AO_MAC] = { "tcp.options.ao.mac", "Message authentication code", .type = TL_BYTES },
    [UTO_MINUTES] = { "tcp.options.user_to_granularity", "In minutes", .type = TL_BOOL, .mask = 0x8000 },
    [UTO] = { "tcp.options.user_to_val", "User timeout", .type = TL_U16, .mask = 0x7fff },
    [PAYLOAD] = { "tcp.options.unknown.payload", "Data", .type = TL_BYTES },
    [LINE_SEQ] = { "tcp.seq", "Relative sequence number", .type = TL_U32,
                   .flags = TL_DERIVED | TL_ONLY_LINE | TL_OF_FLOW },
    [LINE_ACK] = { "tcp.ack", "Relative acknowledgment number", .type = TL_U32,
                   .flags = TL_DERIVED | TL_ONLY_LINE | TL_OF_FLOW },
    [LINE_FACTOR] = { "tcp.options.wscale.multiplier", "Factor of the window", .type = TL_U16,
                      .flags = TL_DERIVED | TL_ONLY_LINE },
    [SCALED] = { "tcp.window_size", "Scaled window", .type = TL_U32, .unit = "bytes",
                 .flags = TL_DERIVED | TL_OF_FLOW },
    [FACTOR] = { "tcp.window_size_scalefactor", "Factor of the window", .type = TL_I32, .names = factor_names,
                 .flags = TL_DERIVED | TL_OF_FLOW },
    [NEXT] = FACT("tcp.nxtseq", "Next sequence number, relative", TL_U32),
    [SINCE_FIRST] = FACT("tcp.time_relative", "Time since the first packet of the connection", TL_INTERVAL),
    [SINCE_PREVIOUS] = FACT("tcp.time_delta", "Time since the previous packet of the connection", TL_INTERVAL),
    [ANALYSIS] = FACT("tcp.analysis", "Analysis", TL_GROUP),
    [ACKS_FRAME] = FACT("tcp.analysis.acks_frame", "Acknowledges packet", TL_U32),
    [ACK_RTT] = FACT("tcp.analysis.ack_rtt", "Time since that packet", TL_INTERVAL),
    [INITIAL_RTT] = FACT("tcp.analysis.initial_rtt", "Time of the handshake", TL_INTERVAL),
    [IN_FLIGHT] = FACT("tcp.analysis.bytes_in_flight", "Bytes not acknowledged", TL_U32),
    [PUSHED] = FACT("tcp.analysis.push_bytes_sent", "Bytes since the last PSH", TL_U32),
    [RTO] = FACT("tcp.analysis.rto", "Time since the oldest unacknowledged segment", TL_INTERVAL),
    [RTO_FRAME] = FACT("tcp.analysis.rto_frame", "Oldest unacknowledged segment in packet", TL_U32),
    [ANALYSIS_FLAGS] = { "tcp.analysis.flags", "Something is odd", .type = TL_NONE,
                         .flags = TL_DERIVED | TL_OF_FLOW | TL_HIDDEN },
    [RETRANSMISSION] = FLAG("retransmission", "Retransmission"),
    [FAST] = FLAG("fast_retransmission", "Fast retransmission"),
    [SPURIOUS] = FLAG("spurious_retransmission", "Spurious retransmission"),
    [OUT_OF_ORDER] = FLAG("out_of_order", "Out of order"),
    [LOST] = FLAG("lost_segment", "An earlier segment was not captured"),
    [ACK_LOST] = FLAG("ack_lost_segment", "Acknowledges a segment that was not captured"),
    [DUPLICATE] = FLAG("duplicate_ack", "Duplicate ACK"),
    [DUPLICATE_NUM] = FACT("tcp.analysis.duplicate_ack_num", "Number of the duplicate ACK", TL_U32),
    [DUPLICATE_FRAME] = FACT("tcp.analysis.duplicate_ack_frame", "Duplicate of the ACK in packet", TL_U32),
    [WINDOW_UPDATE] = FLAG("window_update", "Window update"),
    [WINDOW_FULL] = FLAG("window_full", "The window is full"),
    [ZERO_WINDOW] = FLAG("zero_window", "Zero window"),
    [PROBE] = FLAG("zero_window_probe", "Zero window probe"),
    [PROBE_ACK] = FLAG("zero_window_probe_ack", "Answer to a zero window probe"),
    [KEEP_ALIVE] = FLAG("keep_alive", "Keep-alive"),
    [KEEP_ALIVE_ACK] = FLAG("keep_alive_ack", "Answer to a keep-alive"),
    [REUSED_PORTS] = FLAG("reused_ports", "The ports of an earlier connection"),
};

static const struct tl_place places[] = {
    { SRCPORT, 0, 2, 0 }, { DSTPORT, 2, 2, 0 }, { SEQ, 4, 4, 0 },     { ACK, 8, 4, 0 },       { HDR_LEN, 12, 1, 4 },
    { FLAGS, 12, 2, 0 },  { F_RES, 12, 2, 0 },  { F_AE, 12, 2, 0 },   { F_CWR, 12, 2, 0 },    { F_ECE, 12, 2, 0 },
    { F_URG, 12, 2, 0 },  { F_ACK, 12, 2, 0 },  { F_PUSH, 12, 2, 0 }, { F_RESET, 12, 2, 0 },  { F_SYN, 12, 2, 0 },
    { F_FIN, 12, 2, 0 },  { WINDOW, 14, 2, 0 }, { CHECKSUM, 16, 2, 0 }, { URGENT, 18, 2, 0 },
};

enum { HEADER = 20, FLAGS_END = 14, SCALE_MAX = 14, EXID_FAST_OPEN = 0xf989 };
enum { OPT_END, OPT_NOP, OPT_MSS, OPT_WSCALE, OPT_SACK_PERM, OPT_SACK, OPT_TIMESTAMPS = 8, OPT_MD5 = 19, OPT_UTO = 28,
       OPT_AO, OPT_MPTCP, OPT_FAST_OPEN = 34, OPT_EXPERIMENT_1 = 253, OPT_EXPERIMENT_2 };

/* Reads one or two bytes whose bits are the fields first..last. */
static void bits(struct tl_dissection *d, unsigned first, unsigned last, uint32_t size)
{
    const uint8_t *p = tl_cursor_take(&d->c, size);
    if (p != NULL)
        tl_add_all_bits(d, first, last, d->c.off - size, size, size == 2 ? tl_load_be16(p) : p[0]);
}

static void fast_open(struct tl_dissection *d, uint32_t len)
{
    if (len == 0)
        tl_add(d, TFO_REQUEST, d->c.off, 0, 1);
    else
        tl_run(d, TFO_COOKIE, len);
}

static void experiment(struct tl_dissection *d, uint32_t len)
{
    uint16_t id = tl_u16(d, EXID);
    if (id == EXID_FAST_OPEN)
        fast_open(d, len - 2);
    else if (len > 2)
        tl_run(d, EXPERIMENT, len - 2);
}

/* Reads an option that is only displayed. Returns false if it is another one or has a wrong length. */
static bool shown_option(struct tl_dissection *d, uint8_t kind, uint32_t len)
{
    if (kind == OPT_SACK && len % 8 == 0) {
        for (; len > 0 && tl_ok(d); len -= 8) {
            tl_u32(d, SACK_LE);
            tl_u32(d, SACK_RE);
        }
    } else if (kind == OPT_TIMESTAMPS && len == 8) {
        tl_u32(d, TSVAL);
        tl_u32(d, TSECR);
    } else if (kind == OPT_SACK_PERM && len == 0) {
        tl_add(d, SACK_PERM, d->c.off - 2, 2, 1);
    } else if (kind == OPT_FAST_OPEN) {
        fast_open(d, len);
    } else if ((kind == OPT_EXPERIMENT_1 || kind == OPT_EXPERIMENT_2) && len >= 2) {
        experiment(d, len);
    } else if (kind == OPT_MPTCP && len >= 1) {
        const uint8_t *p = tl_cursor_peek(&d->c, 0, 1);
        bits(d, MPTCP_SUBTYPE, p != NULL && p[0] >> 4 <= 1 ? MPTCP_VERSION : MPTCP_SUBTYPE, 1);
        if (len > 1)
            tl_run(d, PAYLOAD, len - 1);
    } else if (kind == OPT_MD5 && len > 0) {
        tl_run(d, MD5, len);
    } else if (kind == OPT_AO && len >= 2) {
        tl_u8(d, AO_KEY);
        tl_u8(d, AO_NEXT);
        tl_run(d, AO_MAC, len - 2);
    } else if (kind == OPT_UTO && len == 2) {
        bits(d, UTO_MINUTES, UTO, 2);
    } else {
        return false;
    }
    return true;
}

/* Reads one option. Returns false at the end of the list. */
static bool option(struct tl_dissection *d)
{
    uint8_t kind = tl_u8(d, KIND);
    if (kind == OPT_END || kind == OPT_NOP)
        return tl_ok(d) && kind == OPT_NOP;
    uint32_t len = tl_u8(d, OPTION_LEN);
    if (tl_ok(d) && len < 2)
        tl_bad(d);
    if (!tl_ok(d))
        return false;
    len -= 2;
    if (kind == OPT_MSS && len == 2) {
        d->seg->mss = tl_u16(d, MSS);
    } else if (kind == OPT_WSCALE && len == 1) {
        uint8_t shift = tl_u8(d, WSCALE);
        if (tl_ok(d)) {
            d->seg->window_scale = (int8_t)(shift > SCALE_MAX ? SCALE_MAX : shift); /* RFC 7323 2.3 */
            tl_add(d, LINE_FACTOR, d->c.off - 1, 1, UINT64_C(1) << d->seg->window_scale);
        }
    } else if (d->wanted == NULL) {
        tl_skip(d, len);
    } else if (!shown_option(d, kind, len) && len > 0) {
        tl_run(d, PAYLOAD, len);
    }
    return tl_ok(d);
}

static void options(struct tl_dissection *d, uint32_t len)
{
    /* On the fast path only the options of a handshake matter; nothing after the list depends on them. */
    if (d->wanted == NULL && (d->seg->flags & TL_SYN) == 0) {
        tl_skip(d, len);
        return;
    }
    struct tl_part part = tl_part_begin(d, len);
    bool more = true;
    while (more && tl_cursor_wire_left(&d->c) > 0) {
        uint32_t group = tl_group(d, OPTION);
        more = option(d);
        tl_group_end(d, group);
    }
    if ((d->seg->flags & TL_SYN) == 0) { /* without SYN they have no meaning (RFC 9293 3.2, RFC 7323 2.2) */
        d->seg->window_scale = -1;
        d->seg->mss = 0;
    }
    tl_part_end(d, part);
}

/* The payload, at most as long as the layer below has room for. */
static uint32_t clipped(const struct tl_dissection *d, uint32_t header)
{
    uint32_t room = d->c.wire_end - d->start;
    room = room > header ? room - header : 0;
    return d->seg->payload_len < room ? d->seg->payload_len : room;
}

/* The numbers of the packet's line: the flow, which is found later, makes them relative and scales the window. */
static void line_numbers(struct tl_dissection *d, bool has_window)
{
    if (TL_LIKELY(d->wanted == NULL))
        return;
    if (has_window)
        tl_add(d, SCALED, d->start, 0, d->seg->window);
    d->seg->line_seq = tl_wants(d, LINE_SEQ) ? tl_note(d, LINE_SEQ, d->start, 0, d->seg->seq) : 0;
    d->seg->line_ack = tl_wants(d, LINE_ACK) ? tl_note(d, LINE_ACK, d->start, 0, d->seg->ack) : 0;
}

/*
 * The snaplen cuts the fixed header. What was captured of it is enough for the flow: ports (4 bytes), or also numbers
 * and flags (14 bytes). The window is then not known, and must not look like a closed one.
 */
static TL_COLD enum tl_status cut_header(struct tl_dissection *d)
{
    const struct tl_cursor c = d->c;
    (void)tl_header(d, places, TL_COUNT(places), HEADER);
    const uint8_t *ports = tl_cursor_peek(&c, 0, 4), *p = tl_cursor_peek(&c, 0, FLAGS_END);
    const uint8_t *window = tl_cursor_peek(&c, FLAGS_END, 2);
    if (d->c.status != TL_SHORT || ports == NULL)
        return d->c.status;
    *d->seg = (struct tl_transport){ .src_port = tl_load_be16(ports), .dst_port = tl_load_be16(ports + 2),
                                     .window_scale = -1, .known = true, .bare = p == NULL };
    if (p == NULL)
        return TL_SHORT;
    uint32_t around = d->net->header_len + (uint32_t)(p[12] >> 4) * 4;
    d->seg->flags = p[13];
    d->seg->window = window != NULL ? tl_load_be16(window) : UINT16_MAX;
    d->seg->seq = tl_load_be32(p + 4);
    d->seg->ack = tl_load_be32(p + 8);
    d->seg->payload_len = d->net->total_len > around ? d->net->total_len - around : 0;
    line_numbers(d, window != NULL);
    return TL_SHORT;
}

static enum tl_status tcp_dissect(struct tl_dissection *d)
{
    if (TL_UNLIKELY(tl_cursor_left(&d->c) < HEADER))
        return cut_header(d);
    const uint8_t *p = tl_header(d, places, TL_COUNT(places), HEADER);
    if (p == NULL)
        return d->c.status;
    uint32_t header = (uint32_t)(p[12] >> 4) * 4;
    uint32_t around = d->net->header_len + header;
    *d->seg = (struct tl_transport){
        .src_port = tl_load_be16(p),
        .dst_port = tl_load_be16(p + 2),
        .flags = p[13],
        .window = tl_load_be16(p + 14),
        .window_scale = -1,
        .seq = tl_load_be32(p + 4),
        .ack = tl_load_be32(p + 8),
        .payload_len = d->net->total_len > around ? d->net->total_len - around : 0,
    };
    d->seg->known = header >= HEADER;
    if (header < HEADER)
        tl_bad(d);
    else if (!d->frame->quoted)
        tl_add(d, LEN, d->c.off, 0, clipped(d, header));
    line_numbers(d, true);
    tl_checksum_verify(d, 6, tl_load_be16(p + 16), true);
    if (header > HEADER)
        options(d, header - HEADER);
    return tl_next_ports(d, TL_ON_TCP_PORT, d->seg->src_port, d->seg->dst_port);
}

/* --- what the flow knows --- */

static void put_if(struct tl_dissection *d, unsigned field, uint64_t value)
{
    if (value != 0)
        tl_add(d, field, d->start, 0, value);
}

static void put_interval(struct tl_dissection *d, unsigned field, int64_t ns)
{
    if (ns != INT64_MAX && ns != INT64_MIN)
        tl_add(d, field, d->start, 0, (uint64_t)ns);
}

static void put_kinds(struct tl_dissection *d, const struct tl_segment *s)
{
    static const struct {
        uint32_t kind;
        unsigned field;
    } rows[] = {
        { TL_SEGMENT_SENT_AGAIN, RETRANSMISSION }, { TL_SEGMENT_FAST_RETRANSMISSION, FAST },
        { TL_SEGMENT_SPURIOUS_RETRANSMISSION, SPURIOUS }, { TL_SEGMENT_OUT_OF_ORDER, OUT_OF_ORDER },
        { TL_SEGMENT_LOST_BEFORE, LOST }, { TL_SEGMENT_ACK_OF_LOST, ACK_LOST }, { TL_SEGMENT_DUPLICATE_ACK, DUPLICATE },
        { TL_SEGMENT_WINDOW_UPDATE, WINDOW_UPDATE }, { TL_SEGMENT_WINDOW_FULL, WINDOW_FULL },
        { TL_SEGMENT_ZERO_WINDOW, ZERO_WINDOW }, { TL_SEGMENT_ZERO_WINDOW_PROBE, PROBE },
        { TL_SEGMENT_ZERO_WINDOW_PROBE_ACK, PROBE_ACK }, { TL_SEGMENT_KEEP_ALIVE, KEEP_ALIVE },
        { TL_SEGMENT_KEEP_ALIVE_ACK, KEEP_ALIVE_ACK }, { TL_SEGMENT_REUSED_PORTS, REUSED_PORTS },
    };
    if (s->kinds != 0)
        tl_add(d, ANALYSIS_FLAGS, d->start, 0, 1);
    for (unsigned i = 0; i < TL_COUNT(rows); i++) {
        if (s->kinds & rows[i].kind)
            tl_add(d, rows[i].field, d->start, 0, 1);
    }
    put_if(d, DUPLICATE_NUM, s->duplicate);
    put_if(d, DUPLICATE_FRAME, s->duplicate_frame);
}

/* The node of the window is there, unless the header was cut before it: it had the unscaled one. */
static void put_window(struct tl_dissection *d, const struct tl_segment *s)
{
    struct tl_tree *tree = d->tree;
    if (!tl_wants(d, SCALED) && !tl_wants(d, FACTOR))
        return;
    for (uint32_t i = d->layer + 1; tl_wants(d, SCALED) && d->layer != TL_NO_NODE && i < tree->count; i++) {
        if (tree->nodes[i].field == SCALED && tree->nodes[i].protocol == d->protocol_index) {
            tree->nodes[i].value = s->window;
            break;
        }
    }
    if ((d->seg->flags & TL_SYN) == 0) /* the window of a SYN is never scaled (RFC 7323 2.2) */
        tl_add(d, FACTOR, d->start, 0, (uint32_t)s->factor);
}

void tl_tcp_show(struct tl_dissection *d, const struct tl_segment *s)
{
    uint8_t depth = d->tree->depth;
    d->tree->depth = 1;
    put_window(d, s);
    tl_add(d, NEXT, d->start, 0, s->next);
    put_interval(d, SINCE_FIRST, s->since_first);
    put_interval(d, SINCE_PREVIOUS, s->since_previous);
    if (s->kinds != 0 || s->acks_frame != 0 || s->in_flight != 0) {
        uint32_t group = tl_group(d, ANALYSIS);
        put_if(d, ACKS_FRAME, s->acks_frame);
        if (s->ack_rtt != 0)
            put_interval(d, ACK_RTT, s->ack_rtt);
        if (s->initial_rtt != 0)
            put_interval(d, INITIAL_RTT, s->initial_rtt);
        put_if(d, IN_FLIGHT, s->in_flight);
        put_if(d, PUSHED, s->pushed);
        put_kinds(d, s);
        put_if(d, RTO_FRAME, s->sent_frame);
        if (s->sent_frame != 0)
            put_interval(d, RTO, s->timeout);
        tl_group_end(d, group);
    }
    d->tree->depth = depth;
}

/* Names never change; docs/PROTOCOLS.md lists them. */
static const struct tl_weird_name weirds[] = {
    [TL_TCP_WEIRD_OVERLAP_DIFFERS] = { "tcp_overlap_differs",
        "Overlapping segments contain different bytes; the first copy is used" },
};

const struct tl_protocol tl_protocol_tcp = {
    .name = "tcp",
    .title = "Transmission Control Protocol",
    .kind = TL_KIND_TRANSPORT,
    .info = "{srcport} > {dstport}[ \\[{flags}\\]][ Seq={seq}][ Ack={ack}][ Win={window_size}]"
            "[ Len={len}][ MSS={options.mss_val}][ WS={options.wscale.multiplier}][{options.sack_perm?} SACK_PERM]"
            "[ TSval={options.timestamp.tsval} TSecr={options.timestamp.tsecr}]",
    .dissect = tcp_dissect,
    TL_TABLE(fields), TL_HEADER(places), TL_WEIRDS(weirds),
    .on = { { TL_ON_IP_PROTO, 6 } },
};
