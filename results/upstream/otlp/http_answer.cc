#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "results/ascii.h"
#include "results/upstream/html_page.h"
#include "results/upstream/otlp/answer_messages.h"
#include "results/upstream/otlp/answer_parts.h"
#include "results/upstream/otlp/answers.h"
#include "results/upstream/retry_after.h"

namespace gaikei::otlp {
namespace {

using Kind = Verdict::Kind;

enum class BodyType : std::uint8_t { kNone, kProtobuf, kJson, kHtml, kText, kOther };

BodyType TypeOf(const PostResponse& response) {
  std::string type = LowerCase(response.Header("content-type"));
  type.resize(std::min(type.find_first_of("; \t"), type.size()));
  if (type.empty()) return BodyType::kNone;
  if (type == "application/x-protobuf" || type == "application/protobuf")
    return BodyType::kProtobuf;
  if (type == "application/json") return BodyType::kJson;
  if (type == "text/html" || type == "application/xhtml+xml") return BodyType::kHtml;
  return type.starts_with("text/") ? BodyType::kText : BodyType::kOther;
}

bool IsRetried(int status, const AnswerContext& context) {
  constexpr std::array<int, 4> kStatuses = {429, 502, 503, 504};
  return std::find(kStatuses.begin(), kStatuses.end(), status) != kStatuses.end() ||
         context.retry_statuses.count(status) != 0;
}

/// What the body of an error says; empty: nothing that could be shown.
std::string ErrorText(const PostResponse& response) {
  switch (TypeOf(response)) {
    case BodyType::kProtobuf: {
      const auto status = ReadRpcStatus(response.body);
      return status ? Foreign(status->message) : std::string();
    }
    case BodyType::kJson:
      return Foreign(ReadRpcStatusJson(response.body).value_or(response.body));
    case BodyType::kNone:
    case BodyType::kText:
      return Foreign(response.body);
    case BodyType::kHtml:
      return PageTitle(response.body);
    case BodyType::kOther:
      break;
  }
  return {};
}

Verdict Failed(Kind kind, const PostResponse& response) {
  Verdict verdict{.kind = kind};
  verdict.message = fmt::format("HTTP {}", response.status);
  if (const auto location = response.Header("location"); !location.empty()) {
    verdict.message += ", which points to " + Foreign(location);
  }
  if (const std::string text = ErrorText(response); !text.empty()) {
    verdict.message += ": " + text;
  }
  return verdict;
}

Verdict SucceededOverHttp(const PostResponse& response, const AnswerContext& context) {
  const BodyType type = TypeOf(response);
  if (type == BodyType::kHtml) {
    return {.kind = Kind::kForbidden,
            .message = fmt::format("HTTP {} with a page of HTML, which no OTLP receiver sends",
                                   response.status)};
  }
  // An empty message has no bytes in protobuf, and many send none in JSON.
  if (response.body.empty()) return Taken(ExportResponse{}, {}, context);
  if (response.is_cut_off) return Taken(std::nullopt, "it is too large", context);
  const bool is_json = type == BodyType::kJson || (type != BodyType::kProtobuf && context.is_json);
  const auto said = is_json
                        ? ReadExportResponseJson(response.body, NamesOf(context.signal).rejected)
                        : ReadExportResponse(response.body);
  const std::string why =
      fmt::format("content-type \"{}\", {} bytes", Foreign(response.Header("content-type")),
                  response.body.size());
  return Taken(said, why, context);
}

}  // namespace

Verdict ReadHttpAnswer(const PostResponse& response, const AnswerContext& context) {
  const int status = response.status;
  if (status == 0) return {.kind = Kind::kRetry, .message = response.error};
  if (IsRetried(status, context)) {
    Verdict verdict = Failed(Kind::kRetry, response);
    verdict.retry_after = ParseRetryAfter(response.Header("retry-after"), context.now);
    return verdict;
  }
  if (status >= 200 && status < 300) return SucceededOverHttp(response, context);
  if (status == 413) return Failed(Kind::kTooLarge, response);
  const bool is_forbidden = IsMisplaced(status) || (TypeOf(response) == BodyType::kHtml &&
                                                    IsAboutTheConnection(response.body));
  return Failed(is_forbidden ? Kind::kForbidden : Kind::kRefused, response);
}

}  // namespace gaikei::otlp
