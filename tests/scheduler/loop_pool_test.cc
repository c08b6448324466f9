#include "scheduler/loop_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "checks/io/engine.h"
#include "checks/io/loop/timer.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;

/// Passes after a while, on the loop it was started on.
class TimerCheck final : public Check {
 public:
  explicit TimerCheck(Span after) : after_(after) {}
  std::unique_ptr<Attempt> Start(const AttemptContext& context, AttemptDone done) const override {
    const unsigned now = ++in_flight_;
    unsigned most = most_;
    while (most < now && !most_.compare_exchange_weak(most, now)) {
    }
    return std::make_unique<TimerAttempt>(context.engine.loop(), after_,
                                          [this, done = std::move(done)](Observation observation) {
                                            --in_flight_;
                                            done(std::move(observation));
                                          });
  }
  unsigned most() const { return most_; }  ///< attempts at once, over all loops

 private:
  class TimerAttempt final : public Attempt {
   public:
    TimerAttempt(io::Loop& loop, Span after, AttemptDone done)
        : timer_(loop), done_(std::move(done)) {
      timer_.Arm(after, [this] {
        const AttemptDone report = std::move(done_);
        report(Observation{});
      });
    }

   private:
    io::Timer timer_;
    AttemptDone done_;
  };
  Span after_;
  mutable std::atomic<unsigned> in_flight_{0};
  mutable std::atomic<unsigned> most_{0};
};

std::vector<PlannedCheck> Checks(int count, Span every, Span after) {
  const auto check = std::make_shared<const TimerCheck>(after);
  const auto region = std::make_shared<const Region>();
  std::vector<PlannedCheck> plan;
  for (int i = 0; i < count; ++i) {
    const std::string name = "check-" + std::to_string(i);
    plan.push_back({check,
                    std::make_shared<const CheckIdentity>(CheckIdentity{name, "fake", "", {}}),
                    region,
                    {every, PhaseOf(name, every, 0, 1)},
                    10s,
                    1,
                    ConfirmCounts::kFirst,
                    0});
  }
  return plan;
}

/// Gathers outcomes of all loops.
class Basket {
 public:
  LoopPool::Sink Sink() {
    return [this](Outcome outcome) {
      const std::lock_guard lock(mutex_);
      threads_[outcome.check->name].insert(std::this_thread::get_id());
      outcomes_.push_back(std::move(outcome));
      if (wanted_ != 0 && outcomes_.size() == wanted_) enough_.set_value();
    };
  }
  /// Resolves when `count` outcomes are there. Call it before they come.
  std::future<void> When(std::size_t count) {
    const std::lock_guard lock(mutex_);
    wanted_ = count;
    return enough_.get_future();
  }
  std::vector<Outcome> Take() {
    const std::lock_guard lock(mutex_);
    return std::move(outcomes_);
  }
  /// Threads on which a check ran.
  std::map<std::string, std::set<std::thread::id>> threads() {
    const std::lock_guard lock(mutex_);
    return threads_;
  }

 private:
  std::mutex mutex_;
  std::vector<Outcome> outcomes_;
  std::map<std::string, std::set<std::thread::id>> threads_;
  std::size_t wanted_ = 0;
  std::promise<void> enough_;
};

TEST(LoopPool, GivesEveryCheckOfARoundItsOutcome) {
  Basket basket;
  LoopPool pool({3, {50}}, basket.Sink());
  std::promise<void> done;
  pool.RunOnce(Checks(500, 60s, 1ms), [&done] { done.set_value(); });
  done.get_future().wait();
  pool.Stop(0s);
  std::set<std::string> names;
  const auto outcomes = basket.Take();
  for (const Outcome& outcome : outcomes) {
    EXPECT_EQ(outcome.status, Status::kPass);
    names.insert(outcome.check->name);
  }
  EXPECT_EQ(outcomes.size(), 500U);
  EXPECT_EQ(names.size(), 500U);
}

TEST(LoopPool, KeepsToTheLimitOfAHostOverAllLoopsWhileItWatchesItself) {
  Basket basket;
  LoopPoolOptions options;
  options.threads = 3;
  options.limits.in_flight_per_host = 2;
  options.watches_itself = true;
  LoopPool pool(std::move(options), basket.Sink());
  auto plan = Checks(900, 60s, 2ms);
  for (PlannedCheck& planned : plan) planned.host = 1;
  const auto check = std::static_pointer_cast<const TimerCheck>(plan.front().check);
  std::promise<void> done;
  pool.RunOnce(std::move(plan), [&done] { done.set_value(); });
  auto is_done = done.get_future();
  while (is_done.wait_for(20ms) == std::future_status::timeout) {
    EXPECT_LE(pool.load().in_flight, pool.load().max_in_flight);
    pool.unfit();
  }
  pool.Stop(0s);
  EXPECT_EQ(basket.Take().size(), 900U);
  EXPECT_EQ(check->most(), 2U);
}

TEST(LoopPool, ReportsAnEmptyRound) {
  Basket basket;
  LoopPool pool({2, {50}}, basket.Sink());
  std::promise<void> done;
  pool.RunOnce({}, [&done] { done.set_value(); });
  done.get_future().wait();
}

TEST(LoopPool, KeepsACheckOnOneLoopAndUsesAllLoops) {
  Basket basket;
  LoopPool pool({2, {1000}}, basket.Sink());
  auto enough = basket.When(1000);
  const auto plan = Checks(100, 50ms, 1ms);
  pool.SetPlan(plan);
  pool.SetPlan(plan);
  enough.wait();
  pool.Stop(10s);
  std::set<std::thread::id> all;
  for (const auto& [name, threads] : basket.threads()) {
    EXPECT_EQ(threads.size(), 1U) << name;
    all.insert(threads.begin(), threads.end());
  }
  EXPECT_EQ(all.size(), 2U);
}

TEST(LoopPool, LosesNoSlotInReloadsAndNoOutcomeInStop) {
  Basket basket;
  const auto plan = Checks(50, 20ms, 5ms);
  WallTime begin;
  {
    LoopPool pool({2, {1000}}, basket.Sink());
    auto enough = basket.When(2000);
    pool.SetPlan(plan);
    begin = WallNow();
    for (int i = 0; i < 50; ++i) pool.SetPlan(plan);
    enough.wait();
    pool.Stop(0s);
  }
  std::map<std::string, std::vector<WallTime>> slots;
  for (const Outcome& outcome : basket.Take()) {
    slots[outcome.check->name].push_back(outcome.scheduled_at);
  }
  EXPECT_EQ(slots.size(), plan.size());
  for (auto& [name, times] : slots) {
    std::sort(times.begin(), times.end());
    for (std::size_t i = 1; i < times.size(); ++i) {
      EXPECT_EQ(times[i] - times[i - 1], 20ms) << name;
    }
    EXPECT_LE(times.front(), begin + 20ms);
  }
}

TEST(LoopPool, LooksAtItsGaugesFromAnyThread) {
  Basket basket;
  LoopPool pool({2, {1000}}, basket.Sink());
  std::atomic<bool> is_stopped = false;
  std::promise<void> seen;
  std::thread looker([&] {
    while (pool.load().in_flight == 0) std::this_thread::yield();
    seen.set_value();
    while (!is_stopped) EXPECT_GE(pool.loop_lag(), 0s);
  });
  pool.SetPlan(Checks(30, 20ms, 15ms));
  seen.get_future().wait();
  pool.Stop(0s);
  is_stopped = true;
  looker.join();
  EXPECT_EQ(pool.load().in_flight, 0U);
}

TEST(LoopPool, SkipsWhatIsInFlightWhenItStopsWithoutGrace) {
  Basket basket;
  {
    LoopPool pool({2, {1000}}, basket.Sink());
    pool.RunOnce(Checks(20, 60s, 1h), nullptr);
  }
  const auto outcomes = basket.Take();
  EXPECT_EQ(outcomes.size(), 20U);
  for (const Outcome& outcome : outcomes) EXPECT_EQ(outcome.reason, Reason::kProberSkipped);
}

TEST(LoopPool, HasNoMoreLoopsThanPlaces) {
  Basket basket;
  LoopPool pool({8, {1}}, basket.Sink());
  std::promise<void> done;
  pool.RunOnce(Checks(10, 60s, 1ms), [&done] { done.set_value(); });
  done.get_future().wait();
  pool.Stop(0s);
  for (const Outcome& outcome : basket.Take()) EXPECT_EQ(outcome.prober.in_flight, 1U);
}

}  // namespace
}  // namespace gaikei
