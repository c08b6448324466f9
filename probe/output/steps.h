#pragma once

#include <string>
#include <vector>

#include "probe/output/evidence.h"
#include "results/outcome.h"

namespace gaikei {

/// The steps of a journey, one below the other: each with its verdict and target, and below it its
/// phases and what was seen; of those that pass only with `verbose`. Skipped ones say why. Empty
/// for an outcome that has no steps. Lines have no line feed. Pure.
std::vector<std::string> StepLines(const Outcome& outcome, const EvidenceOptions& options);

/// "3 of 5 steps": those that passed or warned, of all that the outcome has.
std::string StepCount(const Outcome& outcome);

}  // namespace gaikei
