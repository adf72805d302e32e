#!/usr/bin/env bash
# hpack.js 2.1.6 (npm), made as its README shows, refuses every dynamic table size update but one to zero.
#
# Input: a header block that begins with a size update to 4,096, the default of HTTP/2 (RFC 7541, section 6.3), then
# ":method: GET". The decompressor is made with { table: { size: 4096 } }, the form of the README. Expected: the header.
# Seen: "Table size bigger than maximum", because an option that the README does not name, maxSize, has no default.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . hpack.js@2.1.6 >/dev/null
seen=$(node -e '
const hpack = require("hpack.js")
for (const table of [{ size: 4096 }, { maxSize: 4096 }]) {
  let out
  try {
    const decompressor = hpack.decompressor.create({ table })
    decompressor.write(Buffer.from("3fe11f82", "hex"))
    decompressor.execute()
    out = decompressor.read().name
  } catch (e) { out = e.message }
  console.log(out)
}' | tr '\n' '|')
echo "size and maxSize: $seen"
[[ $seen == 'Table size bigger than maximum|:method|' ]]
