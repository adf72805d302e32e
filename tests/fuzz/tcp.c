/*
 * tcp.c - fuzzes TCP reassembly: segments of one connection in any order, overlapping, cut and lost.
 *
 * Every byte is computed from its side and sequence number, so delivered bytes can be checked. Input: a byte of options,
 * then segments of 8 bytes: flags, anomalies, sequence number relative to the sender's next byte (16 bits, signed), the
 * same for the acknowledgement number, length.
 */
#include "harness.h"

#include "flows/history.h"
#include "flows/tcp.h"

enum { FLAG_SECOND = 0x80, ODD_DIFFERS = 1, ODD_CUT = 2, ODD_FAR = 4, ODD_FLUSH = 8, ODD_SKIP = 32,
       OPTION_SCARCE = 1, OPTION_WRAPS = 2, SEGMENT_MAX = 4096, HELD_MOST = 1 << 20, HELD_COUNT_MOST = 2048 };

struct connection {
    struct tl_slab *slab;
    struct tl_flow *flow;
    struct tl_flow_ext *ext;
    struct tl_tcp tcp;
    uint32_t at[2];       /* the next byte that each sender would send */
    unsigned turned;      /* 1: the first sender is side 1 */
    uint64_t handed[2];   /* bytes delivered since the last check */
    bool exact;           /* no byte had two different values */
    uint64_t calls;
};

static uint8_t byte_at(unsigned sender, uint32_t seq)
{
    uint32_t h = (seq + sender * 77777u) * 2654435761u;
    return (uint8_t)(h >> 24);
}

static void on_data(void *context, struct tl_flow *flow, unsigned side, struct tl_bytes bytes)
{
    struct connection *c = context;
    const struct tl_tcp_half *h = &c->tcp.half[side];
    FUZZ_CHECK(flow == c->flow && side < 2 && bytes.len > 0);
    /* h->range.next stands behind what is handed over */
    uint32_t seq = h->start + (uint32_t)(h->range.next - bytes.len);
    for (uint32_t i = 0; c->exact && i < bytes.len; i++)
        FUZZ_CHECK(bytes.data[i] == byte_at(side ^ c->turned, seq + i));
    c->handed[side] += bytes.len;
    c->calls++;
}

static void on_gap(void *context, struct tl_flow *flow, unsigned side, uint64_t n)
{
    struct connection *c = context;
    FUZZ_CHECK(flow == c->flow && side < 2 && n > 0);
    c->handed[side] += n;
    c->calls++;
}

static void on_truncated(void *context, uint64_t bytes)
{
    struct connection *c = context;
    FUZZ_CHECK(bytes > 0);
    c->calls++;
}

static void check(struct connection *c, const uint64_t before[2])
{
    for (unsigned side = 0; side < 2; side++) {
        const struct tl_range *r = &c->tcp.half[side].range;
        FUZZ_CHECK(r->next >= before[side]);
        bool keep_alive = before[side] == 1 && r->next == 2 && c->handed[side] == 0; /* seen first: its byte is none */
        FUZZ_CHECK(r->skip || keep_alive || r->next - before[side] == c->handed[side]);
        FUZZ_CHECK(r->held <= HELD_MOST && r->held_count <= HELD_COUNT_MOST);
        FUZZ_CHECK((r->first == NULL) == (r->held_count == 0) && (r->first == NULL) == (r->tail == NULL));
        FUZZ_CHECK(r->held_count != 0 || r->held == 0);
        (void)tl_tcp_bytes(&c->tcp, side);
        c->handed[side] = 0;
    }
}

/* Returns the segment's bytes in an allocation of exactly that size. */
static uint8_t *payload(unsigned sender, uint32_t first, uint32_t len, bool differs)
{
    uint8_t whole[SEGMENT_MAX];
    for (uint32_t i = 0; i < len; i++)
        whole[i] = byte_at(sender, first + i);
    if (differs && len > 0)
        whole[len - 1] ^= 1;
    return fuzz_copy(whole, len);
}

static void follow(struct connection *c, unsigned sender, const struct tl_transport *seg, struct tl_bytes captured,
                   const struct tl_tcp_reader *reader)
{
    unsigned side = sender ^ c->turned;
    if (tl_tcp_is_new(&c->tcp, side, seg))
        return; /* of another connection */
    if (tl_tcp_segment(c->flow, &c->tcp, side, seg, (int64_t)c->calls, tl_slab_base(c->slab)) == TL_TCP_TURN) {
        tl_tcp_turn(&c->tcp);
        c->turned ^= 1;
        side ^= 1;
        FUZZ_CHECK(tl_tcp_segment(c->flow, &c->tcp, side, seg, (int64_t)c->calls, tl_slab_base(c->slab)) ==
                   TL_TCP_GOES_ON);
    }
    uint64_t before[2] = { c->tcp.half[0].range.next, c->tcp.half[1].range.next };
    tl_tcp_payload(c->flow, &c->tcp, side, seg, captured, reader, c->slab);
    check(c, before);
    c->flow->class = tl_tcp_class(c->flow, &c->tcp) & 0xf;
}

static void flush(struct connection *c, const struct tl_tcp_reader *reader)
{
    uint64_t before[2] = { c->tcp.half[0].range.next, c->tcp.half[1].range.next };
    tl_tcp_flush(c->flow, &c->tcp, reader, c->slab);
    check(c, before);
    FUZZ_CHECK(c->tcp.half[0].range.first == NULL && c->tcp.half[1].range.first == NULL);
}

static void take(struct connection *c, struct fuzz_input *in, const struct tl_tcp_reader *reader)
{
    uint8_t flags = fuzz_u8(in), odd = fuzz_u8(in);
    int16_t seq = (int16_t)fuzz_u16(in), ack = (int16_t)fuzz_u16(in);
    unsigned sender = (flags & FLAG_SECOND) != 0;
    uint32_t len = fuzz_u16(in) % SEGMENT_MAX, captured = odd & ODD_CUT ? len / 2 : len;
    struct tl_transport seg = { .flags = flags & 0x3f, .window = odd, .window_scale = -1, .payload_len = len };
    seg.seq = c->at[sender] + (uint32_t)seq * (odd & ODD_FAR ? 65536u : 1u);
    seg.ack = flags & TL_ACK ? c->at[sender ^ 1] + (uint32_t)ack : 0;
    if (odd & ODD_SKIP)
        c->tcp.half[sender ^ c->turned].range.skip = true;
    c->exact &= !(odd & (ODD_DIFFERS | ODD_SKIP));
    uint8_t *bytes = payload(sender, seg.seq + ((flags & TL_SYN) != 0), captured, odd & ODD_DIFFERS);
    follow(c, sender, &seg, (struct tl_bytes){ bytes, captured }, reader);
    fuzz_free(bytes);
    if (odd & ODD_FLUSH)
        flush(c, reader);
    if (seq == 0)
        c->at[sender] = seg.seq + len + ((flags & TL_SYN) != 0) + ((flags & TL_FIN) != 0);
}

static bool begin(struct connection *c, uint8_t options)
{
    c->slab = tl_slab_new(options & OPTION_SCARCE ? 1 << 17 : 1 << 22);
    if (c->slab == NULL)
        return false;
    c->flow = tl_slab_get(c->slab, tl_flow_size(0));
    c->ext = tl_slab_get(c->slab, sizeof *c->ext);
    if (c->flow == NULL || c->ext == NULL) {
        tl_slab_free(c->slab);
        return false;
    }
    memset(c->flow, 0, tl_flow_size(0));
    *c->ext = (struct tl_flow_ext){ .tcp = &c->tcp };
    c->flow->ext = tl_slab_handle(c->slab, c->ext);
    c->flow->ip_proto = 6;
    c->at[0] = options & OPTION_WRAPS ? UINT32_MAX - 100 : 1000;
    c->at[1] = options & OPTION_WRAPS ? UINT32_MAX - 5000 : 70000;
    return true;
}

static void on_differs(void *context, struct tl_flow *flow, unsigned side)
{
    (void)context, (void)flow, (void)side;
}

void fuzz_one(const uint8_t *data, size_t size)
{
    struct fuzz_input in = { data, data + size };
    struct connection c = { .exact = true };
    struct tl_tcp_reader reader = { on_data, on_gap, on_truncated, on_differs, &c };
    if (!begin(&c, fuzz_u8(&in)))
        return;
    size_t used = tl_slab_used(c.slab);
    while (in.at < in.end)
        take(&c, &in, &reader);
    flush(&c, &reader);
    tl_tcp_fini(&c.tcp, c.slab);
    FUZZ_CHECK(tl_slab_used(c.slab) == used);
    char history[TL_HISTORY_MAX + 1];
    tl_history_text(c.flow, tl_slab_base(c.slab), history);
    FUZZ_CHECK(strnlen(history, sizeof history) < sizeof history);
    FUZZ_CHECK(tl_tcp_conn_state(c.flow, &c.tcp, history) != NULL);
    tl_slab_free(c.slab);
}
