# capture_starttls.py - a mail server with STARTTLS on port 2526 and inside TLS on 2527, for capture_decrypt.sh.
# Usage: capture_starttls.py CERTIFICATE KEY
import base64
import socket
import ssl
import sys
import threading

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])


def serve(conn, secure):
    if secure:
        conn = context.wrap_socket(conn, server_side=True)
    file = conn.makefile('rb')

    def say(*lines):
        conn.sendall(b''.join(line.encode() + b'\r\n' for line in lines))

    say('220 mx.example.test ESMTP')
    while line := file.readline():
        verb = line.split()[0].upper().decode() if line.split() else ''
        if verb == 'EHLO':
            say('250-mx.example.test', *([] if secure else ['250-STARTTLS']), '250-AUTH PLAIN', '250 8BITMIME')
        elif verb == 'STARTTLS':
            say('220 go ahead')
            conn = context.wrap_socket(conn, server_side=True)
            file, secure = conn.makefile('rb'), True
        elif verb == 'AUTH':
            words = line.split()
            if len(words) < 3:
                say('334 ')
                words.append(file.readline().strip())
            good = base64.b64decode(words[2]).split(b'\0')[-1] == b'sample'
            say('235 welcome' if good else '535 no')
        elif verb == 'DATA':
            say('354 go ahead')
            while file.readline() not in (b'.\r\n', b''):
                pass
            say('250 queued as 1')
        elif verb == 'QUIT':
            say('221 bye')
            break
        else:
            say('250 fine')
    conn.close()


def listen(port, secure):
    server = socket.create_server(('10.77.0.2', port))
    while True:
        threading.Thread(target=serve, args=(server.accept()[0], secure), daemon=True).start()


threading.Thread(target=listen, args=(2527, True), daemon=True).start()
listen(2526, False)
