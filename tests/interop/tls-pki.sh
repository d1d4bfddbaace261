# Certificates and servers for the TLS test scripts (bash, sourced after scenario/lib.sh). All keys
# and certificates are made anew for each run, in $UT_TMP/pki.

NAF=xcap.home1.net
PORT=7443
PKI=$UT_TMP/pki
CLIENT=$UT_BUILD/tests/interop/tls-client

# pki_key NAME KIND: rsaBITS or an EC curve.
pki_key() {
  case $2 in
    rsa*) openssl genrsa -out "$PKI/$1.key" "${2#rsa}" ;;
    *) openssl ecparam -name "$2" -genkey -noout -out "$PKI/$1.key" ;;
  esac 2>/dev/null
}

# pki_ca NAME KIND [CN]: a self-signed authority.
pki_ca() {
  pki_key "$1" "$2"
  openssl req -x509 -new -key "$PKI/$1.key" -sha256 -days 30 -subj "/CN=${3:-$1}" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
    -out "$PKI/$1.pem"
}

# pki_issue NAME KIND ISSUER [key=value...]: a certificate for a server, or with ca=1 an authority.
#   cn, san (as openssl writes it; empty: none), md, start and end (YYMMDDhhmmssZ), eku; of an
#   authority usage and constraints
pki_issue() {
  local name=$1 kind=$2 issuer=$3 pair
  local cn=naf san=DNS:$NAF md=sha256 ca= start= end= eku=
  local usage=keyCertSign,cRLSign constraints=
  start=$(date -u -d '1 day ago' +%y%m%d%H%M%SZ)
  end=$(date -u -d '20 days' +%y%m%d%H%M%SZ)
  shift 3
  for pair in "$@"; do
    printf -v "${pair%%=*}" %s "${pair#*=}"
  done
  pki_key "$name" "$kind"
  openssl req -new -key "$PKI/$name.key" -subj "/CN=$cn" -out "$PKI/$name.csr"
  {
    if [ -n "$ca" ]; then
      echo "basicConstraints=critical,CA:TRUE"
      echo "keyUsage=critical,$usage"
      [ -z "$constraints" ] || echo "nameConstraints=critical,$constraints"
    else
      echo "basicConstraints=CA:FALSE"
      [ -z "$san" ] || echo "subjectAltName=$san"
      [ -z "$eku" ] || echo "extendedKeyUsage=$eku"
    fi
    echo "subjectKeyIdentifier=hash"
    echo "authorityKeyIdentifier=keyid"
  } >"$PKI/$name.ext"
  # Only `openssl ca` can set both ends of the validity.
  : >"$PKI/$name.index"
  cat >"$PKI/$name.cnf" <<CNF
[ca]
default_ca=it
[it]
database=$PKI/$name.index
new_certs_dir=$PKI
rand_serial=yes
policy=any
unique_subject=no
[any]
commonName=supplied
CNF
  openssl ca -batch -notext -config "$PKI/$name.cnf" -cert "$PKI/$issuer.pem" \
    -keyfile "$PKI/$issuer.key" -md "$md" -startdate "$start" -enddate "$end" \
    -extfile "$PKI/$name.ext" -in "$PKI/$name.csr" -out "$PKI/$name.pem" 2>"$PKI/$name.log" || {
    sed 's/^/# /' "$PKI/$name.log"
    echo "Bail out! no certificate $name"
    exit 1
  }
}

# pki_status NAME ISSUER SIGNER OUT [revoked]: an OCSP response about a certificate.
pki_status() {
  local serial now end
  serial=$(openssl x509 -in "$PKI/$1.pem" -noout -serial)
  now=$(date -u +%y%m%d%H%M%SZ)
  end=$(date -u -d '9 days' +%y%m%d%H%M%SZ)
  if [ -n "${5:-}" ]; then
    printf 'R\t%s\t%s\t%s\tunknown\t/CN=naf\n' "$end" "$now" "${serial#*=}"
  else
    printf 'V\t%s\t\t%s\tunknown\t/CN=naf\n' "$end" "${serial#*=}"
  fi >"$PKI/$4.index"
  openssl ocsp -issuer "$PKI/$2.pem" -cert "$PKI/$1.pem" -no_nonce -reqout "$PKI/$4.request"
  openssl ocsp -index "$PKI/$4.index" -CA "$PKI/$2.pem" -rsigner "$PKI/$3.pem" \
    -rkey "$PKI/$3.key" -reqin "$PKI/$4.request" -respout "$PKI/$4.der" -ndays 3
} >/dev/null 2>&1

# pki_crl NAME ISSUER [REVOKED [NEXT_UPDATE]]: a CRL, in NAME.pem.
pki_crl() {
  local serial
  : >"$PKI/$1.index"
  if [ -n "${3:-}" ]; then
    serial=$(openssl x509 -in "$PKI/$3.pem" -noout -serial)
    printf 'R\t%s\t%s\t%s\tunknown\t/CN=it\n' "$(date -u -d '9 days' +%y%m%d%H%M%SZ)" \
      "$(date -u +%y%m%d%H%M%SZ)" "${serial#*=}" >"$PKI/$1.index"
  fi
  printf '[ca]\ndefault_ca=it\n[it]\ndatabase=%s\n' "$PKI/$1.index" >"$PKI/$1.cnf"
  openssl ca -config "$PKI/$1.cnf" -gencrl -cert "$PKI/$2.pem" -keyfile "$PKI/$2.key" -md sha256 \
    -crl_lastupdate "$(date -u -d '2 days ago' +%y%m%d%H%M%SZ)" \
    -crl_nextupdate "$(date -u -d "${4:-9 days}" +%y%m%d%H%M%SZ)" -out "$PKI/$1.pem" 2>"$PKI/$1.log"
}

# pki_dh1024: parameters of Oakley group 2 (RFC 2409 section 6.2), in dh1024.pem.
pki_dh1024() {
  local p=FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD
  p+=EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED
  p+=EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF
  printf 'asn1=SEQUENCE:dh\n[dh]\np=INTEGER:0x%s\ng=INTEGER:2\n' $p >"$PKI/dh.asn1"
  openssl asn1parse -genconf "$PKI/dh.asn1" -noout -out "$PKI/dh1024.der"
  openssl dhparam -inform DER -in "$PKI/dh1024.der" -out "$PKI/dh1024.pem"
}

# pki_self_signed NAME: a certificate for $NAF that nobody issued.
pki_self_signed() {
  pki_key "$1" prime256v1
  openssl req -x509 -new -key "$PKI/$1.key" -out "$PKI/$1.pem" -days 9 -subj "/CN=$NAF" \
    -addext "subjectAltName=DNS:$NAF"
}

pki_setup() {
  mkdir "$PKI"
  mkfifo "$UT_TMP/stdin"
  pki_ca ca rsa2048
  pki_issue rsa rsa2048 ca
  pki_issue ec prime256v1 ca
}

# server_start OPTION...: openssl s_server on $PORT, log in $UT_TMP/server.log. What it receives as
# application data stands there too. Its standard input never ends.
server_start() {
  server_stop
  : >"$UT_TMP/server.log"
  # shellcheck disable=SC2016
  ut_start server bash -c 'exec openssl s_server -accept "127.0.0.1:$1" "${@:2}" <>"$0"' \
    "$UT_TMP/stdin" "$PORT" "$@"
  ut_wait_for 5 ut_log_has server ACCEPT || {
    sed 's/^/# /' "$UT_TMP/server.log"
    return 1
  }
}

server_stop() {
  ut_stop server
}

# certificate NAME [INTERMEDIATE]: the options with which s_server shows it.
certificate() {
  echo "-cert $PKI/$1.pem -key $PKI/$1.key${2:+ -cert_chain $PKI/$2.pem}"
}

# client OPTION...: our client; one JSON line a connection.
client() {
  timeout 20 "$CLIENT" --port "$PORT" --name "$NAF" --ca "$PKI/ca.pem" "$@"
}

# json FIELD [LINE]: of the last answer of our client.
json() {
  /usr/bin/python3 -c '
import json, sys
line = json.loads(open(sys.argv[1]).read().splitlines()[int(sys.argv[3])])
print(line.get(sys.argv[2], ""))' "$UT_TMP/client.json" "$1" "${2:-0}"
}

# field NAME VALUE [LINE]: whether our client said so.
field() {
  local got
  got=$(json "$1" "${3:-0}")
  [ "$got" = "$2" ] || {
    echo "$1 is '$got', not '$2'"
    cat "$UT_TMP/client.json"
    return 1
  }
}
