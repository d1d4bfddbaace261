# The whole operator and the agent on top of lib.sh: ut-lab, ut-agent and an application. To be sourced
# after lib.sh, in a script that has called ut_private and ut_setup.

# The directory where everything of the stage lies; readable for others, as sockets are in it.
ut_stage() {
  chmod 755 "$UT_TMP"
}

# ut_start_lab [OPTION...]: the operator of the subscriber in $UT_TMP/card.toml. LAB_* tell where it is. LAB_WITHIN is an
# array of words to be put before the command, such as nsenter and its options.
ut_start_lab() {
  [ -f "$UT_TMP/card.toml" ] || ut_profile "$UT_TMP/card.toml"
  [ -f "$UT_TMP/lab.toml" ] || (
    umask 077
    echo '[[subscriber]]'
    grep -E '^(impi|impus|algorithm|k|opc|op|topc|top|keccak_iterations|res_octets) = ' "$UT_TMP/card.toml"
  ) >"$UT_TMP/lab.toml"
  rm -f "$UT_TMP/lab.json"
  "${LAB_WITHIN[@]}" "$UT_BUILD/tools/ut-lab/ut-lab" --config "$UT_TMP/lab.toml" --dir "$UT_TMP/lab" "$@" \
    >"$UT_TMP/lab.json" 2>>"$UT_TMP/lab.log" &
  UT_PIDS[lab]=$!
  ut_wait_for 20 test -s "$UT_TMP/lab.json" || {
    sed 's/^/# /' "$UT_TMP/lab.log"
    echo "Bail out! ut-lab does not start"
    exit 1
  }
  LAB_BSF=$(jq -r '.bsf | "\(.address):\(.port)"' "$UT_TMP/lab.json")
  LAB_BSF_NAME=$(jq -r .bsf.name "$UT_TMP/lab.json")
  LAB_NAF=$(jq -r '.nafs[0] | "\(.address):\(.port)"' "$UT_TMP/lab.json")
  LAB_NAF_NAME=$(jq -r '.nafs[0].name' "$UT_TMP/lab.json")
  LAB_CA=$(jq -r .ca_file "$UT_TMP/lab.json")
  LAB_CONTROL=http://$(jq -r '.control | "\(.address):\(.port)"' "$UT_TMP/lab.json")
  LAB_IMPI=$(jq -r '.subscribers[0].impi' "$UT_TMP/lab.json")
  LAB_IMPU=$(jq -r '.subscribers[0].impus[0]' "$UT_TMP/lab.json")
}

# lab_fault NAME [COUNT [DELAY_MS]]: sets a fault; without a count until lab_clear.
lab_fault() {
  local body="\"fault\": \"$1\""
  [ -z "${2:-}" ] || body+=", \"count\": $2"
  [ -z "${3:-}" ] || body+=", \"delay_ms\": $3"
  curl -sS --fail-with-body -d "{$body}" "$LAB_CONTROL/faults" >/dev/null || {
    echo "Bail out! ut-lab does not take the fault $1"
    exit 1
  }
}

lab_clear() {
  curl -sS --fail-with-body -X DELETE "$LAB_CONTROL/faults" >/dev/null
}

# lab_post PATH: forget-keys, forget-nonces, forget-sessions, close-idle, reset.
lab_post() {
  curl -sS --fail-with-body -d '' "$LAB_CONTROL/$1" >/dev/null
}

# lab_stat JQ_FILTER: one value of the lab's counters.
lab_stat() {
  curl -sS "$LAB_CONTROL/stats" | jq -r "$1"
}

# card_commands INS: how many commands of this instruction the card that ut_start_card named "card" got, in lower-case
# hexadecimal digits: 88 is AUTHENTICATE, d6 UPDATE BINARY.
card_commands() {
  ut_card card stats | jq -r ".cards[0].by_ins[\"$1\"] // 0"
}

# ut_agent_config [TOML]: $UT_TMP/ut-agent.toml for this stage, with more tables at its end.
# AGENT_LOG_LEVEL, AGENT_PERSONAL_DATA and AGENT_CARD (lines for [card]), AGENT_UB change it.
ut_agent_config() {
  (umask 077 && echo 1234 >"$UT_TMP/pin")
  cat >"$UT_TMP/ut-agent.toml" <<TOML
[log]
level = "${AGENT_LOG_LEVEL:-info}"
personal_data = ${AGENT_PERSONAL_DATA:-false}
[card]
readers = ["Virtual PCD*"]
pin_file = "$UT_TMP/pin"
pin_latch_file = "$UT_TMP/pin-latch"
${AGENT_CARD:-}
[ub]
bsf_address = "$LAB_BSF"
${AGENT_UB:-}
[tls]
ca_file = "$LAB_CA"
[[naf]]
name = "$LAB_NAF_NAME"
address = "$LAB_NAF"
[[socket]]
name = "apps"
path = "$UT_TMP/ut.sock"
mode = "0666"
[[application]]
name = "presence"
sockets = ["apps"]
users = ["$(id -u)"]
nafs = ["$LAB_NAF_NAME"]
auids = ["pres-rules", "resource-lists", "org.openmobilealliance.pres-rules"]
identities = ["*"]
${1:-}
TOML
}

# ut_start_agent: until it serves. UT_AGENT is another program than the build's ut-agent.
ut_start_agent() {
  [ -f "$UT_TMP/ut-agent.toml" ] || ut_agent_config
  ut_start agent "${UT_AGENT:-$UT_BUILD/agent/ut-agent}" --config "$UT_TMP/ut-agent.toml"
  ut_wait_for 20 test -S "$UT_TMP/ut.sock" || {
    sed 's/^/# /' "$UT_TMP/agent.log"
    echo "Bail out! ut-agent does not start"
    exit 1
  }
}

# ut_curl CURL_ARGUMENT...: as an application would.
ut_curl() {
  curl -sS --max-time 20 --unix-socket "$UT_TMP/ut.sock" "$@"
}

# ut_status CURL_ARGUMENT...: the status alone; the body goes to $UT_TMP/body, the header to $UT_TMP/header.
ut_status() {
  : >"$UT_TMP/body"
  ut_curl -o "$UT_TMP/body" -D "$UT_TMP/header" -w '%{http_code}' "$@"
}

# ut_told FIELD [NAF]: a field of the agent's last line about a request to the NAF (any). The line comes after the answer, so
# that of the request which ut_status made last is waited for.
ut_told() {
  local id
  id=$(sed -n 's/^Ut-Request-Id: \([^\r]*\).*/\1/Ip' "$UT_TMP/header")
  ut_wait_for 5 grep -q "ut.exchange request_id=$id application=presence " "$UT_TMP/agent.log"
  grep "ut.exchange.*naf=${2:-}" "$UT_TMP/agent.log" | tail -n 1 | sed -n "s/.* $1=\"\{0,1\}\([^\" ]*\).*/\1/p"
}

# ut_problem CURL_ARGUMENT...: the last part of the problem type that the application gets.
ut_problem() {
  ut_status "$@" >/dev/null
  jq -r '.type | sub(".*:"; "")' "$UT_TMP/body"
}

# ut_document NAME [AUID]: the URL of a document of the subscriber.
ut_document() {
  echo "http://$LAB_NAF_NAME/${2:-pres-rules}/users/$LAB_IMPU/$1"
}
