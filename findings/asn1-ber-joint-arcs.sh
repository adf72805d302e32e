#!/usr/bin/env bash
# asn1-ber 1.2.2 (npm, the BER of net-snmp) gives object identifiers below 2 with a second arc above 39 another name.
#
# Input: 2.49.0.1, the arc of weather alerts (ITU-T X.674), and 2.999, the arc for examples. X.690 section 8.19.4: the first
# subidentifier is 40 * 2 + arc, and arcs below 2 have no limit of 39. Expected: 81 01 and 88 37, and both come back.
# Seen: 81 and 37, and they come back as 3.8.1, below an arc that does not exist, and 1.15.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . asn1-ber@1.2.2 >/dev/null
seen=$(node -e '
const { Ber } = require("asn1-ber")
for (const oid of ["2.49.0.1", "2.999", "2.16.840"]) {
  const writer = new Ber.Writer()
  writer.writeOID(oid)
  console.log(oid, writer.buffer.toString("hex"), new Ber.Reader(writer.buffer).readOID())
}')
echo "$seen"
[[ $seen == $'2.49.0.1 0603810001 3.8.1\n2.999 060137 1.15\n2.16.840 0603608648 2.16.840' ]]
