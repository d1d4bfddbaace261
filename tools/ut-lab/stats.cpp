#include "tools/ut-lab/stats.h"

#include "base/log.h"

#include <nlohmann/json.hpp>

namespace ut::lab {

void Stats::finding(std::string_view where, std::string_view rule) {
  ++findings[std::string(where).append(": ").append(rule)];
  log::warning("lab.finding", {{"where", where}, {"rule", rule}});
}

void Stats::reset() {
  bsf = {};
  findings.clear();
  for (auto& [name, naf] : nafs) {
    const auto open = naf.open_connections;
    naf = {};
    naf.open_connections = open;
  }
  for (auto& [name, server] : application_servers) {
    server = {};
  }
}

nlohmann::json to_json(const Stats& stats) {
  auto nafs = nlohmann::json::object();
  for (const auto& [name, naf] : stats.nafs) {
    nafs[name] = {
        {"connections", naf.connections},
        {"open_connections", naf.open_connections},
        {"full_handshakes", naf.full_handshakes},
        {"resumed_handshakes", naf.resumed_handshakes},
        {"failed_handshakes", naf.failed_handshakes},
        {"psk_handshakes", naf.psk_handshakes},
        {"psk_unknown_identities", naf.psk_unknown_identities},
        {"certificate_handshakes", naf.certificate_handshakes},
        {"last_handshake_error", naf.last_handshake_error},
        {"negotiated", naf.negotiated},
        {"application_octets", naf.application_octets},
        {"requests", naf.requests},
        {"authenticated", naf.authenticated},
        {"without_authorization", naf.without_authorization},
        {"body_octets_without_authorization", naf.body_octets_without_authorization},
        {"aka_challenges", naf.aka_challenges},
        {"aka_authenticated", naf.aka_authenticated},
        {"aka_resynchronised", naf.aka_resynchronised},
        {"certificate_authenticated", naf.certificate_authenticated},
        {"certificates_issued", naf.certificates_issued},
        {"challenged", naf.challenged},
        {"statuses", naf.statuses},
    };
  }
  auto servers = nlohmann::json::object();
  for (const auto& [name, server] : stats.application_servers) {
    servers[name] = {{"requests", server.requests},
                     {"refused", server.refused},
                     {"asserted_identities", server.asserted_identities}};
  }
  const auto& bsf = stats.bsf;
  return {{"bsf",
           {{"connections", bsf.connections},
            {"requests", bsf.requests},
            {"initial_requests", bsf.initial_requests},
            {"tmpi_requests", bsf.tmpi_requests},
            {"challenges", bsf.challenges},
            {"bootstrapped", bsf.bootstrapped},
            {"auts", bsf.auts},
            {"refused", bsf.refused}}},
          {"nafs", nafs},
          {"application_servers", servers},
          {"findings", stats.findings}};
}

}  // namespace ut::lab
