#!/usr/bin/env bash
# emailjs-imap-handler 3.0.6 (npm) drops the tilde at the beginning of an atom.
#
# Input: LIST and STATUS responses for the mailbox ~peter/mail, as servers with home directories send them; `~` is an
# ATOM-CHAR (RFC 9051 section 9; only `~{` begins a literal8). Expected: the name ~peter/mail. Seen: peter/mail, which is
# another mailbox; no error. A tilde within the name and one in a quoted string stay.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . emailjs-imap-handler@3.0.6 >/dev/null
seen=$(node -e '
const { parser } = require("emailjs-imap-handler")
const of = (line) => parser(Uint8Array.from(Buffer.from(line))).attributes
console.log(of("* LIST () \"/\" ~peter/mail")[2].value, of("* STATUS ~peter/mail (MESSAGES 1)")[0].value,
  of("* LIST () \"/\" old~mail")[2].value, of("* LIST () \"/\" \"~peter/mail\"")[2].value)')
echo "names: $seen"
[[ $seen == 'peter/mail peter/mail old~mail ~peter/mail' ]]
