#!/usr/bin/env bash
# Packets in tshark's formats against tshark's own: the same names, nesting and values in the layers that most captures
# have. formats.tsv has the causes of differences.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
command -v tshark >/dev/null || { echo 'skipped: tshark is not installed'; exit 77; }
command -v python3 >/dev/null || { echo 'skipped: python3 is not installed'; exit 77; }
tshark --version 2>/dev/null | grep -q '^TShark (Wireshark) 4\.0\.' || { echo 'skipped: not tshark 4.0'; exit 77; }
export TZ=Europe/Berlin HOME=$PWD
samples=(dns/{types,ipv6,tcp,unanswered}.pcap tcp/close-by-b.pcap http/simple.pcap
    link/vlan.pcap files/sections.pcapng)
for sample in "${samples[@]}"; do
    for form in json jsonraw ek; do
        tshark -n -r "$SOURCE/samples/$sample" -T $form >theirs 2>/dev/null
        "$TAPLIGHT" -q -r "$SOURCE/samples/$sample" -T $form --show-secrets --no-checksums >ours 2>err
        python3 "$SOURCE/tests/differential/formats.py" "$SOURCE/tests/differential/formats.tsv" $form ours theirs >found ||
            { fail "$form of $sample"; grep -vE '^(cause|equal)' found | cut -c 1-220; }
        grep -E '^(cause|equal)' found >>counts
    done
done
awk -F '\t' '$1 == "equal" { n += $2 } $1 == "cause" { by[$2] += $5 } END { print n " equal"; for (c in by) print by[c] " " c }' counts
done_testing
