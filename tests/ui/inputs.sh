#!/usr/bin/env bash
# The view shows the file that was opened, even if its name later means another; a change of the file is reported.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1

# A file with the same lengths and other bytes.
LC_ALL=C sed 's/example/ELPMAXE/g' "$SOURCE/samples/showcase.pcap" >other.pcap
cmp -s other.pcap "$SOURCE/samples/showcase.pcap" && fail 'the sample has no text to replace'
cp "$SOURCE/samples/showcase.pcap" in.pcap
"$TAPLIGHT" -q -r in.pcap -w due.pcap

open 120 40 -r in.pcap
shows ' packets  [0-9]+ MiB ' # without a progress: all is read
mv other.pcap in.pcap
keys w a Enter saved.pcap Enter
shows 'packets saved: saved\.pcap'
cmp -s saved.pcap due.pcap || fail 'the saved packets are from the file that took the name'
keys / ELPMAXE Enter
shows 'not found: ELPMAXE'
screen | grep -q 'was changed' && fail 'another file under the same name is reported as a change'
keys q
ended 0

# A file that grows is still being written: no message. An overwritten file is reported, once.
open 120 40 -r in.pcap
shows ' packets  [0-9]+ MiB ' # without a progress: all is read
head -c 100 /dev/zero >>in.pcap
# A look at the file before it is overwritten: else it has grown, which is no change.
keys Down
chooses '^ +2 '
nap 0.5
keys Down
chooses '^ +3 '
nap 0.5
screen_has 'was changed' && fail 'a file that grows is reported as changed'
printf x | dd of=in.pcap bs=1 seek=60 conv=notrunc 2>dd.log
keys Down
shows 'in\.pcap was changed while it was shown'
printf y | dd of=in.pcap bs=1 seek=60 conv=notrunc 2>dd.log
keys Down
sleep 0.2
keys q
ended 0
[[ $(grep -c 'was changed' errors) == 1 ]] || fail "not reported exactly once: $(cat errors)"

# A file that is overwritten by longer text is no capture any more: no packets are saved from it.
cp "$SOURCE/samples/showcase.pcap" over.pcap
open 120 40 -r over.pcap
shows ' packets  [0-9]+ MiB ' # without a progress: all is read
dd if=/dev/urandom of=over.pcap bs=24 seek=1 count=$(($(stat -c %s over.pcap) / 24 + 100)) conv=notrunc 2>dd.log
keys w a Enter none.pcap Enter
shows '^ 0 packets saved: none\.pcap; the bytes of 609 packets cannot be read from over\.pcap any more'
keys q
ended '[0-9]'

# A file that became shorter is reported too.
cp "$SOURCE/samples/showcase.pcap" in.pcap
open 120 40 -r in.pcap
shows ' packets  [0-9]+ MiB ' # without a progress: all is read
truncate -s 200 in.pcap
keys Down
shows 'in\.pcap was changed while it was shown'
keys q
ended '[0-9]'
done_testing
