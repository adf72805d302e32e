#!/usr/bin/env bash
# editcap 4.0.17 (Debian 12): a pcapng file with a decryption secrets block, which editcap itself put in, cannot be edited.
#
# Input: one packet, into which `editcap --inject-secrets tls,FILE` puts a key log; then `editcap IN OUT 2`, which should drop
# no packet and copy the block, as it copies name resolution blocks (pcapng section 4.7: readers keep what they do not use).
# Seen: exit code 2 and "The capture file being read can't be written as a "pcapng" file." The first command and reading the
# file with tshark work.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
version=4.0.17-0+deb12u3
# editcap, its own libraries, and those that this machine does not have.
missing=$(apt-get install -s --no-install-recommends wireshark-common=$version | sed -n 's/^Inst \([^ ]*\).*/\1/p' |
    grep -vE '^(wireshark-common|libwireshark16|libwiretap13|libwsutil14)$' || true)
# shellcheck disable=SC2086 # names of packages
apt-get download {wireshark-common,libwireshark16,libwiretap13,libwsutil14}=$version $missing >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done
editcap() {
    HOME=$work LD_LIBRARY_PATH=$(echo usr/lib/*-linux-gnu) usr/bin/editcap "$@"
}

python3 - <<'END'
import struct
body = struct.pack(">HHHH", 40000, 9, 8 + 20, 0) + b"y" * 20
ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 1, 0, 64, 17, 0, b"\x0a\0\0\1", b"\x0a\0\0\2")
data = b"\2\0\0\0\0\2\2\0\0\0\0\1\x08\0" + ip + body
with open("input.pcap", "wb") as f:
    f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
    f.write(struct.pack("<IIII", 1700000000, 0, len(data), len(data)) + data)
with open("keys.log", "w") as f:
    f.write("CLIENT_RANDOM %s %s\n" % ("11" * 32, "22" * 48))
END

editcap --inject-secrets tls,keys.log input.pcap with.pcapng 2>/dev/null
rc=0
editcap with.pcapng out.pcapng 2 2>said || rc=$?
echo "exit $rc: $(head -n 1 said)"
[[ $rc == 2 && $(<said) == *"can't be written as a \"pcapng\" file"* ]]
