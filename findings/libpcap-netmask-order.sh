#!/usr/bin/env bash
# libpcap 1.10.3 (Debian 12): the netmask that pcap_lookupnet() gives is of the wrong byte order for pcap_compile().
#
# Input: the netmask of lo (127.0.0.1/8), from pcap_lookupnet(), as the argument of pcap_compile() with the filter "ip broadcast".
# Expected: the manual pages of both name no byte order, pcap_lookupnet(3PCAP) gives "the IPv4 network number and mask associated
# with the network device", and pcap_compile(3PCAP) takes "the IPv4 netmask of the network on which packets are being captured": so
# one fits the other, and the program tests whether the
# bits of the host, 0x00ffffff, are all set. Seen on a little-endian machine: it tests 0xffffff00, so that 127.255.255.255 is no
# broadcast, and 255.255.255.1 is one; with ntohl() of the netmask it is right. `tcpdump -f` passes the netmask on as it is, too.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download libpcap0.8=1.10.3-1 >/dev/null 2>&1
dpkg -x libpcap0.8_1.10.3-1_*.deb .

cat >try.py <<'END'
import ctypes, glob, socket, struct, sys

pcap = ctypes.CDLL(glob.glob("usr/lib/*/libpcap.so.0.8")[0])
pcap.pcap_open_dead.restype = ctypes.c_void_p
pcap.pcap_lib_version.restype = ctypes.c_char_p

class Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint32)]

class Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_uint), ("instructions", ctypes.POINTER(Instruction))]

class Header(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("fraction", ctypes.c_long), ("caplen", ctypes.c_uint32), ("len", ctypes.c_uint32)]

net, mask, error = ctypes.c_uint32(), ctypes.c_uint32(), ctypes.create_string_buffer(256)
if pcap.pcap_lookupnet(b"lo", ctypes.byref(net), ctypes.byref(mask), error) != 0 or sys.byteorder != "little":
    sys.exit("needs lo with 127.0.0.1/8, on a little-endian machine")
print(pcap.pcap_lib_version().decode().split(" (")[0])
for name, value in ("as it is", mask.value), ("in host byte order", socket.ntohl(mask.value)):
    handle, program = ctypes.c_void_p(pcap.pcap_open_dead(1, 65535)), Program()
    assert pcap.pcap_compile(handle, ctypes.byref(program), b"ip broadcast", 1, ctypes.c_uint32(value)) == 0
    taken = []
    for address in "127.255.255.255", "255.255.255.1", "255.255.255.255":
        packet = bytes(12) + b"\x08\x00\x45" + bytes(15) + socket.inet_aton(address)
        header = Header(0, 0, len(packet), len(packet))
        taken.append(pcap.pcap_offline_filter(ctypes.byref(program), ctypes.byref(header), packet) != 0)
    print("netmask %s:" % name, *taken)
END

seen=$(python3 try.py)
echo "$seen"
[[ $seen == $'libpcap version 1.10.3\nnetmask as it is: False True True\nnetmask in host byte order: True False True' ]]
