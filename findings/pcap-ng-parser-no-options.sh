#!/usr/bin/env bash
# pcap-ng-parser 1.0.0 (npm) throws on an interface without options, which is how the shortest pcapng files begin.
#
# Input: a section header, an Interface Description Block with no options at all (pcapng, section 3.5: options are
# optional) and one packet. Expected: one packet. Seen: a RangeError that is thrown inside the stream, so that neither
# "error" nor "data" is emitted. With an option of eight bytes and the end of options the same file is read; with one
# whose value is padded (if_tsresol, one byte) it throws, too.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . pcap-ng-parser@1.0.0 >/dev/null
cat >read.js <<'END'
const Parser = require('pcap-ng-parser')
const block = (kind, body) => {
  const ends = Buffer.alloc(8), last = Buffer.alloc(4), n = 12 + body.length
  ends.writeUInt32LE(kind, 0)
  ends.writeUInt32LE(n, 4)
  last.writeUInt32LE(n, 0)
  return Buffer.concat([ends, body, last])
}
const hex = (text) => Buffer.from(text, 'hex')
const file = (options) => Buffer.concat([block(0x0a0d0d0a, hex('4d3c2b1a01000000ffffffffffffffff')),
  block(1, hex('0100000000000400' + options)), block(6, hex('00000000000000000000000008000000080000000011223344556677'))])
const read = (options) => {
  const parser = new Parser()
  let packets = 0
  parser.on('data', () => packets++)
  parser.on('error', () => { packets = 'error event' })
  try { parser.write(file(options)) } catch (e) { return e.name }
  return () => packets
}
const without = read(''), eight = read('0e000800' + '0000000000000000' + '00000000')
const padded = read('09000100' + '06000000' + '00000000')
setTimeout(() => console.log(...[without, eight, padded].map((x) => typeof x === 'function' ? x() : x)), 100)
END
seen=$(node read.js)
echo "without options, with eight bytes, padded: $seen"
[[ $seen == 'RangeError 1 RangeError' ]]
