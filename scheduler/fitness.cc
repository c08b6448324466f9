#include "scheduler/fitness.h"

#include <fmt/format.h>

#include <algorithm>

namespace gaikei {

using std::chrono::milliseconds;

std::optional<Span> ExcusingStandstill(Reason reason, Span timeout) {
  switch (reason) {
    case Reason::kDnsTimeout:
    case Reason::kConnectTimeout:
    case Reason::kConnectReset:
    case Reason::kTlsTimeout:
    case Reason::kResponseTimeout:
    case Reason::kTransferTimeout:
    case Reason::kReset:
    case Reason::kTruncated:
      return std::max<Span>(milliseconds(500), timeout / 4);
    case Reason::kExpectDuration:
    case Reason::kExpectPhase:
    case Reason::kExpectRtt:
      return milliseconds(100);
    default:
      return std::nullopt;
  }
}

bool JudgeFitness(Observation& observation, Span timeout, Span standstill) {
  if (observation.status != Status::kFail) return false;
  const auto excusing = ExcusingStandstill(observation.reason, timeout);
  if (!excusing || standstill <= *excusing) return false;
  observation.Fail(Reason::kProberOverload, observation.phase,
                   fmt::format("this prober stood still for {} while the attempt ran, which ended "
                               "as {}",
                               FormatDuration(standstill), Name(observation.reason)));
  return true;
}

}  // namespace gaikei
