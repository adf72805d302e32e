/* conn.c - the conn record: one for each flow, when it ends. */
#include "flows/conn.h"

#include "core/slab.h"
#include "core/time.h"
#include "flows/history.h"
#include "flows/identity.h"
#include "flows/tcp.h"

enum {
    PROTO, IP_PROTO, SERVICE, FAILED_SERVICE, DURATION, ORIG_BYTES, RESP_BYTES, CONN_STATE, HISTORY, MISSED_BYTES,
    ORIG_PKTS, ORIG_IP_BYTES, RESP_PKTS, RESP_IP_BYTES, VLAN, INNER_VLAN, TUNNEL_PARENTS, ORIG_L2, RESP_L2, TCP_RTT,
    ORIG_RETRANS, RESP_RETRANS, ORIG_OOO, RESP_OOO, ORIG_ZERO_WINDOWS, RESP_ZERO_WINDOWS, FIRST_PKT, LAST_PKT, END, OWN
};
_Static_assert((int)OWN == (int)TL_CONN_ADDED, "the fields of enrich/ follow those of the flow");
_Static_assert(sizeof(struct tl_conn_record) <= TL_RECORD_SIZE, "an index reads the record");

/* The fields of end `side`, whose keys begin with `who`. */
#define ADDED(side, field) TL_CONN_ADDED + (side)*TL_CONN_OF_END + (field)
#define FIELDS_OF_END(side, who, word)                                                                                \
    TL_FIELD(struct tl_conn_record, ADDED(side, TL_CONN_COUNTRY), ends[side].country, who "_cc", TL_REC_TEXT,          \
             "--geoip: country of the " word ", two letters of ISO 3166"),                                            \
    TL_FIELD(struct tl_conn_record, ADDED(side, TL_CONN_CITY), ends[side].city, who "_city", TL_REC_TEXT,              \
             "--geoip: city of the " word),                                                                           \
    TL_FIELD(struct tl_conn_record, ADDED(side, TL_CONN_ASN), ends[side].asn, who "_asn", TL_REC_COUNT,                \
             "--geoip: number of the autonomous system of the " word),                                                \
    TL_FIELD(struct tl_conn_record, ADDED(side, TL_CONN_ORGANISATION), ends[side].organisation, who "_as_org",         \
             TL_REC_TEXT, "--geoip: organisation of the autonomous system of the " word),                             \
    TL_FIELD(struct tl_conn_record, ADDED(side, TL_CONN_PID), ends[side].pid, who "_pid", TL_REC_COUNT,                \
             "--process: process of the " word "'s socket, if it is of this host"),                                   \
    TL_FIELD(struct tl_conn_record, ADDED(side, TL_CONN_PROCESS), ends[side].process, who "_process", TL_REC_TEXT,     \
             "--process: name of that process"),                                                                      \
    TL_FIELD(struct tl_conn_record, ADDED(side, TL_CONN_COMMAND), ends[side].command, who "_command", TL_REC_TEXT,     \
             "--process: file name of the program that it runs"),                                                     \
    TL_FIELD(struct tl_conn_record, ADDED(side, TL_CONN_UID), ends[side].uid, who "_uid", TL_REC_COUNT,                \
             "--process: user of that process"),                                                                      \
    TL_FIELD(struct tl_conn_record, ADDED(side, TL_CONN_CONTAINER), ends[side].container, who "_container",            \
             TL_REC_TEXT, "--process: container of that process")

static const struct tl_record_field fields[] = {
    TL_FIELD(struct tl_conn_record, PROTO, proto, "proto", TL_REC_TOKEN, "tcp, udp, icmp, sctp, dccp or unknown_transport"),
    TL_FIELD(struct tl_conn_record, IP_PROTO, ip_proto, "ip_proto", TL_REC_COUNT, "IP protocol number"),
    TL_FIELD(struct tl_conn_record, SERVICE, service, "service", TL_REC_TEXT,
             "Protocols detected in the payload, joined by commas"),
    TL_FIELD(struct tl_conn_record, FAILED_SERVICE, failed_service, "failed_service", TL_REC_TEXTS,
             "Protocols that were taken out of `service` again, because what followed was none of theirs"),
    TL_FIELD(struct tl_conn_record, DURATION, duration, "duration", TL_REC_INTERVAL,
             "Time from the first to the last packet"),
    TL_FIELD(struct tl_conn_record, ORIG_BYTES, bytes[0], "orig_bytes", TL_REC_COUNT,
             "Payload bytes of the originator"),
    TL_FIELD(struct tl_conn_record, RESP_BYTES, bytes[1], "resp_bytes", TL_REC_COUNT, "Payload bytes of the responder"),
    TL_FIELD(struct tl_conn_record, CONN_STATE, conn_state, "conn_state", TL_REC_TOKEN,
             "State of the connection at its end, a name of Zeek's"),
    TL_FIELD(struct tl_conn_record, HISTORY, history, "history", TL_REC_TOKEN,
             "Events of the flow in order, one letter each"),
    TL_FIELD(struct tl_conn_record, MISSED_BYTES, missed_bytes, "missed_bytes", TL_REC_COUNT,
             "Bytes of TCP payload that were acknowledged but not captured"),
    TL_FIELD(struct tl_conn_record, ORIG_PKTS, pkts[0], "orig_pkts", TL_REC_COUNT, "Packets of the originator"),
    TL_FIELD(struct tl_conn_record, ORIG_IP_BYTES, ip_bytes[0], "orig_ip_bytes", TL_REC_COUNT,
             "IP bytes of the originator, headers included"),
    TL_FIELD(struct tl_conn_record, RESP_PKTS, pkts[1], "resp_pkts", TL_REC_COUNT, "Packets of the responder"),
    TL_FIELD(struct tl_conn_record, RESP_IP_BYTES, ip_bytes[1], "resp_ip_bytes", TL_REC_COUNT,
             "IP bytes of the responder, headers included"),
    TL_FIELD(struct tl_conn_record, VLAN, vlan, "vlan", TL_REC_COUNT, "Outer VLAN identifier"),
    TL_FIELD(struct tl_conn_record, INNER_VLAN, inner_vlan, "inner_vlan", TL_REC_COUNT, "Inner VLAN identifier"),
    TL_FIELD(struct tl_conn_record, TUNNEL_PARENTS, tunnel_parents, "tunnel_parents", TL_REC_TEXTS,
             "uids of the flows of enclosing tunnels, outermost first"),
    TL_FIELD(struct tl_conn_record, ORIG_L2, l2_addr[0], "orig_l2_addr", TL_REC_MAC,
             "Link-layer address of the originator"),
    TL_FIELD(struct tl_conn_record, RESP_L2, l2_addr[1], "resp_l2_addr", TL_REC_MAC,
             "Link-layer address of the responder"),
    TL_FIELD(struct tl_conn_record, TCP_RTT, tcp_rtt, "tcp_rtt", TL_REC_INTERVAL, "SYN to the ACK of the SYN-ACK"),
    TL_FIELD(struct tl_conn_record, ORIG_RETRANS, retrans[0], "orig_retrans", TL_REC_COUNT,
             "Retransmitted segments of the originator"),
    TL_FIELD(struct tl_conn_record, RESP_RETRANS, retrans[1], "resp_retrans", TL_REC_COUNT,
             "Retransmitted segments of the responder"),
    TL_FIELD(struct tl_conn_record, ORIG_OOO, ooo[0], "orig_ooo", TL_REC_COUNT,
             "Out-of-order segments of the originator"),
    TL_FIELD(struct tl_conn_record, RESP_OOO, ooo[1], "resp_ooo", TL_REC_COUNT,
             "Out-of-order segments of the responder"),
    TL_FIELD(struct tl_conn_record, ORIG_ZERO_WINDOWS, zero_windows[0], "orig_zero_windows", TL_REC_COUNT,
             "Segments in which the originator advertised a zero window"),
    TL_FIELD(struct tl_conn_record, RESP_ZERO_WINDOWS, zero_windows[1], "resp_zero_windows", TL_REC_COUNT,
             "Segments in which the responder advertised a zero window"),
    TL_FIELD(struct tl_conn_record, FIRST_PKT, first_pkt, "first_pkt", TL_REC_COUNT, "Number of the first packet"),
    TL_FIELD(struct tl_conn_record, LAST_PKT, last_pkt, "last_pkt", TL_REC_COUNT, "Number of the last packet"),
    TL_FIELD(struct tl_conn_record, END, end, "end", TL_REC_TOKEN, "Reason for the end of the flow"),
    FIELDS_OF_END(0, "orig", "originator"),
    FIELDS_OF_END(1, "resp", "responder"),
};

const struct tl_record_def tl_conn_record_def = TL_RECORD_DEF("conn", fields, "One per flow, when it ends");

static const char *proto_name(uint8_t ip_proto)
{
    switch (ip_proto) {
    case 6:
        return "tcp";
    case 17:
        return "udp";
    case 1:
    case 58:
        return "icmp";
    case 132:
        return "sctp";
    case 33:
        return "dccp";
    default:
        return "unknown_transport";
    }
}

static const char *udp_state(const struct tl_flow *flow)
{
    bool orig = flow->flags & TL_FLOW_SEEN_ORIG, resp = flow->flags & TL_FLOW_SEEN_RESP;
    if (orig)
        return resp ? "SF" : "S0";
    return resp ? "SHR" : "OTH";
}

static const char *end_name(const struct tl_flow *flow, enum tl_flow_reason reason)
{
    if (reason == TL_END_EVICTED)
        return "evicted";
    if (flow->class == TL_CLASS_CLOSED)
        return flow->by_rst ? "rst" : "fin";
    switch (reason) {
    case TL_END_EOF:
        return "eof";
    case TL_END_SUPERSEDED:
        return "active";
    default:
        return flow->class == TL_CLASS_ATTEMPT ? "attempt" : "idle";
    }
}

static void fill_tcp(struct tl_conn_record *r, const struct tl_flow *flow, const struct tl_tcp *tcp)
{
    struct tl_record *head = &r->head;
    r->conn_state = tl_tcp_conn_state(flow, tcp, r->history_text);
    r->missed_bytes = tcp->half[0].missed + tcp->half[1].missed;
    tl_record_set(head, MISSED_BYTES);
    for (unsigned side = 0; side < 2; side++) {
        const struct tl_tcp_half *h = &tcp->half[side];
        r->bytes[side] = tl_tcp_bytes(tcp, side);
        r->retrans[side] = h->late > h->out_of_order ? h->late - h->out_of_order : 0;
        r->ooo[side] = h->out_of_order;
        tl_record_set(head, ORIG_RETRANS + side);
        r->zero_windows[side] = h->zero_windows;
        tl_record_set(head, ORIG_OOO + side);
        tl_record_set(head, ORIG_ZERO_WINDOWS + side);
    }
    if (tcp->rtt_ns > 0) {
        r->tcp_rtt = tcp->rtt_ns;
        tl_record_set(head, TCP_RTT);
    }
}

static void fill_link(struct tl_conn_record *r, const struct tl_flow *flow)
{
    static const uint8_t none[6] = { 0 };
    for (unsigned side = 0; side < 2; side++) {
        const uint8_t *addr = flow->l2[tl_flow_end(flow, side)];
        if (memcmp(addr, none, 6) == 0)
            continue;
        memcpy(r->l2_addr[side], addr, 6);
        tl_record_set(&r->head, ORIG_L2 + side);
    }
    if (flow->vlan != 0) {
        r->vlan = flow->vlan - 1u;
        tl_record_set(&r->head, VLAN);
    }
    if (flow->inner_vlan != 0) {
        r->inner_vlan = flow->inner_vlan - 1u;
        tl_record_set(&r->head, INNER_VLAN);
    }
}

static void fill_parents(struct tl_conn_record *r, const struct tl_flow_ext *ext)
{
    for (unsigned i = 0; i < ext->parent_count; i++) {
        tl_uid_text(ext->parents[i], r->parent_text[i]);
        r->parents[i] = tl_bytes_of(r->parent_text[i], 18);
    }
    r->tunnel_parents = (struct tl_text_list){ r->parents, ext->parent_count };
    if (ext->parent_count > 0)
        tl_record_set(&r->head, TUNNEL_PARENTS);
}

static void fill_failed(struct tl_conn_record *r, const struct tl_flow_names *names)
{
    struct tl_text_list list = { r->failed, 0 };
    const char *p = names->failed, *end = p + names->failed_len;
    while (p < end && list.count < TL_COUNT(r->failed)) {
        const char *comma = memchr(p, ',', (size_t)(end - p)), *stop = comma != NULL ? comma : end;
        r->failed[list.count++] = tl_bytes_of(p, (size_t)(stop - p));
        p = stop + 1;
    }
    r->failed_service = list;
    tl_record_set(&r->head, FAILED_SERVICE);
}

void tl_conn_record_fill(struct tl_conn_record *r, const struct tl_flow *flow, void *slab_base,
                         enum tl_flow_reason reason, struct tl_bytes service)
{
    const struct tl_flow_ext *ext = flow->ext ? tl_slab_at(slab_base, flow->ext) : NULL;
    struct tl_record *head = &r->head;
    *head = (struct tl_record){ .ts = flow->first_ns };
    r->proto = proto_name(flow->ip_proto);
    r->ip_proto = flow->ip_proto;
    r->service = service;
    tl_history_text(flow, slab_base, r->history_text);
    r->history = r->history_text;
    r->conn_state = "OTH";
    head->set = UINT64_C(1) << PROTO | UINT64_C(1) << IP_PROTO | UINT64_C(1) << CONN_STATE;
    if (service.len > 0)
        tl_record_set(head, SERVICE);
    if (ext != NULL && ext->names != NULL && ext->names->failed_len > 0)
        fill_failed(r, ext->names);
    for (unsigned side = 0; side < 2; side++) {
        r->bytes[side] = flow->bytes[side];
        r->pkts[side] = flow->pkts[side];
        r->ip_bytes[side] = flow->ip_bytes[side];
    }
    head->set |= UINT64_C(1) << ORIG_PKTS | UINT64_C(1) << RESP_PKTS | UINT64_C(1) << ORIG_IP_BYTES |
                 UINT64_C(1) << RESP_IP_BYTES;
    if (ext != NULL && ext->tcp != NULL)
        fill_tcp(r, flow, ext->tcp);
    else if (tl_flow_has_datagrams(flow->ip_proto))
        r->conn_state = udp_state(flow);
    if (r->history_text[0] != 0)
        tl_record_set(head, HISTORY);
    r->duration = tl_time_between(flow->first_ns, flow->last_ns);
    if (r->duration > 0)
        head->set |= UINT64_C(1) << DURATION | UINT64_C(1) << ORIG_BYTES | UINT64_C(1) << RESP_BYTES;
    fill_link(r, flow);
    if (ext != NULL)
        fill_parents(r, ext);
    r->first_pkt = flow->first_pkt;
    r->last_pkt = flow->last_pkt;
    r->end = end_name(flow, reason);
    head->set |= UINT64_C(1) << FIRST_PKT | UINT64_C(1) << LAST_PKT | UINT64_C(1) << END;
}
