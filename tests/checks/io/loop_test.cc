#include "checks/io/loop/loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "checks/io/loop/fd_watch.h"
#include "checks/io/loop/signal.h"
#include "checks/io/loop/timer.h"
#include "checks/io/net/connector.h"

namespace gaikei::io {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

TEST(Loop, RunsPostedTasksInTheirOrder) {
  Loop loop;
  std::vector<int> seen;
  for (int i = 0; i < 5; ++i) loop.Post([&seen, i] { seen.push_back(i); });
  loop.Post([&loop] { loop.Stop(); });
  loop.Run();
  EXPECT_EQ(seen, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(Loop, RunsTasksPostedByTasksInALaterTurn) {
  Loop loop;
  std::vector<int> seen;
  loop.Post([&] {
    loop.Post([&seen] { seen.push_back(2); });
    seen.push_back(1);
  });
  loop.RunUntilIdle();
  EXPECT_EQ(seen, (std::vector<int>{1, 2}));
}

TEST(Loop, RunsWhatAnotherThreadPosts) {
  Loop loop;
  constexpr int kTasks = 1000;
  int count = 0;
  const std::thread::id here = std::this_thread::get_id();
  std::thread other([&] {
    for (int i = 0; i < kTasks; ++i) {
      loop.Post([&, here] {
        EXPECT_EQ(std::this_thread::get_id(), here);
        if (++count == kTasks) loop.Stop();
      });
    }
  });
  loop.Run();
  other.join();
  EXPECT_EQ(count, kTasks);
}

TEST(Loop, StopBeforeRunEndsTheNextRun) {
  Loop loop;
  loop.Stop();
  loop.Run();
  bool ran = false;
  loop.Post([&] {
    ran = true;
    loop.Stop();
  });
  loop.Run();
  EXPECT_TRUE(ran);
}

TEST(Loop, RunUntilIdleWaitsForTimersAndEndsWithoutThem) {
  Loop loop;
  loop.RunUntilIdle();
  Timer timer(loop);
  bool fired = false;
  timer.Arm(milliseconds(5), [&] { fired = true; });
  loop.RunUntilIdle();
  EXPECT_TRUE(fired);
}

TEST(Loop, DestroysTasksThatNeverRan) {
  auto alive = std::make_shared<int>(1);
  {
    Loop loop;
    loop.Post([alive, timer = std::make_shared<Timer>(loop)] {});
    EXPECT_EQ(alive.use_count(), 2);
  }
  EXPECT_EQ(alive.use_count(), 1);
}

TEST(LoopDeathTest, AbortsAndNamesAHandleThatWasLeftOpen) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        auto* loop = new Loop;
        auto* leaked = new Timer(*loop);
        leaked->Arm(std::chrono::hours(1), [] {});
        delete loop;
      },
      "open handles.*timer|open handles\n.*timer");
}

TEST(Timer, IsNeverEarly) {
  Loop loop;
  Timer timer(loop);
  for (int i = 0; i < 40; ++i) {
    const Span span = microseconds(137 * i);
    const MonoTime armed = MonoNow();
    MonoTime fired{};
    timer.Arm(span, [&] { fired = MonoNow(); });
    loop.RunUntilIdle();
    EXPECT_GE(fired - armed, span);
  }
}

TEST(Timer, IsNotEarlyWhenTheLoopsOwnTimeIsStale) {
  Loop loop;
  Timer timer(loop);
  MonoTime armed{};
  MonoTime fired{};
  loop.Post([&] {
    const MonoTime until = MonoNow() + milliseconds(30);
    while (MonoNow() < until) {
    }
    armed = MonoNow();
    timer.Arm(milliseconds(20), [&] { fired = MonoNow(); });
  });
  loop.RunUntilIdle();
  EXPECT_GE(fired - armed, milliseconds(20));
}

TEST(Timer, ReplacesItsAlarmAndForgetsADisarmedOne) {
  Loop loop;
  Timer timer(loop);
  int first = 0;
  int second = 0;
  timer.Arm(milliseconds(1), [&] { ++first; });
  timer.Arm(milliseconds(2), [&] { ++second; });
  EXPECT_TRUE(timer.is_armed());
  loop.RunUntilIdle();
  EXPECT_FALSE(timer.is_armed());
  timer.Arm(milliseconds(1), [&] { ++first; });
  timer.Disarm();
  EXPECT_FALSE(timer.is_armed());
  loop.RunUntilIdle();
  EXPECT_EQ(first, 0);
  EXPECT_EQ(second, 1);
}

TEST(Timer, MayBeDestroyedByItsOwnCallback) {
  Loop loop;
  auto timer = std::make_unique<Timer>(loop);
  timer->Arm(Span::zero(), [&timer, text = std::string(100, 'x')] {
    timer.reset();
    EXPECT_EQ(text.size(), 100U);
  });
  loop.RunUntilIdle();
  EXPECT_EQ(timer, nullptr);
}

TEST(Timer, OfNoTimeLetsTheSocketsHaveTheirTurnBeforeItFiresAgain) {
  Loop loop;
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
  int alarms = 0;
  int calls = 0;
  {
    FdWatch watch(loop, ends[0]);
    Timer timer(loop);
    std::function<void()> again = [&] {
      EXPECT_GE(calls, alarms - 1) << "an alarm without a look at the sockets before it";
      if (++alarms == 100) return loop.Stop();
      timer.Arm(Span(0), again);
    };
    watch.Start(FdWatch::kWritable, [&](int, bool) { ++calls; });
    timer.Arm(Span(0), again);
    loop.Run();
  }
  EXPECT_EQ(alarms, 100);
  EXPECT_GE(calls, 98);
  close(ends[0]);
  close(ends[1]);
}

TEST(Timer, OfNoTimeKeepsToTheOrderAndMayBeReplacedDisarmedOrDestroyedByOthers) {
  Loop loop;
  std::vector<int> fired;
  Timer first(loop);
  Timer second(loop);
  Timer replaced(loop);
  Timer disarmed(loop);
  auto destroyed = std::make_unique<Timer>(loop);
  Timer later(loop);
  later.Arm(Span(0), [&] { fired.push_back(-1); });
  first.Arm(Span(0), [&] {
    fired.push_back(1);
    disarmed.Disarm();
    destroyed.reset();
  });
  replaced.Arm(Span(0), [&] { fired.push_back(-1); });
  disarmed.Arm(Span(0), [&] { fired.push_back(-1); });
  destroyed->Arm(Span(0), [&] { fired.push_back(-1); });
  second.Arm(Span(0), [&] { fired.push_back(2); });
  replaced.Arm(Span(0), [&] { fired.push_back(3); });
  later.Arm(milliseconds(2), [&] {
    fired.push_back(4);
    loop.Stop();
  });
  EXPECT_TRUE(disarmed.is_armed());
  loop.Run();
  EXPECT_EQ(fired, (std::vector<int>{1, 2, 3, 4}));
  EXPECT_FALSE(disarmed.is_armed());
  EXPECT_FALSE(first.is_armed());
}

TEST(Timer, KeepsItsAlarmWhenMoved) {
  Loop loop;
  bool fired = false;
  Timer first(loop);
  first.Arm(milliseconds(1), [&] { fired = true; });
  const Timer second = std::move(first);
  EXPECT_TRUE(second.is_armed());
  loop.RunUntilIdle();
  EXPECT_TRUE(fired);
}

class FdWatchTest : public testing::Test {
 protected:
  void SetUp() override {
    std::array<int, 2> fds{};
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds.data()), 0);
    ours_.Reset(fds[0]);
    theirs_.Reset(fds[1]);
  }
  Loop loop_;
  UniqueFd ours_;
  UniqueFd theirs_;
};

TEST_F(FdWatchTest, TellsOfReadableUntilItHasBeenRead) {
  FdWatch watch(loop_, ours_.get());
  int calls = 0;
  watch.Start(FdWatch::kReadable, [&](int events, bool error) {
    EXPECT_EQ(events, FdWatch::kReadable);
    EXPECT_FALSE(error);
    if (++calls == 3) watch.Stop();
  });
  ASSERT_EQ(write(theirs_.get(), "x", 1), 1);
  loop_.RunUntilIdle();
  EXPECT_EQ(calls, 3);
}

TEST_F(FdWatchTest, MayBeDestroyedByItsOwnCallbackAndTheDescriptorWatchedAgain) {
  auto watch = std::make_unique<FdWatch>(loop_, ours_.get());
  bool first = false;
  bool second = false;
  watch->Start(FdWatch::kWritable, [&](int, bool) {
    first = true;
    watch.reset();
    watch = std::make_unique<FdWatch>(loop_, ours_.get());
    watch->Start(FdWatch::kWritable, [&](int, bool) {
      second = true;
      watch.reset();
    });
  });
  loop_.RunUntilIdle();
  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
}

TEST_F(FdWatchTest, ReportsAnErrorForADescriptorThatCannotBeWatched) {
  const UniqueFd file(open("/dev/null", O_RDONLY | O_CLOEXEC));
  FdWatch watch(loop_, file.get());
  bool failed = false;
  watch.Start(FdWatch::kReadable, [&](int, bool error) { failed = error; });
  EXPECT_FALSE(failed);
  loop_.RunUntilIdle();
  EXPECT_TRUE(failed);
}

TEST(SignalWatch, TellsOfASignal) {
  Loop loop;
  SignalWatch watch(loop);
  int count = 0;
  ASSERT_TRUE(watch.Start(SIGUSR1, [&] {
    ++count;
    watch.Stop();
  }));
  ASSERT_EQ(raise(SIGUSR1), 0);
  loop.RunUntilIdle();
  EXPECT_EQ(count, 1);
}

TEST(SignalWatch, RefusesASignalThatCannotBeCaught) {
  Loop loop;
  SignalWatch watch(loop);
  EXPECT_FALSE(watch.Start(SIGKILL, [] {}));
}

}  // namespace
}  // namespace gaikei::io
