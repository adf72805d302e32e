#!/usr/bin/env bash
# stun 2.1.0 (npm) reads the error code of a STUN response as another number.
#
# Input: error responses with the class and number of 300, 400, 401, 420, 438 and 500. Expected (RFC 8489, section 14.8): "The
# Class represents the hundreds digit of the error code" and "the Number represents the binary encoding of the error code modulo
# 100". Seen: 300 400 404 480 552 500, the class multiplied with the number + 100. 401 (Unauthenticated), the first answer of
# every TURN server, is 404, and 438 (Stale Nonce) a code that no RFC has. What it writes itself is right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . stun@2.1.0 >/dev/null
seen=$(node -e '
const stun = require("stun")
const { STUN_ATTR_ERROR_CODE, STUN_BINDING_ERROR_RESPONSE } = stun.constants
const read = []
for (const code of [300, 400, 401, 420, 438, 500]) {
  const value = Buffer.from([0, 0, Math.floor(code / 100), code % 100, ...Buffer.from("text")])
  const header = Buffer.from("0111000c2112a442" + "07".repeat(12) + "00090008", "hex")
  read.push(stun.decode(Buffer.concat([header, value])).getAttribute(STUN_ATTR_ERROR_CODE).value.code)
}
console.log(read.join(" "))
const message = stun.createMessage(STUN_BINDING_ERROR_RESPONSE)
message.addAttribute(STUN_ATTR_ERROR_CODE, 438, "text")
console.log(stun.encode(message).toString("hex", 24, 28))')
echo "$seen"
[[ $seen == $'300 400 404 480 552 500\n00000426' ]]
