#include "tests/support/manual_clock.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace gaikei {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;

TEST(ManualClock, FiresWhatIsDueInOrderAndTiesAsTheyWereArmed) {
  ManualClock clock(WallTime(seconds(1000)));
  std::vector<std::string> fired;
  const auto alarm = [&](const char* name, seconds after) {
    auto made = clock.NewAlarm();
    made->Arm(clock.Mono() + after, [&fired, name] { fired.emplace_back(name); });
    return made;
  };
  const auto late = alarm("late", seconds(9));
  const auto second = alarm("second", seconds(2));
  const auto tie = alarm("tie", seconds(2));
  const auto first = alarm("first", seconds(1));
  clock.Advance(seconds(5));
  EXPECT_THAT(fired, ElementsAre("first", "second", "tie"));
  EXPECT_EQ(clock.Wall(), WallTime(seconds(1005)));
  late->Disarm();
  clock.Advance(seconds(5));
  EXPECT_EQ(fired.size(), 3U);
}

TEST(ManualClock, FiresAtTheTimeAskedForAndAgainWhenArmedByItself) {
  ManualClock clock(WallTime(seconds(0)));
  const MonoTime start = clock.Mono();
  std::vector<long> at;
  const auto alarm = clock.NewAlarm();
  std::function<void()> tick = [&] {
    at.push_back(std::chrono::floor<seconds>(clock.Mono() - start).count());
    alarm->Arm(clock.Mono() + seconds(2), tick);
  };
  alarm->Arm(start + seconds(2), tick);
  clock.Advance(seconds(7));
  EXPECT_THAT(at, ElementsAre(2, 4, 6));
}

TEST(ManualClock, StepsTheWallClockAlone) {
  ManualClock clock(WallTime(seconds(1000)));
  const MonoTime mono = clock.Mono();
  clock.StepWall(seconds(-600));
  EXPECT_EQ(clock.Wall(), WallTime(seconds(400)));
  EXPECT_EQ(clock.Mono(), mono);
}

}  // namespace
}  // namespace gaikei
