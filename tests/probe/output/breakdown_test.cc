#include "probe/output/breakdown.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/probe/output/samples.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using output_test::Sample;

/// The text of the first line with this label; empty where there is none.
std::string LineOf(const Outcome& outcome, const std::string& label) {
  for (const BreakdownLine& line : Breakdown(outcome)) {
    if (line.label == label) return line.text;
  }
  return "";
}

/// A look over a connection whose round trip is known.
Outcome Measured() {
  Outcome outcome = Sample();
  outcome.tcp = {10ms, 1ms, 0, 0, {}, ""};
  outcome.resolve.emplace();
  outcome.resolve->server = "192.0.2.53:53";
  outcome.resolve->addresses = {"192.0.2.1", "192.0.2.2"};
  return outcome;
}

TEST(Breakdown, SaysWhoWasAskedForTheName) {
  EXPECT_EQ(LineOf(Measured(), "resolve"), "10ms: asked anew of 192.0.2.53:53; 2 addresses");
  Outcome outcome = Measured();
  outcome.resolve->is_cached = true;
  EXPECT_EQ(LineOf(outcome, "resolve"), "10ms: from this prober's own cache; 2 addresses");
  outcome.phases[Phase::kResolve].reset();
  EXPECT_EQ(LineOf(outcome, "resolve"), "") << "a phase that was not reached";
}

TEST(Breakdown, CountsRoundTripsOfAConnection) {
  EXPECT_EQ(LineOf(Measured(), "connect"),
            "20ms: new connection to 192.0.2.1 (ipv4); about 2 round trips of 10ms");
}

TEST(Breakdown, SaysThatTheFirstPacketWasSentAgain) {
  Outcome outcome = Measured();
  outcome.phases[Phase::kConnect] = 1020ms;
  EXPECT_EQ(LineOf(outcome, "connect").find("sent again"), std::string::npos)
      << "nothing was sent again: it may have been slow for another reason";
  outcome.tcp->retransmits = 1;
  EXPECT_NE(LineOf(outcome, "connect").find("had to be sent again"), std::string::npos);
}

TEST(Breakdown, SplitsTheWaitForTheFirstByteIntoNetworkAndServer) {
  EXPECT_EQ(LineOf(Measured(), "processing"),
            "38ms: 10ms is the way there and back, about 28ms the server's own time");
  Outcome outcome = Measured();
  outcome.tcp.reset();
  EXPECT_EQ(LineOf(outcome, "processing"),
            "38ms: from the question to the first byte of an answer");
}

TEST(Breakdown, SplitsNothingWhereSeveralConnectionsWereUsed) {
  Outcome outcome = Measured();
  HttpHop hop;
  hop.url = "http://shop.example/";
  hop.status = 301;
  hop.location = "https://shop.example/";
  hop.duration = 25ms;
  outcome.http->redirects = {hop};
  EXPECT_EQ(LineOf(outcome, "processing"),
            "38ms: from the question to the first byte of an answer");
  EXPECT_EQ(LineOf(outcome, "redirect"),
            "25ms of all that: http://shop.example/ said 301 to https://shop.example/");
}

TEST(Breakdown, SaysThatAConnectionStoodBefore) {
  Outcome outcome = Measured();
  for (const Phase phase : {Phase::kResolve, Phase::kConnect, Phase::kTls}) {
    outcome.phases[phase].reset();
  }
  outcome.http->is_reused = true;
  EXPECT_NE(LineOf(outcome, "connect").find("stood before"), std::string::npos);
}

TEST(Breakdown, TellsWhatAProxyCost) {
  Outcome outcome = Measured();
  outcome.http->proxy = {"http", "192.0.2.9:3128", 200, 8ms};
  EXPECT_NE(LineOf(outcome, "connect").find("8ms of it until the http proxy had opened the way"),
            std::string::npos);
}

TEST(Breakdown, NamesThePhaseThatFailed) {
  EXPECT_EQ(LineOf(output_test::Refused(), "connect"),
            "20ms: here it failed; new connection to 192.0.2.1 (ipv4)");
}

TEST(Breakdown, NamesAttemptsThatWentBeforeAndAStandstill) {
  Outcome outcome = Measured();
  EXPECT_EQ(LineOf(outcome, "retries"), "");
  EXPECT_EQ(LineOf(outcome, "prober"), "");
  outcome.attempts.insert(outcome.attempts.begin(), {Status::kFail, Reason::kReset, 40ms});
  outcome.prober.loop_lag = 12ms;
  EXPECT_EQ(LineOf(outcome, "retries"),
            "40ms went before in an attempt that failed, not part of this");
  EXPECT_EQ(LineOf(outcome, "prober"), "this prober's own loop stood still for up to 12ms");
}

}  // namespace
}  // namespace gaikei
