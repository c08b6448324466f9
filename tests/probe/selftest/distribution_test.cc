#include "probe/selftest/distribution.h"

#include <gtest/gtest.h>

namespace gaikei::selftest {
namespace {

using namespace std::chrono_literals;

std::vector<Span> UpTo(int last) {
  std::vector<Span> spans;
  for (int i = last; i > 0; --i) spans.emplace_back(i);
  return spans;
}

TEST(Distribution, IsByNearestRank) {
  const Distribution found = Distribute(UpTo(200));
  EXPECT_EQ(found.count, 200U);
  EXPECT_EQ(found.min, 1ns);
  EXPECT_EQ(found.p50, 100ns);
  EXPECT_EQ(found.p90, 180ns);
  EXPECT_EQ(found.p99, 198ns);
  EXPECT_EQ(found.max, 200ns);
}

TEST(Distribution, OfOneSpanIsThatSpan) {
  const Distribution found = Distribute({-7ns});
  EXPECT_EQ(found.count, 1U);
  for (const Span span : {found.min, found.p50, found.p90, found.p99, found.max}) {
    EXPECT_EQ(span, -7ns);
  }
}

TEST(Distribution, OfNothingIsZero) {
  EXPECT_EQ(Distribute({}).count, 0U);
  EXPECT_EQ(Distribute({}).max, 0ns);
  EXPECT_EQ(Within({}), 0ns);
}

TEST(Within, LooksAtSizesAndNotAtSigns) {
  EXPECT_EQ(Within({-9ns, 1ns, 2ns}), 9ns);
  EXPECT_EQ(Within({-1ns, 1ns, 12ns}), 12ns);
}

TEST(Within, LeavesOutOneOfAHundred) {
  std::vector<Span> spans(99, 5ns);
  spans.push_back(-1h);
  EXPECT_EQ(Within(spans), 5ns);
  spans.push_back(1h);
  EXPECT_EQ(Within(spans), 1h);
}

TEST(RoundUp, KeepsTwoDigits) {
  EXPECT_EQ(RoundUp(1'234'567ns), 1'300'000ns);
  EXPECT_EQ(RoundUp(1'200'000ns), 1'200'000ns);
  EXPECT_EQ(RoundUp(1'200'001ns), 1'300'000ns);
  EXPECT_EQ(RoundUp(995ns), 1'000ns);
  EXPECT_EQ(RoundUp(99ns), 99ns);
  EXPECT_EQ(RoundUp(1ns), 1ns);
  EXPECT_EQ(RoundUp(0ns), 0ns);
  EXPECT_EQ(RoundUp(-5ns), 0ns);
}

}  // namespace
}  // namespace gaikei::selftest
