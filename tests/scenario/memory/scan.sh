# What the searches of this folder share: the stage with an operator that tells the keys it makes, the search, its
# table, and events after which nothing may be left. To be sourced after lib.sh and stage.sh, in a script that has
# called ut_private, ut_setup and ut_stage, and has set
#
#   KS_NAF   what the keys of NAFs are called: Ks_NAF, or Ks_ext_NAF of a card that keeps Ks
#   LIVE     the secrets that may be in locked memory while the association lives, as patterns of the shell
#   KEPT     those that must be found there, as regular expressions: what is never found could not be missed

HERE=$(dirname "$0")
SCAN=$UT_BUILD/tests/scenario/memory/memory-scan

# --- the stage --------------------------------------------------------------------------------

# Eight digits are found by chance nowhere.
PIN=58302761

# start_memory_card [SED-SCRIPT...]: pcscd and a card with this PIN.
start_memory_card() {
  ut_start_pcscd
  ut_profile "$UT_TMP/card.toml" "s/^pin = \"1234\"/pin = \"$PIN\"/" "$@"
  ut_start_card card "$UT_TMP/card.toml"
}

# start_lab [OPTION...]: an operator that tells the keys it makes; with LAB_TOML at the end of its configuration.
start_lab() {
  ut_stop lab
  rm -f "$UT_TMP/lab.toml"
  (
    umask 077
    echo 'reveal_secrets = true'
    echo '[[subscriber]]'
    grep -E '^(impi|impus|algorithm|k|opc) = ' "$UT_TMP/card.toml"
    echo "${LAB_TOML:-}"
  ) >"$UT_TMP/lab.toml"
  ut_start_lab "$@"
}

start_agent() {
  ut_stop agent
  AGENT_LOG_LEVEL=trace AGENT_UB='min_age = 0
back_off = 1
longest_back_off = 1' ut_agent_config "[control]
socket = \"$UT_TMP/control.sock\""
  (umask 077 && echo "$PIN" >"$UT_TMP/pin")
  ut_start_agent
  url=$(ut_document index)
}

is() { [ "$1" = "$2" ] || { echo "wanted $2, got $1"; cat "$UT_TMP/body" 2>/dev/null; false; }; }
serves() { [ "$(ut_status "$url")" = 404 ] || { cat "$UT_TMP/body"; false; }; }
gone() { [ "$(grep -c ub.association_gone "$UT_TMP/agent.log")" -ge "$1" ]; }
endings() { grep -c ub.association_gone "$UT_TMP/agent.log"; }

# All secrets that the lab and the card made so far, into the file. The lab makes no difference between Ks_NAF and
# Ks_ext_NAF: annex B.3 of TS 33.220 makes none.
secrets_to() {
  curl -sS "$LAB_CONTROL/secrets" | "$HERE/secret-list" "$UT_TMP/card.toml" | sed "s/^Ks_NAF /$KS_NAF /" >"$1"
}

# --- the table --------------------------------------------------------------------------------

COLUMNS_OF_TABLE=(CK IK RES HA1_Ub Ks "$KS_NAF" HA1 TLS PIN)
TABLE=("$(printf '%-44s' event; printf ' %-10s' "${COLUMNS_OF_TABLE[@]}")")

# row EVENT < FINDS: a line of the table, from what memory-scan prints.
row() {
  awk -v event="$1" -v names="${COLUMNS_OF_TABLE[*]}" '
    /^#/ { next }
    {
      secret = $1
      sub(/^TLS_.*/, "TLS", secret)
      if ($2 == "locked") locked[secret] += $4; else loose[secret] += $4
    }
    END {
      line = sprintf("%-44s", event)
      count = split(names, columns, " ")
      for (i = 1; i <= count; ++i) {
        at = columns[i]
        line = line sprintf(" %-10s", loose[at] ? loose[at] " FOUND" : locked[at] ? locked[at] " locked" : "0")
      }
      sub(/ +$/, "", line)
      print line
    }'
}

# scan EVENT LIST [NAME...]: the agent's memory holds none of the secrets of the file LIST but those named, and these
# in locked memory alone. A name is a pattern of the shell; what was found goes to $UT_TMP/found.
scan() {
  local event=$1 list=$2
  shift 2
  search "$list" && judge "$event" "$@"
}
search() { "$SCAN" pid "${UT_PIDS[agent]}" <"$1" >"$UT_TMP/found"; }
judge() {
  local event=$1 name place form count bad=0 allowed pattern
  shift
  TABLE+=("$(row "$event" <"$UT_TMP/found")")
  while read -r name place form count; do
    [ "$name" = "#" ] && continue
    allowed=no
    for pattern in "$@"; do
      # shellcheck disable=SC2053 # a pattern
      [[ $name == $pattern ]] && allowed=yes
    done
    [ "$allowed" = yes ] && [ "$place" = locked ] && continue
    echo "$name in $place as $form, $count times"
    bad=1
  done <"$UT_TMP/found"
  [ "$bad" = 0 ]
}
held() { grep -qE "^$1 locked " "$UT_TMP/found"; }
# list_has LIST NAME...: the list has a secret of each of these names, so that their absence says something.
list_has() {
  local list=$1 name
  shift
  for name in "$@"; do
    grep -q "^$name " "$list" || { echo "no $name in the list"; return 1; }
  done
}

# only_new OLD NEW LIST: the secrets of NEW that are not in OLD.
only_new() { grep -vxF -f "$1" "$2" >"$3"; }
old_ones() { grep -v -e '^PIN ' -e '^TLS_' "$1"; }

# --- core dumps -------------------------------------------------------------------------------

core_by_force() {
  gcore -o "$UT_TMP/core" "$1" >"$UT_TMP/gcore.out" 2>&1 || { tail -5 "$UT_TMP/gcore.out"; return 1; }
}

# nothing_in_core LIST: of a core of the agent that core_by_force made.
nothing_in_core() {
  "$SCAN" files "$UT_TMP/core.${UT_PIDS[agent]}" <"$1" >"$UT_TMP/found" || return 1
  TABLE+=("$(row "core dump by force" <"$UT_TMP/found")")
  ! grep -v '^#' "$UT_TMP/found"
}

# --- events that end it -----------------------------------------------------------------------

# ends EVENT COMMAND...: an association is made, the event happens, and nothing but the PIN is left.
ends() {
  local event=$1 before
  shift
  ut_check "$event: there is an association [UT-3]" ut_wait_for 8 serves_something
  before=$(endings)
  secrets_to "$UT_TMP/list"
  scan "$event: before" "$UT_TMP/list" "${LIVE[@]}" >"$UT_TMP/before.out"
  ut_check "$event: before it, keys in locked memory alone [KEY-4]" \
    eval '! grep . "$UT_TMP/before.out" && all_kept'
  "$@" >/dev/null
  ut_check "$event: the association ends [KEY-3]" ut_wait_for 20 gone $((before + 1))
  secrets_to "$UT_TMP/list"
}
all_kept() {
  local name
  for name in "${KEPT[@]}"; do held "$name" || { echo "no $name was found"; return 1; }; done
}
serves_something() { case $(ut_status "$url") in 200 | 404) true ;; *) cat "$UT_TMP/body"; false ;; esac; }
nothing_left() { scan "$1" "$UT_TMP/list" PIN; }

# --- files ------------------------------------------------------------------------------------

# Everything in the file system of this test but the stage's own inputs.
written() {
  find "$UT_TMP" /run /dev/shm -type f ! -name '*.toml' ! -name pin ! -name first ! -name second ! -name old \
    ! -name new ! -name before ! -name list ! -name found
}
nothing_written() {
  mapfile -t files < <(written)
  "$SCAN" files "${files[@]}" <"$UT_TMP/list" >"$UT_TMP/found" || return 1
  TABLE+=("$(row "$1" <"$UT_TMP/found")")
  echo "${#files[@]} files"
  ! grep -v '^#' "$UT_TMP/found"
}
