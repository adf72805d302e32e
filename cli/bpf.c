/* bpf.c - the compiled filter as text, and advice for words that are no BPF. */
#include "cli/bpf.h"

#include <pcap/pcap.h>
#include <string.h>
#include <strings.h>

#include "capture/file.h"
#include "capture/filter.h"
#include "cli/devices.h"
#include "cli/live.h"
#include "core/linktype.h"
#include "core/protocol.h"
#include "dissectors/registry.h"
#include "pipeline/engine.h"


/* Returns the link type of the first interface of the input files. */
static enum tl_failure find_linktype(const struct tl_options *o, uint16_t *linktype, struct tl_error *error)
{
    const struct tl_engine_options options = { .inputs = o->inputs, .input_count = o->input_count, .memory = o->memory,
                                               .timeouts = o->timeouts };
    struct tl_engine *engine = tl_engine_new(&options, error);
    if (engine == NULL)
        return error->kind;
    const struct tl_interface *first = tl_interfaces_get(tl_engine_interfaces(engine), 0);
    *linktype = first != NULL ? first->linktype : TL_LINKTYPE_ETHERNET;
    tl_engine_free(engine);
    return TL_E_NONE;
}

enum tl_failure tl_bpf_print(const struct tl_options *o, struct tl_buffer *out, struct tl_error *error)
{
    enum tl_program form = o->program == NULL || strcmp(o->program, "text") == 0 ? TL_PROGRAM_TEXT
                           : strcmp(o->program, "c") == 0                        ? TL_PROGRAM_C
                                                                                 : TL_PROGRAM_DECIMAL;
    uint16_t linktype = TL_LINKTYPE_ETHERNET;
    struct tl_filter *filter = tl_filter_new(o->filter != NULL ? o->filter : "", o->exact_filter, error);
    if (filter == NULL) {
        tl_bpf_explain(o->filter, error);
        return error->kind;
    }
    enum tl_failure failure = TL_E_NONE;
    if (o->interface_count > 0) {
        const struct tl_live_options live = tl_live_of(o);
        failure = tl_devices_check(o, error);
        if (failure == TL_E_NONE)
            failure = tl_live_program(&live, filter, form, out, error);
        if (failure == TL_E_PERMISSION)
            tl_devices_explain(error);
        tl_filter_free(filter);
        return failure;
    }
    int named = o->linktype != NULL ? pcap_datalink_name_to_val(o->linktype) : -1;
    if (o->linktype != NULL && named < 0)
        failure = tl_error_set(error, TL_E_USAGE, "-y: no link type '%.40s': give a name such as EN10MB", o->linktype);
    else if (o->linktype != NULL)
        linktype = tl_file_linktype((uint16_t)named);
    else if (o->input_count > 0)
        failure = find_linktype(o, &linktype, error);
    if (failure == TL_E_NONE)
        failure = tl_filter_print(filter, linktype, NULL, 0, form, out, error);
    tl_filter_free(filter);
    return failure;
}

/* Returns the protocol with that name, or NULL. */
static const struct tl_protocol *protocol_named(const char *word, size_t len)
{
    struct tl_protocols all = tl_protocols_all();
    for (uint32_t i = 0; i < all.count; i++) {
        const char *names[] = { all.items[i]->name, all.items[i]->service };
        for (size_t k = 0; k < TL_COUNT(names); k++)
            if (names[k] != NULL && strlen(names[k]) == len && strncasecmp(names[k], word, len) == 0)
                return all.items[i];
    }
    return NULL;
}

/* Puts "tcp port 80": the lowest port of a protocol. Returns false if it has none. */
static bool put_port(struct tl_buffer *out, const struct tl_protocol *protocol)
{
    uint32_t port = UINT32_MAX;
    for (unsigned i = 0; i < TL_WHERE_MAX && protocol->on[i].table != TL_ON_NOTHING; i++) {
        bool is_port = protocol->on[i].table == TL_ON_TCP_PORT || protocol->on[i].table == TL_ON_UDP_PORT;
        if (is_port && protocol->on[i].value < port)
            port = protocol->on[i].value;
    }
    bool tcp = tl_protocol_is_on(protocol, TL_ON_TCP_PORT, port);
    bool udp = tl_protocol_is_on(protocol, TL_ON_UDP_PORT, port);
    if (port != UINT32_MAX)
        tl_put_format(out, "%sport %u", tcp && udp ? "" : tcp ? "tcp " : "udp ", (unsigned)port);
    return port != UINT32_MAX;
}

/* Puts a filter for the protocol. Returns false if BPF cannot select it. */
static bool put_filter(struct tl_buffer *out, const struct tl_protocol *protocol)
{
    if (put_port(out, protocol))
        return true;
    if (strcmp(protocol->name, "icmpv6") == 0) {
        tl_put_lit(out, "icmp6");
        return true;
    }
    const struct tl_where *on = &protocol->on[0];
    if (on->table == TL_ON_ETHERTYPE)
        tl_put_format(out, "ether proto 0x%04x", (unsigned)on->value);
    else if (on->table == TL_ON_IP_PROTO)
        tl_put_format(out, "ip proto %u or ip6 proto %u", (unsigned)on->value, (unsigned)on->value);
    return on->table == TL_ON_ETHERTYPE || on->table == TL_ON_IP_PROTO;
}

static bool is_bpf(const char *word)
{
    struct tl_error ignored = { .kind = TL_E_NONE };
    struct tl_filter *filter = tl_filter_new(word, true, &ignored);
    tl_filter_free(filter);
    return filter != NULL;
}

static void advise(const char *filter, const char *word, const struct tl_protocol *protocol, struct tl_error *error)
{
    struct tl_buffer text = { 0 };
    bool bpf = put_filter(&text, protocol), display = tl_option_of('Y', false) != NULL;
    struct tl_error whole = { .kind = TL_E_NONE };
    if (!text.failed && bpf)
        tl_error_set(&whole, TL_E_USAGE, "capture filter \"%.100s\": '%s' is no word of BPF: write '%.*s'%s%s", filter,
                     word, (int)text.len, (const char *)text.data, display ? ", or after decoding: -Y " : "",
                     display ? word : "");
    else if (!text.failed)
        tl_error_set(&whole, TL_E_USAGE,
                     "capture filter \"%.100s\": '%s' is no word of BPF: write the ports it uses%s%s", filter,
                     word, display ? ", or after decoding: -Y " : "", display ? word : "");
    if (whole.kind != TL_E_NONE)
        *error = whole;
    tl_buffer_fini(&text);
}

void tl_bpf_explain(const char *filter, struct tl_error *error)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    if (error->kind != TL_E_USAGE || filter == NULL || strncmp(error->text, "capture filter", 14) != 0)
        return;
    for (const char *p = filter; *p != '\0';) {
        size_t len = strspn(p, letters);
        char word[24];
        const struct tl_protocol *protocol = len > 0 && len < sizeof word ? protocol_named(p, len) : NULL;
        if (protocol != NULL) {
            memcpy(word, p, len);
            word[len] = '\0';
            if (!is_bpf(word)) {
                advise(filter, word, protocol, error);
                return;
            }
        }
        p += len > 0 ? len : 1;
    }
}
