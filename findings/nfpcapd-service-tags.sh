#!/usr/bin/env bash
# nfpcapd 1.7.1 (Debian 12, nfdump) makes no flows of frames with an 802.1ad service tag.
#
# Input: a UDP packet with the tags 8100 (customer), 8100 8100, and 88a8 8100 (service and customer, as providers send them; IEEE
# 802.1Q, table 9-1). Expected: a flow of each, as nfpcapd(1) knows "optional Vlan" labels and the first two are read. Seen: no
# flow of the third, exit status 0; the counts of nfdump are without all such traffic of a link.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# nfdump, and those of its libraries that this machine does not have.
missing=$(apt-get install -s --no-install-recommends nfdump=1.7.1-2+deb12u1 |
    sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vx nfdump || true)
# shellcheck disable=SC2086 # names of packages
apt-get download nfdump=1.7.1-2+deb12u1 $missing >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
LD_LIBRARY_PATH=$(echo usr/lib/*-linux-gnu)
export LD_LIBRARY_PATH

python3 - <<'END'
import struct
packet = bytes.fromhex("0800" + "4500001d000100004011f6cb" + "c0000201c0000202" + "9c40000900090000" + "78")
for name, tags in ("single", "810000c8"), ("double", "81000064810000c8"), ("service", "88a80064810000c8"):
    frame = bytes.fromhex("020000000002020000000001" + tags) + packet
    with open(name + ".pcap", "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        f.write(struct.pack("<IIII", 1700000000, 0, len(frame), len(frame)) + frame)
END

seen=$(for name in single double service; do
    mkdir $name
    usr/bin/nfpcapd -r $name.pcap -w $name >/dev/null 2>&1
    exit=$?
    flows=$(usr/bin/nfdump -q -r "$(echo $name/nfcapd.2*)" -o 'fmt:%sa %da' 2>/dev/null | grep -c 192.0.2.1 || true)
    echo "$name: exit $exit, flows $flows"
done)
echo "$seen"
[[ $seen == $'single: exit 0, flows 1\ndouble: exit 0, flows 1\nservice: exit 0, flows 0' ]]
