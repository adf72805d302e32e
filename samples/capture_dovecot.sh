# capture_dovecot.sh - the samples of reading mail, sourced by capture.sh: dovecot in b, curl and Python's imaplib and
# poplib in a. Needs: dovecot-imapd dovecot-pop3d curl python3

post=$tmp/post

# Puts a message into the inbox of joe. $1: its number; the rest: lines.
deliver() {
    printf '%s\r\n' "${@:2}" >"$post/joe/new/170000000$1.$1.mx.example.test"
}

start_dovecot() {
    command -v dovecot >/dev/null || { say "capture.sh: dovecot is missing (see README.md)"; exit 1; }
    mkdir -p "$post/run" "$post/joe/"{new,cur,tmp}
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=mx.example.test -keyout "$post/key.pem" \
        -out "$post/cert.pem" 2>/dev/null
    printf 'joe:{PLAIN}sample:%s:%s::%s::\n' "$(id -u nobody)" "$(id -g nobody)" "$post/joe" >"$post/users"
    deliver 1 'From: Ann <ann@example.test>' 'To: joe@example.test' 'Subject: =?utf-8?q?Caf=C3=A9?=' \
        'Date: Tue, 14 Nov 2023 22:13:20 +0000' 'Message-ID: <1@example.test>' '' 'a line' '.a dot in front' 'the end'
    deliver 2 'From: ann@example.test' 'To: joe@example.test' 'Subject: attached' 'Message-ID: <2@example.test>' \
        'MIME-Version: 1.0' 'Content-Type: multipart/mixed; boundary=cut' '' '--cut' 'Content-Type: text/plain' '' 'see below' \
        '--cut' 'Content-Type: text/csv; name=times.csv' 'Content-Disposition: attachment; filename=times.csv' '' '1,2' '3,4' '--cut--'
    chown -R nobody:nogroup "$post/joe"
    chmod 755 "$post"
    cat >"$post/dovecot.conf" <<CONF
base_dir = $post/run
state_dir = $post/run
log_path = $post/log
instance_name = tlcap
protocols = imap pop3
listen = 10.77.0.2
ssl = yes
ssl_cert = <$post/cert.pem
ssl_key = <$post/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5
mail_location = maildir:$post/joe
mail_plugins = zlib
first_valid_uid = 1
first_valid_gid = 1
default_login_user = nobody
default_internal_user = nobody
default_internal_group = nogroup
service anvil {
    chroot =
}
service imap-login {
    chroot =
    inet_listener imaps {
        port = 0
    }
}
service pop3-login {
    chroot =
    inet_listener pop3s {
        port = 0
    }
}
protocol imap {
    mail_plugins = zlib imap_zlib
}
passdb {
    driver = passwd-file
    args = $post/users
}
userdb {
    driver = passwd-file
    args = $post/users
}
CONF
    ip netns exec tlcap-b dovecot -c "$post/dovecot.conf" >"$post/start" 2>&1
    until_ready in_a bash -c 'exec 3<>/dev/tcp/10.77.0.2/143 && head -c 4 <&3 | grep -q OK'
}
stop_dovecot() { ip netns exec tlcap-b doveadm -c "$post/dovecot.conf" stop >/dev/null 2>&1 || true; }

read_mail() { in_a "$python" "$here/capture_mail.py" "$@" >>"$tmp/mail.out" 2>&1 || true; }
# curl asks one thing a call: capabilities, login, what is asked, logout.
curl_mail() { in_a curl -s -u joe:sample "$@" >/dev/null || true; }
imap_curl() {
    curl_mail --login-options AUTH=LOGIN 'imap://10.77.0.2/INBOX;MAILINDEX=1'
    curl_mail 'imap://10.77.0.2/INBOX;UID=2;SECTION=2'
    curl_mail 'imap://10.77.0.2/INBOX?SUBJECT%20attached'
}
pop3_curl() {
    curl_mail pop3://10.77.0.2/
    curl_mail --sasl-ir pop3://10.77.0.2/2
    in_a curl -s -u joe:wrong pop3://10.77.0.2/1 >/dev/null || true
}

! wanted imap/ && ! wanted pop3/ || start_dovecot
cap imap/dovecot.pcap "dovecot and imaplib: LOGIN, SELECT, FETCH, STORE, SEARCH, IDLE, APPEND, COPY, EXPUNGE" "tcp port 143" read_mail imap
cap imap/curl.pcap "AUTHENTICATE LOGIN and PLAIN; a message, a part, a search" "tcp port 143" imap_curl
cap imap/auth.pcap "AUTHENTICATE PLAIN, CRAM-MD5; LOGIN with a wrong password, with literals" "tcp port 143" read_mail auth
cap imap/starttls-real.pcap "STARTTLS, the rest inside TLS" "tcp port 143" read_mail starttls
cap imap/compressed.pcap "COMPRESS=DEFLATE: SELECT, FETCH and APPEND in it" "tcp port 143" read_mail compressed
cap pop3/dovecot.pcap "dovecot and poplib: USER, PASS, STAT, LIST, UIDL, TOP, RETR, DELE, RSET" "tcp port 110" read_mail pop3
cap pop3/curl.pcap "CAPA, AUTH PLAIN, LIST, RETR; a wrong password" "tcp port 110" pop3_curl
cap pop3/stls.pcap "STLS, the rest inside TLS" "tcp port 110" read_mail stls
! wanted imap/ && ! wanted pop3/ || stop_dovecot
