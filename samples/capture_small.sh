#!/usr/bin/env bash
# capture_small.sh [OUTDIR] - samples of ManageSieve (Dovecot), NNTP (leafnode), WHOIS (whois) and WireGuard (wireguard-go), in two
# network namespaces that a veth pair connects. Needs root and (Debian 12): dovecot-managesieved leafnode whois wireguard-go
# wireguard-tools socat openssl tcpdump, and /dev/net/tun.
out=$(realpath "${1:-samples}") ns=tlsm net=10.94.0
# shellcheck source=samples/pair.bash
source "$(dirname "$0")/pair.bash"

cd "$tmp" || exit 1
# talk PORT: sends the lines of standard input, a moment after each other, and takes what comes.
talk() { in_a timeout 8 bash -c "exec 3<>/dev/tcp/$net.2/$1; cat <&3 & while IFS= read -r l; do printf '%s\r\n' \"\$l\" >&3; sleep 0.2; done; wait"; }
# for_port PORT: until a server listens in b.
for_port() { for _ in {1..50}; do in_b bash -c "ss -ltn | grep -q ':$1 '" && break; sleep 0.2; done; }
wants() { [[ -z ${ONLY-} || $1 == *$ONLY* || $ONLY == "${1%%/*}"* ]]; }

# --- ManageSieve ---
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=mx.example.test -keyout key.pem -out cert.pem 2>/dev/null
mkdir -p mail run
printf 'alice:{PLAIN}wonderland:%s:%s::%s::\n' "$(id -u nobody)" "$(id -g nobody)" "$tmp/mail" >users
chown -R nobody:nogroup mail
cat >dovecot.conf <<CONF
base_dir = $tmp/run
state_dir = $tmp/run
log_path = $tmp/dovecot.log
instance_name = tlsm
protocols = sieve
listen = $net.2
ssl = yes
ssl_cert = <$tmp/cert.pem
ssl_key = <$tmp/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:$tmp/mail
first_valid_uid = 1
first_valid_gid = 1
default_login_user = nobody
default_internal_user = nobody
default_internal_group = nogroup
passdb {
    driver = passwd-file
    args = $tmp/users
}
userdb {
    driver = passwd-file
    args = $tmp/users
}
plugin {
    sieve = file:$tmp/mail/sieve;active=$tmp/mail/active.sieve
}
service managesieve-login {
    chroot =
}
CONF
sasl() { printf '\0%s\0%s' "$1" "$2" | base64; }
sieve() {
    printf '%s\n' "AUTHENTICATE \"PLAIN\" \"$(sasl alice looking-glass)\"" 'LOGOUT' | talk 4190
    printf '%s\n' 'CAPABILITY' "AUTHENTICATE \"PLAIN\" {$(sasl alice wonderland | wc -c | awk '{print $1-1}')+}" "$(sasl alice wonderland)" 'HAVESPACE "tea" 120' \
        'PUTSCRIPT "tea" {58+}' 'require ["fileinto"];' 'if true { fileinto "Tea party"; }' '' 'PUTSCRIPT "wrong" {15+}' 'no such word;' \
        '' 'LISTSCRIPTS' 'SETACTIVE "tea"' 'LISTSCRIPTS' 'GETSCRIPT "tea"' 'GETSCRIPT "none"' 'RENAMESCRIPT "tea" "time"' 'DELETESCRIPT "time"' \
        'SETACTIVE ""' 'DELETESCRIPT "time"' 'NOOP "here"' 'LOGOUT' | talk 4190
}
sieve_tls() { printf 'CAPABILITY\r\nLOGOUT\r\n' | in_a timeout 5 openssl s_client -quiet -starttls sieve -connect "$net.2:4190"; }
if wants sieve/dovecot; then
    background b dovecot -F -c "$tmp/dovecot.conf"
    for_port 4190
fi
cap sieve/dovecot.pcap 'tcp port 4190' 1 sieve
cap sieve/dovecot-starttls.pcap 'tcp port 4190' 1 sieve_tls

# --- NNTP: leafnode takes no name of example.test ---
mkdir -p news/etc news/spool
cp -a /var/spool/news/. news/spool/
printf 'server = news.wonderland.lan\nexpire = 20\nhostname = news.wonderland.lan\nallowstrangers = 42\n' >news/etc/config
printf 'example.tea\ty\tTea talk\n' >news/etc/local.groups
printf 'example.tea 0 1 1700000000 Tea talk\n' >news/spool/leaf.node/groupinfo
chown -R news:news news
chmod 755 news
background b unshare -m sh -c "mount --bind '$tmp/news/etc' /etc/news/leafnode && mount --bind '$tmp/news/spool' /var/spool/news && exec socat TCP-LISTEN:119,fork,reuseaddr,bind=$net.2 EXEC:/usr/sbin/leafnode,pipes"
nntp() {
    printf '%s\n' 'MODE READER' 'CAPABILITIES' 'LIST' 'LIST NEWSGROUPS' 'GROUP example.tea' 'POST' 'From: Alice <alice@example.test>' \
        'Newsgroups: example.tea' 'Subject: No room' 'Message-ID: <tea1@news.wonderland.lan>' '' 'There is plenty of room.' '..dotted' '.' \
        'GROUP example.tea' 'ARTICLE 1' 'HEAD 1' 'STAT 1' 'XOVER 1-5' 'BODY <tea1@news.wonderland.lan>' 'ARTICLE 9' 'GROUP no.such.group' \
        'AUTHINFO USER alice' 'AUTHINFO PASS looking-glass' 'BOGUS' 'DATE' 'QUIT' | talk 119
}
cap nntp/leafnode.pcap 'tcp port 119' 1 nntp

# --- WHOIS: the server is a shell script ---
printf '#!/bin/sh\nread -r q\nprintf "%%%% Test registry\\r\\n\\r\\ndomain: %%s\\r\\nstatus: ACTIVE\\r\\n" "${q%%%%?}"\n' >registry.sh
chmod 755 registry.sh
background b socat "TCP-LISTEN:43,fork,reuseaddr,bind=$net.2" "EXEC:$tmp/registry.sh"
for_port 43
who() { in_a timeout 5 whois -h "$net.2" example.test; in_a timeout 5 whois -h "$net.2" -- '-T dn wonderland.test'; }
cap lan/whois-real.pcap 'tcp port 43' 1 who

# --- WireGuard ---
if wants routing/wireguard-go; then
    umask 077
    for side in a b; do wg genkey | tee "$side.wg" | wg pubkey >"$side.pub"; done
    wg genpsk >psk
    for side in a b; do
        ip netns exec "$ns-$side" wireguard-go -f "wg$side" >"wg.$side.log" 2>&1 &
        pids+=($!)
    done
    sleep 1
    in_a wg set wga private-key a.wg peer "$(cat b.pub)" preshared-key psk allowed-ips 10.97.0.2/32 endpoint "$net.2:51820" persistent-keepalive 3
    in_b wg set wgb private-key b.wg listen-port 51820 peer "$(cat a.pub)" preshared-key psk allowed-ips 10.97.0.1/32
    in_a ip addr add 10.97.0.1/24 dev wga
    in_b ip addr add 10.97.0.2/24 dev wgb
fi
wireguard() {
    in_a ip link set wga up
    in_b ip link set wgb up
    in_a ping -c 3 -i 0.3 10.97.0.2
    sleep 4
}
cap routing/wireguard-go.pcap 'udp port 51820' 1 wireguard
