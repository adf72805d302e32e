#!/usr/bin/env bash
# JSON does not depend on the locale's decimal point or the time zone. Exit code 77: no such locale installed.
set -uo pipefail
: "${TAPLIGHT:?the path of the program}" "${SOURCE:?the source tree}"
found=
for name in $(locale -a 2>/dev/null | grep -iE '^(de|fr|es|it|nl|ru|pl)_' | head -n 20); do
    if [[ $(LC_ALL=$name locale decimal_point 2>/dev/null) == , ]]; then
        found=$name
        break
    fi
done
for what in --json --json=packets; do
    for sample in tcp/state-SF.pcap dns/types.pcap; do
        plain=$(TZ=UTC LC_ALL=C "$TAPLIGHT" -r "$SOURCE/samples/$sample" $what --workers 0 | sha256sum)
        other=$(TZ=Asia/Kathmandu LC_ALL=${found:-C} "$TAPLIGHT" -r "$SOURCE/samples/$sample" $what --workers 0 |
            sha256sum)
        if [[ $plain != "$other" ]]; then
            echo "FAILED: $what of $sample differs in ${found:-C}, Asia/Kathmandu"
            exit 1
        fi
    done
done
if [[ -z $found ]]; then
    echo "tested the time zone only: no locale with a decimal comma is installed"
    exit 77
fi
