#include <fmt/format.h>

#include "checks/expect/expect.h"
#include "results/text.h"

namespace gaikei::expect {
namespace {

/// "status == 200 does not hold: it was 500".
std::string Message(const ExpectResult& result) {
  std::string message = Escape(result.expression) + " does not hold";
  if (!result.error.empty()) return message + ": " + Escape(result.error);
  if (!result.actual.empty()) return message + ": it was " + result.actual;
  return message;
}

/// Evaluates all; the first that failed sets status and reason unless something has before.
void JudgeAll(std::span<const Expression> expressions, Status failed, const Source& source,
              Observation& observation) {
  for (const Expression& expression : expressions) {
    ExpectResult result = expression.Evaluate(source);
    result.warn = failed == Status::kWarn;
    if (!result.pass && observation.status == Status::kPass) {
      observation.status = failed;
      observation.reason = expression.reason();
      observation.blame = BlameOf(observation.reason);
      observation.message = Message(result);
    }
    observation.expect.push_back(std::move(result));
  }
}

}  // namespace

void Judge(std::span<const Expression> expects, std::span<const Expression> warns,
           const Source& source, Observation& observation) {
  JudgeAll(expects, Status::kFail, source, observation);
  JudgeAll(warns, Status::kWarn, source, observation);
}

}  // namespace gaikei::expect
