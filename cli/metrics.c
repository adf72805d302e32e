/* metrics.c - the figures of a run for --metrics, in the text format of Prometheus, version 0.0.4. */
#include "cli/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "pipeline/engine.h"
#include "sinks/delivery.h"

/* --- records by kind --- */

static uint32_t hash_of(const struct tl_record_def *def)
{
    return (uint32_t)(((uintptr_t)def * UINT64_C(0x9e3779b97f4a7c15)) >> 32) % TL_METRICS_SLOTS;
}

void tl_metrics_init(struct tl_metrics *metrics)
{
    metrics->def_count = tl_engine_record_defs(metrics->defs, TL_METRICS_DEFS);
    for (uint32_t i = metrics->def_count; i-- > 0;)
        metrics->slots[hash_of(metrics->defs[i])] = (uint8_t)i;
}

void tl_metrics_count(void *context, const struct tl_record_def *def)
{
    struct tl_metrics *metrics = context;
    uint32_t i = metrics->slots[hash_of(def)];
    while (i < metrics->def_count && metrics->defs[i] != def) /* the hash is shared */
        i++;
    if (i < metrics->def_count)
        atomic_fetch_add_explicit(&metrics->records[i], 1, memory_order_relaxed);
}

/* --- text --- */

/* The head of a metric: its help and its type. */
static void put_head(struct tl_buffer *out, const char *name, const char *type, const char *help)
{
    tl_put_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_value(struct tl_buffer *out, uint64_t value)
{
    tl_put_char(out, ' ');
    tl_put_u64(out, value);
    tl_put_char(out, '\n');
}

/* A metric without labels. */
static void put_metric(struct tl_buffer *out, const char *name, const char *type, const char *help, uint64_t value)
{
    put_head(out, name, type, help);
    tl_puts(out, name);
    put_value(out, value);
}

/* A time as seconds with six decimals. */
static void put_seconds(struct tl_buffer *out, int64_t ns)
{
    tl_put_char(out, ' ');
    tl_put_seconds(out, ns, 6);
    tl_put_char(out, '\n');
}

static void put_label(struct tl_buffer *out, const char *name, const char *label, const char *text, uint64_t value)
{
    tl_put_format(out, "%s{%s=\"%s\"}", name, label, text);
    put_value(out, value);
}

static void put_packets(struct tl_buffer *out, const struct tl_metrics *metrics, const struct tl_counters *c)
{
    static const char dropped[] = "taplight_dropped_packets_total";
    put_metric(out, "taplight_packets_total", "counter", "Packets that passed the capture filter.", c->passed);
    put_metric(out, "taplight_packet_bytes_total", "counter", "Bytes on the wire of decoded packets.", c->bytes);
    put_head(out, dropped, "counter",
             "Packets that were lost: by the kernel, by the interface, not analysed, not written by -w.");
    put_label(out, dropped, "where", "kernel", c->dropped_kernel);
    put_label(out, dropped, "where", "interface", c->dropped_interface);
    if (metrics->live) {
        put_label(out, dropped, "where", "analysis", c->dropped_ring);
        put_label(out, dropped, "where", "write", c->dropped_write);
    }
    put_metric(out, "taplight_malformed_packets_total", "counter", "Packets with a malformed layer.", c->malformed);
    put_metric(out, "taplight_cut_packets_total", "counter", "Packets that were not captured whole.", c->snaplen_cut);
    put_metric(out, "taplight_bad_checksums_total", "counter", "Wrong checksums.", c->bad_checksums);
}

static void put_flows(struct tl_buffer *out, const struct tl_counters *c)
{
    uint64_t active = c->flows_active < c->flows ? c->flows_active : c->flows;
    put_metric(out, "taplight_flows_active", "gauge", "Flows that have not ended.", active);
    put_metric(out, "taplight_flows_ended_total", "counter", "Flows that ended.", c->flows - active);
    put_metric(out, "taplight_flows_evicted_total", "counter", "Flows that ended early because memory ran out.",
               c->flows_evicted);
    put_metric(out, "taplight_refused_packets_total", "counter", "Packets without a flow because memory ran out.",
               c->packets_refused);
    put_metric(out, "taplight_unassembled_bytes_total", "counter", "Bytes not reassembled because memory ran out.",
               c->reassembly_truncated);
}

static void put_records(struct tl_buffer *out, struct tl_metrics *metrics)
{
    if (!metrics->counts)
        return;
    put_head(out, "taplight_records_total", "counter", "Records that were written, by kind.");
    for (uint32_t i = 0; i < metrics->def_count; i++) {
        const char *kind = metrics->defs[i]->path;
        if (strcmp(kind, "meta") != 0 && strcmp(kind, "stats") != 0) /* not of the traffic, and not counted */
            put_label(out, "taplight_records_total", "kind", kind,
                      atomic_load_explicit(&metrics->records[i], memory_order_relaxed));
    }
}

/* --- servers --- */

/* The labels of a server: its number, since two can have one URL, and its URL (format 0.0.4: \\, \" and \n). */
static void put_server(struct tl_buffer *out, const char *name, uint32_t index, const char *url)
{
    tl_put_format(out, "%s{server=\"%" PRIu32 "\",url=\"", name, index + 1);
    for (const char *p = url; *p != '\0'; p++) {
        if (*p == '\n') {
            tl_puts(out, "\\n");
            continue;
        }
        if (*p == '"' || *p == '\\')
            tl_put_char(out, '\\');
        tl_put_char(out, *p);
    }
    tl_puts(out, "\"}");
}

#define SERVER(member) offsetof(struct tl_delivery_counts, member)

static const struct {
    const char *name, *type, *help;
    size_t offset; /* of a uint64_t */
} server_metrics[] = {
    { "taplight_server_records_sent_total", "counter", "Records that the server took, or refused for good.",
      SERVER(sent) },
    { "taplight_server_records_refused_total", "counter", "Records that the server refused: they were set aside.",
      SERVER(refused) },
    { "taplight_server_records_lost_total", "counter", "Records that found no room, in memory or in the outbox.",
      SERVER(lost) },
    { "taplight_server_records_waiting", "gauge", "Records that wait, in memory and in the outbox.", SERVER(waiting) },
    { "taplight_server_outbox_bytes", "gauge", "Bytes of records that wait in the outbox.", SERVER(outbox_bytes) },
    { "taplight_server_batches_sent_total", "counter", "Batches of records that the server took.", SERVER(batches) },
    { "taplight_server_batches_failed_total", "counter", "Attempts that failed: their batches are sent again.",
      SERVER(batches_failed) },
};

static void put_servers(struct tl_buffer *out, const struct tl_metrics *metrics)
{
    struct tl_delivery_counts counts[TL_SERVERS_GIVEN];
    for (uint32_t i = 0; i < metrics->server_count; i++)
        tl_delivery_counts(metrics->servers[i], &counts[i]);
    for (size_t k = 0; k < TL_COUNT(server_metrics) && metrics->server_count > 0; k++) {
        put_head(out, server_metrics[k].name, server_metrics[k].type, server_metrics[k].help);
        for (uint32_t i = 0; i < metrics->server_count; i++) {
            uint64_t value;
            memcpy(&value, (const char *)&counts[i] + server_metrics[k].offset, sizeof value);
            put_server(out, server_metrics[k].name, i, counts[i].url);
            put_value(out, value);
        }
    }
    if (metrics->server_count > 0)
        put_head(out, "taplight_server_lag_seconds", "gauge", "How long the oldest record that waits has waited.");
    for (uint32_t i = 0; i < metrics->server_count; i++) {
        put_server(out, "taplight_server_lag_seconds", i, counts[i].url);
        put_seconds(out, counts[i].lag);
    }
    if (metrics->server_count > 0)
        put_head(out, "taplight_server_up", "gauge", "1 unless the last attempt failed.");
    for (uint32_t i = 0; i < metrics->server_count; i++) {
        put_server(out, "taplight_server_up", i, counts[i].url);
        put_value(out, counts[i].works);
    }
}

/* --- the process --- */

/* Returns the resident memory in bytes; 0: the system does not report it. */
static uint64_t memory_in_use(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long long resident = 0;
    if (file == NULL)
        return 0;
    bool read = fscanf(file, "%*u %llu", &resident) == 1;
    fclose(file);
    return read ? resident * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

/* Names that the client libraries of Prometheus give to these figures. */
static void put_process(struct tl_buffer *out, const struct tl_metrics *metrics)
{
    struct rusage usage;
    put_metric(out, "taplight_memory_limit_bytes", "gauge", "The memory limit, --mem.", metrics->memory);
    uint64_t memory = memory_in_use();
    if (memory > 0)
        put_metric(out, "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", memory);
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        int64_t us = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * INT64_C(1000000) + usage.ru_utime.tv_usec +
                     usage.ru_stime.tv_usec;
        put_head(out, "process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.");
        tl_puts(out, "process_cpu_seconds_total");
        put_seconds(out, us * 1000);
    }
    put_head(out, "taplight_build_info", "gauge", "The version of the program.");
    put_label(out, "taplight_build_info", "version", TAPLIGHT_VERSION, 1);
}

void tl_metrics_put(void *context, struct tl_buffer *out)
{
    struct tl_metrics *metrics = context;
    struct tl_counters counters;
    tl_engine_counters(metrics->engine, &counters);
    put_packets(out, metrics, &counters);
    if (metrics->decodes)
        put_flows(out, &counters);
    put_records(out, metrics);
    put_servers(out, metrics);
    put_process(out, metrics);
}
