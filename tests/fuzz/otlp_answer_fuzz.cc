#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "results/text.h"
#include "results/upstream/otlp/answers.h"
#include "results/upstream/retry_after.h"

namespace {

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

/// What the lane and the log rely on.
void Check(const gaikei::Verdict& verdict, std::uint64_t samples) {
  constexpr std::size_t kLongest = 1024;
  Require(verdict.rejected <= samples);
  Require(verdict.kind == gaikei::Verdict::Kind::kTaken || verdict.rejected == 0);
  Require(!verdict.retry_after || (*verdict.retry_after >= gaikei::Span(0) &&
                                   *verdict.retry_after <= gaikei::kRetryAfterLimit));
  Require(verdict.message.size() <= kLongest);
  Require(gaikei::Escape(verdict.message, kLongest) == verdict.message);
}

}  // namespace

/// An answer: two bytes for its status and what was sent; lines for content-type, retry-after,
/// location, grpc-status, grpc-message and grpc-status-details-bin; the rest is the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  gaikei::PostResponse response;
  response.status = 100 + data[0] * 2 + (data[1] & 1);
  response.is_cut_off = (data[1] & 2) != 0;
  gaikei::otlp::AnswerContext context;
  context.is_json = (data[1] & 4) != 0;
  context.signal = static_cast<gaikei::otlp::Signal>((data[1] >> 3U) % 3);
  context.samples = 1000;
  context.now = gaikei::WallTime(std::chrono::seconds(1795405680));
  rest.remove_prefix(2);
  for (const char* name : {"content-type", "retry-after", "location", "grpc-status", "grpc-message",
                           "grpc-status-details-bin"}) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() < rest.size() ? line.size() + 1 : line.size());
    if (!line.empty()) response.headers.emplace_back(name, line);
  }
  response.body = rest;
  Check(ReadHttpAnswer(response, context), context.samples);
  Check(ReadGrpcAnswer(response, context), context.samples);
  return 0;
}
