#!/usr/bin/env bash
# capture_chat.sh [OUTDIR] - samples of IRC (ngircd, ii), XMPP (Prosody, go-sendxmpp) and Finger (efingerd, finger), in two network
# namespaces that a veth pair connects. Needs root and (Debian 12): ngircd ii prosody lua-sec go-sendxmpp efingerd finger socat
# openssl tcpdump.
out=$(realpath "${1:-samples}") ns=tlch net=10.92.0
# shellcheck source=samples/pair.bash
source "$(dirname "$0")/pair.bash"

cd "$tmp" || exit 1
cat >ngircd.conf <<CONF
[Global]
    Name = irc.example.test
    Info = A test server
    Listen = $net.2
    Password = wonderland
    MotdPhrase = "Welcome"
    ServerUID = nobody
    ServerGID = nogroup
[Options]
    DNS = no
    Ident = no
    PAM = no
[Operator]
    Name = queen
    Password = looking-glass
[Channel]
    Name = #tea
    Topic = Tea at six
CONF
background b ngircd -n -f "$tmp/ngircd.conf"
for _ in {1..50}; do in_a bash -c "exec 3<>/dev/tcp/$net.2/6667" 2>/dev/null && break; sleep 0.2; done
# talk PORT: sends the lines of standard input, a moment after each other, and takes what comes.
talk() { in_a timeout 8 bash -c "exec 3<>/dev/tcp/$net.2/$1; cat <&3 & while IFS= read -r l; do printf '%s\r\n' \"\$l\" >&3; sleep 0.3; done; wait"; }
irc() {
    printf '%s\n' 'PASS looking-glass' 'NICK hatter' 'USER hatter 0 * :The Hatter' | talk 6667
    printf '%s\n' 'PASS wonderland' 'NICK march' 'USER march 0 * :March Hare' 'JOIN #tea,#secret ,cheshire' 'MODE #secret +k cheshire' \
        'PRIVMSG #tea :no room' 'OPER queen looking-glass' 'OPER queen wrong-one' 'WHOIS dormouse' 'PRIVMSG dormouse :wake up' 'NICK hare' \
        'AWAY :at the trial' 'LIST' 'BOGUS' 'QUIT :bye' | talk 6667 &
    local hare=$! door
    sleep 0.5
    (
        export IIPASS=wonderland
        in_a timeout 6 ii -s "$net.2" -n dormouse -k IIPASS -i "$tmp/ii" -f 'The Dormouse'
    ) &
    door=$!
    sleep 1
    printf '/j #tea\n' >"$tmp/ii/$net.2/in"
    sleep 0.7
    printf 'twinkle, twinkle\n' >"$tmp/ii/$net.2/#tea/in"
    wait "$hare" "$door"
}
cap irc/ngircd.pcap 'tcp port 6667' 1 irc

# XMPP: a server that takes passwords in clear, and TLS if it is asked for.
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 3650 -subj /CN=example.test -addext subjectAltName=DNS:example.test 2>/dev/null
chmod 644 key.pem
cat >prosody.cfg.lua <<CONF
run_as_root = true
daemonize = false
data_path = "$tmp/data"
pidfile = "$tmp/prosody.pid"
log = { info = "$tmp/prosody.log" }
interfaces = { "$net.2" }
modules_enabled = { "roster", "saslauth", "tls", "disco", "ping", "legacyauth" }
modules_disabled = { "s2s" }
allow_unencrypted_plain_auth = true
c2s_require_encryption = false
authentication = "internal_plain"
ssl = { key = "$tmp/key.pem", certificate = "$tmp/cert.pem" }
VirtualHost "example.test"
Component "rooms.example.test" "muc"
CONF
mkdir data
for user in alice hatter; do prosodyctl --config "$tmp/prosody.cfg.lua" register "$user" example.test wonderland >/dev/null 2>&1; done
background b prosody --config "$tmp/prosody.cfg.lua" -F
for _ in {1..50}; do in_a bash -c "exec 3<>/dev/tcp/$net.2/5222" 2>/dev/null && break; sleep 0.2; done
stream="<?xml version='1.0'?><stream:stream to='example.test' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
sasl() { printf "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>%s</auth>\n" "$(printf '\0%s\0%s' "$1" "$2" | base64)"; }
bind="<iq type='set' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>%s</resource></bind></iq>\n"
xmpp() {
    # The listener, then one with a wrong password, then one that sends.
    { printf '%s\n' "$stream"; sasl hatter wonderland; printf '%s\n' "$stream"; printf "$bind" tea; printf '<presence/>\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n</stream:stream>\n'; } | talk 5222 &
    local listener=$!
    sleep 1.5
    { printf '%s\n' "$stream"; sasl alice looking-glass; printf '</stream:stream>\n'; } | talk 5222
    {
        printf '%s\n' "$stream"; sasl alice wonderland; printf '%s\n' "$stream"; printf "$bind" garden
        printf "<iq type='get' id='r1'><query xmlns='jabber:iq:roster'/></iq>\n"
        printf "<message to='hatter@example.test' type='chat' id='m1'><subject>Tea</subject><body>Why is a raven like a writing-desk?</body></message>\n"
        printf "<message to='nobody@example.test' type='chat' id='m2'><body>lost</body></message>\n"
        printf "<presence to='table@rooms.example.test/alice'><x xmlns='http://jabber.org/protocol/muc'/></presence>\n"
        printf "<message to='table@rooms.example.test' type='groupchat'><body>No room</body></message>\n"
        printf "<iq type='get' id='p1' to='example.test'><ping xmlns='urn:xmpp:ping'/></iq>\n</stream:stream>\n"
    } | talk 5222
    { printf '%s\n' "$stream"; printf "<iq type='set' id='a1'><query xmlns='jabber:iq:auth'><username>alice</username><password>wonderland</password><resource>old</resource></query></iq>\n</stream:stream>\n"; } | talk 5222
    wait "$listener"
}
cap xmpp/prosody.pcap 'tcp port 5222' 1 xmpp
xmpp_tls() { printf 'Off with her head\n' | HOME=$tmp in_a timeout 8 go-sendxmpp -n -u alice@example.test -p wonderland -j "$net.2:5222" hatter@example.test; }
cap xmpp/prosody-starttls.pcap 'tcp port 5222' 1 xmpp_tls

# Finger: efingerd, started for each request, with answers of its own in place of those of /etc/efingerd.
mkdir finger
printf '#!/bin/sh\necho "Login    Name            Where"\necho "alice    Alice           wonderland"\necho "hatter   The Hatter      tea table"\n' >finger/list
printf '#!/bin/sh\necho "Login: $3"\necho "Plan:"\necho "To find the garden."\n' >finger/luser
printf '#!/bin/sh\necho "$3: no such user."\n' >finger/nouser
chmod 755 finger/*
background b unshare -m sh -c "mount --bind '$tmp/finger' /etc/efingerd; exec socat TCP-LISTEN:79,fork,reuseaddr,bind=$net.2 'EXEC:/usr/sbin/efingerd -n -u'"
sleep 1
fingers() {
    in_a timeout 5 finger "@$net.2"
    in_a timeout 5 finger "games@$net.2"
    in_a timeout 5 finger -l "dormouse@$net.2"
    in_a timeout 5 finger "alice@example.test@$net.2"
}
cap finger/efingerd.pcap 'tcp port 79' 1 fingers
