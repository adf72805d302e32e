#!/usr/bin/env bash
# The view shows the comments of a pcapng file, and marks times outside the range of 64 bits of nanoseconds.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1
file=$SOURCE/samples/files/sections.pcapng

for input in "$file" packed.gz; do
    gzip -c "$file" >packed.gz
    open 120 40 -r "$input"
    shows '^ +#1 .*query 0x0001'
    shows '^ +2 .*query 0x0002'
    shows '^- Comments'
    shows '^ +Comment: the first packet'
    shows '^ +Section comment: first section, little-endian'
    shows ' packets .*# first section, little-endian' # in the status line
    keys Down
    shows '[^#]2 .*query 0x0002'
    hides 'Comment: the first packet'
    keys Tab g BTab # the tree opened at the protocol
    shows '^ +Section comment: first section, little-endian'
    keys Down
    shows 'Comment: a comment with "quotes", .* and a\\nline break'
    keys End
    shows '^ +Section comment: second section, big-endian'
    keys q
    ended 0
done

# The mark of a bookmark stands before it; the text of a comment is found.
open 120 40 -r "$file"
shows '^ +#1 '
keys m
shows '^ *\*#1 '
keys Tab / 'line break' Enter
shows 'Comment: a comment with "quotes"'
keys q
ended 0

# Times that are no numbers: in every format, in the graph, saved as they were.
file=$SOURCE/samples/files/times-outside.pcapng
open 120 40 -r "$file"
shows '^ +2 \[after 2262\] '
shows '^ +3 \[before 1677\] '
shows '^ +1 22:13:20\.0'
keys t
shows '^ +3 \[before 1677\] '
shows '^ +1 2023-11-14 22:13:20\.0'
keys t
shows '^ +4 after 2262 '
shows '^ +1 0\.0+ '
keys t
shows '^ +3 before 1677 '
shows '^ +6 - ' # since a time that is not known
"$TAPLIGHT" -q -r "$file" -w due.pcapng
keys w a Enter saved.pcapng Enter
shows '6 packets saved: saved\.pcapng'
cmp saved.pcapng due.pcapng || fail 'times: saved differently from -w'
screen | grep -qE '922337|23:47:16' && fail "a number that was not there: $(screen)"
keys q
ended 0
[[ $("$TAPLIGHT" -r saved.pcapng | md5sum) == $("$TAPLIGHT" -r "$file" | md5sum) ]] || fail 'times: read otherwise'

# Packets in memory only: their stored times are gone, they are left out and that is reported.
gzip -c "$file" >times.gz
open 120 40 -r times.gz
shows '^ +2 \[after 2262\] '
keys w a Enter again.pcapng Enter
shows 'lacks 4 packets of times that are not kept'
keys q
ended 0
done_testing
