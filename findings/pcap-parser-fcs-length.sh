#!/usr/bin/env bash
# pcap-parser 0.2.1 (npm) takes the FCS length in a pcap header for a part of the link type.
#
# Input: two pcap files of Ethernet, one whose header says that its frames have a frame check sequence of four octets (44000001 in
# place of 00000001). Expected: link type 1 of both: the number is in the lower 16 bits of the last word, with the length of the
# FCS and a bit that says whether it is known above it (draft-ietf-opsawg-pcap, section 4). Seen: 1140850689, which is no link type.
# Who chooses a decoder by it finds none; programs that use libpcap get 1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . pcap-parser@0.2.1 >/dev/null 2>&1
seen=$(node --no-deprecation -e '
const { PassThrough } = require("stream")
const { parse } = require("pcap-parser")
for (const word of ["01000000", "01000044"]) {
  const file = new PassThrough()
  parse(file).on("globalHeader", (header) => console.log(header.linkLayerType))
  file.end(Buffer.from("d4c3b2a1" + "02000400" + "00000000" + "00000000" + "00000400" + word, "hex"))
}')
echo "$seen"
[[ $seen == $'1\n1140850689' ]]
