#!/usr/bin/env bash
# Following a stream: both sides, three forms, search, saving, and the packet of a byte.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1
file=$SOURCE/samples/http/session.pcap

# The view shows and saves what --streams writes for the first flow.
"$TAPLIGHT" -r "$file" --streams sides -q >/dev/null 2>&1
asked=$(ls -1 sides/010.077.000.001.54962-*)
answered=$(ls -1 sides/*-010.077.000.001.54962)

for size in '80 24' '200 60'; do
    rm -f saved both
    # shellcheck disable=SC2086
    open $size -r "$file"
    shows '^ session\.pcap  135 packets'
    keys 's'
    shows '^[━─]+ Stream .* text, [0-9]+ bytes .'
    shows '^> 10\.77\.0\.1:54962   < 10\.77\.0\.2:80'
    shows '^> GET / HTTP/1\.1 *$'
    shows '^< HTTP/1\.1 200 OK *$'
    keys v
    shows '^> 00000000  47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a  GET / HTTP/1\.1\.\.'
    shows '^< 00000000  48 54 54 50 2f'
    keys v
    shows '^> 474554202f20485454502f312e31'
    keys v
    shows '^> GET / HTTP/1\.1 *$'

    # Only one side.
    keys d
    hides '^< HTTP'
    shows '^> GET /data\.json'
    keys w
    shows '^Save the bytes of this side to:'
    keys saved Enter
    shows "$(stat -c %s "$asked") bytes saved: saved"
    same saved "$asked" 'what the client said'
    keys d
    hides '^> GET'
    keys w saved Enter
    shows 'The file exists'
    keys n Enter
    shows 'not saved'
    same saved "$asked" 'what was not to be written over'
    keys w saved Enter y Enter
    shows "$(stat -c %s "$answered") bytes saved: saved"
    same saved "$answered" 'what the server said'
    keys d w both Enter
    shows 'bytes saved: both'
    [[ $(stat -c %s both) -eq $(($(stat -c %s "$asked") + $(stat -c %s "$answered"))) ]] || fail 'both sides are not both files'
    ln -sf "$file" itself # a short name: the message fits in one line
    keys w itself Enter
    shows 'itself is being read or written: name another file'

    # Search, forwards, around the end and backwards; to the packet of the match.
    keys / 'GET /missing' Enter
    keys Enter
    chooses '^ +16 .*GET /miss'
    keys s
    shows '^> GET /missing'
    keys / 'nowhere in it' Enter
    shows 'not in this stream: nowhere in it'
    keys /
    keys -l '0x47 45 5420'
    keys Enter n
    shows 'found, continued from the beginning'
    keys N
    shows 'found, continued from the end'
    keys /
    keys -l 0x123
    keys Enter
    shows 'even number of hexadecimal digits'
    keys Escape
    shows '^[━─]+ Packets'
    keys q
    ended 0
done

# Out of order: bytes belong to the packet that had them, not to the one that filled the hole.
open 80 24 -r "$SOURCE/samples/http/session-reorder.pcap"
shows '^ +1 [0-9]+:'
keys s
shows '^< HTTP'
keys / 'Content-Type: application/json' Enter Enter
chooses '^ +10 '
keys q
ended 0

# Bytes that were not captured are reported, and so is a packet of no flow.
open 80 24 -r "$SOURCE/samples/http/session-gap.pcap"
shows '^ +1 [0-9]+:'
keys s
shows 'Stream'
for ((i = 0; i < 12; i++)); do
    keys Space
    sleep 0.1
    screen | grep -q 'bytes missing\]' && break
done
shows '^< \[1448 bytes missing\]'
keys q
ended 0
open 80 24 -r "$SOURCE/samples/link/arp.pcap"
shows '^ +1 [0-9]+:'
keys s
shows 'belongs to no TCP or UDP conversation'
keys q
ended 0

# What TLS carries, with the secrets of the file; again: the bytes as they were sent.
file=$SOURCE/samples/tls/decrypted-http.pcapng
number=$("$TAPLIGHT" -q -r "$file" -Y 'tcp.stream == 4 && http' -T fields -e frame.number | head -n 1)
open 100 30 -r "$file"
shows ' packets  [0-9]+ MiB ' # all is read: the packet is there
keys : "$number" Enter
chooses "^ +$number "
keys s
shows '^━━ Stream '
hides '^> GET '
keys u
shows '^━━ Stream .*decrypted, text'
keys g
shows '^> GET /index\.html HTTP/1\.1'
shows '^< HTTP/1\.1 200 OK'
keys w
keys C-u plain.bin Enter
shows 'bytes saved'
grep -q '^GET /index' plain.bin || fail 'what was saved is not the plaintext'
keys u
hides '^> GET '
keys q
ended 0

# UDP: a datagram begins a line.
open 80 24 -r "$SOURCE/samples/dns/pairing.pcap"
shows '^ +1 [0-9]+:'
keys s
shows '^> .*first.test'
shows '^< .*first.test'
keys q
ended 0
done_testing
