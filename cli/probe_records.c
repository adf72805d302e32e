/* probe_records.c - the records of taplight ping and trace. */
#include "cli/probe_records.h"

#include <math.h>
#include <string.h>

enum { LABEL, LABEL_TC, LABEL_BOTTOM, LABEL_TTL };
static const struct tl_record_field label_fields[] = {
    TL_FIELD(struct tl_probe_label_record, LABEL, label, "label", TL_REC_COUNT, "Label"),
    TL_FIELD(struct tl_probe_label_record, LABEL_TC, tc, "tc", TL_REC_COUNT, "Traffic class"),
    TL_FIELD(struct tl_probe_label_record, LABEL_BOTTOM, bottom, "bottom", TL_REC_BOOL, "Bottom of the stack"),
    TL_FIELD(struct tl_probe_label_record, LABEL_TTL, ttl, "ttl", TL_REC_COUNT, "Time to live"),
};
static const struct tl_record_def label_def = TL_OBJECT_DEF(label_fields, "An MPLS label");

#define FIELD(index, member, key, type, help)                                                                          \
    TL_FIELD(struct tl_probe_record, TL_PROBE_##index, member, key, type, help)
static const struct tl_record_field probe_fields[] = {
    FIELD(VERB, verb, "verb", TL_REC_TOKEN, "ping, trace or send"),
    FIELD(PROTO, proto, "proto", TL_REC_TOKEN, "icmp, tcp, udp or arp"),
    FIELD(SRC, src, "src", TL_REC_ADDR, "Address it was sent from"),
    FIELD(DST, dst, "dst", TL_REC_ADDR, "Address it was sent to"),
    FIELD(PORT, port, "port", TL_REC_COUNT, "Port it was sent to"),
    FIELD(SEQ, seq, "seq", TL_REC_COUNT, "Number of the probe"),
    FIELD(TTL, ttl, "ttl", TL_REC_COUNT, "TTL or hop limit it was sent with"),
    FIELD(SIZE, size, "size", TL_REC_COUNT, "Bytes sent, from the IP header on; send: from the Ethernet header on"),
    FIELD(OUTCOME, outcome, "outcome", TL_REC_TOKEN,
          "reply; refused: a TCP reset, or port unreachable; exceeded: a router used the TTL up; too_big; unreachable; "
          "damaged: a reply that is not right; other: a reply from another address, which is no answer; duplicate: one "
          "more answer; late: it came after the timeout; timeout; send: sent, without --expect"),
    FIELD(DAMAGE, damage, "damage", TL_REC_TOKEN,
          "damaged: what is wrong: checksum, short or long (not as many bytes of data as were sent), data"),
    FIELD(FROM, from, "from", TL_REC_ADDR, "Address that answered"),
    FIELD(MAC, mac, "from_mac", TL_REC_MAC, "ARP: MAC address that answered"),
    FIELD(NAME, name, "from_name", TL_REC_TEXT, "Name of the address that answered, with --resolve"),
    FIELD(RTT, rtt, "rtt", TL_REC_INTERVAL, "Seconds from the probe to the answer"),
    FIELD(FROM_TTL, from_ttl, "from_ttl", TL_REC_COUNT, "TTL of the answer as it came"),
    FIELD(FROM_SIZE, from_size, "from_size", TL_REC_COUNT, "Bytes of the answer, from the IP header on"),
    FIELD(CODE, code, "code", TL_REC_COUNT, "ICMP code of an error"),
    FIELD(MTU, mtu, "mtu", TL_REC_COUNT, "too_big: the longest packet that the next link takes"),
    [TL_PROBE_MPLS] = { .key = "mpls",
                        .type = TL_REC_OBJECTS,
                        .offset = (uint16_t)offsetof(struct tl_probe_record, labels),
                        .lead_len = sizeof(",\"mpls\":") - 1,
                        .lead = ",\"mpls\":",
                        .help = "MPLS labels that the router received (RFC 4950)",
                        .objects = &label_def },
};
#undef FIELD
const struct tl_record_def tl_probe_record_def = {
    .path = "probe",
    .help = "Of taplight ping, trace and send: one for each packet that asks for an answer",
    .fields = probe_fields,
    .field_count = (uint32_t)TL_COUNT(probe_fields),
};

#define FIELD(index, member, key, type, help)                                                                          \
    TL_FIELD(struct tl_probe_summary_record, TL_SUMMARY_##index, member, key, type, help)
static const struct tl_record_field summary_fields[] = {
    FIELD(VERB, verb, "verb", TL_REC_TOKEN, "ping or trace"),
    FIELD(PROTO, proto, "proto", TL_REC_TOKEN, "icmp, tcp, udp or arp"),
    FIELD(DST, dst, "dst", TL_REC_ADDR, "The target"),
    FIELD(HOP, hop, "hop", TL_REC_COUNT, "trace: the TTL"),
    FIELD(FROM, from, "from", TL_REC_ADDR, "trace: the router, or the target"),
    FIELD(NAME, name, "from_name", TL_REC_TEXT, "Its name, with --resolve"),
    FIELD(SENT, sent, "sent", TL_REC_COUNT, "Probes sent"),
    FIELD(RECEIVED, received, "received", TL_REC_COUNT, "Probes answered in time"),
    FIELD(DUPLICATES, duplicates, "duplicates", TL_REC_COUNT, "Further answers to the same probe"),
    FIELD(LATE, late, "late", TL_REC_COUNT, "Probes whose first answer came after the timeout"),
    FIELD(DAMAGED, damaged, "damaged", TL_REC_COUNT, "Probes whose answer was damaged"),
    FIELD(LOSS, loss, "loss", TL_REC_DOUBLE, "Probes without an answer that is right, in percent"),
    FIELD(MIN, min, "rtt_min", TL_REC_INTERVAL, "The shortest time"),
    FIELD(AVG, avg, "rtt_avg", TL_REC_INTERVAL, "The average time"),
    FIELD(MAX, max, "rtt_max", TL_REC_INTERVAL, "The longest time"),
    FIELD(MDEV, mdev, "rtt_mdev", TL_REC_INTERVAL, "Standard deviation of the times"),
    FIELD(JITTER, jitter, "jitter", TL_REC_INTERVAL, "Average difference of one time and the next"),
    FIELD(MTU, mtu, "path_mtu", TL_REC_COUNT, "The longest packet that reaches the target, with --mtu"),
};
#undef FIELD
const struct tl_record_def tl_probe_summary_record_def = {
    .path = "probe_summary",
    .help = "Of taplight ping: the last record; of trace: one for each hop",
    .fields = summary_fields,
    .field_count = (uint32_t)TL_COUNT(summary_fields),
};

void tl_probe_set_address(struct tl_record *head, unsigned field, struct tl_addr *at, const struct tl_address *address)
{
    if (address->version == 0)
        return;
    at->version = address->version;
    memcpy(at->bytes, address->bytes, sizeof at->bytes);
    tl_record_set(head, field);
}

void tl_probe_times_add(struct tl_probe_times *t, int64_t rtt)
{
    double ns = (double)rtt;
    if (t->received > 0)
        t->differences += fabs(ns - (double)t->last);
    if (t->received == 0 || rtt < t->min)
        t->min = rtt;
    if (t->received == 0 || rtt > t->max)
        t->max = rtt;
    t->received++;
    t->last = rtt;
    t->sum += ns;
    t->squares += ns * ns;
}

double tl_probe_times_loss(const struct tl_probe_times *t)
{
    return t->sent > 0 ? 100.0 * (double)(t->sent - t->received) / (double)t->sent : 0;
}

int64_t tl_probe_times_avg(const struct tl_probe_times *t)
{
    return t->received > 0 ? (int64_t)(t->sum / (double)t->received) : 0;
}

int64_t tl_probe_times_mdev(const struct tl_probe_times *t)
{
    double n = (double)t->received, average = n > 0 ? t->sum / n : 0;
    double variance = n > 0 ? t->squares / n - average * average : 0;
    return variance > 0 ? (int64_t)sqrt(variance) : 0;
}

int64_t tl_probe_times_jitter(const struct tl_probe_times *t)
{
    return t->received > 1 ? (int64_t)(t->differences / (double)(t->received - 1)) : 0;
}

void tl_probe_summary_fill(struct tl_probe_summary_record *r, const struct tl_probe_times *t)
{
    r->sent = t->sent;
    r->received = t->received;
    r->duplicates = t->duplicates;
    r->late = t->late;
    r->damaged = t->damaged;
    r->loss = tl_probe_times_loss(t);
    for (unsigned field = TL_SUMMARY_SENT; field <= TL_SUMMARY_LOSS; field++)
        tl_record_set(&r->head, field);
    if (t->received == 0)
        return;
    r->min = t->min;
    r->avg = tl_probe_times_avg(t);
    r->max = t->max;
    r->mdev = tl_probe_times_mdev(t);
    r->jitter = tl_probe_times_jitter(t);
    for (unsigned field = TL_SUMMARY_MIN; field <= TL_SUMMARY_JITTER; field++)
        tl_record_set(&r->head, field);
}
