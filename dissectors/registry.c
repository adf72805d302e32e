/* registry.c - the protocols of protocols.def, and the tables that find the next protocol. */
#include "dissectors/registry.h"

#include <stdlib.h>

static const struct tl_protocol *const protocols[] = {
#define TL_PROTOCOL(name) &tl_protocol_##name,
#include "dissectors/protocols.def"
#undef TL_PROTOCOL
};

_Static_assert(TL_COUNT(protocols) == TL_PROTOCOL_COUNT, "a row each");
_Static_assert(TL_PROTOCOL_COUNT < 255, "an entry is index + 1 in a byte");

/* Offsets of the tables. Those of 65,536 entries come first, so that each begins at a page boundary. */
enum { WIDE = 65536, NARROW = 256, WIDE_TABLES = 5, ENTRIES = WIDE_TABLES * WIDE + 2 * NARROW };
static const struct {
    uint32_t first, count;
} spans[TL_ON_TABLES] = {
    [TL_ON_LINKTYPE] = { 0 * WIDE, WIDE },
    [TL_ON_ETHERTYPE] = { 1 * WIDE, WIDE },
    [TL_ON_TCP_PORT] = { 2 * WIDE, WIDE },
    [TL_ON_UDP_PORT] = { 3 * WIDE, WIDE },
    [TL_ON_PPP] = { 4 * WIDE, WIDE },
    [TL_ON_LLC_SAP] = { WIDE_TABLES * WIDE, NARROW },
    [TL_ON_IP_PROTO] = { WIDE_TABLES * WIDE + NARROW, NARROW },
};

/* Entries are index + 1: untouched zero pages mean "none" and use no memory. */
struct tl_registry {
    uint8_t entries[ENTRIES];
    struct tl_decode_as_list chosen;
};

struct tl_protocols tl_protocols_all(void)
{
    return (struct tl_protocols){ protocols, TL_PROTOCOL_COUNT };
}

const struct tl_protocol *tl_protocol_by_name(const char *name)
{
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++) {
        if (strcmp(protocols[i]->name, name) == 0)
            return protocols[i];
    }
    return NULL;
}

static bool is_same(const char *a, const uint8_t *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t x = (uint8_t)a[i], y = b[i];
        x = x >= 'A' && x <= 'Z' ? x | 0x20 : x;
        y = y >= 'A' && y <= 'Z' ? y | 0x20 : y;
        if (x == 0 || x != y)
            return false;
    }
    return a[len] == 0;
}

const struct tl_protocol *tl_protocol_called(const char *kind, struct tl_bytes name)
{
    size_t len = strlen(kind);
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++) {
        for (unsigned k = 0; k < TL_ALIASES_MAX && protocols[i]->aliases[k] != NULL; k++) {
            const char *alias = protocols[i]->aliases[k];
            if (strncmp(alias, kind, len) == 0 && alias[len] == ':' && name.len > 0 &&
                is_same(alias + len + 1, name.data, name.len))
                return protocols[i];
        }
    }
    return NULL;
}

struct tl_registry *tl_registry_new(void)
{
    struct tl_registry *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    for (unsigned i = 0; i < TL_PROTOCOL_COUNT; i++) {
        for (unsigned k = 0; k < TL_WHERE_MAX && protocols[i]->on[k].table != TL_ON_NOTHING; k++) {
            const struct tl_where *where = &protocols[i]->on[k];
            if (where->table < TL_ON_TABLES && where->value < spans[where->table].count)
                r->entries[spans[where->table].first + where->value] = (uint8_t)(i + 1);
        }
    }
    return r;
}

static unsigned index_of(const struct tl_protocol *protocol)
{
    unsigned i = 0;
    while (i < TL_PROTOCOL_COUNT && protocols[i] != protocol)
        i++;
    return i;
}

struct tl_registry *tl_registry_new_as(const struct tl_decode_as_list *as)
{
    struct tl_registry *r = tl_registry_new();
    if (r == NULL || as == NULL)
        return r;
    r->chosen = *as;
    for (uint32_t i = 0; i < as->count; i++) {
        const struct tl_decode_as *rule = &as->items[i];
        for (uint32_t value = rule->from; value <= rule->to && value < spans[rule->table].count; value++)
            r->entries[spans[rule->table].first + value] = (uint8_t)(index_of(rule->protocol) + 1);
    }
    return r;
}

bool tl_decode_as_moves_layers(const struct tl_decode_as_list *as)
{
    for (uint32_t i = 0; as != NULL && i < as->count; i++) {
        if (as->items[i].table != TL_ON_TCP_PORT && as->items[i].table != TL_ON_UDP_PORT)
            return true;
    }
    return false;
}

bool tl_registry_is_chosen(const struct tl_registry *registry, enum tl_on table, uint32_t value)
{
    for (uint32_t i = 0; i < registry->chosen.count; i++) {
        const struct tl_decode_as *rule = &registry->chosen.items[i];
        if (rule->table == table && value >= rule->from && value <= rule->to)
            return true;
    }
    return false;
}

void tl_registry_free(struct tl_registry *registry)
{
    free(registry);
}

unsigned tl_registry_find(const struct tl_registry *registry, enum tl_on table, uint32_t value)
{
    if (table >= TL_ON_TABLES || value >= spans[table].count)
        return TL_PROTOCOL_COUNT;
    uint8_t entry = registry->entries[spans[table].first + value];
    return entry != 0 ? entry - 1u : TL_PROTOCOL_COUNT;
}
