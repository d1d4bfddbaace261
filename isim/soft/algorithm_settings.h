// A subscriber's AKA algorithm from the settings that profiles and configurations have for it.
#pragma once

#include "isim/soft/aka_algorithm.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace ut::isim::soft {

// As the file has them; keys and constants in hexadecimal digits.
struct AlgorithmSettings {
  std::optional<std::string_view> algorithm{};  // "milenage" (also when left out) or "tuak"
  std::optional<std::string_view> k{};          // 16 octets; of TUAK 32 too
  std::optional<std::string_view> op{};         // Milenage: 16 octets, or
  std::optional<std::string_view> opc{};        // the same bound to K
  std::optional<std::string_view> top{};        // TUAK: 32 octets, or
  std::optional<std::string_view> topc{};       // the same bound to K
  // TUAK: how often the permutation runs, 1 when left out.
  std::optional<std::uint64_t> keccak_iterations{};
  // TUAK: octets of RES, 4, 8 (also when left out) or 16.
  std::optional<std::uint64_t> res_octets{};
};

// Takes the name of a setting and what is wrong with it: "k", "must be 32 hexadecimal digits".
using WrongSetting = std::function<void(std::string_view setting, std::string_view what)>;

// nullptr when something is wrong; all of it was given to `wrong` then, and no octet of a key.
std::unique_ptr<const AkaAlgorithm> make_algorithm(const AlgorithmSettings& settings,
                                                   const WrongSetting& wrong);

}  // namespace ut::isim::soft
