# Reads lines of words, divided by tabs, the first of which is a program of ours; prints what bash completes the last one
# to, in one line each. $1 is the folder of the scripts.
for script in "$1"/*.bash; do
  . "$script"
done
while IFS= read -r line; do
  COMP_WORDS=()
  while [[ $line = *$'\t'* ]]; do
    COMP_WORDS+=("${line%%$'\t'*}")
    line=${line#*$'\t'}
  done
  COMP_WORDS+=("$line")
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  COMPREPLY=()
  "_${COMP_WORDS[0]//-/_}"
  echo "${COMPREPLY[*]}"
done
