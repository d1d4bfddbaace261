#include "agent/gba/ims_names.h"

#include "agent/gba/host_name.h"

#include <algorithm>

namespace ut::gba {
namespace {

constexpr std::string_view kSuffix = "3gppnetwork.org";

bool ends_with_labels(std::string_view domain, std::string_view suffix) {
  return domain.ends_with(suffix) &&
         (domain.size() == suffix.size() || domain[domain.size() - suffix.size() - 1] == '.');
}

// "mnc015.mcc234": two-digit MNC padded with one 0 on the left (TS 23.003 clause 13.2).
std::optional<std::string> network_labels(std::string_view imsi, unsigned mnc_length) {
  const bool digits = std::ranges::all_of(imsi, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || imsi.size() < 6 || imsi.size() > 15 || (mnc_length != 2 && mnc_length != 3)) {
    return std::nullopt;
  }
  std::string labels = mnc_length == 2 ? "mnc0" : "mnc";
  labels.append(imsi.substr(3, mnc_length)).append(".mcc").append(imsi.substr(0, 3));
  return labels;
}

// `service` before the domain, and "pub" before 3gppnetwork.org where it is not there already: the
// literal rule would make pub.pub of a domain that is public by itself.
std::optional<std::string> service_name(std::string_view service, std::string_view domain) {
  std::string name(service);
  if (!ends_with_labels(domain, kSuffix)) {
    return normal_host_name(name.append(domain));
  }
  const auto before = domain.substr(0, domain.size() - kSuffix.size());
  name.append(before);
  if (!(before == "pub." || before.ends_with(".pub."))) {
    name.append("pub.");
  }
  return normal_host_name(name.append(kSuffix));
}

std::optional<std::string> service_name_from_impi(std::string_view service, std::string_view impi) {
  const auto domain = domain_of(impi);
  return domain ? service_name(service, *domain) : std::nullopt;
}

}  // namespace

std::optional<std::string> domain_of(std::string_view impi) {
  const auto at = impi.rfind('@');
  if (at == std::string_view::npos || at == 0) {
    return std::nullopt;
  }
  return normal_host_name(impi.substr(at + 1));
}

std::optional<std::string> bsf_name_from_impi(std::string_view impi) {
  return service_name_from_impi("bsf.", impi);
}

std::optional<std::string> xcap_host_from_impi(std::string_view impi) {
  return service_name_from_impi("xcap.", impi);
}

std::optional<std::string> bsf_name_from_imsi(std::string_view imsi, unsigned mnc_length) {
  const auto labels = network_labels(imsi, mnc_length);
  return labels ? service_name("bsf.", *labels + ".3gppnetwork.org") : std::nullopt;
}

std::optional<std::string> bsf_name_from_usim_impi(std::string_view impi) {
  constexpr std::string_view kIms = "ims.";
  const auto domain = domain_of(impi);
  if (!domain || !domain->starts_with(kIms) || !ends_with_labels(*domain, kSuffix)) {
    return std::nullopt;
  }
  return service_name("bsf.", std::string_view(*domain).substr(kIms.size()));
}

std::optional<std::string> xcap_host_from_imsi(std::string_view imsi, unsigned mnc_length) {
  const auto domain = home_domain_from_imsi(imsi, mnc_length);
  return domain ? service_name("xcap.", *domain) : std::nullopt;
}

std::optional<std::string> home_domain_from_imsi(std::string_view imsi, unsigned mnc_length) {
  const auto labels = network_labels(imsi, mnc_length);
  return labels ? std::optional("ims." + *labels + ".3gppnetwork.org") : std::nullopt;
}

std::optional<std::string> impi_from_imsi(std::string_view imsi, unsigned mnc_length) {
  const auto domain = home_domain_from_imsi(imsi, mnc_length);
  return domain ? std::optional(std::string(imsi) + "@" + *domain) : std::nullopt;
}

}  // namespace ut::gba
