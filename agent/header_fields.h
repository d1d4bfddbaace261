// The header fields of an HTTP message, all in one piece of memory: a message has several, and two
// strings for each would cost more than all else that is done with them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace ut::ports {

// In the order in which they came. Up to 4 GiB, which the limits on headers keep far away.
class HeaderFields {
 public:
  // Valid until a field is added, and as long as the fields are not moved.
  struct Field {
    std::string_view name;
    std::string_view value;
    bool operator==(const Field&) const = default;
  };

  class Iterator {
   public:
    using value_type = Field;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    Field operator*() const { return (*fields_)[at_]; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    Iterator operator++(int) {
      const auto before = *this;
      ++at_;
      return before;
    }
    bool operator==(const Iterator&) const = default;

   private:
    friend class HeaderFields;
    Iterator(const HeaderFields* fields, std::size_t at) : fields_(fields), at_(at) {}
    const HeaderFields* fields_ = nullptr;
    std::size_t at_ = 0;
  };

  HeaderFields() = default;
  HeaderFields(std::initializer_list<Field> fields) {
    for (const auto& field : fields) {
      push_back(field);
    }
  }

  // Room for what is usual, so that it is made once.
  void reserve(std::size_t fields, std::size_t octets) {
    places_.reserve(fields);
    text_.reserve(octets);
  }
  void push_back(const Field& field) {
    places_.push_back({.at = static_cast<std::uint32_t>(text_.size()),
                       .name = static_cast<std::uint32_t>(field.name.size()),
                       .value = static_cast<std::uint32_t>(field.value.size())});
    text_ += field.name;
    text_ += field.value;
  }
  // The fields that stay do not move.
  template <class Predicate>
  void erase_if(Predicate predicate) {
    std::erase_if(places_, [&](const Place& place) { return predicate(at(place)); });
  }

  bool empty() const { return places_.empty(); }
  std::size_t size() const { return places_.size(); }
  Field operator[](std::size_t index) const { return at(places_[index]); }
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size()}; }

  bool operator==(const HeaderFields& other) const { return std::ranges::equal(*this, other); }

 private:
  // Where in text_ the name begins, which the value follows; octets of both.
  struct Place {
    std::uint32_t at;
    std::uint32_t name;
    std::uint32_t value;
  };
  Field at(const Place& place) const {
    const std::string_view text(text_);
    return {text.substr(place.at, place.name), text.substr(place.at + place.name, place.value)};
  }

  std::string text_;
  std::vector<Place> places_;
};

}  // namespace ut::ports
