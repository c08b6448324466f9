#include <string>
#include <string_view>

#include "checks/http/body_secrets.h"
#include "checks/journey/journey_plan.h"

namespace gaikei {
namespace {

/// A text with ${name} in it is not what is sent.
void AddText(const Secret& text, Concealer& secrets) {
  if (text.Reveal().find("${") == std::string_view::npos) secrets.Add(text);
}

void AddBody(const HttpOptions& http, Concealer& secrets) {
  if (!http.body.is_secret()) return;
  AddText(http.body, secrets);
  for (const Secret& inside : SecretsInBody(http)) AddText(inside, secrets);
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
