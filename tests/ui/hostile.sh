#!/usr/bin/env bash
# Text from the wire never controls the terminal: every pane shows names, headers and subjects with escape sequences.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1
file=$SOURCE/samples/hostile/terminal.pcap

# The program's output to the terminal so far, without the sequences of the terminal's description.
looks_safe() {
    local bad
    sed -i 's/\x1b\]52;c;[A-Za-z0-9+/=]*\x07//g' raw # the copied text is base64
    bad=$(LC_ALL=C grep -aoP '\e[\]PX^_]|\e\[8;3;3t|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]|\xef\xbb\xbf' raw |
        head -n 3 | od -An -c)
    [[ -z $bad ]] || fail "$1: an escape sequence or a control reached the terminal: $bad"
    iconv -f UTF-8 -t UTF-8 raw >/dev/null 2>&1 || fail "$1: the output to the terminal is not UTF-8"
    LC_ALL=C grep -aq $'[\x05\x07\x0b\x0c\x7f]' raw && fail "$1: a control character reached the terminal"
    [[ $(view_tmux display-message -p '#{pane_title}') != *owned* ]] || fail "$1: the title was set"
}

# Moves through the lines of a pane, so that each is drawn.
walk() {
    local i
    for ((i = 0; i < $1; i++)); do printf 'Down '; done >downs
    # shellcheck disable=SC2046
    keys $(cat downs)
}

mkdir -p config/taplight
echo '{ "columns": "number info" }' >config/taplight/config.json
for size in '80 24' '200 60'; do
    # shellcheck disable=SC2086
    open $size -r "$file"
    shows '^ +1 '
    : >raw
    view_tmux pipe-pane -o 'cat >>raw'
    keys C-l
    shows '^ +2 .*\\027\]0\\;owned\\007title'
    keys z
    walk 30
    shows 'GET /[0-9] '
    keys G
    shows '^ +1[0-9][0-9] '
    keys g z
    walk 23
    shows 'Fields .* packet 24 '
    keys Tab z G
    shows 'Host|User agent|User-Agent'
    keys z Tab z
    shows '^0040  '
    keys z
    page Flows
    shows '^10\.1\.0\.1:40001 '
    page Transactions
    shows '^22:13:2[0-9].* (dns|http|smtp) '
    walk 40
    kind http
    shows ' http only'
    shows 'owned'
    shows '漢字😀Ａ wide'
    kind dns
    shows ' dns only'
    shows 'overlong'
    kind smtp
    shows ' smtp only'
    shows '\\xed\\xa0'
    walk 11
    page Talkers
    page Protocols
    page Graph
    page Packets
    # The stream of a flow: text, hexadecimal and raw.
    keys / 'GET /0' Enter
    chooses 'GET /0'
    keys s
    shows '^> GET /0'
    for form in text hex raw; do
        shows "^[━─]+ Stream .* $form, "
        walk 40
        keys g v
        shows '^[━─]+ Stream '
    done
    keys / owned Enter
    shows '^[━─]+ Stream '
    # In a search, in a subset, and in the status line.
    keys 1 / owned Enter
    chooses owned
    keys '&' owned Enter
    shows '^[━─]+ Packets .*lines with "owned"'
    keys Tab y
    shows 'copied: '
    keys q
    ended 0
    looks_safe "$size"
    (($(wc -c <raw) > 5000)) || fail "$size: hardly anything was drawn"
done

rm -r config
# Wide characters take two cells: the text after them stays in its column.
open 200 60 -r "$file" udp
shows ' wide'
keys z
shows ' wide'
screen | grep -E '^ +(1|15) ' | sed 's/DNS .*//' | awk '{ print length($0) }' | sort -u | wc -l >widths
[[ $(cat widths) -eq 1 ]] || fail 'the columns of a line with wide characters are shifted'
keys q
ended 0

# In a locale without UTF-8, only ASCII reaches the terminal.
locale=C open 80 24 -r "$file"
shows '^ +1 '
: >raw
view_tmux pipe-pane -o 'cat >>raw'
keys C-l
shows 'owned'
page Transactions
walk 30
keys q
ended 0
LC_ALL=C grep -aqP '[\x80-\xff]' raw && fail 'bytes beyond ASCII without UTF-8'
looks_safe 'locale C'
done_testing
