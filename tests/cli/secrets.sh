#!/usr/bin/env bash
# --show-secrets: planted passwords are in no form of output without it, and in packet detail and records with it.
# Left out on purpose: -w gives the bytes of the capture as they are.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

# Sets `digits` to the text $1, which may have the escapes \r, \n, \t, \1, \\ and \xHH, in hexadecimal.
to_hex() {
    local LC_ALL=C text=$1 c i two
    digits=''
    for ((i = 0; i < ${#text}; i++)); do
        c=${text:i:1}
        if [[ $c == '\' ]]; then
            i=$((i + 1))
            case ${text:i:1} in
            r) two=0d ;; n) two=0a ;; t) two=09 ;; 1) two=01 ;; '\') two=5c ;;
            x)
                two=${text:i+1:2}
                i=$((i + 2)) ;;
            *) fail "an escape that to_hex does not know: \\${text:i}" ;;
            esac
        else
            printf -v two '%02x' "'$c"
            two=${two: -2}
        fi
        digits+=$two
    done
}

# Prints the text $1 in hexadecimal.
hex() {
    local digits
    to_hex "$1"
    printf '%s' "$digits"
}

declare -A next
second=0 client=40000

# Adds a frame, given in hex, to packets.
frame() {
    local length eth
    printf -v length '%08x' $((${#1} / 2))
    length=${length:6:2}${length:4:2}${length:2:2}${length:0:2}
    second=$((second + 1))
    printf -v eth '%02xf1536500000000%s%s%s' $((second % 256)) "$length" "$length" "$1"
    packets+=$eth
}

# One segment; $1: c or s, the sender; $2: TCP flags in hex; $3: payload in hex. Checksums are zero: --no-checksums.
# cut: the IPv4 packet is sent in fragments of so many bytes. quoted: an ICMP error quotes it.
segment() {
    local length=$((${#3} / 2)) ends tcp ip other=s
    [[ $1 == s ]] && other=c
    printf -v ends '%04x%04x' "$client" "$port"
    [[ $1 == c ]] || printf -v ends '%04x%04x' "$port" "$client"
    printf -v tcp '%s%08x%08x50%sffff00000000%s' "$ends" "${next[$1]}" "${next[$other]}" "$2" "$3"
    case $network in
        v6)
            local from=20010db8000000000000000000000001 to=20010db8000000000000000000000002
            [[ $1 == s ]] && { local swap=$from; from=$to to=$swap; }
            printf -v ip '86dd60000000%04x0640%s' $((20 + length)) "$from$to$tcp" ;;
        *)
            local from=c0000201 to=c0000235
            [[ $1 == s ]] && { local swap=$from; from=$to to=$swap; }
            if [[ -n $quoted && -n $3 ]]; then
                printf -v ip '08004500%04x0001000040010000%s03010000000000004500%04x0001000040060000%s' \
                    $((68 + length)) "$to$from" $((40 + length)) "$from$to$tcp"
            elif [[ -n $cut && -n $3 ]]; then
                local at=0 more=2000 total=$((20 + length))
                while ((at < total)); do
                    local n=$((total - at < cut ? total - at : cut))
                    ((at + n < total)) || more=0000
                    printf -v ip '08004500%04x%04x%04x40060000%s' $((20 + n)) $((second + 1000)) $((16#$more + at / 8)) \
                        "$from$to${tcp:at*2:n*2}"
                    frame "020000000001020000000002$ip"
                    second=$((second - 1)) at=$((at + n))
                done
                second=$((second + 1))
                next[$1]=$((next[$1] + length))
                return
            else
                printf -v ip '08004500%04x0001000040060000%s' $((40 + length)) "$from$to$tcp"
            fi ;;
    esac
    [[ $network == vlan ]] && ip=81000007$ip
    frame "020000000001020000000002$ip"
    next[$1]=$((next[$1] + length))
}

# A conversation as a capture; $1: the server's port; then c:TEXT or s:TEXT, or C:HEX or S:HEX. Without a first step
# "middle" it begins with a handshake. lost:N: so many bytes of the client are not in the capture. quoted: is the next
# segment quoted by an ICMP error, too.
talk() {
    port=$1 packets='' quoted=''
    shift
    next=([c]=1000 [s]=5000)
    pcap_header
    if [[ $1 == middle ]]; then
        shift
    else
        segment c 02 ''
        next[c]=1001
        segment s 12 ''
        next[s]=5001
    fi
    local step text digits
    for step; do
        text=${step:2}
        case $step in
            c:* | s:*)
                to_hex "$text"
                text=$digits ;;
            lost:*)
                next[c]=$((next[c] + ${step#lost:}))
                continue ;;
            quoted:*)
                quoted=1
                to_hex "${step#quoted:}"
                segment c 18 "$digits"
                quoted=''
                continue ;;
        esac
        step=${step:0:1}
        if [[ $pieces == single ]]; then
            while [[ -n $text ]]; do
                segment "${step,}" 18 "${text:0:2}"
                text=${text:2}
            done
        else
            segment "${step,}" 18 "$text"
        fi
    done
    segment c 11 ''
    segment s 11 ''
    bytes "$packets"
}

captures=() cut=''

# Makes the capture $1: a conversation with a secret.
plant() {
    captures+=(-r "$1")
    client=$((client + 1))
    talk "${@:2}" >"$1"
}

# Makes the capture $1: datagrams between a client and port $2 of a server, C:HEX or S:HEX. snap: bytes of each frame
# that are in the capture. fragment: flags and offset of the IP headers, 4 hex digits.
snap='' fragment=0000
plant_udp() {
    local name=$1 port=$2 step ends from=c0000201 to=c0000235 udp ip stamp length
    captures+=(-r "$name")
    client=$((client + 1)) packets=''
    pcap_header >"$name"
    for step in "${@:3}"; do
        printf -v ends '%04x%04x' "$client" "$port"
        from=c0000201 to=c0000235
        [[ $step == C:* ]] || { printf -v ends '%04x%04x' "$port" "$client"; from=c0000235 to=c0000201; }
        step=${step:2}
        printf -v udp '%s%04x0000%s' "$ends" $((8 + ${#step} / 2)) "$step"
        printf -v ip '0200000000010200000000020800%s%04x0001%s40110000%s' 4500 $((28 + ${#step} / 2)) "$fragment" "$from$to$udp"
        length=$((${#ip} / 2))
        printf -v stamp '%08x%08x' "${snap:-$length}" "$length"
        stamp=${stamp:6:2}${stamp:4:2}${stamp:2:2}${stamp:0:2}${stamp:14:2}${stamp:12:2}${stamp:10:2}${stamp:8:2}
        second=$((second + 1))
        ip=${ip:0:$((2 * ${snap:-$length}))}
        printf -v packets '%s%02xf1536500000000%s%s' "$packets" $((second % 256)) "$stamp" "$ip"
    done
    bytes "$packets" >>"$name"
}

# Makes the capture $1: packets of an association between a client and port $2 of a server, each c or s, TSN, flags of the
# DATA chunk (2: begins a message, 1: ends it), and text: c:1:3:TEXT. C and S: a chunk in hex. i: an error of ICMP quotes
# the packet before.
plant_sctp() {
    local name=$1 port=$2 step side tsn flags text ends from to length chunk sctp ip=''
    captures+=(-r "$name")
    client=$((client + 1)) packets=''
    for step in "${@:3}"; do
        IFS=: read -r side tsn flags text <<<"$step"
        from=c0000201 to=c0000235
        printf -v ends '%04x%04x' "$client" "$port"
        if [[ $side == i ]]; then
            frame "0200000000010200000000020800$(printf '4500%04x0001000040010000' $((28 + ${#ip} / 2)))$to${from}0303000000000000$ip"
            continue
        fi
        [[ $side == [cC] ]] || { printf -v ends '%04x%04x' "$port" "$client"; from=c0000235 to=c0000201; }
        text=$(hex "$text") length=$((${#text} / 2))
        [[ $side == [CS] ]] && chunk=$tsn || printf -v chunk '00%02x%04x%08x0001000000000000%s' "$flags" $((16 + length)) "$tsn" "$text"
        while ((${#chunk} % 8)); do chunk+=00; done
        printf -v sctp '%s0000000000000000%s' "$ends" "$chunk"
        ip=$(printf '4500%04x0001000040840000' $((20 + ${#sctp} / 2)))$from$to$sctp
        frame "0200000000010200000000020800$ip"
    done
    { pcap_header && bytes "$packets"; } >"$name"
}

has() {
    run -r "$1" --no-checksums "${@:3}"
    out_has "$2"
}

# s3cr3t is the secret; czNjcjN0 and the end of AHVzZXIAczNjcjN0 are its base64, am9lOnMzY3IzdA is that of joe:s3cr3t.
secret='s3cr3t|czNjcjN0|am9lOnMzY3IzdA'
smtp=('s:220 mx ESMTP\r\n' 'c:EHLO me\r\n' 's:250 mx\r\n')
for network in v4 v6 vlan; do
    for pieces in whole single; do
        [[ $network == v4 || $pieces == whole ]] || continue
        plant ftp-pass-$network-$pieces 21 's:220 FTP\r\n' 'c:USER joe\r\n' 's:331 go\r\n' 'c:PASS s3cr3t\r\n' 's:230 in\r\n' 'c:PASV\r\n' 's:502 no\r\n'
        plant ftp-refused-$network-$pieces 21 's:220 FTP\r\n' 'c:USER joe\r\n' 's:331 go\r\n' 'c:PASS s3cr3t\r\n' 's:530 no\r\n'
        plant smtp-plain-$network-$pieces 25 "${smtp[@]}" 'c:AUTH PLAIN AHVzZXIAczNjcjN0\r\n' 's:235 ok\r\n' 'c:MAIL FROM:<a@x>\r\n' 's:250 ok\r\n'
        plant pop3-pass-$network-$pieces 110 's:+OK ready\r\n' 'c:USER joe\r\n' 's:+OK\r\n' 'c:PASS s3cr3t\r\n' 's:+OK in\r\n' 'c:QUIT\r\n' 's:+OK\r\n'
        plant imap-login-$network-$pieces 143 's:* OK ready\r\n' 'c:1 LOGIN joe "s3cr3t"\r\n' 's:1 OK in\r\n' 'c:2 LOGOUT\r\n' 's:2 OK bye\r\n'
        plant socks-$network-$pieces 1080 'C:05020002' 'S:0502' "C:0103$(hex joe)06$(hex s3cr3t)" 'S:0100' 'C:050100017f0000010050' 'S:05050001000000000000'
        plant http-$network-$pieces 80 'c:GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic am9lOnMzY3IzdA==\r\n\r\n' 's:HTTP/1.1 204 No\r\n\r\n'
    done
done

network=v4 pieces=whole
plant ftp-acct 21 's:220 FTP\r\n' 'c:USER joe\r\n' 's:332 acct\r\n' 'c:ACCT s3cr3t\r\n' 's:230 in\r\n'
plant sieve-plain 4190 's:"IMPLEMENTATION" "x"\r\nOK\r\n' 'c:AUTHENTICATE "PLAIN" "AHVzZXIAczNjcjN0"\r\n' 's:OK\r\n' 'c:NOOP\r\n' 's:OK\r\n'
plant sieve-literal 4190 's:"IMPLEMENTATION" "x"\r\nOK\r\n' 'c:AUTHENTICATE "PLAIN" {16+}\r\nAHVzZXIAczNjcjN0\r\n' 's:OK\r\n'
plant sieve-asked 4190 's:"IMPLEMENTATION" "x"\r\nOK\r\n' 'c:AUTHENTICATE "LOGIN"\r\n' 's:"UGFz"\r\n' 'c:"czNjcjN0"\r\n' 's:OK\r\n'
plant pop3-torn 110 's:+OK ready\r\n' 'c:USER joe\r\n' 's:+OK\r\n' 'c:PASS s3' 'c:cr3t\r\n' 's:+OK in\r\n' 'c:QUIT\r\n' 's:+OK\r\n'
plant pop3-logins 110 's:+OK ready\r\n' 'c:CAPA\r\n' 's:-ERR\r\n' 'c:pass s3cr3t and more\r\n' 's:-ERR\r\n' 'c:APOP joe s3cr3t\r\n' 's:-ERR\r\n' \
    'c:APOP s3cr3t\r\n' 's:-ERR\r\n' 'c:PASSs3cr3t\r\n' 's:-ERR\r\n' 'c:AUTH PLAIN AHVzZXIAczNjcjN0\r\n' 's:-ERR\r\n' 'c:AUTH PLAIN\r\n' 's:+ \r\n' \
    'c:AHVzZXIAczNjcjN0\r\n' 's:-ERR\r\n' 'c:AUTH=PLAIN AHVzZXIAczNjcjN0\r\n' 's:-ERR\r\n' 'c:AUTH LOGIN dXNlcg==\r\n' 's:+ UGFz\r\n' 'c:czNjcjN0\r\n' \
    's:-ERR\r\n' 'c:AUTH X\r\n' 's:+ \r\n' 'c:s3cr3t\r\n' 's:-ERR\r\n' 'c:CAPA\r\nPASS s3cr3t\r\nSTAT\r\n' 's:-ERR\r\n-ERR\r\n-ERR\r\n' 'c:PASS s3cr3t'
plant imap-torn 143 's:* OK ready\r\n' 'c:1 LOGIN joe s3' 'c:cr3t\r\n' 's:1 OK in\r\n' 'c:2 LOGOUT\r\n' 's:2 OK bye\r\n'
plant imap-logins 143 's:* OK ready\r\n' 'c:1 LOGIN {3}\r\n' 's:+ go\r\n' 'c:joe {6}\r\n' 's:+ go\r\n' 'c:s3cr3t\r\n' 's:1 NO\r\n' \
    'c:2 LOGIN {3+}\r\njoe {6+}\r\ns3cr3t\r\n' 's:2 NO\r\n' 'c:3 AUTHENTICATE PLAIN AHVzZXIAczNjcjN0\r\n' 's:3 NO\r\n' \
    'c:4 AUTHENTICATE PLAIN\r\n' 's:+ \r\n' 'c:AHVzZXIAczNjcjN0\r\n' 's:4 NO\r\n' 'c:5 AUTHENTICATE LOGIN\r\n' 's:+ VXNl\r\n' 'c:am9l\r\n' \
    's:+ UGFz\r\n' 'c:czNjcjN0\r\n' 's:5 NO\r\n' 'c:6 LOGIN joe s3cr3t s3cr3t\r\n' 's:6 BAD\r\n' 'c:7 LOGINs3cr3t\r\n' 's:7 BAD\r\n' 'c:s3cr3t\r\n' \
    's:* BAD\r\n' 'c:9 LOGIN joe s3cr3t'
plant ftp-adat 21 's:220 FTP\r\n' 'c:AUTH GSSAPI\r\n' 's:334 go\r\n' 'c:ADAT s3cr3t\r\n' 's:235 ok\r\n'
plant ftp-before-user 21 's:220 FTP\r\n' 'c:pass s3cr3t\r\n' 's:503 user first\r\n' 'c:USER joe\r\n' 's:331 go\r\n' 'c:PASV\r\n' 's:530 no\r\n'
plant ftp-joined 21 's:220 FTP\r\n' 'c:USER joe\r\n' 's:331 go\r\n' 'c:PWD\r\n' 's:530 no\r\n' 'c:PASSs3cr3t\r\n' 's:500 what\r\n' \
    'c:acct\ts3cr3t too\r\n' 's:500 what\r\n'
# After a guest's login another user's password is a secret; the guest's is none.
plant ftp-two-users 21 's:220 FTP\r\n' 'c:USER ftp\r\n' 's:331 go\r\n' 'c:PASS me@x\r\n' 's:230 in\r\n' 'c:PASV\r\n' 's:502 no\r\n' \
    'c:USER joe\r\n' 's:331 go\r\n' 'c:PASS s3cr3t\r\n' 's:230 in\r\n' 'c:DELE f\r\n' 's:550 no\r\n'

# Bytes before a verb, which a server may refuse or not.
for before in '\x00' '\xff\xfd\xf2' '  ' '\x01\x02'; do
    plant "ftp-before-$(hex "$before")" 21 's:220 FTP\r\n' 'c:USER joe\r\n' 's:331 go\r\n' "C:$(hex "${before}PASS s3cr3t\r\n")" 's:230 in\r\n' \
        'c:PASV\r\n' 's:502 no\r\n'
done
# What no parser reads: bytes of no known protocol yet, behind a hole, too long, of another version, in fragments and in ICMP.
plant middle-smtp 25 middle 'c:czNjcjN0\r\n' 's:235 ok\r\n' 'c:MAIL FROM:<a@x>\r\n' 's:250 ok\r\n'
plant middle-socks 1080 middle "C:0103$(hex joe)06$(hex s3cr3t)" 'S:0100' 'C:050100017f0000010050'
plant middle-http 80 middle 'c:Authorization: Basic am9lOnMzY3IzdA==\r\n\r\n' 's:HTTP/1.1 204 No\r\n\r\n'
plant gap-ftp 21 's:220 FTP\r\n' 'c:USER joe\r\n' 's:331 go\r\n' lost:5 'c:s3cr3t\r\n' 's:230 in\r\n' 'c:PASV\r\n' 's:502 no\r\n'
plant gap-smtp 25 "${smtp[@]}" lost:12 'c:AHVzZXIAczNjcjN0\r\n' 's:235 ok\r\n' 'c:MAIL FROM:<a@x>\r\n' 's:250 ok\r\n'
plant gap-http 80 'c:GET / HTTP/1.1\r\nHost: x\r\n' lost:15 'c:Basic am9lOnMzY3IzdA==\r\n\r\n' 's:HTTP/1.1 204 No\r\n\r\n'
printf -v long '%09000d' 0
plant long-ftp 21 's:220 FTP\r\n' 'c:USER joe\r\n' 's:331 go\r\n' "c:PASS $long" 'c:s3cr3t\r\n' 's:230 in\r\n'
plant long-smtp 25 "${smtp[@]}" "c:AUTH PLAIN $long" 'c:czNjcjN0\r\n' 's:235 ok\r\n'
plant socks-version 1080 'C:05020002' 'S:0502' "C:0203$(hex joe)06$(hex s3cr3t)" 'S:0100'
plant quoted-ftp 21 's:220 FTP\r\n' 'c:USER joe\r\n' 's:331 go\r\n' 'quoted:PASS s3cr3t\r\n'
cut=24
plant fragments-ftp 21 's:220 FTP\r\n' 'c:USER joe\r\n' 's:331 go\r\n' 'c:PASS s3cr3t s3cr3t\r\n' 's:230 in\r\n'
cut=''

# Inside of others: a WebSocket whose frames carry SMTP, associations of SCTP with whole messages, pieces, chunks that come early
# or again.
ws_asks='GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
ws_agrees='HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n'
for kind in 81 82; do
    ws() { printf '%s%02x%s%s' "$kind" $((${#2} / 2 + 16#$1)) "${3-}" "$2"; }
    plant "websocket-smtp-$kind" 80 "c:$ws_asks" "s:$ws_agrees" "S:$(ws 0 "$(hex '220 mx ESMTP\r\n')")" "C:$(ws 80 "$(hex 'EHLO me\r\n')" 00000000)" \
        "S:$(ws 0 "$(hex '250 AUTH PLAIN\r\n')")" "C:$(ws 80 "$(hex 'AUTH PLAIN AHVzZXIAczNjcjN0\r\n')" 00000000)" "S:$(ws 0 "$(hex '235 ok\r\n')")"
done
sctp_http='GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic am9lOnMzY3IzdA==\r\n\r\n'
plant_sctp sctp-http 80 "c:1:3:$sctp_http" 's:9:3:HTTP/1.1 204 No\r\n\r\n'
plant_sctp sctp-pieces 80 "c:1:2:${sctp_http:0:60}" "c:2:1:${sctp_http:60}" 's:9:3:HTTP/1.1 204 No\r\n\r\n'
plant_sctp sctp-again 80 "c:1:3:$sctp_http" "c:1:3:$sctp_http" 's:9:3:HTTP/1.1 204 No\r\n\r\n'
plant_sctp sctp-early 80 'c:1:3:GET / HTTP/1.1\r\n' 'c:3:3:Authorization: Basic am9lOnMzY3IzdA==\r\n\r\n' 'c:2:3:Host: x\r\n' 's:9:3:HTTP/1.1 204 No\r\n\r\n'
plant_sctp middle-sctp 80 'c:3:0:Authorization: Basic am9lOnMzY3IzdA==\r\n\r\n' 's:9:3:HTTP/1.1 204 No\r\n\r\n'
plant_sctp quoted-sctp 80 "c:1:3:$sctp_http" i
plant_sctp sctp-forward 5000 "c:1:3:$sctp_http" 's:9:3:HTTP/1.1 204 No\r\n\r\n' C:c000000800000002 "c:1:3:$sctp_http"
plant_sctp middle-sctp-forward 5000 "c:1:3:$sctp_http" 's:9:3:HTTP/1.1 204 No\r\n\r\n' C:c000000800000002 "c:3:1:${sctp_http:20}"
# Another stream has no secrets, and is closed after the one that has: then the association ends, and a part comes once more.
plant_sctp sctp-two 5000 "c:1:3:$sctp_http" 's:9:3:HTTP/1.1 204 No\r\n\r\n' "C:0003001d000000020002000000000000$(hex 'SSH-2.0-x_1\r\n')" \
    C:06000004 "c:1:1:${sctp_http:20}"
dropped=$(hex "$sctp_http")
plant_sctp sctp-dropped 80 "c:1:3:$sctp_http" "S:$(printf '8100%04x' $((16 + ${#dropped} / 2)))000000000000000000000000$dropped"
plant_sctp sctp-smtp 2525 's:1:3:220 mx ESMTP\r\n' 'c:1:3:EHLO me\r\n' 's:2:3:250 mx\r\n' 'c:2:3:AUTH PLAIN AHVzZXIAczNjcjN0\r\n' 's:3:3:235 ok\r\n'
# HTTP/2. A frame in hex: h2 TYPE FLAGS STREAM PAYLOAD.
h2() { printf '%06x%02x%02x%08x%s' $((${#4} / 2)) "$1" "$2" "$3" "$4"; }
begin=$(hex 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')$(h2 4 0 0 '') get=828684410178
basic=16$(hex 'Basic am9lOnMzY3IzdA==') huffman=8741a4810c92c653 # sid=s3cr3t in Huffman's code
plant h2-authorization 8080 "C:$begin$(h2 1 5 1 "${get}57$basic")" "S:$(h2 4 0 0 '')$(h2 1 5 1 89)"
plant h2-proxy 8080 "C:$begin$(h2 1 5 1 "${get}71$basic")"
plant h2-never 8080 "C:$begin$(h2 1 5 1 "${get}1f08$basic")"
plant h2-named 8080 "C:$begin$(h2 1 5 1 "${get}000d$(hex Authorization)$basic")"
plant h2-cookie 8080 "C:$begin$(h2 1 5 1 "${get}60$huffman")" "C:$(h2 1 5 3 "${get}be")"
plant h2-set-cookie 8080 "C:$begin$(h2 1 5 1 "$get")" "S:$(h2 4 0 0 '')$(h2 1 5 1 "8877$huffman")"
plant h2-torn 8080 "C:$begin" "C:$(h2 1 5 1 "${get}57$basic" | cut -c 1-60)" "C:$(h2 1 5 1 "${get}57$basic" | cut -c 61-)"
plant h2-split 8080 "C:$begin$(h2 1 1 1 "${get}57${basic:0:30}")" "C:$(h2 9 4 1 "${basic:30}")"
plant h2-uri 8080 "C:$begin$(h2 1 5 1 "8286410e$(hex 'joe:s3cr3t@x:1')0414$(hex 'http://joe:s3cr3t@x/')")"
plant gap-h2-name 8080 "C:$begin" lost:30 "C:$(h2 6 0 0 0000000000000000)$(h2 1 5 1 "${get}7f00$basic")"
plant gap-h2-passed 8080 "C:$begin" lost:30 "C:${get}57$basic$(h2 6 0 0 0000000000000000)"
plant gap-h2-frame 8080 "C:$begin" "C:$(h2 1 5 1 "${get}57$basic" | cut -c 1-20)" lost:4 "C:$(h2 1 5 1 "${get}57$basic" | cut -c 29-)"
plant long-h2-invalid 8080 "C:$begin$(h2 1 5 1 "${get}ffffffffff57$basic")"
plant long-h2-lone 8080 "C:$begin$(h2 9 4 1 "${get}57$basic")"
# Databases, brokers, chat: passwords of logins, and literals of statements.
pgsql_startup=00000012000300007573657200$(hex joe)0000
plant pgsql-password 5432 "C:$pgsql_startup" 'S:520000000800000003' "C:700000000b$(hex s3cr3t)00" 'S:520000000800000000'
plant pgsql-query 5432 "C:$pgsql_startup" 'S:520000000800000000' "C:5100000014$(hex "select 's3cr3t'")00" 'S:5a0000000549'
plant pgsql-torn 5432 "C:$pgsql_startup" 'S:520000000800000000' "C:5100000014$(hex "select 's3c")" "C:$(hex "r3t'")00" 'S:5a0000000549'
plant pgsql-bind 5432 "C:$pgsql_startup" 'S:520000000800000000' "C:4200000016000000000001$(printf %08x 6)$(hex s3cr3t)0000"
plant pgsql-continued 5432 "C:$pgsql_startup" 'S:520000000800000000' "C:510000001c$(hex "select E'a'\n'b\\\\'s3cr3t'")00" 'S:5a0000000549'
plant pgsql-backslash 5432 "C:$pgsql_startup" 'S:520000000800000000' "C:510000001a$(hex "select 'it\\\\'s s3cr3t'")00" 'S:5a0000000549'
plant pgsql-detail 5432 "C:$pgsql_startup" 'S:520000000800000000' "C:5100000008$(hex 'x y')00" "S:4500000045$(hex 'SERROR\x00C23505\x00Mduplicate key\x00DKey (pw)=(s3cr3t) already exists.\x00\x00')"
plant pgsql-message 5432 "C:$pgsql_startup" 'S:520000000800000000' "C:5100000008$(hex 'x y')00" "S:4500000047$(hex 'SERROR\x00C42601\x00Msyntax error at or near "s3cr3t"\x00Wline 1: "s3cr3t"\x00\x00')"
plant mysql-near 3306 "C:0900000003$(hex 'select 1')" "S:32000001ff2804$(hex "#42000syntax error near 's3cr3t' foo' at line 1")"
plant mysql-duplicate 3306 "C:0900000003$(hex 'select 1')" "S:33000001ff2804$(hex "#23000Duplicate entry 's3cr3t' for key 'PRIMARY'")"
plant mysql-attribute 3306 "C:1900000003010100010f000470617373$(printf %02x 6)$(hex s3cr3t)$(hex 'select 1')"
plant mysql-query 3306 "C:1000000003$(hex "select 's3cr3t'")"
plant mysql-double 3306 "C:1000000003$(hex 'select "s3cr3t"')"
plant mysql-comment 3306 "C:1100000003$(hex 'select 1# s3cr3t')"
plant redis-eval 6379 'c:*3\r\n$4\r\nEVAL\r\n$15\r\nreturn "s3cr3t"\r\n$1\r\n0\r\n' 's:+OK\r\n'
plant redis-script 6379 'c:*3\r\n$6\r\nSCRIPT\r\n$4\r\nLOAD\r\n$15\r\nreturn "s3cr3t"\r\n' 's:+OK\r\n'
plant redis-auth 6379 'c:*2\r\n$4\r\nAUTH\r\n$6\r\ns3cr3t\r\n' 's:+OK\r\n'
plant redis-torn 6379 'c:*2\r\n$4\r\nAUTH\r\n$6\r\ns3c' 'c:r3t\r\n' 's:+OK\r\n'
plant redis-hello 6379 'c:*5\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$3\r\njoe\r\n$6\r\ns3cr3t\r\n' 's:+OK\r\n'
plant redis-inline 6379 'c:AUTH s3cr3t\r\n' 's:+OK\r\n'
plant redis-config 6379 'c:*4\r\n$6\r\nCONFIG\r\n$3\r\nSET\r\n$11\r\nrequirepass\r\n$6\r\ns3cr3t\r\n' 's:+OK\r\n'
plant redis-tab 6379 'c:AUTH\ts3cr3t\r\n' 's:+OK\r\n'
plant redis-quoted 6379 'c: "AUTH" "s3cr3t"\r\n' 's:+OK\r\n'
plant redis-config-get 6379 'c:*3\r\n$6\r\nCONFIG\r\n$3\r\nGET\r\n$11\r\nrequirepass\r\n' 's:*2\r\n$11\r\nrequirepass\r\n$6\r\ns3cr3t\r\n'
plant redis-sentinel 6379 'c:*5\r\n$8\r\nSENTINEL\r\n$3\r\nSET\r\n$1\r\nm\r\n$9\r\nauth-pass\r\n$6\r\ns3cr3t\r\n' 's:+OK\r\n'
redis_auth='*2\r\n$4\r\nAUTH\r\n$6\r\ns3cr3t\r\n' redis_push='*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n'
plant redis-server-first 7000 middle 's:+OK\r\n' 'c:*1\r\n$4\r\nPING\r\n' 's:+PONG\r\n' "c:$redis_auth" 's:+OK\r\n'
plant redis-push-first 7000 middle "s:$redis_push" "c:$redis_auth" 's:+OK\r\n' "c:$redis_auth" 's:+OK\r\n'
mqtt_connect=101000044d51545405020000000003$(hex joe)
plant mqtt-property 1883 "C:$mqtt_connect" 'S:2003000000' "C:301900017413260008$(hex password)0006$(hex s3cr3t)0061"
plant mqtt-connect 1883 "C:101a00044d51545404c2003c00016100036a6f650006$(hex s3cr3t)" 'S:20020000'
plant irc-pass 6667 'c:PASS s3cr3t\r\nNICK joe\r\n' 's::x 001 joe :hi\r\n'
plant irc-sasl 6667 'c:CAP REQ :sasl\r\nNICK joe\r\n' 'c:AUTHENTICATE PLAIN\r\n' 's:AUTHENTICATE +\r\n' \
    "c:AUTHENTICATE $(printf 'x\0joe\0s3cr3t' | base64)\r\n" 's::x 903 joe :ok\r\n'
plant irc-response 6667 'c:NICK joe\r\n' 's::x 001 joe :hi\r\n' 'c:AUTHENTICATE s3cr3t\r\n' 's::x 904 joe :no\r\n'
plant irc-key 6667 'c:NICK joe\r\n' 's::x 001 joe :hi\r\n' 'c:JOIN #a s3cr3t\r\n' 'c:MODE #a +k s3cr3t\r\n' 'c:PRIVMSG NickServ :IDENTIFY s3cr3t\r\n'
plant nats-connect 4222 's:INFO {"server_id":"x"}\r\n' 'c:CONNECT {"user":"joe","pass":"s3cr3t"}\r\n' 's:+OK\r\n'
plant rtsp-authorization 554 'c:DESCRIBE rtsp://joe:s3cr3t@x/a RTSP/1.0\r\nCSeq: 1\r\nAuthorization: Basic am9lOnMzY3IzdA==\r\nX-Auth-Token: s3cr3t\r\n\r\n' \
    's:RTSP/1.0 401 No\r\nCSeq: 1\r\n\r\n'
plant rtsp-torn 554 'c:DESCRIBE rtsp://x/a RTSP/1.0\r\nCSeq: 1\r\nAuthorization: Basic am9lOnMz' 'c:Y3IzdA==\r\n\r\n' 's:RTSP/1.0 401 No\r\nCSeq: 1\r\n\r\n'
xmpp="<stream:stream to='x' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
plant middle-xmpp-plain 5222 "c:$xmpp" "s:$xmpp" "c:<auth mechanism='PLAIN'>AHVzZXIAczNjcjN0</auth>" 's:<success/>'
plant middle-xmpp-old 5222 "c:$xmpp" "s:$xmpp" "c:<iq type='set'><query xmlns='jabber:iq:auth'><username>joe</username><password>s3cr3t</password></query></iq>"
plant middle-nntp-article 119 's:of an article\r\n' 's:and its end\r\n' 'c:and more\r\n' 's:of the text\r\n' 'c:AUTHINFO PASS s3cr3t\r\n' 's:281 ok\r\n'
plant nntp-pass 119 's:200 hi\r\n' 'c:AUTHINFO USER joe\r\n' 's:381 go\r\n' 'c:AUTHINFO PASS s3cr3t\r\n' 's:281 ok\r\n'
plant nntp-tab 119 's:200 hi\r\n' 'c:AUTHINFO\tUSER\tjoe\r\n' 's:381 go\r\n' 'c:AUTHINFO\tPASS\ts3cr3t\r\n' 's:281 ok\r\n'
plant middle-nntp-simple 119 's:200 hi\r\n' 'c:AUTHINFO SIMPLE\r\n' 's:350 go\r\n' 'c:joe s3cr3t\r\n' 's:250 ok\r\n'
plant middle-nntp-unasked 119 's:200 hi\r\n' 'c:AUTHINFO SASL PLAIN\r\n' 'c:AHVzZXIAczNjcjN0\r\n' 's:281 ok\r\n'
plant nntp-sasl 119 's:200 hi\r\n' 'c:AUTHINFO SASL PLAIN AHVzZXIAczNjcjN0\r\n' 's:281 ok\r\n'
plant x11-cookie 6000 "C:6c000b000000120006000000$(hex MIT-MAGIC-COOKIE-1)0000$(hex s3cr3t)0000" 'S:01000b0000000000'
plant svn-login 3690 's:( success ( 2 2 ( ) ( edit-pipeline ) ) ) ' 'c:( 2 ( edit-pipeline ) 18:svn://10.1.0.2/abc ( ) ) ' \
    's:( success ( ( PLAIN ) 1:x ) ) ' 'c:( PLAIN ( 16:AHVzZXIAczNjcjN0 ) ) ' 's:( success ( ) ) '
plant svn-url 3690 's:( success ( 2 2 ( ) ( edit-pipeline ) ) ) ' 'c:( 2 ( edit-pipeline ) 30:svn://joe:s3cr3t@10.1.0.2/repo ( ) ) '
plant ipp-password 631 'c:POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/ipp\r\nContent-Length: 33\r\n\r\n' \
    "C:02000002000000010130000c$(hex job-password)0006$(hex s3cr3t)03" 's:HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
plant middle-nntp-torn 119 's:200 hi\r\n' 'c:AUTHINFO PASS s3' 'c:cr3t\r\n' 's:281 ok\r\n' 'c:AUTHINFO SASL LOGIN\r\n' 's:383 UGFz\r\n' 'c:czNjcjN0\r\n' 's:281 ok\r\n'
plant middle-rsync 873 's:@RSYNCD: 31.0\n' 'c:@RSYNCD: 31.0\nm\n' 's:@RSYNCD: AUTHREQD abc\n' 'c:joe s3cr3t\n' 's:@RSYNCD: OK\n'
ua_policy=http://opcfoundation.org/UA/SecurityPolicy#None
plant middle-opcua 4840 "C:$(hex HELF)24000000000000000000010000000100000000000000000004000000$(hex abcd)" "S:$(hex ACKF)1c000000000000000000010000000100000000000000000000" \
    "C:$(hex OPNF)5f000000000000002f000000$(hex "$ua_policy")ffffffffffffffff01000000010000000100be01$(hex s3cr3t)" "C:$(hex MSGF)26000000010000000100000002000000020000000100d701$(hex s3cr3t)0000"
# SNMP: the community, in a message of which all is there, which is cut, or which is not what it should be.
snmp_of() { printf '%s0406%s%s' "$1" "$(hex s3cr3t)" "a019020103020100020100300e300c06082b060102010101000500"; }
radius=00112233445566778899aabbccddeeff
plant_udp radius 1812 "C:0101002b${radius}0105$(hex joe)0212$(hex s3cr3t)00000000000000000000" "S:02010014$radius"
plant_udp radius-chap 1812 "C:01020020${radius}030c01$(hex s3cr3t)000000" "S:03020014$radius"
plant_udp radius-eap 1812 "C:01030021${radius}4f0d0207000b06$(hex s3cr3t)" "S:03030014$radius"
plant_udp radius-mschap 1812 "C:01040034${radius}0105$(hex joe)1a1b000001370115$(hex s3cr3t)$(hex s3cr3t)$(hex 0123456)" "S:02040014$radius"
plant tacplus 49 "C:c001010100000007000000110101020103000006$(hex joe)$(hex s3cr3t)"
plant telnet 23 's:login: ' 'c:joe\r\n' 's:Password: ' 'c:s3cr3t\r\n' 's:\r\nWelcome\r\n$ '
plant vnc 5900 's:RFB 003.008\n' 'c:RFB 003.008\n' 'S:0102' 'C:02' "S:$(hex s3cr3ts3cr3tabcd)" "C:$(hex s3cr3ts3cr3tabcd)" 'S:00000000'
plant_udp snmp-get 161 "C:$(snmp_of 3026020101)" "S:$(snmp_of 3026020101)"
plant_udp snmp-elsewhere 10161 "C:$(snmp_of 3026020100)"
plant_udp snmp-trap 162 "C:302c0201000406$(hex s3cr3t)a41f06082b06010401bf0803400401020304020102020100430100300506002b0100"
plant_udp snmp-bad 161 "C:$(snmp_of 3026020101 | sed 's/a019/5f19/')"
plant ldap-simple 389 "C:3015020101601002010304036a6f658006$(hex s3cr3t)" 'S:300c02010161070a010004000400'
# The values of an attribute in an entry, in the filter of a search and in a comparison. tlv TAG VALUE: in hex.
tlv() { printf '%s%02x%s' "$1" $((${#2} / 2)) "$2"; }
ldap() { tlv 30 "020102$1"; }
value=04$(printf %02x 6)$(hex s3cr3t)
ldap_search() { ldap "$(tlv 63 "04000a01020a0100020100020100010100${1}3000")"; }
ldap_entry() { ldap "$(tlv 64 "0400$(tlv 30 "$(tlv 30 "$(tlv 04 "$(hex "$1")")$(tlv 31 "$value")")")")"; }
plant ldap-match 389 "C:$(ldap_search "$(tlv a3 "$(tlv 04 "$(hex userPassword)")$value")")"
plant ldap-match-nested 389 "C:$(ldap_search "$(tlv a0 "$(tlv a2 "$(tlv a5 "$(tlv 04 "$(hex UserPassword\;x-a)")$value")")")")"
plant ldap-substrings 389 "C:$(ldap_search "$(tlv a4 "$(tlv 04 "$(hex unicodePwd)")$(tlv 30 "$(tlv 81 "${value:4}")")")")"
plant ldap-extensible 389 "C:$(ldap_search "$(tlv a9 "$(tlv 82 "$(hex 2.5.4.35)")$(tlv 83 "${value:4}")")")"
for attribute in 'userPassword;lang-en' 2.5.4.35 msLAPS-Password ms-Mcs-AdmPwd msDS-ManagedPassword pwdHistory \
    sambaPasswordHistory sambaNTPassword krbPrincipalKey; do
    plant "ldap-$attribute" 389 "C:$(ldap_search "$(tlv 87 "$(hex cn)")")" "S:$(ldap_entry "$attribute")"
done
# A filter in a control, and a name with a password in it.
plant ldap-control 389 "C:$(tlv 30 "020102$(tlv 63 "04000a01020a0100020100020100010100$(tlv 87 "$(hex cn)")3000")$(tlv a0 "$(tlv 30 "$(tlv 04 "$(hex 1.3.6.1.1.12)")$(tlv 04 "$(tlv a3 "$(tlv 04 "$(hex userPassword)")$value")")")")")"
plant ldap-name 389 "C:$(ldap "$(tlv 4a "$(hex userPassword=s3cr3t,cn=joe)")")"
plant ldap-compare 389 "C:$(ldap "$(tlv 6e "0400$(tlv 30 "$(tlv 04 "$(hex userPassword)")$value")")")"
snap=76
plant_udp ldap-cut-compare 389 "C:$(ldap "$(tlv 6e "0400$(tlv 30 "$(tlv 04 "$(hex userPassword)")$(tlv 04 "${value:4}${value:4}")")")")"
snap=''
plant sip-digest 5060 'c:REGISTER sip:x SIP/2.0\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\nAuthorization: Digest username="joe", response="s3cr3t"\r\nContent-Length: 0\r\n\r\n' \
    's:SIP/2.0 200 OK\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n'
plant sip-uri 5060 'c:OPTIONS sip:joe:s3cr3t@x SIP/2.0\r\nCall-ID: 1\r\nTo: <sip:joe:s3cr3t@x>\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n' \
    's:SIP/2.0 200 OK\r\nCall-ID: 1\r\nTo: <sip:joe:s3cr3t@x>\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n'
# sip HEADERS [BODY]: a request of SIP, in hex.
sip() { hex "OPTIONS sip:x SIP/2.0\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n$1Content-Length: $(printf '%b' "$2" | wc -c)\r\n\r\n$2"; }
i=0
for header in 'Contact: <sip:z@h>, <sip:joe:s3cr3t@x>' 'Contact: "a@b" <sips:joe:s3cr3t@x>;q=1' 'm: sip:joe:s3cr3t@x' \
    'Route: <sip:joe:s3cr3t@x;lr>' 'Record-Route: <sip:a>, <sip:joe:s3cr3t@x;lr>' 'Refer-To: <SIP:joe:s3cr3t@x>' \
    'b: <sip:joe:s3cr3t@x>' 'Reply-To: "a@b" <sip:joe:s3cr3t@x>' 'P-Asserted-Identity: <sip:joe:s3cr3t@x>' \
    'P-Preferred-Identity: <sip:joe:s3cr3t@x>' 'Call-Info: <http://joe:s3cr3t@x/>' 'X-Auth-Token: s3cr3t' 'Cookie: s3cr3t' \
    'X-Other: <sip:joe:s3cr3t@x>'; do
    plant_udp "sip-header-$i" 5060 "C:$(sip "$header\r\n" '')"
    i=$((i + 1))
done
sdp='v=0\r\nm=audio 8000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:s3cr3t\r\n'
part="--b\r\nContent-Type: application/sdp\r\n\r\n$sdp"
plant_udp sip-multipart 5060 "C:$(sip 'Content-Type: multipart/mixed;boundary="b"\r\n' "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n$part--b--\r\n")"
plant_udp sip-cut-second 5060 "C:$(sip 'Content-Type: multipart/mixed; boundary=b\r\n' "$part$part--b--\r\n")"
plant_udp sip-cut-no-boundary 5060 "C:$(sip 'c: multipart/mixed\r\n' "$part--b--\r\n")"
plant_udp sip-cut-no-type 5060 "C:$(sip '' "$sdp")"
plant_udp stun-password 3478 "C:0001000c2112a4420102030405060708090a0b0c00070006$(hex s3cr3t)0000"
snap=55
plant_udp snmp-cut 161 "C:$(snmp_of 3026020101)"
snap=''
plant_udp snmp-after-others 161 "C:00010203" "C:$(snmp_of 3026020101)"
plant_udp snmp-cut-length 161 "C:$(snmp_of 3029020101)"
fragment=2000
plant_udp snmp-fragment 161 "C:$(snmp_of 3026020101)"
plant_udp sip-cut-fragment 9999 "C:$(sip "Authorization: Basic am9lOnMzY3IzdA\\r\\n" '')"
fragment=0000
# Routing: passwords of fixed length.
plant_udp rip-password 520 "C:02020000ffff0002$(hex s3cr3t)00000000000000000000" \
    "C:02020000ffff0002$(hex s3cr3t)0000000000000000000000020000c6336400ffffff000000000000000001"
plant_udp hsrp-password 1985 "C:000010030a780100$(hex s3cr3t)00000a010009"
plant_udp bfd-password 3784 "C:204403210000000100000000000f4240000f424000000000010901$(hex s3cr3t)"

# Logins: forms, also in pieces, in chunks and of HTTP/2; tokens; databases.
form='username=joe&password=s3cr3t&next=here'
post='c:POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n'
answer='s:HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n'
plant form-whole 80 "${post}Content-Length: ${#form}\r\n\r\n$form" "$answer"
plant form-torn 80 "${post}Content-Length: ${#form}\r\n\r\n" "c:${form:0:26}" "c:${form:26:3}" "c:${form:29}" "$answer"
plant form-last 80 "${post}Content-Length: 39\r\n\r\nuser%5Bemail%5D=a%40x&user%5Bpwd%5D=" 'c:s3c' "$answer"
plant form-chunks 80 "${post}Transfer-Encoding: chunked\r\n\r\n1a\r\n${form:0:26}\r\nc\r\n${form:26}\r\n0\r\n\r\n" "$answer"
printf -v filler '%03000d' 0
plant form-behind 80 "${post}Content-Length: 3018\r\n\r\na=$filler&password=s3cr3t" "$answer"
plant form-gap 80 "${post}Content-Length: ${#form}\r\n\r\n" "c:${form:0:15}" lost:7 "c:${form:22}" "$answer"
pieces=single
plant form-single 80 "${post}Content-Length: ${#form}\r\n\r\n$form" "$answer"
pieces=whole
plant form-refused 80 "${post}Content-Length: ${#form}\r\n\r\n$form" 's:HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n'
plant form-h2 8080 "C:$begin$(h2 1 4 1 "8386844101785f21$(hex application/x-www-form-urlencoded)")$(h2 0 1 1 "$(hex "$form")")" \
    "S:$(h2 4 0 0 '')$(h2 1 5 1 89)"
# The parts of a form are no files whose digest and length would tell of the secret.
parts='--b\r\nContent-Disposition: form-data; name="pass_word"\r\n\r\ns3cr3t\r\n'
parts+='--b\r\nContent-Disposition: form-data; name="pwd"; filename="f"\r\n\r\ns3cr3t\r\n'
parts+='--b\r\nContent-Disposition: form-data; name="a"; filename="g"\r\n\r\nhello\r\n--b--\r\n'
printf -v length %b "$parts"
plant form-parts 80 "c:POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: ${#length}\r\n\r\n$parts" "$answer"
# A message of anybody announces the flows of logins as files.
login=('s:220 hi\r\n' 'c:USER joe\r\n' 's:331 ok\r\n' 'c:PASS s3cr3t\r\n' 's:230 in\r\n')
dcc() {
    local port
    talk 6667 'c:NICK joe\r\n' 's::x 001 joe :hi\r\n' \
        "s::eve PRIVMSG joe :\1DCC SEND a 3221226037 $1 5\1\r\n:eve PRIVMSG joe :\1DCC SEND b 3221226037 $2 $3\1\r\n"
    for port in "$1" "$2"; do
        client=$((client + 1))
        talk "$port" "${login[@]}" >login-flow
        tail -c +25 login-flow
    done
}
captures+=(-r irc-dcc -r irc-dcc-passive)
dcc 21 20021 4294967294 >irc-dcc
dcc 21 21 '5 7' >irc-dcc-passive
jwt=eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJqb2UiLCJleHAiOjEsInJlYWxtIjp7InJvbGVzIjpbImEiXX19
plant http-bearer 80 "c:GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $jwt.czNjcjN0\r\n\r\n" 's:HTTP/1.1 204 No\r\n\r\n'
plant http-digest 80 'c:GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Digest realm="a, b", username="joe", response="s3cr3t"\r\n\r\n' \
    's:HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n'
plant redis-auth 6379 'c:*2\r\n$4\r\nAUTH\r\n$6\r\ns3cr3t\r\n' 's:+OK\r\n'
plant redis-user 6379 'c:*3\r\n$4\r\nAUTH\r\n$3\r\njoe\r\n$6\r\ns3cr3t\r\n' 's:-WRONGPASS no\r\n'
plant redis-hello 6379 'c:HELLO 3 AUTH joe s3cr3t\r\n' 's:+OK\r\n'
plant ldap-simple 389 "C:301802010160130201030406$(hex cn=joe)8006$(hex s3cr3t)" 'S:300c02010161070a010004000400'

i=0
for auth in 'c:AUTH PLAIN\r\n|s:334 \r\n|c:AHVzZXIAczNjcjN0\r\n' 'c:AUTH LOGIN dXNlcg==\r\n|s:334 UGFz\r\n|c:czNjcjN0\r\n' \
    'c:auth login\r\n|s:334 VXNl\r\n|c:dXNlcg==\r\n|s:334 UGFz\r\n|c:czNjcjN0\r\n' 'c:AUTH=PLAIN AHVzZXIAczNjcjN0\r\n' \
    'c:AUTH\tPLAIN\tAHVzZXIAczNjcjN0\r\n' 'c:AUTH PLAIN=AHVzZXIAczNjcjN0\r\n' 'c:X-EXPS LOGIN dXNlcg==\r\n|s:334 \r\n|c:czNjcjN0\r\n' \
    'c:AUTH PLAIN AHVzZXIAczNjcjN0\r\n|s:235 ok\r\n|c:czNjcjN0\r\n' 'c:AUTHczNjcjN0 x\r\n'; do
    IFS='|' read -ra steps <<<"$auth"
    plant "smtp-auth-$i" 587 "${smtp[@]}" "${steps[@]}" 's:235 ok\r\n' 'c:MAIL FROM:<a@x>\r\n' 's:250 ok\r\n'
    i=$((i + 1))
done
plant http-proxy 8080 'c:GET http://x/ HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic am9lOnMzY3IzdA==\r\n\r\n' 's:HTTP/1.1 407 No\r\n\r\n'
plant http-host 80 'c:GET / HTTP/1.1\r\nHost: joe:s3cr3t@x\r\n\r\n' 's:HTTP/1.1 204 No\r\n\r\n'
plant http-connect 3128 'c:CONNECT joe:s3cr3t@x:443 HTTP/1.1\r\nHost: joe:s3cr3t@x:443\r\n\r\n' 's:HTTP/1.1 200 OK\r\n\r\n'
plant http-connect-question 3128 'c:CONNECT joe:no?s3cr3t@x:443 HTTP/1.1\r\nHost: x\r\n\r\n' 's:HTTP/1.1 200 OK\r\n\r\n'
# Which argument of LOGIN comes next is not known behind one that is too long, and a lone one can be the password.
plant imap-long-user 143 's:* OK ready\r\n' "c:a1 LOGIN {9000+}\r\n$long s3cr3t\r\n" 's:a1 NO no\r\n'
plant imap-lone 143 's:* OK ready\r\n' 'c:a1 LOGIN s3cr3t\r\n' 's:a1 BAD no\r\n'
plant http-uri 8080 'c:GET http://joe:s3cr3t@x/ HTTP/1.1\r\nHost: x\r\nReferer: ftp://joe:s3cr3t@y/z\r\nFrom: a@b\r\n\r\n' \
    's:HTTP/1.1 302 Found\r\nLocation: //joe:s3cr3t@x\r\nLink: <http://:s3cr3t@x/>\r\nContent-Length: 0\r\n\r\n'

# Bytes in hexadecimal, with colons, spaces and nothing between them: s3cr3t, its base64, and the end of the base64 of joe:s3cr3t.
for text in s3cr3t czNjcjN0 zM2NyM3; do
    text=$(hex "$text")
    secret+="|$text|$(sed 's/../&:/g; s/:$//' <<<"$text")|$(sed 's/../& */g; s/ \*$//' <<<"$text")"
done
for text in 4324b194ff 41a4810c92c653; do # in Huffman's code
    secret+="|$text|$(sed 's/../&:/g; s/:$//' <<<"$text")|$(sed 's/../& */g; s/ \*$//' <<<"$text")"
done
# No form of output has a secret, with or without workers.
for more in '--workers=0 --json' --workers=2\ --json --json=packets '' -v '--streams sides --json -o records' '-T json' '-T jsonraw' \
    '-T ek' '-T pdml' '-T tabs' '-T text -V' '-T fields -e tcp.payload' '-T fields -e sctp.data -e websocket.payload.binary -e websocket.payload.text' '-T json -e tcp.payload' -x -xx -X -XX -A '-v -x'; do
    # shellcheck disable=SC2086 # several arguments, or none
    run "${captures[@]}" --no-checksums $more
    ran="taplight --no-checksums $more"
    rc_is 0
    [[ -s out || -s records ]] || fail "$ran: no output"
    ! grep -qE -- "$secret" out || fail "$ran: shows a secret: $(grep -E -- "$secret" out | head -n 1)"
done
! grep -qE -- "$secret" records || fail "records beside --streams show a secret: $(grep -E -- "$secret" records | head -n 1)"
# The second of two segments has the secret, which is known only from both; a third one is only begun.
pieces=whole
plant smtp-torn 25 "${smtp[@]}" 'c:AUTH PLAIN AHVzZXIA' 'c:czNjcjN0\r\n' 's:235 ok\r\n' 'c:AUTH PLAIN czNjcjN0' 'c:\r\n' 's:503 no\r\n'
for form in '-T jsonraw' '-T pdml' '-T json' -x -A; do
    # shellcheck disable=SC2086 # several arguments
    run -r smtp-torn --no-checksums $form
    rc_is 0
    ! grep -qE -- "$secret" out || fail "$ran: shows a secret: $(grep -E -- "$secret" out | head -n 1)"
    grep -q "EHLO me\|$(hex 'EHLO me')\|$(hex 'EHLO me' | sed 's/../&:/g; s/:$//')" out || fail "$ran: the command before is not shown"
done
# With --show-secrets all of them are in packet detail, and those of records in records.
for ((i = 1; i < ${#captures[@]}; i += 2)); do
    form=--json=packets
    case ${captures[i]} in
        form-last | form-gap) continue ;; # a part of it was sent
        form-torn | form-chunks | form-single) form=--json ;; # in no packet as it is
        sieve-* | form-* | middle-* | gap-* | long-* | socks-version | quoted-* | *-cut*) form=-A ;; # no field has it
    esac
    run -r "${captures[i]}" --no-checksums --show-secrets $form
    grep -qE -- "$secret" out || fail "$ran: no secret"
done
for more in -v --json '-T json' '-T jsonraw' '-T pdml' '-T fields -e tcp.payload'; do
    # shellcheck disable=SC2086 # several arguments
    run "${captures[@]}" --no-checksums --show-secrets $more
    (($(grep -cE -- "$secret" out) > 15)) || fail "$ran: only $(grep -cE -- "$secret" out) lines with a secret"
done

has ftp-refused-v6-whole '"command":"PASS","arg":"<hidden>"' --json
has ftp-refused-v6-whole '"password":"s3cr3t","command":"PASS","arg":"s3cr3t"' --json --show-secrets
has ftp-acct '"command":"ACCT","arg":"<hidden>"' --json
has ftp-two-users '"user":"ftp","password":"me@x","command":"PASV"' --json
has ftp-two-users 'me@x' -v
has ftp-joined '"command":"ACCT","arg":"<hidden>"' --json
has ftp-joined '"command":"ACCT","arg":"s3cr3t too"' --json --show-secrets
has http-uri '"uri":"http://joe:@x/"' --json
has http-uri '"referrer":"ftp://joe:@y/z"' --json
has http-uri '//joe:@x' -v
has http-host '"host":"joe:@x"' --json
has http-connect '"uri":"joe:@x:443"' --json
has h2-uri '"host":"joe:@x:1","uri":"http://joe:@x/"' --json
has h2-authorization '"username":"joe"' --json
has h2-authorization '"http2.headers.authorization":\["Basic"\]' --json=packets
has h2-cookie '"http2.headers.cookie":\["sid"\]' --json=packets
has h2-split '"password":"s3cr3t"' --json --show-secrets
has http-connect '"http.request.full_uri":"joe:@x:443"' --json=packets
has ldap-match '"filter":"\(userPassword=\?\)"' --json
has ldap-match '"filter":"\(userPassword=s3cr3t\)"' --json --show-secrets
has ldap-substrings '"filter":"\(unicodePwd=\*\?\*\)"' --json
has sip-multipart hello --json=packets
has smtp-auth-0 '"auth":"PLAIN user"' --json

# One login record each, with the answer, and the secret only on demand.
login() {
    has "$1" "\"_path\":\"login\".*$2" --json
}
login_shown() {
    has "$1" "\"_path\":\"login\".*\"password\":\"$2\"" --json --show-secrets
}
login ftp-pass-v4-whole '"protocol":"ftp","user":"joe","method":"USER","success":true}'
login ftp-refused-v4-whole '"protocol":"ftp","user":"joe","method":"USER","success":false}'
login ftp-two-users '"user":"ftp","method":"USER","success":true,"password":"me@x"}'
login smtp-plain-v4-whole '"protocol":"smtp","user":"user","method":"PLAIN","success":true}'
login pop3-pass-v4-whole '"protocol":"pop3","user":"joe","method":"USER","success":true}'
login pop3-logins '"user":"joe","method":"APOP","success":false}'
login pop3-logins '"user":"user","method":"PLAIN","success":false}'
login imap-login-v4-whole '"protocol":"imap","user":"joe","method":"LOGIN","success":true}'
login imap-logins '"user":"user","method":"PLAIN","success":false}'
login socks-v4-whole '"protocol":"socks","user":"joe","method":"password","success":true}'
login snmp-get '"protocol":"snmp","method":"community"'
login snmp-elsewhere '"method":"community"}'
login http-v4-whole '"protocol":"http","user":"joe","method":"Basic","success":true}'
login http-proxy '"protocol":"http","user":"joe","method":"Basic","success":false}'
login http-digest '"user":"joe","method":"Digest","success":false}'
login http-bearer '"method":"Bearer","success":true,"jwt_alg":"HS256","jwt_claims":\["sub","exp","realm"\]}'
login h2-authorization '"user":"joe","method":"Basic","success":true}'
login redis-auth '"protocol":"redis","method":"AUTH","success":true}'
login redis-user '"user":"joe","method":"AUTH","success":false}'
login redis-hello '"user":"joe","method":"HELLO","success":true}'
login irc-pass '"protocol":"irc","user":"joe","method":"PASS","success":true}'
login irc-sasl '"protocol":"irc","user":"joe","method":"PLAIN","success":true}'
for name in irc-dcc irc-dcc-passive; do
    login "$name" '"protocol":"ftp","user":"joe","method":"USER","success":true}'
done
for text in "$(printf s3cr3t | md5sum | cut -c 1-32)" '"seen_bytes":6,'; do
    run -r form-parts --no-checksums --json --hash md5
    ! grep -q "$text" out || fail "$ran: tells of a secret: $text"
done
has form-parts '"filename":"g"' --json --hash md5
login radius-mschap '"protocol":"radius","user":"joe","method":"MS-CHAP","success":true}'
login ldap-simple '"protocol":"ldap","user":"cn=joe","method":"simple","success":true}'
for name in form-whole form-torn form-chunks form-single form-h2; do
    login "$name" '"protocol":"http","user":"joe","method":"form"}'
    login_shown "$name" s3cr3t
done
has form-whole 'username=joe' -A # only the value is hidden, where the form is in one segment
has form-whole 'next=here' -A
login form-refused '"user":"joe","method":"form","success":false}'
login form-last '"user":"a@x","method":"form"}'
for name in ftp-pass-v4-whole smtp-plain-v4-whole smtp-auth-2 pop3-pass-v4-whole imap-login-v4-whole socks-v4-whole snmp-get \
    http-v4-whole redis-auth redis-user redis-hello ldap-simple irc-pass irc-sasl; do
    login_shown "$name" s3cr3t
done

# A body is shown, also behind a hole in it; what may be the next head is not.
printf -v filler '%0200d' 0
talk 80 "c:POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 240\r\n\r\n$filler" lost:10 'c:after-the-hole' 'c:beyond the body and more' >body-hole
has body-hole after-the-hole -A
! grep -q "and more" out || fail "$ran: shows what may be a head"

# Dissectors of these protocols do not ask whether secrets are shown: core/ decides.
! grep -nE -e '->secrets|\.secrets' "$SOURCE"/dissectors/{smtp,mail,ftp,socks,pop3,imap}/*.[ch] || fail 'a dissector reads d->secrets'

done_testing
