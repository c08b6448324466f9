#include "checks/http/authorization.h"
#include "checks/http/http_plan.h"
#include "checks/http/token_fetch.h"

namespace gaikei {

Redactor SecretsOf(const HttpPlan& plan) {
  Redactor redactor;
  for (const auto& [name, value] : plan.headers) redactor.Add(value);
  for (const auto& [name, value] : plan.cookies) redactor.Add(value);
  if (plan.body) redactor.Add(*plan.body);
  redactor.Add(plan.url.password);
  redactor.Add(plan.proxy->password);
  for (const auto& [name, value] : plan.proxy->headers) redactor.Add(value);
  AddSecrets(*plan.auth, redactor);
  if (plan.auth->scheme == HttpAuth::Scheme::kOauth2) redactor.Add(ClientCredentials(*plan.auth));
  if (!plan.url.password.empty()) {
    redactor.Add(BasicCredentials(plan.url.user, plan.url.password));
  }
  for (const Secret& value : io::SecretsInQuery(plan.url)) redactor.AddLong(value);
  for (const Secret& hidden : plan.hidden) redactor.AddLong(hidden);
  return redactor;
}

}  // namespace gaikei
