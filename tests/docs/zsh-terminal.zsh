# Types a command line into a zsh with its own completion system and shows it after a tab. $1 is the folder of the
# scripts, $2 the command line; it ends with status 0 when $3 was seen in 20 seconds.
zmodload zsh/zpty
zpty shell "TERM=dumb PS1=ready: zsh -f -i"
seen= i=0
hears() {
  local piece end=$((SECONDS + 20))
  while ((SECONDS < end)); do
    while zpty -r -t shell piece; do
      seen+=$piece
    done
    seen=${seen//$'\a'/}
    [[ $seen == *$1* ]] && return 0
    zselect -t 5
  done
  return 1
}
zmodload zsh/zselect
hears ready: || exit 1
zpty -w shell "fpath=($1 \$fpath); autoload -U compinit; compinit -u -D; echo compinit-\$?"
hears compinit-0 || { print -r -- $seen; exit 1 }
seen=
zpty -w -n shell "$2"$'\t'
hears "$3"
result=$?
print -r -- $seen
zpty -d shell
exit $result
