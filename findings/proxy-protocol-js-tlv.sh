#!/usr/bin/env bash
# proxy-protocol-js 4.0.6 (npm) hands the TLVs of a PROXY protocol header out as the first bytes of the connection.
#
# Input: a version 2 header whose length covers a PP2_TYPE_CRC32C TLV behind the addresses (PROXY protocol, section
# 2.2.3), then "GET /". Expected: data is "GET /". Seen: data begins with the seven bytes of the TLV. Load balancers
# write TLVs (checksum, TLS names, endpoint ids), so that what is behind them does not read as the protocol it is.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . proxy-protocol-js@4.0.6 >/dev/null
seen=$(node -e '
const { V2ProxyProtocol } = require("proxy-protocol-js")
const header = "0d0a0d0a000d0a515549540a" + "2111" + "0013" + "c0000201c000020203e80050" + "03000412345678"
const got = V2ProxyProtocol.parse(Buffer.concat([Buffer.from(header, "hex"), Buffer.from("GET /")]))
console.log(got.proxyAddress.sourcePort, Buffer.from(got.data).toString("hex"))')
echo "source port and data: $seen"
[[ $seen == '1000 03000412345678474554202f' ]]
