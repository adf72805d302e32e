#!/usr/bin/env bash
# The schema validator can fail: it must reject each of these lines but the first of each kind, for the right reason.
set -uo pipefail
: "${TAPLIGHT:?the path of the program}" "${VALIDATE:?the path of golden_validate}" "${SOURCE:?the source tree}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wrong=0
"$TAPLIGHT" --schema >"$work/records" && "$TAPLIGHT" --json=packets --schema >"$work/packets" || exit 1

accept() {
    printf '%s\n' "$2" | "$VALIDATE" "$work/$1" >"$work/out" || {
        echo "FAILED: rejected: $2: $(<"$work/out")"
        wrong=$((wrong + 1))
    }
}

# $3: the expected error
refuse() {
    if printf '%s\n' "$2" | "$VALIDATE" "$work/$1" >"$work/out"; then
        echo "FAILED: accepted: $2"
        wrong=$((wrong + 1))
    elif ! grep -q -- "$3" "$work/out"; then
        echo "FAILED: rejected, but not for '$3': $(<"$work/out")"
        wrong=$((wrong + 1))
    fi
}

conn=$("$TAPLIGHT" -r "$SOURCE/samples/tcp/state-SF.pcap" --json --no-meta --workers 0)
accept records "$conn"
refuse records "${conn/\"conn_state\"/\"conn_stat\"}" "has an unknown key: 'conn_stat'"
refuse records "${conn/\"_path\":\"conn\"/\"_path\":\"con\"}" "matches no alternative\|not have the required value"
refuse records "${conn/\"proto\":\"tcp\"/\"proto\":6}" 'wrong type'
refuse records "${conn/\"proto\":\"tcp\"/\"proto\":null}" 'wrong type'
refuse records "${conn/\"proto\":\"tcp\"/\"proto\":\"tcp\",\"proto\":\"tcp\"}" "key twice: 'proto'"
refuse records "${conn/\"uid\":\"C/\"uid\":\"D}" 'does not match its pattern'
refuse records "${conn/\"id.orig_p\":40001/\"id.orig_p\":-1}" 'too small'
refuse records "${conn/\"id.orig_p\":40001/\"id.orig_p\":65536}" 'too large'
refuse records "${conn/\"id.orig_p\":40001/\"id.orig_p\":1.5}" 'wrong type'
refuse records "${conn/\"uid\":/\"uidd\":}" "uid"
refuse records "${conn/%\}/,\"x\":1\}}" "has an unknown key: 'x'"
refuse records "${conn/%\}/}" 'not JSON'
refuse records "$conn$conn" 'not JSON'
refuse records "${conn/tcp/$'t\xffp'}" 'not JSON'
refuse records '[]' 'wrong type\|matches no alternative'
refuse records '' 'not JSON'

packet=$("$TAPLIGHT" -r "$SOURCE/samples/tcp/state-S0.pcap" -c 1 --json=packets --workers 0)
accept packets "$packet"
refuse packets "${packet/\"number\":1/\"number\":0}" 'too small'
refuse packets "${packet/\"protocol\":\"tcp\"/\"protocol\":\"tcpp\"}" 'not have the required value\|no alternative'
refuse packets "${packet/\"tcp.srcport\":40001/\"tcp.srcport\":\"40001\"}" 'wrong type'
refuse packets "${packet/\"tcp.srcport\":40001/\"tcp.srcport\":140001}" 'too large'
refuse packets "${packet/\"tcp.srcport\"/\"tcp.srcpor\"}" "has an unknown key: 'tcp.srcpor'"
refuse packets "${packet/\"ip.src\":\"10.1.0.1\"/\"ip.src\":\"10.1.0.256\"}" 'not an IPv4 address\|pattern'
refuse packets "${packet/\"layers\":\[/\"layers\":[7,}" 'wrong type\|no alternative'
refuse packets "${packet/\"ts\":/\"tz\":}" "'tz'"

# A schema with an unchecked keyword is rejected.
echo '{"type":"object","maxProperties":1}' >"$work/odd"
refuse odd '{}' "unknown keyword 'maxProperties'"
if printf '%s\n' "$conn" "$conn" | "$VALIDATE" -n 3 "$work/records" >"$work/out"; then
    echo "FAILED: two lines accepted as three"
    wrong=$((wrong + 1))
fi
((wrong == 0))
