"""objects.py KIND LEAST OURS THEIRS: each file in the folder THEIRS is in OURS, at least LEAST of them.

A message (KIND imf) is taken apart; the line ends of its texts may differ."""
import email
import hashlib
import pathlib
import re
import sys

PIPES = re.compile(r'(%5c)*(atsvc|browser|epmapper|eventlog|lsarpc|lsass|netlogon|ntsvcs|samr|spoolss|srvsvc|svcctl|winreg|wkssvc)\b',
                   re.IGNORECASE)


def sums(content):
    """Those of the bytes, and of the text without line ends that a mail gains or loses on its way."""
    text = content.replace(b'\r\n', b'\n').rstrip(b'\n')
    return {hashlib.sha256(content).hexdigest(), hashlib.sha256(b'text' + text).hexdigest()}


def parts(content):
    for part in email.message_from_bytes(content).walk():
        if not part.is_multipart():
            yield part.get_payload(decode=True) or b''


def main():
    kind, least, ours, theirs = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
    have, found, wrong = set(), 0, 0
    for file in pathlib.Path(ours).glob('*'):
        have |= sums(file.read_bytes())
    for file in sorted(pathlib.Path(theirs).glob('*')):
        if kind == 'smb' and PIPES.match(file.name):
            continue
        content = file.read_bytes()
        for piece in parts(content) if kind == 'imf' else [content]:
            wanted = sums(piece) if kind == 'imf' else {hashlib.sha256(piece).hexdigest()}
            if not piece:
                continue
            found += 1
            if not wanted & have:
                wrong += 1
                print(f'{file.name}: {len(piece)} bytes are in none of our files')
    print(f'{found} files, {wrong} differ')
    return wrong > 0 or found < least


sys.exit(main())
