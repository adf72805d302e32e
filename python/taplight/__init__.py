"""Packets, records of flows and transactions, and columns of fields, decoded by Taplight.

    for p in taplight.packets("capture.pcapng", filter="dns"):
        print(p.time, p["ip.src"], p.get("dns.qry.name"))

Names of fields are those of display filters; kinds and keys of records are those of ``taplight --json``.
"""

from collections import namedtuple as _namedtuple

from ._taplight import (
    Array,
    Column,
    DamagedError,
    Decoder,
    Error,
    FieldError,
    Packet,
    PermissionDenied,
    Reader,
    UsageError,
    Writer,
)
from . import _taplight

__version__ = _taplight.version
__all__ = [
    "Array", "Column", "DamagedError", "Decoder", "Error", "FieldError", "Packet", "PermissionDenied", "Piece", "Reader",
    "UsageError", "Writer", "columns", "decode", "fields", "keys", "live", "packets", "records", "rows", "streams",
]

_PACKETS, _RECORDS, _STREAMS = 1, 2, 4

Piece = _namedtuple("Piece", "uid side data gap end")
Piece.__doc__ = "What one side of a TCP stream sent next: bytes, or the size of a gap. side 0 is the originator."


def packets(path, filter=None, fields=None, **options):
    """Yields the packets of a capture file, or of several.

    filter: a display filter. fields: only these are decoded, which is much faster.
    options: capture_filter, keylog, secrets, follow, workers, memory, most.
    """
    return Reader(files=path, take=_PACKETS, filter=filter, fields=fields, **options)


def rows(path, fields, filter=None, **options):
    """Yields a tuple for each packet: the first value of each field, or None. The fastest loop over packets.

    options: as those of packets().
    """
    return Reader(files=path, take=_PACKETS, filter=filter, fields=fields, rows=True, **options)


def records(path, kinds=None, filter=None, **options):
    """Yields records of flows and transactions as dicts, in the order of ``taplight --json``.

    kinds: only these, such as "dns" or ["conn", "http"]. filter: a display filter over keys of records.
    options: as those of packets().
    """
    return Reader(files=path, take=_RECORDS, kinds=kinds, filter=filter, **options)


def streams(path, stream=None, **options):
    """Yields the bytes of TCP streams in order, as Piece tuples.

    stream: only this one: its number (tcp.stream), the uid of a flow, or "ADDR:PORT,ADDR:PORT".
    """
    for piece in Reader(files=path, take=_STREAMS, stream=None if stream is None else str(stream), **options):
        yield Piece._make(piece)


def live(interfaces, filter=None, fields=None, records=False, kinds=None, **options):
    """Captures from an interface, or from several: a context manager that yields packets, or records.

        with taplight.live("eth0", filter="dns") as capture:
            for p in capture:
                ...

    options: capture_filter, snaplen, promiscuous, immediate, secrets, keylog, workers, memory, most.
    capture.stop() ends it from another thread or a signal handler; capture.counters() tells what was dropped.
    """
    take = _RECORDS if records or kinds is not None else _PACKETS
    return Reader(interfaces=interfaces, take=take, filter=filter, fields=fields, kinds=kinds, **options)


def columns(path, fields, filter=None, **options):
    """Reads the first value of each field in every packet: a dict of Column by name.

    numpy.asarray(column), pyarrow.py_buffer(column.values) and pandas use the memory as it is. column.present says which
    packets have the field; None: all of them.
    """
    made, damage = _taplight.columns(files=path, fields=fields, filter=filter, **options)
    if damage is not None:
        error = DamagedError(damage)
        error.columns = made  # what could be read
        raise error
    return made


_decoder = None


def decode(data, linktype=1, time_ns=0):
    """Decodes one packet by itself. linktype: a LINKTYPE_ value; 1 is Ethernet, 101 is IP.

    Packets that belong together go to a Decoder of their own.
    """
    global _decoder
    if _decoder is None:
        _decoder = Decoder()
    _decoder.forget()
    return _decoder.decode(data, linktype, time_ns)


def fields():
    """All fields of packets: (name, protocol, type, help)."""
    return _taplight.names()


def keys():
    """All keys of records: (name, kind, type, help)."""
    return _taplight.names(True)
