#include "results/spool/item_json.h"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "../samples.h"
#include "random_items.h"
#include "results/outcome_json.h"
#include "results/spool/fold.h"

namespace gaikei::testing {
namespace {

using Json = nlohmann::json;

std::shared_ptr<const SampleSeries> SeriesOf(const Outcome& outcome) {
  return std::make_shared<const SampleSeries>(SampleSeries{3, outcome.check, outcome.region});
}

SpoolItem ItemOf(const Outcome& outcome, bool with_json) {
  return {7, 8, Sample::Of(outcome, SeriesOf(outcome), with_json)};
}

TEST(ItemJson, TellsOfASampleWhatItsOutcomeDoes) {
  for (const Outcome& outcome :
       {PassedOutcome(), ExpiredOutcome(), TimedOutOutcome(), WarnedOutcome(), SkippedOutcome(),
        PingedOutcome(), JourneyOutcome(), ServingOutcome(), UpgradedOutcome()}) {
    const Json whole = Json::parse(ToJson(outcome));
    const Json item = Json::parse(ToJson(ItemOf(outcome, true)));
    EXPECT_EQ(item["item"], "sample");
    EXPECT_EQ(item["sequence"], 7);
    EXPECT_EQ(item["end"], 8);
    for (const char* name :
         {"check", "kind", "region", "target", "labels", "scheduled_at", "status", "reason",
          "phase", "message", "duration", "address", "port"}) {
      EXPECT_EQ(item.value(name, Json()), whole.value(name, Json())) << name;
    }
    EXPECT_EQ(item["counts"], Name(outcome.counts()));
    EXPECT_EQ(item["outcome"], whole);
    EXPECT_FALSE(Json::parse(ToJson(ItemOf(outcome, false))).contains("outcome"));
  }
}

TEST(ItemJson, TellsWhatEachKindHasSeen) {
  const Json passed = Json::parse(ToJson(ItemOf(PassedOutcome(), false)));
  EXPECT_EQ(passed["http"]["status"], PassedOutcome().http->status);
  EXPECT_EQ(passed["tls"]["version"], "TLS 1.3");
  EXPECT_TRUE(passed["phases"].contains("connect"));
  EXPECT_FALSE(passed.contains("reason"));
  const Json skipped = Json::parse(ToJson(ItemOf(SkippedOutcome(), false)));
  EXPECT_FALSE(skipped.contains("started_at"));
  EXPECT_TRUE(skipped["phases"].empty());
  const Json journey = Json::parse(ToJson(ItemOf(JourneyOutcome(), false)));
  EXPECT_EQ(journey["steps"].size(), 2U);
  EXPECT_EQ(Json::parse(ToJson(ItemOf(PingedOutcome(), false)))["icmp"]["loss"],
            PingedOutcome().icmp->loss);
}

TEST(ItemJson, TellsTheCountsOfARollup) {
  std::vector<SpoolItem> items;
  items.push_back({1, 2, Sample::Of(PassedOutcome(), SeriesOf(PassedOutcome()), false)});
  items.push_back({2, 3, Sample::Of(PassedOutcome(), SeriesOf(PassedOutcome()), false)});
  items.push_back({3, 4, Sample::Of(TimedOutOutcome(), SeriesOf(PassedOutcome()), false)});
  const auto folded = Fold(std::move(items), FoldLevel::kTotal);
  ASSERT_EQ(folded.size(), 1U);
  const Json rollup = Json::parse(ToJson(folded.front()));
  EXPECT_EQ(rollup["item"], "rollup");
  EXPECT_EQ(rollup["sequence"], 1);
  EXPECT_EQ(rollup["end"], 4);
  EXPECT_EQ(rollup["samples"], 3);
  EXPECT_EQ(rollup["good"], 2);
  EXPECT_EQ(rollup["bad"], 1);
  EXPECT_EQ(rollup["missing"], 0);
  ASSERT_EQ(rollup["outcomes"].size(), 2U);
  EXPECT_EQ(rollup["outcomes"][0], (Json{{"status", "pass"}, {"count", 2}}));
  EXPECT_EQ(rollup["outcomes"][1],
            (Json{{"status", "fail"}, {"reason", "connect_timeout"}, {"count", 1}}));
  EXPECT_EQ(rollup["duration"]["count"], 3);
  EXPECT_EQ(rollup["duration"]["max"], Seconds(TimedOutOutcome().duration));
}

TEST(ItemJson, TellsADeparture) {
  const SpoolItem item{9, 10, Departure{SeriesOf(PassedOutcome()), SampleTime()}};
  const Json departure = Json::parse(ToJson(item));
  EXPECT_EQ(departure["item"], "departure");
  EXPECT_EQ(departure["check"], "home");
  EXPECT_EQ(departure["at"], FormatRfc3339(SampleTime()));
}

TEST(ItemJson, IsOneLineOfJsonWhateverIsInIt) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RandomItems random(seed);
    for (const SpoolItem& item : random.Make(8)) {
      const std::string line = ToJson(item);
      for (const char c : line) ASSERT_GE(static_cast<unsigned char>(c), 0x20U);
      EXPECT_FALSE(Json::parse(line, nullptr, false).is_discarded());
    }
  }
}

TEST(ItemJson, EscapesWhatIsForeign) {
  Outcome outcome = TimedOutOutcome();
  SpoolItem item = ItemOf(outcome, false);
  auto& sample = std::get<Sample>(item.content);
  const std::string foreign = "a\x1b[2J\xe2\x80\xae\xff";
  sample.message = foreign;
  sample.json = "{\"message\":\"\\u001b[2J\\u202e\",\"list\":[\"\\u009b\"],\"n\":1,\"\\u001b\":2}";
  const Json json = Json::parse(ToJson(item));
  EXPECT_EQ(json["message"], R"(a\x1b[2J\xe2\x80\xae\xff)");
  EXPECT_EQ(json["outcome"]["message"], R"(\x1b[2J\xe2\x80\xae)");
  EXPECT_EQ(json["outcome"]["list"][0], R"(\xc2\x9b)");
  EXPECT_EQ(json["outcome"]["n"], 1);
  EXPECT_EQ(json["outcome"][R"(\x1b)"], 2);
}

TEST(ItemJson, GivesAnOutcomeThatIsNoJsonAsText) {
  SpoolItem item = ItemOf(PassedOutcome(), false);
  auto& sample = std::get<Sample>(item.content);
  for (const std::string& text : {std::string("no json"), std::string(100'000, '['),
                                  "{\"a\":" + std::string(40, '[') + std::string(40, ']') + "}"}) {
    sample.json = text;
    const Json json = Json::parse(ToJson(item));
    ASSERT_TRUE(json["outcome"].is_string());
    EXPECT_EQ(json["outcome"].get<std::string>().substr(0, 7), text.substr(0, 7));
  }
}

}  // namespace
}  // namespace gaikei::testing
