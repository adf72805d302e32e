#!/usr/bin/env bash
# Without arguments, on a terminal: interfaces to capture from, and files to open. An error is shown, and the list stays.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1
mkdir captures
cp "$SOURCE/samples/dns/pairing.pcap" captures/pairing.pcap
cp "$SOURCE/samples/dns/tcp.pcap" captures/tcp.pcap
echo text >captures/aaa.txt
((EUID != 0)) || unprivileged='setpriv --bounding-set=-net_raw --inh-caps=-net_raw '

# Without a terminal: the usage line.
for how in 'TERM=dumb' 'TERM=xterm'; do
    rc=0
    env "$how" "$TAPLIGHT" >out 2>err </dev/null || rc=$?
    ((rc == 2)) && grep -q '^usage: taplight' err || fail "$how without a terminal: exit code $rc, $(cat err)"
done
TERM=dumb script -qec "'$TAPLIGHT'" typescript >/dev/null </dev/null
grep -q '^usage: taplight' typescript || fail 'TERM=dumb on a terminal: no usage line'

for size in '80 24' '200 60'; do
    # shellcheck disable=SC2086
    open $size
    shows '^ +Interface +State +packets/s +bit/s +Addresses'
    shows '^ +lo +(up|down)'
    shows '^ Enter capture  o open a file  q quit'
    keys q
    ended 0
done

# By name, and completed: captures come before other files.
for size in '80 24' '200 60'; do
    # shellcheck disable=SC2086
    open $size
    shows 'Interfaces'
    keys o
    shows '^File'
    keys cap Tab
    shows '^File .*: captures/ *$'
    keys Tab
    shows '^ +aaa\.txt'
    [[ $(grep -nE '^ +(pairing\.pcap|aaa\.txt)' now | sed 's/.*  //' | tr '\n' ' ') == 'pairing.pcap aaa.txt ' ]] ||
        fail "captures are not first: $(cat now)"
    keys pai Tab
    shows '^File .*: captures/pairing\.pcap *$'
    keys Enter
    shows '^ +1 22:13:20'
    keys c
    shows '^ taplight -r captures/pairing\.pcap'
    keys q q
    ended 0
done

# A wrong name gives an error, and the list stays, also at another size.
open 80 24
shows 'Interfaces'
keys o nowhere.pcap Enter
shows 'nowhere\.pcap: .*[Nn]o such file'
shows '^ +Interface +State'
keys C-u captures/aaa.txt Enter # a wrong name can be corrected
shows 'aaa\.txt: '
mkfifo captures/pipe
for name in - captures/pipe; do # no writer would end the wait
    keys C-u "$name" Enter
    shows "^ *$name is not a regular file: quit and run taplight -r $name *$"
done
view_tmux resize-window -x 100 -y 30
shows '(━){84}'
view_tmux resize-window -x 80 -y 24
tty=$(view_tmux display-message -p '#{pane_tty}') # tmux knows it a little later
for ((i = 0; i < patience; i++)); do
    [[ $(stty size <"$tty") == '24 80' ]] && break
    sleep 0.1
done
shows '^File .*: captures/pipe'
keys Escape
hides '^File'
keys q
ended 0

# Without permission: the message has the remedy, and files can still be opened.
feed=${unprivileged:-} open 80 24
shows 'no permission to capture: run it with sudo'
shows '^ +lo +'
keys Enter
shows 'no permission to capture on .*: run it with sudo'
keys o captures/tcp.pcap Enter
shows '^ +1 [0-9][0-9]:'
keys q
ended 0
done_testing
