/* summary.h - the first and the last record of a stream: meta (inputs) and stats (counters). */
#ifndef TL_PIPELINE_SUMMARY_H
#define TL_PIPELINE_SUMMARY_H

#include "core/packet.h"
#include "core/record.h"
#include "pipeline/options.h"

#define TL_SCHEMA_VERSION "1.4.0"

struct tl_meta_record {
    struct tl_record head;
    const char *schema_version, *tool, *version;
    struct tl_text_list source;
    struct tl_bytes filter, filter_compiled;
};

enum { TL_LINK_TYPES_MOST = 32 };

struct tl_stats_record {
    struct tl_record head;
    uint64_t packets, bytes;
    struct tl_count_list link_types;
    uint64_t snaplen;
    uint64_t dropped_kernel, dropped_interface, dropped_ring, dropped_write;
    uint64_t flows, flows_active, flows_evicted, reassembly_truncated, malformed, bad_checksums, snaplen_cut;
    uint64_t weirds_suppressed;
    uint64_t mem_bytes;
    uint64_t types[TL_LINK_TYPES_MOST]; /* buffer for link_types */
};

extern const struct tl_record_def tl_meta_record_def, tl_stats_record_def;

/*
 * The sources are inputs or interfaces. The record borrows from them and from filter_text, the filter as compiled, or
 * NULL.
 */
void tl_meta_record_fill(struct tl_meta_record *r, const struct tl_engine_options *options, const char *filter_text,
                         struct tl_text_list sources);
/* ts is the time of the record. live: includes the counters that only live capture has. */
void tl_stats_record_fill(struct tl_stats_record *r, const struct tl_counters *counters,
                          const struct tl_interfaces *interfaces, int64_t ts, bool live);

#endif
