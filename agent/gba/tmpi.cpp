#include "agent/gba/tmpi.h"

#include "base/encoding.h"

#include <cstddef>

namespace ut::gba {
namespace {

constexpr std::size_t kOctets = 24;  // of the key: 32 characters of base64 without padding
constexpr std::string_view kDomain = "@tmpi.bsf.3gppnetwork.org";

}  // namespace

std::optional<NafId> bsf_id(std::string_view b_tid) {
  const auto at = b_tid.rfind('@');
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  return NafId::make(b_tid.substr(at + 1), UaProtocolId::tmpi());
}

std::string tmpi(const KsNaf& key_of_bsf_id) {
  return to_base64(ByteView(key_of_bsf_id.expose()).first(kOctets)).append(kDomain);
}

}  // namespace ut::gba
