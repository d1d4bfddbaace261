#include "isim/soft/uicc.h"

#include "isim/soft/card_status_words.h"
#include "isim/tlv.h"

#include <algorithm>
#include <vector>

namespace ut::isim::soft {

namespace {

FileId file_id(ByteView octets) {
  return static_cast<FileId>(octets[0] << 8 | octets[1]);
}

}  // namespace

// SELECT, TS 102 221 clause 11.1.1.
Uicc::Answer Uicc::select(Channel& channel, const CommandApdu& command) {
  const auto returned = command.p2 & 0x0c;
  // 04 = FCP, 0C = nothing. 00 (FCI) is not in the standard's table; it gets the FCP, as programs
  // that know other smart cards ask so.
  const bool known = returned == 0x04 || returned == 0x0c || returned == 0x00;
  if (!known || (command.p2 & 0x90) != 0) {
    return {.sw = kWrongP1P2};
  }
  if (command.p1 == 0x04) {
    return select_by_name(channel, command);
  }
  if ((command.p2 & 0x63) != 0) {
    return {.sw = kWrongP1P2};
  }
  switch (command.p1) {
    case 0x00:
      return select_by_id(channel, command);
    case 0x03:
      return select_parent(channel, command);
    case 0x08:
    case 0x09:
      return select_by_path(channel, command);
    default:
      return {.sw = kWrongP1P2};
  }
}

Uicc::Answer Uicc::selected(Channel& channel, File& file, const CommandApdu& command) {
  if (file.is_directory()) {
    channel.directory = &file;
    channel.ef = nullptr;
  } else {
    channel.directory = file.parent;
    channel.ef = &file;
  }
  channel.record = 0;
  if ((command.p2 & 0x0c) == 0x0c) {
    return {};
  }
  return case4(command, fcp(file, pins_.status()));
}

// The files that clause 8.4.2 lets a file identifier reach.
File* Uicc::reachable(const Channel& channel, FileId fid) const {
  File& current = *channel.directory;
  if (fid == kMf) {
    return files_.mf.get();
  }
  if (fid == kCurrentApplication) {
    return channel.adf;
  }
  if (File* child = find_child(current, fid)) {
    return child;
  }
  if (current.kind == FileKind::df && current.fid == fid) {
    return &current;
  }
  if (current.parent == nullptr) {
    return nullptr;
  }
  if (current.parent->kind == FileKind::df && current.parent->fid == fid) {
    return current.parent;
  }
  File* sibling = find_child(*current.parent, fid);
  return sibling != nullptr && sibling->is_directory() ? sibling : nullptr;
}

Uicc::Answer Uicc::select_by_id(Channel& channel, const CommandApdu& command) {
  if (command.data.empty()) {
    return selected(channel, *files_.mf, command);
  }
  if (command.data.size() != 2) {
    return {.sw = kWrongLength};
  }
  File* file = reachable(channel, file_id(command.data));
  if (file == nullptr) {
    return {.sw = kFileNotFound};
  }
  return selected(channel, *file, command);
}

Uicc::Answer Uicc::select_parent(Channel& channel, const CommandApdu& command) {
  if (!command.data.empty()) {
    return {.sw = kWrongLength};
  }
  if (channel.directory->parent == nullptr) {
    return {.sw = kFileNotFound};
  }
  return selected(channel, *channel.directory->parent, command);
}

Uicc::Answer Uicc::select_by_path(Channel& channel, const CommandApdu& command) {
  const ByteView path = command.data;
  if (path.empty() || path.size() % 2 != 0) {
    return {.sw = kWrongLength};
  }
  File* file = command.p1 == 0x08 ? files_.mf.get() : channel.directory;
  for (std::size_t i = 0; i < path.size(); i += 2) {
    const FileId fid = file_id(path.subspan(i));
    if (i == 0 && fid == kCurrentApplication) {
      file = channel.adf;
    } else {
      file = find_child(*file, fid);
    }
    const bool last = i + 2 == path.size();
    if (file == nullptr || (!last && !file->is_directory())) {
      return {.sw = kFileNotFound};
    }
  }
  return selected(channel, *file, command);
}

// `occurrence` is b2b1 of P2: first or only, last, next, previous; the latter two count from the
// application that is active on the channel.
File* Uicc::matching_application(const Channel& channel, ByteView name,
                                 std::uint8_t occurrence) const {
  enum : std::uint8_t { first = 0, last = 1, next = 2, previous = 3 };
  std::vector<File*> matching;
  std::ptrdiff_t current = -1;
  for (const auto& application : files_.applications) {
    const ByteView aid = application->aid;
    if (aid.size() >= name.size() && std::ranges::equal(aid.first(name.size()), name)) {
      if (application.get() == channel.adf) {
        current = std::ssize(matching);
      }
      matching.push_back(application.get());
    }
  }
  std::ptrdiff_t index = 0;
  switch (occurrence) {
    case last:
      index = std::ssize(matching) - 1;
      break;
    case next:
      index = current + 1;
      break;
    case previous:
      index = current < 0 ? std::ssize(matching) - 1 : current - 1;
      break;
    case first:
      break;
  }
  const bool exists = index >= 0 && index < std::ssize(matching);
  return exists ? matching[static_cast<std::size_t>(index)] : nullptr;
}

Uicc::Answer Uicc::select_by_name(Channel& channel, const CommandApdu& command) {
  constexpr std::size_t kLongestAid = 16;
  if (command.data.empty() || command.data.size() > kLongestAid) {
    return {.sw = kWrongLength};
  }
  const auto session = command.p2 & 0x60;
  const auto occurrence = static_cast<std::uint8_t>(command.p2 & 0x03);
  if (session != 0x00 && session != 0x40) {
    return {.sw = kWrongP1P2};
  }
  File* adf = matching_application(channel, command.data, occurrence);
  if (adf == nullptr) {
    return {.sw = kFileNotFound};
  }
  if (session == 0x40) {
    // Termination of the application's session on this channel.
    if (adf != channel.adf) {
      return {.sw = kFileNotFound};
    }
    channel.adf = nullptr;
    channel.application.reset();
    return selected(channel, *files_.mf, command);
  }
  const auto index =
      std::ranges::find_if(files_.applications,
                           [adf](const auto& application) { return application.get() == adf; }) -
      files_.applications.begin();
  channel.adf = adf;
  channel.application = applications_[static_cast<std::size_t>(index)];
  return selected(channel, *adf, command);
}

// STATUS, TS 102 221 clause 11.1.2. P1 tells how far the terminal is with the application, which
// changes nothing here.
Uicc::Answer Uicc::status(Channel& channel, const CommandApdu& command) {
  if (command.p1 > 0x02) {
    return {.sw = kWrongP1P2};
  }
  if (!command.data.empty()) {
    return {.sw = kWrongLength};
  }
  switch (command.p2) {
    case 0x00:
      return case2(command, fcp(*channel.directory, pins_.status()));
    case 0x01: {
      if (channel.adf == nullptr) {
        return {.sw = kConditions};
      }
      Bytes name;
      append_tlv(name, 0x84, channel.adf->aid);
      return case2(command, name);
    }
    case 0x0c:
      return {};
    default:
      return {.sw = kWrongP1P2};
  }
}

}  // namespace ut::isim::soft
