#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gaikei {

/// Numbers and texts one after the other, as bytes: numbers as varints (protobuf's), a text with
/// its length before it. For what is small and of fixed shape.
class FieldWriter {
 public:
  void Put(std::uint64_t number);
  void PutText(std::string_view text);
  /// CRC-32 of all before it, for a FieldReader to find at the end.
  void PutCrc();
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Reads what a FieldWriter wrote. Once something is not as it must be, is_good() is false, the end
/// is reached, and what is taken is 0 or empty.
class FieldReader {
 public:
  /// The bytes outlive the reader and the texts it gives.
  explicit FieldReader(std::string_view bytes) : rest_(bytes) {}
  std::uint64_t Take();
  std::string_view TakeText();
  /// Looks at the CRC at the end, and takes it away. REQUIRES: nothing was taken yet.
  bool TakeCrc();
  bool is_at_end() const { return rest_.empty(); }
  bool is_good() const { return is_good_; }

 private:
  void Fail();

  std::string_view rest_;
  bool is_good_ = true;
};

}  // namespace gaikei
