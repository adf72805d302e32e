#!/usr/bin/env bash
# Columns of the list: chosen and sized in the configuration and by keys.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1
file=$SOURCE/samples/dns/pairing.pcap

for size in '80 24' '200 60'; do
    rm -rf config
    # shellcheck disable=SC2086
    open $size -r "$file"
    shows '^ +# Time +Source +Destination +Protocol +Length Info$'

    # Wider and narrower: the next column moves.
    keys '>'
    shows 'choose a column first'
    keys Right Right '>' '>' '>'
    shows '^ +# Time {15}Source '
    keys '<'
    shows '^ +# Time {14}Source '

    # The columns, their order and widths: the prompt has the present ones.
    keys C
    shows '^Columns: number time:17 source destination protocol length info'
    text='number time:17 source destination protocol length info'
    for ((i = 0; i < ${#text}; i++)); do printf 'BSpace '; done >many
    # shellcheck disable=SC2046
    keys $(cat many)
    shows '^Columns: *$'
    keys -l 'flow length:9 info captured'
    keys Enter
    shows '^ +Flow +Length Info$|^ +Flow +Length Info +'
    shows '^ +1 +70 query '
    hides '10\.1\.0\.1 +10\.1'
    keys C Enter
    hides '^Columns'

    # An unknown column gives a message, and nothing changes.
    keys C
    keys -l ' colour'
    keys Enter
    shows 'unknown column: use number time source'
    shows '^ +Flow +Length Info'
    keys q
    ended 0

    # Any field is a column; its name is completed.
    # shellcheck disable=SC2086
    open $size -r "$file"
    shows '^ +# Time '
    keys C C-u
    keys -l 'number dns.qry.name:30 dns.qry.ty'
    keys Tab
    shows '^Columns: number dns\.qry\.name:30 dns\.qry\.type *$'
    keys Enter
    shows '^ +# dns\.qry\.name +dns\.qry\.type *$'
    "$TAPLIGHT" -r "$file" -T fields -e frame.number -e dns.qry.name -e dns.qry.type | head -n 3 | tr -s '\t' ' ' >due
    while read -r line; do
        shows "^ +${line// / +} *\$"
    done <due
    keys C
    keys -l ' tcp.stream'
    keys Enter
    shows 'unknown column'
    keys q
    ended 0

    # The configuration.
    mkdir -p config/taplight
    echo '{ "columns": "number source:12 info" }' >config/taplight/config.json
    # shellcheck disable=SC2086
    open $size -r "$file"
    shows '^ +# Source +Info$'
    shows '^ +1 10\.1\.0\.1 {5}query '
    keys q
    ended 0
done
"$TAPLIGHT" --print-config | grep -qF '"columns": "number source:12 info"' || fail '--print-config does not show the columns'
for bad in '' 'number number' 'source:0' 'source:999' 'source:' 'name'; do
    printf '{\n"columns": "%s" }\n' "$bad" >config/taplight/config.json
    rc=0
    "$TAPLIGHT" --print-config >out 2>err || rc=$?
    ((rc == 2)) || fail "columns '$bad': exit code $rc"
    grep -q 'line 2: "columns" can be some of: number time' err || fail "columns '$bad': $(cat err)"
done
done_testing
