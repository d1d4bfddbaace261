# Helpers of the test scripts (bash): TAP lines, processes by name, and a private namespace with
# pcscd, the vpcd reader and soft-isim. A script starts with
#
#   . "$(dirname "$0")/../scenario/lib.sh"
#   ut_private "$0" "$@"      # once: from here on a mount and network namespace of its own
#   ut_setup                  # $UT_TMP; everything started is ended and removed at exit
#   ut_start_pcscd
#   ut_profile "$UT_TMP/card.toml" 's/^atr = .*/atr = "t0"/'
#   ut_start_card card "$UT_TMP/card.toml"
#   ut_check "the reader shows a card [IS-7]" ut_card_present
#   ut_done
#
# UT_BUILD is the build directory (meson sets it; default: build/ of the source tree).

UT_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
UT_BUILD=${UT_BUILD:-$UT_ROOT/build}
UT_READER="Virtual PCD 00 00"
# The TLS profile of this machine: AES-GCM comes first where the processor has instructions for it.
UT_GOLDEN_PROFILE=$UT_ROOT/tests/golden/tls-profile-chacha20.txt
if grep -m1 '^flags' /proc/cpuinfo | grep -qw aes && grep -m1 '^flags' /proc/cpuinfo | grep -qw pclmulqdq; then
  UT_GOLDEN_PROFILE=$UT_ROOT/tests/golden/tls-profile-aes.txt
fi
UT_GOLDEN_PSK_PROFILE=${UT_GOLDEN_PROFILE/profile-/profile-psk-}
declare -A UT_PIDS=()
UT_PASSED=0
UT_FAILED=0

# --- TAP --------------------------------------------------------------------------------------

ut_ok() {
  UT_PASSED=$((UT_PASSED + 1))
  echo "ok - $*"
}

ut_not_ok() {
  UT_FAILED=$((UT_FAILED + 1))
  echo "not ok - $*"
}

# ut_check TEXT COMMAND...: one check; the output of the command is shown as TAP comments.
ut_check() {
  local text=$1
  shift
  if "$@" >"$UT_TMP/check.out" 2>&1; then
    ut_ok "$text"
  else
    ut_not_ok "$text"
  fi
  sed 's/^/# /' "$UT_TMP/check.out"
}

# ut_check_not TEXT COMMAND...: one check that holds when the command fails.
ut_check_not() {
  local text=$1
  shift
  ut_check "$text" ut_fails "$@"
}

ut_fails() {
  ! "$@"
}

# ut_skip REASON: nothing can be tested here.
ut_skip() {
  echo "1..0 # SKIP $*"
  exit 0
}

# Ends the script with the plan.
ut_done() {
  echo "1..$((UT_PASSED + UT_FAILED))"
  [ "$UT_FAILED" = 0 ]
  exit
}

# --- processes --------------------------------------------------------------------------------

# ut_private SCRIPT ARG...: runs the script anew in a private mount and network namespace with an
# empty /run of its own and a loopback that is up. pcscd has a fixed place in /run, and vpcd listens
# on all addresses: so no run sees another one, and the machine's own pcscd is left alone.
ut_private() {
  [ "${UT_PRIVATE:-}" = yes ] && return
  local script
  script=$(readlink -f "$1")
  shift
  local unshare=(unshare -m -n --propagation private)
  "${unshare[@]}" true 2>/dev/null || unshare=(unshare -U -r -m -n --propagation private)
  "${unshare[@]}" true 2>/dev/null || ut_skip "no namespaces can be made here"
  UT_PRIVATE=yes exec "${unshare[@]}" bash -c '
    mount -t tmpfs -o mode=755 tmpfs /run && mkdir -p /run/pcscd && ip link set lo up && exec "$@"' \
    ut_private bash "$script" "$@"
}

# Makes $UT_TMP and cleans up at exit.
ut_setup() {
  UT_TMP=$(mktemp -d)
  trap ut_cleanup EXIT
  trap 'exit 143' TERM INT
}

ut_cleanup() {
  local name
  for name in "${!UT_PIDS[@]}"; do
    ut_stop "$name"
  done
  if [ -n "${UT_KEEP:-}" ]; then
    echo "# kept: $UT_TMP"
  else
    rm -rf "$UT_TMP"
  fi
}

# ut_start NAME COMMAND...: in the background, output in $UT_TMP/NAME.log (appended).
ut_start() {
  local name=$1
  shift
  "$@" >>"$UT_TMP/$name.log" 2>&1 &
  UT_PIDS[$name]=$!
}

# ut_stop NAME [SIGNAL]: ends what ut_start started, by its pid, and waits; its exit status.
ut_stop() {
  local pid=${UT_PIDS[$1]:-} i
  [ -n "$pid" ] || return 0
  unset "UT_PIDS[$1]"
  kill -"${2:-TERM}" "$pid" 2>/dev/null
  for ((i = 0; i < 100; ++i)); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.05
  done
  kill -KILL "$pid" 2>/dev/null
  wait "$pid" 2>/dev/null
}

# ut_running NAME: whether it still runs.
ut_running() {
  [ -n "${UT_PIDS[$1]:-}" ] && kill -0 "${UT_PIDS[$1]}" 2>/dev/null
}

# ut_wait_for SECONDS COMMAND...: until the command succeeds; fails when it does not in time.
ut_wait_for() {
  local end=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "${EPOCHREALTIME/[.,]/}" -lt "$end" ] || return 1
    sleep 0.02
  done
}

# ut_log_has NAME TEXT: whether the log of NAME holds the text.
ut_log_has() {
  grep -qF -- "$2" "$UT_TMP/$1.log"
}

# --- the card path ----------------------------------------------------------------------------

# pcscd with UT_VPCD_ENTRIES (1) entries of vpcd, each of which has two readers: "Virtual PCD 00 00" and "00 01" on
# ports 35963 and 35964, then "Virtual PCD 2 00 00" and "00 01" on 35965 and 35966. vpcd knows its readers by their
# number within an entry, so each entry needs a copy of the driver: one library would mix their cards up.
ut_start_pcscd() {
  local conf=$UT_TMP/pcscd.d i driver=/usr/lib/pcsc/drivers/serial/libifdvpcd.so
  mkdir -p "$conf"
  for ((i = 1; i <= ${UT_VPCD_ENTRIES:-1}; ++i)); do
    [ "$i" = 1 ] || cp "$driver" "$UT_TMP/vpcd-$i.so"
    cat <<CONF
FRIENDLYNAME "Virtual PCD$([ "$i" = 1 ] || echo " $i")"
DEVICENAME /dev/null:$((35961 + 2 * i))
LIBPATH $([ "$i" = 1 ] && echo "$driver" || echo "$UT_TMP/vpcd-$i.so")
CHANNELID $((35961 + 2 * i))

CONF
  done >"$conf/vpcd"
  ut_start pcscd "$(command -v pcscd || echo /usr/sbin/pcscd)" -f -c "$conf" "$@"
  ut_wait_for 20 test -S /run/pcscd/pcscd.comm || {
    echo "Bail out! pcscd does not start"
    exit 1
  }
}

# ut_profile FILE [SED-SCRIPT...]: the example profile, changed, with the mode that it needs.
ut_profile() {
  local file=$1 script
  shift
  (umask 077 && "$UT_BUILD/tools/soft-isim/soft-isim" --print-example-profile >"$file")
  for script in "$@"; do
    sed -i "$script" "$file"
  done
}

# ut_start_card NAME PROFILE [OPTION...]: soft-isim, until pcscd shows a card. pcscd sees up to 0.4 s late that a
# card before it has gone, and must have seen it: else it is that card which is shown. See ut_card.
ut_start_card() {
  local name=$1 profile=$2
  shift 2
  ut_wait_for 3 ut_fails ut_card_present
  ut_start "$name" "$UT_BUILD/tools/soft-isim/soft-isim" --profile "$profile" \
    --control "$UT_TMP/$name.control" "$@"
  ut_wait_for 20 ut_card_present || {
    sed 's/^/# /' "$UT_TMP/$name.log"
    echo "Bail out! no card in the reader"
    exit 1
  }
}

# ut_card NAME COMMAND [OPTION...]: commands the card that ut_start_card started, as `soft-isim control` does.
ut_card() {
  local name=$1
  shift
  "$UT_BUILD/tools/soft-isim/soft-isim" control --socket "$UT_TMP/$name.control" "$@"
}

# ut_exchange READER APDU...: each answer of the card in hexadecimal digits, one a line; "failed" for an exchange that
# PC/SC refuses or that gives no octets. The APDUs go as they are, without what a card driver would add.
ut_exchange() {
  timeout "${UT_EXCHANGE_SECONDS:-20}" perl -MChipcard::PCSC -e '
    $| = 1;
    my $context = new Chipcard::PCSC() or die;
    my $card = new Chipcard::PCSC::Card($context, shift @ARGV) or die "no card: $Chipcard::PCSC::errno\n";
    for (@ARGV) {
      my $answer = $card->Transmit([map { hex } /../g]);
      print $answer && @$answer ? join("", map { sprintf "%02x", $_ } @$answer) : "failed", "\n";
    }
    $card->Disconnect($Chipcard::PCSC::SCARD_LEAVE_CARD);' "$@"
}

# ut_card_present [READER-NUMBER]: whether pcscd shows a card.
ut_card_present() {
  opensc-tool -r "${1:-0}" -a >/dev/null 2>&1
}
