#!/usr/bin/env bash
# pika 1.2.0 (Debian 12, python3-pika) cuts the fractions of numbers in AMQP tables, and mixes up signed and unsigned octets.
#
# Input: a field table with a short-short-int -1 (b), a short-short-uint 200 (B), a double 2.75 (d) and a float -0.5 (f), as AMQP
# 0-9-1, section 4.2.1, has them. Expected: these numbers. Seen: 255, -56, 2 and 0: b is read without a sign and B with one, and
# float and double are turned into integers.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download python3-pika=1.2.0-1 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done

cat >try.py <<'END'
import struct
def table(*fields):
    body = b"".join(bytes([len(name)]) + name + value for name, value in fields)
    return struct.pack(">I", len(body)) + body

import pika.data
fields = table((b"b", b"b\xff"), (b"B", b"B\xc8"), (b"d", b"d" + struct.pack(">d", 2.75)), (b"f", b"f" + struct.pack(">f", -0.5)))
read = pika.data.decode_table(fields, 0)[0]
print(*("%s=%s" % (name, float(read[name])) for name in "bBdf"))
END

seen=$(PYTHONPATH=usr/lib/python3/dist-packages python3 try.py)
echo "$seen"
[[ $seen == "b=255.0 B=-56.0 d=2.0 f=0.0" ]]
