#include "probe/import/request_body.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "probe/import/template_text.h"
#include "results/ascii.h"
#include "results/http_text.h"
#include "results/json.h"

namespace gaikei {
namespace {

/// A configuration nests 64 deep; the journey, its step and the key are some of that.
constexpr int kBodyDepthLimit = 40;
constexpr std::size_t kKeyLimit = 256;

/// "application/json" of "Application/JSON; charset=utf-8".
std::string MediaType(std::string_view content_type) {
  std::string type = LowerCase(content_type.substr(0, content_type.find(';')));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  return type;
}

/// Thrown by JsonTable and the parser's callback, caught by FromJson: TOML cannot say it.
struct CannotSay {};

/// JSON as a TOML value of the same meaning.
class JsonTable {
 public:
  JsonTable(const std::string& step, SecretNames& secrets) : step_(step), secrets_(secrets) {}

  TomlValue Convert(const OrderedJson& json, const std::string& secret_name) {
    switch (json.type()) {
      case OrderedJson::value_t::object:
        return Object(json, secret_name);
      case OrderedJson::value_t::array: {
        TomlValue::Array array;
        for (const OrderedJson& value : json) array.push_back(Convert(value, secret_name));
        return array;
      }
      case OrderedJson::value_t::string: {
        const auto& text = json.get_ref<const std::string&>();
        if (secret_name.empty() || text.empty()) return TemplateText(text);
        return secrets_.Put(secret_name, text,
                            fmt::format("step \"{}\": {} in json", step_, secret_name));
      }
      case OrderedJson::value_t::boolean:
        return json.get<bool>();
      default:
        return Number(json, !secret_name.empty());
    }
  }

 private:
  TomlValue Object(const OrderedJson& json, const std::string& secret_name) {
    TomlValue::Table table;
    bool is_reference = !json.empty();
    for (const auto& [key, value] : json.items()) {
      if (key.size() > kKeyLimit || key.find("${") != std::string::npos) throw CannotSay{};
      is_reference = is_reference && (key == "env" || key == "file");
      const bool is_secret = !secret_name.empty() || IsNamedLikeASecret(key);
      table.emplace_back(key, Convert(value, is_secret ? key : std::string()));
    }
    if (is_reference) throw CannotSay{};  // it would be read as a secret
    return table;
  }

  /// TOML has no null and 64 bits; a secret from the environment is a text.
  static TomlValue Number(const OrderedJson& json, bool is_secret) {
    if (is_secret && !json.is_null()) throw CannotSay{};
    if (json.is_number_float()) {
      // Where doubles have gaps the text may have said another number, or an integer.
      constexpr double kExact = 9007199254740992;  // 2^53
      const double number = json.get<double>();
      if (!(std::abs(number) < kExact)) throw CannotSay{};
      return number;
    }
    if (json.is_number_unsigned() &&
        json.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
      throw CannotSay{};
    }
    if (json.is_number_integer()) return json.get<std::int64_t>();
    throw CannotSay{};
  }

  const std::string& step_;
  SecretNames& secrets_;
};

/// Bounded in depth; a key that stands twice says what no table says.
OrderedJson Parsed(const std::string& text) {
  std::vector<std::set<std::string>> keys;
  using Event = OrderedJson::parse_event_t;
  const auto look = [&keys](int depth, Event event, OrderedJson& parsed) {
    if (depth > kBodyDepthLimit) throw CannotSay{};
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end) keys.pop_back();
    if (event == Event::key && !keys.back().insert(parsed.get<std::string>()).second) {
      throw CannotSay{};
    }
    return true;
  };
  OrderedJson json = ParseOrderedJson(text, look);
  if (json.is_discarded()) throw CannotSay{};
  return json;
}

std::optional<TomlValue> FromJson(const std::string& text, const std::string& step,
                                  SecretNames& secrets) {
  try {
    // Nothing is noted as a secret before it is sure that all can be said.
    const OrderedJson json = Parsed(text);
    SecretNames trial;
    JsonTable(step, trial).Convert(json, {});
    return JsonTable(step, secrets).Convert(json, {});
  } catch (const CannotSay&) {
    return std::nullopt;
  }
}

struct Field {
  std::string name;
  std::vector<std::string> values;
};

std::optional<std::vector<Field>> FormFields(std::string_view text) {
  std::vector<Field> fields;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    std::string name = FormDecoded(pair.substr(0, equals));
    std::string value = FormDecoded(pair.substr(equals + 1));
    if (!IsPercentSound(pair) || !IsValidUtf8(name) || !IsValidUtf8(value) ||
        name.size() > kKeyLimit || name.find("${") != std::string::npos) {
      return std::nullopt;
    }
    const auto known = std::find_if(fields.begin(), fields.end(),
                                    [&](const Field& field) { return field.name == name; });
    if (known == fields.end()) {
      fields.push_back({std::move(name), {std::move(value)}});
    } else {
      known->values.push_back(std::move(value));
    }
  }
  return fields;
}

std::optional<TomlValue> FromForm(const std::string& text, const std::string& step,
                                  SecretNames& secrets) {
  const auto fields = FormFields(text);
  if (!fields || fields->empty() || text.ends_with('&')) return std::nullopt;
  TomlValue::Table table;
  for (const Field& field : *fields) {
    TomlValue::Array values;
    for (const std::string& value : field.values) {
      if (IsNamedLikeASecret(field.name) && !value.empty()) {
        values.push_back(secrets.Put(field.name, value,
                                     fmt::format("step \"{}\": {} in form", step, field.name)));
      } else {
        values.emplace_back(TemplateText(value));
      }
    }
    table.emplace_back(field.name,
                       values.size() == 1 ? values.front() : TomlValue(std::move(values)));
  }
  return TomlValue(std::move(table));
}

}  // namespace

bool IsValidUtf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t size = first < 0x80                     ? 1
                             : first >= 0xC2 && first <= 0xDF ? 2
                             : first >= 0xE0 && first <= 0xEF ? 3
                             : first >= 0xF0 && first <= 0xF4 ? 4
                                                              : 0;
    if (size == 0 || i + size > text.size()) return false;
    for (std::size_t k = 1; k < size; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0U) != 0x80) return false;
    }
    // Overlong forms, surrogates, beyond U+10FFFF.
    const auto second = size > 1 ? static_cast<unsigned char>(text[i + 1]) : 0;
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
        (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) {
      return false;
    }
    i += size;
  }
  return true;
}

ImportedBody ImportBody(std::string_view content_type, const std::string& text,
                        const std::string& step, SecretNames& secrets) {
  const std::string type = MediaType(content_type);
  if (type == "application/json") {
    if (auto value = FromJson(text, step, secrets)) return {"json", std::move(*value), type};
  }
  if (type == "application/x-www-form-urlencoded") {
    if (auto value = FromForm(text, step, secrets)) return {"form", std::move(*value), type};
  }
  if (!text.empty() && IsNamedLikeASecret(text)) {
    return {"body", secrets.Put("body", text, fmt::format("step \"{}\": the body", step)), {}};
  }
  return {"body", TemplateText(text), {}};
}

}  // namespace gaikei
