#include "results/upstream/retry_after.h"

#include <algorithm>
#include <chrono>

#include "results/http_date.h"

namespace gaikei {
namespace {

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool IsNumber(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// REQUIRES: IsNumber().
Span SecondsOf(std::string_view digits) {
  Span span{0};
  for (const char digit : digits) {
    span = span * 10 + std::chrono::seconds(digit - '0');
    if (span >= kRetryAfterLimit) return kRetryAfterLimit;
  }
  return span;
}

}  // namespace

std::optional<Span> ParseRetryAfter(std::string_view text, WallTime now) {
  text = Trimmed(text);
  if (text.empty()) return std::nullopt;
  if (IsNumber(text)) return SecondsOf(text);
  const auto date = ParseHttpDate(text, now);
  if (!date) return std::nullopt;
  const WallTime this_second = std::chrono::floor<std::chrono::seconds>(now);
  // Compared first: centuries ago are further away than a span reaches.
  if (*date <= this_second) return Span::zero();
  return *date - this_second < kRetryAfterLimit ? *date - this_second : kRetryAfterLimit;
}

}  // namespace gaikei
