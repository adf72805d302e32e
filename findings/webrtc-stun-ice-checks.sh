#!/usr/bin/env bash
# webrtc-stun 3.0.0 (npm) refuses the connectivity checks of WebRTC, and finds the right fingerprint of others wrong.
#
# Input: Binding requests with USERNAME, MESSAGE-INTEGRITY and FINGERPRINT; with PRIORITY (RFC 8445, section 7.1.1) or
# USE-CANDIDATE as well. Expected: all are read, and their fingerprints are right. USE-CANDIDATE "has no content (the Length field
# of the attribute is zero)" (RFC 8445, section 16.1); FINGERPRINT is "the CRC-32 of the STUN message up to (but excluding) the
# FINGERPRINT attribute itself" (RFC 8489, section 14.7), and other attributes, which a receiver may not know, are a part of it.
# Seen: a message with an attribute of length zero is not loaded; one with PRIORITY is loaded without it, and then its
# fingerprint is computed of what is left.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . webrtc-stun@3.0.0 >/dev/null 2>&1

cat >try.js <<'END'
const { createHmac } = require("crypto")
const stun = require("webrtc-stun")
const print = console.log
console.log = () => {} // the library's own
const attribute = (type, value) => {
  const bytes = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4)
  bytes.writeUInt16BE(type, 0)
  bytes.writeUInt16BE(value.length, 2)
  value.copy(bytes, 4)
  return bytes
}
const crc32 = (bytes) => {
  let crc = ~0
  for (const byte of bytes) {
    crc ^= byte
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return ~crc
}
const head = (length) => {
  const bytes = Buffer.from("0001" + "0000" + "2112a442" + "0102030405060708090a0b0c", "hex")
  bytes.writeUInt16BE(length, 2)
  return bytes
}
const message = (attributes) => {
  let body = Buffer.concat(attributes)
  const mac = createHmac("sha1", "secret").update(Buffer.concat([head(body.length + 24), body])).digest()
  body = Buffer.concat([body, attribute(0x0008, mac)])
  const crc = Buffer.alloc(4)
  crc.writeInt32BE(crc32(Buffer.concat([head(body.length + 8), body])) ^ 0x5354554e)
  return Buffer.concat([head(body.length + 8), body, attribute(0x8028, crc)])
}
const user = attribute(0x0006, Buffer.from("them:we"))
const priority = attribute(0x0024, Buffer.from("6e0001ff", "hex"))
const useCandidate = attribute(0x0025, Buffer.alloc(0))
for (const [name, attributes] of [["plain", [user]], ["PRIORITY", [user, priority]], ["USE-CANDIDATE", [user, useCandidate]]]) {
  const read = stun.createBlank()
  const loaded = read.loadBuffer(message(attributes))
  print(name, loaded ? "loaded, fingerprint " + (read.validateFingerprint() ? "right" : "wrong") : "refused")
}
END

seen=$(node try.js)
echo "$seen"
[[ $seen == $'plain loaded, fingerprint right\nPRIORITY loaded, fingerprint wrong\nUSE-CANDIDATE refused' ]]
