#include "agent/gba/bootstrapping_info.h"

#include "tests/support/catch.h"
#include "tests/support/vectors.h"

using namespace ut;
using namespace ut::gba;
using namespace std::chrono;
using namespace std::chrono_literals;

namespace {

auto parse(std::string_view document) {
  return parse_bootstrapping_info(as_bytes(document));
}

std::string document(std::string_view content) {
  return "<BootstrappingInfo xmlns=\"uri:3gpp-gba\">" + std::string(content) +
         "</BootstrappingInfo>";
}

std::string with_b_tid(std::string_view b_tid) {
  return document("<btid>" + std::string(b_tid) +
                  "</btid><lifetime>2030-01-01T00:00:00Z</lifetime>");
}

std::string with_lifetime(std::string_view lifetime) {
  return document("<btid>a@b</btid><lifetime>" + std::string(lifetime) + "</lifetime>");
}

const UtcTime k2030 = sys_days(year(2030) / 1 / 1);

}  // namespace

TEST_CASE("the document of the vectors", "[UB-4]") {
  const auto& ub = test::vectors().at("gba").at("ub");
  const auto info = parse(ub.at("ok_body").get<std::string>());
  REQUIRE(info);
  CHECK(info->b_tid == ub.at("btid").get<std::string>());
  CHECK(info->lifetime == k2030);
  CHECK_FALSE(info->current_time);
}

TEST_CASE("prefixes, unknown elements, attributes and the extension", "[UB-4]") {
  const auto info = parse(
      R"(<?xml version="1.0" encoding="UTF-8"?>
         <!-- made by a BSF -->
         <g:BootstrappingInfo xmlns:g="uri:3gpp-gba" xmlns="urn:other" version="2">
           <btid>not this one</btid>
           <g:btid id="1">a@b</g:btid>
           <g:new><g:btid>nor this</g:btid></g:new>
           <g:lifetime> 2030-01-01T00:00:00.250Z
           </g:lifetime>
           <g:Extension><x:y xmlns:x="urn:y"/><g:currenttime>2029-12-31T23:00:00Z</g:currenttime>
           </g:Extension>
         </g:BootstrappingInfo>)");
  REQUIRE(info);
  CHECK(info->b_tid == "a@b");
  CHECK(info->lifetime == k2030);
  CHECK(info->current_time == k2030 - 1h);
}

TEST_CASE("a B-TID of any form is taken as it is", "[UB-11]") {
  CHECK(parse(with_b_tid("0a1b2c3d@bsf.home1.net"))->b_tid == "0a1b2c3d@bsf.home1.net");
  CHECK(parse(with_b_tid("x"))->b_tid == "x");
  CHECK(parse(with_b_tid("a&amp;b@c"))->b_tid == "a&b@c");
  CHECK(parse(with_b_tid(std::string(kMaxBTid, 'a'))));
}

TEST_CASE("a B-TID that could not be a username is refused", "[UB-4][UB-11]") {
  for (const auto* b_tid : {"", " ", "a b", " a@b", "a@b\n", "a&quot;b", "a\\b", "a&#10;b",
                            "a\xc3\xbc", "a<x/>b", "<![CDATA[a@b]]>", "a&unknown;b"}) {
    INFO(b_tid);
    // An unknown entity stays as it is written, so it is no entity any more.
    CHECK(parse(with_b_tid(b_tid)).has_value() == (std::string_view(b_tid) == "a&unknown;b"));
  }
  CHECK_FALSE(parse(with_b_tid(std::string(kMaxBTid + 1, 'a'))));
}

TEST_CASE("documents that are not a BootstrappingInfo are refused", "[UB-4]") {
  CHECK_FALSE(parse(""));
  CHECK_FALSE(parse("btid"));
  CHECK_FALSE(parse("<BootstrappingInfo xmlns=\"uri:3gpp-gba\"><btid>a@b</btid>"));
  CHECK_FALSE(
      parse("<BootstrappingInfo><btid>a@b</btid>"
            "<lifetime>2030-01-01T00:00:00Z</lifetime></BootstrappingInfo>"));
  CHECK_FALSE(
      parse("<BootstrappingInfo xmlns=\"uri:3gpp-GBA\"><btid>a@b</btid>"
            "<lifetime>2030-01-01T00:00:00Z</lifetime></BootstrappingInfo>"));
  CHECK_FALSE(
      parse("<x xmlns=\"uri:3gpp-gba\"><btid>a@b</btid>"
            "<lifetime>2030-01-01T00:00:00Z</lifetime></x>"));
  CHECK_FALSE(parse("<x>" + with_b_tid("a@b") + "</x>"));
  CHECK_FALSE(parse(document("<btid>a@b</btid>")));
  CHECK_FALSE(parse(document("<lifetime>2030-01-01T00:00:00Z</lifetime>")));
  CHECK_FALSE(
      parse(document("<btid>a@b</btid><btid>a@c</btid>"
                     "<lifetime>2030-01-01T00:00:00Z</lifetime>")));
  CHECK_FALSE(
      parse(document("<btid>a@b</btid><lifetime>2030-01-01T00:00:00Z</lifetime>"
                     "<lifetime>2031-01-01T00:00:00Z</lifetime>")));
  CHECK_FALSE(parse(with_b_tid("a@b") + '\0'));
}

TEST_CASE("a DTD is refused and entities are never expanded", "[UB-4]") {
  CHECK_FALSE(parse("<!DOCTYPE BootstrappingInfo [<!ENTITY e \"a@b\">]>" + with_b_tid("&e;")));
  CHECK_FALSE(
      parse("<!DOCTYPE BootstrappingInfo SYSTEM \"file:///etc/passwd\">" + with_b_tid("a@b")));
}

TEST_CASE("size and depth do no harm", "[UB-4]") {
  const auto padded = [](std::size_t size) {
    auto text = with_b_tid("a@b");
    text.append(size - text.size(), ' ');
    return text;
  };
  CHECK(parse(padded(kMaxBootstrappingInfo)));
  CHECK_FALSE(parse(padded(kMaxBootstrappingInfo + 1)));
  std::string deep;
  for (int i = 0; i < 20000; ++i) {
    deep += "<a>";
  }
  CHECK_FALSE(parse(deep));
}

TEST_CASE("lifetime is an absolute time in UTC", "[UB-4]") {
  CHECK(parse_utc_date_time("2030-01-01T00:00:00Z") == k2030);
  CHECK(parse_utc_date_time("2029-12-31T24:00:00Z") == k2030);
  CHECK(parse_utc_date_time("2028-02-29T12:34:56.999999Z") ==
        UtcTime(sys_days(year(2028) / 2 / 29) + 12h + 34min + 56s));
  for (const auto* text : {"",
                           "3600",
                           "PT1H",
                           "2030-01-01T00:00:00",
                           "2030-01-01T00:00:00+00:00",
                           "2030-01-01T00:00:00z",
                           "2030-13-01T00:00:00Z",
                           "2030-00-01T00:00:00Z",
                           "2030-02-29T00:00:00Z",
                           "2030-01-01T25:00:00Z",
                           "2030-01-01T24:00:01Z",
                           "2030-01-01T00:60:00Z",
                           "2030-01-01T00:00:60Z",
                           "2030-01-01T00:00:00.Z",
                           "2030-01-01 00:00:00Z",
                           "30-01-01T00:00:00Z",
                           "-2030-01-01T00:00:00Z",
                           "2030-01-01T00:00:00ZZ",
                           "2030-1-1T0:0:0Z",
                           "2030-01-01T00:00:00 Z"}) {
    INFO(text);
    CHECK_FALSE(parse_utc_date_time(text));
    CHECK_FALSE(parse(with_lifetime(text)));
  }
}

TEST_CASE("a time is written in the form that lifetimes have", "[UB-7]") {
  for (const std::string text : {"2030-01-01T00:00:00Z", "2028-02-29T23:59:59Z",
                                 "0001-12-31T01:02:03Z", "9999-12-31T23:59:59Z"}) {
    CHECK(to_text(parse_utc_date_time(text).value()) == text);
  }
}

TEST_CASE("a currenttime that cannot be read is like none", "[UB-4]") {
  const auto info =
      parse(document("<btid>a@b</btid><lifetime>2030-01-01T00:00:00Z</lifetime>"
                     "<Extension><currenttime>now</currenttime></Extension>"));
  REQUIRE(info);
  CHECK_FALSE(info->current_time);
}
