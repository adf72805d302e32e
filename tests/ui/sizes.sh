#!/usr/bin/env bash
# Every pane and every dialog at 80x24 and 200x60, while the terminal changes to the other size, to a tiny one and back: the
# chosen line stays chosen and visible, typed text stays, titles are as wide as the screen and the last row is in its place.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1
file=$SOURCE/samples/showcase.pcap

# What holds for the screen at any size.
is_right() {
    local columns=$1 rows=$2 lines line rule='^[━─=-]'
    screen >now
    mapfile -t lines <now
    ((${#lines[@]} == rows)) || return 1
    for line in "${lines[@]}"; do
        [[ ! $line =~ $rule{2} ]] || break # the rule of the first title
    done
    [[ ${#line} == "$columns" && $line =~ $rule{2} ]] || return 1
    # Tabs are above it, except where there is no room.
    if ((rows >= 8)); then [[ ${lines[0]} == *'7 Stream'* ]]; else [[ ${lines[0]} =~ $rule ]]; fi || return 1
    ((columns < 20)) || [[ ${lines[-1]} == *[!\ ]* ]] # the status line, or a prompt
}
becomes() {
    view_tmux resize-window -x "$1" -y "$2"
    wait_for is_right "$1" "$2" && return 0
    fail "$what at $1x$2: the screen is not right:"
    cat now
    return 1
}

# other COLUMNS: sets `size` to the other of the two sizes.
other() {
    size=(80 24)
    [[ $1 != 80 ]] || size=(200 60)
}

# Sets `words` to the first two words of the chosen line.
find_words() {
    local line
    find_chosen
    read -ra words <<<"$line"
    words="${words[0]-} ${words[1]-}"
}
are_words() {
    local words
    find_words
    [[ $words == "$1" ]]
}
keeps() {
    wait_for are_words "$1" && return 0
    fail "$what: '$1' is not chosen any more, but '$(chosen)'"
    screen
}

# Waits until all keys were handled: the screen does not change any more.
is_as_before() {
    local text
    nap 0.1
    screen >now
    IFS= read -rd '' text <now
    [[ $text == "$before" ]] && return 0
    before=$text
    return 1
}
settles() {
    local before=
    wait_for is_as_before || fail "$what: the screen does not come to rest"
}

for first in '80 24' '200 60'; do
    # shellcheck disable=SC2086
    set -- $first
    columns=$1 rows=$2
    open "$columns" "$rows" -r "$file"
    shows '^ +1 '
    hides 'reading'
    keys G

    # Panes. Each pane of a page gets the keys in turn; in all but the graph a line is chosen.
    for pane in 'Packets' 'Fields' 'Bytes' 'Flows' 'Transactions' 'Talkers' 'Protocols' 'Graph' 'Stream'; do
        what="$pane, from $columns"
        case $pane in
        Packets) keys 1 ;;
        Fields | Bytes) keys Tab ;;
        Stream) keys 1 g / 'GET /' Enter s ;;
        *) page "$pane" ;;
        esac
        shows "^[━=]{2} $pane "
        [[ $pane == Graph || $pane == Bytes || $pane == Stream ]] || keys G k k
        settles
        find_words
        was=$words
        [[ $pane == Graph || $pane == Bytes || $was != ' ' ]] || fail "$what: nothing is chosen"
        other "$columns"
        becomes "${size[@]}"
        shows "^[━=]{2} $pane "
        [[ $pane == Graph || $pane == Bytes ]] || keeps "$was"
        becomes 20 5
        becomes 5 3
        becomes "$columns" "$rows"
        shows "^[━=]{2} $pane "
        [[ $pane == Graph || $pane == Bytes ]] || keeps "$was"
    done
    keys 1

    # Dialogs: the keys that open one and type into it, and its text on the last row, or on the first.
    while IFS='|' read -r opens shown; do
        what="the dialog of '$opens', from $columns"
        # shellcheck disable=SC2086
        keys $opens
        shows "$shown"
        other "$columns"
        becomes "${size[@]}"
        shows "$shown"
        becomes 20 5
        becomes 5 3
        becomes "$columns" "$rows"
        shows "$shown"
        keys Escape
        hides "$shown"
    done <<'END'
/ sometext|^Search.*: sometext *$
: 123|^Go to.*: 123 *$
B udp|^Capture filter.*: udp *$
& abc|^Show only lines with.*: abc *$
w|^Save all packets \(a\), those shown \(s\) or those marked \(m\): *$
w a Enter to.pcap|^File \(\.pcap, \.pcapng; \.json: records\): to\.pcap *$
C|^Columns.*: number time
?|^[━─]+ Keys ━
c|^[━─]+ Command ━
e|^[━─]+ Messages ━
END

    # The second question, and the dialog of the stream.
    what="writing over a file, from $columns"
    echo before >there.pcap
    keys w a Enter there.pcap Enter
    shows '^The file exists\. Overwrite it \(y, n\)\? *$'
    other "$columns"
    becomes "${size[@]}"
    shows '^The file exists'
    becomes "$columns" "$rows"
    keys n Enter
    shows 'not saved'
    [[ $(cat there.pcap) == before ]] || fail "$what: it was overwritten"
    what="saving a stream, from $columns"
    keys 7 w
    shows '^Save the bytes of both sides to: showcase-stream-[0-9]+\.bin *$'
    becomes 20 5
    becomes "$columns" "$rows"
    shows '^Save the bytes of both sides to: showcase-stream-[0-9]+\.bin *$'
    keys Escape q
    ended 0
done

# A message of one line at 200 columns takes more rows at 80, and is complete.
mkdir "$(printf 'a%.0s' {1..60})"
long=$(echo a*)/there/is/no/folder/of/this/name.pcap
for first in '80 24' '200 60'; do
    # shellcheck disable=SC2086
    open $first -r "$file"
    shows '^ +1 '
    keys w a Enter "$long" Enter
    for ((i = 0; i < patience; i++)); do
        screen | tail -n 4 | sed 's/^ //; s/ *$//; s/? help  q quit//' | tr -d '\n' | tr -s ' ' >said
        grep -q 'No such file or directory' said && break
        nap 0.1
    done
    grep -qF "$(echo "cannot write $long: No such file or directory" | tr -d ' ')" <(tr -d ' ' <said) ||
        fail "$first: the error is cut: $(cat said)"
    keys q
    ended 0
done
done_testing
