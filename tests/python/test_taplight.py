"""The module taplight against the program: python3 -m unittest tests/python/test_taplight.py."""

import ctypes
import gc
import json
import os
import subprocess
import tempfile
import threading
import unittest

import taplight

SAMPLES = os.path.join(os.environ["SOURCE"], "samples")
DNS = os.path.join(SAMPLES, "dns", "names.pcap")
SHOWCASE = os.path.join(SAMPLES, "showcase.pcap")


def program(*arguments):
    return subprocess.run([os.environ["TAPLIGHT"], "-q", *arguments], capture_output=True, check=True).stdout.decode()


def rows(path, fields, *more):
    out = program("-r", path, *more, "-T", "fields", "-E", "occurrence=f", *sum((["-e", f] for f in fields), []))
    return [line.split("\t") for line in out.splitlines()]


class Packets(unittest.TestCase):
    def test_fields_are_those_of_the_program(self):
        fields = ["frame.number", "ip.src", "udp.dstport", "dns.qry.name"]
        for given in (None, fields):
            got = [[str(p.get(f, "")) for f in fields] for p in taplight.packets(SHOWCASE, fields=given)]
            self.assertEqual(got, rows(SHOWCASE, fields))
        got = [["" if v is None else str(v) for v in row] for row in taplight.rows(SHOWCASE, fields)]
        self.assertEqual(got, rows(SHOWCASE, fields))

    def test_a_filter_selects(self):
        numbers = [str(p["frame.number"]) for p in taplight.packets(SHOWCASE, filter="dns")]
        self.assertEqual([[n] for n in numbers], rows(SHOWCASE, ["frame.number"], "-Y", "dns"))

    def test_what_a_packet_has(self):
        p = next(taplight.packets(DNS))
        self.assertEqual(p.number, 1)
        self.assertEqual(p.time_ns, int(p.time) * 10**9 + p.time_ns % 10**9)
        self.assertEqual(p.length, len(p.bytes))
        self.assertEqual(p.layers, tuple(rows(DNS, ["frame.protocols"])[0][0].replace("ethertype:", "").split(":")))
        self.assertIn("dns.qry.name", p)
        self.assertNotIn("tcp.port", p)
        self.assertEqual(p.all("udp.port"), [p["udp.srcport"], p["udp.dstport"]])
        self.assertEqual(p.name("dns.qry.type"), "A")
        self.assertIsInstance(p["dns.flags.response"], bool)
        self.assertIsInstance(p["dns"], bytes)
        self.assertIn((("dns.qry.name"), p["dns.qry.name"], 2), p.fields())
        self.assertEqual(json.loads(p.json()), json.loads(program("-r", DNS, "--json=packets").splitlines()[0]))
        self.assertTrue(str(p).startswith(p["ip.src"] + " > "))

    def test_packets_stay_after_their_reader(self):
        kept = list(taplight.packets(SHOWCASE))
        gc.collect()
        self.assertEqual([p.number for p in kept], list(range(1, len(kept) + 1)))
        self.assertEqual([str(p.get("ip.src", "")) for p in reversed(kept)],
                         [r[0] for r in reversed(rows(SHOWCASE, ["ip.src"]))])

    def test_missing_and_unknown_fields(self):
        p = next(taplight.packets(DNS))
        with self.assertRaises(KeyError):
            p["tcp.port"]
        with self.assertRaisesRegex(taplight.FieldError, "there is no field 'dns.nothing'"):
            p["dns.nothing"]
        with self.assertRaisesRegex(taplight.FieldError, "depends on all packets"):
            p["tcp.stream"]
        self.assertEqual(p.get("tcp.port", 7), 7)

    def test_numbers_of_conversations(self):
        got = [str(p.get("tcp.stream", "")) for p in taplight.packets(SHOWCASE, fields="tcp.stream")]
        self.assertEqual([[g] for g in got], rows(SHOWCASE, ["tcp.stream"]))


class Records(unittest.TestCase):
    def check(self, path, *more, **options):
        due = [json.loads(line) for line in program("-r", path, "--json", "--no-meta", *more).splitlines()]
        self.assertEqual(list(taplight.records(path, **options)), due)
        return due

    def test_records_are_those_of_the_program(self):
        for name in ("showcase", "dns/names", "http/keep-alive", "smtp/auth-plain", "tls/resumed-tls12"):
            path = os.path.join(SAMPLES, name + ".pcap")
            if os.path.exists(path):
                self.check(path)

    def test_kinds_and_filters(self):
        due = self.check(SHOWCASE, "-Y", '_path == "dns"', filter='_path == "dns"')
        self.assertEqual(list(taplight.records(SHOWCASE, kinds="dns")), due)
        kinds = {r["_path"] for r in taplight.records(SHOWCASE, kinds=["meta", "stats"])}
        self.assertEqual(kinds, {"meta", "stats"})

    def test_secrets_are_hidden(self):
        path = os.path.join(SAMPLES, "ftp")
        plain = [f for f in sorted(os.listdir(path)) if f.endswith(".pcap")]
        for name in plain[:2]:
            for secrets in (False, True):
                more = ["--show-secrets"] if secrets else []
                self.check(os.path.join(path, name), *more, secrets=secrets)


class Columns(unittest.TestCase):
    fields = ["frame.number", "frame.time_epoch", "ip.src", "frame.len", "dns.qry.name", "eth.src", "dns.flags.response"]

    def test_entries(self):
        columns = taplight.columns(SHOWCASE, self.fields)
        self.assertEqual(list(columns), self.fields)
        packets = list(taplight.packets(SHOWCASE))
        for field in self.fields:
            self.assertEqual(list(columns[field]), [p.get(field) for p in packets], field)

    def test_buffers(self):
        columns = taplight.columns(SHOWCASE, self.fields)
        count = len(columns["frame.len"])
        for field, form, shape in (("frame.number", "I", (count,)), ("frame.time_epoch", "q", (count,)),
                                   ("ip.src", "I", (count,)), ("eth.src", "B", (count, 6)),
                                   ("dns.flags.response", "?", (count,))):
            view = memoryview(columns[field])
            self.assertEqual((view.format, view.shape, view.readonly), (form, shape, True), field)
        names = columns["dns.qry.name"]
        offsets, data = memoryview(names.offsets), memoryview(names.values)
        self.assertEqual([bytes(data[offsets[i]:offsets[i + 1]]).decode() for i in range(count)],
                         [name or "" for name in names])
        self.assertEqual(list(memoryview(names.present)), [name is not None for name in names])
        self.assertIsNone(columns["frame.len"].present)
        del columns
        gc.collect()
        self.assertEqual(offsets[count], len(data))

    def test_numpy_copies_nothing(self):
        try:
            import numpy
        except ImportError:
            self.skipTest("numpy is not installed")
        lengths = taplight.columns(SHOWCASE, "frame.len")["frame.len"]
        array = numpy.asarray(lengths)
        self.assertEqual(array.dtype, numpy.uint32)
        self.assertEqual(array.ctypes.data, numpy.asarray(memoryview(lengths)).ctypes.data)
        self.assertEqual(int(array.sum()), sum(p.length for p in taplight.packets(SHOWCASE)))


class Others(unittest.TestCase):
    def test_a_packet_from_bytes(self):
        for p in taplight.packets(DNS, most=5):
            same = taplight.decode(p.bytes, p.linktype, p.time_ns)
            self.assertEqual((str(same), same.layers, same["dns.id"]), (str(p), p.layers, p["dns.id"]))
        decoder = taplight.Decoder()
        kept = [decoder.decode(p.bytes, time_ns=p.time_ns) for p in taplight.packets(SHOWCASE)]
        del decoder
        self.assertEqual([p.layers for p in kept], [p.layers for p in taplight.packets(SHOWCASE)])
        self.assertEqual(taplight.decode(b"").layers[:1], taplight.decode(b"\0").layers[:1])

    def test_streams(self):
        pieces = list(taplight.streams(SHOWCASE))
        self.assertTrue(pieces)
        uid = pieces[0].uid
        one = list(taplight.streams(SHOWCASE, uid))
        self.assertEqual(one, [p for p in pieces if p.uid == uid])
        with self.assertRaisesRegex(taplight.UsageError, "there is no TCP stream 4000"):
            list(taplight.streams(SHOWCASE, 4000))

    def test_a_file_is_written(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "picked.pcapng")
            with taplight.Writer(path) as out:
                for p in taplight.packets(SHOWCASE, filter="dns"):
                    out.write(p)
            self.assertEqual([p.bytes for p in taplight.packets(path)],
                             [p.bytes for p in taplight.packets(SHOWCASE, filter="dns")])
            with self.assertRaises(ValueError):
                out.write(p)

    def test_errors_have_the_words_of_the_program(self):
        with self.assertRaisesRegex(taplight.Error, "nowhere.pcap"):
            taplight.packets("/nowhere.pcap")
        with self.assertRaises(ValueError):
            taplight.packets(DNS, filter="ip.src ==")
        with self.assertRaisesRegex(taplight.UsageError, "no records of the kind 'nothing'"):
            taplight.records(DNS, kinds="nothing")
        with self.assertRaisesRegex(taplight.UsageError, "names keys of records"):
            taplight.packets(DNS, filter="conn.duration > 1")
        with tempfile.TemporaryDirectory() as folder:
            cut = os.path.join(folder, "cut.pcap")
            with open(SHOWCASE, "rb") as whole, open(cut, "wb") as part:
                part.write(whole.read(1000))
            seen = []
            with self.assertRaises(taplight.DamagedError) as damage:
                for p in taplight.packets(cut):
                    seen.append(p.number)
            said = subprocess.run([os.environ["TAPLIGHT"], "-q", "-r", cut, "--count"], capture_output=True).stderr.decode()
            self.assertEqual("taplight: " + str(damage.exception), said.strip())
            with self.assertRaises(taplight.DamagedError) as damage:
                taplight.columns(cut, "frame.number")
            self.assertEqual(list(damage.exception.columns["frame.number"]), seen)

    def test_threads_have_readers_of_their_own(self):
        due = [p.number for p in taplight.packets(SHOWCASE)]
        got = []
        threads = [threading.Thread(target=lambda: got.append([p.number for p in taplight.packets(SHOWCASE)]))
                   for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(got, [due] * 4)

    def test_reading_may_end_early(self):
        for _ in range(20):
            with taplight.packets(SHOWCASE) as reader:
                next(reader)
            self.assertEqual(list(reader), [])

    def test_names(self):
        self.assertIn("dns.qry.name", [row[0] for row in taplight.fields()])
        self.assertIn("conn.duration", [row[0] for row in taplight.keys()])


class Live(unittest.TestCase):
    """In a user and network namespace, if the kernel allows one."""

    def setUp(self):
        libc = ctypes.CDLL(None, use_errno=True)
        if os.geteuid() != 0 or libc.unshare(0x40000000) != 0:
            self.skipTest("no network namespace: run as root")
        if subprocess.run(["ip", "link", "set", "lo", "up"]).returncode != 0:
            self.skipTest("no program ip")

    def test_a_capture(self):
        import socket
        with taplight.live("lo", filter="udp.port == 9", immediate=True) as capture:
            sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            for i in range(5):
                sender.sendto(b"%d" % i, ("127.0.0.1", 9))
            got = []
            for p in capture:
                got.append(p["udp.payload"])
                if got[-1] == b"4":
                    capture.stop()
            sender.close()
            self.assertEqual(sorted(set(got)), [b"0", b"1", b"2", b"3", b"4"])  # the loopback shows each packet twice
            self.assertGreaterEqual(capture.counters()["packets"], 5)

    def test_the_main_thread_can_be_interrupted(self):
        import signal
        with taplight.live("lo") as capture:
            timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
            timer.start()
            with self.assertRaises(KeyboardInterrupt):
                for _ in capture:
                    pass


if __name__ == "__main__":
    unittest.main()
