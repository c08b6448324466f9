#include "checks/http/body_secrets.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "results/http_text.h"
#include "results/json.h"

namespace gaikei {
namespace {

/// Larger ones are files of somebody's own: they are not taken apart.
constexpr std::size_t kLargestJson = std::size_t{1024} * 1024;

void AddStrings(std::string_view text, std::vector<Secret>& secrets) {
  if (text.size() > kLargestJson) return;
  const Json json = ParseJson(text);
  if (json.is_discarded()) return;
  std::vector<const Json*> open = {&json};  // deeply nested ones would not fit on the stack
  while (!open.empty()) {
    const Json& value = *open.back();
    open.pop_back();
    if (value.is_string()) secrets.emplace_back(value.get<std::string>());
    if (!value.is_structured()) continue;
    for (const Json& inside : value) open.push_back(&inside);
  }
}

void AddFields(std::string_view form, std::vector<Secret>& secrets) {
  while (!form.empty()) {
    const std::string_view pair = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(pair.size() + 1, form.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    secrets.emplace_back(FormDecoded(pair.substr(equals + 1)));
  }
}

/// RFC 2046, 5.1.
void AddParts(std::string_view body, std::vector<Secret>& secrets) {
  const std::string boundary = "\r\n" + std::string(body.substr(0, body.find("\r\n")));
  constexpr std::string_view kHeadEnd = "\r\n\r\n";
  for (std::size_t at = body.find(kHeadEnd); at != std::string_view::npos;
       at = body.find(kHeadEnd, at)) {
    at += kHeadEnd.size();
    const std::string_view content = body.substr(at, body.find(boundary, at) - at);
    secrets.emplace_back(std::string(content));
    at += content.size();
  }
}

}  // namespace

std::vector<Secret> SecretsInBody(const HttpOptions& http) {
  std::vector<Secret> secrets;
  if (!http.has_body || !http.body.is_secret()) return secrets;
  const std::string_view body = http.body.Reveal();
  switch (http.body_format) {
    case BodyFormat::kForm:
      AddFields(body, secrets);
      break;
    case BodyFormat::kMultipart:
      AddParts(body, secrets);
      break;
    case BodyFormat::kRaw:
    case BodyFormat::kJson:
      AddStrings(body, secrets);
      break;
  }
  return secrets;
}

}  // namespace gaikei
