#!/usr/bin/env bash
# mqtt-packet 9.0.2 (npm) takes the shortest AUTH packet of MQTT 5 for an invalid one.
#
# Input: f000, an AUTH packet without a reason code. Expected (MQTT 5.0, section 3.15.2.1): "The Reason Code and Property Length
# can be omitted if the Reason Code is 0x00 (Success) and there are no Properties. In this case the AUTH has a Remaining Length
# of 0." Seen: "Invalid auth reason code". It takes the same of a DISCONNECT (e000), for which section 3.14.2.1 has the same rule,
# and an AUTH with the reason code 0 written out (f00100).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . mqtt-packet@9.0.2 >/dev/null
seen=$(node -e '
const mqtt = require("mqtt-packet")
for (const hex of ["f000", "f00100", "e000"]) {
  const parser = mqtt.parser({ protocolVersion: 5 })
  parser.on("packet", packet => console.log(hex, packet.cmd, packet.reasonCode))
  parser.on("error", error => console.log(hex, error.message))
  parser.parse(Buffer.from(hex, "hex"))
}')
echo "$seen"
[[ $seen == $'f000 Invalid auth reason code\nf00100 auth 0\ne000 disconnect 0' ]]
