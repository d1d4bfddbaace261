#include "tools/isim-probe/secret_text.h"

#include "base/encoding.h"

#include <algorithm>
#include <utility>

namespace ut::probe {

SecretText& SecretText::operator+=(std::string_view text) {
  append(as_bytes(text));
  return *this;
}

void SecretText::append_hex(ByteView secret) {
  append(to_hex_secret(secret).expose());
}

SecretBytes SecretText::take() {
  const std::size_t size = std::exchange(size_, 0);
  return SecretBytes::copy_of(std::exchange(octets_, SecretBytes()).expose().first(size));
}

void SecretText::append(ByteView more) {
  if (size_ + more.size() > octets_.size()) {
    SecretBytes longer(std::max(octets_.size() * 2, size_ + more.size()));
    std::ranges::copy(octets_.expose().first(size_), longer.expose_mutable().begin());
    octets_ = std::move(longer);
  }
  std::ranges::copy(more, octets_.expose_mutable().subspan(size_).begin());
  size_ += more.size();
}

}  // namespace ut::probe
