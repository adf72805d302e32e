#!/usr/bin/env bash
# Talkers and protocols: their counts agree with the text output.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1
file=$SOURCE/samples/http/session.pcap

# Host, bytes, packets, sent bytes and packets, received bytes and packets, from the lines of the text.
"$TAPLIGHT" --text -r "$file" | awk '
    { src = $2; dst = $4; sub(/:$/, "", dst); sent[src] += $6; n_sent[src]++; got[dst] += $6; n_got[dst]++; host[src] = host[dst] = 1 }
    END { for (h in host) print h, sent[h] + got[h], n_sent[h] + n_got[h], sent[h] + 0, n_sent[h] + 0, got[h] + 0, n_got[h] + 0 }' |
    sort -k2,2rn -k1,1 >due
packets=$("$TAPLIGHT" --text -r "$file" | wc -l)
v4=$("$TAPLIGHT" --text -r "$file" | awk '$2 ~ /[.]/' | wc -l)
hosts=$(wc -l <due)

for size in '80 24' '200 60'; do
    # shellcheck disable=SC2086
    open $size -r "$file"
    shows '^ +1 '
    page Talkers
    shows "^[━─]+ Talkers .* 1/$hosts .$"
    shows '^Host +Bytes▼ +Share +Packets +Share +Sent +Pkts +Rcvd +Pkts'
    shows '^10.77.0.1 +20523 +94\.3% +125 +92\.6% '
    screen | awk '/^[0-9a-f]+[.:]/ { print $1, $2, $4, $6, $7, $8, $9 }' | sort -k2,2rn -k1,1 >seen
    same seen due "$size: talkers"
    # Enter: the packets of a host, and back.
    keys Left r
    shows '^Host▲ '
    keys g Enter
    shows '^[━─]+ Packets .* 10\.77\.0\.1 only: 1/125 .$'
    chooses '^ +1 '
    keys '&' 'GET /' Enter
    shows "10\.77\.0\.1 only, lines with \"GET /\": 1/$("$TAPLIGHT" --text -r "$file" | awk '$2 ~ /[.]/' | grep -c 'GET /') "
    keys Escape
    shows '^[━─]+ Talkers '
    page Protocols
    shows '^[━─]+ Protocols .* [0-9]+ protocols .$'
    shows "^ETH +$packets +100\.0% +[0-9]+ +100\.0%"
    shows "^  IP +$v4 +92\.6%"
    shows "^    TCP +$v4 +92\.6%"
    shows '^      HTTP +[0-9]+ +[0-9.]+% '
    keys s
    shows 'Bytes▼ +Share'
    keys G
    chooses '^      [A-Z]+ '

    # The packets of a protocol, as many as its line says.
    keys g j
    chooses '^  IP '
    keys Enter
    shows "^[━─]+ Packets .* ETH/IP only: 1/$v4 .$"
    keys / 'GET /' Enter
    chooses 'GET /'
    keys Escape
    shows '^[━─]+ Protocols '
    chooses '^  IP '
    keys q
    ended 0
done

# Packets without a host are reported; tunnels, IPv6 and the like are nested.
open 120 60 -r "$SOURCE/samples/showcase.pcap"
shows '^ +1 '
page Talkers
shows 'Talkers .* 1/17, 23 packets of no host'
shows '^fd00:77::2 +11785 '
page Protocols
shows '^ETH +609 +100\.0% +128253 +100\.0%'
shows '^  IPv6 +81 +13\.3% '
shows '^      DNS +22 +3\.6% .* 22 +14479$'
shows '^  ARP +10 +1\.6% '
keys q
ended 0
done_testing
