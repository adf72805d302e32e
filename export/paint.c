/* paint.c - colours of a packet's text, by protocol. */
#include "export/paint.h"

#include <string.h>

#include "core/protocol.h"

#define RED "\x1b[1;31m"

/* Of the 16 basic colours, so that they are legible on a dark and on a light screen. */
static const struct {
    const char *protocol, *code;
} paints[] = {
    { "http", "\x1b[32m" },  { "websocket", "\x1b[32m" }, { "dns", "\x1b[36m" },  { "icmp", "\x1b[35m" },
    { "arp", "\x1b[33m" },   { "icmpv6", "\x1b[35m" },    { "smtp", "\x1b[94m" }, { "sieve", "\x1b[94m" },
    { "ftp", "\x1b[92m" },   { "ftp-data", "\x1b[92m" },  { "tftp", "\x1b[92m" }, { "socks", "\x1b[93m" },
    { "ssh", "\x1b[93m" },   { "snmp", "\x1b[95m" },
    { "tcp", "\x1b[34m" },   { "udp", "\x1b[96m" },       { "igmp", "\x1b[95m" },
};

static const char *code_of(const char *protocol)
{
    for (size_t i = 0; i < TL_COUNT(paints); i++)
        if (strcmp(paints[i].protocol, protocol) == 0)
            return paints[i].code;
    return NULL;
}

const char *tl_paint_of(const struct tl_protocols *protocols, const struct tl_tree *tree, const struct tl_line *line)
{
    if (line->broken != TL_NO_NODE)
        return RED;
    const char *code = NULL;
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct tl_node *node = &tree->nodes[i];
        if (node->field != TL_LAYER || node->protocol >= protocols->count || (node->flags & TL_NODE_QUOTED))
            continue;
        const char *own = code_of(protocols->items[node->protocol]->name);
        code = own != NULL ? own : code;
    }
    return code != NULL ? code : "";
}
