#!/usr/bin/env bash
# dns-packet 5.6.1 (npm) writes type 0 for record types that it has no name for, without an error.
#
# Input: an HTTPS record (RFC 9460) with its data as bytes, and an RRSIG that covers HTTPS. Expected: type 65, or an
# error that says that HTTPS is not known. Seen: a record of type 0 on the wire, and an RRSIG that covers type 0; both
# are read back as UNKNOWN_0. A resolver that is tested with this library sees records that nobody can have asked for.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . dns-packet@5.6.1 >/dev/null
seen=$(node -e '
const dns = require("dns-packet")
const back = (answer) => dns.decode(dns.encode({ type: "response", answers: [answer] })).answers[0]
const rrsig = { typeCovered: "HTTPS", algorithm: 13, labels: 2, originalTTL: 5, expiration: 6, inception: 7, keyTag: 8,
  signersName: "a.test", signature: Buffer.from("aa", "hex") }
console.log(back({ type: "HTTPS", name: "a.test", data: Buffer.from([0, 1, 0]) }).type,
  back({ type: "RRSIG", name: "a.test", data: rrsig }).data.typeCovered)')
echo "type and type covered: $seen"
[[ $seen == 'UNKNOWN_0 UNKNOWN_0' ]]
