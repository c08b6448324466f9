#include "results/upstream/otlp/ids.h"

#include <algorithm>
#include <cstdint>

namespace gaikei::otlp {
namespace {

constexpr std::size_t kTraceIdSize = 16;
constexpr std::size_t kSpanIdSize = 8;

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string BytesOf(std::string_view hex, std::size_t size) {
  if (hex.size() != 2 * size) return {};
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = HexValue(hex[i]);
    const int low = HexValue(hex[i + 1]);
    if (high < 0 || low < 0) return {};
    bytes += static_cast<char>(high * 16 + low);
  }
  const bool is_zero = std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
  return is_zero ? std::string() : bytes;
}

/// FNV-1a over texts, each ended by a byte that no UTF-8 has, then mixed (splitmix64) so that every
/// bit depends on every byte. Part of what is stored elsewhere: never to be changed.
class Hash {
 public:
  explicit Hash(std::uint64_t seed) : hash_(kOffset ^ seed) {}

  Hash& Add(std::string_view text) {
    for (const char byte : text) AddByte(static_cast<unsigned char>(byte));
    AddByte(0xFF);
    return *this;
  }

  /// Eight bytes, never all zero.
  std::string Bytes() const {
    std::uint64_t mixed = hash_ + 0x9E3779B97F4A7C15ULL;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBULL;
    mixed ^= mixed >> 31U;
    if (mixed == 0) mixed = 1;
    std::string bytes;
    for (int shift = 56; shift >= 0; shift -= 8)
      bytes += static_cast<char>((mixed >> shift) & 0xFFU);
    return bytes;
  }

 private:
  static constexpr std::uint64_t kOffset = 0xCBF29CE484222325ULL;
  static constexpr std::uint64_t kPrime = 0x00000100000001B3ULL;

  void AddByte(unsigned char byte) { hash_ = (hash_ ^ byte) * kPrime; }

  std::uint64_t hash_;
};

}  // namespace

TraceId TraceIdOfHex(std::string_view hex) { return BytesOf(hex, kTraceIdSize); }

SpanId SpanIdOfHex(std::string_view hex) { return BytesOf(hex, kSpanIdSize); }

std::optional<SentContext> ParseTraceparent(std::string_view traceparent) {
  constexpr std::size_t kTraceAt = 3;
  constexpr std::size_t kSpanAt = kTraceAt + 2 * kTraceIdSize + 1;
  if (traceparent.size() < kSpanAt + 2 * kSpanIdSize) return std::nullopt;
  SentContext sent{TraceIdOfHex(traceparent.substr(kTraceAt, 2 * kTraceIdSize)),
                   SpanIdOfHex(traceparent.substr(kSpanAt, 2 * kSpanIdSize))};
  if (sent.trace_id.empty() || sent.span_id.empty()) return std::nullopt;
  return sent;
}

TraceId DerivedTraceId(std::string_view check, std::string_view region, WallTime scheduled_at) {
  const std::string time = std::to_string(scheduled_at.time_since_epoch().count());
  TraceId id;
  for (const std::uint64_t seed : {0U, 1U}) {
    id += Hash(seed).Add(check).Add(region).Add(time).Bytes();
  }
  return id;
}

SpanId DerivedSpanId(const TraceId& trace_id, std::string_view path) {
  return Hash(2).Add(trace_id).Add(path).Bytes();
}

}  // namespace gaikei::otlp
