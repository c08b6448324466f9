#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "checks/expect/expect.h"

namespace gaikei::expect {

/// A value as it stands in an expression.
struct ScannedValue {
  std::size_t column = 0;
  std::string text;  ///< without its quotes
  bool is_quoted = false;
};

/// Takes an expression apart from left to right. Columns are byte offsets.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) { SkipBlanks(); }

  std::size_t column() const { return at_; }
  bool IsAtEnd() const { return at_ == text_.size(); }

  // Each of these leaves no blanks in front of what follows.

  /// Up to a blank or an operator sign; quotes inside brackets protect what they hold.
  std::string_view TakeSubject();
  /// Signs of an operator (`>=`), or a word (`contains`); empty at the end.
  std::string_view TakeOperator();
  /// True when `c` came next and was taken.
  bool Take(char c);
  /// A quoted string, or a bare word up to a blank; in a list up to a comma or a bracket as well.
  /// With `keeps_escapes` a backslash before a letter that is no escape stays, for patterns.
  tl::expected<ScannedValue, CompileError> TakeValue(bool is_in_list, bool keeps_escapes);

 private:
  void SkipBlanks();
  tl::expected<ScannedValue, CompileError> TakeQuoted(bool keeps_escapes);

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace gaikei::expect
