#!/usr/bin/env python3
"""Clients that read mail for capture_dovecot.sh: capture_mail.py imap|auth|starttls|compressed|pop3|stls."""
import imaplib
import poplib
import ssl
import sys
import zlib

HOST = "10.77.0.2"
MESSAGE = b"From: joe@example.test\r\nSubject: sent\r\nMessage-ID: <3@example.test>\r\n\r\na copy\r\n"
imaplib.Commands["IDLE"] = ("SELECTED",)
imaplib.Commands["COMPRESS"] = imaplib.Commands["ID"] = ("NONAUTH", "AUTH", "SELECTED")


def trusting():
    """Returns a context that takes any certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def idle(m):
    """IDLE until the server reports something, at most for a second."""
    tag = m._new_tag()
    m.send(tag + b" IDLE\r\n")
    m.readline()
    m.send(b"DONE\r\n")
    while not m.readline().startswith(tag):
        pass


def imap():
    m = imaplib.IMAP4(HOST)
    m._simple_command("ID", '("name" "sample" "version" "1.0")')
    m.login("joe", "sample")
    m.list()
    m.create("archive")
    m.select()
    m.fetch("1:*", "(UID FLAGS RFC822.SIZE BODY.PEEK[HEADER.FIELDS (FROM SUBJECT DATE)])")
    m.fetch("1", "(RFC822)")
    m.uid("FETCH", "2", "(BODY.PEEK[HEADER] BODY.PEEK[2])")
    m.fetch("2", "(ENVELOPE BODYSTRUCTURE BODY.PEEK[]<0.50>)")
    m.search(None, "SUBJECT", "attached")
    idle(m)
    m.append("INBOX", "(\\Seen)", None, MESSAGE)
    m.noop()
    m.copy("3", "archive")
    m.copy("3", "missing")
    m.store("3", "+FLAGS", "(\\Deleted)")
    m.expunge()
    m.status("archive", "(MESSAGES UIDNEXT)")
    m.close()
    m.logout()


def auth():
    m = imaplib.IMAP4(HOST)
    m.login_cram_md5("joe", "sample")
    m.logout()
    m = imaplib.IMAP4(HOST)
    try:
        m.login("joe", "wrong")
    except imaplib.IMAP4.error:
        pass
    m.authenticate("PLAIN", lambda _: b"\0joe\0sample")
    m.logout()
    m = imaplib.IMAP4(HOST)
    tag = m._new_tag()
    m.send(tag + b" LOGIN {3}\r\n")
    m.readline()
    m.send(b"joe {6}\r\n")
    m.readline()
    m.send(b"sample\r\n")
    while not m.readline().startswith(tag):
        pass
    m.state = "AUTH"
    m.logout()


def starttls():
    m = imaplib.IMAP4(HOST)
    m.starttls(trusting())
    m.login("joe", "sample")
    m.select()
    m.logout()


class Deflated:
    """The connection as a file, compressed both ways (RFC 4978)."""

    def __init__(self, sock):
        self.sock = sock
        self.out = zlib.compressobj(9, zlib.DEFLATED, -15)
        self.into = zlib.decompressobj(-15)
        self.have = b""

    def more(self):
        data = self.sock.recv(4096)
        self.have += self.into.decompress(data)
        return bool(data)

    def readline(self, _=None):
        while b"\n" not in self.have and self.more():
            pass
        line, found, self.have = self.have.partition(b"\n")
        return line + found

    def read(self, n):
        while len(self.have) < n and self.more():
            pass
        data, self.have = self.have[:n], self.have[n:]
        return data

    def send(self, data):
        self.sock.sendall(self.out.compress(data) + self.out.flush(zlib.Z_SYNC_FLUSH))

    def close(self):
        pass


def compressed():
    m = imaplib.IMAP4(HOST)
    m.login("joe", "sample")
    m._simple_command("COMPRESS", "DEFLATE")
    m.file = Deflated(m.sock)
    m.send = m.file.send
    m.select()
    m.fetch("1:2", "(UID BODY.PEEK[])")
    m.append("archive", None, None, MESSAGE)
    m.search(None, "ALL")
    m.logout()


def pop3():
    m = poplib.POP3(HOST)
    m.capa()
    m.user("joe")
    m.pass_("sample")
    m.stat()
    m.list()
    m.uidl()
    m.top(1, 1)
    m.retr(1)
    m.retr(2)
    m.dele(1)
    m.rset()
    m.noop()
    m.quit()


def stls():
    m = poplib.POP3(HOST)
    m.stls(trusting())
    m.user("joe")
    m.pass_("sample")
    m.retr(1)
    m.quit()


if __name__ == "__main__":
    {"imap": imap, "auth": auth, "starttls": starttls, "compressed": compressed, "pop3": pop3, "stls": stls}[sys.argv[1]]()
