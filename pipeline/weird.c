/* weird.c - writes the records of anomalies. */
#include "pipeline/weird.h"

enum { NAME, ADDL, LAYER, PACKET };

struct weird_record {
    struct tl_record head;
    const char *name, *layer;
    struct tl_bytes addl;
    uint64_t packet;
};

static const struct tl_record_field fields[] = {
    TL_FIELD(struct weird_record, NAME, name, "name", TL_REC_TOKEN, "Which anomaly: docs/PROTOCOLS.md has the list"),
    TL_FIELD(struct weird_record, ADDL, addl, "addl", TL_REC_TEXT, "What was met"),
    TL_FIELD(struct weird_record, LAYER, layer, "layer", TL_REC_TOKEN, "The protocol in which it was met"),
    TL_FIELD(struct weird_record, PACKET, packet, "packet", TL_REC_COUNT, "Number of the packet that showed it"),
};

const struct tl_record_def tl_weird_record_def =
    TL_RECORD_DEF("weird", fields, "One per kind of anomaly and flow, when it is first met");

void tl_weird_note(struct tl_worker *w, enum tl_weird_kind kind, const char *layer, struct tl_bytes addl)
{
    if (!w->plan->records || w->flow == NULL)
        return;
    struct tl_flow_ext *ext = tl_flows_ext(w->flows, w->flow);
    uint64_t bit = UINT64_C(1) << kind;
    if (ext == NULL || ext->weirds & bit || __builtin_popcountll(ext->weirds) >= WEIRDS_MOST) {
        w->counters.weirds_suppressed++;
        return;
    }
    ext->weirds |= bit;
    struct weird_record r = { .head = { .ts = w->d.ts },
                              .name = tl_weird_names[kind].name,
                              .addl = addl,
                              .layer = layer,
                              .packet = w->d.number };
    r.head.set = UINT64_C(1) << NAME | UINT64_C(1) << LAYER | UINT64_C(1) << PACKET;
    if (addl.len > 0)
        tl_record_set(&r.head, ADDL);
    tl_worker_record(w, &tl_weird_record_def, &r.head, w->flow);
}
