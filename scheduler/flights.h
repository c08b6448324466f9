#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <string_view>
#include <vector>

#include "checks/check.h"
#include "scheduler/clock.h"
#include "scheduler/lag_meter.h"
#include "scheduler/slot.h"

namespace gaikei {

class SelfJudge;

/// The slots in flight on one loop: their attempts, repeated where the check asks for confirmation,
/// watched, and judged by how fit this prober was. Loop thread only, but for size().
class Flights {
 public:
  /// Time beyond its timeout after which an attempt that has not reported is given up.
  static constexpr Span kWatchdogGrace = std::chrono::seconds(1);
  /// A slot that is over sooner was quick.
  static constexpr Span kQuick = std::chrono::seconds(1);

  struct Hooks {
    /// Called before an attempt starts and before one is judged: notes stalls in the meter.
    std::function<void()> look_at_clocks;
    /// Takes the outcome of a slot, which is not in flight any more. Never inside Start().
    std::function<void(Slot, Outcome)> landed;
  };
  /// `judge` as in RunnerOptions.
  Flights(Clock& clock, io::Engine& engine, const LagMeter& meter, SelfJudge* judge, Hooks hooks);

  /// Starts the first attempt of a slot. An exception out of the check becomes the outcome, at the
  /// next Watch().
  void Start(Slot slot);
  /// Ends attempts that should have reported long ago: unknown prober_internal.
  void Watch();
  /// Ends everything in flight: unknown prober_skipped with `message`.
  void EndAll(std::string_view message);
  /// Cancels everything in flight without an outcome; gives the slots.
  std::vector<Slot> DropAll();
  /// Slots in flight; one attempt each. Any thread.
  unsigned size() const { return size_; }
  /// Those among them whose check was not quick the last time, or is not now (see Age()).
  unsigned others() const { return others_; }
  /// Counts those among the others that have been in flight for kQuick.
  void Age();

 private:
  struct Flight {
    Slot slot;
    std::unique_ptr<Attempt> attempt;
    WallTime started_wall{};
    MonoTime started{};          ///< of the slot: of its first attempt
    MonoTime attempt_started{};  ///< of the attempt in flight
    MonoTime deadline{};         ///< the watchdog's
    std::string broken;          ///< what the check threw; empty: nothing
    unsigned in_flight = 0;      ///< when the slot started, itself included
    std::string unfit;           ///< ProberState::unfit of the last attempt
    std::vector<AttemptSummary> attempts;
    Observation failed;                ///< the first attempt, where a further one is made
    std::vector<Change> changes;       ///< what is left to be tried with further attempts
    Change change = Change::kNothing;  ///< of the attempt in flight
    std::unique_ptr<Alarm> pause;      ///< until the host's budget lets a further attempt start
    bool is_other = false;
    bool is_aged = false;  ///< Age() has seen it
  };
  using Position = std::list<Flight>::iterator;

  /// How long the loop stood still since then: at once, or in pieces that took a good part of the
  /// time.
  Span StandstillSince(MonoTime from) const;
  void StartAttempt(Position flight);
  /// Starts a further attempt, when its host may be asked again.
  void StartWithinBudget(Position flight);
  void OnDone(Position flight, Observation observation);
  /// Adds an attempt to those that have been made.
  static void Note(Flight& flight, const Observation& observation);
  void Repeat(Position flight, Observation failed);
  /// Ends a flight whose attempt is not let finish: what it has seen so far, and `reason` where
  /// there is no verdict yet.
  void Cut(Position flight, Reason reason, std::string message);
  void Land(Position flight, Observation observation);

  Clock& clock_;
  io::Engine& engine_;
  const LagMeter& meter_;
  SelfJudge* judge_;
  Hooks hooks_;
  std::list<Flight> flights_;
  MonoTime next_deadline_ = MonoTime::max();  ///< no flight has an earlier one
  std::atomic<unsigned> size_{0};
  unsigned others_ = 0;
};

}  // namespace gaikei
