#include "tools/isim-probe/commands.h"

namespace ut::probe {
namespace {

constexpr Command kCommands[] = {
    {"list", "the readers, which have a card, and who holds them", "list\nlist --json", add_list},
    {"info", "one screen: applications, identity, services, PIN",
     "info --reader 'ACS*'\ninfo --ask-pin --json\ninfo --pin-file /etc/ut-agent/pin --stats",
     add_info},
    {"files", "all files of MF and ISIM, decoded", "files --ask-pin\nfiles --raw --json",
     add_files},
    {"read", "one file: EF_IMPI, 6F02, MF/EF_DIR, USIM/6F07",
     "read EF_IMPI --ask-pin\nread USIM/EF_IMSI --raw", add_read},
    {"auth", "AUTHENTICATE, with a challenge given or made with keys from a file",
     "auth 23553cbe9637a89d218ae64dae47bf35 aa689c6482518000283d95cc0bf9a93c --ask-pin\n"
     "auth --key-file keys --ask-pin\nauth --context gsm 23553cbe9637a89d218ae64dae47bf35 "
     "--ask-pin",
     add_auth},
    {"gba", "GBA_U: what the card holds, a bootstrapping on it, the key of a NAF",
     "gba --ask-pin\ngba --key-file keys --naf xcap.example.org --protocol 0100000002 --ask-pin\n"
     "gba --naf xcap.example.org --protocol 0100000002 --ask-pin",
     add_gba},
    {"pin", "status, verify, change or unblock: a PIN and its tries",
     "pin status\npin verify --pin-file /etc/ut-agent/pin\npin change\n"
     "pin unblock --puk-file puk --new-pin-file pin",
     add_pin},
    {"apdu", "command APDUs as they are, at a prompt without arguments",
     "apdu 00a40004023f00 00a40004022f00 00b2010400\napdu --plain 00a40004023f00\n"
     "apdu --json < script\napdu",
     add_apdu},
    {"watch", "readers and cards that come and go, as it happens; ends with Ctrl-C",
     "watch\nwatch --json --reader 'ACS*'", add_watch},
    {"bench", "how long SELECT, READ BINARY, STATUS and AUTHENTICATE take",
     "bench --ask-pin\nbench --no-auth --rounds 1000 --json", add_bench},
    {"record", "another command, with its exchanges in a file and secrets left out",
     "record card.rec info --ask-pin\nrecord --identities card.rec doctor", add_record},
    {"replay", "another command on a recording in place of a card",
     "replay card.rec info\nreplay card.rec doctor --json", add_replay},
    {"doctor", "what is wrong between here and the subscriber, and what to do",
     "doctor\ndoctor --pin-file /etc/ut-agent/pin", add_doctor},
};

}  // namespace

std::span<const Command> commands() {
  return kCommands;
}

}  // namespace ut::probe
