/* tap.c - captures from one interface with libpcap and its memory-mapped ring of blocks (TPACKET_V3, packet(7)). */
#include "capture/tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "capture/file.h"
#include "capture/slots.h"

#define SECOND INT64_C(1000000000)

void tl_tap_init(struct tl_tap *tap, const char *name, const struct tl_live_options *options)
{
    *tap = (struct tl_tap){ .name = name, .options = options, .interface = UINT32_MAX, .fd = -1 };
}

static bool is_any(const struct tl_tap *tap)
{
    return strcmp(tap->name, "any") == 0;
}

static enum tl_failure refused(const struct tl_tap *tap, pcap_t *pcap, int status, bool *absent, struct tl_error *error)
{
    switch (status) {
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        return tl_error_set(error, TL_E_PERMISSION, "no permission to capture on %s", tap->name);
    case PCAP_ERROR_NO_SUCH_DEVICE:
        *absent = true;
        return tl_error_set(error, TL_E_RUNTIME, "no interface %s: list interfaces with taplight -D", tap->name);
    case PCAP_ERROR_IFACE_NOT_UP:
        *absent = true;
        return tl_error_set(error, TL_E_RUNTIME,
                            "%s is down: bring it up (ip link set %s up), or wait for it with --wait", tap->name,
                            tap->name);
    default:
        return tl_error_set(error, TL_E_RUNTIME, "cannot capture on %s: %s", tap->name,
                            status == PCAP_ERROR ? pcap_geterr(pcap) : pcap_statustostr(status));
    }
}

/*
 * "any" gives cooked packets with the first header, SLL: libpcap (1.10.3) puts the VLAN tag, which the kernel takes out
 * of a packet, back into that header, but not into SLL2. SLL2 has the number of each packet's interface; -y selects it.
 */
static enum tl_failure choose_linktype(const struct tl_tap *tap, pcap_t *pcap, struct tl_error *error)
{
    const char *wanted = tap->options->linktype;
    if (wanted == NULL)
        return TL_E_NONE;
    int linktype = pcap_datalink_name_to_val(wanted);
    if (linktype < 0 || pcap_set_datalink(pcap, linktype) != 0)
        return tl_error_set(error, TL_E_USAGE, "%s has no link type %s: list its types with taplight -i %s -L",
                            tap->name, wanted, tap->name);
    return TL_E_NONE;
}

static enum tl_failure activate(const struct tl_tap *tap, pcap_t *pcap, bool *absent, struct tl_error *error)
{
    const struct tl_live_options *o = tap->options;
    const struct tl_slots slots = tl_slots_of(o);
    size_t buffer = slots.buffer;
    pcap_set_snaplen(pcap, (int)slots.snaplen);
    pcap_set_promisc(pcap, !o->no_promiscuous && !is_any(tap));
    pcap_set_timeout(pcap, TL_TAP_TIMEOUT_MS);
    pcap_set_immediate_mode(pcap, o->immediate);
    pcap_set_buffer_size(pcap, buffer < INT32_MAX ? (int)buffer : INT32_MAX);
    pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO); /* on failure: microseconds */
    int status = pcap_activate(pcap);
    if (status < 0)
        return refused(tap, pcap, status, absent, error);
    enum tl_failure failure = choose_linktype(tap, pcap, error);
    char why[PCAP_ERRBUF_SIZE] = "";
    if (failure == TL_E_NONE && o->direction != TL_DIRECTION_BOTH &&
        pcap_setdirection(pcap, o->direction == TL_DIRECTION_IN ? PCAP_D_IN : PCAP_D_OUT) != 0)
        failure = tl_error_set(error, TL_E_USAGE, "%s does not know the direction of packets: leave out -Q: %s",
                               tap->name, pcap_geterr(pcap));
    if (failure == TL_E_NONE && pcap_setnonblock(pcap, 1, why) != 0)
        failure = tl_error_set(error, TL_E_RUNTIME, "cannot capture on %s: %s", tap->name, why);
    return failure;
}

/* A reopened interface keeps its entry, unless its link type or time resolution changed. */
static enum tl_failure enlist(struct tl_tap *tap, struct tl_interfaces *interfaces, struct tl_error *error)
{
    const struct tl_interface *known = tl_interfaces_get(interfaces, tap->interface);
    struct tl_interface now = {
        .linktype = tap->linktype,
        .decimals = tap->nanoseconds ? 9 : 6,
        .snaplen = (uint32_t)pcap_snapshot(tap->pcap),
        .section = UINT32_MAX,
    };
    snprintf(now.name, sizeof(now.name), "%s", tap->name);
    if (known != NULL && known->linktype == now.linktype && known->decimals == now.decimals)
        return TL_E_NONE;
    tap->interface = tl_interfaces_add(interfaces, &now);
    if (tap->interface == UINT32_MAX)
        return tl_error_set(error, TL_E_RUNTIME, "out of memory to capture on %s", tap->name);
    return TL_E_NONE;
}

/* In host byte order: pcap_lookupnet() gives network byte order, but pcap_compile() compares without turning it. */
static uint32_t netmask_of(const struct tl_tap *tap)
{
    bpf_u_int32 net = 0, mask = 0;
    char unused[PCAP_ERRBUF_SIZE];
    if (is_any(tap))
        return PCAP_NETMASK_UNKNOWN;
    if (pcap_lookupnet(tap->name, &net, &mask, unused) != 0 || mask == PCAP_NETMASK_UNKNOWN) /* also /32: no subnet */
        return 0;
    return ntohl(mask);
}

enum tl_failure tl_tap_open(struct tl_tap *tap, struct tl_interfaces *interfaces, bool *absent, struct tl_error *error)
{
    char why[PCAP_ERRBUF_SIZE] = "";
    *absent = false;
    pcap_t *pcap = pcap_create(tap->name, why);
    if (pcap == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "cannot capture on %s: %s", tap->name, why);
    enum tl_failure failure = activate(tap, pcap, absent, error);
    if (failure != TL_E_NONE) {
        pcap_close(pcap);
        return failure;
    }
    tap->pcap = pcap;
    tap->fd = pcap_get_selectable_fd(pcap);
    tap->index = is_any(tap) ? 0 : (int)if_nametoindex(tap->name);
    tap->linktype = tl_file_linktype((uint16_t)pcap_datalink(pcap));
    tap->nanoseconds = pcap_get_tstamp_precision(pcap) == PCAP_TSTAMP_PRECISION_NANO;
    tap->netmask = netmask_of(tap);
    tap->up = true;
    tap->gone_at = 0;
    tap->last = (struct pcap_stat){ 0 };
    return enlist(tap, interfaces, error);
}

enum tl_failure tl_tap_share(struct tl_tap *tap, const struct tl_tap *other, struct tl_error *error)
{
    uint32_t mode = PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_ROLLOVER | (other == NULL ? PACKET_FANOUT_FLAG_UNIQUEID : 0);
    uint32_t wish = mode << 16 | (other == NULL ? 0 : other->group), got = 0;
    socklen_t size = sizeof got;
    if (setsockopt(tap->fd, SOL_PACKET, PACKET_FANOUT, &wish, sizeof wish) != 0 ||
        getsockopt(tap->fd, SOL_PACKET, PACKET_FANOUT, &got, &size) != 0)
        return tl_error_set(error, TL_E_RUNTIME, "cannot share the packets of %s among threads: %s: leave out "
                            "--capture-threads", tap->name, strerror(errno));
    tap->group = (uint16_t)got;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    tap->joined = other == NULL ? 0 : now.tv_sec * SECOND + now.tv_nsec;
    return TL_E_NONE;
}

void tl_tap_close(struct tl_tap *tap)
{
    if (tap->pcap == NULL)
        return;
    tl_tap_count(tap);
    pcap_close(tap->pcap);
    tap->pcap = NULL;
    tap->fd = -1;
}

static void take(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
    struct tl_tap *tap = (struct tl_tap *)(void *)user;
    struct tl_tray *tray = tap->tray;
    uint8_t *copy = tray->bytes + tray->used;
    int64_t fraction = header->ts.tv_usec;
    struct tl_packet *packet = &tray->packets[tray->count];
    tap->seen++;
    *packet = (struct tl_packet){
        .ts = header->ts.tv_sec * SECOND + (tap->nanoseconds ? fraction : fraction * 1000),
        .bytes = bytes,
        .caplen = header->caplen,
        .len = header->len > header->caplen ? header->len : header->caplen,
        .interface = (uint16_t)tap->interface,
        .linktype = tap->linktype,
    };
    if (TL_UNLIKELY(packet->ts < tap->joined) ||
        (TL_UNLIKELY(tap->check != NULL) && !tl_filter_passes(tap->check, packet)))
        return;
    packet->bytes = memcpy(copy, bytes, header->caplen);
    tray->count++;
    tray->used += header->caplen;
    if (TL_UNLIKELY(tray->used > tray->full))
        pcap_breakloop(tap->pcap);
}

static int64_t monotonic(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * SECOND + now.tv_nsec;
}

uint32_t tl_tap_read(struct tl_tap *tap, struct tl_tray *tray, uint32_t most)
{
    if (most == 0 || tray->used > tray->full)
        return 0;
    tap->tray = tray;
    tap->seen = 0;
    int got = pcap_dispatch(tap->pcap, (int)most, take, (u_char *)tap);
    if (got < 0 && got != PCAP_ERROR_BREAK && tap->gone_at == 0)
        tap->gone_at = monotonic();
    return tap->seen;
}

static uint64_t grown(u_int now, u_int before)
{
    return (u_int)(now - before);
}

void tl_tap_count(struct tl_tap *tap)
{
    struct pcap_stat now;
    if (tap->pcap == NULL || pcap_stats(tap->pcap, &now) != 0)
        return;
    tap->counts.received += grown(now.ps_recv, tap->last.ps_recv);
    tap->counts.dropped_kernel += grown(now.ps_drop, tap->last.ps_drop);
    if (!tap->options->elsewhere)
        tap->counts.dropped_interface += grown(now.ps_ifdrop, tap->last.ps_ifdrop);
    tap->last = now;
}

/* Checks the interface by index, so a renamed one stays the same. */
void tl_tap_watch(struct tl_tap *tap, int socket, int64_t now, char *line, size_t size)
{
    struct ifreq request = { .ifr_ifindex = tap->index };
    line[0] = '\0';
    if (tap->pcap == NULL || tap->index == 0 || tap->gone_at != 0)
        return;
    if (ioctl(socket, SIOCGIFNAME, &request) != 0) {
        if (errno == ENODEV || errno == ENXIO)
            tap->gone_at = now;
        return;
    }
    if (ioctl(socket, SIOCGIFFLAGS, &request) != 0)
        return;
    const short both = IFF_UP | IFF_RUNNING;
    bool up = (request.ifr_flags & both) == both;
    if (up != tap->up)
        snprintf(line, size, up ? "%s is up again" : "%s is down: no packets until it is up again",
                 tap->name);
    tap->up = up;
}
