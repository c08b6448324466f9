#include "checks/expect/compare.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <optional>

#include "checks/expect/number.h"
#include "checks/expect/operand.h"

namespace gaikei::expect {
namespace {

constexpr std::string_view kCut =
    "only the beginning was kept, and what was asked for is not in it";

/// What a value is, in words.
std::string_view Noun(const Scalar& value) {
  if (std::holds_alternative<double>(value)) return "a number";
  if (std::holds_alternative<std::string_view>(value)) return "a text";
  if (std::holds_alternative<bool>(value)) return "true or false";
  if (std::holds_alternative<JsonNull>(value)) return "null";
  const std::string_view text = std::get<JsonWhole>(value).text;
  return text.starts_with('[') ? "an array" : "an object";
}

std::string_view Noun(const Operand& operand) {
  if (std::holds_alternative<std::string>(operand)) return "a text";
  if (std::holds_alternative<bool>(operand)) return "true or false";
  if (std::holds_alternative<JsonNull>(operand)) return "null";
  return "a number";
}

Verdict Differ(const Scalar& value, std::string_view wanted) {
  return Verdict::Cannot(fmt::format("it is {}, not {}", Noun(value), wanted));
}

/// The value as a number, where the subject's type allows to read it as one.
std::optional<double> NumberOf(const Scalar& value, Type type) {
  if (const double* number = std::get_if<double>(&value)) return *number;
  const auto* text = std::get_if<std::string_view>(&value);
  if (text == nullptr) return std::nullopt;
  if (type == Type::kTlsVersion) return ParseTlsVersion(*text);
  if (type == Type::kHttpVersion) return ParseHttpVersion(*text);
  if (type == Type::kHeader) return ParseNumber(*text);
  return std::nullopt;
}

bool HoldsOrder(Operator op, double left, double right) {
  switch (op) {
    case Operator::kLess:
      return left < right;
    case Operator::kLessOrEqual:
      return left <= right;
    case Operator::kGreater:
      return left > right;
    default:
      return left >= right;
  }
}

Verdict NoNumber(const Scalar& value, Type type) {
  if (type == Type::kTlsVersion) return Verdict::Cannot("it is no TLS version that is known here");
  if (type == Type::kHttpVersion)
    return Verdict::Cannot("it is no HTTP version that is known here");
  return Differ(value, "a number");
}

/// A text against a whole text: of a cut one only the beginning is known.
Verdict EqualText(std::string_view value, std::string_view wanted, bool is_cut) {
  if (!is_cut) return Verdict::Of(value == wanted);
  const bool is_open = wanted.size() > value.size() && wanted.starts_with(value);
  return is_open ? Verdict::Cannot("only the beginning was kept, which is the same")
                 : Verdict::Of(false);
}

Verdict Equal(const Scalar& value, const Operand& operand, Type type, bool is_cut) {
  if (const Range* range = std::get_if<Range>(&operand)) {
    const auto number = NumberOf(value, type);
    if (!number) return NoNumber(value, type);
    return Verdict::Of(range->low <= *number && *number <= range->high);
  }
  if (const double* wanted = std::get_if<double>(&operand)) {
    const auto number = NumberOf(value, type);
    if (!number) return NoNumber(value, type);
    return Verdict::Of(*number == *wanted);
  }
  // null may be compared with anything: that asks whether there is a value.
  const bool is_null = std::holds_alternative<JsonNull>(value);
  if (std::holds_alternative<JsonNull>(operand)) return Verdict::Of(is_null);
  if (const bool* wanted = std::get_if<bool>(&operand)) {
    if (const bool* seen = std::get_if<bool>(&value)) return Verdict::Of(*seen == *wanted);
  }
  if (const auto* wanted = std::get_if<std::string>(&operand)) {
    if (const auto* seen = std::get_if<std::string_view>(&value)) {
      return EqualText(*seen, *wanted, is_cut);
    }
  }
  return Differ(value, Noun(operand));
}

/// Yes if any is equal; else, if some could be compared, no.
Verdict In(const Program& program, const Scalar& value, bool is_cut) {
  std::optional<Verdict> verdict;
  for (const Operand& operand : program.operands) {
    Verdict one = Equal(value, operand, program.subject.row->type, is_cut);
    if (one.kind == Verdict::Kind::kYes) return one;
    // A cut text that may still be one of them is not known to be none of them.
    const bool decides =
        is_cut ? one.kind == Verdict::Kind::kCannot : one.kind == Verdict::Kind::kNo;
    if (!verdict || decides) verdict = std::move(one);
  }
  return verdict.value_or(Verdict::Of(false));
}

Verdict Matches(const re2::RE2& pattern, std::string_view text, bool is_cut) {
  // Of a cut text the last byte only tells what follows: a `$` must not match where it was cut.
  const std::size_t end = is_cut && !text.empty() ? text.size() - 1 : text.size();
  const re2::StringPiece whole(text.data(), text.size());
  return Verdict::Of(pattern.Match(whole, 0, end, re2::RE2::UNANCHORED, nullptr, 0));
}

/// `contains` and `matches`.
Verdict Search(const Program& program, const Scalar& value, bool is_cut) {
  std::string_view text;
  if (const auto* seen = std::get_if<std::string_view>(&value)) {
    text = *seen;
  } else if (const auto* whole = std::get_if<JsonWhole>(&value)) {
    text = whole->text;
  } else {
    return Differ(value, "a text");
  }
  Verdict found = program.op == Operator::kMatches
                      ? Matches(*program.pattern, text, is_cut)
                      : Verdict::Of(text.find(std::get<std::string>(program.operands.front())) !=
                                    std::string_view::npos);
  if (is_cut && found.kind == Verdict::Kind::kNo) return Verdict::Cannot(std::string(kCut));
  return found;
}

}  // namespace

Verdict Compare(const Program& program, const Scalar& value, bool is_cut) {
  const Type type = program.subject.row->type;
  switch (program.op) {
    case Operator::kContains:
    case Operator::kMatches:
      return Search(program, value, is_cut);
    case Operator::kIn:
      return In(program, value, is_cut);
    case Operator::kEqual:
    case Operator::kNotEqual: {
      // != is the negation of ==, which Run() turns round: with several values none is equal.
      return Equal(value, program.operands.front(), type, is_cut);
    }
    default: {
      const auto number = NumberOf(value, type);
      if (!number) return NoNumber(value, type);
      return Verdict::Of(
          HoldsOrder(program.op, *number, std::get<double>(program.operands.front())));
    }
  }
}

}  // namespace gaikei::expect
