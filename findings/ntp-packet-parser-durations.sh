#!/usr/bin/env bash
# ntp-packet-parser 0.5.0 (npm) gives durations as dates of the year 1900, and times after February 2036 as well.
#
# Input: a server's answer with a root delay of half a second, a precision of 2^-20 s and a transmit time 16 seconds after
# the end of era 0 (RFC 5905, section 6: root delay is a duration in the short format, precision is signed, and a
# timestamp of era 1 begins again at 0). Expected: 0.5, -20 and 2036-02-07T06:28:32Z, as other clients assume of small
# numbers (RFC 4330, section 3). Seen: a date for the delay, 236, and 1900-01-01T00:00:16Z.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . ntp-packet-parser@0.5.0 >/dev/null
seen=$(node -e '
const { NtpPacketParser } = require("ntp-packet-parser")
const packet = Buffer.alloc(48)
packet[0] = 0x24
packet[1] = 2
packet[3] = 0xec
packet.writeUInt32BE(0x8000, 4)
packet.writeUInt32BE(16, 40)
const seen = NtpPacketParser.parse(packet)
console.log(seen.rootDelay.toISOString().slice(0, 4), seen.precision, seen.transmitTimestamp.toISOString())')
echo "root delay, precision, transmit time: $seen"
[[ $seen == '1900 236 1900-01-01T00:00:16.000Z' ]]
