#!/usr/bin/env bash
# Copying to the terminal's clipboard, and to the command of the configuration.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1
file=$SOURCE/samples/dns/pairing.pcap
mkdir -p config/taplight
printf '{ "copy": "cat >%s/given && echo noise && mv given taken" }' "$work" >config/taplight/config.json
sed -i "s|mv given taken|mv $work/given $work/taken|" config/taplight/config.json

# copied TEXT: the terminal's clipboard and the command got this text.
copied() {
    local i
    for ((i = 0; i < patience; i++)); do
        [[ -s taken && $(cat taken) == "$1" && $(view_tmux show-buffer 2>/dev/null) == "$1" ]] && return 0
        sleep 0.1
    done
    fail "'$1' was copied as '$(cat taken)' and '$(view_tmux show-buffer)'"
}

for size in '80 24' '200 60'; do
    # shellcheck disable=SC2086
    open $size -r "$file"
    view_tmux set -s set-clipboard on
    shows '11 packets'
    shows '^ +1 .*DNS'
    keys y
    shows 'copied: the line'
    copied "1 22:13:20.000000 10.1.0.1 10.1.0.2 DNS $("$TAPLIGHT" --text -r "$file" -c 1 | cut -d' ' -f7-)"
    keys Y
    shows 'copied: the command that sends'
    copied "taplight send -r $file --from 1 -i INTERFACE DESCRIPTION"
    keys Tab g j y # the tree opens at the protocol: from its first line
    copied 'Destination: 02:00:00:00:00:02'
    hides noise
    keys Tab y
    copied '02 00 00 00 00 02'
    keys Y
    shows 'copied: packet'
    copied "$(tail -c +41 "$file" | head -c 70 | od -An -v -tx1 | tr -d '\n' | sed 's/^ //')"
    keys q
    ended 0
done

# An error in the configuration is reported.
printf '{\n "copy": 7 }' >config/taplight/config.json
"$TAPLIGHT" --print-config >out 2>&1
grep -q 'line 2: "copy" must be a text of less than 256 bytes' out || fail "a wrong command: $(cat out)"
done_testing
