#!/usr/bin/env bash
# --after-file runs a command for each finished file, as the user of -Z, and the run waits for it.
. "${SOURCE:?}/tests/live/helpers.bash" || exit 1
needs ping

mkdir -m 777 open
# A file of each kind: rotated by size, the only one, of -o, with a name that looks like an option, dated.
while IFS='|' read -r want options; do
    rm -rf open/*
    # shellcheck disable=SC2086
    (cd open && exec setsid ip netns exec $a "$TAPLIGHT" -i va $options --after-file 'sleep 0.3; echo done' \
        >out 2>err </dev/null) &
    live_pid=$!
    until_true 20 grep -q 'capturing on' open/err || fail "$options: does not start: $(cat open/err)"
    ping_b 25
    kill -TERM "$live_pid"
    until_true 20 gone "$live_pid" || fail "$options: does not end"
    ran="taplight $options --after-file"
    [[ $(grep '^done' open/err | sort | tr '\n' ' ') == "$want " ]] ||
        fail "$ran: the commands ran for $(grep '^done' open/err | tr '\n' ' ')not for $want"
    [[ ! -s open/out ]] || fail "$ran: the command wrote to standard output"
done <<'LIST'
done a-00001.pcap done a-00002.pcap done a-00003.pcap|-w a.pcap -C 2K
done one.pcap|-w one.pcap
done one.pcapng|-w one.pcapng --workers 0
done t-00001.txt done t-00002.txt|--text -o t.txt -C 3K
done p-00001.pcap done p-00002.pcap done r.json|-w p.pcap -b packets:30 --json -o r.json -Z root
LIST

# The command is not run by root, cannot get rights back, and its failure is reported but ends nothing.
rm -rf open/*
live -i va -w open/x.pcap -C 2K --after-file 'id -u >>open/ids; exit 3 #'
ping_b 25
live_ends TERM
rc_is 0
! grep -qx 0 open/ids || fail "$ran: the command ran as root"
[[ $(packets_of open/x-*.pcap) == 50 ]] || fail "$ran: $(packets_of open/x-*.pcap) packets of 50"
grep -q "open/x-00001.pcap: exit code 3" err || fail "$ran: the failure is not reported: $(cat err)"

# From a file.
capture 30 >thirty.pcap
for options in '-w f.pcap -C 1K' '-w g.pcap' '-w h.pcap -b packets:7' '--text -o i.txt -C 1K' '--json -o j.json'; do
    # shellcheck disable=SC2086
    run -r thirty.pcap $options --after-file 'echo >>count'
    rc_is 0
    name=${options#*-[wo] }
    files=("${name%%.*}"[.-]*)
    (($(wc -l <count) == ${#files[@]})) || fail "$ran: the command ran $(wc -l <count) times for ${#files[*]} files"
    rm count
done
# Commands slower than the files: each gets one, also where the parent of taplight ignores SIGCHLD.
run -r thirty.pcap -w slow.pcap -b packets:1 --after-file 'sleep 0.1; echo >>count; false #'
rc_is 0
(($(wc -l <count) == 30)) || fail "$ran: the command ran $(wc -l <count) times for 30 files"
(($(grep -c 'slow-000[0-9]*.pcap: exit code 1' err) == 30)) || fail "$ran: 30 failures, reported: $(cat err)"
rm count
ran='taplight with SIGCHLD ignored' rc=0
env --ignore-signal=CHLD "$TAPLIGHT" -r thirty.pcap -w more.pcap -b packets:1 \
    --after-file 'ls running.* 2>/dev/null | wc -l >>count; : >running.$$; sleep 0.1; rm running.$$ #' >out 2>err || rc=$?
rc_is 0
(($(wc -l <count) == 30)) || fail "$ran: the command ran $(wc -l <count) times for 30 files"
(($(sort -n count | tail -n 1) < 8)) || fail "$ran: $(sort -n count | tail -n 1) commands ran beside one"
rm count
run -r thirty.pcap --text --after-file true
rc_is 2
error_is 'add -w FILE'
done_testing
