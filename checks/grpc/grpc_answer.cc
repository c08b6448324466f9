#include "checks/grpc/grpc_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "results/http_text.h"

namespace gaikei {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

GrpcFault BrokenAnswer(std::string message) { return {Reason::kProtocolError, std::move(message)}; }

/// Null where there is none.
const std::string* Find(const Fields& fields, std::string_view name) {
  const auto it = std::find_if(fields.begin(), fields.end(), [name](const auto& field) {
    return io::EqualsIgnoringCase(field.first, name);
  });
  return it == fields.end() ? nullptr : &it->second;
}

/// "application/grpc", "application/grpc+proto", "application/grpc;charset=utf-8".
bool IsGrpc(std::string_view type) {
  constexpr std::string_view kType = "application/grpc";
  return io::EqualsIgnoringCase(type.substr(0, kType.size()), kType) &&
         (type.size() == kType.size() ||
          std::string_view("+; ").find(type[kType.size()]) != std::string_view::npos);
}

/// A decimal number that a status may be; absent for anything else.
std::optional<int> ParseCode(std::string_view text) {
  constexpr std::size_t kDigits = 5;
  if (text.empty() || text.size() > kDigits) return std::nullopt;
  int status = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    status = status * 10 + (c - '0');
  }
  return status;
}

/// What stands before the call's own status.
GrpcFault ReadHead(const io::ResponseHead& head, const Redactor& redactor) {
  if (head.version() != "2") {
    return BrokenAnswer(fmt::format("an answer in HTTP/{}; gRPC needs HTTP/2", head.version()));
  }
  const std::string* type = Find(head.fields(), "content-type");
  const std::string shown =
      type == nullptr ? "no content-type" : "content-type " + redactor.Shown(*type, 80);
  if (head.status() != 200) {
    return BrokenAnswer(
        fmt::format("HTTP status {} with {}; a gRPC server answers 200 whatever it says",
                    head.status(), shown));
  }
  if (type == nullptr || !IsGrpc(*type)) return BrokenAnswer(shown + ", which is no gRPC");
  return {Reason::kNone, {}};
}

}  // namespace

std::string CallStatusText(const GrpcEvidence& evidence) {
  std::string text = fmt::format("grpc-status {} {}", evidence.status, evidence.status_name);
  if (!evidence.message.empty()) text += ": " + evidence.message;
  return text;
}

GrpcFault ReadGrpcAnswer(const io::HttpAnswer& answer, const Redactor& redactor,
                         GrpcEvidence& evidence) {
  if (GrpcFault fault = ReadHead(answer.head, redactor); fault.reason != Reason::kNone) {
    return fault;
  }
  const bool is_head_alone = answer.size == 0 && answer.head.trailers().empty();
  const Fields& trailers = is_head_alone ? answer.head.fields() : answer.head.trailers();
  const std::string* status = Find(trailers, "grpc-status");
  if (status == nullptr) return BrokenAnswer("an answer that ends without a grpc-status");
  const auto code = ParseCode(*status);
  if (!code) return BrokenAnswer(fmt::format("grpc-status \"{}\"", redactor.Shown(*status, 40)));
  evidence.status = *code;
  evidence.status_name = GrpcStatusName(*code);
  if (const std::string* message = Find(trailers, "grpc-message")) {
    const std::string decoded = PercentDecoded(*message);
    evidence.message = redactor.Reveals(*message) ? "<secret>" : redactor.Shown(decoded);
  }
  if (*code != 0) return {Reason::kNone, {}};
  const auto serving = ReadHealthCheckResponse(answer.body);
  if (!serving) return serving.error();
  evidence.serving_status = ServingStatusName(*serving);
  return {Reason::kNone, {}};
}

}  // namespace gaikei
