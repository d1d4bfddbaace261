#include "agent/gba/ims_names.h"

#include "tests/support/catch.h"
#include "tests/support/vectors.h"

#include <string>

using namespace ut;
using namespace ut::gba;

TEST_CASE("BSF and XCAP names of the examples of TS 23.003", "[UB-1][XC-1]") {
  for (const auto& example : test::vectors().at("names").at("cases")) {
    const auto& in = example.at("in");
    if (in.contains("impi")) {
      const auto impi = in.at("impi").get<std::string>();
      CHECK(bsf_name_from_impi(impi) == example.at("bsf").get<std::string>());
      CHECK(xcap_host_from_impi(impi) == example.at("xcap_host").get<std::string>());
    } else if (in.contains("imsi")) {
      const auto imsi = in.at("imsi").get<std::string>();
      const auto mnc_length = in.at("mnc_len").get<unsigned>();
      CHECK(bsf_name_from_imsi(imsi, mnc_length) == example.at("bsf").get<std::string>());
      CHECK(xcap_host_from_imsi(imsi, mnc_length) == example.at("xcap_host").get<std::string>());
      CHECK(home_domain_from_imsi(imsi, mnc_length) == example.at("domain").get<std::string>());
      CHECK(impi_from_imsi(imsi, mnc_length) == example.at("impi").get<std::string>());
    } else {
      const auto imsi =
          in.at("mcc").get<std::string>() + in.at("mnc").get<std::string>() + "0000000000";
      CHECK(xcap_host_from_imsi(imsi, 2) == example.at("xcap_host").get<std::string>());
    }
  }
}

TEST_CASE("the BSF of a USIM has no label ims", "[UB-1]") {
  CHECK(bsf_name_from_usim_impi("234150999999999@ims.mnc015.mcc234.3gppnetwork.org") ==
        bsf_name_from_imsi("234150999999999", 2));
  CHECK_FALSE(bsf_name_from_usim_impi("user@operator.com"));
  CHECK_FALSE(bsf_name_from_usim_impi("user@mnc015.mcc234.3gppnetwork.org"));
}

TEST_CASE("a three-digit MNC is not padded", "[UB-1]") {
  CHECK(bsf_name_from_imsi("310410123456789", 3) == "bsf.mnc410.mcc310.pub.3gppnetwork.org");
}

TEST_CASE("pub is put in once, and only before 3gppnetwork.org", "[UB-1]") {
  CHECK(bsf_name_from_impi("u@ims.mnc015.mcc234.pub.3gppnetwork.org") ==
        "bsf.ims.mnc015.mcc234.pub.3gppnetwork.org");
  CHECK(bsf_name_from_impi("u@pub.3gppnetwork.org") == "bsf.pub.3gppnetwork.org");
  CHECK(bsf_name_from_impi("u@3gppnetwork.org") == "bsf.pub.3gppnetwork.org");
  CHECK(bsf_name_from_impi("u@epub.3gppnetwork.org") == "bsf.epub.pub.3gppnetwork.org");
  CHECK(bsf_name_from_impi("u@my3gppnetwork.org") == "bsf.my3gppnetwork.org");
  CHECK(bsf_name_from_impi("u@IMS.MNC015.MCC234.3GPPNETWORK.ORG") ==
        "bsf.ims.mnc015.mcc234.pub.3gppnetwork.org");
}

TEST_CASE("identities without a host name give no BSF name", "[UB-1]") {
  for (const auto* impi : {"", "user", "@home1.net", "user@", "user@192.0.2.1", "user@home 1.net",
                           "user@-home.net", "user@home1.net:80", "user@home1.net/x"}) {
    INFO(impi);
    CHECK_FALSE(bsf_name_from_impi(impi));
    CHECK_FALSE(xcap_host_from_impi(impi));
  }
  for (const auto* imsi : {"", "23415", "2341509999999991", "23415a999999999"}) {
    CHECK_FALSE(bsf_name_from_imsi(imsi, 2));
  }
  CHECK_FALSE(bsf_name_from_imsi("234150999999999", 1));
  CHECK_FALSE(bsf_name_from_imsi("234150999999999", 4));
}
