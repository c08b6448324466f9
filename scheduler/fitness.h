#pragma once

#include <optional>

#include "results/outcome.h"

namespace gaikei {

/// How long this prober must have stood still while an attempt ran for a failure with `reason` to
/// be no evidence against the target. Absent where a standstill explains nothing: an answer that
/// was read says what it says, however late it was read.
///
/// Timeouts, and connections that broke while nobody attended to them: 500 ms, or a quarter of the
/// timeout where that is more. Expectations on time: 100 ms.
std::optional<Span> ExcusingStandstill(Reason reason, Span timeout);

/// Turns a failure seen during a standstill of `standstill` into unknown prober_overload; leaves
/// every other observation as it is. True where it did.
bool JudgeFitness(Observation& observation, Span timeout, Span standstill);

}  // namespace gaikei
