#!/usr/bin/env bash
# ntlm-parser 1.0.9 (npm) reads names of NTLM as UTF-16 whatever was negotiated.
#
# Input: an AUTHENTICATE_MESSAGE with NTLM_NEGOTIATE_OEM and without NTLMSSP_NEGOTIATE_UNICODE, of the user "user" at "HOST", domain
# "DOMAIN". MS-NLMP section 2.2.1.3: "UserName MUST be encoded in the negotiated character set", which is OEM here (section
# 2.2.2.5, flags A and B). Expected: the names. Seen: each two bytes are one character, most of them Chinese: the flag is tested
# with | in place of &. The list of flags that comes with the names is right: "OEM NTLM".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . ntlm-parser@1.0.9 >/dev/null
seen=$(node -e '
const { ntlmParse } = require("ntlm-parser")
const fixed = Buffer.alloc(72)
fixed.write("NTLMSSP\0")
fixed.writeUInt32LE(3, 8)
fixed.writeUInt32LE(0x202, 60)
const parts = [fixed]
let offset = fixed.length
for (const [at, value] of [[28, "DOMAIN"], [36, "user"], [44, "HOST"], [12, "\0".repeat(24)], [20, "\0".repeat(24)], [52, ""]]) {
  fixed.writeUInt16LE(value.length, at)
  fixed.writeUInt16LE(value.length, at + 2)
  fixed.writeUInt32LE(offset, at + 4)
  offset += value.length
  parts.push(Buffer.from(value))
}
const read = ntlmParse(Buffer.concat(parts).toString("base64"))
const names = [read.targetNameData, read.userNameData, read.workstationNameData]
console.log(names.map((name) => Buffer.from(name, "utf16le").toString() + ":" + name.length).join(" "), read.flags)')
echo "bytes and characters: $seen"
[[ $seen == "DOMAIN:3 user:2 HOST:2 OEM NTLM" ]]
