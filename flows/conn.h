/* conn.h - the conn record of a flow. */
#ifndef TL_FLOWS_CONN_H
#define TL_FLOWS_CONN_H

#include "core/record.h"
#include "flows/flow.h"

enum tl_flow_reason { TL_END_TIMEOUT, TL_END_SUPERSEDED, TL_END_EOF, TL_END_EVICTED };

/* What is known of one end from elsewhere than packets: see enrich/. Texts are in the room of the record. */
struct tl_conn_end {
    struct tl_bytes country, city, organisation;
    uint64_t asn;
    struct tl_bytes process, command, container;
    uint64_t pid, uid;
};

/* Room for them. Longer texts are cut. */
struct tl_conn_room {
    char country[4], city[64], organisation[128];
    char process[16], command[64], container[72];
};

struct tl_conn_record {
    struct tl_record head;
    const char *proto;
    uint64_t ip_proto;
    struct tl_bytes service;
    struct tl_text_list failed_service;
    struct tl_bytes failed[8];
    int64_t duration;
    uint64_t bytes[2];
    const char *conn_state;
    const char *history;
    uint64_t missed_bytes;
    uint64_t pkts[2], ip_bytes[2];
    uint64_t vlan, inner_vlan;
    struct tl_text_list tunnel_parents;
    uint8_t l2_addr[2][6];
    int64_t tcp_rtt;
    uint64_t retrans[2], ooo[2], zero_windows[2];
    uint64_t first_pkt, last_pkt;
    const char *end;
    struct tl_conn_end ends[2];
    /* buffers for the pointers above */
    char history_text[TL_HISTORY_MAX + 1];
    char parent_text[TL_PARENTS_MAX][20];
    struct tl_bytes parents[TL_PARENTS_MAX];
    struct tl_conn_room room[2];
};

/* Fields of each end that enrich/ adds, from TL_CONN_ADDED + side * TL_CONN_OF_END. */
enum {
    TL_CONN_COUNTRY, TL_CONN_CITY, TL_CONN_ASN, TL_CONN_ORGANISATION, TL_CONN_PID, TL_CONN_PROCESS, TL_CONN_COMMAND,
    TL_CONN_UID, TL_CONN_CONTAINER, TL_CONN_OF_END
};
enum { TL_CONN_ADDED = 29 };

extern const struct tl_record_def tl_conn_record_def;

/* Fills r from a flow that ended for this reason. service may be empty. slab_base is the base of handles. */
void tl_conn_record_fill(struct tl_conn_record *r, const struct tl_flow *flow, void *slab_base,
                         enum tl_flow_reason reason, struct tl_bytes service);

#endif
