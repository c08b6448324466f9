#include "probe/series_budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "probe/config/load.h"
#include "probe/heartbeats.h"
#include "probe/plan_builder.h"
#include "results/upstream/sinks.h"

namespace gaikei {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// A configuration with its plan.
struct Planned {
  explicit Planned(const std::string& text) {
    auto loaded = LoadTexts({{"t.toml", text}}, "");
    if (!loaded) {
      for (const ConfigError& error : loaded.error()) ADD_FAILURE() << error.Text();
      return;
    }
    config = std::move(*loaded);
    plan = BuildPlan(config).value();
    heartbeats = HeartbeatsOf(config);
  }
  std::vector<UpstreamLoad> Loads() const { return LoadsOf(config, plan, heartbeats); }
  std::vector<ConfigError> Errors() const { return OverBudget(config, plan, heartbeats); }
  const CheckIdentity& Check(std::size_t index) const { return *config.checks.at(index).identity; }

  Config config;
  std::vector<PlannedCheck> plan;
  std::vector<PlannedHeartbeat> heartbeats;
};

/// Two regions; "a" from both, "b" and the heartbeat "c" from one.
const std::string kChecks =
    "[region.tokyo]\n[region.osaka]\n"
    "[check.a]\ntarget = \"https://a.example\"\nlabels = { team = \"web\" }\n"
    "[check.b]\ntarget = \"dns:a.example\"\nregions = [\"osaka\"]\n"
    "[check.c]\ntarget = \"heartbeat:c\"\n";

std::string Upstream(const std::string& name, const std::string& keys) {
  return "[upstream." + name + "]\n" + keys + "\n";
}
const std::string kOtlp = "type = \"otlp\"\nendpoint = \"http://otlp.example\"\n";
const std::string kRemoteWrite = "type = \"remote_write\"\nurl = \"http://p.example/w\"\n";

TEST(TheLoadOfAnUpstream, CountsEveryCheckInEveryRegion) {
  const Planned planned(
      kChecks + Upstream("otel", kOtlp) + Upstream("prom", kRemoteWrite) +
      Upstream("mackerel", "type = \"mackerel\"\napi_key = \"k\"\nservice = \"shop\"\n") +
      Upstream("agent", "type = \"statsd\"\naddress = \"127.0.0.1\"\n") +
      Upstream("file", "type = \"jsonl\"\npath = \"x\"\n"));
  const auto& specs = planned.config.upstreams;
  const auto twice_a_b_c = [&](auto series_of, const UpstreamSpec& spec) {
    return 2 * series_of(spec, planned.Check(0)) + series_of(spec, planned.Check(1)) +
           series_of(spec, planned.Check(2));
  };
  const auto loads = planned.Loads();
  ASSERT_EQ(loads.size(), 5U);
  for (const UpstreamLoad& load : loads) EXPECT_EQ(load.checks, 3U) << load.name;
  EXPECT_EQ(loads[0].name, "otel");
  EXPECT_EQ(loads[0].type, UpstreamType::kOtlp);
  EXPECT_EQ(loads[0].series, twice_a_b_c(&OtlpSeriesOf, specs[0]));
  EXPECT_EQ(loads[1].series, twice_a_b_c(&RemoteWriteSeriesOf, specs[1]));
  EXPECT_EQ(loads[2].series, twice_a_b_c(&MackerelSeriesOf, specs[2]));
  EXPECT_EQ(loads[3].series, twice_a_b_c(&StatsdSeriesOf, specs[3]));
  EXPECT_EQ(loads[4].series, 0U);
  EXPECT_THAT(planned.Errors(), IsEmpty());
}

TEST(TheLoadOfAnUpstream, LeavesOutWhatIsNotSelected) {
  const Planned planned(kChecks + Upstream("web", kOtlp + "labels = { team = \"w*\" }\n") +
                        Upstream("osaka", kOtlp + "regions = [\"osaka\"]\nchecks = [\"b\"]\n") +
                        Upstream("none", kOtlp + "checks = [\"x*\"]\n") +
                        Upstream("logs", kOtlp + "signals = [\"logs\"]\n"));
  const auto& specs = planned.config.upstreams;
  const auto loads = planned.Loads();
  EXPECT_EQ(loads[0].checks, 1U);
  EXPECT_EQ(loads[0].series, 2 * OtlpSeriesOf(specs[0], planned.Check(0)));
  EXPECT_EQ(loads[1].checks, 1U);
  EXPECT_EQ(loads[1].series, OtlpSeriesOf(specs[1], planned.Check(1)));
  EXPECT_EQ(loads[2].checks, 0U);
  EXPECT_EQ(loads[2].series, 0U);
  EXPECT_EQ(loads[3].checks, 3U);
  EXPECT_EQ(loads[3].series, 0U);
}

TEST(ABudgetOfSeries, IsHeldToTheLast) {
  const Planned probe(kChecks + Upstream("otel", kOtlp));
  const std::uint64_t series = probe.Loads().at(0).series;
  const auto errors_with = [&](std::uint64_t max_series) {
    return Planned(kChecks +
                   Upstream("otel", kOtlp + "max_series = " + std::to_string(max_series) + "\n"))
        .Errors();
  };
  EXPECT_THAT(errors_with(series), IsEmpty());
  const auto errors = errors_with(series - 1);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].file, "t.toml");
  EXPECT_EQ(errors[0].line, 14U);
  EXPECT_EQ(errors[0].column, 14U);
  EXPECT_THAT(errors[0].message,
              HasSubstr("upstream \"otel\" would get " + std::to_string(series) +
                        " series, more than max_series = " + std::to_string(series - 1) + "; "));
}

TEST(ABudgetOfSeries, SaysWhereTheyComeFromAndWhatWouldHelp) {
  const Planned planned(kChecks + Upstream("prom", kRemoteWrite + "max_series = 10\n"));
  const UpstreamSpec& spec = planned.config.upstreams.at(0);
  const std::uint64_t a = 2 * RemoteWriteSeriesOf(spec, planned.Check(0));
  const std::uint64_t b = RemoteWriteSeriesOf(spec, planned.Check(1));
  const std::uint64_t c = RemoteWriteSeriesOf(spec, planned.Check(2));
  UpstreamSpec light = spec;
  light.mapping.drop = {"phases"};
  const std::uint64_t left = 2 * RemoteWriteSeriesOf(light, planned.Check(0)) +
                             RemoteWriteSeriesOf(light, planned.Check(1)) +
                             RemoteWriteSeriesOf(light, planned.Check(2));
  const auto errors = planned.Errors();
  ASSERT_EQ(errors.size(), 1U);
  const auto number = [](std::uint64_t n) { return std::to_string(n); };
  EXPECT_THAT(
      errors[0].message,
      AllOf(HasSubstr("by kind: http " + number(a) + " (1 check), dns " + number(b) +
                      " (1 check), heartbeat " + number(c) + " (1 check); most of all: \"a\" " +
                      number(a) + ", \"b\" " + number(b) + ", \"c\" " + number(c) + "; "),
            HasSubstr("; drop = [\"phases\"] leaves " + number(left) + ", drop = [\"histograms\"]"),
            HasSubstr("checks = [...] selects fewer")));
}

TEST(ABudgetOfSeries, NamesFiveChecksAndNoFamilyThatIsDropped) {
  std::string text;
  for (const char* name : {"f", "e", "d", "c", "b", "a"}) {
    text += std::string("[check.") + name + "]\ntarget = \"icmp://a.example\"\n";
  }
  const Planned planned(
      text + Upstream("otel", kOtlp + "max_series = 10\ndrop = [\"histograms\", \"latest\"]\n"));
  const auto errors = planned.Errors();
  ASSERT_EQ(errors.size(), 1U);
  const std::uint64_t each = OtlpSeriesOf(planned.config.upstreams.at(0), planned.Check(0));
  const std::string count = std::to_string(each);
  EXPECT_THAT(errors[0].message,
              AllOf(HasSubstr("(6 checks); most of all: \"a\" " + count + ", \"b\" " + count +
                              ", \"c\" " + count + ", \"d\" " + count + ", \"e\" " + count + "; "),
                    Not(HasSubstr("drop ="))));
}

TEST(ABudgetOfSeries, IsThatOfEachUpstream) {
  const Planned planned(kChecks + Upstream("one", kOtlp + "max_series = 1\n") +
                        Upstream("two", kRemoteWrite) +
                        Upstream("three", kRemoteWrite + "max_series = 1\n"));
  const auto errors = planned.Errors();
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_THAT(errors[0].message, HasSubstr("\"one\""));
  EXPECT_THAT(errors[1].message, HasSubstr("\"three\""));
}

TEST(TheLoadOfAnUpstream, LeavesOutPhasesThatCannotBeToldApart) {
  const Planned planned(
      kChecks + Upstream("all", kOtlp) +
      Upstream("otel", kOtlp + "rename = { \"gaikei.phase\" = \"\" }\n") +
      Upstream("agent", "type = \"statsd\"\naddress = \"127.0.0.1\"\nrename = { phase = \"\" }\n"));
  const auto& specs = planned.config.upstreams;
  const CheckIdentity& a = planned.Check(0);
  UpstreamSpec dropped = specs[0];
  dropped.mapping.drop = {"phases"};
  EXPECT_EQ(OtlpSeriesOf(specs[1], a), OtlpSeriesOf(dropped, a));
  EXPECT_LT(OtlpSeriesOf(specs[1], a), OtlpSeriesOf(specs[0], a));
  dropped = specs[2];
  dropped.mapping.drop = {"phases"};
  EXPECT_EQ(StatsdSeriesOf(specs[2], a), StatsdSeriesOf(dropped, a) + 1);
}

/// So many checks in one region.
std::string Checks(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += "[check.c" + std::to_string(i) + "]\ntarget = \"icmp://a.example\"\n";
  }
  return text;
}

TEST(ABudgetOfTheSpool, HasRoomForOneRollupOfEachCheck) {
  const std::string small = kOtlp + "max_spool = \"64KiB\"\n";
  EXPECT_THAT(Planned(Checks(64) + Upstream("otel", small)).Errors(), IsEmpty());
  EXPECT_THAT(Planned(Checks(65) + Upstream("otel", small + "checks = [\"c1*\"]\n")).Errors(),
              IsEmpty());
  // Whole outcomes are not folded.
  EXPECT_THAT(Planned(Checks(65) + Upstream("otel", small + "signals = [\"logs\"]\n")).Errors(),
              IsEmpty());
  const auto errors = Planned(Upstream("otel", small) + Checks(65)).Errors();
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].line, 4U);
  EXPECT_EQ(errors[0].column, 13U);
  EXPECT_THAT(errors[0].message,
              AllOf(HasSubstr("upstream \"otel\" has a max_spool of 64 KiB for 65 checks"),
                    HasSubstr("give it \"65KiB\" or more")));
}

}  // namespace
}  // namespace gaikei
