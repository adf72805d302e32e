#!/usr/bin/env bash
# A few faults between real TCP stacks in namespaces: `taplight explain` names each at the client, in the middle and at the
# server. tests/explain/lab.py without names makes all of them; docs/EXPLAIN.md has the table of a run.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
PATH=$PATH:/usr/sbin:/sbin
((EUID == 0)) || { echo 'skipped: needs root, for network namespaces'; exit 77; }
for command in ip python3 curl; do
    type -P "$command" >/dev/null || { echo "skipped: needs $command"; exit 77; }
done
ip netns add tl-$$-try 2>/dev/null && ip netns del tl-$$-try || { echo 'skipped: cannot make network namespaces here'; exit 77; }

export PYTHONDONTWRITEBYTECODE=1
timeout 120 python3 "$SOURCE/tests/explain/lab.py" "$TAPLIGHT" --jobs 3 'no program listens' 'a filter answers by ICMP' \
    'first SYN lost' 'the client does not read' 'the server resets under a request' 'HTTP 503' \
    'IPv6 is refused, curl goes on over IPv4' 'answers come in another VLAN' 'ARP is answered in another VLAN' \
    'the wrong one of two hosts with an address is reached' 'healthy: download of 1000 bytes' >out 2>&1 || fail "$(cat out)"
done_testing
