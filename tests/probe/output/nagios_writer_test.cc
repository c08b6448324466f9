#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/probe/output/samples.h"

namespace gaikei::output_test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string Line(const std::vector<Outcome>& outcomes) {
  return Written("nagios", Plain(), outcomes);
}

TEST(NagiosWriter, WritesOneLineWithPerformanceData) {
  EXPECT_EQ(Line({Sample()}),
            "GAIKEI OK - https://shop.example/: HTTP 200 in 100ms | time=0.100000s;;;0 "
            "resolve=0.010000s;;;0 connect=0.020000s;;;0 tls=0.030000s;;;0 "
            "processing=0.038000s;;;0 transfer=0.001000s;;;0 size=12345B;;;0\n");
}

TEST(NagiosWriter, TellsLossRecordsAndDaysLeft) {
  Outcome icmp = Sample();
  icmp.http.reset();
  icmp.icmp.emplace();
  icmp.icmp->sent = 5;
  icmp.icmp->loss = 0.2;
  icmp.icmp->rtt_mean = std::chrono::milliseconds(2);
  EXPECT_THAT(Line({icmp}), HasSubstr(": 20% lost in 100ms | "));
  EXPECT_THAT(Line({icmp}), HasSubstr(" pl=20%;;;0;100 rta=0.002000s;;;0\n"));
  Outcome dns = Sample();
  dns.http.reset();
  dns.dns.emplace();
  dns.dns->rcode = "NOERROR";
  dns.dns->answer.count = 2;
  EXPECT_THAT(Line({dns}), HasSubstr(": NOERROR, 2 answers in 100ms | "));
  Outcome tls = Sample();
  tls.http.reset();
  tls.tls.emplace();
  tls.tls->expires_at = tls.started_at + std::chrono::hours(49);
  EXPECT_THAT(Line({tls}), HasSubstr(" days_left=2\n"));
}

TEST(NagiosWriter, TakesThresholdsFromExpectationsOnTheDuration) {
  const std::string line = Line({Slow()});
  EXPECT_THAT(line, StartsWith("GAIKEI WARNING - "));
  EXPECT_THAT(line, HasSubstr("time=0.100000s;0.050000;2.000000;0"));
}

TEST(NagiosWriter, SaysWhatIsCritical) {
  EXPECT_THAT(Line({Refused()}),
              StartsWith("GAIKEI CRITICAL - https://shop.example/: connect_refused: connect to "
                         "192.0.2.1:443: connection refused in 30ms | time=0.030000s;;;0 "));
}

TEST(NagiosWriter, LetsTheWorstOfSeveralDecideInOneLine) {
  const std::string line = Line({Sample("a"), Refused("b"), Skipped("c")});
  EXPECT_EQ(line,
            "GAIKEI CRITICAL - 1 of 3 pass; b fail: connect_refused; c unknown: prober_skipped | "
            "'a'=0.100000s;;;0 'b'=0.030000s;;;0 'c'=0.000000s;;;0\n");
}

TEST(NagiosWriter, CountsSeveralLooksAtOneCheck) {
  EXPECT_EQ(Line({Sample("a"), Sample("a"), Sample("b")}),
            "GAIKEI OK - 3 of 3 pass | "
            "'a'=0.100000s;;;0 'a #2'=0.100000s;;;0 'b'=0.100000s;;;0\n");
}

TEST(NagiosWriter, NamesTheRegionWhereThereAreSeveral) {
  Outcome other = Sample("a");
  other.region = "virginia";
  EXPECT_THAT(Line({Sample("a"), other}), HasSubstr("'a@tokyo'="));
}

TEST(NagiosWriter, KeepsForeignTextFromBreakingTheLine) {
  Outcome outcome = Refused("it's=x|y");
  outcome.message = "a|b\nc";
  EXPECT_THAT(Line({outcome}), HasSubstr("a/b\\x0ac"));
  const std::string line = Line({outcome, Sample("z")});
  EXPECT_THAT(line, HasSubstr("'it_s_x/y'="));
  EXPECT_EQ(std::count(line.begin(), line.end(), '|'), 1);
}

TEST(NagiosWriter, IsUnknownWhereNothingWasChecked) {
  EXPECT_EQ(Line({}), "GAIKEI UNKNOWN - nothing was checked\n");
}

}  // namespace
}  // namespace gaikei::output_test
