/* find.c - asks the resolver of this host. */
#include "inject/find.h"

#include "inject/route.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool tl_address_parse_zone(const char *text, struct tl_address *out, char zone[IF_NAMESIZE])
{
    char address[64], *end;
    size_t len = strcspn(text, "%");
    *zone = '\0';
    if (len >= sizeof address)
        return false;
    memcpy(address, text, len);
    address[len] = '\0';
    if (!tl_address_parse(address, out))
        return false;
    if (text[len] == '\0')
        return true;
    const char *name = text + len + 1;
    unsigned long index = strtoul(name, &end, 10);
    if (*name >= '0' && *name <= '9' && *end == '\0')
        return index <= UINT32_MAX && if_indextoname((unsigned)index, zone) != NULL;
    snprintf(zone, IF_NAMESIZE, "%.15s", name);
    return out->version == 6 && *name != '\0' && strlen(name) < IF_NAMESIZE;
}

enum tl_failure tl_address_find(const char *text, unsigned version, const char *what, struct tl_address *out,
                                char zone[IF_NAMESIZE], struct tl_error *error)
{
    struct addrinfo hints = { .ai_family = version == 4   ? AF_INET
                                           : version == 6 ? AF_INET6
                                                          : AF_UNSPEC,
                              .ai_socktype = SOCK_DGRAM };
    struct addrinfo *found = NULL;
    if (tl_address_parse_zone(text, out, zone))
        return version == 0 || out->version == version
                   ? TL_E_NONE
                   : tl_error_set(error, TL_E_USAGE, "%.60s is no IPv%u address", text, version);
    int status = getaddrinfo(text, NULL, &hints, &found);
    if (status != 0)
        return tl_error_set(error, TL_E_RUNTIME, "no address of %s%.60s: %s", what, text, gai_strerror(status));
    *zone = '\0';
    out->version = found->ai_family == AF_INET6 ? 6 : 4;
    if (found->ai_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)found->ai_addr;
        memcpy(out->bytes, &v6->sin6_addr, 16);
        if (v6->sin6_scope_id != 0)
            (void)if_indextoname(v6->sin6_scope_id, zone);
    } else {
        memcpy(out->bytes, &((const struct sockaddr_in *)(const void *)found->ai_addr)->sin_addr, 4);
    }
    freeaddrinfo(found);
    return TL_E_NONE;
}
