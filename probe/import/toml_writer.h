#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace gaikei {

/// A value to be written as TOML, on one line. A value type.
struct TomlValue {
  using Array = std::vector<TomlValue>;
  using Table = std::vector<std::pair<std::string, TomlValue>>;
  std::variant<std::string, std::int64_t, double, bool, Array, Table> value;

  TomlValue(std::string text) : value(std::move(text)) {}    // NOLINT: a literal of our own
  TomlValue(const char* text) : value(std::string(text)) {}  // NOLINT
  TomlValue(std::int64_t number) : value(number) {}          // NOLINT
  TomlValue(double number) : value(number) {}                // NOLINT
  TomlValue(bool truth) : value(truth) {}                    // NOLINT
  TomlValue(Array array) : value(std::move(array)) {}        // NOLINT
  TomlValue(Table table) : value(std::move(table)) {}        // NOLINT

  /// `{ env = "NAME" }`
  static TomlValue Environment(const std::string& name);
};

/// A basic string with its quotation marks; whatever cannot stand in it is escaped. REQUIRES:
/// valid UTF-8.
std::string TomlString(std::string_view text);

/// A bare key where it can be one, else a quoted one.
std::string TomlKey(std::string_view key);

/// On one line. REQUIRES: numbers are finite.
std::string TomlText(const TomlValue& value);

/// `# ...`, each line of it, control characters escaped.
std::string TomlComment(std::string_view text);

}  // namespace gaikei
