#pragma once

#include <memory>
#include <utility>

namespace gaikei {

/// A part that few of very many objects have, and that is large: a value that takes a pointer's
/// room where it is none. Reads as a T{} then.
template <class T>
class Rare {
 public:
  Rare() = default;
  Rare(const Rare& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
  Rare(Rare&&) noexcept = default;
  Rare& operator=(const Rare& other) { return *this = Rare(other); }
  Rare& operator=(Rare&&) noexcept = default;
  ~Rare() = default;

  Rare& operator=(T value) {
    value_ = std::make_unique<T>(std::move(value));
    return *this;
  }
  const T& operator*() const { return value_ ? *value_ : Nothing(); }
  const T* operator->() const { return &**this; }
  /// To be changed; made where there was none.
  T& Mutable() {
    if (!value_) value_ = std::make_unique<T>();
    return *value_;
  }

 private:
  static const T& Nothing() {
    static const T nothing{};
    return nothing;
  }

  std::unique_ptr<T> value_;
};

}  // namespace gaikei
