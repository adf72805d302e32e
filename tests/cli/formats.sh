#!/usr/bin/env bash
# -T json, jsonraw, ek, pdml, text and tabs, and --columns: right values, valid documents, the same for any number of
# workers. Against tshark: tests/differential/formats.sh.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
command -v python3 >/dev/null || { echo 'skipped: python3 is not installed'; exit 77; }
export TZ=UTC
dns=$SOURCE/samples/dns/types.pcap http=$SOURCE/samples/http/session.pcap

# Asks for a value in the document in the file out: a Python expression of `p`, the packets; $2: what it must be.
is() {
    local found
    found=$(python3 - "$1" <<'P'
import json, sys
def unique(pairs):
    keys = [k for k, v in pairs]
    assert len(keys) == len(set(keys)), "a key is there twice"
    return dict(pairs)
text = open("out").read()
if text.startswith("["):
    p = [d["_source"]["layers"] for d in json.loads(text, object_pairs_hook=unique)]
else:
    p = [json.loads(line, object_pairs_hook=unique) for line in text.splitlines()]
print(eval(sys.argv[1]))
P
    )
    [[ $found == "$2" ]] || fail "$ran: $1 is '$found', not '$2'"
}

run -r "$dns" -T json
rc_is 0
is 'len(p)' "$("$TAPLIGHT" -r "$dns" --count)"
is 'p[1]["ip"]["ip.src"]' 10.77.0.2
is 'p[1]["ip"]["ip.addr"]' "['10.77.0.2', '10.77.0.1']"
is 'p[1]["ip"]["ip.flags_tree"]["ip.flags.df"]' 0
is 'p[1]["dns"]["dns.flags"], p[1]["dns"]["dns.flags_tree"]["dns.flags.response"]' "('0x8500', '1')"
is '[a["dns.a"] for a in p[1]["dns"]["Answers"].values()]' "['10.77.0.3', '10.77.0.2']"
is 'p[1]["frame"]["frame.time"]' 'Nov 21, 2026 07:11:38.236880000 UTC'
is 'p[1]["frame"]["frame.time_delta_displayed"]' 0.002456000
is 'p[1]["udp"]["udp.stream"]' 0
run -r "$dns" -T ek
is 'p[0]["index"]["_index"]' packets-2026-11-21
is 'p[3]["timestamp"], p[3]["layers"]["dns"]["dns_dns_flags_response"]' "('1795245098236', True)"
is 'p[3]["layers"]["frame"]["frame_frame_time"][:20]' 2026-11-21T07:11:38.
run -r "$dns" -T jsonraw
is 'p[0]["ip"]["ip.src_raw"]' "['0a4d0001', 26, 4, 0, 32]"
is 'p[0]["dns_raw"][1:], len(p[0]["frame_raw"][0])' '([42, 34, 0, 1], 152)'
is '"ip.src" in p[0]["ip"]' False
run -r "$dns" -T json -e dns.qry.name -e ip.addr -e tcp.port -e ip.addr
is 'p[0]' "{'dns.qry.name': ['www.example.test'], 'ip.addr': ['10.77.0.1', '10.77.0.2']}"
run -r "$dns" -T ek -e dns.qry.name -c 1
is 'p[1]["layers"]' "{'dns_qry_name': ['www.example.test']}"
run -r "$dns" -T json -Y dns.a -c 4
is '[x["frame"]["frame.number"] for x in p]' "['2']"
run -r "$dns" -T json -Y 'frame.number > 100000'
[[ $(cat out) == '[]' ]] || fail "$ran: no empty list: $(cat out)"
run -r "$SOURCE/samples/files/sections.pcapng" -T json
is 'p[0]["pkt_comment"]["frame.comment"], p[0]["frame"]["frame.interface_id_tree"]["frame.interface_name"]' \
    "('the first packet', 'eth0')"
run -r "$SOURCE/samples/icmp/errors.pcap" -T json
is 'p[0]["icmp"]["ip"]["ip.src"] != ""' True
run -r "$SOURCE/samples/tunnel/nested.pcap" -T json
is 'any(isinstance(x.get("ip"), list) for x in p)' True

# PDML is well-formed, and its fields are nested as in JSON.
run -r "$dns" -T pdml
found=$(python3 - <<'P'
import xml.etree.ElementTree as E
root = E.parse("out").getroot()
packet = root.findall("packet")[0]
field = packet.find("proto[@name='ip']/field[@name='ip.src']")
flag = packet.find("proto[@name='dns']/field[@name='dns.flags']/field[@name='dns.flags.recdesired']")
print(*[field.get(k) for k in ("pos", "size", "show", "value")], flag.get("value"), flag.get("unmaskedvalue"))
P
)
[[ $found == '26 4 10.77.0.1 0a4d0001 1 0120' ]] || fail "$ran: $found"
run -r "$dns" -T pdml -e dns.qry.name -c 1
out_has '  <field name="dns.qry.name" value="www.example.test"/>'

# Lines.
run -r "$dns" -T text -c 2
cp out text
run -r "$dns" --text -c 2
cmp -s out text || fail '-T text is not --text'
run -r "$dns" -T text -V -c 1
out_has 'Transaction'
run -r "$dns" -T tabs -c 1
[[ $(cat out) == $'1\t07:11:38.234424\t10.77.0.1\t10.77.0.2\tDNS\t76\tquery 0x6418 A www.example.test' ]] \
    || fail "$ran: $(cat out)"
run -r "$dns" --columns no:No:4,dns.qry.name:Question:20,len -c 1
[[ $(cat out) == $'No   Question             len\n1    www.example.test     76' ]] || fail "$ran: $(cat out)"
run -r "$dns" --columns no,dns.a -T tabs -Y dns.a -c 2
[[ $(cat out) == $'2\t10.77.0.3,10.77.0.2' ]] || fail "$ran: $(cat out)"
run -r "$dns" --columns time,no -t r -T tabs -c 2
[[ $(tail -n 1 out) == $'0.002456000\t2' ]] || fail "$ran: $(cat out)"

# The same for any number of workers, and through a pipe.
for form in '-T json' '-T jsonraw' '-T ek' '-T pdml' '-T tabs' '--columns no,src,http.host,info' \
    '-T json -e http.host'; do
    for capture in "$http" "$SOURCE/samples/showcase.pcap"; do
        # shellcheck disable=SC2086 # several arguments
        run -r "$capture" $form --workers 0
        cp out first
        for workers in 1 2 4; do
            # shellcheck disable=SC2086
            run -r "$capture" $form --workers $workers
            cmp -s out first || fail "$ran: not as without workers"
        done
    done
    # shellcheck disable=SC2086
    "$TAPLIGHT" -q -r - $form -l <"$SOURCE/samples/showcase.pcap" | sed 's/capture_file="[^"]*"//' >piped
    sed 's/capture_file="[^"]*"//' first | cmp -s - piped || fail "$form -l: not the same from a pipe"
done

run -r "$dns" -T fields
rc_is 2
error_is 'needs fields'
run -r "$dns" -T jsonraw -e ip.src
rc_is 2
error_is 'for -T fields, json, ek and pdml'
run -r "$dns" -T json -v
rc_is 2
error_is 'cannot be combined'
run -r "$dns" --columns no,,len
rc_is 2
error_is 'bad list'
run -r "$dns" --columns no:N:0
rc_is 2
error_is 'bad width'
run -r "$dns" --columns nosuch.field
rc_is 2
error_is 'no field'
done_testing
