#include "scheduler/lag_meter.h"

#include <algorithm>
#include <utility>

namespace gaikei {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Span kBusyBeat = milliseconds(100);
constexpr Span kIdleBeat = seconds(1);
constexpr Span kWindow = seconds(1);
constexpr Span kSmallestLag = milliseconds(1);
// At the busy pace more than six minutes of a loop that is never in time.
constexpr std::size_t kMaxStalls = 4096;

}  // namespace

LagMeter::LagMeter(Clock& clock, std::function<void(Span)> on_beat)
    : clock_(clock), on_beat_(std::move(on_beat)), alarm_(clock.NewAlarm()) {}

void LagMeter::SetPace(Pace pace) {
  if (pace == pace_) return;
  const bool was_off = pace_ == Pace::kOff;
  pace_ = pace;
  if (pace == Pace::kOff) {
    alarm_->Disarm();
    due_ = MonoTime::max();
    shared_due_ = due_.time_since_epoch().count();
    return;
  }
  const MonoTime now = clock_.Mono();
  if (was_off) seen_ = now;
  const MonoTime next = now + (pace == Pace::kBusy ? kBusyBeat : kIdleBeat);
  if (next < due_) ArmAt(next);
}

void LagMeter::Observe() {
  const MonoTime now = clock_.Mono();
  if (pace_ == Pace::kOff || now - due_ < kSmallestLag) return;
  // The beat starts anew: one stall is noted once.
  Note(now, now - due_);
  ArmAt(now + (pace_ == Pace::kBusy ? kBusyBeat : kIdleBeat));
}

void LagMeter::NoteStandstill(Span length) { Note(clock_.Mono(), length); }

Span LagMeter::Largest(MonoTime from, MonoTime to) const {
  Span largest{0};
  for (auto stall = stalls_.rbegin(); stall != stalls_.rend() && stall->to > from; ++stall) {
    if (stall->from < to) largest = std::max(largest, stall->lag);
  }
  return largest;
}

Span LagMeter::Sum(MonoTime from, MonoTime to) const {
  Span sum{0};
  for (auto stall = stalls_.rbegin(); stall != stalls_.rend() && stall->to > from; ++stall) {
    if (stall->from < to) sum += stall->lag;
  }
  return sum;
}

Span LagMeter::Recent() const {
  const MonoTime due{Span(shared_due_.load())};
  const MonoTime now = clock_.Mono();
  const Span overdue = now > due ? now - due : Span::zero();
  return std::max(Span(recent_.load()), overdue);
}

void LagMeter::OnBeat() {
  const MonoTime now = clock_.Mono();
  const Span lag = std::max(now - due_, Span::zero());
  Note(now, lag);
  ArmAt(now + (pace_ == Pace::kBusy ? kBusyBeat : kIdleBeat));
  on_beat_(lag);
}

void LagMeter::ArmAt(MonoTime when) {
  due_ = when;
  shared_due_ = when.time_since_epoch().count();
  alarm_->Arm(when, [this] { OnBeat(); });
}

void LagMeter::Note(MonoTime now, Span lag) {
  if (now - window_ >= kWindow) {
    largest_[1] = now - window_ < 2 * kWindow ? largest_[0] : Span::zero();
    largest_[0] = Span::zero();
    window_ = now;
  }
  largest_[0] = std::max(largest_[0], lag);
  recent_ = std::max(largest_[0], largest_[1]).count();
  if (lag >= kSmallestLag) {
    stalls_.push_back({seen_, now, lag});
    if (stalls_.size() > kMaxStalls) stalls_.pop_front();
  }
  seen_ = now;
}

}  // namespace gaikei
