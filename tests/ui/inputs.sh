#!/usr/bin/env bash
# The file that is shown is the one that was opened, whatever its name stands for later; what is changed in it is told.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1

# Of the same lengths, with other bytes.
LC_ALL=C sed 's/example/ELPMAXE/g' "$SOURCE/samples/showcase.pcap" >other.pcap
cmp -s other.pcap "$SOURCE/samples/showcase.pcap" && fail 'the sample has nothing to be replaced'
cp "$SOURCE/samples/showcase.pcap" in.pcap
"$TAPLIGHT" -q -r in.pcap -w due.pcap

open 120 40 -r in.pcap
shows ' packets '
hides 'reading'
mv other.pcap in.pcap
keys w a Enter saved.pcap Enter
shows 'packets saved: saved\.pcap'
cmp -s saved.pcap due.pcap || fail 'what was saved is of the file that took its name'
keys / ELPMAXE Enter
shows 'not found: ELPMAXE'
screen | grep -q 'was changed' && fail 'another file under its name is taken for a change'
keys q
ended 0

# One that grows is being written still: not a word. One that is written over is told, once.
open 120 40 -r in.pcap
shows ' packets '
hides 'reading'
head -c 100 /dev/zero >>in.pcap
keys Down
sleep 0.2
keys Down
sleep 0.2
screen | grep -q 'was changed' && fail 'a file that grows is taken for one that was changed'
printf x | dd of=in.pcap bs=1 seek=60 conv=notrunc 2>dd.log
keys Down
shows 'in\.pcap was changed while it was shown'
printf y | dd of=in.pcap bs=1 seek=60 conv=notrunc 2>dd.log
keys Down
sleep 0.2
keys q
ended 0
[[ $(grep -c 'was changed' errors) == 1 ]] || fail "it is told so often: $(cat errors)"

# One that is written over by something longer is no capture any more, and none is made of it.
cp "$SOURCE/samples/showcase.pcap" over.pcap
open 120 40 -r over.pcap
shows ' packets '
hides 'reading'
dd if=/dev/urandom of=over.pcap bs=24 seek=1 count=$(($(stat -c %s over.pcap) / 24 + 100)) conv=notrunc 2>dd.log
keys w a Enter none.pcap Enter
shows '^ 0 packets saved: none\.pcap; the bytes of 609 packets cannot be read from over\.pcap any more'
keys q
ended '[0-9]'

# So is one that became shorter.
open 120 40 -r in.pcap
shows ' packets '
hides 'reading'
truncate -s 200 in.pcap
keys Down
shows 'in\.pcap was changed while it was shown'
keys q
ended '[0-9]'
done_testing
