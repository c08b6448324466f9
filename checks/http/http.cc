#include "checks/http/http.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

#include "checks/http/authorization.h"
#include "checks/http/body_secrets.h"
#include "checks/http/cookies.h"
#include "checks/http/http_attempt.h"
#include "checks/http/http_plan.h"
#include "checks/http/http_reach.h"
#include "checks/http/oauth_tokens.h"
#include "checks/io/http/curl_features.h"
#include "checks/parts/change.h"
#include "results/http_text.h"
#include "results/text.h"

namespace gaikei {
namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr std::uint64_t kBodyDefault = 8 * kMiB;
constexpr std::uint64_t kInspectedDefault = kMiB;
constexpr std::uint64_t kBodyMaximum = 64 * kMiB;
constexpr unsigned kRedirectsMaximum = 50;

class HttpCheck : public Check {
 public:
  HttpCheck(std::shared_ptr<const HttpPlan> plan, Span timeout)
      : plan_(std::move(plan)), timeout_(timeout) {}
  Span preparation() const override { return plan_->tokens ? timeout_ : Span::zero(); }
  std::unique_ptr<Attempt> Start(const AttemptContext& context, AttemptDone done) const override {
    if (context.change != Change::kHttpVersion) {
      return StartHttpAttempt(plan_, context, std::move(done));
    }
    auto older = std::make_shared<HttpPlan>(*plan_);
    older->version = HttpVersion::k1_1;
    return StartHttpAttempt(std::move(older), context, std::move(done));
  }
  std::vector<Change> ChangesAfter(const Observation& failed,
                                   const AttemptContext& context) const override {
    auto changes = PossibleChanges(plan_->family, failed, context);
    if (plan_->version != HttpVersion::kDefault) std::erase(changes, Change::kHttpVersion);
    if (plan_->proxy->type != ProxyOptions::Type::kNone) {
      // Names and addresses that an attempt has met may be the proxy's.
      std::erase_if(changes, [](Change change) {
        return change != Change::kNothing && change != Change::kHttpVersion;
      });
    }
    return changes;
  }

 private:
  std::shared_ptr<const HttpPlan> plan_;
  Span timeout_;
};

/// Empty when all of it can be sent.
std::string WhyUnsendable(const HttpOptions& http) {
  if (!http.method.empty() && !IsToken(http.method)) {
    return "method: not an HTTP method: " + Escape(http.method, 40);
  }
  if (BreaksALine(http.user_agent)) return "user_agent: line break or NUL";
  for (const auto& [name, value] : http.headers) {
    if (!IsToken(name)) return "headers: not a header name: " + Escape(name, 40);
    if (BreaksALine(value.Reveal())) {
      return "headers: line break or NUL in the value of " + Escape(name, 40);
    }
  }
  for (const auto& [name, value] : http.cookies) {
    if (std::string why = WhyNoCookie(name, value); !why.empty()) return "cookies: " + why;
  }
  return WhyUnsendable(http.auth);
}

/// Empty where all of the list can be decoded.
std::string WhyNotDecoded(const std::optional<std::string>& compression) {
  std::string_view rest = compression ? std::string_view(*compression) : std::string_view();
  while (!rest.empty()) {
    const std::string_view name = rest.substr(0, rest.find_first_of(", "));
    rest.remove_prefix(name.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(", "), rest.size()));
    if (!io::HasCoding(name)) {
      return fmt::format("compression: {} is not available: libcurl {} was built without it",
                         Escape(name, 40), io::CurlVersion());
    }
  }
  return {};
}

tl::expected<std::shared_ptr<OauthTokens>, std::string> TokensFor(const HttpPlan& plan) {
  auto url = io::ParseUrl(plan.auth->token_url);
  if (!url) return tl::unexpected("token_url: " + url.error().message);
  if ((url->scheme != "http" && url->scheme != "https") || url->host.empty()) {
    return tl::unexpected(std::string("token_url: no URL of scheme http or https"));
  }
  if (url->scheme == "https" && !plan.tls) return tl::unexpected("token_url: " + plan.tls_error);
  return std::make_shared<OauthTokens>(TokenSource{.auth = *plan.auth,
                                                   .url = std::move(*url),
                                                   .tls = plan.tls,
                                                   .tls_error = plan.tls_error,
                                                   .user_agent = plan.user_agent,
                                                   .deny_private = plan.deny_private});
}

bool Asks(const std::vector<expect::Expression>& expressions,
          std::initializer_list<expect::Subject> subjects) {
  return std::any_of(expressions.begin(), expressions.end(), [&](const auto& expression) {
    return std::find(subjects.begin(), subjects.end(), expression.subject()) != subjects.end();
  });
}

}  // namespace

tl::expected<std::shared_ptr<HttpPlan>, std::string> CompileHttpPlan(const CheckSpec& spec) {
  const HttpOptions& http = spec.http;
  if (std::string why = WhyUnsendable(http); !why.empty()) return tl::unexpected(std::move(why));
  if (http.version == HttpVersion::k3 && !io::HasHttp3()) {
    return tl::unexpected(
        fmt::format("HTTP/3 is not available: libcurl {} was built without it", io::CurlVersion()));
  }
  if (std::string why = WhyNotDecoded(http.compression); !why.empty()) {
    return tl::unexpected(std::move(why));
  }
  auto url = io::ParseUrl(spec.target.Reveal());
  if (!url) return tl::unexpected("target: " + url.error().message);
  if (url->scheme != "http" && url->scheme != "https") {
    return tl::unexpected(std::string("target: scheme is neither http nor https"));
  }
  if (url->host.empty()) return tl::unexpected(std::string("target: no host"));
  if (std::string why = WhyUnreachable(spec, *url); !why.empty()) {
    return tl::unexpected(std::move(why));
  }

  auto plan = std::make_shared<HttpPlan>();
  plan->url = std::move(*url);
  plan->method = !http.method.empty() ? http.method : http.has_body ? "POST" : "GET";
  plan->headers = http.headers;
  if (http.has_body) plan->body = http.body;
  plan->hidden = SecretsInBody(http);
  plan->max_redirects = std::min(http.max_redirects, kRedirectsMaximum);
  plan->body_limit = http.max_body == 0 ? kBodyDefault : std::min(http.max_body, kBodyMaximum);
  plan->compression = http.compression;
  plan->version = http.version;
  plan->allowed_versions = http.allowed_versions;
  plan->keeps_cookies = http.keeps_cookies;
  plan->cookies = http.cookies;
  plan->sends_traceparent = http.sends_traceparent;
  plan->redirects = {plan->url.host, http.redirect_hosts, http.allow_downgrade};
  plan->user_agent = http.user_agent;
  plan->family = spec.family;
  if (http.proxy.type != ProxyOptions::Type::kNone) plan->proxy = http.proxy;
  plan->unix_socket = http.unix_socket;
  plan->is_resolve_cached = spec.is_resolve_cached;
  if (http.reuses_connection) plan->connection_owner = std::make_shared<const char>('\0');
  plan->deny_private = spec.deny_private;
  plan->allow_private = spec.allow_private;
  plan->expect = spec.expect;
  plan->warn = spec.warn;
  plan->judges_status = Asks(spec.expect, {expect::Subject::kStatus});
  using expect::Subject;
  if (Asks(spec.expect, {Subject::kBody, Subject::kJson}) ||
      Asks(spec.warn, {Subject::kBody, Subject::kJson})) {
    plan->keep_limit =
        static_cast<std::size_t>(http.max_body == 0 ? kInspectedDefault : plan->body_limit);
  }
  if (!spec.address.empty()) {
    const auto address = io::Address::Parse(spec.address, plan->url.port);
    if (!address) {
      return tl::unexpected("address: not a numeric address: " + Escape(spec.address, 60));
    }
    plan->address = std::make_shared<const io::Address>(*address);
  }
  auto tls = io::TlsSetup::Load(spec.tls);
  if (tls) {
    plan->tls = std::move(*tls);
  } else if (plan->url.scheme == "https" || !spec.tls.cacert.empty() || !spec.tls.cert.empty()) {
    return tl::unexpected(tls.error());
  } else {
    plan->tls_error = tls.error();
  }
  if (http.auth.scheme != HttpAuth::Scheme::kNone) plan->auth = http.auth;
  if (http.auth.scheme == HttpAuth::Scheme::kOauth2) {
    auto tokens = TokensFor(*plan);
    if (!tokens) return tl::unexpected(std::move(tokens.error()));
    plan->tokens = std::move(*tokens);
  }
  plan->secrets = std::make_shared<const Redactor>(SecretsOf(*plan));
  return plan;
}

tl::expected<std::unique_ptr<Check>, std::string> MakeHttpCheck(const CheckSpec& spec) {
  auto plan = CompileHttpPlan(spec);
  if (!plan) return tl::unexpected(std::move(plan.error()));
  return std::make_unique<HttpCheck>(std::move(*plan), spec.timeout);
}

}  // namespace gaikei
