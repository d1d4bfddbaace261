// A bounded number of places that several applications share, none of which can take all of them.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace ut::ua {

// An application may have one more place while it has less than three times as many as are free: of
// 32 places one application gets 24, of two that want all 14 and 13, and some stay free for
// another. Of a single place there is no share.
class FairShare {
 public:
  explicit FairShare(std::size_t places) : places_(places) {}

  bool may_take(std::string_view application) const;
  // How many more places `application` may take, if nobody else does.
  std::size_t room_for(std::string_view application) const;
  std::size_t taken_by(std::string_view application) const;
  std::size_t taken() const { return taken_; }

  void take(std::string_view application);
  void give_back(std::string_view application);
  void give_back_all();

 private:
  std::size_t places_;
  std::size_t taken_ = 0;
  std::map<std::string, std::size_t, std::less<>> by_application_;
};

}  // namespace ut::ua
