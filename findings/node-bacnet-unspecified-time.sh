#!/usr/bin/env bash
# node-bacnet 0.2.4 (npm): a Date or Time of BACnet whose octets say "unspecified" is read as another, definite one.
#
# Input: application-tagged values as schedules and calendars send them: Time 12:*:*.* (0C FF FF FF), any day of February
# 2026 (7E 02 FF FF), and a Date of which nothing is specified (FF FF FF FF). X'FF' in an octet means that any value matches
# (ANSI/ASHRAE 135, clauses 20.2.12 and 20.2.13). Expected: something that says so. Seen: 255 is counted as a number: 16:19:15,
# 2026-11-10 and 1901-02-01.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund node-bacnet@0.2.4 >/dev/null 2>&1

cat >try.js <<'END'
const asn1 = require("node-bacnet/lib/asn1");
for (const hex of ["b40cffffff", "a47e02ffff", "a4ffffffff"]) {
    const bytes = Buffer.from(hex, "hex");
    console.log(asn1.bacappDecodeApplicationData(bytes, 0, bytes.length, 0, 0).value.toISOString());
}
END

seen=$(TZ=UTC node try.js | tr '\n' ' ')
echo "$seen"
[[ $seen == '1901-02-01T16:19:15.000Z 2026-11-10T00:00:00.000Z 1901-02-01T00:00:00.000Z ' ]]
