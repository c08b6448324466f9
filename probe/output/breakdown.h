#pragma once

#include <string>
#include <vector>

#include "results/outcome.h"

namespace gaikei {

/// Why one phase, or one redirect, took what it took.
struct BreakdownLine {
  std::string label;  ///< name of the phase, "redirect", "retries"
  std::string text;   ///< one sentence or more, plain; foreign parts are escaped already
};

/// Explains the times of an attempt out of its evidence: what was asked of whom, which address, new
/// or standing connection, round trips, segments sent again, what a server needed for itself, what
/// redirects cost. Phases that were not reached have no line. Pure.
///
/// The round-trip time is the kernel's estimate over the last connection: with it, what a phase
/// took is split into network and server. Where there is none, or redirects mix several
/// connections, nothing is split.
std::vector<BreakdownLine> Breakdown(const Outcome& outcome);
/// The same of a step of a journey, without what only a slot has.
std::vector<BreakdownLine> Breakdown(const Observation& seen);

}  // namespace gaikei
