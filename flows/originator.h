/* originator.h - finds the originator: flows are turned if the source port is a known server port. */
#ifndef TL_FLOWS_ORIGINATOR_H
#define TL_FLOWS_ORIGINATOR_H

#include <stdbool.h>
#include <stdint.h>

bool tl_port_is_server_tcp(uint16_t port);
bool tl_port_is_server_udp(uint16_t port);

#endif
