#include "checks/expect/number.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

namespace gaikei::expect {
namespace {

struct Unit {
  std::string_view name;
  double bytes;
};
constexpr std::array<Unit, 8> kSizeUnits{{{"", 1},
                                          {"B", 1},
                                          {"kB", 1e3},
                                          {"MB", 1e6},
                                          {"GB", 1e9},
                                          {"KiB", 1024.0},
                                          {"MiB", 1024.0 * 1024},
                                          {"GiB", 1024.0 * 1024 * 1024}}};

/// Takes a number off the front.
std::optional<double> TakeNumber(std::string_view& text) {
  const std::size_t first = !text.empty() && text.front() == '-' ? 1 : 0;
  // from_chars would read "inf" and "nan".
  if (first >= text.size() || text[first] < '0' || text[first] > '9') return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || !std::isfinite(number)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

std::optional<double> ParseNumber(std::string_view text) {
  const std::optional<double> number = TakeNumber(text);
  return text.empty() ? number : std::nullopt;
}

std::optional<double> ParseSize(std::string_view text) {
  const std::optional<double> number = TakeNumber(text);
  if (!number || *number < 0) return std::nullopt;
  for (const Unit& unit : kSizeUnits) {
    if (unit.name == text) return *number * unit.bytes;
  }
  return std::nullopt;
}

std::optional<double> ParseTlsVersion(std::string_view text) {
  if (text == "SSLv3") return 0.3;
  if (!TakePrefix(text, "TLSv")) TakePrefix(text, "TLS ");
  if (text == "1" || text == "1.0") return 1.0;
  if (text == "1.1") return 1.1;
  if (text == "1.2") return 1.2;
  if (text == "1.3") return 1.3;
  return std::nullopt;
}

std::optional<double> ParseHttpVersion(std::string_view text) {
  TakePrefix(text, "HTTP/");
  if (text == "1.0") return 1.0;
  if (text == "1.1") return 1.1;
  if (text == "2" || text == "2.0") return 2.0;
  if (text == "3" || text == "3.0") return 3.0;
  return std::nullopt;
}

std::string FormatNumber(double number) {
  std::string text = fmt::format("{}", number);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

}  // namespace gaikei::expect
