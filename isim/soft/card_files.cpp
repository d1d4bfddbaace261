#include "isim/soft/card_files.h"

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

// Security condition DO (TS 102 221 clause 9.2.5).
void append_condition(Bytes& to, Access access) {
  constexpr std::uint8_t kKeyReferencePin1 = 0x01;
  constexpr std::uint8_t kKeyReferenceAdm1 = 0x0a;
  switch (access) {
    case Access::always:
      append_tlv(to, 0x90, {});
      return;
    case Access::pin:
    case Access::adm: {
      const auto key = access == Access::pin ? kKeyReferencePin1 : kKeyReferenceAdm1;
      Bytes user_authentication;
      append_octets(user_authentication, 0x83, {key});
      append_octets(user_authentication, 0x95, {0x08});
      append_tlv(to, 0xa4, user_authentication);
      return;
    }
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
    // UICC characteristics: clock stop allowed, supply voltage classes A, B and C.
    append_octets(to, 0xa5, {0x80, 0x01, 0x71});
  }
}

void append_pin_status(Bytes& to, bool pin_enabled) {
  Bytes pin_status;
  append_octets(pin_status, 0x90, {static_cast<std::uint8_t>(pin_enabled ? 0x80 : 0x00)});
  append_octets(pin_status, 0x83, {0x01});
  append_tlv(to, 0xc6, pin_status);
}

void append_ef_objects(Bytes& to, const File& file) {
  if (file.kind == FileKind::linear_fixed) {
    const auto size = file.record_size();
    append_octets(to, 0x82,
                  {descriptor(file.kind), 0x21, high(size), low(size), low(file.records.size())});
  } else {
    append_octets(to, 0x82, {descriptor(file.kind), 0x21});
  }
  append_octets(to, 0x83, {high(file.fid), low(file.fid)});
}

void append_ef_size(Bytes& to, const File& file) {
  const auto size = file.kind == FileKind::linear_fixed ? file.record_size() * file.records.size()
                                                        : file.content.size();
  append_octets(to, 0x80, {high(size), low(size)});
  if (file.sfi) {
    append_octets(to, 0x88, {static_cast<std::uint8_t>(*file.sfi << 3)});
  } else {
    append_tlv(to, 0x88, {});
  }
}

}  // namespace

const AccessRule& rule_of(Rule rule) {
  return kRules[static_cast<std::size_t>(rule) - 1];
}

std::vector<Bytes> arr_records() {
  constexpr std::uint8_t kRead = 0x01;
  constexpr std::uint8_t kUpdate = 0x02;
  std::vector<Bytes> records;
  for (const auto& rule : kRules) {
    Bytes record;
    append_octets(record, 0x80, {kRead});
    append_condition(record, rule.read);
    append_octets(record, 0x80, {kUpdate});
    append_condition(record, rule.update);
    records.push_back(std::move(record));
  }
  fill_up(records);
  return records;
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

Bytes fcp(const File& file, bool pin_enabled) {
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
    append_pin_status(objects, pin_enabled);
  } else {
    append_ef_size(objects, file);
  }
  Bytes octets;
  append_tlv(octets, 0x62, objects);
  return octets;
}

}  // namespace ut::isim::soft
