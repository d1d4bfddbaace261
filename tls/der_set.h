// A set of DER objects, such as CA certificates or CRLs.
#pragma once

#include "base/bytes.h"

#include <string>
#include <vector>

namespace ut::tls {

// Sorts them, leaves out what is there twice, and gives a name: equal for equal sets.
std::string make_set(std::vector<Bytes>& objects);

}  // namespace ut::tls
