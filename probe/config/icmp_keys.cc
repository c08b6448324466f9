#include "probe/config/icmp_keys.h"

#include <fmt/format.h>

namespace gaikei {
namespace {

constexpr Span kShortestInterval = std::chrono::milliseconds(10);
constexpr Span kLongestInterval = std::chrono::hours(1);
constexpr unsigned kLargestPayload = 65507;  // 65,535 less the headers of IPv4 and ICMP

}  // namespace

void ReadIcmpKeys(TableReader& reader, CheckSpec& spec) {
  IcmpOptions& icmp = spec.icmp;
  const auto count = reader.Integer("count", 1, 100);
  if (count) icmp.count = static_cast<unsigned>(*count);
  const auto interval = reader.Duration("interval", kShortestInterval, kLongestInterval);
  if (interval) icmp.interval = *interval;
  if (const auto size = reader.Integer("size", 0, kLargestPayload)) {
    icmp.size = static_cast<unsigned>(*size);
  }
  if (const auto ttl = reader.Integer("ttl", 0, 255)) icmp.ttl = static_cast<unsigned>(*ttl);
  icmp.dont_fragment = reader.Boolean("dont_fragment").value_or(icmp.dont_fragment);

  const Span needed = icmp.interval * (icmp.count - 1);
  if (needed < spec.timeout) return;
  const Node* wrong = reader.table().Find(interval ? "interval" : count ? "count" : "timeout");
  reader.errors().Add(wrong != nullptr ? wrong->position : reader.table().key_position,
                      fmt::format("{} requests every {} take {}, and timeout is {}", icmp.count,
                                  FormatDuration(icmp.interval), FormatDuration(needed),
                                  FormatDuration(spec.timeout)));
}

}  // namespace gaikei
