#include "scheduler/heartbeat_board.h"

#include <algorithm>
#include <set>
#include <utility>

#include "results/constant_time.h"
#include "scheduler/heartbeat_outcome.h"

namespace gaikei {
namespace {

/// How often the clocks are looked at while nothing is about to be late, so that a sleep is noticed
/// when it is over.
constexpr Span kFarBeat = std::chrono::minutes(1);
/// Likewise within kListen before a report is late: a short pause matters there.
constexpr Span kNearBeat = std::chrono::seconds(1);

Span OffsetOf(const Clock& clock) {
  return clock.Wall().time_since_epoch() - clock.Mono().time_since_epoch();
}

}  // namespace

HeartbeatBoard::HeartbeatBoard(Clock& clock, HeartbeatStore* store, Sink sink)
    : clock_(clock),
      store_(store),
      sink_(std::move(sink)),
      alarm_(clock.NewAlarm()),
      offset_(OffsetOf(clock)) {}

WallTime HeartbeatBoard::WallAt(MonoTime time) const {
  return clock_.Wall() - (clock_.Mono() - time);
}

void HeartbeatBoard::SetPlan(std::vector<PlannedHeartbeat> plan) {
  const std::lock_guard lock(mutex_);
  const MonoTime now = clock_.Mono();
  NoticePause(now);
  auto before = std::move(entries_);
  entries_.clear();
  decoy_ = Secret();
  std::set<std::string> names;
  for (PlannedHeartbeat& planned : plan) {
    const std::string name = planned.name;
    names.insert(name);
    if (!planned.token.empty()) decoy_ = planned.token;
    Entry entry;
    if (auto known = before.extract(name)) {
      entry = std::move(known.mapped());
      Replan(entry, std::move(planned), now);
    } else {
      entry.planned = std::move(planned);
      Recall(entry, now);
    }
    Remember(entry);
    entries_.insert_or_assign(name, std::move(entry));
  }
  if (store_ != nullptr) store_->KeepOnly(names);
  ArmNext(now);
}

/// What was late before this process listened, it could not hear.
void HeartbeatBoard::Recall(Entry& entry, MonoTime now) {
  entry.due = now + entry.patience();
  auto memory = store_ == nullptr ? std::nullopt : store_->Read(entry.planned.name);
  if (!memory) return;
  const WallTime wall = clock_.Wall();
  // A memory out of the future tells of a clock that has gone back.
  const auto since = [wall](WallTime time) { return std::max(wall - time, Span::zero()); };
  const MonoTime due = now - since(memory->counted_from) + entry.patience();
  if (due > now) entry.due = due;
  if (memory->last) entry.heard = now - since(memory->last->at);
  entry.last = std::move(memory->last);
}

void HeartbeatBoard::Replan(Entry& entry, PlannedHeartbeat planned, MonoTime now) {
  const Span before = entry.patience();
  entry.planned = std::move(planned);
  if (entry.patience() == before) return;
  entry.due += entry.patience() - before;
  // The past was under another rule.
  if (entry.due <= now) entry.due = now + entry.patience();
}

void HeartbeatBoard::Remember(const Entry& entry) {
  if (store_ == nullptr) return;
  store_->Write(entry.planned.name, {WallAt(entry.due - entry.patience()), entry.last});
}

ReportAnswer HeartbeatBoard::Report(std::string_view name, std::string_view token,
                                    const HeartbeatReport& report) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  const bool is_known = found != entries_.end();
  const Secret& expected = is_known ? found->second.planned.token : decoy_;
  const bool is_right = IsSameInConstantTime(token, expected.Reveal()) || expected.empty();
  if (!is_known || !is_right) {
    return decoy_.empty() ? ReportAnswer::kUnknown : ReportAnswer::kRefused;
  }
  Entry& entry = found->second;
  entry.heard = clock_.Mono();
  entry.last = Keep(report, entry.planned.token, clock_.Wall());
  // Always later than it was: the alarm need not be moved, which finds out by itself.
  entry.due = entry.heard + entry.patience();
  Remember(entry);
  sink_(OutcomeOfReport(entry.planned, *entry.last));
  return ReportAnswer::kTaken;
}

std::vector<HeartbeatState> HeartbeatBoard::States() const {
  const std::lock_guard lock(mutex_);
  std::vector<HeartbeatState> states;
  states.reserve(entries_.size());
  for (const auto& [name, entry] : entries_) {
    states.push_back(
        {entry.planned.identity, entry.planned.region, entry.planned.every, entry.planned.grace,
         entry.last ? std::optional(entry.last->at) : std::nullopt, WallAt(entry.due)});
  }
  return states;
}

void HeartbeatBoard::Look() {
  const std::lock_guard lock(mutex_);
  const MonoTime now = clock_.Mono();
  NoticePause(now);
  for (auto& [name, entry] : entries_) {
    while (entry.due <= now) Miss(entry);
  }
  ArmNext(now);
}

void HeartbeatBoard::NoticePause(MonoTime now) {
  const Span offset = OffsetOf(clock_);
  const Span step = offset - std::exchange(offset_, offset);
  if (now - awaited_ > kPause && awaited_ != MonoTime::max()) Excuse(now - awaited_, true, now);
  // The monotonic clock does not run while the machine sleeps: waking up looks like a step of the
  // wall clock. One that somebody has set forward costs a miss at worst, and invents none.
  if (step > kPause) Excuse(step, false, now);
  if (step > kPause || step < -kPause) {
    for (const auto& [name, entry] : entries_) Remember(entry);
  }
}

/// `ran_on`: the monotonic clock went on during the pause.
void HeartbeatBoard::Excuse(Span length, bool ran_on, MonoTime now) {
  for (auto& [name, entry] : entries_) {
    const bool was_late_within = entry.due - now <= (ran_on ? Span::zero() : length);
    entry.due = length > kShortPause && was_late_within ? now + entry.patience()
                                                        : std::max(entry.due, now + kListen);
  }
}

void HeartbeatBoard::Miss(Entry& entry) {
  Outcome outcome = OutcomeOfSilence(entry.planned, entry.last ? &*entry.last : nullptr,
                                     entry.due - entry.heard, WallAt(entry.due));
  entry.due += entry.planned.every;
  Remember(entry);
  sink_(std::move(outcome));
}

void HeartbeatBoard::ArmNext(MonoTime now) {
  if (entries_.empty()) {
    awaited_ = MonoTime::max();
    alarm_->Disarm();
    return;
  }
  awaited_ = now + kFarBeat;
  for (const auto& [name, entry] : entries_) {
    const MonoTime near = entry.due - kListen;
    awaited_ = std::min(awaited_, near > now ? near : std::min(entry.due, now + kNearBeat));
  }
  alarm_->Arm(awaited_, [this] { Look(); });
}

}  // namespace gaikei
