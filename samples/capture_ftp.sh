# capture_ftp.sh - the FTP samples, sourced by capture.sh: vsftpd in b, curl and lftp in a. Needs: vsftpd lftp openssl

ftp=$tmp/ftp

start_ftp() {
    command -v vsftpd >/dev/null && command -v lftp >/dev/null || { say "capture.sh: vsftpd or lftp is missing (see README.md)"; exit 1; }
    mkdir -p "$ftp/root/pub" "$ftp/root/in" "$ftp/empty"
    seq 100 >"$ftp/root/pub/numbers.txt"
    printf 'a short file\n' >"$ftp/root/readme.txt"
    chmod 755 "$ftp" "$ftp/root" "$ftp/root/pub" "$ftp/empty"
    chown ftp "$ftp/root/in"
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=ftp.example.test -keyout "$ftp/key.pem" -out "$ftp/cert.pem" 2>/dev/null
    cat >"$ftp/vsftpd.conf" <<CONF
listen_ipv6=YES
background=NO
anonymous_enable=YES
local_enable=NO
write_enable=YES
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
anon_root=$ftp/root
secure_chroot_dir=$ftp/empty
xferlog_enable=NO
connect_from_port_20=YES
ssl_enable=YES
allow_anon_ssl=YES
force_local_data_ssl=NO
rsa_cert_file=$ftp/cert.pem
rsa_private_key_file=$ftp/key.pem
require_ssl_reuse=NO
seccomp_sandbox=NO
CONF
    ip netns exec tlcap-b vsftpd "$ftp/vsftpd.conf" &
    pids+=($!)
    until_ready in_a bash -c 'exec 3<>/dev/tcp/10.77.0.2/21 && head -c 3 <&3 | grep -q 220'
}
get_ftp() { in_a curl -s -m 8 -o /dev/null "$@" || true; }
with_lftp() { in_a env HOME="$tmp" TERM=dumb timeout 15 lftp -c "set ftp:ssl-allow no; set net:max-retries 1; set net:timeout 5; $1" >/dev/null 2>&1 || true; }

ftp_passive() { get_ftp ftp://10.77.0.2/pub/numbers.txt; }
ftp_pasv() { get_ftp --disable-epsv ftp://10.77.0.2/readme.txt; get_ftp --disable-epsv 'ftp://[fd00:77::2]/readme.txt'; }
ftp_active() { get_ftp -P - --disable-eprt ftp://10.77.0.2/pub/numbers.txt; get_ftp -P - 'ftp://[fd00:77::2]/pub/'; }
ftp_files() {
    with_lftp "open 10.77.0.2; cd pub; cls; get numbers.txt -o /dev/null"
    with_lftp "set ftp:use-feat no; open 10.77.0.2; cd in; put $ftp/root/readme.txt; mkdir new; mv readme.txt new/moved.txt; rm new/moved.txt"
}
ftp_errors() { get_ftp ftp://10.77.0.2/missing.txt; get_ftp -u 'user:not a password' ftp://10.77.0.2/readme.txt; get_ftp -T "$ftp/root/readme.txt" ftp://10.77.0.2/pub/; }
ftp_tls() { get_ftp --ssl-reqd -k ftp://10.77.0.2/readme.txt; }

! wanted ftp/ || start_ftp
cap ftp/passive.pcap "vsftpd and curl: a file in extended passive mode" "tcp" ftp_passive
cap ftp/pasv.pcap "PASV for a file; EPSV for the same over IPv6" "tcp" ftp_pasv
cap ftp/active.pcap "PORT for a file; EPRT over IPv6 for a list" "tcp" ftp_active
cap ftp/files.pcap "lftp: lists, a file read, ABOR with Telnet commands and urgent data; a file written, renamed, deleted" "tcp" ftp_files
cap ftp/errors.pcap "a file that is not there, a login refused, an upload refused" "tcp" ftp_errors
cap ftp/auth-tls.pcap "AUTH TLS: the rest of the session and the file inside TLS" "tcp" ftp_tls
