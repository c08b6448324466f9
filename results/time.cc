#include "results/time.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>

namespace gaikei {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
constexpr double kMaxSpanSeconds = 100.0 * 366 * 86400;

/// Reads exactly `count` digits at `at`, moving on; absent when they are no digits.
std::optional<int> Digits(std::string_view text, std::size_t& at, std::size_t count) {
  if (at + count > text.size()) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const char c = text[at + i];
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  at += count;
  return value;
}

bool Skip(std::string_view text, std::size_t& at, std::string_view any_of) {
  if (at >= text.size() || any_of.find(text[at]) == std::string_view::npos) return false;
  ++at;
  return true;
}

struct Unit {
  std::string_view name;
  double seconds;
};
// Longer names first where one begins another.
constexpr std::array<Unit, 8> kUnits{{{"ns", 1e-9},
                                      {"us", 1e-6},
                                      {"ms", 1e-3},
                                      {"s", 1},
                                      {"m", 60},
                                      {"h", 3600},
                                      {"d", 86400},
                                      {"w", 7 * 86400}}};

}  // namespace

MonoTime MonoNow() { return std::chrono::steady_clock::now(); }
WallTime WallNow() { return std::chrono::system_clock::now(); }

std::string FormatRfc3339(WallTime time) {
  using std::chrono::floor;
  const auto day = floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto in_day = time - day;
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(in_day).count();
  const auto seconds = micros / 1'000'000;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     seconds / 3600, seconds / 60 % 60, seconds % 60, micros % 1'000'000);
}

std::optional<WallTime> ParseRfc3339(std::string_view text) {
  std::size_t at = 0;
  const auto year = Digits(text, at, 4);
  if (!year || !Skip(text, at, "-")) return std::nullopt;
  const auto month = Digits(text, at, 2);
  if (!month || !Skip(text, at, "-")) return std::nullopt;
  const auto day = Digits(text, at, 2);
  if (!day || !Skip(text, at, "Tt ")) return std::nullopt;
  const auto hour = Digits(text, at, 2);
  if (!hour || !Skip(text, at, ":")) return std::nullopt;
  const auto minute = Digits(text, at, 2);
  if (!minute || !Skip(text, at, ":")) return std::nullopt;
  const auto second = Digits(text, at, 2);
  // 60 is a leap second (RFC 3339, 5.6); it reads as the second after.
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;

  std::int64_t nanos = 0;
  if (Skip(text, at, ".")) {
    std::int64_t scale = kNanosPerSecond / 10;
    std::size_t digits = 0;
    while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0) {
      if (++digits > 9) return std::nullopt;
      nanos += (text[at] - '0') * scale;
      scale /= 10;
      ++at;
    }
    if (digits == 0) return std::nullopt;
  }
  std::int64_t offset = 0;
  if (!Skip(text, at, "Zz")) {
    if (at >= text.size() || (text[at] != '+' && text[at] != '-')) return std::nullopt;
    const int sign = text[at++] == '-' ? -1 : 1;
    const auto offset_hour = Digits(text, at, 2);
    if (!offset_hour || !Skip(text, at, ":")) return std::nullopt;
    const auto offset_minute = Digits(text, at, 2);
    if (!offset_minute || *offset_hour > 23 || *offset_minute > 59) return std::nullopt;
    offset = sign * (*offset_hour * 3600 + *offset_minute * 60);
  }
  if (at != text.size()) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  const std::int64_t seconds =
      std::chrono::sys_days(date).time_since_epoch().count() * std::int64_t{86400} + *hour * 3600 +
      *minute * 60 + *second - offset;
  // What 64 bits of nanoseconds can hold: the years 1678 to 2261.
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max() / kNanosPerSecond - 1;
  if (seconds > kMax || seconds < -kMax) return std::nullopt;
  return WallTime(Span(seconds * kNanosPerSecond + nanos));
}

std::optional<Span> ParseDuration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    double amount = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), amount, std::chars_format::fixed);
    if (error != std::errc() || text.front() == '-' || !(amount >= 0)) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    std::size_t letters = 0;
    while (letters < text.size() && text[letters] >= 'a' && text[letters] <= 'z') ++letters;
    const std::string_view name = text.substr(0, letters);
    double seconds = 0;
    for (const Unit& unit : kUnits) {
      if (unit.name == name) seconds = unit.seconds;
    }
    if (seconds == 0) return std::nullopt;
    total += amount * seconds;
    if (total > kMaxSpanSeconds) return std::nullopt;
    text.remove_prefix(letters);
  }
  return Span(static_cast<std::int64_t>(total * 1e9 + 0.5));
}

std::string FormatDuration(Span span) {
  const double seconds = Seconds(span);
  if (span < Span::zero()) return "-" + FormatDuration(-span);
  if (seconds < 1e-3) return fmt::format("{:.0f}us", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.3g}ms", std::min(seconds * 1e3, 999.0));
  if (seconds < 60) return fmt::format("{:.3g}s", std::min(seconds, 59.9));
  struct Step {
    std::int64_t seconds;
    char name;
  };
  constexpr Step kSteps[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
  std::int64_t rest = std::chrono::round<std::chrono::seconds>(span).count();
  std::string text;
  for (const Step& step : kSteps) {
    if (rest >= step.seconds) text += fmt::format("{}{}", rest / step.seconds, step.name);
    rest %= step.seconds;
  }
  return text;
}

}  // namespace gaikei
