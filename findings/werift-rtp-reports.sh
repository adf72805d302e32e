#!/usr/bin/env bash
# werift-rtp 0.8.9 (npm): RTCP reports have 16,777,215 lost packets for one too many, and times whose fraction is another.
#
# Input: a sender report with the NTP time e0000000.80000000 and a block of which the cumulative number of packets lost is ffffff.
# Expected (RFC 3550): the integer part of the time "in the first 32 bits and the fractional part in the last 32 bits" (section
# 4), so 3758096384.5; and a number that is -1, as the loss "may be negative if there are duplicates" (section 6.4.1; 24 bits
# with a sign, appendix A.3). Seen: ntpTime2Sec gives 3758096384.2147484, the number 2147483648 written behind a point, and the
# report 16777215.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . werift-rtp@0.8.9 >/dev/null
seen=$(node -e '
const { RtcpPacketConverter, ntpTime2Sec } = require("werift-rtp")
const hex = "81c8000c" + "11111111" + "e000000080000000" + "00000064" + "00000001" + "00000002" +
  "22222222" + "00ffffff" + "00000005" + "00000006" + "00000007" + "00000008"
const [{ senderInfo, reports }] = RtcpPacketConverter.deSerialize(Buffer.from(hex, "hex"))
console.log(senderInfo.ntpTimestamp.toString(16), ntpTime2Sec(senderInfo.ntpTimestamp), reports[0].packetsLost)
process.exit()')
echo "$seen"
[[ $seen == 'e000000080000000 3758096384.2147484 16777215' ]]
