#include "checks/http/token_fetch.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include "checks/http/authorization.h"
#include "checks/io/engine.h"
#include "checks/parts/json_path.h"
#include "results/http_text.h"
#include "results/text.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kAnswerLimit = 64 * 1024;
constexpr Span kLongest = 24h;
constexpr Span kUntold = 5min;
constexpr Span kLargestMargin = 30s;

Secret FormOf(const HttpAuth& auth) {
  std::string form = "grant_type=client_credentials";
  std::string scope;
  for (const std::string& one : auth.scopes) scope += (scope.empty() ? "" : " ") + one;
  if (!scope.empty()) form += "&scope=" + FormEncoded(scope);
  if (!auth.audience.empty()) form += "&audience=" + FormEncoded(auth.audience);
  if (auth.is_secret_in_body) {
    form += "&client_id=" + FormEncoded(auth.client_id.Reveal());
    form += "&client_secret=" + FormEncoded(auth.client_secret.Reveal());
  }
  return Secret(std::move(form));
}

/// Absent where it is no number of seconds.
std::optional<double> SecondsOf(const JsonDocument::Found& found) {
  if (const auto* number = std::get_if<double>(&found)) return *number;
  const auto* text = std::get_if<std::string>(&found);
  if (text == nullptr) return std::nullopt;
  // Some servers write it as a string.
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return seconds;
}

Span LifetimeOf(const JsonDocument& document) {
  const auto seconds = SecondsOf(document.Find("expires_in"));
  if (!seconds) return kUntold;
  const double longest = std::chrono::duration<double>(kLongest).count();
  const auto told = std::chrono::duration_cast<Span>(
      std::chrono::duration<double>(std::clamp(*seconds, 0.0, longest)));
  return told - std::min(told / 10, kLargestMargin);
}

/// RFC 6749, 5.2. A word that is none of these is not shown: it could be anything.
std::string ErrorOf(const JsonDocument& document) {
  static constexpr std::array<std::string_view, 6> kErrors = {
      "invalid_request",     "invalid_client",         "invalid_grant",
      "unauthorized_client", "unsupported_grant_type", "invalid_scope"};
  const auto found = document.Find("error");
  const auto* text = std::get_if<std::string>(&found);
  const bool is_known =
      text != nullptr && std::find(kErrors.begin(), kErrors.end(), *text) != kErrors.end();
  return is_known ? " (" + *text + ")" : std::string();
}

TokenAnswer Refused(Reason reason, Blame blame, std::string message) {
  TokenAnswer answer;
  answer.reason = reason;
  answer.blame = blame;
  answer.message = std::move(message);
  return answer;
}

/// What can stand in an Authorization field as it is (RFC 6750, 2.1, and a little more).
bool IsSendable(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

Secret ClientCredentials(const HttpAuth& auth) {
  return BasicCredentials(Secret(FormEncoded(auth.client_id.Reveal())),
                          Secret(FormEncoded(auth.client_secret.Reveal())));
}

TokenAnswer ReadTokenAnswer(int status, std::string_view body) {
  const JsonDocument document(body);
  if (status >= 500 || status == 429) {
    return Refused(Reason::kProberNetworkDown, Blame::kProber, fmt::format("status {}", status));
  }
  const auto misconfigured = [](std::string message) {
    return Refused(Reason::kProberInternal, Blame::kConfig, std::move(message));
  };
  if (status != 200) {
    return misconfigured(fmt::format("status {}{}", status, ErrorOf(document)));
  }
  const auto type = document.Find("token_type");
  if (const auto* text = std::get_if<std::string>(&type);
      text != nullptr && !io::EqualsIgnoringCase(*text, "bearer")) {
    return misconfigured("the token is no bearer token");
  }
  auto found = document.Find("access_token");
  auto* token = std::get_if<std::string>(&found);
  if (token == nullptr) return misconfigured("no access_token in the answer");
  if (!IsSendable(*token)) return misconfigured("access_token that cannot be sent in a header");
  TokenAnswer answer;
  answer.token = Secret(std::move(*token));
  answer.lifetime = LifetimeOf(document);
  return answer;
}

TokenFetch::TokenFetch(const TokenSource& source, const AttemptContext& context, Done done)
    : source_(source),
      context_{context.engine, context.region, context.timeout},
      done_(std::move(done)),
      deadline_(context.engine.loop()),
      body_(FormOf(source.auth)),
      transfer_(context.engine.loop(), context.engine.curl()) {
  headers_.emplace_back("Content-Type", Secret("application/x-www-form-urlencoded", false));
  headers_.emplace_back("Accept", Secret("application/json", false));
  if (!source.auth.is_secret_in_body) {
    std::string value = "Basic ";
    value += ClientCredentials(source.auth).Reveal();
    headers_.emplace_back("Authorization", Secret(std::move(value)));
  }
  deadline_.Arm(context_.timeout, [this] {
    Refuse(Reason::kProberNetworkDown, Blame::kProber,
           "timeout after " + FormatDuration(context_.timeout));
  });
  DialTarget target;
  target.host = source_.url.host;
  target.port = source_.url.port;
  target.deny_private = source_.deny_private;
  dial_ = std::make_unique<Dial>(context_, std::move(target),
                                 [this](DialResult result) { OnDialled(std::move(result)); });
}

TokenFetch::~TokenFetch() = default;

void TokenFetch::OnDialled(DialResult result) {
  if (result.reason != Reason::kNone) {
    // A reason that says less than "unknown" would accuse the target, which nobody has looked at.
    const bool is_ours = StatusOf(result.reason) == Status::kUnknown;
    const Reason reason = is_ours ? result.reason : Reason::kProberNetworkDown;
    return Refuse(reason, BlameOf(reason), result.message);
  }
  if (source_.url.scheme == "https" && !source_.tls) {
    return Refuse(Reason::kProberInternal, Blame::kConfig, source_.tls_error);
  }
  io::HttpRequest request;
  request.url = &source_.url;
  request.method = "POST";
  for (const auto& [name, value] : headers_) request.headers.emplace_back(&name, &value);
  request.body = &body_;
  request.version = HttpVersion::k1_1;
  request.user_agent = &source_.user_agent;
  request.body_limit = kAnswerLimit;
  request.keep_limit = kAnswerLimit;
  request.header_budget = kAnswerLimit;
  request.socket = std::move(result.fd);
  request.peer = result.peer;
  request.connected = result.connected;
  request.tls = source_.tls;
  // server_name is the target's; the client certificate may be asked for here, too (RFC 8705).
  request.is_own_host = source_.tls && source_.tls->server_name().empty();
  transfer_.Send(std::move(request), [this](const io::HttpAnswer& answer) { OnAnswer(answer); });
}

void TokenFetch::OnAnswer(const io::HttpAnswer& answer) {
  if (answer.reason != Reason::kNone) {
    const bool is_ours = StatusOf(answer.reason) == Status::kUnknown;
    const Reason reason = is_ours ? answer.reason : Reason::kProberNetworkDown;
    return Refuse(reason, BlameOf(reason), answer.message);
  }
  TokenAnswer read = ReadTokenAnswer(answer.head.status(), answer.body);
  if (read.reason != Reason::kNone) return Refuse(read.reason, read.blame, read.message);
  Finish(std::move(read));
}

void TokenFetch::Refuse(Reason reason, Blame blame, const std::string& why) {
  Finish(Refused(reason, blame,
                 fmt::format("OAuth 2 token from {}: {}", HostField(source_.url), why)));
}

void TokenFetch::Finish(TokenAnswer answer) {
  deadline_.Disarm();
  transfer_.Cancel();
  dial_.reset();
  const Done tell = std::move(done_);
  tell(std::move(answer));
}

}  // namespace gaikei
