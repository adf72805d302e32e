#!/usr/bin/env bash
# --options: a file of options, as for a service; the units of systemd.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
file=$SOURCE/samples/showcase.pcap

# The file says the same as the command line.
"$TAPLIGHT" -r "$file" --json --no-meta -Y '_path == "dns" || http.status_code > 399' -f 'not port 99' >due
printf '%s\n' '# a comment' '' "  -r   $file  " '--json=flows' '--no-meta' '	-f not port 99' \
    '-Y _path == "dns" || http.status_code > 399' >options
run --options options
rc_is 0
same due out 'records with --options'
printf -- '-c 2\r\n--text\r\n-tt' >options # line ends of another system; the last line has none
"$TAPLIGHT" -r "$file" -c 2 --text -tt >due
run -r "$file" --options options
rc_is 0
same due out 'text with --options'
printf -- '\n -T fields\n-e ip.src\n-e ip.dst\n' >options
"$TAPLIGHT" -r "$file" -T fields -e ip.src -e ip.dst >due
run --options options -r "$file"
same due out '-e with --options'
for ((i = 0; i < 20; i++)); do echo "-r $file"; done >options
run --options options --count
rc_is 0
(($(cat out) == 20 * $("$TAPLIGHT" -r "$file" --count))) || fail "twenty -r: $(cat out)"

wrong() { # TEXT MESSAGE
    printf '%b' "$1" >options
    run -r "$file" --options options
    rc_is 2
    error_is "$2"
}
wrong '--json\n\nnonsense x\n' "options:3: 'nonsense' is no option"
wrong '--jsom\n' "options:1: unknown option '--jsom': did you mean '--json'"
wrong '# x\n-Y\n' "options:2: option '-Y' needs FILTER"
wrong '--json packets\n' "options:1: --json takes no value after a space: leave 'packets' out"
wrong '--options more\n' "options:1: option '--options' given twice"
wrong '-c 2\0x\n' 'not text'
wrong "$(printf 'x%.0s' {1..70000})" 'longer than 64 KiB'
wrong '-c 2\n--json --text\n' 'leave .--text. out'
run -r "$file" --options absent
rc_is 1
error_is 'cannot read the options in absent: No such file'

# -Y on records is for servers and files of records, too.
run -r "$file" --split-records records -Y '_path == "dns"'
rc_is 0
[[ $(cd records && echo *) == *dns.log* && ! -e records/conn.log ]] || fail "-Y with --split-records: $(ls records)"
run -r "$file" --split-records others -Y ip.src==192.0.2.1
rc_is 2
error_is 'the outputs are records'

# Several servers.
printf '%s\n' '--to clickhouse://127.0.0.1:9/db?create=1' '--to elastic://127.0.0.1:9' '--to-wait 0.1' >options
run -r "$file" --options options
if ! grep -q 'this build has no' err; then
    rc_is 1
    for url in clickhouse://127.0.0.1:9/db elastic://127.0.0.1:9; do
        grep -q "$url: [0-9]* records were lost\|$url: does not take records" err || fail "$url: $(cat err)"
    done
fi

# The units: the example is right, and the exposure is low.
units=("$SOURCE"/packaging/taplight{,@}.service)
sed 's/^#-/-/; /^-i/d' "$SOURCE/packaging/taplight.conf" >example
sed -i '/^-G/d; /^--spool\|^--to/d' example # only for a capture; needs libcurl
run -r "$file" --options example --metrics 127.0.0.1:0
rc_is 2
error_is 'given twice' # of --metrics: all before it is right
for unit in "${units[@]}"; do
    diff <(sed -n '/^DynamicUser/,/^SystemCallFilter=capset/p' "${units[0]}" | sed '/Directory=/d') \
        <(sed -n '/^DynamicUser/,/^SystemCallFilter=capset/p' "$unit" | sed '/Directory=/d') >differs ||
        fail "$unit: other limits: $(cat differs)"
    grep -qx 'RestartPreventExitStatus=2' "$unit" || fail "$unit: starts again after wrong options"
done
# systemd makes a private folder of a state folder; one in that of another unit would collide with it.
sed -n 's/^StateDirectory=//p' "${units[@]}" | sort >states
[[ $(paste -sd ' ' states) == 'taplight taplight-%i' ]] || fail "folders of state: $(cat states)"
if command -v systemd-analyze >/dev/null && systemd-analyze security --help 2>/dev/null | grep -q offline; then
    for unit in "${units[@]}"; do
        systemd-analyze security --offline=true --threshold=20 --no-pager "$unit" >exposure 2>&1 ||
            fail "$unit: $(tail -n 1 exposure)"
    done
fi
done_testing
