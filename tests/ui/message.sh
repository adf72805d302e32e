#!/usr/bin/env bash
# v in the record of a transaction: a mail as a mail, an HTTP exchange with its heads and bodies; a file in hex.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1

# A mail: its header, decoded, its parts, and the text of them.
open 100 50 -r "$SOURCE/samples/smtp/attachments.pcap"
shows '^ +1 '
page Transactions
shows '^[━─]+ Transactions'
keys Enter
shows '^ subject +attached$'
keys v z
shows '^ Message$'
shows '^ Subject: attached$'
shows '^ From: .*@'
shows '^ \|- SMTP  text/plain, 9 bytes$'
shows '^ \|- SMTP  text/plain, 1064 bytes  times\.csv$'
shows '^ `- SMTP  text/plain, 600 bytes  data\.bin$'
hides '^ Packets$'
keys v
shows '^ subject +attached$'
keys q
ended 0

# Parts in parts, a message in the mail with its head, and text of other character sets.
open 100 60 -r "$SOURCE/samples/smtp/mime-nested.pcap"
shows '^ +1 '
page Transactions
keys Enter v z
shows '^ Parts$'
shows '^ multipart/mixed$'
shows '^ \|- multipart/alternative$'
shows '^ \|  \|- SMTP  text/plain, 5 bytes$'
shows '^ \|  `- SMTP  text/html, 8 bytes, ISO-8859-1 shown as UTF-8  page\.html$'
shows '^ `- message/rfc822$'
shows '^    \|- From: привет <other@example\.test>$'
shows '^    \|- Subject: inside$'
shows '^    `- multipart/mixed$'
shows '^       \|- SMTP  .*, 8 bytes, koi8-r shown as UTF-8$'
shows '^       \|- SMTP  text/plain, 5 bytes, x-unheard, which is not known$'
shows '^       `- SMTP  application/zip, 4 bytes  inside\.zip$'
shows '^ <p>é</p>$'
shows '^ привет$'
shows '^ words$'
keys q
ended 0

# An exchange: the chosen one of several on a connection, and the secrets in its head are hidden.
open 160 60 -r "$SOURCE/samples/http/session.pcap"
shows '^ +1 '
page Transactions
kind http
keys G Enter
shows '^ method +GET$'
keys v z
shows '^ Request$'
shows '^ GET / HTTP/1\.1$'
shows '^ Host: 10\.77\.0\.2$'
shows '^ Response$'
shows '^ HTTP/1\.1 200 OK$'
shows '^ Content-Type: text/html$'
shows '^ ETag: "'
shows '^ HTTP  text/html, 47 bytes$'
keys q
ended 0
for secrets in '' --show-secrets; do
    # shellcheck disable=SC2086
    open 160 60 -r "$SOURCE/samples/http/session.pcap" $secrets
    shows '^ +1 '
    page Transactions
    kind http
    for ((i = 0; i < 25; i++)); do
        is_chosen ' /private 200 ' && break
        keys Down
        sleep 0.2
    done
    keys Enter v z
    shows '^ GET /private HTTP/1\.1$'
    shows '^ Authorization: Basic'
    if [[ $secrets == '' ]]; then
        hides 'Basic [A-Za-z0-9+/=]{6}'
    else
        shows 'Basic [A-Za-z0-9+/=]{6}'
    fi
    keys q
    ended 0
done

# HTTP/2 has no such lines: what the record has of the heads.
open 120 40 -r "$SOURCE/samples/http2/curl.pcap"
shows '^ +1 '
page Transactions
kind http
keys G Enter v z
shows '^ Request$'
shows '^ [A-Z]+ /[^ ]* HTTP/2$'
shows '^ HTTP/2 [0-9]{3}$'
keys q
ended 0

# A file, in hex; a kind without another form says so.
open 120 40 -r "$SOURCE/samples/http/session.pcap"
shows '^ +1 '
page Files
shows '^[━─]+ Files .* 1/17 '
keys G Enter
shows '^━━ Content '
keys v
shows '^ 000000  ([0-9a-f]{2} )+ '
keys v
hides '^ 000000  '
keys q
ended 0
open 120 40 -r "$SOURCE/samples/dns/types.pcap"
shows '^ +1 '
page Transactions
keys Enter
shows '^━━ Record '
shows '^ query ' # it is read
keys v
shows 'it has no other form'
keys q
ended 0
done_testing
