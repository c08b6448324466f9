#include <cstddef>
#include <cstdint>
#include <string_view>

#include "probe/http/heartbeat_request.h"

namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

/// A report: up to the first LF the value of `status`, up to the second that of `duration`, up to
/// the third an Authorization header; the rest is the body. What is taken is bounded, and what is
/// refused is told in one line without control characters.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto take = [&rest] {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() < rest.size() ? line.size() + 1 : line.size());
    return std::string(line);
  };
  gaikei::HttpRequest request;
  request.method = "POST";
  request.path = "/heartbeat/job";
  if (const std::string status = take(); !status.empty()) request.query["status"] = status;
  if (const std::string duration = take(); !duration.empty()) request.query["duration"] = duration;
  request.authorization = take();
  request.body = rest;
  const std::string_view token = gaikei::BearerToken(request.authorization);
  Require(token.size() <= request.authorization.size());
  const auto report = gaikei::ParseHeartbeat(request);
  if (report) {
    Require(!report->duration || (*report->duration >= gaikei::Span::zero() &&
                                  *report->duration <= std::chrono::hours(24 * 366)));
    return 0;
  }
  Require(!report.error().empty());
  for (const char c : report.error()) Require(static_cast<unsigned char>(c) >= 0x20);
  return 0;
}
