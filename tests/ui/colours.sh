#!/usr/bin/env bash
# Colour rules of the list: the built-in ones, those of a file, none; nothing is coloured where there are no colours.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1
file=$SOURCE/samples/showcase.pcap

# The colours of the first character of the line that matches $1: "foreground background", as the codes of SGR.
colours_of() {
    view_tmux capture-pane -pe | awk -v wanted="$1" '
        BEGIN { fore = 39; back = 49 }
        {
            plain = ""; first = ""
            n = split($0, parts, "\033[[]")
            for (i = 1; i <= n; i++) {
                text = parts[i]
                if (i > 1) {
                    at = index(text, "m")
                    codes = split(substr(text, 1, at - 1), code, ";")
                    text = substr(text, at + 1)
                    for (k = 1; k <= codes; k++) {
                        c = code[k] + 0
                        if (c == 0) { fore = 39; back = 49 }
                        if ((c >= 30 && c <= 39) || (c >= 90 && c <= 97)) fore = c
                        if ((c >= 40 && c <= 49) || (c >= 100 && c <= 107)) back = c
                    }
                }
                if (text ~ /[^ ]/ && first == "") first = fore " " back
                plain = plain text
            }
            if (plain ~ wanted && found == "") found = first
        }
        END { print found }'
}
has_colours() { [[ $(colours_of "$1") == "$2" ]]; }
is_coloured() {
    wait_for has_colours "$1" "$2" && return 0
    fail "$ran: the colours of '$1' are '$(colours_of "$1")', not '$2'"
    view_tmux capture-pane -pe | cat -v
}

# The built-in rules: what is wrong has a background, protocols have a colour.
first() { "$TAPLIGHT" -r "$file" -Y "$1" -T fields -e frame.number | head -n 1; }
reset=$(first 'tcp.flags.reset == 1 && !tcp.analysis.flags && !icmp')
http=$(first 'http && !tcp.analysis.flags && tcp.flags.reset == 0')
arp=$(first arp)

# The man page has the same rules, with broken lines.
sed -n '/^these rules apply:$/,/^\.fi$/p' "$SOURCE/docs/taplight.1" | sed -n 's/\\-/-/g; s/^    //p' |
    awk '/^ /{ rule = rule $0; next } { if (rule != "") print rule; rule = $0 } END { print rule }' >manual
[[ $(wc -l <manual) -gt 5 ]] || fail "the man page has no rules: $(<manual)"
for size in '80 24' '200 60'; do
    # shellcheck disable=SC2086
    open $size -r "$file" --color-rules="$([[ $size == 80* ]] && echo default || echo manual)"
    shows '^ +1 .*DNS'
    is_coloured '^ +2 .*DNS' '36 49'
    keys g : "$((http + 1))" Enter
    is_coloured "^ +$http .*HTTP" '32 49'
    keys : "$((reset + 1))" Enter
    is_coloured "^ +$reset .*RST" '93 41'
    keys : "$((arp + 1))" Enter
    is_coloured "^ +$arp .*ARP" '33 49'
    keys q
    ended 0
done

# Rules of a file, by option and by configuration; the first that selects a packet counts.
cat >rules <<'END'
# my rules
answers @ dns.flags.response == 1 @ white @ blue
names   @ dns @ bright-cyan @ default
END
open 100 30 -r "$file" --color-rules=rules
is_coloured '^ +2 .*DNS' '37 44'
is_coloured '^ +3 .*DNS' '96 49'
keys K
shows 'colour rules are off'
is_coloured '^ +3 .*DNS' '39 49'
keys K
shows 'colour rules are on'
is_coloured '^ +3 .*DNS' '96 49'
keys c
shows 'color-rules=rules'
keys Escape q
ended 0
mkdir -p config/taplight
printf '{"color_rules": "%s"}' "$PWD/rules" >config/taplight/config.json
open 100 30 -r "$file"
is_coloured '^ +2 .*DNS' '37 44'
keys q
ended 0
open 100 30 -r "$file" --color-rules=none # the option goes before the configuration
shows '^ +2 .*DNS'
is_coloured '^ +2 .*DNS' '39 49'
keys q
ended 0
rm -r config

# A terminal without colours, and a user who wants none.
for settings in TERM=vt100 NO_COLOR=1; do
    open 80 24 -r "$file" --color-rules=rules
    shows '^ +2 .*DNS'
    is_coloured '^ +2 .*DNS' '39 49'
    keys q
    shows '^exit code 0' # a vt100 does not restore the rest of the line
done
settings=''

# What is wrong with a file is told before the view opens.
printf 'x @ dns @ red @ blue\ny @ dns.nothing @ red @ blue\n' >wrong
open 80 24 -r "$file" --color-rules=wrong
ended 2
[[ $(<errors) == *'wrong, line 2, column 5: '*dns.nothing* ]] || fail "the message is $(<errors)"
open 80 24 -r "$file" --color-rules=absent
ended 1
[[ $(<errors) == *'cannot read absent'* ]] || fail "the message is $(<errors)"
"$TAPLIGHT" -r "$file" --count --color-rules=rules >out 2>errors && fail '--color-rules is taken without the view'
grep -q 'applies to the view' errors || fail "the message is $(<errors)"
done_testing
