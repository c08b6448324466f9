#include "results/outcome_queue.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "samples.h"

namespace gaikei::testing {
namespace {

TEST(OutcomeQueue, WakesOnceUntilItIsTakenFrom) {
  int woken = 0;
  OutcomeQueue queue([&woken] { ++woken; });
  queue.Push(PassedOutcome("a"));
  queue.Push(PassedOutcome("b"));
  EXPECT_EQ(woken, 1);
  const auto taken = queue.TakeAll();
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[1].check->name, "b");
  EXPECT_TRUE(queue.TakeAll().empty());
  queue.Push(PassedOutcome("c"));
  EXPECT_EQ(woken, 2);
}

TEST(OutcomeQueue, LosesNothingBetweenThreadsAndKeepsTheirOrder) {
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  std::mutex mutex;
  std::condition_variable changed;
  bool is_awake = false;
  OutcomeQueue queue([&] {
    const std::lock_guard lock(mutex);
    is_awake = true;
    changed.notify_one();
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&queue, t] {
      for (int i = 0; i < kEach; ++i) {
        Outcome outcome;
        outcome.port = static_cast<std::uint16_t>(i);
        outcome.region = std::to_string(t);
        queue.Push(std::move(outcome));
      }
    });
  }
  std::map<std::string, int> next;
  int taken = 0;
  while (taken < kThreads * kEach) {
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return is_awake; });
      is_awake = false;
    }
    for (const Outcome& outcome : queue.TakeAll()) {
      EXPECT_EQ(outcome.port, next[outcome.region]++);
      ++taken;
    }
  }
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(queue.TakeAll().empty());
}

}  // namespace
}  // namespace gaikei::testing
