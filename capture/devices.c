/* devices.c - lists interfaces with libpcap and reads their counters from /proc/net/dev (proc(5)). */
#include "capture/devices.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <netinet/in.h>

static void put_address(struct tl_buffer *out, const struct sockaddr *address)
{
    size_t before = out->len;
    if (address == NULL || (address->sa_family != AF_INET && address->sa_family != AF_INET6))
        return;
    if (before > 0)
        tl_put_lit(out, ", ");
    if (address->sa_family == AF_INET)
        tl_put_ipv4(out, (const uint8_t *)&((const struct sockaddr_in *)(const void *)address)->sin_addr);
    else
        tl_put_ipv6(out, (const uint8_t *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
}

static void describe(struct tl_device *d, const pcap_if_t *found)
{
    snprintf(d->name, sizeof(d->name), "%s", found->name);
    snprintf(d->description, sizeof(d->description), "%s", found->description != NULL ? found->description : "");
    d->up = found->flags & PCAP_IF_UP;
    d->running = found->flags & PCAP_IF_RUNNING;
    d->loopback = found->flags & PCAP_IF_LOOPBACK;
    d->wireless = found->flags & PCAP_IF_WIRELESS;
    for (const pcap_addr_t *address = found->addresses; address != NULL; address = address->next)
        put_address(&d->addresses, address->addr);
}

static enum tl_failure gather(struct tl_devices *devices, struct tl_error *error)
{
    char why[PCAP_ERRBUF_SIZE] = "";
    pcap_if_t *found = NULL;
    uint32_t count = 0;
    *devices = (struct tl_devices){ 0 };
    if (pcap_findalldevs(&found, why) != 0)
        return tl_error_set(error, TL_E_RUNTIME, "cannot list the interfaces: %s", why);
    for (const pcap_if_t *one = found; one != NULL; one = one->next)
        count++;
    devices->items = calloc((size_t)count + 1, sizeof(*devices->items));
    for (const pcap_if_t *one = found; devices->items != NULL && one != NULL; one = one->next)
        describe(&devices->items[devices->count++], one); /* libpcap lists interfaces that are up and running first */
    pcap_freealldevs(found);
    if (devices->items == NULL)
        return tl_error_set(error, TL_E_RUNTIME, "cannot list the interfaces: out of memory");
    return TL_E_NONE;
}

enum tl_failure tl_devices_list(struct tl_devices *devices, struct tl_error *error)
{
    enum tl_failure failure = gather(devices, error);
    if (failure == TL_E_NONE)
        tl_devices_count(devices);
    return failure;
}

void tl_devices_fini(struct tl_devices *devices)
{
    for (uint32_t i = 0; i < devices->count; i++)
        tl_buffer_fini(&devices->items[i].addresses);
    free(devices->items);
    *devices = (struct tl_devices){ 0 };
}

static struct tl_device *find(struct tl_devices *devices, const char *name)
{
    for (uint32_t i = 0; i < devices->count; i++)
        if (strcmp(devices->items[i].name, name) == 0)
            return &devices->items[i];
    return NULL;
}

enum tl_failure tl_devices_refresh(struct tl_devices *devices, struct tl_error *error)
{
    struct tl_devices now;
    enum tl_failure failure = gather(&now, error);
    if (failure != TL_E_NONE)
        return failure;
    for (uint32_t i = 0; i < now.count; i++) {
        const struct tl_device *before = find(devices, now.items[i].name);
        if (before == NULL)
            continue;
        now.items[i].counted = before->counted;
        now.items[i].packets = before->packets;
        now.items[i].bytes = before->bytes;
        now.items[i].at = before->at;
    }
    tl_devices_count(&now);
    tl_devices_fini(devices);
    *devices = now;
    return TL_E_NONE;
}

void tl_device_put_bit_rate(struct tl_buffer *out, double rate)
{
    static const char *const units[] = { "bit/s", "kbit/s", "Mbit/s", "Gbit/s" };
    size_t unit = 0;
    for (; rate >= 1000 && unit + 1 < TL_COUNT(units); unit++)
        rate /= 1000;
    tl_put_format(out, "%.1f %s", rate, units[unit]);
}

static void count(struct tl_device *d, uint64_t packets, uint64_t bytes, int64_t now)
{
    double seconds = (double)(now - d->at) / 1e9;
    bool before = d->counted && seconds > 0 && packets >= d->packets && bytes >= d->bytes;
    d->packet_rate = before ? (double)(packets - d->packets) / seconds : 0;
    d->bit_rate = before ? (double)(bytes - d->bytes) * 8 / seconds : 0;
    d->packets = packets;
    d->bytes = bytes;
    d->at = now;
    d->counted = true;
}

void tl_devices_count(struct tl_devices *devices)
{
    FILE *file = fopen("/proc/net/dev", "re");
    char line[512];
    struct timespec ts;
    if (file == NULL)
        return;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    while (fgets(line, sizeof(line), file) != NULL) {
        char *colon = strrchr(line, ':'), *name = line + strspn(line, " ");
        unsigned long long in_bytes, in_packets, out_bytes, out_packets;
        if (colon == NULL || sscanf(colon + 1, "%llu %llu %*u %*u %*u %*u %*u %*u %llu %llu", &in_bytes, &in_packets,
                                    &out_bytes, &out_packets) != 4)
            continue;
        *colon = '\0';
        struct tl_device *d = find(devices, name);
        if (d != NULL)
            count(d, in_packets + out_packets, in_bytes + out_bytes, ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec);
    }
    fclose(file);
}
