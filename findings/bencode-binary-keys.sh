#!/usr/bin/env bash
# bencode 4.0.1 (npm): keys of a dictionary that are no text change when it is read and written again.
#
# Input: a scrape answer of a BitTorrent tracker (BEP 48), whose keys in "files" are the 20 octets of an info hash. Expected (BEP
# 3): keys are strings, which are octets with a length, so that what is read and written is the same. Seen: a hash that is not
# UTF-8 has a key of 40 hexadecimal letters, and is written with these as 40:..., a valid answer about another torrent; a hash
# that is UTF-8 by chance stays as it is, so that the length of a key does not say which it was. "piece layers" of version 2 (BEP
# 52) has such keys too.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . bencode@4.0.1 >/dev/null
seen=$(node --input-type=module -e '
import bencode from "bencode"
for (const hash of ["0123456789abcdeffedcba98765432100f1e2d3c", "6162636465666768696a6b6c6d6e6f7071727374"]) {
  const answer = Buffer.concat([Buffer.from("d5:filesd20:"), Buffer.from(hash, "hex"), Buffer.from("d8:completei5eeee")])
  const read = bencode.decode(answer)
  const written = Buffer.from(bencode.encode(read))
  console.log(Object.keys(read.files)[0], written.equals(answer), written.toString("latin1", 9, 12))
}')
echo "$seen"
[[ $seen == $'0123456789abcdeffedcba98765432100f1e2d3c false 40:\nabcdefghijklmnopqrst true 20:' ]]
