"""holes.py - conversations that carry a file, and captures in which segments are lost, out of order or repeated.

holes.py make DIR: smtp.pcap, imap.pcap, ftp.pcap, dcc.pcap, and the file that they carry: body; overlap.pcap,
    pipe.pcap.
holes.py HOW[,HOW] NAME...: makes NAME.HOW.pcap of NAME.pcap; lost, reorder, duplicate: changes the data segments of the side
    that sends most in one flow.
holes.py hole WHOLE FILE MISSING [coded]: whether FILE is WHOLE with one hole of MISSING bytes.
"""

import base64
import struct
import sys

SEGMENT = 512


def body():
    """A file whose lines all differ."""
    return b"".join(b"line %04d of a file that passes\n" % i for i in range(200))


class Writer:
    """A capture of TCP conversations between 10.1.0.1 (client) and 10.1.0.2."""

    def __init__(self):
        self.out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]
        self.ms = 0
        self.next = {}

    def segment(self, ports, from_client, flags, data=b""):
        key, other = (ports, from_client), (ports, not from_client)
        seq, ack = self.next.setdefault(key, 1000), self.next.setdefault(other, 1000)
        sport, dport = ports if from_client else ports[::-1]
        tcp = struct.pack("!HHIIBBHHH", sport, dport, seq, ack if flags & 16 else 0, 80, flags, 8192, 0, 0) + data
        ends = bytes([10, 1, 0, 1]), bytes([10, 1, 0, 2])
        src, dst = ends if from_client else ends[::-1]
        tcp = tcp[:16] + struct.pack("!H", checksum(src + dst + struct.pack("!HH", 6, len(tcp)) + tcp)) + tcp[18:]
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0) + src + dst
        ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
        frame = bytes([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0]) + ip + tcp
        self.ms += 1
        second, us = 1700000000 + self.ms // 1000, self.ms % 1000 * 1000
        self.out.append(struct.pack("<IIII", second, us, len(frame), len(frame)))
        self.out.append(frame)
        self.next[key] = seq + len(data) + (1 if flags & 3 else 0)

    def begin(self, ports):
        self.segment(ports, True, 2)
        self.segment(ports, False, 18)
        self.segment(ports, True, 16)

    def say(self, ports, from_client, data):
        """Segments, and an acknowledgement of all."""
        for at in range(0, len(data), SEGMENT):
            self.segment(ports, from_client, 24, data[at : at + SEGMENT])
        self.segment(ports, not from_client, 16)

    def end(self, ports):
        self.segment(ports, True, 17)
        self.segment(ports, False, 17)
        self.segment(ports, True, 16)

    def save(self, path):
        with open(path, "wb") as f:
            f.write(b"".join(self.out))


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total


def talk(port, lines, path):
    """lines: (from_client, bytes)."""
    w, ports = Writer(), (40000, port)
    w.begin(ports)
    for from_client, data in lines:
        w.say(ports, from_client, data)
    w.end(ports)
    w.save(path)


def mail():
    """Its only content is the file, in base64."""
    head = b"From: a@example.test\r\nTo: b@example.test\r\nSubject: a file\r\nMIME-Version: 1.0\r\n"
    head += b"Content-Type: text/plain; name=body\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head + base64.encodebytes(body()).replace(b"\n", b"\r\n")


def make(folder):
    with open(folder + "/body", "wb") as f:
        f.write(body())
    talk(25, [(False, b"220 mail.example.test ESMTP\r\n"), (True, b"HELO client\r\n"), (False, b"250 hello\r\n"),
              (True, b"MAIL FROM:<a@example.test>\r\n"), (False, b"250 ok\r\n"),
              (True, b"RCPT TO:<b@example.test>\r\n"), (False, b"250 ok\r\n"), (True, b"DATA\r\n"),
              (False, b"354 go\r\n"), (True, mail() + b".\r\n"), (False, b"250 queued\r\n"), (True, b"QUIT\r\n"),
              (False, b"221 bye\r\n")], folder + "/smtp.pcap")
    overlap(folder + "/overlap.pcap")
    pipe(folder + "/pipe.pcap")
    nfs(folder + "/order.pcap", [(4000, 1000), (3000, 1000), (0, 2000), (5000, 1400), (1000, 2000), (0, 500)])
    nfs(folder + "/late.pcap", [(1000 + 8192 * i, 8192) for i in range(66)] + [(0, 1000), (0, 1000)])
    fetched = b"* 1 FETCH (UID 1 BODY[] {%d}\r\n" % len(mail()) + mail() + b")\r\na3 OK done\r\n"
    talk(143, [(False, b"* OK IMAP4rev1 ready\r\n"), (True, b"a1 LOGIN u p\r\n"), (False, b"a1 OK done\r\n"),
               (True, b"a2 SELECT INBOX\r\n"), (False, b"* 1 EXISTS\r\na2 OK done\r\n"),
               (True, b"a3 UID FETCH 1 (BODY[])\r\n"), (False, fetched), (True, b"a4 LOGOUT\r\n"),
               (False, b"* BYE\r\na4 OK bye\r\n")], folder + "/imap.pcap")
    data_flow(21, [(False, b"220 ready\r\n"), (True, b"USER ftp\r\n"), (False, b"331 password\r\n"),
                   (True, b"PASS a@b\r\n"), (False, b"230 in\r\n"), (True, b"PASV\r\n"),
                   (False, b"227 Entering Passive Mode (10,1,0,2,195,80)\r\n"), (True, b"RETR body\r\n"),
                   (False, b"150 data\r\n")], [(False, b"226 done\r\n")], folder + "/ftp.pcap")
    offer = b":bob!b@host PRIVMSG ann :\1DCC SEND body 167837698 50000 %d\1\r\n" % len(body())
    data_flow(6667, [(True, b"NICK ann\r\nUSER ann 0 * :Ann\r\n"), (False, b":irc.example.test 001 ann :Welcome\r\n"),
                     (False, offer)], [(True, b"QUIT\r\n")], folder + "/dcc.pcap")


def smb2(command, number, body):
    head = b"\xfeSMB" + struct.pack("<HHIHHIIQIIQ", 64, 1, 0, command, 1, 0, 0, number, 0, 1, 7) + bytes(16)
    return struct.pack("!I", 64 + len(body)) + head + body


def cut_smb2(messages, cut, there, path):
    """The messages of a client; of one only the first bytes are captured."""
    w, ports = Writer(), (40000, 445)
    w.begin(ports)
    for number, (command, body) in enumerate(messages):
        data = smb2(command, number + 1, body)
        if number == cut:
            w.segment(ports, True, 24, data[:there])
            w.next[ports, True] += len(data) - there
            w.segment(ports, False, 16)
        else:
            w.say(ports, True, data)
        if command == 5: # CREATE
            answer = struct.pack("<HBBI", 89, 0, 0, 1) + bytes(56) + b"F" * 16 + bytes(8)
            answer = bytearray(smb2(5, number + 1, answer))
            answer[20] = 1
            w.say(ports, False, bytes(answer))
    w.end(ports)
    w.save(path)


def overlap(path):
    """A file in pieces at 0, 900, 2900. Of the second 50 bytes are captured, all of which the first has, too."""
    name = "a.bin".encode("utf-16le")
    create = struct.pack("<HBBIQQIIIIIHHII", 57, 0, 0, 2, 0, 0, 0x12019F, 0, 7, 3, 0, 120, len(name), 0, 0) + name
    messages = [(5, create)]
    for offset, size in ((0, 1000), (900, 2000), (2900, 100)):
        messages.append((9, struct.pack("<HHIQ", 49, 112, size, offset) + b"F" * 16 + bytes(16) + b"A" * size))
    cut_smb2(messages, 2, 4 + 112 + 50, path)


def nfs_write(xid, offset, data):
    """A call of NFS 3 (RFC 1813 section 3.3.7)."""
    call = struct.pack("!10I", xid, 0, 2, 100003, 3, 7, 0, 0, 0, 0) + struct.pack("!I4s", 4, b"FILE")
    call += struct.pack("!QIII", offset, len(data), 0, len(data)) + data
    return struct.pack("!I", 0x80000000 | len(call)) + call


def nfs(path, pieces):
    """A file that is written in pieces of the body, whose offsets and lengths come in this order."""
    w, ports = Writer(), (40000, 2049)
    w.begin(ports)
    for xid, (offset, size) in enumerate(pieces):
        data = (body() * (offset // len(body()) + 2 + size // len(body())))[offset : offset + size]
        w.say(ports, True, nfs_write(xid, offset, data))
    w.end(ports)
    w.save(path)


def pipe(path):
    """Calls of DCE/RPC in a pipe: the end of the second message is not captured."""
    messages = []
    for call in range(1, 6):
        if call == 1: # bind to the endpoint mapper
            rest = struct.pack("<HHIB3xHBB", 4280, 4280, 0, 1, 0, 1, 0)
            rest += bytes.fromhex("0883afe11f5dc91191a408002b14a0fa03000000045d888aeb1cc9119fe808002b10486002000000")
        else:
            rest = struct.pack("<IHH", 100, 0, 10 + call) + bytes(100)
        pdu = struct.pack("<BBBBIHHI", 5, 0, 11 if call == 1 else 0, 3, 16, 16 + len(rest), 0, call) + rest
        ioctl = struct.pack("<HHI", 57, 0, 0x11C017) + b"F" * 16
        ioctl += struct.pack("<8I", 120, len(pdu), 0, 0, 0, 4096, 1, 0)
        messages.append((11, ioctl + pdu))
    cut_smb2(messages, 1, 4 + 120 + 60, path)


def data_flow(port, before, after, path):
    """A conversation that announces a flow to port 50000."""
    w, control, data = Writer(), (40000, port), (40001, 50000)
    w.begin(control)
    for from_client, text in before:
        w.say(control, from_client, text)
    w.begin(data)
    w.say(data, False, body())
    w.end(data)
    for from_client, text in after:
        w.say(control, from_client, text)
    w.end(control)
    w.save(path)


def packets(path):
    """The header of a capture, and its packets: header, frame, (flow and side, payload length, TFTP block)."""
    with open(path, "rb") as f:
        all_bytes = f.read()
    found, at = [], 24
    while at + 16 <= len(all_bytes):
        size = struct.unpack("<I", all_bytes[at + 8 : at + 12])[0]
        frame = all_bytes[at + 16 : at + 16 + size]
        found.append((all_bytes[at : at + 16], frame, what(frame)))
        at += 16 + size
    return all_bytes[:24], found


def what(frame):
    if frame[12:14] != b"\x08\x00" or frame[23] not in (6, 17):
        return None
    ip = 14 + (frame[14] & 15) * 4
    end = 14 + struct.unpack("!H", frame[16:18])[0]
    start = ip + (frame[ip + 12] >> 4) * 4 if frame[23] == 6 else ip + 8
    if frame[23] == 17 and frame[start : start + 2] != b"\0\3":
        return None
    return frame[26:34] + frame[ip : ip + 4], end - start, frame[23]


def change(how, source, target):
    header, all_packets = packets(source)
    sums = {}
    for _, _, w in all_packets:
        if w:
            sums[w[0]] = sums.get(w[0], 0) + w[1]
    side = max(sums, key=sums.get)
    largest = max(w[1] for _, _, w in all_packets if w and w[0] == side)
    runs = [i for i, (_, _, w) in enumerate(all_packets) if w and w[0] == side and w[1] == largest]
    order = list(range(len(all_packets)))
    if how == "lost":
        del order[runs[len(runs) // 2]]
    elif how == "duplicate":
        order = [i for i in order for _ in range(2 if i in runs else 1)]
    else:
        k = 0
        while k + 1 < len(runs):
            a, b = runs[k], runs[k + 1]
            if b == a + 1:
                order[a], order[b] = b, a
            k += 2
    with open(target, "wb") as f:
        f.write(header)
        for number, i in enumerate(order):
            f.write(all_packets[number if number < len(all_packets) else -1][0][:8] + all_packets[i][0][8:])
            f.write(all_packets[i][1])


def hole(whole_path, file_path, missing, coded):
    with open(whole_path, "rb") as f:
        whole = f.read()
    with open(file_path, "rb") as f:
        data = f.read()
    start = next((i for i in range(min(len(data), len(whole))) if data[i] != whole[i]), None)
    if start is None or missing <= 0:
        sys.exit("no hole")
    if data[start : start + missing] != b"\0" * missing:
        sys.exit("no hole of %d bytes at %d" % (missing, start))
    rest = data[start + missing :]
    if not rest or not whole.endswith(rest):
        sys.exit("what follows the hole differs")
    if not coded and len(data) != len(whole):
        sys.exit("%d bytes with the hole, not %d" % (len(data), len(whole)))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2])
    elif sys.argv[1] == "hole":
        hole(sys.argv[2], sys.argv[3], int(sys.argv[4]), len(sys.argv) > 5)
    else: # reorder,lost NAME...: NAME.reorder.pcap and so on of NAME.pcap
        for name in sys.argv[2:]:
            for how in sys.argv[1].split(","):
                change(how, name + ".pcap", f"{name}.{how}.pcap")
