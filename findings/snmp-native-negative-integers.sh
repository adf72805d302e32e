#!/usr/bin/env bash
# snmp-native 1.2.0 (npm) writes -129 as 127, and other negative integers as positive ones too.
#
# Input: requests with the Integer values -128, -129, -255, -32769 and -2147483648. Expected (X.690, 8.3.3): "the contents octets
# shall be a two's complement binary number equal to the integer value", of as many octets as the sign needs: ff7f for -129.
# Seen: 7f, from which the octet with the sign is taken away, and which it reads as 127 itself; -255 is 1, -32769 is 32767. The
# others are right. There is no error: a device is set to the wrong value.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . snmp-native@1.2.0 >/dev/null
seen=$(node --no-deprecation -e '
const { Packet, encode, parse } = require("snmp-native")
const read = []
for (const value of [-128, -129, -255, -32769, -2147483648]) {
  const packet = new Packet()
  Object.assign(packet.pdu.varbinds[0], { oid: [1, 3, 6, 1, 2, 1], type: 2, value })
  read.push(parse(encode(packet)).pdu.varbinds[0].value)
}
console.log(read.join(" "))')
echo "-128 -129 -255 -32769 -2147483648: $seen"
[[ $seen == '-128 127 1 32767 -2147483648' ]]
