#include "results/upstream/mackerel/api.h"

#include <fmt/format.h>

#include <utility>

#include "results/json.h"
#include "results/text.h"
#include "results/upstream/mackerel/minute.h"
#include "results/upstream/retry_after.h"

namespace gaikei::mackerel {
namespace {

/// Quotas are those of a minute, and a 429 seldom says when the next one begins.
constexpr Span kQuotaPause = std::chrono::minutes(1);
constexpr std::string_view kKeyHelp =
    "the API key has to have read and write permission, and this address has to be among those "
    "that the organization allows";

std::string TextOf(const Json& json, const char* key) {
  if (!json.is_object()) return "";
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

/// {"error":{"message":"..."}} or {"error":"..."}.
std::string MessageIn(const std::string& body) {
  const Json json = ParseJson(body);
  if (!json.is_object()) return "";
  const auto error = json.find("error");
  if (error == json.end()) return TextOf(json, "message");
  return error->is_string() ? error->get<std::string>() : TextOf(*error, "message");
}

Verdict::Kind KindOf(int status) {
  switch (status) {
    case 408:
    case 429:
      return Verdict::Kind::kRetry;
    case 413:
      return Verdict::Kind::kTooLarge;
    case 401:
    case 403:
    case 404:
    case 405:
    case 410:
      return Verdict::Kind::kForbidden;
    default:
      break;
  }
  if (status < 200 || status >= 500) return Verdict::Kind::kRetry;
  // Redirects are not followed: another address stands where the endpoint was thought to be.
  if (status < 400) return Verdict::Kind::kForbidden;
  return Verdict::Kind::kRefused;
}

}  // namespace

Api::Api(const UpstreamSpec& spec, const SenderIdentity& sender, Transport& transport,
         std::function<WallTime()> now)
    : transport_(transport),
      now_(std::move(now)),
      base_(spec.transport.url.empty() ? spec.mackerel.endpoint : spec.transport.url),
      key_(spec.mackerel.api_key),
      user_agent_(sender.user_agent),
      timeout_(spec.transport.timeout),
      retry_statuses_(spec.retry_statuses) {
  while (!base_.empty() && base_.back() == '/') base_.pop_back();
  secrets_ = {key_, spec.transport.user, spec.transport.password, spec.transport.bearer};
  for (const auto& [name, value] : spec.transport.headers) secrets_.push_back(value);
}

void Api::Ask(ApiCall call, Then then) {
  const std::int64_t minute = MinuteOf(now_());
  if (minute != counted_minute_) calls_ = 0;
  counted_minute_ = minute;
  ++calls_;

  PostRequest request;
  request.method = call.method;
  request.url = base_ + call.path;
  request.headers.emplace_back("X-Api-Key", key_);
  if (!call.body.empty()) {
    request.headers.emplace_back("Content-Type", Secret("application/json", false));
  }
  if (!user_agent_.empty()) request.headers.emplace_back("User-Agent", Secret(user_agent_, false));
  request.body = std::move(call.body);
  request.timeout = timeout_;
  call_ = std::move(call);
  then_ = std::move(then);
  in_flight_ = transport_.Post(std::move(request), [this](const PostResponse& response) {
    // Both may be replaced while `next` runs.
    const ApiAnswer answer = Judge(call_, response);
    const Then next = std::exchange(then_, nullptr);
    if (next) next(answer);
  });
}

void Api::Cancel() {
  in_flight_.reset();
  then_ = nullptr;
}

bool Api::IsBusyMinute(WallTime now) const {
  return counted_minute_ == MinuteOf(now) && calls_ >= kCallsPerMinute;
}

std::string Api::ErrorOf(const PostResponse& response) const {
  const std::string message = MessageIn(response.body);
  for (const Secret& secret : secrets_) {
    if (secret.is_secret() && !secret.empty() &&
        message.find(secret.Reveal()) != std::string::npos) {
      return "<secret>";
    }
  }
  return Escape(message);
}

ApiAnswer Api::Judge(const ApiCall& call, const PostResponse& response) const {
  ApiAnswer answer;
  answer.status = response.status;
  Verdict& verdict = answer.verdict;
  if (response.status == 0) {
    verdict.kind = Verdict::Kind::kRetry;
    verdict.message = fmt::format("{}: {}", call.what, response.error);
    return answer;
  }
  if (response.status >= 200 && response.status < 300) {
    // A page of something that stands in between is no word of Mackerel's.
    if (response.is_cut_off || (!response.body.empty() && !Json::accept(response.body))) {
      verdict.kind = Verdict::Kind::kRetry;
      verdict.message =
          fmt::format("{}: {} with a body that is no JSON: is the endpoint Mackerel's?", call.what,
                      response.status);
    } else {
      answer.body = response.body;
    }
    return answer;
  }
  const bool is_listed = retry_statuses_.count(response.status) > 0;
  verdict.kind = is_listed ? Verdict::Kind::kRetry : KindOf(response.status);
  verdict.message = fmt::format("{}: Mackerel answered {}", call.what, response.status);
  if (const std::string error = ErrorOf(response); !error.empty()) {
    verdict.message += ": " + error;
  }
  if (response.status == 401 || response.status == 403) {
    verdict.message.append("; ").append(kKeyHelp);
  } else if (response.status == 404 && !call.if_absent.empty()) {
    verdict.message.append("; ").append(call.if_absent);
  } else if (response.status >= 300 && response.status < 400) {
    verdict.message += "; redirects are not followed: is the endpoint right?";
  }
  if (verdict.kind == Verdict::Kind::kRetry) {
    verdict.retry_after = ParseRetryAfter(response.Header("retry-after"), now_());
    if (!verdict.retry_after && response.status == 429) verdict.retry_after = kQuotaPause;
  }
  return answer;
}

}  // namespace gaikei::mackerel
