#include "isim/soft/gba_context.h"

#include "isim/gba_files.h"
#include "isim/length_value.h"
#include "isim/tlv.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace ut::isim::soft {
namespace {

constexpr std::size_t kNafs = 8;
// NAF_Id and B-TID of names of 90 characters.
constexpr std::size_t kGbanlRecord = 220;
// RAND, a B-TID of 200 octets, a lifetime.
constexpr std::size_t kGbabpSize = 250;

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

File& child(File& adf, FileId fid) {
  File* file = find_child(adf, fid);
  if (file == nullptr) {
    std::abort();
  }
  return *file;
}

}  // namespace

void add_gba_files(File& adf, Application application) {
  const auto ids = identifiers(application);
  add_transparent(adf, ids.gbabp, std::nullopt, Rule::all_pin, Bytes(kGbabpSize, 0xff));
  add_linear_fixed(adf, ids.gbanl, std::nullopt, Rule::read_pin,
                   std::vector<Bytes>(kNafs, Bytes(kGbanlRecord, 0xff)));
}

GbaContext::GbaContext(File& adf, Application application)
    : gbabp_(child(adf, identifiers(application).gbabp)),
      gbanl_(child(adf, identifiers(application).gbanl)) {}

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

std::size_t GbaContext::record_for(ByteView naf_id) {
  if (const auto found = find(naf_id); found != naf_keys_.end()) {
    return found->record;
  }
  // Records fill from the first one, and none is ever freed.
  return naf_keys_.size() < gbanl_.records.size() ? naf_keys_.size() : naf_keys_.back().record;
}

}  // namespace ut::isim::soft
