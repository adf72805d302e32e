#!/usr/bin/env bash
# An interface goes down and up, is removed and returns: each is reported, and no captured packet is lost.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs ping
said() { until_true 10 grep -qE "$1" err || fail "$ran: '$1' is not reported: $(cat err)"; }

live -i va -w down.pcap
ping_b 5
ip -n $a link set va down
said '^taplight: va is down'
ip -n $a link set va up
said '^taplight: va is up again'
ip -n $a neigh replace 10.9.0.2 lladdr 02:00:00:00:00:02 dev va nud permanent
until_true 10 in_b ping -q -c 1 -W 1 10.9.0.1
before=$(packets_of down.pcap)
ping_b 5
live_ends INT
rc_is 0
after=$(packets_of down.pcap)
((after >= 20 && after > before)) || fail "down and up: $before packets, then $after"

# Removed: the run ends, because no interface is left.
live -i va -w gone.pcap --json -o gone.json
ping_b 10
ip -n $a link del va
live_ends
rc_is 1
said '^taplight: va is gone: no interface is left'
[[ $(packets_of gone.pcap) == 20 ]] || fail "removed: $(packets_of gone.pcap) packets of 20"
grep -q '"orig_pkts":10' gone.json || fail 'removed: the flow is lost'
tail -n 1 gone.json | grep -q '"_path":"stats"' || fail 'removed: no stats at the end'

# Another interface is left: the run goes on.
cable
live -i va -i lo -w two.pcapng
ping_b 5
ip -n $a link del va
said '^taplight: va is gone$'
in_a ping -q -c 5 -i 0.01 127.0.0.1 >/dev/null
live_ends INT
rc_is 0
[[ $(packets_of two.pcapng) == 20 ]] || fail "one of two removed: $(packets_of two.pcapng) packets of 20"

# --wait: waits for an interface that does not exist yet, and each time it returns.
live -i va --wait -w wait.pcap
said '^taplight: va is missing or down: waiting for it'
for round in 1 2; do
    cable
    until_true 10 bash -c "((\$(grep -c 'va is available: capturing on it' err) == $round))" ||
        fail "--wait: va is not found: $(cat err)"
    ping_b 5
    ip -n $a link del va
    until_true 10 bash -c "((\$(grep -c 'va is gone: waiting for it' err) == $round))" || fail "--wait: $(cat err)"
done
live_ends TERM
rc_is 0
count=$(packets_of wait.pcap)
((count >= 20)) || fail "--wait: $count packets of 20"
done_testing
