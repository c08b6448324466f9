#include "scheduler/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

#include "scheduler/admission.h"
#include "scheduler/flights.h"
#include "scheduler/lag_meter.h"
#include "scheduler/missed_backlog.h"
#include "scheduler/overload.h"
#include "scheduler/slot.h"
#include "scheduler/timetable.h"
#include "scheduler/waiting_room.h"

namespace gaikei {
namespace {

// Attempts started in one turn of the loop: their first events must not wait for too many others.
constexpr unsigned kStartsPerTurn = 32;
// Outcomes of missed slots handed on at one beat.
constexpr std::size_t kMissedPerBeat = 5000;
// A beat later than this says nothing about the checks' own timers.
constexpr Span kTimelyBeat = std::chrono::milliseconds(500);
// Of a loop's places, in percent, what checks may have that were not quick the last time.
constexpr unsigned kShareOfOthers = 75;
constexpr char kStopping[] = "this prober is stopping";

}  // namespace

struct Runner::Impl {
  Impl(Clock& clock_in, io::Engine& engine, RunnerOptions options_in, Sink sink_in)
      : clock(clock_in),
        options{std::max(options_in.max_in_flight, 1U), std::move(options_in.post),
                options_in.judge},
        sink(std::move(sink_in)),
        timetable(clock.Wall(), clock.Mono()),
        meter(clock, [this](Span lag) { OnBeat(lag); }),
        flights(clock, engine, meter, options.judge,
                {[this] { LookAtClocks(); },
                 [this](Slot slot, Outcome outcome) {
                   admission.Leave(slot);
                   has_quick = has_quick || slot.planned->was_quick;
                   Deliver(slot, std::move(outcome));
                   OnLanded();
                 }}),
        admission(clock, {options.post, [this] { ContinueNextTurn(); }}),
        plan_alarm(clock.NewAlarm()),
        turn_alarm(clock.NewAlarm()),
        stop_alarm(clock.NewAlarm()) {}

  ~Impl() {
    for (Slot& slot : flights.DropAll()) admission.Leave(slot);
  }

  void Deliver(const Slot& slot, Outcome outcome) {
    sink(std::move(outcome));
    if (slot.group && --slot.group->left == 0 && slot.group->done) slot.group->done();
  }

  void Skip(const Slot& slot, std::string message, Reason reason = Reason::kProberSkipped) {
    Outcome outcome = SkippedOutcome(*slot.planned, slot.scheduled_at, std::move(message), reason);
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
      if (IsLeftOut(slot)) {
        Skip(slot,
             fmt::format("this prober is overloaded: in stage {} the check is made every {} "
                         "slots",
                         stage, StretchOf(stage, slot.planned->priority)),
             Reason::kProberOverload);
      } else {
        waiting.Add(std::move(slot));
      }
    }
    ArmPlan();
  }

  bool IsLeftOut(const Slot& slot) const {
    const unsigned stretch = StretchOf(stage, slot.planned->priority);
    // By the number of the slot, so that all that is left out of a check lies evenly.
    return stretch > 1 && FirstSlotAtOrAfter(slot.planned->grid, slot.scheduled_at) % stretch != 0;
  }

  /// Starts waiting slots, a few a turn.
  void StartWaiting() {
    ExpireWaiting();
    unsigned starts = 0;
    while (CanStart() && starts < kStartsPerTurn) {
      ++starts;
      std::optional<Slot> slot = admission.TakeReady();
      if (!slot) slot = admission.Enter(*waiting.Take(TakesOthers()));
      if (slot) flights.Start(std::move(*slot));
    }
    ContinueNextTurn();
    UpdatePace();
  }

  /// Whether others than quick ones may have a place.
  bool TakesOthers() const {
    const unsigned most = has_quick ? std::max(options.max_in_flight * kShareOfOthers / 100, 1U)
                                    : options.max_in_flight;
    return flights.others() < most;
  }

  bool CanStart() const {
    return flights.size() < options.max_in_flight &&
           (admission.has_ready() || waiting.HasOne(TakesOthers()));
  }

  void ContinueNextTurn() {
    if (is_turn_armed || !CanStart()) return;
    is_turn_armed = true;
    turn_alarm->Arm(clock.Mono(), [this] {
      is_turn_armed = false;
      StartWaiting();
    });
  }

  void ExpireWaiting() {
    const MonoTime now = clock.Mono();
    for (const Slot& slot : waiting.TakeExpired(now)) {
      Skip(slot,
           fmt::format("no place was free in time: at most {} attempts may be in flight on "
                       "this loop ({})",
                       options.max_in_flight, limit),
           scarce);
    }
    for (Refusal& refusal : admission.TakeRefused(now)) {
      Skip(refusal.slot, std::move(refusal.message));
    }
  }

  void OnBeat(Span lag) {
    LookAtClocks();
    // After a stall the checks' own timers come first; they are late, not lost.
    if (lag < kTimelyBeat) flights.Watch();
    flights.Age();
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
    waiting_size = static_cast<unsigned>(waiting.size() + admission.size());
    quick_waiting = static_cast<unsigned>(waiting.quick());
    if (flights.size() > 0 || !waiting.empty() || !admission.empty() || !backlog.empty()) {
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
        waiting.Add(std::move(slot));
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
    for (const Slot& slot : waiting.TakeAll()) Skip(slot, kStopping);
    for (const Slot& slot : admission.TakeAll()) Skip(slot, kStopping);
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
  Reason scarce = Reason::kProberSkipped;  ///< what slots become unknown for without a place
  std::string limit = "max_in_flight";     ///< what sets the number of places
  unsigned stage = 0;                      ///< of the overload manager
  std::atomic<unsigned> waiting_size{0};
  std::atomic<unsigned> quick_waiting{0};
  WaitingRoom waiting;
  Admission admission;
  std::unique_ptr<Alarm> plan_alarm;  ///< next slot due
  std::unique_ptr<Alarm> turn_alarm;  ///< more can start, in the next turn
  std::unique_ptr<Alarm> stop_alarm;  ///< end of the grace time
  bool is_turn_armed = false;
  bool has_quick = false;  ///< some slot was quick: places are kept for such
  bool is_stopping = false;
  std::function<void()> stopped;  ///< set while Stop() waits
};

Runner::Runner(Clock& clock, io::Engine& engine, RunnerOptions options, Sink sink)
    : impl_(std::make_unique<Impl>(clock, engine, std::move(options), std::move(sink))) {}
Runner::~Runner() = default;

void Runner::SetPlan(std::vector<PlannedCheck> plan) { impl_->SetPlan(std::move(plan)); }

void Runner::RunOnce(std::vector<PlannedCheck> plan, std::function<void()> done) {
  impl_->RunOnce(std::move(plan), std::move(done));
}

void Runner::Stop(Span grace, std::function<void()> done) { impl_->Stop(grace, std::move(done)); }

void Runner::SetPlaces(unsigned max_in_flight, Reason scarce, std::string why) {
  impl_->options.max_in_flight = std::max(max_in_flight, 1U);
  impl_->scarce = scarce;
  impl_->limit = std::move(why);
  impl_->ContinueNextTurn();
}

void Runner::SetOverloadStage(unsigned stage) { impl_->stage = stage; }

unsigned Runner::waiting() const { return impl_->waiting_size; }
unsigned Runner::quick_waiting() const { return impl_->quick_waiting; }
unsigned Runner::in_flight() const { return impl_->flights.size(); }
Span Runner::loop_lag() const { return impl_->meter.Recent(); }

}  // namespace gaikei
