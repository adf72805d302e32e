/*
 * dns_service.c - services that a response of mDNS lists (RFC 6763): a record for each instance that has an SRV
 * record, with the
 * texts of its TXT record, or that only a PTR record names.
 */
#include "dissectors/dns/dns.h"

enum { R_SERVICE, R_INSTANCE, R_HOST, R_PORT, R_TXT, R_TTL };

struct service_record {
    struct tl_record head;
    struct tl_bytes service, instance, host;
    uint64_t port;
    struct tl_text_list txt;
    int64_t ttl;
};

#define F(index, member, key, kind, help) TL_FIELD(struct service_record, index, member, key, kind, help)
static const struct tl_record_field record_fields[] = {
    F(R_SERVICE, service, "service", TL_REC_TEXT, "What it is: `_ipp._tcp`"),
    F(R_INSTANCE, instance, "instance", TL_REC_TEXT, "Its name, as the user sees it"),
    F(R_HOST, host, "host", TL_REC_TEXT, "Where it is; absent: the response does not tell"),
    F(R_PORT, port, "port", TL_REC_COUNT, "Its port"),
    F(R_TXT, txt, "txt", TL_REC_TEXTS, "Its attributes"),
    F(R_TTL, ttl, "ttl", TL_REC_INTERVAL, "How long this holds; 0: the service ends"),
};
#undef F

const struct tl_record_def tl_dns_service_record_def =
    TL_RECORD_DEF("mdns_service", record_fields, "A service that a response of mDNS lists",
                  .summary = { "service", "instance", "host", "port" });

enum { TYPE_PTR = 12, TYPE_TXT = 16, TYPE_SRV = 33, SERVICES_MOST = 32, TEXTS_MOST = 16, RECORDS_MOST = 64,
SRV_FIXED = 6 };

/* A resource record, found by its place. */
struct place {
    struct tl_dns_name owner;
    uint32_t data, len;
    uint32_t ttl;
    uint16_t type;
};

/* Reads the record at *at. Returns false if it is not whole. */
static bool next(const struct tl_dissection *d, const struct tl_dns_message *m, uint32_t *at, struct place *p)
{
    uint32_t after = 0;
    if (tl_dns_name_walk(d->c.base, m->start, *at, m->end, &after,
        &p->owner) != TL_OK || after > m->end || m->end - after < 10)
        return false;
    const uint8_t *fixed = d->c.base + after;
    p->type = tl_load_be16(fixed);
    p->ttl = tl_load_be32(fixed + 4);
    p->len = tl_load_be16(fixed + 8);
    p->data = after + 10;
    *at = p->data + p->len;
    return p->len <= m->end - p->data;
}

static bool same(const struct tl_dns_name *a, const struct tl_dns_name *b)
{
    return a->len == b->len && memcmp(a->labels, b->labels, a->len) == 0;
}

/* Splits "Instance._ipp._tcp.local". Returns false if the name has not that form. */
static bool split(const struct tl_dns_name *name, struct tl_bytes *instance, struct tl_dns_name *service)
{
    uint32_t first = name->len > 0 ? name->labels[0] + 1u : 0;
    if (first == 0 || first + 2 >= name->len || name->labels[first + 1] != '_')
        return false;
    uint32_t second = first + name->labels[first] + 1u;
    if (second + 1 >= name->len || name->labels[second + 1] != '_')
        return false;
    *instance = tl_bytes_of(name->labels + 1, first - 1);
    service->len = second + name->labels[second] + 1u - first;
    if (service->len > name->len - first)
        return false;
    memcpy(service->labels, name->labels + first, service->len);
    return true;
}

/* The texts of the TXT record of this owner. */
static uint32_t texts_of(const struct tl_dissection *d, const struct tl_dns_message *m, const struct tl_dns_name *owner,
                         struct tl_bytes texts[TEXTS_MOST])
{
    struct place p;
    uint32_t at = m->records, count = 0;
    for (unsigned i = 0; i < RECORDS_MOST && next(d, m, &at, &p); i++) {
        if (p.type != TYPE_TXT || !same(&p.owner, owner))
            continue;
        for (uint32_t off = p.data; off < p.data + p.len && count < TEXTS_MOST;) {
            uint32_t len = d->c.base[off];
            if (len > p.data + p.len - off - 1)
                break;
            if (len > 0)
                texts[count++] = tl_bytes_of(d->c.base + off + 1, len);
            off += 1 + len;
        }
        break;
    }
    return count;
}

static void emit(struct tl_dissection *d, const struct tl_dns_message *m, const struct tl_dns_name *name,
                 const struct place *srv,
                 uint32_t ttl)
{
    uint8_t service_text[TL_DNS_NAME_TEXT], host_text[TL_DNS_NAME_TEXT];
    struct tl_bytes texts[TEXTS_MOST];
    struct tl_dns_name service, target;
    struct service_record r = { .head = { .ts = d->frame->ts }, .ttl = (int64_t)ttl * 1000000000 };
    if (!split(name, &r.instance, &service))
        return;
    r.service = tl_bytes_of(service_text, tl_dns_name_text(service.labels, service.len, service_text));
    r.head.set = UINT64_C(1) << R_SERVICE | UINT64_C(1) << R_INSTANCE | UINT64_C(1) << R_TTL;
    uint32_t after = 0;
    if (srv != NULL && srv->len > SRV_FIXED &&
        tl_dns_name_walk(d->c.base, m->start, srv->data + SRV_FIXED, m->end, &after, &target) == TL_OK) {
        r.host = tl_bytes_of(host_text, tl_dns_name_text(target.labels, target.len, host_text));
        r.port = tl_load_be16(d->c.base + srv->data + 4);
        tl_record_set(&r.head, R_HOST);
        tl_record_set(&r.head, R_PORT);
    }
    r.txt = (struct tl_text_list){ texts, texts_of(d, m, name, texts) };
    if (r.txt.count > 0)
        tl_record_set(&r.head, R_TXT);
    tl_emit(d, &tl_dns_service_record_def, &r.head);
}

static bool has_srv(const struct tl_dissection *d, const struct tl_dns_message *m, const struct tl_dns_name *owner)
{
    struct place p;
    uint32_t at = m->records;
    for (unsigned i = 0; i < RECORDS_MOST && next(d, m, &at, &p); i++)
        if (p.type == TYPE_SRV && same(&p.owner, owner))
            return true;
    return false;
}

void tl_dns_services(struct tl_dissection *d, const struct tl_dns_message *m)
{
    struct place p;
    struct tl_dns_name target;
    uint32_t at = m->records, emitted = 0, after = 0;
    if ((m->flags & TL_DNS_QR) == 0 || d->flow.slot == NULL || d->frame->quoted)
        return;
    for (unsigned i = 0; i < RECORDS_MOST && emitted < SERVICES_MOST && next(d, m, &at, &p); i++) {
        if (p.type == TYPE_SRV) {
            emit(d, m, &p.owner, &p, p.ttl);
            emitted++;
        } else if (p.type == TYPE_PTR && p.len > 0 &&
                   tl_dns_name_walk(d->c.base, m->start, p.data, m->end, &after, &target) == TL_OK && !has_srv(d, m,
                   &target)) {
            emit(d, m, &target, NULL, p.ttl);
            emitted++;
        }
    }
}
