# Completion of taplight's options for bash, made from its table of options.
_taplight()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
    COMPREPLY=()
    if [[ $word == '=' ]]; then
        word=''
    elif [[ $before == '=' ]]; then
        before=${COMP_WORDS[COMP_CWORD-2]}
    fi
    case $before in
    -r|-F|-o|-w|--streams)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return ;;
    -i|-c|-f|-y|-s|-B|-Z|--stats-interval|-C|-G|-W|--json-sep|--gaps|--workers|--mem|--tcp-timeout|--tcp-attempt-timeout|--tcp-closed-timeout|--tcp-login-timeout|--udp-timeout|--icmp-timeout|--dns-timeout)
        return ;;
    --json)
        if [[ ${COMP_WORDS[COMP_CWORD]} == '=' || ${COMP_WORDS[COMP_CWORD-1]} == '=' ]]; then
            mapfile -t COMPREPLY < <(compgen -W 'flows packets' -- "$word")
            return
        fi ;;
    --gaps)
        if [[ ${COMP_WORDS[COMP_CWORD]} == '=' || ${COMP_WORDS[COMP_CWORD-1]} == '=' ]]; then
            mapfile -t COMPREPLY < <(compgen -W 'zeros skip' -- "$word")
            return
        fi ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W '-r -i -c -f -F --exact-filter -D -L -y -s -p -B --immediate --wait -Z --stats-interval -U -C -G -W -o --text --view --print -v -x --json --json-sep --no-meta --schema -w --streams --gaps --count -q -n --no-checksums --show-secrets --workers --mem --tcp-timeout --tcp-attempt-timeout --tcp-closed-timeout --tcp-login-timeout --udp-timeout --icmp-timeout --dns-timeout -h --help --print-config --version' -- "$word")
    fi
}
complete -F _taplight -o filenames taplight
