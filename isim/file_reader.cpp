#include "isim/file_reader.h"

#include "isim/text_object.h"
#include "isim/tlv.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

namespace ut::isim {
namespace {

constexpr std::size_t kMaxRecords = 254;
constexpr std::uint32_t kTagList = 0x5c;
// Of a file whose card has no list of tags: those that the files of the table have.
constexpr std::uint32_t kUsualTags[] = {0x80, 0x81, 0xa0};
constexpr std::size_t kMaxDataObjects = 256;

// The card knows no access by SFI, or none to this file.
bool says_select_it(const Error& error) {
  return error.foreign.kind == ForeignKind::status_word &&
         (error.code == ErrorCode::card_command_refused ||
          error.code == ErrorCode::card_file_missing);
}

FileContent body(FileStructure structure, std::optional<Fcp> fcp, SecretBytes octets) {
  FileContent content{structure, std::move(fcp), {}};
  content.parts.push_back({0, std::move(octets)});
  return content;
}

Result<FileContent> read_records(CardSession& session, const Fcp& fcp) {
  FileContent content{fcp.structure, fcp, {}};
  const std::size_t count =
      fcp.record_count == 0 ? kMaxRecords : std::min(fcp.record_count, kMaxRecords);
  for (std::size_t number = 1; number <= count; ++number) {
    TRY(auto record, session.read_record(fcp, static_cast<std::uint8_t>(number)));
    if (!record) {
      break;
    }
    content.parts.push_back({static_cast<std::uint32_t>(number), *std::move(record)});
  }
  return content;
}

// The tags of the data object 5C: one after the other, without lengths.
std::vector<std::uint32_t> tags_of(ByteView octets) {
  std::vector<std::uint32_t> tags;
  const auto list = read_tlv(octets);
  if (!list || list->tag != kTagList) {
    return tags;
  }
  ByteView rest = list->value;
  while (!rest.empty() && tags.size() < kMaxDataObjects) {
    const auto tag = read_tag(rest);
    if (!tag) {
      break;
    }
    tags.push_back(*tag);
  }
  return tags;
}

Result<FileContent> read_data_objects(CardSession& session, const Fcp& fcp) {
  std::vector<std::uint32_t> tags(std::begin(kUsualTags), std::end(kUsualTags));
  auto list = session.retrieve_data(kTagList);
  if (list && *list) {
    tags = tags_of((*list)->expose());
  } else if (!list && !says_select_it(list.error())) {
    return std::unexpected(std::move(list).error());
  }
  FileContent content{fcp.structure, fcp, {}};
  for (const std::uint32_t tag : tags) {
    TRY(auto object, session.retrieve_data(tag));
    if (object) {
      content.parts.push_back({tag, *std::move(object)});
    }
  }
  return content;
}

Result<FileContent> read_selected(CardSession& session, const Fcp& fcp) {
  switch (fcp.structure) {
    case FileStructure::transparent: {
      TRY(SecretBytes octets, session.read_binary(fcp));
      return body(fcp.structure, fcp, std::move(octets));
    }
    case FileStructure::linear_fixed:
    case FileStructure::cyclic:
      return read_records(session, fcp);
    case FileStructure::ber_tlv:
      return read_data_objects(session, fcp);
    case FileStructure::df:
    case FileStructure::unknown:
      break;
  }
  return fail(ErrorCode::card_file_malformed, "read file", "a directory, or of unknown structure");
}

Value raw_octets(const FileSpec* file, ByteView octets) {
  return file != nullptr && file->secret ? secret_value("octets", octets)
                                         : octets_value("octets", octets);
}

// Adds what `part` says to `group`: as its member "content", or as octets.
void add_decoded(Value& group, const FileSpec* file, ByteView part) {
  if (file == nullptr || file->decode == nullptr) {
    add(group, raw_octets(file, part));
    return;
  }
  auto decoded = file->decode(part);
  if (!decoded) {
    add(group, text_value("problem", meaning(decoded.error().code)));
    add(group, raw_octets(file, part));
    return;
  }
  decoded->name = "content";
  add(group, *std::move(decoded));
}

Value decode_body(const FileSpec* file, const FileContent& content) {
  Value group = group_value();
  if (content.parts.empty() || content.parts.front().octets.empty()) {
    return group;
  }
  add_decoded(group, file, content.parts.front().octets.expose());
  auto& members = std::get<Group>(group.content).members;
  if (members.front().name != "content") {
    return group;
  }
  Value value = std::move(members.front());
  value.name.clear();
  return value;
}

Value decode_parts(const FileSpec* file, const FileContent& content) {
  const bool records = content.structure != FileStructure::ber_tlv;
  Value list = list_value();
  for (const FilePart& part : content.parts) {
    if (records && is_padding(part.octets.expose())) {
      continue;
    }
    Value group = group_value();
    if (records) {
      add(group, number_value("record", part.number));
    } else {
      add(group, octets_value("tag", tag_octets(part.number)));
    }
    add_decoded(group, file, part.octets.expose());
    add(list, std::move(group));
  }
  return list;
}

}  // namespace

Result<FileContent> read_file(CardSession& session, const FileSpec& file, Access access) {
  if (access == Access::fewest_commands && file.structure == FileStructure::transparent &&
      file.sfi != 0) {
    auto octets = session.read_binary_sfi(file.sfi);
    if (octets) {
      return body(FileStructure::transparent, std::nullopt, *std::move(octets));
    }
    if (!says_select_it(octets.error())) {
      return std::unexpected(std::move(octets).error());
    }
  }
  return read_file(session, file.id);
}

Result<FileContent> read_file(CardSession& session, FileId id) {
  TRY(const Fcp fcp, session.select_file(id));
  return read_selected(session, fcp);
}

Value decode_file(const FileSpec* file, const FileContent& content) {
  switch (content.structure) {
    case FileStructure::linear_fixed:
    case FileStructure::cyclic:
    case FileStructure::ber_tlv:
      return decode_parts(file, content);
    case FileStructure::transparent:
    case FileStructure::df:
    case FileStructure::unknown:
      break;
  }
  return decode_body(file, content);
}

}  // namespace ut::isim
