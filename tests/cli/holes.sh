#!/usr/bin/env bash
# Files of mails, FTP, TFTP, SMB, NFS and IRC: a lost segment leaves a hole that the record counts; segments that swap places or
# come twice change nothing.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
command -v python3 >/dev/null || {
    echo 'skipped: python3 is not installed'
    exit 77
}
python3 "$SOURCE/tests/cli/holes.py" make . || fail 'no captures'
for sample in smb/smb2 tftp/no-options rpc/nfs3-read rpc/nfs3-write rpc/nfs4-read; do
    cp "$SOURCE/samples/$sample.pcap" "${sample#*/}.pcap"
done

# extract FILE: the largest file of a capture goes to the file `got`, its record to `record`.
extract() {
    rm -rf out.d
    run -r "$1" --extract-files out.d --hash sha256 --json --no-meta --workers 0
    rc_is 0
    grep '^{"_path":"files"' out >records || fail "$ran: no records of files"
    ls -S out.d >names
    grep -F "$(head -n 1 names)" records >record
    cp "out.d/$(head -n 1 names)" got
}
value() { sed -nE "s/.*\"$1\":\"?([^\",}]*).*/\1/p" record; }

kinds=(smtp imap ftp dcc smb2 no-options nfs3-read nfs3-write nfs4-read)
python3 "$SOURCE/tests/cli/holes.py" reorder,duplicate,lost "${kinds[@]}" || fail 'no changed captures'
for kind in "${kinds[@]}"; do
    extract $kind.pcap
    cp got whole
    [[ $kind == smb2 || $kind == no-options || $kind == nfs* ]] || same got body "the file of $kind"
    [[ $(value sha256) == $(sha256sum <got | cut -d ' ' -f 1) ]] || fail "$ran: another sum: $(cat record)"
    due=$(value sha256)
    for how in reorder duplicate; do
        extract $kind.$how.pcap
        same got whole "$kind with segments $how"
        [[ $(value sha256) == "$due" && $(value missing_bytes) == 0 ]] || fail "$ran of $kind: $(cat record)"
    done
    extract $kind.lost.pcap
    # Of SMB the file was read with one message, which is read up to the hole and after it.
    [[ $kind != smb2 || $(value filename) == numbers.txt ]] || fail "$ran of $kind: another file: $(cat record)"
    coded=
    [[ $kind != smtp && $kind != imap ]] || coded=coded
    [[ $(value sha256) == '' ]] || fail "$ran of $kind: a sum of a file with a hole: $(cat record)"
    [[ $(stat -c %s got) == $(($(value seen_bytes) + $(value missing_bytes))) ]] || fail "$ran of $kind: $(cat record)"
    python3 "$SOURCE/tests/cli/holes.py" hole whole got "$(value missing_bytes)" $coded 2>why ||
        fail "$kind with a segment lost: $(cat why): $(cat record)"
done

extract overlap.pcap
[[ $(value seen_bytes) == 1100 && $(value missing_bytes) == 1900 ]] || fail "$ran: $(cat record)"
[[ $(value sha256) == '' ]] || fail "$ran: $(cat record)"
[[ $(value timedout) == false ]] || fail "$ran: timed out, but its connection was closed: $(cat record)"
[[ $(stat -c %s got) == 3000 ]] || fail "$ran: not all of the file: $(wc -c <got)"

# Pieces of a file of NFS in any order; more than 512 KiB wait for the first of them, which then comes too late.
extract order.pcap
same got body 'a file written in pieces'
[[ $(value sha256) == $(sha256sum <body | cut -d ' ' -f 1) ]] || fail "$ran: $(cat record)"
extract late.pcap
[[ $(value overflow_bytes) == 1000 && $(value missing_bytes) == 1000 && $(value seen_bytes) == 540672 ]] ||
    fail "$ran: $(cat record)"
[[ $(head -c 1000 got | tr -d '\0') == '' && $(stat -c %s got) == 541672 ]] || fail "$ran: no hole"

# Whole files of NFS are those that the server had.
extract nfs3-read.pcap
same got <(seq 13000) 'a file read over NFS 3'
extract nfs4-read.pcap
same got <(seq 13000) 'a file read over NFS 4'
extract nfs3-write.pcap
same got <(seq 100 3000) 'a file written over NFS 3'
[[ $(value filename) == written.txt ]] || fail "$ran: $(cat record)"

run -r pipe.pcap -Y dcerpc -T fields -e dcerpc.cn_call_id
[[ $(tr '\n' ' ' <out) == '1 3 4 5 ' ]] || fail "$ran: other calls: $(cat out)"
done_testing
