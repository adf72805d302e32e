#!/usr/bin/env bash
# node-turn 0.0.6 (npm) tells a client with an IPv6 address another one as its own.
#
# Input: the addresses ::1, fe80::1, 2001:db8::1 and 2001:db8:0:1::9 as Node gives them for a client, and the XOR-MAPPED-ADDRESS
# that the server makes of each, read as RFC 8489, section 14.2, says: exclusive or with the magic cookie and the transaction id.
# Expected: the same addresses; "::" stands for all the groups that are missing to eight (RFC 4291, section 2.2). Seen: only those
# with one group before the "::" are right. With more, groups are missing, and the end of the address is the transaction id. The
# reflexive candidate that a client takes from it is not its own.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . node-turn@0.0.6 >/dev/null 2>&1

cat >try.js <<'END'
const Address = require("node-turn/lib/address")
const Attribute = require("node-turn/lib/attribute")
const message = { magicCookie: 0x2112a442, transactionID: "000000000000000000000a0b" }
const key = Buffer.from("2112a442" + message.transactionID, "hex")
for (const text of ["::1", "fe80::1", "2001:db8::1", "2001:db8:0:1::9"]) {
  const wire = new Attribute(message, "xor-mapped-address", new Address(text, 5000)).toBuffer()
  const groups = Array.from(key, (byte, i) => byte ^ wire[8 + i]).map((byte) => byte.toString(16).padStart(2, "0"))
  console.log(text, groups.join("").replace(/(....)(?=.)/g, "$1:"))
}
END

seen=$(node try.js)
echo "$seen"
[[ $seen == $'::1 0000:0000:0000:0000:0000:0000:0000:0001
fe80::1 fe80:0000:0000:0000:0000:0000:0000:0001
2001:db8::1 2001:0db8:0000:0000:0000:0000:0001:0a0b
2001:db8:0:1::9 2001:0db8:0000:0001:0009:0000:0000:0a0b' ]]
