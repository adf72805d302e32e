#!/usr/bin/env bash
# lora-packet 0.9.3 (npm) reads the counter of a LoRaWAN Rejoin-request of type 1 from the middle of the DevEUI.
#
# Input: a Rejoin-request of type 1 with JoinEUI 0807060504030201, DevEUI 1817161514131211 and counter 1234. Its parts are the type,
# JoinEUI, DevEUI and RJcount1 (LoRaWAN 1.1, section 6.2.4), so the counter is octets 18 and 19 of the message. Seen: the EUIs are
# right, and RJCount1 is 1514, octets 13 and 14, where type 0 has its counter. It changes with the device and never counts.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . lora-packet@0.9.3 >/dev/null 2>&1
seen=$(node -e '
const { fromWire } = require("lora-packet")
const wire = "c0" + "01" + "0102030405060708" + "1112131415161718" + "3412" + "aabbccdd"
const packet = fromWire(Buffer.from(wire, "hex"))
console.log(packet.JoinEUI.toString("hex"), packet.DevEUI.toString("hex"), packet.RJCount1.toString("hex"))')
echo "$seen"
[[ $seen == "0807060504030201 1817161514131211 1514" ]]
