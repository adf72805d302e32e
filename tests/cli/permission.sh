#!/usr/bin/env bash
# An unreadable file: exit code 3 and one line on standard error.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

capture 1 >secret.pcap
chmod 0 secret.pcap
chmod 755 .
as_user=()
if ((EUID == 0)); then
    as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    cp "$TAPLIGHT" program # a place that an ordinary user can read
    TAPLIGHT=$work/program
    "${as_user[@]}" "$TAPLIGHT" --version >out 2>err || exit 77
fi
for options in --text --count; do
    rc=0 ran="taplight -r secret.pcap $options as an ordinary user"
    "${as_user[@]}" "$TAPLIGHT" -r secret.pcap "$options" >out 2>err || rc=$?
    rc_is 3
    error_is 'secret\.pcap'
done
rc=0 ran='taplight -F secret.pcap as an ordinary user'
"${as_user[@]}" "$TAPLIGHT" -r /dev/null -F secret.pcap >out 2>err || rc=$?
rc_is 3
error_is 'secret\.pcap'
mkdir -m 755 ours
chmod 755 secret.pcap
rc=0 ran='taplight -w in a directory of others, as an ordinary user'
"${as_user[@]}" "$TAPLIGHT" -r secret.pcap -w ours/mine.pcap >out 2>err || rc=$?
if ((EUID == 0)); then
    rc_is 3
    error_is 'cannot write ours/mine\.pcap: Permission denied: choose a place that you may write to'
fi
done_testing
