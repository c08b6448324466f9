#include "probe/commands/one_shot.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <csignal>

#include "checks/io/loop/loop.h"
#include "checks/io/loop/signal.h"
#include "checks/io/loop/timer.h"
#include "results/outcome_queue.h"
#include "scheduler/loop_pool.h"

namespace gaikei {
namespace {

constexpr Span kTickEvery = std::chrono::milliseconds(100);

}  // namespace

int RunOneShot(std::vector<PlannedCheck> plan, const OneShotOptions& options) {
  io::Loop loop;
  int ended_by = 0;
  std::size_t done = 0;
  const MonoTime began = MonoNow();

  OutcomeQueue queue([&loop, &queue, &options, &done] {
    loop.Post([&queue, &options, &done] {
      for (Outcome& outcome : queue.TakeAll()) {
        ++done;
        options.each(std::move(outcome));
      }
    });
  });
  {
    LoopPool pool({options.threads, options.load, options.watches_itself,
                   [](const std::string& line) { spdlog::warn("{}", line); }},
                  [&queue](Outcome outcome) { queue.Push(std::move(outcome)); });

    io::SignalWatch interrupt(loop);
    io::SignalWatch terminate(loop);
    const auto on_signal = [&loop, &ended_by](int signal_number) {
      ended_by = signal_number;
      loop.Stop();
    };
    interrupt.Start(SIGINT, [&on_signal] { on_signal(SIGINT); });
    terminate.Start(SIGTERM, [&on_signal] { on_signal(SIGTERM); });

    io::Timer deadline(loop);
    if (options.deadline) deadline.Arm(*options.deadline, [&loop] { loop.Stop(); });

    io::Timer tick(loop);
    std::function<void()> on_tick = [&] {
      options.tick(MonoNow() - began, done);
      tick.Arm(kTickEvery, on_tick);
    };
    if (options.tick) tick.Arm(kTickEvery, on_tick);

    pool.RunOnce(std::move(plan), [&loop] { loop.Post([&loop] { loop.Stop(); }); });
    loop.Run();
    pool.Stop(Span::zero());
  }
  for (Outcome& outcome : queue.TakeAll()) options.each(std::move(outcome));
  return ended_by;
}

}  // namespace gaikei
