// The readers of the smart card service (pcscd), watched.
#pragma once

#include "isim/reader_watch.h"

#include <memory>
#include <string>
#include <vector>

namespace ut::isim::pcsc {

// "Virtual PCD 00 0?" and "*ACR*": shell patterns (fnmatch) over reader names; one that begins with
// '!' excludes the readers that it matches, wherever it stands.
bool matches(const std::string& reader, const std::vector<std::string>& patterns);

// A watch over the readers whose names match `patterns`, in the order of the patterns and
// then of the service [IS-7]. It has a PC/SC context of its own, makes a new one when pcscd was
// restarted (an old context stays dead, whatever SCardIsValidContext says), and does not poll: it
// looks at the list of readers every few seconds.
std::unique_ptr<ReaderWatch> watch_readers(std::vector<std::string> patterns);

}  // namespace ut::isim::pcsc
