// A tree of values in one line, for comparing in tests.
#pragma once

#include "isim/file_value.h"

#include <string>

namespace ut::test {

// {name: ..} [..] "text" 7 true x'0102' secret(8)
std::string outline(const isim::Value& value);

}  // namespace ut::test
