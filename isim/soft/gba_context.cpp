#include "isim/soft/gba_context.h"

#include "isim/gba_files.h"
#include "isim/length_value.h"
#include "isim/text_object.h"
#include "isim/tlv.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace ut::isim::soft {
namespace {

constexpr std::size_t kNafs = 4;
// NAF_Id and B-TID with long names.
constexpr std::size_t kGbanlRecord = 200;
// RAND, a B-TID with a long name, a lifetime.
constexpr std::size_t kGbabpSize = 160;

struct Identifiers {
  FileId gbabp;
  FileId gbanl;
};

// The two applications number these files differently; 6FD7 is another file in the USIM.
constexpr Identifiers identifiers(Application application) {
  switch (application) {
    case Application::isim:
      return {0x6fd5, 0x6fd7};
    case Application::usim:
      return {0x6fd6, 0x6fda};
  }
  std::abort();
}

// The NAF_Id that a record of EF_GBANL has.
std::optional<ByteView> naf_id_of(ByteView record) {
  const auto object = read_tlv(record);
  return object && object->tag == 0x80 ? std::optional(object->value) : std::nullopt;
}

}  // namespace

void add_gba_files(File& adf, Application application) {
  const auto ids = identifiers(application);
  add_transparent(adf, ids.gbabp, std::nullopt, Rule::all_pin, Bytes(kGbabpSize, 0xff));
  add_linear_fixed(adf, ids.gbanl, std::nullopt, Rule::read_pin,
                   std::vector<Bytes>(kNafs, Bytes(kGbanlRecord, 0xff)));
}

std::optional<GbaContext> GbaContext::of(File& adf, Application application) {
  const auto ids = identifiers(application);
  File* gbabp = find_child(adf, ids.gbabp);
  File* gbanl = find_child(adf, ids.gbanl);
  const bool fit = gbabp != nullptr && gbabp->content.size() > Rand::size && gbanl != nullptr &&
                   !gbanl->records.empty();
  return fit ? std::optional(GbaContext(*gbabp, *gbanl)) : std::nullopt;
}

void GbaContext::bootstrap(const Rand& rand, const Ck& ck, const Ik& ik) {
  bootstrapped_ = {.rand = rand, .ks = make_ks(ck, ik)};
  Bytes field;
  append_length_value(field, rand.view());
  std::ranges::fill(gbabp_.content, 0xff);
  std::ranges::copy(field, gbabp_.content.begin());
}

std::expected<KsExtNaf, GbaContext::Refusal> GbaContext::derive(ByteView naf_id, ByteView impi) {
  const auto stored = decode_gbabp(gbabp_.content);
  if (!bootstrapped_ || !stored || !*stored || (*stored)->b_tid.empty()) {
    return std::unexpected(Refusal::not_bootstrapped);
  }
  Bytes content;
  append_tlv(content, 0x80, naf_id);
  append_tlv(content, 0x81, as_bytes((*stored)->b_tid));
  if (content.size() > gbanl_.record_size()) {
    return std::unexpected(Refusal::no_room);
  }
  content.resize(gbanl_.record_size(), 0xff);

  auto keys = derive_gba_u_keys(bootstrapped_->ks, bootstrapped_->rand, impi, naf_id);
  const std::size_t record = record_for(naf_id);
  std::erase_if(naf_keys_, [record](const NafKey& key) { return key.record == record; });
  naf_keys_.insert(naf_keys_.begin(), NafKey{to_bytes(naf_id), std::move(keys.ks_int_naf), record});
  gbanl_.records[record] = std::move(content);
  return std::move(keys.ks_ext_naf);
}

std::optional<KsIntNaf> GbaContext::use_ks_int_naf(ByteView naf_id) {
  const auto found = find(naf_id);
  if (found == naf_keys_.end()) {
    return std::nullopt;
  }
  std::rotate(naf_keys_.begin(), found, found + 1);
  return naf_keys_.front().ks_int_naf.clone();
}

std::vector<GbaContext::NafKey>::iterator GbaContext::find(ByteView naf_id) {
  return std::ranges::find_if(
      naf_keys_, [naf_id](const NafKey& key) { return std::ranges::equal(key.naf_id, naf_id); });
}

std::size_t GbaContext::record_for(ByteView naf_id) const {
  const auto& records = gbanl_.records;
  const auto index_of = [&records](auto found) {
    return static_cast<std::size_t>(found - records.begin());
  };
  const auto same = std::ranges::find_if(records, [naf_id](const Bytes& record) {
    const auto theirs = naf_id_of(record);
    return theirs && std::ranges::equal(*theirs, naf_id);
  });
  if (same != records.end()) {
    return index_of(same);
  }
  const auto empty =
      std::ranges::find_if(records, [](const Bytes& record) { return is_empty_record(record); });
  if (empty != records.end()) {
    return index_of(empty);
  }
  // A record without a key, which the card was made with, was never used.
  for (std::size_t record = 0; record < records.size(); ++record) {
    if (std::ranges::find(naf_keys_, record, &NafKey::record) == naf_keys_.end()) {
      return record;
    }
  }
  return naf_keys_.back().record;
}

}  // namespace ut::isim::soft
