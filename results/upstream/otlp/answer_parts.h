#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "results/upstream/otlp/answer_messages.h"
#include "results/upstream/otlp/answers.h"

namespace gaikei::otlp {

/// A delivery that was taken, as far as `said` rejects nothing of it. Absent: the answer could not
/// be read, as `why` says.
Verdict Taken(const std::optional<ExportResponse>& said, std::string_view why,
              const AnswerContext& context);

/// HTTP statuses that say: not with these credentials, not here, not this way. What waits is kept.
bool IsMisplaced(int http_status);

/// A text of the upstream, to stand in a message of ours.
std::string Foreign(std::string_view text);

}  // namespace gaikei::otlp
