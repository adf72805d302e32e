#!/usr/bin/env bash
# --csv: the values of --json, quoted as RFC 4180 says, the same for any number of workers.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
command -v python3 >/dev/null || { echo 'skipped: python3 is not installed'; exit 77; }

# Holds the CSV in the file out against the records of kind $1 in the file records.
is_same() {
    python3 - "$1" <<'P' || fail "$ran: not the values of --json"
import csv, json, sys
rows = list(csv.DictReader(open("out", newline=""), strict=True))
records = [json.loads(line, parse_float=str, parse_int=str) for line in open("records")]
records = [r for r in records if r["_path"] == sys.argv[1]]
assert len(rows) == len(records) > 0, (len(rows), len(records))
for row, record in zip(rows, records):
    assert None not in row, row
    for key, cell in row.items():
        value = record.get(key, "")
        if isinstance(value, bool):
            value = "true" if value else "false"
        if isinstance(value, (list, dict)):
            value, cell = json.loads(json.dumps(value)), json.loads(cell, parse_float=str, parse_int=str)
        assert cell == value, (key, cell, value)
    if "ts" in row:
        assert set(record) - {"_path", "_trunc"} <= set(row), set(record) - set(row)
P
}

for kind in conn dns http smtp ftp weird; do
    for sample in showcase http/session dns/types smtp/session ftp/passive; do
        capture=$SOURCE/samples/$sample.pcap
        run -r "$capture" --json
        cp out records
        grep -q "^{\"_path\":\"$kind\"" records || continue
        run -r "$capture" --csv $kind
        rc_is 0
        is_same $kind
        cp out first
        run -r "$capture" --csv=$kind --workers 0
        cmp -s out first || fail "$ran: not the same without workers"
    done
done
run -r "$SOURCE/samples/dns/types.pcap" --csv dns:query,answers,id.orig_p
is_same() { :; }
[[ $(sed -n 1p out) == $'query,answers,id.orig_p\r' ]] || fail "$ran: first line $(sed -n 1p out)"
[[ $(sed -n 2p out) == $'www.example.test,"[""10.77.0.3"",""10.77.0.2""]",56166\r' ]] || fail "$ran: $(sed -n 2p out)"
run -r "$SOURCE/samples/dns/types.pcap" --csv dns:query -Y 'dns.qtype == 28'
lines_are 2
run -r "$SOURCE/samples/smtp/auth.pcap" --csv smtp -o file.csv
rc_is 0
[[ $(head -c 3 file.csv) == ts, ]] || fail "$ran: $(head -n 1 file.csv)"
run -r "$SOURCE/samples/dns/types.pcap" --csv nosuch
rc_is 2
error_is 'no records of kind'
run -r "$SOURCE/samples/dns/types.pcap" --csv dns:nosuch
rc_is 2
error_is 'no key'
run -r "$SOURCE/samples/dns/types.pcap" --csv dns --json=packets
rc_is 2
error_is 'leave out'
done_testing
