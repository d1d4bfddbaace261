// The fuzz targets: each takes any octets and must come back. libFuzzer drives them one by one
// (tools/fuzz); the corpora replay in the ordinary test run.
#pragma once

#include "base/bytes.h"

#include <span>
#include <string_view>
#include <vector>

namespace ut::fuzz {

// Aborts where something does not hold that must hold for every input.
void card_stack(ByteView input);
void card_files(ByteView input);
void card_answers(ByteView input);
void auth_headers(ByteView input);
void bootstrapping_info(ByteView input);
void request_target(ByteView input);
void requests(ByteView input);
void key_request(ByteView input);
void server_flight(ByteView input);
void psk_flight(ByteView input);
void certificates(ByteView input);
void naf_challenges(ByteView input);
void naf_answers(ByteView input);

// Pieces of the input, one a line.
std::vector<std::string_view> lines_of(ByteView input);

struct Target {
  std::string_view name;  // of its folder below tests/fuzz/corpus
  void (*run)(ByteView input);
};
inline constexpr Target kTargets[] = {
    {"card_stack", card_stack},
    {"card_files", card_files},
    {"card_answers", card_answers},
    {"auth_headers", auth_headers},
    {"bootstrapping_info", bootstrapping_info},
    {"request_target", request_target},
    {"requests", requests},
    {"key_request", key_request},
    {"server_flight", server_flight},
    {"psk_flight", psk_flight},
    {"certificates", certificates},
    {"naf_challenges", naf_challenges},
    {"naf_answers", naf_answers},
};

}  // namespace ut::fuzz
