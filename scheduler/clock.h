#pragma once

#include <functional>
#include <memory>

#include "results/time.h"

namespace gaikei {

/// One alarm. Destroying it disarms it; the callback may destroy it.
class Alarm {
 public:
  virtual ~Alarm() = default;
  /// Calls `fire` once, at `when` or as soon after as can be, never inside Arm(). Replaces an alarm
  /// that is armed.
  virtual void Arm(MonoTime when, std::function<void()> fire) = 0;
  virtual void Disarm() = 0;
};

/// Time as the scheduler sees it: the seam that lets a day of slots be tested in milliseconds.
/// The real one is LoopClock (scheduler/loop_clock.h), the test's one is ManualClock
/// (tests/support/manual_clock.h). Everything on the loop's thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonoTime Mono() const = 0;
  virtual WallTime Wall() const = 0;
  virtual std::unique_ptr<Alarm> NewAlarm() = 0;
};

}  // namespace gaikei
