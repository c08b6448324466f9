#include "checks/expect/operand.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "checks/expect/number.h"
#include "results/text.h"
#include "results/time.h"

namespace gaikei::expect {
namespace {

constexpr std::size_t kShownOfValue = 64;  ///< characters of a value in a message
constexpr std::size_t kSha256Digits = 64;

tl::unexpected<CompileError> Error(const ScannedValue& value, std::string message) {
  return tl::unexpected(CompileError{value.column, std::move(message)});
}

std::string Quoted(const ScannedValue& value) {
  return fmt::format("\"{}\"", Escape(value.text, kShownOfValue));
}

bool IsNumeric(Type type) {
  switch (type) {
    case Type::kNumber:
    case Type::kDays:
    case Type::kSpan:
    case Type::kSize:
    case Type::kRatio:
    case Type::kTlsVersion:
    case Type::kHttpVersion:
      return true;
    default:
      return false;
  }
}

tl::expected<Operand, CompileError> MakeNumber(const ScannedValue& value, const SubjectRow& row) {
  if (value.is_quoted) {
    return Error(value,
                 fmt::format("{} is a number; {} in quotes is a text", row.name, Quoted(value)));
  }
  if (const auto number = ParseNumber(value.text)) return *number;
  return Error(value, fmt::format("{} is no number", Quoted(value)));
}

tl::expected<Operand, CompileError> MakeSpan(const ScannedValue& value) {
  if (const auto span = ParseDuration(value.text)) return Seconds(*span);
  if (ParseNumber(value.text)) {
    return Error(value, fmt::format("\"{0}\" needs a unit, as in \"{0}ms\" or \"{0}s\"",
                                    Escape(value.text, kShownOfValue)));
  }
  return Error(value, Quoted(value) + " is no duration; write it as \"250ms\", \"1.5s\" or \"2m\"");
}

tl::expected<Operand, CompileError> MakeDays(const ScannedValue& value) {
  if (const auto days = ParseNumber(value.text)) return *days;
  if (const auto span = ParseDuration(value.text)) return Seconds(*span) / 86400.0;
  return Error(value, Quoted(value) + " is no number of days; write it as \"14\" or \"14d\"");
}

tl::expected<Operand, CompileError> MakeSize(const ScannedValue& value) {
  if (const auto size = ParseSize(value.text)) return *size;
  return Error(value, Quoted(value) + " is no size; write it as \"64KiB\", \"8MiB\" or in bytes");
}

tl::expected<Operand, CompileError> MakeRatio(const ScannedValue& value) {
  std::string_view text = value.text;
  const bool is_percentage = text.ends_with('%');
  if (is_percentage) text.remove_suffix(1);
  if (const auto number = ParseNumber(text)) return is_percentage ? *number / 100 : *number;
  return Error(value, Quoted(value) + " is no ratio; write it as \"20%\" or \"0.2\"");
}

tl::expected<Operand, CompileError> MakeFlag(const ScannedValue& value) {
  if (value.text == "true") return true;
  if (value.text == "false") return false;
  return Error(value, Quoted(value) + " is neither true nor false");
}

tl::expected<Operand, CompileError> MakeAddress(const ScannedValue& value) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  std::array<char, INET6_ADDRSTRLEN> text{};
  for (const int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, value.text.c_str(), bytes.data()) == 1) {
      inet_ntop(family, bytes.data(), text.data(), text.size());
      return std::string(text.data());
    }
  }
  return Error(value, Quoted(value) + " is no numeric address");
}

tl::expected<Operand, CompileError> MakeFingerprint(const ScannedValue& value) {
  std::string digits;
  for (const char c : value.text) {
    if (c == ':') continue;
    const bool is_upper = c >= 'A' && c <= 'F';
    if (!is_upper && !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
      return Error(value, Quoted(value) + " is not hexadecimal");
    }
    digits += is_upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (digits.size() == kSha256Digits) return digits;
  return Error(value, fmt::format("a SHA-256 fingerprint has 64 hexadecimal digits, this one {}",
                                  digits.size()));
}

Operand MakeJson(const ScannedValue& value) {
  if (value.is_quoted) return value.text;
  if (value.text == "true") return true;
  if (value.text == "false") return false;
  if (value.text == "null") return JsonNull{};
  if (const auto number = ParseNumber(value.text)) return *number;
  return value.text;
}

/// For subjects whose type is known only when they are seen.
tl::expected<Operand, CompileError> MakeOrdered(const ScannedValue& value) {
  if (value.is_quoted) {
    return Error(value, Quoted(value) + " in quotes is a text; an order needs a number");
  }
  if (const auto number = ParseNumber(value.text)) return *number;
  return Error(value, Quoted(value) + " is no number; an order needs one");
}

}  // namespace

bool IsOrdering(Operator op) {
  return op == Operator::kLess || op == Operator::kLessOrEqual || op == Operator::kGreater ||
         op == Operator::kGreaterOrEqual;
}

bool IsFit(Type type, Operator op) {
  if (op == Operator::kContains || op == Operator::kMatches) {
    return !IsNumeric(type) && type != Type::kFlag;
  }
  if (IsOrdering(op)) return IsNumeric(type) || type == Type::kHeader || type == Type::kJson;
  return true;
}

tl::expected<Operand, CompileError> MakeOperand(const ScannedValue& value, const SubjectRow& row,
                                                Operator op) {
  if (op == Operator::kContains || op == Operator::kMatches) return value.text;
  switch (row.type) {
    case Type::kNumber:
      return MakeNumber(value, row);
    case Type::kSpan:
      return MakeSpan(value);
    case Type::kDays:
      return MakeDays(value);
    case Type::kSize:
      return MakeSize(value);
    case Type::kRatio:
      return MakeRatio(value);
    case Type::kFlag:
      return MakeFlag(value);
    case Type::kTlsVersion:
      if (const auto version = ParseTlsVersion(value.text)) return *version;
      return Error(value, Quoted(value) + " is no TLS version; known: 1.0, 1.1, 1.2, 1.3");
    case Type::kHttpVersion:
      if (const auto version = ParseHttpVersion(value.text)) return *version;
      return Error(value, Quoted(value) + " is no HTTP version; known: 1.0, 1.1, 2, 3");
    case Type::kAddress:
      return MakeAddress(value);
    case Type::kFingerprint:
      return MakeFingerprint(value);
    case Type::kText:
      return value.text;
    case Type::kHeader:
      if (IsOrdering(op)) return MakeOrdered(value);
      return value.text;
    case Type::kJson:
      if (IsOrdering(op)) return MakeOrdered(value);
      return MakeJson(value);
  }
  return Error(value, "this value cannot stand here");
}

bool IsRange(const ScannedValue& value) {
  return !value.is_quoted && value.text.find("..") != std::string::npos;
}

tl::expected<Operand, CompileError> MakeRange(const ScannedValue& value, const SubjectRow& row) {
  if (!IsFit(row.type, Operator::kLess)) {
    return Error(value, fmt::format("{} has no order, hence no range; quote a text that has \"..\"",
                                    row.name));
  }
  const std::size_t dots = value.text.find("..");
  const ScannedValue low_text{value.column, value.text.substr(0, dots), false};
  const ScannedValue high_text{value.column + dots + 2, value.text.substr(dots + 2), false};
  if (low_text.text.empty()) return Error(low_text, "the range has no beginning");
  if (high_text.text.empty()) return Error(high_text, "the range has no end");
  const auto low = MakeOperand(low_text, row, Operator::kLess);
  if (!low) return tl::unexpected(low.error());
  const auto high = MakeOperand(high_text, row, Operator::kLess);
  if (!high) return tl::unexpected(high.error());
  const Range range{std::get<double>(*low), std::get<double>(*high)};
  if (range.low > range.high) {
    return Error(value, fmt::format("the range {} is empty: its end is below its beginning",
                                    Escape(value.text, kShownOfValue)));
  }
  return range;
}

}  // namespace gaikei::expect
