// The files of MF, ADF_ISIM and ADF_USIM as data: where each is, what it is called and how its
// octets are read (TS 102 221 clause 13, TS 31.103 clause 4.2, TS 31.102 clause 4.2) [IS-3].
#pragma once

#include "base/result.h"
#include "isim/file_value.h"
#include "isim/uicc_files.h"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace ut::isim {

enum class Directory : std::uint8_t { mf, isim, usim };

// Reads one part of a file: the body of a transparent file, one record, or one data object of a
// BER-TLV file with its tag and length. card_file_malformed when it is not coded as it should be.
using PartDecoder = Result<Value> (*)(ByteView part);

struct FileSpec {
  Directory directory;
  FileId id;
  std::uint8_t sfi;  // 1 to 30; 0: the standard gives none
  FileStructure structure;
  std::string_view name;     // "EF_IMPI"
  std::string_view subject;  // "IMS private user identity"
  // Numbers in EF_IST (EF_UST in the USIM) of which one being available means that the file is
  // there; 0: none. Both 0: the file does not depend on a service.
  std::array<std::uint8_t, 2> services;
  bool secret;         // holds keys: raw octets are secret
  PartDecoder decode;  // nullptr: named, but shown as octets
};

// The files of one directory, by file identifier.
std::span<const FileSpec> files_of(Directory directory);

// nullptr when there is no such file in the table.
const FileSpec* find_file(Directory directory, FileId id);
// By name, in either case, with or without "EF_": "EF_IMPI", "impi".
const FileSpec* find_file(Directory directory, std::string_view name);

// "MF", "ADF_ISIM", "ADF_USIM".
std::string_view name(Directory directory);

}  // namespace ut::isim
