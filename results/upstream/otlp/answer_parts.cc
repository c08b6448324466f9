#include "results/upstream/otlp/answer_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "results/text.h"

namespace gaikei::otlp {

std::string Foreign(std::string_view text) {
  constexpr std::size_t kLimit = 200;
  return Escape(text, kLimit);
}

bool IsMisplaced(int http_status) {
  constexpr std::array<int, 6> kStatuses = {401, 403, 404, 405, 407, 415};
  return http_status < 200 || (http_status >= 300 && http_status < 400) ||
         std::find(kStatuses.begin(), kStatuses.end(), http_status) != kStatuses.end();
}

Verdict Taken(const std::optional<ExportResponse>& said, std::string_view why,
              const AnswerContext& context) {
  Verdict verdict;
  if (!said) {
    verdict.message = fmt::format("taken, with an answer that cannot be read: {}", why);
    return verdict;
  }
  // It counts points, records or spans, we samples: no more than were sent.
  verdict.rejected = std::min(said->rejected, context.samples);
  if (said->rejected > 0) {
    verdict.message = fmt::format("{} {} rejected", said->rejected, NamesOf(context.signal).what);
    if (!said->message.empty()) verdict.message += ": " + Foreign(said->message);
  } else if (!said->message.empty()) {
    verdict.message = "taken, with a warning: " + Foreign(said->message);
  }
  return verdict;
}

}  // namespace gaikei::otlp
