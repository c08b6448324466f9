#include "scheduler/shard.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>

#include "scheduler/plan.h"

namespace gaikei {
namespace {

/// How much that shard wants what has this hash. Never to be changed: it decides who probes what.
std::uint64_t Weight(std::uint64_t hash, unsigned shard) {
  std::uint64_t mixed = hash ^ (shard * 0x9E3779B97F4A7C15ULL);
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
  return mixed ^ (mixed >> 31);
}

std::optional<unsigned> ParseNumber(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

bool Shard::Owns(std::string_view check, std::string_view region) const {
  if (count == 1) return true;
  const std::uint64_t hash = StableHash(CheckInRegion(check, region));
  const std::uint64_t ours = Weight(hash, index);
  for (unsigned other = 1; other <= count; ++other) {
    if (other == index) continue;
    const std::uint64_t theirs = Weight(hash, other);
    if (theirs > ours || (theirs == ours && other < index)) return false;
  }
  return true;
}

std::string Shard::Text() const { return fmt::format("{}/{}", index, count); }

std::optional<Shard> Shard::Parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto index = ParseNumber(text.substr(0, slash));
  const auto count = ParseNumber(text.substr(slash + 1));
  if (!index || !count || *index < 1 || *index > *count || *count > kMaxCount) return std::nullopt;
  return Shard{*index, *count};
}

}  // namespace gaikei
