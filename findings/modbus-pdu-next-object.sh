#!/usr/bin/env bash
# modbus-pdu 1.14.1 (npm) tells a Modbus client to go on at object 21 after object 2.
#
# Input: the answer to Read Device Identification with the three basic objects and more to follow; its objects have the names that
# the library itself gives objects that it reads, or numbers. Expected: Next Object Id 3 both times, the "identification of the next
# Object to be asked for" (Modbus Application Protocol 1.1b3, section 6.21). Seen: with names 0x15, which is "2" and "1" joined as
# text: a client that asks for it misses objects 3 to 20.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . modbus-pdu@1.14.1 >/dev/null 2>&1
seen=$(node -e '
const { ReadDeviceIdentification } = require("modbus-pdu")
const values = ["Acme", "P1", "1.0"].map((text) => Buffer.from(text))
for (const ids of [[0, 1, 2], ["VendorName", "ProductCode", "MajorMinorRevision"]]) {
  const objects = ids.map((id, i) => ({ id, value: values[i] }))
  const pdu = ReadDeviceIdentification.Response.build("RegularDeviceIdentification", "RegularDeviceIdentification", true, objects)
  console.log(typeof ids[0], pdu.toString("hex", 0, 7))
}')
echo "$seen"
[[ $seen == $'number 2b0e0202ff0303\nstring 2b0e0202ff1503' ]]
