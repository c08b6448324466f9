#include "tests/support/loop_fixture.h"

#include "checks/io/loop/timer.h"

namespace gaikei::support {

bool RunUntil(io::Loop& loop, const std::function<bool()>& is_done,
              std::chrono::milliseconds limit) {
  const MonoTime deadline = MonoNow() + limit;
  bool was_done = false;
  io::Timer timer(loop);
  std::function<void()> look = [&] {
    was_done = is_done();
    if (was_done || MonoNow() >= deadline) {
      loop.Stop();
    } else {
      timer.Arm(std::chrono::milliseconds(1), look);
    }
  };
  timer.Arm(Span(0), look);
  loop.Run();
  return was_done;
}

}  // namespace gaikei::support
