#include "agent/daemon/config.h"

namespace ut::daemon {

std::string_view default_config_text() {
  return R"(# ut-agent: every setting with its default. Lines that begin with #: take the # away and fill in.

[log]
level = "info"            # "trace", "debug", "info", "warning", "error"
personal_data = false     # true: IMPI, IMPU, B-TID and the like as they are, not as pseudonyms
access = true             # one line for each request of an application
audit = true              # one line for each use of a key, whatever the level: docs/logs.md
format = "auto"           # "text" or "json" on standard error, "journal": fields of the systemd journal; "auto": journal
                          #   where standard error is the journal's, else text

[card]
readers = ["*"]           # patterns of reader names (* and ?), the first that matches wins; "!*NFC*" excludes
mode = "shared"           # the card is reset after each PIN of ours. "exclusive": nobody else gets the reader
pin_file = ""             # first line is the PIN; mode 0600. Empty: no PIN is ever sent
pin_credential = ""       # or a systemd credential: its name in LoadCredential= of the unit
pin_latch_file = "/var/lib/ut-agent/pin-latch"  # remembers a PIN that was refused: utctl pin status
min_pin_tries = 2         # no PIN is sent when the card has fewer tries left (2 to 10)
iccid = ""                # digits: no other card will do
impi = ""                 # "user@home1.net": no other private identity will do, where a card has several ISIMs
aid = ""                  # hexadecimal: no other application will do; what its AID begins with
allow_usim = false        # true: the USIM of a card that has no ISIM will do
mnc_length = 0            # 2 or 3: digits of the MNC where a USIM does not tell. 0: what is known of its country
toolkit = false           # true: the agent is the terminal of the card's toolkit and obeys REFRESH; not where another
                          # program is that
timeout = 3               # seconds for one operation of the card
look_again = 1            # seconds after which a shared card is looked at before its keys are used; 0: each time

[ub]                      # bootstrapping with the BSF
bsf_host = ""             # empty: follows from the subscriber's identity (TS 23.003 clause 16.2)
fallback_bsf_host = ""    # asked when DNS does not know that name; "bsf.mnc001.mcc001.pub.3gppnetwork.org"
bsf_port = 80
bsf_address = ""          # "192.0.2.1:8080": connect here instead of what DNS says
http_proxy = ""           # "http://proxy.example:3128"
gba_mode = "auto"         # where Ks is kept. "u": on the card (GBA_U), or no bootstrapping; "me": in the agent (GBA_ME);
                          # "auto": on the card where its service table and the network say so, else in the agent
tmpi = true               # false: the IMPI in each run, though the BSF knows temporary identities
require_rspauth = true    # false only for a test BSF that proves nothing
accept_foreign_realm = false
max_lifetime = 604800     # seconds; a longer lifetime of a key is cut to this
min_age = 30              # seconds; a younger key is not replaced because one NAF refuses it
timeout = 10              # seconds for one request to the BSF
back_off = 2              # seconds after a failed run, doubled with each further failure
longest_back_off = 600
longest_retry_after = 3600 # seconds; a longer wait that the BSF asks for is cut to this

[xcap]
root = ""                 # what GET /xcap tells applications; empty: that of the card, else http://xcap.DOMAIN/ (TS 23.003)

# [[subscriber]]          # several at once, each with a card, keys and connections of his own; none: the one that
# name = "work"           #   [card] and [ub] describe. The first acts where nobody else is named
# [subscriber.card]       # what is not as in [card]: readers, iccid, impi, aid, mode, pin_file, ...
# readers = ["*ACR*"]
# [subscriber.ub]         # what is not as in [ub]
# bsf_host = "bsf.work.example"
# [subscriber.xcap]       # what is not as in [xcap]
# root = "https://xcap.work.example/"

[tls]
ca_file = ""              # PEM file of the CAs that vouch for NAFs; empty: those of the system. Replaced while the
                          #   agent runs, it counts within a second of traffic; connections made before it end
crl_file = ""             # CRLs of those CAs, PEM (any number) or DER (one); replaced in the same way. Empty: none
crl_check = "soft"        # "soft": what a CRL lists is refused; "hard": each certificate of a NAF and of the CAs between
                          #   it and the trusted one needs a CRL of its issuer that is not out of date; "off"
ocsp_stapling = "soft"    # a NAF shows by a stapled OCSP response that its certificate was not revoked: "hard": it
                          #   must; "soft": it need not, but what it shows must be good; "off": it is not asked

[ua]                      # towards NAFs and Authentication Proxies
channels_per_naf = 32     # of which an application that is alone gets 24
waiting_per_naf = 1024    # requests that may wait for a channel
connect_timeout = 10      # seconds
answer_timeout = 30       # seconds from a request to the header of its answer
idle_timeout = 30         # seconds that an unused channel is kept

# [[naf]]                 # what is special about one NAF
# name = "xcap.home1.net"
# address = "127.0.0.1:8443"     # connect here instead of what DNS says (labs)
# allow_unauthenticated = false  # true: this NAF need not ask for authentication
# require_rspauth = true         # false: this NAF need not prove that it knows the key
# prefer_auth_int = false        # true: take qop auth-int where the NAF offers both
# methods = ["digest"]           # how it is reached, most wanted first: "digest" (HTTP Digest, certificate of the NAF),
#                                # "psk" (PSK TLS; shows the B-TID to whoever answers at the NAF's address),
#                                # "aka" (HTTP Digest AKA with the card, no BSF; the NAF must know the card's operator),
#                                # "subscriber_certificate" (client certificate that the PKI portal issues),
#                                # "certificate" (client certificate from files or a token: not ISIM based)
# psk_tls = ["1.3", "1.2"]       # versions of PSK TLS, most wanted first
# psk_separator = ";"            # between "3GPP-bootstrapping" and B-TID; some NAFs want "."
# aka_algorithms = ["AKAv2-SHA-256", "AKAv2-MD5"]  # most wanted first; "AKAv1-MD5" is open to relayed challenges
# aka_realms = []                # realms that this NAF may name with AKA, the usual one first; none: its own name
# pki_portal = ""                # FQDN of the PKI portal (TS 33.221), for "subscriber_certificate"
# ua_protocol_id = ""            # what the key of Digest is for, if not the TLS suite: ten hexadecimal digits. A PKI
#                                # portal's is 0100000000; "tls" where it wants that of the suite
# client_certificate = ""        # PEM, the certificate and its issuers, for "certificate"; or of the key's token:
#                                # "pkcs11:object=ut;type=cert"
# client_key = ""                # PEM without encryption, mode 0600; or of a token (RFC 7512, its module named):
#                                # "pkcs11:token=T;object=ut?module-path=/usr/lib/softhsm/libsofthsm2.so"
# client_key_pin_file = ""       # PIN of the token, first line, mode 0600; or pin-source=file:/PATH of client_key
# pins = []                      # "sha256//" and base64 of keys that its certificate may have, as in curl; none: any
# plain_http = false             # true: HTTP Digest without TLS, on port 80; in builds for conformance tests alone

[limits]                  # of the applications' side
connections = 1024
connections_per_uid = 512 # all of TCP count as those of one uid
connections_per_caller = 256 # of one uid at one socket: a uid with two applications gives each a socket
header_octets = 16384
body_octets = 1048576
idle_timeout = 75         # seconds between two requests
header_timeout = 10
body_timeout = 60
answer_timeout = 120
write_timeout = 30
drain = 5                 # seconds for running requests after SIGTERM

[control]                 # where utctl reaches the agent
socket = ""               # "/run/ut-agent/control.sock"; empty: there is none
mode = "0600"             # who may connect may do everything there, so never others
group = ""                # empty: the agent's own group

[metrics]                 # numbers and health for Prometheus and the like; the control socket has them too
address = ""              # "127.0.0.1:9464": who can connect there reads them, and can do nothing else; empty: nowhere

[tokens]                  # for applications with made_tokens: utctl token make, list, revoke
file = ""                 # "/var/lib/ut-agent/tokens": digests of the tokens; empty: no token is ever made

[sandbox]                 # the agent shuts itself in: it starts no program, opens no other kind of socket, reads and
mode = "auto"             #   writes only where this configuration has its files. "auto": as far as the kernel has Landlock
                          #   and filters of system calls; "required": both, or no start; "off"
read_paths = []           # folders and files beyond those that are named elsewhere
write_paths = []          # folders

# [[socket]]              # a Unix socket for applications; one at least, or [tcp]
# name = "apps"           # a .socket unit of systemd with this FileDescriptorName= makes it, at the same path, with mode
#                         #   and owner of its own; "control" and "tcp" are the names of [control] and [tcp]
# path = "/run/ut-agent/ut.sock"
# mode = "0660"
# group = "presence"      # empty: the agent's own group

# [tcp]                   # HTTP on the loopback; applications need a token
# address = "127.0.0.1"   # or "::1"; nothing else
# port = 8055

# [[application]]         # who may ask for what; everything else is denied
# name = "presence"
# sockets = ["apps"]      # empty: every Unix socket; "tcp" must be named
# users = ["alice"]       # names or numbers
# groups = []
# token_sha256 = ""       # hexadecimal; of the token that the application sends
# made_tokens = false     # true: it needs a token, and those that utctl token make made for it are good
# executables = []        # narrows a grant: absolute paths; without Landlock, which hides them
# units = []              # narrows a grant: systemd units
# nafs = ["xcap.home1.net"]          # or "*.home1.net"
# methods = ["GET", "HEAD", "PUT", "DELETE"]
# auids = ["pres-rules", "resource-lists"]   # "*": all
# roots = ["/"]           # XCAP root paths, without the AUID; "*": all
# own_xui_only = true     # false: other users' documents and targets that are no XCAP too
# identities = []         # for X-3GPP-Intended-Identity; "*": all that the card has
# rate = 0                # requests a second; what comes faster waits for its turn, up to 5 s, then it is refused. 0: any
# burst = 1               # so many of them at once after a rest; absent: as many as rate
# subscribers = ["work"]  # names of [[subscriber]], its own first; absent: the first of all. A request may name one in
#                         #   Ut-Subscriber; else the one who owns its intended identity or XUI, else the first

# [[keys]]                # a key that leaves the agent, to an application that speaks another Ua protocol itself
# application = "presence"           # the name of an [[application]]; over Unix sockets alone
# nafs = ["kms.home1.net"]           # FQDNs, no patterns
# ua_protocol_ids = ["0100000006"]   # TS 33.220 annex H; never 010001yyzz, 0100000000, 0100000002, 0100000007, 0100000100
)";
}

}  // namespace ut::daemon
