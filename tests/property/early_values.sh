#!/usr/bin/env bash
# Values that headers tell are those of the decoded packet: the columns of -T fields are the same beside one that needs
# the packet's layers, for all samples, with filters and without, with and without workers.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
names=() either=(eth.addr ip.addr ipv6.addr tcp.port)
while read -r name; do names+=("$name"); done < <(sed -n 's/.*LAYER([a-z0-9]*), [0-9]*, [0-9x]*.*/&/p' "$SOURCE/filter/headers.c" |
    grep -oE '"[a-z.0-9]+", LAYER\([a-z0-9]+\), [0-9]' | sed 's/"\(.*\)".*/\1/')
((${#names[@]} > 15)) || fail "only ${#names[@]} names in filter/headers.c: ${names[*]}"
names+=("${either[@]}" udp.srcport icmp.type frame.number frame.len frame.time_epoch frame.time_delta frame.time_relative
    frame.time_delta_displayed)
chosen=()
for name in "${names[@]}"; do chosen+=(-e "$name"); done
captures=()
for capture in "$SOURCE"/samples/*.pcap* "$SOURCE"/samples/*/*.{pcap,pcapng,snoop}; do
    [[ ! -e $capture ]] || captures+=(-r "$capture")
done
for workers in 0 2; do
    for filter in frame 'tcp.dstport == 80' 'ip.ttl > 32 && !(tcp.flags.syn == 1)' 'dns' 'frame.len > 100'; do
        "$TAPLIGHT" -q "${captures[@]}" --workers $workers -Y "$filter" -T fields "${chosen[@]}" >early 2>err
        "$TAPLIGHT" -q "${captures[@]}" --workers $workers -Y "$filter" -T fields "${chosen[@]}" -e frame.protocols 2>err |
            sed 's/\t[^\t]*$//' >decoded
        [[ -s early ]] || fail "no lines with '$filter': $(head -n 2 err)"
        same early decoded "--workers $workers -Y '$filter'"
    done
done
done_testing
