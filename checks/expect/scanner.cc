#include "checks/expect/scanner.h"

#include <fmt/format.h>

#include <optional>

#include "results/text.h"

namespace gaikei::expect {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsSign(char c) { return std::string_view("=!<>~").find(c) != std::string_view::npos; }
bool IsQuote(char c) { return c == '\'' || c == '"'; }
bool IsListSign(char c) { return c == ',' || c == '[' || c == ']'; }

std::optional<char> Unescape(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case '\\':
    case '\'':
    case '"':
      return c;
    default:
      return std::nullopt;
  }
}

}  // namespace

void Scanner::SkipBlanks() {
  while (!IsAtEnd() && IsBlank(text_[at_])) ++at_;
}

std::string_view Scanner::TakeSubject() {
  const std::size_t begin = at_;
  while (!IsAtEnd() && !IsBlank(text_[at_]) && !IsSign(text_[at_])) {
    const bool is_bracket = text_[at_++] == '[';
    if (!is_bracket || IsAtEnd() || !IsQuote(text_[at_])) continue;
    const std::size_t close = text_.find(text_[at_], at_ + 1);
    at_ = close == std::string_view::npos ? text_.size() : close + 1;
  }
  const std::string_view subject = text_.substr(begin, at_ - begin);
  SkipBlanks();
  return subject;
}

std::string_view Scanner::TakeOperator() {
  const std::size_t begin = at_;
  const bool is_sign = !IsAtEnd() && IsSign(text_[at_]);
  while (!IsAtEnd() && !IsBlank(text_[at_]) && IsSign(text_[at_]) == is_sign) {
    if (!is_sign && (IsQuote(text_[at_]) || IsListSign(text_[at_]))) break;
    ++at_;
  }
  const std::string_view taken = text_.substr(begin, at_ - begin);
  SkipBlanks();
  return taken;
}

bool Scanner::Take(char c) {
  if (IsAtEnd() || text_[at_] != c) return false;
  ++at_;
  SkipBlanks();
  return true;
}

tl::expected<ScannedValue, CompileError> Scanner::TakeValue(bool is_in_list, bool keeps_escapes) {
  if (!IsAtEnd() && IsQuote(text_[at_])) return TakeQuoted(keeps_escapes);
  ScannedValue value{at_, "", false};
  while (!IsAtEnd() && !IsBlank(text_[at_]) && !(is_in_list && IsListSign(text_[at_]))) ++at_;
  value.text = text_.substr(value.column, at_ - value.column);
  if (value.text.empty()) return tl::unexpected(CompileError{at_, "a value is missing"});
  SkipBlanks();
  return value;
}

tl::expected<ScannedValue, CompileError> Scanner::TakeQuoted(bool keeps_escapes) {
  ScannedValue value{at_, "", true};
  const char quote = text_[at_++];
  while (!IsAtEnd() && text_[at_] != quote) {
    const char c = text_[at_++];
    if (c != '\\' || IsAtEnd()) {
      value.text += c;
      continue;
    }
    const char escaped = text_[at_++];
    if (const auto plain = Unescape(escaped)) {
      value.text += *plain;
    } else if (keeps_escapes) {
      value.text += {'\\', escaped};
    } else {
      return tl::unexpected(
          CompileError{at_ - 2, fmt::format("unknown escape \"\\{}\"; known: \\\\ \\' \\\" \\n \\t",
                                            Escape(std::string_view(&escaped, 1)))});
    }
  }
  if (IsAtEnd()) return tl::unexpected(CompileError{value.column, "the quote is not closed"});
  ++at_;
  SkipBlanks();
  return value;
}

}  // namespace gaikei::expect
