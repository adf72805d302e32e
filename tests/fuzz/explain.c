/*
 * explain.c - fuzzes the explanation of flows: packets go in, verdicts come out, and what they cite was seen.
 *
 * Input: packets of Ethernet, each a byte of the time since the one before, a length (16 bits) and that many bytes. Checksums
 * of IPv4, TCP and UDP are set right, for a flow takes no others. What the header's length has more than the bytes was cut.
 */
#include "harness.h"

#include "explain/explain.h"
#include "export/sinks.h"

enum { FRAME_MOST = 1514, ETHERNET = 14, PACKETS_MOST = 400, MEMORY = 1 << 21 };

static uint32_t sum_of(const uint8_t *at, size_t len, uint32_t sum)
{
    for (size_t i = 0; i < len; i++)
        sum += (uint32_t)at[i] << (i % 2 == 0 ? 8 : 0);
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static void put_sum(uint8_t *at, const uint8_t *from, size_t len, uint32_t sum)
{
    tl_store_be16(at, 0);
    tl_store_be16(at, (uint16_t)~sum_of(from, len, sum));
}

/* Returns the length on the wire. */
static uint32_t repair(uint8_t *frame, size_t len)
{
    uint8_t *ip = frame + ETHERNET;
    if (len < ETHERNET + 20 || tl_load_be16(frame + 12) != 0x0800)
        return (uint32_t)len;
    size_t header = (size_t)(ip[0] & 15) * 4, total = tl_load_be16(ip + 2);
    if (header < 20 || ETHERNET + header > len)
        return (uint32_t)len;
    put_sum(ip + 10, ip, header, 0);
    if (ETHERNET + total > len)
        return (uint32_t)(ETHERNET + total);
    size_t at = ip[9] == 6 ? 16 : 6, size = total > header ? total - header : 0;
    if ((ip[9] == 6 && size >= 20) || (ip[9] == 17 && size >= 8))
        put_sum(ip + header + at, ip + header, size, sum_of(ip + 12, 8, (uint32_t)ip[9] + (uint32_t)size));
    return (uint32_t)len;
}

/* Microseconds to hours, in steps of powers of 4. */
static int64_t time_of(uint8_t code)
{
    return (int64_t)(code & 15) << ((code >> 4) * 2 + 10);
}

static void check_finding(const struct tl_finding *f, uint64_t packets)
{
    FUZZ_CHECK(f->kind != NULL && f->level > TL_FINDING_NONE && f->level <= TL_FINDING_PROBLEM);
    FUZZ_CHECK(f->text[0] != '\0' && f->support > 0 && f->lost >= 0);
    FUZZ_CHECK(f->packet_count > 0 && f->packet_count <= TL_FINDING_PACKETS);
    for (uint32_t i = 0; i < f->packet_count; i++)
        FUZZ_CHECK(f->packets[i] >= 1 && f->packets[i] <= packets && (i == 0 || f->packets[i - 1] < f->packets[i]));
}

static void check(const struct tl_explain *explain, uint64_t packets)
{
    uint32_t count = tl_explain_count(explain);
    FUZZ_CHECK(count <= TL_EXPLAIN_FLOWS);
    for (uint32_t i = 0; i < count; i++) {
        const struct tl_explained *x = tl_explain_get(explain, i);
        const struct tl_diagnosis *d = &x->diagnosis;
        FUZZ_CHECK(d->verdict[0] != '\0' && d->confidence[0] != '\0' && d->lost >= 0 && d->count <= TL_FINDINGS_MOST);
        for (unsigned k = 0; k < d->count; k++) {
            check_finding(&d->items[k], packets);
            FUZZ_CHECK(k == 0 || d->items[k - 1].level >= d->items[k].level);
        }
    }
}

/* No control byte of a packet is in the report. */
static void check_text(const struct tl_buffer *text)
{
    for (size_t i = 0; !text->failed && i < text->len; i++)
        FUZZ_CHECK(text->data[i] == '\n' || (text->data[i] >= ' ' && text->data[i] != 0x7f));
}

static void report(const struct tl_explain *explain)
{
    struct tl_buffer text = { 0 };
    tl_explain_put(&text, explain);
    check_text(&text);
    tl_buffer_fini(&text);
    struct tl_output *output = tl_output_open("/dev/null", NULL);
    struct tl_sink *sink = output != NULL ? tl_records_sink(output, ".") : NULL;
    if (sink == NULL)
        return;
    struct tl_buffer records = { 0 };
    tl_explain_put_records(&records, explain, sink);
    check_text(&records);
    tl_buffer_fini(&records);
    sink->free(sink);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    struct fuzz_input in = { data, data + size };
    const struct tl_interface ethernet = { .linktype = 1, .decimals = 9 };
    struct tl_interfaces *interfaces = tl_interfaces_new();
    bool added = interfaces != NULL && tl_interfaces_add(interfaces, &ethernet) == 0;
    const struct tl_explain_options options = { .interfaces = interfaces, .memory = MEMORY };
    struct tl_explain *explain = added ? tl_explain_new(&options) : NULL;
    int64_t ts = INT64_C(1700000000000000000), first = ts;
    uint64_t number = 0;
    while (explain != NULL && in.at < in.end && number < PACKETS_MOST) {
        ts += time_of(fuzz_u8(&in));
        struct tl_bytes frame = fuzz_bytes(&in, fuzz_u16(&in) % (FRAME_MOST + 1));
        uint8_t *bytes = fuzz_copy(frame.data, frame.len);
        struct tl_packet packet = { .ts = ts, .etime = ts - first, .number = ++number, .bytes = bytes,
                                    .caplen = (uint32_t)frame.len, .len = repair(bytes, frame.len), .linktype = 1 };
        tl_explain_packet(explain, &packet);
        fuzz_free(bytes);
    }
    if (explain != NULL) {
        tl_explain_end(explain);
        check(explain, number);
        report(explain);
        tl_explain_free(explain);
    }
    tl_interfaces_free(interfaces);
}
