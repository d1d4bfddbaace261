#include "agent/control/status_document.h"

#include "agent/gba/security_association.h"
#include "base/log.h"
#include "isim/identity.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace ut::control {
namespace {

using Json = nlohmann::ordered_json;

Json of(const std::optional<Error>& error) {
  if (!error) {
    return nullptr;
  }
  return {{"code", name(error->code)}, {"text", to_text(*error)}};
}

Json of(const isim::Identity& identity) {
  auto impus = Json::array();
  for (const auto& impu : identity.impus) {
    impus.push_back(log::personal("impu", impu));
  }
  return {{"application", identity.application == isim::Application::isim ? "ISIM" : "USIM"},
          {"iccid", log::personal("iccid", identity.iccid)},
          {"impi", log::personal("impi", identity.impi)},
          {"impus", std::move(impus)},
          {"home_domain", identity.domain}};
}

Json of(const Overview::Card& card) {
  return {{"state", card.state},
          {"reader", card.reader.empty() ? Json(nullptr) : Json(card.reader)},
          {"epoch", card.epoch},
          {"subscriber", card.identity ? of(*card.identity) : Json(nullptr)},
          {"last_error", of(card.last_error)}};
}

Json of(const ports::Association& association, SteadyTime now) {
  if (!association) {
    return nullptr;
  }
  const auto left = std::chrono::floor<std::chrono::seconds>(association->deadline() - now);
  return {{"mode", association->on_card() ? "GBA_U" : "GBA_ME"},
          {"b_tid", log::personal("b_tid", association->b_tid())},
          {"expires", to_text(association->expires())},
          {"seconds_left", std::max<std::int64_t>(left.count(), 0)}};
}

Json of(const Overview::Bootstrapping& bootstrapping) {
  return {{"running", bootstrapping.running},
          {"runs", bootstrapping.runs},
          {"failures", bootstrapping.failures},
          {"last_failure", of(bootstrapping.last_failure)},
          {"retry_in", bootstrapping.retry_in.count()}};
}

Json of(const std::vector<Overview::Naf>& nafs) {
  auto list = Json::array();
  for (const auto& naf : nafs) {
    list.push_back({{"name", naf.fqdn},
                    {"port", naf.port},
                    {"way", naf.way},
                    {"passed_over", naf.passed_over}});
  }
  return list;
}

Json of(const Overview::Subscriber& subscriber, SteadyTime now) {
  const auto& channels = subscriber.channels;
  return {{"name", subscriber.name},
          {"card", of(subscriber.card)},
          {"association", of(subscriber.association, now)},
          {"bootstrapping", of(subscriber.bootstrapping)},
          {"channels",
           {{"idle", channels.idle}, {"in_use", channels.in_use}, {"waiting", channels.waiting}}},
          {"tls_sessions", subscriber.tls_sessions},
          {"nafs", of(subscriber.nafs)}};
}

}  // namespace

std::string association_document(const ports::Association& association, SteadyTime now) {
  return of(association, now).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string status_document(const Overview& overview, const KeyCounters& keys, SteadyTime now) {
  auto subscribers = Json::array();
  for (const auto& subscriber : overview.subscribers) {
    subscribers.push_back(of(subscriber, now));
  }
  const auto& sockets = overview.sockets;
  const Json document = {
      {"subscribers", std::move(subscribers)},
      {"sockets",
       {{"connections", sockets.connections},
        {"accepted", sockets.accepted},
        {"turned_away", sockets.turned_away},
        {"requests", sockets.requests},
        {"denied", sockets.denied},
        {"failed", sockets.failed}}},
      {"keys", {{"given", keys.given}, {"refused", keys.refused}}},
  };
  // Reader names and what a card says need not be UTF-8.
  return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string status_line(const Overview& overview, SteadyTime now) {
  std::string line;
  for (const auto& one : overview.subscribers) {
    line += line.empty() ? "" : "; ";
    line += overview.subscribers.size() > 1 ? one.name + ": " : "";
    line += "card " + std::string(one.card.state);
    if (one.association) {
      const auto left =
          std::chrono::floor<std::chrono::minutes>(one.association->deadline() - now).count();
      line += ", keys for " + std::to_string(std::max<std::int64_t>(left, 0)) + " min";
    } else if (one.bootstrapping.last_failure) {
      line += ", bootstrapping failed: " + std::string(name(one.bootstrapping.last_failure->code));
    }
  }
  return line;
}

}  // namespace ut::control
