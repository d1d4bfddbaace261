#include "isim/soft/card_files.h"

#include "isim/soft/card_access.h"
#include "isim/tlv.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace ut::isim::soft {
namespace {

constexpr std::uint8_t high(std::size_t value) {
  return static_cast<std::uint8_t>(value >> 8);
}
constexpr std::uint8_t low(std::size_t value) {
  return static_cast<std::uint8_t>(value & 0xff);
}

void append_octets(Bytes& to, std::uint32_t tag, std::initializer_list<std::uint8_t> octets) {
  append_tlv(to, tag, std::span(octets.begin(), octets.size()));
}

void fill_up(std::vector<Bytes>& records) {
  std::size_t longest = 1;
  for (const auto& record : records) {
    longest = std::max(longest, record.size());
  }
  for (auto& record : records) {
    record.resize(longest, 0xff);
  }
}

std::uint8_t descriptor(FileKind kind) {
  switch (kind) {
    case FileKind::df:
    case FileKind::adf:
      return 0x78;
    case FileKind::transparent:
      return 0x41;
    case FileKind::linear_fixed:
      return 0x42;
    case FileKind::cyclic:
      return 0x46;
    case FileKind::ber_tlv:
      return 0x79;
  }
  return 0;
}

void append_directory_objects(Bytes& to, const File& file) {
  append_octets(to, 0x82, {descriptor(file.kind), 0x21});
  if (file.kind == FileKind::adf) {
    append_tlv(to, 0x84, file.aid);
  } else {
    append_octets(to, 0x83, {high(file.fid), low(file.fid)});
  }
  if (file.parent == nullptr && file.kind == FileKind::df) {
    // UICC characteristics: clock stop allowed, supply voltage classes A, B and C. Supported system
    // commands: TERMINAL CAPABILITY [M].
    append_octets(to, 0xa5, {0x80, 0x01, 0x71, 0x87, 0x01, 0x01});
  }
}

void append_ef_objects(Bytes& to, const File& file) {
  if (file.has_records()) {
    const auto size = file.record_size();
    append_octets(to, 0x82,
                  {descriptor(file.kind), 0x21, high(size), low(size), low(file.records.size())});
  } else {
    append_octets(to, 0x82, {descriptor(file.kind), 0x21});
  }
  append_octets(to, 0x83, {high(file.fid), low(file.fid)});
  if (file.kind == FileKind::ber_tlv) {
    // Maximum file size [M].
    append_octets(to, 0xa5, {0x86, 0x02, high(file.capacity), low(file.capacity)});
  }
}

std::size_t size_of(const File& file) {
  if (file.has_records()) {
    return file.record_size() * file.records.size();
  }
  return file.kind == FileKind::ber_tlv ? file.used() : file.content.size();
}

void append_ef_size(Bytes& to, const File& file) {
  const auto size = size_of(file);
  append_octets(to, 0x80, {high(size), low(size)});
  if (file.sfi) {
    append_octets(to, 0x88, {static_cast<std::uint8_t>(*file.sfi << 3)});
  } else {
    append_tlv(to, 0x88, {});
  }
}

}  // namespace

std::vector<Bytes> arr_records() {
  const AccessCondition always{.kind = AccessCondition::Kind::always};
  const AccessCondition pin{.kind = AccessCondition::Kind::key, .reference = kPin1};
  const AccessCondition adm{.kind = AccessCondition::Kind::key, .reference = kAdm1};
  // In the order of Rule.
  std::vector<Bytes> records{arr_record(always, adm), arr_record(pin, adm), arr_record(pin, pin),
                             arr_record(always, pin)};
  fill_up(records);
  return records;
}

Rule add_rule(File& arr, Bytes record) {
  const auto is_this = [&record](const Bytes& other) {
    return other.size() >= record.size() &&
           std::ranges::equal(record, ByteView(other).first(record.size())) &&
           std::all_of(other.begin() + std::ssize(record), other.end(),
                       [](std::uint8_t octet) { return octet == 0xff; });
  };
  const auto found = std::ranges::find_if(arr.records, is_this);
  const auto number = static_cast<std::size_t>(found - arr.records.begin()) + 1;
  if (found == arr.records.end()) {
    arr.records.push_back(std::move(record));
    fill_up(arr.records);
  }
  return static_cast<Rule>(number);
}

ByteView rule_of(const File& file) {
  const auto number = static_cast<std::size_t>(file.rule);
  const FileId fid = file.parent->kind == FileKind::adf ? kArrInAdf : kArrInMf;
  const File* arr = find_child(*file.parent, fid);
  const bool there =
      arr != nullptr && arr->has_records() && number >= 1 && number <= arr->records.size();
  return there ? ByteView(arr->records[number - 1]) : ByteView();
}

std::size_t File::used() const {
  std::size_t octets = 0;
  for (const auto& [tag, object] : objects) {
    octets += object.size();
  }
  return octets;
}

File& add_child(File& parent, std::unique_ptr<File> child) {
  child->parent = &parent;
  return *parent.children.emplace_back(std::move(child));
}

File& add_transparent(File& parent, FileId fid, std::optional<std::uint8_t> sfi, Rule rule,
                      Bytes content) {
  auto file = std::make_unique<File>();
  file->kind = FileKind::transparent;
  file->fid = fid;
  file->sfi = sfi;
  file->rule = rule;
  file->content = std::move(content);
  return add_child(parent, std::move(file));
}

File& add_linear_fixed(File& parent, FileId fid, std::optional<std::uint8_t> sfi, Rule rule,
                       std::vector<Bytes> records) {
  fill_up(records);
  auto file = std::make_unique<File>();
  file->kind = FileKind::linear_fixed;
  file->fid = fid;
  file->sfi = sfi;
  file->rule = rule;
  file->records = std::move(records);
  return add_child(parent, std::move(file));
}

File* find_child(File& parent, FileId fid) {
  const auto found =
      std::ranges::find(parent.children, fid, [](const auto& child) { return child->fid; });
  return found == parent.children.end() ? nullptr : found->get();
}

File* find_by_sfi(File& parent, std::uint8_t sfi) {
  const auto found = std::ranges::find(parent.children, std::optional(sfi),
                                       [](const auto& child) { return child->sfi; });
  return found == parent.children.end() ? nullptr : found->get();
}

Bytes fcp(const File& file, ByteView pin_status) {
  constexpr std::uint8_t kActivated = 0x05;
  // Each directory refers to its own EF_ARR, each EF to that of its directory.
  const File& directory = file.is_directory() ? file : *file.parent;
  const FileId arr = directory.kind == FileKind::adf ? kArrInAdf : kArrInMf;
  const Bytes rule{high(arr), low(arr), static_cast<std::uint8_t>(file.rule)};

  Bytes objects;
  if (file.is_directory()) {
    append_directory_objects(objects, file);
  } else {
    append_ef_objects(objects, file);
  }
  append_octets(objects, 0x8a, {kActivated});
  append_tlv(objects, 0x8b, rule);
  if (file.is_directory()) {
    append_tlv(objects, 0xc6, pin_status);
  } else {
    append_ef_size(objects, file);
  }
  Bytes octets;
  append_tlv(octets, 0x62, objects);
  return octets;
}

}  // namespace ut::isim::soft
