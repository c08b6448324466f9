#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "results/outcome_json.h"
#include "results/reason.h"
#include "tests/results/samples.h"

namespace gaikei {
namespace {

std::string ReadManual() {
  std::ifstream file(GAIKEI_DOCS "/outcome.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Every key of every object, but those of labels, which are the user's.
void ExpectKeysIn(const std::string& manual, const nlohmann::json& json,
                  const std::string& prefix) {
  if (!json.is_structured()) return;
  for (const auto& [key, value] : json.items()) {
    if (json.is_object()) {
      const bool is_there = manual.find("`" + key + "`") != std::string::npos ||
                            manual.find("`" + prefix + key + "`") != std::string::npos;
      EXPECT_TRUE(is_there) << prefix << key << " is not in docs/outcome.md";
    }
    if (key == "labels") continue;
    const bool is_same = !json.is_object() || key == "servers";  // each has the fields of `dns`
    ExpectKeysIn(manual, value, is_same ? prefix : key + ".");
  }
}

TEST(OutcomeManual, DescribesEveryField) {
  const std::string manual = ReadManual();
  Outcome seen = testing::PassedOutcome();
  seen.http->content_length = 7;
  seen.http->location = "https://shop.example/";
  seen.http->notes = {"a note"};
  seen.tls->ocsp = "good";
  seen.expect.push_back({"body exists", false, true, "", "no body"});
  ExpectKeysIn(manual, nlohmann::json::parse(ToJson(seen, {true})), "");
  ExpectKeysIn(manual, nlohmann::json::parse(ToJson(testing::ExpiredOutcome())), "");
  ExpectKeysIn(manual, nlohmann::json::parse(ToJson(testing::SkippedOutcome())), "");
  ExpectKeysIn(manual, nlohmann::json::parse(ToJson(testing::HandshakeOutcome(), {true})), "");
  ExpectKeysIn(manual, nlohmann::json::parse(ToJson(testing::DifferingOutcome())), "");
  ExpectKeysIn(manual, nlohmann::json::parse(ToJson(testing::PingedOutcome())), "");
  ExpectKeysIn(manual, nlohmann::json::parse(ToJson(testing::EveryAddressOutcome())), "");
  ExpectKeysIn(manual, nlohmann::json::parse(ToJson(testing::HealedOutcome())), "");
  ExpectKeysIn(manual, nlohmann::json::parse(ToJson(testing::JourneyOutcome())), "");
  ExpectKeysIn(manual, nlohmann::json::parse(ToJson(testing::ServingOutcome())), "");
  ExpectKeysIn(manual, nlohmann::json::parse(ToJson(testing::UpgradedOutcome())), "");
  ExpectKeysIn(manual, nlohmann::json::parse(ToJson(testing::BeatOutcome())), "");
}

TEST(OutcomeManual, GivesEveryReasonWithItsStatusAndBlame) {
  const std::string manual = ReadManual();
  for (const Reason reason : AllReasons()) {
    const std::string row = "| `" + std::string(Name(reason)) + "` | " +
                            std::string(Name(StatusOf(reason))) + " | " +
                            std::string(Name(BlameOf(reason))) + " | ";
    EXPECT_NE(manual.find(row), std::string::npos) << row << " is not in docs/outcome.md";
  }
}

}  // namespace
}  // namespace gaikei
