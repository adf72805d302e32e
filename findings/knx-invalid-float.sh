#!/usr/bin/env bash
# knx 2.5.4 (npm) reads the value that KNX reserves for "no valid data" as 670760.96.
#
# Input: 7fff as a value of datapoint types 9 (temperature, brightness, wind speed), as sensors send it that have failed. KNX
# 03_07_02 section 3.10: "For all Datapoint Types 9.xxx, the encoded value 7FFFh shall always be used to denote invalid data."
# Expected: something that says so. Seen: 670760.96, outside the range that the library itself has for a temperature, and no
# warning; and 0.29 is written as 0.28, because what is left of a float is cut and not rounded (0.01 is the resolution).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . knx@2.5.4 >/dev/null
seen=$(node -e '
const type = require("knx/src/dptlib/dpt9.js")
console.log(type.fromBuffer(Buffer.from("7fff", "hex")), type.subtypes["001"].range[1], type.fromBuffer(type.formatAPDU(0.29)))')
echo "$seen"
[[ $seen == "670760.96 670760 0.28" ]]
