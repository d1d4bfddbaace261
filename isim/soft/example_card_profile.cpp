#include "isim/soft/card_profile.h"

namespace ut::isim::soft {
namespace {

constexpr std::string_view kExample = R"(# A software card. The file holds K: mode 0600.

[card]
iccid = "8988211000000123456"
applications = ["isim", "usim"]   # in the order of EF_DIR
atr = "dual"                      # protocols offered: "t0", "t1" or "dual"
answers = "direct"                # "direct", or "t0": always 61xx and GET RESPONSE
logical_channels = 19             # beside the basic one, 0 to 19

[subscriber]
imsi = "001010123456789"
mnc_length = 2
# Left out, these follow from the IMSI (TS 23.003 clause 13).
impi = "001010123456789@ims.mnc001.mcc001.3gppnetwork.org"
domain = "ims.mnc001.mcc001.3gppnetwork.org"
impus = ["sip:alice@ims.mnc001.mcc001.3gppnetwork.org", "tel:+88212345678"]
p_cscfs = []                      # FQDN or IP address; needs ISIM service 1 or 5

[keys]
algorithm = "milenage"            # or "tuak"
# The published test set 1 of Milenage (TS 35.208): for tests only.
k = "465b5ce8b199b49faa5f0a2ee238a6bc"
opc = "cd63cb71954a9f4e48a5994e37a02baf"   # or op
# With "tuak": k of 32 or 64 digits; topc, or top, of 64 digits in place of opc; and
# keccak_iterations = 1           # how often the permutation runs
# res_octets = 8                  # RES: 4, 8 or 16

[sequence]
file = "sqn"                      # relative to this file; written before each answer
start = 0                         # the last SQN used, when there is no file yet
# age_limit = 100000              # L of TS 33.102 annex C.2.2; left out: no limit

[pin]
enabled = true
pin = "1234"
puk = "12345678"
# universal_pin = "5678"          # key reference 11; replaces PIN1 where that is not enabled
# second_pin = "2345"             # key reference 81
# adm = "4141414141414141"        # ADM1, key reference 0A, as hexadecimal digits; left out: no ADM
# file = "pins"                   # keeps tries and changed PINs; left out: they end with the process

[services]
isim = []                         # EF_IST; 2: GBA context; 3: HTTP Digest context
usim = [27, 38]                   # EF_UST; 27: Kc with CK and IK; 38: GSM context; 68: GBA context

# The HTTP Digest context of the ISIM, service 3.
# [digest]
# user = "alice"                  # left out: the IMPI
# password = "..."

# Any further file, or another content of one of the above: see --print-example-profile=full.
# [[files]]
# directory = "isim"              # "mf", "isim" or "usim"
# name = "EF_UICCIARI"            # or id = "6FE7", with kind = "transparent", "linear-fixed", "cyclic" or "ber-tlv"
# text = ["urn:example"]          # each in a data object 80; or content = "00FF" of a transparent file,
#                                 # records = ["00FF"], objects = ["8001FF"] of a BER-TLV file
# size = 60                       # octets of the body or of each record, of all objects of a BER-TLV file
# count = 4                       # records
# sfi = 0                         # short identifier, 0: none; left out: the standard's
# read = "pin"                    # "always", "never", "pin", "second-pin", "universal-pin" or "adm"
# update = "adm"                  # or, for both, rule = "8001019000": a record of EF_ARR
# absent = true                   # a card without this file
)";

}  // namespace

std::string_view example_card_profile() {
  return kExample;
}

}  // namespace ut::isim::soft
