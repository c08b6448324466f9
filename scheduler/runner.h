#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "results/outcome.h"
#include "scheduler/clock.h"
#include "scheduler/planned_check.h"

namespace gaikei {

namespace io {
class Engine;
}

class SelfJudge;

struct RunnerOptions {
  /// Attempts in flight on this loop at most; 0 counts as 1.
  unsigned max_in_flight = 2000;
  /// Runs a task on the loop's thread, soon; called on any thread while the runner lives. Absent:
  /// no check has limits that it shares with other loops.
  std::function<void(std::function<void()>)> post = nullptr;
  /// Judges failures by this prober's own state; null: only the loop's own lag is known. Outlives
  /// the runner.
  SelfJudge* judge = nullptr;
};

/// Runs the checks of one loop: every slot gives exactly one Outcome, whatever happens.
///
/// Fixed rate: a slow target never shifts the next slot, and slots of one check overlap where the
/// timeout exceeds the interval. A slot that finds the loop full, or its host or kind at its limit,
/// waits for a place until its next slot is due (at most its timeout), then becomes unknown
/// prober_skipped. Checks that were slow the last time never have more than three places in four,
/// so that those that are quick go on beside them. After a pause of the process (suspend, SIGSTOP)
/// missed slots are not fired in a burst: each becomes unknown prober_skipped. Everything on the
/// loop's thread; `sink` is called there, once for each outcome.
class Runner {
 public:
  using Sink = std::function<void(Outcome)>;

  Runner(Clock& clock, io::Engine& engine, RunnerOptions options, Sink sink);
  /// Cancels what is in flight, silently. Call Stop() first to have every outcome.
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Replaces the plan from now on. Entries that are the same keep their next slot; attempts in
  /// flight finish with the configuration they started with.
  void SetPlan(std::vector<PlannedCheck> plan);

  /// How many attempts may be in flight from now on, and what a slot becomes `unknown` for that
  /// finds no place: `why` says what sets the limit. More than that may be in flight already: they
  /// end as they would.
  void SetPlaces(unsigned max_in_flight, Reason scarce, std::string why);
  /// The stage of an OverloadManager: slots that it leaves out become unknown prober_overload.
  void SetOverloadStage(unsigned stage);

  /// Starts every check of `plan` once, now, beside any plan; more than max_in_flight wait for a
  /// place, however long. `done` is called when all their outcomes are given, inside RunOnce()
  /// where the plan is empty or the runner stopping.
  void RunOnce(std::vector<PlannedCheck> plan, std::function<void()> done);

  /// Stops planning, waits at most `grace` for attempts in flight, then gives the rest their
  /// outcome (unknown prober_skipped) and calls `done`. Once.
  void Stop(Span grace, std::function<void()> done);

  /// Attempts in flight. Any thread.
  unsigned in_flight() const;
  /// Slots that wait for a place. Any thread.
  unsigned waiting() const;
  /// Those among them whose checks were quick: they wait for no fault of theirs. Any thread.
  unsigned quick_waiting() const;
  /// How late the loop's timers run at present (largest of the last second or two, a stall that
  /// still lasts included). Any thread; zero while nothing is planned.
  Span loop_lag() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gaikei
