#!/usr/bin/env bash
# The page of files: the list, their content by its kind, saving one. The same content under the records that name it.
. "${SOURCE:?}/tests/ui/helpers.bash" || exit 1

http=$SOURCE/samples/http/session.pcap
"$TAPLIGHT" -r "$http" --extract-files out.d --json --no-meta | grep '^{"_path":"files"' >records
largest=$(grep '"seen_bytes":6342' records | tail -n 1 | sed -E 's/.*"extracted":"([^"]*)".*/\1/')

for size in '80 24' '200 60'; do
    # shellcheck disable=SC2086
    open $size -r "$http"
    shows '^ +1 '
    page Files
    shows '^[━─]+ Files .* 1/17 '
    shows ' HTTP application/json 6342 '
    chooses '.'
    # JSON is indented; the list stays, and the content follows it.
    keys g Down Down Down Down Down Down Down Down Down Down Down Down
    chooses ' application/json 6342 '
    keys Enter
    shows '^━━ Content .* line 1 of '
    shows '^ seen_bytes +6342$'
    keys z / 'application/json, ' Enter
    chooses '^ HTTP  application/json, 6342 bytes$'
    keys Down
    chooses '^ \[|^ \{'
    keys Down
    chooses '^   '
    ! screen_has ' extracted ' || fail "$ran: the view wrote a file"
    # Saved, it is what the client got.
    rm -f saved.bin
    keys s
    shows 'Save the file to: session-file'
    keys C-u saved.bin Enter
    shows '6342 bytes saved: saved.bin'
    cmp -s saved.bin "out.d/$largest" || fail "$ran: the saved file differs"
    keys Escape
    shows '^━━ Files '
    keys q
    ended 0
done

# A mail: its header, then its parts.
open 120 60 -r "$SOURCE/samples/smtp/attachments.pcap"
shows '^ +1 '
page Transactions
shows '^[━─]+ Transactions'
keys Enter
shows '^━━ Record '
shows '^ subject +attached$'
shows '^ SMTP  text/plain, 9 bytes$'
shows '^ SMTP  text/plain, 1064 bytes  times\.csv$'
keys q
ended 0
