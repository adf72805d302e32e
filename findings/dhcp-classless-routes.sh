#!/usr/bin/env bash
# dhcp 0.2.20 (npm) reads classless static routes (option 121, RFC 3442) as addresses, and of a long option only its last part.
#
# Input: acknowledgments with option 121 as dnsmasq sends it for `10.0.0.0/24 via 192.0.2.1`, as 8 bytes, and with a default route
# added, 13 bytes; and option 15 (domain name) in two parts, which RFC 3396 section 7 joins: "abc" and "def". Seen: the two
# addresses 24.10.0.0 and 192.0.2.1; a RangeError, for 13 is no multiple of 4, so the whole message is lost; and "def".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . dhcp@0.2.20 >/dev/null
seen=$(node -e '
const { parse } = require("dhcp/lib/protocol.js")
const head = Buffer.alloc(240)
head[0] = 2, head[1] = 1, head[2] = 6
head.writeUInt32BE(0x63825363, 236)
for (const options of ["7908180a0000c0000201", "790d180a0000c000020100c0000202", "0f036162630f03646566"]) {
  try {
    const read = parse(Buffer.concat([head, Buffer.from("350105" + options + "ff", "hex")])).options
    console.log(JSON.stringify(read[121] || read[15]))
  } catch (error) {
    console.log(error.name)
  }
}')
echo "$seen"
[[ $seen == $'["24.10.0.0","192.0.2.1"]\nRangeError\n"def"' ]]
