#include "checks/expect/actual.h"

#include <fmt/format.h>

#include <cmath>

#include "checks/expect/number.h"
#include "results/secret.h"
#include "results/text.h"

namespace gaikei::expect {
namespace {

/// Bytes of a text that can matter: no character has more than four.
constexpr std::size_t kEnough = 4 * (kEscapedLimit + 1);

/// At most `digits` after the point, no zeros at the end.
std::string Trimmed(double number, int digits) {
  std::string text = fmt::format("{:.{}f}", number, digits);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string ShowNumber(double number, Type type) {
  if (type == Type::kSpan) {
    // Finer than FormatDuration(): 800.4 ms must not read as the 800 ms that it exceeds.
    return std::abs(number) < 1 ? Trimmed(number * 1e3, 3) + "ms" : Trimmed(number, 6) + "s";
  }
  if (type == Type::kDays) return Trimmed(number, 3);
  return FormatNumber(number);
}

/// A value of several, its text bounded.
std::string ShowOne(const JsonValue& value) {
  struct Visitor {
    std::string operator()(double number) const { return FormatNumber(number); }
    std::string operator()(std::string_view text) const {
      return std::string(text.substr(0, kEnough));
    }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(JsonNull) const { return "null"; }
    std::string operator()(JsonWhole whole) const {
      return std::string(whole.text.substr(0, kEnough));
    }
  };
  return std::visit(Visitor{}, value);
}

/// With commas between, as many as can matter.
template <typename Values>
std::string ShowSeveral(const Values& values) {
  std::string text;
  std::string_view comma;
  for (const auto& one : values) {
    if (text.size() > kEnough) break;
    text += comma;
    text += ShowOne(one);
    comma = ", ";
  }
  return text;
}

}  // namespace

std::string ShowActual(const Value& value, const FoundSubject& subject) {
  if (std::holds_alternative<Missing>(value)) return "";
  if (subject.row->subject == Subject::kHeader && IsCredentialHeader(subject.argument)) {
    return "<secret>";
  }
  if (const double* number = std::get_if<double>(&value)) {
    return ShowNumber(*number, subject.row->type);
  }
  if (const bool* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (std::holds_alternative<JsonNull>(value)) return "null";
  std::string text;
  if (const auto* several = std::get_if<std::vector<std::string_view>>(&value)) {
    text = ShowSeveral(*several);
  } else if (const auto* many = std::get_if<JsonMany>(&value)) {
    text = ShowSeveral(many->values);
  } else if (const auto* one = std::get_if<std::string_view>(&value)) {
    text = one->substr(0, kEnough);
  } else {
    text = std::get<JsonWhole>(value).text.substr(0, kEnough);
  }
  return Escape(text);
}

}  // namespace gaikei::expect
