# capture_voice.sh - samples of calls and of relaying, sourced by capture.sh: sipp as both ends of a call with audio, coturn
# with its own client. Needs: sip-tester coturn

voice=$tmp/voice
start_voice() {
    command -v sipp >/dev/null && command -v turnserver >/dev/null || { say "capture.sh: sipp or turnserver is missing (see README.md)"; exit 1; }
    mkdir -p "$voice"
    # A second of a tone in G.711 A-law.
    "$python" -c 'import sys; sys.stdout.buffer.write(bytes(0xd5 ^ (i * 7 % 64) for i in range(8000)))' >"$voice/tone.raw"
    cat >"$voice/caller.xml" <<'XML'
<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="caller">
  <send retrans="500"><![CDATA[
INVITE sip:bob@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "Alice" <sip:alice@example.test>;tag=a[call_number]
To: <sip:bob@example.test>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:alice@[local_ip]:[local_port]>
Max-Forwards: 70
User-Agent: sample
Subject: a sample
Content-Type: application/sdp
Content-Length: [len]

v=0
o=alice 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [rtpstream_audio_port] RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
  ]]></send>
  <recv response="100" optional="true"></recv>
  <recv response="180" optional="true"></recv>
  <recv response="200" rrs="true"></recv>
  <send><![CDATA[
ACK sip:bob@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "Alice" <sip:alice@example.test>;tag=a[call_number]
To: <sip:bob@example.test>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

  ]]></send>
  <nop><action><exec rtp_stream="TONE,1,8,PCMA/8000"/></action></nop>
  <pause milliseconds="900"/>
  <send retrans="500"><![CDATA[
BYE sip:bob@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "Alice" <sip:alice@example.test>;tag=a[call_number]
To: <sip:bob@example.test>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

  ]]></send>
  <recv response="200"></recv>
</scenario>
XML
    sed -i "s|TONE|$voice/tone.raw|" "$voice/caller.xml"
    sed 's/^INVITE sip:bob@/REGISTER sip:/; s/CSeq: 1 INVITE/CSeq: 1 REGISTER/' "$voice/caller.xml" >/dev/null
    cat >"$voice/register.xml" <<'XML'
<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="register">
  <send><![CDATA[
REGISTER sip:example.test SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:alice@example.test>;tag=a[call_number]
To: <sip:alice@example.test>
Call-ID: [call_id]
CSeq: 1 REGISTER
Contact: <sip:alice@[local_ip]:[local_port]>
Max-Forwards: 70
Expires: 60
Content-Length: 0

  ]]></send>
  <recv response="401" auth="true"></recv>
  <send><![CDATA[
REGISTER sip:example.test SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:alice@example.test>;tag=a[call_number]
To: <sip:alice@example.test>
Call-ID: [call_id]
CSeq: 2 REGISTER
Contact: <sip:alice@[local_ip]:[local_port]>
[authentication username=alice password=sample]
Max-Forwards: 70
Expires: 60
Content-Length: 0

  ]]></send>
  <recv response="200"></recv>
</scenario>
XML
    cat >"$voice/registrar.xml" <<'XML'
<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="registrar">
  <recv request="REGISTER"></recv>
  <send><![CDATA[
SIP/2.0 401 Unauthorized
[last_Via:]
[last_From:]
[last_To:];tag=b[call_number]
[last_Call-ID:]
[last_CSeq:]
WWW-Authenticate: Digest realm="example.test", nonce="5f1c0a", algorithm=MD5, qop="auth"
Content-Length: 0

  ]]></send>
  <recv request="REGISTER"></recv>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=b[call_number]
[last_Call-ID:]
[last_CSeq:]
[last_Contact:]
Server: sample
Content-Length: 0

  ]]></send>
</scenario>
XML
}

# A call that sipp answers; its audio comes back (-rtp_echo). Each end ends after one call.
sip_call() {
    ip netns exec tlcap-b sipp -sn uas -i 10.77.0.2 -p 5060 -mi 10.77.0.2 -rtp_echo -m 1 -t "$1" -nostdin -timeout 8s >/dev/null 2>&1 &
    sleep 0.5
    in_a sipp -sf "$voice/caller.xml" -i 10.77.0.1 -mi 10.77.0.1 -m 1 -t "$1" -nostdin -timeout 8s 10.77.0.2:5060 >/dev/null 2>&1 || true
    wait $! 2>/dev/null || true
}
sip_register() {
    ip netns exec tlcap-b sipp -sf "$voice/registrar.xml" -i 10.77.0.2 -p 5060 -m 1 -nostdin -timeout 8s >/dev/null 2>&1 &
    sleep 0.5
    in_a sipp -sf "$voice/register.xml" -i 10.77.0.1 -m 1 -nostdin -timeout 8s -au alice -ap sample 10.77.0.2:5060 >/dev/null 2>&1 || true
    wait $! 2>/dev/null || true
}

start_turn() {
    ip netns exec tlcap-b turnserver -n --log-file stdout -L 10.77.0.2 -E 10.77.0.2 -u alice:sample -r example.test --lt-cred-mech \
        --no-tls --no-dtls --no-cli --pidfile "$voice/turn.pid" --allow-loopback-peers --db "$voice/turn.db" >/dev/null 2>&1 &
    pids+=($!)
    sleep 1
}
turn_udp() { in_a turnutils_uclient -u alice -w sample -r example.test -n 3 -m 1 -l 40 -y 10.77.0.2 >/dev/null 2>&1 || true; }
turn_tcp() { in_a turnutils_uclient -t -u alice -w sample -n 2 -m 1 -l 40 -y 10.77.0.2 >/dev/null 2>&1 || true; }
turn_wrong() { timeout 5 ip netns exec tlcap-a turnutils_uclient -u alice -w another -n 1 -m 1 -y 10.77.0.2 >/dev/null 2>&1 || true; }
stun_binding() { in_a turnutils_stunclient 10.77.0.2 >/dev/null 2>&1 || true; in_a turnutils_natdiscovery -m 10.77.0.2 >/dev/null 2>&1 || true; }

! wanted sip/ && ! wanted stun/ || start_voice
cap sip/call.pcap "sipp: a call over UDP, its audio in both directions" "udp" sip_call u1
cap sip/call-tcp.pcap "the same over TCP" "tcp port 5060 or udp" sip_call t1
cap sip/register.pcap "a registration with a digest" "udp" sip_register
! wanted stun/ || start_turn
cap stun/binding.pcap "coturn: bindings" "udp" stun_binding
cap stun/turn.pcap "allocations, permissions, channels and data over UDP" "udp" turn_udp
cap stun/turn-tcp.pcap "an allocation over TCP" "tcp port 3478" turn_tcp
cap stun/refused.pcap "a wrong password" "udp" turn_wrong
