# Helpers of the EAP tests, after scenario/lib.sh: hostapd as the server, eapol_test as the peer, auc/ as the AuC of
# the subscriber of soft-isim's example profile.
EAP_HERE=$UT_ROOT/tests/interop
k=465b5ce8b199b49faa5f0a2ee238a6bc
opc=cd63cb71954a9f4e48a5994e37a02baf

# write_hostapd_conf: the method follows from the first digit of the identity (TS 23.003 clause 19.3.2); secrets for
# the loopback only.
write_hostapd_conf() {
  cat >"$UT_TMP/hostapd.conf" <<CONF
interface=as0
driver=none
logger_stdout=-1
logger_stdout_level=0
eap_server=1
eap_user_file=$UT_TMP/eap_user
eap_sim_db=unix:$UT_TMP/auc.sock
eap_sim_aka_result_ind=1
eap_sim_id=0
radius_server_clients=$UT_TMP/clients
radius_server_auth_port=1812
CONF
  printf '"0"* AKA\n"1"* SIM\n"6"* AKA'"'"'\n' >"$UT_TMP/eap_user"
  echo '127.0.0.1/32 testing123' >"$UT_TMP/clients"
}

# write_peer_conf METHOD [PIN]: the PIN comes from the file, as eapol_test knows no other way.
write_peer_conf() {
  printf 'network={\n key_mgmt=WPA-EAP\n eap=%s\n pcsc=""\n%s}\n' "$1" "${2:+ pin=\"$2\"
}" >"$UT_TMP/peer.conf"
}

server_ready() {
  ut_log_has auc "auc ready" && ss -lun | grep -q ':1812 '
}

# start_server AUC-OPTION...
start_server() {
  : >"$UT_TMP/auc.log"
  rm -f "$UT_TMP/auc.sock"
  ut_start auc /usr/bin/python3 "$EAP_HERE/auc/auc.py" "$UT_TMP/auc.sock" --k "$k" --opc "$opc" "$@"
  ut_start hostapd hostapd -dd "$UT_TMP/hostapd.conf"
  ut_wait_for 5 server_ready
}

# run_peer LOG: one authentication; the exit status of eapol_test.
run_peer() {
  timeout 20 eapol_test -c "$UT_TMP/peer.conf" -a 127.0.0.1 -p 1812 -s testing123 -t 8 >"$1" 2>&1
}
