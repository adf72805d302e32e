/* names.c - uid and Community ID of a flow: worked out once, and kept where it has a place. */
#include "decode/names.h"

#include "decode/channel.h"
#include "flows/identity.h"

static void swap_ends(struct tl_flow_id *id)
{
    uint8_t addr[sizeof id->orig_addr];
    uint16_t port = id->orig_port;
    memcpy(addr, id->orig_addr, sizeof addr);
    memcpy(id->orig_addr, id->resp_addr, sizeof addr);
    memcpy(id->resp_addr, addr, sizeof addr);
    id->orig_port = id->resp_port;
    id->resp_port = port;
}

bool tl_flow_identify(struct tl_decoder *k, struct tl_flow *flow, struct tl_flow_id *id, bool keep)
{
    const struct tl_flow_ext *ext = tl_ext_of(k, flow);
    bool turned = ext != NULL && ext->channel != NULL && ext->channel->turn;
    tl_flow_describe(flow, id);
    if (turned)
        swap_ends(id);
    id->proxied.version = 0;
    id->decrypted = false;
    id->depth = ext != NULL ? ext->depth : 0;
    if (TL_UNLIKELY(ext != NULL && ext->proxied != NULL))
        id->proxied = *ext->proxied;
    struct tl_flow_names *names = ext != NULL ? ext->names : NULL;
    if (names != NULL && names->named) {
        memcpy(id->uid, names->uid, TL_UID_LEN);
        memcpy(id->community_id, names->community_id, TL_COMMUNITY_ID_LEN);
        id->uid[TL_UID_LEN] = id->community_id[TL_COMMUNITY_ID_LEN] = '\0';
        return turned;
    }
    tl_uid_text(tl_flow_uid(flow, ext), id->uid);
    tl_community_id(flow, k->options.crypto, id->community_id);
    if (!keep)
        return turned;
    names = tl_flows_names(k->flows, flow);
    if (names != NULL) {
        memcpy(names->uid, id->uid, TL_UID_LEN);
        memcpy(names->community_id, id->community_id, TL_COMMUNITY_ID_LEN);
        names->named = true;
    }
    return turned;
}
