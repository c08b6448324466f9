// The outcome as JSON, byte by byte. After a wanted change: GAIKEI_WRITE_GOLDEN=1 results_tests,
// and read the difference.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "results/outcome_json.h"
#include "samples.h"

namespace gaikei::testing {
namespace {

using Json = nlohmann::ordered_json;

void ExpectGolden(const std::string& name, const Outcome& outcome,
                  const JsonOptions& options = {}) {
  const std::string path = std::string(GAIKEI_GOLDEN) + "/" + name + ".json";
  const std::string line = ToJson(outcome, options);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const std::string pretty = Json::parse(line).dump(2) + "\n";
  if (std::getenv("GAIKEI_WRITE_GOLDEN") != nullptr) std::ofstream(path) << pretty;
  EXPECT_EQ(pretty, ReadFile(path)) << path;
}

TEST(OutcomeJson, IsTheGoldenOne) {
  ExpectGolden("http_pass", PassedOutcome());
  ExpectGolden("http_pass_verbose", PassedOutcome(), {.verbose = true});
  ExpectGolden("http_cert_expired", ExpiredOutcome());
  ExpectGolden("http_connect_timeout", TimedOutOutcome());
  ExpectGolden("http_warn", WarnedOutcome());
  ExpectGolden("prober_skipped", SkippedOutcome());
  ExpectGolden("tls_warn_verbose", HandshakeOutcome(), {.verbose = true});
  ExpectGolden("dns_differing", DifferingOutcome());
  ExpectGolden("icmp_pass", PingedOutcome());
  ExpectGolden("every_address", EveryAddressOutcome());
  ExpectGolden("http_healed", HealedOutcome());
  ExpectGolden("journey_fail", JourneyOutcome());
  ExpectGolden("heartbeat_fail", BeatOutcome());
}

TEST(OutcomeJson, PhasesAddUpToTheDuration) {
  Outcome outcome = PassedOutcome();
  outcome.phases[Phase::kTls] = Span(5'123'456'789);
  outcome.duration = Span(6'987'654'321);
  outcome.phases.SettleOther(outcome.duration);
  const Json json = Json::parse(ToJson(outcome));
  double sum = 0;
  for (const auto& [name, spent] : json["phases"].items()) sum += spent.get<double>();
  EXPECT_LT(std::abs(sum - json["duration"].get<double>()), 1e-9);
}

TEST(OutcomeJson, BytesThatAreNoTextDoNotStopIt) {
  Outcome outcome = TimedOutOutcome();
  outcome.message = "\xff\xfe";
  EXPECT_EQ(Json::parse(ToJson(outcome))["message"], "\xEF\xBF\xBD\xEF\xBF\xBD");
}

}  // namespace
}  // namespace gaikei::testing
