# As completion.bash, for zsh. The functions of zsh's completion system, which work in its line editor alone, are replaced
# by ones that print what they are given as far as it begins with the word at the cursor.
emulate -R zsh
compdef() {}
offer() {
  local one
  for one in "$@"; do
    [[ $one == "${words[CURRENT]#$dropped}"* ]] && offered+=("$one")
  done
}
_describe() {
  local name=${@[-1]}
  local -a list=("${(@P)name}")
  offer "${(@)list%%:*}"
}
compadd() { [[ $1 == -a ]] && offer "${(@P)2}" || offer "$@" }
compset() { [[ $1 == -P ]] && dropped=$2 }
_files() { offered+=("${words[CURRENT]#$dropped}"*(N)) }
for script in $1/_*; do
  source $script
done
while IFS= read -r line; do
  words=("${(@ps:\t:)line}")
  CURRENT=$#words
  offered=() dropped=
  _${words[1]//-/_}
  print -r -- $offered
done
