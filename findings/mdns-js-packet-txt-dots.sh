#!/usr/bin/env bash
# mdns-js-packet 0.2.0 (npm) cuts the strings of a TXT record at their dots, and writes AAAA records without an address.
#
# Input: a DNS-SD answer with path=/index.html in its TXT record, and an AAAA record. RFC 6763 section 6.5: the value after the
# equals sign is opaque binary data; RFC 3596 section 2.2: the data of AAAA is an address of 128 bits. Expected: one string, and the
# address, or an error. Seen: the strings "path=/index" and "html", of which the second is a key without a value for a client, and
# an AAAA record whose data has a length of 0; no error.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . mdns-js-packet@0.2.0 >/dev/null
seen=$(node --no-deprecation -e '
const { DNSPacket, DNSRecord } = require("mdns-js-packet")
const text = new DNSRecord("x._http._tcp.local", DNSRecord.Type.TXT, 1, 120)
text.data = { path: "/index.html" }
const address = new DNSRecord("x.local", DNSRecord.Type.AAAA, 1, 120)
address.address = "2001:db8::1"
const wire = []
for (const record of [text, address]) {
  const packet = new DNSPacket(DNSPacket.Flag.RESPONSE)
  packet.answer.push(record)
  wire.push(DNSPacket.toBuffer(packet).toString("latin1"))
}
console.log(JSON.stringify(wire[0].slice(wire[0].indexOf("path") - 3)))
console.log(Buffer.from(wire[1].slice(-6), "latin1").toString("hex"))')
echo "$seen"
[[ $seen == $'"\\u0000\\u0011\\u000bpath=/index\\u0004html"\n000000780000' ]]
