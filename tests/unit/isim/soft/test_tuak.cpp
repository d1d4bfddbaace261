#include "isim/soft/tuak.h"

#include "base/encoding.h"
#include "isim/soft/auc.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"
#include "tests/unit/isim/soft/aka_fixture.h"

using namespace ut;
using namespace ut::isim;
using namespace ut::isim::soft;

namespace {

const nlohmann::json& sets() {
  return test::vectors()["tuak"]["sets"];
}

// One set of the vectors, ready for use.
struct Set {
  explicit Set(const nlohmann::json& set)
      : json(set),
        k(SecretBytes::copy_of(test::hex_of(set["K"]))),
        rand(*Rand::from(test::hex_of(set["RAND"]))),
        sqn(Sqn::read(std::span<const std::uint8_t, 6>(test::hex_of(set["SQN"])))),
        amf(*Amf::from(test::hex_of(set["AMF"]))),
        iterations(set["keccak_iterations"].get<unsigned>()) {}
  std::string text(const char* name) const { return json[name].get<std::string>(); }
  std::size_t octets(const char* name) const { return json[name].get<std::size_t>() / 8; }

  const nlohmann::json& json;
  SecretBytes k;
  Rand rand;
  Sqn sqn;
  Amf amf;
  unsigned iterations;
};

}  // namespace

TEST_CASE("TUAK gives the values of all six test sets", "[IS-5]") {
  REQUIRE(sets().size() == 6);
  for (const auto& json : sets()) {
    const Set set(json);
    INFO("set " << json["set"]);
    const auto topc =
        topc_of(set.k.expose(), *Top::from(test::hex_of(json["TOP"])), set.iterations);
    CHECK(to_hex(topc.expose()) == set.text("TOPc"));
    const TuakFunctions tuak(set.k.clone(), topc.clone(),
                             {.mac = set.octets("mac_bits"),
                              .res = set.octets("res_bits"),
                              .ck = set.octets("ck_bits"),
                              .ik = set.octets("ik_bits")},
                             set.iterations);
    CHECK(to_hex(tuak.f1(set.rand, set.sqn, set.amf).expose()) == set.text("f1"));
    CHECK(to_hex(tuak.f1_star(set.rand, set.sqn, set.amf).expose()) == set.text("f1star"));
    const auto response = tuak.f2345(set.rand);
    CHECK(to_hex(response.res.expose()) == set.text("f2"));
    CHECK(to_hex(response.ck.expose()) == set.text("f3"));
    CHECK(to_hex(response.ik.expose()) == set.text("f4"));
    CHECK(to_hex(response.ak.expose()) == set.text("f5"));
    CHECK(to_hex(tuak.f5_star(set.rand).expose()) == set.text("f5star"));
  }
}

TEST_CASE("TUAK as an algorithm of AKA is that of the one set with AKA's sizes", "[IS-5]") {
  std::size_t seen = 0;
  for (const auto& json : sets()) {
    if (json["mac_bits"] != 64 || json["ck_bits"] != 128 || json["ik_bits"] != 128) {
      continue;
    }
    ++seen;
    const Set set(json);
    const Tuak tuak(set.k.clone(), *Topc::from(test::hex_of(json["TOPc"])), set.octets("res_bits"),
                    set.iterations);
    CHECK(to_hex(tuak.f1(set.rand, set.sqn, set.amf).expose()) == set.text("f1"));
    CHECK(to_hex(tuak.f1_star(set.rand, set.sqn, set.amf).expose()) == set.text("f1star"));
    const auto response = tuak.f2345(set.rand);
    CHECK(to_hex(response.res.octets.expose()) == set.text("f2"));
    CHECK(to_hex(response.ck.expose()) == set.text("f3"));
    CHECK(to_hex(response.ik.expose()) == set.text("f4"));
    CHECK(to_hex(response.ak.expose()) == set.text("f5"));
    CHECK(to_hex(tuak.f5_star(set.rand).expose()) == set.text("f5star"));
  }
  CHECK(seen == 1);
}

TEST_CASE("network and card agree with TUAK of every size that AKA carries", "[IS-5][UB-5]") {
  const Set set(sets()[5]);
  for (const std::size_t k_size : {16U, 32U}) {
    for (const std::size_t res_size : {4U, 8U, 16U}) {
      for (const unsigned iterations : {1U, 2U, 255U}) {
        INFO("K " << k_size << " RES " << res_size << " iterations " << iterations);
        const auto tuak = [&] {
          return std::make_unique<const Tuak>(
              SecretBytes::copy_of(set.k.expose().first(k_size)),
              topc_of(set.k.expose().first(k_size), *Top::from(test::hex_of(set.json["TOP"])),
                      iterations),
              res_size, iterations);
        };
        soft::fixture::FakeSqnStore store;
        UsimAka aka(tuak(), SqnArray(), store);
        const auto vector = make_vector(*tuak(), set.rand, fixture::sqn(64), set.amf);
        const auto first = aka.authenticate(set.rand, vector.autn);
        REQUIRE(first.has_value());
        const auto* success = std::get_if<AkaSuccess>(&*first);
        REQUIRE(success != nullptr);
        CHECK(success->res.octets.size() == res_size);
        CHECK(to_hex(success->res.octets.expose()) == to_hex(vector.xres.octets.expose()));
        CHECK(to_hex(success->ck.expose()) == to_hex(vector.ck.expose()));
        CHECK(to_hex(success->ik.expose()) == to_hex(vector.ik.expose()));
        const auto replay = aka.authenticate(set.rand, vector.autn);
        const auto* failure = std::get_if<AkaSynchronisationFailure>(&*replay);
        REQUIRE(failure != nullptr);
        CHECK(verify_auts(*tuak(), set.rand, failure->auts) == fixture::sqn(64));
        Autn forged = vector.autn;
        forged.mutable_view()[15] ^= 1;
        CHECK(std::holds_alternative<AkaMacFailure>(*aka.authenticate(set.rand, forged)));
      }
    }
  }
}
