#include "probe/commands/pace.h"

#include <algorithm>
#include <csignal>

#include "checks/io/loop/timer.h"

namespace gaikei {

Pace::Pace(Span every) : every_(every), due_(MonoNow()), interrupt_(loop_), terminate_(loop_) {
  interrupt_.Start(SIGINT, [this] { OnSignal(SIGINT); });
  terminate_.Start(SIGTERM, [this] { OnSignal(SIGTERM); });
}

void Pace::OnSignal(int signal_number) {
  signal_ = signal_number;
  loop_.Stop();
}

int Pace::Wait() {
  const MonoTime now = MonoNow();
  due_ += every_;
  if (due_ < now) due_ += (now - due_) / every_ * every_;
  io::Timer timer(loop_);
  timer.Arm(std::max(due_ - now, Span::zero()), [this] { loop_.Stop(); });
  loop_.Run();
  return signal_;
}

}  // namespace gaikei
