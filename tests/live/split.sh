#!/usr/bin/env bash
# --split-records: a file for each kind of record, with the lines of --json, rotated as Zeek's logs are.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs ping

# lines FOLDER: the records of all files, sorted; meta and stats have values of the run.
lines() { cat "$1"/*.log | grep -vE '"_path":"(meta|stats)"' | sort; }

# From files: the same lines for any number of workers, beside --json and with another separator.
while IFS='|' read -r sample kinds options; do
    file=$SOURCE/samples/$sample
    # shellcheck disable=SC2086
    run -q -r "$file" --json -o all.json $options
    for workers in 0 1 3; do
        rm -rf logs
        # shellcheck disable=SC2086
        run -q -r "$file" --split-records logs --workers $workers $options
        rc_is 0
        cmp -s <(lines logs) <(grep -vE '"_path":"(meta|stats)"' all.json | sort) ||
            fail "$ran: not the lines of --json"
        [[ $(cd logs && echo *) == "$kinds" ]] || fail "$ran: the files are $(cd logs && echo *), not $kinds"
        for log in logs/*.log; do
            kind=${log##*/}
            ! grep -qv "^{\"_path\":\"${kind%%.*}\"" "$log" || fail "$ran: $log has records of another kind"
        done
        # Their order in a file is that of --json.
        cmp -s logs/conn.log <(grep '"_path":"conn"' all.json) || fail "$ran: conn.log is in another order"
    done
done <<'LIST'
dns/edns.pcap|conn.log dns.log meta.log stats.log|
http/bodies.pcap|conn.log http.log meta.log stats.log|
http/bodies.pcap|conn.log http.log|--no-meta
dns/edns.pcap|conn.log dns.log meta.log stats.log|--json-sep _
LIST

# Rotation by size: no line is lost or divided, no file is longer, and -W keeps the last ones of each kind.
capture 60 >sixty.pcap
run -q -r sixty.pcap --split-records whole --udp-timeout 0.5 --dns-timeout 0.5
run -q -r sixty.pcap --split-records sized --udp-timeout 0.5 --dns-timeout 0.5 -C 2K
rc_is 0
cmp -s <(lines whole) <(lines sized) || fail "$ran: not the same lines"
(($(find sized -name 'conn.20*.log' | wc -l) >= 3)) || fail "$ran: the files are $(ls sized)"
(($(find sized -name 'conn*' -size +2048c | wc -l) == 0)) || fail "$ran: a file is longer"
run -q -r sixty.pcap --split-records kept --udp-timeout 0.5 --dns-timeout 0.5 -C 2K -W 2
(($(find kept -name 'conn.*' | wc -l) == 2)) || fail "$ran: the files are $(ls kept)"
tail -n 1 kept/conn.log | cmp -s - <(tail -n 1 whole/conn.log) || fail "$ran: not the last lines"
run -q -r sixty.pcap --split-records kept --udp-timeout 0.5 --dns-timeout 0.5
(($(wc -l <kept/conn.log) > 60)) || fail "$ran: lines are not appended"

# Live, by time, as another user, with a log that is moved away.
mkdir -m 777 live
live -i va --split-records live -G 1 --icmp-timeout 0.3
for ((i = 0; i < 4; i++)); do ping_b 1; sleep 0.7; done
mv live/conn.log live/moved.log
kill -HUP "$live_pid"
sleep 0.3
ping_b 1
live_ends INT
rc_is 0
(($(find live -name 'conn.20*.log' | wc -l) >= 1)) || fail "$ran: the files are $(ls live)"
flows=$(cat live/conn*.log live/moved.log | wc -l)
((flows == 5)) || fail "$ran: $flows flows of 5"

# Refused, with what to do.
run -q -r sixty.pcap --split-records /proc/none
rc_is 1
error_is 'cannot write to folder /proc/none'
run -q -r sixty.pcap --split-records x --count
rc_is 2
error_is 'leave out one of them'
mkdir -m 755 closed
rc=0 ran='a folder of root'
in_a "$TAPLIGHT" -i va --split-records closed >out 2>err || rc=$?
rc_is 3
grep -q 'give -Z a user who can' err || fail "$ran: $(cat err)"
done_testing
