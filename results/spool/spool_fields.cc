#include "results/spool/spool_fields.h"

#include <cstddef>
#include <limits>

#include "results/spool/spool_rows.h"

namespace gaikei {
namespace {

constexpr unsigned kBitsInByte = 7;
constexpr std::uint64_t kMore = 0x80;
constexpr unsigned kBits = std::numeric_limits<std::uint64_t>::digits;
constexpr std::size_t kCrcSize = 4;

}  // namespace

void FieldWriter::Put(std::uint64_t number) {
  while (number >= kMore) {
    bytes_.push_back(static_cast<char>((number & (kMore - 1)) | kMore));
    number >>= kBitsInByte;
  }
  bytes_.push_back(static_cast<char>(number));
}

void FieldWriter::PutText(std::string_view text) {
  Put(text.size());
  bytes_.append(text);
}

void FieldWriter::PutCrc() {
  const std::uint32_t crc = Crc32(bytes_);
  for (unsigned i = 0; i < kCrcSize; ++i) bytes_.push_back(static_cast<char>(crc >> (8 * i)));
}

void FieldReader::Fail() {
  is_good_ = false;
  rest_ = {};
}

std::uint64_t FieldReader::Take() {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift < kBits && !rest_.empty(); shift += kBitsInByte) {
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    number |= (byte & (kMore - 1)) << shift;
    if ((byte & kMore) == 0) return number;
  }
  Fail();
  return 0;
}

std::string_view FieldReader::TakeText() {
  const std::uint64_t size = Take();
  if (size > rest_.size()) {
    Fail();
    return {};
  }
  const std::string_view text = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return text;
}

bool FieldReader::TakeCrc() {
  if (rest_.size() < kCrcSize) {
    Fail();
    return false;
  }
  const std::string_view tail = rest_.substr(rest_.size() - kCrcSize);
  rest_.remove_suffix(kCrcSize);
  const std::uint32_t crc = Crc32(rest_);
  for (unsigned i = 0; i < kCrcSize; ++i) {
    if (static_cast<unsigned char>(tail[i]) != (crc >> (8 * i) & 0xFFU)) Fail();
  }
  return is_good_;
}

}  // namespace gaikei
