#!/usr/bin/env bash
# capture_leases.sh [OUTDIR] - samples of DHCP and DHCPv6 (dnsmasq, dhclient, udhcpc), and of NTP (ntpsec), in two network
# namespaces that a veth pair connects. Needs root and (Debian 12): dnsmasq-base isc-dhcp-client udhcpc ntpsec
# ntpsec-ntpdig tcpdump.
out=$(realpath "${1:-samples}") ns=tlle net=10.91.0
# shellcheck source=samples/pair.bash
source "$(dirname "$0")/pair.bash"

cd "$tmp" || exit 1
# shellcheck disable=SC2016 # variables of these scripts
printf '#!/bin/sh\ncase $1 in bound|renew) ip addr replace "$ip/24" dev "$interface";; esac\n' >bind.sh
# shellcheck disable=SC2016
printf '#!/bin/sh\n[ -z "$new_ip_address" ] || ip addr replace "$new_ip_address/24" dev "$interface"\n' >take.sh
chmod 755 bind.sh take.sh
touch leases.{a,r,6,7}
in_b ip -6 addr add 2001:db8:91::2/64 dev tb nodad
# A server in b; leases of two minutes, the shortest time.
serve() { ip netns exec "$ns-b" dnsmasq -d -C /dev/null -p 0 -i tb --leasefile-ro --user=root --dhcp-authoritative "$@" >serve.log 2>&1 & pids+=($!); sleep 1; }
stop() { kill "${pids[-1]}"; wait "${pids[-1]}" 2>/dev/null; unset 'pids[-1]'; }
flush() { in_a ip -4 addr flush dev ta; }
# client_v4 FILE OPTION..: dhclient
client_v4() { in_a timeout 20 dhclient -4 -v -cf "$tmp/client.conf" -lf "$tmp/$1" -pf "$tmp/client.pid" -sf "$tmp/take.sh" "${@:2}" ta; }

cat >client.conf <<CONF
option classless-routes code 121 = array of unsigned integer 8;
send host-name "pc1.example.test";
send dhcp-client-identifier 1:02:00:00:00:0a:01;
send fqdn.fqdn "pc1.example.test.";
send fqdn.encoded on;
request subnet-mask, broadcast-address, routers, domain-name, domain-name-servers, domain-search, ntp-servers, interface-mtu,
    classless-routes;
CONF
leases() {
    flush
    serve --dhcp-range="$net.100,$net.120,255.255.255.0,2m" --domain=example.test --dhcp-option=option:ntp-server,"$net.2" \
        --dhcp-option=option:domain-search,example.test,lab.example.test --dhcp-option=26,1400 \
        "--dhcp-option=121,10.99.0.0/16,$net.2,0.0.0.0/0,$net.2" "--dhcp-boot=boot.img,boothost,$net.2"
    client_v4 leases.a -1
    client_v4 leases.a -r
    in_a timeout 20 udhcpc -f -q -n -i ta -s "$tmp/bind.sh" -x hostname:pc2 -F pc2.example.test -V 'test client' -O 42 -r "$net.105"
    # Renewed at SIGUSR1, released at the end.
    ip netns exec "$ns-a" udhcpc -f -R -i ta -s "$tmp/bind.sh" -t 3 -T 1 -x hostname:pc2 >udhcpc.log 2>&1 &
    local client=$!
    sleep 2
    kill -USR1 "$client"
    sleep 1
    kill "$client"
    wait "$client" 2>/dev/null
    flush
    # A lease of another network: the server refuses it.
    in_a timeout 4 udhcpc -f -q -n -i ta -s /bin/true -r 192.0.2.77
    stop
}
cap dhcp/dnsmasq.pcap 'udp port 67 or udp port 68' 1 leases

# A server that refuses: dhclient asks again for an address of a network that is no more; and one in use, which udhcpc declines.
refused() {
    flush
    serve --dhcp-range="$net.100,$net.100,255.255.255.0,2m" --no-ping
    client_v4 leases.r -1
    kill "$(cat client.pid)"
    stop
    sed -i "s/$net.100/192.0.2.9/" leases.r
    serve --dhcp-range="$net.130,$net.131,255.255.255.0,2m" --no-ping
    client_v4 leases.r -1
    kill "$(cat client.pid)"
    in_b ip addr add "$net.131/32" dev lo
    in_b ip addr add "$net.130/32" dev lo
    in_a timeout 2 udhcpc -f -q -n -a -i ta -s "$tmp/bind.sh" -t 2 -T 1 -A 1
    in_b ip addr del "$net.130/32" dev lo
    in_b ip addr del "$net.131/32" dev lo
    stop
    in_a ip addr replace "$net.1/24" dev ta
}
cap dhcp/dnsmasq-refused.pcap 'udp port 67 or udp port 68' 1 refused

# DHCPv6: an address, information alone, a renewal, a release.
six() {
    serve --enable-ra --dhcp-range=2001:db8:91::100,2001:db8:91::1ff,64,2m '--dhcp-option=option6:dns-server,[2001:db8:91::53]' \
        --dhcp-option=option6:domain-search,example.test '--dhcp-option=option6:ntp-server,[2001:db8:91::2]'
    in_a timeout 15 dhclient -6 -1 -v -D LL -cf "$tmp/client.conf" -lf "$tmp/leases.6" -pf "$tmp/client6.pid" -sf /bin/true ta
    in_a timeout 10 dhclient -6 -r -v -D LL -cf "$tmp/client.conf" -lf "$tmp/leases.6" -pf "$tmp/client6.pid" -sf /bin/true ta
    in_a timeout 10 dhclient -6 -S -1 -v -D LL -cf "$tmp/client.conf" -lf "$tmp/leases.7" -pf "$tmp/client6.pid" -sf /bin/true ta
    stop
}
cap dhcpv6/dnsmasq.pcap 'udp port 546 or udp port 547 or icmp6' 1 six

# NTP: a server that takes its own clock for right, with two keys. None of these programs may set the clock.
printf '1 SHA256 wonderland\n2 MD5 looking-glass\n' >ntp.keys
printf '3 SHA256 red-queen\n' | cat ntp.keys - >ntp.other
cat >ntp.conf <<CONF
tos orphan 5 orphanwait 1
unrestrict default noquery limited
keys $tmp/ntp.keys
trustedkey 1 2
controlkey 1
CONF
ntpd_in() { ip netns exec "$ns-$1" setpriv --inh-caps -sys_time --bounding-set -sys_time ntpd -n -c "$tmp/$2" -f "$tmp/drift.$1" >"ntpd.$1.log" 2>&1 & pids+=($!); }
ntp_clients() {
    in_a ntpdig -t 2 "$net.2"
    in_a ntpdig -t 2 -a 1 -k ntp.keys "$net.2"
    in_a ntpdig -t 2 -a 2 -k ntp.keys "$net.2"
    in_a ntpdig -t 2 -a 3 -k ntp.other "$net.2"
    in_a ntpdig -t 2 "fd00:91::2"
    in_a timeout 8 ntpdate -q "$net.2"
}
# Two servers, each the other's client or peer, and their associations, asked for by the other end.
ntp_peers() {
    printf 'server %s.2 key 1 iburst minpoll 0 maxpoll 0\nkeys %s/ntp.keys\ntrustedkey 1 2\ncontrolkey 1\n' "$net" "$tmp" >client.ntp
    printf 'unrestrict default noquery limited\n' >>client.ntp
    ntpd_in a client.ntp
    sleep 10
    in_b timeout 15 ntpq -n -p "$net.1"
    kill "${pids[-1]}"
    unset 'pids[-1]'
}
ntp_control() {
    # Of the system's variables, not those that tell its kernel.
    in_a timeout 15 ntpq -n -c associations -c 'rv 0 leap,stratum,precision,rootdelay,refid,reftime,offset,version' -c 'rv 0 no_such_variable' -c 'rv 7' "$net.2"
    in_a timeout 15 ntpq -n -c mrulist "$net.2"
    in_a timeout 15 ntpq -n -k ntp.keys -a 2 -c ':config restrict 192.0.2.1' "$net.2"
    in_a timeout 15 ntpq -n -k ntp.keys -a 1 -c ':config restrict 192.0.2.1' -c reslist -c ifstats "$net.2"
}
if [[ -z ${ONLY-} || ntp/ntpsec-peers == *$ONLY* || $ONLY == ntp* ]]; then
    in_a ip -6 addr add fd00:91::1/64 dev ta nodad
    in_b ip -6 addr add fd00:91::2/64 dev tb nodad
    ntpd_in b ntp.conf
    for _ in {1..40}; do in_b ntpq -n -c 'rv 0 stratum' 127.0.0.1 2>/dev/null | grep -q 'stratum=5' && break; sleep 1; done
fi
cap ntp/ntpsec.pcap 'udp port 123' 1 ntp_clients
cap ntp/ntpsec-peers.pcap 'udp port 123' 1 ntp_peers
cap ntp/ntpq.pcap 'udp port 123' 1 ntp_control
