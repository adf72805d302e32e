/* originator.c - known server ports: those of Zeek's likely_server_ports. */
#include "flows/originator.h"

#include "core/status.h"

static const uint16_t tcp_ports[] = { 21,   22,   25,   53,   79,   80,   81,   88,   135,  139,  143,  389,  443,  445,
                                      465,  502,  514,  563,  585,  587,  614,  631,  636,  989,  990,  992,  993,  995,
                                      1080, 1434, 1883, 2811, 3128, 3268, 3306, 3389, 5222, 5223, 5269, 5432, 6379, 6666,
                                      6667, 6668, 6669, 8000, 8080, 8888, 20000 };
static const uint16_t udp_ports[] = { 53,   67,   88,   123,  137,  161,  162,  389,  443,  514,  1812, 2123,
                                      2152, 3389, 3544, 4011, 4754, 4789, 5060, 5072, 5353, 5355, 6081, 20000 };

static bool listed(const uint16_t *ports, unsigned count, uint16_t port)
{
    unsigned low = 0, high = count;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (ports[middle] < port)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && ports[low] == port;
}

bool tl_port_is_server_tcp(uint16_t port)
{
    return listed(tcp_ports, TL_COUNT(tcp_ports), port);
}

bool tl_port_is_server_udp(uint16_t port)
{
    return listed(udp_ports, TL_COUNT(udp_ports), port);
}
