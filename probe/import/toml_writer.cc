#include "probe/import/toml_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "results/text.h"

namespace gaikei {
namespace {

bool IsBareKey(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-';
  });
}

std::string NumberText(double number) {
  std::string text = fmt::format("{}", number);
  // A TOML float has a fraction or an exponent.
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

struct Writer {
  std::string operator()(const std::string& text) const { return TomlString(text); }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const { return NumberText(number); }
  std::string operator()(bool truth) const { return truth ? "true" : "false"; }
  std::string operator()(const TomlValue::Array& array) const {
    std::string text = "[";
    for (const TomlValue& value : array) text += (text.size() > 1 ? ", " : "") + TomlText(value);
    return text + "]";
  }
  std::string operator()(const TomlValue::Table& table) const {
    if (table.empty()) return "{}";
    std::string text = "{ ";
    for (const auto& [key, value] : table) {
      if (text.size() > 2) text += ", ";
      text += TomlKey(key) + " = " + TomlText(value);
    }
    return text + " }";
  }
};

}  // namespace

TomlValue TomlValue::Environment(const std::string& name) { return Table{{"env", name}}; }

std::string TomlString(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == '\x7f') {
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string TomlKey(std::string_view key) {
  return IsBareKey(key) ? std::string(key) : TomlString(key);
}

std::string TomlText(const TomlValue& value) { return std::visit(Writer{}, value.value); }

std::string TomlComment(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t end = text.find('\n');
    out += "# " + Escape(text.substr(0, end), std::numeric_limits<std::size_t>::max()) + "\n";
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

}  // namespace gaikei
