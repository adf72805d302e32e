/*
 * weird.h - anomalies that become a record. Each protocol lists its own. A flow has one record for each kind, and at
 * most TL_WEIRDS_MOST records.
 */
#ifndef TL_CORE_WEIRD_H
#define TL_CORE_WEIRD_H

struct tl_weird_name {
    const char *name; /* `name` of the record */
    const char *help;
};

enum {
    TL_WEIRD_KINDS = 64, /* of one protocol: a flow has one bit for each */
    TL_WEIRDS_MOST = 16, /* records per flow; further ones are only counted */
};

/* Index in the list of tl_protocol_tcp. The TCP reassembler reports it. */
enum { TL_TCP_WEIRD_OVERLAP_DIFFERS };

#endif
