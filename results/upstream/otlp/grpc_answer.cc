#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "results/http_text.h"
#include "results/upstream/otlp/answer_messages.h"
#include "results/upstream/otlp/answer_parts.h"
#include "results/upstream/otlp/answers.h"
#include "results/upstream/otlp/grpc_codes.h"
#include "results/upstream/otlp/grpc_frame.h"
#include "results/upstream/retry_after.h"

namespace gaikei::otlp {

std::string_view GrpcCodeName(int code) {
  constexpr std::array<std::string_view, 17> kNames = {"OK",
                                                       "CANCELLED",
                                                       "UNKNOWN",
                                                       "INVALID_ARGUMENT",
                                                       "DEADLINE_EXCEEDED",
                                                       "NOT_FOUND",
                                                       "ALREADY_EXISTS",
                                                       "PERMISSION_DENIED",
                                                       "RESOURCE_EXHAUSTED",
                                                       "FAILED_PRECONDITION",
                                                       "ABORTED",
                                                       "OUT_OF_RANGE",
                                                       "UNIMPLEMENTED",
                                                       "INTERNAL",
                                                       "UNAVAILABLE",
                                                       "DATA_LOSS",
                                                       "UNAUTHENTICATED"};
  const auto at = static_cast<std::size_t>(code);
  return code >= 0 && at < kNames.size() ? kNames.at(at) : "UNRECOGNISED";
}

namespace {

using Kind = Verdict::Kind;

bool IsGrpc(std::string_view type) {
  constexpr std::string_view kType = "application/grpc";
  return type.starts_with(kType) &&
         (type.size() == kType.size() ||
          std::string_view("+; ").find(type[kType.size()]) != std::string_view::npos);
}

/// What a status of HTTP stands for where there is none of gRPC.
GrpcCode CodeOf(int http_status) {
  switch (http_status) {
    case 400:
      return GrpcCode::kInternal;
    case 401:
      return GrpcCode::kUnauthenticated;
    case 403:
      return GrpcCode::kPermissionDenied;
    case 404:
      return GrpcCode::kUnimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return GrpcCode::kUnavailable;
    default:
      return GrpcCode::kUnknown;
  }
}

std::optional<int> ParseCode(std::string_view text) {
  constexpr std::size_t kDigits = 5;
  int code = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), code);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (text.size() > kDigits || !is_number || code < 0) return std::nullopt;
  return code;
}

/// What the server asks to wait; absent: it does not say.
std::optional<Span> RetryDelay(const PostResponse& response) {
  const auto bytes = DecodeBase64(response.Header("grpc-status-details-bin"));
  const auto status = bytes ? ReadRpcStatus(*bytes) : std::nullopt;
  if (!status || !status->retry_delay) return std::nullopt;
  return std::min(*status->retry_delay, kRetryAfterLimit);
}

Kind KindOf(int code, bool has_retry_info) {
  switch (static_cast<GrpcCode>(code)) {
    case GrpcCode::kOk:
      return Kind::kTaken;
    case GrpcCode::kCancelled:
    case GrpcCode::kDeadlineExceeded:
    case GrpcCode::kAborted:
    case GrpcCode::kOutOfRange:
    case GrpcCode::kUnavailable:
    case GrpcCode::kDataLoss:
      return Kind::kRetry;
    case GrpcCode::kResourceExhausted:
      return has_retry_info ? Kind::kRetry : Kind::kTooLarge;
    case GrpcCode::kPermissionDenied:
    case GrpcCode::kUnimplemented:
    case GrpcCode::kUnauthenticated:
      return Kind::kForbidden;
    case GrpcCode::kUnknown:
    case GrpcCode::kInternal:
      break;
  }
  return Kind::kRefused;
}

Verdict ByHttpStatus(const PostResponse& response, const AnswerContext& context) {
  Verdict verdict;
  verdict.kind = context.retry_statuses.count(response.status) != 0
                     ? Kind::kRetry
                     : KindOf(static_cast<int>(CodeOf(response.status)), false);
  // A proxy before it, or no gRPC at all: nothing was looked at, let alone refused.
  if (verdict.kind == Kind::kRefused && IsMisplaced(response.status)) {
    verdict.kind = Kind::kForbidden;
  }
  if (response.status == 413) verdict.kind = Kind::kTooLarge;
  if (verdict.kind == Kind::kRetry) {
    verdict.retry_after = ParseRetryAfter(response.Header("retry-after"), context.now);
  }
  verdict.message = fmt::format("HTTP {} without a grpc-status", response.status);
  return verdict;
}

Verdict SucceededOverGrpc(const PostResponse& response, const AnswerContext& context) {
  if (response.is_cut_off) return Taken(std::nullopt, "it is too large", context);
  const auto message = UnframeGrpc(response.body);
  const auto said = message ? ReadExportResponse(*message) : std::nullopt;
  return Taken(said, fmt::format("{} bytes", response.body.size()), context);
}

}  // namespace

Verdict ReadGrpcAnswer(const PostResponse& response, const AnswerContext& context) {
  if (response.status == 0) {
    // Nothing of its kind at that address.
    const Kind kind = response.is_no_http2 ? Kind::kForbidden : Kind::kRetry;
    return {.kind = kind, .message = response.error};
  }
  const std::string_view text = response.Header("grpc-status");
  if (text.empty() && response.status != 200) return ByHttpStatus(response, context);
  const std::string_view type = response.Header("content-type");
  if (!IsGrpc(type)) {
    return {.kind = Kind::kForbidden,
            .message = fmt::format("HTTP {} with content-type \"{}\", which is no gRPC",
                                   response.status, Foreign(type))};
  }
  const auto code = ParseCode(text);
  if (!code) {
    return {.kind = Kind::kRetry,
            .message = fmt::format("an answer with grpc-status \"{}\"", Foreign(text))};
  }
  const auto delay = RetryDelay(response);
  Verdict verdict;
  verdict.kind = KindOf(*code, delay.has_value());
  if (verdict.kind == Kind::kTaken) return SucceededOverGrpc(response, context);
  if (verdict.kind == Kind::kRetry) verdict.retry_after = delay;
  verdict.message = fmt::format("gRPC {} {}", *code, GrpcCodeName(*code));
  const std::string message = PercentDecoded(response.Header("grpc-message"));
  if (!message.empty()) verdict.message += ": " + Foreign(message);
  return verdict;
}

}  // namespace gaikei::otlp
