#include "tools/ut-lab/hss.h"

#include <utility>

namespace ut::lab {

Hss::Hss(std::vector<Subscriber> subscribers, RandomSource& random, SecretJournal* journal)
    : random_(random), journal_(journal) {
  for (auto& subscriber : subscribers) {
    entries_.emplace(subscriber.impi, Entry{.impus = std::move(subscriber.impus),
                                            .algorithm = std::move(subscriber.algorithm),
                                            .amf = subscriber.amf,
                                            .sqn = isim::soft::SqnGenerator(subscriber.sqn),
                                            .gba_u = subscriber.gba_u});
  }
}

const std::string* Hss::impi(std::string_view impi) const {
  const auto found = entries_.find(impi);
  return found == entries_.end() ? nullptr : &found->first;
}

const std::vector<std::string>* Hss::impus(std::string_view impi) const {
  const auto found = entries_.find(impi);
  return found == entries_.end() ? nullptr : &found->second.impus;
}

std::vector<std::string> Hss::impis() const {
  std::vector<std::string> all;
  for (const auto& [impi, entry] : entries_) {
    all.push_back(impi);
  }
  return all;
}

isim::soft::AuthenticationVector Hss::vector(std::string_view impi, bool other_gba) {
  auto& entry = entries_.find(impi)->second;
  return vector(entry, entry.sqn.next(), entry.gba_u != other_gba);
}

isim::soft::AuthenticationVector Hss::stale_vector(std::string_view impi) {
  const auto& entry = entries_.find(impi)->second;
  return vector(entry, isim::soft::Sqn(), entry.gba_u);
}

isim::soft::AuthenticationVector Hss::aka_vector(std::string_view impi, bool stale) {
  auto& entry = entries_.find(impi)->second;
  return vector(entry, stale ? isim::soft::Sqn() : entry.sqn.next(), false);
}

isim::soft::AkaAlgorithm::Response Hss::answer_to(std::string_view impi,
                                                  const isim::Rand& rand) const {
  return entries_.find(impi)->second.algorithm->f2345(rand);
}

bool Hss::resynchronise(std::string_view impi, const isim::Rand& rand, const isim::Auts& auts) {
  auto& entry = entries_.find(impi)->second;
  const auto sqn_ms = isim::soft::verify_auts(*entry.algorithm, rand, auts);
  if (sqn_ms) {
    entry.sqn.resynchronise(*sqn_ms);
  }
  return sqn_ms.has_value();
}

isim::soft::AuthenticationVector Hss::vector(const Entry& entry, isim::soft::Sqn sqn, bool gba_u) {
  const auto make = gba_u ? isim::soft::make_gba_u_vector : isim::soft::make_vector;
  auto vector = make(*entry.algorithm, fresh_rand(), sqn, entry.amf);
  if (journal_ != nullptr) {
    journal_->add("RES", vector.xres.octets.expose());
    journal_->add("CK", vector.ck.expose());
    journal_->add("IK", vector.ik.expose());
  }
  return vector;
}

isim::Rand Hss::fresh_rand() {
  isim::Rand rand;
  random_.fill(rand.mutable_view());
  return rand;
}

}  // namespace ut::lab
