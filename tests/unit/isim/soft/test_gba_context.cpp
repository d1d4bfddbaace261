// The GBA context over files that are not those of every card.
#include "isim/soft/gba_context.h"

#include "base/encoding.h"
#include "isim/tlv.h"
#include "tests/support/catch.h"
#include "tests/support/vectors.h"
#include "tests/unit/isim/soft/aka_fixture.h"

using namespace ut;
using namespace ut::isim;
using namespace ut::isim::soft;

namespace {

const Bytes kNafId = test::hex("6e6166010001c02f");  // "naf"
const Bytes kOther = test::hex("6f6168010001c02f");
const Bytes kImpi = test::hex("614062");

struct Adf {
  Adf(std::size_t gbabp_size, std::vector<Bytes> gbanl) {
    file.kind = FileKind::adf;
    gbabp = &add_transparent(file, 0x6fd5, std::nullopt, Rule::all_pin, Bytes(gbabp_size, 0xff));
    if (!gbanl.empty()) {
      list = &add_linear_fixed(file, 0x6fd7, std::nullopt, Rule::read_pin, std::move(gbanl));
    }
  }
  // As the terminal does after the bootstrapping.
  void write_b_tid() { std::ranges::copy(test::hex("0161ff"), gbabp->content.begin() + 17); }

  File file;
  File* gbabp = nullptr;
  File* list = nullptr;
};

Bytes record(ByteView naf_id) {
  Bytes content;
  append_tlv(content, 0x80, naf_id);
  append_tlv(content, 0x81, as_bytes("a"));
  content.resize(24, 0xff);
  return content;
}

void bootstrap(GbaContext& context) {
  context.bootstrap(fixture::rand(), Ck(), Ik());
}

}  // namespace

TEST_CASE("files that cannot keep RAND or a record give no GBA context", "[IS-5][UB-7]") {
  const auto has_context = [](std::size_t gbabp_size, std::vector<Bytes> gbanl,
                              Application application) {
    Adf adf(gbabp_size, std::move(gbanl));
    return GbaContext::of(adf.file, application).has_value();
  };
  const std::vector<Bytes> records{Bytes(24, 0xff)};
  CHECK(has_context(17, records, Application::isim));
  CHECK_FALSE(has_context(16, records, Application::isim));
  CHECK_FALSE(has_context(0, records, Application::isim));
  CHECK_FALSE(has_context(100, {}, Application::isim));
  // The USIM's files have other identifiers.
  CHECK_FALSE(has_context(100, records, Application::usim));
}

TEST_CASE("records that the card was made with are taken into account", "[UB-7]") {
  Adf adf(100, {record(kOther), record(kNafId), Bytes(24, 0xff)});
  auto context = GbaContext::of(adf.file, Application::isim);
  REQUIRE(context.has_value());
  bootstrap(*context);
  adf.write_b_tid();
  // No key stands behind the record, which is nevertheless that of the NAF.
  CHECK_FALSE(context->use_ks_int_naf(kNafId).has_value());
  CHECK(context->derive(kNafId, kImpi).has_value());
  CHECK(context->use_ks_int_naf(kNafId).has_value());
  CHECK(adf.list->records[1] == record(kNafId));
  CHECK(adf.list->records[2] == Bytes(24, 0xff));

  CHECK(context->derive(test::hex("616161010001c02f"), kImpi).has_value());
  CHECK(adf.list->records[2] == record(test::hex("616161010001c02f")));
  // Now all are in use but the first, which never had a key.
  CHECK(context->derive(test::hex("626262010001c02f"), kImpi).has_value());
  CHECK(adf.list->records[0] == record(test::hex("626262010001c02f")));
}

TEST_CASE("a list of one record holds the last NAF alone", "[UB-7]") {
  Adf adf(100, {Bytes(24, 0xff)});
  auto context = GbaContext::of(adf.file, Application::isim);
  REQUIRE(context.has_value());
  bootstrap(*context);
  adf.write_b_tid();
  CHECK(context->derive(kNafId, kImpi).has_value());
  CHECK(context->derive(kOther, kImpi).has_value());
  CHECK_FALSE(context->use_ks_int_naf(kNafId).has_value());
  CHECK(context->use_ks_int_naf(kOther).has_value());
}
