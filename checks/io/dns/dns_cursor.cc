#include "checks/io/dns/dns_cursor.h"

#include "checks/io/dns/dns_wire.h"

namespace gaikei::io {
namespace {

constexpr std::size_t kMaxNameSize = 255;  // RFC 1035, 2.3.4
constexpr int kMaxPointers = 128;          // a name has at most 127 labels
constexpr unsigned kPointerBits = 0xC0;

// What may stand in a name as it is; the others are written \C or \DDD.
bool IsPlain(std::uint8_t c) {
  return c > 0x20 && c < 0x7F && c != '.' && c != ';' && c != '(' && c != ')' && c != '\\';
}

void AppendLabel(std::span<const std::uint8_t> label, std::string& text) {
  for (const std::uint8_t c : label) {
    if (IsPlain(c)) {
      text += static_cast<char>(c);
    } else if (c > 0x20 && c < 0x7F) {
      text += '\\';
      text += static_cast<char>(c);
    } else {
      text += {'\\', static_cast<char>('0' + c / 100), static_cast<char>('0' + c / 10 % 10),
               static_cast<char>('0' + c % 10)};
    }
  }
  text += '.';
}

}  // namespace

void DnsCursor::Fail(const char* problem) {
  if (problem_ == nullptr) problem_ = problem;
}

std::span<const std::uint8_t> DnsCursor::Bytes(std::size_t count) {
  if (!is_good()) return {};
  if (left() < count) {
    Fail("the message ends too early");
    return {};
  }
  const auto bytes = message_.subspan(at_, count);
  at_ += count;
  return bytes;
}

std::uint16_t DnsCursor::U16() {
  const auto bytes = Bytes(2);
  return bytes.empty() ? std::uint16_t{0} : static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
}

std::uint32_t DnsCursor::U32() {
  const std::uint32_t high = U16();
  return high << 16U | U16();
}

void DnsCursor::WalkName(std::string* text) {
  if (!is_good()) return;
  std::size_t from = at_;   // where this stretch of labels began
  std::size_t place = at_;  // in the message
  std::size_t size = 1;     // of the name, uncompressed, with the root's label
  int pointers = 0;
  const auto past = [this](std::size_t end) { return end > message_.size(); };
  while (true) {
    if (past(place + 1)) return Fail("a name runs past the end of the message");
    const unsigned length = message_[place];
    if ((length & kPointerBits) == kPointerBits) {
      if (past(place + 2)) return Fail("a name runs past the end of the message");
      const std::size_t target = (length & 0x3FU) << 8U | message_[place + 1];
      if (past(target + 1)) return Fail("a compression pointer points past the end");
      if (target > place) return Fail("a compression pointer points forward");
      if (target >= from) return Fail("a compression pointer loops");
      if (target < kDnsHeaderSize) return Fail("a compression pointer points into the header");
      if (++pointers > kMaxPointers) return Fail("a name has too many compression pointers");
      if (pointers == 1) at_ = place + 2;
      from = place = target;
      continue;
    }
    if ((length & kPointerBits) != 0) return Fail("a label is longer than 63 bytes");
    if (length == 0) break;
    size += length + 1;
    if (size > kMaxNameSize) return Fail("a name is longer than 255 bytes");
    if (past(place + 1 + length)) return Fail("a name runs past the end of the message");
    if (text != nullptr) AppendLabel(message_.subspan(place + 1, length), *text);
    place += 1 + length;
  }
  if (pointers == 0) at_ = place + 1;
  if (text != nullptr && size == 1) *text += '.';
}

}  // namespace gaikei::io
