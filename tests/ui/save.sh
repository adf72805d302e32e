#!/usr/bin/env bash
# What is saved as pcapng has what the input had: comments, interfaces, names, secrets, statistics. As -w has them.
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
    cmp saved.pcapng due.pcapng || fail "$name: saved otherwise than by -w"

    # What no file holds: its options were kept with its bytes.
    gzip -c "$file" >packed.gz
    save packed.gz again.pcapng
    cmp again.pcapng due.pcapng || fail "$name, compressed: saved otherwise than by -w"
done

# One packet of several: the blocks around it too, as where a filter left it.
file=$SOURCE/samples/files/sections.pcapng
open 80 24 -r "$file"
shows '^ +1 '
keys G m w m Enter one.pcapng Enter
shows '1 packet saved: one\.pcapng'
keys q
ended 0
[[ $("$TAPLIGHT" --count -r one.pcapng) == 1 ]] || fail 'the packet that was marked is not alone'
"$TAPLIGHT" -q -r "$file" -w all.pcapng
(($(wc -c <one.pcapng) > 100 && $(wc -c <one.pcapng) < $(wc -c <all.pcapng))) || fail 'the blocks around it are not those of the input'

# A pcap file has one link type: what it lacks is told, and what it has is there.
open 80 24 -r "$file"
shows '^ +1 '
keys w a Enter some.pcap Enter
shows 'some\.pcap lacks 2 packets of other link types: use a \.pcapng name'
keys q
ended 0
[[ $("$TAPLIGHT" --count -r some.pcap) == $(($("$TAPLIGHT" --count -r "$file") - 2)) ]] ||
    fail 'packets of one link type are not there'
done_testing
