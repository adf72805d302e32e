#!/usr/bin/env bash
# werift-rtp 0.8.9 (npm) takes the rest of an RTP header extension for data when an element has the identifier 15.
#
# Input: an RTP packet with a one-byte header extension of two words: element 1 (aa), element 2 (bbcc), and an element 15; the
# data is dd. Expected (RFC 8285, section 4.2): 15 is reserved for extension; "its length field should be ignored, processing of
# the entire extension should terminate at that point, and only the extension elements present prior to the element with ID 15
# considered"; the length of the extension stays what its header says. Seen: the data is eedd: it begins behind the element, in
# the extension. With padding in the place of element 15 it is dd.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . werift-rtp@0.8.9 >/dev/null
seen=$(node -e '
const { RtpPacket } = require("werift-rtp")
for (const rest of ["f0ee", "0000"]) {
  const hex = "90000001" + "00000064" + "11111111" + "bede0002" + "10aa" + "21bbcc" + "00" + rest + "dd"
  const { header, payload } = RtpPacket.deSerialize(Buffer.from(hex, "hex"))
  console.log(header.extensions.map(e => e.id + ":" + e.payload.toString("hex")).join(" "), payload.toString("hex"))
}
process.exit()')
echo "$seen"
[[ $seen == $'1:aa 2:bbcc eedd\n1:aa 2:bbcc dd' ]]
