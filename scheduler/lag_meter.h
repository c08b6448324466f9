#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <functional>
#include <memory>

#include "scheduler/clock.h"

namespace gaikei {

/// Measures how late a loop runs its timers, by a beat of its own, so that a verdict reached while
/// the loop stood still can be told from the target's fault. Loop thread only, but for Recent().
class LagMeter {
 public:
  enum class Pace {
    kOff,   ///< no beat: nothing keeps the loop awake
    kIdle,  ///< a beat a second
    kBusy,  ///< a beat every 100 ms: attempts are in flight
  };

  /// `on_beat` is called at every beat with its lag. It must not destroy the meter.
  LagMeter(Clock& clock, std::function<void(Span lag)> on_beat);

  void SetPace(Pace pace);
  /// Notes a stall that the beat has not come round to tell. Call it before asking Largest(), and
  /// before an attempt starts.
  void Observe();
  /// Notes a standstill that no beat could see: the machine slept.
  void NoteStandstill(Span length);
  /// Largest lag that was noted in (from, to]; lags below a millisecond are the timer's own.
  Span Largest(MonoTime from, MonoTime to) const;
  /// Sum of the lags that Largest() looks at.
  Span Sum(MonoTime from, MonoTime to) const;
  /// Largest lag of the last second or two, a stall that still lasts included. Any thread.
  Span Recent() const;

 private:
  struct Stall {
    MonoTime from;  ///< last instant at which the loop was seen running
    MonoTime to;
    Span lag;
  };
  void OnBeat();
  void ArmAt(MonoTime when);
  void Note(MonoTime now, Span lag);

  Clock& clock_;
  std::function<void(Span)> on_beat_;
  std::unique_ptr<Alarm> alarm_;
  Pace pace_ = Pace::kOff;
  MonoTime seen_{};  ///< when the loop was last seen running
  MonoTime due_ = MonoTime::max();
  std::deque<Stall> stalls_;  ///< oldest first, bounded

  MonoTime window_{};              ///< when the present window of one second began
  std::array<Span, 2> largest_{};  ///< of the present window and the one before it
  std::atomic<Span::rep> recent_{0};
  std::atomic<MonoTime::rep> shared_due_{MonoTime::max().time_since_epoch().count()};
};

}  // namespace gaikei
