/* application.c - what lives in flows: detection by content, parsers, what they keep. */
#include "pipeline/application.h"

#include "pipeline/weird.h"
#include "pipeline/worker.h"

static void *slab_base(const struct tl_worker *w)
{
    return tl_slab_base(tl_flows_slab(w->flows));
}

static struct tl_flow_ext *ext_of(const struct tl_worker *w, const struct tl_flow *flow)
{
    return flow->ext ? tl_slab_at(slab_base(w), flow->ext) : NULL;
}

static struct tl_app *app_of(const struct tl_worker *w, const struct tl_flow *flow)
{
    const struct tl_flow_ext *ext = ext_of(w, flow);
    return ext != NULL ? ext->app : NULL;
}

static size_t app_size(const struct tl_flow *flow)
{
    return sizeof(struct tl_app) + (flow->ip_proto == 6 ? 2 * sizeof(struct tl_stream) : 0);
}

static struct tl_app *make_app(struct tl_worker *w, struct tl_flow *flow)
{
    struct tl_flow_ext *ext = tl_flows_ext(w->flows, flow);
    if (ext == NULL || ext->app != NULL)
        return ext != NULL ? ext->app : NULL;
    struct tl_app *app = tl_flows_alloc(w->flows, app_size(flow), flow);
    if (app == NULL)
        return NULL;
    memset(app, 0, app_size(flow));
    app->protocol = TL_PROTOCOL_COUNT;
    if (flow->ip_proto == 6)
        app->side[TL_RESP].side = TL_RESP;
    ext->app = app;
    return app;
}

/* --- what parsers may do (struct tl_host) --- */

static struct tl_app *current_app(const struct tl_dissection *d)
{
    const struct tl_worker *w = d->host_data;
    return w->flow != NULL ? app_of(w, w->flow) : NULL;
}

static uint32_t host_keep(struct tl_dissection *d, const void *data, uint32_t len)
{
    struct tl_worker *w = d->host_data;
    struct tl_app *app = current_app(d);
    if (app == NULL || len > TL_SLAB_NAMED - sizeof(struct tl_kept_bytes) || app->kept_bytes > KEPT_MOST - len)
        return 0;
    /* A flow that ends may be making room for another: it ends no third one. */
    struct tl_kept_bytes *kept = w->ended ? tl_slab_get(tl_flows_slab(w->flows), sizeof *kept + len)
                                          : tl_flows_alloc(w->flows, sizeof *kept + len, w->flow);
    if (kept == NULL) {
        w->counters.reassembly_truncated += len;
        return 0;
    }
    uint32_t handle = tl_slab_handle(tl_flows_slab(w->flows), kept);
    *kept = (struct tl_kept_bytes){ .next = app->kept, .len = len };
    if (data != NULL)
        memcpy(kept + 1, data, len);
    else
        memset(kept + 1, 0, len);
    if (app->kept != 0)
        ((struct tl_kept_bytes *)tl_slab_at(slab_base(w), app->kept))->previous = handle;
    app->kept = handle;
    app->kept_bytes += len;
    return handle;
}

static struct tl_bytes host_kept(const struct tl_dissection *d, uint32_t handle)
{
    const struct tl_worker *w = d->host_data;
    if (handle == 0)
        return (struct tl_bytes){ NULL, 0 };
    const struct tl_kept_bytes *kept = tl_slab_at(slab_base(w), handle);
    return (struct tl_bytes){ (const uint8_t *)(kept + 1), kept->len };
}

static void host_forget(struct tl_dissection *d, uint32_t handle)
{
    struct tl_worker *w = d->host_data;
    struct tl_app *app = current_app(d);
    if (handle == 0 || app == NULL)
        return;
    void *base = slab_base(w);
    struct tl_kept_bytes *kept = tl_slab_at(base, handle);
    if (kept->previous != 0)
        ((struct tl_kept_bytes *)tl_slab_at(base, kept->previous))->next = kept->next;
    else
        app->kept = kept->next;
    if (kept->next != 0)
        ((struct tl_kept_bytes *)tl_slab_at(base, kept->next))->previous = kept->previous;
    app->kept_bytes -= kept->len;
    tl_slab_put(tl_flows_slab(w->flows), kept, sizeof *kept + kept->len);
}

static void host_record(struct tl_dissection *d, const struct tl_record_def *def, struct tl_record *record)
{
    struct tl_worker *w = d->host_data;
    tl_worker_record(w, def, record, w->flow);
}

/* Is `name` one of the services already? */
static bool has_service(const struct tl_app *app, const char *name, size_t len)
{
    for (size_t at = 0; at + len <= app->services_len;) {
        const char *comma = memchr(app->services + at, ',', app->services_len - at);
        size_t n = comma != NULL ? (size_t)(comma - app->services) - at : app->services_len - at;
        if (n == len && memcmp(app->services + at, name, len) == 0)
            return true;
        at += n + 1;
    }
    return false;
}

static void host_confirm(struct tl_dissection *d)
{
    struct tl_worker *w = d->host_data;
    const char *name = d->protocol->service;
    struct tl_app *app = current_app(d);
    if (app == NULL || name == NULL)
        return;
    if (w->flow->ip_proto == 17 && strcmp(name, "dns") == 0)
        tl_flows_set_class(w->flows, w->flow, TL_CLASS_DNS);
    if (strcmp(name, "ssh") == 0 || strcmp(name, "ftp") == 0)
        tl_flows_set_class(w->flows, w->flow, TL_CLASS_LOGIN);
    size_t len = strlen(name), need = len + (app->services_len > 0);
    if (has_service(app, name, len) || app->services_len + need > SERVICES_MOST)
        return;
    if (app->services_len > 0)
        app->services[app->services_len++] = ',';
    memcpy(app->services + app->services_len, name, len);
    app->services_len = (uint8_t)(app->services_len + len);
}

static void host_violate(struct tl_dissection *d)
{
    struct tl_worker *w = d->host_data;
    struct tl_app *app = current_app(d);
    if (w->flow != NULL)
        w->flow->protocol = TL_FLOW_NOBODYS;
    if (app == NULL)
        return;
    bool tcp = w->flow->ip_proto == 6;
    if (!tcp || app->side[0].pos + app->side[1].pos - app->began < VIOLATION_EARLY)
        app->services_len = app->services_before;
    for (unsigned side = 0; tcp && side < 2; side++)
        app->side[side].want = (struct tl_want){ .kind = TL_WANT_NOTHING };
    app->settled = true;
}

static void describe_flow(struct tl_worker *w, struct tl_flow *flow, unsigned side)
{
    struct tl_flow_view *view = &w->d.flow;
    const struct tl_app *app = app_of(w, flow);
    bool v6 = (flow->flags & TL_FLOW_V6) != 0;
    w->flow = flow;
    view->slot = app != NULL ? app->slot : NULL;
    view->side = (uint8_t)side;
    view->ip_proto = flow->ip_proto;
    view->orig_port = tl_flow_port(flow, TL_ORIG);
    view->resp_port = tl_flow_port(flow, TL_RESP);
    view->version = v6 ? 6 : 4;
    view->orig_addr = tl_flow_addr(flow, TL_ORIG);
    view->resp_addr = tl_flow_addr(flow, TL_RESP);
    view->multicast = tl_addr_is_multicast(view->resp_addr, v6);
}

static void host_turn(struct tl_dissection *d)
{
    struct tl_worker *w = d->host_data;
    struct tl_app *app = current_app(d);
    if (w->flow == NULL)
        return;
    if (w->flow->ip_proto == 6) { /* its halves are in use: tl_application_settle() turns them */
        if (app != NULL)
            w->turn = app->turn = true;
        return;
    }
    tl_flows_turn(w->flows, w->flow);
    describe_flow(w, w->flow, d->flow.side ^ 1u);
}

void tl_application_settle(struct tl_worker *w, struct tl_flow *flow)
{
    struct tl_app *app = app_of(w, flow);
    w->turn = false;
    if (app == NULL || !app->turn)
        return;
    app->turn = false;
    tl_flows_turn(w->flows, flow);
    struct tl_stream first = app->side[0];
    app->side[0] = app->side[1];
    app->side[1] = first;
    app->side[0].side = TL_ORIG;
    app->side[1].side = TL_RESP;
    app->first_side ^= 1;
}

static void host_weird(struct tl_dissection *d, enum tl_weird_kind kind, struct tl_bytes addl)
{
    tl_weird_note(d->host_data, kind, d->protocol->name, addl);
}

static void host_truncated(struct tl_dissection *d, uint64_t bytes)
{
    struct tl_worker *w = d->host_data;
    w->counters.reassembly_truncated += bytes;
}

/* Gives the flow to a protocol; false without memory for its state. */
static bool assign(struct tl_worker *w, struct tl_flow *flow, struct tl_app *app, unsigned index)
{
    const struct tl_protocol *protocol = w->plan->protocols.items[index];
    tl_slab_put(tl_flows_slab(w->flows), app->slot, app->slot_size);
    app->slot = NULL;
    app->slot_size = protocol->flow_size;
    if (protocol->flow_size > 0) {
        app->slot = tl_flows_alloc(w->flows, protocol->flow_size, flow);
        if (app->slot == NULL) {
            app->slot_size = 0;
            return false;
        }
        memset(app->slot, 0, protocol->flow_size);
    }
    app->protocol = (uint16_t)index;
    app->services_before = app->services_len;
    app->began = flow->ip_proto == 6 ? app->side[0].pos + app->side[1].pos : 0;
    app->settled = true;
    flow->protocol = (uint8_t)(index + TL_FLOW_PROTOCOL_FIRST);
    return true;
}

static unsigned index_of(const struct tl_worker *w, const struct tl_protocol *protocol)
{
    unsigned i = 0;
    while (i < TL_PROTOCOL_COUNT && w->plan->protocols.items[i] != protocol)
        i++;
    return i;
}

static void select_protocol(struct tl_worker *w, unsigned index)
{
    struct tl_dissection *d = &w->d;
    d->protocol = index < TL_PROTOCOL_COUNT ? w->plan->protocols.items[index] : NULL;
    d->protocol_index = (uint16_t)index;
    d->wanted = index < TL_PROTOCOL_COUNT && !w->ended ? w->plan->wanted[index] : NULL;
    d->layer = TL_NO_NODE;
}

static void host_change(struct tl_dissection *d, struct tl_stream *s, const struct tl_protocol *to)
{
    struct tl_worker *w = d->host_data;
    struct tl_app *app = current_app(d);
    s->want = (struct tl_want){ .kind = TL_WANT_NOTHING };
    if (app == NULL)
        return;
    unsigned index = to != NULL ? index_of(w, to) : TL_PROTOCOL_COUNT;
    if (app->handovers++ == HANDOVERS_MOST) {
        w->flow->protocol = TL_FLOW_NOBODYS;
        app->protocol = TL_PROTOCOL_COUNT;
        select_protocol(w, TL_PROTOCOL_COUNT);
        return;
    }
    if (index < TL_PROTOCOL_COUNT && !assign(w, w->flow, app, index))
        return;
    if (index == TL_PROTOCOL_COUNT) {
        app->settled = app->tried[0] = app->tried[1] = false;
        app->protocol = TL_PROTOCOL_COUNT;
        w->flow->protocol = TL_FLOW_UNDECIDED;
    }
    for (unsigned side = 0; side < 2; side++)
        app->side[side].opened = false;
    select_protocol(w, index);
    describe_flow(w, w->flow, d->flow.side);
}

static bool host_release(struct tl_dissection *d)
{
    struct tl_worker *w = d->host_data;
    struct tl_app *app = current_app(d);
    unsigned side = d->flow.side;
    if (app == NULL)
        return true;
    d->c = tl_cursor_on((const uint8_t *)"", 0, 0);
    describe_flow(w, w->flow, side ^ 1);
    select_protocol(w, app->protocol);
    tl_stream_resume(d, &app->side[side ^ 1]);
    describe_flow(w, w->flow, side);
    select_protocol(w, app->protocol);
    return app->protocol < TL_PROTOCOL_COUNT;
}

const struct tl_host tl_worker_host = {
    .record = host_record,
    .keep = host_keep,
    .kept = host_kept,
    .forget = host_forget,
    .confirm = host_confirm,
    .violate = host_violate,
    .turn = host_turn,
    .change = host_change,
    .release = host_release,
    .weird = host_weird,
    .truncated = host_truncated,
};

/* --- detection --- */

struct verdict {
    unsigned index;        /* TL_PROTOCOL_COUNT: nobody */
    enum tl_probe answer;
};

/* Asks the protocol of the ports first, then everybody. Maybe without an index: nobody's unless more bytes say so. */
static struct verdict detect(struct tl_worker *w, const struct tl_flow *flow, struct tl_cursor c)
{
    const struct tl_plan *plan = w->plan;
    bool tcp = flow->ip_proto == 6;
    enum tl_on table = tcp ? TL_ON_TCP_PORT : TL_ON_UDP_PORT;
    struct verdict best = { TL_PROTOCOL_COUNT, TL_PROBE_NO };
    for (unsigned end = 0; end < 2; end++) {
        unsigned index = tl_registry_find(plan->registry, table, tl_flow_port(flow, end ^ 1));
        if (index == TL_PROTOCOL_COUNT || plan->protocols.items[index]->probe == NULL)
            continue;
        enum tl_probe answer = plan->protocols.items[index]->probe(c, &w->d);
        if (answer == TL_PROBE_YES)
            return (struct verdict){ index, answer };
        if (answer == TL_PROBE_MAYBE && best.index == TL_PROTOCOL_COUNT)
            best = (struct verdict){ index, answer };
    }
    for (uint32_t i = 0; i < plan->probe_count; i++) {
        const struct tl_protocol *protocol = plan->protocols.items[plan->probes[i]];
        if (tcp ? protocol->stream == NULL : protocol->dissect == NULL)
            continue;
        enum tl_probe answer = protocol->probe(c, &w->d);
        if (answer == TL_PROBE_YES)
            return (struct verdict){ plan->probes[i], TL_PROBE_YES };
        if (answer == TL_PROBE_MAYBE) /* more bytes may tell; without its port, maybe alone is nobody's */
            best.answer = TL_PROBE_MAYBE;
    }
    return best;
}

/* --- datagrams --- */

static unsigned decide_datagram(struct tl_worker *w, struct tl_flow *flow, unsigned side)
{
    if (flow->protocol >= TL_FLOW_PROTOCOL_FIRST)
        return flow->protocol - TL_FLOW_PROTOCOL_FIRST;
    uint8_t mine = side == TL_ORIG ? TL_FLOW_TRIED_ORIG : TL_FLOW_TRIED_RESP;
    if (flow->protocol == TL_FLOW_NOBODYS || flow->protocol == mine || tl_cursor_wire_left(&w->d.c) == 0)
        return TL_PROTOCOL_COUNT;
    describe_flow(w, flow, side);
    struct verdict verdict = detect(w, flow, w->d.c);
    if (verdict.index != TL_PROTOCOL_COUNT) {
        flow->protocol = (uint8_t)(verdict.index + TL_FLOW_PROTOCOL_FIRST);
        return verdict.index;
    }
    flow->protocol = flow->protocol == TL_FLOW_UNDECIDED ? mine : TL_FLOW_NOBODYS;
    return TL_PROTOCOL_COUNT;
}

static void show_data(struct tl_worker *w)
{
    struct tl_dissection *d = &w->d;
    if (!w->plan->tree || tl_cursor_wire_left(&d->c) == 0)
        return;
    select_protocol(w, TL_PROTOCOL_data);
    d->start = d->c.off;
    tl_layer_begin(d);
    (void)d->protocol->dissect(d);
    tl_layer_end(d);
}

bool tl_application_datagram(struct tl_worker *w, struct tl_flow *flow, unsigned side)
{
    struct tl_dissection *d = &w->d;
    if (TL_UNLIKELY(w->plan->datagram != NULL) && w->plan->datagram(w, flow, side))
        return false;
    unsigned index = decide_datagram(w, flow, side);
    if (index == TL_PROTOCOL_COUNT) {
        show_data(w);
        return false;
    }
    const struct tl_protocol *protocol = w->plan->protocols.items[index];
    if (protocol->flow_size > 0 || protocol->service != NULL) {
        struct tl_app *app = make_app(w, flow);
        if (app == NULL || (app->protocol != index && !assign(w, flow, app, index))) {
            show_data(w);
            return false;
        }
    }
    describe_flow(w, flow, side);
    select_protocol(w, index);
    d->start = d->c.off;
    d->next.kind = TL_NEXT_NONE;
    struct tl_cursor c = d->c;
    if (d->wanted != NULL)
        tl_layer_begin(d);
    enum tl_status status = protocol->dissect(d);
    if (d->wanted != NULL)
        tl_layer_end(d);
    w->malformed |= status == TL_BAD;
    if (status == TL_OK && flow->class == TL_CLASS_DNS)
        tl_flow_touch(flow, d->packet->etime);
    if (status == TL_NOT_MINE) {
        d->c = c;
        show_data(w);
    }
    return status == TL_OK && d->next.kind != TL_NEXT_NONE;
}

/* A datagram's payload outside any flow (quoted, or its checksum is wrong): shown as what it looks like. */
void tl_application_lone(struct tl_worker *w)
{
    struct tl_dissection *d = &w->d;
    const struct tl_plan *plan = w->plan;
    if (!plan->tree)
        return;
    unsigned index = TL_PROTOCOL_COUNT;
    uint16_t ports[2] = { d->seg.dst_port, d->seg.src_port };
    d->flow = (struct tl_flow_view){ .ip_proto = d->net.protocol };
    w->flow = NULL;
    for (unsigned i = 0; i < 2 && index == TL_PROTOCOL_COUNT && d->net.protocol == 17; i++) {
        index = tl_registry_find(plan->registry, TL_ON_UDP_PORT, ports[i]);
        if (index != TL_PROTOCOL_COUNT && (plan->protocols.items[index]->probe == NULL ||
                                           plan->protocols.items[index]->probe(d->c, d) == TL_PROBE_NO))
            index = TL_PROTOCOL_COUNT;
    }
    if (index == TL_PROTOCOL_COUNT) {
        show_data(w);
        return;
    }
    select_protocol(w, index);
    d->start = d->c.off;
    tl_layer_begin(d);
    (void)d->protocol->dissect(d);
    tl_layer_end(d);
}

/* --- streams --- */

/* Puts the cursor's base where `bytes` lies: in the packet's current source, or (with a tree) in one of its own. */
static struct tl_bytes place(struct tl_worker *w, struct tl_bytes bytes)
{
    struct tl_dissection *d = &w->d;
    const uint8_t *base = d->c.base;
    if (d->packet != NULL && base != NULL && bytes.data >= base && bytes.data < base + d->c.end + 1)
        return bytes;
    if (w->plan->tree && !w->ended) {
        uint8_t *copy = tl_arena_alloc_spare(&w->scratch, bytes.len);
        if (copy != NULL) {
            memcpy(copy, bytes.data, bytes.len);
            bytes.data = copy;
            w->tree.source = tl_tree_add_source(&w->tree, copy, bytes.len, "reassembled stream");
        } else {
            w->tree.source = TL_TREE_SOURCES;
        }
    }
    d->c = tl_cursor_on(bytes.data, bytes.len, bytes.len);
    return bytes;
}

/* Nobody reads this flow: what waits in its reassembly needs no bytes. */
static void give_up(struct tl_worker *w, struct tl_flow *flow, struct tl_app *app)
{
    struct tl_flow_ext *ext = ext_of(w, flow);
    app->settled = true;
    flow->protocol = TL_FLOW_NOBODYS;
    for (unsigned side = 0; side < 2; side++) {
        tl_stream_fini(&app->side[side], tl_flows_slab(w->flows));
        if (ext != NULL && ext->tcp != NULL && !w->plan->streams)
            ext->tcp->half[side].range.skip = true;
    }
}

/* To the flow's protocol. Returns how many bytes were taken: fewer than all when it handed the stream back. */
static uint32_t push(struct tl_worker *w, struct tl_flow *flow, struct tl_app *app, unsigned side, struct tl_bytes bytes)
{
    struct tl_dissection *d = &w->d;
    describe_flow(w, flow, side);
    select_protocol(w, app->protocol);
    uint32_t taken = tl_stream_push(d, &app->side[side], bytes);
    bool unread = app->side[0].opened && app->side[0].want.kind == TL_WANT_NOTHING && app->side[1].opened &&
                  app->side[1].want.kind == TL_WANT_NOTHING;
    if (unread || flow->protocol == TL_FLOW_NOBODYS)
        give_up(w, flow, app);
    return taken;
}

static void deliver(struct tl_worker *w, struct tl_flow *flow, struct tl_app *app, unsigned side, struct tl_bytes bytes);

/*
 * What was looked at before the protocol was known goes to it now: the side that spoke first, first. Of that, more may
 * be looked at for another protocol and come back here: once for each time that the flow may change hands.
 */
static void replay(struct tl_worker *w, struct tl_flow *flow, struct tl_app *app)
{
    struct tl_cursor c = w->d.c;
    uint8_t source = w->tree.source;
    for (unsigned i = 0; i < 2; i++) {
        unsigned side = app->first_side ^ i;
        struct tl_stream *s = &app->side[side];
        uint8_t *kept = s->kept;
        uint32_t len = s->kept_len, capacity = s->kept_capacity;
        if (len == 0)
            continue;
        s->kept = NULL;
        s->kept_len = s->kept_capacity = 0;
        w->d.c = (struct tl_cursor){ 0 };
        deliver(w, flow, app, side, place(w, (struct tl_bytes){ kept, len }));
        tl_slab_put(tl_flows_slab(w->flows), kept, capacity);
    }
    w->d.c = c;
    w->tree.source = source;
}

/* Adds to what a side has said so far, up to the limit; false without memory. */
static bool gather(struct tl_worker *w, struct tl_stream *s, struct tl_bytes bytes)
{
    struct tl_slab *slab = tl_flows_slab(w->flows);
    if (!s->begun)
        s->since = w->d.ts;
    s->begun = true;
    if (bytes.len > s->kept_capacity - s->kept_len) {
        uint32_t capacity = TL_STREAM_DETECT;
        while (capacity < s->kept_len + bytes.len)
            capacity *= 2;
        uint8_t *grown = capacity <= TL_SLAB_MAX ? tl_slab_get(slab, capacity) : NULL;
        if (grown == NULL)
            return false;
        if (s->kept_len > 0)
            memcpy(grown, s->kept, s->kept_len);
        tl_slab_put(slab, s->kept, s->kept_capacity);
        s->kept = grown;
        s->kept_capacity = capacity;
    }
    memcpy(s->kept + s->kept_len, bytes.data, bytes.len);
    s->kept_len += bytes.len;
    return true;
}

static void forget_said(struct tl_worker *w, struct tl_stream *s)
{
    tl_slab_put(tl_flows_slab(w->flows), s->kept, s->kept_capacity);
    s->pos += s->kept_len;
    s->begun = false;
    s->kept = NULL;
    s->kept_len = s->kept_capacity = 0;
}

/* Looks at what a side said first. true: the flow is assigned and the kept bytes were replayed. */
static bool settle(struct tl_worker *w, struct tl_flow *flow, struct tl_app *app, unsigned side, struct tl_bytes all)
{
    uint32_t look = all.len < TL_STREAM_DETECT ? all.len : TL_STREAM_DETECT;
    describe_flow(w, flow, side);
    struct verdict verdict = detect(w, flow, tl_cursor_on(all.data, look, look));
    if (verdict.answer == TL_PROBE_MAYBE && all.len < TL_STREAM_DETECT)
        return false;
    if (verdict.index != TL_PROTOCOL_COUNT && assign(w, flow, app, verdict.index))
        return true;
    app->tried[side] = true;
    forget_said(w, &app->side[side]); /* nobody's: it is not replayed to whom the other side turns out to speak to */
    if (app->tried[0] && app->tried[1])
        give_up(w, flow, app);
    return false;
}

/* Nobody's yet. Returns how many bytes were taken: all, or none, and then they are the flow's protocol's. */
static uint32_t undecided(struct tl_worker *w, struct tl_flow *flow, struct tl_app *app, unsigned side,
                          struct tl_bytes bytes)
{
    struct tl_stream *s = &app->side[side];
    if (app->tried[side]) {
        s->pos += bytes.len;
        return bytes.len;
    }
    if (s->kept_len == 0) {
        if (settle(w, flow, app, side, bytes)) {
            replay(w, flow, app);
            return 0;
        }
        if (!app->settled && !app->tried[side] && !gather(w, s, bytes))
            give_up(w, flow, app);
        return bytes.len;
    }
    if (!gather(w, s, bytes))
        give_up(w, flow, app);
    else if (settle(w, flow, app, side, (struct tl_bytes){ s->kept, s->kept_len }))
        replay(w, flow, app);
    return bytes.len;
}

/* Bytes in order, to whoever reads them: a protocol may hand the rest over to the next. */
static void deliver(struct tl_worker *w, struct tl_flow *flow, struct tl_app *app, unsigned side, struct tl_bytes bytes)
{
    while (bytes.len > 0 && flow->protocol != TL_FLOW_NOBODYS) {
        uint32_t taken = app->protocol < TL_PROTOCOL_COUNT ? push(w, flow, app, side, bytes)
                                                           : undecided(w, flow, app, side, bytes);
        bytes = (struct tl_bytes){ bytes.data + taken, bytes.len - taken };
    }
}

void tl_application_data(void *worker, struct tl_flow *flow, unsigned side, struct tl_bytes bytes)
{
    struct tl_worker *w = worker;
    if (TL_UNLIKELY(w->plan->streams))
        tl_worker_stream(w, flow, (struct tl_stream_piece){ .side = side, .bytes = bytes });
    if (flow->protocol == TL_FLOW_NOBODYS)
        return;
    struct tl_app *app = app_of(w, flow);
    if (app == NULL) {
        app = make_app(w, flow);
        if (app == NULL) {
            flow->protocol = TL_FLOW_NOBODYS;
            return;
        }
        app->first_side = (uint8_t)side;
    }
    struct tl_cursor c = w->d.c;
    uint8_t source = w->tree.source;
    deliver(w, flow, app, side, place(w, bytes));
    w->d.c = c;
    w->tree.source = source;
}

void tl_application_gap(void *worker, struct tl_flow *flow, unsigned side, uint64_t n)
{
    struct tl_worker *w = worker;
    struct tl_app *app = app_of(w, flow);
    if (TL_UNLIKELY(w->plan->streams))
        tl_worker_stream(w, flow, (struct tl_stream_piece){ .side = side, .gap = n });
    if (app == NULL || flow->protocol == TL_FLOW_NOBODYS)
        return;
    if (app->protocol == TL_PROTOCOL_COUNT) { /* what comes behind it is looked at anew */
        forget_said(w, &app->side[side]);
        return;
    }
    describe_flow(w, flow, side);
    select_protocol(w, app->protocol);
    tl_stream_gap(&w->d, &app->side[side], n);
}

void tl_application_weird(void *worker, struct tl_flow *flow, unsigned side, enum tl_weird_kind kind)
{
    struct tl_worker *w = worker;
    describe_flow(w, flow, side);
    tl_weird_note(w, kind, "tcp", (struct tl_bytes){ NULL, 0 });
}

void tl_application_truncated(void *worker, uint64_t bytes)
{
    struct tl_worker *w = worker;
    w->counters.reassembly_truncated += bytes;
}

/* --- the end --- */

/* A side that said too little to be sure of: at the end, maybe will do. */
static void settle_late(struct tl_worker *w, struct tl_flow *flow, struct tl_app *app)
{
    for (unsigned i = 0; i < 2 && !app->settled; i++) {
        unsigned side = app->first_side ^ i;
        struct tl_stream *s = &app->side[side];
        if (s->kept_len == 0)
            continue;
        uint32_t look = s->kept_len < TL_STREAM_DETECT ? s->kept_len : TL_STREAM_DETECT;
        describe_flow(w, flow, side);
        struct verdict verdict = detect(w, flow, tl_cursor_on(s->kept, look, look));
        if (verdict.index != TL_PROTOCOL_COUNT && assign(w, flow, app, verdict.index))
            replay(w, flow, app);
    }
}

struct tl_bytes tl_application_finish(struct tl_worker *w, struct tl_flow *flow)
{
    struct tl_dissection *d = &w->d;
    struct tl_app *app = app_of(w, flow);
    for (unsigned side = 0; w->plan->streams && flow->ip_proto == 6 && side < 2; side++)
        tl_worker_stream(w, flow, (struct tl_stream_piece){ .side = side, .end = true });
    if (app == NULL)
        return (struct tl_bytes){ NULL, 0 };
    d->c = (struct tl_cursor){ 0 };
    d->wanted = NULL;
    describe_flow(w, flow, TL_ORIG);
    if (flow->ip_proto == 6 && !app->settled)
        settle_late(w, flow, app);
    if (app->protocol < TL_PROTOCOL_COUNT) {
        const struct tl_protocol *protocol = w->plan->protocols.items[app->protocol];
        for (unsigned side = 0; side < 2 && flow->ip_proto == 6; side++) {
            describe_flow(w, flow, side);
            select_protocol(w, app->protocol);
            d->wanted = NULL;
            tl_stream_end(d, &app->side[side]);
        }
        protocol = app->protocol < TL_PROTOCOL_COUNT ? w->plan->protocols.items[app->protocol] : protocol;
        describe_flow(w, flow, TL_ORIG);
        d->protocol = protocol;
        if (protocol->finish != NULL && app->slot != NULL)
            protocol->finish(d);
    }
    return (struct tl_bytes){ (const uint8_t *)app->services, app->services_len };
}

void tl_application_free(struct tl_worker *w, struct tl_flow *flow)
{
    struct tl_flow_ext *ext = ext_of(w, flow);
    if (ext == NULL || ext->app == NULL)
        return;
    struct tl_app *app = ext->app;
    struct tl_slab *slab = tl_flows_slab(w->flows);
    for (unsigned side = 0; side < 2 && flow->ip_proto == 6; side++)
        tl_stream_fini(&app->side[side], slab);
    for (uint32_t handle = app->kept; handle != 0;) {
        struct tl_kept_bytes *kept = tl_slab_at(slab_base(w), handle);
        handle = kept->next;
        tl_slab_put(slab, kept, sizeof *kept + kept->len);
    }
    tl_slab_put(slab, app->slot, app->slot_size);
    tl_slab_put(slab, app, app_size(flow));
    ext->app = NULL;
}
