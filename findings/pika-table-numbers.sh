#!/usr/bin/env bash
# pika 1.2.0 (Debian 12, python3-pika) loses the fraction of floating-point numbers in AMQP 0-9-1 field tables; it and py-amqp 5.1.1
# (python3-amqp) read the signed octet as unsigned.
#
# Input: a field table, as headers of a message have it: d = the double 2.75, f = the float -0.5, s = the short-short-int (letter b) ff.
# AMQP 0-9-1, section 4.2.1: field-value 'f' is a float, 'd' a double (IEEE 754), 'b' a short-short-int, which is an OCTET with a
# sign; 'B' is the one without. Expected: 2.75, -0.5, -1. Seen: pika 2, 0, 255; py-amqp 2.75, -0.5, 255.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download python3-pika=1.2.0-1 python3-amqp=5.1.1-1 python3-vine=5.0.0+dfsg-3 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done

cat >try.py <<'END'
import struct
import pika.data
from amqp.serialization import loads

fields = [(b"d", b"d" + struct.pack(">d", 2.75)), (b"f", b"f" + struct.pack(">f", -0.5)), (b"s", b"b\xff")]
table = b"".join(bytes([len(name)]) + name + value for name, value in fields)
table = struct.pack(">I", len(table)) + table
for name, read in ("pika", pika.data.decode_table(table, 0)[0]), ("py-amqp", loads("F", table, 0)[0][0]):
    print(name, *[float(read[key]) for key in "dfs"])
END

seen=$(PYTHONPATH=usr/lib/python3/dist-packages python3 try.py)
echo "$seen"
[[ $seen == $'pika 2.0 0.0 255.0\npy-amqp 2.75 -0.5 255.0' ]]
