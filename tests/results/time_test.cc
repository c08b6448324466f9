#include "results/time.h"

#include <gtest/gtest.h>

#include "results/phases.h"

namespace gaikei {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Time, WritesAndReadsRfc3339) {
  const auto time = ParseRfc3339("2026-11-23T03:48:00.000213Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(FormatRfc3339(*time), "2026-11-23T03:48:00.000213Z");
  EXPECT_EQ(ParseRfc3339("2026-11-23T12:48:00.000213+09:00"), time);
  EXPECT_EQ(ParseRfc3339("1970-01-01T00:00:00.123456789Z"), WallTime(Span(123456789)));
  EXPECT_EQ(FormatRfc3339(WallTime(Span(-1))), "1969-12-31T23:59:59.999999Z");
  for (const char* wrong :
       {"", "2026-11-23", "2026-11-23T03:48:00", "2026-02-30T00:00:00Z", "2026-11-23T24:00:00Z",
        "2026-11-23T03:48:00.Z", "2026-11-23T03:48:00+9:00", "2026-11-23T03:48:00Zx",
        "9999-01-01T00:00:00Z"}) {
    EXPECT_FALSE(ParseRfc3339(wrong)) << wrong;
  }
}

TEST(Time, ReadsDurations) {
  EXPECT_EQ(ParseDuration("250ms"), milliseconds(250));
  EXPECT_EQ(ParseDuration("1.5s"), milliseconds(1500));
  EXPECT_EQ(ParseDuration("1h30m"), std::chrono::minutes(90));
  EXPECT_EQ(ParseDuration("28d"), std::chrono::hours(28 * 24));
  EXPECT_EQ(ParseDuration("2w"), std::chrono::hours(14 * 24));
  EXPECT_EQ(ParseDuration("10ns"), Span(10));
  for (const char* wrong :
       {"", "s", "5", "-5s", "5 s", "5x", "1e3s", "nan", "infs", "101w5y", "99999999999d"}) {
    EXPECT_FALSE(ParseDuration(wrong)) << wrong;
  }
}

TEST(Time, WritesDurationsForPeople) {
  EXPECT_EQ(FormatDuration(microseconds(843)), "843us");
  EXPECT_EQ(FormatDuration(microseconds(12345)), "12.3ms");
  EXPECT_EQ(FormatDuration(milliseconds(1020)), "1.02s");
  EXPECT_EQ(FormatDuration(seconds(300)), "5m");
  EXPECT_EQ(FormatDuration(std::chrono::hours(28 * 24)), "28d");
  EXPECT_EQ(FormatDuration(seconds(90)), "1m30s");
}

TEST(Phases, AddUpToTheDuration) {
  Phases phases;
  phases.Add(Phase::kResolve, milliseconds(2));
  phases.Add(Phase::kResolve, milliseconds(3));
  phases.Add(Phase::kConnect, milliseconds(4));
  phases.SettleOther(milliseconds(10));
  EXPECT_EQ(phases[Phase::kResolve], milliseconds(5));
  EXPECT_EQ(phases[Phase::kTls], std::nullopt);
  EXPECT_EQ(phases.other, milliseconds(1));
  EXPECT_EQ(phases.Sum(), milliseconds(10));
  phases.SettleOther(milliseconds(1));
  EXPECT_EQ(phases.other, Span::zero());

  Phases sum = phases;
  sum.Add(phases);
  EXPECT_EQ(sum[Phase::kConnect], milliseconds(8));
  EXPECT_EQ(sum[Phase::kTransfer], std::nullopt);
}

}  // namespace
}  // namespace gaikei
