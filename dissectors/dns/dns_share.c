/* dns_share.c - messages with several questions: which answer belongs to which (RFC 1035 section 4.1). */
#include "dissectors/dns/dns.h"

enum { ALIASES_MAX = 16 }; /* names that CNAME records lead to, per message */

struct alias {
    struct tl_dns_name name;
    uint64_t questions; /* bits */
};

void tl_dns_read_question(const struct tl_dissection *d, const struct tl_dns_message *m, uint32_t *at,
                          struct tl_dns_asked *asked)
{
    uint32_t after = *at;
    asked->name.len = 0;
    if (tl_dns_name_walk(d->c.base, m->start, *at, m->end, &after, &asked->name) != TL_OK)
        return;
    tl_dns_lower(&asked->name);
    asked->qtype = tl_load_be16(d->c.base + after);
    asked->qclass = tl_load_be16(d->c.base + after + 2);
    if (m->mdns)
        asked->qclass &= 0x7fff;
    *at = after + 4;
}

/* Reads the name at `at`, which ends before `limit`. Returns the offset after it; 0: it is not valid. */
static uint32_t lower_name(const struct tl_dissection *d, const struct tl_dns_message *m, uint32_t at, uint32_t limit,
                           struct tl_dns_name *name)
{
    uint32_t after = at;
    if (tl_dns_name_walk(d->c.base, m->start, at, limit, &after, name) != TL_OK)
        return 0;
    tl_dns_lower(name);
    return after;
}

/*
 * Reads the name that an alias leads to; `head` is the offset behind the owner of its record. Returns false if there is
 * none: an update deletes an alias by a record without data (RFC 2136 section 2.5).
 */
static bool leads_to(const struct tl_dissection *d, const struct tl_dns_message *m, uint32_t head,
                     struct tl_dns_name *name)
{
    enum { DATA = 10 }; /* bytes in front of the data: type, class, time to live, length */
    uint32_t begin = head + DATA;
    if (begin > m->end)
        return false;
    uint32_t len = tl_load_be16(d->c.base + begin - 2);
    return len <= m->end - begin && lower_name(d, m, begin, begin + len, name) != 0;
}

static bool same(const struct tl_dns_name *a, const struct tl_dns_name *b)
{
    return a->len == b->len && memcmp(a->labels, b->labels, a->len) == 0;
}

/* Is the name below the other one? */
static bool below(const struct tl_dns_name *name, const struct tl_dns_name *above)
{
    uint32_t at = 0;
    while (name->len - at > above->len)
        at += name->labels[at] + 1u;
    return at > 0 && name->len - at == above->len && memcmp(name->labels + at, above->labels, above->len) == 0;
}

static uint64_t questions_of(const struct tl_dns_asked *asked, uint32_t count, const struct alias *aliases,
                             uint32_t known, const struct tl_dns_name *owner, uint16_t type)
{
    uint64_t named = 0, typed = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (same(&asked[i].name, owner) || (type == TL_DNS_TYPE_DNAME && below(&asked[i].name, owner)))
            named |= UINT64_C(1) << i;
    }
    for (uint32_t i = 0; i < known; i++)
        named |= same(&aliases[i].name, owner) ? aliases[i].questions : 0;
    for (uint32_t i = 0; i < count; i++) {
        if (asked[i].qtype == type || asked[i].qtype == TL_DNS_TYPE_ANY)
            typed |= UINT64_C(1) << i;
    }
    bool leads_on = type == TL_DNS_TYPE_CNAME || type == TL_DNS_TYPE_DNAME;
    return leads_on || (named & typed) == 0 ? named : named & typed;
}

uint64_t *tl_dns_share(struct tl_dissection *d, const struct tl_dns_message *m, const struct tl_dns_asked *asked,
                       uint32_t count)
{
    const struct tl_dns_list *list = tl_dns_list(m, TL_DNS_ANSWER);
    uint64_t *share = tl_arena_alloc(d->scratch, list->count * sizeof *share + 1);
    struct alias *aliases = share != NULL ? tl_arena_alloc(d->scratch, ALIASES_MAX * sizeof *aliases) : NULL;
    uint32_t known = 0;
    if (aliases == NULL)
        return NULL;
    for (uint32_t i = 0; i < list->count; i++) {
        struct tl_dns_name owner;
        uint32_t after = lower_name(d, m, list->owners[i], m->end, &owner);
        uint16_t type = after != 0 ? tl_load_be16(d->c.base + after) : 0;
        share[i] = after != 0 ? questions_of(asked, count, aliases, known, &owner, type) : 0;
        bool alias = type == TL_DNS_TYPE_CNAME && share[i] != 0 && known < ALIASES_MAX;
        if (alias && leads_to(d, m, after, &aliases[known].name))
            aliases[known++].questions = share[i];
        if (share[i] == 0)
            share[i] = 1;
    }
    return share;
}

bool tl_dns_owner(const struct tl_dissection *d, const struct tl_dns_message *m, uint32_t i, struct tl_dns_name *name)
{
    return lower_name(d, m, tl_dns_list(m, TL_DNS_ANSWER)->owners[i], m->end, name) != 0;
}

struct tl_dns_list tl_dns_part(struct tl_dissection *d, const struct tl_dns_message *m, const uint64_t *share,
                               uint32_t n)
{
    const struct tl_dns_list *all = tl_dns_list(m, TL_DNS_ANSWER);
    struct tl_dns_list part = { .cut = all->cut && n == 0 };
    uint32_t count = 0;
    if (share == NULL)
        return n == 0 ? *all : part;
    for (uint32_t i = 0; i < all->count; i++)
        count += (uint32_t)(share[i] >> n & 1);
    if (count == 0)
        return part;
    part.texts = tl_arena_alloc(d->scratch, count * sizeof *part.texts);
    part.ttls = part.texts != NULL ? tl_arena_alloc(d->scratch, count * sizeof *part.ttls) : NULL;
    if (part.ttls == NULL) {
        part.cut = true;
        return part;
    }
    for (uint32_t i = 0; i < all->count; i++) {
        if ((share[i] >> n & 1) == 0)
            continue;
        part.texts[part.count] = all->texts[i];
        part.ttls[part.count++] = all->ttls[i];
    }
    return part;
}
