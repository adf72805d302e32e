/* dns_section.c - the sections of records of a DNS message (RFC 1035 section 4.1.3, RFC 2136, RFC 6891). */
#include "dissectors/dns/dns.h"

#include "core/part.h"

/* The head of a record, in front of its data. */
struct head {
    uint16_t type, class;
    uint32_t ttl; /* s */
};

uint16_t tl_dns_class(struct tl_dissection *d, const struct tl_dns_message *m, unsigned class_field,
                      unsigned flag_field)
{
    const uint8_t *p = tl_cursor_take(&d->c, 2);
    if (p == NULL)
        return 0;
    uint16_t value = tl_load_be16(p), class = m->mdns ? value & 0x7fff : value;
    tl_add(d, class_field, d->c.off - 2, 2, class);
    if (TL_UNLIKELY(m->mdns))
        tl_add_bits(d, flag_field, d->c.off - 2, 2, value);
    return class;
}

/* The class is a size and the time to live a set of flags (RFC 6891 section 6.1.3). */
static void opt_header(struct tl_dissection *d, struct tl_dns_message *m)
{
    uint16_t size = tl_dns_class(d, m, DNS_UDP_PAYLOAD_SIZE, DNS_RESP_CACHE_FLUSH);
    uint8_t rcode = tl_u8(d, DNS_EXT_RCODE);
    tl_u8(d, DNS_EDNS0_VERSION);
    uint16_t z = tl_u16(d, DNS_RESP_Z);
    if (!tl_ok(d))
        return;
    tl_add_bits(d, DNS_RESP_Z_DO, d->c.off - 2, 2, z);
    tl_add_bits(d, DNS_RESP_Z_RESERVED, d->c.off - 2, 2, z);
    if (m->opt)
        return;
    m->opt = true;
    m->udp_size = size;
    m->ext_rcode = rcode;
    m->dnssec_ok = (z & 0x8000) != 0;
}

/* --- texts for the record --- */

/* A text in the rest of scratch memory: the buffer is marked as failed, so it never grows. */
static struct tl_buffer scratch_text(const struct tl_arena *scratch)
{
    return (struct tl_buffer){ .data = scratch->base + scratch->used, .capacity = scratch->capacity - scratch->used,
                               .failed = true };
}

static bool is_full(const struct tl_buffer *text)
{
    return text->capacity - text->len < TL_DNS_TEXT_SLACK;
}

static void keep_text(struct tl_dissection *d, const struct tl_dns_message *m, struct tl_dns_list *list,
                      const struct tl_buffer *text, uint32_t ttl, uint32_t data)
{
    if (!tl_ok(d))
        return;
    if (is_full(text) || list->count == list->room) {
        list->cut = true;
        return;
    }
    if (text->len == 0)
        return;
    uint32_t i = list->count++;
    list->texts[i] = (struct tl_bytes){ text->data, (uint32_t)text->len };
    list->ttls[i] = (int64_t)ttl * 1000000000;
    list->owners[i] = m->owner;
    list->data[i] = data;
    d->scratch->used += text->len;
}

void tl_dns_put_type(struct tl_buffer *text, uint16_t type)
{
    const char *name = type == TL_DNS_TYPE_ANY ? "ANY" : tl_name_of(tl_dns_types, type);
    if (name != NULL) {
        tl_puts(text, name);
        return;
    }
    tl_put_lit(text, "TYPE");
    tl_put_u64(text, type);
}

static void put_class(struct tl_buffer *text, uint16_t class)
{
    static const struct tl_name names[] = { { 1, "IN" }, { 3, "CH" }, { 4, "HS" }, { 254, "NONE" }, { 255, "ANY" },
                                            { 0, NULL } };
    const char *name = tl_name_of(names, class);
    if (name != NULL) {
        tl_puts(text, name);
        return;
    }
    tl_put_lit(text, "CLASS");
    tl_put_u64(text, class);
}

bool tl_dns_put_owner(const struct tl_dissection *d, const struct tl_dns_message *m, struct tl_buffer *text,
                      const char *root)
{
    struct tl_dns_name owner;
    uint32_t after;
    if (tl_dns_name_walk(d->c.base, m->start, m->owner, d->c.end, &after, &owner) != TL_OK)
        return false;
    tl_dns_put_name(text, &owner, root);
    return true;
}

/* A prerequisite or update is more than its data: "www.example 300 IN A 192.0.2.1" (RFC 2136 sections 2.4, 2.5). */
static void whole_record(struct tl_dissection *d, struct tl_dns_message *m, struct tl_dns_list *list,
                         const struct head *head)
{
    struct tl_buffer text = scratch_text(d->scratch);
    if (is_full(&text)) {
        list->cut = true;
        tl_dns_data(d, m, head->type, NULL);
        return;
    }
    (void)tl_dns_put_owner(d, m, &text, ".");
    tl_put_char(&text, ' ');
    tl_put_u64(&text, head->ttl);
    tl_put_char(&text, ' ');
    put_class(&text, head->class);
    tl_put_char(&text, ' ');
    tl_dns_put_type(&text, head->type);
    size_t begin = text.len + 1;
    struct tl_buffer data = { .data = text.data + begin, .failed = true,
                              .capacity = text.capacity > begin ? text.capacity - begin : 0 };
    tl_dns_data(d, m, head->type, tl_cursor_wire_left(&d->c) > 0 ? &data : NULL);
    if (data.len > 0) {
        text.data[text.len] = ' ';
        text.len = begin + data.len;
    }
    keep_text(d, m, list, &text, head->ttl, data.len > 0 ? (uint32_t)begin : (uint32_t)text.len);
}

/* Reads the data. The cursor is limited to it, and bytes left over are skipped. */
static void data(struct tl_dissection *d, struct tl_dns_message *m, const struct head *head, uint32_t len,
                 unsigned section)
{
    struct tl_part part = tl_part_enter(d, len);
    if (!part.open)
        return;
    struct tl_dns_list *list = &m->lists[section];
    if (!tl_dns_has_list(m, section) || list->cut || (head->type == TL_DNS_TYPE_OPT && section != TL_DNS_ANSWER)) {
        tl_dns_data(d, m, head->type, NULL);
    } else if (TL_UNLIKELY(tl_dns_is_update(m))) {
        whole_record(d, m, list, head);
    } else {
        struct tl_buffer text = scratch_text(d->scratch);
        tl_dns_data(d, m, head->type, &text);
        keep_text(d, m, list, &text, head->ttl, 0);
    }
    tl_part_leave(d, part);
}

static void record(struct tl_dissection *d, struct tl_dns_message *m, unsigned section)
{
    uint32_t group = tl_group(d, DNS_ANSWERS + section);
    m->owner = d->c.off;
    tl_dns_name(d, m, DNS_RESP_NAME, NULL);
    if (section == TL_DNS_ANSWER && m->first_owner == 0 && tl_ok(d))
        m->first_owner = m->owner;
    struct head head = { .type = tl_u16(d, DNS_RESP_TYPE) };
    if (TL_UNLIKELY(head.type == TL_DNS_TYPE_OPT)) {
        opt_header(d, m);
    } else {
        head.class = tl_dns_class(d, m, DNS_RESP_CLASS, DNS_RESP_CACHE_FLUSH);
        head.ttl = tl_u32(d, DNS_RESP_TTL);
    }
    data(d, m, &head, tl_u16(d, DNS_RESP_LEN), section);
    tl_group_end(d, group);
}

/* Allocates a list of no more records than the message can hold or scratch memory has room for. */
static void make_room(struct tl_dissection *d, struct tl_dns_list *list, uint32_t count)
{
    enum { EACH = sizeof *list->texts + sizeof *list->ttls + sizeof *list->owners + sizeof *list->data };
    uint32_t room = tl_cursor_left(&d->c) / 11 + 1; /* bytes of the smallest record */
    if (room > count)
        room = count;
    uint8_t *all = NULL;
    for (; room > 0; room /= 2) {
        all = tl_arena_alloc(d->scratch, room * EACH);
        if (all != NULL)
            break;
    }
    if (all == NULL)
        return;
    list->room = room;
    list->texts = (void *)all;
    list->ttls = (void *)(list->texts + room);
    list->owners = (void *)(list->ttls + room);
    list->data = list->owners + room;
}

/* Which sections become texts: those that the record shows. */
static bool is_wanted(const struct tl_dissection *d, const struct tl_dns_message *m, unsigned section)
{
    bool response = (m->flags & TL_DNS_QR) != 0, update = tl_dns_is_update(m);
    if (d->frame->quoted || d->flow.slot == NULL || !(response || update))
        return false;
    return section == TL_DNS_ANSWER || (update && section == TL_DNS_AUTHORITY) || (response && d->sections);
}

void tl_dns_sections(struct tl_dissection *d, struct tl_dns_message *m)
{
    for (unsigned section = 0; section < TL_DNS_SECTIONS; section++) {
        uint32_t count = m->count[section + 1];
        if (count == 0)
            continue;
        bool wanted = is_wanted(d, m, section);
        if (wanted) {
            m->wanted |= (uint8_t)(1u << section);
            m->lists[section] = (struct tl_dns_list){ .texts = NULL };
            if (TL_LIKELY(tl_ok(d)))
                make_room(d, &m->lists[section], count);
        }
        for (uint32_t i = 0; i < count && tl_ok(d); i++)
            record(d, m, section);
        if (TL_UNLIKELY(!tl_ok(d)) && wanted)
            m->lists[section].cut = true;
    }
}
