#pragma once

#include "scheduler/heartbeat_board.h"

namespace gaikei {

/// The report as it is kept: its words escaped and bounded, and "<secret>" where the token is
/// among them (the output of a job may have it).
KnownReport Keep(const HeartbeatReport& report, const Secret& token, WallTime at);

/// The outcome of a report that has just come: pass, judged by the expectations, or
/// heartbeat_reported_failure. Its duration is what the job says, 0 where it does not, and it began
/// so long before the report; an expectation on a duration that was not told is false.
Outcome OutcomeOfReport(const PlannedHeartbeat& planned, const KnownReport& report);

/// The outcome of a report that did not come until `due`. `last` may be null: none is known; `age`
/// is the time since it.
Outcome OutcomeOfSilence(const PlannedHeartbeat& planned, const KnownReport* last, Span age,
                         WallTime due);

}  // namespace gaikei
