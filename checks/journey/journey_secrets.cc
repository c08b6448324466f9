#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "checks/journey/encoding.h"
#include "checks/journey/journey_plan.h"

namespace gaikei {
namespace {

using Json = nlohmann::json;

/// A text with ${name} in it is not what is sent.
void AddText(const Secret& text, Concealer& secrets) {
  if (text.Reveal().find("${") == std::string_view::npos) secrets.Add(text);
}

void AddLeaves(const Json& json, Concealer& secrets) {
  if (json.is_string()) AddText(Secret(json.get<std::string>()), secrets);
  if (!json.is_structured()) return;
  for (const Json& inside : json) AddLeaves(inside, secrets);
}

/// The values of name=value&..., encoded as they are.
void AddFormValues(std::string_view form, Concealer& secrets) {
  while (!form.empty()) {
    const std::size_t end = form.find('&');
    const std::string_view pair = form.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos) {
      AddText(Secret(PercentDecode(pair.substr(equals + 1), true)), secrets);
    }
    form = end == std::string_view::npos ? std::string_view() : form.substr(end + 1);
  }
}

/// The contents of all parts (RFC 2046, 5.1).
void AddParts(std::string_view body, Concealer& secrets) {
  const std::string boundary = "\r\n" + std::string(body.substr(0, body.find("\r\n")));
  for (std::size_t at = body.find("\r\n\r\n"); at != std::string_view::npos;
       at = body.find("\r\n\r\n", at)) {
    at += 4;
    const std::string_view content = body.substr(at, body.find(boundary, at) - at);
    AddText(Secret(std::string(content)), secrets);
    at += content.size();
  }
}

void AddBody(const HttpOptions& http, Concealer& secrets) {
  if (!http.body.is_secret()) return;
  AddText(http.body, secrets);
  if (http.body_format == BodyFormat::kForm) AddFormValues(http.body.Reveal(), secrets);
  if (http.body_format == BodyFormat::kMultipart) AddParts(http.body.Reveal(), secrets);
  const auto text = http.body.Reveal();
  const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_discarded()) AddLeaves(json, secrets);
}

/// "Bearer abc": what stands behind the scheme is the secret.
void AddHeader(const Secret& value, Concealer& secrets) {
  AddText(value, secrets);
  if (!value.is_secret()) return;
  const std::size_t blank = value.Reveal().find(' ');
  if (blank == std::string_view::npos) return;
  AddText(Secret(std::string(value.Reveal().substr(blank + 1))), secrets);
}

}  // namespace

void AddSecrets(const CheckSpec& request, Concealer& secrets) {
  const HttpOptions& http = request.http;
  for (const auto& [name, value] : http.headers) AddHeader(value, secrets);
  for (const auto& [name, value] : http.cookies) AddText(value, secrets);
  for (const auto& [name, value] : http.proxy.headers) AddHeader(value, secrets);
  AddBody(http, secrets);
  const HttpAuth& auth = http.auth;
  for (const Secret* secret : {&auth.user, &auth.password, &auth.token, &auth.client_id,
                               &auth.client_secret, &auth.access_key, &auth.secret_key,
                               &auth.session_token, &http.proxy.user, &http.proxy.password}) {
    AddText(*secret, secrets);
  }
}

}  // namespace gaikei
