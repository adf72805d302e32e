#!/usr/bin/env python3
"""Computes JA3, JA3S and JA4 of hellos a second time, from their descriptions and from the fields of packets.

usage: fingerprints.py TAPLIGHT CAPTURE...

Reads --json=packets. What the program says of a hello must be what follows from the values that it shows. Prints the
hellos that differ, then counts. Exit code 1 if one differs, or if there is none.
"""
import hashlib
import json
import subprocess
import sys


def is_grease(value):
    return value in {n * 0x1010 + 0x0A0A for n in range(16)}


def without_grease(values):
    return [v for v in values if not is_grease(v)]


def many(thing):
    return thing if isinstance(thing, list) else [] if thing is None else [thing]


def values(message, key):
    """All values of a field in a message and its extensions, in order."""
    found = list(many(message.get(key)))
    for extension in many(message.get("tls.handshake.extension")):
        found += many(extension.get(key))
    return found


def of_extension(message, number, key):
    for extension in many(message.get("tls.handshake.extension")):
        if extension.get("tls.handshake.extension.type") == number:
            return many(extension.get(key))
    return None


def ja3(message):
    extensions = values(message, "tls.handshake.extension.type")
    server = message["tls.handshake.type"] == 2
    parts = [
        [message["tls.handshake.version"]],
        without_grease(many(message.get("tls.handshake.ciphersuite"))),
        without_grease(extensions),
        without_grease(of_extension(message, 10, "tls.handshake.extensions_supported_group") or []),
        of_extension(message, 11, "tls.handshake.extensions_ec_point_format") or [],
    ]
    text = ",".join("-".join(str(v) for v in part) for part in parts[: 3 if server else 5])
    return text, hashlib.md5(text.encode()).hexdigest()


def twelve(text):
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else "0" * 12


def ja4(message, kind):
    """`kind`: t for TLS over TCP, d for DTLS, q for QUIC."""
    names = {0x304: "13", 0x303: "12", 0x302: "11", 0x301: "10", 0x300: "s3", 0x002: "s2",
             0xFEFF: "d1", 0xFEFD: "d2", 0xFEFC: "d3"}
    offered = of_extension(message, 43, "tls.handshake.extensions.supported_version")
    if offered is None:
        version = message["tls.handshake.version"]
    else:
        # The newest one: versions of DTLS count downwards.
        version = min(without_grease(offered), default=0) if kind == "d" else max(without_grease(offered), default=0)
    suites = without_grease(many(message.get("tls.handshake.ciphersuite")))
    extensions = without_grease(values(message, "tls.handshake.extension.type"))
    alpn = of_extension(message, 16, "tls.handshake.extensions_alpn_str") or []
    first = alpn[0].encode("utf-8", "surrogateescape") if alpn else b""
    if not first:
        ends = "00"
    elif chr(first[0]).isascii() and chr(first[0]).isalnum() and chr(first[-1]).isascii() and chr(first[-1]).isalnum():
        ends = chr(first[0]) + chr(first[-1])
    else:
        ends = first.hex()[0] + first.hex()[-1]
    prefix = "%s%s%s%02d%02d%s" % (kind, names.get(version, "00"), "d" if 0 in extensions else "i", min(len(suites), 99),
                                  min(len(extensions), 99), ends)
    hashed = ",".join(sorted("%04x" % e for e in extensions if e not in (0, 16)))
    signatures = without_grease(of_extension(message, 13, "tls.handshake.sig_hash_alg") or [])
    if hashed and signatures:
        hashed += "_" + ",".join("%04x" % s for s in signatures)
    return "_".join([prefix, twelve(",".join(sorted("%04x" % s for s in suites))), twelve(hashed)])


def messages(layer):
    """The handshake messages of a layer and whether they are DTLS, with the names of TLS."""
    for record in many(layer.get("tls.record")) + many(layer.get("dtls.record")) + [layer]:
        for message in many(record.get("tls.handshake")):
            yield message, False
        for message in many(record.get("dtls.handshake")):
            yield json.loads(json.dumps(message).replace('"dtls.', '"tls.')), True


def hellos(capture, program):
    lines = subprocess.run([program, "-q", "-r", capture, "--json=packets", "--workers", "0"], stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=False).stdout
    for line in lines.splitlines():
        if b'tls.handshake.ja3' not in line:
            continue
        packet = json.loads(line)
        carrier = "t"
        for layer in packet["layers"]:
            for message, datagram in messages(layer):
                if "tls.handshake.ja3" in message or "tls.handshake.ja3s" in message:
                    yield packet, message, "d" if datagram else carrier
            carrier = "q" if layer["protocol"] == "quic" else carrier


def main():
    wrong = 0
    kinds = {"t": 0, "d": 0, "q": 0}
    for capture in sys.argv[2:]:
        for packet, message, kind in hellos(capture, sys.argv[1]):
            s = "s" if message["tls.handshake.type"] == 2 else ""
            text, digest = ja3(message)
            want = {"tls.handshake.ja3" + s: digest, "tls.handshake.ja3%s_full" % s: text}
            if not s:
                want["tls.handshake.ja4"] = ja4(message, kind)
            kinds[kind] += 1
            for key, value in want.items():
                if message.get(key) != value:
                    wrong += 1
                    print("FAILED: %s, packet %s: %s is %s, not %s" %
                          (capture, packet.get("frame.number", packet.get("number")), key, message.get(key), value))
    print("%d hellos of TLS, %d of DTLS, %d of QUIC: %d fingerprints differ" % (kinds["t"], kinds["d"], kinds["q"], wrong))
    return 1 if wrong or not kinds["t"] else 0


if __name__ == "__main__":
    sys.exit(main())
