#include "scheduler/heartbeat_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/temp_dir.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;

PlannedHeartbeat Every(Span every, const std::string& name = "job") {
  PlannedHeartbeat planned;
  planned.name = name;
  planned.identity =
      std::make_shared<const CheckIdentity>(CheckIdentity{name, "heartbeat", "", {}});
  planned.region = "local";
  planned.every = every;
  planned.token = Secret("open sesame");
  return planned;
}

/// Outcomes from several threads, and a way to wait for them.
class Outcomes {
 public:
  void Add(Outcome outcome) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(outcome));
    changed_.notify_all();
  }
  std::vector<Outcome> WaitFor(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return all_.size() >= count; });
    return all_;
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return all_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Outcome> all_;
};

TEST(HeartbeatThread, NoticesSilenceByItself) {
  Outcomes outcomes;
  const MonoTime began = MonoNow();
  HeartbeatThread thread(nullptr, [&](Outcome outcome) { outcomes.Add(std::move(outcome)); });
  thread.SetPlan({Every(100ms)});
  const auto seen = outcomes.WaitFor(3);
  EXPECT_GE(MonoNow() - began, 300ms);
  for (const Outcome& outcome : seen) EXPECT_EQ(outcome.reason, Reason::kHeartbeatMissed);
  thread.Stop();
  const std::size_t at_the_end = outcomes.size();
  EXPECT_EQ(thread.Report("job", "open sesame", {}), ReportAnswer::kTaken);
  thread.SetPlan({});
  EXPECT_EQ(outcomes.size(), at_the_end + 1);
}

TEST(HeartbeatThread, TakesReportsOfManyThreadsWhilePlansChange) {
  constexpr unsigned kThreads = 4;
  constexpr unsigned kReports = 500;
  const support::TempDir dir;
  auto store = HeartbeatStore::Open(dir.path().string(), {});
  ASSERT_TRUE(store);
  Outcomes outcomes;
  std::atomic<unsigned> refused{0};
  {
    HeartbeatThread thread(store->get(),
                           [&](Outcome outcome) { outcomes.Add(std::move(outcome)); });
    thread.SetPlan({Every(1h), Every(100ms, "quick")});
    std::vector<std::thread> jobs;
    for (unsigned i = 0; i < kThreads; ++i) {
      jobs.emplace_back([&, i] {
        for (unsigned k = 0; k < kReports; ++k) {
          const bool is_right = i % 2 == 0;
          const auto answer =
              thread.Report("job", is_right ? "open sesame" : "wrong", {k % 3 != 0, 1s, "done"});
          if (answer == ReportAnswer::kRefused) ++refused;
          EXPECT_LE(thread.States().size(), 2U);
        }
      });
    }
    for (unsigned k = 0; k < 50; ++k) thread.SetPlan({Every(1h + k * 1min), Every(100ms, "quick")});
    outcomes.WaitFor(kThreads / 2 * kReports + 2);
    for (std::thread& job : jobs) job.join();
  }
  EXPECT_EQ(refused, kThreads / 2 * kReports);
  unsigned passed = 0;
  unsigned failed = 0;
  for (const Outcome& outcome : outcomes.WaitFor(0)) {
    if (outcome.check->name != "job") continue;
    ++(outcome.status == Status::kPass ? passed : failed);
  }
  EXPECT_EQ(passed + failed, kThreads / 2 * kReports);
  EXPECT_EQ(failed, kThreads / 2 * ((kReports + 2) / 3));
  EXPECT_TRUE((*store)->Read("job")->last);
}

}  // namespace
}  // namespace gaikei
