#include "results/upstream/mackerel/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "results/ascii.h"

namespace gaikei::mackerel {
namespace {

/// What is longer is cut: Mackerel does not say how long a name may be.
constexpr std::size_t kPartLimit = 80;
constexpr std::size_t kHashDigits = 8;
/// Between check and region in the name of a report.
constexpr std::string_view kSeparator = "--";

bool IsPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IsDigit(c) || c == '_' || c == '-';
}

/// FNV-1a, 64 bits folded to 32: stable for ever, unlike std::hash.
std::uint32_t HashOf(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3U;
  }
  return static_cast<std::uint32_t>(hash ^ (hash >> 32U));
}

/// It ends as a name does that was changed, and could be taken for one.
bool LooksHashed(std::string_view name) {
  if (name.size() <= kHashDigits) return false;
  const std::string_view tail = name.substr(name.size() - kHashDigits);
  return name[name.size() - kHashDigits - 1] == '-' &&
         std::all_of(tail.begin(), tail.end(),
                     [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); });
}

/// A part that holds the separator, or could make one with what stands beside it, is changed, too:
/// "a--b" in "c" is not "a" in "b--c".
std::string Part(std::string_view name) {
  if (!name.empty() && name.size() <= kPartLimit &&
      std::all_of(name.begin(), name.end(), IsPlain) && !LooksHashed(name) &&
      name.find(kSeparator) == std::string_view::npos && name.front() != '-' &&
      name.back() != '-') {
    return std::string(name);
  }
  std::string part(name.substr(0, kPartLimit));
  for (std::size_t i = 0; i < part.size(); ++i) {
    const bool is_doubled = part[i] == '-' && (i == 0 || part[i - 1] == '-' || part[i - 1] == '_');
    if (!IsPlain(part[i]) || is_doubled) part[i] = '_';
  }
  while (!part.empty() && part.back() == '-') part.pop_back();
  return fmt::format("{}-{:08x}", part.empty() ? "_" : part, HashOf(name));
}

}  // namespace

std::string MetricStem(std::string_view prefix, std::string_view check, std::string_view region) {
  std::string stem;
  for (const char c : prefix) stem += IsPlain(c) || c == '.' ? c : '_';
  if (!stem.empty() && stem.back() != '.') stem += '.';
  return stem + Part(check) + "." + Part(region) + ".";
}

std::string ReportName(std::string_view check, std::string_view region,
                       std::string_view own_region) {
  std::string name = Part(check);
  if (region != own_region) name.append(kSeparator).append(Part(region));
  return name;
}

}  // namespace gaikei::mackerel
