#!/usr/bin/env bash
# mdns-js-packet 0.2.0 (npm) does not know an EDNS record without options, unless it is the last record of the message.
#
# Input: an answer whose additional section has an OPT record without options and then an A record. RFC 6891 section 6.1.2: the
# data of OPT is a set of options, and its length says how many octets; section 6.1.1: it may be anywhere in the additional
# section. Expected: both records. Seen: the length is not looked at, the first bytes of the next record are read as an option,
# an error is thrown and the whole message is lost. With the two in the other order both are there.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . mdns-js-packet@0.2.0 >/dev/null
seen=$(node --no-deprecation -e '
const { DNSPacket } = require("mdns-js-packet")
const name = "0178" + "056c6f63616c00"
const head = "000084000000000000000002"
const edns = "00" + "0029" + "05a0" + "00000000" + "0000"
const host = name + "0001" + "8001" + "00000078" + "0004" + "c0000201"
for (const records of [host + edns, edns + host]) {
  try {
    const packet = DNSPacket.parse(Buffer.from(head + records, "hex"))
    console.log(packet.additional.map((record) => record.typeName).join(" "))
  } catch (error) {
    console.log(error.name)
  }
}')
echo "$seen"
[[ $seen == $'A OPT\nError' || $seen == $'A OPT\nRangeError' ]]
