#!/bin/sh
# Plays a playbook for muster: $1 is the folder that muster prepared for it, the rest is the command.
# What the command prints goes to the raw log, what the callback tells to standard output. Passwords come on standard input, a line
# each, and reach Ansible through pipes with a name: they stand in no argument, no environment and no file.
folder=$1
shift
. "$folder/environment"
IFS= read -r vault
IFS= read -r become
umask 077
give() {
  [ -n "$2" ] || return 0
  rm -f "$folder/$1"
  mkfifo "$folder/$1" || exit 1
  printf '%s\n' "$2" 2>/dev/null >"$folder/$1" &
  givers="$givers $!"
}
givers=
give vault "$vault"
give become "$become"
vault=
become=
: >>"$raw"
umask 022
MUSTER_LINES=3
export MUSTER_LINES
"$@" 3>&1 >>"$raw" 2>&1 </dev/null
code=$?
# What nobody asked for is given to nobody.
[ -z "$givers" ] || kill $givers 2>/dev/null
rm -f "$folder/vault" "$folder/become"
# Its last words, for whoever asks why.
[ $code = 0 ] || tail -n 20 "$raw" | grep . | tail -n 1
exit $code
