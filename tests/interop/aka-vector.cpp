// Shows what isim/soft computes, in osmo-auc-gen's form, to a test that compares the two.
//   aka-vector vector K OP|- OPC|- RAND SQN AMF     the network's vector
//   aka-vector card K OPC RAND SQNMS AUTN           a card that used all SQN up to SQNMS
//   aka-vector auts K OPC RAND AUTS                 the network's reading of AUTS
// Octets in hexadecimal, sequence numbers in decimal. The keys are a test's: they may be seen.
#include "base/encoding.h"
#include "isim/soft/auc.h"
#include "isim/soft/milenage.h"
#include "isim/soft/usim_aka.h"

#include <cstdio>
#include <iostream>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

namespace {

using namespace ut;
using namespace ut::isim;
using namespace ut::isim::soft;

template <class Value>
Value read(const std::string& text) {
  const auto octets = from_hex(text);
  auto value = octets ? Value::from(*octets) : std::nullopt;
  if (!value) {
    throw std::invalid_argument(text);
  }
  return std::move(*value);
}

Sqn read_sqn(const std::string& text) {
  const auto sqn = Sqn::from(std::stoull(text));
  if (!sqn) {
    throw std::invalid_argument(text);
  }
  return *sqn;
}

void print(std::string_view name, ByteView octets) {
  std::cout << name << ":\t" << to_hex(octets) << '\n';
}

class ForgetfulStore final : public SqnStore {
 public:
  Result<void> save(const SqnArray&) override { return {}; }
};

void vector(std::span<const std::string> words) {
  const auto k = read<K>(words[0]);
  const auto opc = words[1] != "-" ? opc_of(k, read<Op>(words[1])) : read<Opc>(words[2]);
  const auto result =
      make_vector(Milenage(k, opc), read<Rand>(words[3]), read_sqn(words[4]), read<Amf>(words[5]));
  print("RAND", result.rand.view());
  print("AUTN", result.autn.view());
  print("IK", result.ik.expose());
  print("CK", result.ck.expose());
  print("RES", result.xres.octets.expose());
  print("SRES", sres_of(result.xres).expose());
  print("Kc", kc_of(result.ck, result.ik).expose());
}

void card(std::span<const std::string> words) {
  ForgetfulStore store;
  UsimAka aka(std::make_unique<const Milenage>(read<K>(words[0]), read<Opc>(words[1])),
              SqnArray::used_up_to(read_sqn(words[3])), store);
  const auto outcome = aka.authenticate(read<Rand>(words[2]), read<Autn>(words[4]));
  if (const auto* success = std::get_if<AkaSuccess>(&*outcome)) {
    print("RES", success->res.octets.expose());
  } else if (const auto* failure = std::get_if<AkaSynchronisationFailure>(&*outcome)) {
    print("AUTS", failure->auts.view());
  } else {
    std::cout << "MAC failure\n";
  }
}

void auts(std::span<const std::string> words) {
  const auto sqn = verify_auts(Milenage(read<K>(words[0]), read<Opc>(words[1])),
                               read<Rand>(words[2]), read<Auts>(words[3]));
  if (sqn) {
    std::cout << "SQN.MS:\t" << sqn->value() << '\n';
  } else {
    std::cout << "MAC failure\n";
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const auto rest = std::span(words).subspan(words.empty() ? 0 : 1);
  try {
    if (words.size() == 7 && words[0] == "vector") {
      vector(rest);
    } else if (words.size() == 6 && words[0] == "card") {
      card(rest);
    } else if (words.size() == 5 && words[0] == "auts") {
      auts(rest);
    } else {
      std::cerr << "aka-vector: see the head of its source\n";
      return 2;
    }
  } catch (const std::exception& error) {
    std::cerr << "aka-vector: " << error.what() << '\n';
    return 2;
  }
  return 0;
}
