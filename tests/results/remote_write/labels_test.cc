#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "../samples.h"
#include "rig.h"

namespace gaikei::testing {
namespace {

using std::chrono::seconds;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;

/// What a rig sends for one passed outcome.
SeriesByKey SentBy(Rig& rig, const Outcome& outcome) {
  rig.Restart();
  EXPECT_EQ(rig.Deliver(rig.make.Sampled(outcome, At(seconds(1)))).kind, Verdict::Kind::kTaken);
  return rig.LastRequest();
}

TEST(RemoteWriteLabels, AreThoseOfMetricsAndWhoSends) {
  Rig rig;
  const SeriesByKey sent = SentBy(rig, PassedOutcome());
  for (
      const char* key :
      {R"(probe_success{check="home",instance="host-tokyo",job="gaikei",kind="http",region="tokyo",target="https://shop.example/",team="web"})",
       R"(probe_http_duration_seconds{check="home",instance="host-tokyo",job="gaikei",kind="http",phase="tls",region="tokyo",target="https://shop.example/",team="web"})",
       // `reason` is empty, and so not there.
       R"(gaikei_outcomes_total{check="home",instance="host-tokyo",job="gaikei",kind="http",region="tokyo",status="pass"})",
       R"(gaikei_duration_seconds_bucket{check="home",instance="host-tokyo",job="gaikei",le="1.0",region="tokyo"})",
       R"(gaikei_duration_seconds_bucket{check="home",instance="host-tokyo",job="gaikei",le="+Inf",region="tokyo"})",
       R"(gaikei_duration_seconds_sum{check="home",instance="host-tokyo",job="gaikei",region="tokyo"})",
       R"(gaikei_duration_seconds_count{check="home",instance="host-tokyo",job="gaikei",region="tokyo"})",
       R"(gaikei_phase_duration_seconds_count{check="home",instance="host-tokyo",job="gaikei",phase="tls",region="tokyo"})"}) {
    EXPECT_THAT(sent, Contains(Key(key)));
  }
}

TEST(RemoteWriteLabels, AreRenamedLeftOutAndAdded) {
  Rig rig;
  rig.spec.mapping.rename = {{"check", "probe"}, {"target", ""},     {"team", "owner"},
                             {"instance", ""},   {"job", "service"}, {"1st", "first"}};
  rig.spec.mapping.add = {{"env", "prod"}, {"region", "ours-wins"}, {"1x", "y"}, {"empty", ""}};
  Outcome outcome = PassedOutcome();
  auto identity = std::make_shared<CheckIdentity>(*outcome.check);
  identity->labels = {{"1st", "a"}, {"team", "web"}};
  outcome.check = identity;
  const SeriesByKey sent = SentBy(rig, outcome);
  EXPECT_THAT(
      sent,
      Contains(Key(
          R"(probe_success{_1x="y",env="prod",first="a",kind="http",owner="web",probe="home",region="tokyo",service="gaikei"})")));
  EXPECT_THAT(
      sent,
      Contains(Key(
          R"(gaikei_outcomes_total{_1x="y",env="prod",kind="http",probe="home",region="tokyo",service="gaikei",status="pass"})")));
}

TEST(RemoteWriteLabels, JobAndInstanceCanBeOthers) {
  Rig rig;
  rig.spec.mapping.add = {{"job", "blackbox"}, {"instance", "a"}};
  EXPECT_THAT(
      SentBy(rig, PassedOutcome()),
      Contains(Key(
          R"(gaikei_duration_seconds_sum{check="home",instance="a",job="blackbox",region="tokyo"})")));
  // A label of the check's own goes before.
  Rig own;
  Outcome outcome = PassedOutcome();
  auto identity = std::make_shared<CheckIdentity>(*outcome.check);
  identity->labels = {{"job", "shop"}};
  outcome.check = identity;
  EXPECT_THAT(
      SentBy(own, outcome),
      Contains(Key(
          R"(probe_success{check="home",instance="host-tokyo",job="shop",kind="http",region="tokyo",target="https://shop.example/"})")));
}

TEST(RemoteWriteLabels, AnEphemeralProberHasNoInstance) {
  Rig rig;
  rig.sender.is_ephemeral = true;
  EXPECT_THAT(
      SentBy(rig, PassedOutcome()),
      Contains(Key(R"(gaikei_duration_seconds_sum{check="home",job="gaikei",region="tokyo"})")));
}

TEST(RemoteWriteLabels, WhatTellsSeriesApartStays) {
  Rig rig;
  rig.spec.mapping.rename = {{"phase", ""}, {"status", ""}, {"reason", "why"}, {"version", ""}};
  const SeriesByKey sent = SentBy(rig, ExpiredOutcome());
  EXPECT_THAT(
      sent,
      Contains(Key(
          R"(gaikei_outcomes_total{check="home",instance="host-tokyo",job="gaikei",kind="http",region="tokyo",status="fail",why="tls_cert_expired"})")));
  for (const auto& [key, series] : sent) {
    if (key.starts_with("gaikei_phase_") || key.starts_with("probe_http_duration")) {
      EXPECT_THAT(key, HasSubstr("phase=")) << key;
    }
    if (key.starts_with("probe_tls_version_info")) {
      EXPECT_THAT(key, Not(HasSubstr("version="))) << key;
    }
  }
}

TEST(RemoteWriteLabels, CannotBreakTheProtocol) {
  Rig rig;
  // The rules are checked by Decoded(), for every series.
  rig.spec.mapping.rename = {{"check", "le"},     {"kind", "__name__"}, {"target", "region"},
                             {"phase", "region"}, {"team", "a b"},      {"region", "zone"}};
  rig.spec.mapping.add = {{"__name__", "x"}, {"le", "1"}, {"zone", "z"}, {"A", "upper"}};
  Outcome outcome = PassedOutcome();
  auto identity = std::make_shared<CheckIdentity>(*outcome.check);
  identity->name = "a\"b\\c\nd\xff";
  identity->labels = {{"1st-team", "y"}, {"__name__", "z"}, {"check", "x"}, {"ZONE", "q"}};
  outcome.check = identity;
  const SeriesByKey sent = SentBy(rig, outcome);
  std::size_t metrics = 0;
  for (const auto& [key, series] : sent) {
    EXPECT_EQ(series.Label("A"), "upper");
    EXPECT_EQ(series.Label("zone"), "tokyo");
    EXPECT_EQ(series.Label("exported_le"), R"(a"b\c\x0ad\xff)");
    if (key.starts_with("probe_success{")) {
      ++metrics;
      EXPECT_EQ(series.Label("exported___name__"), "http");
      EXPECT_EQ(series.Label("region"), "https://shop.example/");
      EXPECT_EQ(series.Label("ZONE"), "q");
      EXPECT_EQ(series.Label("_1st_team"), "y");
      EXPECT_EQ(series.Label("exported_check"), "x");
    }
  }
  EXPECT_EQ(metrics, 1U);
}

TEST(RemoteWriteLabels, FamiliesCanBeLeftOut) {
  const auto count = [](const SeriesByKey& sent, std::string_view prefix) {
    return std::count_if(sent.begin(), sent.end(),
                         [&](const auto& row) { return row.first.starts_with(prefix); });
  };
  Rig rig;
  rig.spec.mapping.drop = {"phases"};
  SeriesByKey sent = SentBy(rig, PassedOutcome());
  EXPECT_EQ(count(sent, "gaikei_phase_duration_seconds"), 0);
  EXPECT_EQ(count(sent, "gaikei_duration_seconds"), 19);
  EXPECT_EQ(count(sent, "gaikei_outcomes_total"), 1);
  EXPECT_GT(count(sent, "probe_"), 15);
  Rig bare;
  bare.spec.mapping.drop = {"histograms", "latest"};
  sent = SentBy(bare, PassedOutcome());
  EXPECT_EQ(sent.size(), 1U);
  EXPECT_EQ(count(sent, "gaikei_outcomes_total"), 1);
}

TEST(RemoteWriteSeriesOf, IsNotLessThanWhatIsSent) {
  for (const bool is_two : {false, true}) {
    for (const Outcome& outcome :
         {PassedOutcome(), ExpiredOutcome(), HandshakeOutcome(), DifferingOutcome(),
          PingedOutcome(), ServingOutcome(), UpgradedOutcome(), JourneyOutcome(), BeatOutcome()}) {
      Rig rig;
      rig.spec.remote_write.version =
          is_two ? RemoteWriteSpec::Version::kTwo : RemoteWriteSpec::Version::kOne;
      const std::size_t sent = SentBy(rig, outcome).size();
      const std::uint64_t promised = RemoteWriteSeriesOf(rig.spec, *outcome.check);
      EXPECT_GE(promised, sent) << outcome.check->kind;
      rig.spec.mapping.drop = {"histograms", "latest"};
      EXPECT_EQ(RemoteWriteSeriesOf(rig.spec, *outcome.check), 8U);
    }
  }
}

}  // namespace
}  // namespace gaikei::testing
