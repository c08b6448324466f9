#include "probe/selftest/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/json.h"

namespace gaikei::selftest {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Sighting See(std::size_t trial, const Phases& phases, Span duration) {
  Sighting seen{.trial = trial, .outcome = {}};
  seen.outcome.phases = phases;
  seen.outcome.duration = duration;
  seen.outcome.prober = {.loop_lag = 3ms, .in_flight = static_cast<unsigned>(trial + 1)};
  seen.outcome.lateness = 2ms;
  return seen;
}

Phases Spent(const std::vector<std::pair<Phase, Span>>& spent) {
  Phases phases;
  for (const auto& [phase, span] : spent) phases.Add(phase, span);
  return phases;
}

const ErrorRow* Find(const Report& report, const std::string& kind, const std::string& figure) {
  for (const ErrorRow& row : report.errors) {
    if (row.kind == kind && row.figure == figure) return &row;
  }
  return nullptr;
}

/// An http, a tcp and a dns trial that the server has answered a little late.
class ReportTest : public testing::Test {
 protected:
  const std::vector<Trial> trials_ = {
      {Trial::Kind::kHttp, 5ms, 20ms, 100ms},
      {.kind = Trial::Kind::kTcp, .processing = 20ms},
      {.kind = Trial::Kind::kDns, .processing = 20ms},
  };
  std::vector<Delays> truth_ = {
      {.resolve = 6ms, .processing = 21ms, .transfer = 102ms, .doubt = 10us},
      {.resolve = {}, .processing = 20ms, .transfer = {}, .doubt = 20us},
      {.resolve = {}, .processing = 22ms, .transfer = {}, .doubt = 30us},
  };
  std::vector<Sighting> seen_ = {
      See(0,
          Spent({{Phase::kResolve, 7ms},
                 {Phase::kConnect, 1ms},
                 {Phase::kProcessing, 21ms},
                 {Phase::kTransfer, 99ms}}),
          133ms),
      See(1, Spent({{Phase::kConnect, 2ms}, {Phase::kProcessing, 25ms}, {Phase::kTransfer, 9ms}}),
          27ms),
      See(2, Spent({{Phase::kProcessing, 22'500us}}), 23ms),
  };
  Report report_;
};

TEST_F(ReportTest, ComparesWithWhatTheServerDidAndNotWithWhatItWasAskedFor) {
  Compare(trials_, seen_, truth_, report_);
  EXPECT_EQ(report_.checks, 3U);
  EXPECT_EQ(report_.measured, 3U);
  EXPECT_TRUE(report_.unmeasured.empty());
  EXPECT_EQ(report_.in_flight, 3U);
  const auto error = [this](const std::string& kind, const std::string& figure) {
    const ErrorRow* row = Find(report_, kind, figure);
    EXPECT_NE(row, nullptr) << kind << " " << figure;
    return row == nullptr ? Span::max() : row->error.p50;
  };
  EXPECT_EQ(error("http", "resolve"), 1ms);
  EXPECT_EQ(error("http", "connect"), 1ms);
  EXPECT_EQ(error("http", "processing"), 0ms);
  EXPECT_EQ(error("http", "transfer"), -3ms);
  EXPECT_EQ(error("http", "duration"), 4ms);
  EXPECT_EQ(error("tcp", "connect"), 2ms);
  EXPECT_EQ(error("tcp", "processing"), 5ms);
  EXPECT_EQ(error("tcp", "duration"), 7ms);
  EXPECT_EQ(error("dns", "processing"), 500us);
  EXPECT_EQ(error("dns", "duration"), 1ms);
  EXPECT_EQ(report_.errors.size(), 10U) << "the server has no part in the transfer of tcp";
}

TEST_F(ReportTest, SaysHowLateTheServerWas) {
  Compare(trials_, seen_, truth_, report_);
  EXPECT_EQ(report_.server_late.min, 0ms);
  EXPECT_EQ(report_.server_late.p50, 2ms);
  EXPECT_EQ(report_.server_late.max, 4ms);
  EXPECT_EQ(report_.server_doubt.max, 30us);
  EXPECT_EQ(report_.loop_lag.p50, 3ms);
  EXPECT_EQ(report_.start_late.p50, 2ms);
}

TEST_F(ReportTest, HasTheWorstFigureDecide) {
  Compare(trials_, seen_, truth_, report_);
  EXPECT_EQ(report_.errors[report_.decided_by].kind, "tcp");
  EXPECT_EQ(report_.errors[report_.decided_by].figure, "duration");
  EXPECT_EQ(report_.smallest_difference, 7ms);
  // Too short is as wrong as too long.
  seen_[2].outcome.phases[Phase::kProcessing] = 1ms;
  Report other;
  Compare(trials_, seen_, truth_, other);
  EXPECT_EQ(other.errors[other.decided_by].kind, "dns");
  EXPECT_EQ(other.smallest_difference, 21ms);
}

TEST_F(ReportTest, IsNeverFinerThanTheClock) {
  report_.clock_step = 16ms;
  Compare(trials_, seen_, truth_, report_);
  EXPECT_EQ(report_.smallest_difference, 16ms);
}

TEST_F(ReportTest, CountsWhatCouldNotBeCompared) {
  seen_[0].outcome.Fail(Reason::kProberSkipped, std::nullopt, "");
  truth_[1].processing.reset();
  seen_.pop_back();
  Compare(trials_, seen_, truth_, report_);
  EXPECT_EQ(report_.checks, 3U);
  EXPECT_EQ(report_.measured, 0U);
  EXPECT_EQ(report_.unmeasured.at("prober_skipped"), 1U);
  EXPECT_EQ(report_.unmeasured.at("server_incomplete"), 1U);
  EXPECT_EQ(report_.unmeasured.at("not_begun"), 1U);
  EXPECT_EQ(report_.smallest_difference, 0ms);
  EXPECT_THAT(ReportText(report_), HasSubstr("Too little could be measured"));
  EXPECT_FALSE(ParseJson(ReportJson(report_)).contains("smallest_difference"));
}

TEST_F(ReportTest, SaysTheSameInJsonAndToPeople) {
  report_.took = 1500ms;
  report_.clock_step = 20ns;
  seen_.push_back(seen_.back());
  seen_.back().outcome.Fail(Reason::kProberOverload, std::nullopt, "");
  Compare(trials_, seen_, truth_, report_);
  const std::string text = ReportJson(report_);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const Json json = ParseJson(text);
  EXPECT_EQ(json["schema"], "gaikei.selftest/1");
  EXPECT_EQ(json["took"], 1.5);
  EXPECT_EQ(json["checks"], 3);
  EXPECT_EQ(json["measured"], 3);
  EXPECT_EQ(json["unmeasured"], Json({{"prober_overload", 1}}));
  EXPECT_EQ(json["rate"], kRate);
  EXPECT_EQ(json["delays"], Json({0.001, 0.005, 0.02, 0.1, 0.5}));
  EXPECT_EQ(json["smallest_difference"], 0.007);
  EXPECT_EQ(json["decided_by"], Json({{"kind", "tcp"}, {"figure", "duration"}}));
  EXPECT_EQ(json["errors"][3]["kind"], "http");
  EXPECT_EQ(json["errors"][3]["figure"], "transfer");
  EXPECT_EQ(json["errors"][3]["count"], 1);
  EXPECT_EQ(json["errors"][3]["min"], -0.003);
  EXPECT_EQ(json["errors"][3]["within"], 0.003);
  EXPECT_EQ(json["clock_step"], 20e-9);
  for (const char* name :
       {"loop_lag", "start_lateness", "server_lateness", "server_doubt", "timer_lateness"}) {
    EXPECT_TRUE(json[name].contains("p99")) << name;
  }

  const std::string shown = ReportText(report_);
  EXPECT_THAT(shown, HasSubstr("3 checks in 1.5s, 100 a second, at most 3 in flight: 3 measured "
                               "(not measured: 1 prober_overload)\n"));
  EXPECT_THAT(shown, HasSubstr("  http  transfer            1     -3ms     -3ms"));
  EXPECT_THAT(shown, HasSubstr("here: 7ms\n(99 of 100 figures are true to that; of tcp duration, "
                               "the worst)\n"));
}

}  // namespace
}  // namespace gaikei::selftest
