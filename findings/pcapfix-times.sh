#!/usr/bin/env bash
# pcapfix 1.1.7 (Debian 12) takes a valid pcap file for damaged when its packets are far apart in time, and destroys it.
#
# Input: three packets, the second 400 days after the first, as in captures of two years that were joined. Expected:
# "Nothing to fix". Seen: two corruptions "fixed"; the result holds a first packet with a time that no packet had, and
# the packets are gone. Five seconds backwards, which every capture of several interfaces may have, do the same.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download pcapfix=1.1.7-2 >/dev/null
dpkg -x pcapfix_*.deb .

python3 - <<'END'
import struct
udp = bytes.fromhex("020000000002020000000001080045000020000100004011" "66ca0a0000010a000002" "03e80035000c0000" "61626364")
def write(name, times):
    with open(name, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for t in times:
            f.write(struct.pack("<IIII", t, 0, len(udp), len(udp)) + udp)
first = 1700000000
write("near.pcap", [first, first + 1, first + 2])
write("gap.pcap", [first, first + 400 * 86400, first + 400 * 86400 + 1])
write("back.pcap", [first + 10, first + 5, first + 20])
END

says() {
    usr/bin/pcapfix "$1" | grep -E 'Nothing to fix|SUCCESS' || true
}
same=0
for name in near gap back; do
    line=$(says "$name.pcap")
    echo "$name.pcap: $line"
    case $name:$line in
    near:*'Nothing to fix'* | gap:*'SUCCESS: 2'* | back:*'SUCCESS: 2'*) same=$((same + 1)) ;;
    esac
done
# The time of the first packet that was written: not one of the three.
time=$(od -An -tu4 -j 24 -N 4 fixed_gap.pcap | tr -d ' ')
echo "gap.pcap: first time $time after the repair"
[[ $same == 3 && $time != 1700000000 ]]
