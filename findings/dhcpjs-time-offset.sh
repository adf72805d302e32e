#!/usr/bin/env bash
# dhcpjs 0.6.0 (npm) reads a DHCP time offset west of Greenwich as 136 years.
#
# Input: option 2 with 00007080 (eight hours) and ffffb9b0 (minus five). Expected (RFC 2132, section 3.4): "The offset is expressed
# as a two's complement 32-bit integer. A positive offset indicates a location east of the zero meridian and a negative offset
# indicates a location west of the zero meridian", 28800 and -18000. Seen: 28800 and 4294949296 seconds.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . dhcpjs@0.6.0 >/dev/null
seen=$(node --no-deprecation -e '
const { parse } = require("dhcpjs/lib/parser")
const head = Buffer.alloc(240)
head.write("02010600", "hex")
head.write("63825363", 236, "hex")
console.log(["00007080", "ffffb9b0"].map(offset =>
  parse(Buffer.concat([head, Buffer.from("350105" + "0204" + offset + "ff", "hex")]), {}).options.timeOffset).join(" "))')
echo "$seen"
[[ $seen == '28800 4294949296' ]]
