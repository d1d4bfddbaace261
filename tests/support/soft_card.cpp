#include "tests/support/soft_card.h"

#include "base/encoding.h"
#include "tests/support/vectors.h"

#include <stdexcept>

namespace ut::test {

isim::soft::CardProfile soft_profile(const SoftCard::Changes& changes) {
  std::string toml(isim::soft::example_card_profile());
  for (const auto& [from, to] : changes) {
    const auto at = toml.find(from);
    if (at == std::string::npos) {
      throw std::invalid_argument("not in the example profile: " + from);
    }
    toml.replace(at, from.size(), to);
  }
  auto profile = isim::soft::parse_card_profile(toml, "/nowhere");
  if (!profile) {
    throw std::invalid_argument(to_text(profile.error()));
  }
  return std::move(*profile);
}

SoftCard::SoftCard(const Changes& changes, isim::CardProtocol protocol)
    : uicc_([&] {
        auto profile = soft_profile(changes);
        const auto sqns =
            isim::soft::SqnArray::used_up_to(profile.sqn_start, profile.sqn_age_limit);
        return isim::soft::Uicc(std::move(profile), sqns, store_,
                                [this](isim::Application, isim::soft::AuthenticateEvent event) {
                                  events_.push_back(event);
                                });
      }()),
      transport_(uicc_, protocol) {}

std::string SoftCard::send(std::string_view command) {
  return to_hex(uicc_.exchange(hex(command)).expose());
}

}  // namespace ut::test
