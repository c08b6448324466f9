#include "probe/import/header_keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "probe/config/headers.h"
#include "probe/import/template_text.h"
#include "results/http_text.h"
#include "results/secret.h"
#include "results/text.h"

namespace gaikei {
namespace {

bool IsFraming(std::string_view name) {
  return EqualsIgnoringCase(name, "Content-Length") ||
         EqualsIgnoringCase(name, "Transfer-Encoding");
}

bool IsFieldValue(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != '\x7f');
  });
}

}  // namespace

std::string HeaderValue(const HeaderList& headers, std::string_view name) {
  for (const auto& [known, value] : headers) {
    if (EqualsIgnoringCase(known, name)) return value;
  }
  return {};
}

void RemoveHeader(HeaderList& headers, std::string_view name) {
  std::erase_if(headers,
                [&](const auto& header) { return EqualsIgnoringCase(header.first, name); });
}

void AddHeaderUnlessThere(HeaderList& headers, std::string_view name, std::string_view value) {
  const bool is_there = std::any_of(headers.begin(), headers.end(), [&](const auto& header) {
    return EqualsIgnoringCase(header.first, name);
  });
  if (!is_there) headers.emplace_back(name, value);
}

tl::expected<void, std::string> AddHeaders(const HeaderList& headers, ImportedStep& step,
                                           SecretNames& secrets) {
  std::vector<std::pair<std::string, TomlValue::Array>> fields;
  for (const auto& header : headers) {
    const std::string& name = header.first;
    const std::string& value = header.second;
    if (!IsToken(name)) {
      return tl::unexpected(fmt::format("\"{}\" is no header name", Escape(name)));
    }
    if (!IsFieldValue(value)) {
      return tl::unexpected(fmt::format("the value of header {} has control characters", name));
    }
    if (IsFraming(name)) {
      step.comments.push_back(fmt::format("{} follows from the body", name));
      continue;
    }
    const bool is_secret = (IsCredentialHeader(name) || IsNamedLikeASecret(name)) && !value.empty();
    const TomlValue text =
        is_secret ? secrets.Put(name, value, fmt::format("step \"{}\": header {}", step.name, name))
                  : TomlValue(TemplateText(value));
    const auto known = std::find_if(fields.begin(), fields.end(),
                                    [&](const auto& field) { return field.first == name; });
    if (known != fields.end()) {
      known->second.push_back(text);
    } else {
      fields.emplace_back(name, TomlValue::Array{text});
    }
  }
  if (fields.empty()) return {};
  TomlValue::Table table;
  for (auto& [name, values] : fields) {
    table.emplace_back(name, values.size() == 1 ? values.front() : TomlValue(std::move(values)));
  }
  step.keys.emplace_back("headers", std::move(table));
  return {};
}

}  // namespace gaikei
