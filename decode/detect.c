/* detect.c - asks protocols whether a payload is theirs. */
#include "decode/detect.h"

#include <assert.h>

static enum tl_probe ask(const struct tl_protocol *protocol, struct tl_dissection *d, struct tl_cursor c, bool home)
{
    d->flow.home = home;
    return protocol->probe(c, d);
}

/* The protocol that a user chose for one of the ports, or TL_PROTOCOL_COUNT. */
static unsigned chosen(const struct tl_decoder *k, const struct tl_dissection *d, enum tl_on table)
{
    const uint16_t ports[2] = { d->flow.resp_port, d->flow.orig_port };
    for (unsigned i = 0; i < 2 && !d->flow.nested; i++) {
        if (tl_registry_is_chosen(k->options.registry, table, ports[i]))
            return tl_registry_find(k->options.registry, table, ports[i]);
    }
    return TL_PROTOCOL_COUNT;
}

/* Returns the protocol that one of the flow's ports belongs to; of a child, the protocol that its parent expects. */
static unsigned home_of(const struct tl_decoder *k, const struct tl_dissection *d, enum tl_on table, unsigned end,
                        unsigned hint)
{
    if (d->flow.nested)
        return end == 0 ? hint : TL_PROTOCOL_COUNT;
    return tl_registry_find(k->options.registry, table, end == 0 ? d->flow.resp_port : d->flow.orig_port);
}

#ifndef NDEBUG
/* Does a protocol that is not in the set claim the payload? Then its `.begins` is wrong. */
static bool others_claim(const struct tl_decoder *k, struct tl_dissection *d, struct tl_cursor c,
                         const struct tl_protocol_set *set)
{
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++) {
        const struct tl_protocol *p = k->protocols.items[i];
        bool asked = (set->bits[i / 64] >> i % 64 & 1) != 0;
        bool can_be = d->flow.stream ? p->stream != NULL : p->dissect != NULL;
        if (!asked && can_be && p->probe != NULL && !p->only_at_home && !p->before_any &&
            ask(p, d, c, false) == TL_PROBE_YES)
            return true;
    }
    return false;
}
#endif

struct tl_verdict tl_detect(const struct tl_decoder *k, struct tl_dissection *d, struct tl_cursor c, bool stream,
                             unsigned hint)
{
    enum tl_on table = stream ? TL_ON_TCP_PORT : TL_ON_UDP_PORT;
    struct tl_verdict best = { TL_PROTOCOL_COUNT, TL_PROBE_NO };
    unsigned index_chosen = chosen(k, d, table);
    if (TL_UNLIKELY(index_chosen != TL_PROTOCOL_COUNT))
        return (struct tl_verdict){ index_chosen, TL_PROBE_YES };
    for (uint32_t i = 0; stream && i < k->before_count; i++) {
        enum tl_probe answer = ask(k->protocols.items[k->before[i]], d, c, false);
        if (TL_UNLIKELY(answer == TL_PROBE_YES))
            return (struct tl_verdict){ k->before[i], answer };
        if (answer == TL_PROBE_MAYBE)
            best.answer = answer;
    }
    unsigned own[2] = { TL_PROTOCOL_COUNT, TL_PROTOCOL_COUNT };
    for (unsigned end = 0; end < 2; end++) {
        unsigned index = home_of(k, d, table, end, hint);
        own[end] = index;
        if (index == TL_PROTOCOL_COUNT || k->protocols.items[index]->probe == NULL)
            continue;
        enum tl_probe answer = ask(k->protocols.items[index], d, c, true);
        if (answer == TL_PROBE_YES)
            return (struct tl_verdict){ index, answer };
        if (answer == TL_PROBE_MAYBE && best.index == TL_PROTOCOL_COUNT)
            best = (struct tl_verdict){ index, answer };
    }
    const uint8_t *first = tl_cursor_peek(&c, 0, 1);
    if (first == NULL)
        return best;
    const struct tl_protocol_set *set = &k->probes[stream][*first];
    assert(!others_claim(k, d, c, set));
    for (unsigned word = 0; word < TL_COUNT(set->bits); word++) {
        for (uint64_t bits = set->bits[word]; bits != 0; bits &= bits - 1) {
            unsigned index = word * 64 + (unsigned)__builtin_ctzll(bits);
            if (index == own[0] || index == own[1])
                continue;
            enum tl_probe answer = ask(k->protocols.items[index], d, c, false);
            if (answer == TL_PROBE_YES)
                return (struct tl_verdict){ index, TL_PROBE_YES };
            if (answer == TL_PROBE_MAYBE) /* more bytes may decide; on a foreign port, MAYBE alone does not */
                best.answer = TL_PROBE_MAYBE;
        }
    }
    return best;
}
