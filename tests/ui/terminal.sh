#!/usr/bin/env bash
# When a view opens and when text is printed; the terminal afterwards; locales, colours, configuration, errors.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1
file=$SOURCE/samples/dns/pairing.pcap

# Text without escape codes if there is no view.
for how in 'TERM=dumb ' 'TERM=xterm --text' 'TERM=xterm -v' 'TERM=xterm --count' 'TERM=xterm --json'; do
    # shellcheck disable=SC2086
    env ${how%% *} script -qec "'$TAPLIGHT' -r $file ${how#* }" typescript >/dev/null </dev/null
    sed '1d;$d' typescript | LC_ALL=C grep -q $'\e' && fail "$how: an escape sequence"
    (($(wc -l <typescript) >= 3)) || fail "$how: nothing was printed"
done
TERM=xterm "$TAPLIGHT" -r "$file" >text
"$TAPLIGHT" --text -r "$file" >due
same text due 'into a file'

# Signals restore the terminal and end the program with exit code 0.
view_pid() { pgrep -P "$(view_tmux list-panes -F '#{pane_pid}')" -x taplight; }
for signal in INT TERM HUP QUIT ALRM USR2; do
    open 80 24 -r "$file"
    shows '^ +1 22:13:20'
    kill "-$signal" "$(view_pid)"
    ended 0
done
for key in C-c 'C-\'; do
    open 80 24 -r "$file"
    shows '^ +1 22:13:20'
    keys "$key"
    ended 0
done

# A fault restores it too: the screen before the view is visible again.
for signal in SEGV ABRT; do
    open 80 24 -r "$file"
    shows '^ +1 22:13:20'
    [[ $(view_tmux display-message -p '#{alternate_on}') == 1 ]] || fail 'the view does not have a screen of its own'
    kill "-$signal" "$(view_pid)"
    ended '[1-9][0-9]*'
    [[ $(view_tmux display-message -p '#{alternate_on} #{cursor_flag} #{mouse_any_flag}') == '0 1 0' ]] ||
        fail "SIG$signal: the terminal is still the view's"
done

# Terminals without an alternate screen and with few functions. For linux, curses loads libgpm, which leaks.
for terminal in vt100 linux; do
    settings="TERM=$terminal ASAN_OPTIONS=detect_leaks=0" open 80 24 -r "$file"
    shows '^ +1 22:13:20'
    keys q
    shows '^exit code 0' # over the last line of the view
    rm -f before after
done

# SIGUSR1 asks for the counters.
open 80 24 -r "$file"
shows '^ +1 22:13:20'
kill -USR1 "$(view_pid)"
shows "$("$TAPLIGHT" --count -q -r "$file") packets read, "
keys e
shows 'Messages'
shows '^ *20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9:.]+ [+]0000  [0-9]+ packets read, '
keys q q
ended 0
grep -q ' packets read, ' errors || fail "the requested counters are not printed again: $(cat errors)"

# Waiting for the writer of a pipe can be interrupted; once it has a writer, its packets are shown.
mkfifo pipe
open 80 24 -r pipe
for ((i = 0; i < patience; i++)); do
    [[ $(ps -o stat= -p "$(view_pid || echo 1)") == S+ ]] && break
    sleep 0.1
done
keys C-c
shows 'exit code 0$'
open 80 24 -r pipe
cat "$file" >pipe
shows '^ +1 22:13:20'
keys q
ended 0

# The terminal goes away: the view ends.
open 80 24 -r "$file"
shows '^ +1 22:13:20'
pid=$(view_pid)
view_tmux kill-server
for ((i = 0; i < patience; i++)); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
done
kill -0 "$pid" 2>/dev/null && fail 'the view outlives its terminal'

# ASCII in a locale without UTF-8; no colours with NO_COLOR.
locale=C open 80 24 -r "$file"
shows '^== Packets ====='
shows '^-- Fields -----'
keys q
ended 0
settings=NO_COLOR=1 open 80 24 -r "$file"
shows '^ +1 22:13:20'
view_tmux capture-pane -pe | grep -q $'\e\\[[0-9;]*3[0-7]m' && fail 'a colour with NO_COLOR'
keys q
ended 0
open 80 24 -r "$file"
shows '^ +1 22:13:20'
view_tmux capture-pane -pe | grep -q $'\e\\[[0-9;]*3[0-7]m' || fail 'no colour at all'
keys q
ended 0

# The packets of a pipe and of a compressed file are kept; keys come from the terminal.
feed="cat $file | " open 80 24 -r -
shows '^ +1 22:13:20\.000000 10\.1\.0\.1 .* query'
shows '^0000  02 00'
keys q
ended 0
gzip -c "$file" >packed.gz
open 80 24 -r packed.gz
shows '^ +1 22:13:20\.000000 10\.1\.0\.1 .* query'
shows '^0000  02 00'
keys q
ended 0

# A damaged file is shown up to the damage, which is reported.
head -c 300 "$file" >cut.pcap
open 80 24 -r cut.pcap
shows '^ cut\.pcap: cut short in packet'
shows '^ (.* )?left  +' # its end, in another row
shows '^ cut\.pcap  [0-9]+ packets .*cut short in .*\.\.' # after a while next to the counters, cut to the room
keys e
shows '^ cut\.pcap: cut short in packet .* bytes, .*'
shows '^ (.* )?left *$'
keys q q
ended 4
grep -q 'cut short' errors || fail "the error is not reported: $(cat errors)"

# Configuration.
mkdir -p config/taplight
"$TAPLIGHT" --print-config >printed
cp printed config/taplight/config.json
"$TAPLIGHT" --print-config >again
same again printed 'what --print-config prints reads back'
printf '{\n  "time": "date",\n  "hex": false,\n  "ascii": true\n}\n' >config/taplight/config.json
open 80 24 -r "$file"
shows '^ +1 2023-11-14 22:13:20'
shows '^== Packets ===='
hides 'Bytes'
keys q
ended 0
wrong_config() {
    printf '%b' "$1" >config/taplight/config.json
    local rc=0
    "$TAPLIGHT" --print-config >out 2>err || rc=$?
    ((rc == 2)) || fail "a wrong configuration: exit code $rc"
    grep -qE -- "$2" err || fail "a wrong configuration: '$2' is not reported: $(cat err)"
}
wrong_config '{\n"theme": "default",\n"them": 1\n}\n' 'config\.json, line 3: unknown key "them"'
wrong_config '{\n"theme": "pink"\n}\n' 'config\.json, line 2: "theme" can be one of: default bright mono'
wrong_config '{\n"theme": "default bright mono"\n}\n' 'line 2: "theme" can be one of: default bright mono'
wrong_config '{\n"hex": true,\n"time": "day date"\n}\n' 'line 3: "time" can be one of: day date first before'
wrong_config '{\n"mouse": 3\n}\n' 'line 2: "mouse" can be one of: true false'
wrong_config '{\n"mouse": true,\n,}\n' 'line 3: not JSON'
done_testing
