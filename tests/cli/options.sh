#!/usr/bin/env bash
# The command line: accepted and rejected options, with their messages.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

capture 5 >a.pcap

refused() {
    local why=$1
    shift
    run "$@"
    rc_is 2
    error_is "$why"
    [[ ! -s out ]] || fail "$ran: wrote to standard output"
}

refused "unknown option '--jsno': did you mean '--json'\?" -r a.pcap --jsno
refused "unknown option '-json': did you mean '--json'\?" -r a.pcap -json
refused "did you mean '--no-checksums'\?" -r a.pcap --no-checksum
refused "did you mean '--show-secrets'\?" -r a.pcap --show
refused "unknown option '--qqqqqq': taplight --help" -r a.pcap --qqqqqq
refused "unknown option '-M'" -r a.pcap -M
refused "unknown option '-M'" -r a.pcap -vM
refused "option '-r' needs FILE" -r
refused "option '--mem' needs SIZE" -r a.pcap --mem
refused "takes no value" -r a.pcap --count=yes
refused "is empty" -r a.pcap -o ''
refused "given twice" -r a.pcap -c 1 -c 2
refused "-c: bad packet count '0': give 1 or more$" -r a.pcap -c 0
refused "bad packet count '-1'" -r a.pcap -c -1
refused "bad packet count '1x'" -r a.pcap -c 1x
refused "bad packet count '18446744073709551616'" -r a.pcap -c 18446744073709551616
refused 'bad number of workers' -r a.pcap --workers 65
refused 'too little memory' -r a.pcap --mem 16777215
refused 'bad size' -r a.pcap --mem 1Q
refused 'bad size' -r a.pcap --mem 99999999999999G
refused 'bad time' -r a.pcap --tcp-timeout 0
refused 'bad time' -r a.pcap --udp-timeout 1.
refused 'bad time' -r a.pcap --dns-timeout 0.0000000001
refused 'give one of: flows packets' -r a.pcap --json=xml
refused 'bad separator' -r a.pcap --json --json-sep '"'
refused 'nothing to read' --json
refused "did you mean 'taplight -r a.pcap'" a.pcap
refused 'standard input can be read only once' -r - -r -
refused 'text and JSON' -r a.pcap -v --json
refused 'text and JSON' -r a.pcap --json=packets -x
refused 'cannot be combined' -r a.pcap --json --json=packets
refused '-q and -v' -r a.pcap -q -v
refused 'more than one filter' -r a.pcap -f udp tcp
refused 'more than one filter' -r a.pcap -f udp -F a.pcap
refused 'only a number' -r a.pcap --count --json
refused 'add --json' -r a.pcap --no-meta
refused 'add --json' -r a.pcap --json-sep _
refused 'reads no packets' -r a.pcap --schema
refused 'both go to standard output' -r a.pcap -w - --json
refused 'nothing for -o to write' -r a.pcap -w b.pcap -o b.txt
# Live options without a live capture.
refused '-i and -r cannot be combined' -i lo -r a.pcap
for words in -p --immediate --wait '-y EN10MB' '-Z nobody' '-s 96' '-B 4M'; do
    # shellcheck disable=SC2086
    refused "${words%% *} applies to live capture: add -i" -r a.pcap $words
done
refused 'interface given twice' -i lo -i lo
refused '-C, -G and -b apply to the files of -w and -o' -r a.pcap -C 1
refused '-C, -G and -b apply to the files of -w and -o' -i lo -w - -G 1
refused '-W and -b files: keep the last files' -r a.pcap -w b.pcap -W 2
refused '-U applies to the file of -w' -r a.pcap -U
refused '-L lists one interface' -L
refused 'bad snapshot length' -i lo -s 262145
refused 'bad buffer size' -i lo -B 1
refused 'bad buffer size' -i lo -B 3G
refused 'bad size' -i lo -w b.pcap -C 0
refused 'bad time' -i lo -w b.pcap -G 0.5
refused "bad number '0': give 1 to 65535" -i lo -w b.pcap -G 1 -W 0
refused "bad number '0': give 1 to 32" -i lo --capture-threads 0
refused "bad number '33': give 1 to 32" -i lo --capture-threads 33
refused 'bad time' -i lo --json --stats-interval 0

# An input file is never written, whatever its name.
cp a.pcap kept.pcap
ln a.pcap hard.pcap
ln -s a.pcap soft.pcap
for name in a.pcap ./a.pcap hard.pcap soft.pcap; do
    refused 'cannot be an output too' -r a.pcap -w "$name"
    refused 'cannot be an output too' -r a.pcap -o "$name" --json
done
refused 'cannot be the output of both' -r a.pcap -w new.pcap -o ./new.pcap --json
[[ ! -e new.pcap ]] || fail "a rejected command created its output"
rc=0 ran='taplight -r - -w a.pcap <a.pcap'
"$TAPLIGHT" -r - -w a.pcap <a.pcap >out 2>err || rc=$?
rc_is 2
rc=0 ran='taplight -r a.pcap --json >>a.pcap'
"$TAPLIGHT" -r a.pcap --json 2>err >>a.pcap || rc=$?
rc_is 2
same a.pcap kept.pcap 'refused commands'
# A bad filter is reported before an output is touched.
echo precious >old.txt
run -r a.pcap -o old.txt 'port port'
rc_is 2
[[ $(cat old.txt) == precious ]] || fail "$ran: truncated its output"

# No arguments.
rc=0 ran='taplight'
"$TAPLIGHT" >out 2>err || rc=$?
rc_is 2
{ grep -q "^usage: taplight" err && grep -q -e --help err; } || fail "no usage line without arguments"

# Accepted spellings.
for words in '-c2' '-c 2' '-nc2' '-c 2 udp port 53' '-c 2 -- udp' '-c 2 -f udp' 'udp -c 2' '-F filter -c 2'; do
    printf 'udp\nport 53\n' >filter
    # shellcheck disable=SC2086
    run -r a.pcap $words
    rc_is 0
    quiet_is
    lines_are 2
done
run -r a.pcap --json --tcp-timeout 0.5 --tcp-attempt-timeout 1 --tcp-closed-timeout 2 --tcp-login-timeout 3 \
    --udp-timeout 4.000000001 --icmp-timeout 5 --dns-timeout=6 --mem 16M --show-secrets --no-checksums
rc_is 0
quiet_is
done_testing
