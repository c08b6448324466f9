#include "probe/import/shell_words.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>

namespace gaikei {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::optional<unsigned> Digit(char c, unsigned base) {
  unsigned value = 99;
  if (c >= '0' && c <= '9') value = static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') value = static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') value = static_cast<unsigned>(c - 'A') + 10;
  return value < base ? std::optional(value) : std::nullopt;
}

/// As bash writes \u and \U where the locale is UTF-8.
void AddUtf8(std::uint32_t code, std::string& out) {
  const auto tail = [&](unsigned shift) {
    out += static_cast<char>(0x80U | ((code >> shift) & 0x3FU));
  };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0U | (code >> 6U));
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0U | (code >> 12U));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0U | ((code >> 18U) & 0x07U));
    tail(12);
    tail(6);
    tail(0);
  }
}

/// Thrown by Splitter alone, caught by SplitShell alone.
struct Refused {
  std::size_t at;
  std::string message;
};

class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  std::vector<ShellCommand> Split() {
    while (at_ < text_.size()) Step();
    EndCommand();
    return std::move(commands_);
  }

  unsigned LineAt(std::size_t at) const {
    unsigned line = 1;
    for (const char c : text_.substr(0, at)) line += c == '\n' ? 1U : 0U;
    return line;
  }

 private:
  char Peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool IsContinued() const {
    return Peek() == '\\' && (Peek(1) == '\n' || (Peek(1) == '\r' && Peek(2) == '\n'));
  }
  void Put(char c) {
    BeginWord();
    word_ += c;
  }
  void BeginWord() {
    if (command_.words.empty() && !has_word_) begin_ = at_;
    has_word_ = true;
  }
  void EndWord() {
    if (has_word_) command_.words.push_back(std::move(word_));
    word_.clear();
    has_word_ = false;
  }
  void EndCommand() {
    EndWord();
    if (!command_.words.empty()) {
      // Lines are counted on from the last command's: once over the text in all.
      line_ += LinesBetween(counted_, begin_);
      counted_ = begin_;
      command_.line = line_;
      commands_.push_back(std::move(command_));
    }
    command_ = {};
  }
  unsigned LinesBetween(std::size_t from, std::size_t to) const {
    unsigned lines = 0;
    for (const char c : text_.substr(from, to - from)) lines += c == '\n' ? 1U : 0U;
    return lines;
  }

  void Step() {
    const char c = Peek();
    if (IsContinued()) {
      at_ += Peek(1) == '\r' ? 3 : 2;
    } else if (IsBlank(c)) {
      EndWord();
      ++at_;
    } else if (c == '\n' || c == ';') {
      EndCommand();
      ++at_;
    } else if (c == '&') {
      EndCommand();
      at_ += Peek(1) == '&' ? 2 : 1;
    } else if (c == '#' && !has_word_) {
      while (at_ < text_.size() && Peek() != '\n') ++at_;
    } else {
      Character(c);
    }
  }

  void Character(char c) {
    switch (c) {
      case '\'':
        return Single();
      case '"':
        return Double();
      case '\\':
        if (at_ + 1 == text_.size()) throw Refused{at_, "a backslash at the end"};
        Put(Peek(1));
        at_ += 2;
        return;
      case '$':
        if (Peek(1) == '\'') return AnsiC();
        if (Peek(1) == '"') {
          ++at_;
          return Double();
        }
        return Dollar();
      case '`':
        throw Refused{at_, "a command substitution cannot be imported; write its result"};
      case '|':
      case '<':
      case '>':
      case '(':
      case ')':
        throw Refused{at_, fmt::format("'{}' is no part of a curl command: import it without "
                                       "pipes, redirections and subshells",
                                       c)};
      case '\0':
        throw Refused{at_, "a NUL byte"};
      default:
        Put(c);
        ++at_;
    }
  }

  /// A dollar that is none of a quotation: itself, or something only a shell knows.
  void Dollar() {
    const char next = Peek(1);
    const bool is_name =
        (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') ||
        (next >= '0' && next <= '9') || next == '_' || next == '{' || next == '(' ||
        (next != '\0' && std::string_view("@*#?-!$").find(next) != std::string_view::npos);
    if (is_name) {
      throw Refused{at_,
                    "a shell variable cannot be imported; write its value, or \\$ for a "
                    "dollar"};
    }
    Put('$');
    ++at_;
  }

  void Single() {
    const std::size_t begin = at_;
    BeginWord();
    const std::size_t end = text_.find('\'', at_ + 1);
    if (end == std::string_view::npos) throw Refused{begin, "a quotation that does not end"};
    word_ += text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
  }

  void Double() {
    const std::size_t begin = at_;
    BeginWord();
    for (++at_; at_ < text_.size();) {
      const char c = Peek();
      if (c == '"') {
        ++at_;
        return;
      }
      if (c == '`') {
        throw Refused{at_, "a command substitution cannot be imported; write its result"};
      }
      if (c == '$') {
        Dollar();
      } else if (IsContinued()) {
        at_ += Peek(1) == '\r' ? 3 : 2;
      } else if (c == '\\' && std::string_view("\"\\$`").find(Peek(1)) != std::string_view::npos &&
                 Peek(1) != '\0') {
        word_ += Peek(1);
        at_ += 2;
      } else {
        word_ += c;
        ++at_;
      }
    }
    throw Refused{begin, "a quotation that does not end"};
  }

  /// $'...' as of bash, "ANSI-C Quoting".
  void AnsiC() {
    const std::size_t begin = at_;
    BeginWord();
    at_ += 2;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '\'') return;
      if (c != '\\') {
        word_ += c;
      } else if (at_ < text_.size()) {
        Escaped(text_[at_++]);
      }
    }
    throw Refused{begin, "a quotation that does not end"};
  }

  void Escaped(char c) {
    static constexpr std::string_view kNames = "abeEfnrtv\\'\"?";
    static constexpr std::string_view kBytes = "\a\b\x1b\x1b\f\n\r\t\v\\'\"?";
    if (const std::size_t at = kNames.find(c); at != std::string_view::npos) {
      word_ += kBytes[at];
    } else if (c == 'x') {
      Number(16, 2, false, "\\x");
    } else if (c == 'u' || c == 'U') {
      Number(16, c == 'u' ? 4 : 8, true, c == 'u' ? "\\u" : "\\U");
    } else if (c >= '0' && c <= '7') {
      --at_;
      Number(8, 3, false, "\\");
    } else if (c == 'c' && at_ < text_.size()) {
      word_ += static_cast<char>(static_cast<unsigned char>(text_[at_++]) & 0x1FU);
    } else {
      word_ += '\\';
      word_ += c;
    }
  }

  void Number(unsigned base, unsigned digits, bool is_code_point, std::string_view written) {
    std::uint32_t value = 0;
    unsigned read = 0;
    for (; read < digits; ++read) {
      const auto digit = Digit(Peek(), base);
      if (!digit) break;
      value = value * base + *digit;
      ++at_;
    }
    if (read == 0) {
      word_ += written;
      return;
    }
    if (!is_code_point) {
      word_ += static_cast<char>(value & 0xFFU);
    } else if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
      throw Refused{at_, "no character of Unicode"};
    } else {
      AddUtf8(value, word_);
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string word_;
  bool has_word_ = false;
  std::size_t begin_ = 0;  // of the command
  ShellCommand command_;
  std::vector<ShellCommand> commands_;
  std::size_t counted_ = 0;  // where line_ is
  unsigned line_ = 1;
};

}  // namespace

tl::expected<std::vector<ShellCommand>, ShellError> SplitShell(std::string_view text) {
  Splitter splitter(text);
  try {
    return splitter.Split();
  } catch (const Refused& refused) {
    const std::size_t line_start = text.rfind('\n', refused.at == 0 ? 0 : refused.at - 1);
    const std::size_t column = line_start == std::string_view::npos || line_start >= refused.at
                                   ? refused.at + 1
                                   : refused.at - line_start;
    return tl::unexpected(
        ShellError{splitter.LineAt(refused.at), static_cast<unsigned>(column), refused.message});
  }
}

}  // namespace gaikei
