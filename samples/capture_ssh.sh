# capture_ssh.sh - the SSH samples, sourced by capture.sh: sshd in b, ssh and sftp in a. Needs: openssh-server
# openssh-client sshpass

ssh=$tmp/ssh

# sshd looks its users up in files that only its mount namespace has.
start_sshd() {
    command -v sshd >/dev/null && command -v sshpass >/dev/null || { say "capture.sh: sshd or sshpass is missing (see README.md)"; exit 1; }
    mkdir -p "$ssh/home/.ssh" "$ssh/empty"
    for type in ed25519 ecdsa rsa; do ssh-keygen -q -t "$type" -N '' -f "$ssh/host_$type"; done
    ssh-keygen -q -t ed25519 -N '' -C sample -f "$ssh/id"
    cp "$ssh/id.pub" "$ssh/home/.ssh/authorized_keys"
    seq 200 >"$ssh/home/numbers.txt"
    { grep ^root: /etc/passwd; printf 'sshd:x:7101:7101::%s:/usr/sbin/nologin\njoe:x:7102:7102::%s:/bin/sh\n' "$ssh/empty" "$ssh/home"; } >"$ssh/passwd"
    { printf 'root:*:19000::::::\nsshd:*:19000::::::\njoe:%s:19000::::::\n' "$(openssl passwd -6 sample)"; } >"$ssh/shadow"
    printf '#!/bin/sh\nexec sshpass -p "${PASSWORD-sample}" "$@"\n' >"$ssh/pass"
    chown -R 7102:7102 "$ssh/home"
    chmod 755 "$ssh" "$ssh/pass"
    chmod 711 "$ssh/empty"
    chmod 700 "$ssh/home" "$ssh/home/.ssh"
    cat >"$ssh/sshd_config" <<CONF
Port 22
Port 2222
HostKey $ssh/host_ed25519
HostKey $ssh/host_ecdsa
HostKey $ssh/host_rsa
PidFile none
UsePAM no
UseDNS no
StrictModes no
PermitUserEnvironment no
Compression yes
MaxAuthTries 4
LoginGraceTime 20
HostKeyAlgorithms +ssh-rsa
KexAlgorithms +diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1,diffie-hellman-group1-sha1
Ciphers +aes128-cbc,3des-cbc
MACs +hmac-md5
Subsystem sftp internal-sftp
CONF
    ip netns exec tlcap-b unshare -m bash -c 'mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/shadow" /etc/shadow &&
        mount -t tmpfs tmpfs /run && mkdir /run/sshd &&
        exec "$(command -v sshd)" -D -e -f "$1/sshd_config"' sshd "$ssh" 2>"$ssh/log" &
    pids+=($!)
    until_ready in_a bash -c 'exec 3<>/dev/tcp/10.77.0.2/22 && head -c 3 <&3 | grep -q SSH'
}
options=(-F none -q -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes -o NumberOfPasswordPrompts=1)
by_password() { in_a env -u SSH_AUTH_SOCK "$ssh/pass" ssh "${options[@]}" -o PreferredAuthentications=password "$@" </dev/null >/dev/null 2>&1 || true; }
by_key() { in_a env -u SSH_AUTH_SOCK ssh "${options[@]}" -i "$ssh/id" "$@" </dev/null >/dev/null 2>&1 || true; }

ssh_password() { by_password joe@10.77.0.2 'echo hello; head -c 3000 /dev/zero'; }
ssh_wrong() {
    in_a env -u SSH_AUTH_SOCK "$python" - "${options[@]}" <<'PY' >/dev/null 2>&1 || true
import os, pty, sys, time
pid, fd = pty.fork()
if pid == 0:
    args = [a.replace("Prompts=1", "Prompts=3") for a in sys.argv[1:]]
    os.execvp("ssh", ["ssh", *args, "-o", "PreferredAuthentications=password", "joe@10.77.0.2", "true"])
for word in (b"wrong\n", b"wrong again\n", b"sample\n"):
    seen = b""
    while b"assword:" not in seen:
        seen += os.read(fd, 1000)
    time.sleep(0.1)
    os.write(fd, word)
try:
    while os.read(fd, 1000):
        pass
except OSError:
    pass
os.waitpid(pid, 0)
PY
}
ssh_refused() { PASSWORD=wrong by_password joe@10.77.0.2 true; }
ssh_sftp() { printf 'get numbers.txt /dev/null\nls\nput %s new.txt\n' "$ssh/id.pub" | in_a env -u SSH_AUTH_SOCK sftp "${options[@]}" -i "$ssh/id" joe@10.77.0.2 >/dev/null 2>&1 || true; }
ssh_forward() {
    local pid
    ip netns exec tlcap-a env -u SSH_AUTH_SOCK ssh "${options[@]}" -i "$ssh/id" -N -L 8022:10.77.0.2:22 joe@10.77.0.2 </dev/null >/dev/null 2>&1 &
    pid=$!
    until_ready in_a bash -c 'exec 3<>/dev/tcp/127.0.0.1/8022 && head -c 3 <&3 | grep -q SSH'
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}
ssh_shell() {
    in_a env -u SSH_AUTH_SOCK "$python" - "${options[@]}" -i "$ssh/id" <<'PY' >/dev/null 2>&1 || true
import os, pty, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.execvp("ssh", ["ssh", *sys.argv[1:], "joe@10.77.0.2"])
time.sleep(1)
for c in b"date\nexit\n":
    os.write(fd, bytes([c]))
    time.sleep(0.05)
try:
    while os.read(fd, 1000):
        pass
except OSError:
    pass
os.waitpid(pid, 0)
PY
}
ssh_exchanges() {
    local kex key
    for kex in diffie-hellman-group14-sha256:rsa-sha2-256 diffie-hellman-group-exchange-sha256:rsa-sha2-512 diffie-hellman-group1-sha1:ssh-rsa \
        ecdh-sha2-nistp256:ecdsa-sha2-nistp256 curve25519-sha256:ssh-ed25519 sntrup761x25519-sha512@openssh.com:ssh-ed25519; do
        key=${kex#*:}
        by_key -o KexAlgorithms="${kex%:*}" -o HostKeyAlgorithms="$key" joe@10.77.0.2 true
    done
}
ssh_ciphers() {
    by_key -c aes128-gcm@openssh.com joe@10.77.0.2 true
    by_key -c aes256-ctr -m hmac-sha2-256-etm@openssh.com joe@10.77.0.2 true
    by_key -c aes128-ctr -m hmac-sha2-512 joe@10.77.0.2 true
    by_key -c 3des-cbc -m hmac-md5 joe@10.77.0.2 true
}
ssh_none() { by_key -o KexAlgorithms=diffie-hellman-group18-sha512 -o Ciphers=aes192-cbc joe@10.77.0.2 true; }
ssh_port() { by_key -p 2222 joe@10.77.0.2 true; by_key -p 2222 joe@fd00:77::2 true; }
ssh_compressed() { by_key -C joe@10.77.0.2 'head -c 3000 /dev/zero'; }

! wanted ssh/ || start_sshd
cap ssh/password.pcap "OpenSSH: a password, right at once; a command" "tcp port 22" ssh_password
cap ssh/wrong.pcap "two wrong passwords, then the right one" "tcp port 22" ssh_wrong
cap ssh/refused.pcap "one wrong password, and no more" "tcp port 22" ssh_refused
cap ssh/sftp.pcap "a key; files read and written with sftp" "tcp port 22" ssh_sftp
cap ssh/forward.pcap "a port forwarded to another server" "tcp port 22" ssh_forward
cap ssh/shell.pcap "a shell, a byte typed in each packet" "tcp port 22" ssh_shell
cap ssh/exchanges.pcap "six key exchanges, with host keys of three types" "tcp port 22" ssh_exchanges
cap ssh/ciphers.pcap "GCM; a MAC over the encrypted packet; over the plain one; 3DES and MD5" "tcp port 22" ssh_ciphers
cap ssh/none-in-common.pcap "no cipher in common" "tcp port 22" ssh_none
cap ssh/port-2222.pcap "another port, also over IPv6" "tcp port 2222" ssh_port
cap ssh/compressed.pcap "with compression" "tcp port 22" ssh_compressed
