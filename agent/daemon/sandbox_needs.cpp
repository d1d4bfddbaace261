#include "agent/daemon/sandbox_needs.h"

#include "agent/daemon/client_certificates.h"
#include "agent/token/token_uri.h"
#include "base/durable_file.h"

#include <algorithm>
#include <string>
#include <vector>

namespace ut::daemon {
namespace {

void add_folder(std::vector<std::string>& to, const std::string& file) {
  if (!file.empty()) {
    to.push_back(folder_of(file).string());
  }
}

// Of a setting that is a file or an object of a token.
void add_folder_or_module(std::vector<std::string>& to, const std::string& setting) {
  if (!token::is_token_uri(setting)) {
    add_folder(to, setting);
  } else if (const auto uri = token::parse_token_uri(setting)) {
    add_folder(to, uri->module_path);
  }
}

}  // namespace

SandboxNeeds sandbox_needs(const AgentConfig& config) {
  SandboxNeeds needs;
  auto& read = needs.read_paths = config.sandbox.read_paths;
  auto& write = needs.write_paths = config.sandbox.write_paths;
  add_folder(read, config.path);
  add_folder(read, config.trust.ca_file);
  add_folder(read, config.trust.crl_file);
  for (const auto& [fqdn, naf] : config.ua.nafs) {
    add_folder_or_module(read, naf.client_certificate_file);
    add_folder_or_module(read, naf.client_key_file);
    add_folder(read, token_pin_file(naf));
  }
  for (const auto& subscriber : config.subscribers) {
    add_folder(read, subscriber.card.pin_file);
    add_folder(write, subscriber.card.pin_latch_file);
  }
  const auto add_socket = [&write](const local::UnixSocketConfig& socket) {
    if (socket.inherited < 0) {
      add_folder(write, socket.path);
    }
  };
  std::ranges::for_each(config.local.unix_sockets, add_socket);
  if (config.local.control_socket) {
    add_socket(*config.local.control_socket);
  }
  add_folder(write, config.token_file);
  for (const auto& socket : config.local.tcp_sockets) {
    if (socket.inherited < 0) {
      needs.tcp_ports.push_back(socket.port);
    }
  }
  if (config.local.metrics_socket && config.local.metrics_socket->inherited < 0) {
    needs.tcp_ports.push_back(config.local.metrics_socket->port);
  }
  needs.landlock = std::ranges::all_of(
      config.local.applications,
      [](const local::Application& application) { return application.executables.empty(); });
#ifdef UT_COVERAGE_FOLDER
  // Where a build that counts what its tests reach leaves its counts.
  write.emplace_back(UT_COVERAGE_FOLDER);
#endif
  return needs;
}

}  // namespace ut::daemon
