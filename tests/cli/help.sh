#!/usr/bin/env bash
# --help fits a screen; the man page and the completions match the table of options.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

run --help
rc_is 0
quiet_is
lines=$(wc -l <out)
((lines >= 24 && lines <= 48)) || fail "--help has $lines lines"
awk 'length > 80 { print "wide: " $0; wide = 1 } END { exit wide }' out || fail '--help is wider than 80 columns'
(($(grep -c '^  taplight -[ri]' out) == 5)) || fail '--help does not show five examples'
cp out help
run -h
same out help '-h'
run --help --version --json --count
same out help '--help with others'

run --version
rc_is 0
for what in 'taplight [0-9]+\.[0-9]+\.[0-9]+$' libpcap libnet 'zlib [0-9]' 'zstd [0-9]' 'lz4 [0-9]' 'brotli [0-9]' 'xxHash [0-9]' OpenSSL \
    'json-c [0-9]' 'ncurses [0-9]'; do
    out_has "$what"
done

"$TAPLIGHT" --generate man >list
awk -v list=list '
    BEGIN { while ((getline line < list) > 0) want = want line "\n" }
    { page = page $0 "\n" }
    END { exit index(page, want) == 0 || want == "" }' "$SOURCE/docs/taplight.1" ||
    fail 'docs/taplight.1 is out of date: insert the output of taplight --generate man'
"$TAPLIGHT" --generate bash >bash.completion
same bash.completion "$SOURCE/completions/taplight.bash" 'out of date: insert the output of taplight --generate bash'
"$TAPLIGHT" --generate zsh >zsh.completion
same zsh.completion "$SOURCE/completions/_taplight" 'out of date: insert the output of taplight --generate zsh'
# Verbs: --help fits a screen, the man page is up to date.
verbs=(explain objects send ping trace resolve replay)
for verb in "${verbs[@]}"; do
    run "$verb" --help
    rc_is 0
    quiet_is
    (($(wc -l <out) <= 48)) || fail "$ran: $(wc -l <out) lines"
    awk 'length > 80 { print "wide: " $0; wide = 1 } END { exit wide }' out || fail "$ran is wider than 80 columns"
    "$TAPLIGHT" --generate "man-$verb" >verb.1
    same verb.1 "$SOURCE/docs/taplight-$verb.1" "out of date: insert the output of taplight --generate man-$verb"
done
# Each option of --help is in the man page.
grep -oE -- '--[a-z][a-z-]+' help | sort -u | while read -r name; do
    grep -qF -- "${name//-/\\-}" "$SOURCE/docs/taplight.1" || echo "$name"
done >absent
[[ ! -s absent ]] || fail "not in the man page: $(cat absent)"

if command -v man >/dev/null && command -v groff >/dev/null; then
    for verb in "${verbs[@]}"; do
        LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -l "$SOURCE/docs/taplight-$verb.1" >page 2>warnings
        [[ ! -s warnings ]] || fail "the man page of $verb renders with warnings: $(cat warnings)"
    done
    LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -l "$SOURCE/docs/taplight.1" >page 2>warnings
    [[ ! -s warnings ]] || fail "the man page renders with warnings: $(cat warnings)"
    grep -q 'EXIT STATUS' page || fail 'the man page does not render'
fi

# The bash completion.
complete_is() {
    local due=$1 sorted=''
    shift
    [[ $1 != sorted ]] || { sorted=1; shift; } # the shell lists files in any order
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _taplight
    [[ -z $sorted ]] || mapfile -t COMPREPLY < <(printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort)
    [[ ${COMPREPLY[*]} == "$due" ]] || fail "completion of '$*': ${COMPREPLY[*]}"
}
. ./bash.completion
complete_is '--json --json-sep' taplight --js
complete_is 'flows packets' taplight --json =
complete_is 'packets' taplight --json = p
: >day.pcap
complete_is 'day.pcap' taplight -r d
complete_is '' taplight --mem d
complete_is 'in out inout' taplight -Q ''
complete_is 'skip' taplight --gaps s
complete_is 'decimal' taplight --dump-bpf = d
# Capture files come first, other files where there is none; interfaces have their names.
mkdir captures captures/sub others
touch captures/{a.pcap,b.PCAPNG,c.cap.gz,d.pcap1,e.snoop.zst,notes.txt} others/{x.txt,y.json}
complete_is "$(cd captures && echo captures/{a.pcap,b.PCAPNG,c.cap.gz,d.pcap1,e.snoop.zst,sub})" sorted taplight -r captures/
complete_is 'captures/notes.txt' taplight -r captures/n
complete_is 'others/x.txt others/y.json' sorted taplight -r others/
complete_is 'captures/notes.txt' taplight -o captures/n
complete_is 'lo' taplight -i l
complete_is 'any' taplight -i an
complete_is '' taplight -i no-such
complete_is 'send' taplight se
complete_is 'lo' taplight send -i l
complete_is '--layers' taplight send --la
complete_is 'day.pcap' taplight send -w d
complete_is '' taplight send --rate d
done_testing
