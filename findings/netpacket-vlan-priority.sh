#!/usr/bin/env bash
# NetPacket 1.7.2 (Debian 12, libnetpacket-perl): the priority of a VLAN tag is the lowest bits of the VLAN's number.
#
# Input: frames with priority 5 in VLAN 100 (a064), priority 7 in VLAN 8 (e008), and priority 0 with DEI in VLAN 2 (1002).
# Expected (IEEE 802.1Q, section 9.6): the priority code point is the first three bits of the tag's control information, the drop
# eligible indicator (CFI before 2011) the fourth, and the VLAN identifier the rest. Seen: priorities 4, 0 and 2, and no DEI: `&`
# binds less than `>>` in Perl, so the mask is shifted, not the tag.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download libnetpacket-perl=1.7.2-2 >/dev/null 2>&1
dpkg -x libnetpacket-perl_*.deb .

seen=$(perl -I usr/share/perl5 -e '
use NetPacket::Ethernet;
for (qw(a064 e008 1002)) {
    my $frame = NetPacket::Ethernet->decode(pack "H*", "020000000001" . "020000000002" . "8100" . $_ . "0800" . "45");
    print "$_: pcp $frame->{pcp} cfi $frame->{cfi} vid $frame->{vid}\n";
}')
echo "$seen"
[[ $seen == $'a064: pcp 4 cfi 0 vid 100\ne008: pcp 0 cfi 0 vid 8\n1002: pcp 2 cfi 0 vid 2' ]]
