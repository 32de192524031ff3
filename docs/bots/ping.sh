#!/bin/sh
# A bot for papo in a shell: it answers "ping" with "pong NAME".
# Usage: ping.sh HOST:PORT NAME    (papo has to be in the PATH)
#
# papo is a filter here: what the pipe gets is said, what papo prints was said by others. --quiet leaves out the
# welcome and the lines of before. The loop ends when papo ends.
set -eu
server=$1
name=$2

pipe=$(mktemp -u)
mkfifo "$pipe"
trap 'rm -f "$pipe"' EXIT

papo "$server" --name "$name" --quiet <"$pipe" | while read -r line; do
    case $line in
    '<'*'> ping')
        from=${line#<}
        echo "pong ${from%%>*}"
        ;;
    esac
done >"$pipe"
