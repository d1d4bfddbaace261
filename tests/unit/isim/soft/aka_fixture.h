// Milenage test set 1 and shorthands for the tests of AKA.
#pragma once

#include "isim/soft/milenage.h"
#include "isim/soft/usim_aka.h"
#include "tests/support/vectors.h"

#include <memory>
#include <string_view>

namespace ut::isim::soft::fixture {

inline constexpr std::string_view kK = "465b5ce8b199b49faa5f0a2ee238a6bc";
inline constexpr std::string_view kOpc = "cd63cb71954a9f4e48a5994e37a02baf";
inline constexpr std::string_view kRand = "23553cbe9637a89d218ae64dae47bf35";

inline Milenage milenage() {
  return {*K::from(ut::test::hex(kK)), *Opc::from(ut::test::hex(kOpc))};
}
inline std::unique_ptr<const AkaAlgorithm> algorithm() {
  return std::make_unique<const Milenage>(milenage());
}
inline Rand rand() {
  return *Rand::from(ut::test::hex(kRand));
}
inline Amf amf(std::string_view text = "8000") {
  return *Amf::from(ut::test::hex(text));
}
inline Sqn sqn(std::uint64_t value) {
  return *Sqn::from(value);
}

// Remembers what was stored, and refuses on demand.
class FakeSqnStore final : public SqnStore {
 public:
  Result<void> save(const SqnArray& sqns) override {
    if (fail_) {
      return ut::fail(ErrorCode::system_call_failed, "fake store");
    }
    ++saves_;
    saved_ = sqns;
    return {};
  }
  void fail_from_now(bool fail) { fail_ = fail; }
  int saves() const { return saves_; }
  const SqnArray& saved() const { return saved_; }

 private:
  bool fail_ = false;
  int saves_ = 0;
  SqnArray saved_;
};

}  // namespace ut::isim::soft::fixture
