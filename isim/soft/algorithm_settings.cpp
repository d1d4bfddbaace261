#include "isim/soft/algorithm_settings.h"

#include "base/encoding.h"
#include "isim/soft/milenage.h"
#include "isim/soft/tuak.h"

#include <string>
#include <utility>

namespace ut::isim::soft {
namespace {

constexpr std::uint64_t kMostIterations = 255;

std::optional<SecretBytes> secret_of(std::string_view text) {
  auto octets = from_hex(text);
  if (!octets) {
    return std::nullopt;
  }
  auto secret = SecretBytes::copy_of(*octets);
  wipe(*octets);
  return secret;
}

template <class Key>
std::optional<Key> key_of(std::string_view setting, std::string_view text,
                          const WrongSetting& wrong) {
  const auto octets = secret_of(text);
  auto key = octets ? Key::from(octets->expose()) : std::nullopt;
  if (!key) {
    wrong(setting, "must be " + std::to_string(2 * Key::size) + " hexadecimal digits");
  }
  return key;
}

// The operator's constant bound to K: given so, or computed by `bind`, which needs K.
template <class Bound, class Constant, class Bind>
std::optional<Bound> bound_constant(std::string_view name,
                                    const std::optional<std::string_view>& constant_text,
                                    std::string_view bound_name,
                                    const std::optional<std::string_view>& bound_text,
                                    const WrongSetting& wrong, const Bind& bind) {
  if (constant_text.has_value() == bound_text.has_value()) {
    wrong(bound_name,
          std::string("or ").append(name).append(" must be given, and only one of them"));
    return std::nullopt;
  }
  if (bound_text) {
    return key_of<Bound>(bound_name, *bound_text, wrong);
  }
  const auto constant = key_of<Constant>(name, *constant_text, wrong);
  return constant ? bind(*constant) : std::nullopt;
}

void refuse(bool given, std::string_view setting, std::string_view algorithm,
            const WrongSetting& wrong) {
  if (given) {
    wrong(setting, std::string("is no setting of ").append(algorithm));
  }
}

std::unique_ptr<const AkaAlgorithm> make_milenage(const AlgorithmSettings& settings,
                                                  const WrongSetting& wrong) {
  const auto k = settings.k ? key_of<K>("k", *settings.k, wrong) : std::nullopt;
  const auto opc = bound_constant<Opc, Op>(
      "op", settings.op, "opc", settings.opc, wrong,
      [&k](const Op& op) { return k ? std::optional(opc_of(*k, op)) : std::nullopt; });
  refuse(settings.top.has_value(), "top", "milenage", wrong);
  refuse(settings.topc.has_value(), "topc", "milenage", wrong);
  refuse(settings.keccak_iterations.has_value(), "keccak_iterations", "milenage", wrong);
  refuse(settings.res_octets.has_value(), "res_octets", "milenage", wrong);
  if (!k || !opc) {
    return nullptr;
  }
  return std::make_unique<const Milenage>(*k, *opc);
}

std::unique_ptr<const AkaAlgorithm> make_tuak(const AlgorithmSettings& settings,
                                              const WrongSetting& wrong) {
  auto k = settings.k ? secret_of(*settings.k) : std::nullopt;
  const bool k_fits = k && (k->size() == 16 || k->size() == 32);
  if (settings.k && !k_fits) {
    wrong("k", "must be 32 or 64 hexadecimal digits");
  }
  const auto iterations = settings.keccak_iterations.value_or(1);
  const bool iterations_fit = iterations >= 1 && iterations <= kMostIterations;
  if (!iterations_fit) {
    wrong("keccak_iterations", "must be from 1 to " + std::to_string(kMostIterations));
  }
  const auto res = settings.res_octets.value_or(8);
  const bool res_fits = res == 4 || res == 8 || res == 16;
  if (!res_fits) {
    wrong("res_octets", "must be 4, 8 or 16");
  }
  auto topc = bound_constant<Topc, Top>(
      "top", settings.top, "topc", settings.topc, wrong, [&](const Top& top) {
        return k_fits && iterations_fit
                   ? std::optional(topc_of(k->expose(), top, static_cast<unsigned>(iterations)))
                   : std::nullopt;
      });
  refuse(settings.op.has_value(), "op", "tuak", wrong);
  refuse(settings.opc.has_value(), "opc", "tuak", wrong);
  if (!k_fits || !topc || !iterations_fit || !res_fits) {
    return nullptr;
  }
  return std::make_unique<const Tuak>(*std::move(k), *std::move(topc),
                                      static_cast<std::size_t>(res),
                                      static_cast<unsigned>(iterations));
}

}  // namespace

std::unique_ptr<const AkaAlgorithm> make_algorithm(const AlgorithmSettings& settings,
                                                   const WrongSetting& wrong) {
  bool all_right = true;
  const WrongSetting note = [&](std::string_view setting, std::string_view what) {
    all_right = false;
    wrong(setting, what);
  };
  if (!settings.k) {
    note("k", "is missing");
  }
  std::unique_ptr<const AkaAlgorithm> algorithm;
  const auto name = settings.algorithm.value_or("milenage");
  if (name == "milenage") {
    algorithm = make_milenage(settings, note);
  } else if (name == "tuak") {
    algorithm = make_tuak(settings, note);
  } else {
    note("algorithm", "must be one of milenage, tuak");
  }
  return all_right ? std::move(algorithm) : nullptr;
}

}  // namespace ut::isim::soft
