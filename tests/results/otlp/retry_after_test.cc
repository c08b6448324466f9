#include "results/upstream/retry_after.h"

#include <gtest/gtest.h>

#include <string>

namespace gaikei {
namespace {

using std::chrono::seconds;

const WallTime kNow = *ParseRfc3339("2026-11-23T03:48:00.25Z");

TEST(RetryAfter, ReadsSeconds) {
  EXPECT_EQ(ParseRetryAfter("0", kNow), seconds(0));
  EXPECT_EQ(ParseRetryAfter("7", kNow), seconds(7));
  EXPECT_EQ(ParseRetryAfter(" 120\t", kNow), seconds(120));
  EXPECT_EQ(ParseRetryAfter("0000000000000000000000000000000000000000000000005", kNow), seconds(5));
}

TEST(RetryAfter, ReadsDatesInAllThreeForms) {
  EXPECT_EQ(ParseRetryAfter("Mon, 23 Nov 2026 03:49:30 GMT", kNow), seconds(90));
  EXPECT_EQ(ParseRetryAfter("Monday, 23-Nov-26 03:49:30 GMT", kNow), seconds(90));
  EXPECT_EQ(ParseRetryAfter("Mon Nov 23 03:49:30 2026", kNow), seconds(90));
  EXPECT_EQ(ParseRetryAfter("Tue Dec  1 00:00:01 2026", *ParseRfc3339("2026-12-01T00:00:00Z")),
            seconds(1));
}

TEST(RetryAfter, NeverAsksForLessThanNothingOrMoreThanItsLimit) {
  EXPECT_EQ(ParseRetryAfter("Mon, 23 Nov 2026 03:47:30 GMT", kNow), seconds(0));
  EXPECT_EQ(ParseRetryAfter("Thu, 01 Jan 1970 00:00:00 GMT", kNow), seconds(0));
  EXPECT_EQ(ParseRetryAfter("Mon, 29 Nov 1700 03:48:30 GMT", kNow), seconds(0));
  EXPECT_EQ(ParseRetryAfter("300", kNow), kRetryAfterLimit);
  EXPECT_EQ(ParseRetryAfter("301", kNow), kRetryAfterLimit);
  EXPECT_EQ(ParseRetryAfter(std::string(5000, '9'), kNow), kRetryAfterLimit);
  EXPECT_EQ(ParseRetryAfter("Mon, 23 Nov 2026 23:59:59 GMT", kNow), kRetryAfterLimit);
  EXPECT_EQ(ParseRetryAfter("Sun, 23 Nov 2036 03:48:00 GMT", kNow), kRetryAfterLimit);
}

TEST(RetryAfter, IsAbsentForWhatIsNeither) {
  // Years that no clock of ours will show are nothing to wait for.
  for (const char* text :
       {"Sat, 01 Jan 1600 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "", " ", "-1", "+1",
        "1.5", "1e3", "5 s", "5s", "soon", "0x10", "Mon, 23 Nov 2026", "Mon, 23 Nov 2026 03:49:30",
        "Mon, 30 Feb 2026 03:49:30 GMT", "Mon, 23 Nov 2026 24:49:30 GMT",
        "Mon, 23 Nov 2026 03:49:30 GMT, 5", "2026-11-23T03:49:30Z"}) {
    EXPECT_FALSE(ParseRetryAfter(text, kNow)) << text;
  }
  EXPECT_FALSE(ParseRetryAfter(std::string("5\0", 2), kNow));
  EXPECT_FALSE(ParseRetryAfter(std::string(100000, 'M'), kNow));
}

}  // namespace
}  // namespace gaikei
