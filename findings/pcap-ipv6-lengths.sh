#!/usr/bin/env bash
# pcap 3.1.0 (npm, "node_pcap"): over IPv6, a TCP acknowledgement has 14 octets of data, and the header after AH is not found.
#
# Input: an acknowledgement without data in IPv6 in Ethernet, and the same behind an Authentication Header of 24 octets. Expected:
# 0 octets of data, as the payload length of IPv6 says (RFC 8200, section 3), and TCP ports 40000 and 80 behind AH, whose length is
# counted "in 32-bit words (4-byte units)", less 2 (RFC 4302, section 2.2). Seen: 14, the size of the Ethernet header, since the
# length is that of the frame less 40; and AH of 40 octets, as if its unit were 8, so that the ports are octets of what follows.
# The native part of the package is not built here; the decoders do not use it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix . pcap@3.1.0 >/dev/null 2>&1
seen=$(node -e '
const Ethernet = require("pcap/decode/ethernet_packet")
const ack = Buffer.from("9c400050" + "00000001" + "00000001" + "50102000" + "00000000", "hex")
function frame(next, body) {
  const head = Buffer.from("020000000002020000000001" + "86dd" + "60000000" + "0000" + "0040" +
    "20010db8000000000000000000000001" + "20010db8000000000000000000000002", "hex")
  head.writeUInt16BE(body.length, 18)
  head[20] = next
  return Buffer.concat([head, body])
}
const plain = new Ethernet().decode(frame(6, ack), 0).payload
console.log("payload", plain.payloadLength, "TCP header", plain.payload.headerLength, "data", plain.payload.dataLength)
const ah = Buffer.concat([Buffer.from([6, 4, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]), Buffer.alloc(12, 0xaa)])
const read = new Ethernet().decode(frame(51, Buffer.concat([ah, ack, Buffer.alloc(30, 0x41)])), 0).payload.payload
console.log("AH", ah.length, "read", read.headerLength, "ports", read.payload.sport, read.payload.dport)')
echo "$seen"
[[ $seen == "payload 20 TCP header 20 data 14
AH 24 read 40 ports 0 0" ]]
