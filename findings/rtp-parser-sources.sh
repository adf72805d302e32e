#!/usr/bin/env bash
# rtp-parser 1.0.0 (npm) reads contributing sources of RTP three bytes too early, and leaves header extension and padding in
# the payload.
#
# Input: a packet with two contributing sources, 22222222 and 33333333, an extension of one word, a payload of two bytes and two
# bytes of padding, as a mixer may send it. RFC 3550 section 5.1: the list of sources follows the fixed header of 12 octets, and
# padding is "not part of the payload"; section 5.3.1: the extension follows the list. Expected: these sources, payload aabb.
# Seen: sources of three bytes of the synchronization source and one of their own, 11111122 and 22222233, and a payload of 12
# bytes that begins with the extension.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . rtp-parser@1.0.0 >/dev/null
seen=$(node -e '
const { parseRtpPacket } = require("rtp-parser")
const wire = "b2000001" + "00000064" + "11111111" + "22222222" + "33333333" + "bede0001" + "10ff0000" + "aabb" + "0002"
const read = parseRtpPacket(Buffer.from(wire, "hex"))
console.log(read.csrc.map((source) => source.toString(16)).join(" "), read.payload.toString("hex"))')
echo "sources and payload: $seen"
[[ $seen == "11111122 22222233 bede000110ff0000aabb0002" ]]
