#!/usr/bin/env bash
# Compares our fields with the installed tshark's over our samples: no unexplained difference.
set -uo pipefail
: "${TAPLIGHT:?the path of the program}" "${COMPARE:?the path of differential_compare}" "${SOURCE:?the source tree}"
here=$SOURCE/tests/differential
if ! command -v tshark >/dev/null || [[ -n ${SANITIZED-} ]]; then
    echo "skipped: no tshark, or a build with sanitizers"
    exit 77
fi
samples=(link/{juniper-{ether,mlppp,atm1,atm2,chdlc,frelay,ppp,pppoe,vp},prism,avs,sunatm,wpan,mtp2,mstp}.pcap
         link/{fabricpath,cdp,macsec,ppp-cisco,arp,vlan,qinq,llc-snap,sll,null}.pcap tunnel/{capwap,ayiya,lisp,nsh,gre,vxlan,nested,carriers,geneve,gtp}.pcap
         ip/{options,wrong,multicast-joins}.pcap ip6/{extensions,wrong}.pcap icmp/{errors,errors-v6,types-v6}.pcap
         fragments/{v4-in-order,v6-in-order}.pcap udp/wrong.pcap
         tcp/{options,options-wrong,header-wrong}.pcap
         dns/{types,edns,tcp,mdns-llmnr}.pcap
         http/{session,kept-alive,pipelined,chunks,uploads,proxied,simple,errors,gap-body,from-the-middle}.pcap
         smtp/{session,plain,auth,starttls,dots,pipelining-real,refused,odd-replies}.pcap
         imap/{dovecot,session}.pcap pop3/{dovecot,session,apop,auth,attachment,stls-refused}.pcap
         ftp/{passive,pasv,active,errors}.pcap
         socks/{connect,associate}.pcap
         dhcp/{lease,refused,relayed,options,bootp,dnsmasq,dnsmasq-refused}.pcap
         tftp/{read,no-options,write,errors,ipv6,lost-blocks,same-port}.pcap
         tls/{versions,suites,retry,mutual,resumed,pieces,alerts,gnutls,proxied,browser,ssl2,heartbeat}.pcap
         snmp/{gets,walk,set,traps}.pcap ssh/{password,exchanges,none-in-common}.pcap syslog/udp.pcap
         lan/{lldpd,bridge-stp,eapol-md5,lldp}.pcap radius/freeradius.pcap
         ptp/{ptp4l,ptp4l-ethernet}.pcap telnet/inetutils.pcap vnc/tigervnc.pcap rdp/{tls,old,xrdp,chain}.pcap
         websocket/{compressed,compressed-blocks}.pcap showcase.pcap
         rtsp/{udp,interleaved,odd}.pcap xmpp/{session,prosody}.pcap nntp/{session,leafnode}.pcap rsync/daemon.pcap git/daemon.pcap
         bittorrent/{aria2-udp,peers}.pcap enip/session.pcap opcua/session.pcap bacnet/datagrams.pcap sflow/pmacct.pcap
         pptp/calls.pcap gtp/{control,control-v1}.pcap)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work here work
"$TAPLIGHT" --json=packets --schema >"$work/schema" || exit 1
# Another version may lack some fields.
tshark -G fields 2>/dev/null | awk -F '\t' '$1 == "F" { print $3 }' | sort >"$work/known"
{
    printf 'frame.number\nframe.len\nframe.cap_len\nframe.protocols\n'
    sort "$here/fields.txt" | comm -12 - "$work/known"
} | sed 's/^/-e\n/' >"$work/options"

one() {
    local options my
    my=$(mktemp "$work/part.XXXXXX")
    mapfile -t options <"$work/options"
    tshark -n -r "$SOURCE/samples/$1" -o tcp.relative_sequence_numbers:FALSE -T fields -E header=y -E occurrence=a \
        -E aggregator=$'\x1f' -E separator=/t -E quote=n "${options[@]}" >"$my.tsv" 2>/dev/null </dev/null
    "$TAPLIGHT" -q -r "$SOURCE/samples/$1" --json=packets --no-checksums --show-secrets --workers 0 2>/dev/null </dev/null |
        "$COMPARE" "$work/schema" "$here/causes.tsv" "$1" "$my.tsv" - >"$my" || echo "W	$1" >>"$my"
}
export -f one
# Every third one; CORPUS_EVERY=1: all.
((${CORPUS_EVERY:-3} == 1)) || mapfile -t samples < <(printf '%s\n' "${samples[@]}" | awk 'NR % 3 == 0')
printf '%s\0' "${samples[@]}" | xargs -0 -P 2 -n 1 bash -c 'one "$1"' -
cat "$work"/part.?????? >"$work/all"
awk -F '\t' -f "$here/sum.awk" -v out="$work" "$work/all"
column -t "$work/protocols.tsv"
column -t "$work/causes.tsv"
grep -P '^(W|D\t-)\t' "$work/all" | cut -c 1-300 | head -n 60
! grep -qP '^(W|D\t-)\t' "$work/all" && [[ $(grep -c ^F "$work/all") -gt 100 ]]
