/* originator.h - who began: the known server ports by which a flow's ends are turned round. */
#ifndef TL_FLOWS_ORIGINATOR_H
#define TL_FLOWS_ORIGINATOR_H

#include <stdbool.h>
#include <stdint.h>

bool tl_port_is_server_tcp(uint16_t port);
bool tl_port_is_server_udp(uint16_t port);

#endif
