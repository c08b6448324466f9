#include "results/upstream/remote_write/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "results/ascii.h"
#include "results/text.h"
#include "results/upstream/html_page.h"
#include "results/upstream/retry_after.h"

namespace gaikei::remote_write {
namespace {

using Kind = Verdict::Kind;

constexpr std::size_t kShownLimit = 200;

bool IsSuccess(int status) { return status >= 200 && status < 300; }

bool IsRetried(int status, const AnswerContext& context) {
  return status == 408 || status == 425 || status == 429 || status >= 500 ||
         context.retry_statuses.count(status) != 0;
}

/// These credentials, this address or this protocol will not do, whatever is sent.
bool IsMisplaced(int status) {
  constexpr std::array<int, 8> kStatuses = {401, 402, 403, 404, 405, 407, 410, 415};
  return (status >= 300 && status < 400) ||
         std::find(kStatuses.begin(), kStatuses.end(), status) != kStatuses.end();
}

bool IsHtml(const PostResponse& response) {
  return LowerCase(response.Header("content-type").substr(0, 9)) == "text/html";
}

/// The first line of what it says; empty: nothing that could be shown.
std::string Said(const PostResponse& response) {
  if (IsHtml(response)) return PageTitle(response.body);
  std::string_view body = response.body;
  const std::size_t begin = body.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  body.remove_prefix(begin);
  body = body.substr(0, body.find_first_of("\r\n"));
  return Escape(body, kShownLimit);
}

std::string MessageOf(const PostResponse& response) {
  std::string message = fmt::format("HTTP {}", response.status);
  if (const auto location = response.Header("location"); !location.empty()) {
    message += ", which points to " + Escape(location, kShownLimit);
  }
  if (const std::string said = Said(response); !said.empty()) message += ": " + said;
  return message;
}

/// In the words of Prometheus (storage/interface.go), of Cortex and Mimir, and of Thanos, which
/// answers 409.
bool SaysItHasNewer(const PostResponse& response) {
  constexpr std::array<std::string_view, 6> kTexts = {
      "out of order sample", "duplicate sample for timestamp",
      "too old sample",      "timestamp out of order",
      "sample-out-of-order", "sample-duplicate-timestamp"};
  constexpr std::size_t kLookedAt = 4096;
  if (response.status != 400 && response.status != 409) return false;
  const std::string_view body = std::string_view(response.body).substr(0, kLookedAt);
  return std::any_of(kTexts.begin(), kTexts.end(), [&](std::string_view text) {
    return body.find(text) != std::string_view::npos;
  });
}

Verdict Succeeded(const PostResponse& response, const AnswerContext& context) {
  if (IsHtml(response)) {
    return {.kind = Kind::kForbidden,
            .message = fmt::format("HTTP {} with a page of HTML, which no receiver of remote write "
                                   "sends",
                                   response.status)};
  }
  if (IsOtherVersionWanted(response, context.version)) {
    return {.kind = Kind::kForbidden,
            .message = fmt::format("HTTP {} without a word of what was written: the receiver does "
                                   "not know remote write 2.0",
                                   response.status)};
  }
  return {};
}

}  // namespace

bool IsOtherVersionWanted(const PostResponse& response, Version version) {
  if (response.status == 415) return true;
  if (version != Version::kTwo || !IsSuccess(response.status) || IsHtml(response)) return false;
  constexpr std::array<std::string_view, 3> kHeaders = {
      "x-prometheus-remote-write-samples-written", "x-prometheus-remote-write-histograms-written",
      "x-prometheus-remote-write-exemplars-written"};
  return std::all_of(kHeaders.begin(), kHeaders.end(),
                     [&](std::string_view name) { return response.Header(name).empty(); });
}

Verdict ReadAnswer(const PostResponse& response, const AnswerContext& context) {
  const int status = response.status;
  if (status == 0) return {.kind = Kind::kRetry, .message = response.error};
  if (IsSuccess(status)) return Succeeded(response, context);
  Verdict verdict{.kind = Kind::kRefused, .message = MessageOf(response)};
  if (IsRetried(status, context)) {
    verdict.kind = Kind::kRetry;
    verdict.retry_after = ParseRetryAfter(response.Header("retry-after"), context.now);
  } else if (status == 413) {
    verdict.kind = Kind::kTooLarge;
  } else if (IsMisplaced(status) || (IsHtml(response) && IsAboutTheConnection(response.body))) {
    verdict.kind = Kind::kForbidden;
  } else if (context.points == 1 && SaysItHasNewer(response)) {
    verdict.kind = Kind::kTaken;
    verdict.duplicates = context.samples;
  }
  return verdict;
}

}  // namespace gaikei::remote_write
