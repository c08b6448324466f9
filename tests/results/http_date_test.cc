#include "results/http_date.h"

#include <gtest/gtest.h>

#include <string>

namespace gaikei {
namespace {

const WallTime kNow = *ParseRfc3339("2026-11-23T03:48:00Z");

std::string Read(const std::string& text) {
  const auto time = ParseHttpDate(text, kNow);
  return time ? FormatRfc3339(*time) : "none";
}

TEST(HttpDates, AreReadInAllThreeForms) {
  for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                           "Sun Nov  6 08:49:37 1994"}) {
    EXPECT_EQ(Read(text), "1994-11-06T08:49:37.000000Z") << text;
  }
  EXPECT_EQ(Read("Thu, 29 Feb 2024 23:59:60 GMT"), "2024-02-29T23:59:59.000000Z");
  EXPECT_EQ(Read("Mon Nov 23 03:48:00 2026"), "2026-11-23T03:48:00.000000Z");
}

TEST(HttpDates, OfTwoDigitYearsAreAtMostFiftyYearsAhead) {
  EXPECT_EQ(Read("Monday, 23-Nov-76 00:00:00 GMT"), "2076-11-23T00:00:00.000000Z");
  EXPECT_EQ(Read("Wednesday, 23-Nov-77 00:00:00 GMT"), "1977-11-23T00:00:00.000000Z");
  EXPECT_EQ(Read("Monday, 23-Nov-26 00:00:00 GMT"), "2026-11-23T00:00:00.000000Z");
}

TEST(HttpDates, ThatAreNoneAreAbsent) {
  for (const char* text : {"",
                           "0",
                           "-1",
                           "Sun",
                           "Sun, 06 Nov 1994 08:49:37",
                           "Sun, 06 Nov 1994 08:49:37 UTC",
                           "Sun, 06 Nov 1994 08:49:37 +0000",
                           "Sun, 6 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 94 08:49:37 GMT",
                           "sun, 06 nov 1994 08:49:37 gmt",
                           "Mon, 06 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 24:00:00 GMT",
                           "Sun, 06 Nov 1994 08:60:00 GMT",
                           "Sun, 06 Nov 1994 08:49:61 GMT",
                           "Wed, 30 Feb 1994 08:49:37 GMT",
                           "Sun, 00 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 08:49:37 GMT ",
                           " Sun, 06 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
                           "Sun Nov 6 08:49:37 1994",
                           "Sunday, 06-Nov-1994 08:49:37 GMT",
                           "Sun, -6 Nov 1994 08:49:37 GMT",
                           "Fri, 31 Dec 9999 23:59:59 GMT",
                           "Sun, 06 Nov 0000 08:49:37 GMT",
                           "1994-11-06T08:49:37Z",
                           "784111777"}) {
    EXPECT_EQ(Read(text), "none") << text;
  }
  EXPECT_EQ(Read(std::string("Sun, 06 Nov 1994 08:49:37 GMT\0", 30)), "none");
}

}  // namespace
}  // namespace gaikei
