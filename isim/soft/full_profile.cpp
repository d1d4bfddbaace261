#include "isim/soft/card_profile.h"

#include <string>
#include <string_view>

namespace ut::isim::soft {
namespace {

// TS 31.103 clause 4.2, TS 31.102 clause 4.2 and TS 102 221 clause 13, apart from what every card
// has; and what the service HTTP Digest needs. EF_GBABP and EF_GBANL follow from the service GBA.
constexpr std::string_view kFiles = R"(
[digest]
password = "secret"

[[files]]
directory = "mf"
name = "EF_UMPC"
content = "3C05000000"            # no suspension of the UICC

[[files]]
directory = "isim"
name = "EF_SMS"
records = ["00"]
size = 176
count = 5

[[files]]
directory = "isim"
name = "EF_SMSP"
size = 28
count = 1

[[files]]
directory = "isim"
name = "EF_SMSR"
records = ["00", "00"]
size = 30

[[files]]
directory = "isim"
name = "EF_SMSS"
content = "FFFF"

[[files]]
directory = "isim"
name = "EF_NAFKCA"
text = ["nafkc.ims.mnc001.mcc001.3gppnetwork.org"]
size = 64
count = 2

[[files]]
directory = "isim"
name = "EF_UICCIARI"
text = ["urn:urn-7:3gpp-application.ims.iari.example"]
size = 64
count = 3

[[files]]
directory = "isim"
name = "EF_FromPreferred"
content = "01"

[[files]]
directory = "isim"
name = "EF_IMSConfigData"
# A tag, a colon and a text: the length is put between.
objects = ["800101", '81:<?xml version="1.0"?><characteristic type="IMS"><parm name="AppID" value="ap2001"/><parm name="Name" value="IMS"/><parm name="Timer_T1" value="2000"/><parm name="Timer_T2" value="4000"/><parm name="Timer_T3" value="6000"/><parm name="Timer_T4" value="8000"/><parm name="Timer_T5" value="10000"/><parm name="Timer_T6" value="12000"/><parm name="Timer_T7" value="14000"/><parm name="Timer_T8" value="16000"/></characteristic>']
size = 2048

[[files]]
directory = "isim"
name = "EF_XCAPConfigData"
objects = ["805ba059810100820101a15182045843415083076578616d706c658431687474703a2f2f786361702e696d732e6d6e633030312e6d63633030312e7075622e336770706e6574776f726b2e6f72678505616c6963658606736563726574"]
size = 1024

[[files]]
directory = "isim"
name = "EF_WebRTCURI"
text = ["wss://webrtc.ims.mnc001.mcc001.3gppnetwork.org"]
size = 80

[[files]]
directory = "isim"
name = "EF_MuDMiDConfigData"
objects = ["800100", "81:<mudmid/>"]
size = 256

[[files]]
directory = "isim"
name = "EF_AC_GBAUAPI"
records = ["803c10a0000000871004ffffffff89010100002a6e61662e696d732e6d6e633030312e6d63633030312e336770706e6574776f726b2e6f72670100000002"]
size = 80

[[files]]
directory = "isim"
name = "EF_IMSDCI"
content = "02"

# A file of the issuer, with an identifier of its own.
[[files]]
directory = "isim"
id = "6F7E"
kind = "cyclic"
records = ["000001", "000002", "000003"]
read = "pin"
update = "pin"

[[files]]
directory = "usim"
name = "EF_Keys"
size = 33
content = "07"
update = "pin"

[[files]]
directory = "usim"
name = "EF_KeysPS"
size = 33
content = "07"
update = "pin"

[[files]]
directory = "usim"
name = "EF_SMS"
records = ["00"]
size = 176
count = 5

[[files]]
directory = "usim"
name = "EF_MSISDN"
records = ["FFFFFFFFFFFFFFFFFFFFFFFFFFFF07918812325476F8"]
size = 28
count = 2

[[files]]
directory = "usim"
name = "EF_SMSP"
size = 28
count = 1

[[files]]
directory = "usim"
name = "EF_SMSS"
content = "FFFF"

[[files]]
directory = "usim"
name = "EF_SPN"
content = "014578616D706C65"
size = 17
read = "always"

[[files]]
directory = "usim"
name = "EF_SMSR"
records = ["00", "00"]
size = 30

[[files]]
directory = "usim"
name = "EF_NAFKCA"
text = ["nafkc.ims.mnc001.mcc001.3gppnetwork.org"]
size = 64
count = 2

[[files]]
directory = "usim"
name = "EF_UICCIARI"
text = ["urn:urn-7:3gpp-application.ims.iari.example"]
size = 64

[[files]]
directory = "usim"
name = "EF_FromPreferred"
content = "00"

[[files]]
directory = "usim"
name = "EF_IMSConfigData"
objects = ["800101", "81:<ims/>"]
size = 512

[[files]]
directory = "usim"
name = "EF_XCAPConfigData"
objects = ["805ba059810100820101a15182045843415083076578616d706c658431687474703a2f2f786361702e696d732e6d6e633030312e6d63633030312e7075622e336770706e6574776f726b2e6f72678505616c6963658606736563726574"]
size = 1024

[[files]]
directory = "usim"
name = "EF_MuDMiDConfigData"
objects = ["800100", "81:<mudmid/>"]
size = 256
)";

// Gives the line that sets `key` another value; what is behind it on the line goes.
void set(std::string& profile, std::string_view key, std::string_view value) {
  const auto at = profile.find("\n" + std::string(key) + " = ") + 1;
  const auto end = profile.find('\n', at);
  profile.replace(at, end - at, std::string(key) + " = " + std::string(value));
}

}  // namespace

std::string full_card_profile() {
  std::string profile(example_card_profile());
  set(profile, "p_cscfs",
      R"(["pcscf.ims.mnc001.mcc001.3gppnetwork.org", "192.0.2.1", "2001:db8::1"])");
  set(profile, "isim", "[1, 2, 3, 4, 6, 7, 8, 10, 17, 18, 19, 20, 21, 22]");
  set(profile, "usim", "[10, 11, 12, 19, 21, 27, 38, 68, 76, 95, 114, 115, 120, 134]");
  return profile.append(kFiles);
}

}  // namespace ut::isim::soft
