#!/usr/bin/env bash
# The files of --extract-files against what tshark exports of captures of the corpus: the same bytes. Of a mail, the parts
# that a mail reader gets of the exported message. Left out: empty files, and named pipes of SMB, which are no files.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
command -v tshark >/dev/null || { echo 'skipped: tshark is not installed'; exit 77; }
command -v python3 >/dev/null || { echo 'skipped: python3 is not installed'; exit 77; }
tshark --version 2>/dev/null | grep -q '^TShark (Wireshark) 4\.0\.' || { echo 'skipped: not tshark 4.0'; exit 77; }
[[ -z ${SANITIZED-} && -d ${CORPUS:?} ]] || { echo 'skipped: no corpus, or a build with sanitizers'; exit 77; }
export HOME=$PWD
while read -r kind least capture; do
    rm -rf ours theirs
    "$TAPLIGHT" -q -r "$CORPUS/$capture" --extract-files ours --no-checksums >out 2>err </dev/null || fail "$capture: $(cat err)"
    tshark -n -q -r "$CORPUS/$capture" --export-objects "$kind,theirs" >/dev/null 2>&1 </dev/null
    python3 "$SOURCE/tests/differential/objects.py" "$kind" "$least" ours theirs >out || fail "$capture: $(cat out)"
done <<'LIST'
smb 19 suricata-verify/tests/smb2-01/smb2-peter.pcap
smb 1 suricata-verify/tests/smb1-01/smb1.pcap
smb 0 mercury/unit_tests/pcaps/smb.pcap
tftp 1 arkime/tests/pcap/tftp_rrq.pcap
http 4 arkime/tests/pcap/http-post-upload.pcap
http 1 arkime/tests/pcap/http-content-gzip.pcap
http 9 pcapplusplus/Tests/Pcap++Test/PcapExamples/four_ipv6_http_streams.pcap
http 11 suricata-verify/tests/filestore-filecontainer-http/filecontainer-http.pcap
imf 2 arkime/tests/pcap/smtp-zip.pcap
imf 1 mercury/unit_tests/pcaps/smtp.pcap
imf 3 suricata-verify/tests/firewall/ruletype-firewall-135-smtp-multi-mail-accept/smtp-multi-mail.pcap
LIST
done_testing
