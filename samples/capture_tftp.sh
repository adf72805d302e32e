# capture_tftp.sh - the TFTP samples, sourced by capture.sh: tftpd-hpa in b, curl in a. Needs: tftpd-hpa

tftp=$tmp/tftp

start_tftpd() {
    command -v in.tftpd >/dev/null || { say "capture.sh: in.tftpd is missing (see README.md)"; exit 1; }
    mkdir -p "$tftp"
    seq 300 >"$tftp/numbers.txt"
    head -c 1024 /dev/zero | tr '\0' 'b' >"$tftp/two-blocks.bin"
    chmod -R a+rwX "$tftp"
    ip netns exec tlcap-b in.tftpd -L -c -s "$tftp" &
    pids+=($!)
    until_ready bash -c 'ip netns exec tlcap-b grep -q :0045 /proc/net/udp /proc/net/udp6'
}
get_tftp() { in_a curl -s -m 5 -o "$tmp/tftp.out" "$@" || true; }

tftp_read() { get_tftp tftp://10.77.0.2/numbers.txt; }
tftp_plain() {
    get_tftp --tftp-no-options tftp://10.77.0.2/two-blocks.bin
    get_tftp --tftp-no-options 'tftp://10.77.0.2/numbers.txt;mode=netascii'
}
tftp_write() { get_tftp -T "$tftp/numbers.txt" tftp://10.77.0.2/upload.txt; }
tftp_errors() { get_tftp tftp://10.77.0.2/missing.txt; }
tftp_options() { get_tftp --tftp-blksize 100 'tftp://[fd00:77::2]/numbers.txt'; }

! wanted tftp/ || start_tftpd
cap tftp/read.pcap "tftpd-hpa and curl: a file read, with tsize, blksize and timeout" "udp and not port 53" tftp_read
cap tftp/no-options.pcap "two files read without options, the first of whole blocks, the second as netascii" "udp and not port 53" tftp_plain
cap tftp/write.pcap "a file written" "udp and not port 53" tftp_write
cap tftp/errors.pcap "a file that is not there" "udp and not port 53" tftp_errors
cap tftp/ipv6.pcap "blocks of 100 bytes over IPv6" "udp and not port 53" tftp_options
