#!/usr/bin/env bash
# tftp 0.1.2 (npm) writes the blocks of a window in the order in which they came, not in that of their numbers.
#
# Input: a file of 612 bytes, sent to its client with windowsize 2 (RFC 7440) as a full block 1 of "A" and a short block 2 of
# "B"; once in order, once with the two datagrams swapped, as UDP may deliver them. Expected: A, then B, both times, and an
# acknowledgment of block 2: "The block numbers on data packets begin with one and increase by one for each new block of data"
# (RFC 1350, section 5), and the README says that in a window "more elements must be reordered (remember that UDP doesn't reorder
# the incoming packets)". Seen: of the swapped ones BA, no error, and block 1 acknowledged. The code asks for `_windowsSize`,
# which nothing sets, before it sorts.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . tftp@0.1.2 >/dev/null 2>&1

cat >try.js <<'END'
const dgram = require("dgram")
const tftp = require("tftp")
const blocks = [Buffer.alloc(512, "A"), Buffer.alloc(100, "B")]
const server = dgram.createSocket("udp4")
let order = [], acks = []
server.on("message", (packet, from) => {
  const opcode = packet.readUInt16BE(0)
  if (opcode === 1)
    server.send("\0\6windowsize\0002\0blksize\000512\0", from.port, from.address)
  else if (opcode === 4) {
    acks.push(packet.readUInt16BE(2))
    if (acks.length === 1)
      for (const n of order)
        server.send(Buffer.concat([Buffer.from([0, 3, 0, n]), blocks[n - 1]]), from.port, from.address)
  }
})
const get = (...numbers) => new Promise((resolve) => {
  order = numbers
  acks = []
  const client = tftp.createClient({ host: "127.0.0.1", port: server.address().port, windowSize: 2, blockSize: 512 })
  let file = ""
  client.createGetStream("file").on("data", (part) => { file += part })
    .on("error", (error) => resolve(error.message))
    .on("end", () => setTimeout(() => resolve(file.replace(/(.)\1*/g, "$1") + " " + acks), 100))
})
server.bind(0, "127.0.0.1", async () => {
  console.log("in order:", await get(1, 2))
  console.log("swapped:", await get(2, 1))
  process.exit()
})
END

seen=$(timeout 30 node try.js 2>/dev/null)
echo "$seen"
[[ $seen == $'in order: AB 0,2\nswapped: BA 0,1' ]]
