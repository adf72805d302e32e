/* weird.c - writes anomaly records. */
#include "decode/weird.h"

#include <assert.h>

#include "decode/names.h"

enum { NAME, ADDL, LAYER, PACKET };

struct weird_record {
    struct tl_record head;
    const char *name, *layer;
    struct tl_bytes addl;
    uint64_t packet;
};

static const struct tl_record_field fields[] = {
    TL_FIELD(struct weird_record, NAME, name, "name", TL_REC_TOKEN,
             "Name of the anomaly: see the list in docs/PROTOCOLS.md"),
    TL_FIELD(struct weird_record, ADDL, addl, "addl", TL_REC_TEXT, "The offending value"),
    TL_FIELD(struct weird_record, LAYER, layer, "layer", TL_REC_TOKEN, "The protocol that reported it"),
    TL_FIELD(struct weird_record, PACKET, packet, "packet", TL_REC_COUNT, "Number of the packet that shows it"),
};

const struct tl_record_def tl_weird_record_def =
    TL_RECORD_DEF("weird", fields,
                  "One for each kind of anomaly in a flow, at its first occurrence. Without a flow: of ARP",
                  .flow_optional = true, .summary = { "name", "addl", "layer" });

void tl_weird_tell(void (*record)(void *context, const struct tl_record_def *def, const struct tl_record *record,
                                  const struct tl_flow_id *id),
                   void *context, const struct tl_joined_weird *weird)
{
    const struct weird_record r = {
        .head = { .ts = weird->ts, .nano = weird->nano,
                  .set = UINT64_C(1) << NAME | UINT64_C(1) << ADDL | UINT64_C(1) << LAYER | UINT64_C(1) << PACKET },
        .name = weird->protocol->weirds[weird->kind].name, .addl = weird->addl, .layer = weird->protocol->name,
        .packet = weird->packet };
    record(context, &tl_weird_record_def, &r.head, NULL);
}

/* Returns the anomaly bits of a protocol in a flow. NULL: too many protocols of the flow have anomalies. */
static uint64_t *bits_of(struct tl_flow_names *names, unsigned protocol)
{
    unsigned i = 0;
    while (i < names->weirds_count && names->weirds[i].protocol != protocol)
        i++;
    if (i == TL_WEIRD_PROTOCOLS)
        return NULL;
    if (i == names->weirds_count) {
        names->weirds[i].protocol = (uint16_t)protocol;
        names->weirds[i].bits = 0;
        names->weirds_count++;
    }
    return &names->weirds[i].bits;
}

void tl_weird_note(struct tl_decoder *k, const struct tl_frame *frame, struct tl_flow *flow,
                   const struct tl_protocol *protocol, unsigned kind, struct tl_bytes addl, bool decrypted)
{
    assert(kind < protocol->weird_count && protocol->weird_count <= TL_WEIRD_KINDS);
    if (k->options.listener.record == NULL || flow == NULL)
        return;
    struct tl_flow_names *names = tl_flows_names(k->flows, flow);
    uint64_t *bits = names != NULL ? bits_of(names, tl_protocols_index(&k->protocols, protocol)) : NULL;
    if (bits == NULL || *bits >> kind & 1 || names->weirds_written >= TL_WEIRDS_MOST) {
        k->counters.weirds_suppressed++;
        return;
    }
    *bits |= UINT64_C(1) << kind;
    names->weirds_written++;
    struct weird_record r = { .head = { .ts = frame->ts },
                              .name = protocol->weirds[kind].name,
                              .addl = addl,
                              .layer = protocol->name,
                              .packet = frame->number };
    r.head.set = UINT64_C(1) << NAME | UINT64_C(1) << LAYER | UINT64_C(1) << PACKET;
    if (addl.len > 0)
        tl_record_set(&r.head, ADDL);
    struct tl_flow_id id;
    (void)tl_flow_identify(k, flow, &id, true);
    id.decrypted = decrypted;
    k->options.listener.record(k->options.listener.context, &tl_weird_record_def, &r.head, &id);
}
