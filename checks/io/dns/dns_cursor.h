#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace gaikei::io {

/// A place in a DNS message that never leaves it. The first thing that cannot be read stops it for
/// good: what is asked for afterwards is 0 or empty. Stricter than ldns, which lets compression
/// pointers lead forward. Pure.
class DnsCursor {
 public:
  explicit DnsCursor(std::span<const std::uint8_t> message, std::size_t at = 0)
      : message_(message), at_(at) {}

  bool is_good() const { return problem_ == nullptr; }
  const char* problem() const { return problem_; }  ///< one line; null: none
  std::size_t at() const { return at_; }
  std::size_t left() const { return message_.size() - at_; }
  std::span<const std::uint8_t> message() const { return message_; }

  std::span<const std::uint8_t> Bytes(std::size_t count);
  std::uint16_t U16();
  std::uint32_t U32();
  /// Appends a name in presentation format (RFC 1035, 5.1) with its final dot: graphic ASCII alone.
  /// Compression pointers (RFC 1035, 4.1.4) have to lead backwards.
  void Name(std::string& text) { WalkName(&text); }
  void SkipName() { WalkName(nullptr); }

  void Fail(const char* problem);

 private:
  void WalkName(std::string* text);

  std::span<const std::uint8_t> message_;
  std::size_t at_;
  const char* problem_ = nullptr;
};

}  // namespace gaikei::io
