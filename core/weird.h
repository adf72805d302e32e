/*
 * weird.h - anomalies that are worth a record. Each protocol lists its own; a flow has one record for each kind, and at
 * most TL_WEIRDS_MOST records.
 */
#ifndef TL_CORE_WEIRD_H
#define TL_CORE_WEIRD_H

struct tl_weird_name {
    const char *name; /* as in the record */
    const char *help;
};

enum {
    TL_WEIRD_KINDS = 64, /* of one protocol at most: a flow has one bit for each */
    TL_WEIRDS_MOST = 16, /* records of one flow; further ones are only counted */
};

/* Of TCP, whose reassembler finds it: index in the list of tl_protocol_tcp. */
enum { TL_TCP_WEIRD_OVERLAP_DIFFERS };

#endif
