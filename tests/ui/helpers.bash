# Shared by the tests of the view: runs a program in a tmux server of its own, types keys, and waits for the screen.
# shellcheck shell=bash
. "${SOURCE:?}/tests/cli/helpers.bash" || exit 1
command -v tmux >/dev/null || {
    echo 'skipped: tmux is not installed'
    exit 77
}
unset TMUX NO_COLOR TERM_PROGRAM
export LC_ALL=C.UTF-8 # the screen is matched by characters
export XDG_CONFIG_HOME=$work/config HOME=$work TZ=UTC SHELL=/bin/sh
server=view$$ opened=0
patience=${PATIENCE:-200} # tenths of a second

view_tmux() { tmux -L "$server" -f /dev/null "$@"; }
stop_tmux() {
    view_tmux kill-server 2>/dev/null
    rm -rf "$work"
}
trap stop_tmux EXIT

# open COLUMNS ROWS ARGUMENT...: the view in a terminal of that size. $locale and $settings go into its
# environment, $feed comes before the command.
open() {
    local columns=$1 rows=$2
    shift 2
    view_tmux kill-server 2>/dev/null
    server=view$$-$((++opened)) # the one before may still run
    printf '%s' "${feed:-}" >command
    printf '%q ' env -u COLUMNS -u LINES LC_ALL="${locale:-C.UTF-8}" ${settings:-} "$TAPLIGHT" "$@" >>command
    {
        echo 'trap : INT QUIT' # for the view, not for the shell around it
        echo 'stty -a >before'
        cat command
        printf '2>errors\necho "exit code $?"\nstty -a >after\nsleep 600\n'
    } | tr '\n' ';' >line
    sed -i 's/;2>/ 2>/' line
    view_tmux new-session -d -x "$columns" -y "$rows" "cd $work; $(cat line)" \; set -g default-terminal tmux-256color \; \
        set -s escape-time 0 2>/dev/null || fail "tmux does not start"
    ran="taplight $*"
}

keys() { view_tmux send-keys "$@"; }
screen() { view_tmux capture-pane -p; }

# Runs a command until it succeeds, at most $patience tenths of a second.
wait_for() {
    local end=$((${EPOCHREALTIME/./} + patience * 100000)) wait
    # The first looks follow each other closely. Each costs a process, which others wait for.
    for wait in 0.02 0.02 0.03 0.05; do
        ! "$@" || return 0
        nap $wait
    done
    until "$@"; do
        ((${EPOCHREALTIME/./} < end)) || return 1
        nap 0.1
    done
}

screen_has() {
    local line lines
    screen >now
    mapfile -t lines <now
    for line in "${lines[@]}"; do
        [[ ! $line =~ $1 ]] || return 0
    done
    return 1
}
screen_lacks() {
    ! screen_has "$1"
}

# Waits until the screen matches the extended regular expression $1.
shows() {
    wait_for screen_has "$1" && return 0
    fail "$ran: the screen does not show '$1':"
    cat now
    return 1
}

# Waits until it no longer does.
hides() {
    wait_for screen_lacks "$1" && return 0
    fail "$ran: the screen still shows '$1':"
    cat now
    return 1
}

# In the list of transactions: goes to the next kind until it is $1.
title_is_not() {
    local lines
    screen >now
    mapfile -t lines <now
    [[ ${lines[1]} != "$1" ]]
}
kind() {
    local i was
    for ((i = 0; i < 30; i++)); do
        screen >now
        grep -q " $1 only: " now && return
        was=$(sed -n 2p now)
        keys o
        wait_for title_is_not "$was" || break
    done
    fail "$ran: there is no kind $1:"
    cat now
}

# The view has ended with exit code $1 and the terminal is as it was.
ended() {
    shows "^exit code $1\$" || return 1
    wait_for test -s after
    cmp -s before after || fail "$ran: the terminal is not as it was: $(diff before after)"
    rm -f before after
}

# Sets `line` to the text of the line that is chosen, by its attribute: reverse.
find_chosen() {
    local lines
    view_tmux capture-pane -pe >now
    mapfile -t lines <now
    for line in "${lines[@]}"; do
        [[ $line =~ $'\e['(0;)?7m ]] || continue
        while [[ $line =~ $'\e['[0-9\;]*m ]]; do line=${line//"${BASH_REMATCH[0]}"/}; done
        return
    done
    line=''
}
chosen() {
    local line
    find_chosen
    printf '%s\n' "$line"
}
is_chosen() {
    local line
    find_chosen
    [[ -n $line && $line =~ $1 ]]
}
chooses() {
    wait_for is_chosen "$1" && return 0
    fail "$ran: the chosen line is not '$1' but '$(chosen)':"
    screen
}

# Goes to the page of this name, by the number of its tab.
page() {
    local number
    number=$(screen | sed -nE "1s/.*([0-9]) $1( .*|\].*)?\$/\1/p")
    [[ -n $number ]] || {
        fail "$ran: there is no tab $1: $(screen | head -n 1)"
        return 1
    }
    keys "$number"
    shows "^(━━|==|──|--) $1 "
}
