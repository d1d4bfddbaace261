# Tokens of SoftHSM, and the module that puts faults between one and its user (tests/support/token_faults.cpp). To be
# sourced after lib.sh, in a script that has called ut_setup.

TOKEN_MODULE=/usr/lib/softhsm/libsofthsm2.so

# Where tokens lie, and the module with faults, $TOKEN_FAULTS, in a folder that nobody else may write.
token_setup() {
  TOKEN_DIR=$UT_TMP/token
  mkdir -p -m 755 "$TOKEN_DIR"
  mkdir -m 700 "$TOKEN_DIR/tokens"
  printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$TOKEN_DIR/tokens" \
    >"$TOKEN_DIR/softhsm.conf"
  export SOFTHSM2_CONF=$TOKEN_DIR/softhsm.conf
  TOKEN_FAULTS=$TOKEN_DIR/faults.so
  install -m 644 "$UT_BUILD/tests/support/libtoken-faults.so" "$TOKEN_FAULTS"
  mkdir -m 700 "$TOKEN_DIR/faults"
  : >"$TOKEN_DIR/calls"
  export UT_TOKEN_MODULE=$TOKEN_MODULE UT_TOKEN_FAULTS=$TOKEN_DIR/faults UT_TOKEN_CALLS=$TOKEN_DIR/calls
}

# token_make LABEL PIN
token_make() {
  softhsm2-util --init-token --free --label "$1" --pin "$2" --so-pin 12345678 >/dev/null
}

# token_key LABEL PIN NAME KIND ID SUBJECT: a key pair, ec:CURVE or rsa:BITS, and $UT_TMP/NAME.pem, its certificate by
# ${CA:-$UT_TMP/ca}.
token_key() {
  local pair=$TOKEN_DIR/tokens/pair.pem kind=(-algorithm EC -pkeyopt "ec_paramgen_curve:${4#*:}")
  [ "${4%:*}" = ec ] || kind=(-algorithm RSA -pkeyopt "rsa_keygen_bits:${4#*:}")
  openssl genpkey "${kind[@]}" -out "$pair" 2>/dev/null
  softhsm2-util --import "$pair" --token "$1" --label "$3" --id "$5" --pin "$2" >/dev/null
  openssl req -new -key "$pair" -subj "$6" 2>/dev/null |
    openssl x509 -req -CA "${CA:-$UT_TMP/ca}.pem" -CAkey "${CA:-$UT_TMP/ca}.key" -CAcreateserial -days 1 -out "$UT_TMP/$3.pem" \
      2>/dev/null
  rm -f "$pair"
}

# token_certificate LABEL PIN NAME ID: puts $UT_TMP/NAME.pem into the token.
token_certificate() {
  openssl x509 -in "$UT_TMP/$3.pem" -outform DER -out "$UT_TMP/$3.der"
  pkcs11-tool --module "$TOKEN_MODULE" --token-label "$1" --login --pin "$2" --write-object "$UT_TMP/$3.der" --type cert \
    --label "$3" --id "$4" >/dev/null 2>&1
}

# token_fault WHAT HOW [COUNT]: what the module does from now on, always or COUNT times.
token_fault() {
  echo "$2 ${3:-}" >"$TOKEN_DIR/faults/$1"
}

token_clear() {
  rm -f "$TOKEN_DIR"/faults/*
}

# token_calls NAME: how often a function was called, or ended with a fault (C_Sign.CKR_DEVICE_REMOVED).
token_calls() {
  grep -cxF "$1" "$TOKEN_DIR/calls"
}
