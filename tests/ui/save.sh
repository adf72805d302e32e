#!/usr/bin/env bash
# A saved pcapng file has what the input had: comments, interfaces, names, secrets, statistics. It equals that of -w.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1

# save FILE NAME: all packets of it, from the view.
save() {
    # shellcheck disable=SC2086
    open ${size:-80 24} -r "$1"
    shows ' [0-9]+ packets '
    hides 'reading'
    keys w a Enter "$2" Enter
    shows "packets saved: $2"
    keys q
    ended 0
}

for name in option sections; do
    file=$SOURCE/samples/files/$name.pcapng
    rm -f ./*.pcapng ./*.gz
    "$TAPLIGHT" -q -r "$file" -w due.pcapng
    size='200 60' save "$file" saved.pcapng
    cmp saved.pcapng due.pcapng || fail "$name: saved differently from -w"

    # Packets that are in no file: their options were kept with their bytes.
    gzip -c "$file" >packed.gz
    save packed.gz again.pcapng
    cmp again.pcapng due.pcapng || fail "$name, compressed: saved differently from -w"
done

# One packet of several: the blocks around it are saved too, as with a filter.
file=$SOURCE/samples/files/sections.pcapng
open 80 24 -r "$file"
shows '^ +#1 ' # it has a comment
keys G m w m Enter one.pcapng Enter
shows '1 packet saved: one\.pcapng'
keys q
ended 0
[[ $("$TAPLIGHT" --count -r one.pcapng) == 1 ]] || fail 'the file has more than the marked packet'
"$TAPLIGHT" -q -r "$file" -w all.pcapng
(($(wc -c <one.pcapng) > 100 && $(wc -c <one.pcapng) < $(wc -c <all.pcapng))) || fail 'the blocks around it are not those of the input'

# A pcap file has one link type: packets of others are reported, and those of the first are saved.
open 80 24 -r "$file"
shows '^ +#1 ' # it has a comment
keys w a Enter some.pcap Enter
shows 'some\.pcap lacks 2 packets of other link types: use a \.pcapng name'
keys q
ended 0
[[ $("$TAPLIGHT" --count -r some.pcap) == $(($("$TAPLIGHT" --count -r "$file") - 2)) ]] ||
    fail 'packets of the first link type are missing'
done_testing
