# capture_smtp.sh - the mail samples, sourced by capture.sh: postfix in b, swaks and openssl in a. Needs: postfix swaks
# sasl2-bin libsasl2-modules libnet-ssleay-perl openssl

mail=$tmp/mail

start_postfix() {
    command -v postfix >/dev/null && command -v swaks >/dev/null || { say "capture.sh: postfix or swaks is missing (see README.md)"; exit 1; }
    mkdir -p "$mail/queue" "$mail/data" "$mail/sasl"
    chmod 755 "$mail"
    chown postfix "$mail/data"
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=mx.example.test -keyout "$mail/key.pem" \
        -out "$mail/cert.pem" 2>/dev/null
    printf 'sample' | saslpasswd2 -p -c -u mx.example.test -f "$mail/sasldb" user
    chmod 644 "$mail/sasldb"
    printf 'pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: %s\nmech_list: PLAIN LOGIN CRAM-MD5\n' "$mail/sasldb" >"$mail/sasl/smtpd.conf"
    cat >"$mail/main.cf" <<CONF
compatibility_level = 3.6
queue_directory = $mail/queue
data_directory = $mail/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = $mail/log
maillog_file_prefixes = $mail
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.example.test
mydomain = example.test
mydestination =
local_recipient_maps =
mynetworks = 127.0.0.0/8
inet_interfaces = 10.77.0.2
inet_protocols = ipv4
virtual_mailbox_domains = example.test
virtual_mailbox_maps = inline:{ {recipient@example.test=x}, {second@example.test=x} }
virtual_transport = discard:
default_transport = discard:
message_size_limit = 20000
smtpd_peername_lookup = no
smtpd_tls_security_level = may
smtpd_tls_cert_file = $mail/cert.pem
smtpd_tls_key_file = $mail/key.pem
smtpd_sasl_auth_enable = yes
smtpd_sasl_path = smtpd
cyrus_sasl_config_path = $mail/sasl
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
CONF
    cat >"$mail/master.cf" <<CONF
smtp inet n - n - - smtpd
587 inet n - n - - smtpd
2525 inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
CONF
    ip netns exec tlcap-b postfix -c "$mail" start >"$mail/start" 2>&1
    until_ready in_a bash -c 'exec 3<>/dev/tcp/10.77.0.2/25 && head -c 4 <&3 | grep -q 220'
}
stop_postfix() { ip netns exec tlcap-b postfix -c "$mail" stop >/dev/null 2>&1 || true; }

mail() { in_a swaks --server 10.77.0.2 --helo client.example.test --from sender@example.test --to recipient@example.test "$@" >>"$tmp/swaks.out" 2>&1 || true; }
# Sends commands and their data (FILE) at once to port 25; discards the replies.
raw_mail() { in_a bash -c 'exec 3<>/dev/tcp/10.77.0.2/25; read -r _ <&3; cat >&3; timeout 2 cat <&3 >/dev/null'; }

mail_plain() { mail --header 'Subject: plain' --body 'a line\n.a dot in front\nthe end'; }
mail_pipelining() { mail --pipeline --to recipient@example.test,nobody@example.test,second@example.test --header 'Subject: pipelined'; }
mail_attachments() {
    head -c 600 /dev/zero | tr '\0' 'x' >"$mail/data.bin"
    mail --header 'Subject: attached' --header 'X-Originating-IP: [192.0.2.7]' --header 'Cc: "Last, First" <second@example.test>' \
        --attach-type text/csv --attach-name times.csv --attach "$mail/main.cf" --attach-type application/octet-stream \
        --attach-name 'data.bin' --attach "$mail/data.bin" --attach-body 'see below'
}
mail_eight_bit() { mail --header $'Subject: caf\xc3\xa9 raw' --header 'Content-Type: text/plain; charset=utf-8' --header 'Content-Transfer-Encoding: 8bit' --body $'na\xc3\xafve'; }
mail_subjects() {
    local subject
    for subject in '=?utf-8?q?Caf=C3=A9?= =?utf-8?b?w6A=?= four' '=?iso-8859-15?Q?10_=A4?=' '=?koi8-r?B?8NLJ18XU?=' \
        '=?windows-1251?Q?=CF=F0=E8=E2=E5=F2?=' '=?gb2312?B?xOO6ww==?=' '=?big5?B?p0Gmbg==?=' '=?shift_jis?B?k/qWew==?=' \
        '=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=' '=?euc-kr?B?x9Gx2w==?=' '=?x-nobody?Q?stays?='; do
        mail --header "Subject: $subject" --body x
    done
}
mail_starttls() { mail --port 587 --tls; }
mail_auth() {
    local how
    for how in PLAIN LOGIN CRAM-MD5; do mail --port 587 --auth "$how" --auth-user user@mx.example.test --auth-password sample; done
    mail --port 587 --auth PLAIN --auth-user user@mx.example.test --auth-password wrong
}
mail_refused() { mail --to nobody@example.test; }
mail_too_big() {
    
    printf 'EHLO client.example.test\r\nMAIL FROM:<sender@example.test> SIZE=999999\r\nQUIT\r\n' | raw_mail
    { printf 'EHLO client.example.test\r\nMAIL FROM:<sender@example.test>\r\nRCPT TO:<recipient@example.test>\r\nDATA\r\nSubject: big\r\n\r\n'
        for _ in $(seq 400); do printf 'sixty characters of text and more of it to make it a long one\r\n'; done
        printf '.\r\nQUIT\r\n'; } | raw_mail
}
mail_chunks() {
    { printf 'EHLO client.example.test\r\nMAIL FROM:<sender@example.test>\r\nRCPT TO:<recipient@example.test>\r\n'
        printf 'BDAT 19\r\nSubject: chunks\r\n\r\nBDAT 3\r\n.\r\nBDAT 6 LAST\r\nlast\r\nMAIL FROM:<>\r\nRCPT TO:<second@example.test>\r\n'
        printf 'BDAT 16\r\nSubject: two\r\n\r\nBDAT 0 LAST\r\nQUIT\r\n'; } | raw_mail
}
mail_other_port() { mail --port 2525 --header 'Subject: elsewhere'; }

! wanted smtp/ || start_postfix
cap smtp/plain.pcap "postfix and swaks: a message with stuffed dots" "tcp port 25" mail_plain
cap smtp/pipelining-real.pcap "pipelined commands, one recipient of three refused" "tcp port 25" mail_pipelining
cap smtp/attachments.pcap "two attachments, X-Originating-IP, Cc" "tcp port 25" mail_attachments
cap smtp/eight-bit.pcap "unencoded UTF-8 in header and text" "tcp port 25" mail_eight_bit
cap smtp/subjects.pcap "encoded subjects in ten character sets, one of them unknown" "tcp port 25" mail_subjects
cap smtp/starttls.pcap "STARTTLS on port 587, the message inside TLS" "tcp port 587" mail_starttls
cap smtp/auth.pcap "AUTH PLAIN, LOGIN, CRAM-MD5, and PLAIN with a wrong password" "tcp port 587" mail_auth
cap smtp/refused.pcap "the only recipient is refused: no message" "tcp port 25" mail_refused
cap smtp/too-big.pcap "a declared size refused, a message refused at its end" "tcp port 25" mail_too_big
cap smtp/chunks.pcap "BDAT: three chunks, a lone dot in one of them; an empty last chunk; pipelined" "tcp port 25" mail_chunks
cap smtp/port-2525.pcap "a message on port 2525" "tcp port 2525" mail_other_port
! wanted smtp/ || stop_postfix
