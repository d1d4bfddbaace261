#include "agent/control/key_answer.h"

#include "base/encoding.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace ut::control {
namespace {

constexpr std::string_view kBeforeKey = R"(,"key":")";
constexpr std::string_view kAfterKey = "\"}\n";

// Everything but the key, without the brace at the end.
std::string public_part(const gba::SecurityAssociation& association, const gba::NafId& naf_id,
                        SteadyTime now) {
  const auto left = std::chrono::floor<std::chrono::seconds>(association.deadline() - now);
  const nlohmann::ordered_json json = {
      {"naf", naf_id.fqdn()},
      {"ua_protocol_id", naf_id.ua().to_text()},
      {"key_kind", association.key_kind()},
      {"b_tid", association.b_tid()},
      {"expires", to_text(association.expires())},
      {"expires_in", std::max<std::int64_t>(left.count(), 0)},
  };
  std::string text = json.dump();
  text.pop_back();
  return text;
}

}  // namespace

SecretBytes key_answer(const gba::SecurityAssociation& association, const gba::NafId& naf_id,
                       const gba::KsNaf* key, SteadyTime now) {
  const std::string begin = public_part(association, naf_id, now);
  if (key == nullptr) {
    return SecretBytes::copy_of(as_bytes(begin + "}\n"));
  }
  const SecretBytes base64 = to_base64_secret(key->expose());
  SecretBytes answer(begin.size() + kBeforeKey.size() + base64.size() + kAfterKey.size());
  auto at = answer.expose_mutable().begin();
  for (const ByteView part :
       {as_bytes(begin), as_bytes(kBeforeKey), base64.expose(), as_bytes(kAfterKey)}) {
    at = std::ranges::copy(part, at).out;
  }
  return answer;
}

}  // namespace ut::control
