// The GBA context of one application: what GBA_U leaves on the card (TS 33.220 clause 5, TS 31.103
// clauses 4.2.9, 4.2.10 and 7.1, and their twins in TS 31.102).
#pragma once

#include "base/bytes.h"
#include "isim/aka_types.h"
#include "isim/identity.h"
#include "isim/soft/card_files.h"
#include "isim/soft/gba_u.h"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <vector>

namespace ut::isim::soft {

// Puts EF_GBABP and EF_GBANL of this application, both empty, into its ADF.
void add_gba_files(File& adf, Application application);

class GbaContext {
 public:
  // nullopt when the ADF has not both files, or not such that RAND and one record can be kept: then
  // the card has no GBA context. `adf` outlives the result.
  static std::optional<GbaContext> of(File& adf, Application application);

  // A bootstrapping succeeded: Ks is kept and RAND written into EF_GBABP. What the terminal wrote
  // there for the bootstrapping before is gone, as its B-TID does not name this Ks. Keys of NAFs
  // stay.
  void bootstrap(const Rand& rand, const Ck& ck, const Ik& ik);

  enum class Refusal : std::uint8_t {
    not_bootstrapped,  // no Ks, or the terminal has not written its B-TID into EF_GBABP yet
    no_room,           // NAF_Id and B-TID are longer than a record of EF_GBANL
  };
  // Ks_ext_NAF. Ks_int_NAF is kept, and NAF_Id and B-TID written into the record of EF_GBANL that
  // this NAF_Id has already, or an empty one, or the one whose key was not used for longest [M].
  // Nothing changes with a refusal. NAF_Id and IMPI have 1 to 255 octets.
  std::expected<KsExtNaf, Refusal> derive(ByteView naf_id, ByteView impi);

  // The key that an application on the card shares with a NAF (TS 31.130), which counts as a use;
  // nullopt when none is kept.
  std::optional<KsIntNaf> use_ks_int_naf(ByteView naf_id);

 private:
  GbaContext(File& gbabp, File& gbanl) : gbabp_(gbabp), gbanl_(gbanl) {}

  struct NafKey {
    Bytes naf_id;
    KsIntNaf ks_int_naf;
    std::size_t record;  // of EF_GBANL, from 0
  };
  std::vector<NafKey>::iterator find(ByteView naf_id);
  std::size_t record_for(ByteView naf_id) const;

  File& gbabp_;
  File& gbanl_;
  struct Bootstrapped {
    Rand rand;
    Ks ks;
  };
  std::optional<Bootstrapped> bootstrapped_{};
  std::vector<NafKey> naf_keys_{};  // the last one used first; at most one a record
};

}  // namespace ut::isim::soft
