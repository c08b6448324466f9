#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "checks/io/engine.h"
#include "checks/io/loop/loop.h"
#include "scheduler/runner.h"
#include "tests/support/manual_clock.h"

namespace gaikei {

/// 2026-11-23T00:00:00Z: on the grid of every interval that divides a day.
inline constexpr WallTime kMidnight{std::chrono::seconds(1795392000)};

/// What a fake attempt does.
struct Act {
  Span after{0};                  ///< when it reports; negative: never
  Reason reason = Reason::kNone;  ///< what it reports
};

/// A check without a network: its attempts report after a while, on the manual clock.
class FakeCheck final : public Check {
 public:
  using Script = std::function<Act(int attempt)>;  ///< `attempt` counts from 0
  FakeCheck(Clock& clock, Script script) : clock_(clock), script_(std::move(script)) {}

  std::unique_ptr<Attempt> Start(const AttemptContext& context, AttemptDone done) const override;

  /// What its attempts can do differently; none unless told.
  void set_possible_changes(std::vector<Change> changes) { possible_ = std::move(changes); }
  std::vector<Change> ChangesAfter(const Observation& failed,
                                   const AttemptContext&) const override {
    asked_after_.push_back(failed.reason);
    return possible_;
  }
  /// Reasons of the failures after which it was asked for changes.
  const std::vector<Reason>& asked_after() const { return asked_after_; }
  /// What each attempt was told to change, and which failure it was shown ("" for none).
  const std::vector<std::string>& told() const { return told_; }

  int starts() const { return starts_; }
  int alive() const { return alive_; }  ///< attempts not destroyed
  const std::vector<MonoTime>& started() const { return started_; }
  Span timeout() const { return timeout_; }  ///< given to the last attempt

 private:
  friend class FakeAttempt;
  Clock& clock_;
  Script script_;
  mutable int starts_ = 0;
  mutable int alive_ = 0;
  mutable std::vector<MonoTime> started_;
  std::vector<Change> possible_;
  mutable std::vector<Reason> asked_after_;
  mutable std::vector<std::string> told_;
  mutable Span timeout_{0};
};

/// A runner on a manual clock, and everything it gave.
class World {
 public:
  explicit World(unsigned max_in_flight = 2000, WallTime begin = kMidnight);
  ~World();

  std::shared_ptr<FakeCheck> NewCheck(FakeCheck::Script script);
  std::shared_ptr<FakeCheck> NewCheck(Act act) {
    return NewCheck([act](int) { return act; });
  }
  /// What RunnerOptions::post wants: tasks run when the clock next moves.
  std::function<void(std::function<void()>)> Poster();

  /// Phase 0 unless told otherwise; timeout 10 s.
  PlannedCheck Plan(const std::string& name, std::shared_ptr<const Check> check, Span every,
                    Span phase = Span::zero());

  /// Outcomes of one check, in the order in which they were given.
  std::vector<Outcome> Of(const std::string& name) const;
  std::size_t Count(const std::string& name, Reason reason) const;
  /// Fails the test unless `name` has exactly one outcome for each slot due in [from, to).
  void ExpectEverySlotOnce(const std::string& name, const SlotGrid& grid, WallTime from,
                           WallTime to) const;

  ManualClock clock;
  io::Loop loop;
  io::Engine engine;
  std::vector<Outcome> outcomes;
  std::unique_ptr<Runner> runner;

 private:
  std::vector<std::function<void()>> posted_;
  std::unique_ptr<Alarm> post_alarm_;
};

}  // namespace gaikei
