#include <cstddef>
#include <cstdint>
#include <string_view>

#include "results/text.h"
#include "results/upstream/remote_write/answer.h"
#include "results/upstream/retry_after.h"

namespace {

using gaikei::Verdict;

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

/// An answer to a delivery: two bytes for its status, its version and whether it had one item;
/// lines for content-type, retry-after, location and one of the headers of 2.0; the rest is the
/// body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  gaikei::PostResponse response;
  response.status = 100 + data[0] * 2 + (data[1] & 1);
  gaikei::remote_write::AnswerContext context;
  context.version = (data[1] & 2) != 0 ? gaikei::remote_write::Version::kTwo
                                       : gaikei::remote_write::Version::kOne;
  context.items = (data[1] & 4) != 0 ? 1 : 10;
  context.samples = context.items;
  context.now = gaikei::WallTime(std::chrono::seconds(1795405680));
  rest.remove_prefix(2);
  for (const char* name :
       {"content-type", "retry-after", "location", "x-prometheus-remote-write-samples-written"}) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() < rest.size() ? line.size() + 1 : line.size());
    if (!line.empty()) response.headers.emplace_back(name, line);
  }
  response.body = rest;
  const Verdict verdict = ReadAnswer(response, context);
  const bool is_success = response.status >= 200 && response.status < 300;
  // Nothing that was not taken passes for it, but for what the receiver says it has.
  if (verdict.kind == Verdict::Kind::kTaken) {
    Require(is_success || (verdict.duplicates == 1 && context.items == 1));
  }
  Require(verdict.rejected == 0 && verdict.duplicates <= context.samples);
  Require(!verdict.retry_after ||
          (verdict.kind == Verdict::Kind::kRetry && *verdict.retry_after >= gaikei::Span(0) &&
           *verdict.retry_after <= gaikei::kRetryAfterLimit));
  constexpr std::size_t kLongest = 512;
  Require(gaikei::Escape(verdict.message, kLongest) == verdict.message);
  return 0;
}
