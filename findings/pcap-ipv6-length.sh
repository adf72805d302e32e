#!/usr/bin/env bash
# pcap 3.1.0 (npm) counts fourteen bytes of TCP data in an IPv6 segment that has none, and steps over an authentication header by
# twice eight bytes too much.
#
# Input: an Ethernet frame with IPv6 and a TCP ACK without data; and the same behind an authentication header of 24 bytes, whose
# Payload Len is 4. RFC 8200, section 3: Payload Length is "the rest of the packet following this IPv6 header". RFC 4302, section 2.2:
# the length of AH "in 32-bit words (4-byte units), minus '2'". Expected: 0 bytes of data; a header of 24 bytes. Seen: 14 (the
# Ethernet header is taken for data), and 40.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix . pcap@3.1.0 >/dev/null
seen=$(node -e '
const Ethernet = require("pcap/decode/ethernet_packet")
const tcp = Buffer.from("9c40270f00000001000000015010200000000000", "hex")
const frame = (next, body) => {
  const header = Buffer.alloc(40)
  header[0] = 0x60
  header.writeUInt16BE(body.length, 4)
  header.set([next, 64, 0x20, 1, 0x0d, 0xb8], 6)
  header[23] = 1
  header.set([0x20, 1, 0x0d, 0xb8], 24)
  header[39] = 2
  return Buffer.concat([Buffer.from("02000000000202000000000186dd", "hex"), header, body])
}
const decode = (next, body) => new Ethernet().decode(frame(next, body), 0).payload.payload
console.log("data", decode(6, tcp).dataLength)
const authentication = Buffer.concat([Buffer.from("0604000000000001", "hex"), Buffer.alloc(16, 1)])
console.log("header", decode(51, Buffer.concat([authentication, tcp, Buffer.alloc(30)])).headerLength)')
echo "$seen"
[[ $seen == $'data 14\nheader 40' ]]
