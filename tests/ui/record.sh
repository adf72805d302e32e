#!/usr/bin/env bash
# The record of a transaction: all its fields, as in the JSON record, then its packets, the first one first.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1
file=$SOURCE/samples/showcase.pcap
"$TAPLIGHT" --json -r "$file" | grep '"_path":"http"' | tail -n 1 >record

for size in '80 24' '200 60'; do
    # shellcheck disable=SC2086
    open $size -r "$file"
    shows '^ +1 '
    keys 3
    shows '^[━─]+ Transactions .* 1/'
    keys Enter
    shows '^━━ Record .* line 1 of '
    shows '^── Transactions ' # the list stays
    shows '^ http  2026-11-21 07:13:38\.503911'
    keys z
    hides '^[━─]+ Transactions '
    shows '^ method +GET$'
    shows '^ status_code +200$'
    shows "^ response_body_len +$(grep -oE '"response_body_len":[0-9]+' record | grep -oE '[0-9]+$')$"
    shows '^ resp_mime_types +application/json$'
    shows "^ uid +$(grep -oE '"uid":"[^"]+' record | cut -d '"' -f 4)$"

    # Its packets, with the headers; the search finds a header, and Enter goes to the packet that has it.
    keys / 'Server: ' Enter
    chooses '^ +Server: nginx'
    keys g / ' 595  ' Enter
    chooses '^ +595  \+0\.000000 s  10\.77\.0\.1 > 10\.77\.0\.2  HTTP  GET /data\.json'
    keys / 'Server: ' Enter Enter
    shows '^[━─]+ Packets .* flow [0-9]+ only: '
    chooses '^ +597 '
    keys 3
    shows '^[━─]+ Transactions'
    keys Tab Escape
    hides ' Record '

    # It follows the list once it is open.
    keys Enter
    shows '^━━ Record '
    keys BTab Down
    shows '^── Record .* line 1 of '
    shows '^ dns  2026'
    keys Tab G q
    ended 0
done

# Every transaction of a capture can be read again: over IPv6, VLAN tags and tunnels, one byte a segment, reordered, in
# the middle of a connection, with a record that ends with its flow, anomalies.
for name in dns/ipv6 dns/tcp-one-byte dns/unanswered http/pipelined http/session-reorder http/from-the-middle \
    http/errors smtp/attachments link/vlan tunnel/nested; do
    input=$(ls "$SOURCE/samples/$name".pcap* 2>/dev/null | head -n 1)
    [[ -n $input ]] || { fail "$name is missing"; continue; }
    count=$("$TAPLIGHT" --json -r "$input" | grep -cE '"_path":"(http|dns|smtp|weird|tunnel)"')
    ((count > 0)) || continue
    open 120 60 -r "$input"
    keys 3
    shows "^[━─]+ Transactions .* 1/$count .$"
    keys Enter
    shows '^━━ Record .* line 1 of '
    keys BTab
    for ((n = 1; n <= count && n <= 4; n++)); do
        shows "^━━ Transactions .* $n/$count .$"
        shows '^── Record .* line 1 of '
        ! grep -q 'cannot be read again' now || fail "$name: transaction $n has no fields"
        keys Down
    done
    keys q
    ended 0
done

# Secrets are not in it, and a comment of its packet is.
open 120 60 -r "$SOURCE/samples/smtp/auth.pcap"
keys 3
shows '^[━─]+ Transactions .* 1/'
keys Enter z
shows '^━━ Record .* line 1 of '
shows '^ auth +'
hides 'c2VjcmV0|secret$'
keys q
ended 0
open 120 60 -r "$SOURCE/samples/files/sections.pcapng"
keys 3
shows '^[━─]+ Transactions .* 1/'
keys G Enter z
shows '^━━ Record .* line 1 of '
shows 'Comment: '
shows 'Packets'
keys q
ended 0

# A capture filter that is changed closes it.
open 80 24 -r "$file"
keys 3
shows '^[━─]+ Transactions .* 1/'
keys Enter
shows '^━━ Record .* line 1 of '
keys B 'udp' Enter
shows 'filter: udp'
keys 1
shows '^[━─]+ Packets '
keys q
ended 0
done_testing
