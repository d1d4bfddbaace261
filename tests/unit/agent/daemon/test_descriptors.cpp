#include "agent/daemon/descriptors.h"

#include "tests/support/catch.h"

#include <sys/resource.h>

using namespace ut;
using namespace ut::daemon;

TEST_CASE("there are as many connections as there are descriptors for", "[API-6]") {
  AgentConfig config;
  config.subscribers.resize(1);
  config.ua.nafs.clear();
  const auto one_naf = descriptors_beside_connections(config);
  CHECK(one_naf > config.ua.channels_per_naf + 16);
  config.local.limits.connections = 100;
  REQUIRE(fit_connections(config, one_naf + 100));
  CHECK(config.local.limits.connections == 100);
  REQUIRE(fit_connections(config, one_naf + 99));
  CHECK(config.local.limits.connections == 99);
  REQUIRE(fit_connections(config, one_naf + 1));
  CHECK(config.local.limits.connections == 1);
  const auto none = fit_connections(config, one_naf);
  REQUIRE(!none);
  CHECK(none.error().code == ErrorCode::config_invalid);
  CHECK(none.error().detail.find("LimitNOFILE=") != std::string::npos);
}

TEST_CASE("every NAF of every subscriber may have its channels", "[API-6]") {
  AgentConfig config;
  config.subscribers.resize(1);
  const auto before = descriptors_beside_connections(config);
  config.ua.nafs["a.home1.net"];
  CHECK(descriptors_beside_connections(config) == before);
  config.ua.nafs["b.home1.net"];
  CHECK(descriptors_beside_connections(config) == before + config.ua.channels_per_naf);
  config.subscribers.resize(2);
  CHECK(descriptors_beside_connections(config) > before + 3 * config.ua.channels_per_naf);
}

TEST_CASE("the soft limit of descriptors becomes the hard one", "[API-6]") {
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit lowered = before;
  lowered.rlim_cur = 200;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &lowered) == 0);
  CHECK(descriptor_limit() == 200);
  raise_descriptor_limit();
  CHECK(descriptor_limit() == before.rlim_max);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
}
