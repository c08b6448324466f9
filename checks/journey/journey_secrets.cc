#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "checks/journey/encoding.h"
#include "checks/journey/journey_plan.h"

namespace gaikei {
namespace {

using Json = nlohmann::json;

void AddLeaves(const Json& json, Concealer& secrets) {
  if (json.is_string()) secrets.Add(Secret(json.get<std::string>()));
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
      secrets.Add(Secret(PercentDecode(pair.substr(equals + 1), true)));
    }
    form = end == std::string_view::npos ? std::string_view() : form.substr(end + 1);
  }
}

void AddBody(const HttpOptions& http, Concealer& secrets) {
  if (!http.body.is_secret()) return;
  secrets.Add(http.body);
  if (http.body_format == BodyFormat::kForm) AddFormValues(http.body.Reveal(), secrets);
  const auto text = http.body.Reveal();
  const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_discarded()) AddLeaves(json, secrets);
}

/// "Bearer abc": what stands behind the scheme is the secret.
void AddHeader(const Secret& value, Concealer& secrets) {
  secrets.Add(value);
  if (!value.is_secret()) return;
  const std::size_t blank = value.Reveal().find(' ');
  if (blank == std::string_view::npos) return;
  secrets.Add(Secret(std::string(value.Reveal().substr(blank + 1))));
}

}  // namespace

void AddSecrets(const CheckSpec& request, Concealer& secrets) {
  const HttpOptions& http = request.http;
  for (const auto& [name, value] : http.headers) AddHeader(value, secrets);
  for (const auto& [name, value] : http.cookies) secrets.Add(value);
  for (const auto& [name, value] : http.proxy.headers) AddHeader(value, secrets);
  AddBody(http, secrets);
  const HttpAuth& auth = http.auth;
  for (const Secret* secret : {&auth.user, &auth.password, &auth.token, &auth.client_id,
                               &auth.client_secret, &auth.access_key, &auth.secret_key,
                               &auth.session_token, &http.proxy.user, &http.proxy.password}) {
    secrets.Add(*secret);
  }
}

}  // namespace gaikei
