/* summary.c - the meta and stats records. */
#include "pipeline/summary.h"

#include <stdio.h>
#include <unistd.h>

enum { SCHEMA_VERSION, TOOL, VERSION, SOURCE, FILTER, FILTER_COMPILED };

static const struct tl_record_field meta_fields[] = {
    TL_FIELD(struct tl_meta_record, SCHEMA_VERSION, schema_version, "schema_version", TL_REC_TOKEN,
             "Version of the record format: major.minor.patch"),
    TL_FIELD(struct tl_meta_record, TOOL, tool, "tool", TL_REC_TOKEN, "Always taplight"),
    TL_FIELD(struct tl_meta_record, VERSION, version, "version", TL_REC_TOKEN, "Version of the program"),
    TL_FIELD(struct tl_meta_record, SOURCE, source, "source", TL_REC_TEXTS,
             "The inputs in the order of reading, or the interfaces"),
    TL_FIELD(struct tl_meta_record, FILTER, filter, "filter", TL_REC_TEXT, "The capture filter"),
    TL_FIELD(struct tl_meta_record, FILTER_COMPILED, filter_compiled, "filter_compiled", TL_REC_TEXT,
             "The filter as compiled: extended to see through VLAN tags if the link type has them"),
};

const struct tl_record_def tl_meta_record_def = { .path = "meta",
                                                  .help = "The first record: the source of the others",
                                                  .fields = meta_fields,
                                                  .field_count = (uint32_t)TL_COUNT(meta_fields) };

enum {
    PACKETS, BYTES, LINK_TYPES, SNAPLEN, DROPPED_KERNEL, DROPPED_INTERFACE, DROPPED_RING, DROPPED_WRITE, FLOWS,
    FLOWS_ACTIVE, FLOWS_EVICTED, REASSEMBLY_TRUNCATED, MALFORMED, BAD_CHECKSUMS, SNAPLEN_CUT, WEIRDS_SUPPRESSED,
    MEM_BYTES
};

static const struct tl_record_field stats_fields[] = {
    TL_FIELD(struct tl_stats_record, PACKETS, packets, "packets", TL_REC_COUNT, "Packets that passed the filter"),
    TL_FIELD(struct tl_stats_record, BYTES, bytes, "bytes", TL_REC_COUNT, "Bytes on the wire of these packets"),
    TL_FIELD(struct tl_stats_record, LINK_TYPES, link_types, "link_types", TL_REC_COUNTS,
             "LINKTYPE values in the input"),
    TL_FIELD(struct tl_stats_record, SNAPLEN, snaplen, "snaplen", TL_REC_COUNT,
             "The largest snapshot length in the input"),
    TL_FIELD(struct tl_stats_record, DROPPED_KERNEL, dropped_kernel, "dropped_kernel", TL_REC_COUNT,
             "Packets dropped by the kernel: live, or as reported in a capture file"),
    TL_FIELD(struct tl_stats_record, DROPPED_INTERFACE, dropped_interface, "dropped_interface", TL_REC_COUNT,
             "Packets dropped by the interface: live, or as reported in a capture file"),
    TL_FIELD(struct tl_stats_record, DROPPED_RING, dropped_ring, "dropped_ring", TL_REC_COUNT,
             "Live: packets that were not analysed"),
    TL_FIELD(struct tl_stats_record, DROPPED_WRITE, dropped_write, "dropped_write", TL_REC_COUNT,
             "Live: packets that -w lost because its disk or reader was too slow, or the disk was full"),
    TL_FIELD(struct tl_stats_record, FLOWS, flows, "flows", TL_REC_COUNT, "Flows begun"),
    TL_FIELD(struct tl_stats_record, FLOWS_ACTIVE, flows_active, "flows_active", TL_REC_COUNT, "Flows not ended yet"),
    TL_FIELD(struct tl_stats_record, FLOWS_EVICTED, flows_evicted, "flows_evicted", TL_REC_COUNT,
             "Flows ended early because memory ran out"),
    TL_FIELD(struct tl_stats_record, REASSEMBLY_TRUNCATED, reassembly_truncated, "reassembly_truncated", TL_REC_COUNT,
             "Bytes not reassembled because memory ran out"),
    TL_FIELD(struct tl_stats_record, MALFORMED, malformed, "malformed", TL_REC_COUNT,
             "Packets with a malformed layer"),
    TL_FIELD(struct tl_stats_record, BAD_CHECKSUMS, bad_checksums, "bad_checksums", TL_REC_COUNT,
             "Wrong checksums of IPv4 headers and transport layers"),
    TL_FIELD(struct tl_stats_record, SNAPLEN_CUT, snaplen_cut, "snaplen_cut", TL_REC_COUNT,
             "Packets that were not captured whole"),
    TL_FIELD(struct tl_stats_record, WEIRDS_SUPPRESSED, weirds_suppressed, "weirds_suppressed", TL_REC_COUNT,
             "Anomalies without a weird record: repeated in their flow, or beyond the flow's limit"),
    TL_FIELD(struct tl_stats_record, MEM_BYTES, mem_bytes, "mem_bytes", TL_REC_COUNT, "Live: memory in use"),
};

const struct tl_record_def tl_stats_record_def = { .path = "stats",
                                                   .help = "The counters: the last record; live also at intervals",
                                                   .fields = stats_fields,
                                                   .field_count = (uint32_t)TL_COUNT(stats_fields) };

void tl_meta_record_fill(struct tl_meta_record *r, const struct tl_engine_options *options, const char *filter_text,
                         struct tl_text_list sources)
{
    *r = (struct tl_meta_record){ .schema_version = TL_SCHEMA_VERSION, .tool = "taplight", .version = TAPLIGHT_VERSION };
    r->head.set = UINT64_C(1) << SCHEMA_VERSION | UINT64_C(1) << TOOL | UINT64_C(1) << VERSION | UINT64_C(1) << SOURCE;
    r->source = sources;
    if (options->filter == NULL || options->filter[0] == 0)
        return;
    r->filter = tl_bytes_of(options->filter, strlen(options->filter));
    tl_record_set(&r->head, FILTER);
    if (filter_text == NULL || strcmp(filter_text, options->filter) == 0)
        return;
    r->filter_compiled = tl_bytes_of(filter_text, strlen(filter_text));
    tl_record_set(&r->head, FILTER_COMPILED);
}

/* Collects the distinct link types, in order of appearance, and the largest snaplen. */
static void fill_interfaces(struct tl_stats_record *r, const struct tl_interfaces *interfaces)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < tl_interfaces_count(interfaces); i++) {
        const struct tl_interface *interface = tl_interfaces_get(interfaces, i);
        if (interface->snaplen > r->snaplen)
            r->snaplen = interface->snaplen;
        uint32_t k = 0;
        while (k < n && r->types[k] != interface->linktype)
            k++;
        if (k == n && n < TL_LINK_TYPES_MOST)
            r->types[n++] = interface->linktype;
    }
    r->link_types = (struct tl_count_list){ r->types, n };
}

/* Returns the private memory of this process in bytes; 0: the system does not report it. */
static uint64_t memory_in_use(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long long resident = 0, shared = 0;
    if (file == NULL)
        return 0;
    bool read = fscanf(file, "%*u %llu %llu", &resident, &shared) == 2 && resident > shared;
    fclose(file);
    return read ? (resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static void fill_dropped(struct tl_stats_record *r, const struct tl_counters *counters)
{
    r->dropped_kernel = counters->dropped_kernel;
    r->dropped_interface = counters->dropped_interface;
    tl_record_set(&r->head, DROPPED_KERNEL);
    tl_record_set(&r->head, DROPPED_INTERFACE);
}

static void fill_live(struct tl_stats_record *r, const struct tl_counters *counters)
{
    r->dropped_ring = counters->dropped_ring;
    r->dropped_write = counters->dropped_write;
    r->mem_bytes = memory_in_use();
    tl_record_set(&r->head, DROPPED_RING);
    tl_record_set(&r->head, DROPPED_WRITE);
    if (r->mem_bytes > 0)
        tl_record_set(&r->head, MEM_BYTES);
}

void tl_stats_record_fill(struct tl_stats_record *r, const struct tl_counters *counters,
                          const struct tl_interfaces *interfaces, int64_t ts, bool live)
{
    *r = (struct tl_stats_record){ .head = { .ts = ts },
                                   .packets = counters->passed,
                                   .bytes = counters->bytes,
                                   .flows = counters->flows,
                                   .flows_active = counters->flows_active,
                                   .flows_evicted = counters->flows_evicted,
                                   .reassembly_truncated = counters->reassembly_truncated,
                                   .malformed = counters->malformed,
                                   .bad_checksums = counters->bad_checksums,
                                   .snaplen_cut = counters->snaplen_cut,
                                   .weirds_suppressed = counters->weirds_suppressed };
    const unsigned always[] = { PACKETS, BYTES, LINK_TYPES, SNAPLEN, FLOWS, FLOWS_ACTIVE, FLOWS_EVICTED,
                                REASSEMBLY_TRUNCATED, MALFORMED, BAD_CHECKSUMS, SNAPLEN_CUT, WEIRDS_SUPPRESSED };
    for (unsigned i = 0; i < TL_COUNT(always); i++)
        tl_record_set(&r->head, always[i]);
    if (live || counters->dropped_kernel + counters->dropped_interface > 0)
        fill_dropped(r, counters);
    if (live)
        fill_live(r, counters);
    fill_interfaces(r, interfaces);
}
