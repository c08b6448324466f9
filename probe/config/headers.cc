#include "probe/config/headers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "probe/config/secrets.h"
#include "results/ascii.h"
#include "results/http_text.h"

namespace gaikei {
namespace {

/// What frames the message is the transport's own.
constexpr std::array<std::string_view, 2> kFraming = {"Content-Length", "Transfer-Encoding"};

/// CR, LF and NUL would end the field and begin another; no control but the tab may stand in a
/// value (RFC 9110, 5.5).
bool IsFieldValue(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != '\x7f');
  });
}

void AddValue(const std::string& name, const Node& node, HttpOptions& http, ErrorList& errors) {
  auto value = TextOrSecret(node, errors);
  if (!value) return;
  if (!IsFieldValue(value->Reveal())) {
    errors.Add(node.position,
               fmt::format("the value of header {} has control characters", Quoted(name)));
    return;
  }
  if (!value->is_secret() && CarriesCredentials(name)) value = Secret(std::string(value->Reveal()));
  http.headers.emplace_back(name, std::move(*value));
}

}  // namespace

bool CarriesCredentials(std::string_view name) {
  const std::string lower = LowerCase(name);
  return lower == "authorization" || lower == "proxy-authorization" || lower == "cookie" ||
         lower == "x-api-key" || lower.find("token") != std::string::npos ||
         lower.find("secret") != std::string::npos;
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return LowerCase(x) == LowerCase(y); });
}

void ReadHeaders(TableReader& reader, HttpOptions& http) {
  const Node* table = reader.Take("headers", NodeKind::kTable);
  if (table == nullptr) return;
  ErrorList& errors = reader.errors();
  for (const Node& header : table->children) {
    if (!IsToken(header.key)) {
      errors.Add(header.key_position, fmt::format("{} is no header name", Quoted(header.key)));
      continue;
    }
    if (std::any_of(kFraming.begin(), kFraming.end(),
                    [&](std::string_view name) { return EqualsIgnoringCase(header.key, name); })) {
      errors.Add(
          header.key_position,
          fmt::format("header {} follows from the body and cannot be set", Quoted(header.key)));
      continue;
    }
    if (header.kind == NodeKind::kArray) {
      for (const Node& value : header.children) AddValue(header.key, value, http, errors);
    } else {
      AddValue(header.key, header, http, errors);
    }
  }
}

}  // namespace gaikei
