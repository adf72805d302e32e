# Makes display filters from a seed: "CAPTURE FILTER", a line each. Only what both programs have; see filters.sh.
function pick(list,    parts, n) {
    n = split(list, parts, "|")
    return parts[1 + int(rand() * n)]
}
function number() { return pick("0|1|2|6|17|20|40|53|60|64|80|100|443|1000|0x10|0100|65535") }
function simple(    kind) {
    kind = int(rand() * 12)
    if (kind == 0)
        return pick("tcp|udp|ip|ipv6|icmp|arp|eth|tcp.flags.syn|ip.flags.df|tcp.option_kind|tcp.payload|udp.payload")
    if (kind == 1)
        return pick("tcp.port|udp.port|tcp.srcport|tcp.dstport|udp.dstport") " " op() " " number()
    if (kind == 2)
        return pick("ip.addr|ip.src|ip.dst") " " op() " " pick("10.0.0.1|10.0.0.0/8|127.0.0.1|10.77.0.1|10.77.0.0/24|192.168.1.1")
    if (kind == 3)
        return pick("frame.len|frame.cap_len|ip.len|tcp.len|udp.length|frame.number") " " op() " " number()
    if (kind == 4)
        return pick("ip.ttl|ip.proto|ip.hdr_len") " " op() " " pick("0|1|6|17|20|64|128|255")
    if (kind == 5)
        return pick("tcp|udp|ip|eth|frame") slice() " " op() " " pick("00|01|50|00:50|08:00|00:00|\"G\"|fe")
    if (kind == 6)
        return pick("tcp.flags|frame.len|tcp.len|tcp.port") " & " number()
    if (kind == 7)
        return pick("any |all |") pick("tcp.port|udp.port") " " op() " " number()
    if (kind == 8)
        return pick("tcp.port|udp.port|frame.len|ip.ttl") pick(" in | not in ") "{" number() ", " pick("1..100|40 .. 70|53") "}"
    if (kind == 9)
        return pick("frame|tcp|udp|tcp.payload|eth") pick(" contains | matches ") pick("\"GET\"|\"a\"|\"^.\"|\"com\"|\"tcp\"")
    if (kind == 10)
        return pick("len(frame)|len(eth)|count(ip.addr)|count(tcp.port)|max(tcp.port)|min(udp.port)|len(tcp.payload)") " " op() " " pick("1|2|14|53|60|80|1000")
    return pick("frame.time_delta|frame.time_relative") " " pick(">|<|>=|<=") " " pick("0|0.001|0.5|1|10")
}
function slice() { return pick("[0]|[0:2]|[1-2]|[:2]|[-1]|[-2:]|[0,2]|[12:2]|[2:]|[13]|[4-7]") }
function op() { return pick("==|!=|>|<|>=|<=|===|!==|eq|ne|gt|lt|any_eq|all_ne") }
function expression(depth,    kind) {
    kind = depth > 0 ? int(rand() * 5) : 0
    if (kind == 1)
        return expression(depth - 1) pick(" and | && ") expression(depth - 1)
    if (kind == 2)
        return expression(depth - 1) pick(" or | || ") expression(depth - 1)
    if (kind == 3)
        return pick("not |!") "(" expression(depth - 1) ")"
    if (kind == 4)
        return "(" expression(depth - 1) ")"
    return simple()
}
BEGIN {
    srand(seed)
    for (i = 0; i < count; i++)
        print pick("showcase.pcap|showcase.pcap|tcp/options.pcap|dns/types.pcap|http/pipelined.pcap|link/vlan.pcap|tunnel/ipip.pcap") " " expression(2)
}
