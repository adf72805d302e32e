#!/usr/bin/env bash
# node-netflowv9 0.2.16 (npm) reads the flows of one part of a router with the template of another.
#
# Input: packets of one exporter with two Source IDs. Each has a template 256: source, destination and octets with Source ID 1;
# octets, packets and interface with Source ID 2. Then a flow of Source ID 1. RFC 3954 section 5.2: a template ID is unique within
# the Observation Domain that made it; section 5.1: collectors "SHOULD use the combination of the source IP address and the
# Source ID field". Expected: the flow as it is read before Source ID 2 speaks. Seen: it has the fields of the other template, and
# its octet counter is 167772161, which is the address 10.0.0.1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . node-netflowv9@0.2.16 >/dev/null
seen=$(node -e '
const collector = require("node-netflowv9")(() => {})
const from = { address: "192.0.2.1", port: 2055 }
const packet = (source, set) => Buffer.from("00090001" + "00000000" + "65000000" + "00000001" +
  source.toString(16).padStart(8, "0") + set, "hex")
const decode = (source, set) => collector.nfPktDecode(packet(source, set), from)
const template = fields => "0000" + "0014" + "0100" + "0003" + fields.map(f => f + "0004").join("")
const flow = "0100" + "0010" + "0a000001" + "0a000002" + "00000064"
const fields = flow => [flow.ipv4_src_addr, flow.ipv4_dst_addr, flow.in_bytes].join(" ")
decode(1, template(["0008", "000c", "0001"]))
console.log(fields(decode(1, flow).flows[0]))
decode(2, template(["0001", "0002", "000a"]))
console.log(fields(decode(1, flow).flows[0]))
process.exit()')
echo "$seen"
[[ $seen == $'10.0.0.1 10.0.0.2 100\n  167772161' ]]
