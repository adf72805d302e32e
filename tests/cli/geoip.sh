#!/usr/bin/env bash
# --geoip: country, city and autonomous system of both ends, from files of the MaxMind DB format that mmdb.py writes.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
command -v python3 >/dev/null || { echo 'skipped: no python3' && exit 77; }
database() { python3 -I -S "$SOURCE/tests/cli/mmdb.py" "$@"; }

# A capture: a datagram of each pair of addresses.
cat >pairs.py <<'END'
import ipaddress, struct, sys
out = open(sys.argv[1], "wb")
out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
for n, pair in enumerate(sys.argv[2:]):
    a, b = (ipaddress.ip_address(text) for text in pair.split(">"))
    udp = struct.pack(">HHHH", 4000 + n, 9, 12, 0) + b"text"
    if a.version == 4:
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + a.packed + b.packed
    else:
        ip = struct.pack(">IHBB", 6 << 28, len(udp), 17, 64) + a.packed + b.packed
    out.write(struct.pack("<IIII", 1700000000 + n, 0, len(ip + udp), len(ip + udp)) + ip + udp)
END
python3 -I -S pairs.py pairs.pcap '192.0.2.1>198.51.100.7' '2001:db8::1>2001:db8:ffff::2' '203.0.113.9>10.1.2.3'
long=$(printf 'é%.0s' {1..100}) # 200 bytes: cut at 128, between two characters
cat >city.json <<END
{ "192.0.2.0/24": { "country": { "iso_code": "NZ", "names": { "en": "New Zealand" } },
                    "city": { "geoname_id": 7, "names": { "de": "Neu", "en": "Wellington" } } },
  "198.51.100.7/32": { "country": { "iso_code": "FR" }, "city": { "names": { "fr": "Lyon" } } },
  "2001:db8::/48": { "country": { "iso_code": "NZ" }, "city": { "names": { "en": "Wellington" } } } }
END
cat >asn.json <<END
{ "192.0.0.0/18": { "autonomous_system_number": 64500, "autonomous_system_organization": "Example \"One\"" },
  "203.0.113.0/24": { "autonomous_system_number": 4200000001, "autonomous_system_organization": "-$long" },
  "2001:db8:ffff::/48": { "autonomous_system_number": 65551 } }
END
cat >country.json <<'END'
{ "203.0.113.0/25": { "country": { "iso_code": "DE" } }, "192.0.2.0/24": { "country": { "iso_code": "XX" } } }
END
keys='"(orig|resp)_(cc|city|asn|as_org)":("([^"\\]|\\.)*"|[0-9]+)'
added() { grep '"_path":"conn"' "$1" | grep -oE "\"id.orig_h\":\"[^\"]*\"|$keys" | sed 's/"id.orig_h"://'; }
cat >due <<END
"192.0.2.1"
"orig_cc":"NZ"
"orig_city":"Wellington"
"orig_asn":64500
"orig_as_org":"Example \"One\""
"resp_cc":"FR"
"2001:db8::1"
"orig_cc":"NZ"
"orig_city":"Wellington"
"resp_asn":65551
"203.0.113.9"
"orig_cc":"DE"
"orig_asn":4200000001
"orig_as_org":"-$(printf 'é%.0s' {1..63})"
END
for size in 24 28 32; do
    mkdir "db$size"
    database "db$size/GeoLite2-City.mmdb" GeoLite2-City $size 6 1700000000 <city.json
    database "db$size/asn.mmdb" 'DBIP-ASN-Lite (compat=GeoLite2-ASN)' $size 6 1700000000 <asn.json
    database "db$size/country.mmdb" GeoLite2-Country $size 4 1700000000 <country.json
    database "db$size/other.mmdb" GeoIP2-Connection-Type $size 6 1700000000 <asn.json
    run -K -r pairs.pcap --json --geoip "db$size"
    rc_is 0
    quiet_is
    added out >got
    same due got "records with --geoip, $size bits"
done
grep -q '"_trunc":\["orig_as_org"\]' out || fail 'a text that was cut is not marked'
cp out first
for workers in 0 1 3; do
    run -K -r pairs.pcap --json --geoip db28 --workers $workers
    grep -v '"_path":"\(meta\|stats\)"' out >got
    grep -v '"_path":"\(meta\|stats\)"' first >due.workers
    same due.workers got "--geoip with $workers workers"
done
# Without it, nothing; else the records are the same.
run -K -r pairs.pcap --json --no-meta
sed -E "s/,$keys//g; s/,\"_trunc\":\[\"orig_as_org\"\]//" due.workers >plain
same plain out 'records without --geoip'
# Filters, CSV and assertions know the keys, and the schema.
run -K -r pairs.pcap --json --no-meta --geoip db24 -Y 'conn.orig_asn == 64500 && conn.resp_cc == "FR"'
[[ $(wc -l <out) == 1 ]] || fail "-Y: $(cat out err)"
run -K -r pairs.pcap --csv conn:id.orig_h,orig_city,resp_cc --geoip db24
out_has '192.0.2.1,Wellington,FR'
run -K -r pairs.pcap --geoip db24 --assert 'count(conn where orig_cc == "NZ") == 2'
rc_is 0
"$TAPLIGHT" --schema | grep -c '"\(orig\|resp\)_\(cc\|city\|asn\|as_org\)": {' >count
[[ $(cat count) == 8 ]] || fail "the schema has $(cat count) of the keys"
# An index does not keep them.
cp pairs.pcap indexed.pcap
run -K -r indexed.pcap --index --json --geoip db24
rc_is 0
run -K -r indexed.pcap --json --no-meta -Y conn.orig_pkts==1
! grep -q orig_cc out || fail 'an index keeps what --geoip added'
[[ $(wc -l <out) == 3 ]] || fail "records of an index: $(cat out err)"
run -K -r indexed.pcap --json --geoip db24 -Y conn.orig_pkts==1
added out >got
same due got '--geoip of records that an index knows'
# The option file knows the option. Of two of a type the later one counts.
database db24/newer.mmdb GeoIP2-City 24 6 1800000000 <<<'{ "192.0.2.0/24": { "country": { "iso_code": "AU" } } }'
printf -- '--json\n--geoip db24\n' >options
run -K -r pairs.pcap --options options
grep -q '"orig_cc":"AU"' out || fail "--options with --geoip: $(cat out)"

# Wrong folders, files and options: one line.
mkdir empty none broken link
run -K -r pairs.pcap --json --geoip absent
rc_is 1
error_is 'cannot read the folder absent: No such file'
run -K -r pairs.pcap --json --geoip empty
rc_is 2
error_is 'no file \*.mmdb in empty is of City'
database none/a.mmdb GeoIP2-Domain 24 6 1700000000 <asn.json
run -K -r pairs.pcap --json --geoip none
rc_is 2
for length in 0 100 800; do
    head -c $length db32/asn.mmdb >broken/asn.mmdb
    run -K -r pairs.pcap --json --geoip broken
    rc_is 4
    error_is 'broken/asn.mmdb is no whole MaxMind DB'
    [[ ! -s out ]] || fail "$ran: there is output"
done
ln -s /dev/zero link/asn.mmdb
run -K -r pairs.pcap --json --geoip link
rc_is 1
run -K -r pairs.pcap --geoip db24 --text
rc_is 2
error_is 'add one of them'
run -K -r pairs.pcap --geoip db24 --json --extract C1
rc_is 2
# A database whose data is overwritten: the run goes on, and says it at most once.
python3 -I -S - <<'END'
data = bytearray(open("db24/asn.mmdb", "rb").read())
for at in range(len(data) // 2, data.rindex(b"\xab\xcd\xefMaxMind.com")):
    data[at] = 0xff
open("broken/asn.mmdb", "wb").write(data)
for at in range(6, len(data) // 2):
    data[at] = 0xff
open("link/damaged.mmdb", "wb").write(data)
END
rm link/asn.mmdb
run -K -r pairs.pcap --json --geoip broken
rc_is 0
run -K -r pairs.pcap --json --geoip link
rc_is 0
error_is 'is damaged'

# Other readers of the format read the same. Skipped where they are not installed.
if command -v mmdblookup >/dev/null; then
    for size in 24 28 32; do
        mmdblookup -f "db$size/asn.mmdb" -i 203.0.113.9 autonomous_system_number | grep -q '4200000001 <uint32>' ||
            fail "mmdblookup, $size bits: $(mmdblookup -f "db$size/asn.mmdb" -i 203.0.113.9)"
        mmdblookup -f "db$size/GeoLite2-City.mmdb" -i 2001:db8::1 city names en | grep -q Wellington || fail "mmdblookup, city, $size"
    done
fi
if python3 -c 'import maxminddb' 2>/dev/null; then
    python3 - <<'END' || fail 'python3-maxminddb reads something else'
import json, maxminddb
for size in 24, 28, 32:
    reader = maxminddb.open_database(f"db{size}/asn.mmdb")
    for network, value in json.load(open("asn.json")).items():
        assert reader.get(network.split("/")[0]) == value, network
END
fi
done_testing
