#!/usr/bin/env bash
# Asks the questions of docs/FLEET.md of a cluster with records of samples; each gives rows. Not in CI: it needs Debian's
# clickhouse-server and zookeeper. usage: TAPLIGHT=PROGRAM questions.sh
set -u
: "${TAPLIGHT:?the path of the program}"
source=$(realpath "$(dirname "$(realpath "$0")")/../..")
. "$source/tests/sinks/cluster.bash"
samples=()
for sample in "$source"/samples/{showcase,dns/*,tls/*,http/*,tcp/*}.pcap*; do samples+=(-r "$sample"); done
"$TAPLIGHT" -q "${samples[@]}" --sensor a --to-wait 120 \
    --to 'clickhouse://127.0.0.1:18421/default?create=1&cluster=net&replicated=1' 2>errors
# A scan, a clock and a busy web server: 60 flows without an answer, five seconds apart; 12 requests.
python3 - <<'P' >made.pcap
import struct, sys
out = sys.stdout.buffer
out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
def packet(ts, src, dst, sport, dport, flags, seq, ack, data=b""):
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 40 + len(data), 0, 0, 64, 6, 0, bytes(src), bytes(dst))
    tcp = struct.pack(">HHIIBBHHH", sport, dport, seq, ack, 0x50, flags, 65535, 0, 0)
    whole = ip + tcp + data
    out.write(struct.pack("<IIII", 1700000000 + ts, 0, len(whole), len(whole)) + whole)
me, web = (10, 0, 0, 1), (10, 0, 0, 2)
for i in range(60):
    packet(5 * i, me, (10, 0, 1, i), 40000 + i, 445, 2, 100, 0)
    packet(5 * i, me, (10, 0, 2, 1), 41000 + i, 8443, 2, 100, 0)
for i in range(12):
    ask, answer = b"GET / HTTP/1.1\r\nHost: web.example\r\n\r\n", b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"
    p = 42000 + i
    packet(300 + i, me, web, p, 80, 2, 100, 0)
    packet(300 + i, web, me, 80, p, 18, 500, 101)
    packet(300 + i, me, web, p, 80, 24, 101, 501, ask)
    packet(300 + i, web, me, 80, p, 24, 501, 101 + len(ask), answer)
P
"$TAPLIGHT" -q -r made.pcap --no-checksums --sensor b --to-wait 60 --to 'clickhouse://127.0.0.1:18421/default?cluster=net' ||
    { echo 'FAILED: the records are not sent' && exit 1; }
wrong=0 asked=0
while IFS= read -rd ';' question; do
    asked=$((asked + 1))
    question=${question//now() - 86400/0} question=${question//now() + 14 \* 86400/toDateTime(4000000000)}
    answer=$(curl -s --max-time 60 http://127.0.0.1:18421/ --data-binary "$question FORMAT TSV")
    title=$(tr '\n' ' ' <<<"$question" | cut -c 1-90)
    if [[ -z $answer || $answer == Code:* ]]; then
        echo "FAILED: $title: ${answer:-no rows}"
        wrong=1
    else
        echo "$(wc -l <<<"$answer") rows: $title"
    fi
done < <(sed -n '/^```sql$/,/^```$/p' "$source/docs/FLEET.md" | sed '/^```sql$/d; s/^```$/;/')
((asked == 10 && wrong == 0))
