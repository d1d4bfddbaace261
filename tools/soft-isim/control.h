// Commands about the cards of a running soft-isim: faults, taking out, putting in, swapping,
// counts.
#pragma once

#include "base/result.h"
#include "tools/soft-isim/card_slot.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ut::isim::soft {

// Makes the card of a profile for the place with this number.
using LoadCard =
    std::function<Result<std::unique_ptr<SlotCard>>(const std::string& profile, unsigned number)>;

class Control {
 public:
  // The slots are numbered 1, 2, ... in this order and outlive this object.
  Control(std::vector<CardSlot*> slots, LoadCard load);

  // One request, a JSON object, gives one answer, a JSON object in one line without its end: {"ok":
  // true, ...} or {"ok": false, "error": "what is wrong and what to do"}. soft-isim(1) tells the
  // requests.
  std::string answer(std::string_view request) const;

 private:
  std::vector<CardSlot*> slots_;
  LoadCard load_;
};

// Two cards that write one file of sequence numbers would each forget the other's: input_malformed
// when `sqn_file` is one that another slot than `number` writes.
Result<void> check_sqn_file(const std::vector<CardSlot*>& slots,
                            const std::filesystem::path& sqn_file, unsigned number);

}  // namespace ut::isim::soft
