/* lookup.h - whether libpcap may look up names in filters. */
#ifndef TL_CAPTURE_LOOKUP_H
#define TL_CAPTURE_LOOKUP_H

#include <stdbool.h>

/*
 * From now on the process looks up no names of hosts, networks and Ethernet addresses: libpcap's pcap_compile() would
 * ask the name servers. Names of ports and protocols stay, they are in local files. For the whole process, before
 * other threads run.
 */
void tl_lookup_forbid(void);
bool tl_lookup_is_forbidden(void);
/* Hosts can be looked up again, in files and with DNS: all filters are compiled, and a server of --to has a name. */
void tl_lookup_allow_hosts(void);

#endif
