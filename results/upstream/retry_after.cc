#include "results/upstream/retry_after.h"

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>
#include <string>

namespace gaikei {
namespace {

/// Longer texts are no date of HTTP; the longest is "Wednesday, 06-Nov-94 08:49:37 GMT".
constexpr std::size_t kDateLimit = 40;

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

/// `format` is one of std::get_time.
std::optional<std::chrono::sys_seconds> ReadDate(std::string_view text, const char* format) {
  std::istringstream in{std::string(text)};
  in.imbue(std::locale::classic());
  std::tm fields{};
  in >> std::get_time(&fields, format);
  // It is satisfied with a beginning; what is written the same again was read wholly.
  std::ostringstream again;
  again.imbue(std::locale::classic());
  again << std::put_time(&fields, format);
  if (in.bad() || again.str() != text) return std::nullopt;
  const std::chrono::year_month_day day{
      std::chrono::year(fields.tm_year + 1900),
      std::chrono::month(static_cast<unsigned>(fields.tm_mon + 1)),
      std::chrono::day(static_cast<unsigned>(fields.tm_mday))};
  if (!day.ok()) return std::nullopt;
  return std::chrono::sys_days(day) + std::chrono::hours(fields.tm_hour) +
         std::chrono::minutes(fields.tm_min) + std::chrono::seconds(fields.tm_sec);
}

}  // namespace

std::optional<Span> ParseRetryAfter(std::string_view text, WallTime now) {
  text = Trimmed(text);
  if (text.empty()) return std::nullopt;
  if (IsNumber(text)) return SecondsOf(text);
  if (text.size() > kDateLimit) return std::nullopt;
  // RFC 9110, 5.6.7: the form of today, and two that are obsolete and still to be understood.
  for (const char* format :
       {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    const auto date = ReadDate(text, format);
    if (!date) continue;
    // In seconds: years far away do not fit into a Span.
    const auto wait = *date - std::chrono::floor<std::chrono::seconds>(now);
    return std::clamp<std::chrono::seconds>(
        wait, std::chrono::seconds(0),
        std::chrono::duration_cast<std::chrono::seconds>(kRetryAfterLimit));
  }
  return std::nullopt;
}

}  // namespace gaikei
