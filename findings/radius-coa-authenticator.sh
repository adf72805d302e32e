#!/usr/bin/env bash
# radius 1.1.4 (npm) makes a CoA-Request with a Message-Authenticator whose Request Authenticator is wrong.
#
# Input: encode() of a CoA-Request and of a Disconnect-Request with add_message_authenticator. RFC 5176 section 3.4: the
# Message-Authenticator "is calculated and inserted in the packet before the Request Authenticator is calculated". Expected: the
# Request Authenticator is the MD5 digest of the packet and the secret (section 2.3). Seen: it was calculated while the
# attribute was zero; the library's own decode() refuses the packet with "authenticator mismatch". Without the attribute
# it is right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . radius@1.1.4 >/dev/null
seen=$(node --no-deprecation -e '
const radius = require("radius")
const { createHash } = require("crypto")
for (const code of ["CoA-Request", "Disconnect-Request"]) {
  for (const add_message_authenticator of [false, true]) {
    const packet = radius.encode({ code, secret: "secret", attributes: [["User-Name", "joe"]], add_message_authenticator })
    const zeroed = Buffer.from(packet)
    zeroed.fill(0, 4, 20)
    const right = createHash("md5").update(zeroed).update("secret").digest().equals(packet.subarray(4, 20))
    let own = "taken"
    try { radius.decode({ packet, secret: "secret" }) } catch (error) { own = error.message.split(" (")[0] }
    console.log(right ? "right" : "wrong", own)
  }
}')
echo "$seen"
[[ $seen == $'right taken\nwrong decode: authenticator mismatch\nright taken\nwrong decode: authenticator mismatch' ]]
