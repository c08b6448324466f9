#include "scheduler/loop_clock.h"

#include <algorithm>
#include <utility>

#include "checks/io/loop/loop.h"
#include "checks/io/loop/timer.h"

namespace gaikei {
namespace {

class LoopAlarm final : public Alarm {
 public:
  explicit LoopAlarm(io::Loop& loop) : timer_(loop) {}

  void Arm(MonoTime when, std::function<void()> fire) override {
    timer_.Arm(std::max(when - MonoNow(), Span::zero()), std::move(fire));
  }
  void Disarm() override { timer_.Disarm(); }

 private:
  io::Timer timer_;
};

}  // namespace

std::unique_ptr<Alarm> LoopClock::NewAlarm() { return std::make_unique<LoopAlarm>(loop_); }

}  // namespace gaikei
