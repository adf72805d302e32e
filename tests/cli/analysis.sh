# What the flow knows of a packet: the same with any number of workers, in every output that shows it.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
samples=$SOURCE/samples
fields=(frame.number tcp.analysis.retransmission tcp.analysis.out_of_order tcp.analysis.duplicate_ack_num tcp.analysis.ack_rtt
        tcp.analysis.bytes_in_flight tcp.time_delta tcp.nxtseq http.time http.request_in dns.time dns.response_to)

show() { # show CAPTURE OPTION..
    "$TAPLIGHT" -q -r "$samples/$1" "${@:2}"
}

for capture in showcase.pcap; do
    show "$capture" -T fields "${fields[@]/#/-e}" --workers 0 >first
    [[ -s first ]] || fail "no fields of $capture"
    for workers in 1 2 4; do
        show "$capture" -T fields "${fields[@]/#/-e}" --workers "$workers" | cmp -s - first || fail "$workers workers: $capture"
    done
done

# Marks in lines and the fields are of one analysis.
words=('retransmission' 'out of order' 'duplicate ACK' 'keep-alive' 'zero window')
names=(retransmission out_of_order duplicate_ack keep_alive zero_window)
for capture in real-download-lossy real-keep-alive real-zero-window out-of-order; do
    show "tcp/$capture.pcap" >lines
    show "tcp/$capture.pcap" -T fields "${names[@]/#/-etcp.analysis.}" >values
    for i in "${!words[@]}"; do
        marks=$(grep -c "\[${words[i]}\]" lines)
        found=$(cut -f $((i + 1)) values | grep -c .)
        ((marks == found)) || fail "$capture: $marks marks [${words[i]}], $found packets with ${names[i]}"
    done
done
(($(show tcp/real-keep-alive.pcap -Y tcp.analysis.keep_alive --count) > 0)) || fail 'no keep-alives'

# Any of the fields, the group, and the packets in between that are not shown.
show tcp/retransmission.pcap -Y tcp.analysis.flags -T fields -e frame.number >out
[[ $(tr '\n' ' ' <out) == '5 8 9 11 12 ' ]] || fail "flags: $(tr '\n' ' ' <out)"
show tcp/retransmission.pcap -Y 'frame.number == 9' -T fields -e tcp.analysis.rto -e tcp.analysis.rto_frame >out
[[ $(<out) == 0.060000000$'\t'5 ]] || fail "timeout: $(<out)"
"$TAPLIGHT" -r "$samples/tcp/retransmission.pcap" -Y 'frame.number == 9' -v | grep -q 'Retransmission' || fail '-v does not show it'
show tcp/retransmission.pcap --columns frame.number,tcp.analysis.bytes_in_flight | grep -Eq '^4[[:space:]]+20' || fail '--columns'
show tcp/retransmission.pcap --json=packets | grep -q 'tcp.analysis' && fail 'it is in packet JSON'

show dns/types.pcap -Y 'frame.number == 4' -T fields -e dns.time -e dns.response_to >out
[[ $(<out) == 0.000124000$'\t'3 ]] || fail "dns: $(<out)"
show http/pipelined.pcap -Y 'http.response_for.uri contains "/index.html"' -T fields -e http.request_in -e http.time >out
[[ $(<out) == 4$'\t'0.000143000 ]] || fail "http: $(<out)"
for name in http.response_in dns.response_in tcp.completeness; do
    show dns/types.pcap -Y "$name" >out 2>err
    [[ $? == 2 ]] && grep -q 'only a later packet tells' err || fail "$name: $(<err)"
done
# Names of Wireshark that stand for something else here.
while IFS='|' read -r name hint; do
    show dns/types.pcap -Y "$name" >out 2>err
    [[ $? == 2 ]] && grep -qF -- "$hint" err || fail "$name: $(<err)"
done <<'NAMES'
mdns|dns && udp.port == 5353
llmnr|dns && udp.port == 5355
_ws.col.Info|--columns no,time,src,dst,proto,len,info
_ws.expert.message|-z expert
http.file_data|taplight objects
NAMES
show dns/types.pcap --json -o tcp.desegment_tcp_streams:FALSE 2>err
[[ $? == 2 && ! -e tcp.desegment_tcp_streams:FALSE ]] && grep -q 'no preferences' err || fail "-o: $(<err)"
done_testing
