// The subscriber certificates that the lab's PKI portals issued, and the serial numbers that the
// operator revoked.
#pragma once

#include "base/clock.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ut::lab {

// A serial number as `serial_of` writes it, from hexadecimal digits of either case; nullopt for
// anything else.
std::optional<std::string> serial_number(std::string_view digits);

class SubscriberCertificates {
 public:
  struct Issued {
    std::string impi;  // who asked for it
    std::string serial;
    UtcTime not_after;
    std::string pem;
  };

  void add(Issued issued) { issued_.push_back(std::move(issued)); }
  // nullptr when no such certificate was issued.
  const Issued* find(std::string_view serial) const;

  // Of whichever CA, as the lab's own serial numbers are too long to come twice.
  void revoke(std::string serial) { revoked_.insert(std::move(serial)); }
  bool revoked(std::string_view serial) const { return revoked_.contains(serial); }

  void forget_all();

  // [{"impi": TEXT, "serial": HEX, "not_after": "2026-11-26T15:00:00Z"}, ...], oldest first.
  std::string json() const;

 private:
  std::vector<Issued> issued_;
  std::set<std::string, std::less<>> revoked_;
};

}  // namespace ut::lab
