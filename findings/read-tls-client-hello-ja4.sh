#!/usr/bin/env bash
# read-tls-client-hello 2.0.0 (npm) gives JA4 fingerprints that the specification does not, for three kinds of hello.
#
# Input: hellos without extensions, with an ALPN value of one byte 0xab, and with an ALPN list that begins with a value of
# GREASE (0a 0a, RFC 8701). Expected (JA4's technical details): the last part 000000000000 where there are no extensions,
# `ab` for the byte (its hexadecimal digits), `0a` for the two line feeds. Seen: the digest of no bytes, e3b0c44298fc; `++`;
# and a fingerprint with two line feeds in it, which divides a log line.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . read-tls-client-hello@2.0.0 >/dev/null
cat >ask.mjs <<'END'
import { createRequire } from 'module'
import { PassThrough } from 'stream'
const { readTlsClientHello, calculateJa4 } = createRequire(import.meta.url)('read-tls-client-hello')
const bytes = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)))
const counted = (size, body) => {
  const count = Buffer.alloc(4)
  count.writeUInt32BE(body.length)
  return bytes(count.subarray(4 - size), body)
}
const hello = (extensions) => {
  const body = bytes([3, 3], Buffer.alloc(32, 7), [0], counted(2, bytes([0x13, 1])), [1, 0], counted(2, extensions))
  return bytes([22, 3, 1], counted(2, bytes([1], counted(3, body))))
}
const alpn = (...names) =>
  bytes([0, 16], counted(2, counted(2, bytes(...names.map((name) => counted(1, bytes(name)))))))
const ja4 = async (extensions) => {
  const stream = new PassThrough()
  stream.write(hello(extensions))
  return JSON.stringify(calculateJa4(await readTlsClientHello(stream)))
}
console.log(await ja4(bytes()), await ja4(alpn([0xab])), await ja4(alpn([10, 10], Buffer.from('h2'))))
END
seen=$(node ask.mjs)
echo "$seen"
[[ $seen == *'_e3b0c44298fc" "t12i0101++_'*'"t12i0101\n\n_'* ]]
