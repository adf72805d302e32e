/* neighbours.c - ARP without an answer, with two, or with one in another VLAN (RFC 826, RFC 5227, IEEE 802.1Q). */
#include "explain/neighbours.h"

#include <stdio.h>
#include <string.h>

#include "core/buffer.h"
#include "core/time.h"
#include "dissectors/network/arp.h"
#include "explain/making.h"

#define SECOND INT64_C(1000000000)

enum { REPLY = 2, ETHERNET = 1, COOKED = 113, TAGS_MOST = 2, ASKED_LEAST = 3, PLACES = 16 };
enum { K_DOUBLED, K_STRAYED, K_UNANSWERED };

static const struct tl_finding_kind kinds[] = {
    [K_DOUBLED] = { .name = "two hosts answer ARP",
        .recognised = "Two hardware addresses say within a second that they have the address; or one says so again after "
                      "the other, without announcing it. In one VLAN, at one interface of the capture.",
        .next = "Switch one of the hosts off, or unplug it: arping still finds the other. The tables of the switches say at "
                "which port each is. Leases of DHCP beside addresses that were set by hand.",
        .mistaken = "A proxy for ARP; a cluster or a bond of cards that answers with several addresses.",
        .source = "RFC 5227, section 2.4; RFC 826" },
    [K_STRAYED] = { .name = "ARP answered in another VLAN",
        .recognised = "The host that asked is answered with another tag than it asked with, or with none, and never with "
                      "its own.",
        .next = "The VLAN of the ports of both hosts, and the native VLAN at both ends of each trunk between them.",
        .mistaken = "A mirror that tags one direction only.",
        .source = "IEEE 802.1Q; RFC 826" },
    [K_UNANSWERED] = { .name = "no answer to ARP",
        .recognised = "The address is asked for three times or more, and nothing comes from it.",
        .next = "Is the host up, and in this network and VLAN? The masks of both hosts; isolation of ports or of a wireless "
                "network.",
        .mistaken = "A scan of addresses; a capture that does not see the answers.",
        .source = "RFC 826; RFC 1122, section 2.3.2" },
};

/* --- what messages say --- */

static uint32_t place_of(const uint8_t addr[4])
{
    return (addr[0] * 16777619u ^ addr[1] * 65599u ^ addr[2] * 257u ^ addr[3]) % TL_NEIGHBOURS;
}

const struct tl_arp_neighbour *tl_neighbours_get(const struct tl_neighbours *n, const uint8_t addr[4])
{
    uint32_t at = place_of(addr);
    for (uint32_t i = 0; i < PLACES; i++) {
        const struct tl_arp_neighbour *one = &n->all[(at + i) % TL_NEIGHBOURS];
        if (!one->used)
            return NULL;
        if (memcmp(one->addr, addr, 4) == 0)
            return one;
    }
    return NULL;
}

/* Returns NULL if there are too many. */
static struct tl_arp_neighbour *take(struct tl_neighbours *n, const uint8_t addr[4])
{
    uint32_t at = place_of(addr);
    for (uint32_t i = 0; i < PLACES; i++) {
        struct tl_arp_neighbour *one = &n->all[(at + i) % TL_NEIGHBOURS];
        if (one->used && memcmp(one->addr, addr, 4) != 0)
            continue;
        one->used = true;
        memcpy(one->addr, addr, 4);
        return one;
    }
    return NULL;
}

/* A host that takes an address over announces it (RFC 5227 section 2.3); two that have it both go on. */
static void meet(struct tl_arp_neighbour *n, const uint8_t mac[6], bool announces, const struct tl_packet *packet)
{
    int64_t since = tl_time_between(n->last_ts, packet->ts);
    bool same = n->known && memcmp(n->mac, mac, 6) == 0;
    if (n->known && !same && !announces && (since < SECOND || (n->moved && memcmp(n->other, mac, 6) == 0))) {
        n->doubled = true;
        tl_events_add(&n->doubles, packet->number, 0);
    }
    if (n->known && !same) {
        n->moved = true;
        memcpy(n->other, n->mac, 6);
    }
    n->known = true;
    memcpy(n->mac, mac, 6);
    n->last_ts = packet->ts;
}

/* Where the message begins, after up to two tags; 0: it is no ARP. Sets *vlan to that of the outer tag. */
static size_t find_message(const struct tl_packet *packet, uint16_t *vlan)
{
    static const uint8_t head[6] = { 0, 1, 8, 0, 6, 4 };
    size_t at = packet->linktype == ETHERNET ? 12 : packet->linktype == COOKED ? 14 : 0;
    *vlan = 0;
    for (unsigned tags = 0; at > 0 && at + 4 <= packet->caplen; tags++, at += 4) {
        uint16_t type = tl_load_be16(packet->bytes + at);
        if (type == 0x0806)
            return at + 30 <= packet->caplen && memcmp(packet->bytes + at + 2, head, sizeof head) == 0 ? at + 2 : 0;
        if (tags == TAGS_MOST || (type != 0x8100 && type != 0x88a8))
            return 0;
        uint16_t id = tl_load_be16(packet->bytes + at + 2) & 0xfff;
        if (tags == 0 && id > 0) /* 0: a priority without a VLAN */
            *vlan = (uint16_t)(id + 1);
    }
    return 0;
}

static void note_answer(struct tl_arp_neighbour *n, const struct tl_arp_message *m, uint16_t vlan, uint64_t number)
{
    if (n->asked.count == 0 || m->operation != REPLY || memcmp(n->asker, m->target, 4) != 0)
        return;
    if (vlan == n->asked_vlan) {
        n->answered = true;
        return;
    }
    n->strayed_vlan = vlan;
    tl_events_add(&n->strayed, number, 0);
}

void tl_neighbours_packet(struct tl_neighbours *all, const struct tl_packet *packet)
{
    uint16_t vlan;
    size_t at = find_message(packet, &vlan);
    if (at == 0)
        return;
    const uint8_t *p = packet->bytes + at;
    const struct tl_arp_message m = { tl_load_be16(p + 6), p + 8, p + 14, p + 24 };
    unsigned facts = tl_arp_facts(&m);
    struct tl_arp_neighbour *n = NULL;
    if ((facts & TL_ARP_ASKS) != 0 && (n = take(all, m.target)) != NULL) {
        tl_events_add(&n->asked, packet->number, 0);
        memcpy(n->asker, m.sender, 4);
        n->asked_vlan = vlan;
    }
    if ((facts & TL_ARP_IS_THERE) == 0 || (n = take(all, m.sender)) == NULL)
        return;
    if (!n->known) {
        n->interface = (uint16_t)packet->interface;
        n->vlan = vlan;
    }
    if (n->interface == packet->interface && n->vlan == vlan) /* another one may be another network */
        meet(n, m.mac, (facts & TL_ARP_ANNOUNCES) != 0, packet);
    note_answer(n, &m, vlan, packet->number);
}

/* --- findings --- */

static void put_mac(char out[18], const uint8_t mac[6])
{
    snprintf(out, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static void put_tag(char out[16], uint16_t vlan)
{
    if (vlan == 0)
        snprintf(out, 16, "no tag");
    else
        snprintf(out, 16, "VLAN %u", vlan - 1u);
}

bool tl_neighbour_find(const struct tl_arp_neighbour *n, struct tl_finding *f)
{
    char addr[16], macs[2][18], tags[2][16];
    *f = (struct tl_finding){ .level = TL_FINDING_NONE };
    snprintf(addr, sizeof addr, "%u.%u.%u.%u", n->addr[0], n->addr[1], n->addr[2], n->addr[3]);
    if (!n->used) {
        return false;
    } else if (n->doubled) {
        put_mac(macs[0], n->other);
        put_mac(macs[1], n->mac);
        f->kind = &kinds[K_DOUBLED];
        tl_finding_set(f, TL_FINDING_PROBLEM, 2u + (n->doubles.count > 1), 0,
                       "Two hosts have the address %s: %s and %s. Frames for it reach one of them, now this, now that.", addr,
                       macs[0], macs[1]);
        tl_finding_cite(f, &n->doubles);
    } else if (n->strayed.count > 0 && !n->answered) {
        put_tag(tags[0], n->asked_vlan);
        put_tag(tags[1], n->strayed_vlan);
        f->kind = &kinds[K_STRAYED];
        tl_finding_set(f, TL_FINDING_PROBLEM, 2u + (n->strayed.count > 1), 0,
                       "%s is asked for with %s and answers with %s: the host that asks does not get it. A port or the native "
                       "VLAN of a trunk is set wrong.", addr, tags[0], tags[1]);
        tl_finding_cite(f, &n->asked);
        tl_finding_cite(f, &n->strayed);
    } else if (!n->known && n->asked.count >= ASKED_LEAST) {
        f->kind = &kinds[K_UNANSWERED];
        tl_finding_set(f, TL_FINDING_WARNING, n->asked.count > ASKED_LEAST ? 3 : 2, 0,
                       "%s was asked for %u times and does not answer: the host is down, or on another network.", addr,
                       n->asked.count);
        tl_finding_cite(f, &n->asked);
    }
    return f->level != TL_FINDING_NONE;
}

void tl_neighbours_document(struct tl_buffer *out)
{
    tl_puts(out, "\n## Findings of ARP\n\nARP is not a flow: these are of an address, and stand before the flows.\n");
    for (unsigned i = 0; i < TL_COUNT(kinds); i++)
        tl_finding_document(out, &kinds[i]);
}
