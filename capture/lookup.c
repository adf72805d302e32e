/* lookup.c - switches the look-up of names in filters off. */
#include "capture/lookup.h"

#include <nss.h>
#include <stddef.h>

static bool forbidden; /* as the setting of the C library, for the process */

void tl_lookup_forbid(void)
{
    static const char *const databases[] = { "hosts", "networks", "ethers" };
    /*
     * getaddrinfo(3) and getnetbyname(3) then ask this service only (nsswitch.conf(5)). It has no such data, so every
     * name is unknown and no packet is sent; a name service daemon is not asked either. Without memory for a few bytes
     * the C library ends here with a signal, which nothing can be done about: it tells no failure of that kind.
     */
    for (size_t i = 0; i < sizeof databases / sizeof databases[0]; i++)
        (void)__nss_configure_lookup(databases[i], "compat");
    forbidden = true;
}

void tl_lookup_allow_hosts(void)
{
    if (forbidden)
        (void)__nss_configure_lookup("hosts", "files dns");
}

bool tl_lookup_is_forbidden(void)
{
    return forbidden;
}
