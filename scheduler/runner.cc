#include "scheduler/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <utility>

#include "scheduler/flights.h"
#include "scheduler/lag_meter.h"
#include "scheduler/missed_backlog.h"
#include "scheduler/slot.h"
#include "scheduler/timetable.h"

namespace gaikei {
namespace {

// Attempts started in one turn of the loop: their first events must not wait for too many others.
constexpr unsigned kStartsPerTurn = 32;
// Outcomes of missed slots handed on at one beat.
constexpr std::size_t kMissedPerBeat = 5000;
// A beat later than this says nothing about the checks' own timers.
constexpr Span kTimelyBeat = std::chrono::milliseconds(500);
constexpr char kStopping[] = "this prober is stopping";

}  // namespace

struct Runner::Impl {
  Impl(Clock& clock_in, io::Engine& engine, RunnerOptions options_in, Sink sink_in)
      : clock(clock_in),
        options{std::max(options_in.max_in_flight, 1U)},
        sink(std::move(sink_in)),
        timetable(clock.Wall(), clock.Mono()),
        meter(clock, [this](Span lag) { OnBeat(lag); }),
        flights(clock, engine, meter,
                {[this] { LookAtClocks(); },
                 [this](const Slot& slot, Outcome outcome) {
                   Deliver(slot, std::move(outcome));
                   OnLanded();
                 }}),
        plan_alarm(clock.NewAlarm()),
        turn_alarm(clock.NewAlarm()),
        stop_alarm(clock.NewAlarm()) {}

  void Deliver(const Slot& slot, Outcome outcome) {
    sink(std::move(outcome));
    if (slot.group && --slot.group->left == 0 && slot.group->done) slot.group->done();
  }

  void Skip(const Slot& slot, std::string message) {
    Outcome outcome = SkippedOutcome(*slot.planned, slot.scheduled_at, std::move(message));
    outcome.prober = {meter.Recent(), flights.size()};
    Deliver(slot, std::move(outcome));
  }

  void LookAtClocks() {
    meter.Observe();
    const auto step = timetable.CheckStep(clock.Wall(), clock.Mono());
    if (!step) return;
    // The monotonic clock does not run while the machine sleeps, so that waking up looks like a
    // step forward: whatever was in flight may have died of it.
    if (*step > Span::zero()) meter.NoteStandstill(*step);
    ArmPlan();
  }

  void ArmPlan() {
    const auto due = timetable.NextDue();
    if (due) {
      plan_alarm->Arm(*due, [this] { OnDue(); });
    } else {
      plan_alarm->Disarm();
    }
  }

  void OnDue() {
    LookAtClocks();
    TakeDue();
    StartWaiting();
  }

  /// Moves what is due into the queue, and gives missed slots their outcomes.
  void TakeDue() {
    DueSlots due = timetable.TakeDue(clock.Mono());
    for (MissedSlots& missed : due.missed) backlog.Add(std::move(missed));
    if (!due.missed.empty()) backlog.Emit(kMissedPerBeat, sink);
    for (Slot& slot : due.start) {
      next_expiry = std::min(next_expiry, slot.expires);
      waiting.push_back(std::move(slot));
    }
    ArmPlan();
  }

  /// Starts waiting slots, a few a turn.
  void StartWaiting() {
    ExpireWaiting();
    unsigned starts = 0;
    while (!waiting.empty() && flights.size() < options.max_in_flight && starts < kStartsPerTurn) {
      Slot slot = std::move(waiting.front());
      waiting.pop_front();
      flights.Start(std::move(slot));
      ++starts;
    }
    ContinueNextTurn();
    UpdatePace();
  }

  void ContinueNextTurn() {
    if (is_turn_armed || waiting.empty() || flights.size() >= options.max_in_flight) return;
    is_turn_armed = true;
    turn_alarm->Arm(clock.Mono(), [this] {
      is_turn_armed = false;
      StartWaiting();
    });
  }

  void ExpireWaiting() {
    const MonoTime now = clock.Mono();
    if (now < next_expiry) return;
    next_expiry = MonoTime::max();
    for (auto slot = waiting.begin(); slot != waiting.end();) {
      if (now < slot->expires) {
        next_expiry = std::min(next_expiry, slot->expires);
        ++slot;
        continue;
      }
      Skip(*slot, fmt::format("no place was free in time: at most {} attempts may be in flight on "
                              "this loop (max_in_flight)",
                              options.max_in_flight));
      slot = waiting.erase(slot);
    }
  }

  void OnBeat(Span lag) {
    LookAtClocks();
    // After a stall the checks' own timers come first; they are late, not lost.
    if (lag < kTimelyBeat) flights.Watch();
    backlog.Emit(kMissedPerBeat, sink);
    StartWaiting();
  }

  void OnLanded() {
    ContinueNextTurn();
    UpdatePace();
    // In a turn of its own, so that the owner may destroy the runner.
    if (stopped && flights.size() == 0) stop_alarm->Arm(clock.Mono(), [this] { FinishStop(); });
  }

  void UpdatePace() {
    if (flights.size() > 0 || !waiting.empty() || !backlog.empty()) {
      meter.SetPace(LagMeter::Pace::kBusy);
    } else {
      meter.SetPace(timetable.empty() ? LagMeter::Pace::kOff : LagMeter::Pace::kIdle);
    }
  }

  void SetPlan(std::vector<PlannedCheck> plan) {
    if (is_stopping) return;
    LookAtClocks();
    TakeDue();
    timetable.SetPlan(std::move(plan), clock.Mono());
    ArmPlan();
    StartWaiting();
  }

  void RunOnce(std::vector<PlannedCheck> plan, std::function<void()> done) {
    if (plan.empty()) {
      if (done) done();
      return;
    }
    auto group = std::make_shared<OnceGroup>(OnceGroup{plan.size(), std::move(done)});
    const WallTime wall = clock.Wall();
    const MonoTime now = clock.Mono();
    for (PlannedCheck& planned : plan) {
      Slot slot{std::make_shared<const PlannedCheck>(std::move(planned)), wall, now,
                MonoTime::max(), group};
      if (is_stopping) {
        Skip(slot, kStopping);
      } else {
        waiting.push_back(std::move(slot));
      }
    }
    if (!is_stopping) StartWaiting();
  }

  void Stop(Span grace, std::function<void()> done) {
    if (is_stopping) return;
    is_stopping = true;
    LookAtClocks();
    TakeDue();
    timetable.SetPlan({}, clock.Mono());
    ArmPlan();
    backlog.Emit(static_cast<std::size_t>(-1), sink);
    std::list<Slot> never_started;
    never_started.swap(waiting);
    for (const Slot& slot : never_started) Skip(slot, kStopping);
    UpdatePace();
    stopped = done ? std::move(done) : [] {};
    if (flights.size() == 0 || grace <= Span::zero()) {
      FinishStop();
    } else {
      stop_alarm->Arm(clock.Mono() + grace, [this] { FinishStop(); });
    }
  }

  void FinishStop() {
    const std::function<void()> done = std::move(stopped);
    stopped = nullptr;  // landings below must not come here again
    flights.EndAll("this prober stopped before the attempt had ended");
    stop_alarm->Disarm();
    turn_alarm->Disarm();
    UpdatePace();
    if (done) done();
  }

  Clock& clock;
  RunnerOptions options;
  Sink sink;
  Timetable timetable;
  LagMeter meter;
  MissedBacklog backlog;
  Flights flights;
  std::list<Slot> waiting;                 ///< for a place, first come, first served
  MonoTime next_expiry = MonoTime::max();  ///< no waiting slot expires before
  std::unique_ptr<Alarm> plan_alarm;       ///< next slot due
  std::unique_ptr<Alarm> turn_alarm;       ///< more can start, in the next turn
  std::unique_ptr<Alarm> stop_alarm;       ///< end of the grace time
  bool is_turn_armed = false;
  bool is_stopping = false;
  std::function<void()> stopped;  ///< set while Stop() waits
};

Runner::Runner(Clock& clock, io::Engine& engine, RunnerOptions options, Sink sink)
    : impl_(std::make_unique<Impl>(clock, engine, options, std::move(sink))) {}
Runner::~Runner() = default;

void Runner::SetPlan(std::vector<PlannedCheck> plan) { impl_->SetPlan(std::move(plan)); }

void Runner::RunOnce(std::vector<PlannedCheck> plan, std::function<void()> done) {
  impl_->RunOnce(std::move(plan), std::move(done));
}

void Runner::Stop(Span grace, std::function<void()> done) { impl_->Stop(grace, std::move(done)); }

unsigned Runner::in_flight() const { return impl_->flights.size(); }
Span Runner::loop_lag() const { return impl_->meter.Recent(); }

}  // namespace gaikei
