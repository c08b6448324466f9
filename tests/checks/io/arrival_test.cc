#include "checks/io/net/arrival.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/checks/io/stamping.h"
#include "tests/support/socket.h"

namespace gaikei::io {
namespace {

using namespace std::chrono_literals;

class Arrival : public testing::Test {
 protected:
  const ClockPair sent_{.mono = MonoTime(1000s), .wall = WallTime(1'700'000'000s)};
  /// 100 ms later by our clock, `drift` more by the wall clock.
  ClockPair Seen(Span drift = Span::zero()) const {
    return {.mono = sent_.mono + 100ms, .wall = sent_.wall + 100ms + drift};
  }
};

TEST_F(Arrival, IsWhenTheKernelSawIt) {
  EXPECT_EQ(ArrivalOf(sent_.wall + 30ms, sent_, Seen()), sent_.mono + 30ms);
  EXPECT_EQ(ArrivalOf(sent_.wall, sent_, Seen()), sent_.mono);
  EXPECT_EQ(ArrivalOf(sent_.wall + 100ms, sent_, Seen()), sent_.mono + 100ms);
}

TEST_F(Arrival, IsWhenWeSawItWithoutAStamp) {
  EXPECT_EQ(ArrivalOf(std::nullopt, sent_, Seen()), Seen().mono);
}

TEST_F(Arrival, IsNeverOutsideOfWhatIsPossible) {
  EXPECT_EQ(ArrivalOf(sent_.wall - 1us, sent_, Seen()), Seen().mono);
  EXPECT_EQ(ArrivalOf(sent_.wall + 101ms, sent_, Seen()), Seen().mono);
}

TEST_F(Arrival, IsWhenWeSawItWhereTheWallClockWasSet) {
  for (const Span step : {Span(-1h), Span(-20ms), Span(20ms), Span(1h)}) {
    // Before the stamp, or behind it: nobody can tell.
    EXPECT_EQ(ArrivalOf(sent_.wall + 30ms, sent_, Seen(step)), Seen().mono);
    EXPECT_EQ(ArrivalOf(sent_.wall + 30ms + step, sent_, Seen(step)), Seen().mono);
  }
}

TEST_F(Arrival, BelievesAWallClockThatIsSlewed) {
  // 500 ppm of 100 ms
  EXPECT_EQ(ArrivalOf(sent_.wall + 30ms, sent_, Seen(50us)), sent_.mono + 30ms - 50us);
}

TEST(ClockPair, IsReadAtOneInstant) {
  const MonoTime before = MonoNow();
  const WallTime wall_before = WallNow();
  const ClockPair pair = ClockPair::Now();
  EXPECT_GE(pair.mono, before);
  EXPECT_LE(pair.mono, MonoNow());
  EXPECT_GE(pair.wall, wall_before);
}

TEST(Stamps, AreOfTheArrivalAndNotOfTheReading) { const Stamping stamping; }

TEST(Stamps, AreAbsentWhereNobodyAsked) {
  const support::Fd ours = support::BindSocket(SOCK_DGRAM, "127.0.0.1", 0);
  const support::SocketAddress to("127.0.0.1", support::PortOf(ours.get()));
  ASSERT_EQ(sendto(ours.get(), "hello", 5, 0, to.get(), to.length), 5);
  std::array<char, 8> buffer{};
  std::optional<WallTime> stamp = WallTime{};
  EXPECT_EQ(ReceiveStamped(ours.get(), buffer.data(), buffer.size(), &stamp), 5);
  EXPECT_FALSE(stamp);
}

}  // namespace
}  // namespace gaikei::io
