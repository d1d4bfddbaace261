#include "isim/service_table.h"

#include "tests/support/catch.h"
#include "tests/support/vectors.h"

#include <set>
#include <string_view>

using namespace ut;
using namespace ut::isim;

TEST_CASE("service n is bit n-1, lowest first", "[IS-3]") {
  // The table that Android's tests use.
  const ServiceTable table{test::hex("e300")};
  std::set<unsigned> available;
  for (const IsimService service : isim_services()) {
    if (table.available(service)) {
      available.insert(static_cast<unsigned>(service));
    }
  }
  CHECK(available == std::set<unsigned>{1, 2, 6, 7, 8});
}

TEST_CASE("a short or empty table offers nothing beyond its end", "[IS-3]") {
  CHECK_FALSE(ServiceTable{}.available(IsimService::p_cscf_address));
  const ServiceTable table{test::hex("ff")};
  CHECK(table.available(IsimService::sm_over_ip));
  CHECK_FALSE(table.available(IsimService::communication_control));
  CHECK(ServiceTable{test::hex("000020")}.available(IsimService::ims_data_channel));
}

TEST_CASE("every service has a name of its own") {
  std::set<std::string_view> names;
  for (const IsimService service : isim_services()) {
    names.insert(name(service));
  }
  CHECK(names.size() == 22);
  CHECK_FALSE(names.contains("unknown"));
}
