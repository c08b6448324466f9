#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "checks/check.h"
#include "checks/spec.h"
#include "regions/region.h"
#include "results/outcome.h"
#include "scheduler/clock.h"
#include "scheduler/plan.h"

namespace gaikei {

namespace io {
class Engine;
}

/// One check from one region, ready to run.
struct PlannedCheck {
  std::shared_ptr<const Check> check;
  std::shared_ptr<const CheckIdentity> identity;
  std::shared_ptr<const Region> region;
  SlotGrid grid;
  Span timeout{};
  unsigned confirm = 1;  ///< failing attempts that make a fail
  ConfirmCounts confirm_counts = ConfirmCounts::kFirst;
  /// Changes whenever the check's configuration does: a plan with the same name, region, grid and
  /// revision is the same entry, and goes on undisturbed across a reload.
  std::uint64_t revision = 0;
};

struct RunnerOptions {
  /// Attempts in flight on this loop at most; 0 counts as 1.
  unsigned max_in_flight = 2000;
};

/// Runs the checks of one loop: every slot gives exactly one Outcome, whatever happens.
///
/// Fixed rate: a slow target never shifts the next slot, and slots of one check overlap where the
/// timeout exceeds the interval. A slot that finds the loop full waits for a place until its next
/// slot is due (at most its timeout), then becomes unknown prober_skipped. After a pause of the
/// process (suspend, SIGSTOP) missed slots are not fired in a burst: each becomes unknown
/// prober_skipped. Everything on the loop's thread; `sink` is called there, once for each outcome.
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

  /// Starts every check of `plan` once, now, beside any plan; more than max_in_flight wait for a
  /// place, however long. `done` is called when all their outcomes are given, inside RunOnce()
  /// where the plan is empty or the runner stopping.
  void RunOnce(std::vector<PlannedCheck> plan, std::function<void()> done);

  /// Stops planning, waits at most `grace` for attempts in flight, then gives the rest their
  /// outcome (unknown prober_skipped) and calls `done`. Once.
  void Stop(Span grace, std::function<void()> done);

  /// Attempts in flight. Any thread.
  unsigned in_flight() const;
  /// How late the loop's timers run at present (largest of the last second or two, a stall that
  /// still lasts included). Any thread; zero while nothing is planned.
  Span loop_lag() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gaikei
