#!/usr/bin/env bash
# capture_transfers.sh [OUTDIR] - samples of programs that transfer files, and of what watches them, in two network namespaces
# that a veth pair connects. Needs root and (Debian 12): rsync, git, aria2, pmacct, python3, tcpdump.
out=${1:-samples} ns=tltr net=10.82.0
. "${BASH_SOURCE[0]%/*}/pair.bash"

# --- rsync: a list of modules, a file fetched, a login, a wrong password, an unknown module ---
rsyncs() {
    mkdir -p "$tmp/open"
    echo 'a file of the open module' >"$tmp/open/file.txt"
    echo 'ann:pl4nted-rsync' >"$tmp/secrets"
    chmod 600 "$tmp/secrets"
    cat >"$tmp/rsyncd.conf" <<END
use chroot = no
motd file = $tmp/motd
[open]
path = $tmp/open
comment = An open module
[closed]
path = $tmp/open
auth users = ann
secrets file = $tmp/secrets
END
    echo 'Welcome to the test server' >"$tmp/motd"
    background a rsync --daemon --no-detach --config="$tmp/rsyncd.conf" --address=10.82.0.1
    sleep 1
    in_b rsync rsync://10.82.0.1/
    in_b rsync rsync://10.82.0.1/open/file.txt "$tmp/fetched.txt"
    RSYNC_PASSWORD=pl4nted-rsync in_b rsync rsync://ann@10.82.0.1/closed/
    RSYNC_PASSWORD=wrong in_b rsync rsync://ann@10.82.0.1/closed/
    in_b rsync rsync://10.82.0.1/none/
}
cap rsync/daemon.pcap 'tcp port 873' 1 rsyncs

# --- git: a clone, a push, a repository that is not there ---
gits() {
    export GIT_CONFIG_GLOBAL=$tmp/gitconfig GIT_AUTHOR_DATE='2024-01-01T00:00:00Z' GIT_COMMITTER_DATE='2024-01-01T00:00:00Z'
    printf '[user]\nname = Test\nemail = test@example.test\n[init]\ndefaultBranch = main\n[safe]\ndirectory = *\n' >"$tmp/gitconfig"
    mkdir "$tmp/git"
    git init -q --bare "$tmp/git/small.git"
    background a git daemon --reuseaddr --export-all --enable=receive-pack --base-path="$tmp/git" --listen=10.82.0.1
    sleep 1
    in_b git clone git://10.82.0.1/small.git "$tmp/clone"
    (cd "$tmp/clone" && echo one >file && git add file && git commit -qm 'One file' && in_b git push origin HEAD)
    in_b git clone git://10.82.0.1/small.git "$tmp/again"
    in_b git -c protocol.version=0 ls-remote git://10.82.0.1/small.git
    in_b git clone git://10.82.0.1/none.git "$tmp/none"
}
cap git/daemon.pcap 'tcp port 9418' 1 gits

# --- BitTorrent: two peers, a tracker over UDP, the distributed hash table ---
torrents() {
    mkdir "$tmp/seed" "$tmp/leech"
    python3 - "$tmp" <<'END'
import hashlib, sys
data = bytes(i * 7 % 251 for i in range(40000))
open(sys.argv[1] + "/seed/data.bin", "wb").write(data)
def ben(v):
    if isinstance(v, int): return b"i%de" % v
    if isinstance(v, str): v = v.encode()
    if isinstance(v, bytes): return b"%d:" % len(v) + v
    if isinstance(v, list): return b"l" + b"".join(map(ben, v)) + b"e"
    return b"d" + b"".join(ben(k) + ben(v[k]) for k in sorted(v)) + b"e"
pieces = b"".join(hashlib.sha1(data[i:i + 16384]).digest() for i in range(0, len(data), 16384))
info = {"name": "data.bin", "length": len(data), "piece length": 16384, "pieces": pieces}
open(sys.argv[1] + "/t.torrent", "wb").write(ben({"announce": "udp://10.82.0.2:6969/announce", "info": info}))
END
    cat >"$tmp/tracker.py" <<'END'
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.82.0.2", 6969))
peers = {}
while True:
    m, a = s.recvfrom(2048)
    if len(m) < 16: continue
    c, action, t = struct.unpack(">QII", m[:16])
    if action == 0: s.sendto(struct.pack(">IIQ", 0, t, 0x1122334455667788), a)
    elif action == 1 and len(m) >= 98:
        peers[a[0]] = struct.unpack(">H", m[96:98])[0]
        body = b"".join(socket.inet_aton(k) + struct.pack(">H", v) for k, v in peers.items())
        s.sendto(struct.pack(">IIIII", 1, t, 60, 1, len(peers)) + body, a)
    else: s.sendto(struct.pack(">II", 3, t) + b"not here", a)
END
    background b python3 "$tmp/tracker.py"
    background a aria2c -q --enable-dht=true --dht-file-path="$tmp/dht-a" --dht-listen-port=6882 --listen-port=6881 -V \
        --seed-ratio=0 --bt-external-ip=10.82.0.1 --allow-overwrite=true --dht-entry-point=10.82.0.2:6882 -d "$tmp/seed" "$tmp/t.torrent"
    sleep 2
    in_b timeout 25 aria2c -q --enable-dht=true --dht-file-path="$tmp/dht-b" --dht-listen-port=6882 \
        --listen-port=6881 --seed-time=0 --dht-entry-point=10.82.0.1:6882 -d "$tmp/leech" "$tmp/t.torrent"
}
cap bittorrent/aria2.pcap 'tcp port 6881 or udp' 2 torrents

# --- sFlow: an agent that watches an interface ---
sflows() {
    cat >"$tmp/pmacct.conf" <<END
daemonize: false
pcap_interface: ta
plugins: sfprobe[a]
sfprobe_receiver: 10.82.0.2:6343
sfprobe_agentip: 10.82.0.1
sampling_rate: 1
END
    background a pmacctd -f "$tmp/pmacct.conf"
    sleep 2
    in_b ping -c 3 -i 0.3 10.82.0.1
    sleep 3
}
cap sflow/pmacct.pcap 'udp port 6343' 1 sflows
