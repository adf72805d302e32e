#!/usr/bin/env bash
# ipp 2.0.1 (npm): a dateTime of the Internet Printing Protocol is read a month late, without its zone, and with tenths of a
# second as thousandths.
#
# Input: printer-current-time of a response, 2026-01-02 03:04:05.6 at -05:30, in the 11 bytes of DateAndTime (RFC 8010
# section 3.9, RFC 2579). Expected: a Date of 2026-01-02T08:34:05.600Z. Seen: 2026-02-02T03:04:05.006Z (in UTC): the month is
# passed to Date() as it is, which counts from 0, deci-seconds are taken as milliseconds, and the zone is left out.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --no-audit --no-fund ipp@2.0.1 >/dev/null 2>&1

cat >try.js <<'END'
const ipp = require("ipp");
function attribute(tag, name, value) {
    const head = Buffer.alloc(3), length = Buffer.alloc(2);
    head[0] = tag;
    head.writeUInt16BE(name.length, 1);
    length.writeUInt16BE(value.length);
    return Buffer.concat([head, Buffer.from(name), length, value]);
}
const time = Buffer.from([0x07, 0xea, 1, 2, 3, 4, 5, 6, 0x2d, 5, 30]); // 2026-01-02 03:04:05.6 - 05:30
const response = Buffer.concat([
    Buffer.from([1, 1, 0, 0, 0, 0, 0, 1, 1]),
    attribute(0x47, "attributes-charset", Buffer.from("utf-8")),
    attribute(0x48, "attributes-natural-language", Buffer.from("en")),
    Buffer.from([4]),
    attribute(0x31, "printer-current-time", time),
    Buffer.from([3]),
]);
console.log(ipp.parse(response)["printer-attributes-tag"]["printer-current-time"].toISOString());
END

seen=$(TZ=UTC node try.js)
echo "$seen"
[[ $seen == 2026-02-02T03:04:05.006Z ]]
