#!/usr/bin/env bash
# proxy-protocol-js 4.0.6 (npm) refuses the shortest line of the PROXY protocol, "PROXY UNKNOWN".
#
# Input: "PROXY UNKNOWN\r\n", the form that the specification gives for connections whose addresses the sender does not
# tell (PROXY protocol, section 2.1: 15 characters, and the receiver must ignore whatever stands before the line end).
# Expected: an object with the protocol UNKNOWN. Seen: an error; only a line that also has addresses is taken.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . proxy-protocol-js@4.0.6 >/dev/null
seen=$(node -e '
const { V1ProxyProtocol } = require("proxy-protocol-js")
for (const line of ["PROXY UNKNOWN\r\n", "PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n"]) {
  let out
  try { out = V1ProxyProtocol.parse(line + "GET /").inetProtocol } catch (e) { out = "error" }
  console.log(out)
}' | tr '\n' ' ')
echo "short and long form: $seen"
[[ $seen == 'error UNKNOWN ' ]]
