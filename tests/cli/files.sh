#!/usr/bin/env bash
# --extract-files and --hash: the files that flows carry, their sums and records.
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1

# extract SAMPLE ARGUMENT...: files go to out.d, their records to records.
extract() {
    local sample=$1
    shift
    rm -rf out.d
    run -r "$SOURCE/samples/$sample.pcap" --extract-files out.d --hash md5,sha1,sha256 --json --no-meta "$@"
    rc_is 0
    grep '^{"_path":"files"' out >records || fail "$ran: no records of files"
}
value() { sed -nE "s/.*\"$1\":\"?([^\",}]*).*/\1/p" <<<"$2"; }

# The files are there, as long as their records say, with the sums that others find; for any number of workers.
for sample in http/session http/chunks http/transfer-coded smtp/attachments imap/compressed pop3/dovecot ftp/files tftp/no-options; do
    for workers in 0 2; do
        extract "$sample" --workers $workers
        [[ $workers == 0 ]] && cp records records.0
        same records.0 records "$sample with $workers workers"
        [[ $(find out.d -type f | wc -l) == "$(wc -l <records)" ]] || fail "$ran: as many files as records: $(ls out.d)"
        while IFS= read -r line; do
            name=out.d/$(value extracted "$line")
            [[ $(stat -c %s "$name") == "$(value seen_bytes "$line")" ]] || fail "$ran: length of $name: $line"
            # A range that nothing joins is a part of a file: it has no sums.
            [[ $(value total_bytes "$line") == "" || $(value total_bytes "$line") == "$(value seen_bytes "$line")" ]] || continue
            for sum in md5 sha256; do
                [[ $("${sum}sum" <"$name" | cut -d ' ' -f 1) == "$(value $sum "$line")" ]] || fail "$ran: $sum of $name: $line"
            done
        done <records
    done
done

# Blocks of TFTP in windows: those that come late, or again after a loss, are in their place. Block N has 16 letters from
# letter N on, the last 5.
letters=abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz
due=$(for n in {1..9}; do printf %s "${letters:n:16}"; done; printf %s "${letters:10:5}")
extract tftp/windows
[[ $(cat out.d/*) == "$due" && $(value missing_bytes "$(cat records)") == 0 ]] || fail "$ran: $(cat records)"

# Segments that come twice, overlap or swap places change nothing.
sums() { sed -nE 's/.*"sha256":"([0-9a-f]*)".*/\1/p' records | sort; }
extract http/session
due=$(sums)
(($(wc -l <<<"$due") == 16)) || fail "$ran: $(wc -l <<<"$due") sums, not 16"
for way in reorder overlap duplicate; do
    extract http/session-$way
    [[ $(sums) == "$due" ]] || fail "$ran: other files"
done
# The same content in gzip and without a coding has the same sum.
[[ $(grep -c '"md5":"893e2736855fc90ce5faf54c3b8fd107"' records) -ge 2 ]] || fail "$ran: inflated content has another sum"

# So has content with transfer codings, alone and over a content coding; those that are not undone leave other bytes.
extract http/transfer-coded
due=$(printf '<html>one two three one two three one two three</html>' | md5sum | cut -d ' ' -f 1)
(($(grep -c "\"mime_type\":\"text/html\".*\"seen_bytes\":54,.*\"md5\":\"$due\"" records) == 9)) ||
    fail "$ran: transfer codings are not undone: $(cat records)"
[[ $(cat out.d/*) == *'<html>one two three'* ]] || fail "$ran: the files are coded"

# A gap: the record counts it, there is no sum, and the file has a hole of that length.
extract http/gap-body
line=$(grep -m 1 -E '"missing_bytes":[1-9]' records) || fail "$ran: nothing is missing"
[[ $(value sha256 "$line") == '' ]] || fail "$ran: a sum of a file with a hole: $line"
name=out.d/$(value extracted "$line")
[[ $(stat -c %s "$name") == $(($(value seen_bytes "$line") + $(value missing_bytes "$line"))) ]] ||
    fail "$ran: $name has $(stat -c %s "$name") bytes: $line"

# Ranges that meet are one file, with the sums of the whole; those that do not are files of their own.
extract http/ranges
(($(wc -l <records) == 5)) || fail "$ran: $(cat records)"
line=$(grep '"seen_bytes":12,' records)
[[ $(value md5 "$line") == "$(printf 'Hello, world' | md5sum | cut -d ' ' -f 1)" && $(value total_bytes "$line") == 12 ]] ||
    fail "$ran: the whole file: $line"
[[ $(cat "out.d/$(value extracted "$line")") == 'Hello, world' ]] || fail "$ran: its bytes"
(($(grep -c "\"resp_fuids\":\[\"$(value fuid "$line")\"\]" out) == 3)) || fail "$ran: three responses name it"
(($(grep -c '"md5"' records) == 1)) || fail "$ran: a part of a file has sums: $(cat records)"

# What tshark exports is there.
if command -v tshark >/dev/null; then
    extract http/session
    tshark -q -r "$SOURCE/samples/http/session.pcap" --export-objects http,theirs >/dev/null 2>&1
    sha256sum out.d/* | cut -d ' ' -f 1 | sort -u >ours.sums
    for file in theirs/*; do
        grep -q "$(sha256sum <"$file" | cut -d ' ' -f 1)" ours.sums || fail "$file of tshark is not among the files"
    done
fi

# Without the options there are no records of files; --hash alone writes no file.
run -r "$SOURCE/samples/http/session.pcap" --json
! grep -q '^{"_path":"files"' out || fail "$ran: records of files"
run -r "$SOURCE/samples/http/session.pcap" --json --hash sha1
grep -q '"analyzers":\["SHA1"\]' out && ! grep -q extracted out || fail "$ran: $(grep -m 1 files out)"
"$TAPLIGHT" --schema >schema
grep -q '"files"' schema || fail 'the schema lacks files'

# A folder that is too small stops the extraction alone.
if ((EUID == 0)) && command -v unshare >/dev/null && mkdir small &&
    unshare -m sh -c 'mount -t tmpfs -o size=8k none small 2>/dev/null && exec "$@"' sh "$TAPLIGHT" \
        -r "$SOURCE/samples/http/session.pcap" --extract-files small --json --no-meta >out 2>err || (($? == 1)); then
    grep -q 'not all files were extracted' err || fail "a full disk is not reported at the end: $(cat err)"
    grep -q 'no more files are extracted to small: No space left on device' err || fail "a full disk: $(cat err)"
    grep '^{"_path":"http"' out >records
    "$TAPLIGHT" -r "$SOURCE/samples/http/session.pcap" --json --no-meta --hash md5 | grep '^{"_path":"http"' >due
    same due records 'a full disk stops the records'
fi

# --extract-match: only the files that it selects are there, and their records name them; the sums tell what is kept.
extract http/session
cp records all
kept() { grep -c '"extracted":' records; }
for workers in 0 2; do
    extract http/session --workers $workers --extract-match 'mime_type == "application/json"'
    (($(kept) == 2)) || fail "$ran: $(kept) files, not 2"
    [[ $(find out.d -type f | wc -l) == 2 ]] || fail "$ran: $(ls out.d)"
    for which in all records; do
        sed -E 's/,"EXTRACT"//; s/,"extracted":.*/}/' $which >$which.plain
    done
    same all.plain records.plain "$ran: records"
    # What is known at the end only: files are removed again.
    extract http/session --workers $workers --extract-match 'seen_bytes > 6000 && md5 == "893e2736855fc90ce5faf54c3b8fd107"'
    (($(kept) == $(grep -c '"md5":"893e2736855fc90ce5faf54c3b8fd107"' all))) || fail "$ran: $(kept) files"
    [[ $(find out.d -type f | wc -l) == $(kept) ]] || fail "$ran: $(ls out.d)"
done
while IFS= read -r line; do
    [[ $line == *'"extracted"'* ]] || continue
    [[ $(md5sum <"out.d/$(value extracted "$line")") == 893e27* ]] || fail "$ran: the bytes of $line"
done <records
extract smtp/attachments --extract-match 'filename contains ".csv" && is_orig == True'
(($(kept) == 1)) || fail "$ran: $(kept) files, not 1"
extract http/gap-body --extract-match '!mime_type'
refuse_match() {
    run -r "$SOURCE/samples/http/session.pcap" --json --extract-match "$1" "${@:3}"
    rc_is 2
    error_is "$2"
}
refuse_match 'mime_type == "x"' '--extract-match selects files of --extract-files: add --extract-files DIR'
run -r "$SOURCE/samples/http/session.pcap" --extract-files no.d --extract-match 'tcp.port == 80'
rc_is 2
grep -q -- "--extract-match: there is no field or protocol 'tcp.port'" err || fail "$ran: $(cat err)"
refuse_match 'md5 == "x"' '--extract-match names md5: add --hash md5' --extract-files no.d
refuse_match 'extracted' 'is the result' --extract-files no.d

# The records of what carries a file name it.
names() { # KIND KEY: the fuids are in files records
    local line
    grep "^{\"_path\":\"$1\"" out | grep -oE "\"$2\":\\[?\"?[^]}]*" | grep -oE 'F[0-9A-Za-z]{17}' | while read -r line; do
        grep -q "^{\"_path\":\"files\".*\"fuid\":\"$line\"" out || fail "$ran: no record of $line"
        echo "$line"
    done | wc -l
}
for case in 'http/session http resp_fuids 14' 'http/session http orig_fuids 3' 'smtp/attachments smtp fuids 3' \
    'http2/curl http resp_fuids 1' 'pop3/dovecot mail fuids 1' 'smb/files smb_files fuid 0' 'ftp/files ftp fuid 2'; do
    read -r sample kind key least <<<"$case"
    [[ -e $SOURCE/samples/$sample.pcap ]] || continue
    run -r "$SOURCE/samples/$sample.pcap" --json --no-meta --hash md5
    (($(names "$kind" "$key") >= least)) || fail "$ran: $(names "$kind" "$key") of $key in $kind, not $least"
done

# taplight objects: a line for each file; --json has the same records, and --extract-files saves.
run objects -r "$SOURCE/samples/smtp/attachments.pcap"
rc_is 0
(($(wc -l <out) == 4)) || fail "$ran: $(cat out)"
out_has '^FUID +SOURCE +BYTES TYPE +SENDER +HOST +NAME$'
out_has '^F[0-9A-Za-z]{17} SMTP +1064 text/plain +10\.77\.0\.1:43254 +- +times\.csv$'
run objects -r "$SOURCE/samples/http/gap-body.pcap"
out_has '\([0-9]+ bytes are missing\)$'
# Files of HTTP have its host, and without another name the last part of the path, as tshark names them.
out_has '10\.1\.0\.2:80 +www\.example\.test +next$'
out_has '10\.1\.0\.2:80 +www\.example\.test +chunks \(7 bytes are missing\)$'
run objects -r "$SOURCE/samples/http/session.pcap"
out_has '^F[0-9A-Za-z]{17} HTTP +6342 application/json +10\.77\.0\.2:80 +10\.77\.0\.2 +data\.json$'
[[ $(tail -n +2 out | cut -c 1-18) == $("$TAPLIGHT" objects --json -r "$SOURCE/samples/http/session.pcap" |
    sed -E 's/.*"fuid":"([^"]*)".*/\1/') ]] || fail 'the table has another order than the records'
run objects -r "$SOURCE/samples/http/session.pcap" --json --hash md5 --extract-files saved --extract-match 'seen_bytes < 10' port 80
rc_is 0
! grep -qv '^{"_path":"files"' out || fail "$ran: other records: $(grep -v files out | head -1)"
[[ $(find saved -type f | wc -l) == $(grep -c '"extracted"' out) ]] || fail "$ran: $(ls saved)"
(($(grep -c '"extracted"' out) == $(grep -cE '"seen_bytes":[0-9],' out))) || fail "$ran: other files"
run objects -r "$SOURCE/samples/http/session.pcap" port 81
(($(wc -l <out) == 1)) || fail "$ran: $(cat out)"
run objects
rc_is 2
error_is 'objects: give a capture file'
run objects -r /nonexistent
rc_is 1

run -r "$SOURCE/samples/http/session.pcap" --extract-files out.d
rc_is 2
error_is 'out.d is not empty: give --extract-files a new or empty directory'
run -r "$SOURCE/samples/http/session.pcap" --json --hash md5,crc32
rc_is 2
error_is '--hash: give md5, sha1 or sha256'
run -r "$SOURCE/samples/http/session.pcap" --hash md5 --text
rc_is 2
error_is 'add one of them'
run -r "$SOURCE/samples/http/session.pcap" --assert 'count(files) == 0'
rc_is 2
error_is '--assert: there are no files records without --hash'
run -r "$SOURCE/samples/http/session.pcap" --assert 'count(files) == 17' --hash md5
rc_is 0
run -r "$SOURCE/samples/http/session.pcap" --csv files
rc_is 2
error_is '--csv: there are no files records without --hash'
run -r "$SOURCE/samples/http/session.pcap" --csv files:md5,seen_bytes --hash md5
rc_is 0
(($(wc -l <out) == 18)) || fail "$ran: $(wc -l <out) lines"
run -r "$SOURCE/samples/http/session.pcap" --extract-files other -Y tcp
rc_is 2
error_is 'leave out one of them'
done_testing
