#include "scheduler/flights.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "results/text.h"
#include "scheduler/fitness.h"
#include "scheduler/host_limits.h"
#include "scheduler/self_judge.h"

namespace gaikei {

Flights::Flights(Clock& clock, io::Engine& engine, const LagMeter& meter, SelfJudge* judge,
                 Hooks hooks)
    : clock_(clock), engine_(engine), meter_(meter), judge_(judge), hooks_(std::move(hooks)) {}

void Flights::Start(Slot slot) {
  flights_.emplace_back();
  const Position flight = std::prev(flights_.end());
  flight->slot = std::move(slot);
  flight->in_flight = ++size_;
  // Slots of RunOnce() have no history, and nobody quick to make room for.
  flight->is_other = !flight->slot.planned->was_quick && !flight->slot.group;
  if (flight->is_other) ++others_;
  hooks_.look_at_clocks();
  flight->started_wall = clock_.Wall();
  flight->started = clock_.Mono();
  StartAttempt(flight);
}

void Flights::StartAttempt(Position flight) {
  const PlannedCheck& planned = *flight->slot.planned;
  flight->attempt_started = clock_.Mono();
  flight->deadline =
      flight->attempt_started + planned.timeout + planned.check->preparation() + kWatchdogGrace;
  AttemptContext context{engine_, *planned.region, planned.timeout};
  context.change = flight->change;
  if (!flight->attempts.empty()) context.failed = &flight->failed;
  try {
    flight->attempt = planned.check->Start(context, [this, flight](Observation observation) {
      OnDone(flight, std::move(observation));
    });
  } catch (const std::exception& error) {
    flight->broken = error.what();
  }
  if (!flight->attempt) flight->deadline = flight->attempt_started;
  next_deadline_ = std::min(next_deadline_, flight->deadline);
}

void Flights::OnDone(Position flight, Observation observation) {
  // It is its `done` that runs: it must live until this returns.
  const std::unique_ptr<Attempt> finished = std::move(flight->attempt);
  const PlannedCheck& planned = *flight->slot.planned;
  hooks_.look_at_clocks();
  const MonoTime from = flight->attempt_started;
  const MonoTime now = clock_.Mono();
  if (JudgeFitness(observation, planned.timeout, StandstillSince(from))) {
    flight->unfit = "loop_lag";
  } else if (judge_ != nullptr) {
    flight->unfit = judge_->Judge(observation, from, now);
  }
  Note(*flight, observation);
  if (observation.status == Status::kFail && flight->attempts.size() < planned.confirm) {
    return Repeat(flight, std::move(observation));
  }
  Land(flight, std::move(observation));
}

Span Flights::StandstillSince(MonoTime from) const {
  const MonoTime now = clock_.Mono();
  const Span sum = meter_.Sum(from, now);
  return sum >= (now - from) / 4 ? sum : meter_.Largest(from, now);
}

void Flights::Note(Flight& flight, const Observation& observation) {
  AttemptSummary summary{observation.status, observation.reason, observation.duration};
  summary.phase = observation.phase;
  summary.message = observation.message;
  summary.address = observation.address;
  if (!flight.attempts.empty()) summary.change = Name(flight.change);
  flight.attempts.push_back(std::move(summary));
}

void Flights::Repeat(Position flight, Observation failed) {
  const PlannedCheck& planned = *flight->slot.planned;
  if (flight->attempts.size() == 1) {
    flight->failed = std::move(failed);
    flight->changes =
        planned.check->ChangesAfter(flight->failed, {engine_, *planned.region, planned.timeout});
  }
  flight->change = Change::kNothing;
  if (!flight->changes.empty()) {
    flight->change = flight->changes.front();
    flight->changes.erase(flight->changes.begin());
  }
  StartWithinBudget(flight);
}

void Flights::StartWithinBudget(Position flight) {
  const PlannedCheck& planned = *flight->slot.planned;
  const MonoTime now = clock_.Mono();
  MonoTime when = now;
  if (planned.host_limits && planned.host_limits->budget) {
    when = planned.host_limits->budget->Reserve(now, MonoTime::max()).value_or(now);
  }
  if (when <= now) return StartAttempt(flight);
  flight->deadline = when + kWatchdogGrace;
  flight->pause = clock_.NewAlarm();
  flight->pause->Arm(when, [this, flight] { StartAttempt(flight); });
}

void Flights::Age() {
  const MonoTime now = clock_.Mono();
  for (auto flight = flights_.rbegin(); flight != flights_.rend() && !flight->is_aged; ++flight) {
    if (now - flight->started < kQuick) continue;
    flight->is_aged = true;
    if (!flight->is_other) ++others_;
    flight->is_other = true;
  }
}

void Flights::Cut(Position flight, Reason reason, std::string message) {
  Observation observation;
  if (flight->attempt) observation = flight->attempt->Unfinished();
  if (observation.status == Status::kPass) {
    observation.duration = clock_.Mono() - flight->attempt_started;
    observation.phases.SettleOther(observation.duration);
    observation.Fail(reason, std::nullopt, std::move(message));
  }
  Note(*flight, observation);
  Land(flight, std::move(observation));
}

void Flights::Land(Position flight, Observation observation) {
  Outcome outcome;
  static_cast<Observation&>(outcome) = std::move(observation);
  outcome.check = flight->slot.planned->identity;
  outcome.region = flight->slot.planned->region->name;
  outcome.scheduled_at = flight->slot.scheduled_at;
  outcome.started_at = flight->started_wall;
  outcome.lateness = flight->started - flight->slot.due;
  const bool has_passed = outcome.status == Status::kPass || outcome.status == Status::kWarn;
  if (flight->attempts.size() > 1 && has_passed) outcome.healed_by = Name(flight->change);
  outcome.counts_first = flight->slot.planned->confirm_counts == ConfirmCounts::kFirst;
  outcome.attempts = std::move(flight->attempts);
  outcome.prober.loop_lag =
      std::max(meter_.Largest(flight->started, clock_.Mono()), meter_.Recent());
  outcome.prober.in_flight = flight->in_flight;
  outcome.prober.unfit = std::move(flight->unfit);
  flight->slot.planned->was_quick = clock_.Mono() - flight->started < kQuick;
  if (flight->is_other) --others_;
  Slot slot = std::move(flight->slot);
  flight->attempt.reset();
  flights_.erase(flight);
  --size_;
  hooks_.landed(std::move(slot), std::move(outcome));
}

void Flights::Watch() {
  const MonoTime now = clock_.Mono();
  if (now < next_deadline_) return;
  next_deadline_ = MonoTime::max();
  for (Position flight = flights_.begin(); flight != flights_.end();) {
    const Position at = flight++;
    if (now < at->deadline) {
      next_deadline_ = std::min(next_deadline_, at->deadline);
      continue;
    }
    Cut(at, Reason::kProberInternal,
        at->attempt ? fmt::format("the check did not end by its timeout of {}",
                                  FormatDuration(at->slot.planned->timeout))
                    : "the check could not start: " + Escape(at->broken));
  }
}

std::vector<Slot> Flights::DropAll() {
  std::vector<Slot> slots;
  for (Flight& flight : flights_) {
    flight.attempt.reset();
    slots.push_back(std::move(flight.slot));
  }
  flights_.clear();
  size_ = others_ = 0;
  return slots;
}

void Flights::EndAll(std::string_view message) {
  while (!flights_.empty()) Cut(flights_.begin(), Reason::kProberSkipped, std::string(message));
}

}  // namespace gaikei
