#pragma once

#include <memory>

#include "scheduler/clock.h"

namespace gaikei {

namespace io {
class Loop;
}

/// The real clock of one event loop. Loop thread only, but for Mono() and Wall(). Alarms are never
/// early and about a millisecond late; all of them must be gone before the loop.
class LoopClock final : public Clock {
 public:
  explicit LoopClock(io::Loop& loop) : loop_(loop) {}

  MonoTime Mono() const override { return MonoNow(); }
  WallTime Wall() const override { return WallNow(); }
  std::unique_ptr<Alarm> NewAlarm() override;

 private:
  io::Loop& loop_;
};

}  // namespace gaikei
