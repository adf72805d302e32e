#!/usr/bin/env bash
# maxmind-db-reader 0.2.1 (npm) answers twice, the second time wrongly, when a record has an empty array.
#
# Input: MaxMind DB files (format 2.0) whose record is a map of an array and a number, the array with one string or with none; the
# size of an array counts its values and may be 0, as in the metadata of files without languages. Expected: one answer, the same
# as of getGeoDataSync(). Seen: with the empty array the callback of getGeoData() is called twice, the second time with an array
# in place of the number.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . maxmind-db-reader@0.2.1 >/dev/null 2>&1

cat >try.js <<'END'
const fs = require("fs")
const Reader = require("maxmind-db-reader")
const field = (type, size) => Buffer.from(type < 8 ? [type << 5 | size] : [size, type - 7])
const text = (string) => Buffer.concat([field(2, string.length), Buffer.from(string)])
const number = (type, value) => Buffer.concat([field(type, 2), Buffer.from([value >> 8, value & 255])])
const array = (values) => Buffer.concat([field(11, values.length), ...values])
const map = (members) =>
  Buffer.concat([field(7, Object.keys(members).length), ...Object.entries(members).flatMap(([key, value]) => [text(key), value])])
const metadata = map({
  node_count: number(6, 1), record_size: number(5, 24), ip_version: number(5, 4), database_type: text("Test"),
  languages: array([]), binary_format_major_version: number(5, 2), binary_format_minor_version: number(5, 0),
  build_epoch: number(9, 1), description: map({ en: text("test") }),
})
const tree = Buffer.from([0, 0, 17, 0, 0, 17]) // both records of the one node point to the first byte of data
for (const [name, values] of [["filled", [text("dns")]], ["empty", []]]) {
  const record = map({ services: array(values), asn: number(6, 64512) })
  fs.writeFileSync(name, Buffer.concat([tree, Buffer.alloc(16), record, Buffer.from("\xab\xcd\xefMaxMind.com", "latin1"), metadata]))
  const reader = Reader.openSync(name)
  console.log(name, "sync", JSON.stringify(reader.getGeoDataSync("192.0.2.1")))
  reader.getGeoData("192.0.2.1", (error, answer) => console.log(name, "answer", error || JSON.stringify(answer)))
}
END

seen=$(node --no-deprecation try.js)
echo "$seen"
[[ $(grep -c '^filled answer' <<<"$seen") == 1 && $(grep '^empty' <<<"$seen") == 'empty sync {"services":[],"asn":64512}
empty answer {"services":[],"asn":64512}
empty answer {"services":[],"asn":["asn"]}' ]]
