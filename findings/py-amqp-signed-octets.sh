#!/usr/bin/env bash
# amqp 5.1.1 (Debian 12, python3-amqp, the library below Celery) mixes up signed and unsigned octets in tables of AMQP 0-9-1.
#
# Input: a field table with a short-short-int -1 (b) and a short-short-uint 200 (B), and shorts of both kinds for comparison (U
# with a sign, u without), as AMQP 0-9-1, section 4.2.1, has them. Expected: -1, 200, -1 and 65000. Seen: 255, -56, -1 and 65000:
# the octets have the sign of each other.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download python3-amqp=5.1.1-1 python3-vine=5.0.0+dfsg-3 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" .; done

cat >try.py <<'END'
import struct
def table(*fields):
    body = b"".join(bytes([len(name)]) + name + value for name, value in fields)
    return struct.pack(">I", len(body)) + body

from amqp.serialization import loads
fields = table((b"b", b"b\xff"), (b"B", b"B\xc8"), (b"U", b"U\xff\xff"), (b"u", b"u\xfd\xe8"))
read = loads("F", fields, 0)[0][0]
print(*("%s=%d" % (name, read[name]) for name in "bBUu"))
END

seen=$(PYTHONPATH=usr/lib/python3/dist-packages python3 try.py)
echo "$seen"
[[ $seen == "b=255 B=-56 U=-1 u=65000" ]]
