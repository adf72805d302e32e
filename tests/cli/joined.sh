#!/usr/bin/env bash
# Records that are made of several flows and packets are the same for any number of workers: DHCP, tunnels, hosts of ARP.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
command -v python3 >/dev/null || {
    echo 'skipped: python3 is not installed'
    exit 77
}

# Ten exchanges between a host and a server for each of 20 clients; a tunnel that is silent for more than an hour; two hosts
# with one address, and one that takes over another address.
python3 - <<'END'
import struct

out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]


def frame(ts, data):
    out.append(struct.pack("<IIII", ts // 1000000, ts % 1000000, len(data), len(data)) + data)


def udp(src, dst, ports, data):
    body = struct.pack("!HHHH", *ports, 8 + len(data), 0) + data
    return ip(src, dst, 17, body)


def ip(src, dst, protocol, body):
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, 64, protocol, 0) + bytes(src) + bytes(dst)
    total = sum(struct.unpack("!10H", head))
    total = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    return head[:10] + struct.pack("!H", total) + head[12:] + body


def ether(data, kind=0x0800):
    return bytes([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1]) + struct.pack("!H", kind) + data


def dhcp(op, xid, mac, yours, options):
    head = struct.pack("!BBBBIHH", op, 1, 6, 0, xid, 0, 0) + bytes(4) + bytes(yours) + bytes(8) + mac + bytes(202)
    return head + bytes([99, 130, 83, 99]) + options + b"\xff"


def arp(operation, mac, sender, target):
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + mac + bytes(sender) + bytes(6) + bytes(target)
    return ether(body, 0x0806)


ts = 1700000000 * 1000000
for i in range(20):
    mac = bytes([2, 0, 0, 0, 1, i])
    for step, (op, kind) in enumerate([(1, 1), (2, 2), (1, 3), (2, 5)]):
        data = dhcp(op, 0x1000 + i % 2, mac, [10, 9, i, 2] if op == 2 else [0, 0, 0, 0], bytes([53, 1, kind]))
        src, dst = ([0, 0, 0, 0], [255, 255, 255, 255]) if op == 1 else ([10, 9, i, 1], [10, 9, i, 2])
        frame(ts + i * 1000 + step * 100, ether(udp(src, dst, (68, 67) if op == 1 else (67, 68), data)))
    frame(ts + i * 1000 + 500, ether(ip([10, 8, i, 1], [10, 8, i, 2], 4, udp([1, 1, 1, i], [2, 2, 2, 2], (5000, 9), b"x"))))
ts += 4000 * 1000000
frame(ts, ether(ip([10, 8, 3, 2], [10, 8, 3, 1], 4, udp([1, 1, 1, 9], [2, 2, 2, 2], (5001, 9), b"x"))))
a, b = bytes([2, 0, 0, 0, 0, 10]), bytes([2, 0, 0, 0, 0, 11])
frame(ts + 1, arp(1, a, [10, 7, 0, 1], [10, 7, 0, 2]))
frame(ts + 2, arp(2, b, [10, 7, 0, 1], [10, 7, 0, 2]))
frame(ts + 3, arp(2, b, [10, 7, 0, 1], [10, 7, 0, 2]))
frame(ts + 4, arp(1, a, [10, 7, 0, 5], [10, 7, 0, 5]))
frame(ts + 5, arp(1, b, [10, 7, 0, 5], [10, 7, 0, 5]))
frame(ts + 6, arp(1, b, [0, 0, 0, 0], [10, 7, 0, 5]))
open("joined.pcap", "wb").write(b"".join(out))

# Many hosts that are heard once, and then the address of one that was heard twice is taken over.
del out[1:]
for i in range(2):
    frame(ts + i, arp(1, a, [10, 7, 0, 1], [10, 7, 0, 2]))
for i in range(20000):
    frame(ts + 2 + i, arp(1, b, [10, 6, i >> 8, i & 255], [10, 7, 0, 2]))
frame(ts + 30000, arp(1, b, [10, 7, 0, 1], [10, 7, 0, 1]))
open("many.pcap", "wb").write(b"".join(out))

# Two networks with the same address.
for name, mac in [("one.pcap", a), ("other.pcap", b)]:
    del out[1:]
    frame(ts, arp(1, mac, [192, 168, 1, 1], [192, 168, 1, 7]))
    open(name, "wb").write(b"".join(out))

# Nine decimals.
nano = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1)]
for i, mac in enumerate([a, b]):
    data = arp(1, mac, [10, 7, 0, 1], [10, 7, 0, 2])
    nano.append(struct.pack("<IIII", 1700000000, 123456789 + i, len(data), len(data)) + data)
open("nano.pcap", "wb").write(b"".join(nano))

# A relay agent sends from another address than it names.
del out[1:]
data = bytearray(dhcp(1, 7, a, [0, 0, 0, 0], bytes([53, 1, 3])))
data[24:28] = bytes([10, 8, 8, 1])
frame(ts, ether(udp([10, 9, 9, 1], [10, 0, 0, 53], (67, 67), bytes(data))))
data[12:16] = bytes([10, 8, 8, 50])
data[4:8] = bytes([0, 0, 0, 8])
frame(ts + 1, ether(udp([10, 9, 9, 1], [10, 0, 0, 53], (67, 67), bytes(data))))
open("relay.pcap", "wb").write(b"".join(out))

# One packet in a tunnel is 400 days ahead, between others; so is one of DHCP, in the middle of an exchange.
del out[1:]
ts = 1700000000 * 1000000
for i, away in enumerate([0, 0, 400, 0, 0]):
    at = ts + i * 1000 + away * 86400 * 1000000
    host = 200 if away else 3
    frame(at, ether(ip([10, 8, host, 1], [10, 8, host, 2], 4, udp([1, 1, 1, i], [2, 2, 2, 2], (5000 + i, 9), b"x"))))
for i, (op, xid, kind, away) in enumerate([(1, 1, 1, 0), (2, 1, 2, 0), (1, 9, 1, 400), (1, 1, 3, 0), (2, 1, 5, 0)]):
    data = dhcp(op, xid, bytes([2, 0, 0, 0, 1, xid]), [10, 9, 4, 2] if op == 2 else [0, 0, 0, 0], bytes([53, 1, kind]))
    src, dst = ([0, 0, 0, 0], [255, 255, 255, 255]) if op == 1 else ([10, 9, 4, 1], [10, 9, 4, 2])
    frame(ts + 9000 + i * 1000 + away * 86400 * 1000000, ether(udp(src, dst, (68, 67) if op == 1 else (67, 68), data)))
open("ahead.pcap", "wb").write(b"".join(out))

# More tunnels than are remembered.
del out[1:]
for i in range(33000):
    inner = udp([1, 1, 1, 9], [2, 2, 2, 2], (5001, 9), b"x")
    frame(ts + i, ether(ip([10, 5, i >> 8, i & 255], [10, 4, 0, 1], 4, inner)))
open("tunnels.pcap", "wb").write(b"".join(out))
END

run -r joined.pcap --json --no-meta --workers 0
rc_is 0
cp out zero
for workers in 1 2 4; do
    run -r joined.pcap --json --no-meta --workers $workers
    same out zero "the records of $workers workers"
done
[[ $(grep -c '"msg_types":\["DISCOVER","OFFER","REQUEST","ACK"\]' zero) == 20 ]] || fail 'not 20 exchanges of DHCP'
[[ $(grep -c 'Tunnel::DISCOVER' zero) == 21 ]] || fail 'not 21 tunnels begin'
[[ $(grep -c 'Tunnel::EXPIRE' zero) == 20 ]] || fail 'not 20 tunnels fall silent'
grep '"layer":"arp"' zero >arp
[[ $(wc -l <arp) == 2 ]] || fail "not two anomalies of ARP: $(cat arp)"
grep -q '"arp_duplicate_address","addl":"10.7.0.1: 02:00:00:00:00:0a, 02:00:00:00:00:0b".*"packet":103' arp || fail "$(cat arp)"
grep -q '"arp_gratuitous_other_mac","addl":"10.7.0.5: .*"packet":106' arp || fail "$(cat arp)"
run -r joined.pcap --json --no-meta -Y 'dhcp.assigned_addr == 10.9.4.2'
[[ $(wc -l <out) == 1 ]] || fail "$ran: $(cat out)"
run -r many.pcap --json --no-meta
grep -q '"arp_gratuitous_other_mac","addl":"10.7.0.1: .*"packet":20003' out || fail "$ran: $(head -2 out)"
run -r one.pcap -r other.pcap --json --no-meta
[[ ! -s out ]] || fail "$ran: $(cat out)"
for workers in 0 2; do
    run -r nano.pcap --json --no-meta --workers $workers
    grep -q '"_path":"weird","ts":1700000000.123456790,' out || fail "$ran: $(cat out)"
done
run -r relay.pcap --json --no-meta -Y dhcp.uids
grep -v '"client_addr"' out | grep -q '"relay_addr":"10.8.8.1"' || fail "$ran: $(cat out)"
grep -q '"client_addr":"10.8.8.50"' out || fail "$ran: $(cat out)"
for workers in 0 4; do
    run -r ahead.pcap --json --no-meta --workers $workers
    cp out "ahead.$workers"
    same "ahead.$workers" ahead.0 "$workers workers"
done
[[ $(grep -c 'Tunnel::DISCOVER' out) == 2 && $(grep -c 'Tunnel::EXPIRE' out) == 0 ]] || fail "$ran: $(grep Tunnel out)"
grep -q '"msg_types":\["DISCOVER","OFFER","REQUEST","ACK"\]' out || fail "$ran: $(grep msg_types out)"
run -r tunnels.pcap --json --no-meta -Y tunnel.action
[[ $(grep -c 'Tunnel::DISCOVER' out) == 33000 && $(wc -l <out) == 33000 ]] || fail "$ran: $(wc -l <out) records"
done_testing
