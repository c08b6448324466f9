#include "probe/commands/interruption.h"

#include <csignal>
#include <future>
#include <utility>

#include "checks/io/loop/signal.h"

namespace gaikei {

Interruption::Interruption(std::function<void()> told) : told_(std::move(told)) {
  std::promise<void> watches;
  auto is_watching = watches.get_future();
  loop_.Post([&watches] { watches.set_value(); });
  thread_ = std::thread([this] { Main(); });
  is_watching.wait();
}

Interruption::~Interruption() {
  loop_.Stop();
  thread_.join();
}

void Interruption::Main() {
  io::SignalWatch interrupt(loop_);
  io::SignalWatch terminate(loop_);
  const auto on_signal = [&](int signal_number) {
    interrupt.Stop();
    terminate.Stop();
    signal_number_ = signal_number;
    told_();
  };
  interrupt.Start(SIGINT, [&on_signal] { on_signal(SIGINT); });
  terminate.Start(SIGTERM, [&on_signal] { on_signal(SIGTERM); });
  loop_.Run();
}

}  // namespace gaikei
