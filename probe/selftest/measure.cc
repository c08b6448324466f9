#include "probe/selftest/measure.h"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <utility>

#include "checks/io/loop/loop.h"
#include "checks/io/loop/signal.h"
#include "checks/io/loop/timer.h"
#include "probe/selftest/clocks.h"
#include "probe/selftest/delay_server.h"
#include "probe/selftest/trial.h"
#include "results/outcome_queue.h"
#include "scheduler/loop_pool.h"

namespace gaikei::selftest {
namespace {

using std::chrono::milliseconds;

/// Until the first check is due: the plan has to be in place, which takes longer for more of them.
constexpr Span kLead = milliseconds(200);
constexpr Span kLeadOfOne = std::chrono::microseconds(20);
/// What the checks that start last need: no delay is longer.
constexpr Span kTail = milliseconds(700);
/// What all of it may take beyond `duration` on a machine that comes to nothing.
constexpr Span kPatience = std::chrono::seconds(10);
constexpr Span kTickEvery = milliseconds(100);
constexpr unsigned kTimers = 50;

std::size_t TrialOf(const Outcome& outcome) {
  std::size_t number = 0;
  const std::string& name = outcome.check->name;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number;
}

/// Runs the plan to its end; the signal that ended it before, or 0.
int RunPlan(std::vector<PlannedCheck> plan, Span window, Span limit,
            const std::function<void(Span, std::size_t, std::size_t)>& tick,
            std::vector<Sighting>& seen) {
  const std::size_t planned = plan.size();
  const MonoTime began = MonoNow();
  io::Loop loop;
  int ended_by = 0;
  OutcomeQueue queue([&] {
    loop.Post([&] {
      for (Outcome& outcome : queue.TakeAll()) {
        const std::size_t trial = TrialOf(outcome);
        seen.push_back({trial, std::move(outcome)});
      }
      if (seen.size() >= planned) loop.Stop();
    });
  });
  {
    io::SignalWatch interrupt(loop);
    io::SignalWatch terminate(loop);
    const auto on_signal = [&](int number) {
      ended_by = number;
      loop.Stop();
    };
    interrupt.Start(SIGINT, [&] { on_signal(SIGINT); });
    terminate.Start(SIGTERM, [&] { on_signal(SIGTERM); });
    LoopPool pool({.threads = 1}, [&queue](Outcome outcome) { queue.Push(std::move(outcome)); });
    io::Timer deadline(loop);
    deadline.Arm(limit, [&] { loop.Stop(); });
    io::Timer next_tick(loop);
    std::function<void()> on_tick = [&] {
      tick(MonoNow() - began, seen.size(), planned);
      next_tick.Arm(kTickEvery, on_tick);
    };
    if (tick) next_tick.Arm(kTickEvery, on_tick);
    const Span lead = kLead + kLeadOfOne * static_cast<Span::rep>(planned);
    Schedule(plan, WallNow() + lead, window);
    pool.SetPlan(std::move(plan));
    loop.Run();
    pool.Stop(Span::zero());
  }
  for (Outcome& outcome : queue.TakeAll()) {
    const std::size_t trial = TrialOf(outcome);
    seen.push_back({trial, std::move(outcome)});
  }
  return ended_by;
}

}  // namespace

tl::expected<Measurement, std::string> Measure(
    Span duration, const std::function<void(Span, std::size_t, std::size_t)>& tick) {
  const Span window = std::max(duration - kTail, duration / 4);
  const std::vector<Trial> trials = MakeTrials(window);
  auto server = DelayServer::Start(trials);
  if (!server) return tl::unexpected(std::move(server.error()));
  Measurement measured;
  Report& report = measured.report;
  report.clock_step = ClockStep();
  report.timer_late = TimerLateness(kTimers);

  const MonoTime began = MonoNow();
  std::vector<Sighting> seen;
  seen.reserve(trials.size());
  measured.signal = RunPlan(PlanTrials(trials, (*server)->tcp_port(), (*server)->udp_port()),
                            window, duration + kPatience, tick, seen);
  report.took = MonoNow() - began;

  std::vector<Delays> truth;
  truth.reserve(trials.size());
  for (std::size_t i = 0; i < trials.size(); ++i) truth.push_back((*server)->Of(i));
  Compare(trials, seen, truth, report);
  return measured;
}

}  // namespace gaikei::selftest
