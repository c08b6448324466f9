#include "probe/selftest/clocks.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "checks/io/loop/loop.h"
#include "checks/io/loop/timer.h"

namespace gaikei::selftest {

Span ClockStep() {
  constexpr int kReadings = 10'000;
  Span smallest = Span::max();
  MonoTime before = MonoNow();
  for (int i = 0; i < kReadings; ++i) {
    const MonoTime now = MonoNow();
    if (now > before) smallest = std::min(smallest, now - before);
    before = now;
  }
  return smallest;
}

Distribution TimerLateness(unsigned count) {
  constexpr Span kFirst = std::chrono::milliseconds(1);
  constexpr Span kStep = std::chrono::microseconds(37);
  constexpr std::size_t kSpans = 27;  // a millisecond's worth of steps
  std::vector<Span> late;
  io::Loop loop;
  io::Timer timer(loop);
  MonoTime due{};
  std::function<void()> arm = [&] {
    const Span asked = kFirst + kStep * (late.size() % kSpans);
    due = MonoNow() + asked;
    timer.Arm(asked, [&] {
      late.push_back(MonoNow() - due);
      if (late.size() < count) return arm();
      loop.Stop();
    });
  };
  arm();
  loop.Run();
  return Distribute(std::move(late));
}

}  // namespace gaikei::selftest
