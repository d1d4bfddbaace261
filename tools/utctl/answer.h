// What a command of utctl found, for people and for programs.
#pragma once

#include "base/error.h"
#include "base/secret.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace ut::utctl {

// Documented in --help and utctl.1.
enum class Exit : std::uint8_t {
  done = 0,
  failed = 1,
  usage = 2,
  bad_configuration = 3,
  pin_closed = 4,  // `pin status`: the configured PIN is not sent to some card or token
  denied = 5,      // `explain`: the policy denies it
  // Of the NAF, for XCAP documents:
  other_version = 6,  // 412: the document is another version than was meant
  not_found = 7,      // 404
  conflict = 8,       // 409: the document would not be right afterwards
  refused = 9,        // any other answer than 2xx
  not_ready = 10,     // `health`: it could not serve a request now
};

struct Answer {
  Exit exit = Exit::done;
  std::string text;
  nlohmann::ordered_json json;
  bool printed = false;    // already, while it came
  bool complaint = false;  // the words go to standard error
  // Printed alone, the words go to standard error then; never held as text [KEY-4].
  SecretBytes secret{};
};

enum class Format : std::uint8_t { text, json };

// As it is printed on standard output.
std::string show(const Answer& answer, Format format);

// A failure: a line for standard error, or JSON for standard output.
std::string show(const Error& error, Format format);

Exit exit_of(const Error& error);

// What a peer sent, fit for one line of a terminal.
std::string printable(std::string text);

}  // namespace ut::utctl
