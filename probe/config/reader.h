#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probe/config/document.h"
#include "probe/config/errors.h"
#include "results/time.h"

namespace gaikei {

/// Reads one table: every getter makes its key known, adds an error where the value is wrong, and
/// is absent where the key is missing or wrong. Done() reports the keys that nobody asked for.
class TableReader {
 public:
  /// `table` and `errors` outlive it.
  TableReader(const Node& table, ErrorList& errors);

  const Node& table() const { return table_; }
  ErrorList& errors() { return errors_; }

  /// The value whatever it is; null where there is none.
  const Node* Take(std::string_view key);
  /// The value where it is of this kind; null where it is missing or not.
  const Node* Take(std::string_view key, NodeKind kind);

  std::optional<std::string> String(std::string_view key);
  /// A string without control characters that is not empty.
  std::optional<std::string> Line(std::string_view key);
  std::optional<bool> Boolean(std::string_view key);
  std::optional<std::int64_t> Integer(std::string_view key, std::int64_t min, std::int64_t max);
  /// An integer will do.
  std::optional<double> Number(std::string_view key, double min, double max);
  std::optional<Span> Duration(std::string_view key, Span min, Span max);
  std::optional<std::uint64_t> Size(std::string_view key, std::uint64_t min, std::uint64_t max);
  /// One of `names`, which live as long as the program.
  std::optional<std::string_view> OneOf(std::string_view key,
                                        std::span<const std::string_view> names);
  /// The strings of an array; what is no string is an error of its own. Empty where the key is
  /// missing.
  std::vector<const Node*> Strings(std::string_view key);
  /// As Strings(); one string alone will do.
  std::vector<const Node*> StringOrStrings(std::string_view key);

  /// What the table was asked for so far.
  const std::vector<std::string_view>& known() const { return known_; }

  /// REQUIRES: the table was asked for every key it may have.
  void Done();
  /// As Done(), but of a key that `is_settled` accepts nothing is said.
  void Done(const std::function<bool(const Node& unknown)>& is_settled);

 private:
  std::vector<const Node*> StringsOf(const Node* array);

  const Node& table_;
  ErrorList& errors_;
  std::vector<std::string_view> known_;
  std::vector<bool> is_known_;  // by index of the table's children
};

/// True when `node` is of the kind; else adds "expected a string, found an integer".
bool Expect(const Node& node, NodeKind kind, ErrorList& errors);

/// `every = "5x"`, for messages.
std::string Assignment(const Node& node);

/// Controls, line separators and other characters that Escape() would not let through.
bool HasControl(std::string_view text);

}  // namespace gaikei
